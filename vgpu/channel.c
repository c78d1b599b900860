/* SPDX-License-Identifier: MIT */
#include "vgpu/channel.h"

#include <stdlib.h>

#include "vgpu/engine_impl.h"
#include "vgpu/session.h"

enum { CHANNEL_MAX_COUNT = 64 };

struct vgpu_channels {
    struct vit_channel_device device;
    unsigned count;
    struct vit_channel *list[CHANNEL_MAX_COUNT];
};

static bool knows_session(const void *owner, uint64_t session)
{
    return vgpu_session_find(owner, session) != NULL;
}

static enum vit_status open_channels(struct vgpu_context *context)
{
    if (context->channels != NULL) {
        return VIT_OK;
    }
    struct vgpu_channels *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status = vit_channel_device_init(&made->device);
    if (status != VIT_OK) {
        free(made);
        return status;
    }
    const struct vgpu_engine *engine = context->engine;
    made->device.owner = context;
    made->device.knows_session = knows_session;
    made->device.accessible = engine->config.in_guest;
    if (engine->protection != NULL) {
        made->device.output_ids = engine->protection->ids;
        made->device.output_count = engine->protection->count;
    }
    context->channels = made;
    return VIT_OK;
}

enum vit_status vgpu_channel_create(struct vgpu_context *context, uint32_t type, uint64_t *handle)
{
    VIT_TRY(open_channels(context));
    struct vgpu_channels *channels = context->channels;
    if (channels->count == CHANNEL_MAX_COUNT) {
        return VIT_E_LIMIT;
    }
    struct vit_channel **place = &channels->list[channels->count];
    VIT_TRY(vit_channel_create(context->engine->slab, &channels->device, type, place));
    channels->count++;
    *handle = vit_channel_handle(*place);
    return VIT_OK;
}

struct vit_channel *vgpu_channel_find(const struct vgpu_context *context, uint64_t handle)
{
    const struct vgpu_channels *channels = context->channels;
    for (unsigned i = 0; channels != NULL && i < channels->count; i++) {
        if (vit_channel_handle(channels->list[i]) == handle) {
            return channels->list[i];
        }
    }
    return NULL;
}

void vgpu_channel_destroy(struct vgpu_context *context, struct vit_channel *channel)
{
    struct vgpu_channels *channels = context->channels;
    for (unsigned i = 0; i < channels->count; i++) {
        if (channels->list[i] == channel) {
            channels->list[i] = channels->list[--channels->count];
        }
    }
    vit_channel_destroy(channel);
}

void vgpu_channel_destroy_all(struct vgpu_context *context)
{
    struct vgpu_channels *channels = context->channels;
    for (unsigned i = 0; channels != NULL && i < channels->count; i++) {
        vit_channel_destroy(channels->list[i]);
    }
    free(channels);
    context->channels = NULL;
}

void vgpu_channel_forget_session(struct vgpu_context *context, uint64_t session)
{
    if (context->channels != NULL) {
        vit_channel_device_forget_session(&context->channels->device, session);
    }
}
