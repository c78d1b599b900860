/* SPDX-License-Identifier: MIT */
/** Where a submission's reply goes: a range of a buffer of its context. */
#ifndef VGPU_REPLY_H
#define VGPU_REPLY_H

#include "vgpu/context.h"
#include "wire/envelope.h"

/* The place that an envelope names. @return VIT_E_ARG no such buffer or range; unaligned memory */
VIT_RESULT vgpu_reply_place(const struct vgpu_context *context, const struct vit_envelope *envelope,
        struct vgpu_resource **resource);

/* Writes header and bodies, then the sequence. Nothing, when the place is gone meanwhile. */
void vgpu_reply_write(struct vgpu_resource *resource, const struct vit_envelope *envelope,
        const struct vit_reply *reply, const uint8_t *body);

#endif
