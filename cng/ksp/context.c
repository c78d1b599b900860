/* SPDX-License-Identifier: MIT */
/* What a program tells a provider or a key about itself, and properties in general. */
#include "cng/ksp/provider.h"

#include "cng/wide.h"

SECURITY_STATUS vit_ksp_property_check(LPCWSTR name, DWORD flags, DWORD allowed)
{
    if (name == NULL || vit_wide_len(name) > NCRYPT_MAX_PROPERTY_NAME) {
        return NTE_INVALID_PARAMETER;
    }
    return (flags & ~allowed) != 0 ? NTE_BAD_FLAGS : ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_text_of(const void *bytes, size_t len, size_t max_len, WCHAR **text)
{
    size_t count = len / sizeof(WCHAR);
    if (len % sizeof(WCHAR) != 0 || count > max_len + 1) {
        return NTE_INVALID_PARAMETER;
    }
    WCHAR *copy = calloc(count + 1, sizeof(WCHAR));
    if (copy == NULL) {
        return NTE_NO_MEMORY;
    }
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    size_t units = vit_wide_len(copy);
    if (units == 0 || units > max_len) {
        free(copy);
        return NTE_INVALID_PARAMETER;
    }
    *text = copy;
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_context_get(const struct vit_ksp_context *context, LPCWSTR name,
        const struct vit_ksp_room *room)
{
    if (vit_wide_equal(name, NCRYPT_USE_CONTEXT_PROPERTY)) {
        return vit_ksp_put_text(room, context->use);
    }
    if (vit_wide_equal(name, NCRYPT_WINDOW_HANDLE_PROPERTY)) {
        return context->has_window ? vit_ksp_put(room, &context->window, sizeof(context->window))
                                   : NTE_NOT_FOUND;
    }
    return NTE_NOT_SUPPORTED;
}

static SECURITY_STATUS set_window(struct vit_ksp_context *context, const uint8_t *bytes, DWORD len)
{
    if (len != sizeof(context->window)) {
        return NTE_INVALID_PARAMETER;
    }
    memcpy(&context->window, bytes, sizeof(context->window));
    context->has_window = true;
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_context_set(struct vit_ksp_context *context, LPCWSTR name,
        const uint8_t *bytes, DWORD len)
{
    if (vit_wide_equal(name, NCRYPT_WINDOW_HANDLE_PROPERTY)) {
        return set_window(context, bytes, len);
    }
    if (!vit_wide_equal(name, NCRYPT_USE_CONTEXT_PROPERTY)) {
        return NTE_NOT_SUPPORTED;
    }
    WCHAR *text = NULL;
    SECURITY_STATUS status =
            vit_ksp_text_of(bytes, len, NCRYPT_MAX_PROPERTY_DATA / sizeof(WCHAR), &text);
    if (status == ERROR_SUCCESS) {
        free(context->use);
        context->use = text;
    }
    return status;
}

void vit_ksp_context_finish(struct vit_ksp_context *context)
{
    free(context->use);
}
