/* SPDX-License-Identifier: MIT */
/* Keys whose policy wants a person. */
#include "tests/cng/ncrypt_keys.h"

TestSuite(ncrypt_policy, .init = keys_begin, .fini = keys_end, .timeout = 60);

static BYTE hash[32];
static BCRYPT_PKCS1_PADDING_INFO pkcs1 = { u"SHA256" };

static NCRYPT_KEY_HANDLE make_guarded(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR name,
        DWORD policy)
{
    NCRYPT_KEY_HANDLE key = keys_create(provider, algorithm, name);
    cr_assert_ok(keys_set_policy(key, policy));
    cr_assert_ok(keys_set_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY,
            NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG, 0));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    return key;
}

static SECURITY_STATUS sign(NCRYPT_KEY_HANDLE key, DWORD flags)
{
    BYTE signature[512];
    DWORD len = 0;
    return NCryptSignHash(key, &pkcs1, hash, sizeof(hash), signature, sizeof(signature), &len,
            flags | NCRYPT_PAD_PKCS1_FLAG);
}

static SECURITY_STATUS decrypt(NCRYPT_KEY_HANDLE key, DWORD flags)
{
    BYTE block[128], text[128];
    DWORD len = 0;
    cr_assert_ok(NCryptEncrypt(key, (PBYTE)(void *)"text", 4, NULL, block, sizeof(block), &len,
            NCRYPT_PAD_PKCS1_FLAG | NCRYPT_SILENT_FLAG));
    return NCryptDecrypt(key, block, sizeof(block), NULL, text, sizeof(text), &len,
            flags | NCRYPT_PAD_PKCS1_FLAG);
}

static SECURITY_STATUS agree(NCRYPT_KEY_HANDLE key, DWORD flags)
{
    NCRYPT_SECRET_HANDLE secret = 0;
    SECURITY_STATUS status = NCryptSecretAgreement(key, key, &secret, flags);
    if (status == ERROR_SUCCESS) {
        keys_free(secret);
    }
    return status;
}

static SECURITY_STATUS export_private(NCRYPT_KEY_HANDLE key, DWORD flags)
{
    BYTE bytes[2048];
    DWORD len = 0;
    return NCryptExportKey(key, 0, BCRYPT_PRIVATE_KEY_BLOB, NULL, bytes, sizeof(bytes), &len,
            flags);
}

typedef SECURITY_STATUS operation(NCRYPT_KEY_HANDLE key, DWORD flags);

static const struct {
    LPCWSTR algorithm, name;
    operation *run;
} operations[] = {
    { NCRYPT_RSA_ALGORITHM, u"sign", sign },
    { NCRYPT_RSA_ALGORITHM, u"decrypt", decrypt },
    { NCRYPT_ECDH_P256_ALGORITHM, u"agree", agree },
    { NCRYPT_ECDH_P256_ALGORITHM, u"export", export_private },
};

enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

Test(ncrypt_policy, a_protected_key_asks_for_each_operation)
{
    if (keys_lack(KEYS_UI)) {
        return;
    }
    struct keys_person person = { .confirms = 1 };
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_ask(provider, &person);
    for (size_t i = 0; i < OPERATIONS; i++) {
        NCRYPT_KEY_HANDLE key = make_guarded(provider, operations[i].algorithm, operations[i].name,
                NCRYPT_UI_PROTECT_KEY_FLAG);
        person.asked = 0;
        cr_assert_ok(operations[i].run(key, 0));
        cr_assert_ok(operations[i].run(key, 0));
        cr_assert_eq(person.asked, 2);
        cr_assert_eq(person.kind, VITRINE_NCRYPT_CONFIRM);
        cr_assert(keys_same(person.operation, operations[i].name));
        cr_assert(keys_same(person.name, operations[i].name));
        cr_assert(keys_same(person.title, u"a title"));
        cr_assert(keys_same(person.friendly, u"a friendly name"));
        cr_assert(keys_same(person.description, u"a description"));
        cr_assert_ok(NCryptDeleteKey(key, NCRYPT_SILENT_FLAG));
    }
    keys_free(provider);
}

Test(ncrypt_policy, silence_forbids_the_question_at_the_first_operation_that_needs_it)
{
    if (keys_lack(KEYS_UI)) {
        return;
    }
    struct keys_person person = { .confirms = 1 };
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_ask(provider, &person);
    for (size_t i = 0; i < OPERATIONS; i++) {
        NCRYPT_KEY_HANDLE key = make_guarded(provider, operations[i].algorithm, operations[i].name,
                NCRYPT_UI_PROTECT_KEY_FLAG);
        cr_assert_answer(operations[i].run(key, NCRYPT_SILENT_FLAG), NTE_SILENT_CONTEXT);
        keys_free(key);
        cr_assert_ok(NCryptOpenKey(provider, &key, operations[i].name, 0, NCRYPT_SILENT_FLAG));
        cr_assert_answer(operations[i].run(key, NCRYPT_SILENT_FLAG), NTE_SILENT_CONTEXT);
        keys_free(key);
    }
    cr_assert_eq(person.asked, 0);
    keys_free(provider);
}

Test(ncrypt_policy, who_says_no_and_nobody_are_told_apart)
{
    if (keys_lack(KEYS_UI)) {
        return;
    }
    struct keys_person person = { .confirms = -1 };
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < OPERATIONS; i++) {
        NCRYPT_KEY_HANDLE key = make_guarded(provider, operations[i].algorithm, operations[i].name,
                NCRYPT_UI_PROTECT_KEY_FLAG);
        keys_ask(provider, &person);
        cr_assert_answer(operations[i].run(key, 0), NTE_USER_CANCELLED);
        keys_ask_nobody(provider);
        cr_assert_answer(operations[i].run(key, 0), NTE_UI_REQUIRED);
        keys_free(key);
    }
    keys_free(provider);
}

Test(ncrypt_policy, nobody_is_asked_for_public_operations_and_for_lengths)
{
    if (keys_lack(KEYS_UI)) {
        return;
    }
    struct keys_person person = { .confirms = -1 };
    BYTE bytes[1024] = { 0 };
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_ask(provider, &person);
    NCRYPT_KEY_HANDLE key =
            make_guarded(provider, NCRYPT_RSA_ALGORITHM, u"mine", NCRYPT_UI_PROTECT_KEY_FLAG);
    NCRYPT_KEY_HANDLE plain = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE peer =
            make_guarded(provider, NCRYPT_ECDH_P256_ALGORITHM, u"peer", NCRYPT_UI_PROTECT_KEY_FLAG);
    NCRYPT_SECRET_HANDLE secret = 0;
    cr_assert_ok(NCryptExportKey(key, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, bytes, sizeof(bytes), &len,
            NCRYPT_SILENT_FLAG));
    cr_assert_ok(NCryptEncrypt(key, bytes, 4, NULL, bytes, sizeof(bytes), &len,
            NCRYPT_PAD_PKCS1_FLAG | NCRYPT_SILENT_FLAG));
    cr_assert_answer(NCryptVerifySignature(key, &pkcs1, hash, 32, bytes, 128,
                             NCRYPT_PAD_PKCS1_FLAG),
            NTE_BAD_SIGNATURE);
    cr_assert_ok(NCryptSignHash(key, &pkcs1, hash, 32, NULL, 0, &len, NCRYPT_PAD_PKCS1_FLAG));
    cr_assert_ok(NCryptDecrypt(key, bytes, 128, NULL, NULL, 0, &len, NCRYPT_PAD_PKCS1_FLAG));
    cr_assert_ok(NCryptExportKey(key, 0, BCRYPT_RSAPRIVATE_BLOB, NULL, NULL, 0, &len, 0));
    cr_assert_ok(NCryptSecretAgreement(plain, peer, &secret, NCRYPT_SILENT_FLAG));
    cr_assert_eq(keys_dword(key, NCRYPT_LENGTH_PROPERTY), 1024);
    cr_assert_eq(person.asked, 0);
    keys_free(secret);
    keys_free(peer);
    keys_free(plain);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_policy, a_policy_is_told_as_it_was_set_and_then_fixed)
{
    if (keys_lack(KEYS_UI)) {
        return;
    }
    BYTE bytes[512];
    DWORD len = 0;
    NCRYPT_UI_POLICY *policy = (NCRYPT_UI_POLICY *)(void *)bytes;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key =
            make_guarded(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine", NCRYPT_UI_PROTECT_KEY_FLAG);
    cr_assert_answer(keys_set_policy(key, 0), NTE_BAD_KEY_STATE);
    keys_free(key);
    key = keys_find(provider, u"mine");
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, NULL, 0, &len, 0));
    DWORD needed = len;
    cr_assert_answer(NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, bytes, needed - 1, &len, 0),
            NTE_BUFFER_TOO_SMALL);
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_UI_POLICY_PROPERTY, bytes, sizeof(bytes), &len, 0));
    cr_assert_eq(len, needed);
    cr_assert_eq(policy->dwVersion, 1);
    cr_assert_eq(policy->dwFlags, NCRYPT_UI_PROTECT_KEY_FLAG);
    cr_assert(keys_same(policy->pszCreationTitle, u"a title"));
    cr_assert(keys_same(policy->pszFriendlyName, u"a friendly name"));
    cr_assert(keys_same(policy->pszDescription, u"a description"));
    cr_assert_answer(keys_set_policy(key, 0), NTE_BAD_KEY_STATE);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_policy, policies_that_cannot_be_are_refused)
{
    if (keys_lack(KEYS_UI)) {
        return;
    }
    NCRYPT_UI_POLICY policy = { 1, NCRYPT_UI_PROTECT_KEY_FLAG, u"", NULL, NULL };
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    cr_assert_answer(keys_set_policy(key, NCRYPT_UI_FINGERPRINT_PROTECTION_FLAG),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(keys_set_policy(key, 0x100), NTE_INVALID_PARAMETER);
    policy.dwVersion = 2;
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_UI_POLICY_PROPERTY, (PBYTE)&policy,
                             sizeof(policy), 0),
            NTE_INVALID_PARAMETER);
    policy.dwVersion = 1;
    cr_assert_ok(NCryptSetProperty(key, NCRYPT_UI_POLICY_PROPERTY, (PBYTE)&policy, sizeof(policy),
            NCRYPT_PERSIST_FLAG));
    keys_free(key);
    key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_answer(keys_set_policy(key, NCRYPT_UI_PROTECT_KEY_FLAG), NTE_NOT_SUPPORTED);
    keys_free(key);
    keys_free(provider);
}

static SECURITY_STATUS set_title(NCRYPT_KEY_HANDLE key, const WCHAR *text)
{
    NCRYPT_UI_POLICY policy = { 1, 0, text, NULL, text };
    return NCryptSetProperty(key, NCRYPT_UI_POLICY_PROPERTY, (PBYTE)&policy, sizeof(policy), 0);
}

Test(ncrypt_policy, a_text_that_is_too_long_is_refused_when_it_is_set)
{
    enum { LONGEST = 4096 };
    static WCHAR text[LONGEST + 2];
    if (keys_lack(KEYS_UI)) {
        return;
    }
    for (size_t i = 0; i <= LONGEST; i++) {
        text[i] = u'x';
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    cr_assert_answer(set_title(key, text), NTE_INVALID_PARAMETER);
    text[LONGEST] = 0;
    cr_assert_ok(set_title(key, text));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    keys_free(key);
    keys_free(keys_find(provider, u"mine"));
    keys_free(provider);
}

Test(ncrypt_policy, a_key_of_high_protection_has_a_passphrase_of_its_own)
{
    if (keys_lack(KEYS_UI)) {
        return;
    }
    struct keys_person person = { .confirms = -1, .secret = "opens it" };
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    keys_ask(provider, &person);
    cr_assert_ok(keys_set_policy(key, NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG));
    cr_assert_answer(NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG), NTE_SILENT_CONTEXT);
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    cr_assert_eq(person.kind, VITRINE_NCRYPT_NEW_PASSPHRASE);
    keys_free(key);
    key = keys_find(provider, u"mine");
    person.asked = 0;
    cr_assert_answer(agree(key, NCRYPT_SILENT_FLAG), NTE_SILENT_CONTEXT);
    cr_assert_eq(person.asked, 0);
    cr_assert_ok(agree(key, 0));
    cr_assert_eq(person.asked, 1);
    cr_assert_eq(person.kind, VITRINE_NCRYPT_PASSPHRASE);
    person.secret = "does not";
    cr_assert_answer(agree(key, 0), NTE_INCORRECT_PASSWORD);
    person.secret = NULL;
    cr_assert_answer(agree(key, 0), NTE_USER_CANCELLED);
    keys_ask_nobody(provider);
    cr_assert_answer(agree(key, 0), NTE_UI_REQUIRED);
    keys_free(key);
    keys_free(provider);
}
