/* SPDX-License-Identifier: MIT */
#include "vgpu/rendered.h"

#include "base/log.h"
#include "wire/virtio_gpu.h"

enum vit_status vgpu_rendered_create(struct vgpu_renderer *renderer, struct vgpu_resource *resource,
        const struct vgpu_3d_resource *ask)
{
    VIT_TRY(renderer->impl->create_resource(renderer, ask));
    resource->rendered = true;
    return VIT_OK;
}

void vgpu_rendered_destroy(struct vgpu_renderer *renderer, struct vgpu_resource *resource)
{
    if (!resource->rendered) {
        return;
    }
    if (resource->backing != NULL) {
        renderer->impl->detach_backing(renderer, resource->id);
    }
    renderer->impl->destroy_resource(renderer, resource->id);
    resource->rendered = false;
}

enum vit_status vgpu_rendered_attach_backing(struct vgpu_renderer *renderer,
        const struct vgpu_resource *resource, struct iovec *pieces, size_t count)
{
    return resource->rendered
            ? renderer->impl->attach_backing(renderer, resource->id, pieces, count)
            : VIT_OK;
}

void vgpu_rendered_detach_backing(struct vgpu_renderer *renderer,
        const struct vgpu_resource *resource)
{
    if (resource->rendered) {
        renderer->impl->detach_backing(renderer, resource->id);
    }
}

/* Command streams take data from such buffers. */
static bool is_buffer(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_BUFFER && resource->surface.format == VIT_FORMAT_BYTES;
}

static enum vit_status add_buffer(struct vgpu_renderer *renderer, struct vgpu_resource *resource)
{
    const struct vgpu_3d_resource ask = {
        .id = resource->id,
        .target = VIT_TARGET_BUFFER,
        .format = VIT_FORMAT_BYTES,
        .bind = VIT_BIND_STAGING,
        .width = resource->surface.width,
        .height = 1,
        .depth = 1,
        .array_size = 1,
    };
    VIT_TRY(vgpu_rendered_create(renderer, resource, &ask));
    return resource->backing == NULL ? VIT_OK
                                     : vgpu_rendered_attach_backing(renderer, resource,
                                               resource->backing, resource->backing_count);
}

void vgpu_rendered_attach(struct vgpu_renderer *renderer, const struct vgpu_context *context,
        struct vgpu_resource *resource)
{
    if (!context->rendered) {
        return;
    }
    if (is_buffer(resource) && !resource->rendered && add_buffer(renderer, resource) != VIT_OK) {
        vit_log(VIT_LOG_WARNING, "the renderer does not take buffer %u", resource->id);
        vgpu_rendered_destroy(renderer, resource);
    }
    if (resource->rendered) {
        renderer->impl->attach(renderer, context->id, resource->id);
    }
}

void vgpu_rendered_detach(struct vgpu_renderer *renderer, const struct vgpu_context *context,
        const struct vgpu_resource *resource)
{
    if (context->rendered && resource->rendered) {
        renderer->impl->detach(renderer, context->id, resource->id);
    }
}

enum vit_status vgpu_rendered_open(struct vgpu_renderer *renderer, struct vgpu_context *context)
{
    if (context->rendered) {
        return VIT_OK;
    }
    VIT_TRY(renderer->impl->create_context(renderer, context->id));
    context->rendered = true;
    for (size_t i = 0; i < context->attached_count; i++) {
        vgpu_rendered_attach(renderer, context, context->attached[i]);
    }
    return VIT_OK;
}

void vgpu_rendered_close(struct vgpu_renderer *renderer, struct vgpu_context *context)
{
    if (context->rendered) {
        renderer->impl->destroy_context(renderer, context->id);
        context->rendered = false;
    }
}
