/* SPDX-License-Identifier: MIT */
/* Keys from passwords and from finished hashes, by the functions that have no parameter list. */
#include "base/irql.h"
#include "cng/bcrypt/hash.h"
#include "cng/bcrypt/object.h"
#include "cng/bcrypt/reply.h"
#include "crypto/pbkdf2.h"

enum { CAPI_BLOCK_LEN = 64, CAPI_LIMIT = 2 };

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

/* The hash of a block of one byte over and over, with the digest laid over its beginning. */
static enum vit_status stretch(enum vit_hash_id id, UCHAR byte, const UCHAR *digest, UCHAR *out)
{
    UCHAR block[CAPI_BLOCK_LEN];
    memset(block, byte, sizeof(block));
    for (size_t i = 0; i < vit_hash_len(id); i++) {
        block[i] ^= digest[i];
    }
    enum vit_status status = vit_hash_once(id, block, sizeof(block), out);
    vit_wipe(block, sizeof(block));
    return status;
}

/* A key no longer than the digest is its beginning. */
static NTSTATUS derive_capi(enum vit_hash_id id, const UCHAR *digest, UCHAR *out, ULONG len)
{
    UCHAR longer[CAPI_LIMIT * VIT_HASH_MAX_LEN];
    size_t digest_len = vit_hash_len(id);
    if (len <= digest_len) {
        memcpy(out, digest, len);
        return STATUS_SUCCESS;
    }
    enum vit_status status = stretch(id, 0x36, digest, longer);
    if (status == VIT_OK) {
        status = stretch(id, 0x5c, digest, longer + digest_len);
    }
    if (status == VIT_OK) {
        memcpy(out, longer, len);
    }
    vit_wipe(longer, sizeof(longer));
    return vit_bcrypt_status(status);
}

/* The target would matter if it were AES, which cannot be opened here. */
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
        status = derive_capi(id, digest, pbDerivedKey, cbDerivedKey);
    }
    vit_wipe(digest, sizeof(digest));
    return status;
}
