/* SPDX-License-Identifier: MIT */
/* One derivation, as the functions that derive see it. */
#ifndef CNG_DERIVE_CALL_H
#define CNG_DERIVE_CALL_H

#include "cng/derive/derive.h"
#include "cng/status.h"

/* Everything was checked that does not depend on the function. */
struct vit_derive_call {
    const struct vit_derive_secret *secret;
    struct vit_kdf *kdf;
    const BCryptBuffer *buffers;
    ULONG buffer_count;
    bool secret_is_key; /* KDF_USE_SECRET_AS_HMAC_KEY_FLAG */
    bool expand;        /* BCRYPT_CAPI_AES_FLAG */
    enum vit_hash_id hash;
    bool hash_given;
    UCHAR *out; /* NULL: how long would it be? */
    ULONG out_len;
    ULONG *result;
};

typedef NTSTATUS vit_derive_fn(struct vit_derive_call *call);

vit_derive_fn vit_derive_hash, vit_derive_hmac, vit_derive_raw; /* hash.c */
vit_derive_fn vit_derive_tls, vit_derive_concat, vit_derive_hkdf;

/* Takes the parameters and the hash, which is SHA-1 unless another is named. Nothing depends on the
 * function yet. */
NTSTATUS vit_derive_prepare(struct vit_derive_call *call, const BCryptBufferDesc *list);

/* What goes behind the secret in SP800_56A_CONCAT, in its order. The first three must be there. */
enum { VIT_DERIVE_OTHER_INFO_COUNT = 5 };
NTSTATUS vit_derive_other_info(const struct vit_derive_call *call,
        struct vit_part parts[VIT_DERIVE_OTHER_INFO_COUNT], size_t *count);

/* Of the process; NULL: no memory. */
struct vit_kdf *vit_derive_kdf(void);

static inline struct vit_part vit_derive_part(const BCryptBuffer *buffer)
{
    return (struct vit_part){ buffer->pvBuffer, buffer->cbBuffer };
}

static inline struct vit_part vit_derive_z(const struct vit_derive_call *call)
{
    return (struct vit_part){ call->secret->z, call->secret->len };
}

/* The last of a type; NULL: none. */
const BCryptBuffer *vit_derive_buffer(const struct vit_derive_call *call, ULONG type);

/* Of functions that make as much as is asked for: without a buffer, the length of one hash. */
void vit_derive_tell_asked(const struct vit_derive_call *call, enum vit_hash_id hash);

#endif
