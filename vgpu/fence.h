/* SPDX-License-Identifier: MIT */
/**
 * Fenced commands of the control queue: their answers go back in the order in which they came, of
 * whatever context they are. A command that is done before an earlier one waits for that.
 */
#ifndef VGPU_FENCE_H
#define VGPU_FENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "vgpu/engine.h"
#include "vgpu/virtq.h"

struct vgpu_fences;

struct vgpu_fence {
    struct vgpu_completion completion; /* for whoever hands the command to the engine */
    struct vgpu_fences *fences;
    uint16_t head;
    bool done;
    uint32_t len;      /* bytes of the answer */
    uint64_t rendered; /* the renderer's fence that it waits for; 0: none */
    /* Where the type of the answer lies, in guest memory. */
    struct iovec type[4];
    size_t type_count;
};

struct vgpu_fences {
    struct vgpu_virtq *queue; /* borrowed */
    struct vgpu_fence *ring;
    uint32_t capacity, first, count;
    bool held_back; /* an answer is there that could not be given yet */
};

/* For a queue that was just started: no more fences than entries. Nothing may be waiting.
 * @return VIT_E_NOMEM */
VIT_RESULT vgpu_fences_start(struct vgpu_fences *fences, struct vgpu_virtq *queue);
void vgpu_fences_finish(struct vgpu_fences *fences);

/* NULL: full, which a queue that counts what it gave out prevents. */
struct vgpu_fence *vgpu_fences_add(struct vgpu_fences *fences, const struct vgpu_chain *chain);

/* The command is done, len bytes of answer written; gives back what can go. */
void vgpu_fence_done(struct vgpu_fence *fence, uint32_t len);

/* As that, once the renderer reached a fence of its own. */
void vgpu_fence_done_at(struct vgpu_fence *fence, uint32_t len, uint64_t rendered);
/* It did, and those before it too. */
void vgpu_fences_reached(struct vgpu_fences *fences, uint64_t rendered);

#endif
