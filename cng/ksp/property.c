/* SPDX-License-Identifier: MIT */
#include "cng/ksp/property.h"

#include "cng/ksp/blob.h"
#include "cng/wide.h"

SECURITY_STATUS vit_ksp_dword_of(const uint8_t *bytes, DWORD len, DWORD *value)
{
    if (len != sizeof(*value)) {
        return NTE_INVALID_PARAMETER;
    }
    memcpy(value, bytes, sizeof(*value));
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_key_update(struct vit_ksp_key *key, struct vit_ksp_attributes next,
        DWORD flags)
{
    struct vit_ksp_provider *provider = key->provider;
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(provider, flags);
    if (!vit_ksp_key_is_stored(key)) {
        return ERROR_SUCCESS;
    }
    next.modified = vit_ksp_filetime_now();
    SECURITY_STATUS status =
            provider->backend->update(provider->store, key->material, &next, &prompt);
    if (status == ERROR_SUCCESS) {
        pthread_mutex_lock(&key->lock);
        key->attributes.modified = next.modified;
        pthread_mutex_unlock(&key->lock);
    }
    return status;
}

/* An ephemeral key has no name at all. */
static SECURITY_STATUS get_name(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    return vit_ksp_key_is_named(key) ? vit_ksp_put_text(room, key->attributes.name)
                                     : NTE_NOT_SUPPORTED;
}

static SECURITY_STATUS get_algorithm(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    return vit_ksp_put_text(room, key->algorithm->name);
}

static SECURITY_STATUS get_group(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    return vit_ksp_put_text(room, key->algorithm->group);
}

static SECURITY_STATUS get_length(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    return vit_ksp_put_dword(room, key->attributes.bits);
}

static SECURITY_STATUS get_type(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    return vit_ksp_put_dword(room, key->attributes.machine ? NCRYPT_MACHINE_KEY_FLAG : 0);
}

static SECURITY_STATUS get_modified(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    const FILETIME time = { (DWORD)key->attributes.modified,
        (DWORD)(key->attributes.modified >> 32) };
    return key->attributes.modified == 0 ? NTE_NOT_FOUND : vit_ksp_put(room, &time, sizeof(time));
}

static SECURITY_STATUS get_of_public(const struct vit_ksp_key *key, LPCWSTR name,
        const struct vit_ksp_room *room)
{
    return key->public == NULL ? NTE_BAD_KEY_STATE
                               : vit_ksp_status(BCryptGetProperty(key->public, name, room->bytes,
                                         room->capacity, room->result, 0));
}

static SECURITY_STATUS get_block_length(const struct vit_ksp_key *key,
        const struct vit_ksp_room *room)
{
    return get_of_public(key, BCRYPT_BLOCK_LENGTH, room);
}

static SECURITY_STATUS get_signature_length(const struct vit_ksp_key *key,
        const struct vit_ksp_room *room)
{
    return get_of_public(key, BCRYPT_SIGNATURE_LENGTH, room);
}

static SECURITY_STATUS get_public_length(const struct vit_ksp_key *key,
        const struct vit_ksp_room *room)
{
    return get_of_public(key, BCRYPT_PUBLIC_KEY_LENGTH, room);
}

/* A curve may be known before there is a key on it. */
static SECURITY_STATUS get_curve(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    return key->public == NULL && key->attributes.curve != NULL
            ? vit_ksp_put_text(room, key->attributes.curve)
            : get_of_public(key, BCRYPT_ECC_CURVE_NAME, room);
}

static SECURITY_STATUS get_curve_numbers(const struct vit_ksp_key *key,
        const struct vit_ksp_room *room)
{
    return get_of_public(key, BCRYPT_ECC_PARAMETERS, room);
}

static SECURITY_STATUS get_curve_names(const struct vit_ksp_key *key,
        const struct vit_ksp_room *room)
{
    return vit_ksp_algorithm_is_ecc(key->algorithm)
            ? vit_ksp_status(BCryptGetProperty(vit_ksp_algorithm_handle(key->algorithm),
                      BCRYPT_ECC_CURVE_NAME_LIST, room->bytes, room->capacity, room->result, 0))
            : NTE_NOT_SUPPORTED;
}

static SECURITY_STATUS get_use(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    return vit_ksp_context_get(&key->context, NCRYPT_USE_CONTEXT_PROPERTY, room);
}

static SECURITY_STATUS get_window(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    return vit_ksp_context_get(&key->context, NCRYPT_WINDOW_HANDLE_PROPERTY, room);
}

static SECURITY_STATUS set_context(struct vit_ksp_key *key, LPCWSTR name, const uint8_t *bytes,
        DWORD len)
{
    pthread_mutex_lock(&key->lock);
    SECURITY_STATUS status = vit_ksp_context_set(&key->context, name, bytes, len);
    pthread_mutex_unlock(&key->lock);
    return status;
}

static SECURITY_STATUS set_use(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags)
{
    (void)flags; /* it is never stored */
    return set_context(key, NCRYPT_USE_CONTEXT_PROPERTY, bytes, len);
}

static SECURITY_STATUS set_window(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags)
{
    (void)flags;
    return set_context(key, NCRYPT_WINDOW_HANDLE_PROPERTY, bytes, len);
}

/* NULL: cannot be told, or not set. */
static const struct property {
    LPCWSTR name;
    vit_ksp_get_fn *get;
    vit_ksp_set_fn *set;
} properties[] = {
    { NCRYPT_NAME_PROPERTY, get_name, NULL },
    { NCRYPT_UNIQUE_NAME_PROPERTY, get_name, NULL },
    { NCRYPT_ALGORITHM_PROPERTY, get_algorithm, NULL },
    { NCRYPT_ALGORITHM_GROUP_PROPERTY, get_group, NULL },
    { NCRYPT_LENGTH_PROPERTY, get_length, vit_ksp_set_length },
    { NCRYPT_LENGTHS_PROPERTY, vit_ksp_get_lengths, NULL },
    { NCRYPT_BLOCK_LENGTH_PROPERTY, get_block_length, NULL },
    { NCRYPT_SIGNATURE_LENGTH_PROPERTY, get_signature_length, NULL },
    { NCRYPT_PUBLIC_LENGTH_PROPERTY, get_public_length, NULL },
    { NCRYPT_UI_POLICY_PROPERTY, vit_ksp_get_ui_policy, vit_ksp_set_ui_policy },
    { NCRYPT_EXPORT_POLICY_PROPERTY, vit_ksp_get_export_policy, vit_ksp_set_export_policy },
    { NCRYPT_KEY_USAGE_PROPERTY, vit_ksp_get_usage, vit_ksp_set_usage },
    { NCRYPT_KEY_TYPE_PROPERTY, get_type, NULL },
    { NCRYPT_LAST_MODIFIED_PROPERTY, get_modified, NULL },
    { NCRYPT_USE_CONTEXT_PROPERTY, get_use, set_use },
    { NCRYPT_WINDOW_HANDLE_PROPERTY, get_window, set_window },
    { NCRYPT_DH_PARAMETERS_PROPERTY, NULL, vit_ksp_set_group },
    { NCRYPT_ECC_CURVE_NAME_PROPERTY, get_curve, vit_ksp_set_curve },
    { NCRYPT_ECC_PARAMETERS_PROPERTY, get_curve_numbers, vit_ksp_set_curve_numbers },
    { NCRYPT_ECC_CURVE_NAME_LIST_PROPERTY, get_curve_names, NULL },
    { NCRYPT_SECURITY_DESCR_PROPERTY, NULL, NULL },
    /* Of providers, or of nobody here. */
    { NCRYPT_IMPL_TYPE_PROPERTY, NULL, NULL },
    { NCRYPT_VERSION_PROPERTY, NULL, NULL },
    { NCRYPT_SECURITY_DESCR_SUPPORT_PROPERTY, NULL, NULL },
    { NCRYPT_MAX_NAME_LENGTH_PROPERTY, NULL, NULL },
    { NCRYPT_USE_COUNT_PROPERTY, NULL, NULL },
    { NCRYPT_USE_COUNT_ENABLED_PROPERTY, NULL, NULL },
    { NCRYPT_PROVIDER_HANDLE_PROPERTY, NULL, NULL },
    { NCRYPT_CHAINING_MODE_PROPERTY, NULL, NULL },
    { NCRYPT_AUTH_TAG_LENGTH, NULL, NULL },
    { NCRYPT_KDF_SECRET_VALUE, NULL, NULL },
    { NCRYPT_EPHEMERAL_NAME_PROPERTY, NULL, NULL },
};

static const struct property *find_property(LPCWSTR name)
{
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
        if (vit_wide_equal(properties[i].name, name)) {
            return &properties[i];
        }
    }
    return NULL;
}

/* What a card's key has: the backend's matter, but for the certificate, which is kept like anything
 * an application keeps. */
static bool is_of_cards(LPCWSTR name)
{
    static const WCHAR prefix[] = u"SmartCard";
    size_t len = sizeof(prefix) / sizeof(WCHAR) - 1;
    for (size_t i = 0; i < len; i++) {
        if ((name[i] | 0x20) != (prefix[i] | 0x20)) {
            return false;
        }
    }
    return !vit_wide_equal(name, NCRYPT_CERTIFICATE_PROPERTY);
}

/* Those of security descriptors carry the parts that are asked for. */
static SECURITY_STATUS check_flags(LPCWSTR name, DWORD flags, DWORD allowed)
{
    enum { PARTS = 0xf };
    bool descriptor = vit_wide_equal(name, NCRYPT_SECURITY_DESCR_PROPERTY);
    if (!descriptor) {
        return vit_ksp_property_check(name, flags, allowed);
    }
    bool good = (flags & PARTS) != 0 && (flags & NCRYPT_PERSIST_ONLY_FLAG) == 0;
    return good ? vit_ksp_property_check(name, flags, allowed | PARTS) : NTE_BAD_FLAGS;
}

static SECURITY_STATUS get_property(struct vit_ksp_key *key, LPCWSTR name, DWORD flags,
        const struct vit_ksp_room *room)
{
    const struct property *property = find_property(name);
    bool custom = property == NULL || (flags & NCRYPT_PERSIST_ONLY_FLAG) != 0;
    if (property == NULL && is_of_cards(name)) {
        const struct vit_ksp_provider *provider = key->provider;
        return provider->backend->get_property(provider->store, name, room->bytes, room->capacity,
                room->result);
    }
    if (!custom && property->get == NULL) {
        return NTE_NOT_SUPPORTED;
    }
    pthread_mutex_lock(&key->lock);
    SECURITY_STATUS status =
            custom ? vit_ksp_get_custom(key, name, flags, room) : property->get(key, room);
    pthread_mutex_unlock(&key->lock);
    return status;
}

SECURITY_STATUS WINAPI vit_ksp_get_key_property(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hKey, LPCWSTR pszProperty, PBYTE pbOutput, DWORD cbOutput,
        DWORD *pcbResult, DWORD dwFlags)
{
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pcbResult == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    SECURITY_STATUS status =
            check_flags(pszProperty, dwFlags, NCRYPT_SILENT_FLAG | NCRYPT_PERSIST_ONLY_FLAG);
    const struct vit_ksp_room room = { pbOutput, cbOutput, pcbResult };
    return status == ERROR_SUCCESS ? get_property(key, pszProperty, dwFlags, &room) : status;
}

static SECURITY_STATUS set_property(struct vit_ksp_key *key, LPCWSTR name, const uint8_t *bytes,
        DWORD len, DWORD flags)
{
    const struct property *property = find_property(name);
    bool custom = property == NULL || (flags & NCRYPT_PERSIST_ONLY_FLAG) != 0;
    if (property == NULL && vit_ksp_blob_is_type(name)) {
        return vit_ksp_key_is_final(key) ? NTE_BAD_KEY_STATE
                                         : vit_ksp_key_take_blob(key, name, bytes, len);
    }
    if (property == NULL && is_of_cards(name)) {
        const struct vit_ksp_provider *provider = key->provider;
        return provider->backend->set_property(provider->store, name, bytes, len);
    }
    if (custom) {
        return vit_ksp_set_custom(key, name, bytes, len, flags);
    }
    return property->set != NULL ? property->set(key, bytes, len, flags) : NTE_NOT_SUPPORTED;
}

/* A secret has properties too, those of HKDF; the table has no other member for them. */
SECURITY_STATUS WINAPI vit_ksp_set_key_property(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hKey, LPCWSTR pszProperty, PBYTE pbInput, DWORD cbInput, DWORD dwFlags)
{
    enum { FLAGS = NCRYPT_SILENT_FLAG | NCRYPT_PERSIST_ONLY_FLAG };
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    if (pszProperty == NULL || (pbInput == NULL && cbInput != 0) ||
            cbInput > NCRYPT_MAX_PROPERTY_DATA) {
        return NTE_INVALID_PARAMETER;
    }
    if (key == NULL) {
        return (dwFlags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0
                ? NTE_BAD_FLAGS
                : vit_ksp_secret_set_property(hProvider, hKey, pszProperty, pbInput, cbInput);
    }
    SECURITY_STATUS status = check_flags(pszProperty, dwFlags, FLAGS | NCRYPT_PERSIST_FLAG);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    pthread_mutex_lock(&key->changing);
    status = set_property(key, pszProperty, pbInput, cbInput, dwFlags);
    pthread_mutex_unlock(&key->changing);
    return status;
}
