/* SPDX-License-Identifier: MIT */
/* The inside of an RSA key. Only crypto/rsa*.c include this. */
#ifndef CRYPTO_RSA_IMPL_H
#define CRYPTO_RSA_IMPL_H

#include <openssl/evp.h>

#include "crypto/rsa.h"

struct vit_rsa {
    EVP_PKEY *pkey;
    bool private;
};

VIT_DEFINE_AUTO(pkey_ctx, EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

#endif
