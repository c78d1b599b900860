/* SPDX-License-Identifier: MIT */
/* Properties on their way to the provider and back. */
#include <stdlib.h>
#include <string.h>

#include "tests/cng/ncrypt_router.h"

static NCRYPT_PROV_HANDLE provider;
static NCRYPT_KEY_HANDLE key;
static NCRYPT_SECRET_HANDLE secret;

static void start(void)
{
    router_start_with_fake();
    provider = router_open(u"Fake");
    key = router_key(provider);
    cr_assert_ok(NCryptSecretAgreement(key, key, &secret, 0));
}

static void end(void)
{
    router_free(secret);
    router_free(key);
    if (provider != 0) {
        router_free(provider);
    }
    router_end();
}

TestSuite(ncrypt_property, .init = start, .fini = end);

Test(ncrypt_property, providers_and_keys_have_functions_of_their_own)
{
    DWORD value = 0, len = 0;
    cr_assert_ok(NCryptGetProperty(provider, NCRYPT_VERSION_PROPERTY, (PBYTE)&value, 4, &len, 64));
    cr_assert_eq(fake_last().slot, FAKE_GET_PROVIDER_PROPERTY);
    cr_assert_eq(fake_last().flags, 64);
    cr_assert_eq(value, 7);
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_LENGTH_PROPERTY, (PBYTE)&value, 4, &len, 0));
    cr_assert_eq(fake_last().slot, FAKE_GET_KEY_PROPERTY);
    cr_assert_eq(value, 256);
    cr_assert_eq(len, 4);
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_LENGTH_PROPERTY, NULL, 0, &len, 0));
    cr_assert_answer(NCryptGetProperty(key, NCRYPT_LENGTH_PROPERTY, (PBYTE)&value, 3, &len, 0),
            NTE_BUFFER_TOO_SMALL);
    cr_assert_answer(NCryptGetProperty(key, NCRYPT_VERSION_PROPERTY, (PBYTE)&value, 4, &len, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_ok(NCryptSetProperty(key, u"Memo", (PBYTE)&value, 4, NCRYPT_PERSIST_FLAG));
    cr_assert_eq(fake_last().slot, FAKE_SET_KEY_PROPERTY);
    cr_assert(same_text(fake_last().text, u"Memo"));
    cr_assert_eq(fake_last().bytes, &value);
    cr_assert_eq(fake_last().len, 4);
    cr_assert_eq(fake_last().flags, NCRYPT_PERSIST_FLAG);
    cr_assert_answer(NCryptSetProperty(provider, u"Memo", (PBYTE)&value, 4, 0), NTE_NOT_SUPPORTED);
    cr_assert_eq(fake_last().slot, FAKE_SET_PROVIDER_PROPERTY);
}

Test(ncrypt_property, arguments_are_checked)
{
    BYTE byte = 0;
    DWORD len;
    static WCHAR name[NCRYPT_MAX_PROPERTY_NAME + 2];
    for (size_t i = 0; i <= NCRYPT_MAX_PROPERTY_NAME; i++) {
        name[i] = u'n';
    }
    unsigned got = fake_calls(FAKE_GET_KEY_PROPERTY), set = fake_calls(FAKE_SET_KEY_PROPERTY);
    cr_assert_answer(NCryptGetProperty(key, NULL, &byte, 1, &len, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptGetProperty(key, u"Length", &byte, 1, NULL, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptGetProperty(key, name, &byte, 1, &len, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSetProperty(key, NULL, &byte, 1, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSetProperty(key, u"Length", NULL, 1, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSetProperty(key, name, &byte, 1, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSetProperty(key, u"x", &byte, NCRYPT_MAX_PROPERTY_DATA + 1, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_eq(fake_calls(FAKE_GET_KEY_PROPERTY), got);
    cr_assert_eq(fake_calls(FAKE_SET_KEY_PROPERTY), set);
    name[NCRYPT_MAX_PROPERTY_NAME] = 0;
    cr_assert_ok(NCryptSetProperty(key, name, NULL, 0, 0));
}

Test(ncrypt_property, a_secret_takes_those_of_hkdf_only)
{
    BYTE salt[4] = { 0 };
    DWORD len;
    cr_assert_ok(NCryptSetProperty(secret, BCRYPT_HKDF_HASH_ALGORITHM, (PBYTE)u"SHA256", 14, 0));
    struct fake_call hash = fake_last();
    cr_assert_eq(hash.slot, FAKE_SET_KEY_PROPERTY);
    cr_assert_ok(NCryptSetProperty(secret, BCRYPT_HKDF_SALT_AND_FINALIZE, salt, 4, 0));
    cr_assert_ok(NCryptSetProperty(secret, BCRYPT_HKDF_PRK_AND_FINALIZE, NULL, 0, 0));
    cr_assert_eq(fake_last().object, hash.object);
    unsigned calls = fake_calls(FAKE_SET_KEY_PROPERTY);
    cr_assert_answer(NCryptSetProperty(secret, NCRYPT_LENGTH_PROPERTY, salt, 4, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptGetProperty(secret, NCRYPT_LENGTH_PROPERTY, salt, 4, &len, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptGetProperty(secret, BCRYPT_HKDF_HASH_ALGORITHM, salt, 4, &len, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_eq(fake_calls(FAKE_SET_KEY_PROPERTY), calls);
}

Test(ncrypt_property, provider_handle_is_the_one_that_was_opened)
{
    static const LPCWSTR name = NCRYPT_PROVIDER_HANDLE_PROPERTY;
    NCRYPT_PROV_HANDLE told = 0;
    DWORD len = 0;
    cr_assert_ok(NCryptGetProperty(key, name, NULL, 0, &len, 0));
    cr_assert_eq(len, sizeof(told));
    len = 0;
    cr_assert_answer(NCryptGetProperty(key, name, (PBYTE)&told, 7, &len, 0), NTE_BUFFER_TOO_SMALL);
    cr_assert_eq(len, sizeof(told));
    cr_assert_ok(NCryptGetProperty(key, name, (PBYTE)&told, sizeof(told), &len, 0));
    cr_assert_eq(told, provider);
    /* It is freed on its own: the application's own one goes on. */
    router_free(told);
    cr_assert_ok(NCryptIsAlgSupported(provider, u"RSA", 0));
    router_free(provider);
    cr_assert_answer(NCryptIsAlgSupported(provider, u"RSA", 0), NTE_INVALID_HANDLE);
    /* And comes back as long as somebody keeps the provider open. */
    cr_assert_ok(NCryptGetProperty(secret, name, (PBYTE)&told, sizeof(told), &len, 0));
    cr_assert_eq(told, provider);
    cr_assert_ok(NCryptIsAlgSupported(provider, u"RSA", 0));
}

Test(ncrypt_property, provider_handle_is_told_of_keys_and_secrets_and_never_set)
{
    NCRYPT_PROV_HANDLE told = 0;
    DWORD len;
    cr_assert_answer(NCryptGetProperty(provider, NCRYPT_PROVIDER_HANDLE_PROPERTY, (PBYTE)&told,
                             sizeof(told), &len, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_PROVIDER_HANDLE_PROPERTY, (PBYTE)&told,
                             sizeof(told), 0),
            NTE_NOT_SUPPORTED);
}

/* Texts of a blob as the provider keeps it. */
static void set_policy(LPCWSTR title, LPCWSTR friendly, LPCWSTR description)
{
    NCRYPT_UI_POLICY policy = { 1, NCRYPT_UI_PROTECT_KEY_FLAG, title, friendly, description };
    cr_assert_ok(NCryptSetProperty(key, NCRYPT_UI_POLICY_PROPERTY, (PBYTE)&policy, sizeof(policy),
            0x40));
    cr_assert_eq(fake_last().slot, FAKE_SET_KEY_PROPERTY);
    cr_assert_eq(fake_last().flags, 0x40);
}

Test(ncrypt_property, a_provider_gets_a_ui_policy_as_a_blob)
{
    set_policy(u"Title", NULL, u"");
    cr_assert_eq(fake_last().len, sizeof(NCRYPT_UI_POLICY_BLOB) + 12 + 2);
    set_policy(NULL, NULL, NULL);
    cr_assert_eq(fake_last().len, sizeof(NCRYPT_UI_POLICY_BLOB));
}

Test(ncrypt_property, an_application_gets_a_ui_policy_with_its_texts)
{
    _Alignas(NCRYPT_UI_POLICY) BYTE room[256];
    DWORD len = 0, told = 0;
    set_policy(u"Title", u"F", NULL);
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, NULL, 0, &len, 0));
    cr_assert_eq(len, sizeof(NCRYPT_UI_POLICY) + 12 + 4);
    cr_assert_answer(NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, room, len - 1, &told, 0),
            NTE_BUFFER_TOO_SMALL);
    cr_assert_eq(told, len);
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, room, len, &told, 0));
    const NCRYPT_UI_POLICY *policy = (const NCRYPT_UI_POLICY *)(const void *)room;
    cr_assert_eq(policy->dwVersion, 1);
    cr_assert_eq(policy->dwFlags, NCRYPT_UI_PROTECT_KEY_FLAG);
    cr_assert(same_text(policy->pszCreationTitle, u"Title"));
    cr_assert(same_text(policy->pszFriendlyName, u"F"));
    cr_assert_null(policy->pszDescription);
    cr_assert_eq((const BYTE *)policy->pszFriendlyName, room + sizeof(*policy) + 12);
}

Test(ncrypt_property, a_ui_policy_that_is_none_is_refused)
{
    NCRYPT_UI_POLICY policy = { 2, 0, NULL, NULL, NULL };
    DWORD len = 0;
    cr_assert_answer(NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, NULL, 0, &len, 0),
            NTE_NOT_FOUND);
    unsigned calls = fake_calls(FAKE_SET_KEY_PROPERTY);
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_UI_POLICY_PROPERTY, (PBYTE)&policy,
                             sizeof(policy), 0),
            NTE_INVALID_PARAMETER);
    policy.dwVersion = 1;
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_UI_POLICY_PROPERTY, (PBYTE)&policy,
                             sizeof(policy) - 1, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_UI_POLICY_PROPERTY, NULL, 0, 0),
            NTE_INVALID_PARAMETER);
    WCHAR *text = calloc(NCRYPT_MAX_PROPERTY_DATA / 2 + 1, sizeof(*text));
    for (size_t i = 0; i < NCRYPT_MAX_PROPERTY_DATA / 2; i++) {
        text[i] = u'x';
    }
    policy.pszDescription = text;
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_UI_POLICY_PROPERTY, (PBYTE)&policy,
                             sizeof(policy), 0),
            NTE_INVALID_PARAMETER);
    free(text);
    cr_assert_eq(fake_calls(FAKE_SET_KEY_PROPERTY), calls);
}

static SECURITY_STATUS policy_from(DWORD title, DWORD friendly, DWORD description, LPCWSTR texts,
        DWORD text_len)
{
    static BYTE blob[128], room[256];
    DWORD len = 0;
    NCRYPT_UI_POLICY_BLOB head = { 1, 0, title, friendly, description };
    memcpy(blob, &head, sizeof(head));
    memcpy(blob + sizeof(head), texts, text_len);
    pthread_mutex_lock(&fake()->lock);
    fake()->policy = blob;
    fake()->policy_len = (DWORD)sizeof(head) + text_len;
    pthread_mutex_unlock(&fake()->lock);
    return NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, room, sizeof(room), &len, 0);
}

Test(ncrypt_property, a_blob_that_is_no_policy_is_a_fault_of_the_provider)
{
    cr_assert_ok(policy_from(4, 4, 4, u"a\0b\0c", 12));
    cr_assert_ok(policy_from(0, 12, 0, u"a\0b\0c", 12));
    cr_assert_ok(policy_from(0, 0, 0, u"", 0));
    static const DWORD bad[][3] = {
        { 4, 4, 0 },           /* something behind the texts */
        { 0, 0, 0 },           /* the same */
        { 4, 4, 6 },           /* texts behind the end */
        { 16, 0, 0 },          /* the same */
        { 4, 0xfffffffc, 12 }, /* the same, when lengths are added */
        { 2, 2, 8 },           /* no NUL at the end of a text */
        { 10, 0, 2 },          /* the same */
        { 5, 3, 4 },           /* half a character */
        { 11, 1, 0 },          /* the same */
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_answer(policy_from(bad[i][0], bad[i][1], bad[i][2], u"a\0b\0c", 12),
                NTE_PROVIDER_DLL_FAIL);
    }
}

Test(ncrypt_property, a_blob_that_is_cut_off_is_a_fault_of_the_provider)
{
    BYTE room[256];
    DWORD len = 0;
    cr_assert_ok(policy_from(4, 4, 4, u"a\0b\0c", 12));
    while (fake()->policy_len > 0) {
        fake()->policy_len--;
        cr_assert_answer(NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, room, sizeof(room), &len,
                                 0),
                NTE_PROVIDER_DLL_FAIL);
    }
    fake()->policy_len = NCRYPT_MAX_PROPERTY_DATA + 1;
    cr_assert_answer(NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, NULL, 0, &len, 0),
            NTE_PROVIDER_DLL_FAIL);
}
