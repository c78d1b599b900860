/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "kmd-stub/device.h"
#include "kmd-stub/tables.h"
#include "tests/kmd-stub/fake_link.h"

static bool lives(HANDLE device)
{
    VIT_AUTO(kmd_device) found = vit_kmd_device_enter(device);
    return found != NULL;
}

Test(device, its_handle_is_stale_when_it_is_destroyed)
{
    struct rig rig;
    rig_init(&rig);
    HANDLE second = rig_create_device(&rig);
    cr_assert(lives(second));
    rig_destroy_device(&rig, second);
    cr_assert_not(lives(second));
    HANDLE third = rig_create_device(&rig);
    cr_assert(lives(third));
    cr_assert_not(lives(second), "the slot lives again, the old handle does not");
    rig_destroy_device(&rig, third);
    cr_assert_not(lives(NULL));
    rig_finish(&rig);
}

Test(device, a_handle_never_comes_back)
{
    struct rig rig;
    rig_init(&rig);
    HANDLE first = rig_create_device(&rig);
    rig_destroy_device(&rig, first);
    for (unsigned i = 0; i < 200; i++) {
        HANDLE device = rig_create_device(&rig);
        cr_assert_neq(device, first);
        cr_assert_not(lives(first));
        rig_destroy_device(&rig, device);
    }
    rig_finish(&rig);
}

Test(device, creation_that_fails_leaves_nothing)
{
    struct rig rig;
    rig_init(&rig);
    unsigned contexts = rig.link->contexts;
    unsigned resources = rig.link->resource_count;
    rig.link->create_status = VIT_E_LIMIT;
    HANDLE device = NULL;
    cr_assert_eq(vit_kmd_device_create(rig.adapter, &device), VIT_E_LIMIT);
    cr_assert_null(device);
    cr_assert_eq(rig.link->contexts, contexts);
    cr_assert_eq(rig.link->resource_count, resources);
    rig_finish(&rig);
}

Test(device, releases_all_that_it_owned)
{
    struct rig rig;
    rig_init(&rig);
    for (unsigned i = 0; i < 20; i++) {
        rig_allocation(&rig, i % 2 == 0 ? VIT_ALLOCATION_SHARED : VIT_ALLOCATION_PROTECTED);
    }
    rig_finish(&rig); /* asserts that nothing is left */
}

Test(device, waits_for_what_is_queued_before_it_goes)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    D3DKMT_HANDLE allocation = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    for (unsigned i = 0; i < 5; i++) {
        cr_assert_eq(rig_copy(&rig, allocation, allocation), S_OK);
    }
    rig_destroy_device(&rig, rig.device);
    cr_assert_eq(rig.link->completed, 5);
    vit_kmd_adapter_destroy(rig.adapter);
}

Test(device, every_submission_has_a_slot_of_its_own_until_it_is_done)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    uint64_t seen[60];
    for (unsigned i = 0; i < 60; i++) {
        vit_put_nop(&rig.out);
        cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
        seen[i] = rig.link->envelope.reply_offset;
        for (unsigned j = 0; j < i; j++) {
            cr_assert_neq(seen[j], seen[i]);
        }
        cr_assert_eq(rig.link->envelope.sequence, i + 1);
    }
    cr_assert_eq(rig.link->waits, 0);
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    cr_assert_geq(rig.link->completed, 1, "the sixty-first waits for the first");
    rig_finish(&rig);
}

Test(device, a_full_link_is_waited_for)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    for (unsigned i = 0; i < 3; i++) {
        vit_put_nop(&rig.out);
        cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    }
    rig.link->busy_submits = 2;
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    cr_assert_eq(rig.link->submissions, 4);
    rig_finish(&rig);
}

Test(device, a_reply_that_is_none_loses_the_adapter)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->raw_status = VIT_STATUS_COUNT;
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), D3DDDIERR_DEVICEREMOVED);
    rig.link->raw_status = 0;
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), D3DDDIERR_DEVICEREMOVED);
    rig_finish(&rig);
}

Test(device, refused_submissions_are_counted)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->reply_status = VIT_E_DENIED;
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK, "its refusal comes later");
    rig.link->reply_status = VIT_OK;
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    cr_assert_eq(rig.adapter->submissions, 2);
    cr_assert_eq(rig.adapter->refusals, 1);
    cr_assert_eq(rig.adapter->last_refusal, VIT_E_DENIED);
    rig_finish(&rig);
}

/* The one test here that takes its two seconds. */
Test(device, a_device_that_completes_nothing_is_lost)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    rig.link->dead = true;
    D3DKMT_HANDLE allocation = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    cr_assert_eq(rig_copy(&rig, allocation, allocation), S_OK);
    D3DDDICB_LOCKFLAGS flags = { .ReadOnly = 1 };
    cr_assert_eq(rig_lock(&rig, allocation, flags, NULL), D3DDDIERR_DEVICEREMOVED);
    cr_assert_leq(rig.link->last_limit_ns, VIT_KMD_LIMIT_NS);
    cr_assert(rig.adapter->lost);
    rig_finish(&rig);
}
