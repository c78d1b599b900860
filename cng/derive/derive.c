/* SPDX-License-Identifier: MIT */
#include "cng/derive/derive.h"

#include "base/irql.h"
#include "cng/derive/call.h"
#include "cng/hash_name.h"
#include "cng/wide.h"

/* Of the process: OpenSSL's methods are looked up once. Lives as long as it. */
static struct {
    pthread_once_t once;
    struct vit_kdf *kdf;
} process = { .once = PTHREAD_ONCE_INIT };

static void init_process(void)
{
    if (vit_kdf_create(&process.kdf) != VIT_OK) {
        process.kdf = NULL;
    }
}

struct vit_kdf *vit_derive_kdf(void)
{
    pthread_once(&process.once, init_process);
    return process.kdf;
}

void vit_derive_secret_init(struct vit_derive_secret *secret, const struct vit_curve *curve,
        const uint8_t *z, size_t len)
{
    pthread_mutex_init(&secret->lock, NULL);
    secret->curve = curve;
    secret->z = z;
    secret->len = len;
}

void vit_derive_secret_finish(struct vit_derive_secret *secret)
{
    pthread_mutex_destroy(&secret->lock);
}

void vit_derive_secret_copy(struct vit_derive_secret *copy, struct vit_derive_secret *secret)
{
    pthread_mutex_lock(&secret->lock);
    copy->hkdf_named = secret->hkdf_named;
    copy->hkdf_final = secret->hkdf_final;
    copy->hkdf_hash = secret->hkdf_hash;
    copy->prk_len = secret->prk_len;
    memcpy(copy->prk, secret->prk, sizeof(copy->prk));
    pthread_mutex_unlock(&secret->lock);
}

const BCryptBuffer *vit_derive_buffer(const struct vit_derive_call *call, ULONG type)
{
    for (ULONG i = call->buffer_count; i-- > 0;) {
        if (call->buffers[i].BufferType == type) {
            return &call->buffers[i];
        }
    }
    return NULL;
}

void vit_derive_tell_asked(const struct vit_derive_call *call, enum vit_hash_id hash)
{
    *call->result = call->out == NULL ? (ULONG)vit_hash_len(hash) : call->out_len;
}

static const struct function {
    LPCWSTR name;
    vit_derive_fn *derive;
    ULONG flags;
} functions[] = {
    { BCRYPT_KDF_HASH, vit_derive_hash, 0 },
    { BCRYPT_KDF_HMAC, vit_derive_hmac, KDF_USE_SECRET_AS_HMAC_KEY_FLAG },
    { BCRYPT_KDF_TLS_PRF, vit_derive_tls, 0 },
    { BCRYPT_KDF_SP80056A_CONCAT, vit_derive_concat, 0 },
    { BCRYPT_KDF_RAW_SECRET, vit_derive_raw, 0 },
    { BCRYPT_KDF_HKDF, vit_derive_hkdf, 0 },
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

/* ulVersion is published, and published not to be looked at. */
static NTSTATUS take_parameters(struct vit_derive_call *call, const BCryptBufferDesc *list)
{
    if (list == NULL) {
        return STATUS_SUCCESS;
    }
    if (!vit_irql_may_touch(list, sizeof(*list)) ||
            (list->pBuffers == NULL && list->cBuffers != 0) ||
            !vit_irql_may_touch(list->pBuffers, list->cBuffers * sizeof(BCryptBuffer))) {
        return STATUS_INVALID_PARAMETER;
    }
    call->buffers = list->pBuffers;
    call->buffer_count = list->cBuffers;
    for (ULONG i = 0; i < list->cBuffers; i++) {
        const BCryptBuffer *buffer = &list->pBuffers[i];
        if ((buffer->pvBuffer == NULL && buffer->cbBuffer != 0) ||
                !vit_irql_may_touch(buffer->pvBuffer, buffer->cbBuffer)) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    return STATUS_SUCCESS;
}

static NTSTATUS take_hash(struct vit_derive_call *call)
{
    const BCryptBuffer *buffer = vit_derive_buffer(call, KDF_HASH_ALGORITHM);
    call->hash = VIT_HASH_SHA1;
    call->hash_given = buffer != NULL;
    bool known =
            buffer == NULL || vit_hash_of_text(buffer->pvBuffer, buffer->cbBuffer, &call->hash);
    return known ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

NTSTATUS vit_derive_prepare(struct vit_derive_call *call, const BCryptBufferDesc *list)
{
    NTSTATUS status = take_parameters(call, list);
    if (NT_SUCCESS(status)) {
        status = take_hash(call);
    }
    call->kdf = vit_derive_kdf();
    if (NT_SUCCESS(status) && call->kdf == NULL) {
        status = STATUS_NO_MEMORY;
    }
    return status;
}

NTSTATUS vit_derive(const struct vit_derive_secret *secret, LPCWSTR name,
        const BCryptBufferDesc *list, ULONG flags, UCHAR *out, ULONG out_len, ULONG *result)
{
    const struct function *function = find_function(name);
    if (function == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if ((flags & ~function->flags) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    struct vit_derive_call call = {
        .secret = secret,
        .secret_is_key = flags != 0,
        .out = out,
        .out_len = out_len,
        .result = result,
    };
    NTSTATUS status = vit_derive_prepare(&call, list);
    return NT_SUCCESS(status) ? function->derive(&call) : status;
}
