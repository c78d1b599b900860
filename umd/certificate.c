/* SPDX-License-Identifier: MIT */
#include "umd/certificate.h"

#include <string.h>

#include "umd/device.h"
#include "umd/error.h"
#include "umd/output.h"

/* One chain serves sessions and channels. */
static bool is_offered(const D3D11_1DDI_CERTIFICATE_INFO *info)
{
    switch (info->CertificateType) {
    case D3D11_1DDI_CERTIFICATE_TYPE_CRYPTO_SESSION:
        return IsEqualGUID(&info->CryptoSessionType, &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR);
    case D3D11_1DDI_CERTIFICATE_TYPE_AUTHENTICATED_CHANNEL:
        return info->ChannelType == D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_SOFTWARE ||
                info->ChannelType == D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE;
    default:
        return false;
    }
}

/* 0: none of that kind. */
static UINT chain_len(const struct umd_device *device, const D3D11_1DDI_CERTIFICATE_INFO *info)
{
    const struct umd_custody *custody = &device->adapter->custody;
    return custody->usable && is_offered(info) ? custody->chain_len : 0;
}

VOID APIENTRY umd_get_certificate_size(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDI_CERTIFICATE_INFO *info, UINT *size)
{
    const struct umd_device *device = umd_device_get(hDevice);
    if (size != NULL) {
        *size = 0;
    }
    if (device == NULL) {
        return;
    }
    if (info == NULL || size == NULL) {
        umd_report(device, VIT_E_ARG);
        return;
    }
    *size = chain_len(device, info);
}

static enum vit_status copy_chain(const struct umd_device *device,
        const D3D11_1DDI_CERTIFICATE_INFO *info, UINT size, BYTE *certificate)
{
    UINT len = info != NULL ? chain_len(device, info) : 0;
    if (certificate == NULL || len == 0 || size < len) {
        return VIT_E_ARG;
    }
    memcpy(certificate, device->adapter->custody.chain, len);
    return VIT_OK;
}

VOID APIENTRY umd_get_certificate(D3D10DDI_HDEVICE hDevice, const D3D11_1DDI_CERTIFICATE_INFO *info,
        UINT size, BYTE *certificate)
{
    const struct umd_device *device = umd_device_get(hDevice);
    umd_zero_output(certificate, size, 0);
    if (device != NULL) {
        umd_report(device, copy_chain(device, info, size, certificate));
    }
}
