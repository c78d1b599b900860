/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/keyring.h"

#include <stdio.h>
#include <string.h>

#include "cng/ksp/ksp.h"
#include "cng/wide.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/random.h"

enum { MAGIC_LEN = 8, SALT_LEN = 16, SEAL_HEADER_LEN = MAGIC_LEN + SALT_LEN + VIT_AEAD_NONCE_LEN };

/* The last byte is the version of the format. */
static const uint8_t store_magic[MAGIC_LEN] = "VITKEYS\x01";
static const uint8_t file_magic[MAGIC_LEN] = "VITKEY1\x01";
static const char name_purpose[] = "vitrine key store: names";
static const char file_purpose[] = "vitrine key store: file";

struct vit_keyring {
    struct vit_kdf *kdf;
    uint8_t id[VIT_STORE_ID_LEN];
    uint8_t root[VIT_STORE_KEY_LEN];
    uint8_t names[VIT_STORE_KEY_LEN];
};

/* The store's file: magic, id, and the wrapped master key, for which both in front are its context. */
enum { STORE_CONTEXT_LEN = MAGIC_LEN + VIT_STORE_ID_LEN };

static SECURITY_STATUS seal_master(struct vit_kdf *kdf, const struct vit_wrap_secret *secret,
        uint8_t *bytes)
{
    VIT_AUTO(soft_bytes) master = { NULL, 0 };
    const struct vit_part context = { bytes, STORE_CONTEXT_LEN };
    SECURITY_STATUS status = vit_soft_bytes_init(&master, VIT_STORE_KEY_LEN);
    if (FAILED(status)) {
        return status;
    }
    if (vit_random(master.bytes, master.len) != VIT_OK) {
        return NTE_FAIL;
    }
    return vit_wrap_seal(kdf, secret, &context, master.bytes, master.len,
            bytes + STORE_CONTEXT_LEN);
}

SECURITY_STATUS vit_store_file_make(const struct vit_wrap_secret *secret,
        uint8_t bytes[VIT_STORE_FILE_LEN])
{
    VIT_AUTO(kdf) kdf = NULL;
    if (vit_kdf_create(&kdf) != VIT_OK) {
        return NTE_NO_MEMORY;
    }
    memcpy(bytes, store_magic, MAGIC_LEN);
    if (vit_random(bytes + MAGIC_LEN, VIT_STORE_ID_LEN) != VIT_OK) {
        return NTE_FAIL;
    }
    return seal_master(kdf, secret, bytes);
}

SECURITY_STATUS vit_store_file_method(const uint8_t *bytes, size_t len,
        enum vit_wrap_method *method)
{
    if (len != VIT_STORE_FILE_LEN || memcmp(bytes, store_magic, MAGIC_LEN) != 0) {
        return NTE_BAD_DATA;
    }
    *method = (enum vit_wrap_method)bytes[STORE_CONTEXT_LEN];
    bool known = *method == VIT_WRAP_KEY_FILE || *method == VIT_WRAP_PASSPHRASE;
    return known ? ERROR_SUCCESS : NTE_BAD_DATA;
}

void vit_keyring_destroy(struct vit_keyring *ring)
{
    if (ring != NULL) {
        vit_kdf_destroy(ring->kdf);
        vit_slab_free(vit_ksp_slab(), ring, sizeof(*ring));
    }
}

static SECURITY_STATUS derive_keys(struct vit_keyring *ring, const struct vit_soft_bytes *master)
{
    const struct vit_part salt = { ring->id, sizeof(ring->id) };
    const struct vit_part secret = { master->bytes, master->len };
    const struct vit_part root = { ring->root, sizeof(ring->root) };
    const struct vit_part info = { name_purpose, sizeof(name_purpose) };
    enum vit_status status =
            vit_kdf_hkdf_extract(ring->kdf, VIT_HASH_SHA256, &salt, &secret, ring->root);
    if (status == VIT_OK) {
        status = vit_kdf_hkdf_expand(ring->kdf, VIT_HASH_SHA256, &root, &info, ring->names,
                sizeof(ring->names));
    }
    return vit_ksp_status_of(status);
}

static SECURITY_STATUS fill(struct vit_keyring *ring, const struct vit_wrap_secret *secret,
        const uint8_t *bytes)
{
    VIT_AUTO(soft_bytes) master = { NULL, 0 };
    const struct vit_part context = { bytes, STORE_CONTEXT_LEN };
    SECURITY_STATUS status = vit_soft_bytes_init(&master, VIT_STORE_KEY_LEN);
    if (SUCCEEDED(status)) {
        status = vit_wrap_open(ring->kdf, secret, &context, bytes + STORE_CONTEXT_LEN,
                VIT_STORE_FILE_LEN - STORE_CONTEXT_LEN, master.bytes);
    }
    if (FAILED(status)) {
        return status;
    }
    memcpy(ring->id, bytes + MAGIC_LEN, VIT_STORE_ID_LEN);
    return derive_keys(ring, &master);
}

SECURITY_STATUS vit_keyring_create(const struct vit_wrap_secret *secret, const uint8_t *bytes,
        size_t len, struct vit_keyring **ring)
{
    enum vit_wrap_method method;
    SECURITY_STATUS status = vit_store_file_method(bytes, len, &method);
    if (FAILED(status)) {
        return status;
    }
    struct vit_slab *slab = vit_ksp_slab();
    VIT_AUTO(keyring) made = slab == NULL ? NULL : vit_slab_alloc(slab, sizeof(*made));
    if (made == NULL || vit_kdf_create(&made->kdf) != VIT_OK) {
        return NTE_NO_MEMORY;
    }
    status = fill(made, secret, bytes);
    if (SUCCEEDED(status)) {
        *ring = made;
        made = NULL; /* ownership moved to the caller */
    }
    return status;
}

bool vit_keyring_is_of(const struct vit_keyring *ring, const uint8_t *bytes, size_t len)
{
    enum vit_wrap_method method;
    return SUCCEEDED(vit_store_file_method(bytes, len, &method)) &&
            memcmp(bytes + MAGIC_LEN, ring->id, VIT_STORE_ID_LEN) == 0;
}

struct vit_kdf *vit_keyring_kdf(const struct vit_keyring *ring)
{
    return ring->kdf;
}

static void write_text(struct vit_file_name *file)
{
    for (size_t i = 0; i < VIT_FILE_NAME_LEN; i++) {
        snprintf(file->text + 2 * i, 3, "%02x", file->digest[i]);
    }
}

SECURITY_STATUS vit_keyring_name(const struct vit_keyring *ring, LPCWSTR name,
        struct vit_file_name *file)
{
    enum vit_status status = vit_hmac_once(VIT_HASH_SHA256, ring->names, sizeof(ring->names), name,
            vit_wide_len(name) * sizeof(WCHAR), file->digest);
    write_text(file);
    return vit_ksp_status_of(status);
}

static int digit_of(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = character != '\0' ? strchr(digits, character) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

bool vit_file_name_parse(const char *text, struct vit_file_name *file)
{
    if (strlen(text) != 2 * (size_t)VIT_FILE_NAME_LEN) {
        return false;
    }
    for (size_t i = 0; i < VIT_FILE_NAME_LEN; i++) {
        int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        file->digest[i] = (uint8_t)(high << 4 | low);
    }
    write_text(file);
    return true;
}

/* A key's file: magic, salt, nonce, and what is sealed. Each version has a key of its own, so that no
 * nonce is ever used twice with one. */
static SECURITY_STATUS derive_file_key(const struct vit_keyring *ring,
        const struct vit_file_name *name, const uint8_t *salt, struct vit_soft_bytes *key)
{
    uint8_t bytes[sizeof(file_purpose) + VIT_FILE_NAME_LEN + SALT_LEN];
    const struct vit_part info = { bytes, sizeof(bytes) };
    const struct vit_part root = { ring->root, sizeof(ring->root) };
    memcpy(bytes, file_purpose, sizeof(file_purpose));
    memcpy(bytes + sizeof(file_purpose), name->digest, VIT_FILE_NAME_LEN);
    memcpy(bytes + sizeof(file_purpose) + VIT_FILE_NAME_LEN, salt, SALT_LEN);
    SECURITY_STATUS status = vit_soft_bytes_init(key, VIT_AEAD_KEY_LEN);
    if (FAILED(status)) {
        return status;
    }
    return vit_ksp_status_of(vit_kdf_hkdf_expand(ring->kdf, VIT_HASH_SHA256, &root, &info,
            key->bytes, key->len));
}

/* Whatever is moved to another name or store is refused. */
struct file_extra {
    uint8_t bytes[MAGIC_LEN + VIT_STORE_ID_LEN + VIT_FILE_NAME_LEN];
};

static struct file_extra extra_of(const struct vit_keyring *ring, const struct vit_file_name *name)
{
    struct file_extra extra;
    memcpy(extra.bytes, file_magic, MAGIC_LEN);
    memcpy(extra.bytes + MAGIC_LEN, ring->id, VIT_STORE_ID_LEN);
    memcpy(extra.bytes + MAGIC_LEN + VIT_STORE_ID_LEN, name->digest, VIT_FILE_NAME_LEN);
    return extra;
}

static SECURITY_STATUS seal_into(const struct vit_keyring *ring, const struct vit_file_name *name,
        const struct vit_soft_bytes *plain, uint8_t *bytes)
{
    VIT_AUTO(soft_bytes) key = { NULL, 0 };
    const struct file_extra extra = extra_of(ring, name);
    memcpy(bytes, file_magic, MAGIC_LEN);
    if (vit_random(bytes + MAGIC_LEN, SEAL_HEADER_LEN - MAGIC_LEN) != VIT_OK) {
        return NTE_FAIL;
    }
    SECURITY_STATUS status = derive_file_key(ring, name, bytes + MAGIC_LEN, &key);
    if (FAILED(status)) {
        return status;
    }
    return vit_ksp_status_of(vit_aead_seal(key.bytes, bytes + MAGIC_LEN + SALT_LEN, extra.bytes,
            sizeof(extra.bytes), plain->bytes, plain->len, bytes + SEAL_HEADER_LEN));
}

SECURITY_STATUS vit_keyring_seal(const struct vit_keyring *ring, const struct vit_file_name *name,
        const struct vit_soft_bytes *plain, struct vit_file *sealed)
{
    size_t len = SEAL_HEADER_LEN + plain->len + VIT_AEAD_TAG_LEN;
    VIT_AUTO(bytes) bytes = malloc(len);
    if (bytes == NULL) {
        return NTE_NO_MEMORY;
    }
    SECURITY_STATUS status = seal_into(ring, name, plain, bytes);
    if (SUCCEEDED(status)) {
        *sealed = (struct vit_file){ bytes, len };
        bytes = NULL; /* ownership moved to the caller */
    }
    return status;
}

SECURITY_STATUS vit_keyring_open(const struct vit_keyring *ring, const struct vit_file_name *name,
        const struct vit_file *sealed, struct vit_soft_bytes *plain)
{
    VIT_AUTO(soft_bytes) key = { NULL, 0 };
    VIT_AUTO(soft_bytes) opened = { NULL, 0 };
    const struct file_extra extra = extra_of(ring, name);
    if (sealed->len < SEAL_HEADER_LEN + VIT_AEAD_TAG_LEN ||
            memcmp(sealed->bytes, file_magic, MAGIC_LEN) != 0) {
        return NTE_BAD_DATA;
    }
    size_t len = sealed->len - SEAL_HEADER_LEN;
    SECURITY_STATUS status = derive_file_key(ring, name, sealed->bytes + MAGIC_LEN, &key);
    if (SUCCEEDED(status)) {
        status = vit_soft_bytes_init(&opened, len - VIT_AEAD_TAG_LEN);
    }
    if (FAILED(status)) {
        return status;
    }
    enum vit_status done = vit_aead_open(key.bytes, sealed->bytes + MAGIC_LEN + SALT_LEN,
            extra.bytes, sizeof(extra.bytes), sealed->bytes + SEAL_HEADER_LEN, len, opened.bytes);
    status = done == VIT_E_REFUSED ? NTE_BAD_DATA : vit_ksp_status_of(done);
    if (SUCCEEDED(status)) {
        *plain = opened;
        opened = (struct vit_soft_bytes){ NULL, 0 }; /* ownership moved to the caller */
    }
    return status;
}
