/* SPDX-License-Identifier: MIT */
#include "vgpu/transfer.h"

#include <string.h>

enum { PIXEL_LEN = 4 };

/* Rows of the picture and where they lie in the backing. */
struct rows {
    uint8_t *picture;
    uint64_t offset;
    uint64_t len;
    uint32_t count, picture_pitch, stride;
};

static void copy_run(struct vgpu_resource *resource, uint8_t *picture, uint64_t offset,
        uint64_t len, enum vgpu_direction direction)
{
    uint64_t piece_len = 0;
    for (uint64_t done = 0; done < len; done += piece_len) {
        uint8_t *piece = vgpu_resource_piece(resource, offset + done, len - done, &piece_len);
        if (piece == NULL) {
            return;
        }
        if (direction == VGPU_TO_HOST) {
            memcpy(picture + done, piece, (size_t)piece_len);
        } else {
            memcpy(piece, picture + done, (size_t)piece_len);
        }
    }
}

static void copy_rows(struct vgpu_resource *resource, const struct rows *rows,
        enum vgpu_direction direction)
{
    if (rows->len == rows->stride && rows->len == rows->picture_pitch) {
        copy_run(resource, rows->picture, rows->offset, rows->len * rows->count, direction);
        return;
    }
    for (uint64_t row = 0; row < rows->count; row++) {
        copy_run(resource, rows->picture + row * rows->picture_pitch,
                rows->offset + row * rows->stride, rows->len, direction);
    }
}

static enum vit_status run_locked(struct vgpu_resource *resource,
        const struct vgpu_transfer *transfer)
{
    const struct vgpu_rect *rect = &transfer->rect;
    const struct vit_surface *surface = &resource->surface;
    struct rows rows = {
        .picture = resource->storage + (uint64_t)rect->y * surface->pitch +
                (uint64_t)rect->x * PIXEL_LEN,
        .offset = transfer->offset,
        .len = (uint64_t)rect->width * PIXEL_LEN,
        .count = rect->height,
        .picture_pitch = surface->pitch,
        .stride = transfer->stride == 0 ? surface->pitch : transfer->stride,
    };
    uint64_t span = (uint64_t)rows.stride * (rows.count - 1) + rows.len;
    if (rows.stride < rows.len || !vgpu_resource_covers(resource, rows.offset, span)) {
        return VIT_E_ARG;
    }
    copy_rows(resource, &rows, transfer->direction);
    return VIT_OK;
}

enum vit_status vgpu_transfer_run(struct vgpu_resource *resource,
        const struct vgpu_transfer *transfer)
{
    if (resource->kind == VGPU_RESOURCE_PROTECTED) {
        return VIT_E_DENIED;
    }
    if (resource->kind != VGPU_RESOURCE_IMAGE ||
            !vgpu_rect_inside(&transfer->rect, resource->surface.width, resource->surface.height)) {
        return VIT_E_ARG;
    }
    if (vgpu_rect_empty(&transfer->rect)) {
        return VIT_OK;
    }
    vgpu_resource_lock(resource);
    enum vit_status status = run_locked(resource, transfer);
    vgpu_resource_unlock(resource);
    return status;
}
