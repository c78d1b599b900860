/* SPDX-License-Identifier: MIT */
#include "tests/cng/cng.h"
#include "tests/cng/vectors_rsa.h"

enum {
    MODULUS_LEN = sizeof(rsa_n),
    PRIME_LEN = sizeof(rsa_p),
    PUBLIC_LEN = 24 + sizeof(rsa_e) + MODULUS_LEN,
    PRIVATE_LEN = PUBLIC_LEN + 2 * PRIME_LEN,
    FULL_LEN = PRIVATE_LEN + 3 * PRIME_LEN + MODULUS_LEN,
};

struct blob {
    UCHAR bytes[FULL_LEN + 16];
    ULONG len;
};

static void append(struct blob *blob, const void *bytes, size_t len)
{
    memcpy(blob->bytes + blob->len, bytes, len);
    blob->len += (ULONG)len;
}

static struct blob public_blob(void)
{
    const BCRYPT_RSAKEY_BLOB header = { BCRYPT_RSAPUBLIC_MAGIC, 8 * MODULUS_LEN, sizeof(rsa_e),
        MODULUS_LEN, 0, 0 };
    struct blob blob = { .len = 0 };
    append(&blob, &header, sizeof(header));
    append(&blob, rsa_e, sizeof(rsa_e));
    append(&blob, rsa_n, sizeof(rsa_n));
    return blob;
}

static struct blob private_blob(void)
{
    struct blob blob = public_blob();
    BCRYPT_RSAKEY_BLOB *header = (BCRYPT_RSAKEY_BLOB *)(void *)blob.bytes;
    header->Magic = BCRYPT_RSAPRIVATE_MAGIC;
    header->cbPrime1 = PRIME_LEN;
    header->cbPrime2 = PRIME_LEN;
    append(&blob, rsa_p, sizeof(rsa_p));
    append(&blob, rsa_q, sizeof(rsa_q));
    return blob;
}

static struct blob full_blob(void)
{
    struct blob blob = private_blob();
    ((BCRYPT_RSAKEY_BLOB *)(void *)blob.bytes)->Magic = BCRYPT_RSAFULLPRIVATE_MAGIC;
    append(&blob, rsa_dp, sizeof(rsa_dp));
    append(&blob, rsa_dq, sizeof(rsa_dq));
    append(&blob, rsa_qinv, sizeof(rsa_qinv));
    append(&blob, rsa_d, sizeof(rsa_d));
    return blob;
}

static NTSTATUS try_import(LPCWSTR type, const struct blob *blob, BCRYPT_KEY_HANDLE *key)
{
    return BCryptImportKeyPair(BCRYPT_RSA_ALG_HANDLE, NULL, type, key, (PUCHAR)blob->bytes,
            blob->len, 0);
}

static BCRYPT_KEY_HANDLE import(LPCWSTR type, struct blob blob)
{
    BCRYPT_KEY_HANDLE key = NULL;
    cr_assert_success(try_import(type, &blob, &key));
    cr_assert_not_null(key);
    return key;
}

static BCRYPT_KEY_HANDLE private_key(void)
{
    return import(BCRYPT_RSAPRIVATE_BLOB, private_blob());
}

static void check_export(BCRYPT_KEY_HANDLE key, LPCWSTR type, struct blob wanted)
{
    UCHAR bytes[FULL_LEN + 1];
    ULONG len = 0;
    cr_assert_success(BCryptExportKey(key, NULL, type, NULL, 0, &len, 0));
    cr_assert_eq(len, wanted.len);
    len = 0;
    cr_assert_status(BCryptExportKey(key, NULL, type, bytes, wanted.len - 1, &len, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_eq(len, wanted.len);
    cr_assert_success(BCryptExportKey(key, NULL, type, bytes, sizeof(bytes), &len, 0));
    cr_assert_eq(len, wanted.len);
    cr_assert_arr_eq(bytes, wanted.bytes, len);
}

Test(rsa, blobs_come_out_as_they_went_in)
{
    static LPCWSTR const types[] = { BCRYPT_RSAPRIVATE_BLOB, BCRYPT_RSAFULLPRIVATE_BLOB };
    for (int i = 0; i < 2; i++) {
        BCRYPT_KEY_HANDLE key = import(types[i], i == 0 ? private_blob() : full_blob());
        check_export(key, BCRYPT_RSAPUBLIC_BLOB, public_blob());
        check_export(key, BCRYPT_PUBLIC_KEY_BLOB, public_blob());
        check_export(key, BCRYPT_RSAPRIVATE_BLOB, private_blob());
        check_export(key, BCRYPT_RSAFULLPRIVATE_BLOB, full_blob());
        cr_assert_success(BCryptDestroyKey(key));
    }
    BCRYPT_KEY_HANDLE key = import(BCRYPT_PUBLIC_KEY_BLOB, public_blob());
    check_export(key, BCRYPT_RSAPUBLIC_BLOB, public_blob());
    cr_assert_success(BCryptDestroyKey(key));
}

static void append_turned(struct blob *blob, const uint8_t *bytes, size_t len)
{
    for (size_t i = len; i-- > 0;) {
        append(blob, &bytes[i], 1);
    }
}

static struct blob legacy_blob(void)
{
    static const UCHAR header[] = { 7, 2, 0, 0, 0, 0xa4, 0, 0, 'R', 'S', 'A', '2', 0, 4, 0, 0, 1, 0,
        1, 0 };
    struct blob blob = { .len = 0 };
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

Test(rsa, the_legacy_private_blob_goes_in)
{
    BCRYPT_KEY_HANDLE key = import(LEGACY_RSAPRIVATE_BLOB, legacy_blob());
    ULONG len;
    check_export(key, BCRYPT_RSAFULLPRIVATE_BLOB, full_blob());
    cr_assert_status(BCryptExportKey(key, NULL, LEGACY_RSAPRIVATE_BLOB, NULL, 0, &len, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, legacy_blobs_that_are_wrong_are_refused)
{
    BCRYPT_KEY_HANDLE key = NULL;
    struct blob blob = legacy_blob();
    for (ULONG len = 0; len < blob.len; len++) {
        struct blob cut = blob;
        cut.len = len;
        cr_assert_status(try_import(LEGACY_RSAPRIVATE_BLOB, &cut, &key), STATUS_INVALID_PARAMETER);
    }
    for (ULONG at = 0; at < blob.len; at += at < 20 ? 1 : 7) {
        struct blob changed = blob;
        changed.bytes[at] ^= 0x20;
        /* Reserved, and what the key was meant for. */
        if (at < 2 || at >= 8) {
            cr_assert_status(try_import(LEGACY_RSAPRIVATE_BLOB, &changed, &key),
                    STATUS_INVALID_PARAMETER);
        }
    }
    cr_assert_status(try_import(LEGACY_RSAPUBLIC_BLOB, &blob, &key), STATUS_NOT_SUPPORTED);
    cr_assert_null(key);
}

Test(rsa, a_public_key_has_no_private_blob)
{
    BCRYPT_KEY_HANDLE key = import(BCRYPT_RSAPUBLIC_BLOB, public_blob());
    ULONG len;
    cr_assert_status(BCryptExportKey(key, NULL, BCRYPT_RSAPRIVATE_BLOB, NULL, 0, &len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptExportKey(key, NULL, BCRYPT_RSAFULLPRIVATE_BLOB, NULL, 0, &len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptExportKey(key, NULL, u"NoSuchBlob", NULL, 0, &len, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptExportKey(key, NULL, NULL, NULL, 0, &len, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptExportKey(key, NULL, BCRYPT_RSAPUBLIC_BLOB, NULL, 0, NULL, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptExportKey(key, NULL, BCRYPT_RSAPUBLIC_BLOB, NULL, 0, &len, 1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptExportKey(key, key, BCRYPT_RSAPUBLIC_BLOB, NULL, 0, &len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, an_exponent_of_wrong_size_is_bad_data)
{
    static const ULONG sizes[] = { 0, 2, 4, 9, 0x1000, UINT32_MAX };
    BCRYPT_KEY_HANDLE key = NULL;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct blob blob = public_blob();
        ((BCRYPT_RSAKEY_BLOB *)(void *)blob.bytes)->cbPublicExp = sizes[i];
        cr_assert_status(try_import(BCRYPT_RSAPUBLIC_BLOB, &blob, &key), NTE_BAD_DATA);
    }
    cr_assert_null(key);
}

Test(rsa, blobs_that_are_cut_short_are_refused)
{
    BCRYPT_KEY_HANDLE key = NULL;
    struct blob full = full_blob(), private = private_blob(), public = public_blob();
    for (ULONG len = 0; len < full.len; len++) {
        struct blob blob = full;
        blob.len = len;
        cr_assert_status(try_import(BCRYPT_RSAFULLPRIVATE_BLOB, &blob, &key),
                STATUS_INVALID_PARAMETER);
    }
    for (ULONG len = 0; len < private.len; len++) {
        struct blob blob = private;
        blob.len = len;
        cr_assert_status(try_import(BCRYPT_RSAPRIVATE_BLOB, &blob, &key), STATUS_INVALID_PARAMETER);
    }
    for (ULONG len = 0; len < public.len; len++) {
        struct blob blob = public;
        blob.len = len;
        cr_assert_not(NT_SUCCESS(try_import(BCRYPT_RSAPUBLIC_BLOB, &blob, &key)));
    }
    full.len++;
    cr_assert_status(try_import(BCRYPT_RSAFULLPRIVATE_BLOB, &full, &key), STATUS_INVALID_PARAMETER);
    cr_assert_null(key);
}

Test(rsa, numbers_that_make_no_key_are_refused)
{
    BCRYPT_KEY_HANDLE key = NULL;
    for (ULONG at = 24; at < FULL_LEN; at += 13) {
        struct blob blob = full_blob();
        blob.bytes[at] ^= 0x10;
        cr_assert_status(try_import(BCRYPT_RSAFULLPRIVATE_BLOB, &blob, &key),
                STATUS_INVALID_PARAMETER);
    }
    struct blob even = public_blob();
    even.bytes[PUBLIC_LEN - 1] ^= 1;
    cr_assert_status(try_import(BCRYPT_RSAPUBLIC_BLOB, &even, &key), STATUS_INVALID_PARAMETER);
    struct blob one = public_blob();
    memset(one.bytes + 24, 0, 2);
    cr_assert_status(try_import(BCRYPT_RSAPUBLIC_BLOB, &one, &key), STATUS_INVALID_PARAMETER);
    cr_assert_null(key);
}

Test(rsa, importing_refuses_bad_arguments)
{
    BCRYPT_KEY_HANDLE key = NULL;
    struct blob blob = public_blob();
    PUCHAR bytes = blob.bytes;
    BCRYPT_ALG_HANDLE rsa = BCRYPT_RSA_ALG_HANDLE;
    LPCWSTR type = BCRYPT_RSAPUBLIC_BLOB;
    cr_assert_status(BCryptImportKeyPair(NULL, NULL, type, &key, bytes, blob.len, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptImportKeyPair(rsa, rsa, type, &key, bytes, blob.len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptImportKeyPair(rsa, NULL, NULL, &key, bytes, blob.len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptImportKeyPair(rsa, NULL, type, NULL, bytes, blob.len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptImportKeyPair(rsa, NULL, type, &key, NULL, blob.len, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptImportKeyPair(rsa, NULL, type, &key, bytes, blob.len, 0x100),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptImportKeyPair(rsa, NULL, u"NoSuchBlob", &key, bytes, blob.len, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptImportKeyPair(BCRYPT_RNG_ALG_HANDLE, NULL, type, &key, bytes, blob.len,
                             0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(try_import(BCRYPT_RSAPRIVATE_BLOB, &blob, &key), STATUS_INVALID_PARAMETER);
    cr_assert_null(key);
    cr_assert_success(BCryptImportKeyPair(rsa, NULL, type, &key, bytes, blob.len,
            BCRYPT_NO_KEY_VALIDATION));
    cr_assert_success(BCryptDestroyKey(key));
}

static BCRYPT_KEY_HANDLE generate(ULONG bits)
{
    BCRYPT_KEY_HANDLE key = NULL;
    cr_assert_success(BCryptGenerateKeyPair(BCRYPT_RSA_ALG_HANDLE, &key, bits, 0));
    return key;
}

Test(rsa, a_key_is_of_no_use_until_finalized)
{
    BCRYPT_KEY_HANDLE key = generate(1024), copy;
    UCHAR bytes[128];
    ULONG len;
    cr_assert_status(BCryptExportKey(key, NULL, BCRYPT_RSAPUBLIC_BLOB, NULL, 0, &len, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptEncrypt(key, bytes, 1, NULL, NULL, 0, bytes, 128, &len,
                             BCRYPT_PAD_PKCS1),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDecrypt(key, bytes, 128, NULL, NULL, 0, bytes, 128, &len,
                             BCRYPT_PAD_PKCS1),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDuplicateKey(key, &copy, NULL, 0, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptFinalizeKeyPair(key, 1), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptFinalizeKeyPair(key, 0));
    cr_assert_status(BCryptFinalizeKeyPair(key, 0), STATUS_INVALID_HANDLE);
    cr_assert_success(BCryptExportKey(key, NULL, BCRYPT_RSAFULLPRIVATE_BLOB, NULL, 0, &len, 0));
    cr_assert_eq(len, 24 + 3 + 2 * 128 + 5 * 64);
    cr_assert_success(BCryptDestroyKey(key));
    cr_assert_status(BCryptDestroyKey(key), STATUS_INVALID_HANDLE);
}

Test(rsa, an_imported_key_is_final)
{
    BCRYPT_KEY_HANDLE key = private_key();
    cr_assert_status(BCryptFinalizeKeyPair(key, 0), STATUS_INVALID_HANDLE);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, generating_refuses_wrong_lengths_and_arguments)
{
    static const ULONG wrong[] = { 0, 256, 511, 513, 1000, 16384 + 64, UINT32_MAX };
    BCRYPT_KEY_HANDLE key = NULL;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_assert_status(BCryptGenerateKeyPair(BCRYPT_RSA_ALG_HANDLE, &key, wrong[i], 0),
                STATUS_INVALID_PARAMETER);
    }
    cr_assert_status(BCryptGenerateKeyPair(NULL, &key, 1024, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenerateKeyPair(BCRYPT_RSA_ALG_HANDLE, NULL, 1024, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenerateKeyPair(BCRYPT_RSA_ALG_HANDLE, &key, 1024, 1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenerateKeyPair(BCRYPT_SHA256_ALG_HANDLE, &key, 1024, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptFinalizeKeyPair(NULL, 0), STATUS_INVALID_HANDLE);
    cr_assert_null(key);
}

static NTSTATUS set_length(BCRYPT_KEY_HANDLE key, ULONG bits, ULONG cb)
{
    return BCryptSetProperty(key, BCRYPT_KEY_LENGTH, (PUCHAR)&bits, cb, 0);
}

Test(rsa, the_length_can_be_set_before_the_key_is_final_and_means_nothing_after)
{
    BCRYPT_KEY_HANDLE key = generate(1024);
    cr_assert_eq(ulong_property(key, BCRYPT_KEY_LENGTH), 1024);
    cr_assert_status(set_length(key, 512, 2), STATUS_INVALID_PARAMETER);
    cr_assert_status(set_length(key, 256, 4), STATUS_INVALID_PARAMETER);
    cr_assert_success(set_length(key, 640, 4));
    cr_assert_success(BCryptFinalizeKeyPair(key, 0));
    cr_assert_success(set_length(key, 1024, 4));
    cr_assert_eq(ulong_property(key, BCRYPT_KEY_LENGTH), 640);
    cr_assert_eq(ulong_property(key, BCRYPT_KEY_STRENGTH), 640);
    cr_assert_eq(ulong_property(key, BCRYPT_BLOCK_LENGTH), 80);
    cr_assert_eq(ulong_property(key, BCRYPT_SIGNATURE_LENGTH), 80);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, tells_its_lengths_and_paddings)
{
    BCRYPT_KEY_LENGTHS_STRUCT lengths = { 0 };
    BCRYPT_KEY_HANDLE key = private_key();
    ULONG len = 0;
    cr_assert_success(BCryptGetProperty(BCRYPT_RSA_ALG_HANDLE, BCRYPT_KEY_LENGTHS, (PUCHAR)&lengths,
            sizeof(lengths), &len, 0));
    cr_assert_eq(len, sizeof(lengths));
    cr_assert_eq(lengths.dwMinLength, 512);
    cr_assert_eq(lengths.dwMaxLength, 16384);
    cr_assert_eq(lengths.dwIncrement, 64);
    cr_assert_eq(ulong_property(key, BCRYPT_PADDING_SCHEMES) & BCRYPT_SUPPORTED_PAD_OAEP,
            BCRYPT_SUPPORTED_PAD_OAEP);
    cr_assert_status(BCryptGetProperty(key, BCRYPT_HASH_LENGTH, NULL, 0, &len, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(set_length(BCRYPT_RSA_ALG_HANDLE, 1024, 4), STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, keys_are_told_from_other_handles)
{
    BCRYPT_KEY_HANDLE key = private_key();
    BCRYPT_ALG_HANDLE provider = open_provider(BCRYPT_RSA_ALGORITHM, 0);
    cr_assert_status(BCryptDestroyKey(NULL), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDestroyKey(provider), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDestroyHash(key), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptCloseAlgorithmProvider(key, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptFinalizeKeyPair(provider, 0), STATUS_INVALID_HANDLE);
    close_provider(provider);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, a_duplicate_outlives_the_first_handle)
{
    BCRYPT_KEY_HANDLE key = private_key(), copy = NULL;
    cr_assert_status(BCryptDuplicateKey(key, NULL, NULL, 0, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDuplicateKey(key, &copy, NULL, 0, 1), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDuplicateKey(NULL, &copy, NULL, 0, 0), STATUS_INVALID_HANDLE);
    cr_assert_success(BCryptDuplicateKey(key, &copy, NULL, 0, 0));
    cr_assert_neq(key, copy);
    cr_assert_success(BCryptDestroyKey(key));
    check_export(copy, BCRYPT_RSAPRIVATE_BLOB, private_blob());
    cr_assert_success(BCryptDestroyKey(copy));
}

/* Encryption. */

static BCRYPT_OAEP_PADDING_INFO sha1 = { BCRYPT_SHA1_ALGORITHM, NULL, 0 };
static BCRYPT_OAEP_PADDING_INFO sha256 = { BCRYPT_SHA256_ALGORITHM, NULL, 0 };
static BCRYPT_OAEP_PADDING_INFO sha384 = { BCRYPT_SHA384_ALGORITHM, NULL, 0 };
static BCRYPT_OAEP_PADDING_INFO labelled = { BCRYPT_SHA256_ALGORITHM, (PUCHAR) "test", 5 };

static void check_decrypts(const uint8_t *ciphertext, void *info, ULONG flags)
{
    BCRYPT_KEY_HANDLE key = private_key();
    UCHAR plaintext[MODULUS_LEN];
    ULONG len = 0;
    PUCHAR in = (PUCHAR)ciphertext;
    cr_assert_success(BCryptDecrypt(key, in, MODULUS_LEN, info, NULL, 0, NULL, 0, &len, flags));
    cr_assert_eq(len, 7, "the size of what is really in it");
    cr_assert_status(BCryptDecrypt(key, in, MODULUS_LEN, info, NULL, 0, plaintext, 6, &len, flags),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_eq(len, 7);
    cr_assert_success(BCryptDecrypt(key, in, MODULUS_LEN, info, NULL, 0, plaintext, 7, &len,
            flags));
    cr_assert_arr_eq(plaintext, "vitrine", 7);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, decrypts_what_others_encrypted)
{
    check_decrypts(rsa_oaep_sha1, &sha1, BCRYPT_PAD_OAEP);
    check_decrypts(rsa_oaep_sha256, &sha256, BCRYPT_PAD_OAEP);
    check_decrypts(rsa_oaep_sha384, &sha384, BCRYPT_PAD_OAEP);
    check_decrypts(rsa_oaep_label, &labelled, BCRYPT_PAD_OAEP);
    check_decrypts(rsa_pkcs1, NULL, BCRYPT_PAD_PKCS1);
}

static void check_round(BCRYPT_KEY_HANDLE public, void *info, ULONG flags)
{
    UCHAR block[MODULUS_LEN] = "vitrine";
    ULONG len = 0;
    cr_assert_success(BCryptEncrypt(public, block, 7, info, NULL, 0, NULL, 0, &len, flags));
    cr_assert_eq(len, MODULUS_LEN);
    len = 0;
    cr_assert_status(BCryptEncrypt(public, block, 7, info, NULL, 0, block, MODULUS_LEN - 1, &len,
                             flags),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_eq(len, MODULUS_LEN);
    cr_assert_success(BCryptEncrypt(public, block, 7, info, NULL, 0, block, sizeof(block), &len,
            flags));
    check_decrypts(block, info, flags);
}

Test(rsa, encrypts_in_place_what_it_decrypts)
{
    BCRYPT_KEY_HANDLE key = import(BCRYPT_RSAPUBLIC_BLOB, public_blob());
    check_round(key, &sha1, BCRYPT_PAD_OAEP);
    check_round(key, &sha256, BCRYPT_PAD_OAEP);
    check_round(key, &labelled, BCRYPT_PAD_OAEP);
    check_round(key, NULL, BCRYPT_PAD_PKCS1);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, without_padding_blocks_are_numbers)
{
    BCRYPT_KEY_HANDLE key = private_key();
    UCHAR block[MODULUS_LEN], out[MODULUS_LEN];
    ULONG len = 0;
    for (int i = 0; i < MODULUS_LEN; i++) {
        block[i] = (UCHAR)i;
    }
    cr_assert_status(BCryptEncrypt(key, block, MODULUS_LEN - 1, NULL, NULL, 0, out, sizeof(out),
                             &len, BCRYPT_PAD_NONE),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptEncrypt(key, block, MODULUS_LEN, NULL, NULL, 0, out, MODULUS_LEN - 1,
                             &len, BCRYPT_PAD_NONE),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_eq(len, MODULUS_LEN);
    cr_assert_success(BCryptEncrypt(key, block, MODULUS_LEN, NULL, NULL, 0, out, sizeof(out), &len,
            BCRYPT_PAD_NONE));
    cr_assert_arr_eq(out, rsa_raw, MODULUS_LEN);
    cr_assert_success(BCryptDecrypt(key, out, MODULUS_LEN, NULL, NULL, 0, out, sizeof(out), &len,
            BCRYPT_PAD_NONE));
    cr_assert_eq(len, MODULUS_LEN);
    cr_assert_arr_eq(out, block, MODULUS_LEN);
    memset(block, 0xff, sizeof(block));
    cr_assert_status(BCryptEncrypt(key, block, MODULUS_LEN, NULL, NULL, 0, out, sizeof(out), &len,
                             BCRYPT_PAD_NONE),
            STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, oaep_holds_what_fits_and_not_a_byte_more)
{
    BCRYPT_KEY_HANDLE key = generate(640);
    UCHAR message[15] = { 0 }, block[80];
    ULONG len = 0;
    cr_assert_success(BCryptFinalizeKeyPair(key, 0));
    cr_assert_success(BCryptEncrypt(key, message, 14, &sha256, NULL, 0, block, sizeof(block), &len,
            BCRYPT_PAD_OAEP));
    cr_assert_status(BCryptEncrypt(key, message, 15, &sha256, NULL, 0, block, sizeof(block), &len,
                             BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyKey(key));
}

static NTSTATUS try_decrypt(const uint8_t *ciphertext, ULONG len, void *info, ULONG flags)
{
    BCRYPT_KEY_HANDLE key = private_key();
    UCHAR plaintext[MODULUS_LEN], zeros[MODULUS_LEN] = { 0 };
    ULONG done = 0;
    memset(plaintext, 0, sizeof(plaintext));
    NTSTATUS status = BCryptDecrypt(key, (PUCHAR)ciphertext, len, info, NULL, 0, plaintext,
            sizeof(plaintext), &done, flags);
    if (!NT_SUCCESS(status)) {
        cr_assert_arr_eq(plaintext, zeros, sizeof(zeros));
    }
    cr_assert_success(BCryptDestroyKey(key));
    return status;
}

Test(rsa, every_bad_oaep_padding_is_one_error)
{
    UCHAR changed[MODULUS_LEN];
    cr_assert_success(try_decrypt(rsa_oaep_sha256, MODULUS_LEN, &sha256, BCRYPT_PAD_OAEP));
    cr_assert_status(try_decrypt(rsa_oaep_sha256, MODULUS_LEN, &sha1, BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(rsa_oaep_sha256, MODULUS_LEN, &labelled, BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(rsa_oaep_label, MODULUS_LEN, &sha256, BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(rsa_n, MODULUS_LEN, &sha256, BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
    for (int i = 0; i < MODULUS_LEN; i += 9) {
        memcpy(changed, rsa_oaep_sha256, MODULUS_LEN);
        changed[i] ^= 1;
        cr_assert_status(try_decrypt(changed, MODULUS_LEN, &sha256, BCRYPT_PAD_OAEP),
                STATUS_INVALID_PARAMETER);
    }
    cr_assert_status(try_decrypt(rsa_oaep_sha256, MODULUS_LEN - 1, &sha256, BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
}

Test(rsa, encryption_refuses_bad_arguments)
{
    static BCRYPT_OAEP_PADDING_INFO unknown = { u"AES", NULL, 0 };
    static BCRYPT_OAEP_PADDING_INFO nameless = { NULL, NULL, 0 };
    static BCRYPT_OAEP_PADDING_INFO unlabelled = { BCRYPT_SHA1_ALGORITHM, NULL, 4 };
    const uint8_t *block = rsa_oaep_sha1;
    cr_assert_status(try_decrypt(block, MODULUS_LEN, NULL, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(block, MODULUS_LEN, &sha1, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(block, MODULUS_LEN, &sha1, BCRYPT_PAD_OAEP | BCRYPT_PAD_PKCS1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(block, MODULUS_LEN, &sha1, BCRYPT_PAD_PSS),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(block, MODULUS_LEN, NULL, BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(block, MODULUS_LEN, &nameless, BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(block, MODULUS_LEN, &unlabelled, BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(try_decrypt(block, MODULUS_LEN, &unknown, BCRYPT_PAD_OAEP),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(try_decrypt(NULL, MODULUS_LEN, &sha1, BCRYPT_PAD_OAEP),
            STATUS_INVALID_PARAMETER);
}

Test(rsa, a_public_key_does_not_decrypt)
{
    BCRYPT_KEY_HANDLE key = import(BCRYPT_RSAPUBLIC_BLOB, public_blob());
    UCHAR out[MODULUS_LEN];
    ULONG len;
    PUCHAR in = (PUCHAR)rsa_pkcs1;
    cr_assert_status(BCryptDecrypt(key, in, MODULUS_LEN, NULL, NULL, 0, out, sizeof(out), &len,
                             BCRYPT_PAD_PKCS1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDecrypt(NULL, in, MODULUS_LEN, NULL, NULL, 0, out, sizeof(out), &len,
                             BCRYPT_PAD_PKCS1),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptEncrypt(GARBAGE_HANDLE, in, 1, NULL, NULL, 0, out, sizeof(out), &len,
                             BCRYPT_PAD_PKCS1),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptEncrypt(key, in, 1, NULL, NULL, 0, out, sizeof(out), NULL,
                             BCRYPT_PAD_PKCS1),
            STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, keys_for_signing_do_not_encrypt)
{
    BCRYPT_KEY_HANDLE key;
    struct blob blob = public_blob();
    UCHAR out[MODULUS_LEN];
    ULONG len;
    cr_assert_success(BCryptImportKeyPair(BCRYPT_RSA_SIGN_ALG_HANDLE, NULL, BCRYPT_RSAPUBLIC_BLOB,
            &key, blob.bytes, blob.len, 0));
    cr_assert_status(BCryptEncrypt(key, out, 1, NULL, NULL, 0, out, sizeof(out), &len,
                             BCRYPT_PAD_PKCS1),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(key));
}

/* Signatures. */

static BCRYPT_PKCS1_PADDING_INFO pkcs1 = { BCRYPT_SHA256_ALGORITHM };
static BCRYPT_PSS_PADDING_INFO pss = { BCRYPT_SHA256_ALGORITHM, 20 };

static PUCHAR digest_of(const char *text)
{
    static UCHAR digest[32];
    cr_assert_success(BCryptHash(BCRYPT_SHA256_ALG_HANDLE, NULL, 0, (PUCHAR)text,
            (ULONG)strlen(text), digest, sizeof(digest)));
    return digest;
}

static NTSTATUS verify(const char *text, const uint8_t *signature, ULONG len, void *info,
        ULONG flags)
{
    BCRYPT_KEY_HANDLE key = import(BCRYPT_RSAPUBLIC_BLOB, public_blob());
    NTSTATUS status =
            BCryptVerifySignature(key, info, digest_of(text), 32, (PUCHAR)signature, len, flags);
    cr_assert_success(BCryptDestroyKey(key));
    return status;
}

Test(rsa, verifies_what_others_signed_and_nothing_else)
{
    uint8_t changed[MODULUS_LEN];
    const ULONG len = MODULUS_LEN;
    cr_assert_success(verify("vitrine", rsa_signature_pkcs1, len, &pkcs1, BCRYPT_PAD_PKCS1));
    cr_assert_success(verify("vitrine", rsa_signature_pss, len, &pss, BCRYPT_PAD_PSS));
    cr_assert_status(verify("other", rsa_signature_pkcs1, len, &pkcs1, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_SIGNATURE);
    cr_assert_status(verify("other", rsa_signature_pss, len, &pss, BCRYPT_PAD_PSS),
            STATUS_INVALID_SIGNATURE);
    cr_assert_status(verify("vitrine", rsa_signature_pss, len, &pkcs1, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_SIGNATURE);
    cr_assert_status(verify("vitrine", rsa_signature_pkcs1, len - 1, &pkcs1, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_SIGNATURE);
    BCRYPT_PSS_PADDING_INFO other_salt = { BCRYPT_SHA256_ALGORITHM, 21 };
    cr_assert_status(verify("vitrine", rsa_signature_pss, len, &other_salt, BCRYPT_PAD_PSS),
            STATUS_INVALID_SIGNATURE);
    BCRYPT_PKCS1_PADDING_INFO bare = { NULL };
    cr_assert_status(verify("vitrine", rsa_signature_pkcs1, len, &bare, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_SIGNATURE);
    for (int i = 0; i < MODULUS_LEN; i += 9) {
        memcpy(changed, rsa_signature_pkcs1, MODULUS_LEN);
        changed[i] ^= 1;
        cr_assert_status(verify("vitrine", changed, len, &pkcs1, BCRYPT_PAD_PKCS1),
                STATUS_INVALID_SIGNATURE);
    }
}

Test(rsa, verifying_refuses_bad_arguments)
{
    BCRYPT_PKCS1_PADDING_INFO unknown = { u"AES" }, longer = { BCRYPT_SHA512_ALGORITHM };
    BCRYPT_PSS_PADDING_INFO nameless = { NULL, 20 };
    const uint8_t *signature = rsa_signature_pkcs1;
    cr_assert_status(verify("vitrine", signature, MODULUS_LEN, NULL, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(verify("vitrine", signature, MODULUS_LEN, &pkcs1, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(verify("vitrine", signature, MODULUS_LEN, NULL, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(verify("vitrine", signature, MODULUS_LEN, &unknown, BCRYPT_PAD_PKCS1),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(verify("vitrine", signature, MODULUS_LEN, &longer, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(verify("vitrine", signature, MODULUS_LEN, &nameless, BCRYPT_PAD_PSS),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(verify("vitrine", NULL, MODULUS_LEN, &pkcs1, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptVerifySignature(GARBAGE_HANDLE, &pkcs1, digest_of("x"), 32,
                             (PUCHAR)signature, MODULUS_LEN, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_HANDLE);
}

Test(rsa, signs_what_it_verifies)
{
    BCRYPT_KEY_HANDLE key = private_key();
    BCRYPT_PKCS1_PADDING_INFO bare = { NULL };
    UCHAR signature[MODULUS_LEN];
    ULONG len = 0;
    cr_assert_success(BCryptSignHash(key, &pkcs1, NULL, 0, NULL, 0, &len, BCRYPT_PAD_PKCS1));
    cr_assert_eq(len, MODULUS_LEN);
    cr_assert_success(BCryptSignHash(key, &pkcs1, digest_of("vitrine"), 32, signature, MODULUS_LEN,
            &len, BCRYPT_PAD_PKCS1));
    cr_assert_arr_eq(signature, rsa_signature_pkcs1, MODULUS_LEN);
    cr_assert_success(BCryptSignHash(key, &pss, digest_of("vitrine"), 32, signature, MODULUS_LEN,
            &len, BCRYPT_PAD_PSS));
    cr_assert_success(verify("vitrine", signature, MODULUS_LEN, &pss, BCRYPT_PAD_PSS));
    cr_assert_success(BCryptSignHash(key, &bare, digest_of("vitrine"), 32, signature, MODULUS_LEN,
            &len, BCRYPT_PAD_PKCS1));
    cr_assert_success(verify("vitrine", signature, MODULUS_LEN, &bare, BCRYPT_PAD_PKCS1));
    cr_assert_status(verify("vitrine", signature, MODULUS_LEN, &pkcs1, BCRYPT_PAD_PKCS1),
            STATUS_INVALID_SIGNATURE);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, a_provider_for_signing_signs)
{
    BCRYPT_KEY_HANDLE key;
    struct blob blob = private_blob();
    UCHAR signature[MODULUS_LEN];
    ULONG len = 0;
    cr_assert_success(BCryptImportKeyPair(BCRYPT_RSA_SIGN_ALG_HANDLE, NULL, BCRYPT_RSAPRIVATE_BLOB,
            &key, blob.bytes, blob.len, 0));
    cr_assert_success(BCryptSignHash(key, &pkcs1, digest_of("vitrine"), 32, signature, MODULUS_LEN,
            &len, BCRYPT_PAD_PKCS1));
    cr_assert_arr_eq(signature, rsa_signature_pkcs1, MODULUS_LEN);
    cr_assert_success(BCryptVerifySignature(key, &pkcs1, digest_of("vitrine"), 32, signature, len,
            BCRYPT_PAD_PKCS1));
    cr_assert_status(BCryptVerifySignature(key, &pkcs1, digest_of("other"), 32, signature, len,
                             BCRYPT_PAD_PKCS1),
            STATUS_INVALID_SIGNATURE);
    cr_assert_success(BCryptDestroyKey(key));
}

static NTSTATUS try_sign(BCRYPT_KEY_HANDLE key, void *info, PUCHAR digest, ULONG len, ULONG room,
        ULONG flags)
{
    UCHAR signature[MODULUS_LEN];
    ULONG done = 0;
    NTSTATUS status = BCryptSignHash(key, info, digest, len, signature, room, &done, flags);
    cr_assert(status != STATUS_BUFFER_TOO_SMALL || done == MODULUS_LEN);
    return status;
}

Test(rsa, signing_refuses_bad_arguments)
{
    BCRYPT_KEY_HANDLE key = private_key();
    BCRYPT_KEY_HANDLE public = import(BCRYPT_RSAPUBLIC_BLOB, public_blob());
    BCRYPT_KEY_HANDLE raw = generate(512);
    BCRYPT_PKCS1_PADDING_INFO unknown = { u"AES" };
    BCRYPT_PSS_PADDING_INFO salty = { BCRYPT_SHA256_ALGORITHM, 100 };
    PUCHAR digest = digest_of("vitrine");
    const ULONG flag = BCRYPT_PAD_PKCS1, room = MODULUS_LEN;
    cr_assert_success(try_sign(key, &pkcs1, digest, 32, room, flag));
    cr_assert_status(try_sign(key, &pkcs1, digest, 32, 0, flag), STATUS_BUFFER_TOO_SMALL);
    cr_assert_status(try_sign(key, &pkcs1, digest, 32, room - 1, flag), STATUS_BUFFER_TOO_SMALL);
    cr_assert_status(try_sign(key, &pkcs1, digest, 31, room, flag), STATUS_INVALID_PARAMETER);
    cr_assert_status(try_sign(key, &pkcs1, NULL, 32, room, flag), STATUS_INVALID_PARAMETER);
    cr_assert_status(try_sign(key, NULL, digest, 32, room, flag), STATUS_INVALID_PARAMETER);
    cr_assert_status(try_sign(key, NULL, digest, 32, room, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(try_sign(key, &pkcs1, digest, 32, room, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(try_sign(key, &unknown, digest, 32, room, flag), STATUS_NOT_SUPPORTED);
    cr_assert_status(try_sign(key, &salty, digest, 32, room, BCRYPT_PAD_PSS),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(try_sign(public, &pkcs1, digest, 32, room, flag), STATUS_INVALID_PARAMETER);
    cr_assert_status(try_sign(raw, &pkcs1, digest, 32, room, flag), STATUS_INVALID_HANDLE);
    cr_assert_status(try_sign(NULL, &pkcs1, digest, 32, room, flag), STATUS_INVALID_HANDLE);
    cr_assert_success(BCryptDestroyKey(raw));
    cr_assert_success(BCryptDestroyKey(public));
    cr_assert_success(BCryptDestroyKey(key));
}

Test(rsa, keys_that_agree_neither_sign_nor_encrypt)
{
    BCRYPT_KEY_HANDLE key;
    cr_assert_success(BCryptGenerateKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, &key, 256, 0));
    cr_assert_success(BCryptFinalizeKeyPair(key, 0));
    UCHAR bytes[256];
    ULONG len;
    cr_assert_status(BCryptSignHash(key, NULL, digest_of("x"), 32, bytes, 256, &len, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptVerifySignature(key, NULL, digest_of("x"), 32, bytes, 64, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptEncrypt(key, bytes, 1, NULL, NULL, 0, bytes, 256, &len,
                             BCRYPT_PAD_PKCS1),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(key));
}
