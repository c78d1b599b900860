/* SPDX-License-Identifier: MIT */
#ifndef CNG_KSP_ATTRIBUTES_H
#define CNG_KSP_ATTRIBUTES_H

#include "base/cleanup.h"
#include "cng/ksp/backend.h"

/* Frees all that they own, wiping nothing, and leaves them empty. */
void vit_ksp_attributes_finish(struct vit_ksp_attributes *attributes);

/* to: empty, and empty again when it fails. @return NTE_NO_MEMORY */
SECURITY_STATUS vit_ksp_attributes_copy(struct vit_ksp_attributes *to,
        const struct vit_ksp_attributes *from);

/* NULL makes NULL. @return NTE_NO_MEMORY */
SECURITY_STATUS vit_ksp_text_copy(LPCWSTR text, WCHAR **copy);

/* NULL makes NULL, none something to be freed. @return NTE_NO_MEMORY */
SECURITY_STATUS vit_ksp_bytes_copy(const uint8_t *bytes, size_t len, uint8_t **copy);

/* Attributes in a scope: struct vit_ksp_attributes, emptied when it is left. */
typedef struct vit_ksp_attributes vit_auto_type_ksp_attributes;

static inline void vit_auto_ksp_attributes(struct vit_ksp_attributes *attributes)
{
    vit_ksp_attributes_finish(attributes);
}

#endif
