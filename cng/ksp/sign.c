/* SPDX-License-Identifier: MIT */
/* Signatures. */
#include "cng/ksp/key.h"

enum { PADDINGS = NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_PSS_FLAG };

static SECURITY_STATUS check_flags(const struct vit_ksp_key *key, const void *padding, DWORD flags)
{
    DWORD paddings = flags & PADDINGS;
    if ((flags & ~(DWORD)(PADDINGS | NCRYPT_SILENT_FLAG)) != 0 || paddings == PADDINGS) {
        return NTE_BAD_FLAGS;
    }
    if (key->algorithm->family != VIT_KSP_RSA) {
        return paddings == 0 ? ERROR_SUCCESS : NTE_BAD_FLAGS;
    }
    return paddings != 0 && padding != NULL ? ERROR_SUCCESS : NTE_INVALID_PARAMETER;
}

static SECURITY_STATUS signature_len(const struct vit_ksp_key *key, DWORD *len)
{
    ULONG got = 0;
    return vit_ksp_status(BCryptGetProperty(key->public, BCRYPT_SIGNATURE_LENGTH, (PUCHAR)len,
            sizeof(*len), &got, 0));
}

/* A question for the length needs no padding, no hash and nobody's consent. */
static SECURITY_STATUS sign(struct vit_ksp_key *key, void *padding, const uint8_t *hash, DWORD len,
        const struct vit_ksp_room *room, DWORD flags)
{
    DWORD needed = 0;
    SECURITY_STATUS status = signature_len(key, &needed);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (room->bytes == NULL || room->capacity < needed) {
        *room->result = needed;
        return room->bytes == NULL ? ERROR_SUCCESS : NTE_BUFFER_TOO_SMALL;
    }
    status = check_flags(key, padding, flags);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (hash == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(key->provider, flags);
    status = vit_ksp_key_consent(key, u"sign", &prompt);
    return status == ERROR_SUCCESS
            ? key->provider->backend->sign(key->material, &prompt, padding, flags & PADDINGS, hash,
                      len, room->bytes, room->capacity, room->result)
            : status;
}

SECURITY_STATUS WINAPI vit_ksp_sign_hash(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        VOID *pPaddingInfo, PBYTE pbHashValue, DWORD cbHashValue, PBYTE pbSignature,
        DWORD cbSignature, DWORD *pcbResult, DWORD dwFlags)
{
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (!vit_ksp_key_is_final(key)) {
        return NTE_BAD_KEY_STATE;
    }
    if ((dwFlags & ~(DWORD)(PADDINGS | NCRYPT_SILENT_FLAG)) != 0) {
        return NTE_BAD_FLAGS;
    }
    if (!vit_ksp_algorithm_signs(key->algorithm)) {
        return NTE_BAD_ALGID;
    }
    if (pcbResult == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    SECURITY_STATUS status = vit_ksp_key_may(key, NCRYPT_ALLOW_SIGNING_FLAG);
    const struct vit_ksp_room room = { pbSignature, cbSignature, pcbResult };
    return status == ERROR_SUCCESS
            ? sign(key, pPaddingInfo, pbHashValue, cbHashValue, &room, dwFlags)
            : status;
}

/* A signature of another length than the key's is no signature at all. */
static SECURITY_STATUS verify(const struct vit_ksp_key *key, void *padding, uint8_t *hash,
        DWORD len, uint8_t *signature, DWORD given, DWORD flags)
{
    DWORD needed = 0;
    SECURITY_STATUS status = signature_len(key, &needed);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (given != needed) {
        return NTE_INVALID_PARAMETER;
    }
    return vit_ksp_status(BCryptVerifySignature(key->public, padding, hash, len, signature, given,
            flags & PADDINGS));
}

SECURITY_STATUS WINAPI vit_ksp_verify_signature(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hKey, VOID *pPaddingInfo, PBYTE pbHashValue, DWORD cbHashValue,
        PBYTE pbSignature, DWORD cbSignature, DWORD dwFlags)
{
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (!vit_ksp_key_is_final(key)) {
        return NTE_BAD_KEY_STATE;
    }
    if ((dwFlags & ~(DWORD)(PADDINGS | NCRYPT_SILENT_FLAG)) != 0) {
        return NTE_BAD_FLAGS;
    }
    if (!vit_ksp_algorithm_signs(key->algorithm)) {
        return NTE_BAD_ALGID;
    }
    if (pbHashValue == NULL || pbSignature == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    SECURITY_STATUS status = check_flags(key, pPaddingInfo, dwFlags);
    return status == ERROR_SUCCESS
            ? verify(key, pPaddingInfo, pbHashValue, cbHashValue, pbSignature, cbSignature, dwFlags)
            : status;
}
