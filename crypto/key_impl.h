/* SPDX-License-Identifier: MIT */
/* The inside of a private key. Only crypto/key.c, crypto/oaep.c and their tests include this. */
#ifndef CRYPTO_KEY_IMPL_H
#define CRYPTO_KEY_IMPL_H

#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>

#include "crypto/key.h"
#include "crypto/oaep.h"

/**
 * Everything an unwrap needs is prepared when the key is opened. The operation context serves one
 * call at a time, which the lock sees to; so several threads may share a key, and take turns.
 */
struct vit_private_key {
    OSSL_LIB_CTX *libctx; /* with the providers that the default configuration asks for */
    EVP_PKEY *pkey;
    pthread_mutex_t lock;
    EVP_PKEY_CTX *ctx;
    bool raw; /* the provider does RSA only; the padding is checked here */
    EVP_MD *sha512;
    EVP_MD_CTX *md_ctx;
    uint8_t modulus[VIT_OAEP_BLOCK_LEN];
    uint8_t substitute[VIT_OAEP_BLOCK_LEN]; /* stands in for a block that is not in range */
};

struct vit_public_key {
    EVP_PKEY *pkey;
};

/* Checks and prepares a key that was found somewhere. Takes libctx and pkey, on failure too. */
VIT_RESULT vit_private_key_adopt(OSSL_LIB_CTX *libctx, EVP_PKEY *pkey,
        struct vit_private_key **key);

/* Prepares the operation, raw or not, and proves it by unwrapping one block made with public.
 * Whatever fails: this key cannot be used so. */
VIT_RESULT vit_oaep_prepare(struct vit_private_key *key, const struct vit_public_key *public,
        bool raw);

/* All of vit_oaep_unwrap()'s rules on a block's value: all ones when 1 < block < modulus, else 0. */
unsigned vit_oaep_in_range(const uint8_t block[VIT_OAEP_BLOCK_LEN],
        const uint8_t modulus[VIT_OAEP_BLOCK_LEN]);

#endif
