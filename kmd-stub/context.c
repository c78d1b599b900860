/* SPDX-License-Identifier: MIT */
#include "kmd-stub/context.h"

#include <stdlib.h>

#include "base/secret.h"
#include "kmd-stub/event.h"
#include "kmd-stub/status.h"

enum { MAX_CONTEXTS = 64 }; /* of a device */

struct vit_kmd_context *vit_kmd_context_find(const struct vit_kmd_device *device, HANDLE hContext)
{
    if (hContext == NULL) {
        struct vit_kmd_context *context = device->contexts;
        while (context != NULL && context->next != NULL) {
            context = context->next;
        }
        return context;
    }
    uintptr_t value = (uintptr_t)hContext;
    if (value > UINT32_MAX) {
        return NULL;
    }
    struct vit_kmd_context *context =
            vit_handles_get(&device->adapter->handles, VIT_HANDLE_CONTEXT, (uint32_t)value);
    return context != NULL && context->device == device ? context : NULL;
}

static void free_context(struct vit_kmd_context *context)
{
    if (context->commands != NULL) {
        vit_wipe(context->commands, VIT_KMD_COMMAND_LEN);
    }
    free(context->commands);
    free(context->allocations);
    free(context->patches);
    free(context);
}
VIT_DEFINE_AUTO(kmd_context, struct vit_kmd_context *, free_context)

static enum vit_status create(struct vit_kmd_device *device, struct vit_kmd_context **out)
{
    if (device->context_count >= MAX_CONTEXTS) {
        return VIT_E_NOMEM; /* the one reason to refuse that is published */
    }
    VIT_AUTO(kmd_context) context = calloc(1, sizeof(*context));
    if (context == NULL) {
        return VIT_E_NOMEM;
    }
    context->device = device;
    context->commands = calloc(1, VIT_KMD_COMMAND_LEN);
    context->allocations = calloc(VIT_KMD_ALLOCATION_COUNT, sizeof(*context->allocations));
    context->patches = calloc(VIT_KMD_PATCH_COUNT, sizeof(*context->patches));
    if (context->commands == NULL || context->allocations == NULL || context->patches == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(vit_handles_add(&device->adapter->handles, VIT_HANDLE_CONTEXT, context,
            &context->handle));
    context->next = device->contexts;
    device->contexts = context;
    device->context_count++;
    *out = context;
    context = NULL;
    return VIT_OK;
}

HRESULT vit_kmd_create_context(HANDLE hDevice, D3DDDICB_CREATECONTEXT *data)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || data == NULL || data->NodeOrdinal != 0 || data->EngineAffinity > 1 ||
            data->Flags.Value != 0 || data->PrivateDriverDataSize != 0) {
        return E_INVALIDARG;
    }
    if (device->adapter->lost) {
        return D3DDDIERR_DEVICEREMOVED;
    }
    struct vit_kmd_context *context;
    enum vit_status status = create(device, &context);
    if (status != VIT_OK) {
        return vit_kmd_result(VIT_E_NOMEM);
    }
    data->hContext = (HANDLE)(uintptr_t)context->handle;
    data->pCommandBuffer = context->commands;
    data->CommandBufferSize = VIT_KMD_COMMAND_LEN;
    data->pAllocationList = context->allocations;
    data->AllocationListSize = VIT_KMD_ALLOCATION_COUNT;
    data->pPatchLocationList = context->patches;
    data->PatchLocationListSize = VIT_KMD_PATCH_COUNT;
    return S_OK;
}

static void destroy(struct vit_kmd_context *context)
{
    struct vit_kmd_device *device = context->device;
    struct vit_kmd_context **at = &device->contexts;
    while (*at != context) {
        at = &(*at)->next;
    }
    *at = context->next;
    device->context_count--;
    vit_handles_remove(&device->adapter->handles, context->handle);
    free_context(context);
}

void vit_kmd_contexts_destroy(struct vit_kmd_device *device)
{
    while (device->contexts != NULL) {
        destroy(device->contexts);
    }
}

HRESULT vit_kmd_destroy_context(HANDLE hDevice, const D3DDDICB_DESTROYCONTEXT *data)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || data == NULL || data->hContext == NULL) {
        return E_INVALIDARG;
    }
    struct vit_kmd_context *context = vit_kmd_context_find(device, data->hContext);
    if (context == NULL) {
        return E_INVALIDARG;
    }
    enum vit_status status = vit_kmd_device_wait(device, device->submitted, UINT64_MAX);
    (void)status; /* lost: nothing more completes */
    vit_kmd_events_fire(device, UINT64_MAX);
    destroy(context);
    return S_OK;
}
