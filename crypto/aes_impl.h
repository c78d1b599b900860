/* SPDX-License-Identifier: MIT */
/* What crypto/aes*.c and crypto/gcm_chain.c share of OpenSSL. Nobody else includes this. */
#ifndef CRYPTO_AES_IMPL_H
#define CRYPTO_AES_IMPL_H

#include <openssl/evp.h>

#include "crypto/aes.h"

enum vit_aes_kind {
    VIT_AES_KIND_ECB,
    VIT_AES_KIND_CBC,
    VIT_AES_KIND_CFB8,
    VIT_AES_KIND_CFB128,
    VIT_AES_KIND_CTR,
    VIT_AES_KIND_GCM,
    VIT_AES_KIND_CCM,
    VIT_AES_KIND_WRAP,
    VIT_AES_KIND_COUNT
};

VIT_DEFINE_AUTO(aes_ctx, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)

/* Fetched once for the process. NULL: not the length of a key, or OpenSSL does not offer it here. */
const EVP_CIPHER *vit_aes_cipher(enum vit_aes_kind kind, size_t key_len);

/* Without padding of its own. iv may be NULL where there is none. */
VIT_RESULT vit_aes_begin(enum vit_aes_kind kind, const struct vit_aes_key *key, const uint8_t *iv,
        bool encrypt, EVP_CIPHER_CTX **ctx);
/* Any length, which OpenSSL counts in int. out NULL: to be authenticated only. */
VIT_RESULT vit_aes_update(EVP_CIPHER_CTX *ctx, const uint8_t *in, uint8_t *out, size_t len);

#endif
