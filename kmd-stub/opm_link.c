/* SPDX-License-Identifier: MIT */
#include "kmd-stub/opm_link.h"

#include <string.h>

#include "base/secret.h"
#include "kmd-stub/device.h"
#include "wire/message.h"

enum { SCRATCH_LEN = 8192 };
_Static_assert((int)SCRATCH_LEN >= (int)VIT_OPM_GET_INFO_LEN, "what has no additional bytes fits");

static enum vit_status create_scratch(struct vit_kmd_adapter *adapter, size_t len,
        struct vit_link_resource *scratch)
{
    struct vit_allocation_block block = {
        .kind = VIT_ALLOCATION_SHARED,
        .width = (uint32_t)len,
        .height = 1,
        .format = VIT_FORMAT_BYTES,
        .size = len,
    };
    return vit_kmd_adapter_note(adapter,
            adapter->link->impl->create_resource(adapter->link, adapter->opm.device->context,
                    &block, scratch));
}

/* The kernel's own context, and its scratch page. */
static enum vit_status open_context(struct vit_kmd_adapter *adapter)
{
    struct vit_kmd_opm *opm = &adapter->opm;
    if (adapter->lost) {
        return VIT_E_GONE;
    }
    if (opm->device == NULL) {
        VIT_TRY(vit_kmd_device_open(adapter, &opm->device));
    }
    return opm->scratch.id == 0 ? create_scratch(adapter, SCRATCH_LEN, &opm->scratch) : VIT_OK;
}

static struct vit_writer begin(struct vit_kmd_adapter *adapter)
{
    struct vit_writer out;
    vit_writer_init(&out, adapter->staging.submission + VIT_ENVELOPE_LEN, VIT_KMD_COMMAND_LEN);
    return out;
}

/* The one message that was put there. */
static enum vit_status converse(struct vit_kmd_adapter *adapter, const struct vit_writer *message,
        void *body, size_t body_len)
{
    struct vit_kmd_device *device = adapter->opm.device;
    enum vit_status answer = VIT_OK;
    enum vit_status status = vit_kmd_device_submit(device, message->at, 1);
    vit_wipe(adapter->staging.submission, VIT_ENVELOPE_LEN + message->at);
    if (status == VIT_OK) {
        status = vit_kmd_device_wait(device, device->submitted, UINT64_MAX);
    }
    if (status == VIT_OK) {
        status = vit_kmd_device_take_reply(device, &answer, body, body_len);
    }
    return status != VIT_OK ? status : answer;
}

enum vit_status vit_kmd_opm_link_create(struct vit_kmd_adapter *adapter, uint32_t output,
        uint64_t *id, uint8_t random[VIT_OPM_RANDOM_LEN])
{
    uint8_t body[8 + VIT_OPM_RANDOM_LEN];
    struct vit_reader in;
    VIT_TRY(open_context(adapter));
    struct vit_writer out = begin(adapter);
    vit_put_opm_create(&out, &(struct vit_msg_opm_create){ .output = output });
    VIT_TRY(converse(adapter, &out, body, sizeof(body)));
    vit_reader_init(&in, body, sizeof(body));
    *id = vit_get_u64(&in);
    vit_get_bytes(&in, random, VIT_OPM_RANDOM_LEN);
    return VIT_OK;
}

enum vit_status vit_kmd_opm_link_destroy(struct vit_kmd_adapter *adapter, uint64_t id)
{
    VIT_TRY(open_context(adapter));
    struct vit_writer out = begin(adapter);
    vit_put_session(&out, VIT_OP_OPM_DESTROY, id);
    return converse(adapter, &out, NULL, 0);
}

enum vit_status vit_kmd_opm_link_exchange(struct vit_kmd_adapter *adapter, uint64_t id,
        const uint8_t block[VIT_OAEP_BLOCK_LEN])
{
    struct vit_msg_exchange message = { .session = id };
    VIT_TRY(open_context(adapter));
    struct vit_writer out = begin(adapter);
    memcpy(message.block, block, sizeof(message.block));
    vit_put_exchange(&out, VIT_OP_OPM_EXCHANGE, &message);
    return converse(adapter, &out, NULL, 0);
}

enum vit_status vit_kmd_opm_link_program(struct vit_kmd_adapter *adapter, uint64_t id,
        const uint8_t plaintext[VIT_OPM_PLAINTEXT_LEN])
{
    VIT_TRY(open_context(adapter));
    struct vit_link_resource *scratch = &adapter->opm.scratch;
    struct vit_writer out = begin(adapter);
    vit_put_program(&out, VIT_OP_OPM_PROGRAM,
            &(struct vit_msg_program){ .session = id, .resource = scratch->id });
    memcpy(scratch->mapping, plaintext, VIT_OPM_PLAINTEXT_LEN);
    enum vit_status status = converse(adapter, &out, NULL, 0);
    vit_wipe(scratch->mapping, VIT_OPM_PLAINTEXT_LEN);
    return status;
}

static enum vit_status call_in(struct vit_kmd_adapter *adapter, uint64_t id,
        const struct vit_kmd_opm_call *call, const struct vit_link_resource *scratch,
        uint32_t *result)
{
    uint8_t body[8];
    struct vit_reader in;
    uint8_t *page = scratch->mapping;
    struct vit_writer out = begin(adapter);
    memcpy(page, call->request, call->request_len);
    if (call->additional_len != 0) {
        memcpy(page + call->request_len, call->additional, call->additional_len);
    }
    vit_put_opm_call(&out, call->op,
            &(struct vit_msg_opm_call){ .object = id,
                    .resource = scratch->id,
                    .additional_len = (uint32_t)call->additional_len });
    enum vit_status status = converse(adapter, &out, body, sizeof(body));
    vit_reader_init(&in, body, sizeof(body));
    *result = status == VIT_OK ? vit_get_u32(&in) : 0;
    if (status == VIT_OK && *result == 0 && call->answer != NULL) {
        memcpy(call->answer, page, call->answer_len);
    }
    vit_wipe(page, call->request_len + call->additional_len);
    return status;
}

enum vit_status vit_kmd_opm_link_call(struct vit_kmd_adapter *adapter, uint64_t id,
        const struct vit_kmd_opm_call *call, uint32_t *result)
{
    VIT_TRY(open_context(adapter));
    size_t len = call->request_len + call->additional_len;
    if (len <= SCRATCH_LEN) {
        return call_in(adapter, id, call, &adapter->opm.scratch, result);
    }
    struct vit_link_resource large = { .id = 0 };
    VIT_TRY(create_scratch(adapter, len, &large));
    enum vit_status status = call_in(adapter, id, call, &large, result);
    adapter->link->impl->destroy_resource(adapter->link, adapter->opm.device->context, &large);
    return status;
}
