/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "kmd-stub/present.h"
#include "tests/kmd-stub/fake_link.h"

static HRESULT show(struct rig *rig, D3DKMT_HANDLE handle)
{
    DXGIDDICB_PRESENT data = { .hSrcAllocation = handle, .hContext = rig->context.hContext };
    return vit_kmd_present_dxgi(rig->device, &data);
}

Test(present, shows_both_kinds_of_primary_on_their_output)
{
    struct rig rig;
    rig_init(&rig);
    for (int kind = VIT_ALLOCATION_PRIMARY; kind <= VIT_ALLOCATION_PROTECTED_PRIMARY; kind++) {
        D3DKMT_HANDLE handle = rig_allocation(&rig, (enum vit_allocation_kind)kind);
        cr_assert_eq(show(&rig, handle), S_OK);
        cr_assert_eq(rig.link->presented, rig.link->last_resource);
        cr_assert_eq(rig.link->presented_output, 1);
        cr_assert_eq(rig.link->presented_surface.width, 64);
        cr_assert_eq(rig.link->presented_surface.height, 32);
        cr_assert_eq(rig.link->presented_surface.format, VIT_FORMAT_BGRX);
    }
    cr_assert_eq(rig.link->presents, 2);
    rig_finish(&rig);
}

Test(present, the_plain_callback_does_the_same)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_PRIMARY);
    D3DDDICB_PRESENT data = { .hSrcAllocation = handle, .hContext = rig.context.hContext };
    cr_assert_eq(vit_kmd_present(rig.device, &data), S_OK);
    cr_assert_eq(rig.link->presents, 1);
    cr_assert_eq(vit_kmd_present(rig.device, NULL), E_INVALIDARG);
    rig_finish(&rig);
}

Test(present, what_is_no_primary_cannot_be_shown)
{
    struct rig rig;
    rig_init(&rig);
    cr_expect_eq(show(&rig, rig_allocation(&rig, VIT_ALLOCATION_SHARED)), E_INVALIDARG);
    cr_expect_eq(show(&rig, rig_allocation(&rig, VIT_ALLOCATION_PROTECTED)), E_INVALIDARG);
    cr_expect_eq(show(&rig, 0), E_INVALIDARG);
    D3DKMT_HANDLE stale = rig_allocation(&rig, VIT_ALLOCATION_PRIMARY);
    rig_deallocate(&rig, stale);
    cr_expect_eq(show(&rig, stale), E_INVALIDARG);
    cr_assert_eq(rig.link->presents, 0);
    rig_finish(&rig);
}

Test(present, destination_and_broadcast_are_not_known)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_PRIMARY);
    DXGIDDICB_PRESENT data = { .hSrcAllocation = handle, .hDstAllocation = handle };
    cr_expect_eq(vit_kmd_present_dxgi(rig.device, &data), E_INVALIDARG);
    data = (DXGIDDICB_PRESENT){ .hSrcAllocation = handle, .BroadcastContextCount = 1 };
    cr_expect_eq(vit_kmd_present_dxgi(rig.device, &data), E_INVALIDARG);
    data = (DXGIDDICB_PRESENT){ .hSrcAllocation = handle, .hContext = &rig };
    cr_expect_eq(vit_kmd_present_dxgi(rig.device, &data), E_INVALIDARG);
    data = (DXGIDDICB_PRESENT){ .hSrcAllocation = handle };
    cr_expect_eq(vit_kmd_present_dxgi(NULL, &data), E_INVALIDARG);
    cr_expect_eq(vit_kmd_present_dxgi(rig.device, NULL), E_INVALIDARG);
    cr_expect_eq(vit_kmd_present_dxgi(rig.device, &data), S_OK);
    cr_assert_eq(rig.link->presents, 1);
    rig_finish(&rig);
}

Test(present, comes_after_the_work_on_the_primary)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_PRIMARY);
    cr_assert_eq(rig_copy(&rig, handle, handle), S_OK);
    cr_assert_eq(show(&rig, handle), S_OK);
    cr_assert_eq(rig.link->completed_at_present, 1);
    rig_finish(&rig);
}

Test(present, a_refusal_of_the_link_is_passed_on)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_PRIMARY);
    rig.link->present_status = VIT_E_ARG;
    cr_assert_eq(show(&rig, handle), E_INVALIDARG);
    rig.link->present_status = VIT_OK;
    cr_assert_eq(show(&rig, handle), S_OK);
    rig_finish(&rig);
}
