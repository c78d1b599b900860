/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/secret.h"

#include "base/irql.h"
#include "cng/bcrypt/key_agree.h"
#include "cng/bcrypt/key_ecc.h"
#include "cng/bcrypt/object.h"
#include "cng/bcrypt/property.h"

static struct vit_bcrypt_secret *from_object(struct vit_object *object)
{
    return (struct vit_bcrypt_secret *)object;
}

static size_t size_of(size_t len)
{
    return sizeof(struct vit_bcrypt_secret) + len;
}

static void destroy(struct vit_object *object)
{
    struct vit_bcrypt_secret *secret = from_object(object);
    vit_bcrypt_provider_unref(secret->provider);
    vit_derive_secret_finish(&secret->derive);
    vit_slab_free(vit_bcrypt_slab(), secret, size_of(secret->derive.len));
}

struct vit_bcrypt_secret *vit_bcrypt_secret_get(BCRYPT_SECRET_HANDLE handle)
{
    return from_object(vit_handle_get(handle, &vit_bcrypt_secret_kind.base));
}

void vit_bcrypt_secret_unref(struct vit_bcrypt_secret *secret)
{
    vit_object_unref(&secret->base);
}

static struct vit_bcrypt_secret *new_secret(struct vit_bcrypt_agree_key *key)
{
    struct vit_slab *slab = vit_bcrypt_slab();
    size_t len = vit_agree_len(key->agree);
    struct vit_bcrypt_secret *secret = slab == NULL ? NULL : vit_slab_alloc(slab, size_of(len));
    if (secret == NULL) {
        return NULL;
    }
    vit_object_init(&secret->base, &vit_bcrypt_secret_kind.base, key->base.base.at_dispatch);
    vit_object_ref(&key->base.provider->base);
    secret->provider = key->base.provider;
    bool ecc = key->base.family == &vit_bcrypt_ecc_family;
    vit_derive_secret_init(&secret->derive, ecc ? vit_curve_of(key->agree) : NULL, secret->z, len);
    return secret;
}

static NTSTATUS agree(struct vit_bcrypt_agree_key *own, const struct vit_bcrypt_agree_key *peer,
        BCRYPT_SECRET_HANDLE *handle)
{
    VIT_AUTO(bcrypt_secret) secret = new_secret(own);
    if (secret == NULL) {
        return STATUS_NO_MEMORY;
    }
    NTSTATUS status = vit_bcrypt_status(vit_agree(own->agree, peer->agree, secret->z));
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = vit_bcrypt_status(vit_handle_add(&secret->base, handle));
    if (NT_SUCCESS(status)) {
        secret = NULL; /* ownership moved to the table */
    }
    return status;
}

/* One family is one implementation, whichever provider handles the keys were made with. */
static NTSTATUS agree_keys(struct vit_bcrypt_key *private, struct vit_bcrypt_key *public,
        BCRYPT_SECRET_HANDLE *handle)
{
    struct vit_bcrypt_agree_key *own = vit_bcrypt_agree_key_of(private);
    struct vit_bcrypt_agree_key *peer = vit_bcrypt_agree_key_of(public);
    if (own == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if (peer == NULL || private->family != public->family || !private->private) {
        return STATUS_INVALID_PARAMETER;
    }
    return agree(own, peer, handle);
}

NTSTATUS WINAPI BCryptSecretAgreement(BCRYPT_KEY_HANDLE hPrivKey, BCRYPT_KEY_HANDLE hPubKey,
        BCRYPT_SECRET_HANDLE *phAgreedSecret, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) private = vit_bcrypt_key_get(hPrivKey);
    if (private == NULL || !atomic_load(&private->final)) {
        return STATUS_INVALID_HANDLE;
    }
    VIT_AUTO(bcrypt_key) public = vit_bcrypt_key_get(hPubKey);
    if (public == NULL || !atomic_load(&public->final)) {
        return STATUS_INVALID_HANDLE;
    }
    if (phAgreedSecret == NULL || !vit_irql_may_touch(phAgreedSecret, sizeof(*phAgreedSecret)) ||
            dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    return agree_keys(private, public, phAgreedSecret);
}

NTSTATUS WINAPI BCryptDestroySecret(BCRYPT_SECRET_HANDLE hSecret)
{
    struct vit_object *object = vit_handle_take(hSecret, &vit_bcrypt_secret_kind.base);
    vit_object_unref(object);
    return object == NULL ? STATUS_INVALID_HANDLE : STATUS_SUCCESS;
}

static NTSTATUS set_property(struct vit_object *object, LPCWSTR name, const UCHAR *bytes, ULONG len)
{
    return vit_derive_set_property(&from_object(object)->derive, name, bytes, len);
}

static NTSTATUS get_property(struct vit_object *object, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    return vit_bcrypt_origin_property(from_object(object)->provider, name, room);
}

const struct vit_bcrypt_kind vit_bcrypt_secret_kind = {
    .base = { "secret", VIT_BCRYPT_TAG_SECRET, destroy },
    .get_property = get_property,
    .set_property = set_property,
};
