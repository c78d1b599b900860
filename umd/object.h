/* SPDX-License-Identifier: MIT */
/**
 * What lies first in the private memory behind each driver handle: the kind of object and its
 * device. So a handle that is NULL, another device's, another kind's or destroyed is recognised, as
 * long as its memory is there.
 */
#ifndef UMD_OBJECT_H
#define UMD_OBJECT_H

#include <stddef.h>
#include <stdint.h>

struct umd_device;

enum umd_kind {
    UMD_KIND_NONE = 0, /* destroyed */
    UMD_KIND_ADAPTER = 0x41544956,
    UMD_KIND_DEVICE = 0x44544956,
    UMD_KIND_SESSION = 0x53544956,
    UMD_KIND_RESOURCE = 0x52544956,
    UMD_KIND_QUERY = 0x51544956,
    UMD_KIND_CHANNEL = 0x43544956,
};

struct umd_object {
    uint32_t kind;
    uint32_t zero;
    struct umd_device *device; /* of a device: itself */
};

/* @return memory when it holds an object of that kind and device, else NULL */
static inline void *umd_object_get(const struct umd_device *device, void *memory,
        enum umd_kind kind)
{
    const struct umd_object *object = memory;
    if (object == NULL || object->kind != kind || object->device != device) {
        return NULL;
    }
    return memory;
}

#endif
