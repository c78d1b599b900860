/* SPDX-License-Identifier: MIT */
/* Signatures, with RSA: no other keys here sign. */
#include "base/irql.h"
#include "cng/bcrypt/key_rsa.h"
#include "cng/wide.h"

static bool is_given(const void *memory, ULONG len)
{
    return memory != NULL && vit_irql_may_touch(memory, len);
}

static NTSTATUS read_pkcs1(const BCRYPT_PKCS1_PADDING_INFO *info, struct vit_rsa_form *form)
{
    form->hashed = info->pszAlgId != NULL;
    return form->hashed ? vit_bcrypt_hash_find(info->pszAlgId, &form->hash) : STATUS_SUCCESS;
}

static NTSTATUS read_pss(const BCRYPT_PSS_PADDING_INFO *info, struct vit_rsa_form *form)
{
    if (info->pszAlgId == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    form->pss = true;
    form->hashed = true;
    form->salt_len = info->cbSalt;
    return vit_bcrypt_hash_find(info->pszAlgId, &form->hash);
}

/* An RSA signature always has one of the two paddings, and it is always described. */
static NTSTATUS read_form(const VOID *info, ULONG flags, struct vit_rsa_form *form)
{
    *form = (struct vit_rsa_form){ 0 };
    if (info == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    switch (flags) {
    case BCRYPT_PAD_PKCS1:
        return read_pkcs1(info, form);
    case BCRYPT_PAD_PSS:
        return read_pss(info, form);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS sign(const struct vit_rsa *rsa, const VOID *info, ULONG flags, const UCHAR *digest,
        ULONG len, UCHAR *signature)
{
    struct vit_rsa_form form;
    NTSTATUS status = read_form(info, flags, &form);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!is_given(digest, len)) {
        return STATUS_INVALID_PARAMETER;
    }
    return vit_bcrypt_status(vit_rsa_sign(rsa, &form, digest, len, signature));
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
    if (key->family != &vit_bcrypt_rsa_family) {
        return STATUS_NOT_SUPPORTED;
    }
    if (!key->private) {
        return STATUS_INVALID_PARAMETER;
    }
    const struct vit_rsa *rsa = vit_bcrypt_rsa_of(key);
    UCHAR *signature;
    status = vit_bcrypt_room_begin(&room, vit_rsa_len(rsa), &signature);
    return signature == NULL ? status
                             : sign(rsa, pPaddingInfo, dwFlags, pbInput, cbInput, signature);
}

NTSTATUS WINAPI BCryptVerifySignature(BCRYPT_KEY_HANDLE hKey, VOID *pPaddingInfo, PUCHAR pbHash,
        ULONG cbHash, PUCHAR pbSignature, ULONG cbSignature, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    if (key->family != &vit_bcrypt_rsa_family) {
        return STATUS_NOT_SUPPORTED;
    }
    if (!is_given(pbHash, cbHash) || !is_given(pbSignature, cbSignature)) {
        return STATUS_INVALID_PARAMETER;
    }
    struct vit_rsa_form form;
    NTSTATUS status = read_form(pPaddingInfo, dwFlags, &form);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    enum vit_status result =
            vit_rsa_verify(vit_bcrypt_rsa_of(key), &form, pbHash, cbHash, pbSignature, cbSignature);
    return result == VIT_E_REFUSED ? STATUS_INVALID_SIGNATURE : vit_bcrypt_status(result);
}
