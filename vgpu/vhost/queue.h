/* SPDX-License-Identifier: MIT */
/**
 * One ring of a back-end: what the front-end told of it so far, its eventfds, and whether the device
 * serves it. It runs once it has size, addresses and a kick and is enabled.
 */
#ifndef VGPU_VHOST_QUEUE_H
#define VGPU_VHOST_QUEUE_H

#include <event2/event.h>
#include <stdbool.h>

#include "vgpu/device.h"
#include "vgpu/vhost/guest_memory.h"

struct vhost_queue {
    struct event_base *base; /* borrowed, as the next two */
    struct vgpu_device *device;
    const struct vhost_guest_memory *memory;
    unsigned index;
    struct vgpu_ring ring; /* base is in force while stopped */
    int kick, call;        /* owned; -1: none */
    struct event *kicked;
    bool addressed, enabled, started;
    bool looked_at; /* for memory that is not shared */
    unsigned empty_kicks;
};

void vhost_queue_init(struct vhost_queue *queue, unsigned index, struct event_base *base,
        struct vgpu_device *device, const struct vhost_guest_memory *memory);
/* Stops, forgets everything told, closes descriptors. */
void vhost_queue_reset(struct vhost_queue *queue);

/* Serves the ring if everything is there; harmless when it runs already. */
VIT_RESULT vhost_queue_start(struct vhost_queue *queue);
/* The index to go on with is in ring.base then. */
void vhost_queue_stop(struct vhost_queue *queue);

/* Takes the descriptor. */
VIT_RESULT vhost_queue_set_kick(struct vhost_queue *queue, int fd);
void vhost_queue_drop_kick(struct vhost_queue *queue);
/* Takes the descriptor; -1: nobody wants interrupts. */
void vhost_queue_set_call(struct vhost_queue *queue, int fd);

void vhost_queue_interrupt(struct vhost_queue *queue);

#endif
