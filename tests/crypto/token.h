/* SPDX-License-Identifier: MIT */
/**
 * A token as an OpenSSL provider: it holds one RSA key, knows as much padding as it is told to, and
 * counts what its private key does.
 */
#ifndef TESTS_CRYPTO_TOKEN_H
#define TESTS_CRYPTO_TOKEN_H

#include <openssl/evp.h>
#include <stdbool.h>

enum token_skill {
    TOKEN_PADS,        /* OAEP with any hash */
    TOKEN_DECLINES,    /* refuses the parameters of OAEP */
    TOKEN_DISAPPOINTS, /* takes them and fails when it comes to the block */
};

struct token {
    enum token_skill skill;
    bool broken; /* every private-key operation fails */
    unsigned operation_count;
    unsigned shortcut_count; /* of these: of 0, 1, or a number not below the modulus */
};

/* A library context with nothing but the token in it, and the key of the PEM file. */
void token_open(struct token *token, const char *path, OSSL_LIB_CTX **libctx, EVP_PKEY **pkey);

#endif
