/* SPDX-License-Identifier: MIT */
/**
 * Driver side of a split virtqueue. Descriptors belong to the caller, who fills them and names the
 * head of a chain; the queue only carries heads to the device and back.
 *
 * The device writes the used ring, so what comes back is checked: a head outside the ring or one
 * that is not with the device is VIT_E_PROTOCOL.
 */
#ifndef KMD_STUB_VIRTQ_H
#define KMD_STUB_VIRTQ_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_ring.h>

#include "base/status.h"

enum { VIT_VIRTQ_MAX_SIZE = 256 };

struct vit_virtq {
    struct vring_desc *descriptors;
    struct vring_avail *available;
    struct vring_used *used;
    uint16_t size;
    bool event_index;
    uint16_t next_available, kicked, next_used;
    bool with_device[VIT_VIRTQ_MAX_SIZE]; /* by head */
};

/* Bytes that the three rings need, and where they begin in them. */
struct vit_virtq_layout {
    uint32_t descriptors, available, used, len;
};
struct vit_virtq_layout vit_virtq_layout(uint16_t size);

/* @param memory  zeroed, page aligned, vit_virtq_layout().len bytes
 * @param size    power of two, at most VIT_VIRTQ_MAX_SIZE */
void vit_virtq_init(struct vit_virtq *queue, void *memory, uint16_t size, bool event_index);

/* Gives a chain to the device. */
void vit_virtq_publish(struct vit_virtq *queue, uint16_t head);
/* Does the device want a kick for what was published since the last call? */
bool vit_virtq_kick_wanted(struct vit_virtq *queue);

/* Takes back one chain. @return VIT_E_BUSY none is back yet; VIT_E_PROTOCOL */
VIT_RESULT vit_virtq_take(struct vit_virtq *queue, uint16_t *head, uint32_t *written);

/* Asks the device to interrupt at the next used entry; true: one is there already, do not sleep. */
bool vit_virtq_arm(struct vit_virtq *queue);
/* No interrupts are wanted. */
void vit_virtq_disarm(struct vit_virtq *queue);

#endif
