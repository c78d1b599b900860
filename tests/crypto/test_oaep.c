/* SPDX-License-Identifier: MIT */
#include "crypto/oaep.h"

#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/key_impl.h"
#include "crypto/key_ossl.h"
#include "crypto/oaep_decode.h"
#include "crypto/random.h"
#include "tests/vectors/vectors.h"

static struct vit_private_key *key;
static struct vit_public_key *public;

static void open_keys(void)
{
    cr_assert_eq(vit_private_key_open(vectors_key("rsa2048.pem"), NULL, NULL, &key), VIT_OK);
    cr_assert_eq(vit_public_key_wrap(vit_private_key_pkey(key), &public), VIT_OK);
}

static void close_keys(void)
{
    vit_public_key_destroy(public);
    vit_private_key_destroy(key);
}

TestSuite(oaep, .init = open_keys, .fini = close_keys);

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Both ways to the same rules: the provider's padding, and ours over raw RSA. */
static void for_both_ways(void (*check)(void))
{
    cr_assert_not(key->operation->raw, "the software key pads by itself");
    check();
    cr_assert_eq(vit_oaep_prepare(key, public, true), VIT_OK);
    cr_assert(key->operation->raw);
    check();
}

static void assert_refused(const uint8_t block[256], size_t min_len, size_t max_len,
        const char *name)
{
    uint8_t plaintext[VIT_OAEP_MAX_LEN];
    size_t len = 77;
    memset(plaintext, 0xee, sizeof(plaintext));
    cr_assert_eq(vit_oaep_unwrap(key, block, plaintext, min_len, max_len, &len), VIT_E_REFUSED,
            "%s, raw %d", name, key->operation->raw);
    cr_assert_eq(len, 77, "%s: untouched", name);
    cr_assert(is_zero(plaintext, max_len), "%s: zeroed", name);
    cr_assert(max_len == sizeof(plaintext) || plaintext[max_len] == 0xee, "%s: no more", name);
    cr_assert_eq(ERR_peek_error(), 0, "%s: clean error queue", name);
}

static void assert_good(const uint8_t block[256], const uint8_t *expected, size_t expected_len,
        size_t min_len, size_t max_len, const char *name)
{
    uint8_t plaintext[VIT_OAEP_MAX_LEN];
    size_t len = 77;
    memset(plaintext, 0xee, sizeof(plaintext));
    cr_assert_eq(vit_oaep_unwrap(key, block, plaintext, min_len, max_len, &len), VIT_OK,
            "%s, raw %d", name, key->operation->raw);
    cr_assert_eq(len, expected_len, "%s", name);
    cr_assert_eq(memcmp(plaintext, expected, len), 0, "%s", name);
    cr_assert(is_zero(plaintext + len, max_len - len), "%s: zeros behind it", name);
    cr_assert_eq(ERR_peek_error(), 0);
}

static void check_vector(const struct vector *vector)
{
    const char *name = vector_text(vector, "name");
    uint8_t block[256];
    vector_exact(vector, "block", block, sizeof(block));
    if (!vector_is_good(vector)) {
        assert_refused(block, 0, VIT_OAEP_MAX_LEN, name);
        assert_refused(block, 16, 16, name);
        return;
    }
    uint8_t expected[VIT_OAEP_MAX_LEN];
    size_t len = vector_bytes(vector, "plaintext", expected, sizeof(expected));
    assert_good(block, expected, len, 0, VIT_OAEP_MAX_LEN, name);
    assert_good(block, expected, len, len, len, name);
    if (len == 16) {
        assert_good(block, expected, len, 16, 16, name);
    } else {
        assert_refused(block, 16, 16, name);
    }
}

static void check_vectors(void)
{
    struct vectors *vectors = vectors_load("exchange.txt");
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        check_vector(vectors_get(vectors, i));
    }
    vectors_free(vectors);
}

Test(oaep, unwraps_and_refuses_as_the_vectors_say, .timeout = 60)
{
    for_both_ways(check_vectors);
}

static void check_bounds(void)
{
    uint8_t message[20];
    uint8_t block[256];
    cr_assert_eq(vit_random(message, sizeof(message)), VIT_OK);
    cr_assert_eq(vit_oaep_wrap(public, message, sizeof(message), block), VIT_OK);
    assert_good(block, message, 20, 20, 20, "exact");
    assert_good(block, message, 20, 0, 20, "at most");
    assert_good(block, message, 20, 20, 126, "at least");
    assert_refused(block, 0, 19, "too long by one");
    assert_refused(block, 21, 126, "too short by one");
    assert_refused(block, 0, 0, "none wanted");
}

Test(oaep, plaintext_must_have_the_wanted_length)
{
    for_both_ways(check_bounds);
}

static void check_every_length(void)
{
    for (size_t len = 0; len <= VIT_OAEP_MAX_LEN; len++) {
        uint8_t message[VIT_OAEP_MAX_LEN];
        uint8_t block[256];
        memset(message, (int)len + 1, sizeof(message));
        cr_assert_eq(vit_oaep_wrap(public, message, len, block), VIT_OK);
        assert_good(block, message, len, 0, VIT_OAEP_MAX_LEN, "any length");
    }
}

Test(oaep, every_length_goes_there_and_back, .timeout = 60)
{
    for_both_ways(check_every_length);
}

static void check_flips(void)
{
    static const uint8_t message[16] = "sixteen letters";
    uint8_t block[256];
    cr_assert_eq(vit_oaep_wrap(public, message, sizeof(message), block), VIT_OK);
    for (size_t at = 0; at < sizeof(block); at += 5) {
        block[at] ^= 0x10;
        assert_refused(block, 0, VIT_OAEP_MAX_LEN, "flipped");
        block[at] ^= 0x10;
    }
    assert_good(block, message, 16, 16, 16, "as it was");
}

Test(oaep, block_with_a_changed_bit_is_refused, .timeout = 60)
{
    for_both_ways(check_flips);
}

static void check_after_refusal(void)
{
    static const uint8_t message[16] = "sixteen letters";
    uint8_t block[256];
    uint8_t zeros[256] = { 0 };
    cr_assert_eq(vit_oaep_wrap(public, message, sizeof(message), block), VIT_OK);
    for (int i = 0; i < 10; i++) {
        assert_refused(zeros, 16, 16, "zeros");
        assert_good(block, message, 16, 16, 16, "after a refusal");
    }
}

Test(oaep, refusal_does_not_spoil_what_follows)
{
    for_both_ways(check_after_refusal);
}

Test(oaep, wrong_bounds_are_the_callers_fault)
{
    uint8_t block[256] = { 0 };
    uint8_t plaintext[256];
    size_t len = 77;
    cr_assert_eq(vit_oaep_unwrap(key, block, plaintext, 0, 127, &len), VIT_E_ARG);
    cr_assert_eq(vit_oaep_unwrap(key, block, plaintext, 17, 16, &len), VIT_E_ARG);
    cr_assert_eq(len, 77);
}

Test(oaep, too_long_plaintext_is_not_wrapped)
{
    uint8_t message[127] = { 0 };
    uint8_t block[256] = { 0 };
    cr_assert_eq(vit_oaep_wrap(public, message, sizeof(message), block), VIT_E_ARG);
    cr_assert(is_zero(block, sizeof(block)));
}

Test(oaep, two_blocks_of_one_plaintext_differ)
{
    uint8_t a[256];
    uint8_t b[256];
    cr_assert_eq(vit_oaep_wrap(public, "key", 3, a), VIT_OK);
    cr_assert_eq(vit_oaep_wrap(public, "key", 3, b), VIT_OK);
    cr_assert_neq(memcmp(a, b, sizeof(a)), 0);
}

Test(oaep, block_for_another_key_is_refused)
{
    VIT_AUTO(private_key) other = NULL;
    VIT_AUTO(public_key) other_public = NULL;
    cr_assert_eq(vit_private_key_open(vectors_key("foreign2048.pem"), NULL, NULL, &other), VIT_OK);
    cr_assert_eq(vit_public_key_wrap(vit_private_key_pkey(other), &other_public), VIT_OK);
    uint8_t block[256];
    cr_assert_eq(vit_oaep_wrap(other_public, "sixteen letters.", 16, block), VIT_OK);
    assert_refused(block, 0, VIT_OAEP_MAX_LEN, "foreign");
}

Test(oaep, errors_of_the_caller_stay_in_the_queue)
{
    uint8_t block[256] = { 3 };
    uint8_t plaintext[16];
    size_t len;
    ERR_raise(ERR_LIB_USER, 42);
    cr_assert_eq(vit_oaep_unwrap(key, block, plaintext, 16, 16, &len), VIT_E_REFUSED);
    cr_assert_eq(ERR_GET_REASON(ERR_get_error()), 42);
    cr_assert_eq(ERR_get_error(), 0);
}

Test(oaep, way_that_does_not_work_is_not_taken)
{
    VIT_AUTO(private_key) other = NULL;
    VIT_AUTO(public_key) other_public = NULL;
    cr_assert_eq(vit_private_key_open(vectors_key("foreign2048.pem"), NULL, NULL, &other), VIT_OK);
    cr_assert_eq(vit_public_key_wrap(vit_private_key_pkey(other), &other_public), VIT_OK);
    cr_assert_neq(vit_oaep_prepare(key, other_public, false), VIT_OK);
    cr_assert_neq(vit_oaep_prepare(key, other_public, true), VIT_OK);
    cr_assert_eq(vit_oaep_prepare(key, public, false), VIT_OK);
}

Test(oaep, range_is_above_one_and_below_the_modulus)
{
    uint8_t block[256] = { 0 };
    cr_assert_eq(vit_oaep_in_range(block, key->modulus), 0);
    block[255] = 1;
    cr_assert_eq(vit_oaep_in_range(block, key->modulus), 0);
    block[255] = 2;
    cr_assert_eq(vit_oaep_in_range(block, key->modulus), UINT_MAX);
    memcpy(block, key->modulus, 256);
    cr_assert_eq(vit_oaep_in_range(block, key->modulus), 0);
    block[255] ^= 1; /* the modulus is odd */
    cr_assert_eq(vit_oaep_in_range(block, key->modulus), UINT_MAX);
    memset(block, 0xff, 256);
    cr_assert_eq(vit_oaep_in_range(block, key->modulus), 0);
    for (size_t i = 0; i < 255; i++) {
        memset(block, 0, 256);
        block[i] = 1;
        cr_assert_eq(vit_oaep_in_range(block, key->modulus), UINT_MAX, "byte %zu", i);
    }
}

Test(oaep, range_agrees_with_big_numbers)
{
    BIGNUM *modulus = BN_bin2bn(key->modulus, 256, NULL);
    for (int round = 0; round < 2000; round++) {
        uint8_t block[256];
        cr_assert_eq(vit_random(block, sizeof(block)), VIT_OK);
        memcpy(block, key->modulus, (size_t)round % 256);
        BIGNUM *number = BN_bin2bn(block, 256, NULL);
        cr_assert_eq(vit_oaep_in_range(block, key->modulus) != 0, BN_cmp(number, modulus) < 0);
        BN_free(number);
    }
    BN_free(modulus);
}

Test(oaep, substitute_is_in_range)
{
    cr_assert_eq(vit_oaep_in_range(key->substitute, key->modulus), UINT_MAX);
}

/* What decode() makes of an encoded message. */
struct decoded {
    unsigned good;
    uint8_t plaintext[VIT_OAEP_MAX_LEN];
    size_t len;
};

/* Applies the private key to a block and leaves the encoded message. */
static void raw_decrypt(const uint8_t block[256], uint8_t encoded[256])
{
    size_t len = 256;
    cr_assert_eq(vit_oaep_prepare(key, public, true), VIT_OK);
    cr_assert_eq(EVP_PKEY_decrypt(key->ctx, encoded, &len, block, 256), 1);
    cr_assert_eq(len, 256);
}

static struct decoded decode(const uint8_t encoded[256])
{
    struct decoded decoded = { .len = 77 };
    uint8_t copy[256];
    memcpy(copy, encoded, sizeof(copy));
    memset(decoded.plaintext, 0xee, sizeof(decoded.plaintext));
    decoded.good = vit_oaep_decode(key->md_ctx, key->sha512, copy, decoded.plaintext, &decoded.len);
    return decoded;
}

Test(oaep_decode, takes_a_good_message_and_no_changed_one, .init = open_keys, .fini = close_keys)
{
    uint8_t block[256];
    uint8_t encoded[256];
    cr_assert_eq(vit_oaep_wrap(public, "sixteen letters.", 16, block), VIT_OK);
    raw_decrypt(block, encoded);
    struct decoded decoded = decode(encoded);
    cr_assert_eq(decoded.good, UINT_MAX);
    cr_assert_eq(decoded.len, 16);
    cr_assert_eq(memcmp(decoded.plaintext, "sixteen letters.", 16), 0);
    cr_assert(is_zero(decoded.plaintext + 16, VIT_OAEP_MAX_LEN - 16));

    for (unsigned at = 0; at < 240; at++) { /* behind it is the message, which is not padding */
        encoded[at] ^= (uint8_t)(1 << at % 8);
        decoded = decode(encoded);
        cr_assert_eq(decoded.good, 0, "byte %u", at);
        cr_assert_eq(decoded.len, 0);
        cr_assert(is_zero(decoded.plaintext, VIT_OAEP_MAX_LEN));
        encoded[at] ^= (uint8_t)(1 << at % 8);
    }
}

Test(oaep_decode, refuses_what_the_vectors_say, .init = open_keys, .fini = close_keys)
{
    struct vectors *vectors = vectors_load("exchange.txt");
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t block[256];
        uint8_t encoded[256];
        vector_exact(vector, "block", block, sizeof(block));
        if (vit_oaep_in_range(block, key->modulus) == 0) {
            continue;
        }
        raw_decrypt(block, encoded);
        struct decoded decoded = decode(encoded);
        cr_assert_eq(decoded.good != 0, vector_is_good(vector), "%s", vector_text(vector, "name"));
        cr_assert(decoded.good != 0 || decoded.len == 0, "%s", vector_text(vector, "name"));
    }
    vectors_free(vectors);
}

Test(oaep_decode, failing_digest_is_a_refusal, .init = open_keys, .fini = close_keys)
{
    uint8_t block[256];
    uint8_t encoded[256];
    uint8_t plaintext[VIT_OAEP_MAX_LEN];
    size_t len = 77;
    cr_assert_eq(vit_oaep_wrap(public, "sixteen letters.", 16, block), VIT_OK);
    raw_decrypt(block, encoded);
    EVP_MD_CTX *unprepared = EVP_MD_CTX_new();
    cr_assert_eq(vit_oaep_decode(unprepared, NULL, encoded, plaintext, &len), 0);
    cr_assert_eq(len, 0);
    EVP_MD_CTX_free(unprepared);
    ERR_clear_error();
}
