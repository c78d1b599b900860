/* SPDX-License-Identifier: MIT */
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

static UCHAR locked_input[16], locked_digest[32], unlocked[32];

static void enter_dispatch(void)
{
    cr_assert(vit_irql_lock(locked_input, sizeof(locked_input)));
    cr_assert(vit_irql_lock(locked_digest, sizeof(locked_digest)));
    vit_irql_set(VIT_IRQL_DISPATCH);
}

static void leave_dispatch(void)
{
    vit_irql_set(VIT_IRQL_PASSIVE);
    cr_assert(vit_irql_unlock(locked_input, sizeof(locked_input)));
    cr_assert(vit_irql_unlock(locked_digest, sizeof(locked_digest)));
}

Test(dispatch, providers_opened_for_it_work_with_locked_memory)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, BCRYPT_PROV_DISPATCH);
    BCRYPT_HASH_HANDLE hash;
    ULONG len;
    enter_dispatch();
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, NULL, 0, 0));
    cr_assert_success(BCryptHashData(hash, locked_input, sizeof(locked_input), 0));
    cr_assert_success(BCryptFinishHash(hash, locked_digest, sizeof(locked_digest), 0));
    cr_assert_success(BCryptGetProperty(hash, BCRYPT_HASH_LENGTH, locked_input, 4, &len, 0));
    cr_assert_success(BCryptDestroyHash(hash));
    cr_assert_success(BCryptHash(handle, NULL, 0, locked_input, sizeof(locked_input), locked_digest,
            sizeof(locked_digest)));
    leave_dispatch();
    close_provider(handle);
}

Test(dispatch, handles_of_other_providers_are_none)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, 0);
    BCRYPT_HASH_HANDLE hash, other;
    ULONG len;
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, NULL, 0, 0));
    enter_dispatch();
    cr_assert_status(BCryptCreateHash(handle, &other, NULL, 0, NULL, 0, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptHashData(hash, locked_input, 1, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, locked_input, 4, &len, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptHash(BCRYPT_SHA256_ALG_HANDLE, NULL, 0, locked_input, 1, locked_digest,
                             sizeof(locked_digest)),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenRandom(NULL, locked_digest, 1, BCRYPT_USE_SYSTEM_PREFERRED_RNG),
            STATUS_INVALID_HANDLE);
    leave_dispatch();
    cr_assert_success(BCryptDestroyHash(hash));
    close_provider(handle);
}

Test(dispatch, unlocked_memory_is_a_bad_parameter)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, BCRYPT_PROV_DISPATCH);
    BCRYPT_ALG_HANDLE random = open_provider(BCRYPT_RNG_ALGORITHM, BCRYPT_PROV_DISPATCH);
    BCRYPT_HASH_HANDLE hash;
    ULONG len;
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, NULL, 0, 0));
    enter_dispatch();
    cr_assert_status(BCryptHashData(hash, unlocked, 1, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptFinishHash(hash, unlocked, 32, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptHash(handle, NULL, 0, unlocked, 1, locked_digest, 32),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, unlocked, 4, &len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenRandom(random, unlocked, 1, 0), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptGenRandom(random, locked_digest, 1, 0));
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
    vit_irql_set(VIT_IRQL_PASSIVE);
    close_provider(handle);
}
