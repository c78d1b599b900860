/* SPDX-License-Identifier: MIT */
#include "vgpu/context.h"

#include <stdlib.h>
#include <string.h>

#include "vgpu/engine.h"

enum vit_status vgpu_context_create(struct vgpu_engine *engine, uint32_t id,
        struct vgpu_context **out)
{
    struct vgpu_context *context = calloc(1, sizeof(*context));
    if (context == NULL) {
        return VIT_E_NOMEM;
    }
    context->id = id;
    context->engine = engine;
    enum vit_status status = vgpu_engine_open_context(context);
    if (status != VIT_OK) {
        free(context);
        return status;
    }
    *out = context;
    return VIT_OK;
}

/* Where the id is, or belongs. */
static size_t place(const struct vgpu_context *context, uint32_t id)
{
    size_t low = 0;
    size_t high = context->attached_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (context->attached[middle]->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct vgpu_resource *find(const struct vgpu_context *context, uint32_t id)
{
    size_t at = place(context, id);
    return at < context->attached_count && context->attached[at]->id == id ? context->attached[at]
                                                                           : NULL;
}

static bool owns(const struct vgpu_context *context, const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_PROTECTED && resource->owner == context->id;
}

static bool pays(const struct vgpu_context *context, const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_RENDERED && resource->owner == context->id;
}

/* Nobody can take over what it held: wiped now, and never owned again. */
static void give_up(struct vgpu_context *context, struct vgpu_resource *resource)
{
    context->protected_bytes -= resource->storage_len;
    resource->owner = VGPU_OWNER_NONE;
    vgpu_resource_wipe(resource);
}

/* What it owned is not its own any more. */
static void let_go(struct vgpu_context *context, struct vgpu_resource *resource)
{
    if (owns(context, resource)) {
        give_up(context, resource);
    } else if (pays(context, resource)) {
        context->rendered_bytes -= resource->rendered_bytes;
        resource->owner = 0;
    }
}

static bool fits(uint64_t len, uint64_t used, uint64_t limit)
{
    return used <= limit && len <= limit - used;
}

/* Has the context room for what it would own? */
static bool has_room(const struct vgpu_context *context, const struct vgpu_resource *resource)
{
    switch (resource->kind) {
    case VGPU_RESOURCE_PROTECTED:
        return fits(resource->storage_len, context->protected_bytes,
                vgpu_engine_byte_limit(context->engine));
    case VGPU_RESOURCE_RENDERED:
        return fits(resource->rendered_bytes, context->rendered_bytes, VGPU_CONTEXT_RENDERED_LIMIT);
    default:
        return true;
    }
}

static void own(struct vgpu_context *context, struct vgpu_resource *resource)
{
    if (resource->kind == VGPU_RESOURCE_PROTECTED) {
        resource->owner = context->id;
        context->protected_bytes += resource->storage_len;
    } else if (resource->kind == VGPU_RESOURCE_RENDERED) {
        resource->owner = context->id;
        context->rendered_bytes += resource->rendered_bytes;
    }
}

static enum vit_status grow(struct vgpu_context *context)
{
    if (context->attached_count < context->attached_capacity) {
        return VIT_OK;
    }
    size_t capacity = context->attached_capacity == 0 ? 16 : context->attached_capacity * 2;
    struct vgpu_resource **attached =
            realloc(context->attached, capacity * sizeof(*context->attached));
    if (attached == NULL) {
        return VIT_E_NOMEM;
    }
    context->attached = attached;
    context->attached_capacity = capacity;
    return VIT_OK;
}

enum vit_status vgpu_context_attach(struct vgpu_context *context, struct vgpu_resource *resource)
{
    if (find(context, resource->id) != NULL) {
        return VIT_OK;
    }
    bool takes = resource->owner == 0;
    if (takes && !has_room(context, resource)) {
        return VIT_E_LIMIT;
    }
    VIT_TRY(grow(context));
    size_t at = place(context, resource->id);
    memmove(&context->attached[at + 1], &context->attached[at],
            (context->attached_count - at) * sizeof(*context->attached));
    context->attached[at] = vgpu_resource_ref(resource);
    context->attached_count++;
    if (takes) {
        own(context, resource);
    }
    return VIT_OK;
}

void vgpu_context_detach(struct vgpu_context *context, uint32_t resource_id)
{
    struct vgpu_resource *resource = find(context, resource_id);
    if (resource == NULL) {
        return;
    }
    if (owns(context, resource)) {
        vgpu_engine_cancel(context->engine, resource);
    }
    let_go(context, resource);
    size_t at = place(context, resource_id);
    context->attached_count--;
    memmove(&context->attached[at], &context->attached[at + 1],
            (context->attached_count - at) * sizeof(*context->attached));
    vgpu_resource_unref(resource);
}

void vgpu_context_destroy(struct vgpu_context *context)
{
    if (context == NULL) {
        return;
    }
    vgpu_engine_close_context(context);
    for (size_t i = 0; i < context->attached_count; i++) {
        let_go(context, context->attached[i]);
        vgpu_resource_unref(context->attached[i]);
    }
    free(context->attached);
    free(context);
}

struct vgpu_resource *vgpu_context_attached(const struct vgpu_context *context,
        uint32_t resource_id)
{
    return find(context, resource_id);
}

struct vgpu_resource *vgpu_context_resource(const struct vgpu_context *context,
        uint32_t resource_id)
{
    struct vgpu_resource *resource = find(context, resource_id);
    if (resource == NULL || resource->kind == VGPU_RESOURCE_RENDERED) {
        return NULL;
    }
    return resource->kind != VGPU_RESOURCE_PROTECTED || owns(context, resource) ? resource : NULL;
}
