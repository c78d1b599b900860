/* SPDX-License-Identifier: MIT */
/* Completion events and progress; see struct vit_kmd_event in wire/kmd.h. */
#ifndef KMD_STUB_SYNC_H
#define KMD_STUB_SYNC_H

#include "include/d3dumddi.h"

HRESULT vit_kmd_signal2(HANDLE hDevice, const D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 *data);
/* S_OK whether or not anything completed: the events tell. */
HRESULT vit_kmd_wait2(HANDLE hDevice, const D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 *data);

#endif
