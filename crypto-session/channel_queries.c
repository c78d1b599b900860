/* SPDX-License-Identifier: MIT */
/* What each query of an authenticated channel answers. */
#include "crypto-session/channel_impl.h"

enum { BUS_TYPE_OTHER = 0, PROTECTION_ENABLED = 1 };

static enum vit_status done(const struct vit_reader *in, const struct vit_writer *out)
{
    return vit_reader_ok(in) && vit_writer_ok(out) ? VIT_OK : VIT_E_ARG;
}

static enum vit_status protection(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    uint32_t flags = PROTECTION_ENABLED; /* always on, as the capabilities say */
    for (unsigned i = 0; i < VIT_CHANNEL_FLAGS; i++) {
        flags |= (uint32_t)(channel->device->flag_counts[i] != 0) << i;
    }
    vit_put_u32(out, flags);
    return done(in, out);
}

static enum vit_status channel_type(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    vit_put_u32(out, channel->type);
    return done(in, out);
}

static enum vit_status device_handle(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    vit_put_u64(out, channel->device->handle);
    return done(in, out);
}

static enum vit_status crypto_session(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    const struct vit_channel_device *device = channel->device;
    uint64_t decoder = vit_get_u64(in);
    for (uint32_t i = 0; i < device->decoder_count; i++) {
        if (device->decoders[i].decoder == decoder) {
            vit_put_u64(out, decoder);
            vit_put_u64(out, device->decoders[i].session);
            vit_put_u64(out, device->handle);
            return done(in, out);
        }
    }
    return VIT_E_ARG;
}

/* Several channels may have let in the same process. */
static bool is_first_of_process(const struct vit_channel_device *device, uint32_t index)
{
    const struct vit_channel_grant *grants = device->grants;
    for (uint32_t i = 0; i < index; i++) {
        if (grants[i].type == grants[index].type && grants[i].process == grants[index].process) {
            return false;
        }
    }
    return true;
}

/* Processes before the grant at end. */
static uint32_t count_processes(const struct vit_channel_device *device, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < end; i++) {
        count += is_first_of_process(device, i);
    }
    return count;
}

static enum vit_status process_count(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    vit_put_u32(out, count_processes(channel->device, channel->device->grant_count));
    return done(in, out);
}

static enum vit_status process(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    const struct vit_channel_device *device = channel->device;
    uint32_t index = vit_get_u32(in);
    for (uint32_t i = 0; i < device->grant_count; i++) {
        if (is_first_of_process(device, i) && count_processes(device, i) == index) {
            vit_put_u32(out, index);
            vit_put_u32(out, device->grants[i].type);
            vit_put_u64(out, device->grants[i].process);
            return done(in, out);
        }
    }
    return VIT_E_ARG;
}

/* Protected resources are never shared: the driver refuses to create such. */
static enum vit_status unrestricted_count(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)channel;
    vit_put_u32(out, 0);
    return done(in, out);
}

/* Device and session of both queries about outputs. */
static enum vit_status take_pair(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    const struct vit_channel_device *device = channel->device;
    uint64_t handle = vit_get_u64(in);
    uint64_t session = vit_get_u64(in);
    if (handle != device->handle || !device->knows_session(device->owner, session)) {
        return VIT_E_ARG;
    }
    vit_put_u64(out, handle);
    vit_put_u64(out, session);
    return VIT_OK;
}

static enum vit_status output_count(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    VIT_TRY(take_pair(channel, in, out));
    vit_put_u32(out, channel->device->output_count);
    return done(in, out);
}

static enum vit_status output_id(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    VIT_TRY(take_pair(channel, in, out));
    uint32_t index = vit_get_u32(in);
    if (index >= channel->device->output_count) {
        return VIT_E_ARG;
    }
    vit_put_u32(out, index);
    vit_put_u32(out, 0);
    vit_put_u64(out, channel->device->output_ids[index]);
    return done(in, out);
}

static enum vit_status accessibility(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    bool accessible = channel->device->accessible;
    vit_put_u32(out, BUS_TYPE_OTHER);
    vit_put_u32(out, accessible);
    vit_put_u32(out, accessible);
    return done(in, out);
}

/* Content is never encrypted on its way out, for there is no way out. */
static enum vit_status encryption_count(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)channel;
    vit_put_u32(out, 0);
    return done(in, out);
}

static enum vit_status encryption(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)channel;
    (void)in;
    (void)out;
    return VIT_E_ARG; /* no index is below 0 */
}

static enum vit_status current_encryption(const struct vit_channel *channel, struct vit_reader *in,
        struct vit_writer *out)
{
    (void)channel;
    vit_put_zeros(out, sizeof(struct vit_guid));
    return done(in, out);
}

static const struct vit_channel_query_info queries[] = {
    { VIT_GUID(0xa84eb584, 0xc495, 0x48aa, 0xb9, 0x4d, 0x8b, 0xd2, 0xd6, 0xfb, 0xce, 0x05),
            VIT_ON_BOTH, 32, 56, protection },
    { VIT_GUID(0xbc1b18a5, 0xb1fb, 0x42ab, 0xbd, 0x94, 0xb5, 0x82, 0x8b, 0x4b, 0xf7, 0xbe),
            VIT_ON_BOTH, 32, 56, channel_type },
    { VIT_GUID(0xec1c539d, 0x8cff, 0x4e2a, 0xbc, 0xc4, 0xf5, 0x69, 0x2f, 0x99, 0xf4, 0x80),
            VIT_ON_BOTH, 32, 56, device_handle },
    { VIT_GUID(0x2634499e, 0xd018, 0x4d74, 0xac, 0x17, 0x7f, 0x72, 0x40, 0x59, 0x52, 0x8d),
            VIT_ON_BOTH, 40, 72, crypto_session },
    { VIT_GUID(0x0db207b3, 0x9450, 0x46a6, 0x82, 0xde, 0x1b, 0x96, 0xd4, 0x4f, 0x9c, 0xf2),
            VIT_ON_SOFTWARE, 32, 56, process_count },
    { VIT_GUID(0x649bbadb, 0xf0f4, 0x4639, 0xa1, 0x5b, 0x24, 0x39, 0x3f, 0xc3, 0xab, 0xac),
            VIT_ON_SOFTWARE, 40, 64, process },
    { VIT_GUID(0x012f0bd6, 0xe662, 0x4474, 0xbe, 0xfd, 0xaa, 0x53, 0xe5, 0x14, 0x3c, 0x6d),
            VIT_ON_SOFTWARE, 32, 56, unrestricted_count },
    { VIT_GUID(0x2c042b5e, 0x8c07, 0x46d5, 0xaa, 0xbe, 0x8f, 0x75, 0xcb, 0xad, 0x4c, 0x31),
            VIT_ON_BOTH, 48, 72, output_count },
    { VIT_GUID(0x839ddca3, 0x9b4e, 0x41e4, 0xb0, 0x53, 0x89, 0x2b, 0xd2, 0xa1, 0x1e, 0xe7),
            VIT_ON_BOTH, 56, 80, output_id },
    { VIT_GUID(0x6214d9d2, 0x432c, 0x4abb, 0x9f, 0xce, 0x21, 0x6e, 0xea, 0x26, 0x9e, 0x3b),
            VIT_ON_BOTH, 32, 64, accessibility },
    { VIT_GUID(0xb30f7066, 0x203c, 0x4b07, 0x93, 0xfc, 0xce, 0xaa, 0xfd, 0x61, 0x24, 0x1e),
            VIT_ON_BOTH, 32, 56, encryption_count },
    { VIT_GUID(0xf83a5958, 0xe986, 0x4bda, 0xbe, 0xb0, 0x41, 0x1f, 0x6a, 0x7a, 0x01, 0xb7),
            VIT_ON_BOTH, 40, 72, encryption },
    { VIT_GUID(0xec1791c7, 0xdad3, 0x4f15, 0x9e, 0xc3, 0xfa, 0xa9, 0x3d, 0x60, 0xd4, 0xf0),
            VIT_ON_BOTH, 32, 64, current_encryption },
};

const struct vit_channel_query_info *vit_channel_query_find(enum vit_channel_type type,
        const uint8_t guid[16])
{
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        if (vit_guid_equal(&queries[i].guid, guid)) {
            return vit_channel_offers(queries[i].on, type) ? &queries[i] : NULL;
        }
    }
    return NULL;
}
