/* SPDX-License-Identifier: MIT */
/**
 * A runtime device: one kernel context with its command stream, and what lives on it. One thread at
 * a time uses it (caps: not free-threaded), so it has no lock.
 */
#ifndef UMD_DEVICE_H
#define UMD_DEVICE_H

#include "d3d10umddi.h"
#include "d3dumddi.h"
#include "dxgiddi.h"
#include "umd/adapter.h"
#include "umd/commands.h"
#include "umd/key_page.h"
#include "umd/object.h"
#include "umd/query.h"

struct umd_resource;

struct umd_device {
    struct umd_object object;
    struct umd_adapter *adapter;
    HANDLE runtime; /* hRTDevice, for callbacks */
    /* The runtime's tables; it may change their entries, so they are not copied. */
    const D3DDDI_DEVICECALLBACKS *callbacks;
    const D3D11DDI_CORELAYER_DEVICECALLBACKS *core_callbacks;
    const DXGI_DDI_BASE_CALLBACKS *dxgi_callbacks;
    D3D10DDI_HRTCORELAYER core_layer;

    HANDLE context;
    struct umd_commands commands;
    struct umd_queries queries;
    struct umd_key_page key_page;
    struct umd_resource *protected_resources;
};

/* NULL for a handle that is no device. */
struct umd_device *umd_device_get(D3D10DDI_HDEVICE hDevice);

/* Lets the device make progress without waiting. @return VIT_E_GONE removed */
VIT_RESULT umd_device_poll(struct umd_device *device);

SIZE_T APIENTRY umd_calc_device_size(D3D10DDI_HADAPTER hAdapter,
        const D3D10DDIARG_CALCPRIVATEDEVICESIZE *arguments);
HRESULT APIENTRY umd_create_device(D3D10DDI_HADAPTER hAdapter, D3D10DDIARG_CREATEDEVICE *create);
VOID APIENTRY umd_destroy_device(D3D10DDI_HDEVICE hDevice);
BOOL APIENTRY umd_flush_device(D3D10DDI_HDEVICE hDevice, UINT flags);
HRESULT APIENTRY umd_retrieve_sub_object(D3D10DDI_HDEVICE hDevice, UINT32 id, SIZE_T param_size,
        VOID *params, SIZE_T output_size, VOID *output);

#endif
