/* SPDX-License-Identifier: MIT */
#include "crypto/oaep_decode.h"

#include <stdbool.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/constant_time.h"

enum { HASH_LEN = 64 };

/* SHA-512 of nothing: the label is always empty. */
static const uint8_t label_hash[HASH_LEN] = {
    0xcf,
    0x83,
    0xe1,
    0x35,
    0x7e,
    0xef,
    0xb8,
    0xbd,
    0xf1,
    0x54,
    0x28,
    0x50,
    0xd6,
    0x6d,
    0x80,
    0x07,
    0xd6,
    0x20,
    0xe4,
    0x05,
    0x0b,
    0x57,
    0x15,
    0xdc,
    0x83,
    0xf4,
    0xa9,
    0x21,
    0xd3,
    0x6c,
    0xe9,
    0xce,
    0x47,
    0xd0,
    0xd1,
    0x3c,
    0x5d,
    0x85,
    0xf2,
    0xb0,
    0xff,
    0x83,
    0x18,
    0xd2,
    0x87,
    0x7e,
    0xec,
    0x2f,
    0x63,
    0xb9,
    0x31,
    0xbd,
    0x47,
    0x41,
    0x7a,
    0x81,
    0xa5,
    0x38,
    0x32,
    0x7a,
    0xf9,
    0x27,
    0xda,
    0x3e,
};

static bool hash(const struct vit_oaep_code *code, const uint8_t *seed, size_t seed_len,
        uint8_t counter, uint8_t *out)
{
    const uint8_t counter_bytes[4] = { 0, 0, 0, counter };
    return EVP_DigestInit_ex2(code->ctx, code->md, NULL) == 1 &&
            EVP_DigestUpdate(code->ctx, seed, seed_len) == 1 &&
            EVP_DigestUpdate(code->ctx, counter_bytes, sizeof(counter_bytes)) == 1 &&
            EVP_DigestFinal_ex(code->ctx, out, NULL) == 1;
}

/* XORs MGF1(seed) over data. */
static bool unmask(const struct vit_oaep_code *code, const uint8_t *seed, size_t seed_len,
        uint8_t *data, size_t len)
{
    uint8_t mask[EVP_MAX_MD_SIZE] = { 0 };
    bool done = true;
    for (size_t at = 0; at < len; at++) {
        if (at % code->hash_len == 0) {
            done &= hash(code, seed, seed_len, (uint8_t)(at / code->hash_len), mask);
        }
        data[at] ^= mask[at % code->hash_len];
    }
    vit_wipe(mask, sizeof(mask));
    return done;
}

static unsigned label_is_right(const struct vit_oaep_code *code, const uint8_t *data)
{
    unsigned differing = 0;
    for (size_t i = 0; i < code->hash_len; i++) {
        differing |= data[i] ^ code->label_hash[i];
    }
    return vit_ct_is_zero(differing);
}

/* Finds the 0x01 behind the zeros; *start is where the message begins, 0 when there is no 0x01. */
static unsigned find_message(const uint8_t *rest, size_t rest_len, unsigned *start)
{
    unsigned looking = UINT_MAX;
    unsigned good = UINT_MAX;
    *start = 0;
    for (unsigned i = 0; i < rest_len; i++) {
        unsigned is_one = vit_ct_equal(rest[i], 1);
        unsigned is_zero = vit_ct_is_zero(rest[i]);
        *start = vit_ct_select(looking & is_one, i + 1, *start);
        good &= ~looking | is_one | is_zero;
        looking &= ~is_one;
    }
    return good & ~looking;
}

/* Moves the end of data that begins at start to its front, at the same cost for every start. */
static void shift_to_front(uint8_t *data, size_t len, unsigned start)
{
    for (unsigned step = 1; step <= len; step *= 2) {
        unsigned mask = ~vit_ct_is_zero(start & step);
        for (size_t i = 0; i < len; i++) {
            unsigned moved = i + step < len ? data[i + step] : 0;
            data[i] = (uint8_t)vit_ct_select(mask, moved, data[i]);
        }
    }
}

unsigned vit_oaep_decode_with(const struct vit_oaep_code *code, uint8_t *block, size_t block_len,
        uint8_t **message, size_t *len)
{
    uint8_t *seed = block + 1;
    uint8_t *db = seed + code->hash_len;
    uint8_t *rest = db + code->hash_len;
    size_t db_len = block_len - code->hash_len - 1;
    size_t rest_len = db_len - code->hash_len; /* padding, the 0x01 and the message */
    bool seed_done = unmask(code, db, db_len, seed, code->hash_len);
    bool db_done = unmask(code, seed, code->hash_len, db, db_len);

    unsigned start;
    unsigned good = vit_ct_is_zero(block[0]) & label_is_right(code, db) &
            find_message(rest, rest_len, &start);
    good &= (0u - (unsigned)seed_done) & (0u - (unsigned)db_done);

    shift_to_front(rest, rest_len, start);
    for (size_t i = 0; i < rest_len; i++) {
        rest[i] &= (uint8_t)good;
    }
    *message = rest;
    *len = (rest_len - start) & good;
    return good;
}

unsigned vit_oaep_decode(EVP_MD_CTX *ctx, const EVP_MD *sha512, uint8_t block[VIT_OAEP_BLOCK_LEN],
        uint8_t plaintext[VIT_OAEP_MAX_LEN], size_t *len)
{
    const struct vit_oaep_code code = { ctx, sha512, HASH_LEN, label_hash };
    uint8_t *message;
    unsigned good = vit_oaep_decode_with(&code, block, VIT_OAEP_BLOCK_LEN, &message, len);
    memcpy(plaintext, message, VIT_OAEP_MAX_LEN);
    return good;
}
