/* SPDX-License-Identifier: MIT */
/* TLS_PRF: the functions of TLS 1.0 and TLS 1.2. */
#include "cng/derive/call.h"

enum {
    TLS_MASTER_LEN = 48,
    TLS_SEED_LEN = 64,
    TLS_1_0 = 0x0301,
    TLS_1_1 = 0x0302,
    TLS_1_2 = 0x0303,
    DTLS_1_0 = 0xfeff,
    SSL_2_0 = 0x0002,
    SSL_3_0 = 0x0300,
};

/* The number that stands for "not told" is TLS 1.0's. */
static NTSTATUS get_protocol(const struct vit_derive_call *call, ULONG *protocol)
{
    const BCryptBuffer *buffer = vit_derive_buffer(call, KDF_TLS_PRF_PROTOCOL);
    *protocol = TLS_1_0;
    if (buffer == NULL) {
        return STATUS_SUCCESS;
    }
    if (buffer->cbBuffer != sizeof(*protocol)) {
        return STATUS_INVALID_PARAMETER;
    }
    memcpy(protocol, buffer->pvBuffer, sizeof(*protocol));
    switch (*protocol) {
    case TLS_1_0:
    case TLS_1_1:
    case TLS_1_2:
    case DTLS_1_0:
        return STATUS_SUCCESS;
    case SSL_2_0:
    case SSL_3_0:
        return STATUS_NOT_SUPPORTED; /* published as values, not what they would give */
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS choose_tls_hash(struct vit_derive_call *call)
{
    if (!call->hash_given) {
        call->hash = VIT_HASH_SHA256;
    }
    bool good = call->hash == VIT_HASH_SHA256 || call->hash == VIT_HASH_SHA384;
    return good ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

static NTSTATUS run_tls(struct vit_derive_call *call, ULONG protocol, const struct vit_part *label,
        const struct vit_part *seed)
{
    const struct vit_part z = vit_derive_z(call);
    enum vit_status status = protocol == TLS_1_2
            ? vit_kdf_tls12(call->kdf, call->hash, &z, label, seed, call->out, TLS_MASTER_LEN)
            : vit_kdf_tls1(call->kdf, &z, label, seed, call->out, TLS_MASTER_LEN);
    return vit_bcrypt_status(status);
}

NTSTATUS vit_derive_tls(struct vit_derive_call *call)
{
    ULONG protocol;
    const BCryptBuffer *label = vit_derive_buffer(call, KDF_TLS_PRF_LABEL);
    const BCryptBuffer *seed = vit_derive_buffer(call, KDF_TLS_PRF_SEED);
    if (label == NULL || seed == NULL || seed->cbBuffer != TLS_SEED_LEN) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = get_protocol(call, &protocol);
    if (NT_SUCCESS(status) && protocol == TLS_1_2) {
        status = choose_tls_hash(call);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (call->out != NULL && call->out_len != TLS_MASTER_LEN) {
        return STATUS_INVALID_PARAMETER;
    }
    *call->result = TLS_MASTER_LEN;
    const struct vit_part of_label = vit_derive_part(label), of_seed = vit_derive_part(seed);
    return call->out == NULL ? STATUS_SUCCESS : run_tls(call, protocol, &of_label, &of_seed);
}
