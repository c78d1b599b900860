/* SPDX-License-Identifier: MIT */
/* GCM and CCM, a message at once. */
#include <limits.h>
#include <openssl/err.h>

#include "base/secret.h"
#include "crypto/aes_impl.h"

enum { CCM_MIN_NONCE_LEN = 7, CCM_MAX_NONCE_LEN = 13, CCM_MIN_TAG_LEN = 4, GCM_MIN_TAG_LEN = 12 };

bool vit_aes_nonce_fits(enum vit_aes_auth mode, size_t nonce_len)
{
    return mode == VIT_AES_GCM ? nonce_len == VIT_GCM_NONCE_LEN
                               : nonce_len >= CCM_MIN_NONCE_LEN && nonce_len <= CCM_MAX_NONCE_LEN;
}

bool vit_aes_tag_fits(enum vit_aes_auth mode, size_t tag_len)
{
    return tag_len <= VIT_AES_MAX_TAG_LEN &&
            (mode == VIT_AES_GCM ? tag_len >= GCM_MIN_TAG_LEN
                                 : tag_len >= CCM_MIN_TAG_LEN && tag_len % 2 == 0);
}

/* CCM tells the length of the message in what the nonce leaves of a block. */
static bool message_fits(enum vit_aes_auth mode, const struct vit_aes_message *message)
{
    size_t bits = 8 * (15 - message->nonce_len);
    if (mode == VIT_AES_GCM) {
        return message->len <= VIT_GCM_MAX_LEN;
    }
    return message->len <= INT_MAX && message->aad_len <= INT_MAX &&
            (bits >= 31 || message->len < (size_t)1 << bits);
}

static enum vit_status check(enum vit_aes_auth mode, const struct vit_aes_message *message,
        size_t tag_len)
{
    bool fits = vit_aes_nonce_fits(mode, message->nonce_len) && vit_aes_tag_fits(mode, tag_len) &&
            message_fits(mode, message);
    return fits ? VIT_OK : VIT_E_ARG;
}

/* Lengths of nonce and tag are told before the key. expected: the tag, when it is known. */
static bool configure(EVP_CIPHER_CTX *ctx, enum vit_aes_auth mode,
        const struct vit_aes_message *message, const uint8_t *expected, size_t tag_len)
{
    bool told =
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)message->nonce_len, NULL) == 1;
    if (mode == VIT_AES_CCM || expected != NULL) {
        told = told &&
                EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag_len, (void *)expected) ==
                        1;
    }
    return told;
}

static enum vit_status begin(enum vit_aes_auth mode, const struct vit_aes_key *key,
        const struct vit_aes_message *message, const uint8_t *expected, size_t tag_len,
        EVP_CIPHER_CTX *ctx)
{
    int made, encrypt = expected == NULL;
    enum vit_aes_kind kind = mode == VIT_AES_GCM ? VIT_AES_KIND_GCM : VIT_AES_KIND_CCM;
    const EVP_CIPHER *cipher = vit_aes_cipher(kind, key->len);
    if (cipher == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    bool ready = EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, encrypt, NULL) == 1 &&
            configure(ctx, mode, message, expected, tag_len) &&
            EVP_CipherInit_ex2(ctx, NULL, key->bytes, message->nonce, encrypt, NULL) == 1;
    if (ready && mode == VIT_AES_CCM) {
        ready = EVP_CipherUpdate(ctx, NULL, &made, NULL, (int)message->len) == 1;
    }
    return ready ? vit_aes_update(ctx, message->aad, NULL, message->aad_len) : VIT_E_NOMEM;
}

/* All of the message. OpenSSL takes a pointer that is not there for another question. CCM checks its tag here, also when there are no bytes. */
static bool process(EVP_CIPHER_CTX *ctx, enum vit_aes_auth mode,
        const struct vit_aes_message *message)
{
    int made;
    uint8_t nothing[VIT_AES_BLOCK_LEN] = { 0 };
    uint8_t *out = message->len == 0 ? nothing : message->out;
    const uint8_t *in = message->len == 0 ? nothing : message->in;
    if (mode == VIT_AES_GCM) {
        return vit_aes_update(ctx, in, out, message->len) == VIT_OK &&
                EVP_CipherFinal_ex(ctx, out, &made) == 1;
    }
    return EVP_CipherUpdate(ctx, out, &made, in, (int)message->len) == 1;
}

static enum vit_status seal(enum vit_aes_auth mode, const struct vit_aes_key *key,
        const struct vit_aes_message *message, uint8_t *tag, size_t tag_len)
{
    VIT_AUTO(aes_ctx) ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(begin(mode, key, message, NULL, tag_len, ctx));
    bool done = process(ctx, mode, message) &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)tag_len, tag) == 1;
    return done ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_aes_seal(enum vit_aes_auth mode, const struct vit_aes_key *key,
        const struct vit_aes_message *message, uint8_t *tag, size_t tag_len)
{
    VIT_TRY(check(mode, message, tag_len));
    ERR_set_mark();
    enum vit_status status = seal(mode, key, message, tag, tag_len);
    ERR_pop_to_mark();
    return status;
}

static enum vit_status open_message(enum vit_aes_auth mode, const struct vit_aes_key *key,
        const struct vit_aes_message *message, const uint8_t *tag, size_t tag_len)
{
    VIT_AUTO(aes_ctx) ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(begin(mode, key, message, tag, tag_len, ctx));
    return process(ctx, mode, message) ? VIT_OK : VIT_E_REFUSED;
}

enum vit_status vit_aes_open(enum vit_aes_auth mode, const struct vit_aes_key *key,
        const struct vit_aes_message *message, const uint8_t *tag, size_t tag_len)
{
    VIT_TRY(check(mode, message, tag_len));
    ERR_set_mark();
    enum vit_status status = open_message(mode, key, message, tag, tag_len);
    ERR_pop_to_mark();
    if (status == VIT_E_REFUSED && message->len > 0) {
        vit_wipe(message->out, message->len);
    }
    return status;
}
