/* SPDX-License-Identifier: MIT */
/* Properties: the provider's, but for its handle, and for the policy that applications and providers
 * see in two forms. */
#include "cng/ncrypt/object.h"
#include "cng/ncrypt/policy.h"
#include "cng/wide.h"

/* What a property call is about. */
struct owner {
    struct vit_ncrypt_provider *provider;
    struct vit_ncrypt_key *key;       /* NULL: the provider itself, or a secret */
    struct vit_ncrypt_secret *secret; /* NULL: none */
};

static void put_owner(struct owner *owner)
{
    if (owner->key != NULL) {
        vit_ncrypt_key_put(owner->key);
    } else if (owner->secret != NULL) {
        vit_ncrypt_secret_put(owner->secret);
    } else {
        vit_ncrypt_provider_unref(owner->provider);
    }
}

static bool find_owner(NCRYPT_HANDLE handle, struct owner *owner)
{
    *owner = (struct owner){ .provider = vit_ncrypt_provider_get(handle) };
    if (owner->provider != NULL) {
        return true;
    }
    owner->key = vit_ncrypt_key_get(handle);
    owner->secret = owner->key == NULL ? vit_ncrypt_secret_get(handle) : NULL;
    if (owner->key == NULL && owner->secret == NULL) {
        return false;
    }
    owner->provider = owner->key != NULL ? owner->key->provider : owner->secret->provider;
    return true;
}

static bool name_fits(LPCWSTR name)
{
    if (name == NULL) {
        return false;
    }
    size_t len = 0;
    while (len <= NCRYPT_MAX_PROPERTY_NAME && name[len] != 0) {
        len++;
    }
    return len <= NCRYPT_MAX_PROPERTY_NAME;
}

/* A provider has no function for properties of a secret, so there is nothing to be asked. */
static SECURITY_STATUS read_inner(const struct owner *owner, LPCWSTR name,
        const struct vit_ncrypt_room *room, DWORD flags)
{
    const struct vit_ncrypt_provider *provider = owner->provider;
    if (owner->secret != NULL) {
        return NTE_NOT_SUPPORTED;
    }
    if (owner->key != NULL) {
        return provider->table->GetKeyProperty(provider->inner, owner->key->inner, name,
                room->bytes, room->capacity, room->result, flags);
    }
    return provider->table->GetProviderProperty(provider->inner, name, room->bytes, room->capacity,
            room->result, flags);
}

/* Properties of HKDF reach a secret as those of a key. */
static SECURITY_STATUS write_inner(const struct owner *owner, LPCWSTR name, PBYTE bytes, DWORD len,
        DWORD flags)
{
    const struct vit_ncrypt_provider *provider = owner->provider;
    if (owner->secret != NULL && !vit_wide_equal(name, BCRYPT_HKDF_HASH_ALGORITHM) &&
            !vit_wide_equal(name, BCRYPT_HKDF_SALT_AND_FINALIZE) &&
            !vit_wide_equal(name, BCRYPT_HKDF_PRK_AND_FINALIZE)) {
        return NTE_NOT_SUPPORTED;
    }
    if (owner->secret != NULL || owner->key != NULL) {
        NCRYPT_HANDLE inner = owner->key != NULL ? owner->key->inner : owner->secret->inner;
        return provider->table->SetKeyProperty(provider->inner, inner, name, bytes, len, flags);
    }
    return provider->table->SetProviderProperty(provider->inner, name, bytes, len, flags);
}

/* The application has it open once more, to be freed on its own. */
static SECURITY_STATUS give_provider(const struct owner *owner, const struct vit_ncrypt_room *room)
{
    NCRYPT_PROV_HANDLE handle;
    if (owner->key == NULL && owner->secret == NULL) {
        return NTE_NOT_SUPPORTED;
    }
    *room->result = sizeof(handle);
    if (room->bytes == NULL) {
        return ERROR_SUCCESS;
    }
    if (room->capacity < sizeof(handle)) {
        return NTE_BUFFER_TOO_SMALL;
    }
    handle = vit_ncrypt_provider_open(owner->provider);
    memcpy(room->bytes, &handle, sizeof(handle));
    return ERROR_SUCCESS;
}

/* The provider's form first, whose length is not known before. */
static SECURITY_STATUS read_policy(const struct owner *owner, const struct vit_ncrypt_room *room,
        DWORD flags)
{
    DWORD len = 0;
    struct vit_ncrypt_room inner = { NULL, 0, &len };
    SECURITY_STATUS status = read_inner(owner, NCRYPT_UI_POLICY_PROPERTY, &inner, flags);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (len > NCRYPT_MAX_PROPERTY_DATA) {
        return NTE_PROVIDER_DLL_FAIL;
    }
    VIT_AUTO(bytes) blob = calloc(1, len + (size_t)1);
    if (blob == NULL) {
        return NTE_NO_MEMORY;
    }
    inner.bytes = blob;
    inner.capacity = len;
    status = read_inner(owner, NCRYPT_UI_POLICY_PROPERTY, &inner, flags);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    return len > inner.capacity ? NTE_PROVIDER_DLL_FAIL : vit_policy_of_blob(blob, len, room);
}

static SECURITY_STATUS write_policy(const struct owner *owner, const BYTE *bytes, DWORD len,
        DWORD flags)
{
    VIT_AUTO(bytes) blob = NULL;
    DWORD blob_len;
    SECURITY_STATUS status = vit_policy_to_blob(bytes, len, &blob, &blob_len);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    return write_inner(owner, NCRYPT_UI_POLICY_PROPERTY, blob, blob_len, flags);
}

static SECURITY_STATUS get(const struct owner *owner, LPCWSTR name,
        const struct vit_ncrypt_room *room, DWORD flags)
{
    if (!name_fits(name) || room->result == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if (vit_wide_equal(name, NCRYPT_PROVIDER_HANDLE_PROPERTY)) {
        return give_provider(owner, room);
    }
    if (vit_wide_equal(name, NCRYPT_UI_POLICY_PROPERTY)) {
        return read_policy(owner, room, flags);
    }
    return read_inner(owner, name, room, flags);
}

SECURITY_STATUS WINAPI NCryptGetProperty(NCRYPT_HANDLE hObject, LPCWSTR pszProperty, PBYTE pbOutput,
        DWORD cbOutput, DWORD *pcbResult, DWORD dwFlags)
{
    struct owner owner;
    if (!find_owner(hObject, &owner)) {
        return NTE_INVALID_HANDLE;
    }
    const struct vit_ncrypt_room room = { pbOutput, cbOutput, pcbResult };
    SECURITY_STATUS status = get(&owner, pszProperty, &room, dwFlags);
    put_owner(&owner);
    return status;
}

static SECURITY_STATUS set(const struct owner *owner, LPCWSTR name, PBYTE bytes, DWORD len,
        DWORD flags)
{
    if (!name_fits(name) || (bytes == NULL && len > 0) || len > NCRYPT_MAX_PROPERTY_DATA) {
        return NTE_INVALID_PARAMETER;
    }
    if (vit_wide_equal(name, NCRYPT_PROVIDER_HANDLE_PROPERTY)) {
        return NTE_NOT_SUPPORTED;
    }
    if (vit_wide_equal(name, NCRYPT_UI_POLICY_PROPERTY)) {
        return write_policy(owner, bytes, len, flags);
    }
    return write_inner(owner, name, bytes, len, flags);
}

SECURITY_STATUS WINAPI NCryptSetProperty(NCRYPT_HANDLE hObject, LPCWSTR pszProperty, PBYTE pbInput,
        DWORD cbInput, DWORD dwFlags)
{
    struct owner owner;
    if (!find_owner(hObject, &owner)) {
        return NTE_INVALID_HANDLE;
    }
    SECURITY_STATUS status = set(&owner, pszProperty, pbInput, cbInput, dwFlags);
    put_owner(&owner);
    return status;
}
