/* SPDX-License-Identifier: MIT */
#include "crypto/aead.h"

#include <criterion/criterion.h>
#include <string.h>

#include "crypto/scrypt.h"

enum { LEN = 40, SEALED_LEN = LEN + VIT_AEAD_TAG_LEN };

static const uint8_t key[VIT_AEAD_KEY_LEN] = "a key for tests of sealed bytes";
static const uint8_t nonce[VIT_AEAD_NONCE_LEN] = "once only";
static const char extra[] = "what it is for";

static void seal(uint8_t sealed[SEALED_LEN])
{
    uint8_t plain[LEN];
    memset(plain, 'p', sizeof(plain));
    cr_assert_eq(vit_aead_seal(key, nonce, extra, sizeof(extra), plain, LEN, sealed), VIT_OK);
}

Test(aead, opens_what_was_sealed)
{
    uint8_t sealed[SEALED_LEN], plain[LEN];
    seal(sealed);
    cr_assert_eq(vit_aead_open(key, nonce, extra, sizeof(extra), sealed, SEALED_LEN, plain),
            VIT_OK);
    for (size_t i = 0; i < LEN; i++) {
        cr_assert_eq(plain[i], 'p');
        cr_assert(i == 0 || sealed[i] != 'p' || sealed[i - 1] != 'p');
    }
}

Test(aead, seals_and_opens_in_place_and_nothing_at_all)
{
    uint8_t bytes[SEALED_LEN] = "in place", tag[VIT_AEAD_TAG_LEN], nothing[1];
    cr_assert_eq(vit_aead_seal(key, nonce, NULL, 0, bytes, LEN, bytes), VIT_OK);
    cr_assert_eq(vit_aead_open(key, nonce, NULL, 0, bytes, SEALED_LEN, bytes), VIT_OK);
    cr_assert_str_eq((char *)bytes, "in place");
    cr_assert_eq(vit_aead_seal(key, nonce, NULL, 0, NULL, 0, tag), VIT_OK);
    cr_assert_eq(vit_aead_open(key, nonce, NULL, 0, tag, sizeof(tag), nothing), VIT_OK);
    cr_assert_eq(vit_aead_open(key, nonce, extra, 1, tag, sizeof(tag), nothing), VIT_E_REFUSED);
}

Test(aead, refuses_every_changed_bit_and_leaves_zeros)
{
    uint8_t sealed[SEALED_LEN], plain[LEN], zeros[LEN] = { 0 };
    seal(sealed);
    for (size_t bit = 0; bit < 8 * SEALED_LEN; bit++) {
        memset(plain, 'x', sizeof(plain));
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_assert_eq(vit_aead_open(key, nonce, extra, sizeof(extra), sealed, SEALED_LEN, plain),
                VIT_E_REFUSED);
        cr_assert_arr_eq(plain, zeros, LEN);
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

Test(aead, refuses_every_truncation)
{
    uint8_t sealed[SEALED_LEN], plain[LEN];
    seal(sealed);
    for (size_t len = 0; len < SEALED_LEN; len++) {
        cr_assert_eq(vit_aead_open(key, nonce, extra, sizeof(extra), sealed, len, plain),
                VIT_E_REFUSED);
    }
}

Test(aead, refuses_another_key_nonce_or_extra)
{
    uint8_t sealed[SEALED_LEN], plain[LEN], other_key[VIT_AEAD_KEY_LEN] = { 1 };
    const uint8_t other_nonce[VIT_AEAD_NONCE_LEN] = { 1 };
    seal(sealed);
    cr_assert_eq(vit_aead_open(other_key, nonce, extra, sizeof(extra), sealed, SEALED_LEN, plain),
            VIT_E_REFUSED);
    cr_assert_eq(vit_aead_open(key, other_nonce, extra, sizeof(extra), sealed, SEALED_LEN, plain),
            VIT_E_REFUSED);
    cr_assert_eq(vit_aead_open(key, nonce, extra, sizeof(extra) - 1, sealed, SEALED_LEN, plain),
            VIT_E_REFUSED);
}

Test(aead, seals_nothing_longer_than_openssl_takes)
{
    uint8_t sealed[SEALED_LEN] = { 0 };
    cr_assert_eq(vit_aead_seal(key, nonce, NULL, 0, sealed, (size_t)INT32_MAX + 1, sealed),
            VIT_E_ARG);
}

static enum vit_status derive(uint64_t n, uint32_t r, uint32_t p, uint64_t max_memory)
{
    const struct vit_scrypt_cost cost = { n, r, p };
    uint8_t out[16];
    return vit_scrypt("word", 4, "salt", 4, &cost, max_memory, out, sizeof(out));
}

Test(scrypt, refuses_costs_that_the_standard_does_not_have)
{
    cr_assert_eq(derive(16, 1, 1, 1 << 20), VIT_OK);
    cr_assert_eq(derive(0, 8, 1, 1 << 20), VIT_E_ARG);
    cr_assert_eq(derive(1, 8, 1, 1 << 20), VIT_E_ARG);
    cr_assert_eq(derive(17, 8, 1, 1 << 20), VIT_E_ARG);
    cr_assert_eq(derive(16, 0, 1, 1 << 20), VIT_E_ARG);
    cr_assert_eq(derive(16, 8, 0, 1 << 20), VIT_E_ARG);
    cr_assert_eq(derive(16, 1 << 15, 1 << 15, UINT64_MAX), VIT_E_ARG);
    cr_assert_eq(derive(UINT64_C(1) << 16, 1, 1, UINT64_MAX), VIT_E_ARG);
}

Test(scrypt, takes_no_more_memory_than_it_may)
{
    const struct vit_scrypt_cost cost = { 1024, 8, 1 };
    uint64_t memory = vit_scrypt_memory(&cost);
    cr_assert_geq(memory, UINT64_C(1) << 20);
    cr_assert_eq(derive(1024, 8, 1, memory), VIT_OK);
    cr_assert_eq(derive(1024, 8, 1, memory - 1), VIT_E_LIMIT);
    cr_assert_eq(derive(UINT64_C(1) << 62, 8, 1, UINT64_C(1) << 40), VIT_E_LIMIT);
    cr_assert_eq(derive(1024, 1 << 16, 1 << 10, UINT64_C(1) << 20), VIT_E_LIMIT);
}
