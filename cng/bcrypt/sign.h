/* SPDX-License-Identifier: MIT */
/* What a family of keys brings that sign. sign.c checks handles and places. */
#ifndef CNG_BCRYPT_SIGN_H
#define CNG_BCRYPT_SIGN_H

#include "cng/bcrypt/key.h"

struct vit_bcrypt_signer {
    /* Bytes of a signature. */
    size_t (*len)(const struct vit_bcrypt_key *key);
    /* padding and flags as the application gave them. digest may be NULL: then it is refused, in its
     * turn. signature has room for len(). */
    NTSTATUS (*sign)(const struct vit_bcrypt_key *key, const VOID *padding, ULONG flags,
            const UCHAR *digest, ULONG digest_len, UCHAR *signature);
    /* STATUS_INVALID_SIGNATURE: of any length. */
    NTSTATUS (*verify)(const struct vit_bcrypt_key *key, const VOID *padding, ULONG flags,
            const UCHAR *digest, ULONG digest_len, const UCHAR *signature, ULONG signature_len);
};

extern const struct vit_bcrypt_signer vit_bcrypt_rsa_signer;   /* sign_rsa.c */
extern const struct vit_bcrypt_signer vit_bcrypt_ecdsa_signer; /* sign_ecdsa.c */

/* STATUS_INVALID_SIGNATURE for what does not verify; the rest as everywhere. */
NTSTATUS vit_bcrypt_sign_status(enum vit_status status);

#endif
