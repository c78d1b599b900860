/* SPDX-License-Identifier: MIT */
/* Symmetric keys, and AES in the modes that authenticate nothing. */
#include <pthread.h>

#include "base/irql.h"
#include "tests/cng/agreement.h"
#include "tests/cng/cng.h"

static UCHAR secret[128] = "0123456789abcdef0123456789ABCDEFmore than a key of AES has";

static BCRYPT_KEY_HANDLE aes_key(BCRYPT_ALG_HANDLE provider, ULONG len)
{
    BCRYPT_KEY_HANDLE key = NULL;
    cr_assert_success(BCryptGenerateSymmetricKey(provider, &key, NULL, 0, secret, len, 0));
    cr_assert_not_null(key);
    return key;
}

static NTSTATUS encrypt(BCRYPT_KEY_HANDLE key, UCHAR *iv, UCHAR *in, ULONG len, UCHAR *out,
        ULONG capacity, ULONG *made, ULONG flags)
{
    return BCryptEncrypt(key, in, len, NULL, iv, iv == NULL ? 0 : 16, out, capacity, made, flags);
}

static NTSTATUS decrypt(BCRYPT_KEY_HANDLE key, UCHAR *iv, UCHAR *in, ULONG len, UCHAR *out,
        ULONG capacity, ULONG *made, ULONG flags)
{
    return BCryptDecrypt(key, in, len, NULL, iv, iv == NULL ? 0 : 16, out, capacity, made, flags);
}

/* The keys. */

Test(symmetric, a_key_is_as_much_as_fits)
{
    static const ULONG lengths[][2] = { { 16, 16 }, { 17, 16 }, { 23, 16 }, { 24, 24 }, { 31, 24 },
        { 32, 32 }, { 33, 32 }, { 100, 32 } };
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_ECB_ALG_HANDLE, lengths[i][0]);
        cr_assert_eq(ulong_property(key, BCRYPT_KEY_LENGTH), 8 * lengths[i][1]);
        cr_assert_eq(ulong_property(key, BCRYPT_KEY_STRENGTH), 8 * lengths[i][1]);
        struct blob blob = export_key(key, BCRYPT_KEY_DATA_BLOB);
        cr_assert_eq(blob.len, 12 + lengths[i][1]);
        cr_assert_arr_eq(blob.bytes + 12, secret, lengths[i][1]);
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(symmetric, too_few_bytes_make_no_key)
{
    BCRYPT_KEY_HANDLE key = GARBAGE_HANDLE;
    for (ULONG len = 0; len < 16; len++) {
        cr_assert_status(BCryptGenerateSymmetricKey(BCRYPT_AES_CBC_ALG_HANDLE, &key, NULL, 0,
                                 secret, len, 0),
                STATUS_INVALID_PARAMETER);
    }
    cr_assert_eq(key, GARBAGE_HANDLE, "a failing call leaves it alone");
}

Test(symmetric, room_for_an_object_must_be_enough)
{
    static UCHAR room[4096];
    BCRYPT_KEY_HANDLE key = NULL, copy = NULL;
    BCRYPT_ALG_HANDLE aes = BCRYPT_AES_CBC_ALG_HANDLE;
    ULONG need = ulong_property(aes, BCRYPT_OBJECT_LENGTH);
    cr_assert_leq(need, sizeof(room));
    cr_assert_status(BCryptGenerateSymmetricKey(aes, &key, room, need - 1, secret, 16, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_status(BCryptGenerateSymmetricKey(aes, &key, NULL, need, secret, 16, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_null(key);
    cr_assert_success(BCryptGenerateSymmetricKey(aes, &key, room, need, secret, 16, 0));
    cr_assert_status(BCryptDuplicateKey(key, &copy, room, need - 1, 0), STATUS_BUFFER_TOO_SMALL);
    cr_assert_success(BCryptDuplicateKey(key, &copy, room, need, 0));
    struct blob blob = export_key(key, BCRYPT_KEY_DATA_BLOB);
    BCRYPT_KEY_HANDLE again = NULL;
    cr_assert_status(BCryptImportKey(aes, NULL, BCRYPT_KEY_DATA_BLOB, &again, room, need - 1,
                             blob.bytes, blob.len, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_success(BCryptImportKey(aes, NULL, BCRYPT_KEY_DATA_BLOB, &again, room, need,
            blob.bytes, blob.len, 0));
    cr_assert_success(BCryptDestroyKey(again));
    cr_assert_success(BCryptDestroyKey(copy));
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, generating_refuses_bad_arguments)
{
    BCRYPT_KEY_HANDLE key = NULL;
    BCRYPT_ALG_HANDLE aes = BCRYPT_AES_CBC_ALG_HANDLE;
    cr_assert_status(BCryptGenerateSymmetricKey(NULL, &key, NULL, 0, secret, 16, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenerateSymmetricKey(GARBAGE_HANDLE, &key, NULL, 0, secret, 16, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGenerateSymmetricKey(aes, NULL, NULL, 0, secret, 16, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenerateSymmetricKey(aes, &key, NULL, 0, NULL, 16, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenerateSymmetricKey(aes, &key, NULL, 0, secret, 16, 1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGenerateSymmetricKey(BCRYPT_RSA_ALG_HANDLE, &key, NULL, 0, secret, 16,
                             0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptGenerateSymmetricKey(BCRYPT_SHA256_ALG_HANDLE, &key, NULL, 0, secret, 16,
                             0),
            STATUS_NOT_SUPPORTED);
    cr_assert_null(key);
}

Test(symmetric, such_keys_are_no_pairs)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 16), pair = NULL;
    BCRYPT_SECRET_HANDLE agreed = NULL;
    UCHAR bytes[64] = { 0 };
    ULONG len;
    cr_assert_status(BCryptGenerateKeyPair(BCRYPT_AES_CBC_ALG_HANDLE, &pair, 128, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptImportKeyPair(BCRYPT_AES_CBC_ALG_HANDLE, NULL, BCRYPT_PUBLIC_KEY_BLOB,
                             &pair, bytes, 64, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptFinalizeKeyPair(key, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptSecretAgreement(key, key, &agreed, 0), STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptSignHash(key, NULL, bytes, 32, bytes, 64, &len, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptVerifySignature(key, NULL, bytes, 32, bytes, 64, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptImportKey(BCRYPT_RSA_ALG_HANDLE, NULL, BCRYPT_KEY_DATA_BLOB, &pair, NULL,
                             0, bytes, 28, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_null(pair);
    cr_assert_success(BCryptDestroyKey(key));
    cr_assert_status(BCryptDestroyKey(key), STATUS_INVALID_HANDLE);
}

/* Their blobs. */

static NTSTATUS import(BCRYPT_ALG_HANDLE provider, BCRYPT_KEY_HANDLE wrapping, LPCWSTR type,
        const struct blob *blob, BCRYPT_KEY_HANDLE *key)
{
    return BCryptImportKey(provider, wrapping, type, key, NULL, 0, (PUCHAR)blob->bytes, blob->len,
            0);
}

static const LPCWSTR types[] = { BCRYPT_KEY_DATA_BLOB, BCRYPT_OPAQUE_KEY_BLOB };

Test(symmetric, blobs_come_out_as_they_went_in)
{
    for (int i = 0; i < 2; i++) {
        for (ULONG len = 16; len <= 32; len += 8) {
            BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, len), again = NULL;
            struct blob blob = export_key(key, types[i]);
            cr_assert_success(import(BCRYPT_AES_CBC_ALG_HANDLE, NULL, types[i], &blob, &again));
            struct blob copy = export_key(again, BCRYPT_KEY_DATA_BLOB);
            cr_assert_eq(copy.len, 12 + len);
            cr_assert_arr_eq(copy.bytes + 12, secret, len);
            cr_assert_success(BCryptDestroyKey(again));
            cr_assert_success(BCryptDestroyKey(key));
        }
    }
}

Test(symmetric, a_data_blob_has_the_published_layout)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 16);
    struct blob blob = export_key(key, BCRYPT_KEY_DATA_BLOB);
    const BCRYPT_KEY_DATA_BLOB_HEADER header = { BCRYPT_KEY_DATA_BLOB_MAGIC,
        BCRYPT_KEY_DATA_BLOB_VERSION1, 16 };
    ULONG len = 0;
    UCHAR byte;
    cr_assert_eq(blob.len, 28);
    cr_assert_arr_eq(blob.bytes, &header, sizeof(header));
    cr_assert_arr_eq(blob.bytes + 12, secret, 16);
    cr_assert_status(BCryptExportKey(key, NULL, BCRYPT_KEY_DATA_BLOB, &byte, 0, &len, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_eq(len, 28);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, blobs_that_are_wrong_are_refused)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 16), again = NULL;
    for (int i = 0; i < 2; i++) {
        struct blob blob = export_key(key, types[i]), wrong;
        for (ULONG len = 0; len <= blob.len + 1; len++) {
            wrong = blob;
            wrong.len = len;
            if (len != blob.len) {
                cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, NULL, types[i], &wrong, &again),
                        STATUS_INVALID_PARAMETER);
            }
        }
        for (ULONG at = 0; at < 12; at++) {
            wrong = blob;
            wrong.bytes[at] ^= 8;
            cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, NULL, types[i], &wrong, &again),
                    STATUS_INVALID_PARAMETER);
        }
        cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, key, types[i], &blob, &again),
                STATUS_INVALID_PARAMETER);
        ULONG len;
        cr_assert_status(BCryptExportKey(key, key, types[i], NULL, 0, &len, 0),
                STATUS_INVALID_PARAMETER);
    }
    struct blob longer = export_key(key, BCRYPT_KEY_DATA_BLOB);
    longer.bytes[8] = 17;
    longer.len = 29;
    cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, NULL, BCRYPT_KEY_DATA_BLOB, &longer, &again),
            STATUS_INVALID_PARAMETER);
    cr_assert_null(again);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, importing_refuses_bad_arguments)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 16), again = NULL;
    struct blob blob = export_key(key, BCRYPT_KEY_DATA_BLOB);
    BCRYPT_ALG_HANDLE aes = BCRYPT_AES_CBC_ALG_HANDLE;
    LPCWSTR type = BCRYPT_KEY_DATA_BLOB;
    ULONG len;
    cr_assert_status(import(NULL, NULL, type, &blob, &again), STATUS_INVALID_HANDLE);
    cr_assert_status(import(aes, NULL, NULL, &blob, &again), STATUS_INVALID_PARAMETER);
    cr_assert_status(import(aes, NULL, type, &blob, NULL), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptImportKey(aes, NULL, type, &again, NULL, 0, NULL, 28, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptImportKey(aes, NULL, type, &again, NULL, 0, blob.bytes, 28, 1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(import(aes, NULL, u"NoSuchBlob", &blob, &again), STATUS_NOT_SUPPORTED);
    cr_assert_status(import(aes, NULL, BCRYPT_PUBLIC_KEY_BLOB, &blob, &again),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptExportKey(key, NULL, u"NoSuchBlob", NULL, 0, &len, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_null(again);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, an_opaque_blob_is_for_its_own_kind)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 16), again = NULL;
    struct blob opaque = export_key(key, BCRYPT_OPAQUE_KEY_BLOB);
    cr_assert_status(import(BCRYPT_HKDF_ALG_HANDLE, NULL, BCRYPT_OPAQUE_KEY_BLOB, &opaque, &again),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, NULL, BCRYPT_KEY_DATA_BLOB, &opaque, &again),
            STATUS_INVALID_PARAMETER);
    cr_assert_null(again);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, keys_are_wrapped_with_keys)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 32), again = NULL, other = NULL;
    BCRYPT_KEY_HANDLE wrapping = aes_key(BCRYPT_AES_GCM_ALG_HANDLE, 24);
    UCHAR wrapped[40];
    ULONG len = 0;
    LPCWSTR type = BCRYPT_AES_WRAP_KEY_BLOB;
    cr_assert_success(BCryptExportKey(key, wrapping, type, NULL, 0, &len, 0));
    cr_assert_eq(len, 40);
    cr_assert_status(BCryptExportKey(key, wrapping, type, wrapped, 39, &len, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_success(BCryptExportKey(key, wrapping, type, wrapped, 40, &len, 0));
    struct blob blob = { .len = 40 };
    memcpy(blob.bytes, wrapped, 40);
    cr_assert_success(import(BCRYPT_AES_CBC_ALG_HANDLE, wrapping, type, &blob, &again));
    struct blob data = export_key(again, BCRYPT_KEY_DATA_BLOB);
    cr_assert_arr_eq(data.bytes + 12, secret, 32);
    for (ULONG at = 0; at < 40; at += 3) {
        struct blob wrong = blob;
        wrong.bytes[at] ^= 1;
        cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, wrapping, type, &wrong, &other),
                STATUS_INVALID_PARAMETER);
    }
    for (ULONG wrong = 0; wrong < 40; wrong++) {
        blob.len = wrong;
        cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, wrapping, type, &blob, &other),
                STATUS_INVALID_PARAMETER);
    }
    blob.len = 40;
    cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, key, type, &blob, &other),
            STATUS_INVALID_PARAMETER);
    cr_assert_null(other);
    cr_assert_success(BCryptDestroyKey(again));
    cr_assert_success(BCryptDestroyKey(wrapping));
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, only_keys_of_aes_wrap)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 16), again = NULL;
    BCRYPT_KEY_HANDLE wrong[] = { aes_key(BCRYPT_HKDF_ALG_HANDLE, 16),
        generate_key(BCRYPT_ECDH_P256_ALG_HANDLE, 256) };
    LPCWSTR type = BCRYPT_AES_WRAP_KEY_BLOB;
    struct blob blob = { .len = 24 };
    ULONG len;
    cr_assert_status(BCryptExportKey(key, NULL, type, NULL, 0, &len, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptExportKey(key, GARBAGE_HANDLE, type, NULL, 0, &len, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, NULL, type, &blob, &again),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, GARBAGE_HANDLE, type, &blob, &again),
            STATUS_INVALID_HANDLE);
    for (int i = 0; i < 2; i++) {
        cr_assert_status(BCryptExportKey(key, wrong[i], type, NULL, 0, &len, 0),
                STATUS_INVALID_PARAMETER);
        cr_assert_status(import(BCRYPT_AES_CBC_ALG_HANDLE, wrong[i], type, &blob, &again),
                STATUS_INVALID_PARAMETER);
        cr_assert_success(BCryptDestroyKey(wrong[i]));
    }
    BCRYPT_KEY_HANDLE odd = aes_key(BCRYPT_HKDF_ALG_HANDLE, 17);
    cr_assert_status(BCryptExportKey(odd, key, type, NULL, 0, &len, 0), STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(odd));
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, keys_for_derivation_have_the_same_blobs)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_HKDF_ALG_HANDLE, 19), again = NULL;
    for (int i = 0; i < 2; i++) {
        struct blob blob = export_key(key, types[i]);
        cr_assert_eq(blob.len, 12 + 19);
        cr_assert_success(import(BCRYPT_PBKDF2_ALG_HANDLE, NULL, types[i], &blob, &again));
        cr_assert_success(BCryptDestroyKey(again));
    }
    cr_assert_success(BCryptDestroyKey(key));
}

/* The modes. */

static const struct {
    BCRYPT_ALG_HANDLE handle;
    LPCWSTR mode;
    BOOL has_iv;
    ULONG unit;
} modes[] = {
    { BCRYPT_AES_ECB_ALG_HANDLE, BCRYPT_CHAIN_MODE_ECB, FALSE, 16 },
    { BCRYPT_AES_CBC_ALG_HANDLE, BCRYPT_CHAIN_MODE_CBC, TRUE, 16 },
    { BCRYPT_AES_CFB_ALG_HANDLE, BCRYPT_CHAIN_MODE_CFB, TRUE, 1 },
};

enum { MODE_COUNT = sizeof(modes) / sizeof(modes[0]) };

static UCHAR plain[64] = "A message that is not quite as long as four blocks of sixteen...";

Test(symmetric, a_message_in_pieces_is_the_message_in_one)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        UCHAR one[64], other[64], iv[16] = { 1 }, next[16] = { 1 };
        ULONG made = 0;
        BCRYPT_KEY_HANDLE key = aes_key(modes[i].handle, 16);
        cr_assert_success(encrypt(key, iv, plain, 64, one, 64, &made, 0));
        cr_assert_eq(made, 64);
        cr_assert_success(encrypt(key, next, plain, 16, other, 64, &made, 0));
        cr_assert_eq(made, 16);
        cr_assert_success(encrypt(key, next, plain + 16, 48, other + 16, 48, &made, 0));
        cr_assert_arr_eq(one, other, 64);
        cr_assert_arr_eq(iv, next, 16);
        if (modes[i].has_iv) {
            cr_assert_arr_eq(iv, one + 48, 16, "the last block of the ciphertext");
        }
        UCHAR back[16] = { 1 };
        cr_assert_success(decrypt(key, back, one, 32, other, 64, &made, 0));
        cr_assert_success(decrypt(key, back, one + 32, 32, other + 32, 32, &made, 0));
        cr_assert_arr_eq(other, plain, 64);
        cr_assert_arr_eq(back, iv, 16);
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(symmetric, a_key_has_an_iv_of_its_own)
{
    for (size_t i = 1; i < MODE_COUNT; i++) {
        UCHAR one[64], other[64], iv[16] = { 0 }, got[16], set[16] = { 7 };
        ULONG made = 0;
        BCRYPT_KEY_HANDLE key = aes_key(modes[i].handle, 16);
        cr_assert_success(encrypt(key, NULL, plain, 32, one, 64, &made, 0));
        cr_assert_success(encrypt(key, iv, plain, 32, other, 64, &made, 0));
        cr_assert_arr_eq(one, other, 32, "zeros at first");
        cr_assert_success(BCryptGetProperty(key, BCRYPT_INITIALIZATION_VECTOR, got, 16, &made, 0));
        cr_assert_arr_eq(got, iv, 16, "it goes on as an application's does");
        cr_assert_success(BCryptSetProperty(key, BCRYPT_INITIALIZATION_VECTOR, set, 16, 0));
        cr_assert_success(encrypt(key, NULL, plain, 32, one, 64, &made, 0));
        cr_assert_success(encrypt(key, set, plain, 32, other, 64, &made, 0));
        cr_assert_arr_eq(one, other, 32);
        cr_assert_status(BCryptSetProperty(key, BCRYPT_INITIALIZATION_VECTOR, set, 15, 0),
                STATUS_INVALID_PARAMETER);
        cr_assert_success(BCryptDestroyKey(key));
    }
    ULONG made;
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_ECB_ALG_HANDLE, 16);
    cr_assert_status(BCryptGetProperty(key, BCRYPT_INITIALIZATION_VECTOR, NULL, 0, &made, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptSetProperty(key, BCRYPT_INITIALIZATION_VECTOR, plain, 16, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, an_iv_has_the_length_of_a_block)
{
    UCHAR out[64], iv[32] = { 0 };
    ULONG made;
    for (size_t i = 0; i < MODE_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = aes_key(modes[i].handle, 16);
        for (ULONG len = 0; len <= 32; len++) {
            NTSTATUS wanted =
                    modes[i].has_iv && len != 16 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
            cr_assert_status(BCryptEncrypt(key, plain, 32, NULL, iv, len, out, 64, &made, 0),
                    wanted);
            cr_assert_status(BCryptDecrypt(key, plain, 32, NULL, iv, len, out, 64, &made, 0),
                    wanted);
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(symmetric, without_padding_messages_are_of_whole_blocks)
{
    UCHAR out[64], iv[16] = { 0 };
    for (size_t i = 0; i < MODE_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = aes_key(modes[i].handle, 16);
        for (ULONG len = 0; len < 40; len++) {
            ULONG made = 77;
            NTSTATUS wanted =
                    len % modes[i].unit != 0 ? STATUS_INVALID_BUFFER_SIZE : STATUS_SUCCESS;
            cr_assert_status(encrypt(key, iv, plain, len, out, 64, &made, 0), wanted);
            cr_assert_eq(made, wanted == STATUS_SUCCESS ? len : 77);
            cr_assert_status(decrypt(key, iv, plain, len, out, 64, &made, 0), wanted);
            cr_assert_status(encrypt(key, iv, plain, len, NULL, 0, &made, 0), wanted);
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(symmetric, padding_makes_room_for_itself)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = aes_key(modes[i].handle, 16);
        for (ULONG len = 0; len < 50; len++) {
            UCHAR out[80], back[80], iv[16] = { 3 }, start[16] = { 3 };
            ULONG made = 0, wanted = (len / modes[i].unit + 1) * modes[i].unit;
            cr_assert_success(encrypt(key, iv, plain, len, NULL, 0, &made, BCRYPT_BLOCK_PADDING));
            cr_assert_eq(made, wanted);
            cr_assert_arr_eq(iv, start, 16, "a question changes no IV");
            cr_assert_status(encrypt(key, iv, plain, len, out, wanted - 1, &made,
                                     BCRYPT_BLOCK_PADDING),
                    STATUS_BUFFER_TOO_SMALL);
            cr_assert_eq(made, wanted);
            cr_assert_success(encrypt(key, iv, plain, len, out, wanted, &made,
                    BCRYPT_BLOCK_PADDING));
            cr_assert_eq(made, wanted);
            cr_assert_success(decrypt(key, start, out, wanted, NULL, 0, &made,
                    BCRYPT_BLOCK_PADDING));
            cr_assert_eq(made, wanted, "enough");
            if (len > 0) {
                cr_assert_status(decrypt(key, start, out, wanted, back, len - 1, &made,
                                         BCRYPT_BLOCK_PADDING),
                        STATUS_BUFFER_TOO_SMALL);
                cr_assert_eq(made, len);
            }
            back[len] = 0xa5;
            cr_assert_success(decrypt(key, start, out, wanted, back, len, &made,
                    BCRYPT_BLOCK_PADDING));
            cr_assert_eq(made, len);
            cr_assert_arr_eq(back, plain, len);
            cr_assert_eq(back[len], 0xa5);
            cr_assert_arr_eq(start, iv, 16);
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}

/* Whatever the last block says that is no padding. */
Test(symmetric, wrong_padding_is_an_error_in_the_data)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_ECB_ALG_HANDLE, 16);
    UCHAR block[16], cipher[32], out[32], untouched[32];
    ULONG made = 0;
    memset(untouched, 0x77, sizeof(untouched));
    for (unsigned value = 0; value < 256; value++) {
        memset(block, (int)value, sizeof(block));
        cr_assert_success(encrypt(key, NULL, plain, 16, cipher, 16, &made, 0));
        cr_assert_success(encrypt(key, NULL, block, 16, cipher + 16, 16, &made, 0));
        memcpy(out, untouched, sizeof(out));
        made = 99;
        BOOL right = value >= 1 && value <= 16;
        cr_assert_status(decrypt(key, NULL, cipher, 32, out, 32, &made, BCRYPT_BLOCK_PADDING),
                right ? STATUS_SUCCESS : STATUS_DATA_ERROR);
        cr_assert_eq(made, right ? 32 - value : 99);
        if (!right) {
            cr_assert_arr_eq(out, untouched, 32);
        }
    }
    for (unsigned at = 0; at < 15; at++) {
        memset(block, 16, sizeof(block));
        block[at] ^= 0x40;
        cr_assert_success(encrypt(key, NULL, block, 16, cipher, 16, &made, 0));
        cr_assert_status(decrypt(key, NULL, cipher, 16, out, 32, &made, BCRYPT_BLOCK_PADDING),
                STATUS_DATA_ERROR);
    }
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, a_refused_message_changes_no_iv)
{
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 16);
    UCHAR out[32], iv[16] = { 5 }, start[16] = { 5 };
    ULONG made;
    cr_assert_status(decrypt(key, iv, plain, 32, out, 32, &made, BCRYPT_BLOCK_PADDING),
            STATUS_DATA_ERROR);
    cr_assert_status(decrypt(key, iv, plain, 31, out, 32, &made, BCRYPT_BLOCK_PADDING),
            STATUS_INVALID_BUFFER_SIZE);
    cr_assert_status(decrypt(key, iv, plain, 0, out, 32, &made, BCRYPT_BLOCK_PADDING),
            STATUS_INVALID_BUFFER_SIZE);
    cr_assert_status(encrypt(key, iv, plain, 32, out, 31, &made, 0), STATUS_BUFFER_TOO_SMALL);
    cr_assert_status(decrypt(key, iv, plain, 32, out, 31, &made, 0), STATUS_BUFFER_TOO_SMALL);
    cr_assert_arr_eq(iv, start, 16);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, encryption_refuses_bad_arguments)
{
    static const ULONG flags[] = { BCRYPT_PAD_PKCS1, BCRYPT_PAD_OAEP, BCRYPT_GENERATE_IV,
        0x40000000, BCRYPT_BLOCK_PADDING | BCRYPT_PAD_PKCS1 };
    UCHAR out[64], iv[16] = { 0 };
    ULONG made = 0;
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 16);
    cr_assert_status(encrypt(NULL, iv, plain, 16, out, 64, &made, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(decrypt(NULL, iv, plain, 16, out, 64, &made, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(encrypt(key, iv, plain, 16, out, 64, NULL, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(encrypt(key, iv, NULL, 16, out, 64, &made, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(decrypt(key, iv, NULL, 16, out, 64, &made, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(encrypt(key, iv, NULL, 0, NULL, 0, &made, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(decrypt(key, iv, NULL, 0, NULL, 0, &made, 0), STATUS_INVALID_PARAMETER);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        cr_assert_status(encrypt(key, iv, plain, 16, out, 64, &made, flags[i]),
                STATUS_INVALID_PARAMETER);
        cr_assert_status(decrypt(key, iv, plain, 16, out, 64, &made, flags[i]),
                STATUS_INVALID_PARAMETER);
    }
    cr_assert_success(BCryptEncrypt(key, plain, 16, plain, iv, 16, out, 64, &made, 0));
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, messages_may_be_replaced_in_place)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        UCHAR bytes[64], out[64], iv[16] = { 0 }, again[16] = { 0 }, back[16] = { 0 };
        ULONG made, len = 0;
        BCRYPT_KEY_HANDLE key = aes_key(modes[i].handle, 16);
        memcpy(bytes, plain, 40);
        cr_assert_success(encrypt(key, iv, plain, 40, out, 64, &len, BCRYPT_BLOCK_PADDING));
        cr_assert_success(encrypt(key, again, bytes, 40, bytes, 64, &made, BCRYPT_BLOCK_PADDING));
        cr_assert_arr_eq(bytes, out, len);
        cr_assert_success(decrypt(key, back, bytes, len, bytes, 64, &made, BCRYPT_BLOCK_PADDING));
        cr_assert_eq(made, 40);
        cr_assert_arr_eq(bytes, plain, 40);
        cr_assert_arr_eq(back, iv, 16);
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(symmetric, places_that_overlap_in_part_are_refused)
{
    UCHAR bytes[96] = { 0 }, iv[16] = { 0 };
    ULONG made;
    for (size_t i = 0; i < MODE_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = aes_key(modes[i].handle, 16);
        static const int offsets[] = { 1, 15, 16, 31 };
        for (int j = 0; j < 4; j++) {
            UCHAR *in = bytes + 32, *above = in + offsets[j], *below = in - offsets[j];
            cr_assert_status(encrypt(key, iv, in, 32, above, 32, &made, 0),
                    STATUS_INVALID_PARAMETER);
            cr_assert_status(encrypt(key, iv, in, 32, below, 32, &made, 0),
                    STATUS_INVALID_PARAMETER);
            cr_assert_status(decrypt(key, iv, in, 32, above, 32, &made, 0),
                    STATUS_INVALID_PARAMETER);
            cr_assert_status(decrypt(key, iv, in, 32, below, 32, &made, 0),
                    STATUS_INVALID_PARAMETER);
        }
        cr_assert_success(encrypt(key, iv, bytes, 32, bytes + 32, 32, &made, 0));
        cr_assert_success(BCryptDestroyKey(key));
    }
}

/* Settings. */

static BOOL has_mode(BCRYPT_HANDLE object, LPCWSTR mode)
{
    WCHAR text[32] = { 0 };
    ULONG len = 0;
    cr_assert_success(BCryptGetProperty(object, BCRYPT_CHAINING_MODE, (PUCHAR)text, sizeof(text),
            &len, 0));
    cr_assert_eq(text[len / sizeof(WCHAR) - 1], 0);
    return memcmp(text, mode, len) == 0;
}

static NTSTATUS set_mode(BCRYPT_HANDLE object, const WCHAR *mode, ULONG len)
{
    return BCryptSetProperty(object, BCRYPT_CHAINING_MODE, (PUCHAR)mode, len, 0);
}

Test(symmetric, keys_chain_as_their_provider_was_told)
{
    static const LPCWSTR all[] = { BCRYPT_CHAIN_MODE_ECB, BCRYPT_CHAIN_MODE_CBC,
        BCRYPT_CHAIN_MODE_CFB, BCRYPT_CHAIN_MODE_CCM, BCRYPT_CHAIN_MODE_GCM };
    BCRYPT_ALG_HANDLE provider = open_provider(BCRYPT_AES_ALGORITHM, 0);
    BCRYPT_KEY_HANDLE first = aes_key(provider, 16);
    cr_assert(has_mode(provider, BCRYPT_CHAIN_MODE_CBC));
    for (int i = 0; i < 5; i++) {
        cr_assert_success(set_mode(provider, all[i], sizeof(BCRYPT_CHAIN_MODE_ECB)));
        cr_assert(has_mode(provider, all[i]));
        BCRYPT_KEY_HANDLE key = aes_key(provider, 16);
        cr_assert(has_mode(key, all[i]));
        cr_assert(has_mode(first, BCRYPT_CHAIN_MODE_CBC), "those made before stay");
        cr_assert_success(set_mode(key, all[(i + 1) % 5], sizeof(BCRYPT_CHAIN_MODE_ECB)));
        cr_assert(has_mode(key, all[(i + 1) % 5]));
        cr_assert(has_mode(provider, all[i]));
        cr_assert_success(BCryptDestroyKey(key));
    }
    cr_assert_success(BCryptDestroyKey(first));
    close_provider(provider);
}

Test(symmetric, modes_are_known_by_their_names)
{
    BCRYPT_ALG_HANDLE provider = open_provider(BCRYPT_AES_ALGORITHM, 0);
    BCRYPT_KEY_HANDLE key = aes_key(provider, 16);
    BCRYPT_HANDLE both[] = { provider, key };
    for (int i = 0; i < 2; i++) {
        cr_assert_status(set_mode(both[i], u"ChainingModeXYZ", 32), STATUS_NOT_SUPPORTED);
        cr_assert_status(set_mode(both[i], BCRYPT_CHAIN_MODE_NA, 32), STATUS_NOT_SUPPORTED);
        cr_assert_status(set_mode(both[i], u"ChainingModeCB", 32), STATUS_NOT_SUPPORTED);
        cr_assert_status(set_mode(both[i], u"ChainingModeCBCC", 34), STATUS_NOT_SUPPORTED);
        cr_assert_status(set_mode(both[i], NULL, 0), STATUS_INVALID_PARAMETER);
        cr_assert(has_mode(both[i], BCRYPT_CHAIN_MODE_CBC));
        cr_assert_success(set_mode(both[i], BCRYPT_CHAIN_MODE_GCM, 0));
        cr_assert_success(set_mode(both[i], BCRYPT_CHAIN_MODE_ECB, 1000));
        cr_assert(has_mode(both[i], BCRYPT_CHAIN_MODE_ECB), "its length does not matter");
    }
    cr_assert_success(BCryptDestroyKey(key));
    close_provider(provider);
}

Test(symmetric, pseudo_handles_have_modes)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        cr_assert(has_mode(modes[i].handle, modes[i].mode));
        cr_assert_status(set_mode(modes[i].handle, BCRYPT_CHAIN_MODE_GCM, 32),
                STATUS_NOT_SUPPORTED);
        BCRYPT_KEY_HANDLE key = aes_key(modes[i].handle, 16);
        cr_assert(has_mode(key, modes[i].mode));
        cr_assert_success(BCryptDestroyKey(key));
    }
    cr_assert(has_mode(BCRYPT_AES_GCM_ALG_HANDLE, BCRYPT_CHAIN_MODE_GCM));
    cr_assert(has_mode(BCRYPT_AES_CCM_ALG_HANDLE, BCRYPT_CHAIN_MODE_CCM));
    cr_assert(has_mode(BCRYPT_AES_GMAC_ALG_HANDLE, BCRYPT_CHAIN_MODE_GCM));
}

Test(symmetric, cfb_shifts_by_bytes_unless_told)
{
    static const ULONG wrong[] = { 0, 2, 8, 15, 17, 128 };
    UCHAR bytes[32], blocks[32], iv[16] = { 0 }, again[16] = { 0 };
    ULONG made, block = 16, byte = 1;
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CFB_ALG_HANDLE, 16);
    cr_assert_eq(ulong_property(key, BCRYPT_MESSAGE_BLOCK_LENGTH), 1);
    cr_assert_success(encrypt(key, iv, plain, 32, bytes, 32, &made, 0));
    cr_assert_success(BCryptSetProperty(key, BCRYPT_MESSAGE_BLOCK_LENGTH, (PUCHAR)&block,
            sizeof(block), 0));
    cr_assert_eq(ulong_property(key, BCRYPT_MESSAGE_BLOCK_LENGTH), 16);
    cr_assert_success(encrypt(key, again, plain, 32, blocks, 32, &made, 0));
    cr_assert_arr_neq(bytes, blocks, 32);
    cr_assert_status(encrypt(key, again, plain, 31, blocks, 32, &made, 0),
            STATUS_INVALID_BUFFER_SIZE);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_assert_status(BCryptSetProperty(key, BCRYPT_MESSAGE_BLOCK_LENGTH, (PUCHAR)&wrong[i],
                                 sizeof(ULONG), 0),
                STATUS_INVALID_PARAMETER);
    }
    cr_assert_status(BCryptSetProperty(key, BCRYPT_MESSAGE_BLOCK_LENGTH, (PUCHAR)&byte, 2, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_success(set_mode(key, BCRYPT_CHAIN_MODE_CBC, 32));
    cr_assert_status(BCryptSetProperty(key, BCRYPT_MESSAGE_BLOCK_LENGTH, (PUCHAR)&byte,
                             sizeof(byte), 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptGetProperty(key, BCRYPT_MESSAGE_BLOCK_LENGTH, NULL, 0, &made, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(symmetric, providers_and_keys_tell_their_lengths)
{
    BCRYPT_ALG_HANDLE provider = open_provider(BCRYPT_AES_ALGORITHM, 0);
    BCRYPT_KEY_HANDLE key = aes_key(provider, 24);
    BCRYPT_HANDLE all[] = { provider, key, BCRYPT_AES_CBC_ALG_HANDLE };
    for (int i = 0; i < 3; i++) {
        BCRYPT_KEY_LENGTHS_STRUCT lengths = { 0, 0, 0 };
        ULONG len = 0;
        cr_assert_eq(ulong_property(all[i], BCRYPT_BLOCK_LENGTH), 16);
        cr_assert_eq(ulong_property(all[i], BCRYPT_BLOCK_SIZE_LIST), 16);
        cr_assert_success(BCryptGetProperty(all[i], BCRYPT_KEY_LENGTHS, (PUCHAR)&lengths,
                sizeof(lengths), &len, 0));
        cr_assert(lengths.dwMinLength == 128 && lengths.dwMaxLength == 256 &&
                lengths.dwIncrement == 64);
        cr_assert_status(BCryptGetProperty(all[i], BCRYPT_AUTH_TAG_LENGTH, NULL, 0, &len, 0),
                STATUS_NOT_SUPPORTED);
        cr_assert_status(BCryptGetProperty(all[i], BCRYPT_HASH_LENGTH, NULL, 0, &len, 0),
                STATUS_NOT_SUPPORTED);
        cr_assert_status(BCryptSetProperty(all[i], BCRYPT_BLOCK_LENGTH, plain, 4, 0),
                STATUS_NOT_SUPPORTED);
    }
    cr_assert_eq(ulong_property(provider, BCRYPT_PRIMITIVE_TYPE), BCRYPT_CIPHER_INTERFACE);
    cr_assert_eq(ulong_property(key, BCRYPT_KEY_LENGTH), 192);
    cr_assert_success(BCryptDestroyKey(key));
    close_provider(provider);
}

Test(symmetric, a_duplicate_is_a_key_of_its_own)
{
    UCHAR one[32], other[32], set[16] = { 9 };
    ULONG made;
    BCRYPT_KEY_HANDLE key = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 16), copy = NULL;
    cr_assert_success(BCryptSetProperty(key, BCRYPT_INITIALIZATION_VECTOR, set, 16, 0));
    cr_assert_success(BCryptDuplicateKey(key, &copy, NULL, 0, 0));
    cr_assert_success(encrypt(key, NULL, plain, 32, one, 32, &made, 0));
    cr_assert_success(set_mode(key, BCRYPT_CHAIN_MODE_ECB, 32));
    cr_assert(has_mode(copy, BCRYPT_CHAIN_MODE_CBC));
    cr_assert_success(BCryptDestroyKey(key));
    cr_assert_success(encrypt(copy, NULL, plain, 32, other, 32, &made, 0));
    cr_assert_arr_eq(one, other, 32);
    cr_assert_success(BCryptDestroyKey(copy));
}

Test(symmetric, algorithms_are_listed_once)
{
    static const struct {
        ULONG operation, count;
    } wanted[] = { { BCRYPT_CIPHER_OPERATION, 2 }, { BCRYPT_KEY_DERIVATION_OPERATION, 7 } };
    for (int i = 0; i < 2; i++) {
        ULONG count = 0;
        BCRYPT_ALGORITHM_IDENTIFIER *list = NULL;
        cr_assert_success(BCryptEnumAlgorithms(wanted[i].operation, &count, &list, 0));
        cr_assert_eq(count, wanted[i].count);
        for (ULONG j = 0; j < count; j++) {
            close_provider(open_provider(list[j].pszName, 0));
        }
        BCryptFreeBuffer(list);
    }
}

/* One key, several threads. */

enum { THREADS = 4, ROUNDS = 200 };

static BCRYPT_KEY_HANDLE shared;

static void *use_shared(void *expected)
{
    for (int i = 0; i < ROUNDS; i++) {
        UCHAR out[64], iv[16] = { 0 };
        ULONG made = 0;
        if (!NT_SUCCESS(encrypt(shared, iv, plain, 64, out, 64, &made, 0)) ||
                memcmp(out, expected, 64) != 0 ||
                !NT_SUCCESS(encrypt(shared, NULL, plain, 16, out, 64, &made, 0))) {
            return expected;
        }
    }
    return NULL;
}

Test(symmetric, several_threads_use_one_key)
{
    UCHAR expected[64], iv[16] = { 0 };
    ULONG made;
    pthread_t threads[THREADS];
    shared = aes_key(BCRYPT_AES_CBC_ALG_HANDLE, 32);
    cr_assert_success(encrypt(shared, iv, plain, 64, expected, 64, &made, 0));
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, use_shared, expected), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *wrong = expected;
        cr_assert_eq(pthread_join(threads[i], &wrong), 0);
        cr_assert_null(wrong);
    }
    cr_assert_success(BCryptDestroyKey(shared));
}
