/* SPDX-License-Identifier: MIT */
/* Properties of keys and providers: the published table, what is settable, what is kept. */
#include "tests/cng/ncrypt_keys.h"

TestSuite(ncrypt_key_property, .init = keys_begin, .fini = keys_end, .timeout = 60);

/* Published for an ephemeral RSA key of 1024 bits. */
Test(ncrypt_key_property, an_ephemeral_rsa_key_answers_as_published)
{
    static const struct {
        LPCWSTR name;
        SECURITY_STATUS status;
    } wanted[] = {
        { NCRYPT_NAME_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_UNIQUE_NAME_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_UI_POLICY_PROPERTY, NTE_NOT_FOUND },
        { NCRYPT_WINDOW_HANDLE_PROPERTY, NTE_NOT_FOUND },
        { NCRYPT_USE_CONTEXT_PROPERTY, NTE_NOT_FOUND },
        { NCRYPT_IMPL_TYPE_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_VERSION_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_SECURITY_DESCR_SUPPORT_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_MAX_NAME_LENGTH_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_USE_COUNT_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_USE_COUNT_ENABLED_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_SECURITY_DESCR_PROPERTY, NTE_BAD_FLAGS },
        { NCRYPT_LAST_MODIFIED_PROPERTY, NTE_NOT_FOUND },
        { NCRYPT_DH_PARAMETERS_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_ECC_CURVE_NAME_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_ECC_PARAMETERS_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_ECC_CURVE_NAME_LIST_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_PIN_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_READER_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_SECURE_PIN_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_SMARTCARD_GUID_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_PIN_PROMPT_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_USER_CERTSTORE_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_ROOT_CERTSTORE_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_ASSOCIATED_ECDH_KEY, NTE_NOT_SUPPORTED },
        { NCRYPT_SCARD_PIN_ID, NTE_NOT_SUPPORTED },
        { NCRYPT_SCARD_PIN_INFO, NTE_NOT_SUPPORTED },
        { NCRYPT_CERTIFICATE_PROPERTY, NTE_NOT_FOUND },
        { NCRYPT_CHAINING_MODE_PROPERTY, NTE_NOT_SUPPORTED },
        { NCRYPT_AUTH_TAG_LENGTH, NTE_NOT_SUPPORTED },
        { BCRYPT_ALGORITHM_NAME, NTE_NOT_SUPPORTED },
        { BCRYPT_KEY_LENGTH, NTE_NOT_SUPPORTED },
        { BCRYPT_CHAINING_MODE, NTE_NOT_SUPPORTED },
        { u"a name of my own", NTE_NOT_SUPPORTED },
    };
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        SECURITY_STATUS status = keys_get(key, wanted[i].name, 0);
        cr_assert_eq(status, wanted[i].status, "%zu: 0x%08x", i, (unsigned)status);
    }
    cr_assert(keys_text_is(key, NCRYPT_ALGORITHM_PROPERTY, u"RSA"));
    cr_assert(keys_text_is(key, NCRYPT_ALGORITHM_GROUP_PROPERTY, u"RSA"));
    cr_assert_eq(keys_dword(key, NCRYPT_LENGTH_PROPERTY), 1024);
    cr_assert_eq(keys_dword(key, NCRYPT_BLOCK_LENGTH_PROPERTY), 128);
    cr_assert_eq(keys_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY), 0);
    cr_assert_eq(keys_dword(key, NCRYPT_KEY_USAGE_PROPERTY), NCRYPT_ALLOW_ALL_USAGES);
    cr_assert_eq(keys_dword(key, NCRYPT_KEY_TYPE_PROPERTY), 0);
    cr_assert_eq(keys_dword(key, NCRYPT_SIGNATURE_LENGTH_PROPERTY), 128);
    cr_assert_eq(keys_dword(key, NCRYPT_PUBLIC_LENGTH_PROPERTY), 1024);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, lengths_are_those_that_keys_can_have)
{
    NCRYPT_SUPPORTED_LENGTHS lengths;
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_RSA_ALGORITHM, NULL);
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_LENGTHS_PROPERTY, (PBYTE)&lengths, sizeof(lengths),
            &len, 0));
    cr_assert_eq(len, sizeof(lengths));
    cr_assert_eq(lengths.dwMinLength, 512);
    cr_assert_eq(lengths.dwMaxLength, 16384);
    cr_assert_eq(lengths.dwIncrement, 8);
    cr_assert_eq(lengths.dwDefaultLength, 1024);
    cr_assert_answer(keys_set_dword(key, NCRYPT_LENGTH_PROPERTY, 511, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(keys_set_dword(key, NCRYPT_LENGTH_PROPERTY, 1025, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(keys_set_dword(key, NCRYPT_LENGTH_PROPERTY, 16448, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_LENGTH_PROPERTY, (PBYTE)&lengths, 3, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_ok(keys_set_dword(key, NCRYPT_LENGTH_PROPERTY, 1544, 0));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    cr_assert_eq(keys_dword(key, NCRYPT_LENGTH_PROPERTY), 1544);
    cr_assert_eq(keys_dword(key, NCRYPT_BLOCK_LENGTH_PROPERTY), 193);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, a_length_can_be_set_on_a_finished_ephemeral_key_without_effect)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    cr_assert_ok(keys_set_dword(key, NCRYPT_LENGTH_PROPERTY, 2048, 0));
    cr_assert_eq(keys_dword(key, NCRYPT_LENGTH_PROPERTY), 1024);
    keys_free(key);
    key = keys_make(provider, NCRYPT_RSA_ALGORITHM, u"mine");
    cr_assert_answer(keys_set_dword(key, NCRYPT_LENGTH_PROPERTY, 2048, 0), NTE_BAD_KEY_STATE);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, what_is_only_told_cannot_be_set)
{
    static LPCWSTR const names[] = { NCRYPT_NAME_PROPERTY, NCRYPT_UNIQUE_NAME_PROPERTY,
        NCRYPT_ALGORITHM_PROPERTY, NCRYPT_ALGORITHM_GROUP_PROPERTY, NCRYPT_LENGTHS_PROPERTY,
        NCRYPT_BLOCK_LENGTH_PROPERTY, NCRYPT_KEY_TYPE_PROPERTY, NCRYPT_LAST_MODIFIED_PROPERTY,
        NCRYPT_SIGNATURE_LENGTH_PROPERTY, NCRYPT_PUBLIC_LENGTH_PROPERTY, NCRYPT_VERSION_PROPERTY,
        NCRYPT_IMPL_TYPE_PROPERTY, NCRYPT_USE_COUNT_PROPERTY, NCRYPT_PROVIDER_HANDLE_PROPERTY };
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        SECURITY_STATUS status = keys_set_dword(key, names[i], 1, 0);
        cr_assert_eq(status, NTE_NOT_SUPPORTED, "%zu: 0x%08x", i, (unsigned)status);
    }
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, a_kept_key_knows_its_name_and_when_it_was_made)
{
    FILETIME before, after;
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    cr_assert_answer(keys_get(key, NCRYPT_LAST_MODIFIED_PROPERTY, 0), NTE_NOT_FOUND);
    cr_assert(keys_text_is(key, NCRYPT_NAME_PROPERTY, u"mine"));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    cr_assert(keys_text_is(key, NCRYPT_UNIQUE_NAME_PROPERTY, u"mine"));
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_LAST_MODIFIED_PROPERTY, (PBYTE)&before,
            sizeof(before), &len, 0));
    cr_assert_eq(len, sizeof(before));
    /* 2020 and 2200 */
    cr_assert_gt(before.dwHighDateTime, 0x01d5c000u);
    cr_assert_lt(before.dwHighDateTime, 0x02a00000u);
    keys_free(key);
    key = keys_find(provider, u"mine");
    if (keys_lack(KEYS_TIMES)) {
        cr_assert_answer(keys_get(key, NCRYPT_LAST_MODIFIED_PROPERTY, 0), NTE_NOT_FOUND);
    } else {
        cr_assert_ok(NCryptGetProperty(key, NCRYPT_LAST_MODIFIED_PROPERTY, (PBYTE)&after,
                sizeof(after), &len, 0));
        cr_assert_eq(after.dwHighDateTime, before.dwHighDateTime);
        cr_assert_eq(after.dwLowDateTime, before.dwLowDateTime);
    }
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, a_provider_tells_of_itself)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    NCRYPT_PROV_HANDLE of_key = 0;
    DWORD len = 0;
    cr_assert_ok(keys_get(provider, NCRYPT_NAME_PROPERTY, 0));
    cr_assert_neq(keys_dword(provider, NCRYPT_IMPL_TYPE_PROPERTY), 0);
    cr_assert_neq(keys_dword(provider, NCRYPT_VERSION_PROPERTY), 0);
    cr_assert_eq(keys_dword(provider, NCRYPT_SECURITY_DESCR_SUPPORT_PROPERTY), 0);
    cr_assert_eq(keys_dword(provider, NCRYPT_USE_COUNT_ENABLED_PROPERTY), 0);
    cr_assert_answer(keys_get(provider, NCRYPT_LENGTH_PROPERTY, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(keys_get(provider, NCRYPT_NAME_PROPERTY, 0x1), NTE_BAD_FLAGS);
    cr_assert_answer(keys_set_dword(provider, NCRYPT_VERSION_PROPERTY, 1, 0), NTE_NOT_SUPPORTED);
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_PROVIDER_HANDLE_PROPERTY, (PBYTE)&of_key,
            sizeof(of_key), &len, 0));
    cr_assert_eq(of_key, provider);
    keys_free(of_key);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, what_a_program_tells_is_not_kept)
{
    uint64_t window = 77, told = 0;
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    NCRYPT_HANDLE objects[] = { key, provider };
    for (size_t i = 0; i < 2; i++) {
        cr_assert_answer(keys_get(objects[i], NCRYPT_USE_CONTEXT_PROPERTY, 0), NTE_NOT_FOUND);
        cr_assert_ok(keys_set_text(objects[i], NCRYPT_USE_CONTEXT_PROPERTY, u"to pay", 0));
        cr_assert(keys_text_is(objects[i], NCRYPT_USE_CONTEXT_PROPERTY, u"to pay"));
        cr_assert_ok(NCryptSetProperty(objects[i], NCRYPT_WINDOW_HANDLE_PROPERTY, (PBYTE)&window,
                sizeof(window), 0));
        cr_assert_ok(NCryptGetProperty(objects[i], NCRYPT_WINDOW_HANDLE_PROPERTY, (PBYTE)&told,
                sizeof(told), &len, 0));
        cr_assert_eq(told, window);
        cr_assert_answer(NCryptSetProperty(objects[i], NCRYPT_WINDOW_HANDLE_PROPERTY,
                                 (PBYTE)&window, 4, 0),
                NTE_INVALID_PARAMETER);
    }
    keys_free(key);
    key = keys_find(provider, u"mine");
    cr_assert_answer(keys_get(key, NCRYPT_USE_CONTEXT_PROPERTY, 0), NTE_NOT_FOUND);
    cr_assert_answer(keys_get(key, NCRYPT_WINDOW_HANDLE_PROPERTY, 0), NTE_NOT_FOUND);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, flags_and_names_are_checked)
{
    if (keys_lack(KEYS_CUSTOM)) {
        return;
    }
    WCHAR name[NCRYPT_MAX_PROPERTY_NAME + 2] = { 0 };
    DWORD value = 1, len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    for (size_t i = 0; i < NCRYPT_MAX_PROPERTY_NAME; i++) {
        name[i] = u'n';
    }
    cr_assert_ok(keys_set_dword(key, name, 1, 0));
    name[NCRYPT_MAX_PROPERTY_NAME] = u'n';
    cr_assert_answer(keys_set_dword(key, name, 1, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(keys_get(key, name, 0), NTE_INVALID_PARAMETER);
    cr_assert_ok(keys_get(key, NCRYPT_LENGTH_PROPERTY, NCRYPT_SILENT_FLAG));
    cr_assert_answer(keys_get(key, NCRYPT_LENGTH_PROPERTY, NCRYPT_PERSIST_FLAG), NTE_BAD_FLAGS);
    cr_assert_answer(keys_get(key, NCRYPT_LENGTH_PROPERTY, 0x2), NTE_BAD_FLAGS);
    cr_assert_answer(keys_set_dword(key, u"own", 1, 0x2), NTE_BAD_FLAGS);
    cr_assert_answer(keys_get(key, NCRYPT_SECURITY_DESCR_PROPERTY, 0), NTE_BAD_FLAGS);
    cr_assert_answer(keys_get(key, NCRYPT_SECURITY_DESCR_PROPERTY, 0x4), NTE_NOT_SUPPORTED);
    cr_assert_answer(keys_get(key, NCRYPT_SECURITY_DESCR_PROPERTY, 0x4 | NCRYPT_PERSIST_ONLY_FLAG),
            NTE_BAD_FLAGS);
    cr_assert_answer(keys_set_dword(key, NCRYPT_SECURITY_DESCR_PROPERTY, 1, 0x4),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptGetProperty(key, NCRYPT_LENGTH_PROPERTY, (PBYTE)&value, 3, &len, 0),
            NTE_BUFFER_TOO_SMALL);
    cr_assert_eq(len, sizeof(value));
    keys_free(key);
    keys_free(provider);
}

static void set_bytes(NCRYPT_KEY_HANDLE key, LPCWSTR name, const char *text, DWORD flags)
{
    cr_assert_ok(NCryptSetProperty(key, name, (PBYTE)(void *)text, (DWORD)strlen(text), flags));
}

static bool bytes_are(NCRYPT_KEY_HANDLE key, LPCWSTR name, const char *wanted, DWORD flags)
{
    BYTE bytes[64];
    DWORD len = 0;
    cr_assert_ok(NCryptGetProperty(key, name, bytes, sizeof(bytes), &len, flags));
    return len == strlen(wanted) && memcmp(bytes, wanted, len) == 0;
}

Test(ncrypt_key_property, names_of_the_applications_own_are_kept_when_it_says_so)
{
    if (keys_lack(KEYS_CUSTOM)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    set_bytes(key, u"early", "one", NCRYPT_PERSIST_FLAG);
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    set_bytes(key, u"late", "two", NCRYPT_PERSIST_FLAG);
    set_bytes(key, u"passing", "three", 0);
    set_bytes(key, u"empty", "", NCRYPT_PERSIST_FLAG);
    set_bytes(key, u"late", "again", NCRYPT_PERSIST_FLAG);
    set_bytes(key, u"late", "covered", 0);
    cr_assert(bytes_are(key, u"early", "one", 0));
    cr_assert(bytes_are(key, u"passing", "three", 0));
    cr_assert(bytes_are(key, u"late", "covered", 0));
    cr_assert(bytes_are(key, u"late", "again", NCRYPT_PERSIST_ONLY_FLAG));
    cr_assert_answer(keys_get(key, u"passing", NCRYPT_PERSIST_ONLY_FLAG), NTE_NOT_FOUND);
    cr_assert_answer(keys_get(key, u"unknown", 0), NTE_NOT_FOUND);
    keys_free(key);
    key = keys_find(provider, u"mine");
    cr_assert(bytes_are(key, u"early", "one", 0));
    cr_assert(bytes_are(key, u"late", "again", 0));
    cr_assert(bytes_are(key, u"empty", "", 0));
    cr_assert_answer(keys_get(key, u"passing", 0), NTE_NOT_FOUND);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, a_value_can_be_kept_under_a_name_that_is_told_otherwise)
{
    if (keys_lack(KEYS_CUSTOM)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    set_bytes(key, NCRYPT_NAME_PROPERTY, "own", NCRYPT_PERSIST_ONLY_FLAG);
    cr_assert(keys_text_is(key, NCRYPT_NAME_PROPERTY, u"mine"));
    cr_assert(bytes_are(key, NCRYPT_NAME_PROPERTY, "own", NCRYPT_PERSIST_ONLY_FLAG));
    cr_assert_answer(keys_get(key, NCRYPT_LENGTH_PROPERTY, NCRYPT_PERSIST_ONLY_FLAG),
            NTE_NOT_FOUND);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, a_certificate_is_kept_with_a_named_key)
{
    if (keys_lack(KEYS_CUSTOM)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    cr_assert_answer(keys_get(key, NCRYPT_CERTIFICATE_PROPERTY, 0), NTE_NOT_FOUND);
    set_bytes(key, NCRYPT_CERTIFICATE_PROPERTY, "DER", NCRYPT_PERSIST_FLAG);
    keys_free(key);
    key = keys_find(provider, u"mine");
    cr_assert(bytes_are(key, NCRYPT_CERTIFICATE_PROPERTY, "DER", 0));
    keys_free(key);
    key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_answer(keys_set_dword(key, NCRYPT_CERTIFICATE_PROPERTY, 1, NCRYPT_PERSIST_FLAG),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(keys_set_dword(key, u"own", 1, NCRYPT_PERSIST_FLAG), NTE_NOT_SUPPORTED);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, a_stored_key_loses_rights_and_gets_none)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    cr_assert_answer(keys_set_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY, 0x10, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(keys_set_dword(key, NCRYPT_KEY_USAGE_PROPERTY, 0x1000000, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_ok(keys_set_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY,
            NCRYPT_ALLOW_EXPORT_FLAG | NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG, NCRYPT_PERSIST_FLAG));
    cr_assert_ok(keys_set_dword(key, NCRYPT_KEY_USAGE_PROPERTY,
            NCRYPT_ALLOW_KEY_AGREEMENT_FLAG | NCRYPT_ALLOW_SIGNING_FLAG, 0));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    cr_assert_ok(keys_set_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY, NCRYPT_ALLOW_EXPORT_FLAG, 0));
    cr_assert_ok(keys_set_dword(key, NCRYPT_KEY_USAGE_PROPERTY, NCRYPT_ALLOW_KEY_AGREEMENT_FLAG,
            0));
    cr_assert_answer(keys_set_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY,
                             NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG, 0),
            NTE_PERM);
    cr_assert_answer(keys_set_dword(key, NCRYPT_KEY_USAGE_PROPERTY, NCRYPT_ALLOW_ALL_USAGES, 0),
            NTE_PERM);
    keys_free(key);
    key = keys_find(provider, u"mine");
    cr_assert_eq(keys_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY), NCRYPT_ALLOW_EXPORT_FLAG);
    cr_assert_eq(keys_dword(key, NCRYPT_KEY_USAGE_PROPERTY), NCRYPT_ALLOW_KEY_AGREEMENT_FLAG);
    cr_assert_answer(keys_set_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY,
                             NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG, 0),
            NTE_PERM);
    keys_free(key);
    keys_free(provider);
}

static uint64_t time_of(NCRYPT_KEY_HANDLE key)
{
    FILETIME time;
    DWORD len = 0;
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_LAST_MODIFIED_PROPERTY, (PBYTE)&time, sizeof(time),
            &len, 0));
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

Test(ncrypt_key_property, storing_a_property_modifies_the_key)
{
    if (keys_lack(KEYS_CUSTOM)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    uint64_t made = time_of(key);
    set_bytes(key, u"own", "value", 0);
    cr_assert_eq(time_of(key), made);
    set_bytes(key, u"own", "value", NCRYPT_PERSIST_FLAG);
    uint64_t changed = time_of(key);
    cr_assert_gt(changed, made);
    keys_free(key);
    key = keys_find(provider, u"mine");
    cr_assert_eq(time_of(key), changed);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, a_pin_is_for_tokens)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    SECURITY_STATUS wanted = keys_lack(KEYS_EXPORT) ? ERROR_SUCCESS : NTE_NOT_SUPPORTED;
    cr_assert_answer(keys_set_text(key, NCRYPT_PIN_PROPERTY, u"2468", 0), wanted);
    cr_assert_answer(keys_set_text(provider, NCRYPT_PIN_PROPERTY, u"2468", 0), wanted);
    cr_assert_neq(keys_get(key, NCRYPT_PIN_PROPERTY, 0), ERROR_SUCCESS);
    keys_free(key);
    keys_free(provider);
}

/* The key is gone from the store, so nothing can be stored with it. */
Test(ncrypt_key_property, what_could_not_be_stored_is_not_set)
{
    if (keys_lack(KEYS_CUSTOM)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    NCRYPT_KEY_HANDLE other = keys_find(provider, u"mine");
    set_bytes(other, u"own", "old", NCRYPT_PERSIST_FLAG);
    cr_assert_ok(NCryptDeleteKey(key, 0));
    cr_assert_neq(keys_set_dword(other, u"own", 1, NCRYPT_PERSIST_FLAG), ERROR_SUCCESS);
    cr_assert_neq(keys_set_dword(other, u"new", 1, NCRYPT_PERSIST_FLAG), ERROR_SUCCESS);
    cr_assert_neq(keys_set_dword(other, NCRYPT_KEY_USAGE_PROPERTY, 0, 0), ERROR_SUCCESS);
    cr_assert(bytes_are(other, u"own", "old", 0));
    cr_assert_answer(keys_get(other, u"new", 0), NTE_NOT_FOUND);
    cr_assert_eq(keys_dword(other, NCRYPT_KEY_USAGE_PROPERTY), NCRYPT_ALLOW_ALL_USAGES);
    set_bytes(other, u"new", "of the handle", 0);
    cr_assert(bytes_are(other, u"new", "of the handle", 0));
    keys_free(other);
    keys_free(provider);
}

Test(ncrypt_key_property, an_ephemeral_key_is_its_makers_to_export)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_ok(keys_set_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY,
            NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG, 0));
    (void)keys_export(key, BCRYPT_ECCPRIVATE_BLOB);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, curves_are_named_before_a_key_is_final)
{
    if (keys_lack(KEYS_GENERIC_ECC)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_ECDH_ALGORITHM, u"mine");
    cr_assert_answer(NCryptFinalizeKey(key, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(keys_set_text(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"no such curve", 0),
            NTE_NOT_SUPPORTED);
    cr_assert_ok(keys_set_text(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"brainpoolP320r1", 0));
    cr_assert(keys_text_is(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"brainpoolP320r1"));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    cr_assert_answer(keys_set_text(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"brainpoolP320r1", 0),
            NTE_BAD_KEY_STATE);
    keys_free(key);
    key = keys_find(provider, u"mine");
    cr_assert(keys_text_is(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"brainpoolP320r1"));
    cr_assert_eq(keys_dword(key, NCRYPT_LENGTH_PROPERTY), 320);
    cr_assert(keys_text_is(key, NCRYPT_ALGORITHM_PROPERTY, u"ECDH"));
    cr_assert_ok(keys_get(key, NCRYPT_ECC_PARAMETERS_PROPERTY, 0));
    cr_assert_ok(keys_get(key, NCRYPT_ECC_CURVE_NAME_LIST_PROPERTY, 0));
    keys_free(key);
    key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_answer(keys_set_text(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"nistP256", 0),
            NTE_NOT_SUPPORTED);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key_property, curves_can_be_told_by_their_numbers)
{
    if (keys_lack(KEYS_GENERIC_ECC)) {
        return;
    }
    BYTE numbers[1024];
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make_on(provider, NCRYPT_ECDSA_ALGORITHM, u"secP256k1");
    cr_assert_ok(NCryptGetProperty(key, NCRYPT_ECC_PARAMETERS_PROPERTY, numbers, sizeof(numbers),
            &len, 0));
    NCRYPT_KEY_HANDLE other = keys_create(provider, NCRYPT_ECDSA_ALGORITHM, NULL);
    cr_assert_answer(NCryptSetProperty(other, NCRYPT_ECC_PARAMETERS_PROPERTY, numbers, len - 1, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_ok(NCryptSetProperty(other, NCRYPT_ECC_PARAMETERS_PROPERTY, numbers, len, 0));
    cr_assert_ok(NCryptFinalizeKey(other, 0));
    cr_assert(keys_text_is(other, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"secP256k1"));
    keys_free(other);
    keys_free(key);
    keys_free(provider);
}

/* Header, p and g, of a key of BCrypt. */
static ULONG some_group(BYTE *bytes, ULONG capacity)
{
    ULONG len = 0;
    BCRYPT_KEY_HANDLE key = NULL;
    cr_assert_eq(BCryptGenerateKeyPair(BCRYPT_DH_ALG_HANDLE, &key, 1536, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptFinalizeKeyPair(key, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptGetProperty(key, BCRYPT_DH_PARAMETERS, bytes, capacity, &len, 0),
            STATUS_SUCCESS);
    cr_assert_eq(BCryptDestroyKey(key), STATUS_SUCCESS);
    return len;
}

Test(ncrypt_key_property, groups_are_told_before_a_key_is_final)
{
    BYTE group[2048];
    ULONG len = some_group(group, sizeof(group));
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_DH_ALGORITHM, NULL);
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_DH_PARAMETERS_PROPERTY, group, len - 1, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_DH_PARAMETERS_PROPERTY, group, 4, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_ok(NCryptSetProperty(key, NCRYPT_DH_PARAMETERS_PROPERTY, group, len, 0));
    cr_assert_answer(keys_set_dword(key, NCRYPT_LENGTH_PROPERTY, 2048, 0), NTE_INVALID_PARAMETER);
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    cr_assert_eq(keys_dword(key, NCRYPT_LENGTH_PROPERTY), 1536);
    struct keys_blob blob = keys_export(key, BCRYPT_DH_PUBLIC_BLOB);
    cr_assert_arr_eq(blob.bytes + 8, group + 12, 2 * 192);
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_DH_PARAMETERS_PROPERTY, group, len, 0),
            NTE_BAD_KEY_STATE);
    keys_free(key);
    key = keys_create(provider, NCRYPT_RSA_ALGORITHM, NULL);
    cr_assert_answer(NCryptSetProperty(key, NCRYPT_DH_PARAMETERS_PROPERTY, group, len, 0),
            NTE_NOT_SUPPORTED);
    keys_free(key);
    keys_free(provider);
}
