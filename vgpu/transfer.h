/* SPDX-License-Identifier: MIT */
/** Copies a rectangle between an image's own picture and its backing. */
#ifndef VGPU_TRANSFER_H
#define VGPU_TRANSFER_H

#include "base/status.h"
#include "vgpu/rect.h"
#include "vgpu/resource.h"

enum vgpu_direction { VGPU_TO_HOST, VGPU_FROM_HOST };

struct vgpu_transfer {
    enum vgpu_direction direction;
    struct vgpu_rect rect;
    uint64_t offset; /* in the backing, of the rectangle's first row */
    uint32_t stride; /* bytes from row to row in the backing; 0: the image's */
};

/* Takes the resource's lock. @return VIT_E_ARG outside picture or backing, VIT_E_DENIED protected */
VIT_RESULT vgpu_transfer_run(struct vgpu_resource *resource, const struct vgpu_transfer *transfer);

#endif
