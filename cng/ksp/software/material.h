/* SPDX-License-Identifier: MIT */
/**
 * The private half of a key, as this provider has it while it is in use: a key of BCrypt; or, when the
 * key has a passphrase of its own, the locked blob, which becomes a key of BCrypt for one operation.
 */
#ifndef CNG_KSP_SOFTWARE_MATERIAL_H
#define CNG_KSP_SOFTWARE_MATERIAL_H

#include "cng/ksp/software/record.h"
#include "cng/ksp/software/store.h"

struct vit_ksp_material {
    struct vit_ksp_attributes attributes; /* as they were when it was made or found */
    uint8_t id[VIT_RECORD_ID_LEN];
    BCRYPT_KEY_HANDLE key; /* NULL: wrapped */
    uint8_t *wrapped;
    size_t wrapped_len;
    uint8_t *public_blob;
    size_t public_len;
    struct vit_kdf *kdf; /* of a wrapped one */
};

/* NULL is fine. */
void vit_soft_material_destroy(struct vit_ksp_material *material);
VIT_DEFINE_AUTO(soft_material, struct vit_ksp_material *, vit_soft_material_destroy)

/* Of a pair of BCrypt, which it takes, also when it fails. */
SECURITY_STATUS vit_soft_material_create(BCRYPT_KEY_HANDLE key,
        const struct vit_ksp_attributes *attributes, struct vit_ksp_material **material);
/* The private half is behind a passphrase from now on, which is asked for. */
SECURITY_STATUS vit_soft_material_wrap(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt);
/* Of what a store had. */
SECURITY_STATUS vit_soft_material_restore(const struct vit_record *record,
        struct vit_ksp_material **material);

/* What a store is to keep of it, with these attributes; the private blob is in blob when it is not
 * wrapped. The record borrows everything. */
SECURITY_STATUS vit_soft_material_record(const struct vit_ksp_material *material,
        const struct vit_ksp_attributes *attributes, struct vit_soft_bytes *blob,
        struct vit_record *record);

/* Slots of the backend. */
SECURITY_STATUS vit_soft_public_blob(struct vit_ksp_material *material, uint8_t *blob,
        DWORD capacity, DWORD *len);
SECURITY_STATUS vit_soft_private_blob(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, LPCWSTR type, uint8_t *blob, DWORD capacity,
        DWORD *len);
SECURITY_STATUS vit_soft_decrypt(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, void *padding, ULONG flags, const uint8_t *in,
        DWORD in_len, uint8_t *out, DWORD capacity, DWORD *len);
SECURITY_STATUS vit_soft_sign(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, void *padding, ULONG flags, const uint8_t *hash,
        DWORD hash_len, uint8_t *out, DWORD capacity, DWORD *len);
SECURITY_STATUS vit_soft_agree(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, BCRYPT_KEY_HANDLE peer, uint8_t *z, size_t *len);

#endif
