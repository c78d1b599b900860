/* SPDX-License-Identifier: MIT */
#include "vgpu/fence.h"

#include <stdlib.h>

enum { TYPE_LEN = 4 };

enum vit_status vgpu_fences_start(struct vgpu_fences *fences, struct vgpu_virtq *queue)
{
    vgpu_fences_finish(fences);
    fences->ring = calloc(queue->ring.size, sizeof(*fences->ring));
    if (fences->ring == NULL) {
        return VIT_E_NOMEM;
    }
    fences->queue = queue;
    fences->capacity = queue->ring.size;
    return VIT_OK;
}

void vgpu_fences_finish(struct vgpu_fences *fences)
{
    free(fences->ring);
    *fences = (struct vgpu_fences){ .queue = NULL };
}

static void find_type(struct vgpu_fence *fence, const struct vgpu_chain *chain)
{
    const struct iovec *out = vgpu_chain_out(chain);
    size_t left = TYPE_LEN;
    for (size_t i = 0; i < chain->out_count && left > 0; i++) {
        size_t take = out[i].iov_len < left ? out[i].iov_len : left;
        fence->type[fence->type_count++] = (struct iovec){ out[i].iov_base, take };
        left -= take;
    }
}

struct vgpu_fence *vgpu_fences_add(struct vgpu_fences *fences, const struct vgpu_chain *chain)
{
    if (fences->count == fences->capacity) {
        return NULL;
    }
    struct vgpu_fence *fence = &fences->ring[(fences->first + fences->count) % fences->capacity];
    fences->count++;
    *fence = (struct vgpu_fence){ .fences = fences, .head = chain->head };
    find_type(fence, chain);
    return fence;
}

void vgpu_fence_done(struct vgpu_fence *fence, uint32_t len)
{
    struct vgpu_fences *fences = fence->fences;
    fence->done = true;
    fence->len = len;
    while (fences->count > 0 && fences->ring[fences->first].done) {
        struct vgpu_fence *first = &fences->ring[fences->first];
        fences->first = (fences->first + 1) % fences->capacity;
        fences->count--;
        vgpu_virtq_push(fences->queue, first->head, first->len);
    }
    fences->held_back |= fences->count > 0;
}

void vgpu_fence_done_at(struct vgpu_fence *fence, uint32_t len, uint64_t rendered)
{
    fence->len = len;
    fence->rendered = rendered;
}

/* Those given back meanwhile lie before the one that is looked at. */
void vgpu_fences_reached(struct vgpu_fences *fences, uint64_t rendered)
{
    uint32_t first = fences->first;
    uint32_t count = fences->count;
    for (uint32_t i = 0; i < count; i++) {
        struct vgpu_fence *fence = &fences->ring[(first + i) % fences->capacity];
        if (!fence->done && fence->rendered != 0 && fence->rendered <= rendered) {
            vgpu_fence_done(fence, fence->len);
        }
    }
}
