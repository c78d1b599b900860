/* SPDX-License-Identifier: MIT */
/* Keys of the key derivation algorithms: bytes of any number, and what HKDF was told. */
#include "base/irql.h"
#include "cng/bcrypt/key_symmetric.h"
#include "cng/bcrypt/property.h"
#include "cng/derive/derive.h"
#include "cng/wide.h"

struct kdf_key {
    struct vit_bcrypt_symmetric_key base;
    struct vit_derive_secret secret;
};

static struct kdf_key *from_key(struct vit_bcrypt_key *key)
{
    return (struct kdf_key *)key;
}

static bool fit(size_t *len)
{
    (void)len;
    return true;
}

static NTSTATUS create(struct vit_bcrypt_provider *provider, const UCHAR *bytes, size_t len,
        struct vit_bcrypt_key **key)
{
    struct kdf_key *made =
            vit_bcrypt_symmetric_new(sizeof(*made), &vit_bcrypt_kdf_family, provider, bytes, len);
    if (made == NULL) {
        return STATUS_NO_MEMORY;
    }
    vit_derive_secret_init(&made->secret, NULL, made->base.bytes, len);
    *key = &made->base.base;
    return STATUS_SUCCESS;
}

static NTSTATUS duplicate(struct vit_bcrypt_key *key, struct vit_bcrypt_key **copy)
{
    struct kdf_key *from = from_key(key);
    NTSTATUS status = create(key->provider, from->base.bytes, from->base.len, copy);
    if (NT_SUCCESS(status)) {
        vit_derive_secret_copy(&from_key(*copy)->secret, &from->secret);
    }
    return status;
}

static void destroy(struct vit_bcrypt_key *key)
{
    vit_derive_secret_finish(&from_key(key)->secret);
    vit_bcrypt_symmetric_destroy(key);
}

static NTSTATUS get_provider_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    (void)provider;
    return vit_wide_equal(name, BCRYPT_OBJECT_LENGTH)
            ? vit_bcrypt_put_ulong(room, VIT_BCRYPT_KEY_OBJECT_LEN)
            : STATUS_NOT_SUPPORTED;
}

static NTSTATUS set_provider_property(struct vit_bcrypt_provider *provider, LPCWSTR name,
        const UCHAR *bytes, ULONG len)
{
    (void)provider;
    (void)name;
    (void)bytes;
    (void)len;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS get_property(const struct vit_bcrypt_key *key, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    if (vit_wide_equal(name, BCRYPT_KEY_LENGTH) || vit_wide_equal(name, BCRYPT_KEY_STRENGTH)) {
        const struct vit_bcrypt_symmetric_key *symmetric =
                (const struct vit_bcrypt_symmetric_key *)key;
        return vit_bcrypt_put_ulong(room, (ULONG)(8 * symmetric->len));
    }
    return get_provider_property(key->provider, name, room);
}

static NTSTATUS set_property(struct vit_bcrypt_key *key, LPCWSTR name, const UCHAR *bytes,
        ULONG len)
{
    bool hkdf = vit_wide_equal(key->provider->algorithm->name, BCRYPT_HKDF_ALGORITHM);
    return hkdf ? vit_derive_set_property(&from_key(key)->secret, name, bytes, len)
                : STATUS_NOT_SUPPORTED;
}

static const struct vit_bcrypt_symmetric symmetric = {
    .kind = BCRYPT_KEY_DERIVATION_INTERFACE,
    .fit = fit,
    .create = create,
    .duplicate = duplicate,
};

const struct vit_bcrypt_key_family vit_bcrypt_kdf_family = {
    .name = "KDF",
    .generate = vit_bcrypt_symmetric_no_pair,
    .finalize = vit_bcrypt_symmetric_no_finalize,
    .import = vit_bcrypt_symmetric_no_import,
    .export = vit_blob_symmetric_export,
    .get_property = get_property,
    .set_property = set_property,
    .destroy = destroy,
    .get_provider_property = get_provider_property,
    .set_provider_property = set_provider_property,
    .symmetric = &symmetric,
};

NTSTATUS WINAPI BCryptKeyDerivation(BCRYPT_KEY_HANDLE hKey, BCryptBufferDesc *pParameterList,
        PUCHAR pbDerivedKey, ULONG cbDerivedKey, ULONG *pcbResult, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    const struct vit_bcrypt_room room = { pbDerivedKey, cbDerivedKey, pcbResult };
    NTSTATUS status = vit_bcrypt_room_check(&room);
    if (pbDerivedKey == NULL || cbDerivedKey == 0 || !NT_SUCCESS(status)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (key->family != &vit_bcrypt_kdf_family) {
        return STATUS_NOT_SUPPORTED;
    }
    return vit_derive_keyed(&from_key(key)->secret, key->provider->algorithm->name, pParameterList,
            dwFlags, pbDerivedKey, cbDerivedKey, pcbResult);
}
