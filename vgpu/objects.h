/* SPDX-License-Identifier: MIT */
/**
 * Contexts and resources of a device by the guest's ids, and the limits of what a guest may make
 * the host keep. Whatever takes a resource away cancels what works on it first.
 */
#ifndef VGPU_OBJECTS_H
#define VGPU_OBJECTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "vgpu/context.h"
#include "vgpu/engine.h"
#include "vgpu/renderer.h"
#include "vgpu/resource.h"
#include "vgpu/table.h"

enum {
    VGPU_CONTEXT_LIMIT = 4096,
    VGPU_RESOURCE_LIMIT = 65536,
    /* Protected resources that no context attached yet. */
    VGPU_UNOWNED_LIMIT = 256,
    /* Pieces of one backing, one for each 4 KiB page of the largest buffer; and of all. */
    VGPU_BACKING_LIMIT = VIT_BUFFER_MAX_LEN / 4096,
    VGPU_BACKING_TOTAL_LIMIT = 16 * VGPU_BACKING_LIMIT,
    /* Contexts that may use up their limit of protected bytes at the same time. */
    VGPU_FULL_CONTEXTS = 4,
};
/* The device's own pictures. */
#define VGPU_IMAGE_BYTES_LIMIT (UINT64_C(512) << 20)
/* The renderer's resources, all their layers, levels and samples: those of all contexts; a single one
 * has VGPU_CONTEXT_RENDERED_LIMIT. */
#define VGPU_RENDERED_BYTES_LIMIT (VGPU_FULL_CONTEXTS * VGPU_CONTEXT_RENDERED_LIMIT)

struct vgpu_objects {
    struct vgpu_engine *engine;     /* borrowed */
    struct vgpu_renderer *renderer; /* borrowed; NULL: none */
    struct vgpu_table contexts, resources;
    uint64_t image_bytes;
    uint64_t protected_bytes;
    uint64_t rendered_bytes;
    size_t backing_count;
    size_t unowned_count;
};

void vgpu_objects_init(struct vgpu_objects *objects, struct vgpu_engine *engine,
        struct vgpu_renderer *renderer);
/* Destroys all; ready for new ones. */
void vgpu_objects_clear(struct vgpu_objects *objects);
void vgpu_objects_finish(struct vgpu_objects *objects);

/* @return VIT_E_ARG an id that is not allowed, VIT_E_STATE in use, VIT_E_LIMIT, VIT_E_NOMEM */
VIT_RESULT vgpu_objects_create_context(struct vgpu_objects *objects, uint32_t id);
VIT_RESULT vgpu_objects_create_resource(struct vgpu_objects *objects, uint32_t id,
        enum vgpu_resource_kind kind, const struct vit_surface *surface);

/* One of the renderer's. @return as above, and what the renderer says; VIT_E_UNSUPPORTED: there is
 * none */
VIT_RESULT vgpu_objects_create_rendered(struct vgpu_objects *objects,
        const struct vgpu_3d_resource *ask);

/* Borrowed; NULL: no such id. */
struct vgpu_context *vgpu_objects_context(const struct vgpu_objects *objects, uint32_t id);
struct vgpu_resource *vgpu_objects_resource(const struct vgpu_objects *objects, uint32_t id);

void vgpu_objects_destroy_context(struct vgpu_objects *objects, struct vgpu_context *context);
/* Out of every context, too. */
void vgpu_objects_destroy_resource(struct vgpu_objects *objects, struct vgpu_resource *resource);

/* A rendered resource that is too much, and that nobody else has, is the renderer's no more.
 * @return as vgpu_context_attach() */
VIT_RESULT vgpu_objects_attach(struct vgpu_objects *objects, struct vgpu_context *context,
        struct vgpu_resource *resource);

void vgpu_objects_detach(struct vgpu_objects *objects, struct vgpu_context *context,
        struct vgpu_resource *resource);

/* Is there room for that many pieces more? */
bool vgpu_objects_backing_fits(const struct vgpu_objects *objects, size_t count);
/* @return as vgpu_resource_attach_backing(), and what the renderer says */
VIT_RESULT vgpu_objects_attach_backing(struct vgpu_objects *objects, struct vgpu_resource *resource,
        struct iovec *backing, size_t count);
void vgpu_objects_detach_backing(struct vgpu_objects *objects, struct vgpu_resource *resource);

/* Cancels what works on any resource. */
void vgpu_objects_cancel(struct vgpu_objects *objects);

#endif
