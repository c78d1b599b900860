/* SPDX-License-Identifier: MIT */
/**
 * The control queue of a virtio-gpu device: command slots prepared once in the arena, commands
 * sent singly or as a batch, every response checked.
 *
 * A device that answers nothing for two seconds, or something it must not, is gone for good:
 * every later call says VIT_E_GONE.
 */
#ifndef KMD_STUB_GPU_H
#define KMD_STUB_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/virtio_gpu.h>

#include "kmd-stub/arena.h"
#include "kmd-stub/transport.h"
#include "kmd-stub/virtq.h"

enum {
    VIT_GPU_SLOTS = 64,
    VIT_GPU_QUEUE_SIZE = 128,
    VIT_GPU_SLOT_LEN = 68 * 1024,
    VIT_GPU_REQUEST_AT = 128, /* in a slot: indirect table, response, request */
    VIT_GPU_RESPONSE_AT = 64,
    VIT_GPU_RESPONSE_LEN = 64,
    VIT_GPU_REQUEST_MAX_LEN = VIT_GPU_SLOT_LEN - VIT_GPU_REQUEST_AT,
    VIT_GPU_BATCH_MAX = 4,
};

#define VIT_GPU_LIMIT_NS UINT64_C(2000000000)

enum vit_gpu_slot_state { VIT_SLOT_FREE, VIT_SLOT_FILLED, VIT_SLOT_SENT, VIT_SLOT_DONE };

struct vit_gpu_slot {
    enum vit_gpu_slot_state state;
    bool submission; /* nobody waits for it: checked and freed when it comes back */
    uint32_t request_len;
    uint32_t written; /* response bytes */
    uint64_t fence;
    uint32_t context;
};

struct vit_gpu {
    struct vit_transport *transport; /* borrowed */
    struct vit_arena *arena;         /* borrowed */
    struct vit_virtq control;
    uint64_t ring_offset, slots_offset;
    bool indirect;
    bool gone;
    struct vit_gpu_slot slots[VIT_GPU_SLOTS];
    uint16_t free_slots[VIT_GPU_SLOTS];
    unsigned free_count;
    uint64_t last_fence;
    uint64_t finished; /* submissions that came back */
    unsigned in_flight;
};

/* Negotiates features, lays out the rings and starts the device.
 * @return VIT_E_UNSUPPORTED the device lacks VIRTIO_F_VERSION_1 or 3D commands */
VIT_RESULT vit_gpu_init(struct vit_gpu *gpu, struct vit_transport *transport,
        struct vit_arena *arena);

/* Commands that go together: one kick, one wait, done in order. */
struct vit_gpu_batch {
    uint16_t slots[VIT_GPU_BATCH_MAX];
    unsigned count;
};

/* Adds a command of len bytes, zeroed behind its type; the caller fills *request (all fields
 * little-endian). @return VIT_E_GONE, VIT_E_LIMIT (batch full) */
VIT_RESULT vit_gpu_add(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t type, size_t len,
        void **request);
/* Sends and waits. Each command must answer OK_NODATA.
 * @return of the first that failed: VIT_E_LIMIT (device out of memory), VIT_E_ARG, VIT_E_REFUSED;
 *         VIT_E_GONE */
VIT_RESULT vit_gpu_run(struct vit_gpu *gpu, struct vit_gpu_batch *batch);

/* Sends a batch of one, whose response has bytes behind the header: response_len of them with it, at
 * an offset in the arena. @return VIT_E_PROTOCOL another response or length; as vit_gpu_run() */
VIT_RESULT vit_gpu_ask(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t expected,
        uint64_t response, uint32_t response_len);

/* SUBMIT_3D with a fence; copies. @return VIT_E_BUSY no free slot; VIT_E_LIMIT too long */
VIT_RESULT vit_gpu_submit(struct vit_gpu *gpu, uint32_t context, const void *bytes, size_t len);

/* Takes back what is there; sleeps at most limit_ns for the first submission.
 * @return VIT_E_TIMEOUT no submission came back; VIT_E_GONE */
VIT_RESULT vit_gpu_wait(struct vit_gpu *gpu, uint64_t limit_ns);

#endif
