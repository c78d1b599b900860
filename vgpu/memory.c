/* SPDX-License-Identifier: MIT */
#include "vgpu/memory.h"

#include <string.h>

static bool region_valid(const struct vgpu_region *region)
{
    uint64_t mapping = (uint64_t)(uintptr_t)region->mapping;
    return region->mapping != NULL && region->size > 0 &&
            region->size <= UINT64_MAX - region->guest_address &&
            region->size <= UINT64_MAX - region->user_address &&
            region->size <= UINTPTR_MAX - mapping;
}

static bool ranges_overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
    return a < b + b_len && b < a + a_len;
}

static bool regions_overlap(const struct vgpu_region *a, const struct vgpu_region *b)
{
    return ranges_overlap(a->guest_address, a->size, b->guest_address, b->size) ||
            ranges_overlap(a->user_address, a->size, b->user_address, b->size);
}

enum vit_status vgpu_memory_set(struct vgpu_memory *memory, const struct vgpu_region *regions,
        size_t count)
{
    if (count > VGPU_MAX_REGIONS) {
        return VIT_E_ARG;
    }
    for (size_t i = 0; i < count; i++) {
        if (!region_valid(&regions[i])) {
            return VIT_E_ARG;
        }
        for (size_t j = 0; j < i; j++) {
            if (regions_overlap(&regions[i], &regions[j])) {
                return VIT_E_ARG;
            }
        }
    }
    if (count > 0) {
        memcpy(memory->regions, regions, count * sizeof(*regions));
    }
    memory->count = count;
    return VIT_OK;
}

static void *in_region(const struct vgpu_region *region, uint64_t start, uint64_t address,
        uint64_t len)
{
    if (address < start || address - start >= region->size ||
            len > region->size - (address - start)) {
        return NULL;
    }
    return (uint8_t *)region->mapping + (address - start);
}

void *vgpu_memory_guest(const struct vgpu_memory *memory, uint64_t address, uint64_t len)
{
    void *found = NULL;
    for (size_t i = 0; len > 0 && found == NULL && i < memory->count; i++) {
        const struct vgpu_region *region = &memory->regions[i];
        found = in_region(region, region->guest_address, address, len);
    }
    return found;
}

void *vgpu_memory_user(const struct vgpu_memory *memory, uint64_t address, uint64_t len)
{
    void *found = NULL;
    for (size_t i = 0; len > 0 && found == NULL && i < memory->count; i++) {
        const struct vgpu_region *region = &memory->regions[i];
        found = in_region(region, region->user_address, address, len);
    }
    return found;
}
