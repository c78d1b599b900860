/* SPDX-License-Identifier: MIT */
#include "tests/conformance/provider.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

const struct provider_padding provider_good_padding = { "SHA512", "SHA512", NULL };

EVP_PKEY *provider_key_of(const uint8_t *chain, size_t len)
{
    const uint8_t *at = chain;
    X509 *leaf = d2i_X509(NULL, &at, (long)len);
    EVP_PKEY *key = leaf != NULL ? X509_get_pubkey(leaf) : NULL;
    X509_free(leaf);
    return key;
}

void provider_random(void *bytes, size_t len)
{
    cr_assert_eq(RAND_bytes(bytes, (int)len), 1, "OpenSSL has no random bytes");
}

static void set_padding(EVP_PKEY_CTX *context, const struct provider_padding *padding)
{
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST,
                (char *)(uintptr_t)padding->hash, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST,
                (char *)(uintptr_t)padding->mask_hash, 0),
        OSSL_PARAM_construct_end(),
    };
    cr_assert_gt(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING), 0);
    cr_assert_gt(EVP_PKEY_CTX_set_params(context, parameters), 0);
    if (padding->label != NULL) {
        char *label = OPENSSL_strdup(padding->label);
        cr_assert_gt(EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, (int)strlen(label)), 0);
    }
}

static void encrypt(EVP_PKEY *key, const struct provider_padding *padding, const void *in,
        size_t in_len, uint8_t block[PROVIDER_BLOCK_LEN])
{
    size_t len = PROVIDER_BLOCK_LEN;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    cr_assert_gt(EVP_PKEY_encrypt_init(context), 0);
    if (padding != NULL) {
        set_padding(context, padding);
    } else {
        cr_assert_gt(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 0);
    }
    cr_assert_gt(EVP_PKEY_encrypt(context, block, &len, in, in_len), 0);
    cr_assert_eq(len, (size_t)PROVIDER_BLOCK_LEN, "the device's key is not one of 2048 bits");
    EVP_PKEY_CTX_free(context);
}

void provider_block(EVP_PKEY *key, const struct provider_padding *padding, const void *plaintext,
        size_t len, uint8_t block[PROVIDER_BLOCK_LEN])
{
    encrypt(key, padding, plaintext, len, block);
}

void provider_raw_block(EVP_PKEY *key, const uint8_t encoded[PROVIDER_BLOCK_LEN],
        uint8_t block[PROVIDER_BLOCK_LEN])
{
    encrypt(key, NULL, encoded, PROVIDER_BLOCK_LEN, block);
}

static EVP_CIPHER_CTX *open_ecb(const uint8_t key[16], bool encrypts)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    cr_assert_eq(EVP_CipherInit_ex(context, EVP_aes_128_ecb(), NULL, key, NULL, encrypts), 1);
    EVP_CIPHER_CTX_set_padding(context, 0);
    return context;
}

static void ecb(const uint8_t key[16], bool encrypts, const uint8_t in[16], uint8_t out[16])
{
    int len = 0;
    EVP_CIPHER_CTX *context = open_ecb(key, encrypts);
    cr_assert_eq(EVP_CipherUpdate(context, out, &len, in, 16), 1);
    EVP_CIPHER_CTX_free(context);
}

void provider_wrap(const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
    ecb(key, true, in, out);
}

void provider_unwrap(const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
    ecb(key, false, in, out);
}

void provider_omac(const uint8_t key[16], const void *bytes, size_t len, uint8_t tag[16])
{
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, (char *)(uintptr_t)"AES-128-CBC",
                0),
        OSSL_PARAM_construct_end(),
    };
    size_t written = 0;
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "CMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(algorithm);
    cr_assert_eq(EVP_MAC_init(context, key, 16, parameters), 1);
    cr_assert_eq(EVP_MAC_update(context, bytes, len), 1);
    cr_assert_eq(EVP_MAC_final(context, tag, &written, 16), 1);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(algorithm);
}

static void store_be64(uint8_t *out, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

void provider_iv(uint8_t iv[16], uint64_t number, uint64_t count)
{
    store_be64(iv, number);
    store_be64(iv + 8, count);
}

uint64_t provider_iv_number(const uint8_t iv[8])
{
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++) {
        number = number << 8 | iv[i];
    }
    return number;
}

/* Is byte number at one of the encrypted ones? */
static bool is_encrypted(const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *info, size_t at)
{
    if (info == NULL || at < info->NumEncryptedBytesAtBeginning) {
        return true;
    }
    uint64_t period = (uint64_t)info->NumBytesInSkipPattern + info->NumBytesInEncryptPattern;
    return period != 0 &&
            (at - info->NumEncryptedBytesAtBeginning) % period >= info->NumBytesInSkipPattern;
}

void provider_ctr(const uint8_t key[16], const uint8_t iv[16],
        const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *info, uint8_t *bytes, size_t len)
{
    EVP_CIPHER_CTX *context = open_ecb(key, true);
    uint64_t number = provider_iv_number(iv), count = provider_iv_number(iv + 8);
    uint8_t counter[16], stream[16];
    unsigned used = 16;
    for (size_t at = 0; at < len; at++) {
        if (!is_encrypted(info, at)) {
            continue;
        }
        if (used == 16) {
            int written = 0;
            provider_iv(counter, number, count++);
            cr_assert_eq(EVP_EncryptUpdate(context, stream, &written, counter, 16), 1);
            used = 0;
        }
        bytes[at] ^= stream[used++];
    }
    EVP_CIPHER_CTX_free(context);
}
