/* SPDX-License-Identifier: MIT */
/* At which level the kernel's side does what: completions at DISPATCH_LEVEL, all else where its caller
 * is. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/irql.h"
#include "bcrypt.h"
#include "kmd-stub/device.h"
#include "kmd-stub/tables.h"
#include "tests/kmd-stub/fake_link.h"

enum { MAX_SEEN = 64 };

/* What was seen by whom. Of this process: each test has its own. */
static struct {
    unsigned completions;
    uint64_t sequences[MAX_SEEN];
    enum vit_irql at_completion;
    unsigned calls;
    enum vit_irql at_link; /* the highest */
} seen;

static const struct vit_link_impl *fake;
static struct vit_link_impl watched;

static void see_completion(void *context, uint64_t sequence)
{
    (void)context;
    cr_assert_lt(seen.completions, MAX_SEEN);
    seen.sequences[seen.completions++] = sequence;
    seen.at_completion = vit_irql_current();
}

static void see_call(void)
{
    seen.calls++;
    if (vit_irql_current() > seen.at_link) {
        seen.at_link = vit_irql_current();
    }
}

static enum vit_status see_submit(struct vit_link *link, uint32_t context, const void *bytes,
        size_t len)
{
    see_call();
    return fake->submit(link, context, bytes, len);
}

static enum vit_status see_wait(struct vit_link *link, uint64_t limit_ns)
{
    see_call();
    return fake->wait(link, limit_ns);
}

/* A rig whose link is looked at. */
static void watch(struct rig *rig)
{
    rig_init(rig);
    fake = rig->link->base.impl;
    watched = *fake;
    watched.submit = see_submit;
    watched.wait = see_wait;
    rig->link->base.impl = &watched;
    rig->adapter->notify = (struct vit_kmd_notify){ see_completion, NULL };
}

Test(irql, completions_are_taken_at_dispatch_level)
{
    struct rig rig;
    watch(&rig);
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    cr_assert_eq(seen.completions, 1);
    cr_assert_eq(seen.sequences[0], 1);
    cr_assert_eq(seen.at_completion, VIT_IRQL_DISPATCH);
    cr_assert_eq(vit_irql_current(), VIT_IRQL_PASSIVE, "and lowered again");
    rig_finish(&rig);
}

Test(irql, submitting_and_waiting_happen_at_passive_level)
{
    struct rig rig;
    watch(&rig);
    rig.link->hold = true;
    D3DKMT_HANDLE allocation = rig_allocation(&rig, VIT_ALLOCATION_SHARED);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(rig_copy(&rig, allocation, allocation), S_OK);
    }
    cr_assert_eq(seen.completions, 0, "nothing is complete, nobody is told");
    D3DDDICB_LOCKFLAGS flags = { .ReadOnly = 1 };
    cr_assert_eq(rig_lock(&rig, allocation, flags, NULL), S_OK);
    cr_assert_geq(seen.calls, 6, "three were submitted and waited for");
    cr_assert_eq(seen.at_link, VIT_IRQL_PASSIVE);
    cr_assert_eq(seen.sequences[seen.completions - 1], 3);
    cr_assert_eq(seen.at_completion, VIT_IRQL_DISPATCH);
    cr_assert_eq(rig_unlock(&rig, allocation), S_OK);
    rig_finish(&rig);
    cr_assert_eq(vit_irql_current(), VIT_IRQL_PASSIVE);
}

Test(irql, a_caller_at_dispatch_level_stays_there)
{
    struct rig rig;
    watch(&rig);
    cr_assert_eq(vit_irql_set(VIT_IRQL_DISPATCH), VIT_IRQL_PASSIVE);
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    cr_assert_eq(vit_irql_set(VIT_IRQL_PASSIVE), VIT_IRQL_DISPATCH);
    rig_finish(&rig);
}

Test(irql, it_is_lowered_after_a_reply_that_is_none)
{
    struct rig rig;
    watch(&rig);
    rig.link->raw_status = VIT_STATUS_COUNT;
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(seen.completions, 0);
    cr_assert_eq(vit_irql_current(), VIT_IRQL_PASSIVE);
    rig_finish(&rig);
}

/* What a driver does with CNG where it is told of completions. */
struct user {
    BCRYPT_ALG_HANDLE raised, plain;
    UCHAR *locked, unlocked[32];
    NTSTATUS with_raised, with_plain, with_unlocked;
};

static void use_primitives(void *context, uint64_t sequence)
{
    struct user *user = context;
    (void)sequence;
    user->with_raised = BCryptGenRandom(user->raised, user->locked, 32, 0);
    user->with_plain = BCryptGenRandom(user->plain, user->locked, 32, 0);
    user->with_unlocked = BCryptGenRandom(user->raised, user->unlocked, 32, 0);
}

Test(irql, cng_sees_the_level_of_completions)
{
    static UCHAR locked[32];
    struct user user = { .locked = locked, .with_raised = 1, .with_plain = 1, .with_unlocked = 1 };
    struct rig rig;
    rig_init(&rig);
    cr_assert_eq(BCryptOpenAlgorithmProvider(&user.raised, BCRYPT_RNG_ALGORITHM, NULL,
                         BCRYPT_PROV_DISPATCH),
            STATUS_SUCCESS);
    cr_assert_eq(BCryptOpenAlgorithmProvider(&user.plain, BCRYPT_RNG_ALGORITHM, NULL, 0),
            STATUS_SUCCESS);
    cr_assert(vit_irql_lock(locked, sizeof(locked)));
    rig.adapter->notify = (struct vit_kmd_notify){ use_primitives, &user };
    vit_put_nop(&rig.out);
    cr_assert_eq(rig_render(&rig, 0, 0), S_OK);
    cr_assert_eq(user.with_raised, STATUS_SUCCESS);
    cr_assert_eq(user.with_plain, STATUS_INVALID_HANDLE);
    cr_assert_eq(user.with_unlocked, STATUS_INVALID_PARAMETER);
    cr_assert_eq(BCryptGenRandom(user.plain, user.unlocked, 32, 0), STATUS_SUCCESS);
    cr_assert(vit_irql_unlock(locked, sizeof(locked)));
    rig_finish(&rig);
}
