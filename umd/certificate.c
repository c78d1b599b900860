/* SPDX-License-Identifier: MIT */
#include "umd/certificate.h"

#include <string.h>

#include "umd/device.h"
#include "umd/error.h"
#include "umd/output.h"

/* 0: none of that kind. */
static UINT chain_len(const struct umd_device *device, const D3D11_1DDI_CERTIFICATE_INFO *info)
{
    if (!device->adapter->custody.usable ||
            info->CertificateType != D3D11_1DDI_CERTIFICATE_TYPE_CRYPTO_SESSION ||
            !IsEqualGUID(&info->CryptoSessionType, &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR)) {
        return 0;
    }
    return device->adapter->custody.chain_len;
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
