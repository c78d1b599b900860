/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/key_impl.h"
#include "crypto/oaep.h"
#include "tests/crypto/token.h"
#include "tests/vectors/vectors.h"

static enum vit_status open_in(struct token *token, const char *name, struct vit_private_key **key)
{
    OSSL_LIB_CTX *libctx;
    EVP_PKEY *pkey;
    token_open(token, vectors_key(name), &libctx, &pkey);
    enum vit_status status = vit_private_key_adopt(libctx, pkey, key);
    ERR_clear_error();
    return status;
}

static struct vit_private_key *open_good(struct token *token)
{
    struct vit_private_key *key = NULL;
    cr_assert_eq(open_in(token, "rsa2048.pem", &key), VIT_OK);
    return key;
}

static void assert_as_the_vector(struct vit_private_key *key, const struct vector *vector)
{
    uint8_t block[256];
    uint8_t expected[VIT_OAEP_MAX_LEN];
    uint8_t plaintext[VIT_OAEP_MAX_LEN];
    size_t len = 77;
    const char *name = vector_text(vector, "name");
    vector_exact(vector, "block", block, sizeof(block));
    enum vit_status status = vit_oaep_unwrap(key, block, plaintext, 0, VIT_OAEP_MAX_LEN, &len);
    cr_assert_eq(status, vector_is_good(vector) ? VIT_OK : VIT_E_REFUSED, "%s", name);
    if (status == VIT_OK) {
        cr_assert_eq(len, vector_bytes(vector, "plaintext", expected, sizeof(expected)), "%s",
                name);
        cr_assert_eq(memcmp(plaintext, expected, len), 0, "%s", name);
    }
    cr_assert_eq(ERR_peek_error(), 0);
}

/* Whatever the block is: the right answer, and one whole private-key operation for it. */
static void check_vectors(struct token *token, bool raw)
{
    VIT_AUTO(private_key) key = open_good(token);
    cr_assert_eq(key->operation->raw, raw);
    struct vectors *vectors = vectors_load("exchange.txt");
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        token->operation_count = 0;
        assert_as_the_vector(key, vectors_get(vectors, i));
        cr_assert_eq(token->operation_count, 1, "%s", vector_text(vectors_get(vectors, i), "name"));
    }
    vectors_free(vectors);
}

Test(token, that_pads_does_one_operation_for_every_block)
{
    struct token token = { .skill = TOKEN_PADS };
    check_vectors(&token, false);
}

Test(token, that_declines_oaep_is_used_raw_with_one_operation_for_every_block)
{
    struct token token = { .skill = TOKEN_DECLINES };
    check_vectors(&token, true);
}

Test(token, that_fails_at_oaep_is_used_raw)
{
    struct token token = { .skill = TOKEN_DISAPPOINTS };
    check_vectors(&token, true);
}

Test(token, that_fails_later_is_told_from_a_bad_block)
{
    struct token token = { .skill = TOKEN_DECLINES };
    VIT_AUTO(private_key) key = open_good(&token);
    uint8_t block[256] = { 5 };
    uint8_t plaintext[16];
    size_t len = 77;
    memset(plaintext, 0xee, sizeof(plaintext));
    token.broken = true;
    cr_assert_eq(vit_oaep_unwrap(key, block, plaintext, 16, 16, &len), VIT_E_IO);
    cr_assert_eq(len, 77);
    cr_assert_eq(plaintext[0] | plaintext[15], 0);
    cr_assert_eq(ERR_peek_error(), 0);
    token.broken = false;
    cr_assert_eq(vit_oaep_unwrap(key, block, plaintext, 16, 16, &len), VIT_E_REFUSED);
}

Test(token, that_never_works_is_unsupported)
{
    struct token token = { .skill = TOKEN_PADS, .broken = true };
    struct vit_private_key *key = NULL;
    cr_assert_eq(open_in(&token, "rsa2048.pem", &key), VIT_E_UNSUPPORTED);
    cr_assert_null(key);
}

Test(token, with_another_size_of_key_is_unsupported)
{
    struct token token = { .skill = TOKEN_PADS };
    struct vit_private_key *key = NULL;
    cr_assert_eq(open_in(&token, "rsa3072.pem", &key), VIT_E_UNSUPPORTED);
    cr_assert_eq(token.operation_count, 0);
}
