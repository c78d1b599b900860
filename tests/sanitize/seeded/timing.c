/* SPDX-License-Identifier: MIT */
/* A defect on purpose: a comparison that ends at the first difference, as memcmp() may, of secrets
 * that count as undefined. The valgrind run must see it, or tests/plain/constant_time.c shows nothing. */
#include <stdio.h>
#include <valgrind/memcheck.h>

static int __attribute__((noinline)) differs(const volatile unsigned char *a,
        const volatile unsigned char *b, int len)
{
    for (int i = 0; i < len; i++) {
        if (a[i] != b[i]) {
            return 1;
        }
    }
    return 0;
}

int main(void)
{
    unsigned char key[16] = { 1 }, guess[16] = { 2 };
    VALGRIND_MAKE_MEM_UNDEFINED(key, sizeof(key));
    int result = differs(key, guess, 16);
    VALGRIND_MAKE_MEM_DEFINED(&result, sizeof(result));
    printf("%d\n", result);
    return 0;
}
