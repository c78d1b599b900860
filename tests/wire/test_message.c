/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "wire/envelope.h"

static uint8_t buffer[512];

static struct vit_message round_trip(const struct vit_writer *out)
{
    struct vit_reader in;
    struct vit_message message = { 0 };
    cr_assert(vit_writer_ok(out));
    vit_reader_init(&in, buffer, out->at);
    cr_assert_eq(vit_get_message(&in, &message), VIT_OK);
    cr_assert(vit_reader_done(&in));
    return message;
}

static struct vit_writer start(void)
{
    struct vit_writer out;
    memset(buffer, 0, sizeof(buffer));
    vit_writer_init(&out, buffer, sizeof(buffer));
    return out;
}

Test(message, list_and_lookup_agree)
{
    unsigned count = 0;
    for (const struct vit_op_info *info; (info = vit_op_at(count)) != NULL; count++) {
        cr_assert_eq(vit_op_info(info->op), info);
        cr_assert_leq(info->request_len, VIT_REQUEST_MAX_LEN);
        cr_assert_leq(info->reply_len, VIT_REPLY_BODY_MAX_LEN);
        cr_assert_eq(info->request_len % 8, 0);
    }
    cr_assert_gt(count, 0);
}

Test(message, an_op_outside_the_list_is_unknown)
{
    cr_assert_null(vit_op_info(0x7f));
    cr_assert_null(vit_op_info(0x100));
    cr_assert_null(vit_op_info(0xffff));
}

Test(message, resource_fields_lie_inside_the_request)
{
    for (unsigned i = 0; vit_op_at(i) != NULL; i++) {
        const struct vit_op_info *info = vit_op_at(i);
        cr_assert(info->resource_a == VIT_NO_FIELD || info->resource_a + 4 <= info->request_len);
        cr_assert(info->resource_b == VIT_NO_FIELD || info->resource_b + 4 <= info->request_len);
    }
}

Test(message, decrypt_survives_the_wire)
{
    struct vit_writer out = start();
    struct vit_msg_decrypt sent = { .session = 0x1122334455667788,
        .source = 3,
        .destination = 4,
        .source_offset = 5,
        .length = 1ull << 33,
        .flags = VIT_DECRYPT_PARTIAL,
        .prefix = 6,
        .skip = 7,
        .encrypt = 8,
        .content_key = { 9 },
        .iv = { 10 } };
    vit_put_decrypt(&out, &sent);
    struct vit_message message = round_trip(&out);
    struct vit_msg_decrypt got;
    memset(&got, 0, sizeof(got));
    cr_assert(vit_get_decrypt(message.body, &got));
    cr_assert_eq(got.session, sent.session);
    cr_assert_eq(got.length, sent.length);
    cr_assert_eq(got.encrypt, sent.encrypt);
    cr_assert_arr_eq(got.content_key, sent.content_key, 16);
    cr_assert_arr_eq(got.iv, sent.iv, 16);
    cr_assert_eq(vit_load_le32(message.body + message.info->resource_a), sent.source);
    cr_assert_eq(vit_load_le32(message.body + message.info->resource_b), sent.destination);
}

Test(message, decrypt_refuses_an_unknown_flag)
{
    struct vit_writer out = start();
    struct vit_msg_decrypt sent = { .flags = 4 };
    vit_put_decrypt(&out, &sent);
    struct vit_message message = round_trip(&out);
    cr_assert_not(vit_get_decrypt(message.body, &sent));
}

Test(message, encrypt_copy_and_convert_name_their_resources)
{
    struct vit_writer out = start();
    vit_put_encrypt(&out, &(struct vit_msg_encrypt){ .source = 11, .destination = 12 });
    vit_put_copy(&out, &(struct vit_msg_copy){ .source = 13, .destination = 14 });
    vit_put_convert(&out, &(struct vit_msg_convert){ .source = 15, .destination = 16 });
    struct vit_reader in;
    vit_reader_init(&in, buffer, out.at);
    for (uint32_t id = 11; id < 17; id += 2) {
        struct vit_message message;
        cr_assert_eq(vit_get_message(&in, &message), VIT_OK);
        cr_assert_eq(vit_load_le32(message.body + message.info->resource_a), id);
        cr_assert_eq(vit_load_le32(message.body + message.info->resource_b), id + 1);
    }
    cr_assert(vit_reader_done(&in));
}

Test(message, convert_keeps_both_rectangles)
{
    struct vit_writer out = start();
    struct vit_msg_convert sent = { .source_rect = { 1, 2, 3, 4 },
        .destination_rect = { 5, 6, 7, 8 } };
    vit_put_convert(&out, &sent);
    struct vit_msg_convert got;
    cr_assert(vit_get_convert(round_trip(&out).body, &got));
    cr_assert_eq(memcmp(&got, &sent, sizeof(got)), 0);
}

Test(message, program_refuses_a_reserved_field)
{
    struct vit_writer out = start();
    struct vit_msg_program sent = { .session = 1, .resource = 2, .offset = 3 }, got;
    vit_put_program(&out, VIT_OP_SESSION_PROGRAM, &sent);
    cr_assert(vit_get_program(round_trip(&out).body, &got));
    cr_assert_eq(got.offset, 3);
    buffer[VIT_MESSAGE_HEADER_LEN + 12] = 1;
    cr_assert_not(vit_get_program(buffer + VIT_MESSAGE_HEADER_LEN, &got));
}

Test(message, session_create_refuses_a_reserved_field)
{
    struct vit_writer out = start();
    struct vit_msg_session_create sent = { VIT_CRYPTO_AES128_CTR }, got;
    vit_put_session_create(&out, &sent);
    cr_assert(vit_get_session_create(round_trip(&out).body, &got));
    cr_assert_eq(got.crypto_type, VIT_CRYPTO_AES128_CTR);
    buffer[VIT_MESSAGE_HEADER_LEN + 4] = 1;
    cr_assert_not(vit_get_session_create(buffer + VIT_MESSAGE_HEADER_LEN, &got));
}

Test(message, exchange_carries_256_bytes)
{
    struct vit_writer out = start();
    struct vit_msg_exchange sent = { .session = 7 }, got;
    memset(sent.block, 0xa5, sizeof(sent.block));
    vit_put_exchange(&out, VIT_OP_SESSION_EXCHANGE, &sent);
    cr_assert(vit_get_exchange(round_trip(&out).body, &got));
    cr_assert_eq(got.session, 7);
    cr_assert_arr_eq(got.block, sent.block, 256);
}

Test(message, channel_create_refuses_a_reserved_field)
{
    struct vit_writer out = start();
    struct vit_msg_channel_create sent = { 3 }, got;
    vit_put_channel_create(&out, &sent);
    cr_assert(vit_get_channel_create(round_trip(&out).body, &got));
    cr_assert_eq(got.type, 3);
    buffer[VIT_MESSAGE_HEADER_LEN + 4] = 1;
    cr_assert_not(vit_get_channel_create(buffer + VIT_MESSAGE_HEADER_LEN, &got));
}

Test(message, channel_call_carries_a_structure_and_zeros_behind_it)
{
    struct vit_writer out = start();
    struct vit_msg_channel_call got,
            sent = { .channel = 0x123456789abcdef0, .input_len = 56, .output_len = 80 };
    memset(sent.input, 0xa5, sent.input_len);
    vit_put_channel_call(&out, VIT_OP_CHANNEL_CONFIGURE, &sent);
    cr_assert(vit_get_channel_call(round_trip(&out).body, &got));
    cr_assert_eq(got.channel, sent.channel);
    cr_assert_eq(got.input_len, 56);
    cr_assert_eq(got.output_len, 80);
    cr_assert_arr_eq(got.input, sent.input, sizeof(sent.input));
    uint8_t *body = buffer + VIT_MESSAGE_HEADER_LEN;
    for (size_t at = 16 + sent.input_len; at < 16 + sizeof(sent.input); at++) {
        body[at] = 1;
        cr_assert_not(vit_get_channel_call(body, &got), "byte %zu", at);
        body[at] = 0;
    }
    body[8] = VIT_CHANNEL_CALL_MAX_LEN;
    cr_assert(vit_get_channel_call(body, &got));
    body[8]++;
    cr_assert_not(vit_get_channel_call(body, &got), "longer than the message");
    body[8] = 0;
    body[11] = 0x80;
    cr_assert_not(vit_get_channel_call(body, &got));
}

Test(message, opm_create_refuses_a_reserved_field)
{
    struct vit_writer out = start();
    struct vit_msg_opm_create sent = { 15 }, got;
    vit_put_opm_create(&out, &sent);
    struct vit_message message = round_trip(&out);
    cr_assert_eq(message.info->op, VIT_OP_OPM_CREATE);
    cr_assert(vit_get_opm_create(message.body, &got));
    cr_assert_eq(got.output, 15);
    buffer[VIT_MESSAGE_HEADER_LEN + 4] = 1;
    cr_assert_not(vit_get_opm_create(buffer + VIT_MESSAGE_HEADER_LEN, &got));
}

Test(message, opm_calls_survive_the_wire_and_name_their_resource)
{
    static const enum vit_op ops[] = { VIT_OP_OPM_INFORMATION, VIT_OP_OPM_CONFIGURE };
    const struct vit_msg_opm_call sent = { .object = 0x123456789abcdef0,
        .resource = 11,
        .additional_len = 0x87654321,
        .offset = 0xfedcba9876543210 };
    for (unsigned i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        struct vit_writer out = start();
        struct vit_msg_opm_call got = { 0 };
        vit_put_opm_call(&out, ops[i], &sent);
        struct vit_message message = round_trip(&out);
        cr_assert_eq(message.info->op, ops[i]);
        cr_assert(vit_get_opm_call(message.body, &got));
        cr_assert_eq(got.object, sent.object);
        cr_assert_eq(got.resource, sent.resource);
        cr_assert_eq(got.additional_len, sent.additional_len);
        cr_assert_eq(got.offset, sent.offset);
        cr_assert_eq(vit_load_le32(message.body + message.info->resource_a), sent.resource);
        cr_assert_eq(message.info->resource_b, VIT_NO_FIELD);
    }
}

Test(message, opm_objects_are_named_keyed_and_alone)
{
    struct vit_writer out = start();
    struct vit_msg_exchange exchange = { .session = 7 };
    struct vit_msg_program program = { .session = 8, .resource = 9, .offset = 10 };
    struct vit_msg_session session;
    memset(exchange.block, 0xa5, sizeof(exchange.block));
    vit_put_exchange(&out, VIT_OP_OPM_EXCHANGE, &exchange);
    struct vit_message message = round_trip(&out);
    memset(&exchange, 0, sizeof(exchange));
    cr_assert_eq(message.info->op, VIT_OP_OPM_EXCHANGE);
    cr_assert(vit_get_exchange(message.body, &exchange));
    cr_assert_eq(exchange.session, 7);
    cr_assert_eq(exchange.block[255], 0xa5);
    out = start();
    vit_put_program(&out, VIT_OP_OPM_PROGRAM, &program);
    message = round_trip(&out);
    cr_assert_eq(message.info->op, VIT_OP_OPM_PROGRAM);
    cr_assert_eq(vit_load_le32(message.body + message.info->resource_a), 9);
    out = start();
    vit_put_session(&out, VIT_OP_OPM_DESTROY, 11);
    message = round_trip(&out);
    cr_assert_eq(message.info->op, VIT_OP_OPM_DESTROY);
    cr_assert(vit_get_session(message.body, &session));
    cr_assert_eq(session.session, 11);
    for (unsigned op = VIT_OP_OPM_CREATE; op <= VIT_OP_OPM_CONFIGURE; op++) {
        cr_assert_neq(vit_op_info(op)->use & VIT_USE_DIRECT, 0);
    }
}

Test(message, every_truncation_is_refused)
{
    struct vit_writer out = start();
    vit_put_decrypt(&out, &(struct vit_msg_decrypt){ .session = 1 });
    for (size_t len = 0; len < out.at; len++) {
        struct vit_reader in;
        struct vit_message message;
        vit_reader_init(&in, buffer, len);
        cr_assert_eq(vit_get_message(&in, &message), VIT_E_PROTOCOL, "length %zu", len);
    }
}

Test(message, a_wrong_length_or_reserved_field_is_refused)
{
    struct vit_writer out = start();
    struct vit_reader in;
    struct vit_message message;
    vit_put_session(&out, VIT_OP_REFRESH_START, 5);
    for (unsigned i = 2; i < 8; i++) {
        buffer[i] ^= 1;
        vit_reader_init(&in, buffer, sizeof(buffer));
        cr_assert_eq(vit_get_message(&in, &message), VIT_E_PROTOCOL, "byte %u", i);
        buffer[i] ^= 1;
    }
    vit_reader_init(&in, buffer, sizeof(buffer));
    cr_assert_eq(vit_get_message(&in, &message), VIT_OK);
}
