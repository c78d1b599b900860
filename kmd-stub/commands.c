/* SPDX-License-Identifier: MIT */
#include "kmd-stub/commands.h"

#include "base/bytes.h"
#include "wire/envelope.h"

struct walk {
    struct vit_kmd_commands *commands;
    struct vit_reader in;
    uint32_t patch; /* next one, in order of offset */
};

/* Insertion sort: what drivers send is in order already, and the list is short. */
static void sort_patches(D3DDDI_PATCHLOCATIONLIST *patches, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        D3DDDI_PATCHLOCATIONLIST moved = patches[i];
        uint32_t at = i;
        while (at > 0 && patches[at - 1].PatchOffset > moved.PatchOffset) {
            patches[at] = patches[at - 1];
            at--;
        }
        patches[at] = moved;
    }
}

/* Each a reason of its own, so the header is looked at before the reader judges it as a whole. */
static NTSTATUS next_message(struct walk *walk, struct vit_message *message)
{
    struct vit_reader peek = walk->in;
    unsigned op = vit_get_u16(&peek);
    vit_get_skip(&peek, VIT_MESSAGE_HEADER_LEN - 2);
    if (!vit_reader_ok(&peek)) {
        return STATUS_INVALID_USER_BUFFER;
    }
    const struct vit_op_info *info = vit_op_info(op);
    if (info == NULL) {
        return STATUS_ILLEGAL_INSTRUCTION;
    }
    if ((info->use & VIT_USE_QUEUED) == 0) {
        return STATUS_PRIVILEGED_INSTRUCTION;
    }
    return vit_get_message(&walk->in, message) == VIT_OK ? STATUS_SUCCESS
                                                         : STATUS_INVALID_USER_BUFFER;
}

static NTSTATUS patch_field(struct walk *walk, const uint8_t *body, uint16_t field)
{
    struct vit_kmd_commands *commands = walk->commands;
    if (field == VIT_NO_FIELD) {
        return STATUS_SUCCESS;
    }
    size_t at = (size_t)(body - commands->bytes) + field;
    if (walk->patch == commands->patch_count) {
        return STATUS_INVALID_PARAMETER;
    }
    const D3DDDI_PATCHLOCATIONLIST *patch = &commands->patches[walk->patch++];
    if (patch->PatchOffset != commands->base + at || patch->Value != 0 || patch->DriverId != 0 ||
            patch->AllocationOffset != 0 || patch->SplitOffset != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (patch->AllocationIndex >= commands->resource_count ||
            commands->resources[patch->AllocationIndex] == 0) {
        return STATUS_INVALID_HANDLE;
    }
    vit_store_le32(commands->bytes + at, commands->resources[patch->AllocationIndex]);
    return STATUS_SUCCESS;
}

static NTSTATUS patch_message(struct walk *walk)
{
    struct vit_message message;
    NTSTATUS status = next_message(walk, &message);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = patch_field(walk, message.body, message.info->resource_a);
    return NT_SUCCESS(status) ? patch_field(walk, message.body, message.info->resource_b) : status;
}

NTSTATUS vit_kmd_commands_patch(struct vit_kmd_commands *commands)
{
    struct walk walk = { .commands = commands };
    vit_reader_init(&walk.in, commands->bytes, commands->len);
    sort_patches(commands->patches, commands->patch_count);
    commands->message_count = 0;
    do {
        if (commands->message_count == VIT_SUBMISSION_MAX_COUNT) {
            return STATUS_INVALID_USER_BUFFER;
        }
        NTSTATUS status = patch_message(&walk);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        commands->message_count++;
    } while (vit_reader_left(&walk.in) > 0);
    return walk.patch == commands->patch_count ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}
