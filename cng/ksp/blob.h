/* SPDX-License-Identifier: MIT */
/* Which key a blob of BCrypt holds, by its type and its first word. */
#ifndef CNG_KSP_BLOB_H
#define CNG_KSP_BLOB_H

#include "cng/ksp/algorithm.h"

struct vit_ksp_blob {
    const struct vit_ksp_algorithm *algorithm;
    bool private;
    bool needs_curve; /* neither type nor magic says which */
};

/**
 * @return NTE_NOT_SUPPORTED      no such type
 *         NTE_BAD_DATA           too short for a magic
 *         NTE_INVALID_PARAMETER  a magic that does not go with the type
 */
SECURITY_STATUS vit_ksp_blob_read(LPCWSTR type, const uint8_t *bytes, DWORD len,
        struct vit_ksp_blob *blob);

/* How keys go into a type. */
enum vit_ksp_blob_use { VIT_KSP_BLOB_NONE, VIT_KSP_BLOB_PUBLIC, VIT_KSP_BLOB_PRIVATE };

/* Into which of them a key of this algorithm goes by export; NONE: into none. */
enum vit_ksp_blob_use vit_ksp_blob_export_use(const struct vit_ksp_algorithm *algorithm,
        LPCWSTR type);
bool vit_ksp_blob_is_type(LPCWSTR type);

/* What backends import of private keys: the type, by algorithm. */
LPCWSTR vit_ksp_blob_private_type(const struct vit_ksp_algorithm *algorithm);

#endif
