/* SPDX-License-Identifier: MIT */
/* What each command of an authenticated channel does. What one channel has set, no other takes back. */
#include "crypto-session/channel_impl.h"

/* D3D11_1DDI_AUTHENTICATED_PROCESS_IDENTIFIER_TYPE */
enum { PROCESS_DWM = 1, PROCESS_HANDLE = 2 };

static bool would_clear_anothers(const struct vit_channel *channel, uint32_t flags)
{
    bool would = false;
    for (unsigned i = 0; i < VIT_CHANNEL_FLAGS; i++) {
        would |= (flags >> i & 1) == 0 && !channel->holds_flag[i] &&
                channel->device->flag_counts[i] != 0;
    }
    return would;
}

/* A bit stays set until each channel that set it has cleared it. */
static enum vit_status protection(struct vit_channel *channel, struct vit_reader *in)
{
    uint32_t flags = vit_get_u32(in);
    if (flags >> VIT_CHANNEL_FLAGS != 0 || would_clear_anothers(channel, flags)) {
        return VIT_E_ARG;
    }
    for (unsigned i = 0; i < VIT_CHANNEL_FLAGS; i++) {
        bool holds = (flags >> i & 1) != 0;
        channel->device->flag_counts[i] -= channel->holds_flag[i];
        channel->device->flag_counts[i] += holds;
        channel->holds_flag[i] = holds;
    }
    return VIT_OK;
}

static enum vit_status bind_decoder(struct vit_channel *channel, uint64_t decoder, uint64_t session)
{
    struct vit_channel_device *device = channel->device;
    struct vit_channel_decoder *own = NULL;
    for (uint32_t i = 0; i < device->decoder_count; i++) {
        struct vit_channel_decoder *bound = &device->decoders[i];
        if (bound->decoder != decoder) {
            continue;
        }
        if (bound->owner == channel->handle) {
            own = bound;
        } else if (bound->session != session) {
            return VIT_E_ARG;
        }
    }
    if (own != NULL) {
        own->session = session;
        return VIT_OK;
    }
    if (device->decoder_count == VIT_CHANNEL_DECODERS) {
        return VIT_E_LIMIT;
    }
    device->decoders[device->decoder_count++] =
            (struct vit_channel_decoder){ channel->handle, decoder, session };
    return VIT_OK;
}

/* Decoders are the driver's: to the device their handles are names. */
static enum vit_status crypto_session(struct vit_channel *channel, struct vit_reader *in)
{
    const struct vit_channel_device *device = channel->device;
    uint64_t decoder = vit_get_u64(in);
    uint64_t session = vit_get_u64(in);
    uint64_t handle = vit_get_u64(in);
    if (decoder == 0 || handle != device->handle ||
            !device->knows_session(device->owner, session)) {
        return VIT_E_ARG;
    }
    return bind_decoder(channel, decoder, session);
}

static struct vit_channel_grant *find_grant(const struct vit_channel *channel, uint32_t type,
        uint64_t process)
{
    struct vit_channel_device *device = channel->device;
    for (uint32_t i = 0; i < device->grant_count; i++) {
        struct vit_channel_grant *grant = &device->grants[i];
        if (grant->owner == channel->handle && grant->type == type && grant->process == process) {
            return grant;
        }
    }
    return NULL;
}

static enum vit_status grant(struct vit_channel *channel, uint32_t type, uint64_t process)
{
    struct vit_channel_device *device = channel->device;
    if (find_grant(channel, type, process) != NULL) {
        return VIT_OK;
    }
    if (device->grant_count == VIT_CHANNEL_GRANTS) {
        return VIT_E_LIMIT;
    }
    device->grants[device->grant_count++] = (struct vit_channel_grant){
        .owner = channel->handle,
        .type = type,
        .process = process,
    };
    return VIT_OK;
}

static enum vit_status take_back(struct vit_channel *channel, uint32_t type, uint64_t process)
{
    struct vit_channel_device *device = channel->device;
    struct vit_channel_grant *found = find_grant(channel, type, process);
    if (found == NULL) {
        return VIT_E_ARG;
    }
    device->grant_count--;
    for (; found < &device->grants[device->grant_count]; found++) {
        found[0] = found[1];
    }
    return VIT_OK;
}

static enum vit_status shared_resource(struct vit_channel *channel, struct vit_reader *in)
{
    uint32_t type = vit_get_u32(in);
    vit_get_skip(in, 4);
    uint64_t process = vit_get_u64(in);
    bool allow = vit_get_u32(in) != 0;
    if (type != PROCESS_DWM && type != PROCESS_HANDLE) {
        return VIT_E_ARG;
    }
    if (type == PROCESS_DWM) {
        process = 0; /* valid for HANDLE only */
    } else if (process == 0) {
        return VIT_E_ARG;
    }
    return allow ? grant(channel, type, process) : take_back(channel, type, process);
}

/* None is offered, so none can be selected but "none". */
static enum vit_status encryption(struct vit_channel *channel, struct vit_reader *in)
{
    static const struct vit_guid none;
    (void)channel;
    const uint8_t *guid = vit_get_span(in, sizeof(none));
    return guid != NULL && vit_guid_equal(&none, guid) ? VIT_OK : VIT_E_ARG;
}

static const struct vit_channel_command_info commands[] = {
    { VIT_GUID(0x50455658, 0x3f47, 0x4362, 0xbf, 0x99, 0xbf, 0xdf, 0xcd, 0xe9, 0xed, 0x29),
            VIT_ON_BOTH, 56, protection },
    { VIT_GUID(0x6346cc54, 0x2cfc, 0x4ad4, 0x82, 0x24, 0xd1, 0x58, 0x37, 0xde, 0x77, 0x00),
            VIT_ON_BOTH, 72, crypto_session },
    { VIT_GUID(0x0772d047, 0x1b40, 0x48e8, 0x9c, 0xa6, 0xb5, 0xf5, 0x10, 0xde, 0x9f, 0x01),
            VIT_ON_SOFTWARE, 72, shared_resource },
    { VIT_GUID(0x41fff286, 0x6ae0, 0x4d43, 0x9d, 0x55, 0xa4, 0x6e, 0x9e, 0xfd, 0x15, 0x8a),
            VIT_ON_BOTH, 64, encryption },
};

const struct vit_channel_command_info *vit_channel_command_find(enum vit_channel_type type,
        const uint8_t guid[16])
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (vit_guid_equal(&commands[i].guid, guid)) {
            return vit_channel_offers(commands[i].on, type) ? &commands[i] : NULL;
        }
    }
    return NULL;
}
