/* SPDX-License-Identifier: MIT */
/* Encryption and decryption: RSA, whose flags are BCrypt's. */
#include "cng/hash_name.h"
#include "cng/ksp/key.h"

enum {
    PADDINGS = NCRYPT_NO_PADDING_FLAG | NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_OAEP_FLAG,
};

struct call {
    uint8_t *in;
    DWORD len;
    void *padding;
    struct vit_ksp_room room;
    DWORD flags;
};

static DWORD padding_of(const struct call *call)
{
    return call->flags & PADDINGS;
}

/* One padding, and nothing else but silence. */
static SECURITY_STATUS check_flags(const struct call *call)
{
    DWORD padding = padding_of(call);
    bool one = padding != 0 && (padding & (padding - 1)) == 0;
    return one && (call->flags & ~(DWORD)(PADDINGS | NCRYPT_SILENT_FLAG)) == 0 ? ERROR_SUCCESS
                                                                               : NTE_BAD_FLAGS;
}

static SECURITY_STATUS check_oaep(const BCRYPT_OAEP_PADDING_INFO *info)
{
    enum vit_hash_id hash;
    if (info == NULL || info->pszAlgId == NULL || (info->pbLabel == NULL && info->cbLabel != 0)) {
        return NTE_INVALID_PARAMETER;
    }
    return vit_hash_of_name(info->pszAlgId, &hash) ? ERROR_SUCCESS : NTE_NOT_SUPPORTED;
}

static SECURITY_STATUS check_call(const struct vit_ksp_key *key, const struct call *call)
{
    SECURITY_STATUS status = check_flags(call);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (key->algorithm->family != VIT_KSP_RSA) {
        return NTE_NOT_SUPPORTED;
    }
    if (call->room.result == NULL || (call->in == NULL && call->len != 0)) {
        return NTE_INVALID_PARAMETER;
    }
    return padding_of(call) == NCRYPT_PAD_OAEP_FLAG ? check_oaep(call->padding) : ERROR_SUCCESS;
}

static SECURITY_STATUS encrypt(const struct vit_ksp_key *key, const struct call *call)
{
    const struct vit_ksp_room *room = &call->room;
    if (!vit_ksp_key_is_final(key)) {
        return NTE_BAD_KEY_STATE;
    }
    SECURITY_STATUS status = check_call(key, call);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (room->bytes == NULL) {
        *room->result = vit_ksp_key_block_len(key);
        return ERROR_SUCCESS;
    }
    return vit_ksp_status(BCryptEncrypt(key->public, call->in, call->len, call->padding, NULL, 0,
            room->bytes, room->capacity, room->result, padding_of(call)));
}

SECURITY_STATUS WINAPI vit_ksp_encrypt(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        PBYTE pbInput, DWORD cbInput, VOID *pPaddingInfo, PBYTE pbOutput, DWORD cbOutput,
        DWORD *pcbResult, DWORD dwFlags)
{
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    const struct call call = { pbInput, cbInput, pPaddingInfo, { pbOutput, cbOutput, pcbResult },
        dwFlags };
    return key == NULL ? NTE_INVALID_HANDLE : encrypt(key, &call);
}

/* Whatever is wrong in a block is one error. */
static SECURITY_STATUS decrypt_block(struct vit_ksp_key *key, const struct call *call)
{
    const struct vit_ksp_room *room = &call->room;
    const struct vit_ksp_prompt prompt = vit_ksp_provider_prompt(key->provider, call->flags);
    SECURITY_STATUS status = vit_ksp_key_consent(key, u"decrypt", &prompt);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    status = key->provider->backend->decrypt(key->material, &prompt, call->padding,
            padding_of(call), call->in, call->len, room->bytes, room->capacity, room->result);
    bool bad = status == NTE_INVALID_PARAMETER || status == NTE_BAD_DATA;
    return bad ? NTE_DECRYPTION_FAILURE : status;
}

/* A question for the length is answered with the longest there can be: no private key is used, and
 * nobody asked, for that. */
static SECURITY_STATUS decrypt(struct vit_ksp_key *key, const struct call *call)
{
    if (!vit_ksp_key_is_final(key)) {
        return NTE_BAD_KEY_STATE;
    }
    SECURITY_STATUS status = check_call(key, call);
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_key_may(key, NCRYPT_ALLOW_DECRYPT_FLAG);
    }
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (call->room.bytes == NULL) {
        *call->room.result = vit_ksp_key_block_len(key);
        return ERROR_SUCCESS;
    }
    return call->len == vit_ksp_key_block_len(key) ? decrypt_block(key, call)
                                                   : NTE_INVALID_PARAMETER;
}

SECURITY_STATUS WINAPI vit_ksp_decrypt(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        PBYTE pbInput, DWORD cbInput, VOID *pPaddingInfo, PBYTE pbOutput, DWORD cbOutput,
        DWORD *pcbResult, DWORD dwFlags)
{
    VIT_AUTO(ksp_key) key = vit_ksp_key_get(hProvider, hKey);
    const struct call call = { pbInput, cbInput, pPaddingInfo, { pbOutput, cbOutput, pcbResult },
        dwFlags };
    return key == NULL ? NTE_INVALID_HANDLE : decrypt(key, &call);
}
