/* SPDX-License-Identifier: MIT */
#ifndef KMD_STUB_ESCAPE_H
#define KMD_STUB_ESCAPE_H

#include "include/d3dumddi.h"

/* One DIRECT message, done behind all that the device submitted before; the block carries the
 * device's status and reply. S_OK says only that there is an answer. */
HRESULT vit_kmd_escape(HANDLE hAdapter, const D3DDDICB_ESCAPE *data);

#endif
