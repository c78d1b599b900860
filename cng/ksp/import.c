/* SPDX-License-Identifier: MIT */
/*
 * Blobs become keys by way of BCrypt, which checks them whole. What a backend is then given of a
 * private one is what BCrypt writes, in one type for each family.
 */
#include "base/bytes.h"
#include "cng/ksp/attributes.h"
#include "cng/ksp/blob.h"
#include "cng/ksp/key.h"
#include "cng/ksp/parameters.h"
#include "cng/wide.h"

enum {
    IMPORT_FLAGS = NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG | NCRYPT_OVERWRITE_KEY_FLAG |
            NCRYPT_DO_NOT_FINALIZE_FLAG | NCRYPT_NO_KEY_VALIDATION |
            NCRYPT_TREAT_NIST_AS_GENERIC_ECC_FLAG | NCRYPT_PREFER_VIRTUAL_ISOLATION_FLAG,
    NO_IMPORT_FLAGS = NCRYPT_USE_VIRTUAL_ISOLATION_FLAG | NCRYPT_USE_PER_BOOT_KEY_FLAG,
    RSA_HEADER_LEN = sizeof(BCRYPT_RSAKEY_BLOB),
    RSA_MAX_MODULUS_LEN = 16384 / 8,
};

/* A key of BCrypt that goes with its scope. */
typedef BCRYPT_KEY_HANDLE vit_auto_type_bcrypt_handle;

static void vit_auto_bcrypt_handle(BCRYPT_KEY_HANDLE *key)
{
    if (*key != NULL) {
        (void)BCryptDestroyKey(*key);
    }
}

typedef struct vit_ksp_pending vit_auto_type_ksp_pending;

static void vit_auto_ksp_pending(struct vit_ksp_pending *pending)
{
    vit_ksp_pending_finish(pending);
}

/* Everything that one import is told. */
struct import {
    LPCWSTR type;
    const uint8_t *bytes;
    DWORD len;
    DWORD flags;
    const struct vit_ksp_parameters *parameters;
};

/* BitLength is not looked at, as published tests have it; BCrypt wants it right. */
static SECURITY_STATUS correct_rsa(const struct import *import, struct vit_ksp_pending *corrected)
{
    struct vit_slab *slab = vit_ksp_slab();
    BCRYPT_RSAKEY_BLOB header;
    if (import->len < RSA_HEADER_LEN) {
        return NTE_BAD_DATA;
    }
    memcpy(&header, import->bytes, sizeof(header));
    if (header.cbModulus == 0 || header.cbModulus > RSA_MAX_MODULUS_LEN ||
            import->len > 8 * RSA_MAX_MODULUS_LEN) {
        return NTE_BAD_DATA;
    }
    header.BitLength = header.cbModulus * 8;
    corrected->len = import->len;
    corrected->bytes = slab == NULL ? NULL : vit_slab_alloc(slab, corrected->len);
    if (corrected->bytes == NULL) {
        return NTE_NO_MEMORY;
    }
    memcpy(corrected->bytes, import->bytes, import->len);
    memcpy(corrected->bytes, &header, sizeof(header));
    return ERROR_SUCCESS;
}

static SECURITY_STATUS import_bcrypt(const struct import *import, const struct vit_ksp_blob *blob,
        BCRYPT_KEY_HANDLE *key)
{
    const struct vit_ksp_attributes attributes = {
        .algorithm = (WCHAR *)blob->algorithm->name,
        .curve = blob->needs_curve ? import->parameters->curve : NULL,
    };
    VIT_AUTO(ksp_pending) corrected = { 0 };
    if (blob->needs_curve && import->parameters->curve == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if (blob->algorithm->family != VIT_KSP_RSA ||
            vit_wide_equal(import->type, LEGACY_RSAPRIVATE_BLOB)) {
        return vit_ksp_bcrypt_import(&attributes, import->type, import->bytes, import->len, key);
    }
    SECURITY_STATUS status = correct_rsa(import, &corrected);
    return status == ERROR_SUCCESS ? vit_ksp_bcrypt_import(&attributes, import->type,
                                             corrected.bytes, (DWORD)corrected.len, key)
                                   : status;
}

/* Curves that have algorithms of their own belong to those, unless the caller wants it otherwise. */
static SECURITY_STATUS final_algorithm(BCRYPT_KEY_HANDLE key, const struct vit_ksp_blob *blob,
        bool generic, const struct vit_ksp_algorithm **out)
{
    static LPCWSTR const names[] = { BCRYPT_ECC_CURVE_NISTP256, BCRYPT_ECC_CURVE_NISTP384,
        BCRYPT_ECC_CURVE_NISTP521 };
    static const DWORD bits[] = { 256, 384, 521 };
    WCHAR name[VIT_KSP_CURVE_NAME_MAX];
    *out = generic ? vit_ksp_algorithm_find(blob->algorithm->group) : blob->algorithm;
    if (generic || !vit_ksp_algorithm_is_generic(blob->algorithm)) {
        return ERROR_SUCCESS;
    }
    SECURITY_STATUS status = vit_ksp_curve_name(key, name);
    for (size_t i = 0; status == ERROR_SUCCESS && i < 3; i++) {
        if (vit_wide_equal(name, names[i])) {
            *out = vit_ksp_algorithm_of(blob->algorithm->family, bits[i]);
        }
    }
    return status;
}

/* A blob as BCrypt writes it, with the magic of the algorithm that the key is to have. */
static SECURITY_STATUS rewrite(BCRYPT_KEY_HANDLE key, LPCWSTR type, ULONG magic,
        struct vit_ksp_pending *out)
{
    struct vit_slab *slab = vit_ksp_slab();
    ULONG len = 0;
    NTSTATUS status = BCryptExportKey(key, NULL, type, NULL, 0, &len, 0);
    if (!NT_SUCCESS(status)) {
        return vit_ksp_status(status);
    }
    out->type = type;
    out->len = len;
    out->bytes = slab == NULL ? NULL : vit_slab_alloc(slab, len);
    if (out->bytes == NULL) {
        return NTE_NO_MEMORY;
    }
    status = BCryptExportKey(key, NULL, type, out->bytes, len, &len, 0);
    if (NT_SUCCESS(status) && magic != 0) {
        vit_store_le32(out->bytes, magic);
    }
    return vit_ksp_status(status);
}

/* The key whose halves come from the blob; not final. */
static SECURITY_STATUS fill(struct vit_ksp_key *key, BCRYPT_KEY_HANDLE imported, bool private)
{
    const struct vit_ksp_algorithm *algorithm = key->algorithm;
    VIT_AUTO(ksp_pending) public = { 0 };
    VIT_AUTO(ksp_pending) secret = { 0 };
    SECURITY_STATUS status =
            rewrite(imported, BCRYPT_PUBLIC_KEY_BLOB, algorithm->public_magic, &public);
    if (status == ERROR_SUCCESS && private) {
        status = rewrite(imported, vit_ksp_blob_private_type(algorithm), algorithm->private_magic,
                &secret);
    }
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_key_set_public(key, public.bytes, (DWORD) public.len);
    }
    if (status == ERROR_SUCCESS) {
        vit_ksp_pending_finish(&key->pending);
        key->pending = secret;
        secret = (struct vit_ksp_pending){ 0 }; /* ownership moved to the key */
    }
    return status;
}

/* set_public() needs to know it. */
static SECURITY_STATUS learn_curve(struct vit_ksp_key *key, BCRYPT_KEY_HANDLE imported)
{
    WCHAR name[VIT_KSP_CURVE_NAME_MAX];
    WCHAR *text = NULL;
    SECURITY_STATUS status = vit_ksp_curve_name(imported, name);
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_text_copy(name, &text);
    }
    if (status == ERROR_SUCCESS) {
        pthread_mutex_lock(&key->lock);
        free(key->attributes.curve);
        key->attributes.curve = text;
        pthread_mutex_unlock(&key->lock);
    }
    return status;
}

static SECURITY_STATUS describe(struct vit_ksp_key *key, BCRYPT_KEY_HANDLE imported)
{
    SECURITY_STATUS status = vit_ksp_text_copy(key->algorithm->name, &key->attributes.algorithm);
    return status == ERROR_SUCCESS && vit_ksp_algorithm_is_generic(key->algorithm)
            ? learn_curve(key, imported)
            : status;
}

static SECURITY_STATUS make_key(struct vit_ksp_provider *provider, const struct import *import,
        const struct vit_ksp_blob *blob, BCRYPT_KEY_HANDLE imported, struct vit_ksp_key **out)
{
    VIT_AUTO(ksp_key) key = NULL;
    const struct vit_ksp_algorithm *algorithm;
    bool generic = (import->flags & NCRYPT_TREAT_NIST_AS_GENERIC_ECC_FLAG) != 0 &&
            vit_ksp_algorithm_is_ecc(blob->algorithm);
    SECURITY_STATUS status = final_algorithm(imported, blob, generic, &algorithm);
    if (status == ERROR_SUCCESS && blob->private &&
            !vit_ksp_algorithm_is_kept(provider->backend, algorithm->name)) {
        status = NTE_NOT_SUPPORTED;
    }
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_key_new(provider, algorithm, &key);
    }
    if (status == ERROR_SUCCESS) {
        status = describe(key, imported);
    }
    if (status == ERROR_SUCCESS) {
        status = fill(key, imported, blob->private);
    }
    if (status == ERROR_SUCCESS && blob->private) { /* public keys are never stored */
        status = vit_ksp_key_name(key, import->parameters->name, import->flags);
    }
    if (status == ERROR_SUCCESS) {
        *out = key;
        key = NULL; /* ownership moved to the caller */
    }
    return status;
}

static SECURITY_STATUS import_key(struct vit_ksp_provider *provider, const struct import *import,
        NCRYPT_KEY_HANDLE *handle)
{
    struct vit_ksp_blob blob;
    VIT_AUTO(bcrypt_handle) imported = NULL;
    VIT_AUTO(ksp_key) key = NULL;
    SECURITY_STATUS status = vit_ksp_blob_read(import->type, import->bytes, import->len, &blob);
    if (status == ERROR_SUCCESS) {
        status = import_bcrypt(import, &blob, &imported);
    }
    if (status == ERROR_SUCCESS) {
        status = make_key(provider, import, &blob, imported, &key);
    }
    if (status == ERROR_SUCCESS && (import->flags & NCRYPT_DO_NOT_FINALIZE_FLAG) == 0) {
        status = vit_ksp_key_finalize(key, import->flags);
    }
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_handle_add(&key->base, handle);
    }
    if (status == ERROR_SUCCESS) {
        key = NULL; /* ownership moved to the table */
    }
    return status;
}

SECURITY_STATUS WINAPI vit_ksp_import_key(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hImportKey, LPCWSTR pszBlobType, NCryptBufferDesc *pParameterList,
        NCRYPT_KEY_HANDLE *phKey, PBYTE pbData, DWORD cbData, DWORD dwFlags)
{
    VIT_AUTO(ksp_provider) provider = vit_ksp_provider_get(hProvider);
    VIT_AUTO(ksp_key) wrapping = hImportKey != 0 ? vit_ksp_key_get(hProvider, hImportKey) : NULL;
    if (provider == NULL || (hImportKey != 0 && wrapping == NULL)) {
        return NTE_INVALID_HANDLE;
    }
    if ((dwFlags & ~(DWORD)(IMPORT_FLAGS | NO_IMPORT_FLAGS)) != 0) {
        return NTE_BAD_FLAGS;
    }
    if (phKey == NULL || pszBlobType == NULL || pbData == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if (wrapping != NULL || (dwFlags & NO_IMPORT_FLAGS) != 0) {
        return NTE_NOT_SUPPORTED;
    }
    VIT_AUTO(ksp_parameters) parameters = { NULL, NULL };
    const struct import import = { pszBlobType, pbData, cbData, dwFlags, &parameters };
    SECURITY_STATUS status = vit_ksp_parameters_read(pParameterList, &parameters);
    return status == ERROR_SUCCESS ? import_key(provider, &import, phKey) : status;
}

/* Under the key's changing. The key was made for an algorithm, and may have been told a curve. */
SECURITY_STATUS vit_ksp_key_take_blob(struct vit_ksp_key *key, LPCWSTR type, const uint8_t *bytes,
        DWORD len)
{
    struct vit_ksp_blob blob;
    VIT_AUTO(bcrypt_handle) imported = NULL;
    const struct vit_ksp_algorithm *algorithm;
    const struct vit_ksp_parameters parameters = { NULL, key->attributes.curve }; /* borrows */
    const struct import import = { type, bytes, len, 0, &parameters };
    SECURITY_STATUS status = vit_ksp_blob_read(type, bytes, len, &blob);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (!blob.private) {
        return NTE_NOT_SUPPORTED; /* public keys are never stored */
    }
    bool generic = vit_ksp_algorithm_is_generic(key->algorithm);
    status = import_bcrypt(&import, &blob, &imported);
    if (status == ERROR_SUCCESS) {
        status = final_algorithm(imported, &blob, generic, &algorithm);
    }
    if (status == ERROR_SUCCESS && algorithm != key->algorithm) {
        status = NTE_INVALID_PARAMETER;
    }
    if (status == ERROR_SUCCESS && generic && key->attributes.curve == NULL) {
        status = learn_curve(key, imported);
    }
    return status == ERROR_SUCCESS ? fill(key, imported, true) : status;
}
