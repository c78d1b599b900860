/* SPDX-License-Identifier: MIT */
/**
 * Which contexts and resources of a device its renderer knows too. A context does from its first
 * command stream or transfer on. A resource does when it is the renderer's own, or when it is a
 * buffer of guest memory that such a context has attached. No other resource ever does: that a
 * protected one is not in the renderer is what keeps command streams away from it.
 */
#ifndef VGPU_RENDERED_H
#define VGPU_RENDERED_H

#include "vgpu/context.h"
#include "vgpu/renderer.h"
#include "vgpu/resource.h"

/* Makes a resource the renderer's. */
VIT_RESULT vgpu_rendered_create(struct vgpu_renderer *renderer, struct vgpu_resource *resource,
        const struct vgpu_3d_resource *ask);
void vgpu_rendered_destroy(struct vgpu_renderer *renderer, struct vgpu_resource *resource);

/* The resource is about to get this backing, which stays where it is; or to lose it. */
VIT_RESULT vgpu_rendered_attach_backing(struct vgpu_renderer *renderer,
        const struct vgpu_resource *resource, struct iovec *pieces, size_t count);
void vgpu_rendered_detach_backing(struct vgpu_renderer *renderer,
        const struct vgpu_resource *resource);

/* From now on the renderer knows the context, with all that is attached to it; it may know it
 * already. */
VIT_RESULT vgpu_rendered_open(struct vgpu_renderer *renderer, struct vgpu_context *context);
void vgpu_rendered_close(struct vgpu_renderer *renderer, struct vgpu_context *context);

/* The context just got the resource, or is about to lose it. */
void vgpu_rendered_attach(struct vgpu_renderer *renderer, const struct vgpu_context *context,
        struct vgpu_resource *resource);
void vgpu_rendered_detach(struct vgpu_renderer *renderer, const struct vgpu_context *context,
        const struct vgpu_resource *resource);

/* Has it pixels of 4 bytes that a display or a cursor can be made of? */
bool vgpu_rendered_is_picture(const struct vgpu_resource *resource);
/* Pixels of such a picture as B, G, R, A, rows stride bytes apart. What the renderer cannot give is
 * zero. */
void vgpu_rendered_read(struct vgpu_renderer *renderer, const struct vgpu_resource *resource,
        const struct vgpu_rect *rect, uint8_t *pixels, uint32_t stride);

#endif
