/* SPDX-License-Identifier: MIT */
#ifndef KMD_STUB_PRESENT_H
#define KMD_STUB_PRESENT_H

#include "include/d3dumddi.h"
#include "include/dxgiddi.h"

/* Shows a primary on the output that it was allocated for, when all queued work on it is done. */
HRESULT vit_kmd_present(HANDLE hDevice, D3DDDICB_PRESENT *data);
HRESULT vit_kmd_present_dxgi(HANDLE hDevice, DXGIDDICB_PRESENT *data);

#endif
