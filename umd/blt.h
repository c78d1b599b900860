/* SPDX-License-Identifier: MIT */
/**
 * Encrypted content in and out of protected memory. Both work on whole surfaces.
 *
 * DecryptionBlt is queued: length is the destination's size, and the source holds at least as much;
 * a destination that is a buffer takes what the source has, if that is less. EncryptionBlt waits
 * for the device, because it returns the IV; its destination holds at least the source's size.
 */
#ifndef UMD_BLT_H
#define UMD_BLT_H

#include "d3d10umddi.h"

VOID APIENTRY umd_decryption_blt(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HCRYPTOSESSION hCryptoSession,
        D3D10DDI_HRESOURCE hSrcResource, D3D10DDI_HRESOURCE hDstResource,
        const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *block_info, UINT content_key_size,
        const VOID *content_key, UINT iv_size, const VOID *iv);
VOID APIENTRY umd_encryption_blt(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HCRYPTOSESSION hCryptoSession,
        D3D10DDI_HRESOURCE hSrcResource, D3D10DDI_HRESOURCE hDstResource, UINT iv_size,
        const VOID *iv);

#endif
