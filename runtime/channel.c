/* SPDX-License-Identifier: MIT */
#include "runtime/objects.h"

HRESULT vit_device_certificate(struct vit_device *device, const D3D11_1DDI_CERTIFICATE_INFO *info,
        uint8_t **chain, UINT *len)
{
    UINT size = 0;
    device->video.pfnGetCertificateSize(device->handle, info, &size);
    uint8_t *bytes = size == 0 ? NULL : calloc(1, size);
    if (bytes == NULL) {
        return size == 0 ? D3DDDIERR_UNSUPPORTEDCRYPTO : E_OUTOFMEMORY;
    }
    device->video.pfnGetCertificate(device->handle, info, size, bytes);
    *chain = bytes;
    *len = size;
    return vit_device_take_error(device);
}

HRESULT vit_channel_certificate(struct vit_device *device,
        D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE type, uint8_t **chain, UINT *len)
{
    const D3D11_1DDI_CERTIFICATE_INFO info = {
        .CertificateType = D3D11_1DDI_CERTIFICATE_TYPE_AUTHENTICATED_CHANNEL,
        .ChannelType = type,
    };
    return vit_device_certificate(device, &info, chain, len);
}

HRESULT vit_channel_open(struct vit_device *device, D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE type,
        struct vit_channel_object **channel)
{
    D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL create = { .ChannelType = type };
    VIT_AUTO(channel_object) created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return E_OUTOFMEMORY;
    }
    created->device = device;
    void *memory =
            vit_private_memory(device->video.pfnCalcPrivateAuthenticatedChannelSize(device->handle,
                    &create));
    if (memory == NULL) {
        return E_OUTOFMEMORY;
    }
    HRESULT hr = device->video.pfnCreateAuthenticatedChannel(device->handle, &create,
            (D3D11_1DDI_HAUTHCHANNEL){ memory }, (D3D11_1DDI_HRTAUTHCHANNEL){ created });
    if (FAILED(hr)) {
        free(memory);
        return hr;
    }
    created->handle.pDrvPrivate = memory;
    created->hChannel = create.hChannel;
    *channel = created;
    created = NULL;
    return S_OK;
}

void vit_channel_close(struct vit_channel_object *channel)
{
    if (channel == NULL) {
        return;
    }
    if (channel->handle.pDrvPrivate != NULL) {
        channel->device->video.pfnDestroyAuthenticatedChannel(channel->device->handle,
                channel->handle);
        free(channel->handle.pDrvPrivate);
    }
    free(channel);
}
