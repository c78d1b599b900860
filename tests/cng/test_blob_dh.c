/* SPDX-License-Identifier: MIT */
#include "tests/cng/agreement.h"

static struct blob parameters_of(BCRYPT_KEY_HANDLE key)
{
    struct blob blob;
    ULONG len = 0;
    assert_success(BCryptGetProperty(key, BCRYPT_DH_PARAMETERS, NULL, 0, &len, 0));
    assert_status(BCryptGetProperty(key, BCRYPT_DH_PARAMETERS, blob.bytes, 28, &blob.len, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_eq(blob.len, len);
    assert_success(BCryptGetProperty(key, BCRYPT_DH_PARAMETERS, blob.bytes, BLOB_MAX_LEN, &blob.len,
            0));
    cr_assert_eq(blob.len, len);
    return blob;
}

static NTSTATUS set_parameters(BCRYPT_KEY_HANDLE key, const struct blob *blob)
{
    return BCryptSetProperty(key, BCRYPT_DH_PARAMETERS, (PUCHAR)blob->bytes, blob->len, 0);
}

Test(blob_dh, sizes_magics_and_parameters_are_as_published)
{
    const ULONG bits[] = { 512, 1024, 2048, 4096 };
    for (unsigned i = 0; i < 4; i++) {
        BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_DH_ALG_HANDLE, bits[i]);
        ULONG width = bits[i] / 8, header[3];
        struct blob public = export_key(key, BCRYPT_DH_PUBLIC_BLOB);
        struct blob private = export_key(key, BCRYPT_DH_PRIVATE_BLOB);
        struct blob parameters = parameters_of(key);
        cr_assert_eq(public.len, 8 + 3 * width);
        cr_assert_eq(private.len, 8 + 4 * width);
        cr_assert_eq(memcmp(public.bytes, "DHPB", 4), 0);
        cr_assert_eq(memcmp(private.bytes, "DHPV", 4), 0);
        cr_assert_arr_eq(public.bytes + 4, private.bytes + 4, public.len - 4);
        memcpy(header, parameters.bytes, sizeof(header));
        cr_assert_eq(parameters.len, 12 + 2 * width);
        cr_assert_eq(header[0], parameters.len);
        cr_assert_eq(header[1], BCRYPT_DH_PARAMETERS_MAGIC);
        cr_assert_eq(header[2], width);
        cr_assert_arr_eq(parameters.bytes + 12, public.bytes + 8, 2 * width);
        assert_success(BCryptDestroyKey(key));
    }
}

Test(blob_dh, private_and_public_blobs_round_trip_and_agree)
{
    const LPCWSTR types[] = { BCRYPT_DH_PRIVATE_BLOB, BCRYPT_PRIVATE_KEY_BLOB,
        BCRYPT_DH_PUBLIC_BLOB, BCRYPT_PUBLIC_KEY_BLOB };
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_DH_ALG_HANDLE, 1024);
    for (unsigned i = 0; i < 4; i++) {
        BCRYPT_KEY_HANDLE copy;
        struct blob blob = export_key(key, types[i]);
        assert_success(import_key(BCRYPT_DH_ALG_HANDLE, types[i], &blob, 0, &copy));
        struct blob again = export_key(copy, types[i]);
        cr_assert_eq(again.len, blob.len);
        cr_assert_arr_eq(again.bytes, blob.bytes, blob.len);
        assert_success(BCryptDestroySecret(agree_on(key, copy)));
        assert_status(BCryptFinalizeKeyPair(copy, 0), STATUS_INVALID_HANDLE);
        assert_success(BCryptDestroyKey(copy));
    }
    assert_success(BCryptDestroyKey(key));
}

Test(blob_dh, a_key_takes_the_parameters_of_another_until_it_is_final)
{
    BCRYPT_KEY_HANDLE one = generate_key(BCRYPT_DH_ALG_HANDLE, 512), other, small;
    struct blob parameters = parameters_of(one), again, bad;
    ULONG len;
    assert_success(BCryptGenerateKeyPair(BCRYPT_DH_ALG_HANDLE, &other, 512, 0));
    assert_success(BCryptGenerateKeyPair(BCRYPT_DH_ALG_HANDLE, &small, 768, 0));
    assert_status(BCryptGetProperty(other, BCRYPT_DH_PARAMETERS, NULL, 0, &len, 0),
            STATUS_INVALID_HANDLE);
    assert_status(BCryptExportKey(other, NULL, BCRYPT_DH_PUBLIC_BLOB, NULL, 0, &len, 0),
            STATUS_INVALID_HANDLE);
    assert_status(set_parameters(small, &parameters), STATUS_INVALID_PARAMETER);
    for (unsigned i = 0; i < 3; i++) {
        bad = parameters;
        bad.bytes[4 * i] ^= 1;
        assert_status(set_parameters(other, &bad), STATUS_INVALID_PARAMETER);
    }
    bad = parameters;
    bad.len--;
    assert_status(set_parameters(other, &bad), STATUS_INVALID_PARAMETER);
    bad = parameters;
    bad.bytes[12 + 63] &= 0xfe; /* the prime */
    assert_status(set_parameters(other, &bad), STATUS_INVALID_PARAMETER);
    assert_success(set_parameters(other, &parameters));
    assert_success(BCryptFinalizeKeyPair(other, 0));
    assert_status(BCryptFinalizeKeyPair(other, 0), STATUS_INVALID_HANDLE);
    assert_status(set_parameters(other, &parameters), STATUS_INVALID_HANDLE);
    again = parameters_of(other);
    cr_assert_arr_eq(again.bytes, parameters.bytes, parameters.len);
    assert_agree(one, other);
    assert_success(BCryptDestroyKey(small));
    assert_success(BCryptDestroyKey(other));
    assert_success(BCryptDestroyKey(one));
}

Test(blob_dh, sizes_of_keys)
{
    const ULONG wrong[] = { 0, 256, 448, 511, 513, 576 + 8, 4160, 0xffffffff };
    BCRYPT_KEY_HANDLE key = NULL;
    ULONG bits = 768, len;
    BCRYPT_KEY_LENGTHS_STRUCT lengths;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_status(BCryptGenerateKeyPair(BCRYPT_DH_ALG_HANDLE, &key, wrong[i], 0),
                STATUS_INVALID_PARAMETER);
    }
    assert_success(BCryptGenerateKeyPair(BCRYPT_DH_ALG_HANDLE, &key, 1024, 0));
    assert_status(BCryptSetProperty(key, BCRYPT_KEY_LENGTH, (PUCHAR)&bits, 2, 0),
            STATUS_INVALID_PARAMETER);
    assert_success(BCryptSetProperty(key, BCRYPT_KEY_LENGTH, (PUCHAR)&bits, 4, 0));
    assert_success(BCryptFinalizeKeyPair(key, 0));
    bits = 0;
    assert_success(BCryptGetProperty(key, BCRYPT_KEY_LENGTH, (PUCHAR)&bits, 4, &len, 0));
    cr_assert_eq(bits, 768);
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptGenerateKeyPair(BCRYPT_DH_ALG_HANDLE, &key, 2112, 0));
    assert_status(BCryptFinalizeKeyPair(key, 0), STATUS_NOT_SUPPORTED); /* no group, see docs */
    assert_success(BCryptDestroyKey(key));
    assert_success(BCryptGetProperty(BCRYPT_DH_ALG_HANDLE, BCRYPT_KEY_LENGTHS, (PUCHAR)&lengths,
            sizeof(lengths), &len, 0));
    cr_assert_eq(lengths.dwMinLength, 512);
    cr_assert_eq(lengths.dwMaxLength, 4096);
    cr_assert_eq(lengths.dwIncrement, 64);
}

Test(blob_dh, every_other_length_and_header_is_refused)
{
    const LPCWSTR types[] = { BCRYPT_DH_PRIVATE_BLOB, BCRYPT_DH_PUBLIC_BLOB };
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_DH_ALG_HANDLE, 512);
    for (unsigned i = 0; i < 2; i++) {
        struct blob good = export_key(key, types[i]), bad = good;
        for (bad.len = 0; bad.len < good.len + 9; bad.len++) {
            assert_status(try_import(BCRYPT_DH_ALG_HANDLE, types[i], &bad),
                    bad.len == good.len ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
        }
        for (unsigned byte = 0; byte < 8; byte++) {
            bad = good;
            bad.bytes[byte] ^= 0x10;
            assert_status(try_import(BCRYPT_DH_ALG_HANDLE, types[i], &bad),
                    STATUS_INVALID_PARAMETER);
        }
    }
    struct blob blob = export_key(key, BCRYPT_DH_PUBLIC_BLOB);
    assert_status(try_import(BCRYPT_DH_ALG_HANDLE, BCRYPT_ECCPUBLIC_BLOB, &blob),
            STATUS_NOT_SUPPORTED);
    assert_success(BCryptDestroyKey(key));
}

Test(blob_dh, values_that_give_no_secret_are_refused_at_the_door_or_at_the_agreement)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_DH_ALG_HANDLE, 1024), peer = NULL;
    struct blob good = export_key(key, BCRYPT_DH_PUBLIC_BLOB), bad = good;
    UCHAR *y = bad.bytes + 8 + 256;
    BCRYPT_SECRET_HANDLE secret;
    for (unsigned i = 0; i < 4; i++) {
        memset(y, 0, 128); /* 0, 1, then p-1, p */
        y[127] = (UCHAR)i;
        if (i >= 2) {
            memcpy(y, bad.bytes + 8, 128);
            y[127] = (UCHAR)(y[127] - (i == 2));
        }
        assert_status(try_import(BCRYPT_DH_ALG_HANDLE, BCRYPT_DH_PUBLIC_BLOB, &bad),
                STATUS_INVALID_PARAMETER);
        NTSTATUS status = import_key(BCRYPT_DH_ALG_HANDLE, BCRYPT_DH_PUBLIC_BLOB, &bad,
                BCRYPT_NO_KEY_VALIDATION, &peer);
        assert_status(status, i < 3 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
        if (NT_SUCCESS(status)) {
            assert_status(BCryptSecretAgreement(key, peer, &secret, 0), STATUS_INVALID_PARAMETER);
            assert_success(BCryptDestroyKey(peer));
        }
    }
    assert_success(BCryptDestroyKey(key));
}

Test(blob_dh, a_public_key_has_no_private_blob)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_DH_ALG_HANDLE, 512), public;
    struct blob blob = export_key(key, BCRYPT_DH_PUBLIC_BLOB);
    BCRYPT_SECRET_HANDLE secret;
    ULONG len;
    assert_success(import_key(BCRYPT_DH_ALG_HANDLE, BCRYPT_DH_PUBLIC_BLOB, &blob, 0, &public));
    assert_status(BCryptExportKey(public, NULL, BCRYPT_DH_PRIVATE_BLOB, NULL, 0, &len, 0),
            STATUS_INVALID_PARAMETER);
    assert_status(BCryptSecretAgreement(public, key, &secret, 0), STATUS_INVALID_PARAMETER);
    assert_success(BCryptDestroyKey(public));
    assert_success(BCryptDestroyKey(key));
}

static ULONG ulong_of(BCRYPT_HANDLE object, LPCWSTR name)
{
    ULONG value = 0, len = 0;
    assert_success(BCryptGetProperty(object, name, (PUCHAR)&value, 4, &len, 0));
    cr_assert_eq(len, 4);
    return value;
}

Test(blob_dh, keys_tell_their_lengths)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_DH_ALG_HANDLE, 1024);
    cr_assert_eq(ulong_of(key, BCRYPT_KEY_LENGTH), 1024);
    cr_assert_eq(ulong_of(key, BCRYPT_KEY_STRENGTH), 1024);
    cr_assert_eq(ulong_of(key, BCRYPT_PUBLIC_KEY_LENGTH), 1024);
    cr_assert_eq(ulong_of(key, BCRYPT_BLOCK_LENGTH), 128);
    assert_success(BCryptDestroyKey(key));
}

Test(blob_dh, a_key_neither_signs_nor_encrypts)
{
    BCRYPT_KEY_HANDLE key = generate_key(BCRYPT_DH_ALG_HANDLE, 512);
    BCRYPT_PKCS1_PADDING_INFO info = { BCRYPT_SHA1_ALGORITHM };
    UCHAR bytes[64] = { 0 }, out[64];
    ULONG len;
    assert_status(BCryptEncrypt(key, bytes, 64, NULL, NULL, 0, out, 64, &len, BCRYPT_PAD_NONE),
            STATUS_NOT_SUPPORTED);
    assert_status(BCryptDecrypt(key, bytes, 64, NULL, NULL, 0, out, 64, &len, BCRYPT_PAD_NONE),
            STATUS_NOT_SUPPORTED);
    assert_status(BCryptSignHash(key, &info, bytes, 20, out, 64, &len, BCRYPT_PAD_PKCS1),
            STATUS_NOT_SUPPORTED);
    assert_status(BCryptVerifySignature(key, &info, bytes, 20, out, 64, BCRYPT_PAD_PKCS1),
            STATUS_NOT_SUPPORTED);
    assert_success(BCryptDestroyKey(key));
}
