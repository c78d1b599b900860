/* SPDX-License-Identifier: MIT */
/* What two keys agreed on. Lies in secret memory as a whole. */
#ifndef CNG_BCRYPT_SECRET_H
#define CNG_BCRYPT_SECRET_H

#include <pthread.h>

#include "cng/bcrypt/provider.h"
#include "crypto/curve.h"
#include "crypto/kdf.h"

struct vit_bcrypt_secret {
    struct vit_object base;
    struct vit_bcrypt_provider *provider; /* a reference: the private key's */
    const struct vit_curve *curve;        /* NULL: a finite field */

    pthread_mutex_t lock; /* of what HKDF is told by properties, down to prk */
    bool hkdf_named;
    bool hkdf_final;
    enum vit_hash_id hkdf_hash;
    size_t prk_len; /* 0: the secret itself */
    uint8_t prk[VIT_HASH_MAX_LEN];

    size_t len;
    uint8_t z[]; /* of full length, big-endian; of curve25519 as RFC 7748 has it */
};

struct vit_bcrypt_secret *vit_bcrypt_secret_get(BCRYPT_SECRET_HANDLE handle);
void vit_bcrypt_secret_unref(struct vit_bcrypt_secret *secret);
VIT_DEFINE_AUTO(bcrypt_secret, struct vit_bcrypt_secret *, vit_bcrypt_secret_unref)

/* Of the process; NULL: no memory. */
struct vit_kdf *vit_bcrypt_kdf(void);

/* The hash that len bytes of UTF-16 name, with a NUL behind it or not. */
NTSTATUS vit_bcrypt_hash_of_name(const void *name, size_t len, enum vit_hash_id *hash);

#endif
