/* SPDX-License-Identifier: MIT */
/**
 * The device's side of a split ring. Everything in a ring belongs to the guest and may change at any
 * time: each value is read once, then checked, then used. A ring that breaks the rules is marked
 * broken, logged once, and nothing more is taken from it.
 */
#ifndef VGPU_VIRTQ_H
#define VGPU_VIRTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "vgpu/memory.h"

/* Most pieces of one request; a ring's own size bounds chains without an indirect table too. */
enum { VGPU_CHAIN_MAX = 2048, VGPU_RING_MAX = 32768 };

/* One request: readable pieces, then writable ones. The pieces are pointers into guest memory. */
struct vgpu_chain {
    uint16_t head;
    size_t in_count, out_count;
    uint64_t in_len, out_len; /* bytes */
    struct iovec pieces[VGPU_CHAIN_MAX];
};

static inline const struct iovec *vgpu_chain_out(const struct vgpu_chain *chain)
{
    return chain->pieces + chain->in_count;
}

struct vgpu_virtq {
    const struct vgpu_memory *memory; /* borrowed */
    struct vgpu_ring ring;            /* as started; base: next entry to take */
    bool running, broken;
    bool event_index, indirect;
    bool told_of_odd; /* a request that cannot be answered was logged */
    uint16_t used_index;
    uint16_t in_flight;   /* taken and not given back */
    uint16_t told_index;  /* used index when the driver was last thought of */
    bool told;            /* ever, since the start */
    uint8_t *descriptors; /* guest memory */
    uint8_t *available;
    uint8_t *used;
};

/* @param features accepted ones
 * @return VIT_E_ARG size, alignment, or outside memory; the queue is stopped then */
VIT_RESULT vgpu_virtq_start(struct vgpu_virtq *queue, const struct vgpu_memory *memory,
        const struct vgpu_ring *ring, uint64_t features);
/* Returns the index of the next available entry. */
uint16_t vgpu_virtq_stop(struct vgpu_virtq *queue);

/* @return VIT_E_BUSY nothing available (or stopped), VIT_E_PROTOCOL broken */
VIT_RESULT vgpu_virtq_pop(struct vgpu_virtq *queue, struct vgpu_chain *chain);

/* The request that was popped last was not looked at: it comes again. */
void vgpu_virtq_unpop(struct vgpu_virtq *queue);

/* Gives a request back, len bytes of it written. Nothing happens on a stopped or broken queue. */
void vgpu_virtq_push(struct vgpu_virtq *queue, uint16_t head, uint32_t len);

/* Asks the driver to kick from now on; true: something arrived meanwhile, go on. */
bool vgpu_virtq_arm(struct vgpu_virtq *queue);

/* How many requests were given back that the driver did not look at, as far as it says; 0: it does
 * not say. */
uint16_t vgpu_virtq_unseen(const struct vgpu_virtq *queue);

/* Does the driver want an interrupt for what was given back since the last call? */
bool vgpu_virtq_wants_interrupt(struct vgpu_virtq *queue);

#endif
