/* SPDX-License-Identifier: MIT */
/**
 * Things by the guest's 32-bit ids, which are its own choice and mostly small and ascending. Sorted;
 * borrows what it holds. One thread at a time.
 */
#ifndef VGPU_TABLE_H
#define VGPU_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct vgpu_table {
    struct vgpu_table_entry {
        uint32_t id;
        void *value;
    } *entries;
    size_t count, capacity;
    size_t limit;
};

void vgpu_table_init(struct vgpu_table *table, size_t limit);
void vgpu_table_finish(struct vgpu_table *table);

/* @return VIT_E_STATE the id is in use, VIT_E_LIMIT, VIT_E_NOMEM */
VIT_RESULT vgpu_table_add(struct vgpu_table *table, uint32_t id, void *value);
/* NULL: no such id. */
void *vgpu_table_get(const struct vgpu_table *table, uint32_t id);
void *vgpu_table_remove(struct vgpu_table *table, uint32_t id);

#endif
