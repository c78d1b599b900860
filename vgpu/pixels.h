/* SPDX-License-Identifier: MIT */
/** Loops over one row of pixels, in integers, plain enough for the compiler to vectorise. */
#ifndef VGPU_PIXELS_H
#define VGPU_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vgpu/scratch.h"

/* One tap for each of to_len outputs: from_len pixels spread over them, centre on centre. */
void vgpu_pixels_taps(struct vgpu_tap *taps, uint32_t from_len, uint32_t to_len);
/* The one of output at. */
struct vgpu_tap vgpu_pixels_tap(uint32_t from_len, uint32_t to_len, uint32_t at);

/* out = 256 times the mean of a and b, where b has weight of 256. */
void vgpu_pixels_blend(const uint8_t *a, const uint8_t *b, unsigned weight, uint16_t *out,
        size_t len);

/* Outputs of a blended row with 1, 2 or 4 interleaved channels; two are taken apart. */
void vgpu_pixels_sample_luma(const uint16_t *row, const struct vgpu_tap *taps, uint8_t *y,
        size_t count);
void vgpu_pixels_sample_chroma(const uint16_t *row, const struct vgpu_tap *taps, uint8_t *u,
        uint8_t *v, size_t count);
void vgpu_pixels_sample_bgra(const uint16_t *row, const struct vgpu_tap *taps, uint8_t *out,
        size_t count);

/* Takes interleaved chroma apart, each for two pixels. count is even. */
void vgpu_pixels_double_chroma(const uint8_t *uv, uint8_t *u, uint8_t *v, size_t count);
/* BT.709, limited range, to BGRX with X 255. */
void vgpu_pixels_yuv_to_bgrx(const uint8_t *y, const uint8_t *u, const uint8_t *v, uint8_t *out,
        size_t count);
/* in may be out. */
void vgpu_pixels_copy_bgrx(const uint8_t *in, uint8_t *out, size_t count);

#endif
