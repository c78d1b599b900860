/* SPDX-License-Identifier: MIT */
/**
 * Private keys in CNG key storage. The library for it is loaded at the first key that is there, so
 * that nobody else needs it; it does the RSA operation, and the padding is checked by crypto/oaep.
 * Only files of crypto/ and their tests include this.
 */
#ifndef CRYPTO_KEY_NCRYPT_H
#define CRYPTO_KEY_NCRYPT_H

#include "crypto/key.h"

bool vit_ncrypt_is_uri(const char *uri);

/* vit_private_key_open() of such a URI. */
VIT_RESULT vit_ncrypt_key_open(const char *uri, vit_passphrase_fn *ask, void *context,
        struct vit_private_key **key);

#endif
