/* SPDX-License-Identifier: MIT */
#include "vgpu/rect.h"

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

struct vgpu_rect vgpu_rect_intersect(const struct vgpu_rect *a, const struct vgpu_rect *b)
{
    uint32_t left = most(a->x, b->x);
    uint32_t top = most(a->y, b->y);
    uint32_t right = least(a->x + a->width, b->x + b->width);
    uint32_t bottom = least(a->y + a->height, b->y + b->height);
    if (right <= left || bottom <= top) {
        return (struct vgpu_rect){ 0, 0, 0, 0 };
    }
    return (struct vgpu_rect){ left, top, right - left, bottom - top };
}

struct vgpu_rect vgpu_rect_join(const struct vgpu_rect *a, const struct vgpu_rect *b)
{
    if (vgpu_rect_empty(a)) {
        return *b;
    }
    if (vgpu_rect_empty(b)) {
        return *a;
    }
    uint32_t left = least(a->x, b->x);
    uint32_t top = least(a->y, b->y);
    uint32_t right = most(a->x + a->width, b->x + b->width);
    uint32_t bottom = most(a->y + a->height, b->y + b->height);
    return (struct vgpu_rect){ left, top, right - left, bottom - top };
}
