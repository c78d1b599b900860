/* SPDX-License-Identifier: MIT */
#include "cng/ksp/provider.h"

#include "cng/wide.h"

static struct vit_ksp_provider *from_object(struct vit_object *object)
{
    return (struct vit_ksp_provider *)object;
}

static void destroy(struct vit_object *object)
{
    struct vit_ksp_provider *provider = from_object(object);
    if (provider->store != NULL) {
        provider->backend->close(provider->store);
    }
    vit_ksp_context_finish(&provider->context);
    pthread_mutex_destroy(&provider->lock);
    free(provider);
}

static const struct vit_object_kind provider_kind = { "key storage provider", VIT_KSP_TAG_PROVIDER,
    destroy };

struct vit_ksp_provider *vit_ksp_provider_get(NCRYPT_PROV_HANDLE handle)
{
    return from_object(vit_handle_get((const void *)handle, &provider_kind));
}

void vit_ksp_provider_unref(struct vit_ksp_provider *provider)
{
    vit_object_unref(&provider->base);
}

bool vit_ksp_is_provider(NCRYPT_PROV_HANDLE handle)
{
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(handle);
    return provider != NULL;
}

SECURITY_STATUS vit_ksp_handle_add(struct vit_object *object, ULONG_PTR *handle)
{
    void *added;
    SECURITY_STATUS status = vit_ksp_status_of(vit_handle_add(object, &added));
    if (status == ERROR_SUCCESS) {
        *handle = (ULONG_PTR)added;
    }
    return status;
}

struct vit_ksp_prompt vit_ksp_provider_prompt(struct vit_ksp_provider *provider, DWORD flags)
{
    pthread_mutex_lock(&provider->lock);
    struct vit_ksp_prompt prompt = { provider->prompt.Ask, provider->prompt.Context,
        (flags & NCRYPT_SILENT_FLAG) != 0 };
    pthread_mutex_unlock(&provider->lock);
    return prompt;
}

SECURITY_STATUS WINAPI vit_ksp_open_provider(NCRYPT_PROV_HANDLE *phProvider,
        LPCWSTR pszProviderName, DWORD dwFlags)
{
    const struct vit_ksp_backend *backend = vit_ksp_backend_here();
    if (phProvider == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if ((dwFlags & ~(DWORD)(NCRYPT_SILENT_FLAG | NCRYPT_IGNORE_DEVICE_STATE_FLAG)) != 0) {
        return NTE_BAD_FLAGS;
    }
    VIT_AUTO(ksp_provider) provider = calloc(1, sizeof(*provider));
    if (provider == NULL) {
        return NTE_NO_MEMORY;
    }
    vit_object_init(&provider->base, &provider_kind, false);
    pthread_mutex_init(&provider->lock, NULL);
    provider->backend = backend;
    SECURITY_STATUS status =
            backend->open(pszProviderName != NULL ? pszProviderName : backend->name,
                    &provider->store);
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_handle_add(&provider->base, phProvider);
    }
    if (status == ERROR_SUCCESS) {
        provider = NULL; /* ownership moved to the table */
    }
    return status;
}

SECURITY_STATUS WINAPI vit_ksp_free_provider(NCRYPT_PROV_HANDLE hProvider)
{
    struct vit_object *object = vit_handle_take((const void *)hProvider, &provider_kind);
    vit_object_unref(object);
    return object == NULL ? NTE_INVALID_HANDLE : ERROR_SUCCESS;
}

static SECURITY_STATUS get_own(struct vit_ksp_provider *provider, LPCWSTR name,
        const struct vit_ksp_room *room)
{
    if (vit_wide_equal(name, NCRYPT_NAME_PROPERTY)) {
        return vit_ksp_put_text(room, provider->backend->name);
    }
    if (vit_wide_equal(name, NCRYPT_IMPL_TYPE_PROPERTY)) {
        return vit_ksp_put_dword(room, provider->backend->impl_type);
    }
    if (vit_wide_equal(name, NCRYPT_VERSION_PROPERTY)) {
        return vit_ksp_put_dword(room, provider->backend->version);
    }
    if (vit_wide_equal(name, NCRYPT_MAX_NAME_LENGTH_PROPERTY)) {
        return vit_ksp_put_dword(room, NCRYPT_MAX_KEY_NAME_LENGTH);
    }
    if (vit_wide_equal(name, NCRYPT_SECURITY_DESCR_SUPPORT_PROPERTY) ||
            vit_wide_equal(name, NCRYPT_USE_COUNT_ENABLED_PROPERTY)) {
        return vit_ksp_put_dword(room, 0); /* neither of them is there */
    }
    pthread_mutex_lock(&provider->lock);
    SECURITY_STATUS status = vit_ksp_context_get(&provider->context, name, room);
    pthread_mutex_unlock(&provider->lock);
    return status;
}

SECURITY_STATUS WINAPI vit_ksp_get_provider_property(NCRYPT_PROV_HANDLE hProvider,
        LPCWSTR pszProperty, PBYTE pbOutput, DWORD cbOutput, DWORD *pcbResult, DWORD dwFlags)
{
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    const struct vit_ksp_room room = { pbOutput, cbOutput, pcbResult };
    if (pcbResult == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    SECURITY_STATUS status = vit_ksp_property_check(pszProperty, dwFlags, NCRYPT_SILENT_FLAG);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    status = get_own(provider, pszProperty, &room);
    return status != NTE_NOT_SUPPORTED ? status
                                       : provider->backend->get_property(provider->store,
                                                 pszProperty, pbOutput, cbOutput, pcbResult);
}

static SECURITY_STATUS set_own(struct vit_ksp_provider *provider, LPCWSTR name,
        const uint8_t *bytes, DWORD len)
{
    if (!vit_wide_equal(name, VITRINE_PROMPT_PROPERTY)) {
        return vit_ksp_context_set(&provider->context, name, bytes, len);
    }
    if (len != sizeof(provider->prompt)) {
        return NTE_INVALID_PARAMETER;
    }
    memcpy(&provider->prompt, bytes, sizeof(provider->prompt));
    return ERROR_SUCCESS;
}

SECURITY_STATUS WINAPI vit_ksp_set_provider_property(NCRYPT_PROV_HANDLE hProvider,
        LPCWSTR pszProperty, PBYTE pbInput, DWORD cbInput, DWORD dwFlags)
{
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    SECURITY_STATUS status =
            vit_ksp_property_check(pszProperty, dwFlags, NCRYPT_SILENT_FLAG | NCRYPT_PERSIST_FLAG);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if ((pbInput == NULL && cbInput != 0) || cbInput > NCRYPT_MAX_PROPERTY_DATA) {
        return NTE_INVALID_PARAMETER;
    }
    pthread_mutex_lock(&provider->lock);
    status = set_own(provider, pszProperty, pbInput, cbInput);
    pthread_mutex_unlock(&provider->lock);
    return status != NTE_NOT_SUPPORTED
            ? status
            : provider->backend->set_property(provider->store, pszProperty, pbInput, cbInput);
}
