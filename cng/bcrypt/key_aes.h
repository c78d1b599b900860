/* SPDX-License-Identifier: MIT */
/* What key_aes.c, encrypt_aes.c and encrypt_auth.c share. */
#ifndef CNG_BCRYPT_KEY_AES_H
#define CNG_BCRYPT_KEY_AES_H

#include "cng/bcrypt/encrypt.h"
#include "cng/bcrypt/key_symmetric.h"
#include "crypto/aes.h"

/* What a key does until it is told otherwise. */
struct vit_bcrypt_aes_settings {
    enum vit_bcrypt_chaining chaining;
    ULONG message_block;         /* of CFB: 1, or a block */
    UCHAR iv[VIT_AES_BLOCK_LEN]; /* where an application gives none */
};

struct vit_bcrypt_aes_key {
    struct vit_bcrypt_symmetric_key base;
    struct vit_bcrypt_aes_settings settings; /* under the key's lock */
};

static inline struct vit_aes_key vit_bcrypt_aes_of(const struct vit_bcrypt_key *key)
{
    const struct vit_bcrypt_symmetric_key *symmetric = (const struct vit_bcrypt_symmetric_key *)key;
    return (struct vit_aes_key){ symmetric->bytes, symmetric->len };
}

/* encrypt_auth.c: GCM, CCM, and GMAC, which is GCM without data. */
NTSTATUS vit_bcrypt_aes_seal(const struct vit_bcrypt_key *key, enum vit_bcrypt_chaining chaining,
        const struct vit_bcrypt_crypt *crypt);
NTSTATUS vit_bcrypt_aes_open(const struct vit_bcrypt_key *key, enum vit_bcrypt_chaining chaining,
        const struct vit_bcrypt_crypt *crypt);

#endif
