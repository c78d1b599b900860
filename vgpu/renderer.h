/* SPDX-License-Identifier: MIT */
/**
 * What a device needs of a renderer: contexts, resources, command streams and fences of virgl, which
 * the device hands on as they come. The device decides what a renderer ever hears of: no protected
 * resource is among that. A renderer belongs to whoever made it; one thread makes all calls.
 */
#ifndef VGPU_RENDERER_H
#define VGPU_RENDERER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/status.h"
#include "vgpu/rect.h"
#include "vgpu/transfer.h"

struct vgpu_renderer;

/* As VIRTIO_GPU_CMD_RESOURCE_CREATE_3D has it. */
struct vgpu_3d_resource {
    uint32_t id, target, format, bind, width, height, depth, array_size, last_level, samples, flags;
};

/* As VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D and _FROM_HOST_3D have it: between a resource and its
 * backing. */
struct vgpu_3d_transfer {
    enum vgpu_direction direction;
    uint32_t context, resource, level, stride, layer_stride;
    uint32_t x, y, z, width, height, depth;
    uint64_t offset; /* in the backing */
};

struct vgpu_renderer_capset {
    uint32_t id, version;
    const uint8_t *bytes; /* never change */
    size_t len;
};

/* More slots than usual: each is a command of virtio-gpu. Statuses: VIT_E_ARG what the guest asked
 * for is wrong, VIT_E_NOMEM, VIT_E_REFUSED. */
struct vgpu_renderer_impl {
    enum vit_status (*create_context)(struct vgpu_renderer *renderer, uint32_t context);
    void (*destroy_context)(struct vgpu_renderer *renderer, uint32_t context);
    enum vit_status (*create_resource)(struct vgpu_renderer *renderer,
            const struct vgpu_3d_resource *ask);
    void (*destroy_resource)(struct vgpu_renderer *renderer, uint32_t resource);
    /* pieces: borrowed until detach_backing */
    enum vit_status (*attach_backing)(struct vgpu_renderer *renderer, uint32_t resource,
            struct iovec *pieces, size_t count);
    void (*detach_backing)(struct vgpu_renderer *renderer, uint32_t resource);
    void (*attach)(struct vgpu_renderer *renderer, uint32_t context, uint32_t resource);
    void (*detach)(struct vgpu_renderer *renderer, uint32_t context, uint32_t resource);
    enum vit_status (*submit)(struct vgpu_renderer *renderer, uint32_t context, uint32_t *words,
            size_t count);
    enum vit_status (*transfer)(struct vgpu_renderer *renderer,
            const struct vgpu_3d_transfer *transfer);
    /* Pixels of 4 bytes as the resource has them, rows stride bytes apart. */
    enum vit_status (*read)(struct vgpu_renderer *renderer, uint32_t resource,
            const struct vgpu_rect *rect, uint8_t *pixels, uint32_t stride);
    /* Sequence numbers grow. */
    enum vit_status (*fence)(struct vgpu_renderer *renderer, uint64_t sequence);
    /* Returns the last fence that was reached; so were all before it. */
    uint64_t (*poll)(struct vgpu_renderer *renderer);
};

struct vgpu_renderer {
    const struct vgpu_renderer_impl *impl;
    const struct vgpu_renderer_capset *capsets;
    unsigned capset_count;
    int event_fd;        /* readable when poll has something to do */
    bool told_of_buffer; /* one that it does not take was logged */
};

#endif
