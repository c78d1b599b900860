/* SPDX-License-Identifier: MIT */
/**
 * A resource: a number of bytes that commands name by the guest's 32-bit id.
 *
 *   buffer     guest-backed bytes, or a picture in them; the engine reads and writes the guest's
 *              pages in place
 *   image      2D resource: the device's own picture, filled by transfers from its backing; the
 *              engine sees its backing
 *   rendered   the renderer's picture or buffer, filled by command streams and transfers; the engine
 *              does not see it
 *   protected  the device's own memory, never backed, never transferred; carries a label
 *
 * The owner thread creates, changes and releases resources; a worker touches bytes only, holding
 * lock, and looks at gone first. A protected resource belongs to the first context that attached
 * it; attaching gives no other context any right.
 */
#ifndef VGPU_RESOURCE_H
#define VGPU_RESOURCE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "wire/surface.h"

enum vgpu_resource_kind {
    VGPU_RESOURCE_BUFFER,
    VGPU_RESOURCE_IMAGE,
    VGPU_RESOURCE_RENDERED,
    VGPU_RESOURCE_PROTECTED
};

/* The session that filled a protected resource; session 0: nobody's. */
struct vgpu_label {
    uint32_t context;
    uint64_t session; /* slot and generation, never reused */
};

/* No context has this id: what its owner gave up is nobody's for ever. */
#define VGPU_OWNER_NONE UINT32_MAX

struct vgpu_resource {
    uint32_t id;
    unsigned references; /* owner thread only: the table, contexts, jobs, scanouts */
    enum vgpu_resource_kind kind;
    bool rendered; /* the renderer knows it: vgpu/rendered.h */
    struct vit_surface surface;
    pthread_mutex_t lock; /* bytes, backing, gone */
    atomic_bool wanted;   /* the owner waits for lock: no worker takes it before it did */
    bool gone;            /* unreferenced by the guest: no more bytes */

    struct iovec *backing;    /* guest pages; NULL: none attached */
    uint64_t *backing_starts; /* where each piece begins */
    size_t backing_count;
    uint64_t backing_len;

    uint64_t rendered_bytes; /* that it takes in the renderer, at most */

    uint8_t *storage; /* image, protected: the device's own bytes */
    uint64_t storage_len;

    /* Context id. Protected: 0: not attached yet; VGPU_OWNER_NONE: given up. Rendered: against whose
     * limit its bytes count; 0: nobody's. */
    uint32_t owner;
    struct vgpu_label label;
    struct vgpu_resource *label_next, **label_link; /* list of the label's session: vgpu/label.h */
    bool needs_hdcp;                                /* protected: level that its session requires */
};

VIT_RESULT vgpu_resource_create(uint32_t id, enum vgpu_resource_kind kind,
        const struct vit_surface *surface, struct vgpu_resource **resource);
struct vgpu_resource *vgpu_resource_ref(struct vgpu_resource *resource);
/* Frees with the last reference; protected storage is wiped and unlabelled first. NULL is fine. */
void vgpu_resource_unref(struct vgpu_resource *resource);

/* The owner's way to lock: waits for the step that runs and for no other, since a mutex alone would
 * let a worker take it again and again. */
void vgpu_resource_lock(struct vgpu_resource *resource);
void vgpu_resource_unlock(struct vgpu_resource *resource);

/* Takes lock while it changes: a running step ends first, later steps see it. */
VIT_RESULT vgpu_resource_attach_backing(struct vgpu_resource *resource, struct iovec *backing,
        size_t count); /* takes ownership of backing on VIT_OK */
void vgpu_resource_detach_backing(struct vgpu_resource *resource);
void vgpu_resource_set_gone(struct vgpu_resource *resource);
/* Zeroes protected storage and clears its label by vgpu_label_clear(). */
void vgpu_resource_wipe(struct vgpu_resource *resource);

/**
 * The bytes of [offset, offset + len) that the engine may see, piece by piece: the contiguous piece
 * at offset, at most len bytes long. Call with lock held.
 *
 * @return NULL gone, no backing, or outside
 */
uint8_t *vgpu_resource_piece(const struct vgpu_resource *resource, uint64_t offset, uint64_t len,
        uint64_t *piece_len);
/* Is all of [offset, offset + len) there? Call with lock held. */
bool vgpu_resource_covers(const struct vgpu_resource *resource, uint64_t offset, uint64_t len);
/* Pieces of the backing in which [offset, offset + len), len not 0, lies. Call with lock held, or as
 * owner. */
uint64_t vgpu_resource_piece_count(const struct vgpu_resource *resource, uint64_t offset,
        uint64_t len);

#endif
