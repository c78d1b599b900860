/* SPDX-License-Identifier: MIT */
/**
 * Cursors of the outputs: a picture of 64 by 64 pixels and a place each, told to the display when
 * it takes messages. What lies between is dropped: only the last picture and place count.
 */
#ifndef VGPU_CURSOR_H
#define VGPU_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "vgpu/device.h"
#include "vgpu/renderer.h"
#include "vgpu/resource.h"

enum { VGPU_CURSOR_SIDE = 64, VGPU_CURSOR_LEN = VGPU_CURSOR_SIDE * VGPU_CURSOR_SIDE * 4 };

struct vgpu_cursor {
    uint32_t x, y, hot_x, hot_y;
    bool shown;
    bool owes_place, owes_picture;
    uint8_t pixels[VGPU_CURSOR_LEN]; /* B, G, R, A */
};

struct vgpu_cursors {
    struct vgpu_host *host; /* borrowed */
    unsigned count;
    struct vgpu_renderer *renderer; /* borrowed; NULL: none */
    struct vgpu_cursor list[VGPU_MAX_OUTPUTS];
};

void vgpu_cursors_init(struct vgpu_cursors *cursors, struct vgpu_host *host, unsigned count,
        struct vgpu_renderer *renderer);
/* All hidden. */
void vgpu_cursors_reset(struct vgpu_cursors *cursors);

/* @return VIT_E_ARG no such output */
VIT_RESULT vgpu_cursor_move(struct vgpu_cursors *cursors, uint32_t output, uint32_t x, uint32_t y);

/* Takes the picture now; NULL hides the cursor. A cursor is on every screen whatever its level, so
 * no protected picture becomes one.
 * @return VIT_E_ARG no such output, no picture of 64 by 64; VIT_E_DENIED protected */
VIT_RESULT vgpu_cursor_set(struct vgpu_cursors *cursors, uint32_t output,
        struct vgpu_resource *resource, uint32_t hot_x, uint32_t hot_y);

/* Sends what is owed, as far as the display takes it. */
void vgpu_cursors_draw(struct vgpu_cursors *cursors);

#endif
