/* SPDX-License-Identifier: MIT */
/* Keys in a store: slots of the backend, but for what is done with the private half. */
#ifndef CNG_KSP_SOFTWARE_KEYS_H
#define CNG_KSP_SOFTWARE_KEYS_H

#include "cng/ksp/software/material.h"

SECURITY_STATUS vit_soft_find(struct vit_ksp_store *store, LPCWSTR name, bool machine,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_attributes *attributes,
        struct vit_ksp_material **material);
SECURITY_STATUS vit_soft_probe(struct vit_ksp_store *store, LPCWSTR name, bool machine,
        const struct vit_ksp_prompt *prompt);
SECURITY_STATUS vit_soft_generate(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, bool overwrite,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_material **material);
SECURITY_STATUS vit_soft_import(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, LPCWSTR blob_type, const uint8_t *blob,
        DWORD len, bool overwrite, const struct vit_ksp_prompt *prompt,
        struct vit_ksp_material **material);
SECURITY_STATUS vit_soft_update(struct vit_ksp_store *store, struct vit_ksp_material *material,
        const struct vit_ksp_attributes *attributes, const struct vit_ksp_prompt *prompt);
SECURITY_STATUS vit_soft_remove(struct vit_ksp_store *store, struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt);
SECURITY_STATUS vit_soft_next(struct vit_ksp_store *store, bool machine,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_cursor **cursor,
        struct vit_ksp_attributes *attributes);
void vit_soft_close_cursor(struct vit_ksp_cursor *cursor);

/* The longest file of a key that is read. */
enum { VIT_KEY_FILE_MAX_LEN = VIT_RECORD_MAX_LEN + 256 };

#endif
