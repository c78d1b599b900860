/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "kmd-stub/handles.h"

static char things[VIT_HANDLES_MAX];

Test(handles, finds_what_was_added_under_its_type_only)
{
    struct vit_handles handles = { 0 };
    uint32_t handle = 0;
    cr_assert_eq(vit_handles_add(&handles, VIT_HANDLE_ALLOCATION, &things[0], &handle), VIT_OK);
    cr_assert_neq(handle, 0);
    cr_assert_eq(vit_handles_get(&handles, VIT_HANDLE_ALLOCATION, handle), &things[0]);
    cr_assert_null(vit_handles_get(&handles, VIT_HANDLE_CONTEXT, handle));
    cr_assert_null(vit_handles_get(&handles, VIT_HANDLE_ALLOCATION, 0));
    cr_assert_null(vit_handles_get(&handles, VIT_HANDLE_ALLOCATION, UINT32_MAX));
    vit_handles_finish(&handles);
}

Test(handles, a_stale_handle_is_not_found_when_its_slot_lives_again)
{
    struct vit_handles handles = { 0 };
    uint32_t first = 0, second = 0;
    cr_assert_eq(vit_handles_add(&handles, VIT_HANDLE_ALLOCATION, &things[0], &first), VIT_OK);
    vit_handles_remove(&handles, first);
    cr_assert_eq(vit_handles_add(&handles, VIT_HANDLE_ALLOCATION, &things[1], &second), VIT_OK);
    cr_assert_eq(first & 0xffff, second & 0xffff, "the slot is reused");
    cr_assert_null(vit_handles_get(&handles, VIT_HANDLE_ALLOCATION, first));
    cr_assert_eq(vit_handles_get(&handles, VIT_HANDLE_ALLOCATION, second), &things[1]);
    vit_handles_finish(&handles);
}

Test(handles, a_slot_with_no_generation_left_is_retired)
{
    struct vit_handles handles = { 0 };
    uint32_t handle = 0, first = 0;
    cr_assert_eq(vit_handles_add(&handles, VIT_HANDLE_ALLOCATION, &things[0], &first), VIT_OK);
    vit_handles_remove(&handles, first);
    for (unsigned i = 0; i < 0x10000; i++) {
        cr_assert_eq(vit_handles_add(&handles, VIT_HANDLE_ALLOCATION, &things[0], &handle), VIT_OK);
        cr_assert_neq(handle, first);
        vit_handles_remove(&handles, handle);
    }
    vit_handles_finish(&handles);
}

Test(handles, has_a_limit)
{
    struct vit_handles handles = { 0 };
    uint32_t handle = 0, last = 0;
    for (unsigned i = 0; i < VIT_HANDLES_MAX; i++) {
        cr_assert_eq(vit_handles_add(&handles, VIT_HANDLE_RESOURCE, &things[i], &last), VIT_OK);
    }
    cr_assert_eq(vit_handles_add(&handles, VIT_HANDLE_RESOURCE, &things[0], &handle), VIT_E_LIMIT);
    vit_handles_remove(&handles, last);
    cr_assert_eq(vit_handles_add(&handles, VIT_HANDLE_RESOURCE, &things[0], &handle), VIT_OK);
    vit_handles_finish(&handles);
}
