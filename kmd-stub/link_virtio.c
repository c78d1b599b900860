/* SPDX-License-Identifier: MIT */
#include "kmd-stub/link_virtio.h"

#include <endian.h>

#include "base/log.h"
#include "kmd-stub/arena.h"
#include "kmd-stub/gpu.h"
#include "wire/virtio_gpu.h"

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

static enum vit_status add_context_command(struct link_virtio *link, struct vit_gpu_batch *batch,
        uint32_t type, size_t len, uint32_t context)
{
    void *request;
    VIT_TRY(vit_gpu_add(&link->gpu, batch, type, len, &request));
    ((struct virtio_gpu_ctrl_hdr *)request)->ctx_id = htole32(context);
    return VIT_OK;
}

static enum vit_status create_context(struct vit_link *base, uint32_t *context)
{
    struct link_virtio *link = of_link(base);
    if (link->last_context == UINT32_MAX) {
        return VIT_E_LIMIT;
    }
    uint32_t id = ++link->last_context;
    struct vit_gpu_batch batch = { .count = 0 };
    VIT_TRY(add_context_command(link, &batch, VIRTIO_GPU_CMD_CTX_CREATE,
            sizeof(struct virtio_gpu_ctx_create), id));
    VIT_TRY(vit_gpu_run(&link->gpu, &batch));
    *context = id;
    return VIT_OK;
}

static void destroy_context(struct vit_link *base, uint32_t context)
{
    struct link_virtio *link = of_link(base);
    struct vit_gpu_batch batch = { .count = 0 };
    enum vit_status status = add_context_command(link, &batch, VIRTIO_GPU_CMD_CTX_DESTROY,
            sizeof(struct virtio_gpu_ctx_destroy), context);
    if (status == VIT_OK) {
        status = vit_gpu_run(&link->gpu, &batch);
    }
    if (status != VIT_OK && status != VIT_E_GONE) {
        vit_log(VIT_LOG_WARNING, "kmd-stub: destroying context %u: %s", context,
                vit_status_name(status));
    }
}

static bool is_protected(const struct vit_allocation_block *block)
{
    return block->kind == VIT_ALLOCATION_PROTECTED ||
            block->kind == VIT_ALLOCATION_PROTECTED_PRIMARY;
}

static enum vit_status add_create_2d(struct link_virtio *link, struct vit_gpu_batch *batch,
        uint32_t id, const struct vit_allocation_block *block)
{
    struct virtio_gpu_resource_create_2d *create;
    void *request;
    VIT_TRY(vit_gpu_add(&link->gpu, batch, VIRTIO_GPU_CMD_RESOURCE_CREATE_2D, sizeof(*create),
            &request));
    create = request;
    create->resource_id = htole32(id);
    create->format = htole32(block->format);
    create->width = htole32(block->width);
    create->height = htole32(block->height);
    return VIT_OK;
}

static enum vit_status add_create_3d(struct link_virtio *link, struct vit_gpu_batch *batch,
        uint32_t id, const struct vit_allocation_block *block, uint32_t flags)
{
    struct virtio_gpu_resource_create_3d *create;
    void *request;
    VIT_TRY(vit_gpu_add(&link->gpu, batch, VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, sizeof(*create),
            &request));
    bool picture = block->format != VIT_FORMAT_BYTES;
    create = request;
    create->resource_id = htole32(id);
    create->target = htole32(picture ? VIT_TARGET_2D : VIT_TARGET_BUFFER);
    create->format = htole32(block->format);
    create->bind = htole32(VIT_BIND_STAGING);
    create->width = htole32(block->width);
    create->height = htole32(block->height);
    create->depth = htole32(1);
    create->array_size = htole32(1);
    create->flags = htole32(flags);
    return VIT_OK;
}

static enum vit_status add_create(struct link_virtio *link, struct vit_gpu_batch *batch,
        uint32_t id, const struct vit_allocation_block *block)
{
    if (is_protected(block)) {
        return add_create_3d(link, batch, id, block, VIT_RESOURCE_FLAG_PROTECTED);
    }
    if (block->kind == VIT_ALLOCATION_PRIMARY) {
        return add_create_2d(link, batch, id, block);
    }
    /* Shared memory is bytes to the device, whatever picture the driver keeps in it. */
    struct vit_allocation_block bytes = { .format = VIT_FORMAT_BYTES,
        .width = (uint32_t)block->size,
        .height = 1 };
    return add_create_3d(link, batch, id, &bytes, 0);
}

static enum vit_status add_backing(struct link_virtio *link, struct vit_gpu_batch *batch,
        uint32_t id, uint64_t offset, uint64_t len)
{
    struct {
        struct virtio_gpu_resource_attach_backing attach;
        struct virtio_gpu_mem_entry entry;
    } *backing;
    void *request;
    VIT_TRY(vit_gpu_add(&link->gpu, batch, VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, sizeof(*backing),
            &request));
    backing = request;
    backing->attach.resource_id = htole32(id);
    backing->attach.nr_entries = htole32(1);
    backing->entry.addr = htole64(offset);
    backing->entry.length = htole32((uint32_t)len);
    return VIT_OK;
}

static enum vit_status add_attach(struct link_virtio *link, struct vit_gpu_batch *batch,
        uint32_t type, uint32_t context, uint32_t id)
{
    struct virtio_gpu_ctx_resource *attach;
    void *request;
    VIT_TRY(vit_gpu_add(&link->gpu, batch, type, sizeof(*attach), &request));
    attach = request;
    attach->hdr.ctx_id = htole32(context);
    attach->resource_id = htole32(id);
    return VIT_OK;
}

static enum vit_status add_unref(struct link_virtio *link, struct vit_gpu_batch *batch, uint32_t id)
{
    struct virtio_gpu_resource_unref *unref;
    void *request;
    VIT_TRY(vit_gpu_add(&link->gpu, batch, VIRTIO_GPU_CMD_RESOURCE_UNREF, sizeof(*unref),
            &request));
    unref = request;
    unref->resource_id = htole32(id);
    return VIT_OK;
}

/* Backing (len 0: none) and attachment go with the creation: one round trip. */
static enum vit_status create_on_device(struct link_virtio *link, uint32_t context, uint32_t id,
        const struct vit_allocation_block *block, uint64_t offset, uint64_t len)
{
    struct vit_gpu_batch batch = { .count = 0 };
    VIT_TRY(add_create(link, &batch, id, block));
    if (len != 0) {
        VIT_TRY(add_backing(link, &batch, id, offset, len));
    }
    VIT_TRY(add_attach(link, &batch, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, context, id));
    return vit_gpu_run(&link->gpu, &batch);
}

static enum vit_status drop_on_device(struct link_virtio *link, uint32_t id)
{
    struct vit_gpu_batch batch = { .count = 0 };
    VIT_TRY(add_unref(link, &batch, id));
    return vit_gpu_run(&link->gpu, &batch);
}

/* A range goes back only when the device has answered that it lets go of it. */
static void release(struct link_virtio *link, uint32_t id, uint64_t offset, uint64_t len)
{
    enum vit_status status = drop_on_device(link, id);
    if (status != VIT_OK && status != VIT_E_GONE) {
        vit_log(VIT_LOG_WARNING, "kmd-stub: dropping resource %u: %s", id, vit_status_name(status));
    }
    if (len != 0 && !link->gpu.gone) {
        vit_arena_free(link->arena, offset, len);
    }
}

static enum vit_status create_resource(struct vit_link *base, uint32_t context,
        const struct vit_allocation_block *block, struct vit_link_resource *resource)
{
    struct link_virtio *link = of_link(base);
    if (link->last_resource == UINT32_MAX) {
        return VIT_E_LIMIT;
    }
    uint64_t len = is_protected(block) ? 0 : block->size;
    uint64_t offset = 0;
    if (len != 0) {
        VIT_TRY(vit_arena_alloc(link->arena, len, &offset));
    }
    uint32_t id = ++link->last_resource;
    enum vit_status status = create_on_device(link, context, id, block, offset, len);
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

static enum vit_status detach(struct link_virtio *link, uint32_t context, uint32_t id, bool backed)
{
    struct vit_gpu_batch batch = { .count = 0 };
    VIT_TRY(add_attach(link, &batch, VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, context, id));
    if (backed) {
        struct virtio_gpu_resource_detach_backing *drop;
        void *request;
        VIT_TRY(vit_gpu_add(&link->gpu, &batch, VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
                sizeof(*drop), &request));
        drop = request;
        drop->resource_id = htole32(id);
    }
    return vit_gpu_run(&link->gpu, &batch);
}

static void destroy_resource(struct vit_link *base, uint32_t context,
        struct vit_link_resource *resource)
{
    struct link_virtio *link = of_link(base);
    for (unsigned i = 0; i < MAX_OUTPUTS; i++) {
        link->shown[i] = link->shown[i] == resource->id ? 0 : link->shown[i];
    }
    bool backed = resource->mapping != NULL;
    enum vit_status status = detach(link, context, resource->id, backed);
    if (status != VIT_OK && status != VIT_E_GONE) {
        vit_log(VIT_LOG_WARNING, "kmd-stub: detaching resource %u: %s", resource->id,
                vit_status_name(status));
    }
    release(link, resource->id, resource->cookie, backed ? resource->size : 0);
    *resource = (struct vit_link_resource){ .id = 0 };
}

static enum vit_status submit(struct vit_link *base, uint32_t context, const void *bytes,
        size_t len)
{
    return vit_gpu_submit(&of_link(base)->gpu, context, bytes, len);
}

static struct virtio_gpu_rect whole(const struct vit_surface *surface)
{
    return (struct virtio_gpu_rect){ .width = htole32(surface->width),
        .height = htole32(surface->height) };
}

static enum vit_status add_transfer(struct link_virtio *link, struct vit_gpu_batch *batch,
        uint32_t id, const struct vit_surface *surface)
{
    struct virtio_gpu_transfer_to_host_2d *transfer;
    void *request;
    VIT_TRY(vit_gpu_add(&link->gpu, batch, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D, sizeof(*transfer),
            &request));
    transfer = request;
    transfer->r = whole(surface);
    transfer->resource_id = htole32(id);
    return VIT_OK;
}

static enum vit_status add_scanout(struct link_virtio *link, struct vit_gpu_batch *batch,
        uint32_t output, uint32_t id, const struct vit_surface *surface)
{
    struct virtio_gpu_set_scanout *scanout;
    void *request;
    VIT_TRY(vit_gpu_add(&link->gpu, batch, VIRTIO_GPU_CMD_SET_SCANOUT, sizeof(*scanout), &request));
    scanout = request;
    scanout->r = whole(surface);
    scanout->scanout_id = htole32(output);
    scanout->resource_id = htole32(id);
    return VIT_OK;
}

static enum vit_status add_flush(struct link_virtio *link, struct vit_gpu_batch *batch, uint32_t id,
        const struct vit_surface *surface)
{
    struct virtio_gpu_resource_flush *flush;
    void *request;
    VIT_TRY(vit_gpu_add(&link->gpu, batch, VIRTIO_GPU_CMD_RESOURCE_FLUSH, sizeof(*flush),
            &request));
    flush = request;
    flush->r = whole(surface);
    flush->resource_id = htole32(id);
    return VIT_OK;
}

static enum vit_status present(struct vit_link *base, uint32_t context, uint32_t output,
        const struct vit_link_resource *resource, const struct vit_surface *surface)
{
    (void)context;
    struct link_virtio *link = of_link(base);
    if (output >= MAX_OUTPUTS) {
        return VIT_E_ARG;
    }
    struct vit_gpu_batch batch = { .count = 0 };
    if (resource->mapping != NULL) {
        VIT_TRY(add_transfer(link, &batch, resource->id, surface));
    }
    if (link->shown[output] != resource->id) {
        VIT_TRY(add_scanout(link, &batch, output, resource->id, surface));
    }
    VIT_TRY(add_flush(link, &batch, resource->id, surface));
    VIT_TRY(vit_gpu_run(&link->gpu, &batch));
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
