/* SPDX-License-Identifier: MIT */
#include "tests/kmd-stub/host_rig.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "wire/envelope.h"

const char *host_chain(bool custody_device)
{
    return getenv(custody_device ? "HOST_CHAIN_DEVICE" : "HOST_CHAIN_DRIVER");
}

const char *host_key(void)
{
    return getenv("HOST_KEY");
}

static HRESULT add_device(struct host_rig *rig)
{
    HRESULT result = rig->tables.create_device(rig->tables.host, &rig->device);
    if (FAILED(result)) {
        return result;
    }
    rig->context = (D3DDDICB_CREATECONTEXT){ 0 };
    return rig->tables.device_callbacks->pfnCreateContextCb(rig->device, &rig->context);
}

HRESULT host_open(struct host_rig *rig, const struct vitrine_host_config *config)
{
    *rig = (struct host_rig){ 0 };
    HRESULT result = VitrineOpenHost(config, &rig->tables, rig->error, sizeof(rig->error));
    return FAILED(result) ? result : add_device(rig);
}

HRESULT host_open_plain(struct host_rig *rig)
{
    struct vitrine_host_config config = { .version = VITRINE_HOST_VERSION,
        .certificate = host_chain(false),
        .key = host_key() };
    return host_open(rig, &config);
}

HRESULT host_add_device(const struct host_rig *first, struct host_rig *rig)
{
    *rig = (struct host_rig){ .tables = first->tables };
    return add_device(rig);
}

void host_drop_device(struct host_rig *rig)
{
    rig->tables.destroy_device(rig->tables.host, rig->device);
}

void host_close(struct host_rig *rig)
{
    host_drop_device(rig);
    rig->tables.close(rig->tables.host);
}

HRESULT host_allocate(struct host_rig *rig, enum vit_allocation_kind kind, uint32_t format,
        uint32_t width, uint32_t height, D3DKMT_HANDLE *handle)
{
    struct vit_surface surface;
    if (vit_surface_init(&surface, format, width, height) != VIT_OK) {
        return E_INVALIDARG;
    }
    uint8_t bytes[VIT_ALLOCATION_BLOCK_LEN];
    struct vit_allocation_block block = { kind, width, height, format, surface.size };
    vit_allocation_block_encode(&block, bytes);
    D3DDDI_ALLOCATIONINFO info = { .pPrivateDriverData = bytes,
        .PrivateDriverDataSize = sizeof(bytes) };
    info.Flags.Primary = kind >= VIT_ALLOCATION_PRIMARY;
    D3DDDICB_ALLOCATE data = { .NumAllocations = 1, .pAllocationInfo = &info };
    HRESULT result = rig->tables.device_callbacks->pfnAllocateCb(rig->device, &data);
    *handle = info.hAllocation;
    return result;
}

HRESULT host_deallocate(struct host_rig *rig, D3DKMT_HANDLE handle)
{
    D3DDDICB_DEALLOCATE data = { .NumAllocations = 1, .HandleList = &handle };
    return rig->tables.device_callbacks->pfnDeallocateCb(rig->device, &data);
}

HRESULT host_lock(struct host_rig *rig, D3DKMT_HANDLE handle, uint8_t **bytes)
{
    D3DDDICB_LOCK data = { .hAllocation = handle, .Flags = { .LockEntire = 1 } };
    HRESULT result = rig->tables.device_callbacks->pfnLockCb(rig->device, &data);
    *bytes = data.pData;
    return result;
}

HRESULT host_unlock(struct host_rig *rig, D3DKMT_HANDLE handle)
{
    D3DDDICB_UNLOCK data = { 1, &handle };
    return rig->tables.device_callbacks->pfnUnlockCb(rig->device, &data);
}

HRESULT host_copy(struct host_rig *rig, D3DKMT_HANDLE source, D3DKMT_HANDLE destination,
        uint32_t len)
{
    struct vit_writer out;
    struct vit_msg_copy copy = { .row_len = len,
        .rows = 1,
        .source_pitch = len,
        .destination_pitch = len };
    vit_writer_init(&out, rig->context.pCommandBuffer, rig->context.CommandBufferSize);
    vit_put_copy(&out, &copy);
    rig->context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = source };
    rig->context.pAllocationList[1] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = destination };
    rig->context.pPatchLocationList[0] =
            (D3DDDI_PATCHLOCATIONLIST){ .PatchOffset = VIT_MESSAGE_HEADER_LEN };
    rig->context.pPatchLocationList[1] = (D3DDDI_PATCHLOCATIONLIST){ .AllocationIndex = 1,
        .PatchOffset = VIT_MESSAGE_HEADER_LEN + 4 };
    D3DDDICB_RENDER data = { .CommandLength = (UINT)out.at,
        .NumAllocations = 2,
        .NumPatchLocations = 2,
        .hContext = rig->context.hContext };
    return rig->tables.device_callbacks->pfnRenderCb(rig->device, &data);
}

HRESULT host_finish(struct host_rig *rig)
{
    struct vit_kmd_event event = { 0 };
    D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 signal = { .hContext = rig->context.hContext,
        .Flags = { .EnqueueCpuEvent = 1 },
        .CpuEventHandle = &event };
    const D3DDDI_DEVICECALLBACKS *table = rig->tables.device_callbacks;
    HRESULT result = table->pfnSignalSynchronizationObject2Cb(rig->device, &signal);
    while (SUCCEEDED(result) && atomic_load_explicit(&event.done, memory_order_acquire) == 0) {
        D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 wait = { .hContext = rig->context.hContext,
            .FenceValue = 1000000000 };
        result = table->pfnWaitForSynchronizationObject2Cb(rig->device, &wait);
    }
    return result;
}

HRESULT host_present(struct host_rig *rig, D3DKMT_HANDLE handle)
{
    DXGIDDICB_PRESENT data = { .hSrcAllocation = handle, .hContext = rig->context.hContext };
    return rig->tables.dxgi_callbacks->pfnPresentCb(rig->device, &data);
}

static HRESULT escape(struct host_rig *rig, uint8_t *block, size_t len)
{
    D3DDDICB_ESCAPE data = { .hDevice = rig->device,
        .pPrivateDriverData = block,
        .PrivateDriverDataSize = (UINT)len,
        .hContext = rig->context.hContext };
    return rig->tables.device_callbacks->pfnEscapeCb(rig->tables.hRTAdapter, &data);
}

static struct vit_writer begin_escape(uint8_t block[VIT_ESCAPE_MAX_LEN])
{
    struct vit_writer out;
    vit_writer_init(&out, block, VIT_ESCAPE_MAX_LEN);
    vit_escape_encode(&(struct vit_escape){ .allocation_count = 0 }, &out);
    return out;
}

HRESULT host_create_session(struct host_rig *rig, enum vit_status *status, uint64_t *session)
{
    uint8_t block[VIT_ESCAPE_MAX_LEN];
    uint8_t body[8];
    struct vit_writer out = begin_escape(block);
    vit_put_session_create(&out,
            &(struct vit_msg_session_create){ .crypto_type = VIT_CRYPTO_AES128_CTR });
    HRESULT result = escape(rig, block, out.at);
    *status = vit_escape_result(block, out.at, body, sizeof(body));
    struct vit_reader in;
    vit_reader_init(&in, body, sizeof(body));
    *session = *status == VIT_OK ? vit_get_u64(&in) : 0;
    return result;
}

HRESULT host_ask_session(struct host_rig *rig, enum vit_op op, uint64_t session,
        enum vit_status *status)
{
    uint8_t block[VIT_ESCAPE_MAX_LEN];
    uint8_t body[VIT_REPLY_BODY_MAX_LEN];
    struct vit_writer out = begin_escape(block);
    vit_put_session(&out, op, session);
    HRESULT result = escape(rig, block, out.at);
    *status = vit_escape_result(block, out.at, body, vit_op_info(op)->reply_len);
    return result;
}
