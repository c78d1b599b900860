/* SPDX-License-Identifier: MIT */
#include "tests/cng/cng.h"

Test(random, fills_what_it_is_given)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_RNG_ALGORITHM, 0);
    UCHAR a[33] = { 0 }, b[33] = { 0 };
    cr_assert_success(BCryptGenRandom(handle, a, 32, 0));
    cr_assert_success(BCryptGenRandom(BCRYPT_RNG_ALG_HANDLE, b, 32, 0));
    cr_assert_arr_neq(a, b, 32);
    cr_assert_eq(a[32] | b[32], 0);
    cr_assert_success(BCryptGenRandom(NULL, b, 32, BCRYPT_USE_SYSTEM_PREFERRED_RNG));
    cr_assert_arr_neq(a, b, 32);
    cr_assert_success(BCryptGenRandom(handle, a, 0, 0));
    close_provider(handle);
}

Test(random, fills_more_than_one_chunk)
{
    enum { LEN = (3 << 20) + 5, TAIL = 16 };
    static const UCHAR zeros[TAIL];
    PUCHAR bytes = calloc(1, LEN);
    cr_assert_success(BCryptGenRandom(BCRYPT_RNG_ALG_HANDLE, bytes, LEN, 0));
    cr_assert_arr_neq(bytes + LEN - TAIL, zeros, TAIL);
    cr_assert_arr_neq(bytes + (1 << 20) - TAIL / 2, zeros, TAIL);
    free(bytes);
}

Test(random, both_flags_go_together)
{
    UCHAR bytes[8];
    cr_assert_success(BCryptGenRandom(NULL, bytes, sizeof(bytes),
            BCRYPT_USE_SYSTEM_PREFERRED_RNG | BCRYPT_RNG_USE_ENTROPY_IN_BUFFER));
}

Test(random, refuses_a_missing_generator)
{
    UCHAR bytes[8];
    cr_assert_status(BCryptGenRandom(NULL, bytes, sizeof(bytes), 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenRandom(NULL, NULL, 0, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenRandom(NULL, bytes, sizeof(bytes), BCRYPT_RNG_USE_ENTROPY_IN_BUFFER),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenRandom(BCRYPT_SHA256_ALG_HANDLE, bytes, sizeof(bytes), 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenRandom(GARBAGE_HANDLE, bytes, sizeof(bytes), 0),
            STATUS_INVALID_HANDLE);
}

Test(random, refuses_bad_arguments)
{
    UCHAR bytes[8];
    cr_assert_status(BCryptGenRandom(NULL, NULL, 0, BCRYPT_USE_SYSTEM_PREFERRED_RNG),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenRandom(NULL, NULL, 8, BCRYPT_USE_SYSTEM_PREFERRED_RNG),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenRandom(BCRYPT_RNG_ALG_HANDLE, bytes, sizeof(bytes), 0x10),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenRandom(BCRYPT_RNG_ALG_HANDLE, bytes, sizeof(bytes),
                             BCRYPT_USE_SYSTEM_PREFERRED_RNG),
            STATUS_INVALID_PARAMETER);
}
