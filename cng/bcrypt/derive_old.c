/* SPDX-License-Identifier: MIT */
/* Keys from passwords and from finished hashes, by the functions that have no parameter list. */
#include "base/irql.h"
#include "cng/bcrypt/hash.h"
#include "cng/bcrypt/key.h"
#include "cng/bcrypt/object.h"
#include "cng/bcrypt/reply.h"
#include "cng/derive/derive.h"
#include "crypto/pbkdf2.h"

enum { CAPI_LIMIT = 2 };

static bool is_given(const void *memory, ULONG len)
{
    return (memory != NULL || len == 0) && vit_irql_may_touch(memory, len);
}

static bool is_hmac(const struct vit_bcrypt_provider *provider)
{
    return provider->algorithm->interface == BCRYPT_HASH_INTERFACE &&
            (provider->flags & BCRYPT_ALG_HANDLE_HMAC_FLAG) != 0;
}

NTSTATUS WINAPI BCryptDeriveKeyPBKDF2(BCRYPT_ALG_HANDLE hPrf, PUCHAR pbPassword, ULONG cbPassword,
        PUCHAR pbSalt, ULONG cbSalt, ULONGLONG cIterations, PUCHAR pbDerivedKey, ULONG cbDerivedKey,
        ULONG dwFlags)
{
    VIT_AUTO(bcrypt_provider) provider = vit_bcrypt_provider_get(hPrf);
    if (provider == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (!is_given(pbPassword, cbPassword) || !is_given(pbSalt, cbSalt) || pbDerivedKey == NULL ||
            cbDerivedKey == 0 || !is_given(pbDerivedKey, cbDerivedKey) || dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (!is_hmac(provider)) {
        return STATUS_NOT_SUPPORTED;
    }
    return vit_bcrypt_status(vit_pbkdf2(provider->algorithm->hash, pbPassword, cbPassword, pbSalt,
            cbSalt, cIterations, pbDerivedKey, cbDerivedKey));
}

/* Published for AES: whatever its length, but not with hashes of the SHA-2 family. */
static bool expands(const struct vit_bcrypt_provider *target, enum vit_hash_id hash)
{
    bool modern = hash == VIT_HASH_SHA256 || hash == VIT_HASH_SHA384 || hash == VIT_HASH_SHA512;
    return target != NULL && target->algorithm->family == &vit_bcrypt_aes_family && !modern;
}

NTSTATUS WINAPI BCryptDeriveKeyCapi(BCRYPT_HASH_HANDLE hHash, BCRYPT_ALG_HANDLE hTargetAlg,
        PUCHAR pbDerivedKey, ULONG cbDerivedKey, ULONG dwFlags)
{
    UCHAR digest[VIT_HASH_MAX_LEN];
    enum vit_hash_id id;
    VIT_AUTO(object) hash = vit_handle_get(hHash, &vit_bcrypt_hash_kind.base);
    VIT_AUTO(bcrypt_provider)
    target = hTargetAlg == NULL ? NULL : vit_bcrypt_provider_get(hTargetAlg);
    if (hash == NULL || (hTargetAlg != NULL && target == NULL)) {
        return STATUS_INVALID_HANDLE;
    }
    if (pbDerivedKey == NULL || cbDerivedKey == 0 || !is_given(pbDerivedKey, cbDerivedKey) ||
            dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = vit_bcrypt_hash_take(hHash, cbDerivedKey, CAPI_LIMIT, &id, digest);
    if (NT_SUCCESS(status)) {
        status = vit_derive_capi(id, digest, expands(target, id), pbDerivedKey, cbDerivedKey);
    }
    vit_wipe(digest, sizeof(digest));
    return status;
}
