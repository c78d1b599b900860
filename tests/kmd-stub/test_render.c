/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "kmd-stub/render.h"
#include "tests/kmd-stub/fake_link.h"

Test(render, submits_messages_with_the_ids_of_the_link)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE source = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    uint32_t source_id = rig.link->last_resource;
    D3DKMT_HANDLE destination = rig_allocation(&rig, VIT_ALLOCATION_PROTECTED);
    uint32_t destination_id = rig.link->last_resource;
    cr_assert_eq(rig_copy(&rig, source, destination), S_OK);
    cr_assert_eq(rig.link->submissions, 1);
    cr_assert_eq(rig.link->envelope.count, 1);
    cr_assert_eq(rig.link->envelope.sequence, 1);
    cr_assert_eq(rig.link->messages_len, 48);
    cr_assert_eq(vit_load_le32(rig.link->messages + 8), source_id);
    cr_assert_eq(vit_load_le32(rig.link->messages + 12), destination_id);
    rig_finish(&rig);
}

Test(render, answers_the_buffer_and_lists_to_go_on_with)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    vit_put_nop(&rig.out);
    D3DDDICB_RENDER data = { .CommandLength = (UINT)rig.out.at,
        .NewCommandBufferSize = 1 << 20,
        .Flags = { .ResizeCommandBuffer = 1 } };
    cr_assert_eq(vit_kmd_render(rig.device, &data), S_OK, "the default context, a request ignored");
    cr_assert_eq(data.pNewCommandBuffer, rig.context.pCommandBuffer);
    cr_assert_eq(data.NewCommandBufferSize, rig.context.CommandBufferSize);
    cr_assert_eq(data.pNewAllocationList, rig.context.pAllocationList);
    cr_assert_eq(data.NewAllocationListSize, rig.context.AllocationListSize);
    cr_assert_eq(data.pNewPatchLocationList, rig.context.pPatchLocationList);
    cr_assert_eq(data.NewPatchLocationListSize, rig.context.PatchLocationListSize);
    cr_assert_eq(data.QueuedBufferCount, 1);
    rig_finish(&rig);
}

Test(render, commands_may_begin_behind_the_start_of_the_buffer)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    memset(rig.context.pCommandBuffer, 0xff, 40);
    rig.out.at = 40;
    vit_put_copy(&rig.out, &(struct vit_msg_copy){ .rows = 1 });
    rig.context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = handle };
    rig.context.pPatchLocationList[0] = (D3DDDI_PATCHLOCATIONLIST){ .PatchOffset = 48 };
    rig.context.pPatchLocationList[1] = (D3DDDI_PATCHLOCATIONLIST){ .PatchOffset = 52 };
    D3DDDICB_RENDER data = { .CommandLength = (UINT)rig.out.at,
        .CommandOffset = 40,
        .NumAllocations = 1,
        .NumPatchLocations = 2,
        .hContext = rig.context.hContext };
    cr_assert_eq(vit_kmd_render(rig.device, &data), S_OK);
    cr_assert_eq(rig.link->messages_len, 48);
    rig_finish(&rig);
}

Test(render, lengths_outside_the_buffer_are_refused)
{
    struct rig rig;
    rig_init(&rig);
    static const struct {
        UINT length, offset;
    } bad[] = { { 0, 0 }, { 8, 8 }, { 8, 16 }, { 65537, 0 }, { UINT32_MAX, 0 }, { 7, 0 },
        { 8, UINT32_MAX } };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        D3DDDICB_RENDER data = { .CommandLength = bad[i].length, .CommandOffset = bad[i].offset };
        cr_expect_eq(vit_kmd_render(rig.device, &data), D3DDDIERR_INVALIDUSERBUFFER, "%u", i);
        cr_expect_null(data.pNewCommandBuffer, "out members stay on failure");
    }
    cr_assert_eq(rig.link->submissions, 0);
    rig_finish(&rig);
}

static HRESULT render_nop(struct rig *rig, D3DDDICB_RENDER data)
{
    rig->out.at = 0;
    vit_put_nop(&rig->out);
    data.CommandLength = (UINT)rig->out.at;
    return vit_kmd_render(rig->device, &data);
}

Test(render, arguments_that_mean_nothing_here_are_refused)
{
    struct rig rig;
    rig_init(&rig);
    cr_expect_eq(render_nop(&rig, (D3DDDICB_RENDER){ 0 }), S_OK);
    cr_expect_eq(render_nop(&rig, (D3DDDICB_RENDER){ .NumAllocations = 257 }), E_INVALIDARG);
    cr_expect_eq(render_nop(&rig, (D3DDDICB_RENDER){ .NumPatchLocations = 513 }), E_INVALIDARG);
    cr_expect_eq(render_nop(&rig, (D3DDDICB_RENDER){ .BroadcastContextCount = 1 }), E_INVALIDARG);
    cr_expect_eq(render_nop(&rig, (D3DDDICB_RENDER){ .Flags = { .NullRendering = 1 } }),
            E_INVALIDARG);
    cr_expect_eq(render_nop(&rig, (D3DDDICB_RENDER){ .Flags = { .Reserved = 1 } }), E_INVALIDARG);
    cr_expect_eq(render_nop(&rig, (D3DDDICB_RENDER){ .NewCommandBuffer = 1 }), E_INVALIDARG);
    cr_expect_eq(render_nop(&rig, (D3DDDICB_RENDER){ .PrivateDriverDataSize = 1 }), E_INVALIDARG);
    cr_expect_eq(vit_kmd_render(rig.device, NULL), E_INVALIDARG);
    cr_assert_eq(rig.link->submissions, 1);
    rig_finish(&rig);
}

Test(render, a_context_belongs_to_its_device)
{
    struct rig rig;
    rig_init(&rig);
    HANDLE other = rig_create_device(&rig);
    D3DDDICB_RENDER data = { .CommandLength = 8, .hContext = rig.context.hContext };
    cr_expect_eq(vit_kmd_render(other, &data), E_INVALIDARG);
    data.hContext = NULL;
    cr_expect_eq(vit_kmd_render(other, &data), E_INVALIDARG, "it has none at all");
    data.hContext = (HANDLE)(uintptr_t)0x12345;
    cr_expect_eq(vit_kmd_render(rig.device, &data), E_INVALIDARG);
    rig_destroy_device(&rig, other);
    data.hContext = rig.context.hContext;
    cr_expect_eq(vit_kmd_render(other, &data), E_INVALIDARG, "a stale device");
    cr_expect_eq(vit_kmd_render(NULL, &data), E_INVALIDARG);
    rig_finish(&rig);
}

Test(render, an_allocation_must_live_and_be_this_devices)
{
    struct rig rig;
    rig_init(&rig);
    HANDLE other = rig_create_device(&rig);
    D3DKMT_HANDLE foreign = 0;
    cr_assert_eq(rig_allocate(&rig, other, VIT_ALLOCATION_SHARED, &foreign), S_OK);
    D3DKMT_HANDLE good = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    D3DKMT_HANDLE stale = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    rig_deallocate(&rig, stale);
    cr_expect_eq(rig_copy(&rig, good, foreign), D3DDDIERR_INVALIDHANDLE);
    cr_expect_eq(rig_copy(&rig, stale, good), D3DDDIERR_INVALIDHANDLE);
    cr_expect_eq(rig_copy(&rig, good, 0), D3DDDIERR_INVALIDHANDLE, "nothing is bound there");
    cr_expect_eq(rig_copy(&rig, good, good), S_OK);
    cr_assert_eq(rig.link->submissions, 1);
    rig_destroy_device(&rig, other);
    rig_finish(&rig);
}

Test(render, an_entry_that_unbinds_is_legal_when_nothing_names_it)
{
    struct rig rig;
    rig_init(&rig);
    rig.context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = 0 };
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 1, 0), S_OK);
    rig.context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .Reserved = 1 };
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 1, 0), E_INVALIDARG);
    rig_finish(&rig);
}

Test(render, each_refusal_has_its_own_code)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    vit_put_session(&rig.out, VIT_OP_SESSION_DESTROY, 1);
    cr_expect_eq(rig_render(&rig, 0, 0), D3DDDIERR_PRIVILEGEDINSTRUCTION);
    vit_put_u64(&rig.out, 0x7f);
    cr_expect_eq(rig_render(&rig, 0, 0), D3DDDIERR_INVALIDINSTRUCTION);
    vit_put_nop(&rig.out);
    vit_put_u16(&rig.out, VIT_OP_NOP);
    cr_expect_eq(rig_render(&rig, 0, 0), D3DDDIERR_INVALIDUSERBUFFER);
    vit_put_copy(&rig.out, &(struct vit_msg_copy){ .rows = 1 });
    rig.context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = handle };
    cr_expect_eq(rig_render(&rig, 1, 0), E_INVALIDARG, "unpatched fields");
    cr_assert_eq(rig.link->submissions, 0);
    rig_finish(&rig);
}

Test(render, a_full_buffer_of_commands_is_taken)
{
    struct rig rig;
    rig_init(&rig);
    for (unsigned i = 0; i < VIT_SUBMISSION_MAX_COUNT; i++) {
        vit_put_nop(&rig.out);
    }
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    cr_assert_eq(rig.link->envelope.count, VIT_SUBMISSION_MAX_COUNT);
    rig_finish(&rig);
}

Test(render, content_keys_do_not_stay_in_the_drivers_memory)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    struct vit_msg_decrypt decrypt = { .length = 16, .content_key = "KEY-KEY-KEY-KEY" };
    vit_put_decrypt(&rig.out, &decrypt);
    rig.context.pAllocationList[0] = (D3DDDI_ALLOCATIONLIST){ .hAllocation = handle };
    rig.context.pPatchLocationList[0] = (D3DDDI_PATCHLOCATIONLIST){ .PatchOffset = 16 };
    rig.context.pPatchLocationList[1] = (D3DDDI_PATCHLOCATIONLIST){ .PatchOffset = 20 };
    cr_assert_eq(rig_render(&rig, 1, 2), S_OK);
    cr_assert_not_null(memmem(rig.link->messages, 128, "KEY-KEY", 7), "it was sent");
    cr_assert_null(memmem(&rig.adapter->staging, sizeof(rig.adapter->staging), "KEY-KEY", 7));
    rig_finish(&rig);
}
