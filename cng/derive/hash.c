/* SPDX-License-Identifier: MIT */
/* HASH, HMAC, and the secret as it is. */
#include <stdlib.h>

#include "cng/derive/call.h"

enum { FEW_PARTS = 8 };

static size_t add_all(const struct vit_derive_call *call, ULONG type, struct vit_part *parts)
{
    size_t count = 0;
    for (ULONG i = 0; i < call->buffer_count; i++) {
        if (call->buffers[i].BufferType == type) {
            parts[count++] = vit_derive_part(&call->buffers[i]);
        }
    }
    return count;
}

/* What is put in front, the secret, what is put behind: at most one more than there are buffers. */
static size_t line_up(const struct vit_derive_call *call, struct vit_part *parts)
{
    size_t count = add_all(call, KDF_SECRET_PREPEND, parts);
    parts[count++] = vit_derive_z(call);
    return count + add_all(call, KDF_SECRET_APPEND, parts + count);
}

/* Tells how much there is: all of it without a buffer, else what fits. */
static size_t tell_len(const struct vit_derive_call *call, size_t len)
{
    bool cut = call->out != NULL && call->out_len < len;
    *call->result = cut ? call->out_len : (ULONG)len;
    return *call->result;
}

static enum vit_status hash_or_mac(struct vit_derive_call *call, const struct vit_part *key,
        const struct vit_part *parts, size_t count, size_t len)
{
    return key == NULL ? vit_kdf_hash(call->kdf, call->hash, parts, count, call->out, len)
                       : vit_kdf_hmac(call->kdf, call->hash, key, parts, count, call->out, len);
}

static NTSTATUS derive(struct vit_derive_call *call, const struct vit_part *key)
{
    struct vit_part few[FEW_PARTS];
    VIT_AUTO(memory) many = NULL;
    size_t len = tell_len(call, vit_hash_len(call->hash));
    if (call->out == NULL) {
        return STATUS_SUCCESS;
    }
    if (call->buffer_count >= FEW_PARTS) {
        many = calloc((size_t)call->buffer_count + 1, sizeof(struct vit_part));
        if (many == NULL) {
            return STATUS_NO_MEMORY;
        }
    }
    struct vit_part *parts = many != NULL ? many : few;
    size_t count = line_up(call, parts);
    return vit_bcrypt_status(hash_or_mac(call, key, parts, count, len));
}

NTSTATUS vit_derive_hash(struct vit_derive_call *call)
{
    return derive(call, NULL);
}

/* With the flag the secret is both the key and in the message. */
NTSTATUS vit_derive_hmac(struct vit_derive_call *call)
{
    const BCryptBuffer *buffer = vit_derive_buffer(call, KDF_HMAC_KEY);
    struct vit_part key = { NULL, 0 };
    if (call->secret_is_key && buffer != NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (call->secret_is_key) {
        key = vit_derive_z(call);
    } else if (buffer != NULL) {
        key = vit_derive_part(buffer);
    }
    return derive(call, &key);
}

/* Least significant byte first. */
NTSTATUS vit_derive_raw(struct vit_derive_call *call)
{
    const struct vit_derive_secret *secret = call->secret;
    size_t len = tell_len(call, secret->len);
    for (size_t i = 0; call->out != NULL && i < len; i++) {
        call->out[i] = secret->z[secret->len - 1 - i];
    }
    return STATUS_SUCCESS;
}
