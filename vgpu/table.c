/* SPDX-License-Identifier: MIT */
#include "vgpu/table.h"

#include <stdlib.h>
#include <string.h>

void vgpu_table_init(struct vgpu_table *table, size_t limit)
{
    *table = (struct vgpu_table){ .limit = limit };
}

void vgpu_table_finish(struct vgpu_table *table)
{
    free(table->entries);
    vgpu_table_init(table, table->limit);
}

/* Where id is, or belongs. */
static size_t place(const struct vgpu_table *table, uint32_t id)
{
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->entries[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static enum vit_status grow(struct vgpu_table *table)
{
    size_t capacity = table->capacity == 0 ? 16 : table->capacity * 2;
    struct vgpu_table_entry *entries = realloc(table->entries, capacity * sizeof(*table->entries));
    if (entries == NULL) {
        return VIT_E_NOMEM;
    }
    table->entries = entries;
    table->capacity = capacity;
    return VIT_OK;
}

enum vit_status vgpu_table_add(struct vgpu_table *table, uint32_t id, void *value)
{
    if (vgpu_table_get(table, id) != NULL) {
        return VIT_E_STATE;
    }
    if (table->count >= table->limit) {
        return VIT_E_LIMIT;
    }
    if (table->count == table->capacity) {
        VIT_TRY(grow(table));
    }
    size_t at = place(table, id);
    memmove(&table->entries[at + 1], &table->entries[at],
            (table->count - at) * sizeof(*table->entries));
    table->entries[at] = (struct vgpu_table_entry){ id, value };
    table->count++;
    return VIT_OK;
}

void *vgpu_table_get(const struct vgpu_table *table, uint32_t id)
{
    size_t at = place(table, id);
    return at < table->count && table->entries[at].id == id ? table->entries[at].value : NULL;
}

void *vgpu_table_remove(struct vgpu_table *table, uint32_t id)
{
    void *value = vgpu_table_get(table, id);
    if (value == NULL) {
        return NULL;
    }
    size_t at = place(table, id);
    table->count--;
    memmove(&table->entries[at], &table->entries[at + 1],
            (table->count - at) * sizeof(*table->entries));
    return value;
}
