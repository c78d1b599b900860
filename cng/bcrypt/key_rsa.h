/* SPDX-License-Identifier: MIT */
/* The blobs of RSA keys, and the key itself. Only cng/bcrypt/key_rsa*.c include this. */
#ifndef CNG_BCRYPT_KEY_RSA_H
#define CNG_BCRYPT_KEY_RSA_H

#include "cng/bcrypt/key.h"
#include "crypto/rsa.h"

struct vit_bcrypt_rsa_key {
    struct vit_bcrypt_key base;
    ULONG bits; /* asked for; until final */
    struct vit_rsa *rsa;
};

static inline struct vit_bcrypt_rsa_key *vit_bcrypt_rsa_key_of(struct vit_bcrypt_key *key)
{
    return (struct vit_bcrypt_rsa_key *)key;
}

static inline const struct vit_rsa *vit_bcrypt_rsa_of(const struct vit_bcrypt_key *key)
{
    return ((const struct vit_bcrypt_rsa_key *)key)->rsa;
}

/* STATUS_NOT_SUPPORTED: no such type of blob; else what the blob deserves. */
NTSTATUS vit_bcrypt_rsa_read(LPCWSTR type, const UCHAR *bytes, ULONG len, struct vit_rsa **rsa);
NTSTATUS vit_bcrypt_rsa_read_legacy(const UCHAR *bytes, ULONG len, struct vit_rsa **rsa);
NTSTATUS vit_bcrypt_rsa_write(const struct vit_rsa *rsa, LPCWSTR type,
        const struct vit_bcrypt_room *room);

#endif
