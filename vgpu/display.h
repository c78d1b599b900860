/* SPDX-License-Identifier: MIT */
/**
 * What goes to the display: messages of the vhost-user-gpu protocol (QEMU's docs/interop/
 * vhost-user-gpu), in the machine's byte order.
 *
 * header (12 bytes)  u32 request, u32 flags, u32 payload length
 * CURSOR_POS         u32 output, u32 x, u32 y; CURSOR_POS_HIDE the same
 * CURSOR_UPDATE      the same, u32 hot x, u32 hot y, then 64 rows of 64 B, G, R, A
 * SCANOUT            u32 output, u32 width, u32 height; 0 by 0: off
 * UPDATE             u32 output, u32 x, u32 y, u32 width, u32 height, then rows of B, G, R, X
 */
#ifndef VGPU_DISPLAY_H
#define VGPU_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "vgpu/device.h"
#include "vgpu/rect.h"

enum {
    VGPU_DISPLAY_GET_DISPLAY_INFO = 3,
    VGPU_DISPLAY_CURSOR_POS = 4,
    VGPU_DISPLAY_CURSOR_POS_HIDE = 5,
    VGPU_DISPLAY_CURSOR_UPDATE = 6,
    VGPU_DISPLAY_SCANOUT = 7,
    VGPU_DISPLAY_UPDATE = 8,
    VGPU_DISPLAY_HEADER_LEN = 12,
    VGPU_DISPLAY_UPDATE_LEN = 20, /* before the pixels */
    /* Most parts of a message, which is what one system call takes. */
    VGPU_DISPLAY_PARTS = 1024,
};

/* All return what the host said. */
VIT_RESULT vgpu_display_scanout(struct vgpu_host *host, uint32_t output, uint32_t width,
        uint32_t height);
/* parts[0] is filled here; the pixels are in parts[1] to parts[count - 1]. */
VIT_RESULT vgpu_display_update(struct vgpu_host *host, uint32_t output,
        const struct vgpu_rect *rect, struct iovec *parts, size_t count);

struct vgpu_display_place {
    uint32_t output, x, y;
};
VIT_RESULT vgpu_display_cursor_place(struct vgpu_host *host, const struct vgpu_display_place *place,
        bool shown);
VIT_RESULT vgpu_display_cursor(struct vgpu_host *host, const struct vgpu_display_place *place,
        uint32_t hot_x, uint32_t hot_y, uint8_t *pixels, uint32_t len);

#endif
