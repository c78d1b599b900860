/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdatomic.h>

#include "kmd-stub/context.h"
#include "kmd-stub/sync.h"
#include "tests/kmd-stub/fake_link.h"

static HRESULT signal_event(struct rig *rig, struct vit_kmd_event *event)
{
    D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 data = { .hContext = rig->context.hContext,
        .Flags = { .EnqueueCpuEvent = 1 },
        .CpuEventHandle = event };
    return vit_kmd_signal2(rig->device, &data);
}

static HRESULT wait_ns(struct rig *rig, uint64_t limit_ns)
{
    D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 data = { .hContext = rig->context.hContext,
        .FenceValue = limit_ns };
    return vit_kmd_wait2(rig->device, &data);
}

static void render_nop(struct rig *rig)
{
    vit_put_nop(&rig->out);
    cr_assert_eq(rig_render(rig, 0, 0), S_OK);
}

Test(sync, an_event_of_an_idle_context_is_set_at_once)
{
    struct rig rig;
    struct vit_kmd_event event = { 0 };
    rig_init(&rig);
    render_nop(&rig);
    cr_assert_eq(signal_event(&rig, &event), S_OK);
    cr_assert_eq(event.done, 1);
    cr_assert_eq(rig.link->waits, 0, "the link is not even asked");
    rig_finish(&rig);
}

Test(sync, an_event_is_set_when_all_before_it_is_done)
{
    struct rig rig;
    struct vit_kmd_event events[3] = { { 0 } };
    rig_init(&rig);
    rig.link->hold = true;
    for (unsigned i = 0; i < 3; i++) {
        render_nop(&rig);
        cr_assert_eq(signal_event(&rig, &events[i]), S_OK);
    }
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(events[i].done, 0);
        cr_assert_eq(wait_ns(&rig, 1000000), S_OK);
        cr_assert_eq(events[i].done, 1);
        cr_assert_eq(rig.link->completed, i + 1, "a wait ends when anything completed");
    }
    rig_finish(&rig);
}

Test(sync, many_events_wait_in_order)
{
    enum { COUNT = 300 };
    static struct vit_kmd_event events[COUNT];
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    for (unsigned i = 0; i < COUNT; i++) {
        if (i % 10 == 0) {
            render_nop(&rig);
        }
        cr_assert_eq(signal_event(&rig, &events[i]), S_OK);
    }
    for (unsigned done = 0; done < COUNT; done += 10) {
        cr_assert_eq(events[done].done, 0);
        cr_assert_eq(wait_ns(&rig, 1000000), S_OK);
        cr_assert_eq(events[done + 9].done, 1);
    }
    rig_finish(&rig);
}

Test(sync, a_wait_without_time_takes_only_what_is_there)
{
    struct rig rig;
    struct vit_kmd_event event = { 0 };
    rig_init(&rig);
    rig.link->hold = true;
    render_nop(&rig);
    cr_assert_eq(signal_event(&rig, &event), S_OK);
    cr_assert_eq(wait_ns(&rig, 0), S_OK);
    cr_assert_eq(rig.link->last_limit_ns, 0);
    cr_assert_eq(event.done, 0);
    fake_link_complete(rig.link);
    unsigned waits = rig.link->waits;
    cr_assert_eq(wait_ns(&rig, 0), S_OK);
    cr_assert_eq(event.done, 1);
    cr_assert_eq(rig.link->waits, waits, "what lies in memory needs no link");
    rig_finish(&rig);
}

Test(sync, a_wait_never_asks_for_more_than_its_limit)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->hold = true;
    rig.link->dead = true;
    render_nop(&rig);
    cr_assert_eq(wait_ns(&rig, 2000000), S_OK, "nothing completed; the events tell");
    cr_assert_leq(rig.link->last_limit_ns, 2000000);
    cr_assert_not(rig.adapter->lost);
    rig.link->dead = false;
    rig_finish(&rig);
}

Test(sync, an_idle_context_is_not_waited_for)
{
    struct rig rig;
    rig_init(&rig);
    rig.link->dead = true;
    cr_assert_eq(wait_ns(&rig, UINT64_MAX), S_OK);
    cr_assert_eq(rig.link->waits, 0);
    rig_finish(&rig);
}

Test(sync, only_events_of_the_cpu_are_known)
{
    struct rig rig;
    struct vit_kmd_event event = { 0 };
    rig_init(&rig);
    D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 good = { .Flags = { .EnqueueCpuEvent = 1 },
        .CpuEventHandle = &event };
    D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 bad[6];
    for (unsigned i = 0; i < 6; i++) {
        bad[i] = good;
    }
    bad[0].Flags.Value = 0;
    bad[1].Flags.SignalAtSubmission = 1;
    bad[2].ObjectCount = 1;
    bad[3].BroadcastContextCount = 1;
    bad[4].CpuEventHandle = NULL;
    bad[5].CpuEventHandle = (char *)&event + 1;
    for (unsigned i = 0; i < 6; i++) {
        cr_expect_eq(vit_kmd_signal2(rig.device, &bad[i]), E_INVALIDARG, "case %u", i);
    }
    cr_expect_eq(vit_kmd_signal2(rig.device, NULL), E_INVALIDARG);
    cr_expect_eq(vit_kmd_signal2(NULL, &good), E_INVALIDARG);
    cr_expect_eq(event.done, 0);
    cr_expect_eq(vit_kmd_signal2(rig.device, &good), S_OK, "the default context");
    D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 objects = { .ObjectCount = 1 };
    cr_expect_eq(vit_kmd_wait2(rig.device, &objects), E_INVALIDARG);
    cr_expect_eq(vit_kmd_wait2(rig.device, NULL), E_INVALIDARG);
    rig_finish(&rig);
}

Test(sync, a_foreign_context_is_refused)
{
    struct rig rig;
    struct vit_kmd_event event = { 0 };
    rig_init(&rig);
    HANDLE other = rig_create_device(&rig);
    D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 data = { .hContext = rig.context.hContext,
        .Flags = { .EnqueueCpuEvent = 1 },
        .CpuEventHandle = &event };
    cr_expect_eq(vit_kmd_signal2(other, &data), E_INVALIDARG);
    D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 wait = { .hContext = rig.context.hContext };
    cr_expect_eq(vit_kmd_wait2(other, &wait), E_INVALIDARG);
    rig_destroy_device(&rig, other);
    rig_finish(&rig);
}

Test(sync, destroying_a_context_sets_what_is_left)
{
    struct rig rig;
    struct vit_kmd_event event = { 0 };
    rig_init(&rig);
    rig.link->hold = true;
    render_nop(&rig);
    cr_assert_eq(signal_event(&rig, &event), S_OK);
    rig.link->calls_left = 0; /* lost: it will never be done */
    D3DDDICB_DESTROYCONTEXT data = { rig.context.hContext };
    cr_assert_eq(vit_kmd_destroy_context(rig.device, &data), S_OK);
    cr_assert_eq(event.done, 1);
    rig_finish(&rig);
}
