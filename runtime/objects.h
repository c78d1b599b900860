/* SPDX-License-Identifier: MIT */
/* Shared by the files about objects of a device. */
#ifndef RUNTIME_OBJECTS_H
#define RUNTIME_OBJECTS_H

#include <stdlib.h>

#include "runtime/ddi.h"

/* Private memory as a driver asked for it; NULL: it refuses, or there is none. */
static inline void *vit_private_memory(SIZE_T size)
{
    return size == (SIZE_T)-1 ? NULL : calloc(1, size != 0 ? size : 1);
}

/* A chain, allocated. D3DDDIERR_UNSUPPORTEDCRYPTO: none of that kind. */
HRESULT vit_device_certificate(struct vit_device *device, const D3D11_1DDI_CERTIFICATE_INFO *info,
        uint8_t **chain, UINT *len);

#endif
