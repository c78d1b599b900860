/* SPDX-License-Identifier: MIT */
#include "base/status.h"

#include <criterion/criterion.h>
#include <string.h>

Test(status, every_status_has_a_name_of_its_own)
{
    for (int a = 0; a < VIT_STATUS_COUNT; a++) {
        cr_assert_str_neq(vit_status_name((enum vit_status)a), "unknown");
        for (int b = 0; b < a; b++) {
            cr_assert_str_neq(vit_status_name((enum vit_status)a),
                    vit_status_name((enum vit_status)b));
        }
    }
}

Test(status, number_outside_the_list_is_unknown)
{
    cr_assert_str_eq(vit_status_name(VIT_STATUS_COUNT), "unknown");
    cr_assert_str_eq(vit_status_name((enum vit_status) - 1), "unknown");
}

static enum vit_status tried(enum vit_status status, bool *passed)
{
    VIT_TRY(status);
    *passed = true;
    return VIT_OK;
}

Test(status, try_returns_what_failed_and_goes_on_otherwise)
{
    bool passed = false;
    cr_assert_eq(tried(VIT_E_BUSY, &passed), VIT_E_BUSY);
    cr_assert_not(passed);
    cr_assert_eq(tried(VIT_OK, &passed), VIT_OK);
    cr_assert(passed);
}
