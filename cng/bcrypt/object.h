/* SPDX-License-Identifier: MIT */
/* Kinds of objects whose properties BCryptGetProperty and BCryptSetProperty reach. */
#ifndef CNG_BCRYPT_OBJECT_H
#define CNG_BCRYPT_OBJECT_H

#include "cng/bcrypt/reply.h"
#include "cng/handle.h"

/* base first; every kind with a handle in this library is one. */
struct vit_bcrypt_kind {
    struct vit_object_kind base;
    /* Both lock what they need; STATUS_NOT_SUPPORTED: no such property. Buffers were checked. */
    NTSTATUS (*get_property)(struct vit_object *object, LPCWSTR name,
            const struct vit_bcrypt_room *room);
    NTSTATUS (*set_property)(struct vit_object *object, LPCWSTR name, const UCHAR *bytes,
            ULONG len);
};

/* Tags of the kinds, see cng/handle.h; key storage begins at 0x11. */
enum {
    VIT_BCRYPT_TAG_PROVIDER = 1,
    VIT_BCRYPT_TAG_KEY = 2,
    VIT_BCRYPT_TAG_HASH = 3,
    VIT_BCRYPT_TAG_SECRET = 4,
};

extern const struct vit_bcrypt_kind vit_bcrypt_provider_kind; /* provider.c */
extern const struct vit_bcrypt_kind vit_bcrypt_key_kind;      /* key.c */
extern const struct vit_bcrypt_kind vit_bcrypt_hash_kind;     /* hash.c */
extern const struct vit_bcrypt_kind vit_bcrypt_secret_kind;   /* secret.c */

#endif
