/* SPDX-License-Identifier: MIT */
/* HKDF, which is told its hash and its salt by properties of the secret. */
#include "cng/derive/call.h"
#include "cng/hash_name.h"
#include "cng/wide.h"

static NTSTATUS set_hash(struct vit_derive_secret *secret, const UCHAR *bytes, ULONG len)
{
    if (!vit_hash_of_text(bytes, len, &secret->hkdf_hash)) {
        return STATUS_NOT_SUPPORTED;
    }
    secret->hkdf_named = true;
    return STATUS_SUCCESS;
}

static NTSTATUS set_salt(struct vit_derive_secret *secret, const UCHAR *bytes, ULONG len)
{
    struct vit_kdf *kdf = vit_derive_kdf();
    if (kdf == NULL) {
        return STATUS_NO_MEMORY;
    }
    const struct vit_part salt = { bytes, len }, z = { secret->z, secret->len };
    enum vit_status status = vit_kdf_hkdf_extract(kdf, secret->hkdf_hash, &salt, &z, secret->prk);
    if (status == VIT_OK) {
        secret->prk_len = vit_hash_len(secret->hkdf_hash);
        secret->hkdf_final = true;
    }
    return vit_bcrypt_status(status);
}

/* The secret itself is the key, so there is nothing to be given. */
static NTSTATUS set_prk(struct vit_derive_secret *secret, ULONG len)
{
    if (len != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    secret->hkdf_final = true;
    return STATUS_SUCCESS;
}

/* The hash first, then one of the other two, once. */
static NTSTATUS set_hkdf(struct vit_derive_secret *secret, LPCWSTR name, const UCHAR *bytes,
        ULONG len)
{
    bool hash = vit_wide_equal(name, BCRYPT_HKDF_HASH_ALGORITHM);
    bool salt = vit_wide_equal(name, BCRYPT_HKDF_SALT_AND_FINALIZE);
    if (!hash && !salt && !vit_wide_equal(name, BCRYPT_HKDF_PRK_AND_FINALIZE)) {
        return STATUS_NOT_SUPPORTED;
    }
    if (secret->hkdf_final || (!hash && !secret->hkdf_named)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (hash) {
        return set_hash(secret, bytes, len);
    }
    return salt ? set_salt(secret, bytes, len) : set_prk(secret, len);
}

NTSTATUS vit_derive_set_property(struct vit_derive_secret *secret, LPCWSTR name, const UCHAR *bytes,
        ULONG len)
{
    pthread_mutex_lock(&secret->lock);
    NTSTATUS status = set_hkdf(secret, name, bytes, len);
    pthread_mutex_unlock(&secret->lock);
    return status;
}

static struct vit_part prk_of(const struct vit_derive_secret *secret)
{
    return secret->prk_len > 0 ? (struct vit_part){ secret->prk, secret->prk_len }
                               : (struct vit_part){ secret->z, secret->len };
}

static bool is_hkdf_final(const struct vit_derive_secret *secret)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&secret->lock;
    pthread_mutex_lock(lock);
    bool final = secret->hkdf_final; /* what it is told does not change any more then */
    pthread_mutex_unlock(lock);
    return final;
}

NTSTATUS vit_derive_hkdf(struct vit_derive_call *call)
{
    const struct vit_derive_secret *secret = call->secret;
    const BCryptBuffer *buffer = vit_derive_buffer(call, KDF_HKDF_INFO);
    const struct vit_part info =
            buffer != NULL ? vit_derive_part(buffer) : (struct vit_part){ NULL, 0 };
    if (!is_hkdf_final(secret)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (call->out != NULL && call->out_len > 255 * vit_hash_len(secret->hkdf_hash)) {
        return STATUS_INVALID_PARAMETER;
    }
    const struct vit_part prk = prk_of(secret);
    vit_derive_tell_asked(call, secret->hkdf_hash);
    return call->out == NULL ? STATUS_SUCCESS
                             : vit_bcrypt_status(vit_kdf_hkdf_expand(call->kdf, secret->hkdf_hash,
                                       &prk, &info, call->out, call->out_len));
}
