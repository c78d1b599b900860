/* SPDX-License-Identifier: MIT */
/* What the tests of CNG share. */
#ifndef TESTS_CNG_CNG_H
#define TESTS_CNG_CNG_H

#include <criterion/criterion.h>
#include <bcrypt.h>

#define cr_assert_status(call, wanted)                                                             \
    do {                                                                                           \
        NTSTATUS cr_status_ = (call);                                                              \
        cr_assert_eq(cr_status_, (NTSTATUS)(wanted), "%s is 0x%08x, not %s", #call,                \
                (unsigned)cr_status_, #wanted);                                                    \
    } while (0)

#define cr_assert_success(call) cr_assert_status(call, STATUS_SUCCESS)

/* Handles that never were any. */
#define GARBAGE_HANDLE ((BCRYPT_HANDLE)(ULONG_PTR)0xdeadbeefcafef00d)

static inline BCRYPT_ALG_HANDLE open_provider(LPCWSTR name, ULONG flags)
{
    BCRYPT_ALG_HANDLE handle = NULL;
    cr_assert_success(BCryptOpenAlgorithmProvider(&handle, name, NULL, flags));
    cr_assert_not_null(handle);
    return handle;
}

static inline void close_provider(BCRYPT_ALG_HANDLE handle)
{
    cr_assert_success(BCryptCloseAlgorithmProvider(handle, 0));
}

static inline ULONG ulong_property(BCRYPT_HANDLE handle, LPCWSTR name)
{
    ULONG value = 0, len = 0;
    cr_assert_success(BCryptGetProperty(handle, name, (PUCHAR)&value, sizeof(value), &len, 0));
    cr_assert_eq(len, sizeof(value));
    return value;
}

#endif
