/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL cannot be told where a GCM left off, so what must be kept is computed here: encryption is
 * its CTR, whose low 32 bits never wrap under the limit of GCM; the hash of SP 800-38D is this file's,
 * bit by bit and in constant time.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/aes_impl.h"

/* A polynomial as SP 800-38D writes it: the first bit is the highest of high. */
struct element {
    uint64_t high, low;
};

static struct element load(const uint8_t bytes[VIT_AES_BLOCK_LEN])
{
    return (struct element){ vit_load_be64(bytes), vit_load_be64(bytes + 8) };
}

static void store(struct element value, uint8_t bytes[VIT_AES_BLOCK_LEN])
{
    vit_store_be64(bytes, value.high);
    vit_store_be64(bytes + 8, value.low);
}

static uint64_t mask_of(uint64_t bit)
{
    return 0 - (bit & 1);
}

static struct element multiply(struct element x, struct element h)
{
    struct element product = { 0, 0 };
    for (unsigned i = 0; i < 128; i++) {
        uint64_t take = mask_of(i < 64 ? x.high >> (63 - i) : x.low >> (127 - i));
        product.high ^= h.high & take;
        product.low ^= h.low & take;
        uint64_t reduce = mask_of(h.low) & UINT64_C(0xe100000000000000);
        h.low = h.low >> 1 | h.high << 63;
        h.high = (h.high >> 1) ^ reduce;
    }
    return product;
}

static struct element add(struct element sum, const uint8_t block[VIT_AES_BLOCK_LEN],
        struct element h)
{
    struct element value = load(block);
    return multiply((struct element){ sum.high ^ value.high, sum.low ^ value.low }, h);
}

static struct element add_all(struct element sum, const uint8_t *bytes, size_t len,
        struct element h)
{
    size_t whole = len - len % VIT_AES_BLOCK_LEN;
    for (size_t at = 0; at < whole; at += VIT_AES_BLOCK_LEN) {
        sum = add(sum, bytes + at, h);
    }
    if (whole < len) {
        uint8_t last[VIT_AES_BLOCK_LEN] = { 0 };
        memcpy(last, bytes + whole, len - whole);
        sum = add(sum, last, h);
    }
    return sum;
}

static enum vit_status find_subkey(const struct vit_aes_key *key, struct element *h)
{
    uint8_t block[VIT_AES_BLOCK_LEN] = { 0 };
    enum vit_status status = vit_aes_encrypt(VIT_AES_ECB, key, NULL, block, sizeof(block), block);
    *h = load(block);
    vit_wipe(block, sizeof(block));
    return status;
}

static enum vit_status hash(const struct vit_aes_key *key, const uint8_t *bytes, size_t len,
        uint8_t mac[VIT_AES_BLOCK_LEN])
{
    struct element h;
    VIT_TRY(find_subkey(key, &h));
    store(add_all(load(mac), bytes, len, h), mac);
    vit_wipe(&h, sizeof(h));
    return VIT_OK;
}

static void set_count(uint8_t counter[VIT_AES_BLOCK_LEN], uint32_t count)
{
    for (unsigned i = 0; i < 4; i++) {
        counter[12 + i] = (uint8_t)(count >> (24 - 8 * i));
    }
}

enum vit_status vit_gcm_begin(const struct vit_aes_key *key, const uint8_t nonce[VIT_GCM_NONCE_LEN],
        const uint8_t *aad, size_t aad_len, struct vit_gcm_chain *chain)
{
    struct vit_gcm_chain made = { .aad_len = aad_len };
    memcpy(made.counter, nonce, VIT_GCM_NONCE_LEN);
    set_count(made.counter, 2); /* 1 is for the tag */
    VIT_TRY(hash(key, aad, aad_len, made.mac));
    *chain = made;
    return VIT_OK;
}

static enum vit_status check(const struct vit_gcm_chain *chain, size_t len)
{
    bool whole = len == 0 || chain->len % VIT_AES_BLOCK_LEN == 0;
    bool fits = chain->len <= VIT_GCM_MAX_LEN && len <= VIT_GCM_MAX_LEN - chain->len;
    return whole && fits ? VIT_OK : VIT_E_ARG;
}

/* Encrypts or decrypts, and counts on. */
static enum vit_status run_counter(const struct vit_aes_key *key, struct vit_gcm_chain *chain,
        const uint8_t *in, size_t len, uint8_t *out)
{
    VIT_AUTO(aes_ctx) ctx = NULL;
    VIT_TRY(vit_aes_begin(VIT_AES_KIND_CTR, key, chain->counter, true, &ctx));
    VIT_TRY(vit_aes_update(ctx, in, out, len));
    chain->len += len;
    set_count(chain->counter,
            (uint32_t)(2 + (chain->len + VIT_AES_BLOCK_LEN - 1) / VIT_AES_BLOCK_LEN));
    return VIT_OK;
}

enum vit_status vit_gcm_encrypt(const struct vit_aes_key *key, struct vit_gcm_chain *chain,
        const uint8_t *in, size_t len, uint8_t *out)
{
    struct vit_gcm_chain next = *chain;
    VIT_TRY(check(chain, len));
    VIT_TRY(run_counter(key, &next, in, len, out));
    VIT_TRY(hash(key, out, len, next.mac));
    *chain = next;
    return VIT_OK;
}

enum vit_status vit_gcm_decrypt(const struct vit_aes_key *key, struct vit_gcm_chain *chain,
        const uint8_t *in, size_t len, uint8_t *out)
{
    struct vit_gcm_chain next = *chain;
    VIT_TRY(check(chain, len));
    VIT_TRY(hash(key, in, len, next.mac)); /* before it may be overwritten */
    VIT_TRY(run_counter(key, &next, in, len, out));
    *chain = next;
    return VIT_OK;
}

enum vit_status vit_gcm_end(const struct vit_aes_key *key, const struct vit_gcm_chain *chain,
        uint8_t tag[VIT_AES_BLOCK_LEN])
{
    uint8_t lengths[VIT_AES_BLOCK_LEN], first[VIT_AES_BLOCK_LEN], mac[VIT_AES_BLOCK_LEN];
    vit_store_be64(lengths, 8 * chain->aad_len);
    vit_store_be64(lengths + 8, 8 * chain->len);
    memcpy(mac, chain->mac, sizeof(mac));
    memcpy(first, chain->counter, sizeof(first));
    set_count(first, 1);
    VIT_TRY(hash(key, lengths, sizeof(lengths), mac));
    VIT_TRY(vit_aes_encrypt(VIT_AES_ECB, key, NULL, first, sizeof(first), first));
    for (size_t i = 0; i < VIT_AES_BLOCK_LEN; i++) {
        tag[i] = mac[i] ^ first[i];
    }
    vit_wipe(first, sizeof(first));
    return VIT_OK;
}
