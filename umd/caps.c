/* SPDX-License-Identifier: MIT */
#include "umd/caps.h"

#include <string.h>

#include "umd/device.h"
#include "umd/error.h"

static const UINT64 versions_offered[] = { D3D11_1_DDI_SUPPORTED };

enum { VERSION_COUNT = sizeof(versions_offered) / sizeof(versions_offered[0]) };

HRESULT APIENTRY umd_get_supported_versions(D3D10DDI_HADAPTER hAdapter, UINT32 *count,
        UINT64 *versions)
{
    if (umd_adapter_get(hAdapter) == NULL || count == NULL) {
        return E_INVALIDARG;
    }
    if (versions != NULL && *count < VERSION_COUNT) {
        return E_OUTOFMEMORY;
    }
    if (versions != NULL) {
        memcpy(versions, versions_offered, sizeof(versions_offered));
    }
    *count = VERSION_COUNT;
    return S_OK;
}

/* All zero but for the pipeline: level 10_0, one thread, no command lists. */
static UINT first_word(D3D10_2DDICAPS_TYPE type)
{
    return type == D3D11DDICAPS_3DPIPELINESUPPORT ? 1u << D3D11DDI_3DPIPELINELEVEL_10_0 : 0;
}

HRESULT APIENTRY umd_get_caps(D3D10DDI_HADAPTER hAdapter, const D3D10_2DDIARG_GETCAPS *get)
{
    if (umd_adapter_get(hAdapter) == NULL || get == NULL || get->pData == NULL) {
        return E_INVALIDARG;
    }
    UINT word = first_word(get->Type);
    if (word != 0 && get->DataSize < sizeof(word)) {
        return E_INVALIDARG;
    }
    memset(get->pData, 0, get->DataSize);
    if (word != 0) {
        memcpy(get->pData, &word, sizeof(word));
    }
    return S_OK;
}

static bool is_published(DXGI_FORMAT format)
{
    return (unsigned)format <= DXGI_FORMAT_B4G4R4A4_UNORM;
}

/* The published bits tell of sampling, drawing, decoding and such, which are not offered; that
 * a resource of the format can be made has no bit. */
VOID APIENTRY umd_check_format_support(D3D10DDI_HDEVICE hDevice, DXGI_FORMAT format, UINT *caps)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (caps != NULL) {
        *caps = 0;
    }
    if (device == NULL) {
        return;
    }
    if (caps == NULL) {
        umd_report_code(device, E_INVALIDARG);
    } else if (!is_published(format)) {
        umd_report_code(device, E_FAIL);
    }
}

VOID APIENTRY umd_check_multisample_levels(D3D10DDI_HDEVICE hDevice, DXGI_FORMAT format,
        UINT samples, UINT *levels)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (levels != NULL) {
        *levels = samples == 1 && is_published(format) ? 1 : 0;
    } else if (device != NULL) {
        umd_report_code(device, E_INVALIDARG);
    }
}

enum {
    PROTECTION_CAPS = D3D11_1DDI_CONTENT_PROTECTION_CAPS_HARDWARE |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_PROTECTION_ALWAYS_ON |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_PARTIAL_DECRYPTION |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_CONTENT_KEY |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_FRESHEN_SESSION_KEY |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_ENCRYPTED_READ_BACK |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_ENCRYPTED_READ_BACK_KEY |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_DECRYPTION_BLT |
            D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_PROTECT_UNCOMPRESSED,
};

/* Without a decoder there is no profile but none at all. */
static bool is_offered(const GUID *crypto_type, const GUID *decode_profile)
{
    bool type_fits = IsEqualGUID(crypto_type, &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR) ||
            IsEqualGUID(crypto_type, &GUID_NULL);
    return type_fits && (decode_profile == NULL || IsEqualGUID(decode_profile, &GUID_NULL));
}

HRESULT APIENTRY umd_get_protection_caps(D3D10DDI_HDEVICE hDevice, const GUID *crypto_type,
        const GUID *decode_profile, D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS *caps)
{
    const struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL || crypto_type == NULL || caps == NULL) {
        return E_INVALIDARG;
    }
    if (!is_offered(crypto_type, decode_profile)) {
        return D3DDDIERR_UNSUPPORTEDCRYPTO;
    }
    memset(caps, 0, sizeof(*caps));
    if (device->adapter->custody.usable) {
        caps->Caps = PROTECTION_CAPS;
        caps->KeyExchangeTypeCount = 1;
        caps->BlockAlignmentSize = 1;
        caps->ProtectedMemorySize = device->adapter->byte_limit;
    }
    return S_OK;
}

HRESULT APIENTRY umd_get_key_exchange_type(D3D10DDI_HDEVICE hDevice, const GUID *crypto_type,
        const GUID *decode_profile, UINT index, GUID *key_exchange_type)
{
    const struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL || crypto_type == NULL || key_exchange_type == NULL) {
        return E_INVALIDARG;
    }
    if (!is_offered(crypto_type, decode_profile) || !device->adapter->custody.usable) {
        return D3DDDIERR_UNSUPPORTEDCRYPTO;
    }
    if (index != 0) {
        return E_INVALIDARG;
    }
    *key_exchange_type = D3D11_1DDI_KEY_EXCHANGE_RSAES_OAEP;
    return S_OK;
}
