/* SPDX-License-Identifier: MIT */
#ifndef APP_CIPHER_H
#define APP_CIPHER_H

#include "base/secret.h"
#include "crypto/cipher.h"

struct vitrine_cipher {
    struct vit_slab *slab;
    struct vit_cipher *cipher;
};

#endif
