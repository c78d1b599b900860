/* SPDX-License-Identifier: MIT */
/* Keys that are made, opened and removed. */
#include <time.h>

#include "cng/ksp/attributes.h"
#include "cng/ksp/key.h"
#include "cng/wide.h"

enum {
    CREATE_FLAGS = NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG | NCRYPT_OVERWRITE_KEY_FLAG |
            NCRYPT_PREFER_VIRTUAL_ISOLATION_FLAG,
    NO_CREATE_FLAGS = NCRYPT_USE_VIRTUAL_ISOLATION_FLAG | NCRYPT_USE_PER_BOOT_KEY_FLAG,
    FINALIZE_FLAGS = NCRYPT_SILENT_FLAG | NCRYPT_NO_KEY_VALIDATION,
};

/* From 1601 to 1970, and a second, in 100 ns. */
#define FILETIME_SECOND INT64_C(10000000)
#define FILETIME_OF_1970 (INT64_C(11644473600) * FILETIME_SECOND)

int64_t vit_ksp_filetime_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return FILETIME_OF_1970 + now.tv_sec * FILETIME_SECOND + now.tv_nsec / 100;
}

/* What is published for other systems and cannot be had here is told from what is no flag. */
static SECURITY_STATUS check_flags(DWORD flags, DWORD allowed, DWORD unsupported)
{
    if ((flags & ~(allowed | unsupported)) != 0) {
        return NTE_BAD_FLAGS;
    }
    return (flags & unsupported) != 0 ? NTE_NOT_SUPPORTED : ERROR_SUCCESS;
}

static SECURITY_STATUS create(struct vit_ksp_provider *provider, LPCWSTR algorithm, LPCWSTR name,
        DWORD legacy_spec, DWORD flags, struct vit_ksp_key **out)
{
    if (!vit_ksp_algorithm_is_kept(provider->backend, algorithm)) {
        return NTE_NOT_SUPPORTED;
    }
    VIT_AUTO(ksp_key) key = NULL;
    SECURITY_STATUS status = vit_ksp_key_new(provider, vit_ksp_algorithm_find(algorithm), &key);
    if (status == ERROR_SUCCESS) {
        key->attributes.bits = key->algorithm->default_bits;
        key->attributes.legacy_spec = legacy_spec;
        status = vit_ksp_text_copy(algorithm, &key->attributes.algorithm);
    }
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_key_name(key, name, flags);
    }
    if (status == ERROR_SUCCESS) {
        *out = key;
        key = NULL; /* ownership moved to the caller */
    }
    return status;
}

/* Takes the caller's reference on success. */
static SECURITY_STATUS publish(struct vit_ksp_key **key, NCRYPT_KEY_HANDLE *handle)
{
    SECURITY_STATUS status = vit_ksp_handle_add(&(*key)->base, handle);
    if (status == ERROR_SUCCESS) {
        *key = NULL; /* ownership moved to the table */
    }
    return status;
}

SECURITY_STATUS WINAPI vit_ksp_create_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE *phKey,
        LPCWSTR pszAlgId, LPCWSTR pszKeyName, DWORD dwLegacyKeySpec, DWORD dwFlags)
{
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(hProvider);
    VIT_AUTO(ksp_key) key = NULL;
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (phKey == NULL || pszAlgId == NULL || dwLegacyKeySpec > AT_SIGNATURE) {
        return NTE_INVALID_PARAMETER;
    }
    SECURITY_STATUS status = check_flags(dwFlags, CREATE_FLAGS, NO_CREATE_FLAGS);
    if (status == ERROR_SUCCESS) {
        status = create(provider, pszAlgId, pszKeyName, dwLegacyKeySpec, dwFlags, &key);
    }
    return status == ERROR_SUCCESS ? publish(&key, phKey) : status;
}

/* Generic ECC that was not told a curve cannot be made. */
static SECURITY_STATUS make_pair(struct vit_ksp_key *key, const struct vit_ksp_prompt *prompt)
{
    struct vit_ksp_provider *provider = key->provider;
    if (key->pending.bytes != NULL) {
        return provider->backend->import(provider->store, &key->attributes, key->pending.type,
                key->pending.bytes, (DWORD)key->pending.len, key->overwrite, prompt,
                &key->material);
    }
    if (vit_ksp_algorithm_is_generic(key->algorithm) && key->attributes.curve == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    return provider->backend->generate(provider->store, &key->attributes, key->overwrite, prompt,
            &key->material);
}

static SECURITY_STATUS keep(struct vit_ksp_key *key, DWORD flags)
{
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(key->provider, flags);
    if (vit_ksp_key_is_named(key)) {
        pthread_mutex_lock(&key->lock);
        key->attributes.modified = vit_ksp_filetime_now();
        pthread_mutex_unlock(&key->lock);
    }
    SECURITY_STATUS status = make_pair(key, &prompt);
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_key_load_public(key);
    }
    if (status != ERROR_SUCCESS && key->material != NULL) {
        key->provider->backend->release(key->material);
        key->material = NULL;
    }
    return status;
}

/* An imported public key has nothing that could be kept. */
SECURITY_STATUS vit_ksp_key_finalize(struct vit_ksp_key *key, DWORD flags)
{
    bool public_only = key->public != NULL && key->pending.bytes == NULL;
    SECURITY_STATUS status = public_only ? ERROR_SUCCESS : keep(key, flags);
    if (status == ERROR_SUCCESS) {
        vit_ksp_pending_finish(&key->pending);
        atomic_store(&key->final, true);
    }
    return status;
}

SECURITY_STATUS WINAPI vit_ksp_finalize_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        DWORD dwFlags)
{
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    SECURITY_STATUS status =
            check_flags(dwFlags, FINALIZE_FLAGS, NCRYPT_WRITE_KEY_TO_LEGACY_STORE_FLAG);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    pthread_mutex_lock(&key->changing);
    status = vit_ksp_key_is_final(key) ? NTE_INVALID_HANDLE : vit_ksp_key_finalize(key, dwFlags);
    pthread_mutex_unlock(&key->changing);
    return status;
}

static SECURITY_STATUS open(struct vit_ksp_provider *provider, LPCWSTR name, DWORD flags,
        struct vit_ksp_key **out)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    VIT_AUTO(ksp_key) key = NULL;
    struct vit_ksp_material *material = NULL;
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(provider, flags);
    SECURITY_STATUS status = provider->backend->find(provider->store, name,
            (flags & NCRYPT_MACHINE_KEY_FLAG) != 0, &prompt, &attributes, &material);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    const struct vit_ksp_algorithm *algorithm = vit_ksp_algorithm_find(attributes.algorithm);
    status = algorithm != NULL ? vit_ksp_key_new(provider, algorithm, &key) : NTE_BAD_ALGID;
    if (status != ERROR_SUCCESS) {
        provider->backend->release(material);
        return status;
    }
    key->material = material;
    key->attributes = attributes;
    attributes = (struct vit_ksp_attributes){ 0 }; /* ownership moved to the key */
    status = vit_ksp_key_load_public(key);
    if (status == ERROR_SUCCESS) {
        atomic_store(&key->final, true);
        *out = key;
        key = NULL; /* ownership moved to the caller */
    }
    return status;
}

SECURITY_STATUS WINAPI vit_ksp_open_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE *phKey,
        LPCWSTR pszKeyName, DWORD dwLegacyKeySpec, DWORD dwFlags)
{
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(hProvider);
    VIT_AUTO(ksp_key) key = NULL;
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (phKey == NULL || pszKeyName == NULL || dwLegacyKeySpec > AT_SIGNATURE) {
        return NTE_INVALID_PARAMETER;
    }
    SECURITY_STATUS status = check_flags(dwFlags, NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG,
            NCRYPT_AUTHORITY_KEY_FLAG);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    size_t len = vit_wide_len(pszKeyName);
    if (len == 0 || len > NCRYPT_MAX_KEY_NAME_LENGTH) {
        return NTE_INVALID_PARAMETER;
    }
    status = open(provider, pszKeyName, dwFlags, &key);
    return status == ERROR_SUCCESS ? publish(&key, phKey) : status;
}

/* Nothing of a key that is ephemeral, or not final, is anywhere else. */
static SECURITY_STATUS remove_stored(struct vit_ksp_key *key, DWORD flags)
{
    struct vit_ksp_provider *provider = key->provider;
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(provider, flags);
    bool stored = vit_ksp_key_is_named(key) && vit_ksp_key_is_final(key) && key->material != NULL;
    return stored ? provider->backend->remove(provider->store, key->material, &prompt)
                  : ERROR_SUCCESS;
}

SECURITY_STATUS WINAPI vit_ksp_delete_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        DWORD dwFlags)
{
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if ((dwFlags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0) {
        return NTE_BAD_FLAGS;
    }
    pthread_mutex_lock(&key->changing);
    SECURITY_STATUS status = remove_stored(key, dwFlags);
    pthread_mutex_unlock(&key->changing);
    return status == ERROR_SUCCESS ? vit_ksp_free_key(hProvider, hKey) : status;
}
