/* SPDX-License-Identifier: MIT */
/* Keys encrypt, decrypt, sign and verify. */
#include "tests/cng/ncrypt_keys.h"

TestSuite(ncrypt_operate, .init = keys_begin, .fini = keys_end, .timeout = 60);

enum { BLOCK_LEN = 128 };

static BYTE label[] = "a label";
static BCRYPT_OAEP_PADDING_INFO oaep = { u"SHA256", label, sizeof(label) };

static SECURITY_STATUS encrypt(NCRYPT_KEY_HANDLE key, const void *text, DWORD len, BYTE *out,
        DWORD flags)
{
    DWORD got = 0;
    SECURITY_STATUS status = NCryptEncrypt(key, (PBYTE)(void *)text, len,
            (flags & NCRYPT_PAD_OAEP_FLAG) != 0 ? &oaep : NULL, out, BLOCK_LEN, &got, flags);
    cr_assert(status != ERROR_SUCCESS || got == BLOCK_LEN);
    return status;
}

static SECURITY_STATUS decrypt(NCRYPT_KEY_HANDLE key, const BYTE *block, DWORD len, DWORD flags)
{
    BYTE text[BLOCK_LEN];
    DWORD got = 0;
    return NCryptDecrypt(key, (PBYTE)(void *)block, len,
            (flags & NCRYPT_PAD_OAEP_FLAG) != 0 ? &oaep : NULL, text, sizeof(text), &got, flags);
}

Test(ncrypt_operate, what_is_encrypted_comes_back)
{
    static const DWORD paddings[] = { NCRYPT_PAD_PKCS1_FLAG, NCRYPT_PAD_OAEP_FLAG };
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE public = keys_public(provider, key);
    for (size_t i = 0; i < 2; i++) {
        BYTE block[BLOCK_LEN], text[BLOCK_LEN];
        DWORD len = 0;
        void *info = i == 1 ? &oaep : NULL;
        cr_assert_ok(encrypt(public, "secret", 6, block, paddings[i] | NCRYPT_SILENT_FLAG));
        cr_assert_ok(NCryptDecrypt(key, block, BLOCK_LEN, info, text, sizeof(text), &len,
                paddings[i] | NCRYPT_SILENT_FLAG));
        cr_assert_eq(len, 6);
        cr_assert_arr_eq(text, "secret", 6);
        len = 0;
        cr_assert_answer(NCryptDecrypt(key, block, BLOCK_LEN, info, text, 5, &len, paddings[i]),
                NTE_BUFFER_TOO_SMALL);
        cr_assert_eq(len, 6);
        /* in place */
        cr_assert_ok(NCryptDecrypt(key, block, BLOCK_LEN, info, block, BLOCK_LEN, &len,
                paddings[i]));
        cr_assert_eq(len, 6);
        cr_assert_arr_eq(block, "secret", 6);
    }
    keys_free(public);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_operate, without_padding_a_block_is_a_number)
{
    BYTE number[BLOCK_LEN] = { 0, 1, 2, 3 }, block[BLOCK_LEN], back[BLOCK_LEN];
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    cr_assert_ok(encrypt(key, number, BLOCK_LEN, block, NCRYPT_NO_PADDING_FLAG));
    cr_assert_ok(NCryptDecrypt(key, block, BLOCK_LEN, NULL, back, sizeof(back), &len,
            NCRYPT_NO_PADDING_FLAG));
    cr_assert_eq(len, BLOCK_LEN);
    cr_assert_arr_eq(back, number, BLOCK_LEN);
    cr_assert_ok(NCryptEncrypt(key, number, 5, NULL, NULL, 0, &len, NCRYPT_NO_PADDING_FLAG));
    cr_assert_eq(len, BLOCK_LEN);
    cr_assert_answer(encrypt(key, number, 5, block, NCRYPT_NO_PADDING_FLAG), NTE_INVALID_PARAMETER);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_operate, lengths_are_told_without_a_buffer)
{
    BYTE block[BLOCK_LEN] = { 0 };
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    cr_assert_ok(NCryptEncrypt(key, block, 8, NULL, NULL, 0, &len, NCRYPT_PAD_PKCS1_FLAG));
    cr_assert_eq(len, BLOCK_LEN);
    len = 0;
    cr_assert_answer(NCryptEncrypt(key, block, 8, NULL, block, BLOCK_LEN - 1, &len,
                             NCRYPT_PAD_PKCS1_FLAG),
            NTE_BUFFER_TOO_SMALL);
    cr_assert_eq(len, BLOCK_LEN);
    len = 0;
    cr_assert_ok(NCryptDecrypt(key, block, BLOCK_LEN, NULL, NULL, 0, &len, NCRYPT_PAD_PKCS1_FLAG));
    cr_assert_eq(len, BLOCK_LEN);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_operate, one_padding_and_no_unknown_flag)
{
    static const DWORD bad[] = { 0, 51342, NCRYPT_NO_PADDING_FLAG | NCRYPT_PAD_PKCS1_FLAG,
        NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_OAEP_FLAG, NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_PSS_FLAG,
        NCRYPT_PAD_CIPHER_FLAG, NCRYPT_PAD_PKCS1_FLAG | 0x80, NCRYPT_SILENT_FLAG };
    BYTE block[BLOCK_LEN] = { 0 };
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_answer(encrypt(key, "text", 4, block, bad[i]), NTE_BAD_FLAGS);
        cr_assert_answer(decrypt(key, block, BLOCK_LEN, bad[i]), NTE_BAD_FLAGS);
    }
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_operate, paddings_are_described)
{
    BCRYPT_OAEP_PADDING_INFO none = { NULL, NULL, 0 }, unknown = { u"none", NULL, 0 },
                             no_label = { u"SHA256", NULL, 4 };
    BYTE block[BLOCK_LEN] = { 0 }, out[BLOCK_LEN];
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    const struct {
        void *info;
        SECURITY_STATUS status;
    } cases[] = { { NULL, NTE_INVALID_PARAMETER }, { &none, NTE_INVALID_PARAMETER },
        { &no_label, NTE_INVALID_PARAMETER }, { &unknown, NTE_NOT_SUPPORTED } };
    for (size_t i = 0; i < 4; i++) {
        cr_assert_answer(NCryptEncrypt(key, block, 4, cases[i].info, out, sizeof(out), &len,
                                 NCRYPT_PAD_OAEP_FLAG),
                cases[i].status);
        cr_assert_answer(NCryptDecrypt(key, block, BLOCK_LEN, cases[i].info, out, sizeof(out), &len,
                                 NCRYPT_PAD_OAEP_FLAG),
                cases[i].status);
    }
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_operate, whatever_is_wrong_in_a_block_is_one_error)
{
    BYTE block[BLOCK_LEN], number[BLOCK_LEN] = { 0 };
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    for (int i = 0; i < 3; i++) {
        number[1 + i] = (BYTE)(1 + i); /* no padding that any would be */
        cr_assert_ok(encrypt(key, number, BLOCK_LEN, block, NCRYPT_NO_PADDING_FLAG));
        cr_assert_answer(decrypt(key, block, BLOCK_LEN, NCRYPT_PAD_OAEP_FLAG),
                NTE_DECRYPTION_FAILURE);
    }
    cr_assert_ok(encrypt(key, "text", 4, block, NCRYPT_PAD_OAEP_FLAG));
    oaep.cbLabel--;
    cr_assert_answer(decrypt(key, block, BLOCK_LEN, NCRYPT_PAD_OAEP_FLAG), NTE_DECRYPTION_FAILURE);
    oaep.cbLabel++;
    oaep.pszAlgId = u"SHA1";
    cr_assert_answer(decrypt(key, block, BLOCK_LEN, NCRYPT_PAD_OAEP_FLAG), NTE_DECRYPTION_FAILURE);
    oaep.pszAlgId = u"SHA256";
    cr_assert_ok(decrypt(key, block, BLOCK_LEN, NCRYPT_PAD_OAEP_FLAG));
    memset(block, 0xff, sizeof(block));
    cr_assert_answer(decrypt(key, block, BLOCK_LEN, NCRYPT_PAD_OAEP_FLAG), NTE_DECRYPTION_FAILURE);
    cr_assert_answer(decrypt(key, block, BLOCK_LEN, NCRYPT_NO_PADDING_FLAG),
            NTE_DECRYPTION_FAILURE);
    cr_assert_answer(decrypt(key, block, BLOCK_LEN - 1, NCRYPT_PAD_OAEP_FLAG),
            NTE_INVALID_PARAMETER);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_operate, decrypting_needs_the_right_key_and_the_right_to_it)
{
    BYTE block[BLOCK_LEN];
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make_with(provider, NCRYPT_RSA_ALGORITHM, NULL,
            NCRYPT_KEY_USAGE_PROPERTY, NCRYPT_ALLOW_SIGNING_FLAG);
    NCRYPT_KEY_HANDLE public = keys_public(provider, key);
    NCRYPT_KEY_HANDLE curve = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    DWORD len = 0;
    cr_assert_ok(encrypt(key, "text", 4, block, NCRYPT_PAD_PKCS1_FLAG));
    cr_assert_answer(decrypt(key, block, BLOCK_LEN, NCRYPT_PAD_PKCS1_FLAG), NTE_PERM);
    cr_assert_answer(NCryptDecrypt(key, block, BLOCK_LEN, NULL, NULL, 0, &len,
                             NCRYPT_PAD_PKCS1_FLAG),
            NTE_PERM);
    cr_assert_answer(decrypt(public, block, BLOCK_LEN, NCRYPT_PAD_PKCS1_FLAG),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(encrypt(curve, "text", 4, block, NCRYPT_PAD_PKCS1_FLAG), NTE_NOT_SUPPORTED);
    cr_assert_answer(decrypt(curve, block, BLOCK_LEN, NCRYPT_PAD_PKCS1_FLAG), NTE_NOT_SUPPORTED);
    cr_assert_answer(encrypt(provider, "text", 4, block, NCRYPT_PAD_PKCS1_FLAG),
            NTE_INVALID_HANDLE);
    keys_free(curve);
    keys_free(public);
    keys_free(key);
    keys_free(provider);
}

static BYTE hash[32] = "a hash of SHA-256, as it were..";
static BCRYPT_PKCS1_PADDING_INFO pkcs1 = { u"SHA256" };
static BCRYPT_PSS_PADDING_INFO pss = { u"SHA256", 20 };

Test(ncrypt_operate, signatures_verify_and_nothing_else_does)
{
    static const struct {
        LPCWSTR algorithm;
        void *info;
        DWORD flags, len;
    } cases[] = {
        { NCRYPT_RSA_ALGORITHM, &pkcs1, NCRYPT_PAD_PKCS1_FLAG, 128 },
        { NCRYPT_RSA_ALGORITHM, &pss, NCRYPT_PAD_PSS_FLAG, 128 },
        { NCRYPT_ECDSA_P256_ALGORITHM, NULL, 0, 64 },
        { NCRYPT_ECDSA_P384_ALGORITHM, NULL, 0, 96 },
        { NCRYPT_ECDSA_P521_ALGORITHM, NULL, 0, 132 },
    };
    NCRYPT_PROV_HANDLE provider = keys_open();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        BYTE signature[256];
        DWORD len = 0, flags = cases[i].flags;
        NCRYPT_KEY_HANDLE key = keys_make(provider, cases[i].algorithm, NULL);
        NCRYPT_KEY_HANDLE public = keys_public(provider, key);
        cr_assert_ok(NCryptSignHash(key, NULL, NULL, 0, NULL, 0, &len, flags));
        cr_assert_eq(len, cases[i].len);
        cr_assert_eq(keys_dword(key, NCRYPT_SIGNATURE_LENGTH_PROPERTY), cases[i].len);
        len = 0;
        cr_assert_answer(NCryptSignHash(key, cases[i].info, hash, 32, signature, cases[i].len - 1,
                                 &len, flags),
                NTE_BUFFER_TOO_SMALL);
        cr_assert_eq(len, cases[i].len);
        cr_assert_ok(NCryptSignHash(key, cases[i].info, hash, 32, signature, sizeof(signature),
                &len, flags | NCRYPT_SILENT_FLAG));
        cr_assert_eq(len, cases[i].len);
        cr_assert_ok(NCryptVerifySignature(public, cases[i].info, hash, 32, signature, len, flags));
        hash[31] ^= 1;
        cr_assert_answer(NCryptVerifySignature(public, cases[i].info, hash, 32, signature, len,
                                 flags),
                NTE_BAD_SIGNATURE);
        hash[31] ^= 1;
        if (flags != 0) {
            cr_assert_answer(NCryptVerifySignature(public, cases[i].info, hash, 31, signature, len,
                                     flags),
                    NTE_INVALID_PARAMETER);
            cr_assert_answer(NCryptSignHash(key, cases[i].info, hash, 31, signature,
                                     sizeof(signature), &len, flags),
                    NTE_INVALID_PARAMETER);
        }
        signature[len - 1] ^= 1;
        cr_assert_answer(NCryptVerifySignature(key, cases[i].info, hash, 32, signature, len, flags),
                NTE_BAD_SIGNATURE);
        cr_assert_answer(NCryptVerifySignature(key, cases[i].info, hash, 32, signature, len - 1,
                                 flags),
                NTE_INVALID_PARAMETER);
        keys_free(public);
        keys_free(key);
    }
    keys_free(provider);
}

Test(ncrypt_operate, forms_of_signatures_are_described)
{
    BCRYPT_PKCS1_PADDING_INFO md5 = { u"MD5" };
    BYTE signature[BLOCK_LEN] = { 0 };
    DWORD len = 0;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make(provider, NCRYPT_RSA_ALGORITHM, NULL);
    NCRYPT_KEY_HANDLE curve = keys_make(provider, NCRYPT_ECDSA_P256_ALGORITHM, NULL);
    const struct {
        void *info;
        DWORD flags;
        SECURITY_STATUS status;
    } cases[] = {
        { NULL, 0, NTE_INVALID_PARAMETER },
        { &pkcs1, 0, NTE_INVALID_PARAMETER },
        { NULL, NCRYPT_PAD_PKCS1_FLAG, NTE_INVALID_PARAMETER },
        { &md5, NCRYPT_PAD_PKCS1_FLAG, NTE_INVALID_PARAMETER }, /* of a hash of 32 bytes */
        { &pkcs1, NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_PSS_FLAG, NTE_BAD_FLAGS },
        { &pkcs1, NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_OAEP_FLAG, NTE_BAD_FLAGS },
        { &pkcs1, NCRYPT_PAD_PKCS1_FLAG | 0x80, NTE_BAD_FLAGS },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_assert_answer(NCryptSignHash(key, cases[i].info, hash, 32, signature, sizeof(signature),
                                 &len, cases[i].flags),
                cases[i].status);
        cr_assert_answer(NCryptVerifySignature(key, cases[i].info, hash, 32, signature,
                                 sizeof(signature), cases[i].flags),
                cases[i].status);
    }
    cr_assert_answer(NCryptSignHash(curve, NULL, hash, 32, signature, sizeof(signature), &len,
                             NCRYPT_PAD_PKCS1_FLAG),
            NTE_BAD_FLAGS);
    cr_assert_answer(NCryptSignHash(key, &pkcs1, NULL, 32, signature, sizeof(signature), &len,
                             NCRYPT_PAD_PKCS1_FLAG),
            NTE_INVALID_PARAMETER);
    keys_free(curve);
    keys_free(key);
    keys_free(provider);
}

Test(ncrypt_operate, signing_needs_a_key_that_signs_and_the_right_to_it)
{
    BYTE signature[BLOCK_LEN] = { 0 };
    DWORD len = 0, flags = NCRYPT_PAD_PKCS1_FLAG;
    NCRYPT_PROV_HANDLE provider = keys_open();
    NCRYPT_KEY_HANDLE key = keys_make_with(provider, NCRYPT_RSA_ALGORITHM, NULL,
            NCRYPT_KEY_USAGE_PROPERTY, NCRYPT_ALLOW_DECRYPT_FLAG);
    NCRYPT_KEY_HANDLE public = keys_public(provider, key);
    NCRYPT_KEY_HANDLE curve = keys_make(provider, NCRYPT_ECDH_P256_ALGORITHM, NULL);
    cr_assert_answer(NCryptSignHash(key, &pkcs1, hash, 32, signature, sizeof(signature), &len,
                             flags),
            NTE_PERM);
    cr_assert_answer(NCryptSignHash(public, &pkcs1, hash, 32, signature, sizeof(signature), &len,
                             flags),
            NTE_INVALID_PARAMETER);
    cr_assert_answer(NCryptSignHash(curve, NULL, hash, 32, signature, sizeof(signature), &len, 0),
            NTE_BAD_ALGID);
    cr_assert_answer(NCryptVerifySignature(curve, NULL, hash, 32, signature, 64, 0), NTE_BAD_ALGID);
    cr_assert_answer(NCryptSignHash(curve, NULL, hash, 32, signature, sizeof(signature), &len,
                             0x80),
            NTE_BAD_FLAGS);
    cr_assert_answer(NCryptVerifySignature(curve, NULL, hash, 32, signature, 64, 0x80),
            NTE_BAD_FLAGS);
    cr_assert_answer(NCryptVerifySignature(key, &pkcs1, hash, 32, signature, sizeof(signature),
                             flags),
            NTE_BAD_SIGNATURE);
    keys_free(curve);
    keys_free(public);
    keys_free(key);
    keys_free(provider);
}
