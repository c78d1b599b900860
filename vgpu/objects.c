/* SPDX-License-Identifier: MIT */
#include "vgpu/objects.h"

#include <linux/virtio_gpu.h>

#include "vgpu/rendered.h"
#include "wire/virtio_gpu.h"

void vgpu_objects_init(struct vgpu_objects *objects, struct vgpu_engine *engine,
        struct vgpu_renderer *renderer)
{
    *objects = (struct vgpu_objects){ .engine = engine, .renderer = renderer };
    vgpu_table_init(&objects->contexts, VGPU_CONTEXT_LIMIT);
    vgpu_table_init(&objects->resources, VGPU_RESOURCE_LIMIT);
}

void vgpu_objects_clear(struct vgpu_objects *objects)
{
    while (objects->contexts.count > 0) {
        size_t last = objects->contexts.count - 1;
        vgpu_objects_destroy_context(objects, objects->contexts.entries[last].value);
    }
    while (objects->resources.count > 0) {
        size_t last = objects->resources.count - 1;
        vgpu_objects_destroy_resource(objects, objects->resources.entries[last].value);
    }
}

void vgpu_objects_finish(struct vgpu_objects *objects)
{
    vgpu_objects_clear(objects);
    vgpu_table_finish(&objects->contexts);
    vgpu_table_finish(&objects->resources);
}

enum vit_status vgpu_objects_create_context(struct vgpu_objects *objects, uint32_t id)
{
    if (id == 0 || id == VGPU_OWNER_NONE) {
        return VIT_E_ARG;
    }
    if (vgpu_objects_context(objects, id) != NULL) {
        return VIT_E_STATE;
    }
    struct vgpu_context *context = NULL;
    VIT_TRY(vgpu_context_create(objects->engine, id, &context));
    enum vit_status status = vgpu_table_add(&objects->contexts, id, context);
    if (status != VIT_OK) {
        vgpu_context_destroy(context);
    }
    return status;
}

static bool is_unowned(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_PROTECTED && resource->owner == 0;
}

/* Of all contexts together; a single one has the engine's. */
static uint64_t protected_limit(const struct vgpu_objects *objects)
{
    uint64_t limit = vgpu_engine_byte_limit(objects->engine);
    return limit > UINT64_MAX / VGPU_FULL_CONTEXTS ? UINT64_MAX : limit * VGPU_FULL_CONTEXTS;
}

static uint64_t bytes_of(const struct vgpu_resource *resource, enum vgpu_resource_kind kind)
{
    return resource->kind == kind ? resource->storage_len : 0;
}

static enum vit_status check_limits(const struct vgpu_objects *objects,
        enum vgpu_resource_kind kind, const struct vit_surface *surface)
{
    if (kind == VGPU_RESOURCE_PROTECTED && objects->unowned_count >= VGPU_UNOWNED_LIMIT) {
        return VIT_E_LIMIT;
    }
    if (kind == VGPU_RESOURCE_PROTECTED &&
            surface->size > protected_limit(objects) - objects->protected_bytes) {
        return VIT_E_LIMIT;
    }
    if (kind == VGPU_RESOURCE_IMAGE &&
            surface->size > VGPU_IMAGE_BYTES_LIMIT - objects->image_bytes) {
        return VIT_E_LIMIT;
    }
    return VIT_OK;
}

static enum vit_status add_resource(struct vgpu_objects *objects, uint32_t id,
        enum vgpu_resource_kind kind, const struct vit_surface *surface, struct vgpu_resource **out)
{
    if (id == 0) {
        return VIT_E_ARG;
    }
    if (vgpu_objects_resource(objects, id) != NULL) {
        return VIT_E_STATE;
    }
    VIT_TRY(check_limits(objects, kind, surface));
    struct vgpu_resource *resource = NULL;
    VIT_TRY(vgpu_resource_create(id, kind, surface, &resource));
    enum vit_status status = vgpu_table_add(&objects->resources, id, resource);
    if (status != VIT_OK) {
        vgpu_resource_unref(resource);
        return status;
    }
    *out = resource;
    return VIT_OK;
}

enum vit_status vgpu_objects_create_resource(struct vgpu_objects *objects, uint32_t id,
        enum vgpu_resource_kind kind, const struct vit_surface *surface)
{
    struct vgpu_resource *resource = NULL;
    VIT_TRY(add_resource(objects, id, kind, surface, &resource));
    objects->unowned_count += is_unowned(resource) ? 1 : 0;
    objects->image_bytes += bytes_of(resource, VGPU_RESOURCE_IMAGE);
    objects->protected_bytes += bytes_of(resource, VGPU_RESOURCE_PROTECTED);
    return VIT_OK;
}

/* By virgl's formats. What is not known here counts as the widest. */
static uint32_t texel_len(const struct vgpu_3d_resource *ask)
{
    enum { Z16_UNORM = 16, S8_UINT = 23, WIDEST_LEN = 16 };
    if (ask->target == VIT_TARGET_BUFFER) {
        return 1;
    }
    switch (ask->format) {
    case VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM:
    case VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM:
    case VIRTIO_GPU_FORMAT_A8R8G8B8_UNORM:
    case VIRTIO_GPU_FORMAT_X8R8G8B8_UNORM:
    case VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM:
    case VIRTIO_GPU_FORMAT_X8B8G8R8_UNORM:
    case VIRTIO_GPU_FORMAT_A8B8G8R8_UNORM:
    case VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM:
    case VIT_FORMAT_BYTES:
        return 4;
    default:
        /* Depth and stencil, which may be kept wider than asked for. */
        return ask->format >= Z16_UNORM && ask->format <= S8_UINT ? 8 : WIDEST_LEN;
    }
}

/* Levels together are less than twice the first one. */
static bool count_bytes(const struct vgpu_3d_resource *ask, uint64_t *bytes)
{
    const uint32_t factors[] = { ask->height, ask->depth, ask->array_size, ask->samples,
        ask->last_level > 0 ? 2 : 1, texel_len(ask) };
    *bytes = ask->width;
    for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
        if (factors[i] > 1 && __builtin_mul_overflow(*bytes, factors[i], bytes)) {
            return false;
        }
    }
    return true;
}

enum vit_status vgpu_objects_create_rendered(struct vgpu_objects *objects,
        const struct vgpu_3d_resource *ask)
{
    const struct vit_surface surface = { .format = (enum vit_format)ask->format,
        .width = ask->width,
        .height = ask->height };
    uint64_t bytes = 0;
    if (objects->renderer == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    if (!count_bytes(ask, &bytes) || bytes > VGPU_RENDERED_BYTES_LIMIT - objects->rendered_bytes) {
        return VIT_E_LIMIT;
    }
    struct vgpu_resource *resource = NULL;
    VIT_TRY(add_resource(objects, ask->id, VGPU_RESOURCE_RENDERED, &surface, &resource));
    enum vit_status status = vgpu_rendered_create(objects->renderer, resource, ask);
    if (status != VIT_OK) {
        (void)vgpu_table_remove(&objects->resources, ask->id);
        vgpu_resource_unref(resource);
        return status;
    }
    resource->rendered_bytes = bytes;
    objects->rendered_bytes += bytes;
    return VIT_OK;
}

struct vgpu_context *vgpu_objects_context(const struct vgpu_objects *objects, uint32_t id)
{
    return vgpu_table_get(&objects->contexts, id);
}

struct vgpu_resource *vgpu_objects_resource(const struct vgpu_objects *objects, uint32_t id)
{
    return vgpu_table_get(&objects->resources, id);
}

void vgpu_objects_destroy_context(struct vgpu_objects *objects, struct vgpu_context *context)
{
    (void)vgpu_table_remove(&objects->contexts, context->id);
    vgpu_rendered_close(objects->renderer, context);
    vgpu_context_destroy(context);
}

static void take_from_renderer(struct vgpu_objects *objects, struct vgpu_resource *resource)
{
    vgpu_rendered_destroy(objects->renderer, resource);
    objects->rendered_bytes -= resource->rendered_bytes;
    resource->rendered_bytes = 0;
}

void vgpu_objects_destroy_resource(struct vgpu_objects *objects, struct vgpu_resource *resource)
{
    vgpu_engine_cancel(objects->engine, resource);
    vgpu_resource_set_gone(resource);
    for (size_t i = 0; i < objects->contexts.count; i++) {
        vgpu_context_detach(objects->contexts.entries[i].value, resource->id);
    }
    (void)vgpu_table_remove(&objects->resources, resource->id);
    objects->unowned_count -= is_unowned(resource) ? 1 : 0;
    objects->image_bytes -= bytes_of(resource, VGPU_RESOURCE_IMAGE);
    objects->protected_bytes -= bytes_of(resource, VGPU_RESOURCE_PROTECTED);
    take_from_renderer(objects, resource);
    objects->backing_count -= resource->backing_count;
    vgpu_resource_unref(resource);
}

enum vit_status vgpu_objects_attach(struct vgpu_objects *objects, struct vgpu_context *context,
        struct vgpu_resource *resource)
{
    bool was_unowned = is_unowned(resource);
    bool was_attached = vgpu_context_attached(context, resource->id) != NULL;
    enum vit_status status = vgpu_context_attach(context, resource);
    if (status == VIT_E_LIMIT && resource->references == 1) {
        take_from_renderer(objects, resource); /* or it would count against all others */
    }
    VIT_TRY(status);
    objects->unowned_count -= was_unowned && !is_unowned(resource) ? 1 : 0;
    if (!was_attached) {
        vgpu_rendered_attach(objects->renderer, context, resource);
    }
    return VIT_OK;
}

void vgpu_objects_detach(struct vgpu_objects *objects, struct vgpu_context *context,
        struct vgpu_resource *resource)
{
    if (vgpu_context_attached(context, resource->id) != NULL) {
        vgpu_rendered_detach(objects->renderer, context, resource);
        vgpu_context_detach(context, resource->id);
    }
}

bool vgpu_objects_backing_fits(const struct vgpu_objects *objects, size_t count)
{
    return count <= VGPU_BACKING_LIMIT &&
            count <= VGPU_BACKING_TOTAL_LIMIT - objects->backing_count;
}

enum vit_status vgpu_objects_attach_backing(struct vgpu_objects *objects,
        struct vgpu_resource *resource, struct iovec *backing, size_t count)
{
    if (resource->backing != NULL) {
        return VIT_E_STATE;
    }
    VIT_TRY(vgpu_rendered_attach_backing(objects->renderer, resource, backing, count));
    enum vit_status status = vgpu_resource_attach_backing(resource, backing, count);
    if (status != VIT_OK) {
        vgpu_rendered_detach_backing(objects->renderer, resource);
        return status;
    }
    objects->backing_count += count;
    return VIT_OK;
}

void vgpu_objects_detach_backing(struct vgpu_objects *objects, struct vgpu_resource *resource)
{
    vgpu_engine_cancel(objects->engine, resource);
    vgpu_rendered_detach_backing(objects->renderer, resource);
    objects->backing_count -= resource->backing_count;
    vgpu_resource_detach_backing(resource);
}

void vgpu_objects_cancel(struct vgpu_objects *objects)
{
    for (size_t i = 0; i < objects->resources.count; i++) {
        vgpu_engine_cancel(objects->engine, objects->resources.entries[i].value);
    }
}
