/* SPDX-License-Identifier: MIT */
#include "vgpu/display.h"

enum { SCANOUT_WORDS = 3, UPDATE_WORDS = 5, PLACE_WORDS = 3, CURSOR_WORDS = 5, HEADER_WORDS = 3 };

static enum vit_status show(struct vgpu_host *host, const struct iovec *parts, size_t count)
{
    return host->impl->display(host, parts, count);
}

enum vit_status vgpu_display_scanout(struct vgpu_host *host, uint32_t output, uint32_t width,
        uint32_t height)
{
    uint32_t message[HEADER_WORDS + SCANOUT_WORDS] = { VGPU_DISPLAY_SCANOUT, 0,
        SCANOUT_WORDS * sizeof(uint32_t), output, width, height };
    struct iovec part = { message, sizeof(message) };
    return show(host, &part, 1);
}

enum vit_status vgpu_display_update(struct vgpu_host *host, uint32_t output,
        const struct vgpu_rect *rect, struct iovec *parts, size_t count)
{
    uint32_t pixels_len = rect->width * rect->height * (uint32_t)sizeof(uint32_t);
    uint32_t message[HEADER_WORDS + UPDATE_WORDS] = { VGPU_DISPLAY_UPDATE, 0,
        UPDATE_WORDS * (uint32_t)sizeof(uint32_t) + pixels_len, output, rect->x, rect->y,
        rect->width, rect->height };
    parts[0] = (struct iovec){ message, sizeof(message) };
    return show(host, parts, count);
}

enum vit_status vgpu_display_cursor_place(struct vgpu_host *host,
        const struct vgpu_display_place *place, bool shown)
{
    uint32_t message[HEADER_WORDS + PLACE_WORDS] = { shown ? VGPU_DISPLAY_CURSOR_POS
                                                           : VGPU_DISPLAY_CURSOR_POS_HIDE,
        0, PLACE_WORDS * sizeof(uint32_t), place->output, place->x, place->y };
    struct iovec part = { message, sizeof(message) };
    return show(host, &part, 1);
}

enum vit_status vgpu_display_cursor(struct vgpu_host *host, const struct vgpu_display_place *place,
        uint32_t hot_x, uint32_t hot_y, uint8_t *pixels, uint32_t len)
{
    uint32_t message[HEADER_WORDS + CURSOR_WORDS] = { VGPU_DISPLAY_CURSOR_UPDATE, 0,
        CURSOR_WORDS * (uint32_t)sizeof(uint32_t) + len, place->output, place->x, place->y, hot_x,
        hot_y };
    struct iovec parts[] = { { message, sizeof(message) }, { pixels, len } };
    return show(host, parts, 2);
}
