/* SPDX-License-Identifier: MIT */
/**
 * Conversion of pictures: NV12 to BGRX or BGRA, BGRX and BGRA to each other, with scaling.
 *
 * NV12 is BT.709, limited range; the two by two pixels of a chroma sample share it. Without scaling
 * each channel is within 1 of the exact formula, and BGRA to BGRX keeps B, G and R exactly. Scaling
 * is bilinear between the centres of pixels, inside the source rectangle. X becomes 255; so does A,
 * unless both ends are BGRA.
 */
#ifndef VGPU_CONVERT_H
#define VGPU_CONVERT_H

#include <stdint.h>

#include "base/status.h"
#include "vgpu/resource.h"
#include "wire/message.h"
#include "wire/surface.h"

struct vgpu_scratch;

struct vgpu_convert {
    struct vit_rect from, to;
};

/* @return VIT_E_UNSUPPORTED the formats; VIT_E_ARG a rectangle: empty, outside, odd in NV12 */
VIT_RESULT vgpu_convert_check(const struct vgpu_convert *convert, const struct vit_surface *source,
        const struct vit_surface *destination);

/* Of both rectangles. */
uint64_t vgpu_convert_pixels(const struct vgpu_convert *convert);

/* Makes rows [first, first + count) of the destination rectangle. Call with both locks held, after
 * vgpu_convert_check().
 * @return VIT_E_GONE the bytes are not there any more */
VIT_RESULT vgpu_convert_rows(const struct vgpu_convert *convert, const struct vgpu_resource *source,
        const struct vgpu_resource *destination, uint32_t first, uint32_t count,
        struct vgpu_scratch *scratch);

#endif
