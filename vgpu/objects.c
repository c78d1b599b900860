/* SPDX-License-Identifier: MIT */
#include "vgpu/objects.h"

void vgpu_objects_init(struct vgpu_objects *objects, struct vgpu_engine *engine)
{
    *objects = (struct vgpu_objects){ .engine = engine };
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

enum vit_status vgpu_objects_create_resource(struct vgpu_objects *objects, uint32_t id,
        enum vgpu_resource_kind kind, const struct vit_surface *surface)
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
    objects->unowned_count += is_unowned(resource) ? 1 : 0;
    objects->image_bytes += bytes_of(resource, VGPU_RESOURCE_IMAGE);
    objects->protected_bytes += bytes_of(resource, VGPU_RESOURCE_PROTECTED);
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
    vgpu_context_destroy(context);
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
    objects->backing_count -= resource->backing_count;
    vgpu_resource_unref(resource);
}

enum vit_status vgpu_objects_attach(struct vgpu_objects *objects, struct vgpu_context *context,
        struct vgpu_resource *resource)
{
    bool was_unowned = is_unowned(resource);
    VIT_TRY(vgpu_context_attach(context, resource));
    objects->unowned_count -= was_unowned && !is_unowned(resource) ? 1 : 0;
    return VIT_OK;
}

bool vgpu_objects_backing_fits(const struct vgpu_objects *objects, size_t count)
{
    return count <= VGPU_BACKING_LIMIT &&
            count <= VGPU_BACKING_TOTAL_LIMIT - objects->backing_count;
}

enum vit_status vgpu_objects_attach_backing(struct vgpu_objects *objects,
        struct vgpu_resource *resource, struct iovec *backing, size_t count)
{
    VIT_TRY(vgpu_resource_attach_backing(resource, backing, count));
    objects->backing_count += count;
    return VIT_OK;
}

void vgpu_objects_detach_backing(struct vgpu_objects *objects, struct vgpu_resource *resource)
{
    vgpu_engine_cancel(objects->engine, resource);
    objects->backing_count -= resource->backing_count;
    vgpu_resource_detach_backing(resource);
}

void vgpu_objects_cancel(struct vgpu_objects *objects)
{
    for (size_t i = 0; i < objects->resources.count; i++) {
        vgpu_engine_cancel(objects->engine, objects->resources.entries[i].value);
    }
}
