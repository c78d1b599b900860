/* SPDX-License-Identifier: MIT */
/* SP800_56A_CONCAT. */
#include "cng/derive/call.h"

/* Published for P-256 and P-384; P-521 follows them. Other groups have none. */
static NTSTATUS hash_of_curve(const struct vit_curve *curve, enum vit_hash_id *hash)
{
    static const struct {
        const char *curve;
        enum vit_hash_id hash;
    } known[] = {
        { "nistP256", VIT_HASH_SHA256 },
        { "nistP384", VIT_HASH_SHA384 },
        { "nistP521", VIT_HASH_SHA512 },
    };
    for (size_t i = 0; curve != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
        const struct vit_curve *found = vit_curve_find(known[i].curve);
        if (found != NULL && vit_curve_same(found, curve)) {
            *hash = known[i].hash;
            return STATUS_SUCCESS;
        }
    }
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS vit_derive_other_info(const struct vit_derive_call *call,
        struct vit_part parts[VIT_DERIVE_OTHER_INFO_COUNT], size_t *count)
{
    static const ULONG types[VIT_DERIVE_OTHER_INFO_COUNT] = { KDF_ALGORITHMID, KDF_PARTYUINFO,
        KDF_PARTYVINFO, KDF_SUPPPUBINFO, KDF_SUPPPRIVINFO };
    *count = 0;
    for (size_t i = 0; i < VIT_DERIVE_OTHER_INFO_COUNT; i++) {
        const BCryptBuffer *buffer = vit_derive_buffer(call, types[i]);
        if (buffer != NULL) {
            parts[(*count)++] = vit_derive_part(buffer);
        } else if (i < 3) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    return STATUS_SUCCESS;
}

NTSTATUS vit_derive_concat(struct vit_derive_call *call)
{
    struct vit_part parts[VIT_DERIVE_OTHER_INFO_COUNT];
    size_t count;
    enum vit_hash_id hash = VIT_HASH_SHA256;
    const struct vit_part z = vit_derive_z(call);
    NTSTATUS status = hash_of_curve(call->secret->curve, &hash);
    if (NT_SUCCESS(status)) {
        status = vit_derive_other_info(call, parts, &count);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    vit_derive_tell_asked(call, hash);
    return call->out == NULL ? STATUS_SUCCESS
                             : vit_bcrypt_status(vit_kdf_concat(call->kdf, hash, &z, parts, count,
                                       call->out, call->out_len));
}
