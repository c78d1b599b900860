/* SPDX-License-Identifier: MIT */
/* Handles, and how calls reach the provider that they belong to. */
#include <bcrypt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/irql.h"
#include "tests/cng/ncrypt_router.h"

TestSuite(ncrypt_router, .init = router_start_with_fake, .fini = router_end);

static NCRYPT_PROV_HANDLE provider;
static NCRYPT_KEY_HANDLE key;
static NCRYPT_SECRET_HANDLE secret;

static void open_all(void)
{
    router_start_with_fake();
    provider = router_open(u"Fake");
    key = router_key(provider);
    cr_assert_ok(NCryptSecretAgreement(key, key, &secret, 0));
}

static void free_all(void)
{
    router_free(secret);
    router_free(key);
    router_free(provider);
    router_end();
}

TestSuite(ncrypt_calls, .init = open_all, .fini = free_all);

/* Every function that takes a handle of a kind, with this one. */
static void expect_no_provider(NCRYPT_HANDLE handle)
{
    DWORD count;
    NCryptAlgorithmName *algorithms;
    NCryptKeyName *name;
    PVOID state = NULL;
    NCRYPT_KEY_HANDLE out = 5;
    HANDLE event = NULL;
    BYTE byte = 0;
    cr_assert_answer(NCryptEnumAlgorithms(handle, 0, &count, &algorithms, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptIsAlgSupported(handle, u"RSA", 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptCreatePersistedKey(handle, &out, u"RSA", NULL, 0, 0),
            NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptOpenKey(handle, &out, u"x", 0, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptEnumKeys(handle, NULL, &name, &state, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptImportKey(handle, 0, u"x", NULL, &out, &byte, 1, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptNotifyChangeKey(handle, &event, 0), NTE_INVALID_HANDLE);
    cr_assert_eq(out, 5);
}

static void expect_no_key(NCRYPT_HANDLE handle)
{
    BYTE bytes[8] = { 0 };
    DWORD len;
    NCRYPT_SECRET_HANDLE out = 5;
    cr_assert_answer(NCryptFinalizeKey(handle, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptDeleteKey(handle, 0), NTE_INVALID_HANDLE);
    cr_assert_not(NCryptIsKeyHandle(handle));
    cr_assert_answer(NCryptExportKey(handle, 0, u"x", NULL, NULL, 0, &len, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptEncrypt(handle, bytes, 1, NULL, bytes, 8, &len, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptDecrypt(handle, bytes, 1, NULL, bytes, 8, &len, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptSignHash(handle, NULL, bytes, 1, bytes, 8, &len, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptVerifySignature(handle, NULL, bytes, 1, bytes, 1, 0),
            NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptSecretAgreement(handle, handle, &out, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptKeyDerivation(handle, NULL, bytes, 8, &len, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptCreateClaim(handle, 0, 0, NULL, bytes, 8, &len, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptVerifyClaim(handle, 0, 0, NULL, bytes, 8, NULL, 0), NTE_INVALID_HANDLE);
    cr_assert_eq(out, 5);
}

static void expect_no_secret(NCRYPT_HANDLE handle)
{
    BYTE bytes[8];
    DWORD len;
    cr_assert_answer(NCryptDeriveKey(handle, BCRYPT_KDF_HASH, NULL, bytes, 8, &len, 0),
            NTE_INVALID_HANDLE);
}

static void expect_nothing(NCRYPT_HANDLE handle)
{
    BYTE bytes[8];
    DWORD len;
    expect_no_provider(handle);
    expect_no_key(handle);
    expect_no_secret(handle);
    cr_assert_answer(NCryptFreeObject(handle), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptGetProperty(handle, u"Length", bytes, 8, &len, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptSetProperty(handle, u"Length", bytes, 8, 0), NTE_INVALID_HANDLE);
}

Test(ncrypt_calls, zero_and_garbage_are_no_handles)
{
    expect_nothing(0);
    expect_nothing(GARBAGE);
    expect_nothing((NCRYPT_HANDLE)&key);
    expect_nothing(key + 1);
    expect_nothing((NCRYPT_HANDLE)BCRYPT_ECDH_P256_ALG_HANDLE);
}

Test(ncrypt_calls, a_handle_of_another_kind_is_none)
{
    expect_no_key(provider);
    expect_no_secret(provider);
    expect_no_provider(key);
    expect_no_secret(key);
    expect_no_provider(secret);
    expect_no_key(secret);
    cr_assert(NCryptIsKeyHandle(key));
}

Test(ncrypt_calls, handles_of_bcrypt_are_none_and_the_other_way_round)
{
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_KEY_HANDLE pair;
    BCRYPT_SECRET_HANDLE agreed;
    cr_assert_eq(BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_ECDH_P256_ALGORITHM, NULL, 0), 0);
    cr_assert_eq(BCryptGenerateKeyPair(algorithm, &pair, 256, 0), 0);
    cr_assert_eq(BCryptFinalizeKeyPair(pair, 0), 0);
    cr_assert_eq(BCryptSecretAgreement(pair, pair, &agreed, 0), 0);
    expect_nothing((NCRYPT_HANDLE)algorithm);
    expect_nothing((NCRYPT_HANDLE)pair);
    expect_nothing((NCRYPT_HANDLE)agreed);
    cr_assert_eq(BCryptDestroyKey((BCRYPT_KEY_HANDLE)key), STATUS_INVALID_HANDLE);
    cr_assert_eq(BCryptDestroySecret((BCRYPT_SECRET_HANDLE)secret), STATUS_INVALID_HANDLE);
    cr_assert_eq(BCryptCloseAlgorithmProvider((BCRYPT_ALG_HANDLE)provider, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_eq(BCryptDestroySecret(agreed), 0);
    cr_assert_eq(BCryptDestroyKey(pair), 0);
    cr_assert_eq(BCryptCloseAlgorithmProvider(algorithm, 0), 0);
}

Test(ncrypt_router, freed_handles_are_none)
{
    NCRYPT_PROV_HANDLE own_provider = router_open(u"Fake");
    NCRYPT_KEY_HANDLE own_key = router_key(own_provider);
    NCRYPT_SECRET_HANDLE own_secret = 0;
    cr_assert_ok(NCryptSecretAgreement(own_key, own_key, &own_secret, 0));
    router_free(own_secret);
    cr_assert_eq(fake_calls(FAKE_FREE_SECRET), 1);
    expect_nothing(own_secret);
    router_free(own_key);
    cr_assert_eq(fake_calls(FAKE_FREE_KEY), 1);
    expect_nothing(own_key);
    router_free(own_provider);
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 1);
    expect_nothing(own_provider);
}

Test(ncrypt_router, keys_and_secrets_keep_their_provider_open)
{
    NCRYPT_PROV_HANDLE own_provider = router_open(u"Fake");
    NCRYPT_KEY_HANDLE own_key = router_key(own_provider);
    NCRYPT_SECRET_HANDLE own_secret = 0;
    cr_assert_ok(NCryptSecretAgreement(own_key, own_key, &own_secret, 0));
    router_free(own_provider);
    expect_nothing(own_provider);
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 0);
    cr_assert_ok(NCryptFinalizeKey(own_key, 0));
    router_free(own_key);
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 0);
    BYTE out[8];
    DWORD len;
    cr_assert_ok(NCryptDeriveKey(own_secret, BCRYPT_KDF_HASH, NULL, out, sizeof(out), &len, 0));
    router_free(own_secret);
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 1);
}

Test(ncrypt_router, a_provider_is_opened_each_time)
{
    NCRYPT_PROV_HANDLE one = router_open(u"Fake"), other = router_open(u"Fake");
    cr_assert_neq(one, other);
    cr_assert_eq(fake_calls(FAKE_OPEN_PROVIDER), 2);
    router_free(one);
    cr_assert_eq(fake_calls(FAKE_FREE_PROVIDER), 1);
    cr_assert_ok(NCryptIsAlgSupported(other, u"RSA", 0));
    router_free(other);
}

Test(ncrypt_calls, the_provider_gets_its_own_handles_and_what_it_is_asked)
{
    BYTE bytes[4] = { 1, 2, 3, 4 }, out[4];
    DWORD len = 0;
    cr_assert_ok(NCryptFinalizeKey(key, 0x1234));
    struct fake_call finalize = fake_last();
    cr_assert_eq(finalize.slot, FAKE_FINALIZE_KEY);
    cr_assert_eq(finalize.flags, 0x1234);
    cr_assert_neq(finalize.object, key);
    cr_assert_neq(finalize.provider, provider);
    cr_assert_ok(NCryptEncrypt(key, bytes, 4, &len, out, 4, &len, 0x40));
    struct fake_call call = fake_last();
    cr_assert_eq(call.slot, FAKE_ENCRYPT);
    cr_assert_eq(call.provider, finalize.provider);
    cr_assert_eq(call.object, finalize.object);
    cr_assert_eq(call.bytes, bytes);
    cr_assert_eq(call.len, 4);
    cr_assert_eq(call.extra, &len);
    cr_assert_eq(call.flags, 0x40);
    cr_assert_eq(len, 4);
    cr_assert_eq(out[0], 0xfe);
    cr_assert_ok(NCryptDecrypt(key, out, 4, NULL, out, 4, &len, 0x41));
    cr_assert_eq(fake_last().slot, FAKE_DECRYPT);
    cr_assert_eq(fake_last().flags, 0x41);
    cr_assert_arr_eq(out, bytes, 4);
    cr_assert_ok(NCryptSignHash(key, NULL, bytes, 4, NULL, 0, &len, 2));
    cr_assert_eq(len, sizeof(struct fake_answer));
    cr_assert_eq(fake_last().slot, FAKE_SIGN_HASH);
    cr_assert_ok(NCryptVerifySignature(key, NULL, bytes, 4, bytes, 4, 2));
    cr_assert_eq(fake_last().slot, FAKE_VERIFY_SIGNATURE);
    cr_assert_answer(NCryptVerifySignature(key, NULL, bytes, 4, bytes, 3, 2), NTE_BAD_SIGNATURE);
}

Test(ncrypt_calls, creating_and_opening_pass_all_on)
{
    NCRYPT_KEY_HANDLE other = 0;
    static const WCHAR name[] = u"name";
    cr_assert_ok(NCryptCreatePersistedKey(provider, &other, u"RSA", name, AT_SIGNATURE,
            NCRYPT_OVERWRITE_KEY_FLAG));
    struct fake_call call = fake_last();
    cr_assert_eq(call.slot, FAKE_CREATE_KEY);
    cr_assert(same_text(call.text, u"RSA"));
    cr_assert_eq(call.bytes, name);
    cr_assert_eq(call.len, AT_SIGNATURE);
    cr_assert_eq(call.flags, NCRYPT_OVERWRITE_KEY_FLAG);
    router_free(other);
    cr_assert_ok(NCryptOpenKey(provider, &other, name, AT_KEYEXCHANGE, NCRYPT_MACHINE_KEY_FLAG));
    call = fake_last();
    cr_assert_eq(call.slot, FAKE_OPEN_KEY);
    cr_assert(same_text(call.text, name));
    cr_assert_eq(call.len, AT_KEYEXCHANGE);
    cr_assert_eq(call.flags, NCRYPT_MACHINE_KEY_FLAG);
    router_free(other);
    cr_assert_ok(NCryptIsAlgSupported(provider, u"ECDH", 20));
    cr_assert(same_text(fake_last().text, u"ECDH"));
    cr_assert_eq(fake_last().flags, 20);
}

Test(ncrypt_calls, references_that_are_missing_are_refused)
{
    NCRYPT_KEY_HANDLE out = 5;
    BYTE byte = 0;
    DWORD len;
    unsigned before = fake_calls(FAKE_CREATE_KEY);
    cr_assert_answer(NCryptCreatePersistedKey(provider, &out, NULL, NULL, 0, 0), NULL_REFERENCE);
    cr_assert_answer(NCryptCreatePersistedKey(provider, NULL, u"RSA", NULL, 0, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_eq(fake_calls(FAKE_CREATE_KEY), before);
    cr_assert_answer(NCryptIsAlgSupported(provider, NULL, 20), NULL_REFERENCE);
    cr_assert_answer(NCryptOpenKey(provider, &out, NULL, 0, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptOpenKey(provider, NULL, u"x", 0, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptVerifySignature(key, NULL, NULL, 1, &byte, 1, 2), NULL_REFERENCE);
    cr_assert_answer(NCryptVerifySignature(key, NULL, &byte, 1, NULL, 1, 2), NULL_REFERENCE);
    cr_assert_answer(NCryptEncrypt(key, &byte, 1, NULL, &byte, 1, NULL, 1), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptEncrypt(key, NULL, 1, NULL, &byte, 1, &len, 1), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptDecrypt(key, &byte, 1, NULL, &byte, 1, NULL, 1), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptDecrypt(key, NULL, 1, NULL, &byte, 1, &len, 1), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSignHash(key, NULL, &byte, 1, &byte, 1, NULL, 2), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSignHash(key, NULL, NULL, 1, &byte, 1, &len, 2), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSecretAgreement(key, key, NULL, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptDeriveKey(secret, NULL, NULL, &byte, 1, &len, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptDeriveKey(secret, BCRYPT_KDF_HASH, NULL, &byte, 1, NULL, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptKeyDerivation(key, NULL, NULL, 1, &len, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptKeyDerivation(key, NULL, &byte, 1, NULL, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptExportKey(key, 0, NULL, NULL, NULL, 0, &len, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptExportKey(key, 0, u"x", NULL, NULL, 0, NULL, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptImportKey(provider, 0, NULL, NULL, &out, &byte, 1, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptImportKey(provider, 0, u"x", NULL, NULL, &byte, 1, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptImportKey(provider, 0, u"x", NULL, &out, NULL, 1, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptNotifyChangeKey(provider, NULL, NCRYPT_REGISTER_NOTIFY_FLAG),
            NTE_INVALID_PARAMETER);
    cr_assert_eq(out, 5);
}

Test(ncrypt_calls, lists_of_parameters_that_point_nowhere_are_refused)
{
    NCryptBufferDesc nowhere = { NCRYPTBUFFER_VERSION, 1, NULL }, empty = { 0, 0, NULL };
    NCRYPT_KEY_HANDLE out = 0;
    BYTE byte = 0, bytes[8];
    DWORD len;
    cr_assert_answer(NCryptImportKey(provider, 0, u"x", &nowhere, &out, &byte, 1, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptExportKey(key, 0, u"x", &nowhere, NULL, 0, &len, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptDeriveKey(secret, u"x", &nowhere, bytes, 8, &len, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptKeyDerivation(key, &nowhere, bytes, 8, &len, 0), NTE_INVALID_PARAMETER);
    cr_assert_ok(NCryptDeriveKey(secret, u"x", &empty, bytes, 8, &len, 0));
    cr_assert_eq(fake_last().extra, &empty);
}

Test(ncrypt_calls, what_a_provider_answers_is_the_answer)
{
    NCRYPT_KEY_HANDLE out = 5;
    BYTE byte = 0;
    DWORD len;
    struct fake_ksp *state = fake();
    atomic_store(&state->answers[FAKE_CREATE_KEY], NTE_EXISTS);
    atomic_store(&state->answers[FAKE_OPEN_KEY], NTE_BAD_KEYSET);
    atomic_store(&state->answers[FAKE_IMPORT_KEY], NTE_BAD_DATA);
    atomic_store(&state->answers[FAKE_EXPORT_KEY], NTE_PERM);
    atomic_store(&state->answers[FAKE_FINALIZE_KEY], NTE_BAD_KEY_STATE);
    atomic_store(&state->answers[FAKE_SECRET_AGREEMENT], NTE_SILENT_CONTEXT);
    atomic_store(&state->answers[FAKE_DERIVE_KEY], 1);
    atomic_store(&state->answers[FAKE_NOTIFY_CHANGE_KEY], NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptCreatePersistedKey(provider, &out, u"RSA", NULL, 0, 0), NTE_EXISTS);
    cr_assert_answer(NCryptOpenKey(provider, &out, u"x", 0, 0), NTE_BAD_KEYSET);
    cr_assert_answer(NCryptImportKey(provider, 0, u"x", NULL, &out, &byte, 1, 0), NTE_BAD_DATA);
    cr_assert_answer(NCryptExportKey(key, 0, u"x", NULL, NULL, 0, &len, 0), NTE_PERM);
    cr_assert_answer(NCryptFinalizeKey(key, 0), NTE_BAD_KEY_STATE);
    cr_assert_answer(NCryptSecretAgreement(key, key, &out, 0), NTE_SILENT_CONTEXT);
    cr_assert_answer(NCryptDeriveKey(secret, u"x", NULL, &byte, 1, &len, 0), 1);
    HANDLE event = NULL;
    cr_assert_answer(NCryptNotifyChangeKey(provider, &event, 1), NTE_NOT_SUPPORTED);
    cr_assert_eq(out, 5);
}

Test(ncrypt_calls, success_without_a_handle_is_a_fault_of_the_provider)
{
    NCRYPT_HANDLE out = 5;
    BYTE byte = 0;
    atomic_store(&fake()->gives_nothing, true);
    cr_assert_answer(NCryptCreatePersistedKey(provider, &out, u"RSA", NULL, 0, 0),
            NTE_PROVIDER_DLL_FAIL);
    cr_assert_answer(NCryptOpenKey(provider, &out, u"x", 0, 0), NTE_PROVIDER_DLL_FAIL);
    cr_assert_answer(NCryptImportKey(provider, 0, u"x", NULL, &out, &byte, 1, 0),
            NTE_PROVIDER_DLL_FAIL);
    cr_assert_answer(NCryptSecretAgreement(key, key, &out, 0), NTE_PROVIDER_DLL_FAIL);
    cr_assert_eq(out, 5);
}

Test(ncrypt_calls, deleting_frees_the_handle_only_when_it_succeeds)
{
    NCRYPT_KEY_HANDLE doomed = router_key(provider);
    atomic_store(&fake()->answers[FAKE_DELETE_KEY], NTE_BAD_FLAGS);
    cr_assert_answer(NCryptDeleteKey(doomed, 0x77), NTE_BAD_FLAGS);
    cr_assert_eq(fake_last().flags, 0x77);
    cr_assert(NCryptIsKeyHandle(doomed));
    cr_assert_ok(NCryptFinalizeKey(doomed, 0));
    atomic_store(&fake()->answers[FAKE_DELETE_KEY], 0);
    unsigned freed = fake_calls(FAKE_FREE_KEY);
    cr_assert_ok(NCryptDeleteKey(doomed, 0));
    expect_nothing(doomed);
    cr_assert_eq(fake_calls(FAKE_FREE_KEY), freed);
}

static void *encrypt_long(void *doomed)
{
    BYTE byte = 1;
    DWORD len = 0;
    SECURITY_STATUS status =
            NCryptEncrypt(*(NCRYPT_KEY_HANDLE *)doomed, &byte, 1, NULL, &byte, 1, &len, 0);
    return status == ERROR_SUCCESS && byte == 0xfe ? doomed : NULL;
}

/* The provider would stop the process. */
Test(ncrypt_calls, a_key_is_not_deleted_while_another_thread_uses_it)
{
    NCRYPT_KEY_HANDLE doomed = router_key(provider);
    pthread_t thread;
    void *result = NULL;
    atomic_store(&fake()->linger_ms, 200);
    cr_assert_eq(pthread_create(&thread, NULL, encrypt_long, &doomed), 0);
    while (atomic_load(&fake()->begun) == 0) {
        sched_yield();
    }
    cr_assert_ok(NCryptDeleteKey(doomed, 0));
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_assert_eq(result, &doomed);
    expect_nothing(doomed);
}

/* And a key that is freed while it is used goes when that is over. */
Test(ncrypt_calls, a_key_may_be_freed_while_another_thread_uses_it)
{
    NCRYPT_KEY_HANDLE doomed = router_key(provider);
    pthread_t thread;
    void *result = NULL;
    atomic_store(&fake()->linger_ms, 50);
    cr_assert_eq(pthread_create(&thread, NULL, encrypt_long, &doomed), 0);
    while (atomic_load(&fake()->begun) == 0) {
        sched_yield();
    }
    router_free(doomed);
    expect_nothing(doomed);
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_assert_eq(result, &doomed);
    cr_assert_eq(fake()->keys, 1);
}

Test(ncrypt_calls, another_library_is_another_provider_of_the_same_name)
{
    char command[1024];
    snprintf(command, sizeof(command), "cp '%s' '%s/other.so'", getenv("FAKE_KSP"),
            router_directory());
    cr_assert_eq(system(command), 0);
    router_manifest("10-other.json", "{\"providers\": [\"Fake\"], \"library\": \"other.so\"}");
    NCRYPT_PROV_HANDLE other = router_open(u"Fake");
    NCRYPT_KEY_HANDLE stranger = router_key(other);
    NCRYPT_SECRET_HANDLE out = 5;
    cr_assert_answer(NCryptSecretAgreement(key, stranger, &out, 0), NTE_INVALID_HANDLE);
    cr_assert_eq(out, 5);
    router_free(stranger);
    router_free(other);
}

Test(ncrypt_calls, keys_of_one_call_belong_to_one_provider)
{
    static const LPCWSTR strangers[] = { u"Fake twin", u"Fake 1" };
    for (size_t i = 0; i < 2; i++) {
        NCRYPT_PROV_HANDLE other = router_open(strangers[i]);
        NCRYPT_KEY_HANDLE stranger = router_key(other), out = 5;
        BYTE byte = 0;
        DWORD len;
        unsigned agreed = fake_calls(FAKE_SECRET_AGREEMENT);
        cr_assert_answer(NCryptSecretAgreement(key, stranger, &out, 0), NTE_INVALID_HANDLE);
        cr_assert_answer(NCryptSecretAgreement(stranger, key, &out, 0), NTE_INVALID_HANDLE);
        cr_assert_eq(fake_calls(FAKE_SECRET_AGREEMENT), agreed);
        cr_assert_answer(NCryptExportKey(key, stranger, u"x", NULL, NULL, 0, &len, 0),
                NTE_INVALID_HANDLE);
        cr_assert_answer(NCryptImportKey(provider, stranger, u"x", NULL, &out, &byte, 1, 0),
                NTE_INVALID_HANDLE);
        cr_assert_eq(out, 5);
        router_free(stranger);
        router_free(other);
    }
}

Test(ncrypt_calls, a_provider_may_give_another_table_each_time)
{
    router_manifest("60-fresh.json", "{\"providers\": [\"Fake fresh\"], \"library\": \"FAKE\"}");
    NCRYPT_PROV_HANDLE one = router_open(u"Fake fresh"), other = router_open(u"Fake fresh");
    NCRYPT_KEY_HANDLE own = router_key(one), peer = router_key(other);
    NCRYPT_SECRET_HANDLE agreed = 0;
    cr_assert_ok(NCryptSecretAgreement(own, peer, &agreed, 0));
    router_free(agreed);
    cr_assert_answer(NCryptSecretAgreement(key, peer, &agreed, 0), NTE_INVALID_HANDLE);
    router_free(own);
    router_free(peer);
    router_free(one);
    router_free(other);
}

Test(ncrypt_calls, one_provider_may_have_been_opened_twice)
{
    NCRYPT_PROV_HANDLE again = router_open(u"Fake");
    NCRYPT_KEY_HANDLE peer = router_key(again);
    NCRYPT_SECRET_HANDLE agreed = 0;
    cr_assert_ok(NCryptSecretAgreement(key, peer, &agreed, NCRYPT_SILENT_FLAG));
    struct fake_call call = fake_last();
    cr_assert_eq(call.slot, FAKE_SECRET_AGREEMENT);
    cr_assert_eq(call.flags, NCRYPT_SILENT_FLAG);
    cr_assert_neq(call.object, call.other);
    router_free(agreed);
    router_free(peer);
    router_free(again);
}

Test(ncrypt_calls, an_agreement_needs_both_keys)
{
    NCRYPT_SECRET_HANDLE out = 5;
    cr_assert_answer(NCryptSecretAgreement(key, 0, &out, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptSecretAgreement(key, secret, &out, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptSecretAgreement(0, key, &out, 0), NTE_INVALID_HANDLE);
    cr_assert_eq(out, 5);
}

Test(ncrypt_calls, a_key_that_wraps_another_may_be_left_out_but_not_wrong)
{
    NCRYPT_KEY_HANDLE wrapping = router_key(provider), imported = 0;
    BYTE blob[4];
    DWORD len;
    cr_assert_ok(NCryptExportKey(key, 0, u"type", NULL, blob, sizeof(blob), &len, 3));
    cr_assert_eq(fake_last().other, 0);
    cr_assert(same_text(fake_last().text, u"type"));
    cr_assert_eq(fake_last().flags, 3);
    cr_assert_arr_eq(blob, "blob", 4);
    cr_assert_ok(NCryptExportKey(key, wrapping, u"type", NULL, blob, sizeof(blob), &len, 0));
    cr_assert_neq(fake_last().other, 0);
    cr_assert_answer(NCryptExportKey(key, provider, u"type", NULL, blob, 4, &len, 0),
            NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptExportKey(key, GARBAGE, u"type", NULL, blob, 4, &len, 0),
            NTE_INVALID_HANDLE);
    cr_assert_ok(NCryptImportKey(provider, wrapping, u"type", NULL, &imported, blob, 4, 5));
    cr_assert_neq(fake_last().other, 0);
    cr_assert_eq(fake_last().bytes, blob);
    cr_assert_eq(fake_last().flags, 5);
    router_free(imported);
    cr_assert_ok(NCryptImportKey(provider, 0, u"type", NULL, &imported, NULL, 0, 0));
    router_free(imported);
    cr_assert_answer(NCryptImportKey(provider, GARBAGE, u"type", NULL, &imported, blob, 4, 0),
            NTE_INVALID_HANDLE);
    router_free(wrapping);
}

Test(ncrypt_calls, derivation_reaches_the_provider)
{
    NCryptBufferDesc none = { NCRYPTBUFFER_VERSION, 0, NULL };
    BYTE out[8] = { 0 };
    DWORD len = 0;
    cr_assert_ok(NCryptDeriveKey(secret, BCRYPT_KDF_HMAC, &none, NULL, 0, &len, 1));
    cr_assert_eq(len, 7);
    cr_assert(same_text(fake_last().text, BCRYPT_KDF_HMAC));
    cr_assert_eq(fake_last().extra, &none);
    cr_assert_eq(fake_last().flags, 1);
    cr_assert_ok(NCryptDeriveKey(secret, BCRYPT_KDF_HMAC, NULL, out, sizeof(out), &len, 0));
    cr_assert_arr_eq(out, "derived", 7);
    cr_assert_ok(NCryptKeyDerivation(key, &none, out, sizeof(out), &len, 9));
    cr_assert_eq(fake_last().slot, FAKE_KEY_DERIVATION);
    cr_assert_eq(fake_last().flags, 9);
}

Test(ncrypt_router, a_provider_of_version_1_derives_from_no_key)
{
    NCRYPT_PROV_HANDLE old = router_open(u"Fake 1"), new = router_open(u"Fake 3");
    NCRYPT_KEY_HANDLE old_key = router_key(old), new_key = router_key(new);
    BYTE out[8];
    DWORD len = 3;
    cr_assert_answer(NCryptKeyDerivation(old_key, NULL, out, sizeof(out), &len, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_eq(len, 3);
    cr_assert_ok(NCryptKeyDerivation(new_key, NULL, out, sizeof(out), &len, 0));
    router_free(old_key);
    router_free(new_key);
    router_free(old);
    router_free(new);
}

Test(ncrypt_router, claims_and_handles_of_before_are_not_supported)
{
    NCRYPT_PROV_HANDLE own_provider = router_open(u"Fake 3"), out_provider = 5;
    NCRYPT_KEY_HANDLE own_key = router_key(own_provider), out_key = 5;
    BYTE bytes[8];
    DWORD len = 3;
    cr_assert_answer(NCryptCreateClaim(own_key, 0, 0, NULL, bytes, 8, &len, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptVerifyClaim(own_key, 0, 0, NULL, bytes, 8, NULL, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptTranslateHandle(&out_provider, &out_key, 1, 1, 0, 0), NTE_NOT_SUPPORTED);
    cr_assert_eq(out_provider, 5);
    cr_assert_eq(out_key, 5);
    router_free(own_key);
    router_free(own_provider);
}

Test(ncrypt_calls, key_storage_is_not_there_at_dispatch_level)
{
    NCRYPT_PROV_HANDLE out = 5;
    DWORD count = 5;
    NCryptProviderName *names = NULL;
    NCryptAlgorithmName *list = NULL;
    cr_assert_ok(NCryptEnumAlgorithms(provider, 0, &count, &list, 0));
    (void)vit_irql_set(VIT_IRQL_DISPATCH);
    SECURITY_STATUS opening = NCryptOpenStorageProvider(&out, u"Fake", 0);
    SECURITY_STATUS listing = NCryptEnumStorageProviders(&count, &names, 0);
    SECURITY_STATUS freeing = NCryptFreeBuffer(list);
    expect_nothing(provider);
    expect_nothing(key);
    expect_nothing(secret);
    (void)vit_irql_set(VIT_IRQL_PASSIVE);
    cr_assert_eq(opening, NTE_NOT_SUPPORTED);
    cr_assert_eq(listing, NTE_NOT_SUPPORTED);
    cr_assert_eq(freeing, NTE_NOT_SUPPORTED);
    cr_assert_eq(out, 5);
    cr_assert_null(names);
    cr_assert_ok(NCryptFreeBuffer(list));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
}

Test(ncrypt_router, a_child_starts_without_handles_and_opens_its_own)
{
    NCRYPT_PROV_HANDLE own_provider = router_open(u"Fake");
    NCRYPT_KEY_HANDLE own_key = router_key(own_provider);
    NCryptAlgorithmName *list = NULL;
    DWORD count;
    cr_assert_ok(NCryptEnumAlgorithms(own_provider, 0, &count, &list, 0));
    pid_t child = fork();
    if (child == 0) {
        NCRYPT_PROV_HANDLE fresh = 0;
        bool fine = NCryptFreeObject(own_key) == NTE_INVALID_HANDLE &&
                NCryptFreeObject(own_provider) == NTE_INVALID_HANDLE &&
                NCryptFreeBuffer(list) == NTE_INVALID_PARAMETER &&
                NCryptOpenStorageProvider(&fresh, u"Fake", 0) == 0 && NCryptFreeObject(fresh) == 0;
        _exit(fine ? 0 : 1);
    }
    int how = -1;
    cr_assert_eq(waitpid(child, &how, 0), child);
    cr_assert_eq(how, 0);
    cr_assert_ok(NCryptFreeBuffer(list));
    router_free(own_key);
    router_free(own_provider);
}
