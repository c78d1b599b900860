/* SPDX-License-Identifier: MIT */
/**
 * Table of 64-bit ids: generation in the high half, slot in the low; 0 is never valid, a stale id
 * is never found again. The table borrows what it holds. One thread at a time.
 */
#ifndef BASE_IDS_H
#define BASE_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct vit_ids {
    struct vit_ids_slot *slots;
    uint32_t capacity;
    uint32_t free_head; /* index + 1; 0 = none */
    uint32_t limit;
    uint32_t count;
};

/* At most limit ids live at a time; memory grows with use. */
void vit_ids_init(struct vit_ids *ids, uint32_t limit);
/* Frees the table, not what it holds. */
void vit_ids_finish(struct vit_ids *ids);

/* @return VIT_E_LIMIT limit ids live, VIT_E_NOMEM */
VIT_RESULT vit_ids_add(struct vit_ids *ids, void *value, uint64_t *id);
/* NULL for an id that is not live. */
void *vit_ids_get(const struct vit_ids *ids, uint64_t id);
/* What the id held; NULL when it was not live. */
void *vit_ids_remove(struct vit_ids *ids, uint64_t id);

/* Walks what lives: the first live value at or after *cursor, which moves past it; NULL at the end. */
void *vit_ids_next(const struct vit_ids *ids, uint32_t *cursor, uint64_t *id);

#endif
