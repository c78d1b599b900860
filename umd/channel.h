/* SPDX-License-Identifier: MIT */
/**
 * Authenticated channels: created, keyed, queried and commanded on the device, which holds the key
 * and composes every answer. The driver carries the structures.
 */
#ifndef UMD_CHANNEL_H
#define UMD_CHANNEL_H

#include "d3d10umddi.h"
#include "umd/object.h"

struct umd_channel {
    struct umd_object object;
    uint64_t handle; /* hChannel, and its name on the device */
};

SIZE_T APIENTRY umd_calc_channel_size(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL *create);
HRESULT APIENTRY umd_create_channel(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL *create, D3D11_1DDI_HAUTHCHANNEL hAuthChannel,
        D3D11_1DDI_HRTAUTHCHANNEL hRTAuthChannel);
VOID APIENTRY umd_destroy_channel(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HAUTHCHANNEL hAuthChannel);
HRESULT APIENTRY umd_negotiate_channel(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HAUTHCHANNEL hAuthChannel, UINT data_size, VOID *data);
HRESULT APIENTRY umd_query_channel(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HAUTHCHANNEL hAuthChannel,
        UINT input_size, const VOID *input, UINT output_size, VOID *output);
HRESULT APIENTRY umd_configure_channel(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HAUTHCHANNEL hAuthChannel, UINT input_size, const VOID *input,
        D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT *output);

#endif
