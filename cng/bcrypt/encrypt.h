/* SPDX-License-Identifier: MIT */
/* What a family of keys brings that encrypt. encrypt.c checks handles and places. */
#ifndef CNG_BCRYPT_ENCRYPT_H
#define CNG_BCRYPT_ENCRYPT_H

#include "cng/bcrypt/key.h"

/* What both functions are called with. */
struct vit_bcrypt_crypt {
    const UCHAR *input; /* never NULL with a length; may be touched */
    ULONG len;
    VOID *padding; /* as the application gave it, like iv and flags */
    UCHAR *iv;
    ULONG iv_len;
    ULONG flags;
    struct vit_bcrypt_room room; /* checked */
};

struct vit_bcrypt_encryptor {
    NTSTATUS (*encrypt)(struct vit_bcrypt_key *key, const struct vit_bcrypt_crypt *crypt);
    NTSTATUS (*decrypt)(struct vit_bcrypt_key *key, const struct vit_bcrypt_crypt *crypt);
};

extern const struct vit_bcrypt_encryptor vit_bcrypt_rsa_encryptor; /* encrypt_rsa.c */
extern const struct vit_bcrypt_encryptor vit_bcrypt_aes_encryptor; /* encrypt_aes.c */

#endif
