/* SPDX-License-Identifier: MIT */
/**
 * The authenticated channels of a context, and the Direct3D device that they speak of. A channel's
 * handle is its 64 random bits; it means nothing in another context.
 */
#ifndef VGPU_CHANNEL_H
#define VGPU_CHANNEL_H

#include <stdint.h>

#include "base/status.h"
#include "crypto-session/channel.h"
#include "vgpu/context.h"

/* @return VIT_E_UNSUPPORTED no such type, VIT_E_LIMIT channels of the context, VIT_E_NOMEM */
VIT_RESULT vgpu_channel_create(struct vgpu_context *context, uint32_t type, uint64_t *handle);
/* NULL: not a living channel of this context. */
struct vit_channel *vgpu_channel_find(const struct vgpu_context *context, uint64_t handle);
void vgpu_channel_destroy(struct vgpu_context *context, struct vit_channel *channel);
void vgpu_channel_destroy_all(struct vgpu_context *context);
void vgpu_channel_forget_session(struct vgpu_context *context, uint64_t session);

#endif
