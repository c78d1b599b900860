/* SPDX-License-Identifier: MIT */
/* What may be done with a key, and whether a person is asked. */
#include "cng/ksp/attributes.h"
#include "cng/ksp/property.h"
#include "cng/wide.h"

enum {
    EXPORT_BITS = NCRYPT_ALLOW_EXPORT_FLAG | NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG |
            NCRYPT_ALLOW_ARCHIVING_FLAG | NCRYPT_ALLOW_PLAINTEXT_ARCHIVING_FLAG,
    UI_BITS = NCRYPT_UI_PROTECT_KEY_FLAG | NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG,
    UI_OTHER_BITS =
            NCRYPT_UI_FINGERPRINT_PROTECTION_FLAG | NCRYPT_UI_APPCONTAINER_ACCESS_MEDIUM_FLAG,
    UI_VERSION = 1,
};

SECURITY_STATUS vit_ksp_get_export_policy(const struct vit_ksp_key *key,
        const struct vit_ksp_room *room)
{
    return vit_ksp_put_dword(room, key->attributes.export_policy);
}

SECURITY_STATUS vit_ksp_get_usage(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    return vit_ksp_put_dword(room, key->attributes.usage);
}

/* A stored key can lose rights when it is final, and gets none. */
static bool widens(const struct vit_ksp_key *key, DWORD now, DWORD wanted)
{
    return vit_ksp_key_is_stored(key) && (wanted & ~now) != 0;
}

SECURITY_STATUS vit_ksp_set_export_policy(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags)
{
    DWORD policy;
    struct vit_ksp_attributes next = key->attributes; /* borrows */
    SECURITY_STATUS status = vit_ksp_dword_of(bytes, len, &policy);
    if (status != ERROR_SUCCESS || (policy & ~(DWORD)EXPORT_BITS) != 0) {
        return NTE_INVALID_PARAMETER;
    }
    if (!key->provider->backend->exports && policy != 0) {
        return NTE_NOT_SUPPORTED;
    }
    if (widens(key, key->attributes.export_policy, policy)) {
        return NTE_PERM;
    }
    next.export_policy = policy;
    status = vit_ksp_key_update(key, next, flags);
    if (status == ERROR_SUCCESS) {
        pthread_mutex_lock(&key->lock);
        key->attributes.export_policy = policy;
        pthread_mutex_unlock(&key->lock);
    }
    return status;
}

SECURITY_STATUS vit_ksp_set_usage(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags)
{
    DWORD usage;
    struct vit_ksp_attributes next = key->attributes;
    SECURITY_STATUS status = vit_ksp_dword_of(bytes, len, &usage);
    if (status != ERROR_SUCCESS || (usage & ~(DWORD)NCRYPT_ALLOW_ALL_USAGES) != 0) {
        return NTE_INVALID_PARAMETER;
    }
    if (widens(key, key->attributes.usage, usage)) {
        return NTE_PERM;
    }
    next.usage = usage;
    status = vit_ksp_key_update(key, next, flags);
    if (status == ERROR_SUCCESS) {
        pthread_mutex_lock(&key->lock);
        key->attributes.usage = usage;
        pthread_mutex_unlock(&key->lock);
    }
    return status;
}

static DWORD size_of(LPCWSTR text)
{
    return (DWORD)vit_wide_size(text);
}

static bool has_policy(const struct vit_ksp_attributes *attributes)
{
    return attributes->ui_flags != 0 || attributes->ui_title != NULL ||
            attributes->ui_friendly_name != NULL || attributes->ui_description != NULL;
}

SECURITY_STATUS vit_ksp_get_ui_policy(const struct vit_ksp_key *key,
        const struct vit_ksp_room *room)
{
    const struct vit_ksp_attributes *attributes = &key->attributes;
    const LPCWSTR texts[] = { attributes->ui_title, attributes->ui_friendly_name,
        attributes->ui_description };
    const NCRYPT_UI_POLICY_BLOB blob = { UI_VERSION, attributes->ui_flags, size_of(texts[0]),
        size_of(texts[1]), size_of(texts[2]) };
    size_t at = sizeof(blob);
    if (!has_policy(attributes)) {
        return NTE_NOT_FOUND;
    }
    *room->result = (DWORD)(at + blob.cbCreationTitle + blob.cbFriendlyName + blob.cbDescription);
    if (room->bytes == NULL || room->capacity < *room->result) {
        return room->bytes == NULL ? ERROR_SUCCESS : NTE_BUFFER_TOO_SMALL;
    }
    memcpy(room->bytes, &blob, sizeof(blob));
    for (size_t i = 0; i < 3; i++) {
        if (texts[i] != NULL) {
            memcpy(room->bytes + at, texts[i], size_of(texts[i]));
        }
        at += size_of(texts[i]);
    }
    return ERROR_SUCCESS;
}

/* Of a blob; each may be missing. An empty one is none. */
static SECURITY_STATUS read_text(const uint8_t **at, const uint8_t *end, DWORD size, WCHAR **text)
{
    if (size == 0) {
        return ERROR_SUCCESS;
    }
    if (size > (VIT_KSP_TEXT_MAX_LEN + 1) * sizeof(WCHAR) || size > (size_t)(end - *at) ||
            !vit_wide_ends_within(*at, size)) {
        return NTE_INVALID_PARAMETER;
    }
    const uint8_t *start = *at;
    *at += size;
    return start[0] == 0 && start[1] == 0
            ? ERROR_SUCCESS
            : vit_ksp_text_of(start, size, size / sizeof(WCHAR), text);
}

static SECURITY_STATUS read_policy(const uint8_t *bytes, DWORD len,
        struct vit_ksp_attributes *policy)
{
    NCRYPT_UI_POLICY_BLOB blob;
    if (len < sizeof(blob)) {
        return NTE_INVALID_PARAMETER;
    }
    memcpy(&blob, bytes, sizeof(blob));
    if (blob.dwVersion != UI_VERSION || (blob.dwFlags & ~(DWORD)(UI_BITS | UI_OTHER_BITS)) != 0) {
        return NTE_INVALID_PARAMETER;
    }
    if ((blob.dwFlags & UI_OTHER_BITS) != 0) {
        return NTE_NOT_SUPPORTED;
    }
    const uint8_t *at = bytes + sizeof(blob), *end = bytes + len;
    policy->ui_flags = blob.dwFlags;
    SECURITY_STATUS status = read_text(&at, end, blob.cbCreationTitle, &policy->ui_title);
    if (status == ERROR_SUCCESS) {
        status = read_text(&at, end, blob.cbFriendlyName, &policy->ui_friendly_name);
    }
    if (status == ERROR_SUCCESS) {
        status = read_text(&at, end, blob.cbDescription, &policy->ui_description);
    }
    return status;
}

static void swap_text(WCHAR **a, WCHAR **b)
{
    WCHAR *text = *a;
    *a = *b;
    *b = text;
}

/* Of named keys, until they are final. */
SECURITY_STATUS vit_ksp_set_ui_policy(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags)
{
    (void)flags; /* it goes into the store with the key */
    VIT_AUTO(ksp_attributes) policy = { 0 };
    if (!key->provider->backend->keeps_ui || !vit_ksp_key_is_named(key)) {
        return NTE_NOT_SUPPORTED;
    }
    if (vit_ksp_key_is_final(key)) {
        return NTE_BAD_KEY_STATE;
    }
    SECURITY_STATUS status = read_policy(bytes, len, &policy);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    pthread_mutex_lock(&key->lock);
    key->attributes.ui_flags = policy.ui_flags;
    swap_text(&key->attributes.ui_title, &policy.ui_title);
    swap_text(&key->attributes.ui_friendly_name, &policy.ui_friendly_name);
    swap_text(&key->attributes.ui_description, &policy.ui_description);
    pthread_mutex_unlock(&key->lock);
    return ERROR_SUCCESS;
}
