/* SPDX-License-Identifier: MIT */
#include "base/irql.h"
#include "tests/cng/agreement.h"

static BCRYPT_KEY_HANDLE rsa_key(void)
{
    return generate_key(BCRYPT_RSA_ALG_HANDLE, 1024);
}

Test(agreement, a_bad_private_key_is_said_before_a_bad_public_one_and_before_all_else)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    BCRYPT_SECRET_HANDLE secret = (BCRYPT_SECRET_HANDLE)1;
    assert_status(BCryptSecretAgreement(NULL, key, &secret, 0), STATUS_INVALID_HANDLE);
    assert_status(BCryptSecretAgreement(key, NULL, &secret, 0), STATUS_INVALID_HANDLE);
    assert_status(BCryptSecretAgreement(key, NULL, NULL, 7), STATUS_INVALID_HANDLE);
    assert_status(BCryptSecretAgreement(key, key, NULL, 0), STATUS_INVALID_PARAMETER);
    assert_status(BCryptSecretAgreement(key, key, &secret, 1), STATUS_INVALID_PARAMETER);
    assert_status(BCryptSecretAgreement(BCRYPT_ECDH_P256_ALG_HANDLE, key, &secret, 0),
            STATUS_INVALID_HANDLE);
    assert_status(BCryptSecretAgreement((BCRYPT_KEY_HANDLE)0x123456789abcdef0, key, &secret, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_eq(secret, (BCRYPT_SECRET_HANDLE)1);
    assert_success(BCryptDestroyKey(key));
    assert_status(BCryptSecretAgreement(key, key, &secret, 0), STATUS_INVALID_HANDLE);
}

Test(agreement, a_key_that_is_not_final_is_none)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256), open;
    BCRYPT_SECRET_HANDLE secret;
    assert_success(BCryptGenerateKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, &open, 256, 0));
    assert_status(BCryptSecretAgreement(open, key, &secret, 0), STATUS_INVALID_HANDLE);
    assert_status(BCryptSecretAgreement(key, open, &secret, 0), STATUS_INVALID_HANDLE);
    assert_success(BCryptDestroyKey(open));
    assert_success(BCryptDestroyKey(key));
}

Test(agreement, a_key_of_another_kind_cannot_agree)
{
    BCRYPT_KEY_HANDLE ecdh = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256), rsa = rsa_key();
    BCRYPT_SECRET_HANDLE secret;
    assert_status(BCryptSecretAgreement(rsa, ecdh, &secret, 0), STATUS_NOT_SUPPORTED);
    assert_status(BCryptSecretAgreement(rsa, rsa, &secret, 0), STATUS_NOT_SUPPORTED);
    assert_status(BCryptSecretAgreement(ecdh, rsa, &secret, 0), STATUS_INVALID_PARAMETER);
    assert_success(BCryptDestroyKey(rsa));
    assert_success(BCryptDestroyKey(ecdh));
}

/* Handles, then the place and the flags, then what the private key can do. */
Test(agreement, a_bad_place_or_flag_is_said_before_the_kind_of_a_key)
{
    BCRYPT_KEY_HANDLE ecdh = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256), rsa = rsa_key();
    BCRYPT_SECRET_HANDLE secret;
    assert_status(BCryptSecretAgreement(rsa, NULL, &secret, 0), STATUS_INVALID_HANDLE);
    assert_status(BCryptSecretAgreement(rsa, ecdh, NULL, 0), STATUS_INVALID_PARAMETER);
    assert_status(BCryptSecretAgreement(rsa, ecdh, &secret, 1), STATUS_INVALID_PARAMETER);
    assert_status(BCryptSecretAgreement(rsa, ecdh, &secret, 0), STATUS_NOT_SUPPORTED);
    assert_success(BCryptDestroyKey(rsa));
    assert_success(BCryptDestroyKey(ecdh));
}

Test(agreement, keys_of_two_curves_sizes_or_families_do_not_agree)
{
    BCRYPT_KEY_HANDLE keys[] = {
        generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256),
        generate_key(BCRYPT_ECDH_P384_ALG_HANDLE, 384),
        generate_key(BCRYPT_ECDH_P521_ALG_HANDLE, 521),
        generate_key(BCRYPT_DH_ALG_HANDLE, 768),
        generate_key(BCRYPT_DH_ALG_HANDLE, 1024),
    };
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned j = 0; j < 5; j++) {
            BCRYPT_SECRET_HANDLE secret = NULL;
            assert_status(BCryptSecretAgreement(keys[i], keys[j], &secret, 0),
                    i == j ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
            assert_status(BCryptDestroySecret(secret),
                    i == j ? STATUS_SUCCESS : STATUS_INVALID_HANDLE);
        }
    }
    for (unsigned i = 0; i < 5; i++) {
        assert_success(BCryptDestroyKey(keys[i]));
    }
}

static NTSTATUS try_agree(BCRYPT_KEY_HANDLE own, BCRYPT_KEY_HANDLE peer)
{
    BCRYPT_SECRET_HANDLE secret = NULL;
    NTSTATUS status = BCryptSecretAgreement(own, peer, &secret, 0);
    if (NT_SUCCESS(status)) {
        assert_success(BCryptDestroySecret(secret));
    }
    return status;
}

Test(agreement, keys_of_one_length_agree_only_in_one_group)
{
    const LPCWSTR names[] = { BCRYPT_ECC_CURVE_NISTP256, BCRYPT_ECC_CURVE_SECP256R1,
        BCRYPT_ECC_CURVE_SECP256K1, BCRYPT_ECC_CURVE_BRAINPOOLP256R1,
        BCRYPT_ECC_CURVE_BRAINPOOLP256T1, BCRYPT_ECC_CURVE_25519 };
    BCRYPT_ALG_HANDLE providers[6];
    BCRYPT_KEY_HANDLE keys[8];
    for (unsigned i = 0; i < 6; i++) {
        providers[i] = open_curve(names[i]);
        keys[i] = generate_key(providers[i], 0);
    }
    for (unsigned i = 6; i < 8; i++) { /* each makes a group of its own */
        keys[i] = generate_key(BCRYPT_DH_ALG_HANDLE, 512);
    }
    for (unsigned i = 0; i < 8; i++) {
        for (unsigned j = 0; j < 8; j++) {
            bool one_curve = i < 2 && j < 2; /* by two names */
            assert_status(try_agree(keys[i], keys[j]),
                    i == j || one_curve ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        assert_success(BCryptDestroyKey(keys[i]));
    }
    for (unsigned i = 0; i < 6; i++) {
        assert_success(BCryptCloseAlgorithmProvider(providers[i], 0));
    }
}

Test(agreement, a_public_key_alone_makes_no_secret)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256), public;
    BCRYPT_SECRET_HANDLE secret;
    struct blob blob = export_key(key, BCRYPT_ECCPUBLIC_BLOB);
    assert_success(import_key(BCRYPT_ECDH_P256_ALG_HANDLE, BCRYPT_ECCPUBLIC_BLOB, &blob, 0,
            &public));
    assert_status(BCryptSecretAgreement(public, key, &secret, 0), STATUS_INVALID_PARAMETER);
    assert_agree(key, key);
    assert_success(BCryptSecretAgreement(key, public, &secret, 0));
    assert_success(BCryptDestroySecret(secret));
    assert_success(BCryptDestroyKey(public));
    assert_success(BCryptDestroyKey(key));
}

/* One implementation, whichever handle it was opened by. */
Test(agreement, providers_are_the_same_when_their_implementation_is)
{
    BCRYPT_ALG_HANDLE opened, curve = open_curve(BCRYPT_ECC_CURVE_NISTP256);
    assert_success(BCryptOpenAlgorithmProvider(&opened, BCRYPT_ECDH_P256_ALGORITHM,
            MS_PRIMITIVE_PROVIDER, 0));
    BCRYPT_KEY_HANDLE keys[] = {
        generate_key(opened, 256),
        generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256),
        generate_key(curve, 0),
    };
    for (unsigned i = 0; i < 3; i++) {
        assert_agree(keys[i], keys[(i + 1) % 3]);
    }
    for (unsigned i = 0; i < 3; i++) {
        assert_success(BCryptDestroyKey(keys[i]));
    }
    assert_success(BCryptCloseAlgorithmProvider(opened, 0));
    assert_success(BCryptCloseAlgorithmProvider(curve, 0));
}

Test(agreement, a_secret_outlives_its_keys_and_its_provider)
{
    BCRYPT_ALG_HANDLE opened;
    assert_success(BCryptOpenAlgorithmProvider(&opened, BCRYPT_ECDH_P256_ALGORITHM, NULL, 0));
    BCRYPT_KEY_HANDLE key = generate_key(opened, 256);
    BCRYPT_SECRET_HANDLE secret = agree_on(key, key);
    UCHAR before[64], after[64];
    cr_assert_eq(raw_secret(secret, before), 32);
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptCloseAlgorithmProvider(opened, 0));
    cr_assert_eq(raw_secret(secret, after), 32);
    cr_assert_arr_eq(before, after, 32);
    assert_success(BCryptDestroySecret(secret));
}

Test(agreement, only_secrets_are_destroyed_as_such_and_once)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    BCRYPT_SECRET_HANDLE secret = agree_on(key, key);
    assert_status(BCryptDestroySecret(NULL), STATUS_INVALID_HANDLE);
    assert_status(BCryptDestroySecret(key), STATUS_INVALID_HANDLE);
    assert_status(BCryptDestroySecret(BCRYPT_ECDH_P256_ALG_HANDLE), STATUS_INVALID_HANDLE);
    assert_status(BCryptDestroyKey(secret), STATUS_INVALID_HANDLE);
    assert_status(BCryptDestroyHash(secret), STATUS_INVALID_PARAMETER);
    assert_success(BCryptDestroySecret(secret));
    assert_status(BCryptDestroySecret(secret), STATUS_INVALID_HANDLE);
    assert_success(BCryptDestroyKey(key));
}

/* Tried until one comes: the first byte of a secret is 0 once in 256. */
static void find_leading_zero(BCRYPT_ALG_HANDLE provider, ULONG bits, ULONG len)
{
    BCRYPT_KEY_HANDLE own = generate_key(provider, bits);
    bool found = false;
    for (unsigned tries = 0; tries < 6000 && !found; tries++) {
        UCHAR big[1024], little[1024], again[1024];
        ULONG little_len = 0;
        BCRYPT_KEY_HANDLE peer = generate_key(provider, bits);
        BCRYPT_SECRET_HANDLE secret = agree_on(own, peer);
        cr_assert_eq(raw_secret(secret, big), len);
        assert_success(BCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, little, sizeof(little),
                &little_len, 0));
        if (big[0] == 0) {
            BCRYPT_SECRET_HANDLE back = agree_on(peer, own);
            cr_assert_eq(raw_secret(back, again), len);
            cr_assert_arr_eq(big, again, len);
            cr_assert_eq(little_len, len);
            cr_assert_eq(little[len - 1], 0);
            assert_success(BCryptDestroySecret(back));
            found = true;
        }
        assert_success(BCryptDestroySecret(secret));
        assert_success(BCryptDestroyKey(peer));
    }
    cr_assert(found);
    assert_success(BCryptDestroyKey(own));
}

Test(agreement, secrets_keep_leading_zeros_at_every_size, .timeout = 120)
{
    find_leading_zero(BCRYPT_ECDH_P256_ALG_HANDLE, 256, 32);
    find_leading_zero(BCRYPT_ECDH_P384_ALG_HANDLE, 384, 48);
    find_leading_zero(BCRYPT_ECDH_P521_ALG_HANDLE, 521, 66);
    BCRYPT_ALG_HANDLE curve = open_curve(BCRYPT_ECC_CURVE_25519);
    find_leading_zero(curve, 0, 32);
    assert_success(BCryptCloseAlgorithmProvider(curve, 0));
}

Test(agreement, a_point_of_small_order_is_refused_at_the_door_or_at_the_agreement)
{
    static const char point[] = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
                                "0000000000000000000000000000000000000000000000000000000000000000";
    BCRYPT_ALG_HANDLE curve = open_curve(BCRYPT_ECC_CURVE_25519);
    BCRYPT_KEY_HANDLE own = generate_key(curve, 255), peer;
    BCRYPT_SECRET_HANDLE secret;
    struct blob blob = make_blob(BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC, 32, point);
    assert_status(try_import(curve, BCRYPT_ECCPUBLIC_BLOB, &blob), STATUS_INVALID_PARAMETER);
    assert_success(import_key(curve, BCRYPT_ECCPUBLIC_BLOB, &blob, BCRYPT_NO_KEY_VALIDATION,
            &peer));
    assert_status(BCryptSecretAgreement(own, peer, &secret, 0), STATUS_INVALID_PARAMETER);
    assert_success(BCryptDestroyKey(peer));
    assert_success(BCryptDestroyKey(own));
    assert_success(BCryptCloseAlgorithmProvider(curve, 0));
}

Test(agreement, at_dispatch_level_all_comes_from_its_provider_and_lies_in_locked_memory)
{
    static struct {
        BCRYPT_SECRET_HANDLE secret;
        UCHAR key[32];
        ULONG len;
    } locked, loose;
    BCRYPT_ALG_HANDLE provider;
    assert_success(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDH_P256_ALGORITHM, NULL,
            BCRYPT_PROV_DISPATCH));
    BCRYPT_KEY_HANDLE key = generate_key(provider, 256);
    BCRYPT_KEY_HANDLE passive = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    cr_assert(vit_irql_lock(&locked, sizeof(locked)));
    vit_irql_set(VIT_IRQL_DISPATCH);
    NTSTATUS of_private = BCryptSecretAgreement(passive, key, &locked.secret, 0);
    NTSTATUS of_public = BCryptSecretAgreement(key, passive, &locked.secret, 0);
    NTSTATUS of_place = BCryptSecretAgreement(key, key, &loose.secret, 0);
    NTSTATUS good = BCryptSecretAgreement(key, key, &locked.secret, 0);
    NTSTATUS of_buffer =
            BCryptDeriveKey(locked.secret, BCRYPT_KDF_HASH, NULL, loose.key, 32, &locked.len, 0);
    NTSTATUS of_list = BCryptDeriveKey(locked.secret, BCRYPT_KDF_HASH, &(BCryptBufferDesc){ 0 },
            locked.key, 32, &locked.len, 0);
    NTSTATUS derived =
            BCryptDeriveKey(locked.secret, BCRYPT_KDF_HASH, NULL, locked.key, 32, &locked.len, 0);
    NTSTATUS destroyed = BCryptDestroySecret(locked.secret);
    vit_irql_set(VIT_IRQL_PASSIVE);
    assert_status(of_private, STATUS_INVALID_HANDLE);
    assert_status(of_public, STATUS_INVALID_HANDLE);
    assert_status(of_place, STATUS_INVALID_PARAMETER);
    assert_success(good);
    assert_status(of_buffer, STATUS_INVALID_PARAMETER);
    assert_status(of_list, STATUS_INVALID_PARAMETER);
    assert_success(derived);
    assert_success(destroyed);
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptDestroyKey(passive));
    assert_success(BCryptCloseAlgorithmProvider(provider, 0));
}
