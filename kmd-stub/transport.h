/* SPDX-License-Identifier: MIT */
/**
 * What carries a virtio-gpu driver's rings to a device: the same memory and kicks in both cases,
 * a function call (embedded) or a process behind a socket (vhost).
 *
 * One thread at a time (the adapter's lock).
 */
#ifndef KMD_STUB_TRANSPORT_H
#define KMD_STUB_TRANSPORT_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"

struct vit_display;
struct vit_transport;

/* The device's whole guest memory: guest address = offset. Borrowed until destroy. */
struct vit_transport_memory {
    int fd; /* memfd */
    uint8_t *base;
    uint64_t size;
};

struct vit_transport_queue {
    uint16_t size;
    uint64_t descriptors, available, used; /* offsets in the memory */
};

enum { VIT_TRANSPORT_CONTROL = 0, VIT_TRANSPORT_CURSOR = 1, VIT_TRANSPORT_QUEUES = 2 };

struct vit_transport_impl {
    const char *name;
    /* Hands accepted features, memory and rings to the device; once, before any kick. */
    enum vit_status (*start)(struct vit_transport *transport, uint64_t features,
            const struct vit_transport_memory *memory,
            const struct vit_transport_queue queues[VIT_TRANSPORT_QUEUES]);
    /* New entries are in the queue's available ring. */
    enum vit_status (*kick)(struct vit_transport *transport, unsigned queue);
    /* Lets the device and the display make progress for at most limit_ns (0: only what is there,
     * without sleeping) and returns when a used ring may have moved, spuriously too.
     * VIT_E_TIMEOUT: limit_ns passed; VIT_E_GONE. */
    enum vit_status (*wait)(struct vit_transport *transport, uint64_t limit_ns);
    /* The level in force on an output, by name. VIT_E_ARG no such output or level;
     * VIT_E_UNSUPPORTED. */
    enum vit_status (*set_level)(struct vit_transport *transport, unsigned output,
            const char *level);
    /* The virtual monitor at an output: a command in words, as set_monitor of vitrine_host.h takes.
     * VIT_E_ARG no such output or command; VIT_E_UNSUPPORTED. */
    enum vit_status (*set_monitor)(struct vit_transport *transport, unsigned output,
            const char *command);
    /* The device touches the memory no more. */
    void (*destroy)(struct vit_transport *transport);
};

struct vit_transport {
    const struct vit_transport_impl *impl;
    /* Told by the device at opening. */
    uint64_t features;           /* offered */
    uint32_t capset_count;       /* of struct virtio_gpu_config */
    struct vit_display *display; /* far end of the display socket, owned by the transport */
    /* How long the display's stream is silent when nothing more is on its way; 0: it is fed before
     * a kick returns. */
    uint64_t display_rest_ns;
};

static inline void vit_transport_destroy(struct vit_transport *transport)
{
    if (transport != NULL) {
        transport->impl->destroy(transport);
    }
}
VIT_DEFINE_AUTO(transport, struct vit_transport *, vit_transport_destroy)

#endif
