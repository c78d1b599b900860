/* SPDX-License-Identifier: MIT */
/**
 * Asking a person, on behalf of one call. NCRYPT_SILENT_FLAG forbids it.
 *
 * Whom a provider asks is set by the router with the provider property VITRINE_PROMPT_PROPERTY
 * (vitrine_ncrypt.h); other providers do not know it, and need not.
 */
#ifndef CNG_KSP_PROMPT_H
#define CNG_KSP_PROMPT_H

#include <stdbool.h>

#include "ncrypt.h"
#include "vitrine_ncrypt.h"

struct vit_ksp_prompt {
    VITRINE_NCRYPT_PROMPT_FN *ask; /* NULL: there is nobody */
    void *context;
    bool silent;
};

/* A yes. @return NTE_SILENT_CONTEXT, NTE_UI_REQUIRED (nobody there), NTE_USER_CANCELLED */
SECURITY_STATUS vit_ksp_confirm(const struct vit_ksp_prompt *prompt,
        const VITRINE_NCRYPT_QUESTION *question);
/* A secret text (UTF-8, no NUL) into secret memory of capacity bytes; as above. */
SECURITY_STATUS vit_ksp_ask(const struct vit_ksp_prompt *prompt,
        const VITRINE_NCRYPT_QUESTION *question, char *secret, size_t capacity, size_t *len);

#endif
