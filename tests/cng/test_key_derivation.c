/* SPDX-License-Identifier: MIT */
/* Keys out of keys: BCryptKeyDerivation and the algorithms for it. */
#include "base/irql.h"
#include "tests/cng/agreement.h"
#include "tests/cng/cng.h"

enum { MAX_BUFFERS = 8 };

struct list {
    BCryptBuffer buffers[MAX_BUFFERS];
    BCryptBufferDesc desc;
};

static UCHAR secret[] = "key derivation key";
static UCHAR label[] = "label";
static UCHAR context[] = "context";
static UCHAR seed[64];
static WCHAR sha256[] = BCRYPT_SHA256_ALGORITHM;

static void add(struct list *list, ULONG type, void *bytes, ULONG len)
{
    cr_assert_lt(list->desc.cBuffers, MAX_BUFFERS);
    list->desc.pBuffers = list->buffers;
    list->buffers[list->desc.cBuffers++] = (BCryptBuffer){ len, type, bytes };
}

static BCRYPT_KEY_HANDLE key_of(BCRYPT_ALG_HANDLE provider)
{
    BCRYPT_KEY_HANDLE key = NULL;
    cr_assert_success(BCryptGenerateSymmetricKey(provider, &key, NULL, 0, secret,
            sizeof(secret) - 1, 0));
    cr_assert_not_null(key);
    return key;
}

static NTSTATUS derive(BCRYPT_KEY_HANDLE key, struct list *list, UCHAR *out, ULONG len)
{
    ULONG made = 0;
    NTSTATUS status = BCryptKeyDerivation(key, &list->desc, out, len, &made, 0);
    if (NT_SUCCESS(status)) {
        cr_assert_eq(made, len);
    }
    return status;
}

static bool begins(LPCWSTR name, LPCWSTR with)
{
    while (*with != 0 && *name == *with) {
        name++;
        with++;
    }
    return *with == 0;
}

/* What an algorithm needs, and nothing else. */
static void need_all(LPCWSTR name, struct list *list)
{
    memset(list, 0, sizeof(*list));
    if (!begins(name, BCRYPT_TLS1_1_KDF_ALGORITHM)) {
        add(list, KDF_HASH_ALGORITHM, sha256, sizeof(sha256));
    }
    if (name[0] == 'T') {
        add(list, KDF_TLS_PRF_LABEL, label, 5);
        add(list, KDF_TLS_PRF_SEED, seed, sizeof(seed));
    } else if (begins(name, u"SP800_1")) {
        add(list, KDF_LABEL, label, 5);
        add(list, KDF_CONTEXT, context, 7);
    } else if (begins(name, u"SP800_5")) {
        add(list, KDF_ALGORITHMID, label, 5);
        add(list, KDF_PARTYUINFO, context, 7);
        add(list, KDF_PARTYVINFO, context, 3);
    }
}

static const struct {
    LPCWSTR name;
    BCRYPT_ALG_HANDLE handle;
    ULONG needed; /* so many buffers of need_all() may not be left out */
} algorithms[] = {
    { BCRYPT_SP800108_CTR_HMAC_ALGORITHM, BCRYPT_SP800108_CTR_HMAC_ALG_HANDLE, 3 },
    { BCRYPT_SP80056A_CONCAT_ALGORITHM, BCRYPT_SP80056A_CONCAT_ALG_HANDLE, 4 },
    { BCRYPT_PBKDF2_ALGORITHM, BCRYPT_PBKDF2_ALG_HANDLE, 1 },
    { BCRYPT_CAPI_KDF_ALGORITHM, BCRYPT_CAPI_KDF_ALG_HANDLE, 1 },
    { BCRYPT_TLS1_1_KDF_ALGORITHM, BCRYPT_TLS1_1_KDF_ALG_HANDLE, 2 },
    { BCRYPT_TLS1_2_KDF_ALGORITHM, BCRYPT_TLS1_2_KDF_ALG_HANDLE, 3 },
};

enum { ALGORITHM_COUNT = sizeof(algorithms) / sizeof(algorithms[0]) };

Test(key_derivation, names_and_pseudo_handles_derive_the_same)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        UCHAR one[48] = { 0 }, other[48] = { 0 }, none[48] = { 0 };
        struct list list;
        need_all(algorithms[i].name, &list);
        BCRYPT_ALG_HANDLE provider = open_provider(algorithms[i].name, 0);
        cr_assert_eq(ulong_property(provider, BCRYPT_PRIMITIVE_TYPE),
                BCRYPT_KEY_DERIVATION_INTERFACE);
        BCRYPT_KEY_HANDLE key = key_of(provider), pseudo = key_of(algorithms[i].handle);
        cr_assert_success(derive(key, &list, one, sizeof(one)));
        cr_assert_success(derive(pseudo, &list, other, sizeof(other)));
        cr_assert_arr_eq(one, other, sizeof(one));
        cr_assert_arr_neq(one, none, sizeof(one));
        cr_assert_success(BCryptDestroyKey(key));
        cr_assert_success(BCryptDestroyKey(pseudo));
        close_provider(provider);
    }
}

Test(key_derivation, required_parameters_must_be_there)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        UCHAR out[32];
        BCRYPT_KEY_HANDLE key = key_of(algorithms[i].handle);
        for (ULONG without = 0; without < algorithms[i].needed; without++) {
            struct list list;
            need_all(algorithms[i].name, &list);
            cr_assert_eq(list.desc.cBuffers, algorithms[i].needed);
            list.buffers[without] = list.buffers[--list.desc.cBuffers];
            cr_assert_status(derive(key, &list, out, sizeof(out)), STATUS_INVALID_PARAMETER);
        }
        ULONG made;
        cr_assert_status(BCryptKeyDerivation(key, NULL, out, sizeof(out), &made, 0),
                STATUS_INVALID_PARAMETER);
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(key_derivation, unknown_hashes_are_not_supported)
{
    static WCHAR wrong[2][8] = { u"INVALID", u"RNG" };
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        UCHAR out[32];
        BCRYPT_KEY_HANDLE key = key_of(algorithms[i].handle);
        for (int j = 0; j < 2; j++) {
            struct list list;
            need_all(algorithms[i].name, &list);
            add(&list, KDF_HASH_ALGORITHM, wrong[j], sizeof(wrong[j]));
            cr_assert_status(derive(key, &list, out, sizeof(out)), STATUS_NOT_SUPPORTED);
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(key_derivation, refuses_bad_arguments)
{
    UCHAR out[32];
    ULONG made = 0;
    struct list list;
    need_all(BCRYPT_PBKDF2_ALGORITHM, &list);
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_PBKDF2_ALG_HANDLE);
    cr_assert_status(BCryptKeyDerivation(NULL, &list.desc, out, 32, &made, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptKeyDerivation(GARBAGE_HANDLE, &list.desc, out, 32, &made, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptKeyDerivation(key, &list.desc, NULL, 32, &made, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptKeyDerivation(key, &list.desc, out, 0, &made, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptKeyDerivation(key, &list.desc, out, 32, NULL, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptKeyDerivation(key, &list.desc, out, 32, &made, 1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptKeyDerivation(key, &list.desc, out, 32, &made, BCRYPT_CAPI_AES_FLAG),
            STATUS_INVALID_PARAMETER);
    list.buffers[0].pvBuffer = NULL;
    cr_assert_status(BCryptKeyDerivation(key, &list.desc, out, 32, &made, 0),
            STATUS_INVALID_PARAMETER);
    list.desc.pBuffers = NULL;
    cr_assert_status(BCryptKeyDerivation(key, &list.desc, out, 32, &made, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_eq(made, 0);
    cr_assert_success(BCryptDestroyKey(key));
    cr_assert_status(BCryptKeyDerivation(key, &list.desc, out, 32, &made, 0),
            STATUS_INVALID_HANDLE);
}

Test(key_derivation, only_keys_for_it_derive)
{
    UCHAR out[32], bytes[16] = { 1 };
    ULONG made;
    struct list list;
    need_all(BCRYPT_PBKDF2_ALGORITHM, &list);
    BCRYPT_KEY_HANDLE aes = NULL, pair = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    cr_assert_success(BCryptGenerateSymmetricKey(BCRYPT_AES_CBC_ALG_HANDLE, &aes, NULL, 0, bytes,
            16, 0));
    cr_assert_status(BCryptKeyDerivation(aes, &list.desc, out, 32, &made, 0), STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptKeyDerivation(pair, &list.desc, out, 32, &made, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(aes));
    cr_assert_success(BCryptDestroyKey(pair));
}

Test(key_derivation, such_keys_do_nothing_else)
{
    UCHAR bytes[64] = { 0 };
    ULONG made;
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_HKDF_ALG_HANDLE), other = NULL;
    BCRYPT_SECRET_HANDLE agreed = NULL;
    cr_assert_status(BCryptEncrypt(key, bytes, 16, NULL, NULL, 0, bytes, 64, &made, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptDecrypt(key, bytes, 16, NULL, NULL, 0, bytes, 64, &made, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptSignHash(key, NULL, bytes, 32, bytes, 64, &made, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptVerifySignature(key, NULL, bytes, 32, bytes, 64, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptSecretAgreement(key, key, &agreed, 0), STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptFinalizeKeyPair(key, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenerateKeyPair(BCRYPT_HKDF_ALG_HANDLE, &other, 256, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(key));
}

/* What KDF_GENERIC_PARAMETER stands for. */
Test(key_derivation, a_generic_parameter_replaces_the_others)
{
    UCHAR one[40], other[40], together[16];
    struct list list;
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_SP800108_CTR_HMAC_ALG_HANDLE);
    need_all(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &list);
    cr_assert_success(derive(key, &list, one, sizeof(one)));
    memcpy(together, "label\0context", 13);
    list = (struct list){ 0 };
    add(&list, KDF_HASH_ALGORITHM, sha256, sizeof(sha256));
    add(&list, KDF_GENERIC_PARAMETER, together, 13);
    cr_assert_success(derive(key, &list, other, sizeof(other)));
    cr_assert_arr_eq(one, other, sizeof(one));
    cr_assert_success(BCryptDestroyKey(key));

    key = key_of(BCRYPT_SP80056A_CONCAT_ALG_HANDLE);
    need_all(BCRYPT_SP80056A_CONCAT_ALGORITHM, &list);
    cr_assert_success(derive(key, &list, one, sizeof(one)));
    memcpy(together, "labelcontextcon", 15);
    list = (struct list){ 0 };
    add(&list, KDF_HASH_ALGORITHM, sha256, sizeof(sha256));
    add(&list, KDF_GENERIC_PARAMETER, together, 15);
    cr_assert_success(derive(key, &list, other, sizeof(other)));
    cr_assert_arr_eq(one, other, sizeof(one));
    cr_assert_success(BCryptDestroyKey(key));

    key = key_of(BCRYPT_PBKDF2_ALG_HANDLE);
    need_all(BCRYPT_PBKDF2_ALGORITHM, &list);
    add(&list, KDF_SALT, label, 5);
    cr_assert_success(derive(key, &list, one, sizeof(one)));
    list.buffers[1].BufferType = KDF_GENERIC_PARAMETER;
    cr_assert_success(derive(key, &list, other, sizeof(other)));
    cr_assert_arr_eq(one, other, sizeof(one));
    cr_assert_success(BCryptDestroyKey(key));
}

Test(key_derivation, optional_parameters_count)
{
    UCHAR one[32], other[32];
    struct list list;
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_SP80056A_CONCAT_ALG_HANDLE);
    need_all(BCRYPT_SP80056A_CONCAT_ALGORITHM, &list);
    cr_assert_success(derive(key, &list, one, sizeof(one)));
    add(&list, KDF_SUPPPUBINFO, label, 2);
    cr_assert_success(derive(key, &list, other, sizeof(other)));
    cr_assert_arr_neq(one, other, sizeof(one));
    add(&list, KDF_SUPPPRIVINFO, label, 2);
    cr_assert_success(derive(key, &list, one, sizeof(one)));
    cr_assert_arr_neq(one, other, sizeof(one));
    cr_assert_success(BCryptDestroyKey(key));
}

static void derive_times(BCRYPT_KEY_HANDLE key, void *count, ULONG len, UCHAR out[32])
{
    struct list list;
    need_all(BCRYPT_PBKDF2_ALGORITHM, &list);
    add(&list, KDF_SALT, label, 5);
    if (count != NULL) {
        add(&list, KDF_ITERATION_COUNT, count, len);
    }
    cr_assert_success(derive(key, &list, out, 32));
}

Test(key_derivation, pbkdf2_counts_to_10000_unless_told)
{
    UCHAR one[32], other[32];
    ULONGLONG wide = 10000, few = 7;
    ULONG narrow = 10000, none = 0;
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_PBKDF2_ALG_HANDLE);
    derive_times(key, NULL, 0, one);
    derive_times(key, &wide, sizeof(wide), other);
    cr_assert_arr_eq(one, other, 32);
    derive_times(key, &narrow, sizeof(narrow), other);
    cr_assert_arr_eq(one, other, 32);
    derive_times(key, &few, sizeof(few), other);
    cr_assert_arr_neq(one, other, 32);
    cr_assert_success(BCryptDeriveKeyPBKDF2(BCRYPT_HMAC_SHA256_ALG_HANDLE, secret,
            sizeof(secret) - 1, label, 5, few, one, 32, 0));
    cr_assert_arr_eq(one, other, 32);

    struct list list;
    need_all(BCRYPT_PBKDF2_ALGORITHM, &list);
    add(&list, KDF_ITERATION_COUNT, &none, sizeof(none));
    cr_assert_status(derive(key, &list, one, 32), STATUS_INVALID_PARAMETER);
    list.buffers[1] = (BCryptBuffer){ 3, KDF_ITERATION_COUNT, &wide };
    cr_assert_status(derive(key, &list, one, 32), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(key_derivation, capi_is_the_digest_or_twice_as_long)
{
    UCHAR one[64], other[64];
    ULONG made = 0;
    struct list list;
    need_all(BCRYPT_CAPI_KDF_ALGORITHM, &list);
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_CAPI_KDF_ALG_HANDLE);
    BCRYPT_HASH_HANDLE hash = NULL;
    cr_assert_success(derive(key, &list, one, 32));
    cr_assert_success(BCryptHash(BCRYPT_SHA256_ALG_HANDLE, NULL, 0, secret, sizeof(secret) - 1,
            other, 32));
    cr_assert_arr_eq(one, other, 32);

    cr_assert_success(derive(key, &list, one, 64));
    cr_assert_success(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, &hash, NULL, 0, NULL, 0, 0));
    cr_assert_success(BCryptHashData(hash, secret, sizeof(secret) - 1, 0));
    cr_assert_success(BCryptDeriveKeyCapi(hash, NULL, other, 64, 0));
    cr_assert_arr_eq(one, other, 64);
    cr_assert_success(BCryptDestroyHash(hash));

    cr_assert_success(BCryptKeyDerivation(key, &list.desc, other, 32, &made, BCRYPT_CAPI_AES_FLAG));
    cr_assert_eq(made, 32);
    cr_assert_arr_eq(one, other, 32, "expanded though the digest is long enough");
    UCHAR more[65];
    cr_assert_status(derive(key, &list, more, sizeof(more)), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyKey(key));
}

/* Twice the digest's length of zeros and ones, as published for keys of AES. */
Test(key_derivation, the_legacy_function_expands_for_aes)
{
    static const struct {
        BCRYPT_ALG_HANDLE hash;
        ULONG len;
        BOOL expands;
    } cases[] = { { BCRYPT_SHA1_ALG_HANDLE, 20, TRUE }, { BCRYPT_MD5_ALG_HANDLE, 16, TRUE },
        { BCRYPT_SHA256_ALG_HANDLE, 32, FALSE }, { BCRYPT_SHA384_ALG_HANDLE, 48, FALSE } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        UCHAR keys[3][128];
        BCRYPT_ALG_HANDLE targets[3] = { NULL, BCRYPT_AES_CBC_ALG_HANDLE, NULL };
        for (int j = 0; j < 3; j++) {
            BCRYPT_HASH_HANDLE hash = NULL;
            cr_assert_success(BCryptCreateHash(cases[i].hash, &hash, NULL, 0, NULL, 0, 0));
            cr_assert_success(BCryptHashData(hash, secret, sizeof(secret), 0));
            ULONG len = j == 2 ? 2 * cases[i].len : cases[i].len;
            cr_assert_success(BCryptDeriveKeyCapi(hash, targets[j], keys[j], len, 0));
            cr_assert_success(BCryptDestroyHash(hash));
        }
        int plain = memcmp(keys[0], keys[1], cases[i].len);
        int expanded = memcmp(keys[2], keys[1], cases[i].len);
        cr_assert_eq(plain != 0, cases[i].expands);
        cr_assert_eq(expanded == 0, cases[i].expands);
    }
}

static NTSTATUS tell(BCRYPT_KEY_HANDLE key, LPCWSTR name, void *bytes, ULONG len)
{
    return BCryptSetProperty(key, name, bytes, len, 0);
}

Test(key_derivation, hkdf_is_told_its_hash_and_salt_by_properties)
{
    UCHAR one[42], other[42];
    struct list list = { 0 };
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_HKDF_ALG_HANDLE);
    cr_assert_status(derive(key, &list, one, 42), STATUS_INVALID_PARAMETER);
    cr_assert_status(tell(key, BCRYPT_HKDF_SALT_AND_FINALIZE, label, 5), STATUS_INVALID_PARAMETER);
    cr_assert_status(tell(key, BCRYPT_HKDF_HASH_ALGORITHM, (void *)u"RNG", 8),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(tell(key, BCRYPT_HKDF_HASH_ALGORITHM, sha256, sizeof(sha256)));
    cr_assert_status(derive(key, &list, one, 42), STATUS_INVALID_PARAMETER);
    cr_assert_success(tell(key, BCRYPT_HKDF_SALT_AND_FINALIZE, label, 5));
    cr_assert_status(tell(key, BCRYPT_HKDF_SALT_AND_FINALIZE, label, 5), STATUS_INVALID_PARAMETER);
    cr_assert_success(derive(key, &list, one, 42));
    add(&list, KDF_HKDF_INFO, context, 7);
    cr_assert_success(derive(key, &list, other, 42));
    cr_assert_arr_neq(one, other, 42);
    static UCHAR much[255 * 32 + 1];
    cr_assert_success(derive(key, &list, much, sizeof(much) - 1));
    cr_assert_status(derive(key, &list, much, sizeof(much)), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(key_derivation, hkdf_takes_the_key_itself_as_prk)
{
    UCHAR one[42], other[42];
    struct list list = { 0 };
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_HKDF_ALG_HANDLE), again = key_of(BCRYPT_HKDF_ALG_HANDLE);
    cr_assert_success(tell(key, BCRYPT_HKDF_HASH_ALGORITHM, sha256, sizeof(sha256)));
    cr_assert_status(tell(key, BCRYPT_HKDF_PRK_AND_FINALIZE, label, 5), STATUS_INVALID_PARAMETER);
    cr_assert_success(tell(key, BCRYPT_HKDF_PRK_AND_FINALIZE, NULL, 0));
    cr_assert_success(derive(key, &list, one, 42));
    cr_assert_success(tell(again, BCRYPT_HKDF_HASH_ALGORITHM, sha256, sizeof(sha256)));
    cr_assert_success(tell(again, BCRYPT_HKDF_SALT_AND_FINALIZE, NULL, 0));
    cr_assert_success(derive(again, &list, other, 42));
    cr_assert_arr_neq(one, other, 42);
    cr_assert_success(BCryptDestroyKey(key));
    cr_assert_success(BCryptDestroyKey(again));
}

Test(key_derivation, a_duplicate_goes_on_from_what_was_told)
{
    UCHAR one[42], other[42];
    struct list list = { 0 };
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_HKDF_ALG_HANDLE), early = NULL, late = NULL;
    cr_assert_success(tell(key, BCRYPT_HKDF_HASH_ALGORITHM, sha256, sizeof(sha256)));
    cr_assert_success(BCryptDuplicateKey(key, &early, NULL, 0, 0));
    cr_assert_success(tell(key, BCRYPT_HKDF_SALT_AND_FINALIZE, label, 5));
    cr_assert_success(BCryptDuplicateKey(key, &late, NULL, 0, 0));
    cr_assert_success(derive(key, &list, one, 42));
    cr_assert_success(BCryptDestroyKey(key));
    cr_assert_success(derive(late, &list, other, 42));
    cr_assert_arr_eq(one, other, 42);
    cr_assert_status(derive(early, &list, other, 42), STATUS_INVALID_PARAMETER);
    cr_assert_success(tell(early, BCRYPT_HKDF_SALT_AND_FINALIZE, context, 7));
    cr_assert_success(derive(early, &list, other, 42));
    cr_assert_arr_neq(one, other, 42);
    cr_assert_success(BCryptDestroyKey(early));
    cr_assert_success(BCryptDestroyKey(late));
}

Test(key_derivation, only_hkdf_is_told_anything)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = key_of(algorithms[i].handle);
        ULONG len;
        cr_assert_status(tell(key, BCRYPT_HKDF_HASH_ALGORITHM, sha256, sizeof(sha256)),
                STATUS_NOT_SUPPORTED);
        cr_assert_eq(ulong_property(key, BCRYPT_KEY_LENGTH), 8 * (sizeof(secret) - 1));
        cr_assert_geq(ulong_property(key, BCRYPT_OBJECT_LENGTH), 1);
        cr_assert_status(BCryptGetProperty(key, BCRYPT_CHAINING_MODE, NULL, 0, &len, 0),
                STATUS_NOT_SUPPORTED);
        cr_assert_success(BCryptDestroyKey(key));
    }
    cr_assert_status(tell(BCRYPT_HKDF_ALG_HANDLE, BCRYPT_HKDF_HASH_ALGORITHM, sha256,
                             sizeof(sha256)),
            STATUS_NOT_SUPPORTED);
}

Test(key_derivation, a_key_may_be_empty)
{
    UCHAR one[32], other[32];
    struct list list;
    BCRYPT_KEY_HANDLE key = NULL;
    need_all(BCRYPT_PBKDF2_ALGORITHM, &list);
    cr_assert_success(BCryptGenerateSymmetricKey(BCRYPT_PBKDF2_ALG_HANDLE, &key, NULL, 0, NULL, 0,
            0));
    cr_assert_success(derive(key, &list, one, 32));
    cr_assert_success(BCryptDeriveKeyPBKDF2(BCRYPT_HMAC_SHA256_ALG_HANDLE, NULL, 0, NULL, 0, 10000,
            other, 32, 0));
    cr_assert_arr_eq(one, other, 32);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(key_derivation, at_dispatch_level_parameters_must_be_locked)
{
    static struct {
        struct list list;
        UCHAR out[32], label[8];
        ULONG made;
        WCHAR hash[8];
    } locked = { .label = "label", .hash = BCRYPT_SHA256_ALGORITHM };
    BCRYPT_ALG_HANDLE provider =
            open_provider(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, BCRYPT_PROV_DISPATCH);
    BCRYPT_KEY_HANDLE key = key_of(provider), plain = key_of(BCRYPT_SP800108_CTR_HMAC_ALG_HANDLE);
    add(&locked.list, KDF_HASH_ALGORITHM, locked.hash, sizeof(locked.hash));
    add(&locked.list, KDF_LABEL, locked.label, 5);
    add(&locked.list, KDF_CONTEXT, locked.label, 5);
    cr_assert(vit_irql_lock(&locked, sizeof(locked)));
    vit_irql_set(VIT_IRQL_DISPATCH);
    NTSTATUS done = BCryptKeyDerivation(key, &locked.list.desc, locked.out, 32, &locked.made, 0);
    NTSTATUS other = BCryptKeyDerivation(plain, &locked.list.desc, locked.out, 32, &locked.made, 0);
    locked.list.buffers[2].pvBuffer = context;
    NTSTATUS unlocked =
            BCryptKeyDerivation(key, &locked.list.desc, locked.out, 32, &locked.made, 0);
    vit_irql_set(VIT_IRQL_PASSIVE);
    cr_assert_eq(done, STATUS_SUCCESS);
    cr_assert_eq(other, STATUS_INVALID_HANDLE);
    cr_assert_eq(unlocked, STATUS_INVALID_PARAMETER);
    cr_assert(vit_irql_unlock(&locked, sizeof(locked)));
    cr_assert_success(BCryptDestroyKey(plain));
    cr_assert_success(BCryptDestroyKey(key));
    close_provider(provider);
}
