/* SPDX-License-Identifier: MIT */
#include "umd/adapter.h"

#include <stdlib.h>
#include <string.h>

#include "umd/caps.h"
#include "umd/device.h"
#include "umd/error.h"
#include "umd/query.h"

static void destroy_adapter(struct umd_adapter *adapter)
{
    umd_events_free(atomic_load(&adapter->events_left));
    umd_custody_finish(&adapter->custody);
    vit_slab_destroy(adapter->slab);
    memset(adapter, 0, sizeof(*adapter));
    free(adapter);
}

VIT_DEFINE_AUTO(adapter, struct umd_adapter *, destroy_adapter)

struct umd_adapter *umd_adapter_get(D3D10DDI_HADAPTER hAdapter)
{
    struct umd_adapter *adapter = hAdapter.pDrvPrivate;
    return adapter != NULL && adapter->kind == UMD_KIND_ADAPTER ? adapter : NULL;
}

/* Asks the kernel driver who is there. */
static enum vit_status ask_kernel(const D3D10DDIARG_OPENADAPTER *open, uint8_t *block,
        struct vit_adapter_info *info)
{
    D3DDDICB_QUERYADAPTERINFO query = {
        .pPrivateDriverData = block,
        .PrivateDriverDataSize = VIT_ADAPTER_INFO_LEN,
    };
    vit_adapter_info_ask(block);
    VIT_TRY(umd_status(open->pAdapterCallbacks->pfnQueryAdapterInfoCb(open->hRTAdapter.handle,
            &query)));
    return vit_adapter_info_decode(block, VIT_ADAPTER_INFO_LEN, info);
}

static enum vit_status fill_adapter(struct umd_adapter *adapter,
        const D3D10DDIARG_OPENADAPTER *open)
{
    VIT_AUTO(bytes) block = calloc(1, VIT_ADAPTER_INFO_LEN);
    if (block == NULL) {
        return VIT_E_NOMEM;
    }
    struct vit_adapter_info info;
    VIT_TRY(ask_kernel(open, block, &info));
    VIT_TRY(vit_slab_create(&adapter->slab));
    VIT_TRY(umd_custody_init(&adapter->custody, &info));
    adapter->kind = UMD_KIND_ADAPTER;
    adapter->runtime = open->hRTAdapter.handle;
    adapter->outputs = info.capset.outputs;
    adapter->byte_limit = info.capset.byte_limit;
    return VIT_OK;
}

static HRESULT APIENTRY close_adapter(D3D10DDI_HADAPTER hAdapter)
{
    struct umd_adapter *adapter = umd_adapter_get(hAdapter);
    if (adapter == NULL) {
        return E_INVALIDARG;
    }
    destroy_adapter(adapter);
    return S_OK;
}

HRESULT APIENTRY OpenAdapter10_2(D3D10DDIARG_OPENADAPTER *open)
{
    if (open == NULL || open->pAdapterFuncs_2 == NULL || open->pAdapterCallbacks == NULL ||
            open->pAdapterCallbacks->pfnQueryAdapterInfoCb == NULL) {
        return E_INVALIDARG;
    }
    VIT_AUTO(adapter) adapter = calloc(1, sizeof(*adapter));
    if (adapter == NULL) {
        return E_OUTOFMEMORY;
    }
    enum vit_status status = fill_adapter(adapter, open);
    if (status != VIT_OK) {
        /* A kernel driver of somebody else is no device of ours. */
        return status == VIT_E_NOMEM ? E_OUTOFMEMORY : E_FAIL;
    }
    *open->pAdapterFuncs_2 = (D3D10_2DDI_ADAPTERFUNCS){
        .pfnCalcPrivateDeviceSize = umd_calc_device_size,
        .pfnCreateDevice = umd_create_device,
        .pfnCloseAdapter = close_adapter,
        .pfnGetSupportedVersions = umd_get_supported_versions,
        .pfnGetCaps = umd_get_caps,
    };
    open->hAdapter.pDrvPrivate = adapter;
    adapter = NULL;
    return S_OK;
}
