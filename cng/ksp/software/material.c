/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/material.h"

#include <string.h>

#include "base/bytes.h"
#include "cng/ksp/ksp.h"
#include "crypto/random.h"

void vit_soft_material_destroy(struct vit_ksp_material *material)
{
    if (material == NULL) {
        return;
    }
    if (material->key != NULL) {
        (void)BCryptDestroyKey(material->key);
    }
    vit_ksp_attributes_finish(&material->attributes);
    vit_kdf_destroy(material->kdf);
    free(material->wrapped);
    free(material->public_blob);
    free(material);
}

static SECURITY_STATUS export_public(struct vit_ksp_material *material)
{
    ULONG len = 0;
    NTSTATUS status =
            BCryptExportKey(material->key, NULL, BCRYPT_PUBLIC_KEY_BLOB, NULL, 0, &len, 0);
    if (!NT_SUCCESS(status)) {
        return vit_ksp_status(status);
    }
    material->public_blob = malloc(len);
    if (material->public_blob == NULL) {
        return NTE_NO_MEMORY;
    }
    status = BCryptExportKey(material->key, NULL, BCRYPT_PUBLIC_KEY_BLOB, material->public_blob,
            len, &len, 0);
    material->public_len = len;
    return vit_ksp_status(status);
}

static SECURITY_STATUS export_private(BCRYPT_KEY_HANDLE key, struct vit_soft_bytes *blob)
{
    ULONG len = 0;
    NTSTATUS status = BCryptExportKey(key, NULL, BCRYPT_PRIVATE_KEY_BLOB, NULL, 0, &len, 0);
    if (!NT_SUCCESS(status)) {
        return vit_ksp_status(status);
    }
    SECURITY_STATUS made = vit_soft_bytes_init(blob, len);
    if (FAILED(made)) {
        return made;
    }
    status = BCryptExportKey(key, NULL, BCRYPT_PRIVATE_KEY_BLOB, blob->bytes, len, &len, 0);
    if (NT_SUCCESS(status) && len != blob->len) {
        return NTE_INTERNAL_ERROR;
    }
    return vit_ksp_status(status);
}

SECURITY_STATUS vit_soft_material_create(BCRYPT_KEY_HANDLE key,
        const struct vit_ksp_attributes *attributes, struct vit_ksp_material **material)
{
    VIT_AUTO(soft_material) made = calloc(1, sizeof(*made));
    if (made == NULL) {
        (void)BCryptDestroyKey(key);
        return NTE_NO_MEMORY;
    }
    made->key = key;
    if (vit_random(made->id, sizeof(made->id)) != VIT_OK) {
        return NTE_FAIL;
    }
    SECURITY_STATUS status = vit_ksp_attributes_copy(&made->attributes, attributes);
    if (SUCCEEDED(status)) {
        status = export_public(made);
    }
    if (SUCCEEDED(status)) {
        *material = made;
        made = NULL; /* ownership moved to the caller */
    }
    return status;
}

static SECURITY_STATUS restore(const struct vit_record *record, struct vit_ksp_material *material)
{
    memcpy(material->id, record->id, sizeof(record->id));
    SECURITY_STATUS status = vit_ksp_attributes_copy(&material->attributes, &record->attributes);
    if (SUCCEEDED(status)) {
        material->public_len = record->public_len;
        status =
                vit_ksp_bytes_copy(record->public_blob, record->public_len, &material->public_blob);
    }
    if (FAILED(status)) {
        return status;
    }
    if (!record->wrapped) {
        return vit_ksp_bcrypt_import(&record->attributes, BCRYPT_PRIVATE_KEY_BLOB,
                record->private_blob, (DWORD)record->private_len, &material->key);
    }
    status = vit_ksp_status_of(vit_kdf_create(&material->kdf));
    if (SUCCEEDED(status)) {
        material->wrapped_len = record->private_len;
        status = vit_ksp_bytes_copy(record->private_blob, record->private_len, &material->wrapped);
    }
    return status;
}

SECURITY_STATUS vit_soft_material_restore(const struct vit_record *record,
        struct vit_ksp_material **material)
{
    VIT_AUTO(soft_material) made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return NTE_NO_MEMORY;
    }
    SECURITY_STATUS status = restore(record, made);
    if (SUCCEEDED(status)) {
        *material = made;
        made = NULL; /* ownership moved to the caller */
    }
    return status;
}

static SECURITY_STATUS wrap(struct vit_ksp_material *material,
        const struct vit_soft_bytes *passphrase)
{
    VIT_AUTO(soft_bytes) blob = { NULL, 0 };
    const struct vit_wrap_secret secret = { VIT_WRAP_PASSPHRASE, passphrase->bytes,
        passphrase->len };
    const struct vit_part context = { material->id, sizeof(material->id) };
    SECURITY_STATUS status = export_private(material->key, &blob);
    if (FAILED(status)) {
        return status;
    }
    VIT_AUTO(bytes) wrapped = malloc(blob.len + VIT_WRAP_EXTRA_LEN);
    if (wrapped == NULL || (material->kdf == NULL && vit_kdf_create(&material->kdf) != VIT_OK)) {
        return NTE_NO_MEMORY;
    }
    status = vit_wrap_seal(material->kdf, &secret, &context, blob.bytes, blob.len, wrapped);
    if (SUCCEEDED(status)) {
        material->wrapped = wrapped;
        material->wrapped_len = blob.len + VIT_WRAP_EXTRA_LEN;
        wrapped = NULL; /* ownership moved to the material */
    }
    return status;
}

SECURITY_STATUS vit_soft_material_wrap(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt)
{
    VIT_AUTO(soft_bytes) passphrase = { NULL, 0 };
    SECURITY_STATUS status = vit_soft_ask(prompt, VITRINE_NCRYPT_NEW_PASSPHRASE, u"create",
            &material->attributes, &passphrase);
    if (SUCCEEDED(status)) {
        status = wrap(material, &passphrase);
    }
    if (SUCCEEDED(status)) {
        (void)BCryptDestroyKey(material->key);
        material->key = NULL;
    }
    return status;
}

SECURITY_STATUS vit_soft_material_record(const struct vit_ksp_material *material,
        const struct vit_ksp_attributes *attributes, struct vit_soft_bytes *blob,
        struct vit_record *record)
{
    SECURITY_STATUS status =
            material->key != NULL ? export_private(material->key, blob) : ERROR_SUCCESS;
    bool wrapped = material->key == NULL;
    *record = (struct vit_record){
        .attributes = *attributes,
        .public_blob = material->public_blob,
        .public_len = material->public_len,
        .wrapped = wrapped,
        .private_blob = wrapped ? material->wrapped : blob->bytes,
        .private_len = wrapped ? material->wrapped_len : blob->len,
    };
    memcpy(record->id, material->id, sizeof(record->id));
    return status;
}

/* A key of BCrypt for one operation: the material's, or one that dies with the scope. */
struct use {
    BCRYPT_KEY_HANDLE key;
    bool owned;
};

typedef struct use vit_auto_type_use;

static inline void vit_auto_use(struct use *use)
{
    if (use->owned) {
        (void)BCryptDestroyKey(use->key);
    }
}

static SECURITY_STATUS unwrap(const struct vit_ksp_material *material,
        const struct vit_soft_bytes *passphrase, struct use *use)
{
    VIT_AUTO(soft_bytes) blob = { NULL, 0 };
    const struct vit_wrap_secret secret = { VIT_WRAP_PASSPHRASE, passphrase->bytes,
        passphrase->len };
    const struct vit_part context = { material->id, sizeof(material->id) };
    if (material->wrapped_len < VIT_WRAP_EXTRA_LEN) {
        return NTE_BAD_DATA;
    }
    SECURITY_STATUS status = vit_soft_bytes_init(&blob, material->wrapped_len - VIT_WRAP_EXTRA_LEN);
    if (SUCCEEDED(status)) {
        status = vit_wrap_open(material->kdf, &secret, &context, material->wrapped,
                material->wrapped_len, blob.bytes);
    }
    if (SUCCEEDED(status)) {
        status = vit_ksp_bcrypt_import(&material->attributes, BCRYPT_PRIVATE_KEY_BLOB, blob.bytes,
                (DWORD)blob.len, &use->key);
        use->owned = SUCCEEDED(status);
    }
    return status;
}

static SECURITY_STATUS begin_use(const struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, LPCWSTR operation, struct use *use)
{
    VIT_AUTO(soft_bytes) passphrase = { NULL, 0 };
    if (material->key != NULL) {
        *use = (struct use){ material->key, false };
        return ERROR_SUCCESS;
    }
    SECURITY_STATUS status = vit_soft_ask(prompt, VITRINE_NCRYPT_PASSPHRASE, operation,
            &material->attributes, &passphrase);
    return SUCCEEDED(status) ? unwrap(material, &passphrase, use) : status;
}

SECURITY_STATUS vit_soft_public_blob(struct vit_ksp_material *material, uint8_t *blob,
        DWORD capacity, DWORD *len)
{
    *len = (DWORD)material->public_len;
    if (blob == NULL) {
        return ERROR_SUCCESS;
    }
    if (capacity < material->public_len) {
        return NTE_BUFFER_TOO_SMALL;
    }
    memcpy(blob, material->public_blob, material->public_len);
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_soft_private_blob(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, LPCWSTR type, uint8_t *blob, DWORD capacity,
        DWORD *len)
{
    VIT_AUTO(use) use = { NULL, false };
    SECURITY_STATUS status = begin_use(material, prompt, u"export", &use);
    if (FAILED(status)) {
        return status;
    }
    status = vit_ksp_status(BCryptExportKey(use.key, NULL, type, blob, capacity, len, 0));
    return status == NTE_NOT_SUPPORTED ? NTE_BAD_TYPE : status;
}

/* Of what a key makes, by its public half: a person is not asked for a length. 0: not known so. */
static DWORD longest_output(const struct vit_ksp_material *material)
{
    struct vit_reader in;
    vit_reader_init(&in, material->public_blob, material->public_len);
    bool rsa = vit_get_u32(&in) == BCRYPT_RSAPUBLIC_MAGIC;
    uint32_t second = vit_get_u32(&in);
    vit_get_skip(&in, rsa ? 4 : 0);
    uint32_t modulus_len = rsa ? vit_get_u32(&in) : 0;
    return rsa ? modulus_len : 2 * second; /* of ECC: the width of r and s */
}

static bool is_length_known(const struct vit_ksp_material *material, const uint8_t *out)
{
    return material->key == NULL && out == NULL;
}

/* BCrypt tells nobody whether it is the padding that is wrong; what else may be was looked at. */
static SECURITY_STATUS decryption_status(NTSTATUS status, ULONG flags)
{
    bool padded = (flags & (BCRYPT_PAD_PKCS1 | BCRYPT_PAD_OAEP)) != 0;
    return status == STATUS_INVALID_PARAMETER && padded ? NTE_DECRYPTION_FAILURE
                                                        : vit_ksp_status(status);
}

SECURITY_STATUS vit_soft_decrypt(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, void *padding, ULONG flags, const uint8_t *in,
        DWORD in_len, uint8_t *out, DWORD capacity, DWORD *len)
{
    VIT_AUTO(use) use = { NULL, false };
    if (is_length_known(material, out)) {
        *len = longest_output(material);
        return ERROR_SUCCESS;
    }
    if (in_len != longest_output(material)) {
        return NTE_INVALID_PARAMETER;
    }
    SECURITY_STATUS status = begin_use(material, prompt, u"decrypt", &use);
    if (FAILED(status)) {
        return status;
    }
    return decryption_status(BCryptDecrypt(use.key, (PUCHAR)(void *)in, in_len, padding, NULL, 0,
                                     out, capacity, len, flags),
            flags);
}

SECURITY_STATUS vit_soft_sign(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, void *padding, ULONG flags, const uint8_t *hash,
        DWORD hash_len, uint8_t *out, DWORD capacity, DWORD *len)
{
    VIT_AUTO(use) use = { NULL, false };
    if (is_length_known(material, out)) {
        *len = longest_output(material);
        return ERROR_SUCCESS;
    }
    SECURITY_STATUS status = begin_use(material, prompt, u"sign", &use);
    if (FAILED(status)) {
        return status;
    }
    return vit_ksp_status(BCryptSignHash(use.key, padding, (PUCHAR)(void *)hash, hash_len, out,
            capacity, len, flags));
}

SECURITY_STATUS vit_soft_agree(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, BCRYPT_KEY_HANDLE peer, uint8_t *z, size_t *len)
{
    VIT_AUTO(use) use = { NULL, false };
    SECURITY_STATUS status = begin_use(material, prompt, u"agree", &use);
    return SUCCEEDED(status) ? vit_ksp_bcrypt_agree(use.key, peer, z, len) : status;
}
