/* SPDX-License-Identifier: MIT */
/* What two keys agreed on. Lies in secret memory as a whole. */
#ifndef CNG_BCRYPT_SECRET_H
#define CNG_BCRYPT_SECRET_H

#include "cng/bcrypt/provider.h"
#include "cng/derive/derive.h"

struct vit_bcrypt_secret {
    struct vit_object base;
    struct vit_bcrypt_provider *provider; /* a reference: the private key's */
    struct vit_derive_secret derive;
    uint8_t z[];
};

struct vit_bcrypt_secret *vit_bcrypt_secret_get(BCRYPT_SECRET_HANDLE handle);
void vit_bcrypt_secret_unref(struct vit_bcrypt_secret *secret);
VIT_DEFINE_AUTO(bcrypt_secret, struct vit_bcrypt_secret *, vit_bcrypt_secret_unref)

#endif
