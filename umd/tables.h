/* SPDX-License-Identifier: MIT */
/* The function tables, complete: what works over what does not. */
#ifndef UMD_TABLES_H
#define UMD_TABLES_H

#include "d3d10umddi.h"
#include "dxgiddi.h"

void umd_fill_device_table(D3D11_1DDI_DEVICEFUNCS *table);
void umd_fill_video_table(D3D11_1DDI_VIDEODEVICEFUNCS *table);
void umd_fill_dxgi_table(DXGI1_2_DDI_BASE_FUNCTIONS *table);

#endif
