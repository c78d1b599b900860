/* SPDX-License-Identifier: MIT */
#include "base/irql.h"
#include "tests/cng/agreement.h"

enum { MAX_SIGNATURE_LEN = 132 };

static const struct {
    BCRYPT_ALG_HANDLE handle;
    LPCWSTR name;
    ULONG bits, width, public, private, ecdh_public, ecdh_private;
} named[] = {
    { BCRYPT_ECDSA_P256_ALG_HANDLE, BCRYPT_ECDSA_P256_ALGORITHM, 256, 32,
            BCRYPT_ECDSA_PUBLIC_P256_MAGIC, BCRYPT_ECDSA_PRIVATE_P256_MAGIC,
            BCRYPT_ECDH_PUBLIC_P256_MAGIC, BCRYPT_ECDH_PRIVATE_P256_MAGIC },
    { BCRYPT_ECDSA_P384_ALG_HANDLE, BCRYPT_ECDSA_P384_ALGORITHM, 384, 48,
            BCRYPT_ECDSA_PUBLIC_P384_MAGIC, BCRYPT_ECDSA_PRIVATE_P384_MAGIC,
            BCRYPT_ECDH_PUBLIC_P384_MAGIC, BCRYPT_ECDH_PRIVATE_P384_MAGIC },
    { BCRYPT_ECDSA_P521_ALG_HANDLE, BCRYPT_ECDSA_P521_ALGORITHM, 521, 66,
            BCRYPT_ECDSA_PUBLIC_P521_MAGIC, BCRYPT_ECDSA_PRIVATE_P521_MAGIC,
            BCRYPT_ECDH_PUBLIC_P521_MAGIC, BCRYPT_ECDH_PRIVATE_P521_MAGIC },
};

enum { NAMED_COUNT = sizeof(named) / sizeof(named[0]) };

static UCHAR digest[32] = "thirty-two bytes to be signed..";

static ULONG word(const struct blob *blob, size_t index)
{
    ULONG value;
    memcpy(&value, blob->bytes + 4 * index, 4);
    return value;
}

static void set_word(struct blob *blob, size_t index, ULONG value)
{
    memcpy(blob->bytes + 4 * index, &value, 4);
}

static ULONG sign(BCRYPT_KEY_HANDLE key, UCHAR *hash, ULONG len, UCHAR *signature)
{
    ULONG made = 0;
    assert_success(BCryptSignHash(key, NULL, hash, len, signature, MAX_SIGNATURE_LEN, &made, 0));
    return made;
}

static NTSTATUS verify(BCRYPT_KEY_HANDLE key, UCHAR *hash, ULONG len, UCHAR *signature,
        ULONG signature_len)
{
    return BCryptVerifySignature(key, NULL, hash, len, signature, signature_len, 0);
}

static BCRYPT_KEY_HANDLE public_half(BCRYPT_ALG_HANDLE provider, BCRYPT_KEY_HANDLE key)
{
    BCRYPT_KEY_HANDLE public = NULL;
    struct blob blob = export_key(key, BCRYPT_ECCPUBLIC_BLOB);
    assert_success(import_key(provider, BCRYPT_ECCPUBLIC_BLOB, &blob, 0, &public));
    return public;
}

Test(ecdsa, signs_with_numbers_of_the_field_s_width)
{
    for (size_t i = 0; i < NAMED_COUNT; i++) {
        UCHAR signature[MAX_SIGNATURE_LEN];
        BCRYPT_KEY_HANDLE key = generate_key(named[i].handle, named[i].bits);
        BCRYPT_KEY_HANDLE public = public_half(named[i].handle, key);
        cr_assert_eq(sign(key, digest, sizeof(digest), signature), 2 * named[i].width);
        assert_success(verify(public, digest, sizeof(digest), signature, 2 * named[i].width));
        assert_success(verify(key, digest, sizeof(digest), signature, 2 * named[i].width));
        assert_success(BCryptDestroyKey(public));
        assert_success(BCryptDestroyKey(key));
    }
}

Test(ecdsa, opens_by_name_as_well)
{
    for (size_t i = 0; i < NAMED_COUNT; i++) {
        BCRYPT_ALG_HANDLE provider = NULL;
        UCHAR signature[MAX_SIGNATURE_LEN];
        ULONG type = 0, len = 0;
        assert_success(BCryptOpenAlgorithmProvider(&provider, named[i].name, NULL, 0));
        assert_success(BCryptGetProperty(provider, BCRYPT_PRIMITIVE_TYPE, (PUCHAR)&type,
                sizeof(type), &len, 0));
        cr_assert_eq(type, BCRYPT_SIGNATURE_INTERFACE);
        BCRYPT_KEY_HANDLE key = generate_key(provider, named[i].bits);
        len = sign(key, digest, sizeof(digest), signature);
        assert_success(verify(key, digest, sizeof(digest), signature, len));
        assert_success(BCryptDestroyKey(key));
        assert_success(BCryptCloseAlgorithmProvider(provider, 0));
    }
}

Test(ecdsa, two_signatures_of_one_digest_differ)
{
    UCHAR one[MAX_SIGNATURE_LEN], other[MAX_SIGNATURE_LEN];
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    cr_assert_eq(sign(key, digest, sizeof(digest), one), 64);
    cr_assert_eq(sign(key, digest, sizeof(digest), other), 64);
    cr_assert_arr_neq(one, other, 32);
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, what_was_changed_does_not_verify)
{
    UCHAR signature[MAX_SIGNATURE_LEN];
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    ULONG len = sign(key, digest, sizeof(digest), signature);
    for (ULONG at = 0; at < len; at += 5) {
        signature[at] ^= 0x10;
        assert_status(verify(key, digest, sizeof(digest), signature, len),
                STATUS_INVALID_SIGNATURE);
        signature[at] ^= 0x10;
    }
    UCHAR other[sizeof(digest)];
    memcpy(other, digest, sizeof(other));
    other[31] ^= 1;
    assert_status(verify(key, other, sizeof(other), signature, len), STATUS_INVALID_SIGNATURE);
    BCRYPT_KEY_HANDLE stranger = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    assert_status(verify(stranger, digest, sizeof(digest), signature, len),
            STATUS_INVALID_SIGNATURE);
    assert_success(verify(key, digest, sizeof(digest), signature, len));
    assert_success(BCryptDestroyKey(stranger));
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, signatures_of_another_length_do_not_verify)
{
    UCHAR signature[MAX_SIGNATURE_LEN + 1] = { 0 };
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    ULONG len = sign(key, digest, sizeof(digest), signature);
    for (ULONG wrong = 0; wrong <= sizeof(signature); wrong++) {
        if (wrong != len) {
            assert_status(verify(key, digest, sizeof(digest), signature, wrong),
                    STATUS_INVALID_SIGNATURE);
        }
    }
    assert_success(BCryptDestroyKey(key));
}

/* The order of P-256. */
static const char order[] = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";

Test(ecdsa, numbers_out_of_range_do_not_verify)
{
    UCHAR signature[MAX_SIGNATURE_LEN], changed[MAX_SIGNATURE_LEN];
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    ULONG len = sign(key, digest, sizeof(digest), signature);
    for (int half = 0; half < 2; half++) {
        memcpy(changed, signature, len);
        memset(changed + 32 * half, 0, 32);
        assert_status(verify(key, digest, sizeof(digest), changed, len), STATUS_INVALID_SIGNATURE);
        from_hex(order, changed + 32 * half, 32);
        assert_status(verify(key, digest, sizeof(digest), changed, len), STATUS_INVALID_SIGNATURE);
        memset(changed + 32 * half, 0xff, 32);
        assert_status(verify(key, digest, sizeof(digest), changed, len), STATUS_INVALID_SIGNATURE);
    }
    memset(changed, 0, len);
    assert_status(verify(key, digest, sizeof(digest), changed, len), STATUS_INVALID_SIGNATURE);
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, of_a_long_digest_the_first_bits_are_signed)
{
    UCHAR hash[80], signature[MAX_SIGNATURE_LEN];
    memset(hash, 0x5a, sizeof(hash));
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    ULONG len = sign(key, hash, sizeof(hash), signature);
    assert_success(verify(key, hash, 32, signature, len));
    hash[32] ^= 1;
    assert_success(verify(key, hash, sizeof(hash), signature, len));
    hash[31] ^= 1;
    assert_status(verify(key, hash, sizeof(hash), signature, len), STATUS_INVALID_SIGNATURE);
    assert_success(BCryptDestroyKey(key));
}

/* The order has 521 bits: seven of the last byte are cut off. */
Test(ecdsa, a_digest_is_cut_at_a_bit)
{
    UCHAR hash[66], signature[MAX_SIGNATURE_LEN];
    memset(hash, 0x5a, sizeof(hash));
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P521_ALG_HANDLE, 521);
    ULONG len = sign(key, hash, sizeof(hash), signature);
    hash[65] ^= 0x7f;
    assert_success(verify(key, hash, sizeof(hash), signature, len));
    hash[65] ^= 0x80;
    assert_status(verify(key, hash, sizeof(hash), signature, len), STATUS_INVALID_SIGNATURE);
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, the_length_is_told_without_a_digest)
{
    UCHAR signature[MAX_SIGNATURE_LEN];
    ULONG len = 0;
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P521_ALG_HANDLE, 521);
    assert_success(BCryptSignHash(key, NULL, NULL, 0, NULL, 0, &len, 0));
    cr_assert_eq(len, 132);
    len = 0;
    assert_status(BCryptSignHash(key, NULL, digest, 32, signature, 0, &len, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_eq(len, 132);
    assert_status(BCryptSignHash(key, NULL, digest, 32, signature, 131, &len, 0),
            STATUS_BUFFER_TOO_SMALL);
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, signing_refuses_bad_arguments)
{
    UCHAR signature[MAX_SIGNATURE_LEN];
    ULONG len = 0;
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    BCRYPT_KEY_HANDLE public = public_half(BCRYPT_ECDSA_P256_ALG_HANDLE, key);
    assert_status(BCryptSignHash(NULL, NULL, digest, 32, signature, 64, &len, 0),
            STATUS_INVALID_HANDLE);
    assert_status(BCryptSignHash(key, NULL, digest, 32, signature, 64, NULL, 0),
            STATUS_INVALID_PARAMETER);
    assert_status(BCryptSignHash(key, NULL, NULL, 32, signature, 64, &len, 0),
            STATUS_INVALID_PARAMETER);
    assert_status(BCryptSignHash(key, NULL, digest, 0, signature, 64, &len, 0),
            STATUS_INVALID_PARAMETER);
    assert_status(BCryptSignHash(public, NULL, digest, 32, signature, 64, &len, 0),
            STATUS_INVALID_PARAMETER);
    assert_success(BCryptDestroyKey(public));
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, verifying_refuses_bad_arguments)
{
    UCHAR signature[MAX_SIGNATURE_LEN];
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    ULONG len = sign(key, digest, 32, signature);
    assert_status(verify(NULL, digest, 32, signature, len), STATUS_INVALID_HANDLE);
    assert_status(verify(key, NULL, 32, signature, len), STATUS_INVALID_PARAMETER);
    assert_status(verify(key, digest, 0, signature, len), STATUS_INVALID_PARAMETER);
    assert_status(verify(key, digest, 32, NULL, len), STATUS_INVALID_PARAMETER);
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, flags_are_refused_and_paddings_not_looked_at)
{
    static const ULONG wrong[] = { BCRYPT_PAD_NONE, BCRYPT_PAD_PKCS1, BCRYPT_PAD_PSS, 0x80000000 };
    BCRYPT_PKCS1_PADDING_INFO padding = { BCRYPT_SHA1_ALGORITHM };
    UCHAR signature[MAX_SIGNATURE_LEN];
    ULONG len = 0;
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    assert_success(BCryptSignHash(key, &padding, digest, 32, signature, 64, &len, 0));
    assert_success(BCryptVerifySignature(key, &padding, digest, 32, signature, len, 0));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_status(BCryptSignHash(key, &padding, digest, 32, signature, 64, &len, wrong[i]),
                STATUS_INVALID_PARAMETER);
        assert_status(BCryptVerifySignature(key, &padding, digest, 32, signature, len, wrong[i]),
                STATUS_INVALID_PARAMETER);
    }
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, a_key_is_of_no_use_until_finalized)
{
    UCHAR signature[MAX_SIGNATURE_LEN];
    BCRYPT_KEY_HANDLE key = NULL;
    ULONG len;
    assert_success(BCryptGenerateKeyPair(BCRYPT_ECDSA_P256_ALG_HANDLE, &key, 256, 0));
    assert_status(BCryptSignHash(key, NULL, digest, 32, signature, 64, &len, 0),
            STATUS_INVALID_HANDLE);
    assert_status(verify(key, digest, 32, signature, 64), STATUS_INVALID_HANDLE);
    assert_success(BCryptFinalizeKeyPair(key, 0));
    assert_success(BCryptSignHash(key, NULL, digest, 32, signature, 64, &len, 0));
    assert_status(BCryptFinalizeKeyPair(key, 0), STATUS_INVALID_HANDLE);
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, keys_have_the_length_that_the_name_says)
{
    static const ULONG wrong[] = { 0, 255, 257, 384, 521, 1024 };
    BCRYPT_KEY_HANDLE key = NULL;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_status(BCryptGenerateKeyPair(BCRYPT_ECDSA_P256_ALG_HANDLE, &key, wrong[i], 0),
                STATUS_INVALID_PARAMETER);
    }
    cr_assert_null(key);
}

static ULONG get_ulong(BCRYPT_HANDLE handle, LPCWSTR name)
{
    ULONG value = 0, len = 0;
    assert_success(BCryptGetProperty(handle, name, (PUCHAR)&value, sizeof(value), &len, 0));
    cr_assert_eq(len, sizeof(value));
    return value;
}

Test(ecdsa, keys_tell_their_lengths)
{
    for (size_t i = 0; i < NAMED_COUNT; i++) {
        ULONG len;
        BCRYPT_KEY_HANDLE key = generate_key(named[i].handle, named[i].bits);
        cr_assert_eq(get_ulong(key, BCRYPT_KEY_LENGTH), named[i].bits);
        cr_assert_eq(get_ulong(key, BCRYPT_KEY_STRENGTH), named[i].bits);
        cr_assert_eq(get_ulong(key, BCRYPT_PUBLIC_KEY_LENGTH), named[i].bits);
        cr_assert_eq(get_ulong(key, BCRYPT_SIGNATURE_LENGTH), 2 * named[i].width);
        assert_status(BCryptGetProperty(key, BCRYPT_BLOCK_LENGTH, NULL, 0, &len, 0),
                STATUS_NOT_SUPPORTED);
        assert_success(BCryptDestroyKey(key));
    }
    ULONG len;
    BCRYPT_KEY_HANDLE agreeing = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    assert_status(BCryptGetProperty(agreeing, BCRYPT_SIGNATURE_LENGTH, NULL, 0, &len, 0),
            STATUS_NOT_SUPPORTED);
    assert_success(BCryptDestroyKey(agreeing));
}

Test(ecdsa, blobs_have_magics_of_their_own)
{
    for (size_t i = 0; i < NAMED_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = generate_key(named[i].handle, named[i].bits), again = NULL;
        struct blob public = export_key(key, BCRYPT_ECCPUBLIC_BLOB);
        struct blob private = export_key(key, BCRYPT_ECCPRIVATE_BLOB);
        cr_assert_eq(word(&public, 0), named[i].public);
        cr_assert_eq(word(&private, 0), named[i].private);
        cr_assert_eq(word(&public, 1), named[i].width);
        cr_assert_eq(public.len, 8 + 2 * named[i].width);
        cr_assert_eq(private.len, 8 + 3 * named[i].width);
        assert_success(import_key(named[i].handle, BCRYPT_PRIVATE_KEY_BLOB, &private, 0, &again));
        struct blob copy = export_key(again, BCRYPT_PRIVATE_KEY_BLOB);
        cr_assert_arr_eq(copy.bytes, private.bytes, private.len);
        assert_success(try_import(named[i].handle, BCRYPT_PUBLIC_KEY_BLOB, &public));
        assert_success(BCryptDestroyKey(again));
        assert_success(BCryptDestroyKey(key));
    }
}

Test(ecdsa, magics_of_agreements_are_refused)
{
    for (size_t i = 0; i < NAMED_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = generate_key(named[i].handle, named[i].bits);
        struct blob public = export_key(key, BCRYPT_ECCPUBLIC_BLOB);
        struct blob private = export_key(key, BCRYPT_ECCPRIVATE_BLOB);
        set_word(&public, 0, named[i].ecdh_public);
        set_word(&private, 0, named[i].ecdh_private);
        assert_status(try_import(named[i].handle, BCRYPT_ECCPUBLIC_BLOB, &public),
                STATUS_INVALID_PARAMETER);
        assert_status(try_import(named[i].handle, BCRYPT_ECCPRIVATE_BLOB, &private),
                STATUS_INVALID_PARAMETER);
        set_word(&public, 0, BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC);
        assert_status(try_import(named[i].handle, BCRYPT_ECCPUBLIC_BLOB, &public),
                STATUS_INVALID_PARAMETER);
        assert_success(BCryptDestroyKey(key));
    }
}

Test(ecdsa, blobs_of_wrong_width_or_length_are_refused)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    struct blob public = export_key(key, BCRYPT_ECCPUBLIC_BLOB), wrong = public;
    for (ULONG width = 0; width < 70; width++) {
        set_word(&wrong, 1, width);
        assert_status(try_import(BCRYPT_ECDSA_P256_ALG_HANDLE, BCRYPT_ECCPUBLIC_BLOB, &wrong),
                width == 32 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
    }
    for (ULONG len = 0; len < public.len; len++) {
        wrong = public;
        wrong.len = len;
        assert_status(try_import(BCRYPT_ECDSA_P256_ALG_HANDLE, BCRYPT_ECCPUBLIC_BLOB, &wrong),
                STATUS_INVALID_PARAMETER);
    }
    wrong = public;
    wrong.bytes[40] ^= 1;
    assert_status(try_import(BCRYPT_ECDSA_P256_ALG_HANDLE, BCRYPT_ECCPUBLIC_BLOB, &wrong),
            STATUS_INVALID_PARAMETER);
    assert_status(try_import(BCRYPT_ECDSA_P256_ALG_HANDLE, u"NoSuchBlob", &public),
            STATUS_NOT_SUPPORTED);
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, a_public_key_has_no_private_blob)
{
    static const LPCWSTR types[] = { BCRYPT_ECCPRIVATE_BLOB, BCRYPT_PRIVATE_KEY_BLOB,
        BCRYPT_ECCFULLPRIVATE_BLOB };
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    BCRYPT_KEY_HANDLE public = public_half(BCRYPT_ECDSA_P256_ALG_HANDLE, key);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        ULONG len;
        assert_success(BCryptExportKey(key, NULL, types[i], NULL, 0, &len, 0));
        assert_status(BCryptExportKey(public, NULL, types[i], NULL, 0, &len, 0),
                STATUS_INVALID_PARAMETER);
    }
    assert_success(BCryptDestroyKey(public));
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, full_blobs_carry_the_generic_magic)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P384_ALG_HANDLE, 384), again = NULL;
    struct blob public = export_key(key, BCRYPT_ECCFULLPUBLIC_BLOB);
    struct blob private = export_key(key, BCRYPT_ECCFULLPRIVATE_BLOB);
    cr_assert_eq(word(&public, 0), BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC);
    cr_assert_eq(word(&private, 0), BCRYPT_ECDSA_PRIVATE_GENERIC_MAGIC);
    assert_success(import_key(BCRYPT_ECDSA_P384_ALG_HANDLE, BCRYPT_ECCFULLPRIVATE_BLOB, &private, 0,
            &again));
    UCHAR signature[MAX_SIGNATURE_LEN];
    ULONG len = sign(again, digest, 32, signature);
    assert_success(verify(key, digest, 32, signature, len));
    set_word(&public, 0, BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC);
    assert_status(try_import(BCRYPT_ECDSA_P384_ALG_HANDLE, BCRYPT_ECCFULLPUBLIC_BLOB, &public),
            STATUS_INVALID_PARAMETER);
    assert_success(BCryptDestroyKey(again));
    assert_success(BCryptDestroyKey(key));
}

static BCRYPT_ALG_HANDLE open_generic(void)
{
    BCRYPT_ALG_HANDLE provider = NULL;
    assert_success(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDSA_ALGORITHM, NULL, 0));
    return provider;
}

static NTSTATUS name_curve(BCRYPT_HANDLE object, LPCWSTR name)
{
    ULONG len = 0;
    while (name[len] != 0) {
        len++;
    }
    return BCryptSetProperty(object, BCRYPT_ECC_CURVE_NAME, (PUCHAR)name,
            (len + 1) * (ULONG)sizeof(WCHAR), 0);
}

static BOOL is_25519(LPCWSTR name)
{
    static const WCHAR curve[] = BCRYPT_ECC_CURVE_25519;
    for (size_t i = 0; i < sizeof(curve) / sizeof(WCHAR); i++) {
        if (name[i] != curve[i]) {
            return FALSE;
        }
    }
    return TRUE;
}

Test(ecdsa, every_listed_curve_signs)
{
    static UCHAR bytes[16384];
    ULONG len = 0;
    BCRYPT_ALG_HANDLE provider = open_generic();
    assert_success(BCryptGetProperty(provider, BCRYPT_ECC_CURVE_NAME_LIST, bytes, sizeof(bytes),
            &len, 0));
    BCRYPT_ECC_CURVE_NAMES names;
    memcpy(&names, bytes, sizeof(names));
    cr_assert_geq(names.dwEccCurveNames, 20);
    for (ULONG i = 0; i < names.dwEccCurveNames; i++) {
        UCHAR signature[MAX_SIGNATURE_LEN + 8];
        cr_assert_not(is_25519(names.pEccCurveNames[i]));
        assert_success(name_curve(provider, names.pEccCurveNames[i]));
        BCRYPT_KEY_HANDLE key = generate_key(provider, 0);
        struct blob blob = export_key(key, BCRYPT_ECCPUBLIC_BLOB);
        cr_assert_eq(word(&blob, 0), BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC);
        BCRYPT_KEY_HANDLE public = public_half(provider, key);
        cr_assert_eq(get_ulong(key, BCRYPT_SIGNATURE_LENGTH), sign(key, digest, 32, signature));
        cr_assert_geq(get_ulong(key, BCRYPT_SIGNATURE_LENGTH), 2 * word(&blob, 1));
        assert_success(verify(public, digest, 32, signature,
                get_ulong(key, BCRYPT_SIGNATURE_LENGTH)));
        assert_success(BCryptDestroyKey(public));
        assert_success(BCryptDestroyKey(key));
    }
    assert_success(BCryptCloseAlgorithmProvider(provider, 0));
}

/* An order of 161 bits: a number may have one byte more than a coordinate. */
Test(ecdsa, wide_orders_have_wide_signatures)
{
    BCRYPT_ALG_HANDLE provider = open_generic();
    assert_success(name_curve(provider, BCRYPT_ECC_CURVE_SECP160K1));
    BCRYPT_KEY_HANDLE key = generate_key(provider, 160);
    cr_assert_eq(get_ulong(key, BCRYPT_SIGNATURE_LENGTH), 42);
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptCloseAlgorithmProvider(provider, 0));
}

Test(ecdsa, curve25519_does_not_sign)
{
    BCRYPT_KEY_HANDLE key = NULL;
    BCRYPT_ALG_HANDLE provider = open_generic();
    assert_status(name_curve(provider, BCRYPT_ECC_CURVE_25519), STATUS_NOT_SUPPORTED);
    assert_success(BCryptGenerateKeyPair(provider, &key, 0, 0));
    assert_status(name_curve(key, BCRYPT_ECC_CURVE_25519), STATUS_NOT_SUPPORTED);
    assert_status(BCryptFinalizeKeyPair(key, 0), STATUS_INVALID_PARAMETER);
    struct blob blob = { .len = 8 + 32 };
    memset(blob.bytes, 9, blob.len);
    set_word(&blob, 0, 29);
    set_word(&blob, 1, 32);
    assert_status(try_import(provider, SSL_ECCPUBLIC_BLOB, &blob), STATUS_INVALID_PARAMETER);
    assert_success(name_curve(key, BCRYPT_ECC_CURVE_NISTP256));
    assert_success(BCryptFinalizeKeyPair(key, 0));
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptCloseAlgorithmProvider(provider, 0));
}

Test(ecdsa, the_generic_pseudo_handle_takes_what_says_its_curve)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_ALG_HANDLE, 384);
    BCRYPT_KEY_HANDLE from = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256), into = NULL;
    struct blob blob = export_key(from, BCRYPT_ECCPRIVATE_BLOB);
    assert_success(import_key(BCRYPT_ECDSA_ALG_HANDLE, BCRYPT_ECCPRIVATE_BLOB, &blob, 0, &into));
    assert_status(name_curve(BCRYPT_ECDSA_ALG_HANDLE, BCRYPT_ECC_CURVE_NISTP256),
            STATUS_NOT_SUPPORTED);
    UCHAR signature[MAX_SIGNATURE_LEN];
    ULONG len = sign(into, digest, 32, signature);
    assert_success(verify(from, digest, 32, signature, len));
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptDestroyKey(from));
    assert_success(BCryptDestroyKey(into));
}

Test(ecdsa, keys_that_sign_do_nothing_else)
{
    UCHAR bytes[64];
    ULONG len;
    BCRYPT_SECRET_HANDLE secret = NULL;
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    BCRYPT_KEY_HANDLE agreeing = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    assert_status(BCryptSecretAgreement(key, key, &secret, 0), STATUS_NOT_SUPPORTED);
    assert_status(BCryptSecretAgreement(agreeing, key, &secret, 0), STATUS_INVALID_PARAMETER);
    assert_status(BCryptEncrypt(key, digest, 32, NULL, NULL, 0, bytes, 64, &len, 0),
            STATUS_NOT_SUPPORTED);
    assert_status(BCryptDecrypt(key, digest, 32, NULL, NULL, 0, bytes, 64, &len, 0),
            STATUS_NOT_SUPPORTED);
    assert_status(BCryptSignHash(agreeing, NULL, digest, 32, bytes, 64, &len, 0),
            STATUS_NOT_SUPPORTED);
    assert_status(verify(agreeing, digest, 32, bytes, 64), STATUS_NOT_SUPPORTED);
    cr_assert_null(secret);
    assert_success(BCryptDestroyKey(agreeing));
    assert_success(BCryptDestroyKey(key));
}

Test(ecdsa, at_dispatch_level_memory_must_be_locked)
{
    static struct {
        UCHAR digest[32], signature[64];
        ULONG len;
    } locked;
    BCRYPT_ALG_HANDLE provider = NULL;
    assert_success(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDSA_P256_ALGORITHM, NULL,
            BCRYPT_PROV_DISPATCH));
    BCRYPT_KEY_HANDLE key = generate_key(provider, 256);
    BCRYPT_KEY_HANDLE plain = generate_key(BCRYPT_ECDSA_P256_ALG_HANDLE, 256);
    cr_assert(vit_irql_lock(&locked, sizeof(locked)));
    vit_irql_set(VIT_IRQL_DISPATCH);
    NTSTATUS signed_ =
            BCryptSignHash(key, NULL, locked.digest, 32, locked.signature, 64, &locked.len, 0);
    NTSTATUS verified =
            BCryptVerifySignature(key, NULL, locked.digest, 32, locked.signature, 64, 0);
    NTSTATUS unlocked = BCryptSignHash(key, NULL, digest, 32, locked.signature, 64, &locked.len, 0);
    NTSTATUS unverified = BCryptVerifySignature(key, NULL, digest, 32, locked.signature, 64, 0);
    NTSTATUS other =
            BCryptSignHash(plain, NULL, locked.digest, 32, locked.signature, 64, &locked.len, 0);
    vit_irql_set(VIT_IRQL_PASSIVE);
    assert_success(signed_);
    assert_success(verified);
    assert_status(unlocked, STATUS_INVALID_PARAMETER);
    assert_status(unverified, STATUS_INVALID_PARAMETER);
    assert_status(other, STATUS_INVALID_HANDLE);
    cr_assert(vit_irql_unlock(&locked, sizeof(locked)));
    assert_success(BCryptDestroyKey(plain));
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptCloseAlgorithmProvider(provider, 0));
}
