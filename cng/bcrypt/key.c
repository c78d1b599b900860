/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/key.h"

#include "base/irql.h"
#include "cng/bcrypt/object.h"
#include "cng/bcrypt/key_symmetric.h"
#include "cng/bcrypt/property.h"
#include "cng/wide.h"

static struct vit_bcrypt_key *from_object(struct vit_object *object)
{
    return (struct vit_bcrypt_key *)object;
}

void vit_bcrypt_key_init(struct vit_bcrypt_key *key, const struct vit_bcrypt_key_family *family,
        struct vit_bcrypt_provider *provider)
{
    vit_object_init(&key->base, &vit_bcrypt_key_kind.base, provider->base.at_dispatch);
    vit_object_ref(&provider->base);
    key->family = family;
    key->provider = provider;
    pthread_mutex_init(&key->lock, NULL);
    atomic_init(&key->final, false);
}

static void destroy(struct vit_object *object)
{
    struct vit_bcrypt_key *key = from_object(object);
    struct vit_bcrypt_provider *provider = key->provider;
    pthread_mutex_destroy(&key->lock);
    key->family->destroy(key);
    vit_bcrypt_provider_unref(provider);
}

struct vit_bcrypt_key *vit_bcrypt_key_get(BCRYPT_KEY_HANDLE handle)
{
    return from_object(vit_handle_get(handle, &vit_bcrypt_key_kind.base));
}

void vit_bcrypt_key_unref(struct vit_bcrypt_key *key)
{
    vit_object_unref(&key->base);
}

NTSTATUS vit_bcrypt_key_publish(struct vit_bcrypt_key *key, BCRYPT_KEY_HANDLE *handle)
{
    NTSTATUS status = vit_bcrypt_status(vit_handle_add(&key->base, handle));
    if (!NT_SUCCESS(status)) {
        vit_bcrypt_key_unref(key);
    }
    return status;
}

/* Where a new handle can be put. */
static bool is_place(const BCRYPT_KEY_HANDLE *handle)
{
    return handle != NULL && vit_irql_may_touch(handle, sizeof(*handle));
}

NTSTATUS WINAPI BCryptGenerateKeyPair(BCRYPT_ALG_HANDLE hAlgorithm, BCRYPT_KEY_HANDLE *phKey,
        ULONG dwLength, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_provider) provider = vit_bcrypt_provider_get(hAlgorithm);
    if (provider == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (!is_place(phKey) || dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (provider->algorithm->family == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    struct vit_bcrypt_key *key = NULL;
    NTSTATUS status = provider->algorithm->family->generate(provider, dwLength, &key);
    return NT_SUCCESS(status) ? vit_bcrypt_key_publish(key, phKey) : status;
}

static NTSTATUS finalize(struct vit_bcrypt_key *key)
{
    if (atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    NTSTATUS status = key->family->finalize(key);
    if (NT_SUCCESS(status)) {
        atomic_store(&key->final, true);
    }
    return status;
}

NTSTATUS WINAPI BCryptFinalizeKeyPair(BCRYPT_KEY_HANDLE hKey, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    pthread_mutex_lock(&key->lock);
    NTSTATUS status = finalize(key);
    pthread_mutex_unlock(&key->lock);
    return status;
}

NTSTATUS WINAPI BCryptImportKeyPair(BCRYPT_ALG_HANDLE hAlgorithm, BCRYPT_KEY_HANDLE hImportKey,
        LPCWSTR pszBlobType, BCRYPT_KEY_HANDLE *phKey, PUCHAR pbInput, ULONG cbInput, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_provider) provider = vit_bcrypt_provider_get(hAlgorithm);
    if (provider == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (hImportKey != NULL || pszBlobType == NULL || !is_place(phKey) || pbInput == NULL ||
            (dwFlags & ~(ULONG)BCRYPT_NO_KEY_VALIDATION) != 0 ||
            !vit_irql_may_touch(pbInput, cbInput)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (provider->algorithm->family == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    struct vit_bcrypt_key *key = NULL;
    NTSTATUS status = provider->algorithm->family->import(provider, pszBlobType, pbInput, cbInput,
            dwFlags, &key);
    return NT_SUCCESS(status) ? vit_bcrypt_key_publish(key, phKey) : status;
}

NTSTATUS WINAPI BCryptExportKey(BCRYPT_KEY_HANDLE hKey, BCRYPT_KEY_HANDLE hExportKey,
        LPCWSTR pszBlobType, PUCHAR pbOutput, ULONG cbOutput, ULONG *pcbResult, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    const struct vit_bcrypt_room room = { pbOutput, cbOutput, pcbResult };
    NTSTATUS status = vit_bcrypt_room_check(&room);
    if (pszBlobType == NULL || dwFlags != 0 || !NT_SUCCESS(status)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (key->family->symmetric != NULL && vit_wide_equal(pszBlobType, BCRYPT_AES_WRAP_KEY_BLOB)) {
        return vit_blob_symmetric_wrap(key, hExportKey, &room);
    }
    return hExportKey == NULL ? key->family->export(key, pszBlobType, &room)
                              : STATUS_INVALID_PARAMETER;
}

NTSTATUS WINAPI BCryptDestroyKey(BCRYPT_KEY_HANDLE hKey)
{
    struct vit_object *object = vit_handle_take(hKey, &vit_bcrypt_key_kind.base);
    vit_object_unref(object);
    return object == NULL ? STATUS_INVALID_HANDLE : STATUS_SUCCESS;
}

/* A finished pair never changes, so a duplicate is a second handle of it. */
static NTSTATUS duplicate(struct vit_bcrypt_key *key, void *object, ULONG object_len,
        struct vit_bcrypt_key **copy)
{
    if (key->family->symmetric == NULL) {
        vit_object_ref(&key->base);
        *copy = key;
        return STATUS_SUCCESS;
    }
    NTSTATUS status = vit_bcrypt_symmetric_room(object, object_len);
    return NT_SUCCESS(status) ? key->family->symmetric->duplicate(key, copy) : status;
}

NTSTATUS WINAPI BCryptDuplicateKey(BCRYPT_KEY_HANDLE hKey, BCRYPT_KEY_HANDLE *phNewKey,
        PUCHAR pbKeyObject, ULONG cbKeyObject, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    if (!is_place(phNewKey) || dwFlags != 0 || (pbKeyObject == NULL && cbKeyObject != 0) ||
            !vit_irql_may_touch(pbKeyObject, cbKeyObject)) {
        return STATUS_INVALID_PARAMETER;
    }
    struct vit_bcrypt_key *copy = NULL;
    NTSTATUS status = duplicate(key, pbKeyObject, cbKeyObject, &copy);
    return NT_SUCCESS(status) ? vit_bcrypt_key_publish(copy, phNewKey) : status;
}

static NTSTATUS get_property(struct vit_object *object, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    struct vit_bcrypt_key *key = from_object(object);
    NTSTATUS status = vit_bcrypt_origin_property(key->provider, name, room);
    if (status != STATUS_NOT_SUPPORTED) {
        return status;
    }
    if (atomic_load(&key->final)) {
        return key->family->get_property(key, name, room);
    }
    pthread_mutex_lock(&key->lock);
    status = key->family->get_property(key, name, room);
    pthread_mutex_unlock(&key->lock);
    return status;
}

static NTSTATUS set_property(struct vit_object *object, LPCWSTR name, const UCHAR *bytes, ULONG len)
{
    struct vit_bcrypt_key *key = from_object(object);
    pthread_mutex_lock(&key->lock);
    NTSTATUS status = key->family->set_property(key, name, bytes, len);
    pthread_mutex_unlock(&key->lock);
    return status;
}

const struct vit_bcrypt_kind vit_bcrypt_key_kind = {
    .base = { "key", VIT_BCRYPT_TAG_KEY, destroy },
    .get_property = get_property,
    .set_property = set_property,
};
