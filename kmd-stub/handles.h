/* SPDX-License-Identifier: MIT */
/**
 * Table of the 32-bit handles that leave the kernel driver: generation in the high half, slot in
 * the low; 0 is never valid, a stale handle or one of another type is never found. Borrows what it
 * holds. One thread at a time.
 */
#ifndef KMD_STUB_HANDLES_H
#define KMD_STUB_HANDLES_H

#include <stdint.h>

#include "base/status.h"

enum vit_handle_type { VIT_HANDLE_ALLOCATION = 1, VIT_HANDLE_RESOURCE, VIT_HANDLE_CONTEXT };

enum { VIT_HANDLES_MAX = 65536 };

struct vit_handles {
    struct vit_handles_slot *slots;
    uint32_t capacity;
    uint32_t free_head; /* index + 1; 0: none */
};

void vit_handles_finish(struct vit_handles *handles);

/* @return VIT_E_LIMIT VIT_HANDLES_MAX live, VIT_E_NOMEM */
VIT_RESULT vit_handles_add(struct vit_handles *handles, enum vit_handle_type type, void *value,
        uint32_t *handle);
/* NULL for a handle that is not live or not of this type. */
void *vit_handles_get(const struct vit_handles *handles, enum vit_handle_type type,
        uint32_t handle);
/* The handle must be live. */
void vit_handles_remove(struct vit_handles *handles, uint32_t handle);

#endif
