/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MESSAGE_LEN = 1 + 2 + 4 + 8 + 5 + 3 };

static const uint8_t message[MESSAGE_LEN] = { 0x01, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0x0f, 0x0e,
    0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08, 'g', 'l', 'a', 's', 's', 0, 0, 0 };

struct fields {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    uint8_t text[5];
};

static void read_fields(struct vit_reader *reader, struct fields *fields)
{
    fields->u8 = vit_get_u8(reader);
    fields->u16 = vit_get_u16(reader);
    fields->u32 = vit_get_u32(reader);
    fields->u64 = vit_get_u64(reader);
    vit_get_bytes(reader, fields->text, sizeof(fields->text));
    vit_get_skip(reader, 3);
}

static void write_fields(struct vit_writer *writer)
{
    vit_put_u8(writer, 0x01);
    vit_put_u16(writer, 0x0203);
    vit_put_u32(writer, 0x04050607);
    vit_put_u64(writer, 0x08090a0b0c0d0e0f);
    vit_put_bytes(writer, "glass", 5);
    vit_put_zeros(writer, 3);
}

Test(bytes, reader_takes_little_endian_values_in_order)
{
    struct vit_reader reader;
    struct fields fields;
    vit_reader_init(&reader, message, sizeof(message));
    read_fields(&reader, &fields);
    cr_assert_eq(fields.u8, 0x01);
    cr_assert_eq(fields.u16, 0x0203);
    cr_assert_eq(fields.u32, 0x04050607);
    cr_assert_eq(fields.u64, 0x08090a0b0c0d0e0f);
    cr_assert_arr_eq(fields.text, "glass", 5);
    cr_assert(vit_reader_done(&reader));
}

Test(bytes, reader_is_bad_for_every_truncation)
{
    for (size_t len = 0; len < sizeof(message); len++) {
        uint8_t *copy = malloc(len + 1); /* sanitizers see a byte too many */
        memcpy(copy, message, len);
        copy = realloc(copy, len > 0 ? len : 1);
        struct vit_reader reader;
        struct fields fields;
        vit_reader_init(&reader, copy, len);
        read_fields(&reader, &fields);
        cr_assert_not(vit_reader_ok(&reader), "length %zu", len);
        cr_assert_not(vit_reader_done(&reader), "length %zu", len);
        free(copy);
    }
}

Test(bytes, reader_gives_zeros_after_a_short_read)
{
    struct vit_reader reader;
    vit_reader_init(&reader, message, 3);
    uint8_t bytes[2] = { 0xff, 0xff };
    cr_assert_eq(vit_get_u32(&reader), 0);
    cr_assert_eq(vit_get_u8(&reader), 0, "a bad reader stays bad, though a byte is left");
    vit_get_bytes(&reader, bytes, sizeof(bytes));
    cr_assert_eq(bytes[0] | bytes[1], 0);
    cr_assert_null(vit_get_span(&reader, 1));
    cr_assert_not(vit_reader_ok(&reader));
}

Test(bytes, reader_is_not_done_while_something_is_left)
{
    struct vit_reader reader;
    vit_reader_init(&reader, message, 2);
    (void)vit_get_u8(&reader);
    cr_assert(vit_reader_ok(&reader));
    cr_assert_not(vit_reader_done(&reader));
    cr_assert_eq(vit_reader_left(&reader), 1);
}

Test(bytes, reader_refuses_a_length_that_would_wrap)
{
    struct vit_reader reader;
    vit_reader_init(&reader, message, sizeof(message));
    (void)vit_get_u8(&reader);
    cr_assert_null(vit_get_span(&reader, SIZE_MAX));
    cr_assert_not(vit_reader_ok(&reader));
}

Test(bytes, span_borrows_and_moves_on)
{
    struct vit_reader reader;
    vit_reader_init(&reader, message, sizeof(message));
    cr_assert_eq(vit_get_span(&reader, 15), message);
    cr_assert_eq(vit_get_span(&reader, 5), message + 15);
    cr_assert_eq(vit_reader_left(&reader), 3);
}

Test(bytes, empty_reader_is_done_at_once)
{
    struct vit_reader reader;
    vit_reader_init(&reader, NULL, 0);
    vit_get_bytes(&reader, NULL, 0);
    cr_assert(vit_reader_done(&reader));
    (void)vit_get_u8(&reader);
    cr_assert_not(vit_reader_done(&reader));
}

Test(bytes, writer_puts_what_the_reader_takes)
{
    uint8_t out[sizeof(message)];
    struct vit_writer writer;
    vit_writer_init(&writer, out, sizeof(out));
    write_fields(&writer);
    cr_assert(vit_writer_ok(&writer));
    cr_assert_eq(writer.at, sizeof(message));
    cr_assert_arr_eq(out, message, sizeof(message));
}

Test(bytes, writer_is_bad_for_every_buffer_that_is_too_small)
{
    for (size_t len = 0; len < sizeof(message); len++) {
        uint8_t *out = malloc(len > 0 ? len : 1);
        struct vit_writer writer;
        vit_writer_init(&writer, out, len);
        write_fields(&writer);
        cr_assert_not(vit_writer_ok(&writer), "length %zu", len);
        free(out);
    }
}

Test(bytes, writer_writes_nothing_after_what_did_not_fit)
{
    uint8_t out[4] = { 0xee, 0xee, 0xee, 0xee };
    struct vit_writer writer;
    vit_writer_init(&writer, out, sizeof(out));
    vit_put_u16(&writer, 0x0102);
    vit_put_u32(&writer, 0);
    vit_put_u8(&writer, 0);
    vit_put_zeros(&writer, 1);
    cr_assert_not(vit_writer_ok(&writer));
    cr_assert_arr_eq(out, ((uint8_t[]){ 0x02, 0x01, 0xee, 0xee }), 4);
}

Test(bytes, loads_and_stores_keep_their_order)
{
    uint8_t bytes[8];
    vit_store_be64(bytes, 0x0102030405060708);
    cr_assert_arr_eq(bytes, ((uint8_t[]){ 1, 2, 3, 4, 5, 6, 7, 8 }), 8);
    cr_assert_eq(vit_load_be64(bytes), 0x0102030405060708);
    vit_store_le32(bytes, 0x01020304);
    cr_assert_arr_eq(bytes, ((uint8_t[]){ 4, 3, 2, 1 }), 4);
    cr_assert_eq(vit_load_le32(bytes), 0x01020304);
}
