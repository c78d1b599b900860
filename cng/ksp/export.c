/* SPDX-License-Identifier: MIT */
#include "cng/ksp/blob.h"
#include "cng/ksp/key.h"
#include "cng/wide.h"

/* Blobs that other systems have and that cannot be made here. */
static bool is_unfinished(LPCWSTR type)
{
    static LPCWSTR const types[] = { NCRYPT_PKCS8_PRIVATE_KEY_BLOB, NCRYPT_PKCS7_ENVELOPE_BLOB,
        NCRYPT_CIPHER_KEY_BLOB, NCRYPT_PROTECTED_KEY_BLOB, NCRYPT_OPAQUETRANSPORT_BLOB };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (vit_wide_equal(types[i], type)) {
            return true;
        }
    }
    return false;
}

static SECURITY_STATUS export_public(const struct vit_ksp_key *key, LPCWSTR type,
        const struct vit_ksp_room *room)
{
    return vit_ksp_status(BCryptExportKey(key->public, NULL, type, room->bytes, room->capacity,
            room->result, 0));
}

/* What leaves in a blob of BCrypt leaves in the clear, so the policy must allow just that. */
static bool may_leave(struct vit_ksp_key *key)
{
    pthread_mutex_lock(&key->lock);
    DWORD policy = key->attributes.export_policy;
    pthread_mutex_unlock(&key->lock);
    return key->provider->backend->exports && (policy & NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG) != 0;
}

/* A length is told without consent; a backend may need the passphrase of the key all the same, since
 * lengths of primes are no public matter. */
static SECURITY_STATUS export_private(struct vit_ksp_key *key, LPCWSTR type,
        const struct vit_ksp_room *room, DWORD flags)
{
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(key->provider, flags);
    if (key->material == NULL) {
        return NTE_BAD_TYPE;
    }
    if (!may_leave(key)) {
        return NTE_NOT_SUPPORTED;
    }
    SECURITY_STATUS status =
            room->bytes == NULL ? ERROR_SUCCESS : vit_ksp_key_consent(key, u"export", &prompt);
    return status == ERROR_SUCCESS ? key->provider->backend->private_blob(key->material, &prompt,
                                             type, room->bytes, room->capacity, room->result)
                                   : status;
}

static SECURITY_STATUS export_key(struct vit_ksp_key *key, LPCWSTR type,
        const struct vit_ksp_room *room, DWORD flags)
{
    switch (vit_ksp_blob_export_use(key->algorithm, type)) {
    case VIT_KSP_BLOB_PUBLIC:
        return export_public(key, type, room);
    case VIT_KSP_BLOB_PRIVATE:
        return export_private(key, type, room, flags);
    default:
        return is_unfinished(type) ? NTE_NOT_SUPPORTED : NTE_BAD_TYPE;
    }
}

SECURITY_STATUS WINAPI vit_ksp_export_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        NCRYPT_KEY_HANDLE hExportKey, LPCWSTR pszBlobType, NCryptBufferDesc *pParameterList,
        PBYTE pbOutput, DWORD cbOutput, DWORD *pcbResult, DWORD dwFlags)
{
    (void)pParameterList; /* of types that are not made here */
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    VIT_AUTO(ksp_key) wrapping = hExportKey != 0 ? vit_ksp_key_get(hProvider, hExportKey) : NULL;
    if (key == NULL || (hExportKey != 0 && wrapping == NULL)) {
        return NTE_INVALID_HANDLE;
    }
    if (!vit_ksp_key_is_final(key)) {
        return NTE_BAD_KEY_STATE;
    }
    if ((dwFlags & ~(DWORD)(NCRYPT_SILENT_FLAG | NCRYPT_EXPORT_LEGACY_FLAG)) != 0) {
        return NTE_BAD_FLAGS;
    }
    if (pszBlobType == NULL || pcbResult == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if (wrapping != NULL || (dwFlags & NCRYPT_EXPORT_LEGACY_FLAG) != 0) {
        return NTE_NOT_SUPPORTED;
    }
    const struct vit_ksp_room room = { pbOutput, cbOutput, pcbResult };
    return export_key(key, pszBlobType, &room, dwFlags);
}
