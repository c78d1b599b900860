/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/rsa.h"
#include "crypto/unpad.h"

enum { BITS = 1536, LEN = BITS / 8 };

/* What a raw private-key operation gives of a block that was made with this padding. */
static void make_raw(const struct vit_rsa *key, const struct vit_rsa_padding *padding,
        const char *message, size_t len, uint8_t raw[LEN])
{
    static const struct vit_rsa_padding none = { .kind = VIT_RSA_NONE };
    uint8_t block[LEN];
    size_t raw_len;
    cr_assert_eq(vit_rsa_encrypt(key, padding, message, len, block), VIT_OK);
    cr_assert_eq(vit_rsa_decrypt(key, &none, block, sizeof(block), raw, &raw_len), VIT_OK);
    cr_assert_eq(raw_len, LEN);
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

Test(unpad, takes_every_length_with_every_hash_and_label)
{
    static const char text[LEN] =
            "a message that is long enough for this: ............................";
    VIT_AUTO(rsa) key = NULL;
    cr_assert_eq(vit_rsa_generate(BITS, &key), VIT_OK);
    for (enum vit_hash_id hash = 0; hash < VIT_HASH_COUNT; hash++) {
        size_t most = LEN - 2 * vit_hash_len(hash) - 2;
        const size_t lens[] = { 0, 1, most - 1, most };
        for (size_t i = 0; i < 8; i++) {
            struct vit_rsa_padding padding = { VIT_RSA_OAEP, hash, "label", i % 2 * 5 };
            uint8_t raw[LEN];
            size_t len = 999;
            make_raw(key, &padding, text, lens[i / 2], raw);
            cr_assert_eq(vit_unpad_oaep(hash, "label", padding.label_len, raw, LEN, &len), VIT_OK);
            cr_assert_eq(len, lens[i / 2]);
            cr_assert_eq(memcmp(raw, text, len), 0);
            cr_assert(all_zero(raw + len, LEN - len));
        }
    }
}

Test(unpad, refuses_what_was_changed_anywhere)
{
    VIT_AUTO(rsa) key = NULL;
    cr_assert_eq(vit_rsa_generate(BITS, &key), VIT_OK);
    const struct vit_rsa_padding padding = { VIT_RSA_OAEP, VIT_HASH_SHA256, NULL, 0 };
    uint8_t good[LEN], raw[LEN];
    size_t len;
    make_raw(key, &padding, "hello", 5, good);
    for (size_t i = 0; i < LEN; i++) {
        memcpy(raw, good, LEN);
        raw[i] ^= 0x10;
        cr_assert_eq(vit_unpad_oaep(VIT_HASH_SHA256, NULL, 0, raw, LEN, &len), VIT_E_REFUSED,
                "byte %zu", i);
        cr_assert_eq(len, 0);
        cr_assert(all_zero(raw, LEN));
    }
    memcpy(raw, good, LEN);
    cr_assert_eq(vit_unpad_oaep(VIT_HASH_SHA256, "x", 1, raw, LEN, &len), VIT_E_REFUSED);
    memcpy(raw, good, LEN);
    cr_assert_eq(vit_unpad_oaep(VIT_HASH_SHA3_256, NULL, 0, raw, LEN, &len), VIT_E_REFUSED);
    cr_assert_eq(ERR_peek_error(), 0);
}

Test(unpad, refuses_a_key_that_is_too_short_for_the_hash)
{
    uint8_t raw[130] = { 0 };
    size_t len = 77;
    cr_assert_eq(vit_unpad_oaep(VIT_HASH_SHA512, NULL, 0, raw, 129, &len), VIT_E_ARG);
    cr_assert_eq(len, 77);
    cr_assert_eq(vit_unpad_oaep(VIT_HASH_SHA512, NULL, 0, raw, 130, &len), VIT_E_REFUSED);
}
