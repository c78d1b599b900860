/* SPDX-License-Identifier: MIT */
#include "crypto/aes.h"

#include <openssl/err.h>
#include <pthread.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/aes_impl.h"

enum { KEY_KINDS = 3, UPDATE_MAX_LEN = 1 << 30, WRAP_MIN_LEN = 16, WRAP_MAX_LEN = 1 << 20 };

static const char *const names[VIT_AES_KIND_COUNT][KEY_KINDS] = {
    [VIT_AES_KIND_ECB] = { "AES-128-ECB", "AES-192-ECB", "AES-256-ECB" },
    [VIT_AES_KIND_CBC] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" },
    [VIT_AES_KIND_CFB8] = { "AES-128-CFB8", "AES-192-CFB8", "AES-256-CFB8" },
    [VIT_AES_KIND_CFB128] = { "AES-128-CFB", "AES-192-CFB", "AES-256-CFB" },
    [VIT_AES_KIND_CTR] = { "AES-128-CTR", "AES-192-CTR", "AES-256-CTR" },
    [VIT_AES_KIND_GCM] = { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" },
    [VIT_AES_KIND_CCM] = { "AES-128-CCM", "AES-192-CCM", "AES-256-CCM" },
    [VIT_AES_KIND_WRAP] = { "AES-128-WRAP", "AES-192-WRAP", "AES-256-WRAP" },
};

/* A fetch costs more than a short message. */
static struct {
    pthread_once_t once;
    EVP_CIPHER *ciphers[VIT_AES_KIND_COUNT][KEY_KINDS];
} fetched = { .once = PTHREAD_ONCE_INIT };

static void fetch(void)
{
    ERR_set_mark();
    for (size_t kind = 0; kind < VIT_AES_KIND_COUNT; kind++) {
        for (size_t i = 0; i < KEY_KINDS; i++) {
            fetched.ciphers[kind][i] = EVP_CIPHER_fetch(NULL, names[kind][i], NULL);
        }
    }
    ERR_pop_to_mark();
}

static bool is_key(size_t len)
{
    return len == 16 || len == 24 || len == 32;
}

const EVP_CIPHER *vit_aes_cipher(enum vit_aes_kind kind, size_t key_len)
{
    pthread_once(&fetched.once, fetch);
    return is_key(key_len) ? fetched.ciphers[kind][key_len / 8 - 2] : NULL;
}

enum vit_status vit_aes_begin(enum vit_aes_kind kind, const struct vit_aes_key *key,
        const uint8_t *iv, bool encrypt, EVP_CIPHER_CTX **out)
{
    const EVP_CIPHER *cipher = vit_aes_cipher(kind, key->len);
    if (cipher == NULL) {
        return is_key(key->len) ? VIT_E_UNSUPPORTED : VIT_E_ARG;
    }
    VIT_AUTO(aes_ctx) ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return VIT_E_NOMEM;
    }
    EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    if (EVP_CipherInit_ex2(ctx, cipher, key->bytes, iv, encrypt, NULL) != 1 ||
            EVP_CIPHER_CTX_set_padding(ctx, 0) != 1) {
        return VIT_E_NOMEM;
    }
    *out = ctx;
    ctx = NULL; /* ownership moved to *out */
    return VIT_OK;
}

enum vit_status vit_aes_update(EVP_CIPHER_CTX *ctx, const uint8_t *in, uint8_t *out, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t left = len - at;
        int made = 0, step = left < UPDATE_MAX_LEN ? (int)left : UPDATE_MAX_LEN;
        if (EVP_CipherUpdate(ctx, out == NULL ? NULL : out + at, &made, in + at, step) != 1 ||
                made != step) {
            return VIT_E_NOMEM;
        }
        at += (size_t)step;
    }
    return VIT_OK;
}

static enum vit_status run(enum vit_aes_mode mode, bool encrypt, const struct vit_aes_key *key,
        const uint8_t *iv, const uint8_t *in, size_t len, uint8_t *out)
{
    static const enum vit_aes_kind kinds[] = { [VIT_AES_ECB] = VIT_AES_KIND_ECB,
        [VIT_AES_CBC] = VIT_AES_KIND_CBC,
        [VIT_AES_CFB8] = VIT_AES_KIND_CFB8,
        [VIT_AES_CFB128] = VIT_AES_KIND_CFB128 };
    VIT_AUTO(aes_ctx) ctx = NULL;
    if (mode != VIT_AES_CFB8 && len % VIT_AES_BLOCK_LEN != 0) {
        return VIT_E_ARG;
    }
    VIT_TRY(vit_aes_begin(kinds[mode], key, mode == VIT_AES_ECB ? NULL : iv, encrypt, &ctx));
    return vit_aes_update(ctx, in, out, len);
}

enum vit_status vit_aes_encrypt(enum vit_aes_mode mode, const struct vit_aes_key *key,
        const uint8_t *iv, const uint8_t *in, size_t len, uint8_t *out)
{
    return run(mode, true, key, iv, in, len, out);
}

enum vit_status vit_aes_decrypt(enum vit_aes_mode mode, const struct vit_aes_key *key,
        const uint8_t *iv, const uint8_t *in, size_t len, uint8_t *out)
{
    return run(mode, false, key, iv, in, len, out);
}

void vit_aes_advance(uint8_t iv[VIT_AES_BLOCK_LEN], const uint8_t *ciphertext, size_t len)
{
    if (len >= VIT_AES_BLOCK_LEN) {
        memcpy(iv, ciphertext + len - VIT_AES_BLOCK_LEN, VIT_AES_BLOCK_LEN);
        return;
    }
    memmove(iv, iv + len, VIT_AES_BLOCK_LEN - len);
    if (len > 0) {
        memcpy(iv + VIT_AES_BLOCK_LEN - len, ciphertext, len);
    }
}

static enum vit_status run_wrap(const struct vit_aes_key *key, bool encrypt, const uint8_t *in,
        size_t len, uint8_t *out, size_t out_len)
{
    VIT_AUTO(aes_ctx) ctx = NULL;
    int made = 0;
    VIT_TRY(vit_aes_begin(VIT_AES_KIND_WRAP, key, NULL, encrypt, &ctx));
    ERR_set_mark();
    int done = EVP_CipherUpdate(ctx, out, &made, in, (int)len);
    ERR_pop_to_mark();
    return done == 1 && (size_t)made == out_len ? VIT_OK : VIT_E_REFUSED;
}

bool vit_aes_can_wrap(size_t len)
{
    return len >= WRAP_MIN_LEN && len <= WRAP_MAX_LEN && len % 8 == 0;
}

enum vit_status vit_aes_wrap(const struct vit_aes_key *key, const uint8_t *in, size_t len,
        uint8_t *out)
{
    if (!vit_aes_can_wrap(len)) {
        return VIT_E_ARG;
    }
    return run_wrap(key, true, in, len, out, len + VIT_AES_WRAP_MORE);
}

enum vit_status vit_aes_unwrap(const struct vit_aes_key *key, const uint8_t *in, size_t len,
        uint8_t *out)
{
    if (len < VIT_AES_WRAP_MORE || !vit_aes_can_wrap(len - VIT_AES_WRAP_MORE)) {
        return VIT_E_ARG;
    }
    size_t out_len = len - VIT_AES_WRAP_MORE;
    enum vit_status status = run_wrap(key, false, in, len, out, out_len);
    if (status != VIT_OK) {
        vit_wipe(out, out_len);
    }
    return status;
}
