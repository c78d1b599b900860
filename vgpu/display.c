/* SPDX-License-Identifier: MIT */
#include "vgpu/display.h"

enum { SCANOUT_WORDS = 3, UPDATE_WORDS = 5, HEADER_WORDS = 3 };

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
