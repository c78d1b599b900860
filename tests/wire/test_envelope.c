/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "wire/envelope.h"

static const struct vit_envelope good = { .length = VIT_ENVELOPE_LEN + 8,
    .count = 1,
    .sequence = 9,
    .reply_resource = 3,
    .reply_capacity = 64,
    .reply_offset = 8 };

static enum vit_status read_back(const struct vit_envelope *sent, size_t len,
        struct vit_envelope *got)
{
    uint8_t bytes[VIT_ENVELOPE_LEN + 8] = { 0 };
    struct vit_writer out;
    struct vit_reader in;
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_envelope(&out, sent);
    vit_reader_init(&in, bytes, len);
    return vit_get_envelope(&in, got);
}

Test(envelope, survives_the_wire)
{
    struct vit_envelope got;
    cr_assert_eq(read_back(&good, VIT_ENVELOPE_LEN + 8, &got), VIT_OK);
    cr_assert_eq(got.length, good.length);
    cr_assert_eq(got.count, good.count);
    cr_assert_eq(got.sequence, good.sequence);
    cr_assert_eq(got.reply_resource, good.reply_resource);
    cr_assert_eq(got.reply_capacity, good.reply_capacity);
    cr_assert_eq(got.reply_offset, good.reply_offset);
}

Test(envelope, every_truncation_is_refused)
{
    struct vit_envelope got;
    for (size_t len = 0; len < VIT_ENVELOPE_LEN + 8; len++) {
        cr_assert_eq(read_back(&good, len, &got), VIT_E_PROTOCOL, "length %zu", len);
    }
}

#define REFUSES(field, value)                                                                      \
    do {                                                                                           \
        struct vit_envelope bad = good, got;                                                       \
        bad.field = (value);                                                                       \
        cr_assert_eq(read_back(&bad, VIT_ENVELOPE_LEN + 8, &got), VIT_E_PROTOCOL, #field);         \
    } while (0)

Test(envelope, refuses_lengths_that_do_not_fit)
{
    REFUSES(length, VIT_ENVELOPE_LEN - 1);
    REFUSES(length, VIT_ENVELOPE_LEN + 9);
    REFUSES(length, UINT32_MAX);
    REFUSES(count, VIT_SUBMISSION_MAX_COUNT + 1);
}

Test(envelope, refuses_sequence_zero_and_an_unaligned_or_short_reply)
{
    REFUSES(sequence, 0);
    REFUSES(reply_offset, 4);
    REFUSES(reply_capacity, VIT_REPLY_HEADER_LEN - 1);
}

Test(envelope, refuses_another_magic_version_or_a_reserved_field)
{
    static const unsigned places[] = { 0, 3, 4, 6, 40, 47 };
    uint8_t bytes[VIT_ENVELOPE_LEN + 8] = { 0 };
    struct vit_writer out;
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_envelope(&out, &good);
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct vit_envelope got;
        struct vit_reader in;
        bytes[places[i]] ^= 2;
        vit_reader_init(&in, bytes, sizeof(bytes));
        cr_assert_eq(vit_get_envelope(&in, &got), VIT_E_PROTOCOL, "byte %u", places[i]);
        bytes[places[i]] ^= 2;
    }
}

Test(envelope, magic_is_outside_virgl)
{
    cr_assert_geq(VIT_WIRE_MAGIC & 0xff, 0xe0);
}

static void put(uint8_t *bytes, const struct vit_reply *reply)
{
    struct vit_writer out;
    vit_writer_init(&out, bytes, VIT_REPLY_HEADER_LEN);
    vit_put_reply(&out, reply);
    cr_assert(vit_writer_ok(&out));
    cr_assert_eq(out.at, VIT_REPLY_HEADER_LEN);
}

Test(reply, is_written_without_its_sequence)
{
    uint8_t bytes[VIT_REPLY_HEADER_LEN];
    struct vit_reader in;
    struct vit_reply got;
    put(bytes, &(struct vit_reply){ .sequence = 5, .status = VIT_E_DENIED, .failed_index = 2 });
    vit_reader_init(&in, bytes, sizeof(bytes));
    cr_assert_eq(vit_get_reply(&in, &got), VIT_OK);
    cr_assert_eq(got.sequence, 0);
    cr_assert_eq(got.status, VIT_E_DENIED);
    cr_assert_eq(got.failed_index, 2);
}

Test(reply, refuses_a_status_outside_the_list_and_a_body_that_is_not_there)
{
    uint8_t bytes[VIT_REPLY_HEADER_LEN];
    struct vit_reader in;
    struct vit_reply got;
    put(bytes, &(struct vit_reply){ .body_len = 1 });
    vit_reader_init(&in, bytes, sizeof(bytes));
    cr_assert_eq(vit_get_reply(&in, &got), VIT_E_PROTOCOL);
    put(bytes, &(struct vit_reply){ .status = VIT_OK });
    bytes[8] = VIT_STATUS_COUNT;
    vit_reader_init(&in, bytes, sizeof(bytes));
    cr_assert_eq(vit_get_reply(&in, &got), VIT_E_PROTOCOL);
}

Test(reply, every_truncation_is_refused)
{
    uint8_t bytes[VIT_REPLY_HEADER_LEN];
    put(bytes, &(struct vit_reply){ .status = VIT_OK });
    for (size_t len = 0; len < sizeof(bytes); len++) {
        struct vit_reader in;
        struct vit_reply got;
        vit_reader_init(&in, bytes, len);
        cr_assert_eq(vit_get_reply(&in, &got), VIT_E_PROTOCOL);
    }
}
