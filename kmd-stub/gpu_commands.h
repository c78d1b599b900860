/* SPDX-License-Identifier: MIT */
/**
 * The commands of a virtio-gpu driver that we send, each added to a batch: fields as the standard
 * names them, ours as wire/virtio_gpu.h does. @return of all: as vit_gpu_add()
 */
#ifndef KMD_STUB_GPU_COMMANDS_H
#define KMD_STUB_GPU_COMMANDS_H

#include "kmd-stub/gpu.h"
#include "wire/kmd.h"
#include "wire/surface.h"

VIT_RESULT vit_gpu_add_context_create(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t context);
VIT_RESULT vit_gpu_add_context_destroy(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t context);

/* RESOURCE_CREATE_2D or RESOURCE_CREATE_3D, by the kind. */
VIT_RESULT vit_gpu_add_create(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id,
        const struct vit_allocation_block *block);
VIT_RESULT vit_gpu_add_unref(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id);
/* One range of the arena. */
VIT_RESULT vit_gpu_add_attach_backing(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id,
        uint64_t offset, uint32_t len);
VIT_RESULT vit_gpu_add_detach_backing(struct vit_gpu *gpu, struct vit_gpu_batch *batch,
        uint32_t id);
VIT_RESULT vit_gpu_add_attach(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t context,
        uint32_t id);
VIT_RESULT vit_gpu_add_detach(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t context,
        uint32_t id);

/* Of the whole surface. */
VIT_RESULT vit_gpu_add_transfer(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id,
        const struct vit_surface *surface);
VIT_RESULT vit_gpu_add_scanout(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t output,
        uint32_t id, const struct vit_surface *surface);
VIT_RESULT vit_gpu_add_flush(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t id,
        const struct vit_surface *surface);

#endif
