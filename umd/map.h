/* SPDX-License-Identifier: MIT */
/* Maps of staging and dynamic resources, in all the slots that the runtime has for them. */
#ifndef UMD_MAP_H
#define UMD_MAP_H

#include "d3d10umddi.h"

VOID APIENTRY umd_map(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hResource, UINT subresource,
        D3D10_DDI_MAP map, UINT flags, D3D10DDI_MAPPED_SUBRESOURCE *mapped);
VOID APIENTRY umd_unmap(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hResource, UINT subresource);
BOOL APIENTRY umd_is_staging_busy(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hResource);

#endif
