/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/irql.h"
#include "cng/ncrypt/library.h"
#include "cng/ncrypt/object.h"
#include "cng/ncrypt/terminal.h"
#include "cng/wide.h"
#include "vitrine_ncrypt.h"

enum { FLAGS_OF_OPENING = NCRYPT_SILENT_FLAG | NCRYPT_IGNORE_DEVICE_STATE_FLAG };

static struct vit_ncrypt_provider *from_object(struct vit_object *object)
{
    return (struct vit_ncrypt_provider *)object;
}

static void destroy(struct vit_object *object)
{
    struct vit_ncrypt_provider *provider = from_object(object);
    if (provider->inner != 0) {
        (void)provider->table->FreeProvider(provider->inner);
    }
    pthread_mutex_destroy(&provider->lock);
    free(provider->name);
    free(provider);
}

const struct vit_object_kind vit_ncrypt_provider_kind = { "key storage provider",
    VIT_NCRYPT_TAG_PROVIDER, destroy };

struct vit_ncrypt_provider *vit_ncrypt_provider_get(NCRYPT_PROV_HANDLE handle)
{
    VIT_AUTO(object) object = vit_handle_get(vit_ncrypt_number(handle), &vit_ncrypt_provider_kind);
    if (object == NULL) {
        return NULL;
    }
    struct vit_ncrypt_provider *provider = from_object(object);
    pthread_mutex_lock(&provider->lock);
    bool open = provider->opens > 0;
    provider->users += open;
    pthread_mutex_unlock(&provider->lock);
    return open ? provider : NULL;
}

void vit_ncrypt_provider_ref(struct vit_ncrypt_provider *provider)
{
    pthread_mutex_lock(&provider->lock);
    provider->users++;
    pthread_mutex_unlock(&provider->lock);
}

/* The table of handles holds the one reference, until nobody needs the provider any more. */
static void leave(struct vit_ncrypt_provider *provider, bool needed)
{
    if (!needed) {
        vit_object_unref(vit_handle_take(vit_ncrypt_number(provider->handle),
                &vit_ncrypt_provider_kind));
    }
}

void vit_ncrypt_provider_unref(struct vit_ncrypt_provider *provider)
{
    pthread_mutex_lock(&provider->lock);
    provider->users--;
    bool needed = provider->users + provider->opens > 0;
    pthread_mutex_unlock(&provider->lock);
    leave(provider, needed);
}

NCRYPT_PROV_HANDLE vit_ncrypt_provider_open(struct vit_ncrypt_provider *provider)
{
    pthread_mutex_lock(&provider->lock);
    provider->opens++;
    pthread_mutex_unlock(&provider->lock);
    return provider->handle;
}

bool vit_ncrypt_provider_close(struct vit_ncrypt_provider *provider)
{
    pthread_mutex_lock(&provider->lock);
    bool open = provider->opens > 0;
    provider->opens -= open;
    bool needed = !open || provider->users + provider->opens > 0;
    pthread_mutex_unlock(&provider->lock);
    leave(provider, needed);
    return open;
}

bool vit_ncrypt_provider_same(const struct vit_ncrypt_provider *a,
        const struct vit_ncrypt_provider *b)
{
    return a->get == b->get && vit_wide_equal(a->name, b->name);
}

static WCHAR *copy_name(LPCWSTR name)
{
    size_t size = vit_wide_size(name);
    WCHAR *copy = malloc(size);
    return copy == NULL ? NULL : memcpy(copy, name, size);
}

static struct vit_ncrypt_provider *create(LPCWSTR name)
{
    struct vit_ncrypt_provider *provider = calloc(1, sizeof(*provider));
    if (provider == NULL) {
        return NULL;
    }
    vit_object_init(&provider->base, &vit_ncrypt_provider_kind, false);
    pthread_mutex_init(&provider->lock, NULL);
    provider->opens = 1;
    provider->name = copy_name(name);
    return provider;
}

/* Providers of others do not know the property, and need not. */
static void set_prompt(const struct vit_ncrypt_provider *provider)
{
    VITRINE_NCRYPT_PROMPT prompt = { vit_terminal_ask, NULL };
    (void)provider->table->SetProviderProperty(provider->inner, VITRINE_PROMPT_PROPERTY,
            (PBYTE)&prompt, sizeof(prompt), 0);
}

static SECURITY_STATUS start(struct vit_ncrypt_provider *provider, DWORD flags)
{
    SECURITY_STATUS status = provider->table->OpenProvider(&provider->inner, provider->name, flags);
    if (status != ERROR_SUCCESS) {
        provider->inner = 0;
        return status;
    }
    if (provider->inner == 0) {
        return NTE_PROVIDER_DLL_FAIL;
    }
    set_prompt(provider);
    return ERROR_SUCCESS;
}

static SECURITY_STATUS open_library(const struct vit_manifest_provider *found, DWORD flags,
        NCRYPT_PROV_HANDLE *handle)
{
    VIT_AUTO(object) object = NULL;
    struct vit_ncrypt_provider *provider = create(found->name);
    if (provider == NULL) {
        return NTE_NO_MEMORY;
    }
    object = &provider->base;
    struct vit_library library = { NULL, NULL };
    SECURITY_STATUS status =
            provider->name == NULL ? NTE_NO_MEMORY : vit_library_load(found, &library);
    if (status == ERROR_SUCCESS) {
        provider->get = library.get;
        provider->table = library.table;
        status = start(provider, flags);
    }
    if (status != ERROR_SUCCESS) {
        return status;
    }
    void *number = NULL;
    status = vit_ncrypt_status(vit_handle_add(&provider->base, &number));
    if (status == ERROR_SUCCESS) {
        object = NULL; /* ownership moved to the table */
        provider->handle = (NCRYPT_PROV_HANDLE)number;
        *handle = provider->handle;
    }
    return status;
}

SECURITY_STATUS WINAPI NCryptOpenStorageProvider(NCRYPT_PROV_HANDLE *phProvider,
        LPCWSTR pszProviderName, DWORD dwFlags)
{
    if (vit_irql_current() >= VIT_IRQL_DISPATCH) {
        return NTE_NOT_SUPPORTED;
    }
    if (phProvider == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if ((dwFlags & ~(DWORD)FLAGS_OF_OPENING) != 0) {
        return NTE_BAD_FLAGS;
    }
    struct vit_manifests manifests;
    SECURITY_STATUS status = vit_ncrypt_status(vit_manifests_read(&manifests));
    if (status != ERROR_SUCCESS) {
        return status;
    }
    const struct vit_manifest_provider *found = vit_manifests_find(&manifests, pszProviderName);
    status = found == NULL ? NTE_NOT_FOUND : open_library(found, dwFlags, phProvider);
    vit_manifests_finish(&manifests);
    return status;
}

SECURITY_STATUS WINAPI NCryptIsAlgSupported(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszAlgId,
        DWORD dwFlags)
{
    VIT_AUTO(ncrypt_provider) provider = vit_ncrypt_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pszAlgId == NULL) {
        return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    }
    return provider->table->IsAlgSupported(provider->inner, pszAlgId, dwFlags);
}

SECURITY_STATUS WINAPI NCryptNotifyChangeKey(NCRYPT_PROV_HANDLE hProvider, HANDLE *phEvent,
        DWORD dwFlags)
{
    VIT_AUTO(ncrypt_provider) provider = vit_ncrypt_provider_get(hProvider);
    if (provider == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (phEvent == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    return provider->table->NotifyChangeKey(provider->inner, phEvent, dwFlags);
}
