/* SPDX-License-Identifier: MIT */
/* The router with the fake provider behind it, from manifests that a test writes. */
#ifndef TESTS_CNG_NCRYPT_ROUTER_H
#define TESTS_CNG_NCRYPT_ROUTER_H

#include <criterion/criterion.h>
#include <ncrypt.h>

#include "tests/cng/fake_ksp.h"

#define NULL_REFERENCE ((SECURITY_STATUS)0x800706F4)

#define cr_assert_answer(call, wanted)                                                             \
    do {                                                                                           \
        SECURITY_STATUS cr_answer_ = (call);                                                       \
        cr_assert_eq(cr_answer_, (SECURITY_STATUS)(wanted), "%s is 0x%08x, not %s", #call,         \
                (unsigned)cr_answer_, #wanted);                                                    \
    } while (0)

#define cr_assert_ok(call) cr_assert_answer(call, ERROR_SUCCESS)

/* A number that never was a handle. */
#define GARBAGE ((NCRYPT_HANDLE)0xdeadbeefcafef00d)

/* An empty directory of manifests, and the fake library. For .init. */
void router_start(void);
/* Nothing of the fake lives any more. For .fini. */
void router_end(void);
/* The same, with a manifest of all names of the fake; "Fake" is the default. For .init. */
void router_start_with_fake(void);

/* Writes a manifest; FAKE in the text is the path of the fake's library. */
void router_manifest(const char *file, const char *text);
void router_remove(const char *file);
const char *router_directory(void);

struct fake_ksp *fake(void);
struct fake_call fake_last(void);
unsigned fake_calls(enum fake_slot slot);

NCRYPT_PROV_HANDLE router_open(LPCWSTR name);
NCRYPT_KEY_HANDLE router_key(NCRYPT_PROV_HANDLE provider);
void router_free(NCRYPT_HANDLE handle);

bool same_text(LPCWSTR a, LPCWSTR b);

#endif
