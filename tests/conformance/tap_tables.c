/* SPDX-License-Identifier: MIT */
/* Synchronisation, the callbacks that a driver of this DDI has little use for, and the tables. */
#include "tests/conformance/tap_private.h"

static void note_sync(struct tap_device *device, D3DKMT_HANDLE from, D3DKMT_HANDLE to)
{
    for (unsigned i = 0; i < TAP_MAX_SYNCS; i++) {
        if (device->syncs[i] == from) {
            device->syncs[i] = to;
            return;
        }
    }
    tap_break(device->tap, TAP_RULE_SYNC, "synchronisation object 0x%x is none of this device",
            (unsigned)from);
}

#define CREATE_SYNC(name_, member_, type_)                                                         \
    static HRESULT APIENTRY name_(HANDLE hDevice, type_ *data)                                     \
    {                                                                                              \
        struct tap_device *device = tap_device_of(hDevice, TAP_CREATE_SYNC);                       \
        HRESULT hr = E_INVALIDARG;                                                                 \
        if (device == NULL) {                                                                      \
            return hr;                                                                             \
        }                                                                                          \
        bool fault = tap_enter(device->tap, TAP_CREATE_SYNC);                                      \
        if (!tap_stopped(device->tap, TAP_CREATE_SYNC, fault, &hr)) {                              \
            hr = device->tap->real.device_callbacks->member_(device->real, data);                  \
        }                                                                                          \
        if (SUCCEEDED(hr)) {                                                                       \
            note_sync(device, 0, data->hSyncObject);                                               \
        }                                                                                          \
        return tap_leave(device->tap, hr);                                                         \
    }

CREATE_SYNC(create_sync, pfnCreateSynchronizationObjectCb, D3DDDICB_CREATESYNCHRONIZATIONOBJECT)
CREATE_SYNC(create_sync2, pfnCreateSynchronizationObject2Cb, D3DDDICB_CREATESYNCHRONIZATIONOBJECT2)

static HRESULT APIENTRY destroy_sync(HANDLE hDevice,
        const D3DDDICB_DESTROYSYNCHRONIZATIONOBJECT *data)
{
    struct tap_device *device = tap_device_of(hDevice, TAP_DESTROY_SYNC);
    if (device == NULL) {
        return E_INVALIDARG;
    }
    bool fault = tap_enter(device->tap, TAP_DESTROY_SYNC);
    note_sync(device, data->hSyncObject, 0);
    HRESULT hr = device->tap->real.device_callbacks->pfnDestroySynchronizationObjectCb(device->real,
            data);
    return tap_release_result(device->tap, fault, hr);
}

/* Everything of a call that names a context and comes to one of the host's members. */
#define WITH_CONTEXT(name_, call_, member_, type_, check_)                                         \
    static HRESULT APIENTRY name_(HANDLE hDevice, const type_ *data)                               \
    {                                                                                              \
        struct tap_device *device = tap_device_of(hDevice, call_);                                 \
        HRESULT hr = E_INVALIDARG;                                                                 \
        if (device == NULL) {                                                                      \
            return hr;                                                                             \
        }                                                                                          \
        bool fault = tap_enter(device->tap, call_);                                                \
        const struct tap_context *context = tap_context_of(device, data->hContext, call_);         \
        check_;                                                                                    \
        if (tap_stopped(device->tap, call_, fault, &hr)) {                                         \
            return tap_leave(device->tap, hr);                                                     \
        }                                                                                          \
        type_ real = *data;                                                                        \
        real.hContext = context != NULL ? context->real : NULL;                                    \
        return tap_leave(device->tap,                                                              \
                device->tap->real.device_callbacks->member_(device->real, &real));                 \
    }

WITH_CONTEXT(signal1, TAP_SIGNAL, pfnSignalSynchronizationObjectCb,
        D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT, tap_check_wait(device->tap, data->ObjectCount))
WITH_CONTEXT(signal2, TAP_SIGNAL, pfnSignalSynchronizationObject2Cb,
        D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2, tap_check_signal(device->tap, data))
WITH_CONTEXT(wait1, TAP_WAIT, pfnWaitForSynchronizationObjectCb,
        D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT, tap_check_wait(device->tap, data->ObjectCount))
WITH_CONTEXT(wait2, TAP_WAIT, pfnWaitForSynchronizationObject2Cb,
        D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2, tap_check_wait(device->tap, data->ObjectCount))

/* foreign_: the page gives the callback to other drivers. */
#define PASS_ON(name_, member_, argument_, foreign_)                                               \
    static HRESULT APIENTRY name_(HANDLE hDevice, argument_ data)                                  \
    {                                                                                              \
        struct tap_device *device = tap_device_of(hDevice, TAP_OTHER);                             \
        if (device == NULL) {                                                                      \
            return E_INVALIDARG;                                                                   \
        }                                                                                          \
        tap_enter(device->tap, TAP_OTHER);                                                         \
        tap_check(device->tap, TAP_RULE_TABLE, !(foreign_), "%s is not for this DDI", #member_);   \
        return tap_leave(device->tap,                                                              \
                device->tap->real.device_callbacks->member_(device->real, data));                  \
    }

PASS_ON(set_priority, pfnSetPriorityCb, D3DDDICB_SETPRIORITY *, false)
PASS_ON(query_residency, pfnQueryResidencyCb, const D3DDDICB_QUERYRESIDENCY *, false)
PASS_ON(set_display_mode, pfnSetDisplayModeCb, D3DDDICB_SETDISPLAYMODE *, false)
PASS_ON(present_kernel, pfnPresentCb, D3DDDICB_PRESENT *, true)
PASS_ON(create_overlay, pfnCreateOverlayCb, D3DDDICB_CREATEOVERLAY *, true)
PASS_ON(update_overlay, pfnUpdateOverlayCb, const D3DDDICB_UPDATEOVERLAY *, true)
PASS_ON(flip_overlay, pfnFlipOverlayCb, const D3DDDICB_FLIPOVERLAY *, true)
PASS_ON(destroy_overlay, pfnDestroyOverlayCb, const D3DDDICB_DESTROYOVERLAY *, true)
PASS_ON(set_private_format, pfnSetDisplayPrivateDriverFormatCb,
        const D3DDDICB_SETDISPLAYPRIVATEDRIVERFORMAT *, false)
PASS_ON(offer, pfnOfferAllocationsCb, const D3DDDICB_OFFERALLOCATIONS *, false)
PASS_ON(reclaim, pfnReclaimAllocationsCb, const D3DDDICB_RECLAIMALLOCATIONS *, false)
PASS_ON(present_planes, pfnPresentMultiPlaneOverlayCb, const D3DDDICB_PRESENTMULTIPLANEOVERLAY *,
        false)

const D3DDDI_ADAPTERCALLBACKS tap_adapter_callbacks = {
    .pfnQueryAdapterInfoCb = tap_query_adapter_info,
    .pfnGetMultisampleMethodListCb = tap_get_multisample_methods,
};

/* pfnSetAsyncCallbacksCb stays NULL, as it is for this DDI. */
const D3DDDI_DEVICECALLBACKS tap_device_callbacks = {
    .pfnAllocateCb = tap_allocate,
    .pfnDeallocateCb = tap_deallocate,
    .pfnSetPriorityCb = set_priority,
    .pfnQueryResidencyCb = query_residency,
    .pfnSetDisplayModeCb = set_display_mode,
    .pfnPresentCb = present_kernel,
    .pfnRenderCb = tap_render,
    .pfnLockCb = tap_lock,
    .pfnUnlockCb = tap_unlock,
    .pfnEscapeCb = tap_escape,
    .pfnCreateOverlayCb = create_overlay,
    .pfnUpdateOverlayCb = update_overlay,
    .pfnFlipOverlayCb = flip_overlay,
    .pfnDestroyOverlayCb = destroy_overlay,
    .pfnCreateContextCb = tap_create_context,
    .pfnDestroyContextCb = tap_destroy_context,
    .pfnCreateSynchronizationObjectCb = create_sync,
    .pfnDestroySynchronizationObjectCb = destroy_sync,
    .pfnWaitForSynchronizationObjectCb = wait1,
    .pfnSignalSynchronizationObjectCb = signal1,
    .pfnSetDisplayPrivateDriverFormatCb = set_private_format,
    .pfnOfferAllocationsCb = offer,
    .pfnReclaimAllocationsCb = reclaim,
    .pfnCreateSynchronizationObject2Cb = create_sync2,
    .pfnWaitForSynchronizationObject2Cb = wait2,
    .pfnSignalSynchronizationObject2Cb = signal2,
    .pfnPresentMultiPlaneOverlayCb = present_planes,
};
