/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "kmd-stub/escape.h"
#include "tests/kmd-stub/fake_link.h"

struct call {
    uint8_t block[VIT_ESCAPE_MAX_LEN + 8];
    struct vit_writer out;
    struct vit_escape escape;
};

/* Names the allocations that the test puts into escape first. */
static void begin(struct call *call, unsigned allocations, const D3DKMT_HANDLE *handles,
        const uint32_t *offsets)
{
    memset(call, 0, sizeof(*call));
    call->escape.allocation_count = allocations;
    for (unsigned i = 0; i < allocations && i < VIT_ESCAPE_ALLOCATIONS; i++) {
        call->escape.allocations[i].handle = handles[i];
        call->escape.allocations[i].offset = offsets[i];
    }
    vit_writer_init(&call->out, call->block, sizeof(call->block));
    vit_escape_encode(&call->escape, &call->out);
}

static void begin_plain(struct call *call)
{
    begin(call, 0, NULL, NULL);
}

static HRESULT send_len(struct rig *rig, struct call *call, UINT len)
{
    D3DDDICB_ESCAPE data = { .hDevice = rig->device,
        .pPrivateDriverData = call->block,
        .PrivateDriverDataSize = len,
        .hContext = rig->context.hContext };
    return vit_kmd_escape(rig->adapter, &data);
}

static HRESULT send(struct rig *rig, struct call *call)
{
    return send_len(rig, call, (UINT)call->out.at);
}

static enum vit_status result(const struct call *call, void *body, size_t len)
{
    return vit_escape_result(call->block, call->out.at, body, len);
}

Test(escape, one_message_goes_and_its_reply_comes_back)
{
    struct rig rig;
    rig_init(&rig);
    struct call call;
    begin_plain(&call);
    vit_put_session(&call.out, VIT_OP_READBACK_KEY, 0x1122334455667788);
    memcpy(rig.link->reply_body, "0123456789abcdef", 16);
    uint8_t body[16] = { 0 };
    cr_assert_eq(send(&rig, &call), S_OK);
    cr_assert_eq(result(&call, body, sizeof(body)), VIT_OK);
    cr_assert_arr_eq(body, "0123456789abcdef", 16);
    cr_assert_eq(rig.link->envelope.count, 1);
    cr_assert_eq(rig.link->messages_len, 16);
    cr_assert_eq(vit_load_le32(rig.link->messages + 8), 0x55667788);
    rig_finish(&rig);
}

Test(escape, the_devices_status_is_in_the_block)
{
    struct rig rig;
    rig_init(&rig);
    struct call call;
    uint8_t body[16] = { 7 };
    begin_plain(&call);
    vit_put_session(&call.out, VIT_OP_READBACK_KEY, 1);
    rig.link->reply_status = VIT_E_STATE;
    cr_assert_eq(send(&rig, &call), S_OK);
    cr_assert_eq(result(&call, body, sizeof(body)), VIT_E_STATE);
    cr_assert_eq(body[0], 7);
    cr_assert_eq(rig.adapter->refusals, 1);
    rig_finish(&rig);
}

Test(escape, secrets_of_a_reply_stay_nowhere)
{
    struct rig rig;
    rig_init(&rig);
    struct call call;
    begin_plain(&call);
    vit_put_session(&call.out, VIT_OP_READBACK_KEY, 1);
    memcpy(rig.link->reply_body, "SECRET-SECRET-16", 16);
    cr_assert_eq(send(&rig, &call), S_OK);
    struct fake_resource *replies = fake_link_resource(rig.link, rig.link->envelope.reply_resource);
    cr_assert_null(memmem(replies->mapping, 4096, "SECRET", 6));
    cr_assert_null(memmem(&rig.adapter->staging, sizeof(rig.adapter->staging), "SECRET", 6));
    begin_plain(&call);
    struct vit_msg_exchange exchange = { .session = 1, .block = "EXCHANGE" };
    vit_put_exchange(&call.out, VIT_OP_SESSION_EXCHANGE, &exchange);
    cr_assert_eq(send(&rig, &call), S_OK);
    cr_assert_not_null(memmem(rig.link->messages, 300, "EXCHANGE", 8));
    cr_assert_null(memmem(&rig.adapter->staging, sizeof(rig.adapter->staging), "EXCHANGE", 8));
    rig_finish(&rig);
}

Test(escape, allocations_are_put_where_their_fields_are)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handles[2];
    uint32_t ids[2];
    handles[0] = rig_allocation(&rig, VIT_ALLOCATION_PROTECTED);
    ids[0] = rig.link->last_resource;
    handles[1] = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    ids[1] = rig.link->last_resource;
    struct call call;
    begin(&call, 2, handles, (const uint32_t[]){ 16, 20 });
    vit_put_encrypt(&call.out, &(struct vit_msg_encrypt){ .length = 16 });
    cr_assert_eq(send(&rig, &call), S_OK);
    cr_assert_eq(vit_load_le32(rig.link->messages + 16), ids[0]);
    cr_assert_eq(vit_load_le32(rig.link->messages + 20), ids[1]);

    begin(&call, 2, handles, (const uint32_t[]){ 20, 16 });
    vit_put_encrypt(&call.out, &(struct vit_msg_encrypt){ .length = 16 });
    cr_assert_eq(send(&rig, &call), S_OK, "in any order");
    cr_assert_eq(vit_load_le32(rig.link->messages + 16), ids[1]);
    rig_finish(&rig);
}

Test(escape, every_field_is_named_exactly_once)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    const D3DKMT_HANDLE handles[2] = { handle, handle };
    static const struct {
        unsigned count;
        uint32_t offsets[2];
    } bad[] = { { 0, { 0, 0 } }, { 1, { 16, 0 } }, { 1, { 20, 0 } }, { 2, { 16, 16 } },
        { 2, { 16, 24 } }, { 2, { 8, 20 } }, { 2, { 17, 20 } }, { 2, { 16, UINT32_MAX } },
        { 3, { 16, 20 } } };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct call call;
        begin(&call, bad[i].count, handles, bad[i].offsets);
        vit_put_encrypt(&call.out, &(struct vit_msg_encrypt){ .length = 16 });
        cr_expect_eq(send(&rig, &call), E_INVALIDARG, "case %u", i);
    }
    struct call call;
    begin(&call, 1, handles, (const uint32_t[]){ 8 });
    vit_put_session(&call.out, VIT_OP_SESSION_STATE, 1);
    cr_expect_eq(send(&rig, &call), E_INVALIDARG, "a message without such a field");
    cr_assert_eq(rig.link->submissions, 0);
    rig_finish(&rig);
}

Test(escape, an_allocation_must_live_and_be_this_devices)
{
    struct rig rig;
    rig_init(&rig);
    HANDLE other = rig_create_device(&rig);
    D3DKMT_HANDLE bad[3] = { 0, 0, 99 };
    cr_assert_eq(rig_allocate(&rig, other, VIT_ALLOCATION_SHARED, &bad[0]), S_OK);
    bad[1] = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    rig_deallocate(&rig, bad[1]);
    for (unsigned i = 0; i < 3; i++) {
        struct call call;
        begin(&call, 1, &bad[i], (const uint32_t[]){ 16 });
        vit_put_program(&call.out, VIT_OP_SESSION_PROGRAM,
                &(struct vit_msg_program){ .session = 1 });
        cr_expect_eq(send(&rig, &call), E_INVALIDARG, "handle %u", i);
    }
    cr_assert_eq(rig.link->submissions, 0);
    rig_destroy_device(&rig, other);
    rig_finish(&rig);
}

Test(escape, blocks_that_are_short_long_or_missing_are_refused)
{
    struct rig rig;
    rig_init(&rig);
    struct call call;
    for (UINT len = 0; len <= sizeof(call.block); len++) {
        begin_plain(&call);
        vit_put_exchange(&call.out, VIT_OP_SESSION_EXCHANGE,
                &(struct vit_msg_exchange){ .session = 1 });
        HRESULT expected = len == call.out.at ? S_OK : E_INVALIDARG;
        cr_assert_eq(send_len(&rig, &call, len), expected, "%u bytes", len);
    }
    for (UINT len = 0; len <= VIT_ESCAPE_MAX_LEN; len++) {
        begin_plain(&call);
        vit_put_session(&call.out, VIT_OP_SESSION_STATE, 1);
        HRESULT expected = len == call.out.at ? S_OK : E_INVALIDARG;
        cr_assert_eq(send_len(&rig, &call, len), expected, "%u bytes of a short one", len);
    }
    D3DDDICB_ESCAPE data = { .hDevice = rig.device, .PrivateDriverDataSize = 64 };
    cr_assert_eq(vit_kmd_escape(rig.adapter, &data), E_INVALIDARG);
    cr_assert_eq(vit_kmd_escape(rig.adapter, NULL), E_INVALIDARG);
    cr_assert_eq(rig.link->submissions, 2);
    rig_finish(&rig);
}

Test(escape, anothers_block_is_a_mismatch)
{
    struct rig rig;
    rig_init(&rig);
    struct call call;
    static const unsigned bytes[] = { 0, 3, 4 };
    for (unsigned i = 0; i < 3; i++) {
        begin_plain(&call);
        vit_put_session(&call.out, VIT_OP_SESSION_STATE, 1);
        call.block[bytes[i]]++;
        cr_expect_eq(send(&rig, &call), ERROR_GRAPHICS_DRIVER_MISMATCH);
    }
    rig_finish(&rig);
}

Test(escape, messages_that_are_queued_or_none_are_refused)
{
    struct rig rig;
    rig_init(&rig);
    struct call call;
    begin_plain(&call);
    vit_put_nop(&call.out);
    cr_expect_eq(send(&rig, &call), E_INVALIDARG, "queued only");
    begin_plain(&call);
    vit_put_u64(&call.out, 0x7f);
    cr_expect_eq(send(&rig, &call), E_INVALIDARG, "unknown");
    begin_plain(&call);
    vit_put_session(&call.out, VIT_OP_SESSION_STATE, 1);
    call.block[VIT_ESCAPE_HEADER_LEN + 4]++;
    cr_expect_eq(send(&rig, &call), E_INVALIDARG, "another body length");
    cr_assert_eq(rig.link->submissions, 0);
    rig_finish(&rig);
}

static HRESULT send_as(struct rig *rig, HANDLE adapter, HANDLE device, HANDLE context, UINT flags)
{
    struct call call;
    begin_plain(&call);
    vit_put_session(&call.out, VIT_OP_SESSION_STATE, 1);
    D3DDDICB_ESCAPE data = { .hDevice = device,
        .Flags = { .Value = flags },
        .pPrivateDriverData = call.block,
        .PrivateDriverDataSize = (UINT)call.out.at,
        .hContext = context };
    (void)rig;
    return vit_kmd_escape(adapter, &data);
}

Test(escape, adapter_device_and_context_must_belong_together)
{
    struct rig rig, second;
    rig_init(&rig);
    rig_init(&second);
    HANDLE context = rig.context.hContext;
    HANDLE other = rig_create_device(&rig);
    cr_expect_eq(send_as(&rig, rig.adapter, rig.device, context, 0), S_OK);
    cr_expect_eq(send_as(&rig, rig.adapter, rig.device, NULL, 0), S_OK);
    cr_expect_eq(send_as(&rig, rig.adapter, other, context, 0), E_INVALIDARG);
    cr_expect_eq(send_as(&rig, rig.adapter, NULL, context, 0), E_INVALIDARG);
    cr_expect_eq(send_as(&rig, rig.adapter, NULL, NULL, 0), E_INVALIDARG);
    cr_expect_eq(send_as(&rig, rig.adapter, second.device, NULL, 0), E_INVALIDARG);
    cr_expect_eq(send_as(&rig, NULL, rig.device, NULL, 0), E_INVALIDARG);
    rig_destroy_device(&rig, other);
    cr_expect_eq(send_as(&rig, rig.adapter, other, NULL, 0), E_INVALIDARG, "stale");
    rig_finish(&second);
    rig_finish(&rig);
}

Test(escape, only_the_known_flag_is_taken)
{
    struct rig rig;
    rig_init(&rig);
    cr_expect_eq(send_as(&rig, rig.adapter, rig.device, NULL, 1), S_OK);
    for (unsigned bit = 1; bit < 32; bit++) {
        cr_expect_eq(send_as(&rig, rig.adapter, rig.device, NULL, 1u << bit), E_INVALIDARG);
    }
    rig_finish(&rig);
}

Test(escape, is_done_behind_what_was_submitted_before)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    cr_assert_eq(rig.link->completed, 0);
    cr_assert_eq(send_as(&rig, rig.adapter, rig.device, NULL, 0), S_OK);
    cr_assert_eq(rig.link->completed, 2);
    rig_finish(&rig);
}

Test(escape, a_reply_of_another_length_loses_the_adapter)
{
    static const uint32_t lens[] = { 0, 7, 9, 16, 33, UINT32_MAX - 1 };
    for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct rig rig;
        rig_init(&rig);
        rig.link->reply_body_len = lens[i];
        cr_expect_eq(send_as(&rig, rig.adapter, rig.device, NULL, 0), D3DDDIERR_DEVICEREMOVED,
                "%u bytes", lens[i]);
        cr_expect(rig.adapter->lost);
        rig_finish(&rig);
    }
}
