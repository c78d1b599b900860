/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "wire/kmd.h"
#include "wire/surface.h"

static uint8_t info_block[VIT_ADAPTER_INFO_LEN];

static void make_info(const char *uri)
{
    uint8_t capset[VIT_CAPSET_HEADER_LEN + 4];
    size_t len = 0;
    struct vit_capset said = { .custody = 1, .chain = (const uint8_t *)"DER!", .chain_len = 4 };
    cr_assert_eq(vit_capset_encode(&said, capset, sizeof(capset), &len), VIT_OK);
    cr_assert_eq(vit_adapter_info_encode(capset, len, uri, info_block, sizeof(info_block)), VIT_OK);
}

Test(adapter_info, survives_the_callback)
{
    struct vit_adapter_info info;
    make_info("file:/key.pem");
    cr_assert_eq(vit_adapter_info_decode(info_block, sizeof(info_block), &info), VIT_OK);
    cr_assert_str_eq(info.key_uri, "file:/key.pem");
    cr_assert_eq(info.capset.custody, 1);
    cr_assert_eq(info.capset.chain_len, 4);
}

Test(adapter_info, every_truncation_is_refused)
{
    struct vit_adapter_info info;
    make_info("k");
    size_t whole = 16 + VIT_CAPSET_HEADER_LEN + 4 + 1;
    cr_assert_eq(vit_adapter_info_decode(info_block, whole, &info), VIT_OK);
    for (size_t len = 0; len < whole; len++) {
        cr_assert_neq(vit_adapter_info_decode(info_block, len, &info), VIT_OK, "length %zu", len);
    }
}

Test(adapter_info, a_question_is_recognised)
{
    cr_assert_eq(vit_adapter_info_check_ask(info_block, sizeof(info_block)), VIT_E_UNSUPPORTED);
    vit_adapter_info_ask(info_block);
    cr_assert_eq(vit_adapter_info_check_ask(info_block, sizeof(info_block)), VIT_OK);
    cr_assert_eq(vit_adapter_info_check_ask(info_block, sizeof(info_block) - 1), VIT_E_ARG);
    cr_assert_eq(vit_adapter_info_check_ask(info_block, 7), VIT_E_ARG);
}

static const struct vit_allocation_block picture = { .kind = VIT_ALLOCATION_PROTECTED,
    .width = 64,
    .height = 32,
    .format = VIT_FORMAT_NV12,
    .size = 64 * 32 * 3 / 2 };

Test(allocation_block, survives_the_callback)
{
    uint8_t bytes[VIT_ALLOCATION_BLOCK_LEN];
    struct vit_allocation_block got;
    vit_allocation_block_encode(&picture, bytes);
    cr_assert_eq(vit_allocation_block_decode(bytes, sizeof(bytes), &got), VIT_OK);
    cr_assert_eq(got.kind, picture.kind);
    cr_assert_eq(got.format, picture.format);
    cr_assert_eq(got.size, picture.size);
}

static enum vit_status decode(struct vit_allocation_block block)
{
    uint8_t bytes[VIT_ALLOCATION_BLOCK_LEN];
    struct vit_allocation_block got;
    vit_allocation_block_encode(&block, bytes);
    return vit_allocation_block_decode(bytes, sizeof(bytes), &got);
}

Test(allocation_block, refuses_what_does_not_agree)
{
    struct vit_allocation_block bad = picture;
    bad.size++;
    cr_assert_eq(decode(bad), VIT_E_ARG);
    bad = picture;
    bad.kind = (enum vit_allocation_kind)0;
    cr_assert_eq(decode(bad), VIT_E_ARG);
    bad.kind = (enum vit_allocation_kind)5;
    cr_assert_eq(decode(bad), VIT_E_ARG);
    bad = picture;
    bad.kind = VIT_ALLOCATION_PRIMARY;
    cr_assert_eq(decode(bad), VIT_E_ARG, "a primary is BGRX");
    bad = picture;
    bad.width = 0;
    cr_assert_eq(decode(bad), VIT_E_ARG);
}

Test(allocation_block, refuses_another_vendor_and_every_other_length)
{
    uint8_t bytes[VIT_ALLOCATION_BLOCK_LEN + 1] = { 0 };
    struct vit_allocation_block got;
    vit_allocation_block_encode(&picture, bytes);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        enum vit_status expected = len == VIT_ALLOCATION_BLOCK_LEN ? VIT_OK : VIT_E_ARG;
        cr_assert_eq(vit_allocation_block_decode(bytes, len, &got), expected, "length %zu", len);
    }
    bytes[0] ^= 1;
    cr_assert_eq(vit_allocation_block_decode(bytes, VIT_ALLOCATION_BLOCK_LEN, &got),
            VIT_E_UNSUPPORTED);
}

Test(escape, a_question_and_its_answer)
{
    uint8_t block[VIT_ESCAPE_MAX_LEN] = { 0 };
    struct vit_writer out;
    struct vit_reader in;
    struct vit_escape sent = { .allocation_count = 1, .allocations = { { 77, 16 } } }, got;
    vit_writer_init(&out, block, sizeof(block));
    vit_escape_encode(&sent, &out);
    cr_assert_eq(out.at, VIT_ESCAPE_HEADER_LEN);
    vit_put_session(&out, VIT_OP_REFRESH_START, 5);
    size_t len = out.at;
    vit_reader_init(&in, block, len);
    cr_assert_eq(vit_escape_decode(&in, &got), VIT_OK);
    cr_assert_eq(got.allocation_count, 1);
    cr_assert_eq(got.allocations[0].handle, 77);
    cr_assert_eq(vit_reader_left(&in), 16);

    uint8_t body[16] = { 0 };
    vit_escape_answer(block, len, VIT_OK, "0123456789abcdef", 16);
    cr_assert_eq(vit_escape_result(block, len, body, 16), VIT_OK);
    cr_assert_arr_eq(body, "0123456789abcdef", 16);
    cr_assert_eq(vit_escape_result(block, len, body, 8), VIT_E_PROTOCOL);
}

Test(escape, a_refusal_leaves_the_body_alone)
{
    uint8_t block[VIT_ESCAPE_HEADER_LEN + 16] = { 0 }, body[16] = { 42 };
    vit_escape_answer(block, sizeof(block), VIT_E_DENIED, NULL, 0);
    cr_assert_eq(vit_escape_result(block, sizeof(block), body, 16), VIT_E_DENIED);
    cr_assert_eq(body[0], 42);
}

Test(escape, refuses_short_blocks_other_vendors_and_too_many_allocations)
{
    uint8_t block[VIT_ESCAPE_HEADER_LEN];
    struct vit_writer out;
    struct vit_reader in;
    struct vit_escape got;
    vit_writer_init(&out, block, sizeof(block));
    vit_escape_encode(&(struct vit_escape){ 0 }, &out);
    for (size_t len = 0; len < sizeof(block); len++) {
        vit_reader_init(&in, block, len);
        cr_assert_eq(vit_escape_decode(&in, &got), VIT_E_ARG);
    }
    block[6] = VIT_ESCAPE_ALLOCATIONS + 1;
    vit_reader_init(&in, block, sizeof(block));
    cr_assert_eq(vit_escape_decode(&in, &got), VIT_E_ARG);
    block[6] = 0;
    block[4] ^= 0x40;
    vit_reader_init(&in, block, sizeof(block));
    cr_assert_eq(vit_escape_decode(&in, &got), VIT_E_UNSUPPORTED);
}

Test(escape, a_status_outside_the_list_is_a_broken_protocol)
{
    uint8_t block[VIT_ESCAPE_HEADER_LEN + 16] = { 0 }, body[16];
    vit_escape_answer(block, sizeof(block), VIT_OK, "0123456789abcdef", 16);
    block[8] = 200;
    cr_assert_eq(vit_escape_result(block, sizeof(block), body, 16), VIT_E_PROTOCOL);
}
