/* SPDX-License-Identifier: MIT */
#include "kmd-stub/escape.h"

#include <string.h>

#include "base/secret.h"
#include "kmd-stub/allocation.h"
#include "kmd-stub/context.h"
#include "kmd-stub/status.h"

struct request {
    struct vit_escape escape;
    const struct vit_op_info *info;
    uint8_t *message; /* header and body, in staging */
    size_t message_len;
};

static size_t block_len_of(const struct vit_op_info *info)
{
    size_t message = VIT_MESSAGE_HEADER_LEN + (size_t)info->request_len;
    return VIT_ESCAPE_HEADER_LEN + (message > info->reply_len ? message : info->reply_len);
}

/* Looks at the copy of the block only. */
static enum vit_status parse(uint8_t *block, size_t len, struct request *request)
{
    struct vit_reader in;
    struct vit_message message;
    vit_reader_init(&in, block, len);
    VIT_TRY(vit_escape_decode(&in, &request->escape));
    request->message = block + in.at;
    if (vit_get_message(&in, &message) != VIT_OK || (message.info->use & VIT_USE_DIRECT) == 0 ||
            len != block_len_of(message.info)) {
        return VIT_E_ARG;
    }
    request->info = message.info;
    request->message_len = VIT_MESSAGE_HEADER_LEN + (size_t)message.info->request_len;
    return VIT_OK;
}

static enum vit_status patch_field(struct vit_kmd_device *device, struct request *request,
        uint16_t field)
{
    if (field == VIT_NO_FIELD) {
        return VIT_OK;
    }
    uint32_t at = VIT_MESSAGE_HEADER_LEN + (uint32_t)field;
    struct vit_kmd_allocation *allocation = NULL;
    for (unsigned i = 0; i < request->escape.allocation_count; i++) {
        if (request->escape.allocations[i].offset == at) {
            allocation = vit_kmd_allocation_find(device, request->escape.allocations[i].handle);
        }
    }
    if (allocation == NULL) {
        return VIT_E_ARG;
    }
    vit_store_le32(request->message + at, allocation->resource.id);
    return VIT_OK;
}

/* As many allocations as fields, and each field named: so each exactly once. */
static enum vit_status patch(struct vit_kmd_device *device, struct request *request)
{
    unsigned fields = (request->info->resource_a != VIT_NO_FIELD) +
            (request->info->resource_b != VIT_NO_FIELD);
    if (request->escape.allocation_count != fields) {
        return VIT_E_ARG;
    }
    VIT_TRY(patch_field(device, request, request->info->resource_a));
    return patch_field(device, request, request->info->resource_b);
}

static enum vit_status exchange(struct vit_kmd_device *device, const struct request *request,
        uint8_t *block, size_t block_len)
{
    VIT_TRY(vit_kmd_device_submit(device, request->message_len, 1));
    VIT_TRY(vit_kmd_device_wait(device, device->submitted, UINT64_MAX));
    enum vit_status answer = VIT_OK;
    uint8_t body[VIT_REPLY_BODY_MAX_LEN];
    VIT_TRY(vit_kmd_device_take_reply(device, &answer, body, request->info->reply_len));
    vit_escape_answer(block, block_len, answer, body,
            answer == VIT_OK ? request->info->reply_len : 0);
    vit_wipe(body, sizeof(body));
    return VIT_OK;
}

/* Copied so that the message lies where the envelope goes before it. */
static enum vit_status call(struct vit_kmd_device *device, uint8_t *block, size_t len)
{
    uint8_t *staging = device->adapter->staging.submission;
    uint8_t *copy = staging + VIT_ENVELOPE_LEN - VIT_ESCAPE_HEADER_LEN;
    struct request request;
    memcpy(copy, block, len);
    enum vit_status status = parse(copy, len, &request);
    if (status == VIT_OK) {
        status = patch(device, &request);
    }
    if (status == VIT_OK) {
        status = exchange(device, &request, block, len);
    }
    vit_wipe(staging, VIT_ENVELOPE_LEN + len);
    return status;
}

_Static_assert((int)VIT_ESCAPE_HEADER_LEN <= (int)VIT_ENVELOPE_LEN, "the copy fits staging");

static bool arguments_fit(const D3DDDICB_ESCAPE *data)
{
    D3DDDI_ESCAPEFLAGS known = { .HardwareAccess = 1 };
    return (data->Flags.Value & ~known.Value) == 0 && data->pPrivateDriverData != NULL &&
            data->PrivateDriverDataSize >= VIT_ESCAPE_HEADER_LEN + VIT_MESSAGE_HEADER_LEN &&
            data->PrivateDriverDataSize <= VIT_ESCAPE_MAX_LEN;
}

HRESULT vit_kmd_escape(HANDLE hAdapter, const D3DDDICB_ESCAPE *data)
{
    VIT_AUTO(kmd_entry) adapter = vit_kmd_adapter_enter(hAdapter);
    if (adapter == NULL || data == NULL || !arguments_fit(data)) {
        return E_INVALIDARG;
    }
    struct vit_kmd_device *device = vit_kmd_device_find(adapter, data->hDevice);
    if (device == NULL) {
        return E_INVALIDARG; /* no message concerns the whole adapter */
    }
    if (data->hContext != NULL && vit_kmd_context_find(device, data->hContext) == NULL) {
        return E_INVALIDARG;
    }
    if (adapter->lost) {
        return D3DDDIERR_DEVICEREMOVED;
    }
    /* HardwareAccess asks for an idle device and for nobody else in the driver: a message is done
     * behind everything anyway, and the lock is held. */
    return vit_kmd_result(call(device, data->pPrivateDriverData, data->PrivateDriverDataSize));
}
