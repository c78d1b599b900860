/* SPDX-License-Identifier: MIT */
/*
 * Values under names of the application's own. With NCRYPT_PERSIST_FLAG they are kept with the key;
 * without, with the handle.
 */
#include "cng/ksp/custom.h"
#include "cng/ksp/property.h"
#include "cng/wide.h"

static bool can_have(const struct vit_ksp_key *key)
{
    return vit_ksp_key_is_named(key) && key->provider->backend->keeps_custom;
}

static bool is_kept(DWORD flags)
{
    return (flags & (NCRYPT_PERSIST_FLAG | NCRYPT_PERSIST_ONLY_FLAG)) != 0;
}

/* A card's certificate is published to be missing rather than unknown. */
SECURITY_STATUS vit_ksp_get_custom(const struct vit_ksp_key *key, LPCWSTR name, DWORD flags,
        const struct vit_ksp_room *room)
{
    struct vit_ksp_custom *of_handle = key->custom, *of_key = key->attributes.custom;
    struct vit_ksp_custom *found = NULL;
    if (!can_have(key)) {
        return vit_wide_equal(name, NCRYPT_CERTIFICATE_PROPERTY) ? NTE_NOT_FOUND
                                                                 : NTE_NOT_SUPPORTED;
    }
    if (!is_kept(flags)) {
        found = *vit_ksp_custom_find(&of_handle, name);
    }
    if (found == NULL) {
        found = *vit_ksp_custom_find(&of_key, name);
    }
    return found != NULL ? vit_ksp_put(room, found->bytes, found->len) : NTE_NOT_FOUND;
}

/* Puts one in the place of another of its name, or of none, which is returned. */
static struct vit_ksp_custom *exchange(struct vit_ksp_key *key, struct vit_ksp_custom **list,
        LPCWSTR name, struct vit_ksp_custom *custom)
{
    pthread_mutex_lock(&key->lock);
    struct vit_ksp_custom **place = vit_ksp_custom_find(list, name);
    struct vit_ksp_custom *old = *place;
    struct vit_ksp_custom *behind = old != NULL ? old->next : NULL;
    if (custom != NULL) {
        custom->next = behind;
        *place = custom;
    } else {
        *place = behind;
    }
    if (old != NULL) {
        old->next = NULL;
    }
    pthread_mutex_unlock(&key->lock);
    return old;
}

SECURITY_STATUS vit_ksp_set_custom(struct vit_ksp_key *key, LPCWSTR name, const uint8_t *bytes,
        DWORD len, DWORD flags)
{
    struct vit_ksp_custom **list = is_kept(flags) ? &key->attributes.custom : &key->custom;
    if (!can_have(key) || *name == 0) {
        return NTE_NOT_SUPPORTED;
    }
    struct vit_ksp_custom *custom = vit_ksp_custom_new(name, bytes, len);
    if (custom == NULL) {
        return NTE_NO_MEMORY;
    }
    struct vit_ksp_custom *old = exchange(key, list, name, custom);
    SECURITY_STATUS status =
            is_kept(flags) ? vit_ksp_key_update(key, key->attributes, flags) : ERROR_SUCCESS;
    if (status != ERROR_SUCCESS) {
        custom = exchange(key, list, name, old);
        old = custom;
    }
    vit_ksp_custom_free(old);
    return status;
}
