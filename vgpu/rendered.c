/* SPDX-License-Identifier: MIT */
#include "vgpu/rendered.h"

#include <string.h>

#include "base/log.h"
#include "wire/virtio_gpu.h"

enum {
    PIXEL_LEN = 4,
    /* Beside the formats of our own pictures, of virtio-gpu's list. */
    FORMAT_RGBA = 67,
    FORMAT_RGBX = 134,
};

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
        if (!renderer->told_of_buffer) {
            vit_log(VIT_LOG_WARNING, "the renderer does not take buffer %u", resource->id);
        }
        renderer->told_of_buffer = true; /* or a guest could fill the log */
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

static bool has_red_first(const struct vgpu_resource *resource)
{
    uint32_t format = resource->surface.format;
    return format == FORMAT_RGBA || format == FORMAT_RGBX;
}

bool vgpu_rendered_is_picture(const struct vgpu_resource *resource)
{
    uint32_t format = resource->surface.format;
    return resource->kind == VGPU_RESOURCE_RENDERED &&
            (format == VIT_FORMAT_BGRA || format == VIT_FORMAT_BGRX || has_red_first(resource));
}

static void swap_red_and_blue(uint8_t *pixels, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, pixels += PIXEL_LEN) {
        uint8_t first = pixels[0];
        pixels[0] = pixels[2];
        pixels[2] = first;
    }
}

void vgpu_rendered_read(struct vgpu_renderer *renderer, const struct vgpu_resource *resource,
        const struct vgpu_rect *rect, uint8_t *pixels, uint32_t stride)
{
    bool there = renderer->impl->read(renderer, resource->id, rect, pixels, stride) == VIT_OK;
    for (uint32_t row = 0; row < rect->height; row++, pixels += stride) {
        if (!there) {
            memset(pixels, 0, (size_t)rect->width * PIXEL_LEN);
        } else if (has_red_first(resource)) {
            swap_red_and_blue(pixels, rect->width);
        }
    }
}
