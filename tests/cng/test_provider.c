/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>
#include <unistd.h>

#include "base/irql.h"
#include "tests/cng/cng.h"

static LPCWSTR const offered[] = {
    BCRYPT_RSA_ALGORITHM,
    BCRYPT_DH_ALGORITHM,
    BCRYPT_ECDH_P256_ALGORITHM,
    BCRYPT_ECDH_P384_ALGORITHM,
    BCRYPT_ECDH_P521_ALGORITHM,
    BCRYPT_ECDH_ALGORITHM,
    BCRYPT_MD5_ALGORITHM,
    BCRYPT_SHA1_ALGORITHM,
    BCRYPT_SHA256_ALGORITHM,
    BCRYPT_SHA384_ALGORITHM,
    BCRYPT_SHA512_ALGORITHM,
    BCRYPT_SHA3_256_ALGORITHM,
    BCRYPT_SHA3_384_ALGORITHM,
    BCRYPT_SHA3_512_ALGORITHM,
    BCRYPT_AES_CMAC_ALGORITHM,
    BCRYPT_RNG_ALGORITHM,
};

enum { OFFERED = sizeof(offered) / sizeof(offered[0]) };

Test(provider, opens_every_algorithm_that_is_offered)
{
    for (size_t i = 0; i < OFFERED; i++) {
        BCRYPT_ALG_HANDLE handle = open_provider(offered[i], 0);
        close_provider(handle);
        handle = NULL;
        cr_assert_success(BCryptOpenAlgorithmProvider(&handle, offered[i], MS_PRIMITIVE_PROVIDER,
                0));
        close_provider(handle);
    }
}

Test(provider, refuses_names_that_nobody_offers)
{
    BCRYPT_ALG_HANDLE handle = GARBAGE_HANDLE;
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, u"NONSENSE", NULL, 0), STATUS_NOT_FOUND);
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, u"", NULL, 0), STATUS_NOT_FOUND);
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, u"sha256", NULL, 0), STATUS_NOT_FOUND);
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, u"SHA2567", NULL, 0), STATUS_NOT_FOUND);
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, BCRYPT_SHA256_ALGORITHM,
                             MS_PLATFORM_CRYPTO_PROVIDER, 0),
            STATUS_NOT_FOUND);
    cr_assert_eq(handle, GARBAGE_HANDLE, "a refused call leaves its output alone");
}

Test(provider, refuses_bad_pointers_and_flags)
{
    BCRYPT_ALG_HANDLE handle;
    cr_assert_status(BCryptOpenAlgorithmProvider(NULL, BCRYPT_SHA256_ALGORITHM, NULL, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, NULL, NULL, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, BCRYPT_SHA256_ALGORITHM, NULL,
                             0x80000000),
            STATUS_INVALID_PARAMETER);
}

Test(provider, refuses_flags_that_mean_nothing_to_the_algorithm)
{
    BCRYPT_ALG_HANDLE handle;
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, BCRYPT_ECDH_P256_ALGORITHM, NULL,
                             BCRYPT_ALG_HANDLE_HMAC_FLAG),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, BCRYPT_AES_CMAC_ALGORITHM, NULL,
                             BCRYPT_ALG_HANDLE_HMAC_FLAG),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptOpenAlgorithmProvider(&handle, BCRYPT_RSA_ALGORITHM, NULL,
                             BCRYPT_HASH_REUSABLE_FLAG),
            STATUS_NOT_SUPPORTED);
    close_provider(open_provider(BCRYPT_SHA256_ALGORITHM,
            BCRYPT_ALG_HANDLE_HMAC_FLAG | BCRYPT_HASH_REUSABLE_FLAG | BCRYPT_PROV_DISPATCH));
}

Test(provider, closes_only_what_is_one)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, 0);
    BCRYPT_HASH_HANDLE hash;
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, NULL, 0, 0));
    cr_assert_status(BCryptCloseAlgorithmProvider(hash, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptCloseAlgorithmProvider(NULL, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptCloseAlgorithmProvider(GARBAGE_HANDLE, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptCloseAlgorithmProvider(handle, 1), STATUS_INVALID_PARAMETER);
    close_provider(handle);
    cr_assert_status(BCryptCloseAlgorithmProvider(handle, 0), STATUS_INVALID_HANDLE);
    cr_assert_success(BCryptDestroyHash(hash));
}

Test(provider, what_was_made_with_it_outlives_it)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, 0);
    BCRYPT_HASH_HANDLE hash;
    UCHAR digest[32];
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, NULL, 0, 0));
    close_provider(handle);
    cr_assert_success(BCryptFinishHash(hash, digest, sizeof(digest), 0));
    cr_assert_success(BCryptDestroyHash(hash));
}

Test(provider, pseudo_handles_need_no_opening)
{
    UCHAR digest[32], other[32];
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, 0);
    cr_assert_success(BCryptHash(handle, NULL, 0, (PUCHAR) "abc", 3, digest, sizeof(digest)));
    cr_assert_success(BCryptHash(BCRYPT_SHA256_ALG_HANDLE, NULL, 0, (PUCHAR) "abc", 3, other,
            sizeof(other)));
    cr_assert_arr_eq(digest, other, sizeof(digest));
    cr_assert_success(BCryptHash(BCRYPT_HMAC_SHA256_ALG_HANDLE, (PUCHAR) "key", 3, (PUCHAR) "abc",
            3, other, sizeof(other)));
    cr_assert_arr_neq(digest, other, sizeof(digest));
    close_provider(handle);
}

Test(provider, pseudo_handles_are_not_closed_nor_changed)
{
    WCHAR curve[] = BCRYPT_ECC_CURVE_NISTP256;
    cr_assert_status(BCryptCloseAlgorithmProvider(BCRYPT_SHA256_ALG_HANDLE, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptSetProperty(BCRYPT_ECDH_ALG_HANDLE, BCRYPT_ECC_CURVE_NAME, (PUCHAR)curve,
                             sizeof(curve), 0),
            STATUS_NOT_SUPPORTED);
}

Test(provider, numbers_beside_the_pseudo_handles_are_none)
{
    UCHAR digest[32];
    for (ULONG_PTR value = 0; value < 0x1000; value++) {
        if (value % 0x10 != 1) {
            cr_assert_status(BCryptHash((BCRYPT_ALG_HANDLE)value, NULL, 0, NULL, 0, digest,
                                     sizeof(digest)),
                    STATUS_INVALID_HANDLE);
        }
    }
    cr_assert_status(BCryptHash((BCRYPT_ALG_HANDLE)0x40, NULL, 0, NULL, 0, digest, sizeof(digest)),
            STATUS_INVALID_HANDLE);
    /* Published, but nothing stands behind it. */
    cr_assert_status(BCryptHash(BCRYPT_MD2_ALG_HANDLE, NULL, 0, NULL, 0, digest, 16),
            STATUS_INVALID_HANDLE);
}

Test(provider, enumerates_what_can_be_opened)
{
    ULONG count = 0;
    BCRYPT_ALGORITHM_IDENTIFIER *list = NULL;
    cr_assert_success(BCryptEnumAlgorithms(0x7f, &count, &list, 0));
    cr_assert_geq(count, OFFERED);
    for (ULONG i = 0; i < count; i++) {
        close_provider(open_provider(list[i].pszName, 0));
    }
    BCryptFreeBuffer(list);
    cr_assert_success(BCryptEnumAlgorithms(BCRYPT_RNG_OPERATION, &count, &list, 0));
    cr_assert_eq(count, 1);
    cr_assert_eq(list[0].dwClass, BCRYPT_RNG_INTERFACE);
    BCryptFreeBuffer(list);
}

Test(provider, enumeration_refuses_bad_arguments)
{
    ULONG count;
    BCRYPT_ALGORITHM_IDENTIFIER *list;
    cr_assert_status(BCryptEnumAlgorithms(BCRYPT_HASH_OPERATION, NULL, &list, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptEnumAlgorithms(BCRYPT_HASH_OPERATION, &count, NULL, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptEnumAlgorithms(~0u, &count, &list, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptEnumAlgorithms(BCRYPT_HASH_OPERATION, &count, &list, 1),
            STATUS_INVALID_PARAMETER);
}

Test(provider, there_is_no_fips_mode)
{
    BOOLEAN enabled = TRUE;
    cr_assert_success(BCryptGetFipsAlgorithmMode(&enabled));
    cr_assert_eq(enabled, FALSE);
    cr_assert_status(BCryptGetFipsAlgorithmMode(NULL), STATUS_INVALID_PARAMETER);
}

/* At DISPATCH_LEVEL. */

static UCHAR unlocked[32];

static struct {
    UCHAR input[16], digest[32];
    ULONG len;
    BCRYPT_HANDLE handle;
} locked;

static void enter_dispatch(void)
{
    cr_assert(vit_irql_lock(&locked, sizeof(locked)));
    vit_irql_set(VIT_IRQL_DISPATCH);
}

static void leave_dispatch(void)
{
    vit_irql_set(VIT_IRQL_PASSIVE);
    cr_assert(vit_irql_unlock(&locked, sizeof(locked)));
}

Test(dispatch, providers_opened_for_it_work_with_locked_memory)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, BCRYPT_PROV_DISPATCH);
    enter_dispatch();
    cr_assert_success(BCryptCreateHash(handle, &locked.handle, NULL, 0, NULL, 0, 0));
    cr_assert_success(BCryptHashData(locked.handle, locked.input, sizeof(locked.input), 0));
    cr_assert_success(BCryptFinishHash(locked.handle, locked.digest, sizeof(locked.digest), 0));
    cr_assert_success(BCryptGetProperty(locked.handle, BCRYPT_HASH_LENGTH, locked.input, 4,
            &locked.len, 0));
    cr_assert_success(BCryptDestroyHash(locked.handle));
    cr_assert_success(BCryptHash(handle, NULL, 0, locked.input, sizeof(locked.input), locked.digest,
            sizeof(locked.digest)));
    leave_dispatch();
    close_provider(handle);
}

Test(dispatch, handles_of_other_providers_are_none)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, 0);
    BCRYPT_HASH_HANDLE hash;
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, NULL, 0, 0));
    enter_dispatch();
    cr_assert_status(BCryptCreateHash(handle, &locked.handle, NULL, 0, NULL, 0, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptHashData(hash, locked.input, 1, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, locked.input, 4, &locked.len, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptHash(BCRYPT_SHA256_ALG_HANDLE, NULL, 0, locked.input, 1, locked.digest,
                             sizeof(locked.digest)),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenRandom(NULL, locked.digest, 1, BCRYPT_USE_SYSTEM_PREFERRED_RNG),
            STATUS_INVALID_HANDLE);
    leave_dispatch();
    cr_assert_success(BCryptDestroyHash(hash));
    close_provider(handle);
}

Test(dispatch, unlocked_memory_is_a_bad_parameter)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, BCRYPT_PROV_DISPATCH);
    BCRYPT_ALG_HANDLE random = open_provider(BCRYPT_RNG_ALGORITHM, BCRYPT_PROV_DISPATCH);
    BCRYPT_HASH_HANDLE hash, other;
    ULONG len;
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, NULL, 0, 0));
    enter_dispatch();
    cr_assert_status(BCryptHashData(hash, unlocked, 1, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptFinishHash(hash, unlocked, 32, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptHash(handle, NULL, 0, unlocked, 1, locked.digest, 32),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, unlocked, 4, &locked.len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, locked.input, 4, &len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptCreateHash(handle, &other, NULL, 0, NULL, 0, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDuplicateHash(hash, &other, NULL, 0, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenRandom(random, unlocked, 1, 0), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptGenRandom(random, locked.digest, 1, 0));
    leave_dispatch();
    cr_assert_success(BCryptHashData(hash, unlocked, 1, 0));
    cr_assert_success(BCryptDestroyHash(hash));
    close_provider(handle);
    close_provider(random);
}

Test(dispatch, opening_and_closing_are_for_passive_level)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, BCRYPT_PROV_DISPATCH);
    BCRYPT_ALG_HANDLE other = NULL;
    vit_irql_set(VIT_IRQL_DISPATCH);
    cr_assert_status(BCryptOpenAlgorithmProvider(&other, BCRYPT_SHA256_ALGORITHM, NULL, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptCloseAlgorithmProvider(handle, 0), STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptGetFipsAlgorithmMode(&unlocked[0]), STATUS_INVALID_PARAMETER);
    vit_irql_set(VIT_IRQL_PASSIVE);
    close_provider(handle);
}

Test(dispatch, keys_follow_their_provider)
{
    BCRYPT_ALG_HANDLE allowed = open_provider(BCRYPT_RSA_ALGORITHM, BCRYPT_PROV_DISPATCH);
    BCRYPT_ALG_HANDLE other = open_provider(BCRYPT_RSA_ALGORITHM, 0);
    BCRYPT_KEY_HANDLE key, passive, place;
    static UCHAR block[64];
    cr_assert_success(BCryptGenerateKeyPair(allowed, &key, 512, 0));
    cr_assert_success(BCryptGenerateKeyPair(other, &passive, 512, 0));
    cr_assert_success(BCryptFinalizeKeyPair(passive, 0));
    enter_dispatch();
    cr_assert(vit_irql_lock(block, sizeof(block)));
    cr_assert_success(BCryptFinalizeKeyPair(key, 0));
    cr_assert_success(BCryptEncrypt(key, locked.input, 16, NULL, NULL, 0, block, sizeof(block),
            &locked.len, BCRYPT_PAD_PKCS1));
    cr_assert_status(BCryptEncrypt(key, unlocked, 16, NULL, NULL, 0, block, sizeof(block),
                             &locked.len, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptEncrypt(passive, locked.input, 16, NULL, NULL, 0, block, sizeof(block),
                             &locked.len, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDestroyKey(passive), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDuplicateKey(key, &place, NULL, 0, 0), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDuplicateKey(key, &locked.handle, NULL, 0, 0));
    cr_assert_success(BCryptDestroyKey(locked.handle));
    cr_assert_success(BCryptDestroyKey(key));
    cr_assert(vit_irql_unlock(block, sizeof(block)));
    leave_dispatch();
    cr_assert_success(BCryptDestroyKey(passive));
    close_provider(allowed);
    close_provider(other);
}

static BCRYPT_KEY_HANDLE make_key(BCRYPT_ALG_HANDLE provider)
{
    BCRYPT_KEY_HANDLE key;
    cr_assert_success(BCryptGenerateKeyPair(provider, &key, 256, 0));
    cr_assert_success(BCryptFinalizeKeyPair(key, 0));
    return key;
}

Test(dispatch, keys_agree_there_when_both_may)
{
    BCRYPT_ALG_HANDLE allowed = open_provider(BCRYPT_ECDH_P256_ALGORITHM, BCRYPT_PROV_DISPATCH);
    BCRYPT_KEY_HANDLE key = make_key(allowed), passive = make_key(BCRYPT_ECDH_P256_ALG_HANDLE);
    BCRYPT_SECRET_HANDLE place, passive_secret;
    LPCWSTR raw = BCRYPT_KDF_RAW_SECRET;
    cr_assert_success(BCryptSecretAgreement(passive, key, &passive_secret, 0));
    enter_dispatch();
    cr_assert_status(BCryptSecretAgreement(passive, key, &locked.handle, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptSecretAgreement(key, passive, &locked.handle, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptSecretAgreement(key, key, &place, 0), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptSecretAgreement(key, key, &locked.handle, 0));
    cr_assert_status(BCryptDeriveKey(passive_secret, raw, NULL, locked.digest, 32, &locked.len, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDeriveKey(locked.handle, raw, NULL, unlocked, 32, &locked.len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDeriveKey(locked.handle, raw, NULL, locked.digest, 32, &locked.len, 0));
    cr_assert_status(BCryptDestroySecret(passive_secret), STATUS_INVALID_HANDLE);
    cr_assert_success(BCryptDestroySecret(locked.handle));
    leave_dispatch();
    cr_assert_success(BCryptDestroySecret(passive_secret));
    cr_assert_success(BCryptDestroyKey(passive));
    cr_assert_success(BCryptDestroyKey(key));
    close_provider(allowed);
}

/* Agreed secrets are in pages that a child does not inherit. */
static int work_in_child(BCRYPT_ALG_HANDLE provider, BCRYPT_KEY_HANDLE key)
{
    BCRYPT_SECRET_HANDLE secret;
    UCHAR bytes[32];
    ULONG len;
    if (BCryptSecretAgreement(key, key, &secret, 0) != STATUS_INVALID_HANDLE ||
            BCryptCloseAlgorithmProvider(provider, 0) != STATUS_INVALID_HANDLE) {
        return 1;
    }
    bool works = NT_SUCCESS(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDH_P256_ALGORITHM, NULL,
                         0)) &&
            NT_SUCCESS(BCryptGenerateKeyPair(provider, &key, 256, 0)) &&
            NT_SUCCESS(BCryptFinalizeKeyPair(key, 0)) &&
            NT_SUCCESS(BCryptSecretAgreement(key, key, &secret, 0)) &&
            NT_SUCCESS(BCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, bytes, sizeof(bytes),
                    &len, 0));
    return works ? 0 : 2;
}

Test(provider, a_child_has_no_handles_and_can_make_its_own)
{
    BCRYPT_ALG_HANDLE provider = open_provider(BCRYPT_ECDH_P256_ALGORITHM, 0);
    BCRYPT_KEY_HANDLE key = make_key(provider);
    BCRYPT_SECRET_HANDLE secret;
    int status = -1;
    cr_assert_success(BCryptSecretAgreement(key, key, &secret, 0));
    pid_t child = fork();
    cr_assert_neq(child, -1);
    if (child == 0) {
        _exit(work_in_child(provider, key));
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    cr_assert_success(BCryptDestroySecret(secret));
    cr_assert_success(BCryptDestroyKey(key));
    close_provider(provider);
}
