/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "crypto-session/state.h"

static enum vit_status step(enum vit_session_state from, enum vit_session_event event,
        enum vit_session_state expected)
{
    enum vit_session_state next = VIT_SESSION_STATE_COUNT;
    enum vit_status status = vit_session_next(from, event, &next);
    if (status == VIT_OK) {
        cr_assert_eq(next, expected);
    } else {
        cr_assert_eq(next, VIT_SESSION_STATE_COUNT, "a refused event moves nothing");
    }
    return status;
}

Test(state, a_created_session_can_only_negotiate)
{
    cr_assert_eq(step(VIT_SESSION_CREATED, VIT_SESSION_NEGOTIATE, VIT_SESSION_KEYED), VIT_OK);
    cr_assert_eq(step(VIT_SESSION_CREATED, VIT_SESSION_USE, 0), VIT_E_STATE);
    cr_assert_eq(step(VIT_SESSION_CREATED, VIT_SESSION_REFRESH_START, 0), VIT_E_STATE);
    cr_assert_eq(step(VIT_SESSION_CREATED, VIT_SESSION_REFRESH_FINISH, 0), VIT_E_STATE);
}

Test(state, a_second_negotiation_is_refused)
{
    cr_assert_eq(step(VIT_SESSION_KEYED, VIT_SESSION_NEGOTIATE, 0), VIT_E_STATE);
    cr_assert_eq(step(VIT_SESSION_REFRESHING, VIT_SESSION_NEGOTIATE, 0), VIT_E_STATE);
}

Test(state, finish_needs_start)
{
    cr_assert_eq(step(VIT_SESSION_KEYED, VIT_SESSION_REFRESH_FINISH, 0), VIT_E_STATE);
    cr_assert_eq(step(VIT_SESSION_KEYED, VIT_SESSION_REFRESH_START, VIT_SESSION_REFRESHING),
            VIT_OK);
    cr_assert_eq(step(VIT_SESSION_REFRESHING, VIT_SESSION_REFRESH_FINISH, VIT_SESSION_KEYED),
            VIT_OK);
}

Test(state, the_old_key_works_until_finish)
{
    cr_assert_eq(step(VIT_SESSION_REFRESHING, VIT_SESSION_USE, VIT_SESSION_REFRESHING), VIT_OK);
    cr_assert_eq(step(VIT_SESSION_REFRESHING, VIT_SESSION_REFRESH_START, VIT_SESSION_REFRESHING),
            VIT_OK);
}

Test(state, a_lost_session_can_only_be_destroyed)
{
    for (int event = 0; event < VIT_SESSION_LOSE; event++) {
        cr_assert_eq(step(VIT_SESSION_LOST, (enum vit_session_event)event, 0), VIT_E_GONE);
    }
    cr_assert_eq(step(VIT_SESSION_LOST, VIT_SESSION_DESTROY, VIT_SESSION_DESTROYED), VIT_OK);
}

Test(state, nothing_happens_to_a_destroyed_one)
{
    for (int event = 0; event < VIT_SESSION_EVENT_COUNT; event++) {
        cr_assert_eq(step(VIT_SESSION_DESTROYED, (enum vit_session_event)event, 0), VIT_E_GONE);
    }
}

Test(state, every_living_state_can_be_lost_and_destroyed)
{
    for (int state = 0; state < VIT_SESSION_DESTROYED; state++) {
        enum vit_session_state from = (enum vit_session_state)state;
        cr_assert_eq(step(from, VIT_SESSION_LOSE, VIT_SESSION_LOST), VIT_OK);
        cr_assert_eq(step(from, VIT_SESSION_DESTROY, VIT_SESSION_DESTROYED), VIT_OK);
    }
}

Test(state, numbers_outside_the_table_are_refused)
{
    cr_assert_eq(step(VIT_SESSION_STATE_COUNT, VIT_SESSION_USE, 0), VIT_E_ARG);
    cr_assert_eq(step(VIT_SESSION_KEYED, VIT_SESSION_EVENT_COUNT, 0), VIT_E_ARG);
    cr_assert_str_eq(vit_session_state_name(VIT_SESSION_KEYED), "keyed");
    cr_assert_str_eq(vit_session_state_name(VIT_SESSION_STATE_COUNT), "unknown");
}
