/* SPDX-License-Identifier: MIT */
/* Keys agree on secrets, and keys are made of those. */
#include "tests/cng/ncrypt_keys.h"

TestSuite(ncrypt_agree, .init = keys_begin, .fini = keys_end, .timeout = 60);

static NCRYPT_SECRET_HANDLE agree(NCRYPT_KEY_HANDLE own, NCRYPT_KEY_HANDLE peer)
{
    NCRYPT_SECRET_HANDLE secret = 0;
    cr_assert_ok(NCryptSecretAgreement(own, peer, &secret, 0));
    cr_assert_neq(secret, 0);
    return secret;
}

static SECURITY_STATUS try_agree(NCRYPT_KEY_HANDLE own, NCRYPT_KEY_HANDLE peer, DWORD flags)
{
    NCRYPT_SECRET_HANDLE secret = 0;
    SECURITY_STATUS status = NCryptSecretAgreement(own, peer, &secret, flags);
    cr_assert_eq(secret != 0, status == ERROR_SUCCESS);
    if (secret != 0) {
        keys_free(secret);
    }
    return status;
}

static DWORD derive(NCRYPT_SECRET_HANDLE secret, LPCWSTR function, BYTE out[1024])
{
    DWORD len = 0;
    cr_assert_ok(NCryptDeriveKey(secret, function, NULL, out, 1024, &len, 0));
    return len;
}

static void two_agree(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE a, NCRYPT_KEY_HANDLE b)
{
    BYTE of_a[1024], of_b[1024];
    NCRYPT_KEY_HANDLE a_public = keys_public(provider, a), b_public = keys_public(provider, b);
    NCRYPT_SECRET_HANDLE x = agree(a, b_public), y = agree(b, a_public);
    DWORD len = derive(x, BCRYPT_KDF_RAW_SECRET, of_a);
    cr_assert_eq(derive(y, BCRYPT_KDF_RAW_SECRET, of_b), len);
    cr_assert_arr_eq(of_a, of_b, len);
    cr_assert_eq(derive(x, BCRYPT_KDF_HASH, of_a), 20);
    cr_assert_eq(derive(y, BCRYPT_KDF_HASH, of_b), 20);
    cr_assert_arr_eq(of_a, of_b, 20);
    keys_free(x);
    keys_free(y);
    keys_free(a_public);
    keys_free(b_public);
}

Test(ncrypt_agree, two_keys_of_every_family_agree)
{
    static LPCWSTR const algorithms[] = { NCRYPT_ECDH_P256_ALGORITHM, NCRYPT_ECDH_P384_ALGORITHM,
        NCRYPT_ECDH_P521_ALGORITHM, NCRYPT_DH_ALGORITHM };
    static LPCWSTR const curves[] = { u"brainpoolP512t1", u"secP256k1", u"curve25519" };
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < 4; i++) {
        NCRYPT_KEY_HANDLE a = keys_make(provider, algorithms[i], u"kept");
        NCRYPT_KEY_HANDLE b = keys_make(provider, algorithms[i], NULL);
        two_agree(provider, a, b);
        keys_free(b);
        cr_assert_ok(NCryptDeleteKey(a, 0));
    }
    for (size_t i = 0; i < 3 && !keys_lack(KEYS_GENERIC_ECC); i++) {
        NCRYPT_KEY_HANDLE a = keys_make_on(provider, NCRYPT_ECDH_ALGORITHM, curves[i]);
        NCRYPT_KEY_HANDLE b = keys_make_on(provider, NCRYPT_ECDH_ALGORITHM, curves[i]);
        NCRYPT_KEY_HANDLE opened = 0;
        /* a public key of such a curve is given with its name */
        struct keys_blob blob = keys_export(b, BCRYPT_ECCPUBLIC_BLOB);
        NCryptBuffer buffer = { keys_size(curves[i]), NCRYPTBUFFER_ECC_CURVE_NAME,
            (PVOID)(void *)curves[i] };
        NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 1, &buffer };
        cr_assert_ok(NCryptImportKey(provider, 0, BCRYPT_ECCPUBLIC_BLOB, &list, &opened, blob.bytes,
                blob.len, 0));
        NCRYPT_SECRET_HANDLE x = agree(a, opened), y = agree(b, a);
        BYTE of_x[1024], of_y[1024];
        DWORD len = derive(x, BCRYPT_KDF_RAW_SECRET, of_x);
        cr_assert_eq(derive(y, BCRYPT_KDF_RAW_SECRET, of_y), len);
        cr_assert_arr_eq(of_x, of_y, len);
        keys_free(x);
        keys_free(y);
        keys_free(opened);
        keys_free(a);
        keys_free(b);
    }
    keys_free(provider);
}

/* The other party is BCrypt. */
static void same_as_bcrypt(LPCWSTR algorithm, DWORD bits, LPCWSTR type)
{
    BYTE ours[1024], theirs[1024];
    ULONG their_len = 0;
    NCRYPT_KEY_HANDLE public = 0;
    BCRYPT_ALG_HANDLE bcrypt = NULL;
    BCRYPT_KEY_HANDLE own = NULL, peer = NULL;
    BCRYPT_SECRET_HANDLE their_secret = NULL;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, algorithm, NULL);
    struct keys_blob ours_out = keys_export(key, BCRYPT_PUBLIC_KEY_BLOB), theirs_out;
    cr_assert_eq(BCryptOpenAlgorithmProvider(&bcrypt, algorithm, NULL, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptGenerateKeyPair(bcrypt, &own, bits, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptFinalizeKeyPair(own, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptExportKey(own, NULL, type, theirs_out.bytes, sizeof(theirs_out.bytes),
                         &theirs_out.len, 0),
            STATUS_SUCCESS);
    cr_assert_eq(BCryptImportKeyPair(bcrypt, NULL, BCRYPT_PUBLIC_KEY_BLOB, &peer, ours_out.bytes,
                         ours_out.len, 0),
            STATUS_SUCCESS);
    cr_assert_eq(BCryptSecretAgreement(own, peer, &their_secret, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptDeriveKey(their_secret, BCRYPT_KDF_RAW_SECRET, NULL, theirs, sizeof(theirs),
                         &their_len, 0),
            STATUS_SUCCESS);
    cr_assert_ok(keys_import(provider, type, &theirs_out, NULL, 0, &public));
    NCRYPT_SECRET_HANDLE secret = agree(key, public);
    cr_assert_eq(derive(secret, BCRYPT_KDF_RAW_SECRET, ours), their_len);
    cr_assert_arr_eq(ours, theirs, their_len);
    cr_assert_eq(BCryptDestroySecret(their_secret), STATUS_SUCCESS);
    cr_assert_eq(BCryptDestroyKey(own), STATUS_SUCCESS);
    cr_assert_eq(BCryptDestroyKey(peer), STATUS_SUCCESS);
    cr_assert_eq(BCryptCloseAlgorithmProvider(bcrypt, 0), STATUS_SUCCESS);
    keys_free(secret);
    keys_free(public);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_agree, the_other_party_may_use_the_primitives)
{
    same_as_bcrypt(NCRYPT_ECDH_P256_ALGORITHM, 256, BCRYPT_ECCPUBLIC_BLOB);
    same_as_bcrypt(NCRYPT_ECDH_P521_ALGORITHM, 521, BCRYPT_ECCFULLPUBLIC_BLOB);
    same_as_bcrypt(NCRYPT_ECDH_P384_ALGORITHM, 384, SSL_ECCPUBLIC_BLOB);
    same_as_bcrypt(NCRYPT_DH_ALGORITHM, 2048, BCRYPT_DH_PUBLIC_BLOB);
}

Test(ncrypt_agree, handles_flags_and_places_are_checked)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_answer(try_agree(0, key, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(try_agree(key, 0, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(try_agree(GARBAGE, key, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(try_agree(key, GARBAGE, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(try_agree(key, provider, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(try_agree(key, key, 0x1), NTE_INVALID_PARAMETER);
    cr_assert_answer(try_agree(key, key, 0x80), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSecretAgreement(key, key, NULL, 0), NTE_INVALID_PARAMETER);
    cr_assert_ok(try_agree(key, key, NCRYPT_SILENT_FLAG));
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_agree, keys_that_do_not_go_together_do_not_agree)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE p256 = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE p384 = keys_make(provider, NCRYPT_ECDH_P384_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE signer = keys_make(provider, NCRYPT_ECDSA_P256_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE rsa = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE dh = keys_make(provider, NCRYPT_DH_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE dh_other =
            keys_make_with(provider, NCRYPT_DH_ALGORITHM, NULL, NCRYPT_LENGTH_PROPERTY, 1024);
    NCRYPT_KEY_HANDLE public = keys_public(provider, p256);
    cr_assert_answer(try_agree(p256, p384, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(try_agree(p256, signer, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(try_agree(p256, dh, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(try_agree(dh, dh_other, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(try_agree(p256, rsa, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(try_agree(public, p256, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(try_agree(rsa, rsa, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(try_agree(signer, p256, 0), NTE_NOT_SUPPORTED);
    cr_assert_ok(try_agree(p256, public, 0));
    NCRYPT_KEY_HANDLE all[] = { p256, p384, signer, rsa, dh, dh_other, public, provider };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        keys_free(all[i]);
    }
}

Test(ncrypt_agree, one_curve_under_two_names_is_one_curve)
{
    if (keys_lack(KEYS_GENERIC_ECC)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE named = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE generic = keys_make_on(provider, NCRYPT_ECDH_ALGORITHM, u"secP256r1");
    BYTE x_bytes[1024], y_bytes[1024];
    NCRYPT_SECRET_HANDLE x = agree(named, generic), y = agree(generic, named);
    cr_assert_eq(derive(x, BCRYPT_KDF_RAW_SECRET, x_bytes), 32);
    cr_assert_eq(derive(y, BCRYPT_KDF_RAW_SECRET, y_bytes), 32);
    cr_assert_arr_eq(x_bytes, y_bytes, 32);
    keys_free(x);
    keys_free(y);
    keys_free(named);
    keys_free(generic);
    keys_free(provider);
}

Test(ncrypt_agree, two_handles_of_one_provider_are_one_provider)
{
    NCRYPT_PROV_HANDLE first = keys_open(), second = keys_open();
    NCRYPT_KEY_HANDLE a = keys_make(first, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE b = keys_make(second, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_ok(try_agree(a, b, 0));
    keys_free(first);
    cr_assert_ok(try_agree(a, b, 0)); /* a key keeps its provider */
    keys_free(second);
    cr_assert_ok(try_agree(b, a, 0));
    keys_free(a);
    keys_free(b);
}

Test(ncrypt_agree, agreeing_needs_the_right_to_it)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE may = keys_make_with(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL,
            NCRYPT_KEY_USAGE_PROPERTY, NCRYPT_ALLOW_KEY_AGREEMENT_FLAG);
    NCRYPT_KEY_HANDLE may_not = keys_make_with(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL,
            NCRYPT_KEY_USAGE_PROPERTY, NCRYPT_ALLOW_DECRYPT_FLAG | NCRYPT_ALLOW_SIGNING_FLAG);
    cr_assert_ok(try_agree(may, may_not, 0)); /* a public half has no usage */
    cr_assert_answer(try_agree(may_not, may, 0), NTE_PERM);
    keys_free(may);
    keys_free(may_not);
    keys_free(provider);
}

/* NULL list: none */
static SECURITY_STATUS derive_with(NCRYPT_SECRET_HANDLE secret, LPCWSTR function,
        NCryptBufferDesc *list, DWORD room, DWORD flags)
{
    BYTE bytes[1024];
    DWORD len = 0;
    return NCryptDeriveKey(secret, function, list, room > 0 ? bytes : NULL, room, &len, flags);
}

Test(ncrypt_agree, deriving_answers_as_published)
{
    NCryptBuffer buffers[] = {
        { 14, KDF_HASH_ALGORITHM, (PVOID)(void *)u"SHA256" },
        { 4, KDF_HMAC_KEY, (PVOID)(void *)"keys" },
    };
    NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 2, buffers };
    DWORD len = 0;
    BYTE bytes[64];
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    NCRYPT_SECRET_HANDLE secret = agree(key, key);
    cr_assert_ok(NCryptDeriveKey(secret, BCRYPT_KDF_HASH, &list, NULL, 0, &len, 0));
    cr_assert_eq(len, 32);
    cr_assert_ok(NCryptDeriveKey(secret, BCRYPT_KDF_HASH, &list, bytes, 5, &len, 0));
    cr_assert_eq(len, 5);
    cr_assert_ok(derive_with(secret, BCRYPT_KDF_HMAC, &list, 32, 0));
    cr_assert_answer(derive_with(secret, BCRYPT_KDF_HMAC, &list, 32,
                             KDF_USE_SECRET_AS_HMAC_KEY_FLAG),
            NTE_INVALID_PARAMETER);
    list.cBuffers = 1;
    cr_assert_ok(derive_with(secret, BCRYPT_KDF_HMAC, &list, 32, KDF_USE_SECRET_AS_HMAC_KEY_FLAG));
    cr_assert_ok(derive_with(secret, BCRYPT_KDF_HMAC, &list, 32,
            KDF_USE_SECRET_AS_HMAC_KEY_FLAG | NCRYPT_SILENT_FLAG));
    cr_assert_ok(derive_with(secret, BCRYPT_KDF_HASH, NULL, 20, NCRYPT_SILENT_FLAG));
    cr_assert_answer(derive_with(secret, BCRYPT_KDF_HASH, NULL, 20, 0x2), NTE_INVALID_PARAMETER);
    cr_assert_answer(derive_with(secret, u"none", NULL, 20, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(derive_with(secret, BCRYPT_KDF_TLS_PRF, NULL, 48, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(derive_with(secret, BCRYPT_KDF_SP80056A_CONCAT, NULL, 32, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(derive_with(secret, NULL, NULL, 32, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptDeriveKey(secret, BCRYPT_KDF_HASH, NULL, bytes, 20, NULL, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(derive_with(key, BCRYPT_KDF_HASH, NULL, 20, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(derive_with(0, BCRYPT_KDF_HASH, NULL, 20, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(derive_with(GARBAGE, BCRYPT_KDF_HASH, NULL, 20, 0), NTE_INVALID_HANDLE);
    buffers[0].pvBuffer = (PVOID)(void *)u"nohash";
    cr_assert_answer(derive_with(secret, BCRYPT_KDF_HASH, &list, 32, 0), NTE_NOT_SUPPORTED);
    keys_free(secret);
    cr_assert_answer(derive_with(secret, BCRYPT_KDF_HASH, NULL, 20, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(NCryptFreeObject(secret), NTE_INVALID_HANDLE);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_agree, hkdf_is_told_by_properties_of_the_secret)
{
    BYTE first[64], second[64];
    DWORD len = 0;
    NCryptBuffer info = { 4, KDF_HKDF_INFO, (PVOID)(void *)"info" };
    NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 1, &info };
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    NCRYPT_SECRET_HANDLE secret = agree(key, key);
    cr_assert_answer(derive_with(secret, BCRYPT_KDF_HKDF, NULL, 32, 0), NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSetProperty(secret, BCRYPT_HKDF_SALT_AND_FINALIZE, (PBYTE)(void *)"salt",
                             4, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_ok(keys_set_text(secret, BCRYPT_HKDF_HASH_ALGORITHM, u"SHA384", 0));
    cr_assert_answer(keys_set_text(secret, BCRYPT_HKDF_HASH_ALGORITHM, u"none", 0),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(keys_set_text(secret, BCRYPT_HKDF_HASH_ALGORITHM, u"SHA384", 0x1),
            NTE_BAD_FLAGS);
    cr_assert_answer(keys_set_text(secret, NCRYPT_LENGTH_PROPERTY, u"SHA384", 0),
            NTE_NOT_SUPPORTED);
    cr_assert_ok(NCryptSetProperty(secret, BCRYPT_HKDF_SALT_AND_FINALIZE, (PBYTE)(void *)"salt", 4,
            NCRYPT_SILENT_FLAG));
    cr_assert_answer(NCryptSetProperty(secret, BCRYPT_HKDF_PRK_AND_FINALIZE, NULL, 0, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_ok(NCryptDeriveKey(secret, BCRYPT_KDF_HKDF, &list, first, sizeof(first), &len, 0));
    cr_assert_eq(len, sizeof(first));
    info.cbBuffer = 3;
    cr_assert_ok(NCryptDeriveKey(secret, BCRYPT_KDF_HKDF, &list, second, sizeof(second), &len, 0));
    cr_assert_neq(memcmp(first, second, sizeof(first)), 0);
    keys_free(secret);
    keys_free(key);
    keys_free(provider);
}
