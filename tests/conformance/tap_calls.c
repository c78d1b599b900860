/* SPDX-License-Identifier: MIT */
/* The callbacks of the tap: check, forward, book, and what a fault makes of it. */
#include <string.h>

#include "tests/conformance/tap_private.h"

bool tap_stopped(const struct tap *tap, enum tap_call call, bool fault, HRESULT *hr)
{
    if (tap_call_releases(call)) {
        return false;
    }
    *hr = tap->lost ? D3DDDIERR_DEVICEREMOVED : tap->fault.hr;
    return tap->lost || (fault && tap->fault.kind == TAP_FAULT_FAIL);
}

HRESULT tap_release_result(struct tap *tap, bool fault, HRESULT hr)
{
    return tap_leave(tap, fault && tap->fault.kind == TAP_FAULT_FAIL ? tap->fault.hr : hr);
}

bool tap_is_fault(const struct tap *tap, bool fault, enum tap_fault_kind kind)
{
    return fault && tap->fault.kind == kind;
}

/* Blocks that both drivers share: what the answer is turned into. */
static void spoil(const struct tap *tap, bool fault, void *block, UINT len)
{
    size_t at = (size_t)tap->fault.word * 4;
    if (tap_is_fault(tap, fault, TAP_FAULT_FILL)) {
        memset(block, tap->fault.fill, len);
    }
    if (tap_is_fault(tap, fault, TAP_FAULT_WORD)) {
        for (size_t i = at; i < at + 4 && i < len; i++) {
            ((uint8_t *)block)[i] ^= 0xff;
        }
    }
}

HRESULT APIENTRY tap_query_adapter_info(HANDLE hAdapter, const D3DDDICB_QUERYADAPTERINFO *data)
{
    struct tap *tap = tap_adapter_of(hAdapter, TAP_QUERY_ADAPTER_INFO);
    HRESULT hr = E_INVALIDARG;
    if (tap == NULL) {
        return hr;
    }
    bool fault = tap_enter(tap, TAP_QUERY_ADAPTER_INFO);
    if (tap_stopped(tap, TAP_QUERY_ADAPTER_INFO, fault, &hr)) {
        return tap_leave(tap, hr);
    }
    if (tap_is_fault(tap, fault, TAP_FAULT_EMPTY)) {
        return S_OK;
    }
    hr = tap->real.adapter_callbacks->pfnQueryAdapterInfoCb(tap->real.hRTAdapter, data);
    spoil(tap, fault, data->pPrivateDriverData, data->PrivateDriverDataSize);
    return tap_leave(tap, hr);
}

HRESULT APIENTRY tap_get_multisample_methods(HANDLE hAdapter,
        D3DDDICB_GETMULTISAMPLEMETHODLIST *data)
{
    struct tap *tap = tap_adapter_of(hAdapter, TAP_OTHER);
    if (tap == NULL) {
        return E_INVALIDARG;
    }
    tap_enter(tap, TAP_OTHER);
    return tap_leave(tap,
            tap->real.adapter_callbacks->pfnGetMultisampleMethodListCb(tap->real.hRTAdapter, data));
}

static void note_allocations(struct tap_device *device, const D3DDDICB_ALLOCATE *data)
{
    for (UINT i = 0; i < data->NumAllocations; i++) {
        const D3DDDI_ALLOCATIONINFO *info = &data->pAllocationInfo[i];
        struct tap_allocation *allocation = tap_add_allocation(device, info->hAllocation);
        allocation->resource = data->hResource;
        allocation->info = *info;
        if (info->PrivateDriverDataSize <= sizeof(allocation->block)) {
            memcpy(allocation->block, info->pPrivateDriverData, info->PrivateDriverDataSize);
        }
    }
}

HRESULT APIENTRY tap_allocate(HANDLE hDevice, D3DDDICB_ALLOCATE *data)
{
    struct tap_device *device = tap_device_of(hDevice, TAP_ALLOCATE);
    HRESULT hr = E_INVALIDARG;
    if (device == NULL) {
        return hr;
    }
    struct tap *tap = device->tap;
    bool fault = tap_enter(tap, TAP_ALLOCATE);
    tap_check_allocate(device, data);
    if (tap_stopped(tap, TAP_ALLOCATE, fault, &hr)) {
        return tap_leave(tap, hr);
    }
    if (tap_is_fault(tap, fault, TAP_FAULT_EMPTY)) {
        return S_OK;
    }
    hr = tap->real.device_callbacks->pfnAllocateCb(device->real, data);
    if (SUCCEEDED(hr)) {
        note_allocations(device, data);
    }
    return tap_leave(tap, hr);
}

static void forget(struct tap_allocation *allocation)
{
    tap_guarded_finish(&allocation->shadow);
    *allocation = (struct tap_allocation){ .handle = 0 };
}

/* An allocation that was renamed goes with all its older instances. */
static void forget_handle(struct tap_device *device, D3DKMT_HANDLE handle)
{
    struct tap *tap = device->tap;
    struct tap_allocation *allocation = tap_find_allocation(tap, handle);
    while (allocation != NULL) {
        D3DKMT_HANDLE older = allocation->older;
        forget(allocation);
        allocation = tap_find_allocation(tap, older);
        if (allocation != NULL) {
            D3DDDICB_DEALLOCATE one = { .NumAllocations = 1, .HandleList = &older };
            (void)tap->real.device_callbacks->pfnDeallocateCb(device->real, &one);
        }
    }
}

static void forget_resource(struct tap *tap, HANDLE resource)
{
    for (size_t i = 0; i < tap->allocation_count; i++) {
        if (tap->allocations[i].handle != 0 && tap->allocations[i].resource == resource) {
            forget(&tap->allocations[i]);
        }
    }
}

HRESULT APIENTRY tap_deallocate(HANDLE hDevice, const D3DDDICB_DEALLOCATE *data)
{
    struct tap_device *device = tap_device_of(hDevice, TAP_DEALLOCATE);
    if (device == NULL) {
        return E_INVALIDARG;
    }
    struct tap *tap = device->tap;
    bool fault = tap_enter(tap, TAP_DEALLOCATE);
    tap_check_deallocate(device, data);
    HRESULT hr = tap->real.device_callbacks->pfnDeallocateCb(device->real, data);
    if (SUCCEEDED(hr) && data->hResource != NULL) {
        forget_resource(tap, data->hResource);
    } else if (SUCCEEDED(hr)) {
        for (UINT i = 0; i < data->NumAllocations; i++) {
            forget_handle(device, data->HandleList[i]);
        }
    }
    return tap_release_result(tap, fault, hr);
}

/* Another allocation like this one takes its place. */
static struct tap_allocation *renamed(struct tap_device *device, D3DKMT_HANDLE handle)
{
    struct tap_allocation old = *tap_find_allocation(device->tap, handle);
    D3DDDI_ALLOCATIONINFO info = old.info;
    info.hAllocation = 0;
    info.pPrivateDriverData = old.block;
    D3DDDICB_ALLOCATE allocate_data = { .NumAllocations = 1, .pAllocationInfo = &info };
    HRESULT hr = device->tap->real.device_callbacks->pfnAllocateCb(device->real, &allocate_data);
    if (FAILED(hr)) {
        return NULL;
    }
    struct tap_allocation *allocation = tap_add_allocation(device, info.hAllocation);
    allocation->older = handle;
    allocation->info = old.info;
    memcpy(allocation->block, old.block, sizeof(old.block));
    tap_find_allocation(device->tap, handle)->retired = true;
    return allocation;
}

/* Lends memory that ends after as many bytes as the test said. */
static void lend_shadow(struct tap *tap, struct tap_allocation *allocation, D3DDDICB_LOCK *data)
{
    size_t len = tap->shadow_len;
    tap->shadow_len = 0;
    if (!tap_guarded_init(&allocation->shadow, len)) {
        return;
    }
    allocation->real = data->pData;
    allocation->shadow_len = len;
    memcpy(allocation->shadow.data, data->pData, len);
    data->pData = allocation->shadow.data;
}

static HRESULT lock_real(struct tap_device *device, D3DDDICB_LOCK *data)
{
    struct tap *tap = device->tap;
    struct tap_allocation *allocation = tap_find_allocation(tap, data->hAllocation);
    if (tap->rename && data->Flags.Discard != 0 && allocation != NULL) {
        allocation = renamed(device, data->hAllocation);
        data->hAllocation = allocation != NULL ? allocation->handle : 0;
    }
    HRESULT hr = tap->real.device_callbacks->pfnLockCb(device->real, data);
    if (FAILED(hr) || allocation == NULL) {
        return hr;
    }
    allocation->lock_count++;
    allocation->by_application = tap->application;
    if (tap->shadow_len != 0 && allocation->shadow.data == NULL) {
        lend_shadow(tap, allocation, data);
    }
    return hr;
}

HRESULT APIENTRY tap_lock(HANDLE hDevice, D3DDDICB_LOCK *data)
{
    struct tap_device *device = tap_device_of(hDevice, TAP_LOCK);
    HRESULT hr = E_INVALIDARG;
    if (device == NULL) {
        return hr;
    }
    struct tap *tap = device->tap;
    bool fault = tap_enter(tap, TAP_LOCK);
    tap->last_lock = (struct tap_lock){ data->hAllocation, data->Flags, S_OK };
    tap_check_lock(device, data);
    if (!tap_stopped(tap, TAP_LOCK, fault, &hr)) {
        hr = lock_real(device, data);
    }
    if (SUCCEEDED(hr) && tap_is_fault(tap, fault, TAP_FAULT_EMPTY)) {
        data->pData = NULL;
    }
    tap->last_lock.hr = hr;
    return tap_leave(tap, hr);
}

static void note_unlocked(struct tap *tap, D3DKMT_HANDLE handle)
{
    struct tap_allocation *allocation = tap_find_allocation(tap, handle);
    if (allocation == NULL || allocation->lock_count == 0) {
        return;
    }
    if (--allocation->lock_count == 0 && allocation->shadow.data != NULL) {
        memcpy(allocation->real, allocation->shadow.data, allocation->shadow_len);
        tap_guarded_finish(&allocation->shadow);
    }
}

HRESULT APIENTRY tap_unlock(HANDLE hDevice, const D3DDDICB_UNLOCK *data)
{
    struct tap_device *device = tap_device_of(hDevice, TAP_UNLOCK);
    if (device == NULL) {
        return E_INVALIDARG;
    }
    struct tap *tap = device->tap;
    bool fault = tap_enter(tap, TAP_UNLOCK);
    tap_check_unlock(device, data);
    for (UINT i = 0; i < data->NumAllocations; i++) {
        note_unlocked(tap, data->phAllocations[i]);
    }
    return tap_release_result(tap, fault,
            tap->real.device_callbacks->pfnUnlockCb(device->real, data));
}

HRESULT APIENTRY tap_escape(HANDLE hAdapter, const D3DDDICB_ESCAPE *data)
{
    struct tap *tap = tap_adapter_of(hAdapter, TAP_ESCAPE);
    HRESULT hr = E_INVALIDARG;
    if (tap == NULL) {
        return hr;
    }
    bool fault = tap_enter(tap, TAP_ESCAPE);
    tap_check_escape(tap, data);
    D3DDDICB_ESCAPE real = *data;
    if (data->hDevice != NULL) {
        struct tap_device *device = tap_device_of(data->hDevice, TAP_ESCAPE);
        struct tap_context *context = device != NULL && data->hContext != NULL
                ? tap_context_of(device, data->hContext, TAP_ESCAPE)
                : NULL;
        real.hDevice = device != NULL ? device->real : NULL;
        real.hContext = context != NULL ? context->real : NULL;
    }
    if (tap_stopped(tap, TAP_ESCAPE, fault, &hr)) {
        return tap_leave(tap, hr);
    }
    if (tap_is_fault(tap, fault, TAP_FAULT_EMPTY)) {
        return S_OK;
    }
    tap_shadows_out(tap);
    hr = tap->real.device_callbacks->pfnEscapeCb(tap->real.hRTAdapter, &real);
    tap_shadows_in(tap);
    spoil(tap, fault, data->pPrivateDriverData, data->PrivateDriverDataSize);
    return tap_leave(tap, hr);
}

HRESULT APIENTRY tap_forward_present(HANDLE hDevice, DXGIDDICB_PRESENT *data)
{
    struct tap_device *device = tap_device_of(hDevice, TAP_PRESENT);
    HRESULT hr = E_INVALIDARG;
    if (device == NULL) {
        return hr;
    }
    struct tap *tap = device->tap;
    bool fault = tap_enter(tap, TAP_PRESENT);
    tap->last_present = *data;
    tap_check(tap, TAP_RULE_PRESENT, tap->presenting, "pfnPresentCb outside pfnPresent");
    const struct tap_allocation *source = tap_find_allocation(tap, data->hSrcAllocation);
    tap_check(tap, TAP_RULE_PRESENT, source != NULL && source->device == device,
            "the source 0x%x is no allocation of this device", (unsigned)data->hSrcAllocation);
    DXGIDDICB_PRESENT real = *data;
    const struct tap_context *context = tap_context_of(device, data->hContext, TAP_PRESENT);
    real.hContext = context != NULL ? context->real : NULL;
    if (tap_stopped(tap, TAP_PRESENT, fault, &hr)) {
        return tap_leave(tap, hr);
    }
    tap_shadows_out(tap);
    return tap_leave(tap, tap->real.dxgi_callbacks->pfnPresentCb(device->real, &real));
}
