/* SPDX-License-Identifier: MIT */
#include "kmd-stub/resource.h"

#include <stdlib.h>

static struct vit_kmd_resource **bucket_of(struct vit_kmd_device *device, HANDLE runtime)
{
    uint64_t hash = (uint64_t)(uintptr_t)runtime * UINT64_C(0x9e3779b97f4a7c15);
    return &device->resources[(hash >> 32) % VIT_KMD_RESOURCE_BUCKETS];
}

struct vit_kmd_resource *vit_kmd_resource_find(struct vit_kmd_device *device, HANDLE runtime)
{
    struct vit_kmd_resource *resource = *bucket_of(device, runtime);
    while (resource != NULL && resource->runtime != runtime) {
        resource = resource->next;
    }
    return resource;
}

enum vit_status vit_kmd_resource_create(struct vit_kmd_device *device, HANDLE runtime,
        struct vit_kmd_resource **out)
{
    struct vit_kmd_resource *resource = calloc(1, sizeof(*resource));
    if (resource == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status = vit_handles_add(&device->adapter->handles, VIT_HANDLE_RESOURCE,
            resource, &resource->handle);
    if (status != VIT_OK) {
        free(resource);
        return status;
    }
    struct vit_kmd_resource **bucket = bucket_of(device, runtime);
    resource->runtime = runtime;
    resource->next = *bucket;
    *bucket = resource;
    *out = resource;
    return VIT_OK;
}

void vit_kmd_resource_destroy(struct vit_kmd_device *device, struct vit_kmd_resource *resource)
{
    struct vit_kmd_resource **at = bucket_of(device, resource->runtime);
    while (*at != resource) {
        at = &(*at)->next;
    }
    *at = resource->next;
    vit_handles_remove(&device->adapter->handles, resource->handle);
    free(resource);
}

void vit_kmd_resources_destroy(struct vit_kmd_device *device)
{
    for (unsigned i = 0; i < VIT_KMD_RESOURCE_BUCKETS; i++) {
        while (device->resources[i] != NULL) {
            vit_kmd_resource_destroy(device, device->resources[i]);
        }
    }
}
