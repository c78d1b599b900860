/* SPDX-License-Identifier: MIT */
#include "tests/cng/ncrypt_keys.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/cng/softhsm.h"

static char folder[64];

static bool is_token(void)
{
    const char *name = getenv("TEST_KEY_PROVIDER");
    return name != NULL && strcmp(name, "token") == 0;
}

static void place(const char *variable, const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    cr_assert_eq(setenv(variable, path, 1), 0);
}

static void write_manifest(const char *provider, const char *library)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/manifests", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/manifests/provider.json", folder);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fprintf(file, "{\"providers\": [\"%s\"], \"library\": \"%s\", \"default\": true}\n", provider,
            library);
    cr_assert_eq(fclose(file), 0);
}

static void begin_software(void)
{
    place("VITRINE_KEY_STORE", "user");
    place("VITRINE_MACHINE_KEY_STORE", "machine");
    unsetenv("VITRINE_KEY_STORE_KEY");
    unsetenv("VITRINE_MACHINE_KEY_STORE_KEY");
    unsetenv("VITRINE_KEY_STORE_PROTECTION");
    write_manifest("Microsoft Software Key Storage Provider", getenv("SOFTWARE_KSP"));
}

void keys_begin(void)
{
    snprintf(folder, sizeof(folder), "/tmp/vitrine-keys-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    place("VITRINE_KEY_STORAGE_PROVIDERS", "manifests");
    if (is_token()) {
        softhsm_start_with_token();
        write_manifest("Microsoft Smart Card Key Storage Provider", getenv("TOKEN_KSP"));
    } else {
        begin_software();
    }
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

void keys_end(void)
{
    cr_assert_eq(nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    if (is_token()) {
        softhsm_stop();
    }
}

NCRYPT_PROV_HANDLE keys_open(void)
{
    NCRYPT_PROV_HANDLE provider = 0;
    cr_assert_ok(NCryptOpenStorageProvider(&provider, NULL, 0));
    cr_assert_neq(provider, 0);
    if (is_token()) {
        cr_assert_ok(keys_set_text(provider, NCRYPT_PIN_PROPERTY, u"2468", 0));
    }
    return provider;
}

void keys_free(NCRYPT_HANDLE handle)
{
    cr_assert_ok(NCryptFreeObject(handle));
}

NCRYPT_KEY_HANDLE keys_create(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR name)
{
    NCRYPT_KEY_HANDLE key = 0;
    cr_assert_ok(NCryptCreatePersistedKey(provider, &key, algorithm, name, 0, 0));
    return key;
}

NCRYPT_KEY_HANDLE keys_make(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR name)
{
    NCRYPT_KEY_HANDLE key = keys_create(provider, algorithm, name);
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    return key;
}

NCRYPT_KEY_HANDLE keys_make_on(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR curve)
{
    NCRYPT_KEY_HANDLE key = keys_create(provider, algorithm, NULL);
    cr_assert_ok(keys_set_text(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, curve, 0));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    return key;
}

NCRYPT_KEY_HANDLE keys_make_with(NCRYPT_PROV_HANDLE provider, LPCWSTR algorithm, LPCWSTR name,
        LPCWSTR property, DWORD value)
{
    NCRYPT_KEY_HANDLE key = keys_create(provider, algorithm, name);
    cr_assert_ok(keys_set_dword(key, property, value, 0));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    return key;
}

NCRYPT_KEY_HANDLE keys_find(NCRYPT_PROV_HANDLE provider, LPCWSTR name)
{
    NCRYPT_KEY_HANDLE key = 0;
    cr_assert_ok(NCryptOpenKey(provider, &key, name, 0, 0));
    return key;
}

bool keys_same(LPCWSTR a, LPCWSTR b)
{
    while (*a == *b && *a != 0) {
        a++;
        b++;
    }
    return *a == *b;
}

DWORD keys_size(LPCWSTR text)
{
    DWORD units = 1;
    while (text[units - 1] != 0) {
        units++;
    }
    return units * sizeof(WCHAR);
}

DWORD keys_dword(NCRYPT_HANDLE object, LPCWSTR property)
{
    DWORD value = 0, len = 0;
    cr_assert_ok(NCryptGetProperty(object, property, (PBYTE)&value, sizeof(value), &len, 0));
    cr_assert_eq(len, sizeof(value));
    return value;
}

bool keys_text_is(NCRYPT_HANDLE object, LPCWSTR property, LPCWSTR wanted)
{
    WCHAR text[600] = { 0 };
    DWORD len = 0;
    cr_assert_ok(NCryptGetProperty(object, property, NULL, 0, &len, 0));
    cr_assert_eq(len, keys_size(wanted));
    cr_assert_answer(NCryptGetProperty(object, property, (PBYTE)text, len - 1, &len, 0),
            NTE_BUFFER_TOO_SMALL);
    cr_assert_eq(len, keys_size(wanted));
    cr_assert_ok(NCryptGetProperty(object, property, (PBYTE)text, sizeof(text), &len, 0));
    return len == keys_size(wanted) && keys_same(text, wanted);
}

SECURITY_STATUS keys_get(NCRYPT_HANDLE object, LPCWSTR property, DWORD flags)
{
    BYTE value[4096];
    DWORD len = 0;
    return NCryptGetProperty(object, property, value, sizeof(value), &len, flags);
}

SECURITY_STATUS keys_set_dword(NCRYPT_HANDLE object, LPCWSTR property, DWORD value, DWORD flags)
{
    return NCryptSetProperty(object, property, (PBYTE)&value, sizeof(value), flags);
}

SECURITY_STATUS keys_set_text(NCRYPT_HANDLE object, LPCWSTR property, LPCWSTR text, DWORD flags)
{
    return NCryptSetProperty(object, property, (PBYTE)(void *)text, keys_size(text), flags);
}

struct keys_blob keys_export(NCRYPT_KEY_HANDLE key, LPCWSTR type)
{
    struct keys_blob blob = { .len = 0 };
    DWORD len = 0;
    cr_assert_ok(NCryptExportKey(key, 0, type, NULL, NULL, 0, &len, 0));
    cr_assert_leq(len, sizeof(blob.bytes));
    cr_assert_ok(NCryptExportKey(key, 0, type, NULL, blob.bytes, len, &blob.len, 0));
    cr_assert_eq(blob.len, len);
    return blob;
}

SECURITY_STATUS keys_import(NCRYPT_PROV_HANDLE provider, LPCWSTR type, const struct keys_blob *blob,
        LPCWSTR name, DWORD flags, NCRYPT_KEY_HANDLE *key)
{
    NCryptBuffer buffer = { name != NULL ? keys_size(name) : 0, NCRYPTBUFFER_PKCS_KEY_NAME,
        (PVOID)(void *)name };
    NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 1, &buffer };
    return NCryptImportKey(provider, 0, type, name != NULL ? &list : NULL, key,
            (PBYTE)(void *)blob->bytes, blob->len, flags);
}

NCRYPT_KEY_HANDLE keys_public(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key)
{
    NCRYPT_KEY_HANDLE public = 0;
    struct keys_blob blob = keys_export(key, BCRYPT_PUBLIC_KEY_BLOB);
    cr_assert_ok(keys_import(provider, BCRYPT_PUBLIC_KEY_BLOB, &blob, NULL, 0, &public));
    return public;
}

struct keys_blob keys_foreign(LPCWSTR algorithm, LPCWSTR curve, DWORD bits, LPCWSTR type)
{
    struct keys_blob blob = { .len = 0 };
    BCRYPT_ALG_HANDLE provider = NULL;
    BCRYPT_KEY_HANDLE key = NULL;
    cr_assert_eq(BCryptOpenAlgorithmProvider(&provider, algorithm, NULL, 0), STATUS_SUCCESS);
    if (curve != NULL) {
        cr_assert_eq(BCryptSetProperty(provider, BCRYPT_ECC_CURVE_NAME, (PUCHAR)(void *)curve,
                             keys_size(curve), 0),
                STATUS_SUCCESS);
    }
    cr_assert_eq(BCryptGenerateKeyPair(provider, &key, bits, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptFinalizeKeyPair(key, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptExportKey(key, NULL, type, blob.bytes, sizeof(blob.bytes), &blob.len, 0),
            STATUS_SUCCESS);
    cr_assert_eq(BCryptDestroyKey(key), STATUS_SUCCESS);
    cr_assert_eq(BCryptCloseAlgorithmProvider(provider, 0), STATUS_SUCCESS);
    return blob;
}

static void note(WCHAR *to, size_t size, LPCWSTR text)
{
    memset(to, 0, size);
    if (text != NULL) {
        cr_assert_leq(keys_size(text), size);
        memcpy(to, text, keys_size(text));
    }
}

static int answer(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    struct keys_person *person = context;
    person->asked++;
    person->kind = question->Kind;
    note(person->operation, sizeof(person->operation), question->Operation);
    note(person->name, sizeof(person->name), question->KeyName);
    note(person->title, sizeof(person->title), question->Title);
    note(person->friendly, sizeof(person->friendly), question->FriendlyName);
    note(person->description, sizeof(person->description), question->Description);
    if (question->Kind == VITRINE_NCRYPT_CONFIRM) {
        return person->confirms;
    }
    if (person->secret == NULL || strlen(person->secret) > capacity) {
        return -1;
    }
    memcpy(secret, person->secret, strlen(person->secret));
    return (int)strlen(person->secret);
}

static void set_prompt(NCRYPT_PROV_HANDLE provider, VITRINE_NCRYPT_PROMPT prompt)
{
    cr_assert_ok(NCryptSetProperty(provider, VITRINE_PROMPT_PROPERTY, (PBYTE)&prompt,
            sizeof(prompt), 0));
}

void keys_ask(NCRYPT_PROV_HANDLE provider, struct keys_person *person)
{
    set_prompt(provider, (VITRINE_NCRYPT_PROMPT){ answer, person });
}

void keys_ask_nobody(NCRYPT_PROV_HANDLE provider)
{
    set_prompt(provider, (VITRINE_NCRYPT_PROMPT){ NULL, NULL });
}

SECURITY_STATUS keys_set_policy(NCRYPT_KEY_HANDLE key, DWORD flags)
{
    NCRYPT_UI_POLICY policy = { 1, flags, u"a title", u"a friendly name", u"a description" };
    return NCryptSetProperty(key, NCRYPT_UI_POLICY_PROPERTY, (PBYTE)&policy, sizeof(policy), 0);
}

/* Of a key that is not final, and goes again. */
static void refuses(LPCWSTR name, LPCWSTR property, PBYTE value, DWORD len, DWORD flags)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, name);
    cr_assert_answer(NCryptSetProperty(key, property, value, len, flags), NTE_NOT_SUPPORTED);
    keys_free(key);
    keys_free(provider);
}

static void refuses_generic_ecc(void)
{
    NCRYPT_KEY_HANDLE key = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_answer(NCryptIsAlgSupported(provider, NCRYPT_ECDH_ALGORITHM, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptCreatePersistedKey(provider, &key, NCRYPT_ECDSA_ALGORITHM, NULL, 0, 0),
            NTE_NOT_SUPPORTED);
    keys_free(provider);
}

/* The software provider lacks nothing. */
bool keys_lack(enum keys_ability ability)
{
    DWORD policy = NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG;
    NCRYPT_UI_POLICY ui = { 1, NCRYPT_UI_PROTECT_KEY_FLAG, NULL, NULL, NULL };
    if (!is_token()) {
        return false;
    }
    switch (ability) {
    case KEYS_EXPORT:
        refuses(NULL, NCRYPT_EXPORT_POLICY_PROPERTY, (PBYTE)&policy, sizeof(policy), 0);
        return true;
    case KEYS_UI:
        refuses(u"lacking", NCRYPT_UI_POLICY_PROPERTY, (PBYTE)&ui, sizeof(ui), 0);
        return true;
    case KEYS_CUSTOM:
        refuses(u"lacking", u"own", (PBYTE)&policy, sizeof(policy), NCRYPT_PERSIST_FLAG);
        return true;
    case KEYS_GENERIC_ECC:
        refuses_generic_ecc();
        return true;
    default:
        return true;
    }
}
