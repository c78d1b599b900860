/* SPDX-License-Identifier: MIT */
/* A kernel resource: the allocations that a runtime's resource groups. */
#ifndef KMD_STUB_RESOURCE_H
#define KMD_STUB_RESOURCE_H

#include "kmd-stub/device.h"

struct vit_kmd_resource {
    HANDLE runtime; /* hResource */
    uint32_t handle;
    struct vit_kmd_allocation *allocations;
    struct vit_kmd_resource *next; /* of its bucket */
};

/* NULL: the runtime's resource has none. */
struct vit_kmd_resource *vit_kmd_resource_find(struct vit_kmd_device *device, HANDLE runtime);
VIT_RESULT vit_kmd_resource_create(struct vit_kmd_device *device, HANDLE runtime,
        struct vit_kmd_resource **resource);
/* Its allocations must be gone. */
void vit_kmd_resource_destroy(struct vit_kmd_device *device, struct vit_kmd_resource *resource);
/* All of a device. */
void vit_kmd_resources_destroy(struct vit_kmd_device *device);

#endif
