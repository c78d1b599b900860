/* SPDX-License-Identifier: MIT */
/* What the tests of agreements and of their blobs share. */
#ifndef TESTS_CNG_AGREEMENT_H
#define TESTS_CNG_AGREEMENT_H

#include <criterion/criterion.h>

#include "bcrypt.h"

enum { BLOB_MAX_LEN = 4096 };

struct blob {
    UCHAR bytes[BLOB_MAX_LEN];
    ULONG len;
};

#define assert_status(call, expected)                                                              \
    do {                                                                                           \
        NTSTATUS assert_status_got = (call);                                                       \
        cr_assert_eq(assert_status_got, (NTSTATUS)(expected), "0x%08x, not 0x%08x",                \
                (unsigned)assert_status_got, (unsigned)(expected));                                \
    } while (0)

#define assert_success(call) assert_status(call, STATUS_SUCCESS)

void from_hex(const char *text, UCHAR *bytes, size_t len);

/* A blob of two words and a number of numbers in hexadecimal digits. */
struct blob make_blob(ULONG magic, ULONG width, const char *numbers);

BCRYPT_KEY_HANDLE generate_key(BCRYPT_ALG_HANDLE provider, ULONG bits);
struct blob export_key(BCRYPT_KEY_HANDLE key, LPCWSTR type);
NTSTATUS import_key(BCRYPT_ALG_HANDLE provider, LPCWSTR type, const struct blob *blob, ULONG flags,
        BCRYPT_KEY_HANDLE *key);
/* Imports and destroys. */
NTSTATUS try_import(BCRYPT_ALG_HANDLE provider, LPCWSTR type, const struct blob *blob);

BCRYPT_SECRET_HANDLE agree_on(BCRYPT_KEY_HANDLE own, BCRYPT_KEY_HANDLE peer);
/* The raw secret, big-endian; how long it is. */
ULONG raw_secret(BCRYPT_SECRET_HANDLE secret, UCHAR *bytes);
/* Both ways; must be the same. */
void assert_agree(BCRYPT_KEY_HANDLE a, BCRYPT_KEY_HANDLE b);

/* "ECDH" with a curve; to be closed. */
BCRYPT_ALG_HANDLE open_curve(LPCWSTR name);

/* The sheet's key of P-521: X Y d. */
extern const char p521_key[];

#endif
