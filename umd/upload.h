/* SPDX-License-Identifier: MIT */
/* Bytes of the application's memory into a resource: initial data and updates. */
#ifndef UMD_UPLOAD_H
#define UMD_UPLOAD_H

#include "d3d10umddi.h"
#include "umd/format.h"

struct umd_device;
struct umd_resource;

/**
 * Writes a region that fits, from rows of pitch bytes. A protected resource is written by the
 * device, and stays whose it is.
 *
 * @return VIT_E_STATE mapped; VIT_E_NOMEM; VIT_E_GONE
 */
VIT_RESULT umd_upload(struct umd_device *device, struct umd_resource *resource,
        const struct umd_region *region, const void *data, UINT pitch);

VOID APIENTRY umd_update_subresource(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hDstResource,
        UINT subresource, const D3D10_DDI_BOX *box, const VOID *data, UINT row_pitch,
        UINT depth_pitch, UINT copy_flags);

#endif
