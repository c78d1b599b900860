/* SPDX-License-Identifier: MIT */
/* Keys come in and go out. */
#include "tests/cng/ncrypt_keys.h"
#include "tests/cng/vectors_rsa.h"

TestSuite(ncrypt_blob, .init = keys_begin, .fini = keys_end, .timeout = 60);

static void append(struct keys_blob *blob, const void *bytes, size_t len)
{
    memcpy(blob->bytes + blob->len, bytes, len);
    blob->len += (DWORD)len;
}

static struct keys_blob rsa_public(void)
{
    const BCRYPT_RSAKEY_BLOB header = { BCRYPT_RSAPUBLIC_MAGIC, 8 * sizeof(rsa_n), sizeof(rsa_e),
        sizeof(rsa_n), 0, 0 };
    struct keys_blob blob = { .len = 0 };
    append(&blob, &header, sizeof(header));
    append(&blob, rsa_e, sizeof(rsa_e));
    append(&blob, rsa_n, sizeof(rsa_n));
    return blob;
}

static struct keys_blob rsa_private(void)
{
    struct keys_blob blob = rsa_public();
    BCRYPT_RSAKEY_BLOB *header = (BCRYPT_RSAKEY_BLOB *)(void *)blob.bytes;
    header->Magic = BCRYPT_RSAPRIVATE_MAGIC;
    header->cbPrime1 = sizeof(rsa_p);
    header->cbPrime2 = sizeof(rsa_q);
    append(&blob, rsa_p, sizeof(rsa_p));
    append(&blob, rsa_q, sizeof(rsa_q));
    return blob;
}

static struct keys_blob rsa_full(void)
{
    struct keys_blob blob = rsa_private();
    ((BCRYPT_RSAKEY_BLOB *)(void *)blob.bytes)->Magic = BCRYPT_RSAFULLPRIVATE_MAGIC;
    append(&blob, rsa_dp, sizeof(rsa_dp));
    append(&blob, rsa_dq, sizeof(rsa_dq));
    append(&blob, rsa_qinv, sizeof(rsa_qinv));
    append(&blob, rsa_d, sizeof(rsa_d));
    return blob;
}

static void append_turned(struct keys_blob *blob, const uint8_t *bytes, size_t len)
{
    for (size_t i = len; i-- > 0;) {
        append(blob, &bytes[i], 1);
    }
}

static struct keys_blob rsa_legacy(void)
{
    static const BYTE header[] = { 7, 2, 0, 0, 0, 0xa4, 0, 0, 'R', 'S', 'A', '2', 0, 4, 0, 0, 1, 0,
        1, 0 };
    struct keys_blob blob = { .len = 0 };
    append(&blob, header, sizeof(header));
    append_turned(&blob, rsa_n, sizeof(rsa_n));
    append_turned(&blob, rsa_p, sizeof(rsa_p));
    append_turned(&blob, rsa_q, sizeof(rsa_q));
    append_turned(&blob, rsa_dp, sizeof(rsa_dp));
    append_turned(&blob, rsa_dq, sizeof(rsa_dq));
    append_turned(&blob, rsa_qinv, sizeof(rsa_qinv));
    append_turned(&blob, rsa_d, sizeof(rsa_d));
    return blob;
}

static bool blobs_equal(const struct keys_blob *a, const struct keys_blob *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static SECURITY_STATUS try_import(NCRYPT_PROV_HANDLE provider, LPCWSTR type,
        const struct keys_blob *blob, DWORD flags)
{
    NCRYPT_KEY_HANDLE key = 0;
    SECURITY_STATUS status = keys_import(provider, type, blob, NULL, flags, &key);
    cr_assert_eq(key != 0, status == ERROR_SUCCESS);
    if (key != 0) {
        keys_free(key);
    }
    return status;
}

static SECURITY_STATUS try_export(NCRYPT_KEY_HANDLE key, LPCWSTR type, DWORD flags)
{
    BYTE bytes[8192];
    DWORD len = 0;
    return NCryptExportKey(key, 0, type, NULL, bytes, sizeof(bytes), &len, flags);
}

static void allow_export(NCRYPT_KEY_HANDLE key)
{
    cr_assert_ok(keys_set_dword(key, NCRYPT_EXPORT_POLICY_PROPERTY,
            NCRYPT_ALLOW_EXPORT_FLAG | NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG, 0));
}

Test(ncrypt_blob, every_rsa_blob_makes_the_same_key)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    const struct {
        LPCWSTR type;
        struct keys_blob blob;
    } blobs[] = {
        { BCRYPT_RSAPRIVATE_BLOB, rsa_private() },
        { BCRYPT_PRIVATE_KEY_BLOB, rsa_private() },
        { BCRYPT_RSAFULLPRIVATE_BLOB, rsa_full() },
        { LEGACY_RSAPRIVATE_BLOB, rsa_legacy() },
    };
    const struct keys_blob public = rsa_public(), private = rsa_private(), full = rsa_full();
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++) {
        NCRYPT_KEY_HANDLE key = 0;
        cr_assert_ok(keys_import(provider, blobs[i].type, &blobs[i].blob, NULL, 0, &key));
        cr_assert_answer(try_export(key, BCRYPT_RSAPRIVATE_BLOB, 0), NTE_NOT_SUPPORTED);
        allow_export(key);
        struct keys_blob out = keys_export(key, BCRYPT_RSAPUBLIC_BLOB);
        cr_assert(blobs_equal(&out, &public));
        out = keys_export(key, BCRYPT_RSAPRIVATE_BLOB);
        cr_assert(blobs_equal(&out, &private));
        cr_assert_eq(out.len, 283);
        out = keys_export(key, BCRYPT_RSAFULLPRIVATE_BLOB);
        cr_assert(blobs_equal(&out, &full));
        cr_assert_eq(out.len, 603);
        keys_free(key);
    }
    keys_free(provider);
}

Test(ncrypt_blob, public_keys_have_no_private_blob)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    const struct keys_blob public = rsa_public();
    NCRYPT_KEY_HANDLE key = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_ok(keys_import(provider, BCRYPT_RSAPUBLIC_BLOB, &public, NULL, 0, &key));
    allow_export(key);
    struct keys_blob out = keys_export(key, BCRYPT_PUBLIC_KEY_BLOB);
    cr_assert(blobs_equal(&out, &public));
    cr_assert_answer(try_export(key, BCRYPT_RSAPRIVATE_BLOB, 0), NTE_BAD_TYPE);
    cr_assert_answer(try_export(key, BCRYPT_PRIVATE_KEY_BLOB, 0), NTE_BAD_TYPE);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_blob, wrong_magics_and_wrong_sizes_are_told_apart)
{
    if (keys_lack(KEYS_GENERIC_ECC)) {
        return;
    }
    const struct {
        LPCWSTR type;
        struct keys_blob blob;
    } blobs[] = {
        { BCRYPT_RSAPUBLIC_BLOB, rsa_public() },
        { BCRYPT_RSAPRIVATE_BLOB, rsa_private() },
        { BCRYPT_RSAFULLPRIVATE_BLOB, rsa_full() },
        { BCRYPT_ECCPUBLIC_BLOB,
                keys_foreign(BCRYPT_ECDH_P256_ALGORITHM, NULL, 256, BCRYPT_ECCPUBLIC_BLOB) },
        { BCRYPT_ECCPRIVATE_BLOB,
                keys_foreign(BCRYPT_ECDH_P256_ALGORITHM, NULL, 256, BCRYPT_ECCPRIVATE_BLOB) },
        { BCRYPT_ECCFULLPRIVATE_BLOB,
                keys_foreign(BCRYPT_ECDH_ALGORITHM, u"secP256k1", 0, BCRYPT_ECCFULLPRIVATE_BLOB) },
        { BCRYPT_DH_PUBLIC_BLOB,
                keys_foreign(BCRYPT_DH_ALGORITHM, NULL, 2048, BCRYPT_DH_PUBLIC_BLOB) },
        { BCRYPT_DH_PRIVATE_BLOB,
                keys_foreign(BCRYPT_DH_ALGORITHM, NULL, 2048, BCRYPT_DH_PRIVATE_BLOB) },
    };
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++) {
        struct keys_blob blob = blobs[i].blob;
        cr_assert_ok(try_import(provider, blobs[i].type, &blob, 0));
        blob.len--;
        cr_assert_answer(try_import(provider, blobs[i].type, &blob, 0), NTE_BAD_DATA);
        blob.len += 2;
        cr_assert_answer(try_import(provider, blobs[i].type, &blob, 0), NTE_BAD_DATA);
        blob.len = 3;
        cr_assert_answer(try_import(provider, blobs[i].type, &blob, 0), NTE_BAD_DATA);
        blob.len = 4;
        cr_assert_answer(try_import(provider, blobs[i].type, &blob, 0), NTE_BAD_DATA);
        blob = blobs[i].blob;
        blob.bytes[0] ^= 0x40;
        cr_assert_answer(try_import(provider, blobs[i].type, &blob, 0), NTE_INVALID_PARAMETER);
    }
    keys_free(provider);
}

Test(ncrypt_blob, no_truncated_blob_makes_a_key)
{
    const struct keys_blob full = rsa_full(), legacy = rsa_legacy();
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (DWORD len = 0; len < full.len; len++) {
        struct keys_blob blob = full;
        blob.len = len;
        cr_assert_neq(try_import(provider, BCRYPT_RSAFULLPRIVATE_BLOB, &blob, 0), ERROR_SUCCESS);
    }
    for (DWORD len = 0; len < legacy.len; len++) {
        struct keys_blob blob = legacy;
        blob.len = len;
        cr_assert_answer(try_import(provider, LEGACY_RSAPRIVATE_BLOB, &blob, 0), NTE_BAD_DATA);
    }
    keys_free(provider);
}

Test(ncrypt_blob, an_rsa_header_may_be_wrong_in_its_bits_and_in_nothing_else)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    struct keys_blob blob = rsa_public();
    BCRYPT_RSAKEY_BLOB *header = (BCRYPT_RSAKEY_BLOB *)(void *)blob.bytes;
    header->BitLength = 5;
    cr_assert_ok(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, 0));
    NCRYPT_KEY_HANDLE key = 0;
    cr_assert_ok(keys_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, NULL, 0, &key));
    cr_assert_eq(keys_dword(key, NCRYPT_LENGTH_PROPERTY), 1024);
    keys_free(key);
    header->cbPublicExp--;
    cr_assert_answer(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, 0), NTE_BAD_DATA);
    header->cbPublicExp += 2;
    cr_assert_answer(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, 0), NTE_BAD_DATA);
    header->cbPublicExp = 0;
    cr_assert_answer(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, 0), NTE_BAD_DATA);
    header->cbPublicExp = sizeof(rsa_e);
    header->cbModulus = 0;
    cr_assert_answer(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, 0), NTE_BAD_DATA);
    header->cbModulus = 0xfffffff0;
    cr_assert_answer(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, 0), NTE_BAD_DATA);
    keys_free(provider);
}

Test(ncrypt_blob, numbers_that_are_no_key_are_bad_data)
{
    NCRYPT_PROV_HANDLE provider = keys_open();
    struct keys_blob blob = rsa_private();
    blob.bytes[blob.len - 1] ^= 2;
    cr_assert_answer(try_import(provider, BCRYPT_RSAPRIVATE_BLOB, &blob, 0), NTE_BAD_DATA);
    blob = keys_foreign(BCRYPT_ECDH_P256_ALGORITHM, NULL, 256, BCRYPT_ECCPUBLIC_BLOB);
    blob.bytes[blob.len - 1] ^= 1;
    cr_assert_answer(try_import(provider, BCRYPT_ECCPUBLIC_BLOB, &blob, 0), NTE_BAD_DATA);
    cr_assert_answer(try_import(provider, BCRYPT_ECCPUBLIC_BLOB, &blob, NCRYPT_NO_KEY_VALIDATION),
            NTE_BAD_DATA);
    keys_free(provider);
}

Test(ncrypt_blob, a_point_that_is_left_out_is_made_of_the_private_half)
{
    struct keys_blob blob =
            keys_foreign(BCRYPT_ECDH_P256_ALGORITHM, NULL, 256, BCRYPT_ECCPRIVATE_BLOB);
    BYTE point[64];
    NCRYPT_KEY_HANDLE key = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    memcpy(point, blob.bytes + 8, sizeof(point));
    memset(blob.bytes + 8, 0, sizeof(point));
    cr_assert_ok(keys_import(provider, BCRYPT_ECCPRIVATE_BLOB, &blob, u"mine", 0, &key));
    keys_free(key);
    key = keys_find(provider, u"mine");
    struct keys_blob public = keys_export(key, BCRYPT_ECCPUBLIC_BLOB);
    cr_assert_arr_eq(public.bytes + 8, point, sizeof(point));
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_blob, flags_are_checked)
{
    const struct keys_blob blob = rsa_public();
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = 0, other = 0;
    cr_assert_answer(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, 49), NTE_BAD_FLAGS);
    cr_assert_answer(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, 0x1), NTE_BAD_FLAGS);
    cr_assert_answer(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob,
                             NCRYPT_USE_PER_BOOT_KEY_FLAG),
            NTE_NOT_SUPPORTED);
    cr_assert_ok(try_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob,
            NCRYPT_SILENT_FLAG | NCRYPT_MACHINE_KEY_FLAG | NCRYPT_OVERWRITE_KEY_FLAG));
    cr_assert_ok(keys_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, NULL, 0, &key));
    cr_assert_answer(try_export(key, BCRYPT_RSAPUBLIC_BLOB, 0x1), NTE_BAD_FLAGS);
    cr_assert_answer(try_export(key, BCRYPT_RSAPUBLIC_BLOB, NCRYPT_EXPORT_LEGACY_FLAG),
            NTE_NOT_SUPPORTED);
    cr_assert_ok(try_export(key, BCRYPT_RSAPUBLIC_BLOB, NCRYPT_SILENT_FLAG));
    cr_assert_answer(NCryptImportKey(provider, key, BCRYPT_RSAPUBLIC_BLOB, NULL, &other,
                             (PBYTE)(void *)blob.bytes, blob.len, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptImportKey(provider, GARBAGE, BCRYPT_RSAPUBLIC_BLOB, NULL, &other,
                             (PBYTE)(void *)blob.bytes, blob.len, 0),
            NTE_INVALID_HANDLE);
    DWORD len = 0;
    cr_assert_answer(NCryptExportKey(key, key, BCRYPT_RSAPUBLIC_BLOB, NULL, NULL, 0, &len, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptExportKey(key, GARBAGE, BCRYPT_RSAPUBLIC_BLOB, NULL, NULL, 0, &len, 0),
            NTE_INVALID_HANDLE);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_blob, types_of_other_keys_and_of_nobody)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    const struct keys_blob blob = rsa_public();
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    allow_export(key);
    cr_assert_answer(try_export(key, BCRYPT_ECCPUBLIC_BLOB, 0), NTE_BAD_TYPE);
    cr_assert_answer(try_export(key, BCRYPT_DH_PRIVATE_BLOB, 0), NTE_BAD_TYPE);
    cr_assert_answer(try_export(key, LEGACY_RSAPRIVATE_BLOB, 0), NTE_BAD_TYPE);
    cr_assert_answer(try_export(key, u"none", 0), NTE_BAD_TYPE);
    cr_assert_answer(try_export(key, NCRYPT_PKCS8_PRIVATE_KEY_BLOB, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(try_export(key, NCRYPT_OPAQUETRANSPORT_BLOB, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(try_import(provider, u"none", &blob, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(try_import(provider, NCRYPT_PKCS8_PRIVATE_KEY_BLOB, &blob, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(try_import(provider, LEGACY_RSAPUBLIC_BLOB, &blob, 0), NTE_NOT_SUPPORTED);
    cr_assert_answer(try_import(provider, BCRYPT_DH_PUBLIC_BLOB, &blob, 0), NTE_INVALID_PARAMETER);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_blob, a_name_in_the_parameters_makes_a_kept_key)
{
    const struct keys_blob blob = rsa_full();
    NCRYPT_KEY_HANDLE key = 0, other = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_ok(keys_import(provider, BCRYPT_RSAFULLPRIVATE_BLOB, &blob, u"mine", 0, &key));
    cr_assert(keys_text_is(key, NCRYPT_NAME_PROPERTY, u"mine"));
    cr_assert_answer(NCryptFinalizeKey(key, 0), NTE_INVALID_HANDLE);
    cr_assert_answer(keys_import(provider, BCRYPT_RSAFULLPRIVATE_BLOB, &blob, u"mine", 0, &other),
            NTE_EXISTS);
    cr_assert_ok(keys_import(provider, BCRYPT_RSAFULLPRIVATE_BLOB, &blob, u"mine",
            NCRYPT_OVERWRITE_KEY_FLAG, &other));
    keys_free(other);
    keys_free(key);
    key = keys_find(provider, u"mine");
    struct keys_blob public = keys_export(key, BCRYPT_RSAPUBLIC_BLOB), wanted = rsa_public();
    cr_assert(blobs_equal(&public, &wanted));
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_blob, names_in_parameters_are_texts)
{
    const struct keys_blob blob = rsa_full();
    NCRYPT_KEY_HANDLE key = 0;
    NCryptBuffer buffer = { 3, NCRYPTBUFFER_PKCS_KEY_NAME, (PVOID)(void *)u"abc" };
    NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 1, &buffer };
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_answer(NCryptImportKey(provider, 0, BCRYPT_RSAFULLPRIVATE_BLOB, &list, &key,
                             (PBYTE)(void *)blob.bytes, blob.len, 0),
            NTE_INVALID_PARAMETER);
    buffer.cbBuffer = 0;
    cr_assert_answer(NCryptImportKey(provider, 0, BCRYPT_RSAFULLPRIVATE_BLOB, &list, &key,
                             (PBYTE)(void *)blob.bytes, blob.len, 0),
            NTE_INVALID_PARAMETER);
    buffer.cbBuffer = 4; /* without its NUL */
    cr_assert_ok(NCryptImportKey(provider, 0, BCRYPT_RSAFULLPRIVATE_BLOB, &list, &key,
            (PBYTE)(void *)blob.bytes, blob.len, 0));
    cr_assert(keys_text_is(key, NCRYPT_NAME_PROPERTY, u"ab"));
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_blob, public_keys_are_never_kept)
{
    const struct keys_blob blob = rsa_public();
    NCRYPT_KEY_HANDLE key = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_ok(keys_import(provider, BCRYPT_RSAPUBLIC_BLOB, &blob, u"mine", 0, &key));
    cr_assert_answer(keys_get(key, NCRYPT_NAME_PROPERTY, 0), NTE_NOT_SUPPORTED);
    keys_free(key);
    cr_assert_answer(NCryptOpenKey(provider, &key, u"mine", 0, 0), NTE_BAD_KEYSET);
    keys_free(provider);
}

Test(ncrypt_blob, an_import_can_be_left_open_for_properties)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    const struct keys_blob blob = rsa_full();
    NCRYPT_KEY_HANDLE key = 0, public = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_ok(keys_import(provider, BCRYPT_RSAFULLPRIVATE_BLOB, &blob, u"mine",
            NCRYPT_DO_NOT_FINALIZE_FLAG, &key));
    cr_assert_answer(try_export(key, BCRYPT_RSAPUBLIC_BLOB, 0), NTE_BAD_KEY_STATE);
    cr_assert_answer(NCryptOpenKey(provider, &public, u"mine", 0, 0), NTE_BAD_KEYSET);
    allow_export(key);
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    keys_free(key);
    key = keys_find(provider, u"mine");
    struct keys_blob out = keys_export(key, BCRYPT_RSAFULLPRIVATE_BLOB);
    cr_assert(blobs_equal(&out, &blob));
    out = keys_export(key, BCRYPT_RSAPUBLIC_BLOB);
    cr_assert_ok(keys_import(provider, BCRYPT_RSAPUBLIC_BLOB, &out, NULL,
            NCRYPT_DO_NOT_FINALIZE_FLAG, &public));
    cr_assert_answer(try_export(public, BCRYPT_RSAPUBLIC_BLOB, 0), NTE_BAD_KEY_STATE);
    cr_assert_ok(NCryptFinalizeKey(public, 0));
    cr_assert_ok(try_export(public, BCRYPT_RSAPUBLIC_BLOB, 0));
    keys_free(public);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_blob, a_blob_can_be_set_as_a_property)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    struct keys_blob blob = rsa_full(), public = rsa_public();
    struct keys_blob other =
            keys_foreign(BCRYPT_ECDH_P256_ALGORITHM, NULL, 256, BCRYPT_ECCPRIVATE_BLOB);
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_create(provider, NCRYPT_RSA_ALGORITHM, u"mine");
    cr_assert_answer(NCryptSetProperty(key, BCRYPT_RSAPUBLIC_BLOB, public.bytes, public.len, 0),
            NTE_NOT_SUPPORTED);
    cr_assert_answer(NCryptSetProperty(key, BCRYPT_ECCPRIVATE_BLOB, other.bytes, other.len, 0),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSetProperty(key, BCRYPT_RSAFULLPRIVATE_BLOB, blob.bytes, blob.len - 1,
                             0),
            NTE_BAD_DATA);
    cr_assert_ok(NCryptSetProperty(key, BCRYPT_RSAFULLPRIVATE_BLOB, blob.bytes, blob.len, 0));
    allow_export(key);
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    struct keys_blob out = keys_export(key, BCRYPT_RSAFULLPRIVATE_BLOB);
    cr_assert(blobs_equal(&out, &blob));
    cr_assert_answer(NCryptSetProperty(key, BCRYPT_RSAFULLPRIVATE_BLOB, blob.bytes, blob.len, 0),
            NTE_BAD_KEY_STATE);
    keys_free(key);
    key = keys_create(provider, NCRYPT_ECDH_P384_ALGORITHM, NULL);
    cr_assert_answer(NCryptSetProperty(key, BCRYPT_ECCPRIVATE_BLOB, other.bytes, other.len, 0),
            NTE_INVALID_PARAMETER);
    keys_free(key);
    key = keys_create(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_ok(NCryptSetProperty(key, BCRYPT_ECCPRIVATE_BLOB, other.bytes, other.len, 0));
    cr_assert_ok(NCryptFinalizeKey(key, 0));
    keys_free(key);
    keys_free(provider);
}

static void goes_round(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key, LPCWSTR type)
{
    NCRYPT_KEY_HANDLE again = 0;
    struct keys_blob blob = keys_export(key, type);
    cr_assert_ok(keys_import(provider, type, &blob, NULL, 0, &again));
    allow_export(again);
    struct keys_blob out = keys_export(again, type);
    cr_assert(blobs_equal(&out, &blob));
    keys_free(again);
}

Test(ncrypt_blob, every_blob_that_goes_out_comes_in)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    static const struct {
        LPCWSTR algorithm, curve, types[6];
    } cases[] = {
        { NCRYPT_RSA_ALGORITHM, NULL,
                { BCRYPT_RSAPUBLIC_BLOB, BCRYPT_RSAPRIVATE_BLOB, BCRYPT_RSAFULLPRIVATE_BLOB,
                        BCRYPT_PUBLIC_KEY_BLOB, BCRYPT_PRIVATE_KEY_BLOB } },
        { NCRYPT_DH_ALGORITHM, NULL,
                { BCRYPT_DH_PUBLIC_BLOB, BCRYPT_DH_PRIVATE_BLOB, BCRYPT_PUBLIC_KEY_BLOB,
                        BCRYPT_PRIVATE_KEY_BLOB } },
        { NCRYPT_ECDH_P256_ALGORITHM, NULL,
                { BCRYPT_ECCPUBLIC_BLOB, BCRYPT_ECCPRIVATE_BLOB, BCRYPT_ECCFULLPUBLIC_BLOB,
                        BCRYPT_ECCFULLPRIVATE_BLOB, SSL_ECCPUBLIC_BLOB, BCRYPT_PRIVATE_KEY_BLOB } },
        { NCRYPT_ECDH_P521_ALGORITHM, NULL,
                { BCRYPT_ECCPRIVATE_BLOB, BCRYPT_ECCFULLPRIVATE_BLOB } },
        { NCRYPT_ECDSA_P384_ALGORITHM, NULL,
                { BCRYPT_ECCPUBLIC_BLOB, BCRYPT_ECCPRIVATE_BLOB, BCRYPT_ECCFULLPUBLIC_BLOB,
                        BCRYPT_ECCFULLPRIVATE_BLOB } },
        { NCRYPT_ECDH_ALGORITHM, u"brainpoolP256r1",
                { BCRYPT_ECCFULLPUBLIC_BLOB, BCRYPT_ECCFULLPRIVATE_BLOB } },
        { NCRYPT_ECDSA_ALGORITHM, u"secP256k1",
                { BCRYPT_ECCFULLPUBLIC_BLOB, BCRYPT_ECCFULLPRIVATE_BLOB } },
    };
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        NCRYPT_KEY_HANDLE key = cases[i].curve != NULL
                ? keys_make_on(provider, cases[i].algorithm, cases[i].curve)
                : keys_make(provider, cases[i].algorithm, NULL);
        allow_export(key);
        for (size_t k = 0; k < 6 && cases[i].types[k] != NULL; k++) {
            goes_round(provider, key, cases[i].types[k]);
        }
        keys_free(key);
    }
    keys_free(provider);
}

Test(ncrypt_blob, a_curve_is_named_where_the_blob_does_not)
{
    if (keys_lack(KEYS_GENERIC_ECC)) {
        return;
    }
    const struct keys_blob blob =
            keys_foreign(BCRYPT_ECDH_ALGORITHM, u"curve25519", 0, BCRYPT_ECCPRIVATE_BLOB);
    LPCWSTR curve = u"curve25519";
    NCryptBuffer buffers[] = {
        { keys_size(curve), NCRYPTBUFFER_ECC_CURVE_NAME, (PVOID)(void *)curve },
        { keys_size(u"mine"), NCRYPTBUFFER_PKCS_KEY_NAME, (PVOID)(void *)u"mine" },
    };
    NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 2, buffers };
    NCRYPT_KEY_HANDLE key = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_answer(try_import(provider, BCRYPT_ECCPRIVATE_BLOB, &blob, 0), NTE_INVALID_PARAMETER);
    cr_assert_ok(NCryptImportKey(provider, 0, BCRYPT_ECCPRIVATE_BLOB, &list, &key,
            (PBYTE)(void *)blob.bytes, blob.len, 0));
    keys_free(key);
    key = keys_find(provider, u"mine");
    cr_assert(keys_text_is(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, curve));
    cr_assert(keys_text_is(key, NCRYPT_ALGORITHM_PROPERTY, u"ECDH"));
    keys_free(key);
    buffers[0].pvBuffer = (PVOID)(void *)u"nocurve255";
    cr_assert_answer(NCryptImportKey(provider, 0, BCRYPT_ECCPRIVATE_BLOB, &list, &key,
                             (PBYTE)(void *)blob.bytes, blob.len, 0),
            NTE_NOT_SUPPORTED);
    keys_free(provider);
}

Test(ncrypt_blob, a_curve_can_be_given_by_its_numbers)
{
    struct keys_blob numbers = { .len = 0 };
    NCRYPT_KEY_HANDLE key = 0;
    if (keys_lack(KEYS_GENERIC_ECC)) {
        return;
    }
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE other = keys_make_on(provider, NCRYPT_ECDH_ALGORITHM, u"brainpoolP384r1");
    struct keys_blob blob = keys_export(other, BCRYPT_ECCPUBLIC_BLOB);
    cr_assert_ok(NCryptGetProperty(other, NCRYPT_ECC_PARAMETERS_PROPERTY, numbers.bytes,
            sizeof(numbers.bytes), &numbers.len, 0));
    NCryptBuffer buffer = { numbers.len, NCRYPTBUFFER_ECC_PARAMETERS, numbers.bytes };
    NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 1, &buffer };
    cr_assert_ok(NCryptImportKey(provider, 0, BCRYPT_ECCPUBLIC_BLOB, &list, &key, blob.bytes,
            blob.len, 0));
    cr_assert(keys_text_is(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"brainpoolP384r1"));
    keys_free(key);
    buffer.cbBuffer--;
    cr_assert_answer(NCryptImportKey(provider, 0, BCRYPT_ECCPUBLIC_BLOB, &list, &key, blob.bytes,
                             blob.len, 0),
            NTE_INVALID_PARAMETER);
    keys_free(other);
    keys_free(provider);
}

Test(ncrypt_blob, a_curve_of_its_own_algorithm_belongs_to_that_unless_told_otherwise)
{
    if (keys_lack(KEYS_GENERIC_ECC)) {
        return;
    }
    const struct keys_blob full =
            keys_foreign(BCRYPT_ECDH_ALGORITHM, u"nistP256", 0, BCRYPT_ECCFULLPRIVATE_BLOB);
    const struct keys_blob named =
            keys_foreign(BCRYPT_ECDSA_P384_ALGORITHM, NULL, 384, BCRYPT_ECCPRIVATE_BLOB);
    NCRYPT_KEY_HANDLE key = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    cr_assert_ok(keys_import(provider, BCRYPT_ECCFULLPRIVATE_BLOB, &full, NULL, 0, &key));
    cr_assert(keys_text_is(key, NCRYPT_ALGORITHM_PROPERTY, NCRYPT_ECDH_P256_ALGORITHM));
    keys_free(key);
    cr_assert_ok(keys_import(provider, BCRYPT_ECCFULLPRIVATE_BLOB, &full, NULL,
            NCRYPT_TREAT_NIST_AS_GENERIC_ECC_FLAG, &key));
    cr_assert(keys_text_is(key, NCRYPT_ALGORITHM_PROPERTY, NCRYPT_ECDH_ALGORITHM));
    keys_free(key);
    cr_assert_ok(keys_import(provider, BCRYPT_ECCPRIVATE_BLOB, &named, NULL, 0, &key));
    cr_assert(keys_text_is(key, NCRYPT_ALGORITHM_PROPERTY, NCRYPT_ECDSA_P384_ALGORITHM));
    keys_free(key);
    cr_assert_ok(keys_import(provider, BCRYPT_ECCPRIVATE_BLOB, &named, NULL,
            NCRYPT_TREAT_NIST_AS_GENERIC_ECC_FLAG, &key));
    cr_assert(keys_text_is(key, NCRYPT_ALGORITHM_PROPERTY, NCRYPT_ECDSA_ALGORITHM));
    cr_assert(keys_text_is(key, NCRYPT_ECC_CURVE_NAME_PROPERTY, u"nistP384"));
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_blob, private_halves_leave_only_in_the_clear_when_the_policy_says_so)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    static const struct {
        DWORD policy;
        SECURITY_STATUS status;
    } cases[] = {
        { 0, NTE_NOT_SUPPORTED },
        { NCRYPT_ALLOW_EXPORT_FLAG, NTE_NOT_SUPPORTED },
        { NCRYPT_ALLOW_ARCHIVING_FLAG | NCRYPT_ALLOW_PLAINTEXT_ARCHIVING_FLAG, NTE_NOT_SUPPORTED },
        { NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG, ERROR_SUCCESS },
    };
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        DWORD len = 0;
        NCRYPT_KEY_HANDLE key = keys_make_with(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL,
                NCRYPT_EXPORT_POLICY_PROPERTY, cases[i].policy);
        cr_assert_answer(try_export(key, BCRYPT_ECCPRIVATE_BLOB, 0), cases[i].status);
        cr_assert_answer(NCryptExportKey(key, 0, BCRYPT_ECCPRIVATE_BLOB, NULL, NULL, 0, &len, 0),
                cases[i].status);
        cr_assert_ok(try_export(key, BCRYPT_ECCPUBLIC_BLOB, 0));
        keys_free(key);
    }
    keys_free(provider);
}

Test(ncrypt_blob, too_small_a_buffer_is_told_the_length)
{
    if (keys_lack(KEYS_EXPORT)) {
        return;
    }
    BYTE bytes[256];
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    allow_export(key);
    cr_assert_answer(NCryptExportKey(key, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, bytes, 71, &len, 0),
            NTE_BUFFER_TOO_SMALL);
    cr_assert_eq(len, 72);
    cr_assert_answer(NCryptExportKey(key, 0, BCRYPT_ECCPRIVATE_BLOB, NULL, bytes, 103, &len, 0),
            NTE_BUFFER_TOO_SMALL);
    cr_assert_eq(len, 104);
    keys_free(key);
    keys_free(provider);
}
