/* SPDX-License-Identifier: MIT */
/* A defect on purpose: a signed sum that does not fit. The sanitizer run must see it. */
#include <limits.h>

int main(int argc, char **argv)
{
    (void)argv;
    volatile int sum = INT_MAX - 1;
    sum = sum + 1 + argc;
    return 0;
}
