/* SPDX-License-Identifier: MIT */
/* Which keys and algorithms there are. */
#include "cng/ksp/algorithm.h"
#include "cng/ksp/attributes.h"
#include "cng/ksp/buffer.h"
#include "cng/ksp/members.h"
#include "cng/wide.h"

/* What an application's *ppEnumState points to. */
struct enumeration {
    struct vit_ksp_provider *provider; /* a reference */
    struct vit_ksp_cursor *cursor;
    bool machine;
};

static void clean_enumeration(void *memory)
{
    struct enumeration *enumeration = memory;
    if (enumeration->cursor != NULL) {
        enumeration->provider->backend->close_cursor(enumeration->cursor);
    }
    vit_ksp_provider_unref(enumeration->provider);
}

static struct enumeration *begin(struct vit_ksp_provider *provider, DWORD flags)
{
    struct enumeration *enumeration = vit_ksp_buffer_new(sizeof(*enumeration), clean_enumeration);
    if (enumeration != NULL) {
        vit_object_ref(&provider->base);
        enumeration->provider = provider;
        enumeration->machine = (flags & NCRYPT_MACHINE_KEY_FLAG) != 0;
    }
    return enumeration;
}

/* Writes a text behind others. */
static LPWSTR put_text(WCHAR **at, LPCWSTR text)
{
    LPWSTR start = *at;
    size_t count = vit_wide_len(text) + 1;
    memcpy(start, text, count * sizeof(WCHAR));
    *at += count;
    return start;
}

static NCryptKeyName *describe(const struct vit_ksp_attributes *attributes)
{
    size_t units = vit_wide_len(attributes->name) + vit_wide_len(attributes->algorithm) + 2;
    NCryptKeyName *name = vit_ksp_buffer_new(sizeof(*name) + units * sizeof(WCHAR), NULL);
    if (name != NULL) {
        WCHAR *at = (WCHAR *)(void *)(name + 1);
        name->pszName = put_text(&at, attributes->name);
        name->pszAlgid = put_text(&at, attributes->algorithm);
        name->dwLegacyKeySpec = attributes->legacy_spec;
        name->dwFlags = attributes->machine ? NCRYPT_MACHINE_KEY_FLAG : 0;
    }
    return name;
}

static SECURITY_STATUS next(struct enumeration *enumeration, DWORD flags, NCryptKeyName **out)
{
    struct vit_ksp_provider *provider = enumeration->provider;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(provider, flags);
    SECURITY_STATUS status = provider->backend->next(provider->store, enumeration->machine, &prompt,
            &enumeration->cursor, &attributes);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    *out = describe(&attributes);
    return *out != NULL ? ERROR_SUCCESS : NTE_NO_MEMORY;
}

/* A first call that finds nothing leaves no state behind. */
SECURITY_STATUS WINAPI vit_ksp_enum_keys(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszScope,
        NCryptKeyName **ppKeyName, PVOID *ppEnumState, DWORD dwFlags)
{
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(hProvider);
    VIT_AUTO(ksp_buffer) begun = NULL;
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pszScope != NULL || ppKeyName == NULL || ppEnumState == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if ((dwFlags & ~(DWORD)(NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG)) != 0) {
        return NTE_BAD_FLAGS;
    }
    if (*ppEnumState == NULL) {
        begun = begin(provider, dwFlags);
        if (begun == NULL) {
            return NTE_NO_MEMORY;
        }
    }
    NCryptKeyName *name = NULL;
    SECURITY_STATUS status = next(begun != NULL ? begun : *ppEnumState, dwFlags, &name);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (begun != NULL) {
        *ppEnumState = begun;
        begun = NULL; /* ownership moved to the application */
    }
    *ppKeyName = name;
    return ERROR_SUCCESS;
}

static bool is_wanted(const struct vit_ksp_provider *provider,
        const struct vit_ksp_algorithm *algorithm, DWORD operations)
{
    return vit_ksp_algorithm_is_kept(provider->backend, algorithm->name) &&
            (operations == 0 || (algorithm->operations & operations) != 0);
}

static void measure(const struct vit_ksp_provider *provider, DWORD operations, size_t *count,
        size_t *units)
{
    const struct vit_ksp_algorithm *algorithm;
    *count = 0;
    *units = 0;
    for (size_t i = 0; (algorithm = vit_ksp_algorithm_at(i)) != NULL; i++) {
        if (is_wanted(provider, algorithm, operations)) {
            *count += 1;
            *units += vit_wide_len(algorithm->name) + 1;
        }
    }
}

static NCryptAlgorithmName *list_algorithms(const struct vit_ksp_provider *provider,
        DWORD operations, size_t *count)
{
    size_t units;
    const struct vit_ksp_algorithm *algorithm;
    measure(provider, operations, count, &units);
    NCryptAlgorithmName *list =
            vit_ksp_buffer_new(*count * sizeof(*list) + units * sizeof(WCHAR), NULL);
    if (list == NULL) {
        return NULL;
    }
    WCHAR *at = (WCHAR *)(void *)(list + *count);
    NCryptAlgorithmName *entry = list;
    for (size_t i = 0; (algorithm = vit_ksp_algorithm_at(i)) != NULL; i++) {
        if (is_wanted(provider, algorithm, operations)) {
            entry->pszName = put_text(&at, algorithm->name);
            entry->dwClass = algorithm->interface;
            entry->dwAlgOperations = algorithm->operations;
            entry++;
        }
    }
    return list;
}

SECURITY_STATUS WINAPI vit_ksp_enum_algorithms(NCRYPT_PROV_HANDLE hProvider, DWORD dwAlgOperations,
        DWORD *pdwAlgCount, NCryptAlgorithmName **ppAlgList, DWORD dwFlags)
{
    enum { OPERATIONS = 0x7f };
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if ((dwFlags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0) {
        return NTE_BAD_FLAGS;
    }
    if (pdwAlgCount == NULL || ppAlgList == NULL || (dwAlgOperations & ~(DWORD)OPERATIONS) != 0) {
        return NTE_INVALID_PARAMETER;
    }
    size_t count;
    NCryptAlgorithmName *list = list_algorithms(provider, dwAlgOperations, &count);
    if (list == NULL) {
        return NTE_NO_MEMORY;
    }
    *pdwAlgCount = (DWORD)count;
    *ppAlgList = list;
    return ERROR_SUCCESS;
}

SECURITY_STATUS WINAPI vit_ksp_is_alg_supported(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszAlgId,
        DWORD dwFlags)
{
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pszAlgId == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if ((dwFlags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0) {
        return NTE_BAD_FLAGS;
    }
    return vit_ksp_algorithm_is_kept(provider->backend, pszAlgId) ? ERROR_SUCCESS
                                                                  : NTE_NOT_SUPPORTED;
}
