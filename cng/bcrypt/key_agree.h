/* SPDX-License-Identifier: MIT */
/* What a secret agreement sees of ECC and DH keys. */
#ifndef CNG_BCRYPT_KEY_AGREE_H
#define CNG_BCRYPT_KEY_AGREE_H

#include "cng/bcrypt/key.h"
#include "crypto/agree.h"

/* First member of ECC and DH keys. */
struct vit_bcrypt_agree_key {
    struct vit_bcrypt_key base;
    struct vit_agree_key *agree; /* NULL until final */
};

/* NULL: a key of another family. */
struct vit_bcrypt_agree_key *vit_bcrypt_agree_key_of(struct vit_bcrypt_key *key);

/* A key that is not final, of size bytes, the family's own type. NULL: no memory. */
void *vit_bcrypt_agree_key_new(size_t size, const struct vit_bcrypt_key_family *family,
        struct vit_bcrypt_provider *provider);

/* Gives it its value; takes agree. */
void vit_bcrypt_agree_key_set(struct vit_bcrypt_agree_key *key, struct vit_agree_key *agree);

#endif
