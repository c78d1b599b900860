/* SPDX-License-Identifier: MIT */
/**
 * The way from the kernel driver to a device. Submissions are handed in, polled for and waited for
 * with a limit; nothing here is a call that waits for an answer by itself.
 *
 * One thread at a time (the adapter's lock). Completion is the device's reply in the context's
 * reply resource, whose bytes the link maps.
 */
#ifndef KMD_STUB_LINK_H
#define KMD_STUB_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "wire/kmd.h"
#include "wire/surface.h"

struct vit_link;

/* What a resource has on our side. */
struct vit_link_resource {
    uint32_t id;   /* the device's */
    void *mapping; /* guest-backed bytes; NULL for a protected one */
    uint64_t size;
    uint64_t cookie; /* the link's own */
};

struct vit_link_impl {
    const char *name;
    enum vit_status (*create_context)(struct vit_link *link, uint32_t *context);
    void (*destroy_context)(struct vit_link *link, uint32_t context);
    /* Creates, backs and attaches to the context. */
    enum vit_status (*create_resource)(struct vit_link *link, uint32_t context,
            const struct vit_allocation_block *block, struct vit_link_resource *resource);
    void (*destroy_resource)(struct vit_link *link, uint32_t context,
            struct vit_link_resource *resource);
    /* Queues one submission (envelope and messages, copied). VIT_E_BUSY: too many in flight, wait
     * for one; VIT_E_GONE: the device is lost. */
    enum vit_status (*submit)(struct vit_link *link, uint32_t context, const void *bytes,
            size_t len);
    /* Shows a primary's rows on an output; queued behind what was submitted. */
    enum vit_status (*present)(struct vit_link *link, uint32_t context, uint32_t output,
            const struct vit_link_resource *resource, const struct vit_surface *surface);
    /* Lets the device make progress for at most limit_ns (0: only what is there) and returns when
     * anything completed. VIT_E_TIMEOUT, VIT_E_GONE. */
    enum vit_status (*wait)(struct vit_link *link, uint64_t limit_ns);
    void (*destroy)(struct vit_link *link);
};

struct vit_link {
    const struct vit_link_impl *impl;
    /* Told by the device at opening, borrowed from the link. */
    const uint8_t *capset;
    size_t capset_len;
    uint32_t in_flight_limit; /* submissions */
};

#endif
