/* SPDX-License-Identifier: MIT */
/* Lists of values that applications keep with their keys. */
#ifndef CNG_KSP_CUSTOM_H
#define CNG_KSP_CUSTOM_H

#include "cng/ksp/backend.h"

/* NULL: no memory. */
struct vit_ksp_custom *vit_ksp_custom_new(LPCWSTR name, const uint8_t *bytes, size_t len);
/* It and all behind it. NULL is fine. */
void vit_ksp_custom_free(struct vit_ksp_custom *custom);
/* Where the value of this name hangs in the list; at the end (NULL) when there is none. */
struct vit_ksp_custom **vit_ksp_custom_find(struct vit_ksp_custom **list, LPCWSTR name);

#endif
