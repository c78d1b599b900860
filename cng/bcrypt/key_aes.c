/* SPDX-License-Identifier: MIT */
/* Keys of "AES" and of "AES-GMAC", and the settings that say how they encrypt. */
#include "cng/bcrypt/key_aes.h"

#include "cng/bcrypt/property.h"
#include "cng/wide.h"

enum { KEY_STEP = 8, MIN_KEY_LEN = 16 };

/* Their place is the chaining's. */
static const struct mode {
    LPCWSTR name;
    BCRYPT_AUTH_TAG_LENGTHS_STRUCT tags; /* in bytes; none: not authenticated */
} modes[VIT_BCRYPT_CHAINING_COUNT] = {
    [VIT_BCRYPT_CBC] = { BCRYPT_CHAIN_MODE_CBC, { 0, 0, 0 } },
    [VIT_BCRYPT_ECB] = { BCRYPT_CHAIN_MODE_ECB, { 0, 0, 0 } },
    [VIT_BCRYPT_CFB] = { BCRYPT_CHAIN_MODE_CFB, { 0, 0, 0 } },
    [VIT_BCRYPT_CCM] = { BCRYPT_CHAIN_MODE_CCM, { 4, 16, 2 } },
    [VIT_BCRYPT_GCM] = { BCRYPT_CHAIN_MODE_GCM, { 12, 16, 1 } },
    [VIT_BCRYPT_GMAC] = { BCRYPT_CHAIN_MODE_GCM, { 12, 16, 1 } },
};

static struct vit_bcrypt_aes_key *from_key(struct vit_bcrypt_key *key)
{
    return (struct vit_bcrypt_aes_key *)key;
}

static const struct vit_bcrypt_aes_key *from_const(const struct vit_bcrypt_key *key)
{
    return (const struct vit_bcrypt_aes_key *)key;
}

static bool is_gmac(const struct vit_bcrypt_provider *provider)
{
    return provider->algorithm->chaining == VIT_BCRYPT_GMAC;
}

/* With the provider's lock. */
static enum vit_bcrypt_chaining chaining_of(const struct vit_bcrypt_provider *provider)
{
    const struct mode *told = provider->state;
    return told == NULL ? provider->algorithm->chaining : (enum vit_bcrypt_chaining)(told - modes);
}

static bool fit(size_t *len)
{
    if (*len < MIN_KEY_LEN) {
        return false;
    }
    *len = *len < VIT_AES_MAX_KEY_LEN ? *len / KEY_STEP * KEY_STEP : VIT_AES_MAX_KEY_LEN;
    return true;
}

static NTSTATUS create(struct vit_bcrypt_provider *provider, const UCHAR *bytes, size_t len,
        struct vit_bcrypt_key **key)
{
    struct vit_bcrypt_aes_key *made =
            vit_bcrypt_symmetric_new(sizeof(*made), &vit_bcrypt_aes_family, provider, bytes, len);
    if (made == NULL) {
        return STATUS_NO_MEMORY;
    }
    vit_bcrypt_provider_lock(provider);
    made->settings.chaining = chaining_of(provider);
    vit_bcrypt_provider_unlock(provider);
    made->settings.message_block = 1;
    *key = &made->base.base;
    return STATUS_SUCCESS;
}

static NTSTATUS duplicate(struct vit_bcrypt_key *key, struct vit_bcrypt_key **copy)
{
    struct vit_bcrypt_key *made = NULL;
    const struct vit_bcrypt_symmetric_key *from = &from_key(key)->base;
    NTSTATUS status = create(key->provider, from->bytes, from->len, &made);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    pthread_mutex_lock(&key->lock);
    from_key(made)->settings = from_key(key)->settings;
    pthread_mutex_unlock(&key->lock);
    *copy = made;
    return STATUS_SUCCESS;
}

/* A name is read up to its NUL, whatever length was told: so it is published. */
static bool is_name(LPCWSTR name, const UCHAR *bytes)
{
    for (size_t i = 0;; i++) {
        WCHAR unit;
        memcpy(&unit, bytes + i * sizeof(unit), sizeof(unit));
        if (unit != name[i] || unit == 0) {
            return unit == name[i];
        }
    }
}

static NTSTATUS find_mode(const struct vit_bcrypt_provider *provider, const UCHAR *bytes,
        const struct mode **mode)
{
    if (bytes == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    for (size_t i = 0; i < VIT_BCRYPT_GMAC && !is_gmac(provider); i++) {
        if (is_name(modes[i].name, bytes)) {
            *mode = &modes[i];
            return STATUS_SUCCESS;
        }
    }
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS get_mode_property(enum vit_bcrypt_chaining chaining, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    const struct mode *mode = &modes[chaining];
    if (vit_wide_equal(name, BCRYPT_CHAINING_MODE)) {
        return vit_bcrypt_put_wide(room, mode->name);
    }
    if (vit_wide_equal(name, BCRYPT_AUTH_TAG_LENGTH) && mode->tags.dwMaxLength != 0) {
        return vit_bcrypt_put(room, &mode->tags, sizeof(mode->tags));
    }
    if (vit_wide_equal(name, BCRYPT_BLOCK_LENGTH) || vit_wide_equal(name, BCRYPT_BLOCK_SIZE_LIST)) {
        return vit_bcrypt_put_ulong(room, VIT_AES_BLOCK_LEN);
    }
    if (vit_wide_equal(name, BCRYPT_OBJECT_LENGTH)) {
        return vit_bcrypt_put_ulong(room, VIT_BCRYPT_KEY_OBJECT_LEN);
    }
    if (vit_wide_equal(name, BCRYPT_KEY_LENGTHS)) {
        const BCRYPT_KEY_LENGTHS_STRUCT lengths = { 128, 256, 64 };
        return vit_bcrypt_put(room, &lengths, sizeof(lengths));
    }
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS get_provider_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    return get_mode_property(chaining_of(provider), name, room);
}

static NTSTATUS set_provider_property(struct vit_bcrypt_provider *provider, LPCWSTR name,
        const UCHAR *bytes, ULONG len)
{
    const struct mode *mode = NULL;
    (void)len;
    if (!vit_wide_equal(name, BCRYPT_CHAINING_MODE)) {
        return STATUS_NOT_SUPPORTED;
    }
    NTSTATUS status = find_mode(provider, bytes, &mode);
    if (NT_SUCCESS(status)) {
        provider->state = (void *)mode; /* of a table that is constant */
    }
    return status;
}

static bool has_iv(enum vit_bcrypt_chaining chaining)
{
    return chaining == VIT_BCRYPT_CBC || chaining == VIT_BCRYPT_CFB;
}

static NTSTATUS get_settings_property(const struct vit_bcrypt_aes_settings *settings, size_t len,
        LPCWSTR name, const struct vit_bcrypt_room *room)
{
    if (vit_wide_equal(name, BCRYPT_KEY_LENGTH) || vit_wide_equal(name, BCRYPT_KEY_STRENGTH)) {
        return vit_bcrypt_put_ulong(room, (ULONG)(8 * len));
    }
    if (vit_wide_equal(name, BCRYPT_INITIALIZATION_VECTOR) && has_iv(settings->chaining)) {
        return vit_bcrypt_put(room, settings->iv, sizeof(settings->iv));
    }
    if (vit_wide_equal(name, BCRYPT_MESSAGE_BLOCK_LENGTH) && settings->chaining == VIT_BCRYPT_CFB) {
        return vit_bcrypt_put_ulong(room, settings->message_block);
    }
    return get_mode_property(settings->chaining, name, room);
}

static NTSTATUS get_property(const struct vit_bcrypt_key *key, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&key->lock;
    pthread_mutex_lock(lock);
    NTSTATUS status = get_settings_property(&from_const(key)->settings, from_const(key)->base.len,
            name, room);
    pthread_mutex_unlock(lock);
    return status;
}

static NTSTATUS set_message_block(struct vit_bcrypt_aes_settings *settings, const UCHAR *bytes,
        ULONG len)
{
    ULONG value;
    NTSTATUS status = vit_bcrypt_ulong_of(bytes, len, &value);
    if (!NT_SUCCESS(status) || (value != 1 && value != VIT_AES_BLOCK_LEN)) {
        return STATUS_INVALID_PARAMETER;
    }
    settings->message_block = value;
    return STATUS_SUCCESS;
}

static NTSTATUS set_iv(struct vit_bcrypt_aes_settings *settings, const UCHAR *bytes, ULONG len)
{
    if (len != sizeof(settings->iv)) {
        return STATUS_INVALID_PARAMETER;
    }
    memcpy(settings->iv, bytes, sizeof(settings->iv));
    return STATUS_SUCCESS;
}

static NTSTATUS set_property(struct vit_bcrypt_key *key, LPCWSTR name, const UCHAR *bytes,
        ULONG len)
{
    struct vit_bcrypt_aes_settings *settings = &from_key(key)->settings;
    if (vit_wide_equal(name, BCRYPT_CHAINING_MODE)) {
        const struct mode *mode = NULL;
        NTSTATUS status = find_mode(key->provider, bytes, &mode);
        if (NT_SUCCESS(status)) {
            settings->chaining = (enum vit_bcrypt_chaining)(mode - modes);
        }
        return status;
    }
    if (vit_wide_equal(name, BCRYPT_INITIALIZATION_VECTOR) && has_iv(settings->chaining)) {
        return set_iv(settings, bytes, len);
    }
    if (vit_wide_equal(name, BCRYPT_MESSAGE_BLOCK_LENGTH) && settings->chaining == VIT_BCRYPT_CFB) {
        return set_message_block(settings, bytes, len);
    }
    return STATUS_NOT_SUPPORTED;
}

static const struct vit_bcrypt_symmetric symmetric = {
    .kind = BCRYPT_CIPHER_INTERFACE,
    .fit = fit,
    .create = create,
    .duplicate = duplicate,
};

const struct vit_bcrypt_key_family vit_bcrypt_aes_family = {
    .name = "AES",
    .generate = vit_bcrypt_symmetric_no_pair,
    .finalize = vit_bcrypt_symmetric_no_finalize,
    .import = vit_bcrypt_symmetric_no_import,
    .export = vit_blob_symmetric_export,
    .get_property = get_property,
    .set_property = set_property,
    .destroy = vit_bcrypt_symmetric_destroy,
    .get_provider_property = get_provider_property,
    .set_provider_property = set_provider_property,
    .encryptor = &vit_bcrypt_aes_encryptor,
    .symmetric = &symmetric,
};
