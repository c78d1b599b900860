/* SPDX-License-Identifier: MIT */
#include "cng/ksp/prompt.h"

#include <string.h>

#include "base/secret.h"

enum { NOBODY = -2 };

static SECURITY_STATUS ask(const struct vit_ksp_prompt *prompt,
        const VITRINE_NCRYPT_QUESTION *question, char *secret, size_t capacity, int *answer)
{
    if (prompt->silent) {
        return NTE_SILENT_CONTEXT;
    }
    *answer =
            prompt->ask == NULL ? NOBODY : prompt->ask(prompt->context, question, secret, capacity);
    if (*answer == NOBODY) {
        return NTE_UI_REQUIRED;
    }
    return *answer < 0 ? NTE_USER_CANCELLED : ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_confirm(const struct vit_ksp_prompt *prompt,
        const VITRINE_NCRYPT_QUESTION *question)
{
    int answer;
    SECURITY_STATUS status = ask(prompt, question, NULL, 0, &answer);
    return status == ERROR_SUCCESS && answer != 1 ? NTE_USER_CANCELLED : status;
}

SECURITY_STATUS vit_ksp_ask(const struct vit_ksp_prompt *prompt,
        const VITRINE_NCRYPT_QUESTION *question, char *secret, size_t capacity, size_t *len)
{
    int answer;
    SECURITY_STATUS status = ask(prompt, question, secret, capacity, &answer);
    if (status == ERROR_SUCCESS &&
            ((size_t)answer > capacity || memchr(secret, 0, (size_t)answer) != NULL)) {
        status = NTE_INVALID_PARAMETER;
    }
    if (status != ERROR_SUCCESS) {
        vit_wipe(secret, capacity);
        return status;
    }
    *len = (size_t)answer;
    return ERROR_SUCCESS;
}
