/* SPDX-License-Identifier: MIT */
/**
 * Our private use of virtio-gpu's fields, beside <linux/virtio_gpu.h>.
 */
#ifndef WIRE_VIRTIO_GPU_H
#define WIRE_VIRTIO_GPU_H

enum {
    /* Flag of VIRTIO_GPU_CMD_RESOURCE_CREATE_3D: a protected resource, answered by the device. */
    VIT_RESOURCE_FLAG_PROTECTED = 0x40000000,
    /* target and bind of a buffer: a guest-backed resource that the engine reads and writes. */
    VIT_TARGET_BUFFER = 0,
    VIT_TARGET_2D = 2,
    VIT_BIND_STAGING = 1 << 19,
};

#endif
