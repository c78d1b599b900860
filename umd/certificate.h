/* SPDX-License-Identifier: MIT */
/* The device's certificate chain, DER, leaf first; the same for every session. */
#ifndef UMD_CERTIFICATE_H
#define UMD_CERTIFICATE_H

#include "d3d10umddi.h"

VOID APIENTRY umd_get_certificate_size(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDI_CERTIFICATE_INFO *info, UINT *size);
VOID APIENTRY umd_get_certificate(D3D10DDI_HDEVICE hDevice, const D3D11_1DDI_CERTIFICATE_INFO *info,
        UINT size, BYTE *certificate);

#endif
