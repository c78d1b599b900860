/* SPDX-License-Identifier: MIT */
/* What the other party of an agreement may send, and what a secret looks like whoever it is. */
#include "tests/cng/ncrypt_keys.h"

TestSuite(ncrypt_peer, .init = keys_begin, .fini = keys_end, .timeout = 120);

enum { SECRET_MAX_LEN = 512, TRIES = 8000 };

static BCRYPT_ALG_HANDLE open_bcrypt(LPCWSTR algorithm, LPCWSTR curve)
{
    BCRYPT_ALG_HANDLE provider = NULL;
    cr_assert_eq(BCryptOpenAlgorithmProvider(&provider, algorithm, NULL, 0), STATUS_SUCCESS);
    if (curve != NULL) {
        cr_assert_eq(BCryptSetProperty(provider, BCRYPT_ECC_CURVE_NAME, (PUCHAR)(void *)curve,
                             keys_size(curve), 0),
                STATUS_SUCCESS);
    }
    return provider;
}

/* The public half of what BCrypt made, brought here; curve NULL: the blob says it. */
static SECURITY_STATUS bring(NCRYPT_PROV_HANDLE provider, LPCWSTR curve,
        const struct keys_blob *blob, DWORD flags, NCRYPT_KEY_HANDLE *key)
{
    NCryptBuffer buffer = { curve != NULL ? keys_size(curve) : 0, NCRYPTBUFFER_ECC_CURVE_NAME,
        (PVOID)(void *)curve };
    NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 1, &buffer };
    return NCryptImportKey(provider, 0, BCRYPT_PUBLIC_KEY_BLOB, curve != NULL ? &list : NULL, key,
            (PBYTE)(void *)blob->bytes, blob->len, flags);
}

static DWORD raw(NCRYPT_KEY_HANDLE own, NCRYPT_KEY_HANDLE peer, BYTE out[SECRET_MAX_LEN])
{
    NCRYPT_SECRET_HANDLE secret = 0;
    DWORD len = 0;
    cr_assert_ok(NCryptSecretAgreement(own, peer, &secret, 0));
    cr_assert_ok(NCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, out, SECRET_MAX_LEN, &len,
            0));
    keys_free(secret);
    return len;
}

static ULONG raw_of_bcrypt(BCRYPT_KEY_HANDLE own, BCRYPT_KEY_HANDLE peer, UCHAR out[SECRET_MAX_LEN])
{
    BCRYPT_SECRET_HANDLE secret = NULL;
    ULONG len = 0;
    cr_assert_eq(BCryptSecretAgreement(own, peer, &secret, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, out, SECRET_MAX_LEN, &len, 0),
            STATUS_SUCCESS);
    cr_assert_eq(BCryptDestroySecret(secret), STATUS_SUCCESS);
    return len;
}

static BCRYPT_KEY_HANDLE import_to_bcrypt(BCRYPT_ALG_HANDLE bcrypt, const struct keys_blob *blob)
{
    BCRYPT_KEY_HANDLE key = NULL;
    cr_assert_eq(BCryptImportKeyPair(bcrypt, NULL, BCRYPT_PUBLIC_KEY_BLOB, &key,
                         (PUCHAR)(void *)blob->bytes, blob->len, 0),
            STATUS_SUCCESS);
    return key;
}

/* A fresh pair of the group of the key that is given, and its public half. */
static BCRYPT_KEY_HANDLE make_peer(BCRYPT_ALG_HANDLE bcrypt, BCRYPT_KEY_HANDLE like, ULONG bits,
        struct keys_blob *blob)
{
    UCHAR group[2048];
    ULONG len = 0;
    BCRYPT_KEY_HANDLE key = NULL;
    cr_assert_eq(BCryptGenerateKeyPair(bcrypt, &key, bits, 0), STATUS_SUCCESS);
    if (BCryptGetProperty(like, BCRYPT_DH_PARAMETERS, group, sizeof(group), &len, 0) ==
            STATUS_SUCCESS) {
        cr_assert_eq(BCryptSetProperty(key, BCRYPT_DH_PARAMETERS, group, len, 0), STATUS_SUCCESS);
    }
    cr_assert_eq(BCryptFinalizeKeyPair(key, 0), STATUS_SUCCESS);
    cr_assert_eq(BCryptExportKey(key, NULL, BCRYPT_PUBLIC_KEY_BLOB, blob->bytes,
                         sizeof(blob->bytes), &blob->len, 0),
            STATUS_SUCCESS);
    return key;
}

/* Tried until a secret begins with zero, which its last byte in TRUNCATE's order is. */
static void keeps_zeros(NCRYPT_KEY_HANDLE own, LPCWSTR algorithm, LPCWSTR curve, ULONG bits,
        DWORD width)
{
    struct keys_blob blob = keys_export(own, BCRYPT_PUBLIC_KEY_BLOB);
    BCRYPT_ALG_HANDLE bcrypt = open_bcrypt(algorithm, curve);
    BCRYPT_KEY_HANDLE ours = import_to_bcrypt(bcrypt, &blob);
    NCRYPT_PROV_HANDLE provider = keys_open();
    bool found = false;
    for (int i = 0; i < TRIES && !found; i++) {
        BYTE here[SECRET_MAX_LEN] = { 0 };
        UCHAR there[SECRET_MAX_LEN] = { 0 };
        BCRYPT_KEY_HANDLE theirs = make_peer(bcrypt, ours, bits, &blob);
        cr_assert_eq(raw_of_bcrypt(theirs, ours, there), width);
        found = there[width - 1] == 0;
        if (found) {
            NCRYPT_KEY_HANDLE peer = 0;
            cr_assert_ok(bring(provider, curve, &blob, 0, &peer));
            cr_assert_eq(raw(own, peer, here), width);
            cr_assert_arr_eq(here, there, width);
            keys_free(peer);
        }
        cr_assert_eq(BCryptDestroyKey(theirs), STATUS_SUCCESS);
    }
    cr_assert(found);
    keys_free(provider);
    cr_assert_eq(BCryptDestroyKey(ours), STATUS_SUCCESS);
    cr_assert_eq(BCryptCloseAlgorithmProvider(bcrypt, 0), STATUS_SUCCESS);
}

Test(ncrypt_peer, secrets_keep_leading_zeros_on_curves)
{
    static const struct {
        LPCWSTR algorithm;
        ULONG bits;
        DWORD width;
    } cases[] = {
        { NCRYPT_ECDH_P256_ALGORITHM, 256, 32 },
        { NCRYPT_ECDH_P384_ALGORITHM, 384, 48 },
        { NCRYPT_ECDH_P521_ALGORITHM, 521, 66 },
    };
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < 3; i++) {
        NCRYPT_KEY_HANDLE key = keys_make(provider, cases[i].algorithm, NULL);
        keeps_zeros(key, cases[i].algorithm, NULL, cases[i].bits, cases[i].width);
        keys_free(key);
    }
    keys_free(provider);
}

Test(ncrypt_peer, secrets_keep_leading_zeros_elsewhere)
{
    if (keys_lack(KEYS_GENERIC_ECC)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make_on(provider, NCRYPT_ECDH_ALGORITHM, u"curve25519");
    keeps_zeros(key, NCRYPT_ECDH_ALGORITHM, u"curve25519", 0, 32);
    keys_free(key);
    key = keys_make_with(provider, NCRYPT_DH_ALGORITHM, NULL, NCRYPT_LENGTH_PROPERTY, 768);
    keeps_zeros(key, NCRYPT_DH_ALGORITHM, NULL, 768, 96);
    keys_free(key);
    keys_free(provider);
}

/* Not taken, validated or not. */
static void is_no_key(NCRYPT_PROV_HANDLE provider, LPCWSTR curve, const struct keys_blob *blob)
{
    static const DWORD flags[] = { 0, NCRYPT_NO_KEY_VALIDATION };
    for (size_t i = 0; i < 2; i++) {
        NCRYPT_KEY_HANDLE key = 0;
        cr_assert_answer(bring(provider, curve, blob, flags[i], &key), NTE_BAD_DATA);
        cr_assert_eq(key, 0);
    }
}

Test(ncrypt_peer, points_beside_the_curve_are_no_keys)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    const struct keys_blob good = keys_export(key, BCRYPT_PUBLIC_KEY_BLOB);
    struct keys_blob bad = good;
    bad.bytes[bad.len - 1] ^= 1;
    is_no_key(provider, NULL, &bad);
    bad = good;
    memset(bad.bytes + 8, 0, 64); /* the infinite one */
    is_no_key(provider, NULL, &bad);
    memset(bad.bytes + 8, 0xff, 64);
    is_no_key(provider, NULL, &bad);
    bad = good;
    memcpy(bad.bytes + 8, good.bytes + 40, 32);
    memcpy(bad.bytes + 40, good.bytes + 8, 32);
    is_no_key(provider, NULL, &bad);
    keys_free(key);
    keys_free(provider);
}

/* Their secret would be one that all know. */
Test(ncrypt_peer, keys_of_small_order_are_none)
{
    if (keys_lack(KEYS_GENERIC_ECC)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE own = keys_make_on(provider, NCRYPT_ECDH_ALGORITHM, u"curve25519");
    struct keys_blob blob = keys_export(own, BCRYPT_PUBLIC_KEY_BLOB);
    for (BYTE i = 0; i < 2; i++) { /* the numbers 0 and 1 */
        memset(blob.bytes + 8, 0, 32);
        blob.bytes[8] = i;
        is_no_key(provider, u"curve25519", &blob);
    }
    memset(blob.bytes + 8, 0xff, 32); /* the prime less one, and then the prime */
    blob.bytes[8] = 0xec;
    blob.bytes[39] = 0x7f;
    is_no_key(provider, u"curve25519", &blob);
    blob.bytes[8] = 0xed;
    is_no_key(provider, u"curve25519", &blob);
    keys_free(own);

    own = keys_make_with(provider, NCRYPT_DH_ALGORITHM, NULL, NCRYPT_LENGTH_PROPERTY, 768);
    blob = keys_export(own, BCRYPT_PUBLIC_KEY_BLOB);
    BYTE *p = blob.bytes + 8, *y = p + 2 * 96;
    for (BYTE i = 0; i < 2; i++) {
        memset(y, 0, 96);
        y[95] = i;
        is_no_key(provider, NULL, &blob);
    }
    memcpy(y, p, 96);
    is_no_key(provider, NULL, &blob);
    y[95] &= 0xfe;
    is_no_key(provider, NULL, &blob);
    keys_free(own);
    keys_free(provider);
}

Test(ncrypt_peer, a_named_key_is_not_exported_when_nothing_is_said)
{
    BYTE bytes[1024];
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, u"mine");
    cr_assert_eq(keys_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY), 0);
    cr_assert_answer(NCryptExportKey(key, 0, BCRYPT_ECCPRIVATE_BLOB, NULL, bytes, sizeof(bytes),
                             &len, 0),
            NTE_NOT_SUPPORTED);
    keys_free(key);
    key = keys_find(provider, u"mine");
    cr_assert_eq(keys_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY), 0);
    cr_assert_answer(NCryptExportKey(key, 0, BCRYPT_ECCPRIVATE_BLOB, NULL, bytes, sizeof(bytes),
                             &len, 0),
            NTE_NOT_SUPPORTED);
    keys_free(key);
    keys_free(provider);
}
