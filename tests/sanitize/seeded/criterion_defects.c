/* SPDX-License-Identifier: MIT */
/* The same defects inside Criterion, which hides them from its exit code but not from the logs. */
#include <criterion/criterion.h>

#include <limits.h>
#include <stdlib.h>

Test(seeded, loses_memory)
{
    char *volatile memory = malloc(1000);
    cr_assert(memory != NULL);
    memory = NULL;
}

Test(seeded, overflows_a_sum)
{
    volatile int sum = INT_MAX;
    sum = sum + 1;
    cr_assert(sum != 0);
}
