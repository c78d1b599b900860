/* SPDX-License-Identifier: MIT */
/* What key_ecc.c and blob_ecc.c share. */
#ifndef CNG_BCRYPT_KEY_ECC_H
#define CNG_BCRYPT_KEY_ECC_H

#include "cng/bcrypt/key_agree.h"
#include "crypto/curve.h"

struct vit_bcrypt_ecc_key {
    struct vit_bcrypt_agree_key base;
    const struct vit_curve *curve; /* NULL: to be named before the key is finalized */
    bool generic;                  /* of "ECDH" or "ECDSA", which tell in their blobs */
};

/* Is it "ECDH" or "ECDSA", whose curve must be named? */
bool vit_bcrypt_ecc_is_generic(const struct vit_bcrypt_provider *provider);
/* Do its keys sign, or agree? */
bool vit_bcrypt_ecc_signs(const struct vit_bcrypt_provider *provider);
/* Has it such curves? curve25519 does not sign. */
bool vit_bcrypt_ecc_takes(const struct vit_bcrypt_provider *provider,
        const struct vit_curve *curve);
/* NULL: not named yet. Takes the provider's lock. */
const struct vit_curve *vit_bcrypt_ecc_curve(struct vit_bcrypt_provider *provider);

/* Takes agree. */
NTSTATUS vit_bcrypt_ecc_adopt(struct vit_bcrypt_provider *provider, struct vit_agree_key *agree,
        struct vit_bcrypt_key **key);

/* Slots of the family. */
NTSTATUS vit_blob_ecc_import(struct vit_bcrypt_provider *provider, LPCWSTR type, const UCHAR *bytes,
        ULONG len, ULONG flags, struct vit_bcrypt_key **key);
NTSTATUS vit_blob_ecc_export(const struct vit_bcrypt_key *key, LPCWSTR type,
        const struct vit_bcrypt_room *room);

/* magic_ecc.c: the first words of blobs. The curve of a short blob, which provider and magic must
 * agree on; NULL: they do not. */
const struct vit_curve *vit_magic_ecc_curve(struct vit_bcrypt_provider *provider, ULONG magic,
        bool private);
/* May a full blob of this curve begin so? */
bool vit_magic_ecc_fits(const struct vit_bcrypt_provider *provider, ULONG magic,
        const struct vit_curve *curve, bool private);
/* Of a full blob, and of a short one. */
ULONG vit_magic_ecc_generic(const struct vit_bcrypt_provider *provider, bool private);
ULONG vit_magic_ecc_of(const struct vit_bcrypt_ecc_key *key, bool private);

/* The value of BCRYPT_ECC_PARAMETERS. Only curves of the table are taken: whoever brings a generator
 * of his own knows secrets of those who trust it. */
NTSTATUS vit_blob_ecc_put_parameters(const struct vit_curve *curve,
        const struct vit_bcrypt_room *room);
NTSTATUS vit_blob_ecc_find_parameters(const UCHAR *bytes, ULONG len,
        const struct vit_curve **curve);

#endif
