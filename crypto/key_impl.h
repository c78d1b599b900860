/* SPDX-License-Identifier: MIT */
/* The inside of a private key. Only crypto/key*.c, crypto/oaep.c and their tests include this. */
#ifndef CRYPTO_KEY_IMPL_H
#define CRYPTO_KEY_IMPL_H

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>

#include "crypto/key.h"
#include "crypto/oaep.h"

/* Who has the private half, and what is asked of it. */
struct vit_key_operation {
    bool raw; /* it does RSA only; the padding is checked here */
    /* block is below the modulus; out has room for VIT_OAEP_BLOCK_LEN bytes. Called by one thread at
     * a time. @return 1: done; anything else: not, in the time that a block with bad padding takes */
    int (*decrypt)(struct vit_private_key *key, const uint8_t *block, uint8_t *out, size_t *len);
    void (*finish)(struct vit_private_key *key);
};

/**
 * Everything an unwrap needs is prepared when the key is opened. The operation context serves one
 * call at a time, which the lock sees to; so several threads may share a key, and take turns.
 */
struct vit_private_key {
    OSSL_LIB_CTX *libctx; /* with the providers that the default configuration asks for */
    EVP_PKEY *pkey;       /* both halves, or only the public one */
    pthread_mutex_t lock;
    const struct vit_key_operation *operation;
    EVP_PKEY_CTX *ctx;             /* of operations with OpenSSL */
    struct vit_ncrypt_key *ncrypt; /* of operations with key storage */
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

/* The same for a private half that is elsewhere: made is empty but for operation and what belongs to
 * that, and goes to *key or is destroyed; pkey is its public half, taken too. */
VIT_RESULT vit_private_key_adopt_public(struct vit_private_key *made, EVP_PKEY *pkey,
        struct vit_private_key **key);

/* Empty; NULL: no memory. */
struct vit_private_key *vit_private_key_new(void);

/* RSA with this modulus and this exponent. NULL: it cannot be made. */
EVP_PKEY *vit_rsa_public_pkey(BIGNUM *modulus, BIGNUM *exponent);

/* Prepares the operation, raw or not, and proves it by unwrapping one block made with public.
 * Whatever fails: this key cannot be used so. */
VIT_RESULT vit_oaep_prepare(struct vit_private_key *key, const struct vit_public_key *public,
        bool raw);

/* That of the operation that is there. */
VIT_RESULT vit_oaep_prove(struct vit_private_key *key, const struct vit_public_key *public);

/* All of vit_oaep_unwrap()'s rules on a block's value: all ones when 1 < block < modulus, else 0. */
unsigned vit_oaep_in_range(const uint8_t block[VIT_OAEP_BLOCK_LEN],
        const uint8_t modulus[VIT_OAEP_BLOCK_LEN]);

#endif
