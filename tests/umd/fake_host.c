/* SPDX-License-Identifier: MIT */
#include "tests/umd/fake_host.h"

#include <stdlib.h>
#include <string.h>

#include "wire/surface.h"

void fake_init(struct fake_host *host)
{
    memset(host, 0, sizeof(*host));
    host->capset = (struct vit_capset){ .custody = 1,
        .outputs = 1,
        .session_limit = 100,
        .byte_limit = 1 << 24 };
    host->command_len = FAKE_COMMAND_LEN;
    host->list_count = FAKE_LIST_COUNT;
    host->next_session = UINT64_C(0x100000001);
    for (unsigned i = 0; i < FAKE_DEVICES; i++) {
        host->devices[i].host = host;
    }
}

void fake_finish(struct fake_host *host)
{
    for (unsigned i = 0; i < FAKE_ALLOCATIONS; i++) {
        free(host->allocations[i].bytes);
    }
    for (unsigned i = 0; i < FAKE_DEVICES; i++) {
        free(host->devices[i].commands[0]);
        free(host->devices[i].commands[1]);
        free(host->devices[i].allocations);
        free(host->devices[i].patches);
    }
}

struct fake_allocation *fake_find(struct fake_host *host, D3DKMT_HANDLE handle)
{
    for (unsigned i = 0; handle != 0 && i < FAKE_ALLOCATIONS; i++) {
        if (host->allocations[i].handle == handle || host->allocations[i].before == handle) {
            return &host->allocations[i];
        }
    }
    return NULL;
}

struct fake_allocation *fake_last_allocation(struct fake_host *host)
{
    struct fake_allocation *last = NULL;
    for (unsigned i = 0; i < FAKE_ALLOCATIONS; i++) {
        if (last == NULL || host->allocations[i].handle > last->handle) {
            last = &host->allocations[i];
        }
    }
    return last;
}

const struct fake_message *fake_last_escape(const struct fake_host *host)
{
    return host->escape_count == 0 ? NULL : &host->escapes[host->escape_count - 1];
}

const struct fake_message *fake_last_message(const struct fake_host *host)
{
    return host->message_count == 0 ? NULL : &host->messages[host->message_count - 1];
}

static unsigned count(const struct fake_message *messages, unsigned number, enum vit_op op)
{
    unsigned found = 0;
    for (unsigned i = 0; i < number; i++) {
        found += messages[i].op == op;
    }
    return found;
}

unsigned fake_count_escapes(const struct fake_host *host, enum vit_op op)
{
    return count(host->escapes, host->escape_count, op);
}

unsigned fake_count_messages(const struct fake_host *host, enum vit_op op)
{
    return count(host->messages, host->message_count, op);
}

void fake_complete(struct fake_host *host)
{
    for (unsigned i = 0; i < host->event_count; i++) {
        atomic_store(&host->events[i]->done, 1);
    }
    host->event_count = 0;
}

static struct fake_host *host_of(HANDLE hDevice)
{
    struct fake_device *device = hDevice;
    return device->host;
}

static HRESULT query_adapter(HANDLE hAdapter, const D3DDDICB_QUERYADAPTERINFO *data)
{
    struct fake_host *host = hAdapter;
    uint8_t capset[VIT_CAPSET_MAX_LEN];
    size_t len;
    if (host->query_adapter != S_OK) {
        return host->query_adapter;
    }
    if (vit_adapter_info_check_ask(data->pPrivateDriverData, data->PrivateDriverDataSize) !=
                    VIT_OK ||
            vit_capset_encode(&host->capset, capset, sizeof(capset), &len) != VIT_OK ||
            vit_adapter_info_encode(capset, len, host->key_uri, data->pPrivateDriverData,
                    data->PrivateDriverDataSize) != VIT_OK) {
        return E_INVALIDARG;
    }
    if (host->garbled) {
        memset(data->pPrivateDriverData, 0xff, 16);
    }
    return S_OK;
}

static HRESULT allocate(HANDLE hDevice, D3DDDICB_ALLOCATE *data)
{
    struct fake_host *host = host_of(hDevice);
    D3DDDI_ALLOCATIONINFO *info = data->pAllocationInfo;
    struct fake_allocation *free_one = NULL;
    if (host->allocate != S_OK) {
        return host->allocate;
    }
    for (unsigned i = 0; i < FAKE_ALLOCATIONS && free_one == NULL; i++) {
        free_one = host->allocations[i].handle == 0 ? &host->allocations[i] : NULL;
    }
    if (free_one == NULL || data->NumAllocations != 1 || data->hResource != NULL) {
        return E_OUTOFMEMORY;
    }
    if (vit_allocation_block_decode(info->pPrivateDriverData, info->PrivateDriverDataSize,
                &free_one->block) != VIT_OK) {
        return E_INVALIDARG;
    }
    bool shared = free_one->block.kind == VIT_ALLOCATION_SHARED ||
            free_one->block.kind == VIT_ALLOCATION_PRIMARY;
    free_one->bytes = shared ? calloc(1, (size_t)free_one->block.size) : NULL;
    free_one->primary = info->Flags.Primary != 0;
    free_one->output = info->VidPnSourceId;
    free_one->handle = 0x40000000u + ++host->allocation_count;
    free_one->lock_count = 0;
    free_one->busy = false;
    info->hAllocation = free_one->handle;
    host->live_count++;
    return S_OK;
}

static HRESULT deallocate(HANDLE hDevice, const D3DDDICB_DEALLOCATE *data)
{
    struct fake_host *host = host_of(hDevice);
    struct fake_allocation *allocation =
            data->NumAllocations == 1 ? fake_find(host, data->HandleList[0]) : NULL;
    if (allocation == NULL || data->hResource != NULL) {
        return E_INVALIDARG;
    }
    host->locked_count += allocation->lock_count != 0;
    free(allocation->bytes);
    memset(allocation, 0, sizeof(*allocation));
    host->live_count--;
    return S_OK;
}

static HRESULT lock(HANDLE hDevice, D3DDDICB_LOCK *data)
{
    struct fake_host *host = host_of(hDevice);
    struct fake_allocation *allocation = fake_find(host, data->hAllocation);
    host->lock_call_count++;
    host->last_lock = data->Flags;
    if (host->lock != S_OK) {
        return host->lock;
    }
    if (data->Flags.Discard != 0 && host->lock_discard != S_OK) {
        return host->lock_discard;
    }
    if (allocation == NULL || allocation->bytes == NULL || data->Flags.LockEntire == 0) {
        return E_INVALIDARG;
    }
    if (allocation->busy && data->Flags.DonotWait != 0) {
        return D3DDDIERR_WASSTILLDRAWING;
    }
    if (data->Flags.Discard != 0 && host->rename_on_discard) {
        allocation->before = allocation->handle;
        allocation->handle = 0x40000000u + ++host->allocation_count;
    }
    allocation->busy = false;
    allocation->lock_count++;
    data->hAllocation = allocation->handle;
    data->pData = host->null_lock ? NULL : allocation->bytes;
    return S_OK;
}

static HRESULT unlock(HANDLE hDevice, const D3DDDICB_UNLOCK *data)
{
    struct fake_host *host = host_of(hDevice);
    struct fake_allocation *allocation =
            data->NumAllocations == 1 ? fake_find(host, data->phAllocations[0]) : NULL;
    if (allocation == NULL || allocation->lock_count == 0) {
        return E_INVALIDARG;
    }
    allocation->lock_count--;
    return S_OK;
}

static D3DKMT_HANDLE named_at(const struct vit_escape *head, uint16_t field)
{
    for (unsigned i = 0; field != VIT_NO_FIELD && i < head->allocation_count; i++) {
        if (head->allocations[i].offset == (uint32_t)VIT_MESSAGE_HEADER_LEN + field) {
            return head->allocations[i].handle;
        }
    }
    return 0;
}

static void reply_to(struct fake_host *host, const struct vit_message *message, uint8_t *block,
        size_t len)
{
    uint8_t body[sizeof(host->reply)];
    memcpy(body, host->reply, sizeof(body));
    if (message->info->op == VIT_OP_SESSION_CREATE || message->info->op == VIT_OP_CHANNEL_CREATE) {
        struct vit_writer out;
        vit_writer_init(&out, body, sizeof(body));
        vit_put_u64(&out, host->next_session++);
    }
    size_t body_len = host->answer == VIT_OK ? message->info->reply_len : 0;
    vit_escape_answer(block, len, host->answer, body, body_len);
}

static HRESULT escape(HANDLE hAdapter, const D3DDDICB_ESCAPE *data)
{
    struct fake_host *host = hAdapter;
    struct vit_reader in;
    struct vit_escape head;
    struct vit_message message;
    vit_reader_init(&in, data->pPrivateDriverData, data->PrivateDriverDataSize);
    if (host->escape != S_OK) {
        return host->escape;
    }
    if (host_of(data->hDevice) != host || data->hContext == NULL || data->Flags.Value != 0 ||
            host->escape_count == FAKE_ESCAPES || vit_escape_decode(&in, &head) != VIT_OK ||
            vit_get_message(&in, &message) != VIT_OK || (message.info->use & VIT_USE_DIRECT) == 0) {
        return E_INVALIDARG;
    }
    struct fake_message *record = &host->escapes[host->escape_count++];
    memset(record, 0, sizeof(*record));
    record->op = message.info->op;
    memcpy(record->body, message.body, message.info->request_len);
    record->a = named_at(&head, message.info->resource_a);
    record->b = named_at(&head, message.info->resource_b);
    if (record->op == VIT_OP_SESSION_PROGRAM || record->op == VIT_OP_CHANNEL_PROGRAM) {
        memcpy(record->page, fake_find(host, record->a)->bytes, sizeof(record->page));
    }
    reply_to(host, &message, data->pPrivateDriverData, data->PrivateDriverDataSize);
    return S_OK;
}

static void lend(struct fake_device *device, void **buffer, UINT *len,
        D3DDDI_ALLOCATIONLIST **allocations, UINT *allocation_count,
        D3DDDI_PATCHLOCATIONLIST **patches, UINT *patch_count)
{
    const struct fake_host *host = device->host;
    memset(device->commands[device->buffer], 0xdd, host->command_len);
    device->buffer ^= 1;
    memset(device->allocations, 0xdd, host->list_count * sizeof(*device->allocations));
    memset(device->patches, 0xdd, host->list_count * sizeof(*device->patches));
    *buffer = device->commands[device->buffer];
    *len = host->command_len;
    *allocations = device->allocations;
    *patches = device->patches;
    *allocation_count = host->list_count;
    *patch_count = host->list_count;
}

static void make_buffers(struct fake_device *device)
{
    const struct fake_host *host = device->host;
    if (device->commands[0] == NULL) {
        device->commands[0] = malloc(host->command_len);
        device->commands[1] = malloc(host->command_len);
        device->allocations = malloc(host->list_count * sizeof(*device->allocations));
        device->patches = malloc(host->list_count * sizeof(*device->patches));
    }
}

static HRESULT create_context(HANDLE hDevice, D3DDDICB_CREATECONTEXT *data)
{
    struct fake_device *device = hDevice;
    if (device->host->create_context != S_OK) {
        return device->host->create_context;
    }
    if (data->NodeOrdinal != 0 || data->Flags.Value != 0) {
        return E_INVALIDARG;
    }
    device->context_count++;
    data->hContext = device;
    make_buffers(device);
    lend(device, &data->pCommandBuffer, &data->CommandBufferSize, &data->pAllocationList,
            &data->AllocationListSize, &data->pPatchLocationList, &data->PatchLocationListSize);
    return S_OK;
}

static HRESULT destroy_context(HANDLE hDevice, const D3DDDICB_DESTROYCONTEXT *data)
{
    struct fake_device *device = hDevice;
    if (device->host->destroy_context != S_OK) {
        return device->host->destroy_context;
    }
    if (data->hContext != device) {
        return E_INVALIDARG;
    }
    device->context_count--;
    fake_complete(device->host);
    return S_OK;
}

/* The entry of the allocation list that a resource field of the message at that place gets. */
static const D3DDDI_ALLOCATIONLIST *patched(const struct fake_device *device,
        const D3DDDICB_RENDER *data, size_t message_at, uint16_t field)
{
    for (UINT i = 0; i < data->NumPatchLocations; i++) {
        const D3DDDI_PATCHLOCATIONLIST *patch = &device->patches[i];
        if (patch->PatchOffset == message_at + VIT_MESSAGE_HEADER_LEN + field &&
                patch->AllocationIndex < data->NumAllocations && patch->Value == 0 &&
                patch->DriverId == 0 && patch->AllocationOffset == 0 && patch->SplitOffset == 0) {
            return &device->allocations[patch->AllocationIndex];
        }
    }
    return NULL;
}

static bool record_message(struct fake_device *device, const D3DDDICB_RENDER *data, size_t at,
        const struct vit_message *message)
{
    struct fake_host *host = device->host;
    const struct vit_op_info *info = message->info;
    if ((info->use & VIT_USE_QUEUED) == 0) {
        return false;
    }
    if (host->message_count == FAKE_MESSAGES) {
        host->unrecorded_count++;
        return true;
    }
    struct fake_message *record = &host->messages[host->message_count];
    memset(record, 0, sizeof(*record));
    record->op = info->op;
    record->render = host->render_count;
    memcpy(record->body, message->body, info->request_len);
    if (info->resource_a != VIT_NO_FIELD) {
        const D3DDDI_ALLOCATIONLIST *a = patched(device, data, at, info->resource_a);
        const D3DDDI_ALLOCATIONLIST *b = patched(device, data, at, info->resource_b);
        if (a == NULL || b == NULL || fake_find(host, a->hAllocation) == NULL ||
                fake_find(host, b->hAllocation) == NULL) {
            return false;
        }
        record->a = a->hAllocation;
        record->b = b->hAllocation;
        record->writes_a = a->WriteOperation != 0;
        record->writes_b = b->WriteOperation != 0;
    }
    host->message_count++;
    return true;
}

static HRESULT render(HANDLE hDevice, D3DDDICB_RENDER *data)
{
    struct fake_device *device = hDevice;
    struct fake_host *host = device->host;
    struct vit_reader in;
    if (host->render != S_OK) {
        return host->render;
    }
    host->render_count++;
    unsigned count = 0;
    vit_reader_init(&in, device->commands[device->buffer], data->CommandLength);
    for (; vit_reader_left(&in) != 0; count++) {
        struct vit_message message;
        size_t at = in.at;
        if (vit_get_message(&in, &message) != VIT_OK ||
                !record_message(device, data, at, &message)) {
            return D3DDDIERR_INVALIDINSTRUCTION;
        }
    }
    host->longest_count = count > host->longest_count ? count : host->longest_count;
    lend(device, &data->pNewCommandBuffer, &data->NewCommandBufferSize, &data->pNewAllocationList,
            &data->NewAllocationListSize, &data->pNewPatchLocationList,
            &data->NewPatchLocationListSize);
    if (host->short_render) {
        data->pNewCommandBuffer = NULL;
    }
    return S_OK;
}

static HRESULT signal_event(HANDLE hDevice, const D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 *data)
{
    struct fake_host *host = host_of(hDevice);
    host->signal_count++;
    if (host->signal != S_OK) {
        return host->signal;
    }
    if (data->Flags.EnqueueCpuEvent == 0 || data->ObjectCount != 0 ||
            data->CpuEventHandle == NULL || host->event_count == FAKE_EVENTS) {
        return E_INVALIDARG;
    }
    host->events[host->event_count++] = data->CpuEventHandle;
    if (!host->hold_events) {
        fake_complete(host);
    }
    return S_OK;
}

static HRESULT wait_progress(HANDLE hDevice, const D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 *data)
{
    struct fake_host *host = host_of(hDevice);
    host->wait_count++;
    host->last_wait_limit = data->FenceValue;
    if (host->wait != S_OK) {
        return host->wait;
    }
    if (host->complete_on_wait) {
        fake_complete(host);
    }
    return data->ObjectCount == 0 ? S_OK : E_INVALIDARG;
}

static HRESULT present(HANDLE hDevice, DXGIDDICB_PRESENT *data)
{
    struct fake_host *host = host_of(hDevice);
    if (host->present != S_OK) {
        return host->present;
    }
    host->presented = *data;
    host->present_count++;
    return S_OK;
}

static void set_error(D3D10DDI_HRTCORELAYER core_layer, HRESULT hr)
{
    struct fake_device *device = core_layer.handle;
    if (device->error_count < FAKE_ERRORS) {
        device->errors[device->error_count++] = hr;
    }
}

static void amortized(D3D10DDI_HRTCORELAYER core_layer)
{
    struct fake_device *device = core_layer.handle;
    device->amortized_count++;
}

const D3DDDI_ADAPTERCALLBACKS fake_adapter_callbacks = { .pfnQueryAdapterInfoCb = query_adapter };

const D3DDDI_DEVICECALLBACKS fake_device_callbacks = {
    .pfnAllocateCb = allocate,
    .pfnDeallocateCb = deallocate,
    .pfnLockCb = lock,
    .pfnUnlockCb = unlock,
    .pfnEscapeCb = escape,
    .pfnCreateContextCb = create_context,
    .pfnDestroyContextCb = destroy_context,
    .pfnRenderCb = render,
    .pfnSignalSynchronizationObject2Cb = signal_event,
    .pfnWaitForSynchronizationObject2Cb = wait_progress,
};

const D3D11DDI_CORELAYER_DEVICECALLBACKS fake_core_callbacks = {
    .pfnSetErrorCb = set_error,
    .pfnPerformAmortizedProcessingCb = amortized,
};

DXGI_DDI_BASE_CALLBACKS fake_dxgi_callbacks = { .pfnPresentCb = present };
