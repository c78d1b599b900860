/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "cng/ncrypt/library.h"
#include "cng/ncrypt/object.h"

static struct vit_ncrypt_secret *from_object(struct vit_object *object)
{
    return (struct vit_ncrypt_secret *)object;
}

static void destroy(struct vit_object *object)
{
    struct vit_ncrypt_secret *secret = from_object(object);
    (void)secret->provider->table->FreeSecret(secret->provider->inner, secret->inner);
    vit_ncrypt_provider_unref(secret->provider);
    free(secret);
}

const struct vit_object_kind vit_ncrypt_secret_kind = { "agreed secret", VIT_NCRYPT_TAG_SECRET,
    destroy };

struct vit_ncrypt_secret *vit_ncrypt_secret_get(NCRYPT_SECRET_HANDLE handle)
{
    return from_object(vit_handle_get(vit_ncrypt_number(handle), &vit_ncrypt_secret_kind));
}

void vit_ncrypt_secret_put(struct vit_ncrypt_secret *secret)
{
    vit_object_unref(&secret->base);
}

static struct vit_ncrypt_secret *create(struct vit_ncrypt_provider *provider,
        NCRYPT_SECRET_HANDLE inner)
{
    struct vit_ncrypt_secret *secret = calloc(1, sizeof(*secret));
    if (secret == NULL) {
        return NULL;
    }
    vit_object_init(&secret->base, &vit_ncrypt_secret_kind, false);
    vit_ncrypt_provider_ref(provider);
    secret->provider = provider;
    secret->inner = inner;
    return secret;
}

static SECURITY_STATUS give(struct vit_ncrypt_provider *provider, NCRYPT_SECRET_HANDLE inner,
        NCRYPT_SECRET_HANDLE *handle)
{
    if (inner == 0) {
        return NTE_PROVIDER_DLL_FAIL;
    }
    struct vit_ncrypt_secret *secret = create(provider, inner);
    if (secret == NULL) {
        (void)provider->table->FreeSecret(provider->inner, inner);
        return NTE_NO_MEMORY;
    }
    void *number = NULL;
    SECURITY_STATUS status = vit_ncrypt_status(vit_handle_add(&secret->base, &number));
    if (status != ERROR_SUCCESS) {
        vit_ncrypt_secret_put(secret);
        return status;
    }
    *handle = (NCRYPT_SECRET_HANDLE)number;
    return ERROR_SUCCESS;
}

SECURITY_STATUS WINAPI NCryptSecretAgreement(NCRYPT_KEY_HANDLE hPrivKey, NCRYPT_KEY_HANDLE hPubKey,
        NCRYPT_SECRET_HANDLE *phAgreedSecret, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_key) private = vit_ncrypt_key_get(hPrivKey);
    if (private == NULL) {
        return NTE_INVALID_HANDLE;
    }
    struct vit_ncrypt_provider *provider = private->provider;
    VIT_AUTO(ncrypt_key) public = NULL;
    NCRYPT_KEY_HANDLE inner_public;
    SECURITY_STATUS status = vit_ncrypt_key_other(provider, hPubKey, false, &public, &inner_public);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (phAgreedSecret == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    NCRYPT_SECRET_HANDLE inner = 0;
    status = provider->table->SecretAgreement(provider->inner, private->inner, inner_public, &inner,
            dwFlags);
    return status == ERROR_SUCCESS ? give(provider, inner, phAgreedSecret) : status;
}

SECURITY_STATUS WINAPI NCryptDeriveKey(NCRYPT_SECRET_HANDLE hSharedSecret, LPCWSTR pwszKDF,
        NCryptBufferDesc *pParameterList, PBYTE pbDerivedKey, DWORD cbDerivedKey, DWORD *pcbResult,
        ULONG dwFlags)
{
    VIT_AUTO(ncrypt_secret) secret = vit_ncrypt_secret_get(hSharedSecret);
    if (secret == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pwszKDF == NULL || pcbResult == NULL || !vit_ncrypt_parameters_fit(pParameterList)) {
        return NTE_INVALID_PARAMETER;
    }
    return secret->provider->table->DeriveKey(secret->provider->inner, secret->inner, pwszKDF,
            pParameterList, pbDerivedKey, cbDerivedKey, pcbResult, dwFlags);
}

SECURITY_STATUS WINAPI NCryptKeyDerivation(NCRYPT_KEY_HANDLE hKey, NCryptBufferDesc *pParameterList,
        PUCHAR pbDerivedKey, DWORD cbDerivedKey, DWORD *pcbResult, ULONG dwFlags)
{
    VIT_AUTO(ncrypt_key) key = vit_ncrypt_key_get(hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pbDerivedKey == NULL || pcbResult == NULL || !vit_ncrypt_parameters_fit(pParameterList)) {
        return NTE_INVALID_PARAMETER;
    }
    const NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table = key->provider->table;
    if (!vit_library_derives(table)) {
        return NTE_NOT_SUPPORTED;
    }
    return table->KeyDerivation(key->provider->inner, key->inner, pParameterList, pbDerivedKey,
            cbDerivedKey, pcbResult, dwFlags);
}
