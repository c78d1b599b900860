/* SPDX-License-Identifier: MIT */
#include "tests/cng/agreement.h"

#include <stdio.h>

const char p521_key[] = "014AACFCDA18F77EBF11DC0A2D394D3032E86C3AC0B5F558916361163EA6AD3DB27F6476D6"
                        "C6E5D9C4A77BCCC5C0069D481718DACA3B1B13035AF5D246C4DC0CE0EA"
                        "00CA500F75537C782E027DE568F148334BF56F7E24C3830792236B5D20F7A33E99862B1744"
                        "D2413E4C4AC29DBA42FC48D23AE5B916BED73997EC69B3911C686C5164"
                        "00202F9F5480723D1ACF15372CE0B99B6CC3E8772FFDDCF828EEEB314B3EAA35B19886AAB1"
                        "E6871E548C261C7708BF561A4C373D3EED13F0749851F57B86DC049D71";

void from_hex(const char *text, UCHAR *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned value;
        cr_assert_eq(sscanf(text + 2 * i, "%2x", &value), 1);
        bytes[i] = (UCHAR)value;
    }
}

struct blob make_blob(ULONG magic, ULONG width, const char *numbers)
{
    struct blob blob = { .len = (ULONG)(8 + strlen(numbers) / 2) };
    memcpy(blob.bytes, &magic, 4);
    memcpy(blob.bytes + 4, &width, 4);
    from_hex(numbers, blob.bytes + 8, blob.len - 8);
    return blob;
}

BCRYPT_KEY_HANDLE generate_key(BCRYPT_ALG_HANDLE provider, ULONG bits)
{
    BCRYPT_KEY_HANDLE key = NULL;
    assert_success(BCryptGenerateKeyPair(provider, &key, bits, 0));
    assert_success(BCryptFinalizeKeyPair(key, 0));
    return key;
}

struct blob export_key(BCRYPT_KEY_HANDLE key, LPCWSTR type)
{
    struct blob blob;
    ULONG len = 0;
    assert_success(BCryptExportKey(key, NULL, type, NULL, 0, &len, 0));
    cr_assert_leq(len, BLOB_MAX_LEN);
    assert_status(BCryptExportKey(key, NULL, type, blob.bytes, len - 1, &blob.len, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_eq(blob.len, len);
    assert_success(BCryptExportKey(key, NULL, type, blob.bytes, BLOB_MAX_LEN, &blob.len, 0));
    cr_assert_eq(blob.len, len);
    return blob;
}

NTSTATUS import_key(BCRYPT_ALG_HANDLE provider, LPCWSTR type, const struct blob *blob, ULONG flags,
        BCRYPT_KEY_HANDLE *key)
{
    return BCryptImportKeyPair(provider, NULL, type, key, (PUCHAR)blob->bytes, blob->len, flags);
}

NTSTATUS try_import(BCRYPT_ALG_HANDLE provider, LPCWSTR type, const struct blob *blob)
{
    BCRYPT_KEY_HANDLE key = NULL;
    NTSTATUS status = import_key(provider, type, blob, 0, &key);
    if (NT_SUCCESS(status)) {
        assert_success(BCryptDestroyKey(key));
    } else {
        cr_assert_null(key);
    }
    return status;
}

BCRYPT_SECRET_HANDLE agree_on(BCRYPT_KEY_HANDLE own, BCRYPT_KEY_HANDLE peer)
{
    BCRYPT_SECRET_HANDLE secret = NULL;
    assert_success(BCryptSecretAgreement(own, peer, &secret, 0));
    cr_assert_not_null(secret);
    return secret;
}

ULONG raw_secret(BCRYPT_SECRET_HANDLE secret, UCHAR *bytes)
{
    UCHAR reversed[1024];
    ULONG len = 0;
    assert_success(BCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, reversed, sizeof(reversed),
            &len, 0));
    for (ULONG i = 0; i < len; i++) {
        bytes[i] = reversed[len - 1 - i];
    }
    return len;
}

void assert_agree(BCRYPT_KEY_HANDLE a, BCRYPT_KEY_HANDLE b)
{
    UCHAR one[1024], other[1024];
    BCRYPT_SECRET_HANDLE there = agree_on(a, b), back = agree_on(b, a);
    ULONG len = raw_secret(there, one);
    cr_assert_eq(raw_secret(back, other), len);
    cr_assert_arr_eq(one, other, len);
    assert_success(BCryptDestroySecret(there));
    assert_success(BCryptDestroySecret(back));
}

BCRYPT_ALG_HANDLE open_curve(LPCWSTR name)
{
    BCRYPT_ALG_HANDLE provider = NULL;
    ULONG len = 0;
    while (name[len] != 0) {
        len++;
    }
    assert_success(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDH_ALGORITHM, NULL, 0));
    assert_success(BCryptSetProperty(provider, BCRYPT_ECC_CURVE_NAME, (PUCHAR)name,
            (len + 1) * (ULONG)sizeof(WCHAR), 0));
    return provider;
}
