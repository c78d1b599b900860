/* SPDX-License-Identifier: MIT */
#include "cng/ksp/attributes.h"

#include <stdlib.h>
#include <string.h>

#include "cng/ksp/custom.h"
#include "cng/wide.h"

void vit_ksp_attributes_finish(struct vit_ksp_attributes *attributes)
{
    free(attributes->name);
    free(attributes->algorithm);
    free(attributes->curve);
    free(attributes->ui_title);
    free(attributes->ui_friendly_name);
    free(attributes->ui_description);
    free(attributes->dh_parameters);
    vit_ksp_custom_free(attributes->custom);
    *attributes = (struct vit_ksp_attributes){ 0 };
}

SECURITY_STATUS vit_ksp_text_copy(LPCWSTR text, WCHAR **copy)
{
    *copy = NULL;
    if (text == NULL) {
        return ERROR_SUCCESS;
    }
    size_t size = vit_wide_size(text);
    *copy = malloc(size);
    if (*copy == NULL) {
        return NTE_NO_MEMORY;
    }
    memcpy(*copy, text, size);
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_bytes_copy(const uint8_t *bytes, size_t len, uint8_t **copy)
{
    *copy = NULL;
    if (bytes == NULL) {
        return ERROR_SUCCESS;
    }
    *copy = malloc(len > 0 ? len : 1);
    if (*copy == NULL) {
        return NTE_NO_MEMORY;
    }
    if (len > 0) {
        memcpy(*copy, bytes, len);
    }
    return ERROR_SUCCESS;
}

static SECURITY_STATUS copy_custom(struct vit_ksp_custom **to, const struct vit_ksp_custom *from)
{
    for (; from != NULL; from = from->next) {
        *to = calloc(1, sizeof(**to));
        if (*to == NULL) {
            return NTE_NO_MEMORY;
        }
        (*to)->len = from->len;
        if (FAILED(vit_ksp_text_copy(from->name, &(*to)->name)) ||
                FAILED(vit_ksp_bytes_copy(from->bytes, from->len, &(*to)->bytes))) {
            return NTE_NO_MEMORY;
        }
        to = &(*to)->next;
    }
    return ERROR_SUCCESS;
}

static SECURITY_STATUS copy_texts(struct vit_ksp_attributes *to,
        const struct vit_ksp_attributes *from)
{
    bool done = SUCCEEDED(vit_ksp_text_copy(from->name, &to->name)) &&
            SUCCEEDED(vit_ksp_text_copy(from->algorithm, &to->algorithm)) &&
            SUCCEEDED(vit_ksp_text_copy(from->curve, &to->curve)) &&
            SUCCEEDED(vit_ksp_text_copy(from->ui_title, &to->ui_title)) &&
            SUCCEEDED(vit_ksp_text_copy(from->ui_friendly_name, &to->ui_friendly_name)) &&
            SUCCEEDED(vit_ksp_text_copy(from->ui_description, &to->ui_description));
    return done ? ERROR_SUCCESS : NTE_NO_MEMORY;
}

SECURITY_STATUS vit_ksp_attributes_copy(struct vit_ksp_attributes *to,
        const struct vit_ksp_attributes *from)
{
    VIT_AUTO(ksp_attributes)
    copy = {
        .bits = from->bits,
        .legacy_spec = from->legacy_spec,
        .machine = from->machine,
        .export_policy = from->export_policy,
        .usage = from->usage,
        .ui_flags = from->ui_flags,
        .modified = from->modified,
        .dh_parameters_len = from->dh_parameters_len,
    };
    SECURITY_STATUS status = copy_texts(&copy, from);
    if (SUCCEEDED(status)) {
        status = vit_ksp_bytes_copy(from->dh_parameters, from->dh_parameters_len,
                &copy.dh_parameters);
    }
    if (SUCCEEDED(status)) {
        status = copy_custom(&copy.custom, from->custom);
    }
    if (SUCCEEDED(status)) {
        *to = copy;
        copy = (struct vit_ksp_attributes){ 0 }; /* ownership moved to the caller */
    }
    return status;
}
