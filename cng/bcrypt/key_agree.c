/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/key_agree.h"

#include <stdlib.h>

struct vit_bcrypt_agree_key *vit_bcrypt_agree_key_of(struct vit_bcrypt_key *key)
{
    bool agrees = key->family == &vit_bcrypt_ecc_family || key->family == &vit_bcrypt_dh_family;
    return agrees ? (struct vit_bcrypt_agree_key *)key : NULL;
}

void *vit_bcrypt_agree_key_new(size_t size, const struct vit_bcrypt_key_family *family,
        struct vit_bcrypt_provider *provider)
{
    struct vit_bcrypt_agree_key *key = calloc(1, size);
    if (key != NULL) {
        vit_bcrypt_key_init(&key->base, family, provider);
    }
    return key;
}

void vit_bcrypt_agree_key_set(struct vit_bcrypt_agree_key *key, struct vit_agree_key *agree)
{
    key->agree = agree;
    key->base.private = vit_agree_key_is_private(agree);
}
