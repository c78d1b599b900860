/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "kmd-stub/allocation.h"
#include "tests/kmd-stub/fake_link.h"

static const D3DDDICB_LOCKFLAGS plain = { .Value = 0 };

Test(lock, gives_the_bytes_that_the_device_sees)
{
    struct rig rig;
    rig_init(&rig);
    for (unsigned i = 0; i < 2; i++) {
        D3DKMT_HANDLE handle =
                rig_allocation(&rig, i == 0 ? VIT_ALLOCATION_SHARED : VIT_ALLOCATION_PRIMARY);
        void *data = NULL;
        cr_assert_eq(rig_lock(&rig, handle, plain, &data), S_OK);
        cr_assert_eq(data, fake_link_resource(rig.link, rig.link->last_resource)->mapping);
        cr_assert_eq(rig_unlock(&rig, handle), S_OK);
    }
    rig_finish(&rig);
}

Test(lock, a_protected_allocation_cannot_be_locked)
{
    struct rig rig;
    rig_init(&rig);
    static const enum vit_allocation_kind kinds[] = { VIT_ALLOCATION_PROTECTED,
        VIT_ALLOCATION_PROTECTED_PRIMARY };
    for (unsigned i = 0; i < 2; i++) {
        D3DKMT_HANDLE handle = rig_allocation(&rig, kinds[i]);
        void *data = &rig;
        cr_assert_eq(rig_lock(&rig, handle, plain, &data), E_INVALIDARG);
        cr_assert_null(data);
        D3DDDICB_LOCKFLAGS flags = { .IgnoreSync = 1, .Discard = 1 };
        cr_assert_eq(rig_lock(&rig, handle, flags, NULL), E_INVALIDARG);
        cr_assert_eq(rig_unlock(&rig, handle), E_INVALIDARG);
    }
    rig_finish(&rig);
}

Test(lock, is_unlocked_as_often_as_it_was_locked)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    cr_assert_eq(rig_unlock(&rig, handle), E_INVALIDARG, "not locked");
    cr_assert_eq(rig_lock(&rig, handle, plain, NULL), S_OK);
    cr_assert_eq(rig_lock(&rig, handle, plain, NULL), S_OK);
    cr_assert_eq(rig_unlock(&rig, handle), S_OK);
    cr_assert_eq(rig_unlock(&rig, handle), S_OK);
    cr_assert_eq(rig_unlock(&rig, handle), E_INVALIDARG, "once too often");
    rig_finish(&rig);
}

Test(lock, unlocking_a_list_is_all_or_nothing)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handles[3];
    for (unsigned i = 0; i < 3; i++) {
        handles[i] = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
        cr_assert_eq(rig_lock(&rig, handles[i], plain, NULL), S_OK);
    }
    D3DDDICB_UNLOCK twice = { 2, (const D3DKMT_HANDLE[]){ handles[0], handles[0] } };
    cr_assert_eq(vit_kmd_unlock(rig.device, &twice), E_INVALIDARG);
    D3DDDICB_UNLOCK stale = { 2, (const D3DKMT_HANDLE[]){ handles[0], 77 } };
    cr_assert_eq(vit_kmd_unlock(rig.device, &stale), E_INVALIDARG);
    D3DDDICB_UNLOCK all = { 3, handles };
    cr_assert_eq(vit_kmd_unlock(rig.device, &all), S_OK);
    D3DDDICB_UNLOCK none = { 0, handles };
    cr_assert_eq(vit_kmd_unlock(rig.device, &none), E_INVALIDARG);
    D3DDDICB_UNLOCK null = { 1, NULL };
    cr_assert_eq(vit_kmd_unlock(rig.device, &null), E_INVALIDARG);
    cr_assert_eq(vit_kmd_unlock(rig.device, NULL), E_INVALIDARG);
    rig_finish(&rig);
}

Test(lock, flags_that_contradict_each_other_are_refused)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    const D3DDDICB_LOCKFLAGS bad[] = {
        { .ReadOnly = 1, .WriteOnly = 1 },
        { .IgnoreSync = 1, .AcquireAperture = 1 },
        { .UseAlternateVA = 1 },
        { .Reserved = 1 },
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_eq(rig_lock(&rig, handle, bad[i], NULL), E_INVALIDARG, "flags %u", i);
    }
    D3DDDICB_LOCKFLAGS aperture = { .AcquireAperture = 1 };
    cr_expect_eq(rig_lock(&rig, handle, aperture, NULL), D3DDDIERR_NOTAVAILABLE);
    rig_finish(&rig);
}

static HRESULT lock_pages(struct rig *rig, D3DKMT_HANDLE handle, const UINT *pages, UINT count,
        bool entire)
{
    D3DDDICB_LOCK data = { .hAllocation = handle, .NumPages = count, .pPages = pages };
    data.Flags.LockEntire = entire;
    return vit_kmd_lock(rig->device, &data);
}

Test(lock, wants_the_whole_or_pages_that_exist)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_PRIMARY); /* two pages */
    static const UINT pages[] = { 0, 1, 2 };
    cr_expect_eq(lock_pages(&rig, handle, NULL, 0, false), D3DDDIERR_NOTAVAILABLE);
    cr_expect_eq(lock_pages(&rig, handle, NULL, 1, false), D3DDDIERR_NOTAVAILABLE);
    cr_expect_eq(lock_pages(&rig, handle, pages, 3, false), E_INVALIDARG);
    cr_expect_eq(lock_pages(&rig, handle, pages, 2, true), E_INVALIDARG);
    cr_expect_eq(lock_pages(&rig, handle, pages, 0, true), E_INVALIDARG);
    cr_expect_eq(lock_pages(&rig, handle, pages, 2, false), S_OK);
    rig_finish(&rig);
}

Test(lock, reserved_members_must_be_zero)
{
    struct rig rig;
    rig_init(&rig);
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    D3DDDICB_LOCK data = { .hAllocation = handle,
        .PrivateDriverData = 1,
        .Flags = { .LockEntire = 1 } };
    cr_expect_eq(vit_kmd_lock(rig.device, &data), E_INVALIDARG);
    data = (D3DDDICB_LOCK){ .hAllocation = handle,
        .GpuVirtualAddress = 1,
        .Flags = { .LockEntire = 1 } };
    cr_expect_eq(vit_kmd_lock(rig.device, &data), E_INVALIDARG);
    cr_expect_eq(vit_kmd_lock(rig.device, NULL), E_INVALIDARG);
    cr_expect_eq(vit_kmd_lock(NULL, &data), E_INVALIDARG);
    rig_finish(&rig);
}

Test(lock, a_stale_or_foreign_handle_is_refused)
{
    struct rig rig;
    rig_init(&rig);
    HANDLE other = rig_create_device(&rig);
    D3DKMT_HANDLE foreign = 0;
    cr_assert_eq(rig_allocate(&rig, other, VIT_ALLOCATION_SHARED, &foreign), S_OK);
    D3DKMT_HANDLE stale = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    rig_deallocate(&rig, stale);
    cr_expect_eq(rig_lock(&rig, foreign, plain, NULL), E_INVALIDARG);
    cr_expect_eq(rig_lock(&rig, stale, plain, NULL), E_INVALIDARG);
    cr_expect_eq(rig_lock(&rig, 0, plain, NULL), E_INVALIDARG);
    rig_destroy_device(&rig, other);
    rig_finish(&rig);
}

Test(lock, waits_for_the_last_submission_that_uses_it)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    D3DKMT_HANDLE first = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    D3DKMT_HANDLE second = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    cr_assert_eq(rig_copy(&rig, first, first), S_OK);
    cr_assert_eq(rig_copy(&rig, second, second), S_OK);
    cr_assert_eq(rig_lock(&rig, first, plain, NULL), S_OK);
    cr_assert_eq(rig.link->completed, 1, "no longer than for its own");
    cr_assert_eq(rig_lock(&rig, second, plain, NULL), S_OK);
    cr_assert_eq(rig.link->completed, 2);
    rig_finish(&rig);
}

Test(lock, says_busy_instead_of_waiting_when_asked_to)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    cr_assert_eq(rig_copy(&rig, handle, handle), S_OK);
    D3DDDICB_LOCKFLAGS flags = { .DonotWait = 1 };
    cr_assert_eq(rig_lock(&rig, handle, flags, NULL), D3DDDIERR_WASSTILLDRAWING);
    cr_assert_eq(rig_unlock(&rig, handle), E_INVALIDARG, "not locked by that");
    cr_assert_eq(rig.link->last_limit_ns, 0);
    fake_link_complete(rig.link);
    cr_assert_eq(rig_lock(&rig, handle, flags, NULL), S_OK);
    rig_finish(&rig);
}

Test(lock, ignoring_synchronisation_is_for_who_does_not_discard)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    D3DKMT_HANDLE handle = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    cr_assert_eq(rig_copy(&rig, handle, handle), S_OK);
    D3DDDICB_LOCKFLAGS flags = { .IgnoreSync = 1 };
    cr_assert_eq(rig_lock(&rig, handle, flags, NULL), S_OK);
    cr_assert_eq(rig.link->completed, 0);
    flags.Discard = 1;
    cr_assert_eq(rig_lock(&rig, handle, flags, NULL), S_OK);
    cr_assert_eq(rig.link->completed, 1);
    rig_finish(&rig);
}
