/* SPDX-License-Identifier: MIT */
/* DXGI entries: present, blt with conversion and scaling, rotation of a swap chain. */
#ifndef UMD_DXGI_H
#define UMD_DXGI_H

#include "dxgiddi.h"

HRESULT APIENTRY umd_dxgi_present(DXGI_DDI_ARG_PRESENT *present);
HRESULT APIENTRY umd_dxgi_rotate(DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES *rotate);
HRESULT APIENTRY umd_dxgi_blt(DXGI_DDI_ARG_BLT *blt);
HRESULT APIENTRY umd_dxgi_blt1(DXGI_DDI_ARG_BLT1 *blt);

#endif
