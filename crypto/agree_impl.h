/* SPDX-License-Identifier: MIT */
/* The inside of an agreement key. Only crypto/agree.c, curve.c and dh.c include this. */
#ifndef CRYPTO_AGREE_IMPL_H
#define CRYPTO_AGREE_IMPL_H

#include <openssl/evp.h>
#include <pthread.h>

#include "crypto/agree.h"

/* The prepared operation serves one call at a time; a call that finds it taken makes its own. */
struct vit_agree_key {
    EVP_PKEY *pkey;
    const void
            *group; /* keys of two groups cannot agree; NULL: ask OpenSSL, which compares numbers */
    const void *named; /* what the group was called by: the module that made the key knows */
    size_t len;
    bool is_private;
    pthread_mutex_t lock;
    EVP_PKEY_CTX *ctx; /* of private keys */
};

/* Takes pkey, on failure too. */
VIT_RESULT vit_agree_key_adopt(EVP_PKEY *pkey, size_t len, bool is_private,
        struct vit_agree_key **key);

#endif
