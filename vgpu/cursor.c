/* SPDX-License-Identifier: MIT */
#include "vgpu/cursor.h"

#include <string.h>

#include "vgpu/display.h"
#include "vgpu/rendered.h"

void vgpu_cursors_init(struct vgpu_cursors *cursors, struct vgpu_host *host, unsigned count,
        struct vgpu_renderer *renderer)
{
    cursors->host = host;
    cursors->count = count;
    cursors->renderer = renderer;
}

void vgpu_cursors_reset(struct vgpu_cursors *cursors)
{
    for (unsigned i = 0; i < cursors->count; i++) {
        struct vgpu_cursor *cursor = &cursors->list[i];
        cursor->owes_place = cursor->shown;
        cursor->owes_picture = false;
        cursor->shown = false;
    }
}

enum vit_status vgpu_cursor_move(struct vgpu_cursors *cursors, uint32_t output, uint32_t x,
        uint32_t y)
{
    if (output >= cursors->count) {
        return VIT_E_ARG;
    }
    struct vgpu_cursor *cursor = &cursors->list[output];
    cursor->x = x;
    cursor->y = y;
    cursor->owes_place = true;
    return VIT_OK;
}

static enum vit_status take_pixels(const struct vgpu_cursors *cursors, struct vgpu_cursor *cursor,
        const struct vgpu_resource *resource)
{
    static const struct vgpu_rect whole = { 0, 0, VGPU_CURSOR_SIDE, VGPU_CURSOR_SIDE };
    const struct vit_surface *surface = &resource->surface;
    if (resource->kind == VGPU_RESOURCE_PROTECTED) {
        return VIT_E_DENIED;
    }
    if (surface->width != VGPU_CURSOR_SIDE || surface->height != VGPU_CURSOR_SIDE) {
        return VIT_E_ARG;
    }
    if (vgpu_rendered_is_picture(resource)) {
        vgpu_rendered_read(cursors->renderer, resource, &whole, cursor->pixels,
                VGPU_CURSOR_LEN / VGPU_CURSOR_SIDE);
        return VIT_OK;
    }
    if (resource->kind != VGPU_RESOURCE_IMAGE || surface->size != VGPU_CURSOR_LEN) {
        return VIT_E_ARG;
    }
    memcpy(cursor->pixels, resource->storage, VGPU_CURSOR_LEN);
    return VIT_OK;
}

enum vit_status vgpu_cursor_set(struct vgpu_cursors *cursors, uint32_t output,
        struct vgpu_resource *resource, uint32_t hot_x, uint32_t hot_y)
{
    if (output >= cursors->count) {
        return VIT_E_ARG;
    }
    struct vgpu_cursor *cursor = &cursors->list[output];
    if (resource != NULL) {
        VIT_TRY(take_pixels(cursors, cursor, resource));
        cursor->hot_x = hot_x;
        cursor->hot_y = hot_y;
    }
    cursor->shown = resource != NULL;
    cursor->owes_picture = cursor->shown;
    cursor->owes_place = true;
    return VIT_OK;
}

/* A picture comes with its place. */
static enum vit_status send(struct vgpu_host *host, uint32_t output, struct vgpu_cursor *cursor)
{
    const struct vgpu_display_place place = { output, cursor->x, cursor->y };
    if (cursor->owes_picture) {
        VIT_TRY(vgpu_display_cursor(host, &place, cursor->hot_x, cursor->hot_y, cursor->pixels,
                VGPU_CURSOR_LEN));
        cursor->owes_picture = false;
        cursor->owes_place = false;
    }
    if (cursor->owes_place) {
        VIT_TRY(vgpu_display_cursor_place(host, &place, cursor->shown));
        cursor->owes_place = false;
    }
    return VIT_OK;
}

void vgpu_cursors_draw(struct vgpu_cursors *cursors)
{
    for (unsigned i = 0; i < cursors->count; i++) {
        struct vgpu_cursor *cursor = &cursors->list[i];
        enum vit_status status = send(cursors->host, i, cursor);
        if (status != VIT_OK && status != VIT_E_BUSY) {
            /* Nobody looks. */
            cursor->owes_picture = false;
            cursor->owes_place = false;
        }
    }
}
