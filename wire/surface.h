/* SPDX-License-Identifier: MIT */
/**
 * How a picture lies in memory, the same for both ends and for who seals a frame: rows without
 * padding; NV12 is the Y plane and directly behind it the interleaved U, V plane.
 */
#ifndef WIRE_SURFACE_H
#define WIRE_SURFACE_H

#include <stdint.h>

#include "base/status.h"

/* The numbers of the virtio-gpu and virgl format lists. */
enum vit_format {
    VIT_FORMAT_BGRA = 1,
    VIT_FORMAT_BGRX = 2,
    VIT_FORMAT_BYTES = 64, /* a buffer: width bytes, height 1 */
    VIT_FORMAT_NV12 = 166,
};

enum { VIT_SURFACE_MAX_SIDE = 16384 };
#define VIT_BUFFER_MAX_LEN UINT32_C(0x40000000)

struct vit_surface {
    enum vit_format format;
    uint32_t width, height;
    uint32_t pitch; /* bytes from row to row, of both planes of NV12 */
    uint64_t size;  /* bytes */
};

/* @return VIT_E_ARG a side that is 0, too long, or odd for NV12; VIT_E_UNSUPPORTED the format */
VIT_RESULT vit_surface_init(struct vit_surface *surface, uint32_t format, uint32_t width,
        uint32_t height);

#endif
