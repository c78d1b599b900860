/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "cng/ncrypt/object.h"

static struct vit_ncrypt_key *from_object(struct vit_object *object)
{
    return (struct vit_ncrypt_key *)object;
}

static void destroy(struct vit_object *object)
{
    struct vit_ncrypt_key *key = from_object(object);
    if (!key->deleted) {
        (void)key->provider->table->FreeKey(key->provider->inner, key->inner);
    }
    vit_ncrypt_provider_unref(key->provider);
    pthread_rwlock_destroy(&key->lock);
    free(key);
}

const struct vit_object_kind vit_ncrypt_key_kind = { "key in storage", VIT_NCRYPT_TAG_KEY,
    destroy };

static struct vit_ncrypt_key *find(NCRYPT_KEY_HANDLE handle)
{
    return from_object(vit_handle_get(vit_ncrypt_number(handle), &vit_ncrypt_key_kind));
}

/* The lock is held, one way or the other. NULL: deleted meanwhile, and neither held nor owned. */
static struct vit_ncrypt_key *still_there(struct vit_ncrypt_key *key)
{
    if (!key->deleted) {
        return key;
    }
    vit_ncrypt_key_put(key);
    return NULL;
}

struct vit_ncrypt_key *vit_ncrypt_key_get(NCRYPT_KEY_HANDLE handle)
{
    struct vit_ncrypt_key *key = find(handle);
    if (key == NULL) {
        return NULL;
    }
    pthread_rwlock_rdlock(&key->lock);
    return still_there(key);
}

static struct vit_ncrypt_key *get_alone(NCRYPT_KEY_HANDLE handle)
{
    struct vit_ncrypt_key *key = find(handle);
    if (key == NULL) {
        return NULL;
    }
    pthread_rwlock_wrlock(&key->lock);
    return still_there(key);
}

void vit_ncrypt_key_put(struct vit_ncrypt_key *key)
{
    pthread_rwlock_unlock(&key->lock);
    vit_object_unref(&key->base);
}

SECURITY_STATUS vit_ncrypt_key_other(const struct vit_ncrypt_provider *provider,
        NCRYPT_KEY_HANDLE handle, bool optional, struct vit_ncrypt_key **other,
        NCRYPT_KEY_HANDLE *inner)
{
    *other = NULL;
    *inner = 0;
    if (handle == 0 && optional) {
        return ERROR_SUCCESS;
    }
    VIT_AUTO(ncrypt_key) key = vit_ncrypt_key_get(handle);
    if (key == NULL || !vit_ncrypt_provider_same(key->provider, provider)) {
        return NTE_INVALID_HANDLE;
    }
    *inner = key->inner;
    *other = key;
    key = NULL; /* ownership moved to *other */
    return ERROR_SUCCESS;
}

static struct vit_ncrypt_key *create(struct vit_ncrypt_provider *provider, NCRYPT_KEY_HANDLE inner)
{
    struct vit_ncrypt_key *key = calloc(1, sizeof(*key));
    if (key == NULL) {
        return NULL;
    }
    vit_object_init(&key->base, &vit_ncrypt_key_kind, false);
    pthread_rwlock_init(&key->lock, NULL);
    vit_ncrypt_provider_ref(provider);
    key->provider = provider;
    key->inner = inner;
    return key;
}

SECURITY_STATUS vit_ncrypt_key_give(struct vit_ncrypt_provider *provider, NCRYPT_KEY_HANDLE inner,
        NCRYPT_KEY_HANDLE *handle)
{
    if (inner == 0) {
        return NTE_PROVIDER_DLL_FAIL;
    }
    struct vit_ncrypt_key *key = create(provider, inner);
    if (key == NULL) {
        (void)provider->table->FreeKey(provider->inner, inner);
        return NTE_NO_MEMORY;
    }
    void *number = NULL;
    SECURITY_STATUS status = vit_ncrypt_status(vit_handle_add(&key->base, &number));
    if (status != ERROR_SUCCESS) {
        vit_object_unref(&key->base);
        return status;
    }
    *handle = (NCRYPT_KEY_HANDLE)number;
    return ERROR_SUCCESS;
}

SECURITY_STATUS WINAPI NCryptCreatePersistedKey(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE *phKey, LPCWSTR pszAlgId, LPCWSTR pszKeyName, DWORD dwLegacyKeySpec,
        DWORD dwFlags)
{
    VIT_AUTO(ncrypt_provider) provider = vit_ncrypt_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (phKey == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if (pszAlgId == NULL) {
        return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    }
    NCRYPT_KEY_HANDLE inner = 0;
    SECURITY_STATUS status = provider->table->CreatePersistedKey(provider->inner, &inner, pszAlgId,
            pszKeyName, dwLegacyKeySpec, dwFlags);
    return status == ERROR_SUCCESS ? vit_ncrypt_key_give(provider, inner, phKey) : status;
}

SECURITY_STATUS WINAPI NCryptOpenKey(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE *phKey,
        LPCWSTR pszKeyName, DWORD dwLegacyKeySpec, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_provider) provider = vit_ncrypt_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (phKey == NULL || pszKeyName == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    NCRYPT_KEY_HANDLE inner = 0;
    SECURITY_STATUS status =
            provider->table->OpenKey(provider->inner, &inner, pszKeyName, dwLegacyKeySpec, dwFlags);
    return status == ERROR_SUCCESS ? vit_ncrypt_key_give(provider, inner, phKey) : status;
}

SECURITY_STATUS WINAPI NCryptFinalizeKey(NCRYPT_KEY_HANDLE hKey, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_key) key = vit_ncrypt_key_get(hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    return key->provider->table->FinalizeKey(key->provider->inner, key->inner, dwFlags);
}

/* The provider frees its handle with the key, so it must be in no other call. */
SECURITY_STATUS WINAPI NCryptDeleteKey(NCRYPT_KEY_HANDLE hKey, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_key) key = get_alone(hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    SECURITY_STATUS status =
            key->provider->table->DeleteKey(key->provider->inner, key->inner, dwFlags);
    if (status == ERROR_SUCCESS) {
        key->deleted = true;
        vit_object_unref(vit_handle_take(vit_ncrypt_number(hKey), &vit_ncrypt_key_kind));
    }
    return status;
}

BOOL WINAPI NCryptIsKeyHandle(NCRYPT_KEY_HANDLE hKey)
{
    struct vit_ncrypt_key *key = find(hKey);
    if (key != NULL) {
        vit_object_unref(&key->base);
    }
    return key != NULL;
}

static SECURITY_STATUS import(struct vit_ncrypt_provider *provider, NCRYPT_KEY_HANDLE wrapping,
        LPCWSTR type, NCryptBufferDesc *parameters, NCRYPT_KEY_HANDLE *handle, PBYTE bytes,
        DWORD len, DWORD flags)
{
    VIT_AUTO(ncrypt_key) other = NULL;
    NCRYPT_KEY_HANDLE inner_wrapping = 0, inner = 0;
    SECURITY_STATUS status =
            vit_ncrypt_key_other(provider, wrapping, true, &other, &inner_wrapping);
    if (status == ERROR_SUCCESS) {
        status = provider->table->ImportKey(provider->inner, inner_wrapping, type, parameters,
                &inner, bytes, len, flags);
    }
    return status == ERROR_SUCCESS ? vit_ncrypt_key_give(provider, inner, handle) : status;
}

SECURITY_STATUS WINAPI NCryptImportKey(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hImportKey,
        LPCWSTR pszBlobType, NCryptBufferDesc *pParameterList, NCRYPT_KEY_HANDLE *phKey,
        PBYTE pbData, DWORD cbData, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_provider) provider = vit_ncrypt_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pszBlobType == NULL || phKey == NULL || (pbData == NULL && cbData > 0) ||
            !vit_ncrypt_parameters_fit(pParameterList)) {
        return NTE_INVALID_PARAMETER;
    }
    return import(provider, hImportKey, pszBlobType, pParameterList, phKey, pbData, cbData,
            dwFlags);
}

SECURITY_STATUS WINAPI NCryptExportKey(NCRYPT_KEY_HANDLE hKey, NCRYPT_KEY_HANDLE hExportKey,
        LPCWSTR pszBlobType, NCryptBufferDesc *pParameterList, PBYTE pbOutput, DWORD cbOutput,
        DWORD *pcbResult, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_key) key = vit_ncrypt_key_get(hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    VIT_AUTO(ncrypt_key) other = NULL;
    NCRYPT_KEY_HANDLE wrapping;
    SECURITY_STATUS status =
            vit_ncrypt_key_other(key->provider, hExportKey, true, &other, &wrapping);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (pszBlobType == NULL || pcbResult == NULL || !vit_ncrypt_parameters_fit(pParameterList)) {
        return NTE_INVALID_PARAMETER;
    }
    return key->provider->table->ExportKey(key->provider->inner, key->inner, wrapping, pszBlobType,
            pParameterList, pbOutput, cbOutput, pcbResult, dwFlags);
}
