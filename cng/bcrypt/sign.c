/* SPDX-License-Identifier: MIT */
/* Signatures, whatever the keys. */
#include "cng/bcrypt/sign.h"

#include "base/irql.h"

static bool is_given(const void *memory, ULONG len)
{
    return memory != NULL && vit_irql_may_touch(memory, len);
}

NTSTATUS vit_bcrypt_sign_status(enum vit_status status)
{
    return status == VIT_E_REFUSED ? STATUS_INVALID_SIGNATURE : vit_bcrypt_status(status);
}

/* The length can be asked for without anything to sign. */
NTSTATUS WINAPI BCryptSignHash(BCRYPT_KEY_HANDLE hKey, VOID *pPaddingInfo, PUCHAR pbInput,
        ULONG cbInput, PUCHAR pbOutput, ULONG cbOutput, ULONG *pcbResult, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    const struct vit_bcrypt_room room = { pbOutput, cbOutput, pcbResult };
    NTSTATUS status = vit_bcrypt_room_check(&room);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    const struct vit_bcrypt_signer *signer = key->family->signer;
    if (signer == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if (!key->private) {
        return STATUS_INVALID_PARAMETER;
    }
    UCHAR *signature;
    const UCHAR *digest = is_given(pbInput, cbInput) ? pbInput : NULL;
    status = vit_bcrypt_room_begin(&room, signer->len(key), &signature);
    return signature == NULL ? status
                             : signer->sign(key, pPaddingInfo, dwFlags, digest, cbInput, signature);
}

NTSTATUS WINAPI BCryptVerifySignature(BCRYPT_KEY_HANDLE hKey, VOID *pPaddingInfo, PUCHAR pbHash,
        ULONG cbHash, PUCHAR pbSignature, ULONG cbSignature, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    if (key->family->signer == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if (!is_given(pbHash, cbHash) || !is_given(pbSignature, cbSignature)) {
        return STATUS_INVALID_PARAMETER;
    }
    return key->family->signer->verify(key, pPaddingInfo, dwFlags, pbHash, cbHash, pbSignature,
            cbSignature);
}
