/* SPDX-License-Identifier: MIT */
/* Session key refresh and the read-back key. */
#ifndef UMD_REFRESH_H
#define UMD_REFRESH_H

#include "d3d10umddi.h"

VOID APIENTRY umd_start_refresh(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HCRYPTOSESSION hCryptoSession,
        UINT random_size, VOID *random);
VOID APIENTRY umd_finish_refresh(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession);
VOID APIENTRY umd_get_readback_key(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, UINT key_size, VOID *readback_key);

#endif
