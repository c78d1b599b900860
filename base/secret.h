/* SPDX-License-Identifier: MIT */
/**
 * A slab of secret pages: memfd_secret where the kernel offers it, else locked memory; never
 * dumped, never inherited by a child, wiped on free. Freed memory is reused by size class.
 *
 * Locked memory counts against RLIMIT_MEMLOCK (8 MiB as a rule), so a slab grows by chunks and
 * takes what it needs only. Safe for several threads.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

#include "base/cleanup.h"
#include "base/status.h"

struct vit_slab;

VIT_RESULT vit_slab_create(struct vit_slab **slab);
/* Everything must have been freed. Wipes. NULL is fine. */
void vit_slab_destroy(struct vit_slab *slab);

/* Zeroed, 16-byte aligned; NULL when no secret page can be had (also: memory lock limit). */
void *vit_slab_alloc(struct vit_slab *slab, size_t size);
/* Wipes. NULL is fine. size is the one of the allocation. */
void vit_slab_free(struct vit_slab *slab, void *memory, size_t size);

/* How the pages are kept: "memfd_secret" or "mlock". */
const char *vit_slab_kind(const struct vit_slab *slab);

/* Overwrites, not optimised away. */
void vit_wipe(void *memory, size_t size);

VIT_DEFINE_AUTO(slab, struct vit_slab *, vit_slab_destroy)

#endif
