/* SPDX-License-Identifier: MIT */
/* Keys are made, kept, found, listed and removed. */
#include "tests/cng/ncrypt_keys.h"

TestSuite(ncrypt_key, .init = keys_begin, .fini = keys_end, .timeout = 60);

static SECURITY_STATUS create(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR name,
        DWORD spec, DWORD flags)
{
    NCRYPT_KEY_HANDLE key = 0;
    SECURITY_STATUS status = NCryptCreatePersistedKey(provider, &key, algorithm, name, spec, flags);
    cr_assert_eq(key != 0, status == ERROR_SUCCESS);
    if (key != 0) {
        keys_free(key);
    }
    return status;
}

static SECURITY_STATUS open_flags(NCRYPT_PROV_HANDLE provider, LPCWSTR name, DWORD flags)
{
    NCRYPT_KEY_HANDLE key = 0;
    SECURITY_STATUS status = NCryptOpenKey(provider, &key, name, 0, flags);
    cr_assert_eq(key != 0, status == ERROR_SUCCESS);
    if (key != 0) {
        keys_free(key);
    }
    return status;
}

Test(ncrypt_key, a_key_is_found_again_by_its_name)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    struct keys_blob before = keys_export(key, BCRYPT_ECCPUBLIC_BLOB);
    keys_free(key);
    keys_free(provider);

    provider = keys_open();
    key = keys_find(provider, u"mine");
    struct keys_blob after = keys_export(key, BCRYPT_ECCPUBLIC_BLOB);
    cr_assert_eq(before.len, after.len);
    cr_assert_arr_eq(before.bytes, after.bytes, after.len);
    cr_assert(keys_text_is(key, NCRYPT_NAME_PROPERTY, u"mine"));
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key, every_algorithm_that_is_listed_makes_keys)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCryptAlgorithmName *list = NULL;
    DWORD count = 0;
    cr_assert_ok(NCryptEnumAlgorithms(provider, 0, &count, &list, 0));
    cr_assert_gt(count, 3);
    for (DWORD i = 0; i < count; i++) {
        NCRYPT_KEY_HANDLE key = keys_create(provider, list[i].pszName, NULL);
        bool generic = keys_same(list[i].pszName, NCRYPT_ECDH_ALGORITHM) ||
                keys_same(list[i].pszName, NCRYPT_ECDSA_ALGORITHM);
        if (generic) {
            cr_assert_ok(keys_set_text(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"brainpoolP256r1", 0));
        }
        cr_assert_ok(NCryptFinalizeKey(key, 0));
        cr_assert_ok(NCryptIsAlgSupported(provider, list[i].pszName, 0));
        keys_free(key);
    }
    cr_assert_ok(NCryptFreeBuffer(list));
    keys_free(provider);
}

Test(ncrypt_key, algorithms_are_listed_by_operation)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCryptAlgorithmName *list = NULL;
    DWORD count = 0;
    cr_assert_ok(NCryptEnumAlgorithms(provider, NCRYPT_ASYMMETRIC_ENCRYPTION_OPERATION, &count,
            &list, NCRYPT_SILENT_FLAG));
    cr_assert_eq(count, 1);
    cr_assert(keys_same(list[0].pszName, NCRYPT_RSA_ALGORITHM));
    cr_assert_eq(list[0].dwClass, NCRYPT_ASYMMETRIC_ENCRYPTION_INTERFACE);
    cr_assert_eq(list[0].dwAlgOperations,
            NCRYPT_ASYMMETRIC_ENCRYPTION_OPERATION | NCRYPT_SIGNATURE_OPERATION);
    cr_assert_ok(NCryptFreeBuffer(list));
    cr_assert_ok(NCryptEnumAlgorithms(provider, NCRYPT_RNG_OPERATION, &count, &list, 0));
    cr_assert_eq(count, 0);
    cr_assert_ok(NCryptFreeBuffer(list));
    cr_assert_answer(NCryptEnumAlgorithms(provider, 0, &count, &list, 0x20), NTE_BAD_FLAGS);
    cr_assert_answer(NCryptEnumAlgorithms(provider, 0x100, &count, &list, 0),
            NTE_INVALID_PARAMETER);
    keys_free(provider);
}

Test(ncrypt_key, keys_of_aes_3des_and_dsa_are_neither_promised_nor_made)
{
    static LPCWSTR const others[] = { NCRYPT_AES_ALGORITHM, NCRYPT_3DES_ALGORITHM,
        NCRYPT_DSA_ALGORITHM };
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        cr_assert_answer(NCryptIsAlgSupported(provider, others[i], 0), NTE_NOT_SUPPORTED);
        cr_assert_answer(create(provider, others[i], NULL, 0, 0), NTE_NOT_SUPPORTED);
    }
    keys_free(provider);
}

Test(ncrypt_key, flags_are_checked_before_the_algorithm_is_looked_for)
{
    static LPCWSTR const others[] = { NCRYPT_SHA256_ALGORITHM, NCRYPT_MD5_ALGORITHM,
        NCRYPT_RSA_SIGN_ALGORITHM, BCRYPT_RNG_ALGORITHM, u"none" };
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_answer(NCryptIsAlgSupported(provider, NCRYPT_RSA_ALGORITHM, 20), NTE_BAD_FLAGS);
    cr_assert_answer(NCryptIsAlgSupported(provider, u"none", 20), NTE_BAD_FLAGS);
    cr_assert_ok(NCryptIsAlgSupported(provider, NCRYPT_RSA_ALGORITHM, NCRYPT_SILENT_FLAG));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        cr_assert_answer(NCryptIsAlgSupported(provider, others[i], 0), NTE_NOT_SUPPORTED);
        cr_assert_answer(create(provider, others[i], NULL, 0, 0), NTE_NOT_SUPPORTED);
    }
    keys_free(provider);
}

Test(ncrypt_key, creating_checks_names_flags_and_what_is_there)
{
    WCHAR name[NCRYPT_MAX_KEY_NAME_LENGTH + 2];
    LPCWSTR rsa = NCRYPT_ECDH_P256_ALGORITHM;
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < NCRYPT_MAX_KEY_NAME_LENGTH + 1; i++) {
        name[i] = u'k';
    }
    name[NCRYPT_MAX_KEY_NAME_LENGTH + 1] = 0;
    cr_assert_answer(create(provider, rsa, name, 0, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(create(provider, rsa, u"", 0, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(create(provider, rsa, NULL, 3, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(create(provider, rsa, NULL, 0, 0x1), NTE_BAD_FLAGS);
    cr_assert_answer(create(provider, rsa, NULL, 0, 0x400), NTE_BAD_FLAGS);
    cr_assert_answer(create(provider, rsa, NULL, 0, NCRYPT_USE_VIRTUAL_ISOLATION_FLAG),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(create(provider, rsa, NULL, 0, NCRYPT_USE_PER_BOOT_KEY_FLAG),
            NTE_NOT_SUPPORTED);
    cr_assert_ok(create(provider, rsa, NULL, AT_SIGNATURE,
            NCRYPT_SILENT_FLAG | NCRYPT_PREFER_VIRTUAL_ISOLATION_FLAG));
    cr_assert_ok(create(provider, rsa, u"mine", 0, 0));
    cr_assert_ok(create(provider, rsa, u"mine", 0, 0)); /* nothing is there before it is final */
    keys_free(keys_make(provider, rsa, u"mine"));
    cr_assert_answer(create(provider, rsa, u"mine", 0, 0), NTE_EXISTS);
    cr_assert_ok(create(provider, rsa, u"mine", 0, NCRYPT_OVERWRITE_KEY_FLAG));
    cr_assert_answer(create(provider, rsa, u"mine", 0, NCRYPT_MACHINE_KEY_FLAG),
            keys_lack(KEYS_OF_MACHINE) ? NTE_EXISTS : ERROR_SUCCESS);
    keys_free(provider);
}

Test(ncrypt_key, the_longest_name_will_do)
{
    WCHAR name[NCRYPT_MAX_KEY_NAME_LENGTH + 1];
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < NCRYPT_MAX_KEY_NAME_LENGTH; i++) {
        name[i] = u'k';
    }
    name[NCRYPT_MAX_KEY_NAME_LENGTH] = 0;
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, name));
    keys_free(keys_find(provider, name));
    cr_assert_eq(keys_dword(provider, NCRYPT_MAX_NAME_LENGTH_PROPERTY), NCRYPT_MAX_KEY_NAME_LENGTH);
    keys_free(provider);
}

Test(ncrypt_key, of_two_unfinished_keys_of_one_name_the_first_to_be_final_wins)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE first = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, u"one");
    NCRYPT_KEY_HANDLE second = keys_create(provider, NCRYPT_ECDH_P384_ALGORITHM, u"one");
    cr_assert_ok(NCryptFinalizeKey(second, 0));
    cr_assert_answer(NCryptFinalizeKey(first, 0), NTE_EXISTS);
    keys_free(first);
    keys_free(second);
    NCRYPT_KEY_HANDLE found = keys_find(provider, u"one");
    cr_assert_eq(keys_dword(found, NCRYPT_LENGTH_PROPERTY), 384);
    keys_free(found);
    keys_free(provider);
}

Test(ncrypt_key, overwriting_replaces_when_the_new_key_is_final)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine"));
    NCRYPT_KEY_HANDLE key = 0;
    cr_assert_ok(NCryptCreatePersistedKey(provider, &key, NCRYPT_ECDH_P384_ALGORITHM, u"mine", 0,
            NCRYPT_OVERWRITE_KEY_FLAG));
    NCRYPT_KEY_HANDLE old = keys_find(provider, u"mine");
    cr_assert_eq(keys_dword(old, NCRYPT_LENGTH_PROPERTY), 256);
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    NCRYPT_KEY_HANDLE new = keys_find(provider, u"mine");
    cr_assert_eq(keys_dword(new, NCRYPT_LENGTH_PROPERTY), 384);
    cr_assert_eq(keys_dword(old, NCRYPT_LENGTH_PROPERTY), 256);
    keys_free(old);
    keys_free(new);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_key, a_key_is_final_once)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_answer(NCryptFinalizeKey(key, 0x1), NTE_BAD_FLAGS);
    cr_assert_answer(NCryptFinalizeKey(key, NCRYPT_WRITE_KEY_TO_LEGACY_STORE_FLAG),
            NTE_NOT_SUPPORTED);
    cr_assert_ok(NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG | NCRYPT_NO_KEY_VALIDATION));
    cr_assert_answer(NCryptFinalizeKey(key, 0), NTE_INVALID_HANDLE);
    NCRYPT_KEY_HANDLE public = keys_public(provider, key);
    cr_assert_answer(NCryptFinalizeKey(public, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptFinalizeKey(provider, 0), NTE_INVALID_HANDLE);
    keys_free(public);
    keys_free(key);
    cr_assert_answer(NCryptFinalizeKey(key, 0), NTE_INVALID_HANDLE);
    keys_free(provider);
}

Test(ncrypt_key, an_unfinished_key_does_nothing)
{
    BYTE bytes[512] = { 0 };
    DWORD len = 0;
    NCRYPT_SECRET_HANDLE secret = 0;
    BCRYPT_PKCS1_PADDING_INFO info = { NULL };
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE rsa = keys_create(provider, NCRYPT_RSA_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE own = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE peer = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_answer(NCryptExportKey(rsa, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, bytes, sizeof(bytes),
                             &len, 0),
            NTE_BAD_KEY_STATE);
    cr_assert_answer(NCryptEncrypt(rsa, bytes, 16, NULL, bytes, sizeof(bytes), &len,
                             NCRYPT_PAD_PKCS1_FLAG),
            NTE_BAD_KEY_STATE);
    cr_assert_answer(NCryptDecrypt(rsa, bytes, 128, NULL, bytes, sizeof(bytes), &len,
                             NCRYPT_PAD_PKCS1_FLAG),
            NTE_BAD_KEY_STATE);
    cr_assert_answer(NCryptSignHash(rsa, &info, bytes, 20, bytes, sizeof(bytes), &len,
                             NCRYPT_PAD_PKCS1_FLAG),
            NTE_BAD_KEY_STATE);
    cr_assert_answer(NCryptVerifySignature(rsa, &info, bytes, 20, bytes, 128,
                             NCRYPT_PAD_PKCS1_FLAG),
            NTE_BAD_KEY_STATE);
    cr_assert_answer(NCryptSecretAgreement(own, peer, &secret, 0), NTE_BAD_KEY_STATE);
    cr_assert_answer(NCryptSecretAgreement(peer, own, &secret, 0), NTE_BAD_KEY_STATE);
    cr_assert_answer(keys_get(rsa, NCRYPT_BLOCK_LENGTH_PROPERTY, 0), NTE_BAD_KEY_STATE);
    keys_free(rsa);
    keys_free(own);
    keys_free(peer);
    keys_free(provider);
}

Test(ncrypt_key, opening_checks_what_it_is_told)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine"));
    cr_assert_ok(open_flags(provider, u"mine", NCRYPT_SILENT_FLAG));
    cr_assert_answer(open_flags(provider, u"other", 0), NTE_BAD_KEYSET);
    cr_assert_answer(open_flags(provider, u"Mine", 0), NTE_BAD_KEYSET);
    cr_assert_answer(open_flags(provider, u"", 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(open_flags(provider, u"mine", 0x1), NTE_BAD_FLAGS);
    cr_assert_answer(open_flags(provider, u"mine", NCRYPT_OVERWRITE_KEY_FLAG), NTE_BAD_FLAGS);
    cr_assert_answer(open_flags(provider, u"mine", NCRYPT_AUTHORITY_KEY_FLAG), NTE_NOT_SUPPORTED);
    keys_free(provider);
}

Test(ncrypt_key, keys_of_the_machine_are_others)
{
    if (keys_lack(KEYS_OF_MACHINE)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = 0;
    cr_assert_ok(NCryptCreatePersistedKey(provider, &key, NCRYPT_ECDH_P256_ALGORITHM, u"mine",
            AT_KEYEXCHANGE, NCRYPT_MACHINE_KEY_FLAG));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    cr_assert_eq(keys_dword(key, NCRYPT_KEY_TYPE_PROPERTY), NCRYPT_MACHINE_KEY_FLAG);
    keys_free(key);
    cr_assert_answer(open_flags(provider, u"mine", 0), NTE_BAD_KEYSET);
    cr_assert_ok(open_flags(provider, u"mine", NCRYPT_MACHINE_KEY_FLAG));

    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &name, &state, 0), NTE_NO_MORE_ITEMS);
    cr_assert_null(state);
    cr_assert_ok(NCryptEnumKeys(provider, NULL, &name, &state, NCRYPT_MACHINE_KEY_FLAG));
    cr_assert(keys_same(name->pszName, u"mine"));
    cr_assert(keys_same(name->pszAlgid, NCRYPT_ECDH_P256_ALGORITHM));
    cr_assert_eq(name->dwLegacyKeySpec, AT_KEYEXCHANGE);
    cr_assert_eq(name->dwFlags, NCRYPT_MACHINE_KEY_FLAG);
    cr_assert_ok(NCryptFreeBuffer(name));
    cr_assert_ok(NCryptFreeBuffer(state));
    keys_free(provider);
}

Test(ncrypt_key, every_kept_key_is_listed_once)
{
    static LPCWSTR const names[] = { u"a", u"b", u"c" };
    unsigned seen = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    SECURITY_STATUS status;
    for (size_t i = 0; i < 3; i++) {
        keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, names[i]));
    }
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL));
    keys_free(keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, u"d"));
    while ((status = NCryptEnumKeys(provider, NULL, &name, &state, NCRYPT_SILENT_FLAG)) ==
            ERROR_SUCCESS) {
        for (size_t i = 0; i < 3; i++) {
            if (keys_same(name->pszName, names[i])) {
                cr_assert_eq(seen & 1U << i, 0);
                seen |= 1U << i;
            }
        }
        cr_assert_ok(NCryptFreeBuffer(name));
    }
    cr_assert_answer(status, NTE_NO_MORE_ITEMS);
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &name, &state, 0), NTE_NO_MORE_ITEMS);
    cr_assert_eq(seen, 7);
    cr_assert_ok(NCryptFreeBuffer(state));
    state = NULL;
    cr_assert_answer(NCryptEnumKeys(provider, u"scope", &name, &state, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptEnumKeys(provider, NULL, &name, &state, 0x1), NTE_BAD_FLAGS);
    keys_free(provider);
}

Test(ncrypt_key, a_removed_key_is_gone_with_its_handle)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    cr_assert_answer(NCryptDeleteKey(key, 0x1), NTE_BAD_FLAGS);
    cr_assert_answer(NCryptDeleteKey(key, NCRYPT_MACHINE_KEY_FLAG), NTE_BAD_FLAGS);
    keys_free(keys_find(provider, u"mine"));
    cr_assert_ok(NCryptDeleteKey(key, NCRYPT_SILENT_FLAG));
    cr_assert_answer(open_flags(provider, u"mine", 0), NTE_BAD_KEYSET);
    cr_assert_answer(NCryptFreeObject(key), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptDeleteKey(key, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptDeleteKey(provider, 0), NTE_INVALID_HANDLE);
    keys_free(keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine"));
    keys_free(provider);
}

Test(ncrypt_key, removing_what_is_not_kept_frees_the_handle)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE keys[] = { keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL),
        keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, u"unfinished"), 0 };
    keys[2] = keys_public(provider, keys[0]);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_ok(NCryptDeleteKey(keys[i], 0));
        cr_assert_answer(NCryptFreeObject(keys[i]), NTE_INVALID_HANDLE);
    }
    keys_free(provider);
}

Test(ncrypt_key, another_handle_of_a_removed_key_goes_on)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    NCRYPT_KEY_HANDLE other = keys_find(provider, u"mine");
    NCRYPT_SECRET_HANDLE secret = 0;
    cr_assert_ok(NCryptDeleteKey(key, 0));
    if (keys_lack(KEYS_OUTLIVE)) {
        cr_assert_answer(NCryptSecretAgreement(other, other, &secret, 0), NTE_NO_KEY);
    } else {
        cr_assert_ok(NCryptSecretAgreement(other, other, &secret, 0));
        keys_free(secret);
    }
    cr_assert_neq(NCryptDeleteKey(other, 0), ERROR_SUCCESS); /* the key is there no more */
    keys_free(other);
    keys_free(provider);
}

Test(ncrypt_key, what_is_not_done_here_is_refused)
{
    BYTE bytes[16];
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    HANDLE event = NULL;
    cr_assert_answer(NCryptKeyDerivation(key, NULL, bytes, sizeof(bytes), &len, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptNotifyChangeKey(provider, &event, NCRYPT_REGISTER_NOTIFY_FLAG),
            NTE_NOT_SUPPORTED);
    keys_free(key);
    keys_free(provider);
}
