/* SPDX-License-Identifier: MIT */
#include "crypto/oaep.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/constant_time.h"
#include "crypto/key_impl.h"
#include "crypto/key_ossl.h"
#include "crypto/oaep_decode.h"

static bool set_oaep(EVP_PKEY_CTX *ctx)
{
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
            EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, "SHA2-512", NULL) > 0 &&
            EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, "SHA2-512", NULL) > 0;
}

unsigned vit_oaep_in_range(const uint8_t block[VIT_OAEP_BLOCK_LEN],
        const uint8_t modulus[VIT_OAEP_BLOCK_LEN])
{
    unsigned borrow = 0;
    unsigned above_one = block[VIT_OAEP_BLOCK_LEN - 1] & 0xfeu;
    for (size_t i = VIT_OAEP_BLOCK_LEN; i-- > 0;) {
        borrow = vit_ct_top_bit((unsigned)block[i] - modulus[i] - borrow) & 1;
        above_one |= i < VIT_OAEP_BLOCK_LEN - 1 ? block[i] : 0u;
    }
    return ~vit_ct_is_zero(above_one) & (0u - borrow);
}

/* Copies block, or the substitute when the block is not in range. */
static unsigned take_block(const struct vit_private_key *key,
        const uint8_t block[VIT_OAEP_BLOCK_LEN], uint8_t taken[VIT_OAEP_BLOCK_LEN])
{
    unsigned good = vit_oaep_in_range(block, key->modulus);
    for (size_t i = 0; i < VIT_OAEP_BLOCK_LEN; i++) {
        taken[i] = (uint8_t)vit_ct_select(good, block[i], key->substitute[i]);
    }
    return good;
}

struct scratch {
    uint8_t block[VIT_OAEP_BLOCK_LEN];
    uint8_t decrypted[VIT_OAEP_BLOCK_LEN];
    uint8_t plaintext[VIT_OAEP_MAX_LEN];
    size_t len;
};

/* The owner checks the padding. That it failed and that it found bad padding look the same. */
static enum vit_status decrypt_padded(struct vit_private_key *key, struct scratch *scratch,
        unsigned *good)
{
    size_t len = sizeof(scratch->decrypted);
    int done = key->operation->decrypt(key, scratch->block, scratch->decrypted, &len);
    unsigned mask = vit_ct_equal((unsigned)done, 1);
    memcpy(scratch->plaintext, scratch->decrypted, sizeof(scratch->plaintext));
    scratch->len = len & mask;
    *good &= mask;
    return VIT_OK;
}

static enum vit_status decrypt_raw(struct vit_private_key *key, struct scratch *scratch,
        unsigned *good)
{
    size_t len = sizeof(scratch->decrypted);
    int done = key->operation->decrypt(key, scratch->block, scratch->decrypted, &len);
    if (done != 1 || len != sizeof(scratch->decrypted)) {
        return VIT_E_IO;
    }
    *good &= vit_oaep_decode(key->md_ctx, key->sha512, scratch->decrypted, scratch->plaintext,
            &scratch->len);
    return VIT_OK;
}

static enum vit_status decrypt(struct vit_private_key *key, struct scratch *scratch, unsigned *good)
{
    return key->operation->raw ? decrypt_raw(key, scratch, good)
                               : decrypt_padded(key, scratch, good);
}

/* Nothing of the operation stays in the caller's error queue. */
static enum vit_status decrypt_quietly(struct vit_private_key *key, struct scratch *scratch,
        unsigned *good)
{
    pthread_mutex_lock(&key->lock);
    ERR_set_mark();
    enum vit_status status = decrypt(key, scratch, good);
    ERR_pop_to_mark();
    pthread_mutex_unlock(&key->lock);
    return status;
}

static unsigned len_within(size_t len, size_t min_len, size_t max_len)
{
    return ~vit_ct_less((unsigned)len, (unsigned)min_len) &
            ~vit_ct_less((unsigned)max_len, (unsigned)len);
}

/* Bytes behind the length, and all bytes of a bad block, become zero. */
static void give_out(const struct scratch *scratch, unsigned good, uint8_t *plaintext,
        size_t max_len)
{
    for (size_t i = 0; i < max_len; i++) {
        unsigned inside = vit_ct_less((unsigned)i, (unsigned)scratch->len);
        plaintext[i] = (uint8_t)(scratch->plaintext[i] & inside & good);
    }
}

enum vit_status vit_oaep_unwrap(struct vit_private_key *key,
        const uint8_t block[VIT_OAEP_BLOCK_LEN], uint8_t *plaintext, size_t min_len, size_t max_len,
        size_t *len)
{
    if (max_len > VIT_OAEP_MAX_LEN || min_len > max_len) {
        return VIT_E_ARG;
    }
    struct scratch scratch = { .len = 0 };
    unsigned good = take_block(key, block, scratch.block);
    enum vit_status status = decrypt_quietly(key, &scratch, &good);
    good &= len_within(scratch.len, min_len, max_len) & vit_ct_equal(status, VIT_OK);

    give_out(&scratch, good, plaintext, max_len);
    *len = good != 0 ? scratch.len : *len;
    vit_wipe(&scratch, sizeof(scratch));
    if (status != VIT_OK) {
        return status;
    }
    return good != 0 ? VIT_OK : VIT_E_REFUSED;
}

static enum vit_status encrypt(EVP_PKEY_CTX *ctx, const void *plaintext, size_t len,
        uint8_t block[VIT_OAEP_BLOCK_LEN])
{
    size_t block_len = VIT_OAEP_BLOCK_LEN;
    if (EVP_PKEY_encrypt_init(ctx) <= 0 || !set_oaep(ctx) ||
            EVP_PKEY_encrypt(ctx, block, &block_len, plaintext, len) <= 0) {
        return VIT_E_NOMEM;
    }
    return block_len == VIT_OAEP_BLOCK_LEN ? VIT_OK : VIT_E_UNSUPPORTED;
}

enum vit_status vit_oaep_wrap(const struct vit_public_key *key, const void *plaintext, size_t len,
        uint8_t block[VIT_OAEP_BLOCK_LEN])
{
    if (len > VIT_OAEP_MAX_LEN) {
        return VIT_E_ARG;
    }
    uint8_t made[VIT_OAEP_BLOCK_LEN];
    ERR_set_mark();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, vit_public_key_pkey(key), NULL);
    enum vit_status status = ctx == NULL ? VIT_E_NOMEM : encrypt(ctx, plaintext, len, made);
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    VIT_TRY(status);
    memcpy(block, made, sizeof(made));
    return VIT_OK;
}

static bool set_padding(EVP_PKEY_CTX *ctx, bool raw)
{
    return raw ? EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0 : set_oaep(ctx);
}

enum vit_status vit_oaep_prove(struct vit_private_key *key, const struct vit_public_key *public)
{
    static const uint8_t sample[] = { 'v', 'i', 't', 'r', 'i', 'n', 'e' };
    uint8_t block[VIT_OAEP_BLOCK_LEN];
    uint8_t plaintext[sizeof(sample)];
    size_t len = 0;
    VIT_TRY(vit_oaep_wrap(public, sample, sizeof(sample), block));
    VIT_TRY(vit_oaep_unwrap(key, block, plaintext, sizeof(sample), sizeof(sample), &len));
    return memcmp(plaintext, sample, sizeof(sample)) == 0 ? VIT_OK : VIT_E_UNSUPPORTED;
}

static int decrypt_with_openssl(struct vit_private_key *key, const uint8_t *block, uint8_t *out,
        size_t *len)
{
    return EVP_PKEY_decrypt(key->ctx, out, len, block, VIT_OAEP_BLOCK_LEN);
}

static void finish_openssl(struct vit_private_key *key)
{
    EVP_PKEY_CTX_free(key->ctx);
}

/* With or without the padding. */
static const struct vit_key_operation with_openssl[] = {
    { false, decrypt_with_openssl, finish_openssl },
    { true, decrypt_with_openssl, finish_openssl },
};

enum vit_status vit_oaep_prepare(struct vit_private_key *key, const struct vit_public_key *public,
        bool raw)
{
    EVP_PKEY_CTX_free(key->ctx);
    key->operation = &with_openssl[raw];
    key->ctx = EVP_PKEY_CTX_new_from_pkey(key->libctx, key->pkey, NULL);
    if (key->ctx == NULL) {
        return VIT_E_NOMEM;
    }
    if (EVP_PKEY_decrypt_init(key->ctx) <= 0 || !set_padding(key->ctx, raw)) {
        return VIT_E_UNSUPPORTED;
    }
    return vit_oaep_prove(key, public);
}
