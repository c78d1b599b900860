/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "crypto-session/marks.h"

Test(mark, the_first_iv_may_be_anything)
{
    struct vit_iv_mark zero = { .used = false }, top = { .used = false };
    cr_assert_eq(vit_iv_mark_advance(&zero, 0), VIT_OK);
    cr_assert_eq(vit_iv_mark_advance(&top, UINT64_MAX), VIT_OK);
}

Test(mark, the_same_or_a_lower_iv_is_refused_and_moves_nothing)
{
    struct vit_iv_mark mark = { .used = false };
    cr_assert_eq(vit_iv_mark_advance(&mark, 10), VIT_OK);
    cr_assert_eq(vit_iv_mark_advance(&mark, 10), VIT_E_REFUSED);
    cr_assert_eq(vit_iv_mark_advance(&mark, 9), VIT_E_REFUSED);
    cr_assert_eq(vit_iv_mark_advance(&mark, 11), VIT_OK);
}

static enum vit_status use(struct vit_iv_marks *marks, uint8_t name, uint64_t iv)
{
    uint8_t identity[16] = { name };
    return vit_iv_marks_advance(marks, identity, iv);
}

Test(marks, each_identity_has_its_own)
{
    struct vit_iv_marks marks = { .clock = 0 };
    cr_assert_eq(use(&marks, 1, 5), VIT_OK);
    cr_assert_eq(use(&marks, 2, 5), VIT_OK);
    cr_assert_eq(use(&marks, 1, 5), VIT_E_REFUSED);
    cr_assert_eq(use(&marks, 2, 6), VIT_OK);
}

Test(marks, the_last_sixteen_are_remembered)
{
    struct vit_iv_marks marks = { .clock = 0 };
    for (uint8_t name = 1; name <= VIT_MARKS_COUNT; name++) {
        cr_assert_eq(use(&marks, name, 5), VIT_OK);
    }
    for (uint8_t name = 1; name <= VIT_MARKS_COUNT; name++) {
        cr_assert_eq(use(&marks, name, 5), VIT_E_REFUSED, "identity %u", name);
    }
}

Test(marks, the_one_not_used_for_longest_makes_room)
{
    struct vit_iv_marks marks = { .clock = 0 };
    for (uint8_t name = 1; name <= VIT_MARKS_COUNT; name++) {
        cr_assert_eq(use(&marks, name, 5), VIT_OK);
    }
    cr_assert_eq(use(&marks, 1, 6), VIT_OK);
    cr_assert_eq(use(&marks, 100, 5), VIT_OK);
    cr_assert_eq(use(&marks, 1, 6), VIT_E_REFUSED, "used lately, so remembered");
    cr_assert_eq(use(&marks, 2, 5), VIT_OK, "the oldest was forgotten");
}

Test(marks, the_zero_identity_is_one_like_any)
{
    struct vit_iv_marks marks = { .clock = 0 };
    cr_assert_eq(use(&marks, 0, 5), VIT_OK);
    cr_assert_eq(use(&marks, 0, 5), VIT_E_REFUSED);
}
