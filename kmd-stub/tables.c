/* SPDX-License-Identifier: MIT */
#include "kmd-stub/tables.h"

#include "kmd-stub/adapter.h"
#include "kmd-stub/allocation.h"
#include "kmd-stub/context.h"
#include "kmd-stub/escape.h"
#include "kmd-stub/present.h"
#include "kmd-stub/render.h"
#include "kmd-stub/sync.h"

/* What this kernel driver does not do: name and argument of each. */
#define UNSUPPORTED(X)                                                                             \
    X(get_multisample_method_list, D3DDDICB_GETMULTISAMPLEMETHODLIST *)                            \
    X(set_priority, D3DDDICB_SETPRIORITY *)                                                        \
    X(query_residency, const D3DDDICB_QUERYRESIDENCY *)                                            \
    X(set_display_mode, D3DDDICB_SETDISPLAYMODE *)                                                 \
    X(create_overlay, D3DDDICB_CREATEOVERLAY *)                                                    \
    X(update_overlay, const D3DDDICB_UPDATEOVERLAY *)                                              \
    X(flip_overlay, const D3DDDICB_FLIPOVERLAY *)                                                  \
    X(destroy_overlay, const D3DDDICB_DESTROYOVERLAY *)                                            \
    X(create_sync, D3DDDICB_CREATESYNCHRONIZATIONOBJECT *)                                         \
    X(destroy_sync, const D3DDDICB_DESTROYSYNCHRONIZATIONOBJECT *)                                 \
    X(wait_sync, const D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT *)                                    \
    X(signal_sync, const D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT *)                                   \
    X(set_async_callbacks, BOOL)                                                                   \
    X(set_display_format, const D3DDDICB_SETDISPLAYPRIVATEDRIVERFORMAT *)                          \
    X(offer_allocations, const D3DDDICB_OFFERALLOCATIONS *)                                        \
    X(reclaim_allocations, const D3DDDICB_RECLAIMALLOCATIONS *)                                    \
    X(create_sync2, D3DDDICB_CREATESYNCHRONIZATIONOBJECT2 *)                                       \
    X(present_overlay, const D3DDDICB_PRESENTMULTIPLANEOVERLAY *)                                  \
    X(present_overlay_dxgi, const DXGIDDICB_PRESENT_MULTIPLANE_OVERLAY *)

#define X(name, argument)                                                                          \
    static HRESULT name(HANDLE handle, argument data)                                              \
    {                                                                                              \
        (void)handle;                                                                              \
        (void)data;                                                                                \
        return E_NOTIMPL;                                                                          \
    }
UNSUPPORTED(X)
#undef X

const D3DDDI_ADAPTERCALLBACKS vit_kmd_adapter_callbacks = {
    .pfnQueryAdapterInfoCb = vit_kmd_query_adapter_info,
    .pfnGetMultisampleMethodListCb = get_multisample_method_list,
};

const D3DDDI_DEVICECALLBACKS vit_kmd_device_callbacks = {
    .pfnAllocateCb = vit_kmd_allocate,
    .pfnDeallocateCb = vit_kmd_deallocate,
    .pfnSetPriorityCb = set_priority,
    .pfnQueryResidencyCb = query_residency,
    .pfnSetDisplayModeCb = set_display_mode,
    .pfnPresentCb = vit_kmd_present,
    .pfnRenderCb = vit_kmd_render,
    .pfnLockCb = vit_kmd_lock,
    .pfnUnlockCb = vit_kmd_unlock,
    .pfnEscapeCb = vit_kmd_escape,
    .pfnCreateOverlayCb = create_overlay,
    .pfnUpdateOverlayCb = update_overlay,
    .pfnFlipOverlayCb = flip_overlay,
    .pfnDestroyOverlayCb = destroy_overlay,
    .pfnCreateContextCb = vit_kmd_create_context,
    .pfnDestroyContextCb = vit_kmd_destroy_context,
    .pfnCreateSynchronizationObjectCb = create_sync,
    .pfnDestroySynchronizationObjectCb = destroy_sync,
    .pfnWaitForSynchronizationObjectCb = wait_sync,
    .pfnSignalSynchronizationObjectCb = signal_sync,
    .pfnSetAsyncCallbacksCb = set_async_callbacks,
    .pfnSetDisplayPrivateDriverFormatCb = set_display_format,
    .pfnOfferAllocationsCb = offer_allocations,
    .pfnReclaimAllocationsCb = reclaim_allocations,
    .pfnCreateSynchronizationObject2Cb = create_sync2,
    .pfnWaitForSynchronizationObject2Cb = vit_kmd_wait2,
    .pfnSignalSynchronizationObject2Cb = vit_kmd_signal2,
    .pfnPresentMultiPlaneOverlayCb = present_overlay,
};

const DXGI_DDI_BASE_CALLBACKS vit_kmd_dxgi_callbacks = {
    .pfnPresentCb = vit_kmd_present_dxgi,
    .pfnPresentMultiplaneOverlayCb = present_overlay_dxgi,
};
