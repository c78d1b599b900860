/* SPDX-License-Identifier: MIT */
/**
 * Entries outside the scope of the driver: nothing is drawn, decoded or processed here. A function
 * with a result says E_NOTIMPL. One without zeroes its outputs; one that creates an object reports
 * E_OUTOFMEMORY, the error that the runtime allows there; the others have nothing that they may
 * report and do nothing.
 */
#ifndef UMD_UNSUPPORTED_H
#define UMD_UNSUPPORTED_H

#include "d3d10umddi.h"
#include "dxgiddi.h"

/* Empty are only the slots that umd/tables.c fills with something that works. */
extern const D3D11_1DDI_DEVICEFUNCS umd_unsupported_device;
extern const D3D11_1DDI_VIDEODEVICEFUNCS umd_unsupported_video;
extern const DXGI1_2_DDI_BASE_FUNCTIONS umd_unsupported_dxgi;

/* No such object: reports E_OUTOFMEMORY. */
void umd_refuse_object(D3D10DDI_HDEVICE hDevice);

#endif
