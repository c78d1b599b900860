/* SPDX-License-Identifier: MIT */
/**
 * A context: one client of the GPU, with the resources attached to it, its sessions and its
 * submissions, which are done strictly in order. Contexts know nothing of each other.
 */
#ifndef VGPU_CONTEXT_H
#define VGPU_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ids.h"
#include "base/status.h"
#include "vgpu/resource.h"

/* Bytes of rendered resources that a context may have. */
#define VGPU_CONTEXT_RENDERED_LIMIT (UINT64_C(1) << 30)

struct vgpu_engine;
struct vgpu_submission;
struct vgpu_channels;

struct vgpu_context {
    uint32_t id; /* the guest's; not 0 */
    struct vgpu_engine *engine;
    bool rendered; /* the renderer knows it: vgpu/rendered.h */

    struct vgpu_resource **attached; /* sorted by id; references held */
    size_t attached_count, attached_capacity;

    struct vit_ids sessions;        /* of struct vgpu_session; the engine's, from open to close */
    struct vit_ids opms;            /* of struct vgpu_opm; the same */
    struct vgpu_channels *channels; /* NULL: none yet */
    uint64_t protected_bytes;       /* owned, against the engine's limit */
    uint64_t rendered_bytes;        /* owned, against VGPU_CONTEXT_RENDERED_LIMIT */

    struct vgpu_submission *first, *last; /* queued or at work, in order */
    unsigned queued_count;
    uint64_t account;    /* what its jobs cost the workers: job.h */
    size_t queued_bytes; /* of these submissions, against a limit of the engine */
};

VIT_RESULT vgpu_context_create(struct vgpu_engine *engine, uint32_t id,
        struct vgpu_context **context);
/* Cancels its submissions (each completes as refused), destroys its sessions, wipes what they
 * labelled, detaches everything. */
void vgpu_context_destroy(struct vgpu_context *context);

/* @return VIT_E_LIMIT protected or rendered bytes, VIT_E_NOMEM; attached already: VIT_OK */
VIT_RESULT vgpu_context_attach(struct vgpu_context *context, struct vgpu_resource *resource);
/* A protected resource that it owned is given up: cancelled, wiped, and nobody's from then on. */
void vgpu_context_detach(struct vgpu_context *context, uint32_t resource_id);

/* Borrowed; NULL: not attached here. */
struct vgpu_resource *vgpu_context_attached(const struct vgpu_context *context,
        uint32_t resource_id);
/* What the engine may use: attached here, not the renderer's, and if protected also owned; else
 * NULL. Borrowed. */
struct vgpu_resource *vgpu_context_resource(const struct vgpu_context *context,
        uint32_t resource_id);

#endif
