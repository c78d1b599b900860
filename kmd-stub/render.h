/* SPDX-License-Identifier: MIT */
#ifndef KMD_STUB_RENDER_H
#define KMD_STUB_RENDER_H

#include "include/d3dumddi.h"

/* The command buffer is the caller's again at return: it was copied. On failure the out members
 * stay as they were. */
HRESULT vit_kmd_render(HANDLE hDevice, D3DDDICB_RENDER *data);

#endif
