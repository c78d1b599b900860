/* SPDX-License-Identifier: MIT */
#include "crypto-session/channel.h"

#include <string.h>

#include "crypto-session/channel_impl.h"
#include "crypto/random.h"

/* HRESULTs in a signed answer. */
#define CODE_OK 0u
#define CODE_INVALID_ARGUMENT 0x80070057u
#define CODE_FAIL 0x80004005u
#define CODE_OUT_OF_MEMORY 0x8007000eu

enum vit_status vit_channel_device_init(struct vit_channel_device *device)
{
    *device = (struct vit_channel_device){ .handle = 0 };
    while (device->handle == 0) {
        VIT_TRY(vit_random(&device->handle, sizeof(device->handle)));
    }
    return VIT_OK;
}

void vit_channel_device_forget_session(struct vit_channel_device *device, uint64_t session)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < device->decoder_count; i++) {
        if (device->decoders[i].session != session) {
            device->decoders[kept++] = device->decoders[i];
        }
    }
    device->decoder_count = kept;
}

static void forget_grants(struct vit_channel_device *device, uint64_t owner)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < device->grant_count; i++) {
        if (device->grants[i].owner != owner) {
            device->grants[kept++] = device->grants[i];
        }
    }
    device->grant_count = kept;
}

static void forget_decoders(struct vit_channel_device *device, uint64_t owner)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < device->decoder_count; i++) {
        if (device->decoders[i].owner != owner) {
            device->decoders[kept++] = device->decoders[i];
        }
    }
    device->decoder_count = kept;
}

static void forget_channel(const struct vit_channel *channel)
{
    struct vit_channel_device *device = channel->device;
    for (unsigned i = 0; i < VIT_CHANNEL_FLAGS; i++) {
        device->flag_counts[i] -= channel->holds_flag[i];
    }
    forget_grants(device, channel->handle);
    forget_decoders(device, channel->handle);
}

static enum vit_status start(struct vit_channel *channel)
{
    while (channel->handle == 0) {
        VIT_TRY(vit_random(&channel->handle, sizeof(channel->handle)));
    }
    return VIT_OK;
}

enum vit_status vit_channel_create(struct vit_slab *slab, struct vit_channel_device *device,
        uint32_t type, struct vit_channel **channel)
{
    if (type != VIT_CHANNEL_SOFTWARE && type != VIT_CHANNEL_HARDWARE) {
        return VIT_E_UNSUPPORTED;
    }
    struct vit_channel *created = vit_slab_alloc(slab, sizeof(*created));
    if (created == NULL) {
        return VIT_E_NOMEM;
    }
    created->slab = slab;
    created->device = device;
    created->type = (enum vit_channel_type)type;
    enum vit_status status = start(created);
    if (status != VIT_OK) {
        vit_slab_free(slab, created, sizeof(*created));
        return status;
    }
    *channel = created;
    return VIT_OK;
}

void vit_channel_destroy(struct vit_channel *channel)
{
    if (channel == NULL) {
        return;
    }
    forget_channel(channel);
    vit_slab_free(channel->slab, channel, sizeof(*channel));
}

uint64_t vit_channel_handle(const struct vit_channel *channel)
{
    return channel->handle;
}

enum vit_status vit_channel_check_unkeyed(const struct vit_channel *channel)
{
    return channel->keyed ? VIT_E_STATE : VIT_OK;
}

enum vit_status vit_channel_set_key(struct vit_channel *channel, const uint8_t key[VIT_AES_LEN])
{
    VIT_TRY(vit_channel_check_unkeyed(channel));
    memcpy(channel->key, key, VIT_AES_LEN);
    channel->keyed = true;
    return VIT_OK;
}

static uint32_t code_of(enum vit_status status)
{
    switch (status) {
    case VIT_OK:
        return CODE_OK;
    case VIT_E_ARG:
        return CODE_INVALID_ARGUMENT;
    case VIT_E_NOMEM:
    case VIT_E_LIMIT:
        return CODE_OUT_OF_MEMORY;
    default:
        return CODE_FAIL;
    }
}

/* Both kinds of input carry these, at different places. */
struct header {
    uint8_t guid[16];
    uint64_t channel;
    uint32_t number;
};

static struct header read_header(const uint8_t *input, size_t at)
{
    struct header header;
    struct vit_reader in;
    vit_reader_init(&in, input + at, VIT_QUERY_INPUT_LEN);
    vit_get_bytes(&in, header.guid, sizeof(header.guid));
    header.channel = vit_get_u64(&in);
    header.number = vit_get_u32(&in);
    return header;
}

/* Both kinds of output begin the same: tag, GUID, channel, number, code. The tag stays zero until a
 * command was authentic: a block that was made for a session keys a channel too, and whoever has
 * recorded it would have bytes of his choice signed with the session's key. */
static enum vit_status seal(const struct vit_channel *channel, struct vit_cipher *cipher,
        const struct header *header, enum vit_status status, uint8_t *output, size_t len,
        size_t *written)
{
    struct vit_writer out;
    vit_writer_init(&out, output, len);
    vit_put_zeros(&out, VIT_OMAC_LEN);
    vit_put_bytes(&out, header->guid, sizeof(header->guid));
    vit_put_u64(&out, header->channel);
    vit_put_u32(&out, header->number);
    vit_put_u32(&out, code_of(status));
    if (channel->proven) {
        VIT_TRY(vit_omac_sign(cipher, channel->key, output, len));
    }
    *written = len;
    return status;
}

/* The checks in their order; the number is spent as soon as it was accepted. */
static enum vit_status query(struct vit_channel *channel, const struct header *header,
        const uint8_t *input, size_t input_len, uint8_t *output, size_t output_len)
{
    if (!channel->keyed || header->channel != channel->handle || !channel->initialized ||
            vit_growing_sequence_take(&channel->queries, header->number) != VIT_OK) {
        return VIT_E_ARG;
    }
    const struct vit_channel_query_info *info = vit_channel_query_find(channel->type, header->guid);
    if (info == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    if (input_len != info->input_len || output_len != info->output_len) {
        return VIT_E_ARG;
    }
    struct vit_reader in;
    struct vit_writer out;
    vit_reader_init(&in, input + VIT_QUERY_INPUT_LEN, input_len - VIT_QUERY_INPUT_LEN);
    vit_writer_init(&out, output + VIT_QUERY_OUTPUT_LEN, output_len - VIT_QUERY_OUTPUT_LEN);
    return info->answer(channel, &in, &out);
}

enum vit_status vit_channel_query(struct vit_channel *channel, struct vit_cipher *cipher,
        const uint8_t *input, size_t input_len, uint8_t *output, size_t output_len, size_t *written)
{
    *written = 0;
    if (input_len < VIT_QUERY_INPUT_LEN || input_len > VIT_CHANNEL_INPUT_MAX_LEN ||
            output_len < VIT_QUERY_OUTPUT_LEN) {
        return VIT_E_ARG;
    }
    struct header header = read_header(input, 0);
    size_t len = output_len < VIT_CHANNEL_OUTPUT_MAX_LEN ? output_len : VIT_CHANNEL_OUTPUT_MAX_LEN;
    memset(output, 0, len);
    enum vit_status status = query(channel, &header, input, input_len, output, output_len);
    if (status != VIT_OK) {
        memset(output, 0, len);
    }
    return seal(channel, cipher, &header, status, output, len, written);
}

static enum vit_status initialize(struct vit_channel *channel, const uint8_t *input,
        size_t input_len)
{
    enum { INITIALIZE_LEN = 56 };
    if (channel->initialized || input_len != INITIALIZE_LEN) {
        return VIT_E_ARG;
    }
    channel->queries.next = vit_load_le32(input + VIT_CONFIGURE_INPUT_LEN);
    channel->commands.next = vit_load_le32(input + VIT_CONFIGURE_INPUT_LEN + 4);
    channel->initialized = true;
    return VIT_OK;
}

static bool is_initialize(const uint8_t guid[16])
{
    static const struct vit_guid initialize_guid =
            VIT_GUID(0x06114bdb, 0x3523, 0x470a, 0x8d, 0xca, 0xfb, 0xc2, 0x84, 0x51, 0x54, 0xf0);
    return vit_guid_equal(&initialize_guid, guid);
}

static enum vit_status command(struct vit_channel *channel, const struct header *header,
        const uint8_t *input, size_t input_len)
{
    if (is_initialize(header->guid)) {
        return initialize(channel, input, input_len);
    }
    if (!channel->initialized ||
            vit_growing_sequence_take(&channel->commands, header->number) != VIT_OK) {
        return VIT_E_ARG;
    }
    const struct vit_channel_command_info *info =
            vit_channel_command_find(channel->type, header->guid);
    if (info == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    if (input_len != info->input_len) {
        return VIT_E_ARG;
    }
    struct vit_reader in;
    vit_reader_init(&in, input + VIT_CONFIGURE_INPUT_LEN, input_len - VIT_CONFIGURE_INPUT_LEN);
    return info->run(channel, &in);
}

/* Answers are signed with the same key, and have their code where a command has padding. Without
 * this, who is refused a query by the name of a command has that command signed, with zeros behind
 * its header. */
static bool is_refusal_sent_back(const uint8_t *input)
{
    enum { CODE_AT = 44 };
    uint32_t code = vit_load_le32(input + CODE_AT);
    return code == CODE_FAIL || code == CODE_INVALID_ARGUMENT || code == CODE_OUT_OF_MEMORY;
}

static enum vit_status authentic_command(struct vit_channel *channel, struct vit_cipher *cipher,
        const struct header *header, const uint8_t *input, size_t input_len)
{
    if (!channel->keyed) {
        return VIT_E_ARG;
    }
    enum vit_status status = vit_omac_check(cipher, channel->key, input, input_len);
    if (status == VIT_E_REFUSED || header->channel != channel->handle) {
        return VIT_E_ARG;
    }
    VIT_TRY(status);
    channel->proven = true;
    if (is_refusal_sent_back(input)) {
        return VIT_E_ARG;
    }
    return command(channel, header, input, input_len);
}

enum vit_status vit_channel_configure(struct vit_channel *channel, struct vit_cipher *cipher,
        const uint8_t *input, size_t input_len, uint8_t *output, size_t *written)
{
    *written = 0;
    if (input_len < VIT_CONFIGURE_INPUT_LEN || input_len > VIT_CHANNEL_INPUT_MAX_LEN) {
        return VIT_E_ARG;
    }
    struct header header = read_header(input, VIT_OMAC_LEN);
    enum vit_status status = authentic_command(channel, cipher, &header, input, input_len);
    return seal(channel, cipher, &header, status, output, VIT_CONFIGURE_OUTPUT_LEN, written);
}
