/* SPDX-License-Identifier: MIT */
#include "base/irql.h"
#include "cng/bcrypt/key_rsa.h"
#include "cng/bcrypt/sign.h"

static NTSTATUS read_pkcs1(const BCRYPT_PKCS1_PADDING_INFO *info, struct vit_rsa_form *form)
{
    if (!vit_irql_may_touch(info, sizeof(*info))) {
        return STATUS_INVALID_PARAMETER;
    }
    form->hashed = info->pszAlgId != NULL;
    return form->hashed ? vit_bcrypt_hash_find(info->pszAlgId, &form->hash) : STATUS_SUCCESS;
}

static NTSTATUS read_pss(const BCRYPT_PSS_PADDING_INFO *info, struct vit_rsa_form *form)
{
    if (!vit_irql_may_touch(info, sizeof(*info)) || info->pszAlgId == NULL) {
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

static size_t len(const struct vit_bcrypt_key *key)
{
    return vit_rsa_len(vit_bcrypt_rsa_of(key));
}

static NTSTATUS sign(const struct vit_bcrypt_key *key, const VOID *padding, ULONG flags,
        const UCHAR *digest, ULONG digest_len, UCHAR *signature)
{
    struct vit_rsa_form form;
    NTSTATUS status = read_form(padding, flags, &form);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (digest == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    return vit_bcrypt_status(vit_rsa_sign(vit_bcrypt_rsa_of(key), &form, digest, digest_len,
            signature));
}

static NTSTATUS verify(const struct vit_bcrypt_key *key, const VOID *padding, ULONG flags,
        const UCHAR *digest, ULONG digest_len, const UCHAR *signature, ULONG signature_len)
{
    struct vit_rsa_form form;
    NTSTATUS status = read_form(padding, flags, &form);
    return NT_SUCCESS(status) ? vit_bcrypt_sign_status(vit_rsa_verify(vit_bcrypt_rsa_of(key), &form,
                                        digest, digest_len, signature, signature_len))
                              : status;
}

const struct vit_bcrypt_signer vit_bcrypt_rsa_signer = { len, sign, verify };
