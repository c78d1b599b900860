/* SPDX-License-Identifier: MIT */
#include "crypto/aead.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/secret.h"

VIT_DEFINE_AUTO(aead_cipher, EVP_CIPHER *, EVP_CIPHER_free)
VIT_DEFINE_AUTO(aead_ctx, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)

/* OpenSSL takes no update without a place, even for nothing. */
static bool update(EVP_CIPHER_CTX *ctx, uint8_t *out, const void *in, size_t len)
{
    int done = 0;
    return len == 0 || EVP_CipherUpdate(ctx, out, &done, in, (int)len) == 1;
}

static EVP_CIPHER_CTX *begin(const uint8_t *key, const uint8_t *nonce, bool seal)
{
    VIT_AUTO(aead_cipher) cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    VIT_AUTO(aead_ctx) ctx = EVP_CIPHER_CTX_new();
    if (cipher == NULL || ctx == NULL ||
            EVP_CipherInit_ex2(ctx, cipher, key, nonce, seal, NULL) != 1) {
        return NULL;
    }
    EVP_CIPHER_CTX *begun = ctx;
    ctx = NULL; /* ownership moved to the caller */
    return begun;
}

static bool get_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag)
{
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, VIT_AEAD_TAG_LEN),
        OSSL_PARAM_construct_end(),
    };
    return EVP_CIPHER_CTX_get_params(ctx, parameters) == 1;
}

static bool set_tag(EVP_CIPHER_CTX *ctx, const uint8_t *tag)
{
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, (uint8_t *)tag,
                VIT_AEAD_TAG_LEN),
        OSSL_PARAM_construct_end(),
    };
    return EVP_CIPHER_CTX_set_params(ctx, parameters) == 1;
}

static bool finish(EVP_CIPHER_CTX *ctx)
{
    uint8_t nothing[EVP_MAX_BLOCK_LENGTH];
    int done = 0;
    return EVP_CipherFinal_ex(ctx, nothing, &done) == 1;
}

enum vit_status vit_aead_seal(const uint8_t key[VIT_AEAD_KEY_LEN],
        const uint8_t nonce[VIT_AEAD_NONCE_LEN], const void *extra, size_t extra_len,
        const void *plain, size_t len, uint8_t *sealed)
{
    if (len > INT_MAX || extra_len > INT_MAX) {
        return VIT_E_ARG;
    }
    VIT_AUTO(aead_ctx) ctx = begin(key, nonce, true);
    bool done = ctx != NULL && update(ctx, NULL, extra, extra_len) &&
            update(ctx, sealed, plain, len) && finish(ctx) && get_tag(ctx, sealed + len);
    return done ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_aead_open(const uint8_t key[VIT_AEAD_KEY_LEN],
        const uint8_t nonce[VIT_AEAD_NONCE_LEN], const void *extra, size_t extra_len,
        const uint8_t *sealed, size_t sealed_len, uint8_t *plain)
{
    if (sealed_len < VIT_AEAD_TAG_LEN || sealed_len > INT_MAX || extra_len > INT_MAX) {
        return VIT_E_REFUSED;
    }
    size_t len = sealed_len - VIT_AEAD_TAG_LEN;
    VIT_AUTO(aead_ctx) ctx = begin(key, nonce, false);
    if (ctx == NULL || !set_tag(ctx, sealed + len)) {
        return VIT_E_NOMEM;
    }
    ERR_set_mark();
    bool same =
            update(ctx, NULL, extra, extra_len) && update(ctx, plain, sealed, len) && finish(ctx);
    ERR_pop_to_mark();
    if (!same) {
        vit_wipe(plain, len);
    }
    return same ? VIT_OK : VIT_E_REFUSED;
}
