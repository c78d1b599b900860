/* SPDX-License-Identifier: MIT */
/* There is one form of such signatures: no flags, and what describes a padding is not looked at. */
#include "cng/bcrypt/key_ecc.h"
#include "cng/bcrypt/sign.h"
#include "crypto/ecdsa.h"

static const struct vit_bcrypt_ecc_key *ecc_of(const struct vit_bcrypt_key *key)
{
    return (const struct vit_bcrypt_ecc_key *)key;
}

static size_t len(const struct vit_bcrypt_key *key)
{
    return vit_ecdsa_len(ecc_of(key)->curve);
}

static NTSTATUS sign(const struct vit_bcrypt_key *key, const VOID *padding, ULONG flags,
        const UCHAR *digest, ULONG digest_len, UCHAR *signature)
{
    (void)padding;
    if (flags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    return vit_bcrypt_status(vit_ecdsa_sign(ecc_of(key)->base.agree, digest, digest_len,
            signature));
}

static NTSTATUS verify(const struct vit_bcrypt_key *key, const VOID *padding, ULONG flags,
        const UCHAR *digest, ULONG digest_len, const UCHAR *signature, ULONG signature_len)
{
    (void)padding;
    if (flags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    return vit_bcrypt_sign_status(vit_ecdsa_verify(ecc_of(key)->base.agree, digest, digest_len,
            signature, signature_len));
}

const struct vit_bcrypt_signer vit_bcrypt_ecdsa_signer = { len, sign, verify };
