/* SPDX-License-Identifier: MIT */
/* What the driver offers: interface versions, caps, formats, content protection. */
#ifndef UMD_CAPS_H
#define UMD_CAPS_H

#include "d3d10umddi.h"

HRESULT APIENTRY umd_get_supported_versions(D3D10DDI_HADAPTER hAdapter, UINT32 *count,
        UINT64 *versions);
HRESULT APIENTRY umd_get_caps(D3D10DDI_HADAPTER hAdapter, const D3D10_2DDIARG_GETCAPS *get);

VOID APIENTRY umd_check_format_support(D3D10DDI_HDEVICE hDevice, DXGI_FORMAT format, UINT *caps);
VOID APIENTRY umd_check_multisample_levels(D3D10DDI_HDEVICE hDevice, DXGI_FORMAT format,
        UINT samples, UINT *levels);

HRESULT APIENTRY umd_get_protection_caps(D3D10DDI_HDEVICE hDevice, const GUID *crypto_type,
        const GUID *decode_profile, D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS *caps);
HRESULT APIENTRY umd_get_key_exchange_type(D3D10DDI_HDEVICE hDevice, const GUID *crypto_type,
        const GUID *decode_profile, UINT index, GUID *key_exchange_type);

#endif
