/* SPDX-License-Identifier: MIT */
/* The token provider as applications see it, and together with the software provider. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cng/wide.h"
#include "ncrypt.h"
#include "tests/cng/softhsm.h"
#include "vitrine_ncrypt.h"

#define assert_status(call, expected)                                                              \
    do {                                                                                           \
        SECURITY_STATUS assert_status_got = (call);                                                \
        cr_assert_eq(assert_status_got, (SECURITY_STATUS)(expected), "%s: 0x%08x, not 0x%08x",     \
                #call, (unsigned)assert_status_got, (unsigned)(expected));                         \
    } while (0)
#define assert_success(call) assert_status(call, ERROR_SUCCESS)

static char folder[] = "/tmp/vitrine-ncrypt-token-XXXXXX";

static void write_manifest(const char *file, const char *provider, const char *library,
        const char *by_default)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    FILE *out = fopen(path, "w");
    cr_assert_not_null(out);
    fprintf(out, "{\"providers\": [\"%s\"], \"library\": \"%s\", \"default\": %s}", provider,
            library, by_default);
    fclose(out);
}

static void start(void)
{
    char path[128];
    softhsm_start_with_token();
    cr_assert_not_null(mkdtemp(folder));
    setenv("VITRINE_KEY_STORAGE_PROVIDERS", folder, 1);
    snprintf(path, sizeof(path), "%s/store", folder);
    setenv("VITRINE_KEY_STORE", path, 1);
    snprintf(path, sizeof(path), "%s/store.key", folder);
    setenv("VITRINE_KEY_STORE_KEY", path, 1);
    write_manifest("1.json", "Microsoft Software Key Storage Provider", getenv("SOFTWARE_KSP"),
            "true");
    write_manifest("2.json", "Microsoft Smart Card Key Storage Provider", getenv("TOKEN_KSP"),
            "false");
}

static void stop(void)
{
    softhsm_remove(folder);
    softhsm_stop();
}

static NCRYPT_PROV_HANDLE open_token(void)
{
    NCRYPT_PROV_HANDLE provider = 0;
    assert_success(NCryptOpenStorageProvider(&provider, MS_SMART_CARD_KEY_STORAGE_PROVIDER, 0));
    return provider;
}

static void tell_pin(NCRYPT_PROV_HANDLE provider, LPCWSTR pin)
{
    assert_success(NCryptSetProperty(provider, NCRYPT_PIN_PROPERTY, (PBYTE)pin,
            (DWORD)(vit_wide_len(pin) + 1) * sizeof(WCHAR), 0));
}

static NCRYPT_PROV_HANDLE open_ready(void)
{
    NCRYPT_PROV_HANDLE provider = open_token();
    tell_pin(provider, u"2468");
    return provider;
}

static NCRYPT_KEY_HANDLE make(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR name,
        DWORD bits)
{
    NCRYPT_KEY_HANDLE key = 0;
    assert_success(NCryptCreatePersistedKey(provider, &key, algorithm, name, 0, 0));
    if (bits != 0) {
        assert_success(NCryptSetProperty(key, NCRYPT_LENGTH_PROPERTY, (PBYTE)&bits, sizeof(bits),
                0));
    }
    assert_success(NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG));
    return key;
}

static DWORD number_of(NCRYPT_HANDLE object, LPCWSTR name)
{
    DWORD value = 0, len = 0;
    assert_success(NCryptGetProperty(object, name, (PBYTE)&value, sizeof(value), &len, 0));
    cr_assert_eq(len, sizeof(value));
    return value;
}

/* The public half of one key, in the provider of another. */
static NCRYPT_KEY_HANDLE public_in(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key)
{
    BYTE blob[1024];
    DWORD len = 0;
    NCRYPT_KEY_HANDLE public = 0;
    assert_success(NCryptExportKey(key, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, blob, sizeof(blob), &len,
            0));
    assert_success(NCryptImportKey(provider, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, &public, blob, len,
            0));
    return public;
}

static void derive(NCRYPT_KEY_HANDLE own, NCRYPT_KEY_HANDLE peer, BYTE out[20])
{
    NCRYPT_SECRET_HANDLE secret = 0;
    DWORD len = 0;
    assert_success(NCryptSecretAgreement(own, peer, &secret, NCRYPT_SILENT_FLAG));
    assert_success(NCryptDeriveKey(secret, BCRYPT_KDF_HASH, NULL, out, 20, &len, 0));
    cr_assert_eq(len, 20);
    assert_success(NCryptFreeObject(secret));
}

TestSuite(ncrypt_token, .init = start, .fini = stop);

Test(ncrypt_token, keeps_a_key_from_creation_to_deletion)
{
    NCRYPT_PROV_HANDLE provider = open_ready();
    NCRYPT_KEY_HANDLE key = make(provider, BCRYPT_RSA_ALGORITHM, u"device", 2048), again = 0;
    assert_status(NCryptCreatePersistedKey(provider, &again, BCRYPT_RSA_ALGORITHM, u"device", 0, 0),
            NTE_EXISTS);
    assert_success(NCryptFreeObject(key));
    assert_success(NCryptOpenKey(provider, &key, u"device", 0, NCRYPT_SILENT_FLAG));
    cr_assert_eq(number_of(key, NCRYPT_LENGTH_PROPERTY), 2048);
    cr_assert_eq(number_of(key, NCRYPT_KEY_USAGE_PROPERTY), NCRYPT_ALLOW_ALL_USAGES);
    cr_assert_eq(number_of(provider, NCRYPT_IMPL_TYPE_PROPERTY),
            NCRYPT_IMPL_HARDWARE_FLAG | NCRYPT_IMPL_REMOVABLE_FLAG);
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    assert_success(NCryptEnumKeys(provider, NULL, &name, &state, NCRYPT_SILENT_FLAG));
    cr_assert(vit_wide_equal(name->pszName, u"device"));
    cr_assert(vit_wide_equal(name->pszAlgid, BCRYPT_RSA_ALGORITHM));
    NCryptFreeBuffer(name);
    assert_status(NCryptEnumKeys(provider, NULL, &name, &state, 0), NTE_NO_MORE_ITEMS);
    NCryptFreeBuffer(state);
    assert_success(NCryptDeleteKey(key, NCRYPT_SILENT_FLAG));
    assert_status(NCryptOpenKey(provider, &key, u"device", 0, 0), NTE_BAD_KEYSET);
    assert_success(NCryptFreeObject(provider));
}

Test(ncrypt_token, decrypts_and_signs)
{
    NCRYPT_PROV_HANDLE provider = open_ready();
    NCRYPT_KEY_HANDLE key = make(provider, BCRYPT_RSA_ALGORITHM, NULL, 2048);
    BCRYPT_OAEP_PADDING_INFO oaep = { BCRYPT_SHA512_ALGORITHM, NULL, 0 };
    BCRYPT_PSS_PADDING_INFO pss = { BCRYPT_SHA256_ALGORITHM, 32 };
    BYTE block[256], plain[256], hash[32] = { 7 };
    DWORD len = 0;
    assert_success(NCryptEncrypt(key, (PBYTE) "hello", 5, &oaep, block, sizeof(block), &len,
            NCRYPT_PAD_OAEP_FLAG));
    assert_success(NCryptDecrypt(key, block, len, &oaep, plain, sizeof(plain), &len,
            NCRYPT_PAD_OAEP_FLAG | NCRYPT_SILENT_FLAG));
    cr_assert_eq(len, 5);
    cr_assert_eq(memcmp(plain, "hello", 5), 0);
    block[3] ^= 1;
    assert_status(NCryptDecrypt(key, block, 256, &oaep, plain, sizeof(plain), &len,
                          NCRYPT_PAD_OAEP_FLAG | NCRYPT_SILENT_FLAG),
            NTE_DECRYPTION_FAILURE);
    assert_success(NCryptSignHash(key, &pss, hash, 32, block, sizeof(block), &len,
            NCRYPT_PAD_PSS_FLAG));
    assert_success(NCryptVerifySignature(key, &pss, hash, 32, block, len, NCRYPT_PAD_PSS_FLAG));
    hash[0] ^= 1;
    assert_status(NCryptVerifySignature(key, &pss, hash, 32, block, len, NCRYPT_PAD_PSS_FLAG),
            NTE_BAD_SIGNATURE);
    assert_success(NCryptFreeObject(key));
    assert_success(NCryptFreeObject(provider));
}

Test(ncrypt_token, agrees_with_the_software_provider_by_way_of_public_keys)
{
    static const LPCWSTR curves[] = { BCRYPT_ECDH_P256_ALGORITHM, BCRYPT_ECDH_P384_ALGORITHM,
        BCRYPT_ECDH_P521_ALGORITHM };
    NCRYPT_PROV_HANDLE token = open_ready(), software;
    assert_success(NCryptOpenStorageProvider(&software, MS_KEY_STORAGE_PROVIDER, 0));
    for (size_t i = 0; i < 3; i++) {
        NCRYPT_KEY_HANDLE ours = make(token, curves[i], u"ours", 0);
        NCRYPT_KEY_HANDLE theirs = make(software, curves[i], NULL, 0);
        NCRYPT_KEY_HANDLE our_public = public_in(software, ours);
        NCRYPT_KEY_HANDLE their_public = public_in(token, theirs);
        NCRYPT_SECRET_HANDLE none = 77;
        BYTE a[20], b[20];
        derive(ours, their_public, a);
        derive(theirs, our_public, b);
        cr_assert_eq(memcmp(a, b, 20), 0);
        assert_status(NCryptSecretAgreement(ours, theirs, &none, 0), NTE_INVALID_HANDLE);
        assert_status(NCryptSecretAgreement(theirs, their_public, &none, 0), NTE_INVALID_HANDLE);
        cr_assert_eq(none, 77);
        assert_success(NCryptFreeObject(their_public));
        assert_success(NCryptFreeObject(our_public));
        assert_success(NCryptFreeObject(theirs));
        assert_success(NCryptDeleteKey(ours, 0));
    }
    assert_success(NCryptFreeObject(software));
    assert_success(NCryptFreeObject(token));
}

Test(ncrypt_token, tells_no_private_key_whatever_the_policy_would_be)
{
    NCRYPT_PROV_HANDLE provider = open_ready();
    NCRYPT_KEY_HANDLE key = make(provider, BCRYPT_ECDH_P256_ALGORITHM, u"k", 0);
    BYTE blob[1024];
    DWORD len = 0;
    static const LPCWSTR types[] = { BCRYPT_ECCPRIVATE_BLOB, BCRYPT_PRIVATE_KEY_BLOB };
    for (size_t i = 0; i < 2; i++) {
        SECURITY_STATUS status =
                NCryptExportKey(key, 0, types[i], NULL, blob, sizeof(blob), &len, 0);
        cr_assert(status == NTE_NOT_SUPPORTED || status == NTE_PERM, "0x%08x", (unsigned)status);
    }
    assert_success(NCryptFreeObject(key));
    assert_success(NCryptFreeObject(provider));
}

struct person {
    const char *pin; /* NULL: says no */
    unsigned asked;
};

static int answer(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    struct person *person = context;
    person->asked++;
    cr_assert_eq(question->Kind, VITRINE_NCRYPT_PIN);
    if (person->pin == NULL) {
        return -1;
    }
    cr_assert_leq(strlen(person->pin), capacity);
    memcpy(secret, person->pin, strlen(person->pin));
    return (int)strlen(person->pin);
}

Test(ncrypt_token, asks_who_was_named_and_nobody_in_silence)
{
    NCRYPT_PROV_HANDLE provider = open_ready();
    assert_success(NCryptFreeObject(make(provider, BCRYPT_ECDSA_P256_ALGORITHM, u"k", 0)));
    assert_success(NCryptFreeObject(provider));
    struct person person = { .pin = NULL };
    VITRINE_NCRYPT_PROMPT prompt = { answer, &person };
    NCRYPT_KEY_HANDLE key;
    BYTE hash[32] = { 1 }, signature[64];
    DWORD len;
    provider = open_token();
    assert_success(NCryptSetProperty(provider, VITRINE_PROMPT_PROPERTY, (PBYTE)&prompt,
            sizeof(prompt), 0));
    assert_success(NCryptOpenKey(provider, &key, u"k", 0, 0));
    assert_status(NCryptSignHash(key, NULL, hash, 32, signature, 64, &len, NCRYPT_SILENT_FLAG),
            NTE_SILENT_CONTEXT);
    cr_assert_eq(person.asked, 0);
    assert_status(NCryptSignHash(key, NULL, hash, 32, signature, 64, &len, 0), NTE_USER_CANCELLED);
    person.pin = "wrong";
    assert_status(NCryptSignHash(key, NULL, hash, 32, signature, 64, &len, 0),
            NTE_INCORRECT_PASSWORD);
    cr_assert_eq(person.asked, 2);
    person.pin = SOFTHSM_PIN;
    assert_success(NCryptSignHash(key, NULL, hash, 32, signature, 64, &len, 0));
    assert_success(NCryptSignHash(key, NULL, hash, 32, signature, 64, &len, NCRYPT_SILENT_FLAG));
    cr_assert_eq(person.asked, 3);
    assert_success(NCryptFreeObject(key));
    assert_success(NCryptFreeObject(provider));
}

Test(ncrypt_token, that_is_not_there_is_said_by_the_first_call_that_needs_it)
{
    setenv("VITRINE_TOKEN", "pkcs11:token=elsewhere", 1);
    NCRYPT_PROV_HANDLE provider = open_ready();
    NCRYPT_KEY_HANDLE key = 0;
    assert_status(NCryptOpenKey(provider, &key, u"k", 0, 0), NTE_DEVICE_NOT_FOUND);
    cr_assert_eq(key, 0);
    assert_success(NCryptFreeObject(provider));
}

Test(ncrypt_token, keeps_a_key_that_was_made_elsewhere)
{
    NCRYPT_PROV_HANDLE provider = open_ready();
    BCRYPT_KEY_HANDLE pair;
    BYTE blob[4096];
    ULONG len;
    cr_assert_eq(BCryptGenerateKeyPair(BCRYPT_RSA_ALG_HANDLE, &pair, 1024, 0), 0);
    cr_assert_eq(BCryptFinalizeKeyPair(pair, 0), 0);
    cr_assert_eq(BCryptExportKey(pair, NULL, BCRYPT_RSAPRIVATE_BLOB, blob, sizeof(blob), &len, 0),
            0);
    static WCHAR name[] = u"imported";
    BCryptBuffer buffer = { sizeof(name), NCRYPTBUFFER_PKCS_KEY_NAME, name };
    NCryptBufferDesc list = { 0, 1, &buffer };
    NCRYPT_KEY_HANDLE key = 0;
    assert_success(NCryptImportKey(provider, 0, BCRYPT_RSAPRIVATE_BLOB, &list, &key, blob, len, 0));
    assert_success(NCryptFreeObject(key));
    assert_success(NCryptOpenKey(provider, &key, u"imported", 0, 0));
    BYTE block[128], plain[128];
    cr_assert_eq(BCryptEncrypt(pair, (PUCHAR) "hello", 5, NULL, NULL, 0, block, 128, &len,
                         BCRYPT_PAD_PKCS1),
            0);
    DWORD plain_len;
    assert_success(NCryptDecrypt(key, block, 128, NULL, plain, 128, &plain_len,
            NCRYPT_PAD_PKCS1_FLAG));
    cr_assert_eq(plain_len, 5);
    BCryptDestroyKey(pair);
    assert_success(NCryptFreeObject(key));
    assert_success(NCryptFreeObject(provider));
}
