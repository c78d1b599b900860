/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/key_symmetric.h"

#include "base/irql.h"
#include "cng/bcrypt/object.h"

static bool is_given(const void *memory, ULONG len)
{
    return (memory != NULL || len == 0) && vit_irql_may_touch(memory, len);
}

static bool is_place(const BCRYPT_KEY_HANDLE *handle)
{
    return handle != NULL && vit_irql_may_touch(handle, sizeof(*handle));
}

NTSTATUS vit_bcrypt_symmetric_room(const void *memory, ULONG len)
{
    if (!is_given(memory, len)) {
        return STATUS_INVALID_PARAMETER;
    }
    return memory != NULL && len < VIT_BCRYPT_KEY_OBJECT_LEN ? STATUS_BUFFER_TOO_SMALL
                                                             : STATUS_SUCCESS;
}

void *vit_bcrypt_symmetric_new(size_t struct_size, const struct vit_bcrypt_key_family *family,
        struct vit_bcrypt_provider *provider, const UCHAR *bytes, size_t len)
{
    struct vit_slab *slab = vit_bcrypt_slab();
    size_t size = struct_size + len;
    UCHAR *memory = slab == NULL ? NULL : vit_slab_alloc(slab, size);
    if (memory == NULL) {
        return NULL;
    }
    struct vit_bcrypt_symmetric_key *key = (struct vit_bcrypt_symmetric_key *)(void *)memory;
    vit_bcrypt_key_init(&key->base, family, provider);
    atomic_store(&key->base.final, true);
    key->base.private = true;
    key->size = size;
    key->len = len;
    key->bytes = memory + struct_size;
    if (len > 0) {
        memcpy(memory + struct_size, bytes, len);
    }
    return key;
}

void vit_bcrypt_symmetric_destroy(struct vit_bcrypt_key *key)
{
    vit_slab_free(vit_bcrypt_slab(), key, ((struct vit_bcrypt_symmetric_key *)key)->size);
}

NTSTATUS vit_bcrypt_symmetric_no_pair(struct vit_bcrypt_provider *provider, ULONG bits,
        struct vit_bcrypt_key **key)
{
    (void)provider;
    (void)bits;
    (void)key;
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS vit_bcrypt_symmetric_no_finalize(struct vit_bcrypt_key *key)
{
    (void)key;
    return STATUS_INVALID_HANDLE;
}

NTSTATUS vit_bcrypt_symmetric_no_import(struct vit_bcrypt_provider *provider, LPCWSTR type,
        const UCHAR *bytes, ULONG len, ULONG flags, struct vit_bcrypt_key **key)
{
    (void)provider;
    (void)type;
    (void)bytes;
    (void)len;
    (void)flags;
    (void)key;
    return STATUS_NOT_SUPPORTED;
}

static const struct vit_bcrypt_symmetric *symmetric_of(const struct vit_bcrypt_provider *provider)
{
    const struct vit_bcrypt_key_family *family = provider->algorithm->family;
    return family == NULL ? NULL : family->symmetric;
}

/* Bytes beyond what makes a key are published not to be looked at. */
static NTSTATUS create(struct vit_bcrypt_provider *provider, const UCHAR *bytes, ULONG len,
        BCRYPT_KEY_HANDLE *handle)
{
    const struct vit_bcrypt_symmetric *symmetric = symmetric_of(provider);
    struct vit_bcrypt_key *key = NULL;
    size_t fitting = len;
    if (!symmetric->fit(&fitting)) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = symmetric->create(provider, bytes, fitting, &key);
    return NT_SUCCESS(status) ? vit_bcrypt_key_publish(key, handle) : status;
}

NTSTATUS WINAPI BCryptGenerateSymmetricKey(BCRYPT_ALG_HANDLE hAlgorithm, BCRYPT_KEY_HANDLE *phKey,
        PUCHAR pbKeyObject, ULONG cbKeyObject, PUCHAR pbSecret, ULONG cbSecret, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_provider) provider = vit_bcrypt_provider_get(hAlgorithm);
    if (provider == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (!is_place(phKey) || !is_given(pbSecret, cbSecret) || dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (symmetric_of(provider) == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    NTSTATUS status = vit_bcrypt_symmetric_room(pbKeyObject, cbKeyObject);
    return NT_SUCCESS(status) ? create(provider, pbSecret, cbSecret, phKey) : status;
}

NTSTATUS WINAPI BCryptImportKey(BCRYPT_ALG_HANDLE hAlgorithm, BCRYPT_KEY_HANDLE hImportKey,
        LPCWSTR pszBlobType, BCRYPT_KEY_HANDLE *phKey, PUCHAR pbKeyObject, ULONG cbKeyObject,
        PUCHAR pbInput, ULONG cbInput, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_provider) provider = vit_bcrypt_provider_get(hAlgorithm);
    if (provider == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (pszBlobType == NULL || !is_place(phKey) || pbInput == NULL || !is_given(pbInput, cbInput) ||
            dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (symmetric_of(provider) == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    NTSTATUS status = vit_bcrypt_symmetric_room(pbKeyObject, cbKeyObject);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct vit_bcrypt_key *key = NULL;
    status = vit_blob_symmetric_import(provider, hImportKey, pszBlobType, pbInput, cbInput, &key);
    return NT_SUCCESS(status) ? vit_bcrypt_key_publish(key, phKey) : status;
}
