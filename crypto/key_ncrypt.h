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

struct vit_ncrypt_asking {
    vit_passphrase_fn *ask;    /* NULL: nobody */
    vit_passphrase_fn *choose; /* for a new secret; NULL: nobody */
    void *context;
};

/* vit_private_key_open_or_tell(), _look() and _make() of such a URI. */
VIT_RESULT vit_ncrypt_key_open(const char *uri, const struct vit_ncrypt_asking *asking,
        struct vit_private_key **key, const char **reason);
VIT_RESULT vit_ncrypt_key_look(const char *uri, const char **reason);
VIT_RESULT vit_ncrypt_key_make(const char *uri, bool replace,
        const struct vit_ncrypt_asking *asking, struct vit_private_key **key, const char **reason);

#endif
