/* SPDX-License-Identifier: MIT */
/* The key derivation algorithms: keys out of a key, as long as they are asked for. */
#include "base/secret.h"
#include "cng/derive/call.h"
#include "cng/wide.h"
#include "crypto/pbkdf2.h"

enum { DEFAULT_ITERATIONS = 10000, CAPI_LIMIT = 2 };

static const uint8_t zero[1] = { 0 };

static NTSTATUS need(const struct vit_derive_call *call, ULONG type, struct vit_part *part)
{
    const BCryptBuffer *buffer = vit_derive_buffer(call, type);
    if (buffer == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    *part = vit_derive_part(buffer);
    return STATUS_SUCCESS;
}

/* KDF_GENERIC_PARAMETER stands for what several parameters make together. */
static bool is_generic(const struct vit_derive_call *call, struct vit_part *part)
{
    return NT_SUCCESS(need(call, KDF_GENERIC_PARAMETER, part));
}

static NTSTATUS get_label_and_context(const struct vit_derive_call *call, struct vit_part *parts,
        size_t *count)
{
    struct vit_part context;
    if (is_generic(call, &parts[0])) {
        *count = 1;
        return STATUS_SUCCESS;
    }
    NTSTATUS status = need(call, KDF_LABEL, &parts[0]);
    if (NT_SUCCESS(status)) {
        status = need(call, KDF_CONTEXT, &context);
    }
    if (NT_SUCCESS(status)) {
        parts[1] = (struct vit_part){ zero, sizeof(zero) };
        parts[2] = context;
        *count = 3;
    }
    return status;
}

/* The last part is the length in bits. */
static NTSTATUS derive_counter(struct vit_derive_call *call)
{
    struct vit_part parts[4];
    uint8_t bits[4];
    size_t count = 0;
    const struct vit_part key = vit_derive_z(call);
    NTSTATUS status = get_label_and_context(call, parts, &count);
    if (!NT_SUCCESS(status) || call->out_len > UINT32_MAX / 8) {
        return STATUS_INVALID_PARAMETER;
    }
    for (unsigned i = 0; i < 4; i++) {
        bits[i] = (uint8_t)((8 * call->out_len) >> (24 - 8 * i));
    }
    parts[count++] = (struct vit_part){ bits, sizeof(bits) };
    return vit_bcrypt_status(vit_kdf_counter(call->kdf, call->hash, &key, parts, count, call->out,
            call->out_len));
}

static NTSTATUS derive_concat(struct vit_derive_call *call)
{
    struct vit_part parts[VIT_DERIVE_OTHER_INFO_COUNT];
    size_t count = 1;
    const struct vit_part key = vit_derive_z(call);
    if (!is_generic(call, &parts[0])) {
        NTSTATUS status = vit_derive_other_info(call, parts, &count);
        if (!NT_SUCCESS(status)) {
            return status;
        }
    }
    return vit_bcrypt_status(vit_kdf_concat(call->kdf, call->hash, &key, parts, count, call->out,
            call->out_len));
}

/* A number of either width. */
static NTSTATUS get_iterations(const struct vit_derive_call *call, uint64_t *iterations)
{
    struct vit_part part;
    *iterations = DEFAULT_ITERATIONS;
    if (!NT_SUCCESS(need(call, KDF_ITERATION_COUNT, &part))) {
        return STATUS_SUCCESS;
    }
    if (part.len == sizeof(ULONGLONG)) {
        memcpy(iterations, part.data, sizeof(*iterations));
        return STATUS_SUCCESS;
    }
    ULONG narrow;
    if (part.len != sizeof(narrow)) {
        return STATUS_INVALID_PARAMETER;
    }
    memcpy(&narrow, part.data, sizeof(narrow));
    *iterations = narrow;
    return STATUS_SUCCESS;
}

static NTSTATUS derive_pbkdf2(struct vit_derive_call *call)
{
    struct vit_part salt;
    uint64_t iterations;
    const struct vit_part key = vit_derive_z(call);
    NTSTATUS status = get_iterations(call, &iterations);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!NT_SUCCESS(need(call, KDF_SALT, &salt)) && !is_generic(call, &salt)) {
        salt = (struct vit_part){ NULL, 0 };
    }
    return vit_bcrypt_status(vit_pbkdf2(call->hash, key.data, key.len, salt.data, salt.len,
            iterations, call->out, call->out_len));
}

static NTSTATUS derive_capi(struct vit_derive_call *call)
{
    UCHAR digest[VIT_HASH_MAX_LEN];
    const struct vit_part key = vit_derive_z(call);
    if (call->out_len > CAPI_LIMIT * vit_hash_len(call->hash)) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = vit_bcrypt_status(vit_kdf_hash(call->kdf, call->hash, &key, 1, digest,
            vit_hash_len(call->hash)));
    if (NT_SUCCESS(status)) {
        status = vit_derive_capi(call->hash, digest, call->expand, call->out, call->out_len);
    }
    vit_wipe(digest, sizeof(digest));
    return status;
}

static NTSTATUS get_label_and_seed(const struct vit_derive_call *call, struct vit_part *label,
        struct vit_part *seed)
{
    NTSTATUS status = need(call, KDF_TLS_PRF_LABEL, label);
    return NT_SUCCESS(status) ? need(call, KDF_TLS_PRF_SEED, seed) : status;
}

static NTSTATUS derive_tls11(struct vit_derive_call *call)
{
    struct vit_part label, seed;
    const struct vit_part key = vit_derive_z(call);
    NTSTATUS status = get_label_and_seed(call, &label, &seed);
    return NT_SUCCESS(status) ? vit_bcrypt_status(vit_kdf_tls1(call->kdf, &key, &label, &seed,
                                        call->out, call->out_len))
                              : status;
}

static NTSTATUS derive_tls12(struct vit_derive_call *call)
{
    struct vit_part label, seed;
    const struct vit_part key = vit_derive_z(call);
    NTSTATUS status = get_label_and_seed(call, &label, &seed);
    return NT_SUCCESS(status) ? vit_bcrypt_status(vit_kdf_tls12(call->kdf, call->hash, &key, &label,
                                        &seed, call->out, call->out_len))
                              : status;
}

static const struct function {
    LPCWSTR name;
    vit_derive_fn *derive;
    bool hashed; /* the hash must be named */
    ULONG flags;
} functions[] = {
    { BCRYPT_SP800108_CTR_HMAC_ALGORITHM, derive_counter, true, 0 },
    { BCRYPT_SP80056A_CONCAT_ALGORITHM, derive_concat, true, 0 },
    { BCRYPT_PBKDF2_ALGORITHM, derive_pbkdf2, true, 0 },
    { BCRYPT_CAPI_KDF_ALGORITHM, derive_capi, true, BCRYPT_CAPI_AES_FLAG },
    { BCRYPT_TLS1_1_KDF_ALGORITHM, derive_tls11, false, 0 },
    { BCRYPT_TLS1_2_KDF_ALGORITHM, derive_tls12, true, 0 },
    { BCRYPT_HKDF_ALGORITHM, vit_derive_hkdf, false, 0 },
};

static const struct function *find_function(LPCWSTR name)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (vit_wide_equal(functions[i].name, name)) {
            return &functions[i];
        }
    }
    return NULL;
}

NTSTATUS vit_derive_keyed(const struct vit_derive_secret *secret, LPCWSTR algorithm,
        const BCryptBufferDesc *list, ULONG flags, UCHAR *out, ULONG out_len, ULONG *result)
{
    const struct function *function = find_function(algorithm);
    if (function == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if ((flags & ~function->flags) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    struct vit_derive_call call = {
        .secret = secret,
        .expand = flags != 0,
        .out = out,
        .out_len = out_len,
        .result = result,
    };
    NTSTATUS status = vit_derive_prepare(&call, list);
    if (NT_SUCCESS(status) && function->hashed && !call.hash_given) {
        status = STATUS_INVALID_PARAMETER;
    }
    if (NT_SUCCESS(status)) {
        status = function->derive(&call);
    }
    if (NT_SUCCESS(status)) {
        *result = out_len;
    }
    return status;
}
