/* SPDX-License-Identifier: MIT */
#include "kmd-stub/gpu_commands.h"

#include <endian.h>

#include "wire/virtio_gpu.h"

static enum vit_status add_context(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t type,
        size_t len, uint32_t context)
{
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, type, len, &request));
    ((struct virtio_gpu_ctrl_hdr *)request)->ctx_id = htole32(context);
    return VIT_OK;
}

enum vit_status vit_gpu_add_context_create(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t context)
{
    return add_context(gpu, batch, VIRTIO_GPU_CMD_CTX_CREATE, sizeof(struct virtio_gpu_ctx_create),
            context);
}

enum vit_status vit_gpu_add_context_destroy(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t context)
{
    return add_context(gpu, batch, VIRTIO_GPU_CMD_CTX_DESTROY,
            sizeof(struct virtio_gpu_ctx_destroy), context);
}

static enum vit_status add_create_2d(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id,
        const struct vit_allocation_block *block)
{
    struct virtio_gpu_resource_create_2d *create;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, VIRTIO_GPU_CMD_RESOURCE_CREATE_2D, sizeof(*create), &request));
    create = request;
    create->resource_id = htole32(id);
    create->format = htole32(block->format);
    create->width = htole32(block->width);
    create->height = htole32(block->height);
    return VIT_OK;
}

static enum vit_status add_create_3d(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id,
        const struct vit_allocation_block *block, uint32_t flags)
{
    struct virtio_gpu_resource_create_3d *create;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, sizeof(*create), &request));
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

enum vit_status vit_gpu_add_create(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id,
        const struct vit_allocation_block *block)
{
    switch (block->kind) {
    case VIT_ALLOCATION_PROTECTED:
    case VIT_ALLOCATION_PROTECTED_PRIMARY:
        return add_create_3d(gpu, batch, id, block, VIT_RESOURCE_FLAG_PROTECTED);
    case VIT_ALLOCATION_PRIMARY:
        return add_create_2d(gpu, batch, id, block);
    default:
        return add_create_3d(gpu, batch, id, block, 0);
    }
}

enum vit_status vit_gpu_add_unref(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id)
{
    struct virtio_gpu_resource_unref *unref;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, VIRTIO_GPU_CMD_RESOURCE_UNREF, sizeof(*unref), &request));
    unref = request;
    unref->resource_id = htole32(id);
    return VIT_OK;
}

enum vit_status vit_gpu_add_attach_backing(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t id, uint64_t offset, uint32_t len)
{
    struct {
        struct virtio_gpu_resource_attach_backing attach;
        struct virtio_gpu_mem_entry entry;
    } *backing;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, sizeof(*backing),
            &request));
    backing = request;
    backing->attach.resource_id = htole32(id);
    backing->attach.nr_entries = htole32(1);
    backing->entry.addr = htole64(offset);
    backing->entry.length = htole32(len);
    return VIT_OK;
}

enum vit_status vit_gpu_add_detach_backing(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t id)
{
    struct virtio_gpu_resource_detach_backing *detach;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, sizeof(*detach),
            &request));
    detach = request;
    detach->resource_id = htole32(id);
    return VIT_OK;
}

static enum vit_status add_context_resource(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t type, uint32_t context, uint32_t id)
{
    struct virtio_gpu_ctx_resource *change;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, type, sizeof(*change), &request));
    change = request;
    change->hdr.ctx_id = htole32(context);
    change->resource_id = htole32(id);
    return VIT_OK;
}

enum vit_status vit_gpu_add_attach(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t context, uint32_t id)
{
    return add_context_resource(gpu, batch, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, context, id);
}

enum vit_status vit_gpu_add_detach(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t context, uint32_t id)
{
    return add_context_resource(gpu, batch, VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, context, id);
}

static struct virtio_gpu_rect whole(const struct vit_surface *surface)
{
    return (struct virtio_gpu_rect){ .width = htole32(surface->width),
        .height = htole32(surface->height) };
}

enum vit_status vit_gpu_add_transfer(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id,
        const struct vit_surface *surface)
{
    struct virtio_gpu_transfer_to_host_2d *transfer;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D, sizeof(*transfer),
            &request));
    transfer = request;
    transfer->r = whole(surface);
    transfer->resource_id = htole32(id);
    return VIT_OK;
}

enum vit_status vit_gpu_add_scanout(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t output, uint32_t id, const struct vit_surface *surface)
{
    struct virtio_gpu_set_scanout *scanout;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, VIRTIO_GPU_CMD_SET_SCANOUT, sizeof(*scanout), &request));
    scanout = request;
    scanout->r = whole(surface);
    scanout->scanout_id = htole32(output);
    scanout->resource_id = htole32(id);
    return VIT_OK;
}

enum vit_status vit_gpu_add_flush(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id,
        const struct vit_surface *surface)
{
    struct virtio_gpu_resource_flush *flush;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, batch, VIRTIO_GPU_CMD_RESOURCE_FLUSH, sizeof(*flush), &request));
    flush = request;
    flush->r = whole(surface);
    flush->resource_id = htole32(id);
    return VIT_OK;
}
