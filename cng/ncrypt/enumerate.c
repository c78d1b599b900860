/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/irql.h"
#include "cng/ncrypt/buffer.h"
#include "cng/ncrypt/manifest.h"
#include "cng/wide.h"

/* The list, then the texts, in one piece. */
static NCryptProviderName *make_list(const struct vit_manifests *manifests)
{
    size_t size = manifests->count * sizeof(NCryptProviderName);
    for (size_t i = 0; i < manifests->count; i++) {
        const struct vit_manifest_provider *provider = &manifests->providers[i];
        size += vit_wide_size(provider->name) + vit_wide_size(provider->comment);
    }
    return malloc(size);
}

static LPWSTR put_text(unsigned char **at, const WCHAR *text)
{
    unsigned char *here = *at;
    memcpy(here, text, vit_wide_size(text));
    *at += vit_wide_size(text);
    return (LPWSTR)(void *)here;
}

static void fill_list(const struct vit_manifests *manifests, NCryptProviderName *list)
{
    unsigned char *at = (unsigned char *)(list + manifests->count);
    for (size_t i = 0; i < manifests->count; i++) {
        list[i].pszName = put_text(&at, manifests->providers[i].name);
        list[i].pszComment = put_text(&at, manifests->providers[i].comment);
    }
}

static SECURITY_STATUS give_list(const struct vit_manifests *manifests, DWORD *count,
        NCryptProviderName **out)
{
    VIT_AUTO(ncrypt_buffer) buffer = vit_ncrypt_buffer_create(NULL, VIT_NCRYPT_BUFFER_ITEM);
    NCryptProviderName *list = buffer == NULL ? NULL : make_list(manifests);
    if (list == NULL) {
        return NTE_NO_MEMORY;
    }
    fill_list(manifests, list);
    vit_ncrypt_buffer_list(buffer, list);
    buffer = NULL; /* ownership moved to the list of buffers */
    *count = (DWORD)manifests->count;
    *out = list;
    return ERROR_SUCCESS;
}

SECURITY_STATUS WINAPI NCryptEnumStorageProviders(DWORD *pdwProviderCount,
        NCryptProviderName **ppProviderList, DWORD dwFlags)
{
    if (vit_irql_current() >= VIT_IRQL_DISPATCH) {
        return NTE_NOT_SUPPORTED;
    }
    if (pdwProviderCount == NULL || ppProviderList == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if ((dwFlags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0) {
        return NTE_BAD_FLAGS;
    }
    struct vit_manifests manifests;
    SECURITY_STATUS status = vit_ncrypt_status(vit_manifests_read(&manifests));
    if (status == ERROR_SUCCESS && manifests.count == 0) {
        *pdwProviderCount = 0;
        *ppProviderList = NULL;
        return ERROR_SUCCESS;
    }
    if (status == ERROR_SUCCESS) {
        status = give_list(&manifests, pdwProviderCount, ppProviderList);
        vit_manifests_finish(&manifests);
    }
    return status;
}

SECURITY_STATUS WINAPI NCryptEnumAlgorithms(NCRYPT_PROV_HANDLE hProvider, DWORD dwAlgOperations,
        DWORD *pdwAlgCount, NCryptAlgorithmName **ppAlgList, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_provider) provider = vit_ncrypt_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pdwAlgCount == NULL || ppAlgList == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    VIT_AUTO(ncrypt_buffer) buffer = vit_ncrypt_buffer_create(provider, VIT_NCRYPT_BUFFER_ITEM);
    if (buffer == NULL) {
        return NTE_NO_MEMORY;
    }
    DWORD count = 0;
    NCryptAlgorithmName *list = NULL;
    SECURITY_STATUS status = provider->table->EnumAlgorithms(provider->inner, dwAlgOperations,
            &count, &list, dwFlags);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (list == NULL && count > 0) {
        return NTE_PROVIDER_DLL_FAIL;
    }
    if (list != NULL) {
        vit_ncrypt_buffer_list(buffer, list);
        buffer = NULL; /* ownership moved to the list of buffers */
    }
    *pdwAlgCount = count;
    *ppAlgList = list;
    return ERROR_SUCCESS;
}

/* One step. What it leaves of item and cursor belongs to the caller; memory is listed when there is
 * any. */
static SECURITY_STATUS step(struct vit_ncrypt_provider *provider, struct vit_ncrypt_buffer **item,
        struct vit_ncrypt_buffer **cursor, NCryptKeyName **out, PVOID *state, DWORD flags)
{
    NCryptKeyName *name = NULL;
    SECURITY_STATUS status = provider->table->EnumKeys(provider->inner, NULL, &name, state, flags);
    if (*state != NULL) {
        vit_ncrypt_buffer_list(*cursor, *state);
        *cursor = NULL; /* ownership moved to the list of buffers */
    }
    if (status != ERROR_SUCCESS || name == NULL) {
        return status != ERROR_SUCCESS ? status : NTE_PROVIDER_DLL_FAIL;
    }
    vit_ncrypt_buffer_list(*item, name);
    *item = NULL; /* ownership moved to the list of buffers */
    *out = name;
    return ERROR_SUCCESS;
}

SECURITY_STATUS WINAPI NCryptEnumKeys(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszScope,
        NCryptKeyName **ppKeyName, PVOID *ppEnumState, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_provider) provider = vit_ncrypt_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pszScope != NULL || ppKeyName == NULL || ppEnumState == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    VIT_AUTO(ncrypt_buffer) item = vit_ncrypt_buffer_create(provider, VIT_NCRYPT_BUFFER_ITEM);
    if (item == NULL) {
        return NTE_NO_MEMORY;
    }
    PVOID state = *ppEnumState;
    VIT_AUTO(ncrypt_buffer)
    cursor = state == NULL ? vit_ncrypt_buffer_create(provider, VIT_NCRYPT_BUFFER_CURSOR)
                           : vit_ncrypt_buffer_claim(provider, state);
    if (cursor == NULL) {
        return state == NULL ? NTE_NO_MEMORY : NTE_INVALID_PARAMETER;
    }
    SECURITY_STATUS status = step(provider, &item, &cursor, ppKeyName, &state, dwFlags);
    *ppEnumState = state;
    return status;
}
