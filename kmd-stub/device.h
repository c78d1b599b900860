/* SPDX-License-Identifier: MIT */
/**
 * The kernel's side of a runtime device: one context on the link, in which everything that the
 * device's contexts submit is done in the order of submission.
 *
 * Each submission has a sequence number and a slot of the device's reply resource; it is done when
 * the number appears there. All functions want the adapter's lock.
 */
#ifndef KMD_STUB_DEVICE_H
#define KMD_STUB_DEVICE_H

#include "kmd-stub/adapter.h"

enum {
    VIT_KMD_REPLY_SLOTS = 64,
    VIT_KMD_REPLY_SLOT_LEN = 128,
    VIT_KMD_RESOURCE_BUCKETS = 64,
};

struct vit_kmd_context;
struct vit_kmd_allocation;
struct vit_kmd_resource;

/* A waiting CPU event of pfnSignalSynchronizationObject2Cb. */
struct vit_kmd_pending_event {
    uint64_t sequence;
    struct vit_kmd_event *event; /* the user-mode driver's */
};

struct vit_kmd_device {
    struct vit_kmd_adapter *adapter;
    struct vit_kmd_device_slot *slot;
    uint32_t context; /* the link's */
    struct vit_link_resource replies;
    uint64_t submitted, completed; /* sequence numbers */
    uint64_t stalled_since_ns;     /* since when waits saw no progress; 0: not */

    struct vit_kmd_context *contexts; /* the last one is the default */
    unsigned context_count;
    struct vit_kmd_allocation *allocations;
    struct vit_kmd_resource *resources[VIT_KMD_RESOURCE_BUCKETS];

    struct vit_kmd_pending_event *events; /* in order of sequence */
    size_t event_first, event_count, event_capacity;
};

/* One of the kernel's own, which no runtime has a handle of. */
VIT_RESULT vit_kmd_device_open(struct vit_kmd_adapter *adapter, struct vit_kmd_device **out);
VIT_RESULT vit_kmd_device_create(struct vit_kmd_adapter *adapter, HANDLE *hRTDevice);
/* Waits for what is queued, releases all that the device owned. */
void vit_kmd_device_destroy(struct vit_kmd_device *device);
void vit_kmd_device_slots_free(struct vit_kmd_adapter *adapter);

/* Takes the adapter's lock and finds the device; VIT_AUTO(kmd_device) gives it back. NULL: none. */
struct vit_kmd_device *vit_kmd_device_enter(HANDLE hRTDevice);
void vit_kmd_device_leave(struct vit_kmd_device *device);
VIT_DEFINE_AUTO(kmd_device, struct vit_kmd_device *, vit_kmd_device_leave)

/* Of this adapter, with its lock held already; NULL: none. */
struct vit_kmd_device *vit_kmd_device_find(struct vit_kmd_adapter *adapter, HANDLE hRTDevice);

/* Puts the envelope before the messages in the adapter's staging and submits both; waits for room.
 * @param len  of the messages, which begin at VIT_ENVELOPE_LEN of staging.submission */
VIT_RESULT vit_kmd_device_submit(struct vit_kmd_device *device, size_t len, uint32_t count);

/**
 * Lets the device make progress until what was submitted up to sequence is done. Fires events.
 *
 * @param limit_ns  0: only what is there; UINT64_MAX: as long as there is progress
 * @return VIT_E_TIMEOUT limit_ns passed; VIT_E_GONE
 */
VIT_RESULT vit_kmd_device_wait(struct vit_kmd_device *device, uint64_t sequence, uint64_t limit_ns);

/* As vit_kmd_device_wait(), and returns as soon as anything completed. */
VIT_RESULT vit_kmd_device_progress(struct vit_kmd_device *device, uint64_t limit_ns);

/* Status and body of the last submission, which is completed; wiped from the shared memory.
 * @param body  body_len bytes, written when *status is VIT_OK
 * @return VIT_E_GONE a body of another length */
VIT_RESULT vit_kmd_device_take_reply(struct vit_kmd_device *device, enum vit_status *status,
        void *body, size_t body_len);

#endif
