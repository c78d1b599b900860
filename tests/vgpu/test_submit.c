/* SPDX-License-Identifier: MIT */
#include "vgpu/submit.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vgpu/engine_rig.h"

static const uint8_t key[16] = "0123456789abcde";

static struct rig rig;

static void start(void)
{
    rig_init(&rig);
}

static void stop(void)
{
    rig_finish(&rig);
}

TestSuite(submit, .init = start, .fini = stop);

static struct rig_call nops(unsigned count)
{
    struct rig_call call;
    rig_call_init(&rig, &call, rig.a);
    for (unsigned i = 0; i < count; i++) {
        vit_put_nop(&call.out);
        call.envelope.count++;
    }
    return call;
}

/* Sends what the call holds, as it is; it must be done at once. */
static enum vit_status submit(const struct rig_call *call, size_t len)
{
    uint8_t *exact = malloc(len == 0 ? 1 : len);
    memcpy(exact, call->bytes, len);
    enum vit_status status = vgpu_engine_submit(call->context, exact, len, NULL);
    free(exact);
    return status;
}

Test(submit, answers)
{
    struct rig_call call = nops(1);
    cr_assert_eq(rig_call_start(&rig, &call), VIT_OK);
    cr_assert(rig_call_replied(&rig, &call));
    cr_assert_eq(call.reply.status, VIT_OK);
    cr_assert_eq(call.reply.body_len, 0);
    cr_assert_eq(call.done_count, 0, "what is done at once is not told again");
    rig_call_finish(&call);
}

Test(submit, answers_an_empty_submission)
{
    struct rig_call call = nops(0);
    cr_assert_eq(rig_call_start(&rig, &call), VIT_OK);
    cr_assert(rig_call_replied(&rig, &call));
    rig_call_finish(&call);
}

Test(submit, counts)
{
    struct vgpu_engine_stats stats;
    cr_assert_eq(rig_nop(&rig, rig.a), VIT_OK);
    cr_assert_eq(rig_program(&rig, rig.a, 1, 1, 1), VIT_E_ARG);
    vgpu_engine_stats(rig.engine, &stats);
    cr_assert_eq(stats.submissions, 2);
    cr_assert_eq(stats.refused, 1);
}

Test(submit, refuses_every_truncation)
{
    struct rig_call call = nops(1);
    struct vit_msg_copy copy = { .source = 1, .destination = 2, .row_len = 1, .rows = 1 };
    vit_put_copy(&call.out, &copy);
    call.envelope.count = 2;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_ARG);
    for (size_t len = 0; len < call.out.at; len++) {
        cr_assert_eq(submit(&call, len), VIT_E_PROTOCOL, "%zu", len);
    }
    rig_call_finish(&call);
}

/* The same with a length that agrees: messages are missing then, not bytes. */
Test(submit, refuses_every_shorter_length)
{
    struct rig_call call = nops(1);
    struct vit_msg_copy copy = { .source = 1, .destination = 2, .row_len = 1, .rows = 1 };
    vit_put_copy(&call.out, &copy);
    call.envelope.count = 2;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_ARG);
    for (size_t len = 0; len < call.out.at; len++) {
        vit_store_le32(call.bytes + 8, (uint32_t)len);
        cr_assert_eq(submit(&call, call.out.at), VIT_E_PROTOCOL, "%zu", len);
        cr_assert_eq(submit(&call, len), VIT_E_PROTOCOL, "%zu", len);
    }
    rig_call_finish(&call);
}

Test(submit, refuses_bytes_behind_the_last_message)
{
    struct rig_call call = nops(1);
    vit_put_zeros(&call.out, 1);
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_PROTOCOL);
    rig_call_finish(&call);
}

static void assert_refused_with_byte(size_t at, uint8_t value)
{
    struct rig_call call = nops(2);
    (void)rig_call_start(&rig, &call);
    call.bytes[at] = value;
    cr_assert_eq(submit(&call, call.out.at), VIT_E_PROTOCOL, "byte %zu", at);
    rig_call_finish(&call);
}

Test(submit, refuses_a_malformed_envelope)
{
    assert_refused_with_byte(0, 0);   /* magic */
    assert_refused_with_byte(4, 2);   /* version */
    assert_refused_with_byte(6, 1);   /* reserved */
    assert_refused_with_byte(14, 1);  /* count: 65538 */
    assert_refused_with_byte(32, 1);  /* reply offset */
    assert_refused_with_byte(28, 31); /* reply capacity */
    assert_refused_with_byte(40, 1);  /* reserved */
}

Test(submit, refuses_sequence_zero)
{
    struct rig_call call = nops(1);
    call.envelope.sequence = 0;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_PROTOCOL);
    rig_call_finish(&call);
}

Test(submit, refuses_a_malformed_message_and_says_which)
{
    static const struct {
        size_t at;
        uint8_t value;
    } faults[] = { { 0, 0xee }, { 1, 1 }, { 2, 1 }, { 4, 1 } }; /* op, reserved, length */
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct rig_call call = nops(3);
        call.bytes[VIT_ENVELOPE_LEN + 2 * VIT_MESSAGE_HEADER_LEN + faults[i].at] = faults[i].value;
        cr_assert_eq(rig_call_start(&rig, &call), VIT_E_PROTOCOL);
        cr_assert(rig_call_replied(&rig, &call));
        cr_assert_eq(call.reply.status, VIT_E_PROTOCOL);
        cr_assert_eq(call.reply.failed_index, 2);
        rig_call_finish(&call);
    }
}

Test(submit, refuses_every_op_outside_the_list)
{
    for (unsigned op = 0; op <= UINT16_MAX; op++) {
        if (vit_op_info(op) != NULL) {
            continue;
        }
        struct rig_call call = nops(1);
        call.bytes[VIT_ENVELOPE_LEN] = (uint8_t)op;
        call.bytes[VIT_ENVELOPE_LEN + 1] = (uint8_t)(op >> 8);
        cr_assert_eq(rig_call_start(&rig, &call), VIT_E_PROTOCOL, "%u", op);
        rig_call_finish(&call);
        op += op > 512 ? 4093 : 0;
    }
}

/* Every op, with a body one byte too short and one too long. */
Test(submit, refuses_every_wrong_body_length)
{
    const struct vit_op_info *info;
    for (unsigned i = 0; (info = vit_op_at(i)) != NULL; i++) {
        for (int more = -1; more <= 1; more += 2) {
            struct rig_call call = nops(0);
            size_t len = (size_t)(info->request_len + more);
            if (info->request_len == 0 && more < 0) {
                rig_call_finish(&call);
                continue;
            }
            vit_put_u16(&call.out, info->op);
            vit_put_u16(&call.out, 0);
            vit_put_u32(&call.out, (uint32_t)len);
            vit_put_zeros(&call.out, len);
            call.envelope.count = 1;
            cr_assert_eq(rig_call_start(&rig, &call), VIT_E_PROTOCOL, "%s", info->name);
            rig_call_finish(&call);
        }
    }
}

/* Op, and where in its body something must be zero. */
Test(submit, refuses_every_reserved_field)
{
    static const struct {
        enum vit_op op;
        size_t at;
    } fields[] = {
        { VIT_OP_SESSION_CREATE, 4 }, { VIT_OP_SESSION_PROGRAM, 12 },
        { VIT_OP_DECRYPT, 35 }, /* flags */
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const struct vit_op_info *info = vit_op_info(fields[i].op);
        struct rig_call call = nops(0);
        vit_put_u16(&call.out, info->op);
        vit_put_u16(&call.out, 0);
        vit_put_u32(&call.out, info->request_len);
        vit_put_zeros(&call.out, info->request_len);
        call.bytes[VIT_ENVELOPE_LEN + VIT_MESSAGE_HEADER_LEN + fields[i].at] = 0x80;
        call.envelope.count = 1;
        cr_assert_eq(rig_call_start(&rig, &call), VIT_E_PROTOCOL, "%s", info->name);
        rig_call_finish(&call);
    }
}

/* What is malformed further on keeps even the first message from being done. fault: where in the
 * second message, a decrypt */
static void assert_not_begun(size_t fault)
{
    const uint8_t bytes[16] = "not copied......";
    struct rig_call call = nops(0);
    vit_put_copy(&call.out, &(struct vit_msg_copy){ 5, 6, 0, 0, 16, 1, 16, 16 });
    call.envelope.count = 2;
    size_t second = call.out.at;
    vit_put_decrypt(&call.out, &(struct vit_msg_decrypt){ .length = 1 });
    call.bytes[second + fault] = 0xee;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_PROTOCOL);
    const struct vgpu_resource *copied = vgpu_context_resource(rig.a, 6);
    cr_assert_neq(memcmp(copied->backing[0].iov_base, bytes, 16), 0);
    rig_call_finish(&call);
}

Test(submit, checks_all_before_it_acts)
{
    rig_buffer(&rig, rig.a, 5, "not copied......", 16);
    rig_buffer(&rig, rig.a, 6, NULL, 16);
    assert_not_begun(0);                           /* op */
    assert_not_begun(4);                           /* length */
    assert_not_begun(VIT_MESSAGE_HEADER_LEN + 32); /* flags */
}

Test(submit, ends_at_the_first_message_that_fails)
{
    uint8_t bytes[48];
    rig_random(bytes, sizeof(bytes), 3);
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, 5, bytes, sizeof(bytes));
    struct rig_call call = nops(1);
    vit_put_copy(&call.out, &(struct vit_msg_copy){ 5, 5, 0, 16, 16, 1, 16, 16 });
    vit_put_copy(&call.out, &(struct vit_msg_copy){ 5, 5, 0, 48, 16, 1, 16, 16 });
    vit_put_copy(&call.out, &(struct vit_msg_copy){ 5, 5, 0, 32, 16, 1, 16, 16 });
    call.envelope.count = 4;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_ARG);
    cr_assert(rig_call_replied(&rig, &call));
    cr_assert_eq(call.reply.failed_index, 2);
    const uint8_t *now = buffer->backing[0].iov_base;
    cr_assert_arr_eq(now + 16, bytes, 16, "the one before it is done");
    cr_assert_arr_eq(now + 32, bytes + 32, 16, "the one behind it is not");
    rig_call_finish(&call);
}

Test(submit, lets_a_direct_op_only_stand_alone)
{
    const struct vit_op_info *info;
    for (unsigned i = 0; (info = vit_op_at(i)) != NULL; i++) {
        struct rig_call call = nops(1);
        vit_put_u16(&call.out, info->op);
        vit_put_u16(&call.out, 0);
        vit_put_u32(&call.out, info->request_len);
        vit_put_zeros(&call.out, info->request_len);
        call.envelope.count = 2;
        enum vit_status status = rig_call_start(&rig, &call);
        bool direct = (info->use & VIT_USE_DIRECT) != 0;
        cr_assert_eq(status == VIT_E_PROTOCOL, direct, "%s", info->name);
        rig_call_finish(&call);
    }
}

/* Replies. */

static enum vit_status with_reply(uint32_t resource, uint64_t offset, uint32_t capacity)
{
    struct rig_call call = nops(1);
    call.envelope.reply_resource = resource;
    call.envelope.reply_offset = offset;
    call.envelope.reply_capacity = capacity;
    enum vit_status status = rig_call_start(&rig, &call);
    rig_call_finish(&call);
    return status;
}

Test(submit, drops_what_has_no_place_for_a_reply)
{
    rig_buffer(&rig, rig.a, 5, NULL, 64);
    rig_vault(&rig, rig.a, 6, 64);
    rig_image(&rig, rig.a, 7, VIT_FORMAT_BGRA, 8, 8, NULL);
    rig_buffer(&rig, rig.b, 8, NULL, 64);
    cr_assert_eq(with_reply(5, 0, 64), VIT_OK);
    cr_assert_eq(with_reply(5, 32, 32), VIT_OK);
    cr_assert_eq(with_reply(5, 40, 32), VIT_E_ARG);
    cr_assert_eq(with_reply(5, UINT64_MAX - 7, 32), VIT_E_ARG);
    cr_assert_eq(with_reply(5, 0, UINT32_MAX), VIT_E_ARG);
    cr_assert_eq(with_reply(6, 0, 32), VIT_E_ARG, "a protected resource");
    cr_assert_eq(with_reply(7, 0, 32), VIT_E_ARG, "an image");
    cr_assert_eq(with_reply(8, 0, 32), VIT_E_ARG, "of another context");
    cr_assert_eq(with_reply(9, 0, 32), VIT_E_ARG, "nothing");
}

Test(submit, does_nothing_without_a_place_for_the_reply)
{
    uint8_t bytes[16] = "not copied......";
    struct vgpu_resource *copied = rig_buffer(&rig, rig.a, 6, NULL, 16);
    rig_buffer(&rig, rig.a, 5, bytes, 16);
    struct rig_call call = nops(0);
    vit_put_copy(&call.out, &(struct vit_msg_copy){ 5, 6, 0, 0, 16, 1, 16, 16 });
    call.envelope.count = 1;
    call.envelope.reply_resource = 77;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_ARG);
    cr_assert_neq(memcmp(copied->backing[0].iov_base, bytes, 16), 0);
    rig_call_finish(&call);
}

Test(submit, drops_a_place_for_the_reply_that_is_not_aligned_in_memory)
{
    struct vgpu_resource *buffer = rig_buffer(&rig, rig.a, 5, NULL, 128);
    buffer->backing[0].iov_base = (uint8_t *)buffer->backing[0].iov_base + 4;
    buffer->backing[0].iov_len -= 4;
    buffer->backing_len -= 4;
    cr_assert_eq(with_reply(5, 0, 64), VIT_E_ARG);
    buffer->backing[0].iov_base = (uint8_t *)buffer->backing[0].iov_base + 4;
    buffer->backing[0].iov_len -= 4;
    buffer->backing_len -= 4;
    cr_assert_eq(with_reply(5, 0, 64), VIT_OK);
}

Test(submit, drops_a_place_for_the_reply_in_a_picture)
{
    rig_picture(&rig, rig.a, 5, VIT_FORMAT_BGRX, 8, 8, NULL, 256);
    cr_assert_eq(with_reply(5, 0, 64), VIT_E_ARG);
}

Test(submit, writes_a_reply_across_pages)
{
    struct vgpu_resource *buffer = rig_scattered(&rig, rig.a, 5, VIT_FORMAT_BYTES, 64, 1, NULL, 16);
    uint8_t bytes[64];
    struct rig_call call = nops(1);
    call.envelope.reply_resource = 5;
    call.envelope.reply_offset = 8;
    call.envelope.reply_capacity = 48;
    call.envelope.count = 2;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_PROTOCOL);
    rig_bytes(buffer, bytes, sizeof(bytes));
    struct vit_reader in;
    struct vit_reply reply;
    vit_reader_init(&in, bytes + 8, 40);
    cr_assert_eq(vit_get_reply(&in, &reply), VIT_OK);
    cr_assert_eq(reply.sequence, call.envelope.sequence);
    cr_assert_eq(reply.status, VIT_E_PROTOCOL);
    cr_assert_eq(reply.failed_index, 1);
    rig_call_finish(&call);
}

Test(submit, refuses_a_place_too_small_for_the_answer)
{
    struct rig_call call = nops(0);
    vit_put_session_create(&call.out, &(struct vit_msg_session_create){ VIT_CRYPTO_AES128_CTR });
    call.envelope.count = 1;
    call.envelope.reply_capacity = VIT_REPLY_HEADER_LEN + 7;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_ARG);
    struct vgpu_engine_stats stats;
    vgpu_engine_stats(rig.engine, &stats);
    cr_assert_eq(stats.sessions, 0);
    call.envelope.reply_capacity = VIT_REPLY_HEADER_LEN + 8;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_OK);
    rig_call_finish(&call);
}

/* Waiting: the only worker is busy with a job of the rig. */

enum { BIG = 256 * 1024, SOURCE = 50, TARGET = 51 };

static struct vgpu_resource *source, *target;

/* Has to wait for the worker. call must not move any more. */
static void start_decrypt(struct rig_call *call)
{
    uint64_t session = rig_keyed_session(&rig, rig.a, key);
    source = rig_buffer(&rig, rig.a, SOURCE, NULL, BIG);
    target = rig_vault(&rig, rig.a, TARGET, BIG);
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, session, SOURCE, TARGET, BIG);
    rig_call_init(&rig, call, rig.a);
    vit_put_decrypt(&call->out, &msg);
    call->envelope.count = 1;
    cr_assert_eq(rig_call_start(&rig, call), VIT_E_BUSY);
}

Test(submit, gives_large_work_to_a_worker_and_answers_later)
{
    struct rig_call call;
    rig_occupy_worker(&rig);
    start_decrypt(&call);
    cr_assert_not(rig_call_replied(&rig, &call));
    cr_assert(vgpu_engine_busy(rig.engine));
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &call), VIT_OK);
    cr_assert(rig_call_replied(&rig, &call));
    cr_assert_eq(call.done_count, 1);
    cr_assert_not(vgpu_engine_busy(rig.engine));
    rig_call_finish(&call);
}

Test(submit, keeps_the_order_of_a_context)
{
    enum { COUNT = 20 };
    unsigned order = 0;
    struct rig_call calls[COUNT];
    rig_occupy_worker(&rig);
    start_decrypt(&calls[0]);
    calls[0].order = &order;
    for (unsigned i = 1; i < COUNT; i++) {
        calls[i] = nops(i % 3);
        calls[i].order = &order;
        cr_assert_eq(rig_call_start(&rig, &calls[i]), VIT_E_BUSY);
        memset(calls[i].bytes, 0xff, calls[i].out.at); /* borrowed for the call only */
    }
    cr_assert_eq(order, 0);
    rig_free_worker(&rig);
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(rig_call_wait(&rig, &calls[i]), VIT_OK);
        cr_assert_eq(calls[i].place, i);
        cr_assert_eq(calls[i].done_count, 1);
        cr_assert(rig_call_replied(&rig, &calls[i]));
        rig_call_finish(&calls[i]);
    }
}

/* Counted in steps, not in time: 8 of one context against submissions of a step of the other. */
Test(submit, that_pile_up_get_less_than_half_beside_one_that_does_not)
{
    enum { COUNT = 40, STEPS = 8, LEN = 1 << 20 };
    struct rig_call calls[COUNT], one;
    unsigned order = 0;
    uint64_t a = rig_keyed_session(&rig, rig.a, key), b = rig_keyed_session(&rig, rig.b, key);
    rig_vault(&rig, rig.a, 60, STEPS * LEN);
    rig_buffer(&rig, rig.a, 61, NULL, STEPS * LEN);
    rig_vault(&rig, rig.b, 62, LEN);
    rig_buffer(&rig, rig.b, 63, NULL, LEN);
    rig_occupy_worker(&rig);
    for (unsigned i = 0; i < COUNT; i++) {
        struct vit_msg_decrypt msg = rig_decrypt_message(&rig, b, 63, 62, LEN);
        rig_call_init(&rig, &calls[i], rig.b);
        vit_put_decrypt(&calls[i].out, &msg);
        calls[i].envelope.count = 1;
        calls[i].order = &order;
        cr_assert_eq(rig_call_start(&rig, &calls[i]), VIT_E_BUSY);
    }
    struct vit_msg_decrypt msg = rig_decrypt_message(&rig, a, 61, 60, STEPS * LEN);
    rig_call_init(&rig, &one, rig.a);
    vit_put_decrypt(&one.out, &msg);
    one.envelope.count = 1;
    one.order = &order;
    cr_assert_eq(rig_call_start(&rig, &one), VIT_E_BUSY);
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &one), VIT_OK);
    cr_assert_leq(one.place, STEPS / 2 + 2, "%u came before", one.place);
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(rig_call_wait(&rig, &calls[i]), VIT_OK);
        rig_call_finish(&calls[i]);
    }
    rig_call_finish(&one);
}

Test(submit, lets_other_contexts_pass)
{
    struct rig_call call;
    rig_occupy_worker(&rig);
    start_decrypt(&call);
    cr_assert_eq(rig_nop(&rig, rig.b), VIT_OK);
    cr_assert_eq(call.status, VIT_E_BUSY);
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &call), VIT_OK);
    rig_call_finish(&call);
}

Test(submit, serves_many_contexts_side_by_side)
{
    enum { COUNT = 15, FIRST = 3 };
    struct vgpu_context *contexts[COUNT];
    struct rig_call calls[COUNT][2];
    uint8_t *bytes = malloc(BIG), *zeros = calloc(1, BIG);
    rig_random(bytes, BIG, 7);
    rig_occupy_worker(&rig);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t id = FIRST + i;
        cr_assert_eq(vgpu_context_create(rig.engine, id, &contexts[i]), VIT_OK);
        rig_buffer(&rig, contexts[i], RIG_REPLY_ID + id, NULL, RIG_REPLY_LEN);
        rig_buffer(&rig, contexts[i], 100 + i, bytes, BIG);
        rig_vault(&rig, contexts[i], 200 + i, BIG);
        for (unsigned k = 0; k < 2; k++) {
            rig_call_init(&rig, &calls[i][k], contexts[i]);
            vit_put_copy(&calls[i][k].out,
                    &(struct vit_msg_copy){ 100 + i, 200 + i, 0, 0, BIG, 1, BIG, BIG });
            calls[i][k].envelope.count = 1;
            cr_assert_eq(rig_call_start(&rig, &calls[i][k]), VIT_E_BUSY);
        }
    }
    vgpu_context_destroy(contexts[4]); /* among the others */
    rig_free_worker(&rig);
    for (uint32_t i = 0; i < COUNT; i++) {
        for (unsigned k = 0; k < 2; k++) {
            enum vit_status expected = i == 4 ? VIT_E_REFUSED : VIT_OK;
            while (calls[i][k].status == VIT_E_BUSY) {
                rig_poll(&rig);
            }
            cr_assert_eq(calls[i][k].status, expected);
            cr_assert_eq(calls[i][k].done_count, 1);
            rig_call_finish(&calls[i][k]);
        }
        const uint8_t *now = rig.resources[2 + i * 3 + 2].resource->storage;
        cr_assert(memcmp(now, i == 4 ? zeros : bytes, BIG) == 0, "context %u", i);
        if (i != 4) {
            vgpu_context_destroy(contexts[i]);
        }
    }
    cr_assert_not(vgpu_engine_busy(rig.engine));
    free(bytes);
    free(zeros);
}

Test(submit, refuses_more_than_the_queue_limit)
{
    struct vgpu_config config = rig.config;
    config.queue_limit = 3;
    rig_finish(&rig);
    rig_init_with(&rig, &config);
    struct rig_call first, calls[3];
    rig_occupy_worker(&rig);
    start_decrypt(&first);
    for (unsigned i = 0; i < 3; i++) {
        rig_call_init(&rig, &calls[i], rig.a);
        enum vit_status expected = i < 2 ? VIT_E_BUSY : VIT_E_LIMIT;
        cr_assert_eq(rig_call_start(&rig, &calls[i]), expected);
    }
    cr_assert(rig_call_replied(&rig, &calls[2]));
    cr_assert_eq(calls[2].reply.status, VIT_E_LIMIT);
    cr_assert_not(rig_call_replied(&rig, &calls[1]));
    rig_free_worker(&rig);
    for (unsigned i = 0; i < 3; i++) {
        (void)rig_call_wait(&rig, &calls[i]);
        cr_assert_eq(calls[i].done_count, i < 2 ? 1 : 0);
        rig_call_finish(&calls[i]);
    }
    cr_assert_eq(first.status, VIT_OK);
    rig_call_finish(&first);
    cr_assert_eq(rig_nop(&rig, rig.a), VIT_OK);
}

Test(submit, refuses_more_bytes_than_it_queues)
{
    enum { MESSAGES = 4096, MORE = 64 };
    struct rig_call first, calls[MORE];
    rig_occupy_worker(&rig);
    start_decrypt(&first);
    unsigned started = 0;
    enum vit_status status = VIT_E_BUSY;
    while (status == VIT_E_BUSY && started < MORE) {
        rig_call_init(&rig, &calls[started], rig.a);
        for (unsigned i = 0; i < MESSAGES; i++) {
            vit_put_nop(&calls[started].out);
        }
        calls[started].envelope.count = MESSAGES;
        status = rig_call_start(&rig, &calls[started]);
        started++;
    }
    cr_assert_eq(status, VIT_E_LIMIT);
    cr_assert_gt(started, 30);
    rig_free_worker(&rig);
    for (unsigned i = 0; i < started; i++) {
        cr_assert_eq(rig_call_wait(&rig, &calls[i]), i < started - 1 ? VIT_OK : VIT_E_LIMIT);
        rig_call_finish(&calls[i]);
    }
    rig_call_finish(&first);
}

Test(submit, gives_way_between_messages_of_much_work)
{
    enum { LEN = 64 * 1024 - 64, COUNT = 100 };
    struct vgpu_resource *copied = rig_buffer(&rig, rig.a, 6, NULL, LEN);
    uint8_t *bytes = malloc(LEN);
    rig_random(bytes, LEN, 5);
    rig_buffer(&rig, rig.a, 5, bytes, LEN);
    struct rig_call call = nops(0);
    for (unsigned i = 0; i < COUNT; i++) {
        vit_put_copy(&call.out, &(struct vit_msg_copy){ 5, 6, 0, 0, LEN, 1, LEN, LEN });
    }
    call.envelope.count = COUNT;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_BUSY);
    unsigned polls = 0;
    while (call.status == VIT_E_BUSY) {
        cr_assert_eq(rig_nop(&rig, rig.b), VIT_OK);
        rig_poll(&rig);
        polls++;
    }
    cr_assert_eq(call.status, VIT_OK);
    cr_assert_gt(polls, 3);
    cr_assert_arr_eq(copied->backing[0].iov_base, bytes, LEN);
    rig_call_finish(&call);
    free(bytes);
}

Test(submit, does_all_at_once_when_told_so)
{
    struct vgpu_config config = rig.config;
    config.inline_len = SIZE_MAX;
    rig_finish(&rig);
    rig_init_with(&rig, &config);
    enum { LEN = 4 * 1024 * 1024 };
    rig_buffer(&rig, rig.a, 5, NULL, LEN);
    rig_buffer(&rig, rig.a, 6, NULL, LEN);
    struct rig_call call = nops(0);
    for (unsigned i = 0; i < 4; i++) {
        vit_put_copy(&call.out, &(struct vit_msg_copy){ 5, 6, 0, 0, LEN, 1, LEN, LEN });
    }
    call.envelope.count = 4;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_OK);
    rig_call_finish(&call);
}

/* Cancelling. */

Test(submit, cancels_the_work_on_a_resource_that_goes)
{
    struct rig_call call;
    rig_occupy_worker(&rig);
    start_decrypt(&call);
    memset(target->storage, 0x77, BIG);
    vgpu_engine_cancel(rig.engine, source);
    rig_poll(&rig);
    cr_assert_eq(call.status, VIT_E_GONE);
    cr_assert(rig_call_replied(&rig, &call));
    cr_assert_eq(call.reply.status, VIT_E_GONE);
    for (unsigned i = 0; i < BIG; i++) {
        cr_assert_eq(target->storage[i], 0);
    }
    cr_assert_eq(target->label.session, 0);
    rig_call_finish(&call);
    rig_free_worker(&rig);
}

/* Without being told: the bytes are just not there any more. */
Test(submit, wipes_what_a_decrypt_left_unfinished)
{
    struct rig_call call;
    rig_occupy_worker(&rig);
    start_decrypt(&call);
    memset(target->storage, 0x77, BIG);
    vgpu_resource_set_gone(source);
    rig.changed_count = 0;
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &call), VIT_E_GONE);
    for (unsigned i = 0; i < BIG; i++) {
        cr_assert_eq(target->storage[i], 0);
    }
    cr_assert_eq(target->label.session, 0);
    cr_assert_eq(rig.changed_count, 1);
    rig_call_finish(&call);
}

Test(submit, leaves_no_key_with_what_is_done)
{
    struct rig_call call;
    rig_occupy_worker(&rig);
    start_decrypt(&call);
    struct vgpu_submission *kept = rig.engine->pending;
    cr_assert_arr_eq(kept->work.key, key, sizeof(key));
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &call), VIT_OK);
    cr_assert_eq(rig.engine->spare, kept, "it is kept for the next");
    static const uint8_t zeros[16];
    cr_assert_arr_eq(kept->work.key, zeros, sizeof(zeros));
    cr_assert_arr_eq(rig.engine->key, zeros, sizeof(zeros));
    rig_call_finish(&call);
}

Test(submit, cancels_only_what_uses_the_resource)
{
    struct rig_call first;
    rig_occupy_worker(&rig);
    start_decrypt(&first);
    struct vgpu_resource *other = rig_buffer(&rig, rig.a, 6, NULL, 16);
    struct rig_call uses = nops(0), not_uses = nops(1);
    vit_put_copy(&uses.out, &(struct vit_msg_copy){ 6, 6, 0, 8, 8, 1, 8, 8 });
    uses.envelope.count = 1;
    cr_assert_eq(rig_call_start(&rig, &uses), VIT_E_BUSY);
    cr_assert_eq(rig_call_start(&rig, &not_uses), VIT_E_BUSY);
    vgpu_engine_cancel(rig.engine, other);
    cr_assert_eq(uses.done_count, 0, "in order: not before the first");
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &first), VIT_OK);
    cr_assert_eq(rig_call_wait(&rig, &uses), VIT_E_GONE);
    cr_assert_eq(rig_call_wait(&rig, &not_uses), VIT_OK);
    rig_call_finish(&first);
    rig_call_finish(&uses);
    rig_call_finish(&not_uses);
}

Test(submit, cancels_what_would_answer_into_a_resource_that_goes)
{
    struct rig_call first;
    rig_occupy_worker(&rig);
    start_decrypt(&first);
    struct rig_call call = nops(1);
    struct vgpu_resource *place = rig_buffer(&rig, rig.a, 5, NULL, RIG_REPLY_SLOT);
    call.envelope.reply_resource = 5;
    call.envelope.reply_offset = 0;
    cr_assert_eq(rig_call_start(&rig, &call), VIT_E_BUSY);
    vgpu_engine_cancel(rig.engine, place);
    vgpu_resource_detach_backing(place);
    rig_free_worker(&rig);
    cr_assert_eq(rig_call_wait(&rig, &call), VIT_E_GONE);
    cr_assert_eq(rig_call_wait(&rig, &first), VIT_OK);
    rig_call_finish(&first);
    rig_call_finish(&call);
}

Test(submit, ends_what_a_closed_context_had_begun)
{
    struct rig_call first;
    rig_occupy_worker(&rig);
    start_decrypt(&first);
    struct rig_call second = nops(1);
    cr_assert_eq(rig_call_start(&rig, &second), VIT_E_BUSY);
    vgpu_context_destroy(rig.a);
    rig.a = NULL;
    cr_assert_eq(source->references, 1, "only the rig's");
    cr_assert_eq(target->references, 1);
    cr_assert_eq(first.status, VIT_E_REFUSED);
    cr_assert_eq(second.status, VIT_E_REFUSED);
    cr_assert_eq(first.done_count, 1);
    cr_assert_eq(second.done_count, 1);
    cr_assert_eq(target->label.session, 0);
    cr_assert_eq(target->storage[7], 0);
    rig_free_worker(&rig);
    cr_assert_eq(first.done_count, 1);
    cr_assert_not(vgpu_engine_busy(rig.engine));
    rig_call_finish(&first);
    rig_call_finish(&second);
}

/* The one who is told that it is done submits again, or destroys a context. */

struct chain {
    struct vgpu_completion completion;
    struct rig_call *next;
    enum vit_status next_status;
};

static void submit_next(struct vgpu_completion *completion, enum vit_status status)
{
    struct chain *chain = (struct chain *)completion;
    cr_assert_eq(status, VIT_OK);
    chain->next_status = rig_call_start(&rig, chain->next);
}

static enum vit_status start_work(struct vgpu_completion *completion)
{
    struct rig_call call;
    rig_buffer(&rig, rig.a, 70, NULL, BIG);
    rig_buffer(&rig, rig.a, 71, NULL, BIG);
    rig_call_init(&rig, &call, rig.a);
    vit_put_copy(&call.out, &(struct vit_msg_copy){ 70, 71, 0, 0, BIG, 1, BIG, BIG });
    call.envelope.count = 1;
    call.envelope.length = (uint32_t)call.out.at;
    struct vit_writer front;
    vit_writer_init(&front, call.bytes, VIT_ENVELOPE_LEN);
    vit_put_envelope(&front, &call.envelope);
    vgpu_engine_refill(rig.engine);
    enum vit_status status = vgpu_engine_submit(rig.a, call.bytes, call.out.at, completion);
    rig_call_finish(&call);
    return status;
}

Test(submit, may_be_called_from_a_completion)
{
    struct rig_call call = nops(1);
    struct chain chain = { { submit_next }, &call, VIT_E_BUSY };
    cr_assert_eq(start_work(&chain.completion), VIT_E_BUSY);
    rig_poll(&rig);
    cr_assert_eq(chain.next_status, VIT_OK);
    cr_assert(rig_call_replied(&rig, &call));
    rig_call_finish(&call);
}

static void destroy_context(struct vgpu_completion *completion, enum vit_status status)
{
    struct chain *chain = (struct chain *)completion;
    cr_assert_eq(status, VIT_OK);
    vgpu_context_destroy(rig.a);
    rig.a = NULL;
    chain->next_status = VIT_OK;
}

Test(submit, lets_a_completion_destroy_the_context)
{
    struct rig_call behind = nops(1);
    struct rig_call other = nops(1);
    struct chain chain = { { destroy_context }, NULL, VIT_E_BUSY };
    cr_assert_eq(start_work(&chain.completion), VIT_E_BUSY);
    cr_assert_eq(rig_call_start(&rig, &behind), VIT_E_BUSY);
    cr_assert_eq(rig_call_start(&rig, &other), VIT_E_BUSY);
    rig_poll(&rig);
    cr_assert_eq(chain.next_status, VIT_OK);
    cr_assert_eq(behind.done_count, 1);
    cr_assert_eq(other.done_count, 1);
    rig_call_finish(&behind);
    rig_call_finish(&other);
}
