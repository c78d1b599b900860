/* SPDX-License-Identifier: MIT */
#ifndef VGPU_RECT_H
#define VGPU_RECT_H

#include <stdbool.h>
#include <stdint.h>

/* Pixels. Width or height 0: empty. */
struct vgpu_rect {
    uint32_t x, y, width, height;
};

static inline bool vgpu_rect_empty(const struct vgpu_rect *rect)
{
    return rect->width == 0 || rect->height == 0;
}

/* Does it lie in a picture of this size? */
static inline bool vgpu_rect_inside(const struct vgpu_rect *rect, uint32_t width, uint32_t height)
{
    return rect->x <= width && rect->width <= width - rect->x && rect->y <= height &&
            rect->height <= height - rect->y;
}

/* For rectangles inside some picture. */
struct vgpu_rect vgpu_rect_intersect(const struct vgpu_rect *a, const struct vgpu_rect *b);
/* The smallest that holds both. */
struct vgpu_rect vgpu_rect_join(const struct vgpu_rect *a, const struct vgpu_rect *b);

#endif
