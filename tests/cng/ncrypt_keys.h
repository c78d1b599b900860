/* SPDX-License-Identifier: MIT */
/**
 * Keys in a real provider, through libvitrine_ncrypt. Each test has a store of its own. Which provider
 * it is says the environment, TEST_KEY_PROVIDER: "software" or "token".
 */
#ifndef TESTS_CNG_NCRYPT_KEYS_H
#define TESTS_CNG_NCRYPT_KEYS_H

#include <criterion/criterion.h>
#include <ncrypt.h>
#include <stdbool.h>
#include <vitrine_ncrypt.h>

#define cr_assert_answer(call, wanted)                                                             \
    do {                                                                                           \
        SECURITY_STATUS cr_answer_ = (call);                                                       \
        cr_assert_eq(cr_answer_, (SECURITY_STATUS)(wanted), "%s is 0x%08x, not %s", #call,         \
                (unsigned)cr_answer_, #wanted);                                                    \
    } while (0)

#define cr_assert_ok(call) cr_assert_answer(call, ERROR_SUCCESS)

#define GARBAGE ((NCRYPT_HANDLE)0xdeadbeefcafef00d)

enum keys_ability {
    KEYS_EXPORT, /* private halves, by policy */
    KEYS_UI,
    KEYS_CUSTOM,
    KEYS_GENERIC_ECC,
    KEYS_OF_MACHINE, /* apart from the user's */
    KEYS_OUTLIVE,    /* their removal, in another handle */
    KEYS_TIMES,      /* are stored */
};

/* True: the provider has not got it, and the first four were refused just now as published. */
bool keys_lack(enum keys_ability ability);

/* For .init and .fini. */
void keys_begin(void);
void keys_end(void);

NCRYPT_PROV_HANDLE keys_open(void);
void keys_free(NCRYPT_HANDLE handle);

/* Not final. name NULL: ephemeral. */
NCRYPT_KEY_HANDLE keys_create(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR name);
/* Final, of the usual length. */
NCRYPT_KEY_HANDLE keys_make(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR name);
NCRYPT_KEY_HANDLE keys_make_on(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR curve);
NCRYPT_KEY_HANDLE keys_make_with(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR name,
        LPCWSTR property, DWORD value);
NCRYPT_KEY_HANDLE keys_find(NCRYPT_PROV_HANDLE provider, LPCWSTR name);

DWORD keys_dword(NCRYPT_HANDLE object, LPCWSTR property);
bool keys_text_is(NCRYPT_HANDLE object, LPCWSTR property, LPCWSTR wanted);
SECURITY_STATUS keys_get(NCRYPT_HANDLE object, LPCWSTR property, DWORD flags);
SECURITY_STATUS keys_set_dword(NCRYPT_HANDLE object, LPCWSTR property, DWORD value, DWORD flags);
SECURITY_STATUS keys_set_text(NCRYPT_HANDLE object, LPCWSTR property, LPCWSTR text, DWORD flags);
DWORD keys_size(LPCWSTR text);
bool keys_same(LPCWSTR a, LPCWSTR b);

struct keys_blob {
    BYTE bytes[8192];
    DWORD len;
};

struct keys_blob keys_export(NCRYPT_KEY_HANDLE key, LPCWSTR type);
SECURITY_STATUS keys_import(NCRYPT_PROV_HANDLE provider, LPCWSTR type, const struct keys_blob *blob,
        LPCWSTR name, DWORD flags, NCRYPT_KEY_HANDLE *key);
/* The public half of it, as a key of its own. */
NCRYPT_KEY_HANDLE keys_public(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key);
/* A blob of a fresh pair, by BCrypt. curve NULL: the algorithm says it. */
struct keys_blob keys_foreign(LPCWSTR algorithm, LPCWSTR curve, DWORD bits, LPCWSTR type);

/* Whoever is asked: what it answers, and how often it was asked what. */
struct keys_person {
    int confirms;       /* 1 or -1 */
    const char *secret; /* NULL: says no */
    int asked;
    VITRINE_NCRYPT_QUESTION_KIND kind;
    WCHAR operation[32], name[64], title[64], friendly[64], description[64];
};

void keys_ask(NCRYPT_PROV_HANDLE provider, struct keys_person *person);
void keys_ask_nobody(NCRYPT_PROV_HANDLE provider);

/* 0 for flags: PROTECT; strings given. */
SECURITY_STATUS keys_set_policy(NCRYPT_KEY_HANDLE key, DWORD flags);

#endif
