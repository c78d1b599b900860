/* SPDX-License-Identifier: MIT */
/* The function table of the software provider without the router in front of it: what the router would
 * have looked at is looked at here too. */
#include <dlfcn.h>

#include "ncrypt_provider.h"
#include "tests/cng/ncrypt_keys.h"

static NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table;
static NCRYPT_PROV_HANDLE provider;
static NCRYPT_KEY_HANDLE key;

static GetKeyStorageInterfaceFn get_interface(void)
{
    void *library = dlopen(getenv("SOFTWARE_KSP"), RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(library);
    void *found = dlsym(library, "GetKeyStorageInterface");
    GetKeyStorageInterfaceFn function;
    memcpy(&function, &found, sizeof(function));
    cr_assert_not_null(found);
    return function;
}

static void begin(void)
{
    keys_begin();
    cr_assert_eq(get_interface()(MS_KEY_STORAGE_PROVIDER, &table, 0), STATUS_SUCCESS);
    cr_assert_ok(table->OpenProvider(&provider, MS_KEY_STORAGE_PROVIDER, 0));
    cr_assert_ok(table->CreatePersistedKey(provider, &key, NCRYPT_ECDH_P256_ALGORITHM, NULL, 0, 0));
    cr_assert_ok(table->FinalizeKey(provider, key, 0));
}

static void end(void)
{
    cr_assert_ok(table->FreeKey(provider, key));
    cr_assert_ok(table->FreeProvider(provider));
    keys_end();
}

TestSuite(ksp_table, .init = begin, .fini = end, .timeout = 60);

Test(ksp_table, the_interface_wants_a_name_and_a_place)
{
    GetKeyStorageInterfaceFn get = get_interface();
    NCRYPT_KEY_STORAGE_FUNCTION_TABLE *again = NULL;
    cr_assert_eq(get(NULL, &again, 0), STATUS_INVALID_PARAMETER);
    cr_assert_eq(get(MS_KEY_STORAGE_PROVIDER, NULL, 0), STATUS_INVALID_PARAMETER);
    cr_assert_eq(get(MS_KEY_STORAGE_PROVIDER, &again, 1), STATUS_INVALID_PARAMETER);
    cr_assert_null(again);
    cr_assert_eq(get(MS_KEY_STORAGE_PROVIDER, &again, 0), STATUS_SUCCESS);
    cr_assert_eq(again, table);
    cr_assert_eq(table->Version.MajorVersion, 2);
    cr_assert_eq(table->Version.MinorVersion, 0);
}

Test(ksp_table, flags_and_places_of_opening)
{
    NCRYPT_PROV_HANDLE other = 0;
    cr_assert_answer(table->OpenProvider(NULL, MS_KEY_STORAGE_PROVIDER, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(table->OpenProvider(&other, MS_KEY_STORAGE_PROVIDER, 0x1), NTE_BAD_FLAGS);
    cr_assert_ok(table->OpenProvider(&other, MS_KEY_STORAGE_PROVIDER,
            NCRYPT_SILENT_FLAG | NCRYPT_IGNORE_DEVICE_STATE_FLAG));
    cr_assert_neq(other, provider);
    cr_assert_ok(table->FreeProvider(other));
    cr_assert_answer(table->FreeProvider(other), NTE_INVALID_HANDLE);
}

/* With handles of every wrong kind in both places. */
static void each_wrong(SECURITY_STATUS (*call)(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k))
{
    cr_assert_answer(call(0, key), NTE_INVALID_HANDLE);
    cr_assert_answer(call(GARBAGE, key), NTE_INVALID_HANDLE);
    cr_assert_answer(call(key, key), NTE_INVALID_HANDLE);
    cr_assert_answer(call(provider, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(call(provider, GARBAGE), NTE_INVALID_HANDLE);
    cr_assert_answer(call(provider, provider), NTE_INVALID_HANDLE);
}

static DWORD len;
static BYTE bytes[256];

static SECURITY_STATUS get_property(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->GetKeyProperty(p, k, NCRYPT_LENGTH_PROPERTY, bytes, sizeof(bytes), &len, 0);
}

static SECURITY_STATUS set_property(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->SetKeyProperty(p, k, NCRYPT_USE_CONTEXT_PROPERTY, (PBYTE)(void *)u"a", 4, 0);
}

static SECURITY_STATUS finalize(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->FinalizeKey(p, k, 0);
}

static SECURITY_STATUS delete(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->DeleteKey(p, k, 0);
}

static SECURITY_STATUS encrypt(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->Encrypt(p, k, bytes, 4, NULL, bytes, sizeof(bytes), &len, NCRYPT_PAD_PKCS1_FLAG);
}

static SECURITY_STATUS decrypt(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->Decrypt(p, k, bytes, 4, NULL, bytes, sizeof(bytes), &len, NCRYPT_PAD_PKCS1_FLAG);
}

static SECURITY_STATUS export(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->ExportKey(p, k, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, bytes, sizeof(bytes), &len, 0);
}

static SECURITY_STATUS sign(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->SignHash(p, k, NULL, bytes, 32, bytes, sizeof(bytes), &len, 0);
}

static SECURITY_STATUS verify(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->VerifySignature(p, k, NULL, bytes, 32, bytes, 64, 0);
}

static SECURITY_STATUS agree_own(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    NCRYPT_SECRET_HANDLE secret = 0;
    return table->SecretAgreement(p, k, key, &secret, 0);
}

static SECURITY_STATUS agree_peer(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    NCRYPT_SECRET_HANDLE secret = 0;
    return table->SecretAgreement(p, key, k, &secret, 0);
}

static SECURITY_STATUS derive(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->DeriveKey(p, k, BCRYPT_KDF_HASH, NULL, bytes, sizeof(bytes), &len, 0);
}

static SECURITY_STATUS key_derivation(NCRYPT_PROV_HANDLE p, NCRYPT_KEY_HANDLE k)
{
    return table->KeyDerivation(p, k, NULL, bytes, sizeof(bytes), &len, 0);
}

Test(ksp_table, handles_of_wrong_kinds_are_refused_everywhere)
{
    each_wrong(get_property);
    each_wrong(set_property);
    each_wrong(finalize);
    each_wrong(delete);
    each_wrong(encrypt);
    each_wrong(decrypt);
    each_wrong(export);
    each_wrong(sign);
    each_wrong(verify);
    each_wrong(agree_own);
    each_wrong(agree_peer);
    each_wrong(key_derivation);
    each_wrong(derive); /* whose handle is no key's, either */
    cr_assert_answer(derive(provider, key), NTE_INVALID_HANDLE);
    cr_assert_answer(table->FreeKey(provider, provider), NTE_INVALID_HANDLE);
    cr_assert_answer(table->FreeSecret(provider, key), NTE_INVALID_HANDLE);
    cr_assert_answer(table->FreeProvider(key), NTE_INVALID_HANDLE);
}

Test(ksp_table, providers_are_told_from_everything_else)
{
    NCRYPT_KEY_HANDLE other = 0;
    NCryptAlgorithmName *algorithms = NULL;
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    HANDLE event = NULL;
    const NCRYPT_PROV_HANDLE wrong[] = { 0, GARBAGE, key };
    for (size_t i = 0; i < 3; i++) {
        NCRYPT_PROV_HANDLE p = wrong[i];
        cr_assert_answer(table->OpenKey(p, &other, u"a", 0, 0), NTE_INVALID_HANDLE);
        cr_assert_answer(table->CreatePersistedKey(p, &other, NCRYPT_RSA_ALGORITHM, NULL, 0, 0),
                NTE_INVALID_HANDLE);
        cr_assert_answer(table->ImportKey(p, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, &other, bytes, 4, 0),
                NTE_INVALID_HANDLE);
        cr_assert_answer(table->GetProviderProperty(p, NCRYPT_NAME_PROPERTY, bytes, 4, &len, 0),
                NTE_INVALID_HANDLE);
        cr_assert_answer(table->SetProviderProperty(p, NCRYPT_NAME_PROPERTY, bytes, 4, 0),
                NTE_INVALID_HANDLE);
        cr_assert_answer(table->IsAlgSupported(p, NCRYPT_RSA_ALGORITHM, 0), NTE_INVALID_HANDLE);
        cr_assert_answer(table->EnumAlgorithms(p, 0, &len, &algorithms, 0), NTE_INVALID_HANDLE);
        cr_assert_answer(table->EnumKeys(p, NULL, &name, &state, 0), NTE_INVALID_HANDLE);
        cr_assert_answer(table->PromptUser(p, 0, u"use", 0), NTE_INVALID_HANDLE);
        cr_assert_answer(table->NotifyChangeKey(p, &event, 0), NTE_INVALID_HANDLE);
    }
}

Test(ksp_table, pointers_that_are_missing_are_refused)
{
    NCRYPT_KEY_HANDLE other = 0;
    NCryptAlgorithmName *algorithms = NULL;
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    const SECURITY_STATUS answers[] = {
        table->OpenKey(provider, NULL, u"a", 0, 0),
        table->OpenKey(provider, &other, NULL, 0, 0),
        table->OpenKey(provider, &other, u"a", 3, 0),
        table->CreatePersistedKey(provider, NULL, NCRYPT_RSA_ALGORITHM, NULL, 0, 0),
        table->CreatePersistedKey(provider, &other, NULL, NULL, 0, 0),
        table->ImportKey(provider, 0, NULL, NULL, &other, bytes, 4, 0),
        table->ImportKey(provider, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, NULL, bytes, 4, 0),
        table->ImportKey(provider, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, &other, NULL, 4, 0),
        table->GetProviderProperty(provider, NULL, bytes, 4, &len, 0),
        table->GetProviderProperty(provider, NCRYPT_NAME_PROPERTY, bytes, 4, NULL, 0),
        table->SetProviderProperty(provider, NULL, bytes, 4, 0),
        table->SetProviderProperty(provider, NCRYPT_USE_CONTEXT_PROPERTY, NULL, 4, 0),
        table->GetKeyProperty(provider, key, NULL, bytes, 4, &len, 0),
        table->GetKeyProperty(provider, key, NCRYPT_LENGTH_PROPERTY, bytes, 4, NULL, 0),
        table->SetKeyProperty(provider, key, NULL, bytes, 4, 0),
        table->SetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY, NULL, 4, 0),
        table->IsAlgSupported(provider, NULL, 0),
        table->EnumAlgorithms(provider, 0, NULL, &algorithms, 0),
        table->EnumAlgorithms(provider, 0, &len, NULL, 0),
        table->EnumKeys(provider, NULL, NULL, &state, 0),
        table->EnumKeys(provider, NULL, &name, NULL, 0),
        table->ExportKey(provider, key, 0, NULL, NULL, bytes, 4, &len, 0),
        table->ExportKey(provider, key, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, bytes, 4, NULL, 0),
        table->SecretAgreement(provider, key, key, NULL, 0),
        table->PromptUser(provider, key, NULL, 0),
        table->FreeBuffer(NULL),
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        cr_assert_eq(answers[i], NTE_INVALID_PARAMETER, "%zu: 0x%08x", i, (unsigned)answers[i]);
    }
}

static int say(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    (void)secret;
    (void)capacity;
    cr_assert_eq(question->Kind, VITRINE_NCRYPT_CONFIRM);
    cr_assert(keys_same(question->Operation, u"use"));
    return *(const int *)context;
}

Test(ksp_table, a_person_can_be_asked_directly)
{
    int answer = 1;
    VITRINE_NCRYPT_PROMPT prompt = { say, &answer };
    cr_assert_answer(table->PromptUser(provider, key, u"use", 0), NTE_UI_REQUIRED);
    cr_assert_answer(table->SetProviderProperty(provider, VITRINE_PROMPT_PROPERTY, (PBYTE)&prompt,
                             sizeof(prompt) - 1, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_ok(table->SetProviderProperty(provider, VITRINE_PROMPT_PROPERTY, (PBYTE)&prompt,
            sizeof(prompt), 0));
    cr_assert_ok(table->PromptUser(provider, key, u"use", 0));
    cr_assert_ok(table->PromptUser(provider, 0, u"use", 0));
    cr_assert_answer(table->PromptUser(provider, key, u"use", NCRYPT_SILENT_FLAG),
            NTE_SILENT_CONTEXT);
    cr_assert_answer(table->PromptUser(provider, key, u"use", 0x1), NTE_BAD_FLAGS);
    cr_assert_answer(table->PromptUser(provider, provider, u"use", 0), NTE_INVALID_HANDLE);
    answer = -1;
    cr_assert_answer(table->PromptUser(provider, key, u"use", 0), NTE_USER_CANCELLED);
}

Test(ksp_table, an_enumeration_keeps_its_provider)
{
    NCRYPT_PROV_HANDLE other = 0;
    NCRYPT_KEY_HANDLE kept = 0;
    NCryptKeyName *name = NULL;
    PVOID state = NULL;
    cr_assert_ok(table->CreatePersistedKey(provider, &kept, NCRYPT_ECDH_P256_ALGORITHM, u"kept", 0,
            0));
    cr_assert_ok(table->FinalizeKey(provider, kept, 0));
    cr_assert_ok(table->OpenProvider(&other, MS_KEY_STORAGE_PROVIDER, 0));
    cr_assert_ok(table->EnumKeys(other, NULL, &name, &state, 0));
    cr_assert(keys_same(name->pszName, u"kept"));
    cr_assert_ok(table->FreeProvider(other));
    cr_assert_ok(table->FreeBuffer(name));
    cr_assert_ok(table->FreeBuffer(state));
    cr_assert_ok(table->FreeKey(provider, kept));
}
