/* SPDX-License-Identifier: MIT */
/** The guest memory table: the only way from an address of the guest to a pointer. */
#ifndef VGPU_MEMORY_H
#define VGPU_MEMORY_H

#include "vgpu/device.h"

struct vgpu_memory {
    struct vgpu_region regions[VGPU_MAX_REGIONS];
    size_t count;
};

/* @return VIT_E_ARG overlap, overflow, no mapping, too many; the table is unchanged then */
VIT_RESULT vgpu_memory_set(struct vgpu_memory *memory, const struct vgpu_region *regions,
        size_t count);
/* NULL unless all of [address, address + len) lies in one region and len is not 0. */
void *vgpu_memory_guest(const struct vgpu_memory *memory, uint64_t address, uint64_t len);
void *vgpu_memory_user(const struct vgpu_memory *memory, uint64_t address, uint64_t len);

#endif
