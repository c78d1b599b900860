/* SPDX-License-Identifier: MIT */
/**
 * Working memory of one thread that takes steps. Whoever puts content or key stream in it wipes
 * what it used before the step ends.
 */
#ifndef VGPU_SCRATCH_H
#define VGPU_SCRATCH_H

#include <stdint.h>

#include "wire/surface.h"

enum {
    VGPU_SCRATCH_STREAM_LEN = 16 * 1024,
    VGPU_SCRATCH_ROW_LEN = VIT_SURFACE_MAX_SIDE * 4,
};

/* Where one output pixel comes from, along one axis: between two neighbours. */
struct vgpu_tap {
    uint16_t first, second;
    uint16_t weight; /* of the second, of 256 */
};

struct vgpu_scratch {
    uint8_t stream[VGPU_SCRATCH_STREAM_LEN]; /* key stream */

    uint8_t rows[2][VGPU_SCRATCH_ROW_LEN]; /* source rows whose pages do not lie in one piece */
    uint16_t blend[VGPU_SCRATCH_ROW_LEN];  /* two rows in one, times 256 */
    uint8_t y[VIT_SURFACE_MAX_SIDE], u[VIT_SURFACE_MAX_SIDE], v[VIT_SURFACE_MAX_SIDE];
    uint8_t out[VGPU_SCRATCH_ROW_LEN];

    /* Stays from step to step. */
    struct vgpu_tap taps[VIT_SURFACE_MAX_SIDE], chroma_taps[VIT_SURFACE_MAX_SIDE];
    uint32_t taps_from, taps_to; /* what they are for */
};

#endif
