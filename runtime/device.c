/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "runtime/ddi.h"

static void APIENTRY set_error(D3D10DDI_HRTCORELAYER core_layer, HRESULT hr)
{
    struct vit_device *device = core_layer.handle;
    if (device->error_count++ == 0) {
        device->error = hr;
    }
}

static void APIENTRY amortized_processing(D3D10DDI_HRTCORELAYER core_layer)
{
    struct vit_device *device = core_layer.handle;
    device->amortized_count++;
}

static const D3D11DDI_CORELAYER_DEVICECALLBACKS core_callbacks = {
    .pfnSetErrorCb = set_error,
    .pfnPerformAmortizedProcessingCb = amortized_processing,
};

static HRESULT create(struct vit_device *device, PFND3D10DDI_RETRIEVESUBOBJECT *retrieve)
{
    const struct vitrine_host_tables *host = vit_adapter_host(device->adapter);
    const D3D10_2DDI_ADAPTERFUNCS *adapter = vit_adapter_funcs(device->adapter);
    D3D10DDI_HADAPTER handle = vit_adapter_handle(device->adapter);
    D3D10DDIARG_CALCPRIVATEDEVICESIZE size_data = {
        .Interface = D3D11_1_DDI_INTERFACE_VERSION,
    };
    SIZE_T size = adapter->pfnCalcPrivateDeviceSize(handle, &size_data);
    void *memory = size == (SIZE_T)-1 ? NULL : calloc(1, size);
    if (memory == NULL) {
        return E_OUTOFMEMORY;
    }
    D3D10DDIARG_CREATEDEVICE data = {
        .hRTDevice = { device->hRTDevice },
        .Interface = D3D11_1_DDI_INTERFACE_VERSION,
        .pKTCallbacks = host->device_callbacks,
        .p11_1DeviceFuncs = &device->funcs,
        .hDrvDevice = { memory },
        .DXGIBaseDDI = { .pDXGIBaseCallbacks =
                                 (DXGI_DDI_BASE_CALLBACKS *)(uintptr_t)host->dxgi_callbacks,
                .pDXGIDDIBaseFunctions3 = &device->dxgi },
        .hRTCoreLayer = { device },
        .p11UMCallbacks = &core_callbacks,
        .ppfnRetrieveSubObject = retrieve,
    };
    HRESULT hr = adapter->pfnCreateDevice(handle, &data);
    if (FAILED(hr)) {
        free(memory);
        return hr;
    }
    device->handle.pDrvPrivate = memory;
    return S_OK;
}

static HRESULT retrieve_video(struct vit_device *device, PFND3D10DDI_RETRIEVESUBOBJECT retrieve)
{
    D3D11_1DDI_VIDEO_INPUT input = { .Relocate = FALSE, .p11VideoDeviceFuncs = &device->video };
    D3D11_1DDI_VIDEO_OUTPUT output = { 0 };
    return retrieve(device->handle, D3D11_1DDI_VIDEO_FUNCTIONS, sizeof(input), &input,
            sizeof(output), &output);
}

HRESULT vit_device_open(struct vit_adapter *adapter, struct vit_device **device)
{
    VIT_AUTO(device) created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return E_OUTOFMEMORY;
    }
    created->adapter = adapter;
    const struct vitrine_host_tables *host = vit_adapter_host(adapter);
    HRESULT hr = host->create_device(host->host, &created->hRTDevice);
    if (FAILED(hr)) {
        return hr;
    }
    PFND3D10DDI_RETRIEVESUBOBJECT retrieve = NULL;
    hr = create(created, &retrieve);
    if (SUCCEEDED(hr)) {
        hr = retrieve_video(created, retrieve);
    }
    if (FAILED(hr)) {
        return hr;
    }
    *device = created;
    created = NULL;
    return S_OK;
}

void vit_device_close(struct vit_device *device)
{
    if (device == NULL) {
        return;
    }
    const struct vitrine_host_tables *host = vit_adapter_host(device->adapter);
    if (device->handle.pDrvPrivate != NULL) {
        device->funcs.pfnDestroyDevice(device->handle);
        free(device->handle.pDrvPrivate);
    }
    if (device->hRTDevice != NULL) {
        host->destroy_device(host->host, device->hRTDevice);
    }
    free(device);
}

HRESULT vit_device_take_error(struct vit_device *device)
{
    HRESULT hr = device->error_count != 0 ? device->error : S_OK;
    device->error = S_OK;
    device->error_count = 0;
    return hr;
}
