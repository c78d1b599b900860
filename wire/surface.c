/* SPDX-License-Identifier: MIT */
#include "wire/surface.h"

#include <stdbool.h>

static bool sides_fit(uint32_t width, uint32_t height)
{
    return width > 0 && height > 0 && width <= VIT_SURFACE_MAX_SIDE &&
            height <= VIT_SURFACE_MAX_SIDE;
}

static enum vit_status fill(struct vit_surface *surface, uint32_t format, uint32_t width,
        uint32_t height, uint32_t pitch, uint64_t size)
{
    *surface = (struct vit_surface){ (enum vit_format)format, width, height, pitch, size };
    return VIT_OK;
}

enum vit_status vit_surface_init(struct vit_surface *surface, uint32_t format, uint32_t width,
        uint32_t height)
{
    if (format == VIT_FORMAT_BYTES) {
        if (width == 0 || width > VIT_BUFFER_MAX_LEN || height != 1) {
            return VIT_E_ARG;
        }
        return fill(surface, format, width, height, width, width);
    }
    if (format != VIT_FORMAT_BGRA && format != VIT_FORMAT_BGRX && format != VIT_FORMAT_NV12) {
        return VIT_E_UNSUPPORTED;
    }
    if (!sides_fit(width, height)) {
        return VIT_E_ARG;
    }
    if (format != VIT_FORMAT_NV12) {
        return fill(surface, format, width, height, width * 4, (uint64_t)width * 4 * height);
    }
    if (width % 2 != 0 || height % 2 != 0) {
        return VIT_E_ARG;
    }
    return fill(surface, format, width, height, width, (uint64_t)width * height / 2 * 3);
}
