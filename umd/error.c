/* SPDX-License-Identifier: MIT */
#include "umd/error.h"

#include "umd/device.h"

HRESULT umd_hresult(enum vit_status status)
{
    switch (status) {
    case VIT_OK:
        return S_OK;
    case VIT_E_ARG:
    case VIT_E_STATE:
    case VIT_E_REFUSED:
        return E_INVALIDARG;
    case VIT_E_NOMEM:
    case VIT_E_LIMIT:
        return E_OUTOFMEMORY;
    case VIT_E_UNSUPPORTED:
        return E_NOTIMPL;
    case VIT_E_DENIED:
        return E_ACCESSDENIED;
    case VIT_E_BUSY:
        return D3DDDIERR_WASSTILLDRAWING;
    case VIT_E_TIMEOUT:
    case VIT_E_GONE:
    case VIT_E_PROTOCOL:
        return D3DDDIERR_DEVICEREMOVED;
    default:
        return E_FAIL;
    }
}

enum vit_status umd_status(HRESULT hr)
{
    if (SUCCEEDED(hr)) {
        return VIT_OK;
    }
    switch (hr) {
    case E_OUTOFMEMORY:
    case D3DDDIERR_OUTOFVIDEOMEMORY:
        return VIT_E_NOMEM;
    case E_INVALIDARG:
        return VIT_E_ARG;
    case E_NOTIMPL:
    case D3DDDIERR_NOTAVAILABLE:
    case DXGI_DDI_ERR_UNSUPPORTED:
    case ERROR_GRAPHICS_DRIVER_MISMATCH: /* a block that this kernel driver does not know */
        return VIT_E_UNSUPPORTED;
    case E_ACCESSDENIED:
        return VIT_E_DENIED;
    case D3DDDIERR_WASSTILLDRAWING:
        return VIT_E_BUSY;
    default:
        return VIT_E_GONE;
    }
}

enum vit_status umd_kernel_failure(enum vit_status status)
{
    return status == VIT_OK || status == VIT_E_NOMEM ? status : VIT_E_GONE;
}

static HRESULT error_code(enum vit_status status)
{
    switch (status) {
    case VIT_E_ARG:
    case VIT_E_STATE:
    case VIT_E_UNSUPPORTED:
    case VIT_E_REFUSED:
    case VIT_E_DENIED:
        return D3DDDIERR_APPLICATIONERROR;
    case VIT_E_BUSY:
        return DXGI_DDI_ERR_WASSTILLDRAWING;
    default:
        return D3DDDIERR_DEVICEREMOVED;
    }
}

void umd_report_code(const struct umd_device *device, HRESULT hr)
{
    device->core_callbacks->pfnSetErrorCb(device->core_layer, hr);
}

void umd_report(const struct umd_device *device, enum vit_status status)
{
    if (status != VIT_OK) {
        umd_report_code(device, error_code(status));
    }
}

void umd_report_memory(const struct umd_device *device, enum vit_status status)
{
    if (status == VIT_E_NOMEM || status == VIT_E_LIMIT) {
        umd_report_code(device, E_OUTOFMEMORY);
        return;
    }
    umd_report(device, status);
}
