/* SPDX-License-Identifier: MIT */
/* Properties of keys: property.c knows which there are, the others what they do. */
#ifndef CNG_KSP_PROPERTY_H
#define CNG_KSP_PROPERTY_H

#include "cng/ksp/key.h"

/* Under the key's lock; nothing that takes long. */
typedef SECURITY_STATUS vit_ksp_get_fn(const struct vit_ksp_key *key,
        const struct vit_ksp_room *room);
/* Under the key's changing. */
typedef SECURITY_STATUS vit_ksp_set_fn(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags);

/* property_policy.c */
vit_ksp_get_fn vit_ksp_get_ui_policy, vit_ksp_get_export_policy, vit_ksp_get_usage;
vit_ksp_set_fn vit_ksp_set_ui_policy, vit_ksp_set_export_policy, vit_ksp_set_usage;
/* property_group.c: what a pair is made with */
vit_ksp_get_fn vit_ksp_get_lengths;
vit_ksp_set_fn vit_ksp_set_length, vit_ksp_set_group, vit_ksp_set_curve, vit_ksp_set_curve_numbers;
/* property_custom.c: by names of the application's own */
SECURITY_STATUS vit_ksp_get_custom(const struct vit_ksp_key *key, LPCWSTR name, DWORD flags,
        const struct vit_ksp_room *room);
SECURITY_STATUS vit_ksp_set_custom(struct vit_ksp_key *key, LPCWSTR name, const uint8_t *bytes,
        DWORD len, DWORD flags);

/* Stores what the attributes are to be, which borrow; nothing to do for a key that is not stored. */
SECURITY_STATUS vit_ksp_key_update(struct vit_ksp_key *key, struct vit_ksp_attributes next,
        DWORD flags);

/* NTE_INVALID_PARAMETER: not of that size. */
SECURITY_STATUS vit_ksp_dword_of(const uint8_t *bytes, DWORD len, DWORD *value);

/* Is there something in the store that has to follow what attributes say? */
static inline bool vit_ksp_key_is_stored(const struct vit_ksp_key *key)
{
    return vit_ksp_key_is_named(key) && vit_ksp_key_is_final(key) && key->material != NULL;
}

#endif
