/* SPDX-License-Identifier: MIT */
/**
 * Our private use of virtio-gpu's fields, beside <linux/virtio_gpu.h>.
 */
#ifndef WIRE_VIRTIO_GPU_H
#define WIRE_VIRTIO_GPU_H

enum {
    /* Flag of VIRTIO_GPU_CMD_RESOURCE_CREATE_3D: a protected resource, answered by the device. */
    VIT_RESOURCE_FLAG_PROTECTED = 0x40000000,
    /* bind of a guest-backed resource, which the engine reads and writes in place; target: bytes, or
     * a picture in one of the formats of wire/surface.h. */
    VIT_BIND_STAGING = 1 << 19,
    VIT_TARGET_BUFFER = 0,
    VIT_TARGET_2D = 2,
};

#endif
