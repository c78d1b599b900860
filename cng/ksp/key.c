/* SPDX-License-Identifier: MIT */
#include "cng/ksp/key.h"

#include "cng/ksp/attributes.h"
#include "cng/ksp/custom.h"
#include "cng/wide.h"

static struct vit_ksp_key *from_object(struct vit_object *object)
{
    return (struct vit_ksp_key *)object;
}

void vit_ksp_pending_finish(struct vit_ksp_pending *pending)
{
    vit_slab_free(vit_ksp_slab(), pending->bytes, pending->len);
    *pending = (struct vit_ksp_pending){ 0 };
}

static void destroy(struct vit_object *object)
{
    struct vit_ksp_key *key = from_object(object);
    struct vit_ksp_provider *provider = key->provider;
    if (key->material != NULL) {
        provider->backend->release(key->material);
    }
    if (key->public != NULL) {
        (void)BCryptDestroyKey(key->public);
    }
    vit_ksp_pending_finish(&key->pending);
    vit_ksp_attributes_finish(&key->attributes);
    vit_ksp_custom_free(key->custom);
    vit_ksp_context_finish(&key->context);
    pthread_mutex_destroy(&key->lock);
    pthread_mutex_destroy(&key->changing);
    free(key);
    vit_ksp_provider_unref(provider);
}

static const struct vit_object_kind key_kind = { "stored key", VIT_KSP_TAG_KEY, destroy };

SECURITY_STATUS vit_ksp_key_new(struct vit_ksp_provider *provider,
        const struct vit_ksp_algorithm *algorithm, struct vit_ksp_key **key)
{
    struct vit_ksp_key *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return NTE_NO_MEMORY;
    }
    vit_object_init(&made->base, &key_kind, false);
    vit_object_ref(&provider->base);
    made->provider = provider;
    made->algorithm = algorithm;
    atomic_init(&made->final, false);
    pthread_mutex_init(&made->changing, NULL);
    pthread_mutex_init(&made->lock, NULL);
    made->attributes.usage = NCRYPT_ALLOW_ALL_USAGES;
    *key = made;
    return ERROR_SUCCESS;
}

struct vit_ksp_key *vit_ksp_key_get(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE handle)
{
    return vit_ksp_is_provider(provider)
            ? from_object(vit_handle_get((const void *)handle, &key_kind))
            : NULL;
}

void vit_ksp_key_unref(struct vit_ksp_key *key)
{
    vit_object_unref(&key->base);
}

SECURITY_STATUS WINAPI vit_ksp_free_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey)
{
    (void)hProvider; /* a key may outlive the handle of its provider */
    struct vit_object *object = vit_handle_take((const void *)hKey, &key_kind);
    vit_object_unref(object);
    return object == NULL ? NTE_INVALID_HANDLE : ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_key_name(struct vit_ksp_key *key, LPCWSTR name, DWORD flags)
{
    struct vit_ksp_provider *provider = key->provider;
    if (name == NULL) {
        return ERROR_SUCCESS;
    }
    size_t len = vit_wide_len(name);
    if (len == 0 || len > NCRYPT_MAX_KEY_NAME_LENGTH) {
        return NTE_INVALID_PARAMETER;
    }
    key->attributes.machine = (flags & NCRYPT_MACHINE_KEY_FLAG) != 0;
    key->overwrite = (flags & NCRYPT_OVERWRITE_KEY_FLAG) != 0;
    if (!key->overwrite) {
        const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(provider, flags);
        SECURITY_STATUS found =
                provider->backend->probe(provider->store, name, key->attributes.machine, &prompt);
        if (found != NTE_BAD_KEYSET) {
            return found == ERROR_SUCCESS ? NTE_EXISTS : found;
        }
    }
    return vit_ksp_text_copy(name, &key->attributes.name);
}

DWORD vit_ksp_key_block_len(const struct vit_ksp_key *key)
{
    return (key->attributes.bits + 7) / 8;
}

SECURITY_STATUS vit_ksp_key_may(struct vit_ksp_key *key, DWORD usage)
{
    if (!vit_ksp_key_is_final(key)) {
        return NTE_BAD_KEY_STATE;
    }
    if (key->material == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    pthread_mutex_lock(&key->lock);
    bool allowed = (key->attributes.usage & usage) != 0;
    pthread_mutex_unlock(&key->lock);
    return allowed ? ERROR_SUCCESS : NTE_PERM;
}

/* A key of high protection has a passphrase of its own, which the backend asks for: that is the
 * person's consent. A policy does not change any more when a key is final. */
SECURITY_STATUS vit_ksp_key_consent(struct vit_ksp_key *key, LPCWSTR operation,
        const struct vit_ksp_prompt *prompt)
{
    const struct vit_ksp_attributes *attributes = &key->attributes;
    if ((attributes->ui_flags & NCRYPT_UI_PROTECT_KEY_FLAG) == 0 ||
            (attributes->ui_flags & NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG) != 0) {
        return ERROR_SUCCESS;
    }
    const VITRINE_NCRYPT_QUESTION question = {
        .Kind = VITRINE_NCRYPT_CONFIRM,
        .Operation = operation,
        .Provider = key->provider->backend->name,
        .KeyName = attributes->name,
        .Title = attributes->ui_title,
        .FriendlyName = attributes->ui_friendly_name,
        .Description = attributes->ui_description,
    };
    return vit_ksp_confirm(prompt, &question);
}

SECURITY_STATUS WINAPI vit_ksp_prompt_user(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        LPCWSTR pszOperation, DWORD dwFlags)
{
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(hProvider);
    VIT_AUTO(ksp_key) key = hKey != 0 ? vit_ksp_key_get(hProvider, hKey) : NULL;
    if (provider == NULL || (hKey != 0 && key == NULL)) {
        return NTE_INVALID_HANDLE;
    }
    if (pszOperation == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if ((dwFlags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0) {
        return NTE_BAD_FLAGS;
    }
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(provider, dwFlags);
    const VITRINE_NCRYPT_QUESTION question = {
        .Kind = VITRINE_NCRYPT_CONFIRM,
        .Operation = pszOperation,
        .Provider = provider->backend->name,
        .KeyName = key != NULL ? key->attributes.name : NULL,
    };
    return vit_ksp_confirm(&prompt, &question);
}

SECURITY_STATUS WINAPI vit_ksp_notify_change_key(NCRYPT_PROV_HANDLE hProvider, HANDLE *phEvent,
        DWORD dwFlags)
{
    (void)phEvent;
    (void)dwFlags;
    return vit_ksp_is_provider(hProvider) ? NTE_NOT_SUPPORTED : NTE_INVALID_HANDLE;
}

SECURITY_STATUS WINAPI vit_ksp_key_derivation(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        NCryptBufferDesc *pParameterList, PUCHAR pbDerivedKey, DWORD cbDerivedKey, DWORD *pcbResult,
        ULONG dwFlags)
{
    (void)pParameterList;
    (void)pbDerivedKey;
    (void)cbDerivedKey;
    (void)pcbResult;
    (void)dwFlags;
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    return key == NULL ? NTE_INVALID_HANDLE : NTE_NOT_SUPPORTED; /* no key here is for that */
}
