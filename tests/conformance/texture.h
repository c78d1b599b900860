/* SPDX-License-Identifier: MIT */
/* Resources that the runtime's helper does not make, in memory of the rig. */
#ifndef TESTS_CONFORMANCE_TEXTURE_H
#define TESTS_CONFORMANCE_TEXTURE_H

#include "tests/conformance/rig.h"

struct texture {
    UINT usage, bind, access;
    DXGI_FORMAT format; /* UNKNOWN: a buffer of width bytes */
    UINT width, height;
    const void *data; /* initial, or NULL */
    UINT pitch;
};

/* Asserts that it is made. The handle lives as long as the rig; DestroyResource is the test's. */
D3D10DDI_HRESOURCE texture_create(struct rig *rig, const struct texture *texture);
void texture_destroy(struct rig *rig, D3D10DDI_HRESOURCE resource);

/* A staging texture or buffer, to read and write. */
D3D10DDI_HRESOURCE texture_staging(struct rig *rig, DXGI_FORMAT format, UINT width, UINT height);

/* Maps by the staging slot; asserts that it works. */
D3D10DDI_MAPPED_SUBRESOURCE texture_map(struct rig *rig, D3D10DDI_HRESOURCE resource,
        D3D10_DDI_MAP how);
void texture_unmap(struct rig *rig, D3D10DDI_HRESOURCE resource);

#endif
