/* SPDX-License-Identifier: MIT */
/**
 * A key slot of the device: a crypto session of one context, and the list of the protected
 * resources that hold its content. Ids are generation and slot in the table of the context and mean
 * nothing in another.
 */
#ifndef VGPU_SESSION_H
#define VGPU_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto-session/session.h"
#include "vgpu/context.h"

struct vgpu_session {
    uint64_t id;
    struct vit_crypto_session *crypto;
    struct vgpu_resource *labelled; /* list: vgpu/label.h */
    bool needs_hdcp;                /* what its content requires of an output */
};

/* @return VIT_E_LIMIT sessions of the context, VIT_E_NOMEM */
VIT_RESULT vgpu_session_create(struct vgpu_context *context, uint64_t *id);
/* NULL: not a living session of this context. */
struct vgpu_session *vgpu_session_find(const struct vgpu_context *context, uint64_t id);
/* Wipes its keys and what it labelled. */
void vgpu_session_destroy(struct vgpu_context *context, struct vgpu_session *session);
void vgpu_session_destroy_all(struct vgpu_context *context);

/* The label that its content carries. */
struct vgpu_label vgpu_session_label(const struct vgpu_context *context,
        const struct vgpu_session *session);
/* A protected resource holds content of the session from now on. */
void vgpu_session_take(struct vgpu_context *context, struct vgpu_session *session,
        struct vgpu_resource *resource);

#endif
