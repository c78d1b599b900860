/* SPDX-License-Identifier: MIT */
/* Contexts of the tap: what they lend, and submissions. */
#include <string.h>

#include "tests/conformance/tap_private.h"

static UINT at_most(UINT value, UINT limit)
{
    return limit != 0 && limit < value ? limit : value;
}

static struct tap_context *free_context(struct tap_device *device)
{
    for (unsigned i = 0; i < TAP_MAX_CONTEXTS; i++) {
        if (device->contexts[i].real == NULL) {
            return &device->contexts[i];
        }
    }
    return NULL;
}

static bool adopt(struct tap_context *context, struct tap_device *device,
        const D3DDDICB_CREATECONTEXT *made)
{
    const struct tap *tap = device->tap;
    *context = (struct tap_context){
        .magic = TAP_CONTEXT_MAGIC,
        .device = device,
        .real = made->hContext,
        .real_commands = made->pCommandBuffer,
        .real_allocations = made->pAllocationList,
        .real_patches = made->pPatchLocationList,
        .len = at_most(made->CommandBufferSize, tap->lend_bytes),
        .allocation_count = at_most(made->AllocationListSize, tap->lend_items),
        .patch_count = at_most(made->PatchLocationListSize, tap->lend_items),
    };
    return tap_lent_init(context);
}

static void lend_in_creation(struct tap_context *context, D3DDDICB_CREATECONTEXT *data)
{
    const struct tap_lent *lent = &context->lent[context->current];
    data->hContext = context;
    data->pCommandBuffer = lent->commands.data;
    data->CommandBufferSize = context->len;
    data->pAllocationList = (void *)lent->allocations.data;
    data->AllocationListSize = context->allocation_count;
    data->pPatchLocationList = (void *)lent->patches.data;
    data->PatchLocationListSize = context->patch_count;
}

static void lend_after_render(struct tap_context *context, D3DDDICB_RENDER *data)
{
    const struct tap_lent *lent = &context->lent[context->current];
    data->pNewCommandBuffer = lent->commands.data;
    data->NewCommandBufferSize = context->len;
    data->pNewAllocationList = (void *)lent->allocations.data;
    data->NewAllocationListSize = context->allocation_count;
    data->pNewPatchLocationList = (void *)lent->patches.data;
    data->NewPatchLocationListSize = context->patch_count;
}

/* Whoever goes on writing what was lent before finds the page without access. */
static void take_back(struct tap_context *context, bool fault)
{
    struct tap *tap = context->device->tap;
    if (tap_is_fault(tap, fault, TAP_FAULT_EMPTY) || tap_is_fault(tap, fault, TAP_FAULT_TINY)) {
        context->len = tap->fault.kind == TAP_FAULT_TINY ? 1 : 0;
        context->allocation_count = context->len;
        context->patch_count = context->len;
    }
}

HRESULT APIENTRY tap_create_context(HANDLE hDevice, D3DDDICB_CREATECONTEXT *data)
{
    struct tap_device *device = tap_device_of(hDevice, TAP_CREATE_CONTEXT);
    struct tap_context *context = device != NULL ? free_context(device) : NULL;
    HRESULT hr = E_INVALIDARG;
    if (context == NULL) {
        return hr;
    }
    struct tap *tap = device->tap;
    bool fault = tap_enter(tap, TAP_CREATE_CONTEXT);
    tap_check(tap, TAP_RULE_CONTEXT, data->Flags.Reserved == 0 && data->CommandBuffer == 0,
            "reserved members of a new context are not 0");
    if (tap_stopped(tap, TAP_CREATE_CONTEXT, fault, &hr)) {
        return tap_leave(tap, hr);
    }
    D3DDDICB_CREATECONTEXT real = *data;
    hr = tap->real.device_callbacks->pfnCreateContextCb(device->real, &real);
    if (FAILED(hr)) {
        return tap_leave(tap, hr);
    }
    if (!adopt(context, device, &real)) {
        return tap_leave(tap, E_OUTOFMEMORY);
    }
    take_back(context, fault);
    lend_in_creation(context, data);
    if (tap_is_fault(tap, fault, TAP_FAULT_EMPTY)) {
        data->pCommandBuffer = NULL;
        data->pAllocationList = NULL;
        data->pPatchLocationList = NULL;
    }
    return S_OK;
}

HRESULT APIENTRY tap_destroy_context(HANDLE hDevice, const D3DDDICB_DESTROYCONTEXT *data)
{
    struct tap_device *device = tap_device_of(hDevice, TAP_DESTROY_CONTEXT);
    if (device == NULL) {
        return E_INVALIDARG;
    }
    struct tap *tap = device->tap;
    bool fault = tap_enter(tap, TAP_DESTROY_CONTEXT);
    struct tap_context *context = NULL;
    if (tap_check(tap, TAP_RULE_CONTEXT, data->hContext != NULL,
                "pfnDestroyContextCb without a context")) {
        context = tap_context_of(device, data->hContext, TAP_DESTROY_CONTEXT);
    }
    if (context == NULL) {
        return tap_leave(tap, E_INVALIDARG);
    }
    D3DDDICB_DESTROYCONTEXT real = { .hContext = context->real };
    HRESULT hr = tap->real.device_callbacks->pfnDestroyContextCb(device->real, &real);
    tap_lent_finish(context);
    *context = (struct tap_context){ .real = NULL };
    return tap_release_result(tap, fault, hr);
}

static bool lies_in_what_was_lent(const struct tap_context *context, const D3DDDICB_RENDER *data)
{
    return data->CommandLength <= context->len && data->CommandOffset < data->CommandLength &&
            data->NumAllocations <= context->allocation_count &&
            data->NumPatchLocations <= context->patch_count;
}

static HRESULT forward(struct tap_context *context, D3DDDICB_RENDER *data)
{
    struct tap *tap = context->device->tap;
    const struct tap_lent *lent = &context->lent[context->current];
    D3DDDICB_RENDER real = *data;
    memcpy(context->real_commands, lent->commands.data, data->CommandLength);
    memcpy(context->real_allocations, lent->allocations.data,
            data->NumAllocations * sizeof(D3DDDI_ALLOCATIONLIST));
    memcpy(context->real_patches, lent->patches.data,
            data->NumPatchLocations * sizeof(D3DDDI_PATCHLOCATIONLIST));
    real.hContext = context->real;
    real.BroadcastContextCount = 0;
    tap_shadows_out(tap);
    HRESULT hr = tap->real.device_callbacks->pfnRenderCb(context->device->real, &real);
    if (SUCCEEDED(hr)) {
        context->real_commands = real.pNewCommandBuffer;
        context->real_allocations = real.pNewAllocationList;
        context->real_patches = real.pNewPatchLocationList;
        data->QueuedBufferCount = real.QueuedBufferCount;
    }
    return hr;
}

HRESULT APIENTRY tap_render(HANDLE hDevice, D3DDDICB_RENDER *data)
{
    struct tap_device *device = tap_device_of(hDevice, TAP_RENDER);
    HRESULT hr = E_INVALIDARG;
    if (device == NULL) {
        return hr;
    }
    struct tap *tap = device->tap;
    bool fault = tap_enter(tap, TAP_RENDER);
    struct tap_context *context = tap_context_of(device, data->hContext, TAP_RENDER);
    if (context == NULL) {
        return tap_leave(tap, hr);
    }
    tap->last_render = (struct tap_render){ data->CommandLength, data->NumAllocations,
        data->NumPatchLocations, data->hContext };
    tap_check_render(context, data);
    if (!lies_in_what_was_lent(context, data)) {
        return tap_leave(tap, D3DDDIERR_INVALIDUSERBUFFER);
    }
    if (tap_stopped(tap, TAP_RENDER, fault, &hr)) {
        return tap_leave(tap, hr);
    }
    hr = forward(context, data);
    if (FAILED(hr)) {
        return tap_leave(tap, hr);
    }
    tap_lent_turn(context);
    take_back(context, fault);
    lend_after_render(context, data);
    if (tap_is_fault(tap, fault, TAP_FAULT_EMPTY)) {
        data->pNewCommandBuffer = NULL;
        data->pNewAllocationList = NULL;
        data->pNewPatchLocationList = NULL;
    }
    return S_OK;
}
