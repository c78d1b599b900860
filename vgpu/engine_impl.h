/* SPDX-License-Identifier: MIT */
/* The engine's own view of itself. Only the files of the engine include this. */
#ifndef VGPU_ENGINE_IMPL_H
#define VGPU_ENGINE_IMPL_H

#include <stdint.h>

#include "vgpu/engine.h"
#include "vgpu/job.h"
#include "vgpu/protection.h"

struct vgpu_submission;

struct vgpu_submissions {
    struct vgpu_submission *first, *last;
};

struct vgpu_engine {
    struct vgpu_config config;
    enum vit_custody custody;
    struct vit_slab *slab;
    uint8_t *key;            /* secret: of what the owner's thread does now */
    struct vgpu_tools tools; /* the owner's */
    struct vgpu_workers *workers;
    struct vgpu_protection *protection; /* borrowed; NULL: none */

    struct vgpu_submission *pending;   /* of all contexts */
    struct vgpu_submissions completed; /* done, their completion not called yet */
    struct vgpu_submission *spare;     /* kept for the next one that has to wait */
    unsigned spare_count;
    int64_t budget;      /* bytes of work that this call may still do itself */
    size_t queued_bytes; /* of all contexts' submissions */

    void (*resource_changed)(void *listener, struct vgpu_resource *resource);
    void *listener;
    struct vgpu_engine_stats stats;
};

static inline void vgpu_engine_tell(struct vgpu_engine *engine, struct vgpu_resource *resource)
{
    if (engine->resource_changed != NULL) {
        engine->resource_changed(engine->listener, resource);
    }
}

#endif
