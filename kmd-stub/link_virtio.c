/* SPDX-License-Identifier: MIT */
#include "kmd-stub/link_virtio.h"

#include "base/log.h"
#include "kmd-stub/arena.h"
#include "kmd-stub/gpu_capset.h"
#include "kmd-stub/gpu_commands.h"

enum { MAX_OUTPUTS = VIRTIO_GPU_MAX_SCANOUTS };

/* Address space for everything that both sides use; pages come with use. */
#define ARENA_LEN (UINT64_C(16) << 30)

struct link_virtio {
    struct vit_link base;
    struct vit_transport *transport; /* owned */
    struct vit_arena *arena;         /* owned */
    struct vit_gpu gpu;
    uint32_t last_context, last_resource;
    uint32_t shown[MAX_OUTPUTS]; /* resource that an output scans out; 0: none */
    uint8_t capset[VIT_CAPSET_MAX_LEN];
};

static struct link_virtio *of_link(struct vit_link *link)
{
    return (struct link_virtio *)link;
}

static enum vit_status create_context(struct vit_link *base, uint32_t *context)
{
    struct link_virtio *link = of_link(base);
    if (link->last_context == UINT32_MAX) {
        return VIT_E_LIMIT;
    }
    uint32_t id = ++link->last_context;
    struct vit_gpu_batch batch = { .count = 0 };
    VIT_TRY(vit_gpu_add_context_create(&link->gpu, &batch, id));
    VIT_TRY(vit_gpu_run(&link->gpu, &batch));
    *context = id;
    return VIT_OK;
}

/* Destroying goes on whatever the device says of it. */
static void note(const char *what, uint32_t id, enum vit_status status)
{
    if (status != VIT_OK && status != VIT_E_GONE) {
        vit_log(VIT_LOG_WARNING, "kmd-stub: %s %u: %s", what, id, vit_status_name(status));
    }
}

static void destroy_context(struct vit_link *base, uint32_t context)
{
    struct vit_gpu *gpu = &of_link(base)->gpu;
    struct vit_gpu_batch batch = { .count = 0 };
    enum vit_status status = vit_gpu_add_context_destroy(gpu, &batch, context);
    note("destroying context", context, status == VIT_OK ? vit_gpu_run(gpu, &batch) : status);
}

/* Backing (len 0: none) and attachment go with the creation: one round trip. */
static enum vit_status create_on_device(struct vit_gpu *gpu, uint32_t context, uint32_t id,
        const struct vit_allocation_block *block, uint64_t offset, uint64_t len)
{
    struct vit_gpu_batch batch = { .count = 0 };
    VIT_TRY(vit_gpu_add_create(gpu, &batch, id, block));
    if (len != 0) {
        VIT_TRY(vit_gpu_add_attach_backing(gpu, &batch, id, offset, (uint32_t)len));
    }
    VIT_TRY(vit_gpu_add_attach(gpu, &batch, context, id));
    return vit_gpu_run(gpu, &batch);
}

static enum vit_status unref(struct vit_gpu *gpu, uint32_t id)
{
    struct vit_gpu_batch batch = { .count = 0 };
    VIT_TRY(vit_gpu_add_unref(gpu, &batch, id));
    return vit_gpu_run(gpu, &batch);
}

/* A range goes back only when the device has answered that it lets go of it. */
static void release(struct link_virtio *link, uint32_t id, uint64_t offset, uint64_t len)
{
    note("dropping resource", id, unref(&link->gpu, id));
    if (len != 0 && !link->gpu.gone) {
        vit_arena_free(link->arena, offset, len);
    }
}

/* Bytes in the arena; a protected one has none. */
static uint64_t backing_len(const struct vit_allocation_block *block)
{
    bool backed = block->kind == VIT_ALLOCATION_SHARED || block->kind == VIT_ALLOCATION_PRIMARY;
    return backed ? block->size : 0;
}

static enum vit_status create_resource(struct vit_link *base, uint32_t context,
        const struct vit_allocation_block *block, struct vit_link_resource *resource)
{
    struct link_virtio *link = of_link(base);
    if (link->last_resource == UINT32_MAX) {
        return VIT_E_LIMIT;
    }
    uint64_t len = backing_len(block);
    uint64_t offset = 0;
    if (len != 0) {
        VIT_TRY(vit_arena_alloc(link->arena, len, &offset));
    }
    uint32_t id = ++link->last_resource;
    enum vit_status status = create_on_device(&link->gpu, context, id, block, offset, len);
    if (status != VIT_OK) {
        release(link, id, offset, len);
        return status;
    }
    *resource = (struct vit_link_resource){
        .id = id,
        .mapping = len != 0 ? vit_arena_at(link->arena, offset) : NULL,
        .size = block->size,
        .cookie = offset,
    };
    return VIT_OK;
}

static enum vit_status detach(struct vit_gpu *gpu, uint32_t context, uint32_t id, bool backed)
{
    struct vit_gpu_batch batch = { .count = 0 };
    VIT_TRY(vit_gpu_add_detach(gpu, &batch, context, id));
    if (backed) {
        VIT_TRY(vit_gpu_add_detach_backing(gpu, &batch, id));
    }
    return vit_gpu_run(gpu, &batch);
}

static void destroy_resource(struct vit_link *base, uint32_t context,
        struct vit_link_resource *resource)
{
    struct link_virtio *link = of_link(base);
    for (unsigned i = 0; i < MAX_OUTPUTS; i++) {
        link->shown[i] = link->shown[i] == resource->id ? 0 : link->shown[i];
    }
    bool backed = resource->mapping != NULL;
    note("detaching resource", resource->id, detach(&link->gpu, context, resource->id, backed));
    release(link, resource->id, resource->cookie, backed ? resource->size : 0);
    *resource = (struct vit_link_resource){ .id = 0 };
}

static enum vit_status submit(struct vit_link *base, uint32_t context, const void *bytes,
        size_t len)
{
    return vit_gpu_submit(&of_link(base)->gpu, context, bytes, len);
}

static enum vit_status present(struct vit_link *base, uint32_t context, uint32_t output,
        const struct vit_link_resource *resource, const struct vit_surface *surface)
{
    (void)context;
    struct link_virtio *link = of_link(base);
    struct vit_gpu *gpu = &link->gpu;
    if (output >= MAX_OUTPUTS) {
        return VIT_E_ARG;
    }
    struct vit_gpu_batch batch = { .count = 0 };
    if (resource->mapping != NULL) {
        VIT_TRY(vit_gpu_add_transfer(gpu, &batch, resource->id, surface));
    }
    if (link->shown[output] != resource->id) {
        VIT_TRY(vit_gpu_add_scanout(gpu, &batch, output, resource->id, surface));
    }
    VIT_TRY(vit_gpu_add_flush(gpu, &batch, resource->id, surface));
    VIT_TRY(vit_gpu_run(gpu, &batch));
    link->shown[output] = resource->id;
    return VIT_OK;
}

static enum vit_status wait_link(struct vit_link *base, uint64_t limit_ns)
{
    return vit_gpu_wait(&of_link(base)->gpu, limit_ns);
}

static void destroy(struct vit_link *base)
{
    struct link_virtio *link = of_link(base);
    /* The device first: it uses the arena. */
    vit_transport_destroy(link->transport);
    vit_arena_destroy(link->arena);
    free(link);
}

static const struct vit_link_impl impl = {
    .name = "virtio",
    .create_context = create_context,
    .destroy_context = destroy_context,
    .create_resource = create_resource,
    .destroy_resource = destroy_resource,
    .submit = submit,
    .present = present,
    .wait = wait_link,
    .destroy = destroy,
};

static void destroy_link(struct link_virtio *link)
{
    destroy(&link->base);
}
VIT_DEFINE_AUTO(link_virtio, struct link_virtio *, destroy_link)

enum vit_status vit_link_virtio_create(struct vit_transport *transport, struct vit_link **out)
{
    VIT_AUTO(transport) owned = transport;
    VIT_AUTO(link_virtio) link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return VIT_E_NOMEM;
    }
    link->base.impl = &impl;
    link->transport = owned;
    owned = NULL;
    VIT_TRY(vit_arena_create(ARENA_LEN, &link->arena));
    VIT_TRY(vit_gpu_init(&link->gpu, link->transport, link->arena));
    size_t capset_len = 0;
    VIT_TRY(vit_gpu_capset(&link->gpu, link->capset, &capset_len));
    link->base.capset = link->capset;
    link->base.capset_len = capset_len;
    /* A few slots stay for commands that are waited for. */
    link->base.in_flight_limit = VIT_GPU_SLOTS - VIT_GPU_BATCH_MAX;

    *out = &link->base;
    link = NULL;
    return VIT_OK;
}
