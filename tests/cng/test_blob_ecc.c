/* SPDX-License-Identifier: MIT */
#include "tests/cng/agreement.h"

static const struct {
    BCRYPT_ALG_HANDLE provider;
    ULONG bits, width, public, private;
} named[] = {
    { BCRYPT_ECDH_P256_ALG_HANDLE, 256, 32, BCRYPT_ECDH_PUBLIC_P256_MAGIC,
            BCRYPT_ECDH_PRIVATE_P256_MAGIC },
    { BCRYPT_ECDH_P384_ALG_HANDLE, 384, 48, BCRYPT_ECDH_PUBLIC_P384_MAGIC,
            BCRYPT_ECDH_PRIVATE_P384_MAGIC },
    { BCRYPT_ECDH_P521_ALG_HANDLE, 521, 66, BCRYPT_ECDH_PUBLIC_P521_MAGIC,
            BCRYPT_ECDH_PRIVATE_P521_MAGIC },
};

static const LPCWSTR private_types[] = { BCRYPT_ECCPRIVATE_BLOB, BCRYPT_PRIVATE_KEY_BLOB,
    BCRYPT_ECCFULLPRIVATE_BLOB };
static const LPCWSTR public_types[] = { BCRYPT_ECCPUBLIC_BLOB, BCRYPT_PUBLIC_KEY_BLOB,
    BCRYPT_ECCFULLPUBLIC_BLOB, SSL_ECCPUBLIC_BLOB };

static void assert_same(const struct blob *a, const struct blob *b)
{
    cr_assert_eq(a->len, b->len);
    cr_assert_arr_eq(a->bytes, b->bytes, a->len);
}

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

/* Out and in again, byte for byte, in every type. */
static void assert_round_trips(BCRYPT_ALG_HANDLE provider, BCRYPT_KEY_HANDLE key,
        const LPCWSTR *types, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        BCRYPT_KEY_HANDLE copy = NULL;
        struct blob blob = export_key(key, types[i]);
        assert_success(import_key(provider, types[i], &blob, 0, &copy));
        struct blob again = export_key(copy, types[i]);
        assert_same(&blob, &again);
        BCRYPT_SECRET_HANDLE secret = agree_on(key, copy);
        assert_success(BCryptDestroySecret(secret));
        assert_success(BCryptDestroyKey(copy));
    }
}

Test(blob_ecc, sizes_and_magics_are_as_published)
{
    for (unsigned i = 0; i < 3; i++) {
        BCRYPT_KEY_HANDLE key = generate_key(named[i].provider, named[i].bits);
        struct blob public = export_key(key, BCRYPT_ECCPUBLIC_BLOB);
        struct blob private = export_key(key, BCRYPT_ECCPRIVATE_BLOB);
        struct blob full = export_key(key, BCRYPT_ECCFULLPRIVATE_BLOB);
        cr_assert_eq(public.len, 8 + 2 * named[i].width);
        cr_assert_eq(private.len, 8 + 3 * named[i].width);
        cr_assert_eq(word(&public, 0), named[i].public);
        cr_assert_eq(word(&private, 0), named[i].private);
        cr_assert_eq(word(&public, 1), named[i].width);
        cr_assert_arr_eq(public.bytes + 8, private.bytes + 8, public.len - 8);
        cr_assert_eq(word(&full, 0), BCRYPT_ECDH_PRIVATE_GENERIC_MAGIC);
        cr_assert_eq(word(&full, 1), 1);
        cr_assert_eq(word(&full, 2), BCRYPT_ECC_PRIME_SHORT_WEIERSTRASS_CURVE);
        cr_assert_eq(word(&full, 4), named[i].width);
        cr_assert_eq(word(&full, 5), named[i].width);
        cr_assert_eq(word(&full, 6), 1);
        cr_assert_eq(full.len,
                32 + 5 * named[i].width + named[i].width + 1 + word(&full, 7) + 3 * named[i].width);
        cr_assert_arr_eq(full.bytes + full.len - 3 * named[i].width, private.bytes + 8,
                3 * named[i].width);
        assert_round_trips(named[i].provider, key, private_types, 3);
        assert_round_trips(named[i].provider, key, public_types, 4);
        assert_success(BCryptDestroyKey(key));
    }
}

Test(blob_ecc, every_named_curve_round_trips, .timeout = 120)
{
    union {
        BCRYPT_ECC_CURVE_NAMES names;
        UCHAR bytes[8192];
    } list;
    BCRYPT_ALG_HANDLE generic;
    ULONG len;
    assert_success(BCryptOpenAlgorithmProvider(&generic, BCRYPT_ECDH_ALGORITHM, NULL, 0));
    assert_success(BCryptGetProperty(generic, BCRYPT_ECC_CURVE_NAME_LIST, list.bytes, sizeof(list),
            &len, 0));
    cr_assert_geq(list.names.dwEccCurveNames, 30);
    for (ULONG i = 0; i < list.names.dwEccCurveNames; i++) {
        BCRYPT_ALG_HANDLE curve = open_curve(list.names.pEccCurveNames[i]);
        BCRYPT_KEY_HANDLE key = generate_key(curve, 0);
        struct blob blob = export_key(key, BCRYPT_ECCPRIVATE_BLOB);
        bool montgomery = memcmp(list.names.pEccCurveNames[i], BCRYPT_ECC_CURVE_25519,
                                  sizeof(BCRYPT_ECC_CURVE_25519)) == 0;
        cr_assert_eq(word(&blob, 0), BCRYPT_ECDH_PRIVATE_GENERIC_MAGIC);
        assert_round_trips(curve, key, private_types, montgomery ? 2 : 3);
        assert_round_trips(curve, key, public_types, montgomery ? 2 : 3);
        assert_success(BCryptDestroyKey(key));
        assert_success(BCryptCloseAlgorithmProvider(curve, 0));
    }
    assert_success(BCryptCloseAlgorithmProvider(generic, 0));
}

Test(blob_ecc, curve25519_has_its_own_rules)
{
    BCRYPT_ALG_HANDLE curve = open_curve(BCRYPT_ECC_CURVE_25519);
    BCRYPT_KEY_HANDLE key = generate_key(curve, 255), copy;
    struct blob blob = export_key(key, BCRYPT_ECCPRIVATE_BLOB), again, bad;
    static const UCHAR zero[32];
    ULONG bits, len;
    assert_success(BCryptGetProperty(key, BCRYPT_PUBLIC_KEY_LENGTH, (PUCHAR)&bits, 4, &len, 0));
    cr_assert_eq(bits, 255);
    cr_assert_eq(blob.len, 8 + 96);
    cr_assert_arr_eq(blob.bytes + 40, zero, 32);
    bad = blob;
    bad.bytes[72] |= 1;
    assert_status(try_import(curve, BCRYPT_ECCPRIVATE_BLOB, &bad), STATUS_INVALID_PARAMETER);
    bad = blob;
    bad.bytes[8 + 31] |= 0x80;
    assert_status(try_import(curve, BCRYPT_ECCPRIVATE_BLOB, &bad), STATUS_INVALID_PARAMETER);
    again = export_key(key, BCRYPT_ECCPUBLIC_BLOB);
    again.bytes[8 + 31] |= 0x80;
    assert_status(try_import(curve, BCRYPT_ECCPUBLIC_BLOB, &again), STATUS_INVALID_PARAMETER);
    bad = blob;
    memset(bad.bytes + 8, 0, 32);
    assert_success(import_key(curve, BCRYPT_ECCPRIVATE_BLOB, &bad, 0, &copy));
    again = export_key(copy, BCRYPT_ECCPRIVATE_BLOB);
    assert_same(&again, &blob);
    assert_round_trips(curve, key, public_types + 3, 1);
    struct blob tls = export_key(key, SSL_ECCPUBLIC_BLOB);
    cr_assert_eq(word(&tls, 0), 29);
    cr_assert_eq(word(&tls, 1), 32);
    assert_status(BCryptExportKey(key, NULL, BCRYPT_ECCFULLPUBLIC_BLOB, NULL, 0, &len, 0),
            STATUS_NOT_SUPPORTED);
    assert_success(BCryptDestroyKey(copy));
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptCloseAlgorithmProvider(curve, 0));
}

Test(blob_ecc, every_other_length_is_refused)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    const LPCWSTR types[] = { BCRYPT_ECCPRIVATE_BLOB, BCRYPT_ECCPUBLIC_BLOB,
        BCRYPT_ECCFULLPRIVATE_BLOB, BCRYPT_ECCFULLPUBLIC_BLOB, SSL_ECCPUBLIC_BLOB };
    for (unsigned i = 0; i < 5; i++) {
        struct blob good = export_key(key, types[i]), bad = good;
        for (bad.len = 0; bad.len < good.len + 9; bad.len++) {
            assert_status(try_import(BCRYPT_ECDH_P256_ALG_HANDLE, types[i], &bad),
                    bad.len == good.len ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
        }
    }
    assert_success(BCryptDestroyKey(key));
}

Test(blob_ecc, magic_and_width_must_be_those_of_provider_and_type)
{
    const ULONG magics[] = { BCRYPT_ECDH_PUBLIC_P384_MAGIC, BCRYPT_ECDH_PRIVATE_P256_MAGIC,
        BCRYPT_ECDSA_PUBLIC_P256_MAGIC, BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC, BCRYPT_DH_PUBLIC_MAGIC,
        0 };
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    struct blob good = export_key(key, BCRYPT_ECCPUBLIC_BLOB), bad;
    for (unsigned i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        bad = good;
        set_word(&bad, 0, magics[i]);
        assert_status(try_import(BCRYPT_ECDH_P256_ALG_HANDLE, BCRYPT_ECCPUBLIC_BLOB, &bad),
                STATUS_INVALID_PARAMETER);
    }
    const ULONG widths[] = { 0, 1, 31, 33, 48, 0x80000020, 0xffffffff };
    for (unsigned i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        bad = good;
        set_word(&bad, 1, widths[i]);
        assert_status(try_import(BCRYPT_ECDH_P256_ALG_HANDLE, BCRYPT_ECCPUBLIC_BLOB, &bad),
                STATUS_INVALID_PARAMETER);
    }
    assert_status(try_import(BCRYPT_ECDH_P384_ALG_HANDLE, BCRYPT_ECCPUBLIC_BLOB, &good),
            STATUS_INVALID_PARAMETER);
    assert_success(BCryptDestroyKey(key));
}

Test(blob_ecc, types_of_others_are_not_supported)
{
    const LPCWSTR types[] = { BCRYPT_DH_PUBLIC_BLOB, BCRYPT_RSAPUBLIC_BLOB, u"NONE",
        LEGACY_DH_PUBLIC_BLOB };
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    struct blob blob = export_key(key, BCRYPT_ECCPUBLIC_BLOB);
    ULONG len;
    for (unsigned i = 0; i < 4; i++) {
        assert_status(BCryptExportKey(key, NULL, types[i], NULL, 0, &len, 0), STATUS_NOT_SUPPORTED);
        assert_status(try_import(BCRYPT_ECDH_P256_ALG_HANDLE, types[i], &blob),
                STATUS_NOT_SUPPORTED);
    }
    assert_success(BCryptDestroyKey(key));
}

Test(blob_ecc, a_public_key_has_no_private_blob)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256), public;
    struct blob blob = export_key(key, BCRYPT_ECCPUBLIC_BLOB);
    ULONG len;
    assert_success(import_key(BCRYPT_ECDH_P256_ALG_HANDLE, BCRYPT_PUBLIC_KEY_BLOB, &blob, 0,
            &public));
    for (unsigned i = 0; i < 3; i++) {
        assert_status(BCryptExportKey(public, NULL, private_types[i], NULL, 0, &len, 0),
                STATUS_INVALID_PARAMETER);
    }
    assert_success(BCryptDestroyKey(public));
    assert_success(BCryptDestroyKey(key));
}

Test(blob_ecc, points_beside_the_curve_and_the_infinite_one_are_refused_whatever_is_not_validated)
{
    for (unsigned i = 0; i < 3; i++) {
        BCRYPT_KEY_HANDLE key = generate_key(named[i].provider, named[i].bits), none = NULL;
        for (unsigned j = 0; j < 4; j++) {
            struct blob bad = export_key(key, public_types[j]);
            bad.bytes[bad.len - 1] ^= 1;
            assert_status(import_key(named[i].provider, public_types[j], &bad, 0, &none),
                    STATUS_INVALID_PARAMETER);
            assert_status(import_key(named[i].provider, public_types[j], &bad,
                                  BCRYPT_NO_KEY_VALIDATION, &none),
                    STATUS_INVALID_PARAMETER);
            memset(bad.bytes + bad.len - 2 * named[i].width, 0, 2 * named[i].width);
            assert_status(import_key(named[i].provider, public_types[j], &bad, 0, &none),
                    STATUS_INVALID_PARAMETER);
        }
        assert_success(BCryptDestroyKey(key));
    }
}

/* Whoever may choose the generator knows the private half of anybody's public key. */
Test(blob_ecc, parameters_that_are_of_no_known_curve_are_refused)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256);
    BCRYPT_ALG_HANDLE generic, other = open_curve(BCRYPT_ECC_CURVE_SECP256K1);
    struct blob good = export_key(key, BCRYPT_ECCFULLPUBLIC_BLOB), bad;
    assert_success(BCryptOpenAlgorithmProvider(&generic, BCRYPT_ECDH_ALGORITHM, NULL, 0));
    assert_success(try_import(generic, BCRYPT_ECCFULLPUBLIC_BLOB, &good));
    for (size_t at = 32; at < 32 + 6 * 32 + 1; at += 8) {
        bad = good;
        bad.bytes[at] ^= 1;
        assert_status(try_import(generic, BCRYPT_ECCFULLPUBLIC_BLOB, &bad), STATUS_NOT_SUPPORTED);
    }
    bad = good;
    bad.bytes[32 + 6 * 32] = 2; /* the cofactor */
    assert_status(try_import(generic, BCRYPT_ECCFULLPUBLIC_BLOB, &bad), STATUS_NOT_SUPPORTED);
    assert_status(try_import(other, BCRYPT_ECCFULLPUBLIC_BLOB, &good), STATUS_INVALID_PARAMETER);
    for (size_t i = 1; i < 8; i++) {
        bad = good;
        set_word(&bad, i, i == 3 ? 0xffffffff : 0x7fffffff);
        if (i != 3) {
            cr_assert_lt(try_import(generic, BCRYPT_ECCFULLPUBLIC_BLOB, &bad), 0);
        }
    }
    assert_success(BCryptCloseAlgorithmProvider(other, 0));
    assert_success(BCryptCloseAlgorithmProvider(generic, 0));
    assert_success(BCryptDestroyKey(key));
}

Test(blob_ecc, parameters_name_a_curve_as_its_name_does)
{
    BCRYPT_ALG_HANDLE named_curve = open_curve(BCRYPT_ECC_CURVE_BRAINPOOLP256R1), generic;
    UCHAR parameters[512];
    WCHAR name[32];
    ULONG len = 0, name_len;
    assert_success(BCryptOpenAlgorithmProvider(&generic, BCRYPT_ECDH_ALGORITHM, NULL, 0));
    assert_success(BCryptGetProperty(named_curve, BCRYPT_ECC_PARAMETERS, parameters,
            sizeof(parameters), &len, 0));
    assert_status(BCryptSetProperty(generic, BCRYPT_ECC_PARAMETERS, parameters, len - 1, 0),
            STATUS_INVALID_PARAMETER);
    assert_success(BCryptSetProperty(generic, BCRYPT_ECC_PARAMETERS, parameters, len, 0));
    assert_success(BCryptGetProperty(generic, BCRYPT_ECC_CURVE_NAME, (PUCHAR)name, sizeof(name),
            &name_len, 0));
    cr_assert_eq(name_len, sizeof(BCRYPT_ECC_CURVE_BRAINPOOLP256R1));
    cr_assert_arr_eq(name, BCRYPT_ECC_CURVE_BRAINPOOLP256R1, name_len);
    assert_success(BCryptCloseAlgorithmProvider(named_curve, 0));
    assert_success(BCryptCloseAlgorithmProvider(generic, 0));
}

Test(blob_ecc, sizes_of_keys_to_be_generated)
{
    BCRYPT_KEY_HANDLE key = NULL;
    const ULONG wrong[] = { 0, 255, 257, 384, 0xffffffff };
    for (unsigned i = 0; i < 5; i++) {
        assert_status(BCryptGenerateKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, &key, wrong[i], 0),
                STATUS_INVALID_PARAMETER);
    }
    BCRYPT_ALG_HANDLE curve = open_curve(BCRYPT_ECC_CURVE_SECP256K1);
    assert_status(BCryptGenerateKeyPair(curve, &key, 384, 0), STATUS_INVALID_PARAMETER);
    cr_assert_null(key);
    assert_success(BCryptDestroyKey(generate_key(curve, 0)));
    assert_success(BCryptDestroyKey(generate_key(curve, 256)));
    assert_success(BCryptCloseAlgorithmProvider(curve, 0));
}

Test(blob_ecc, a_curve_may_be_named_on_the_key_until_it_is_final)
{
    static WCHAR name[] = BCRYPT_ECC_CURVE_SECP256K1, nums[] = u"numsP256t1";
    BCRYPT_ALG_HANDLE generic;
    BCRYPT_KEY_HANDLE key;
    assert_success(BCryptOpenAlgorithmProvider(&generic, BCRYPT_ECDH_ALGORITHM, NULL, 0));
    assert_success(BCryptGenerateKeyPair(generic, &key, 0, 0));
    assert_status(BCryptFinalizeKeyPair(key, 0), STATUS_INVALID_PARAMETER);
    assert_status(BCryptSetProperty(key, BCRYPT_ECC_CURVE_NAME, (PUCHAR)nums, sizeof(nums), 0),
            STATUS_NOT_SUPPORTED);
    assert_success(BCryptSetProperty(key, BCRYPT_ECC_CURVE_NAME, (PUCHAR)name, sizeof(name), 0));
    assert_success(BCryptFinalizeKeyPair(key, 0));
    assert_status(BCryptSetProperty(key, BCRYPT_ECC_CURVE_NAME, (PUCHAR)name, sizeof(name), 0),
            STATUS_INVALID_HANDLE);
    assert_status(BCryptSetProperty(BCRYPT_ECDH_ALG_HANDLE, BCRYPT_ECC_CURVE_NAME, (PUCHAR)name,
                          sizeof(name), 0),
            STATUS_NOT_SUPPORTED);
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptCloseAlgorithmProvider(generic, 0));
}

static ULONG ulong_of(BCRYPT_HANDLE object, LPCWSTR name)
{
    ULONG value = 0, len = 0;
    assert_success(BCryptGetProperty(object, name, (PUCHAR)&value, 4, &len, 0));
    cr_assert_eq(len, 4);
    return value;
}

Test(blob_ecc, keys_tell_their_lengths)
{
    for (unsigned i = 0; i < 3; i++) {
        BCRYPT_KEY_LENGTHS_STRUCT lengths;
        BCRYPT_KEY_HANDLE key = generate_key(named[i].provider, named[i].bits);
        ULONG len;
        cr_assert_eq(ulong_of(key, BCRYPT_KEY_LENGTH), named[i].bits);
        cr_assert_eq(ulong_of(key, BCRYPT_KEY_STRENGTH), named[i].bits);
        cr_assert_eq(ulong_of(key, BCRYPT_PUBLIC_KEY_LENGTH), named[i].bits);
        assert_success(BCryptGetProperty(named[i].provider, BCRYPT_KEY_LENGTHS, (PUCHAR)&lengths,
                sizeof(lengths), &len, 0));
        cr_assert_eq(lengths.dwMinLength, named[i].bits);
        cr_assert_eq(lengths.dwMaxLength, named[i].bits);
        assert_success(BCryptDestroyKey(key));
    }
}
