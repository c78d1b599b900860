/* SPDX-License-Identifier: MIT */
/* What crypto/ and certs/ share of a key: the OpenSSL object. Nobody else includes this. */
#ifndef CRYPTO_KEY_OSSL_H
#define CRYPTO_KEY_OSSL_H

#include <openssl/evp.h>

#include "crypto/key.h"

/* Takes a reference. @return VIT_E_UNSUPPORTED unless RSA with exactly 2048 bits and a sane exponent */
VIT_RESULT vit_public_key_wrap(EVP_PKEY *pkey, struct vit_public_key **key);
/* Borrowed. */
EVP_PKEY *vit_public_key_pkey(const struct vit_public_key *key);
EVP_PKEY *vit_private_key_pkey(const struct vit_private_key *key);

#endif
