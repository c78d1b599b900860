/* SPDX-License-Identifier: MIT */
#include "umd/device.h"

#include <string.h>

#include "umd/caps.h"
#include "umd/error.h"
#include "umd/tables.h"

struct umd_device *umd_device_get(D3D10DDI_HDEVICE hDevice)
{
    struct umd_device *device = hDevice.pDrvPrivate;
    return umd_object_get(device, device, UMD_KIND_DEVICE);
}

enum vit_status umd_device_poll(struct umd_device *device)
{
    D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 wait = { .hContext = device->context };
    HRESULT hr = device->callbacks->pfnWaitForSynchronizationObject2Cb(device->runtime, &wait);
    return hr == D3DDDIERR_DEVICEREMOVED ? VIT_E_GONE : VIT_OK;
}

SIZE_T APIENTRY umd_calc_device_size(D3D10DDI_HADAPTER hAdapter,
        const D3D10DDIARG_CALCPRIVATEDEVICESIZE *arguments)
{
    (void)hAdapter;
    (void)arguments;
    return sizeof(struct umd_device);
}

static bool callbacks_complete(const D3DDDI_DEVICECALLBACKS *callbacks)
{
    return callbacks != NULL && callbacks->pfnAllocateCb != NULL &&
            callbacks->pfnDeallocateCb != NULL && callbacks->pfnLockCb != NULL &&
            callbacks->pfnUnlockCb != NULL && callbacks->pfnEscapeCb != NULL &&
            callbacks->pfnRenderCb != NULL && callbacks->pfnCreateContextCb != NULL &&
            callbacks->pfnDestroyContextCb != NULL &&
            callbacks->pfnSignalSynchronizationObject2Cb != NULL &&
            callbacks->pfnWaitForSynchronizationObject2Cb != NULL;
}

static bool arguments_fit(const D3D10DDIARG_CREATEDEVICE *create)
{
    return create != NULL && create->Interface == D3D11_1_DDI_INTERFACE_VERSION &&
            callbacks_complete(create->pKTCallbacks) && create->p11_1DeviceFuncs != NULL &&
            create->hDrvDevice.pDrvPrivate != NULL && create->ppfnRetrieveSubObject != NULL &&
            create->p11UMCallbacks != NULL && create->p11UMCallbacks->pfnSetErrorCb != NULL;
}

static enum vit_status create_context(struct umd_device *device)
{
    D3DDDICB_CREATECONTEXT arguments = { .NodeOrdinal = 0 };
    VIT_TRY(umd_status(device->callbacks->pfnCreateContextCb(device->runtime, &arguments)));
    device->context = arguments.hContext;
    return umd_commands_init(&device->commands, &arguments);
}

static bool destroy_context(struct umd_device *device)
{
    if (device->context == NULL) {
        return true;
    }
    D3DDDICB_DESTROYCONTEXT arguments = { .hContext = device->context };
    return SUCCEEDED(device->callbacks->pfnDestroyContextCb(device->runtime, &arguments));
}

static void fill_tables(D3D10DDIARG_CREATEDEVICE *create)
{
    umd_fill_device_table(create->p11_1DeviceFuncs);
    if (create->DXGIBaseDDI.pDXGIDDIBaseFunctions3 != NULL) {
        umd_fill_dxgi_table(create->DXGIBaseDDI.pDXGIDDIBaseFunctions3);
    }
    *create->ppfnRetrieveSubObject = umd_retrieve_sub_object;
}

HRESULT APIENTRY umd_create_device(D3D10DDI_HADAPTER hAdapter, D3D10DDIARG_CREATEDEVICE *create)
{
    struct umd_adapter *adapter = umd_adapter_get(hAdapter);
    if (adapter == NULL || !arguments_fit(create)) {
        return E_INVALIDARG;
    }
    struct umd_device *device = create->hDrvDevice.pDrvPrivate;
    *device = (struct umd_device){
        .adapter = adapter,
        .runtime = create->hRTDevice.handle,
        .callbacks = create->pKTCallbacks,
        .core_callbacks = create->p11UMCallbacks,
        .dxgi_callbacks = create->DXGIBaseDDI.pDXGIBaseCallbacks,
        .core_layer = create->hRTCoreLayer,
    };
    enum vit_status status = create_context(device);
    if (status != VIT_OK) {
        (void)destroy_context(device);
        memset(device, 0, sizeof(*device));
        return umd_hresult(status);
    }
    device->object = (struct umd_object){ .kind = UMD_KIND_DEVICE, .device = device };
    fill_tables(create);
    return S_OK;
}

/* What the runtime should have destroyed before loses its device here and is refused from now on.
 * The kernel may set events until the context is gone, so they stay when it does not go; whatever
 * it says, the runtime destroys its device next. */
VOID APIENTRY umd_destroy_device(D3D10DDI_HDEVICE hDevice)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL) {
        return;
    }
    umd_drain(device);
    umd_key_page_close(device);
    if (destroy_context(device)) {
        umd_queries_finish(&device->queries);
    }
    umd_queries_leave(&device->queries, device->adapter);
    memset(device, 0, sizeof(*device));
}

static enum vit_status flush_device(struct umd_device *device, UINT flags)
{
    bool only_commands = (flags & D3D11_1DDI_FLUSH_UNLESS_NO_COMMANDS) != 0;
    return only_commands ? umd_flush(device) : umd_flush_always(device);
}

BOOL APIENTRY umd_flush_device(D3D10DDI_HDEVICE hDevice, UINT flags)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL) {
        return FALSE;
    }
    uint64_t batch = device->commands.batch;
    enum vit_status status = flush_device(device, flags);
    umd_report(device, status);
    return status == VIT_OK && device->commands.batch != batch;
}

/* The output is one reserved byte; the table is named by the input (docs/DDI.md). */
HRESULT APIENTRY umd_retrieve_sub_object(D3D10DDI_HDEVICE hDevice, UINT32 id, SIZE_T param_size,
        VOID *params, SIZE_T output_size, VOID *output)
{
    (void)output_size;
    (void)output;
    if (umd_device_get(hDevice) == NULL) {
        return E_INVALIDARG;
    }
    if (id != D3D11_1DDI_VIDEO_FUNCTIONS) {
        return E_NOTIMPL;
    }
    const D3D11_1DDI_VIDEO_INPUT *input = params;
    if (input == NULL || param_size < sizeof(*input) || input->p11VideoDeviceFuncs == NULL) {
        return E_INVALIDARG;
    }
    umd_fill_video_table(input->p11VideoDeviceFuncs);
    return S_OK;
}
