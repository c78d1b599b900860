/* SPDX-License-Identifier: MIT */
/* The callback tables that a runtime hands to the user-mode driver; no entry is NULL. */
#ifndef KMD_STUB_TABLES_H
#define KMD_STUB_TABLES_H

#include "include/d3dumddi.h"
#include "include/dxgiddi.h"

extern const D3DDDI_ADAPTERCALLBACKS vit_kmd_adapter_callbacks;
extern const D3DDDI_DEVICECALLBACKS vit_kmd_device_callbacks;
extern const DXGI_DDI_BASE_CALLBACKS vit_kmd_dxgi_callbacks;

#endif
