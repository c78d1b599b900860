/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "base/bytes.h"
#include "kmd-stub/commands.h"
#include "wire/envelope.h"

enum { BASE = 24 }; /* where the commands begin in the buffer */

struct list {
    uint8_t bytes[1024];
    struct vit_writer out;
    D3DDDI_PATCHLOCATIONLIST patches[8];
    uint32_t patch_count;
    uint32_t messages;
};

static const uint32_t resources[] = { 111, 222, 0 };

static struct list *empty(struct list *list)
{
    *list = (struct list){ .patch_count = 0 };
    vit_writer_init(&list->out, list->bytes, sizeof(list->bytes));
    return list;
}

static void name(struct list *list, size_t at, uint32_t index)
{
    list->patches[list->patch_count++] = (D3DDDI_PATCHLOCATIONLIST){ .AllocationIndex = index,
        .PatchOffset = (UINT)(BASE + at) };
}

static void add_copy(struct list *list)
{
    size_t body = list->out.at + VIT_MESSAGE_HEADER_LEN;
    vit_put_copy(&list->out, &(struct vit_msg_copy){ .rows = 1 });
    name(list, body, 0);
    name(list, body + 4, 1);
}

static void add_decrypt(struct list *list)
{
    size_t body = list->out.at + VIT_MESSAGE_HEADER_LEN;
    vit_put_decrypt(&list->out, &(struct vit_msg_decrypt){ .length = 16 });
    name(list, body + 8, 1);
    name(list, body + 12, 0);
}

static NTSTATUS patch_len(struct list *list, size_t len)
{
    struct vit_kmd_commands commands = {
        .bytes = list->bytes,
        .len = len,
        .base = BASE,
        .patches = list->patches,
        .patch_count = list->patch_count,
        .resources = resources,
        .resource_count = 3,
    };
    NTSTATUS status = vit_kmd_commands_patch(&commands);
    list->messages = commands.message_count;
    return status;
}

static NTSTATUS patch(struct list *list)
{
    return patch_len(list, list->out.at);
}

Test(commands, ids_are_put_where_the_fields_are)
{
    struct list list;
    add_copy(empty(&list));
    vit_put_nop(&list.out);
    size_t decrypt = list.out.at + VIT_MESSAGE_HEADER_LEN;
    add_decrypt(&list);
    cr_assert_eq(patch(&list), STATUS_SUCCESS);
    cr_assert_eq(list.messages, 3);
    cr_assert_eq(vit_load_le32(list.bytes + 8), 111);
    cr_assert_eq(vit_load_le32(list.bytes + 12), 222);
    cr_assert_eq(vit_load_le32(list.bytes + decrypt + 8), 222);
    cr_assert_eq(vit_load_le32(list.bytes + decrypt + 12), 111);
}

Test(commands, the_order_of_patch_locations_is_free)
{
    struct list list;
    add_copy(empty(&list));
    add_copy(&list);
    D3DDDI_PATCHLOCATIONLIST first = list.patches[0];
    list.patches[0] = list.patches[3];
    list.patches[3] = first;
    cr_assert_eq(patch(&list), STATUS_SUCCESS);
    cr_assert_eq(vit_load_le32(list.bytes + 8), 111);
    cr_assert_eq(vit_load_le32(list.bytes + 48 + 12), 222);
}

Test(commands, every_truncation_is_refused)
{
    struct list list;
    add_copy(empty(&list));
    size_t first = list.out.at;
    add_decrypt(&list);
    size_t whole = list.out.at;
    uint32_t patches = list.patch_count;
    for (size_t len = 0; len < whole; len++) {
        list.patch_count = len < first ? patches : 2;
        NTSTATUS expected = len == first ? STATUS_SUCCESS : STATUS_INVALID_USER_BUFFER;
        cr_assert_eq(patch_len(&list, len), expected, "%zu bytes", len);
    }
}

Test(commands, a_field_without_a_patch_location_is_refused)
{
    for (unsigned missing = 0; missing < 2; missing++) {
        struct list list;
        add_copy(empty(&list));
        list.patches[missing] = list.patches[1];
        list.patch_count = 1;
        cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER, "field %u", missing);
    }
    struct list list;
    add_copy(empty(&list));
    list.patch_count = 0;
    cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER);
}

Test(commands, a_patch_location_without_a_field_is_refused)
{
    struct list list;
    add_copy(empty(&list));
    name(&list, 20, 0);
    cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER, "inside a message");
    add_copy(empty(&list));
    name(&list, 2000, 0);
    cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER, "behind the end");
    add_copy(empty(&list));
    list.patches[1].PatchOffset++;
    cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER, "beside a field");
    vit_put_nop(&empty(&list)->out);
    name(&list, 0, 0);
    cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER, "a header");
}

Test(commands, a_field_named_twice_is_refused)
{
    struct list list;
    add_copy(empty(&list));
    name(&list, 8, 1);
    cr_assert_eq(patch(&list), STATUS_INVALID_PARAMETER);
}

Test(commands, a_patch_location_with_more_than_an_id_to_patch_is_refused)
{
    struct list list;
    add_copy(empty(&list));
    list.patches[0].AllocationOffset = 4;
    cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER);
    add_copy(empty(&list));
    list.patches[0].SlotId = 1;
    cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER);
    add_copy(empty(&list));
    list.patches[0].DriverId = 1;
    cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER);
    add_copy(empty(&list));
    list.patches[0].SplitOffset = 1;
    cr_expect_eq(patch(&list), STATUS_INVALID_PARAMETER);
}

Test(commands, an_index_that_names_no_allocation_is_a_bad_handle)
{
    struct list list;
    add_copy(empty(&list));
    list.patches[0].AllocationIndex = 3;
    cr_expect_eq(patch(&list), STATUS_INVALID_HANDLE, "outside the list");
    add_copy(empty(&list));
    list.patches[0].AllocationIndex = UINT32_MAX;
    cr_expect_eq(patch(&list), STATUS_INVALID_HANDLE);
    add_copy(empty(&list));
    list.patches[0].AllocationIndex = 2;
    cr_expect_eq(patch(&list), STATUS_INVALID_HANDLE, "an entry that unbinds");
}

Test(commands, what_needs_an_answer_cannot_be_queued)
{
    for (unsigned i = 0; vit_op_at(i) != NULL; i++) {
        const struct vit_op_info *info = vit_op_at(i);
        if ((info->use & VIT_USE_QUEUED) != 0) {
            continue;
        }
        struct list list;
        vit_put_u16(&empty(&list)->out, info->op);
        vit_put_u16(&list.out, 0);
        vit_put_u32(&list.out, info->request_len);
        vit_put_zeros(&list.out, info->request_len);
        cr_expect_eq(patch(&list), STATUS_PRIVILEGED_INSTRUCTION, "%s", info->name);
    }
}

Test(commands, an_unknown_op_is_an_illegal_instruction)
{
    static const uint16_t ops[] = { 0x7f, 0xff, 0x100, 0xffff };
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        struct list list;
        vit_put_u16(&empty(&list)->out, ops[i]);
        vit_put_u16(&list.out, 0);
        vit_put_u32(&list.out, 0);
        cr_expect_eq(patch(&list), STATUS_ILLEGAL_INSTRUCTION, "%x", ops[i]);
    }
}

Test(commands, a_body_of_another_length_is_refused)
{
    struct list list;
    vit_put_nop(&empty(&list)->out);
    vit_store_le32(list.bytes + 4, 8);
    vit_put_zeros(&list.out, 8);
    cr_expect_eq(patch(&list), STATUS_INVALID_USER_BUFFER);
    add_copy(empty(&list));
    vit_store_le32(list.bytes + 4, UINT32_MAX);
    cr_expect_eq(patch(&list), STATUS_INVALID_USER_BUFFER);
}

Test(commands, more_messages_than_a_submission_may_have_are_refused)
{
    static uint8_t bytes[(VIT_SUBMISSION_MAX_COUNT + 1) * VIT_MESSAGE_HEADER_LEN];
    struct vit_kmd_commands commands = { .bytes = bytes,
        .len = VIT_SUBMISSION_MAX_COUNT * VIT_MESSAGE_HEADER_LEN };
    cr_expect_eq(vit_kmd_commands_patch(&commands), STATUS_SUCCESS);
    commands.len = sizeof(bytes);
    cr_expect_eq(vit_kmd_commands_patch(&commands), STATUS_INVALID_USER_BUFFER);
}
