/* SPDX-License-Identifier: MIT */
/* BCryptDeriveKey: keys out of a secret, by function and parameters. */
#include <stdlib.h>

#include "base/irql.h"
#include "cng/bcrypt/reply.h"
#include "cng/bcrypt/secret.h"
#include "cng/wide.h"

enum {
    NAME_MAX_LEN = 32,
    TLS_MASTER_LEN = 48,
    TLS_SEED_LEN = 64,
    TLS_1_0 = 0x0301,
    TLS_1_1 = 0x0302,
    TLS_1_2 = 0x0303,
    DTLS_1_0 = 0xfeff,
    SSL_2_0 = 0x0002,
    SSL_3_0 = 0x0300,
    OTHER_INFO_COUNT = 5,
};

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

struct vit_kdf *vit_bcrypt_kdf(void)
{
    pthread_once(&process.once, init_process);
    return process.kdf;
}

NTSTATUS vit_bcrypt_hash_of_name(const void *name, size_t len, enum vit_hash_id *hash)
{
    WCHAR text[NAME_MAX_LEN] = { 0 };
    if (len >= sizeof(text)) {
        len = sizeof(text) - sizeof(WCHAR); /* longer ones are names of nothing */
    }
    if (len > 0) {
        memcpy(text, name, len / sizeof(WCHAR) * sizeof(WCHAR));
    }
    return vit_bcrypt_hash_find(text, hash);
}

/* One call, everything checked that does not depend on the function. */
struct derivation {
    const struct vit_bcrypt_secret *secret;
    struct vit_kdf *kdf;
    const BCryptBuffer *buffers;
    ULONG buffer_count;
    bool secret_is_key; /* KDF_USE_SECRET_AS_HMAC_KEY_FLAG */
    enum vit_hash_id hash;
    bool hash_given;
    UCHAR *out; /* NULL: how long would it be? */
    ULONG out_len;
    ULONG *result;
};

typedef NTSTATUS derive_fn(struct derivation *derivation);

static struct vit_part part_of(const BCryptBuffer *buffer)
{
    return (struct vit_part){ buffer->pvBuffer, buffer->cbBuffer };
}

/* The last of a type; NULL: none. */
static const BCryptBuffer *find_buffer(const struct derivation *derivation, ULONG type)
{
    for (ULONG i = derivation->buffer_count; i-- > 0;) {
        if (derivation->buffers[i].BufferType == type) {
            return &derivation->buffers[i];
        }
    }
    return NULL;
}

static struct vit_part z_of(const struct derivation *derivation)
{
    return (struct vit_part){ derivation->secret->z, derivation->secret->len };
}

static size_t add_all(const struct derivation *derivation, ULONG type, struct vit_part *parts)
{
    size_t count = 0;
    for (ULONG i = 0; i < derivation->buffer_count; i++) {
        if (derivation->buffers[i].BufferType == type) {
            parts[count++] = part_of(&derivation->buffers[i]);
        }
    }
    return count;
}

/* What is put in front, the secret, what is put behind: at most one more than there are buffers. */
static size_t line_up(const struct derivation *derivation, struct vit_part *parts)
{
    size_t count = add_all(derivation, KDF_SECRET_PREPEND, parts);
    parts[count++] = z_of(derivation);
    return count + add_all(derivation, KDF_SECRET_APPEND, parts + count);
}

/* Tells how much there is: all of it without a buffer, else what fits. */
static size_t tell_len(const struct derivation *derivation, size_t len)
{
    bool cut = derivation->out != NULL && derivation->out_len < len;
    *derivation->result = cut ? derivation->out_len : (ULONG)len;
    return *derivation->result;
}

static enum vit_status hash_or_mac(struct derivation *derivation, const struct vit_part *key,
        const struct vit_part *parts, size_t count, size_t len)
{
    return key == NULL
            ? vit_kdf_hash(derivation->kdf, derivation->hash, parts, count, derivation->out, len)
            : vit_kdf_hmac(derivation->kdf, derivation->hash, key, parts, count, derivation->out,
                      len);
}

enum { FEW_PARTS = 8 };

static NTSTATUS derive_hash_or_mac(struct derivation *derivation, const struct vit_part *key)
{
    struct vit_part few[FEW_PARTS];
    VIT_AUTO(memory) many = NULL;
    size_t len = tell_len(derivation, vit_hash_len(derivation->hash));
    if (derivation->out == NULL) {
        return STATUS_SUCCESS;
    }
    if (derivation->buffer_count >= FEW_PARTS) {
        many = calloc((size_t)derivation->buffer_count + 1, sizeof(struct vit_part));
        if (many == NULL) {
            return STATUS_NO_MEMORY;
        }
    }
    struct vit_part *parts = many != NULL ? many : few;
    size_t count = line_up(derivation, parts);
    return vit_bcrypt_status(hash_or_mac(derivation, key, parts, count, len));
}

static NTSTATUS derive_hash(struct derivation *derivation)
{
    return derive_hash_or_mac(derivation, NULL);
}

/* With the flag the secret is both the key and in the message. */
static NTSTATUS derive_hmac(struct derivation *derivation)
{
    const BCryptBuffer *buffer = find_buffer(derivation, KDF_HMAC_KEY);
    struct vit_part key = { NULL, 0 };
    if (derivation->secret_is_key && buffer != NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (derivation->secret_is_key) {
        key = z_of(derivation);
    } else if (buffer != NULL) {
        key = part_of(buffer);
    }
    return derive_hash_or_mac(derivation, &key);
}

/* Least significant byte first. */
static NTSTATUS derive_raw(struct derivation *derivation)
{
    const struct vit_bcrypt_secret *secret = derivation->secret;
    size_t len = tell_len(derivation, secret->len);
    for (size_t i = 0; derivation->out != NULL && i < len; i++) {
        derivation->out[i] = secret->z[secret->len - 1 - i];
    }
    return STATUS_SUCCESS;
}

/* The number that stands for "not told" is TLS 1.0's. */
static NTSTATUS get_protocol(const struct derivation *derivation, ULONG *protocol)
{
    const BCryptBuffer *buffer = find_buffer(derivation, KDF_TLS_PRF_PROTOCOL);
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

static NTSTATUS choose_tls_hash(struct derivation *derivation)
{
    if (!derivation->hash_given) {
        derivation->hash = VIT_HASH_SHA256;
    }
    bool good = derivation->hash == VIT_HASH_SHA256 || derivation->hash == VIT_HASH_SHA384;
    return good ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

static NTSTATUS run_tls(struct derivation *derivation, ULONG protocol, const struct vit_part *label,
        const struct vit_part *seed)
{
    const struct vit_part z = z_of(derivation);
    enum vit_status status = protocol == TLS_1_2
            ? vit_kdf_tls12(derivation->kdf, derivation->hash, &z, label, seed, derivation->out,
                      TLS_MASTER_LEN)
            : vit_kdf_tls1(derivation->kdf, &z, label, seed, derivation->out, TLS_MASTER_LEN);
    return vit_bcrypt_status(status);
}

static NTSTATUS derive_tls(struct derivation *derivation)
{
    ULONG protocol;
    const BCryptBuffer *label = find_buffer(derivation, KDF_TLS_PRF_LABEL);
    const BCryptBuffer *seed = find_buffer(derivation, KDF_TLS_PRF_SEED);
    if (label == NULL || seed == NULL || seed->cbBuffer != TLS_SEED_LEN) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = get_protocol(derivation, &protocol);
    if (NT_SUCCESS(status) && protocol == TLS_1_2) {
        status = choose_tls_hash(derivation);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (derivation->out != NULL && derivation->out_len != TLS_MASTER_LEN) {
        return STATUS_INVALID_PARAMETER;
    }
    *derivation->result = TLS_MASTER_LEN;
    const struct vit_part of_label = part_of(label), of_seed = part_of(seed);
    return derivation->out == NULL ? STATUS_SUCCESS
                                   : run_tls(derivation, protocol, &of_label, &of_seed);
}

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

/* The first three must be there. */
static NTSTATUS get_other_info(const struct derivation *derivation,
        struct vit_part parts[OTHER_INFO_COUNT], size_t *count)
{
    static const ULONG types[OTHER_INFO_COUNT] = { KDF_ALGORITHMID, KDF_PARTYUINFO, KDF_PARTYVINFO,
        KDF_SUPPPUBINFO, KDF_SUPPPRIVINFO };
    *count = 0;
    for (size_t i = 0; i < OTHER_INFO_COUNT; i++) {
        const BCryptBuffer *buffer = find_buffer(derivation, types[i]);
        if (buffer != NULL) {
            parts[(*count)++] = part_of(buffer);
        } else if (i < 3) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    return STATUS_SUCCESS;
}

/* Of functions that make as much as is asked for: without a buffer, the length of one hash. */
static void tell_asked_len(const struct derivation *derivation, enum vit_hash_id hash)
{
    *derivation->result = derivation->out == NULL ? (ULONG)vit_hash_len(hash) : derivation->out_len;
}

static NTSTATUS derive_concat(struct derivation *derivation)
{
    struct vit_part parts[OTHER_INFO_COUNT];
    size_t count;
    enum vit_hash_id hash = VIT_HASH_SHA256;
    const struct vit_part z = z_of(derivation);
    NTSTATUS status = hash_of_curve(derivation->secret->curve, &hash);
    if (NT_SUCCESS(status)) {
        status = get_other_info(derivation, parts, &count);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    tell_asked_len(derivation, hash);
    return derivation->out == NULL ? STATUS_SUCCESS
                                   : vit_bcrypt_status(vit_kdf_concat(derivation->kdf, hash, &z,
                                             parts, count, derivation->out, derivation->out_len));
}

static struct vit_part prk_of(const struct vit_bcrypt_secret *secret)
{
    return secret->prk_len > 0 ? (struct vit_part){ secret->prk, secret->prk_len }
                               : (struct vit_part){ secret->z, secret->len };
}

static bool is_hkdf_final(const struct vit_bcrypt_secret *secret)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&secret->lock;
    pthread_mutex_lock(lock);
    bool final = secret->hkdf_final; /* what it is told does not change any more then */
    pthread_mutex_unlock(lock);
    return final;
}

static NTSTATUS derive_hkdf(struct derivation *derivation)
{
    const struct vit_bcrypt_secret *secret = derivation->secret;
    const BCryptBuffer *buffer = find_buffer(derivation, KDF_HKDF_INFO);
    const struct vit_part info = buffer != NULL ? part_of(buffer) : (struct vit_part){ NULL, 0 };
    if (!is_hkdf_final(secret)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (derivation->out != NULL && derivation->out_len > 255 * vit_hash_len(secret->hkdf_hash)) {
        return STATUS_INVALID_PARAMETER;
    }
    const struct vit_part prk = prk_of(secret);
    tell_asked_len(derivation, secret->hkdf_hash);
    return derivation->out == NULL
            ? STATUS_SUCCESS
            : vit_bcrypt_status(vit_kdf_hkdf_expand(derivation->kdf, secret->hkdf_hash, &prk, &info,
                      derivation->out, derivation->out_len));
}

static const struct function {
    LPCWSTR name;
    derive_fn *derive;
    ULONG flags;
} functions[] = {
    { BCRYPT_KDF_HASH, derive_hash, 0 },
    { BCRYPT_KDF_HMAC, derive_hmac, KDF_USE_SECRET_AS_HMAC_KEY_FLAG },
    { BCRYPT_KDF_TLS_PRF, derive_tls, 0 },
    { BCRYPT_KDF_SP80056A_CONCAT, derive_concat, 0 },
    { BCRYPT_KDF_RAW_SECRET, derive_raw, 0 },
    { BCRYPT_KDF_HKDF, derive_hkdf, 0 },
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
static NTSTATUS take_parameters(struct derivation *derivation, const BCryptBufferDesc *list)
{
    if (list == NULL) {
        return STATUS_SUCCESS;
    }
    if (!vit_irql_may_touch(list, sizeof(*list)) ||
            (list->pBuffers == NULL && list->cBuffers != 0) ||
            !vit_irql_may_touch(list->pBuffers, list->cBuffers * sizeof(BCryptBuffer))) {
        return STATUS_INVALID_PARAMETER;
    }
    derivation->buffers = list->pBuffers;
    derivation->buffer_count = list->cBuffers;
    for (ULONG i = 0; i < list->cBuffers; i++) {
        const BCryptBuffer *buffer = &list->pBuffers[i];
        if ((buffer->pvBuffer == NULL && buffer->cbBuffer != 0) ||
                !vit_irql_may_touch(buffer->pvBuffer, buffer->cbBuffer)) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    return STATUS_SUCCESS;
}

static NTSTATUS take_hash(struct derivation *derivation)
{
    const BCryptBuffer *buffer = find_buffer(derivation, KDF_HASH_ALGORITHM);
    derivation->hash = VIT_HASH_SHA1;
    derivation->hash_given = buffer != NULL;
    return buffer == NULL
            ? STATUS_SUCCESS
            : vit_bcrypt_hash_of_name(buffer->pvBuffer, buffer->cbBuffer, &derivation->hash);
}

static NTSTATUS run(struct derivation *derivation, const struct function *function,
        const BCryptBufferDesc *list)
{
    NTSTATUS status = take_parameters(derivation, list);
    if (NT_SUCCESS(status)) {
        status = take_hash(derivation);
    }
    derivation->kdf = vit_bcrypt_kdf();
    if (NT_SUCCESS(status) && derivation->kdf == NULL) {
        status = STATUS_NO_MEMORY;
    }
    return NT_SUCCESS(status) ? function->derive(derivation) : status;
}

NTSTATUS WINAPI BCryptDeriveKey(BCRYPT_SECRET_HANDLE hSharedSecret, LPCWSTR pwszKDF,
        BCryptBufferDesc *pParameterList, PUCHAR pbDerivedKey, ULONG cbDerivedKey, ULONG *pcbResult,
        ULONG dwFlags)
{
    VIT_AUTO(bcrypt_secret) secret = vit_bcrypt_secret_get(hSharedSecret);
    if (secret == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    const struct vit_bcrypt_room room = { pbDerivedKey, cbDerivedKey, pcbResult };
    NTSTATUS status = vit_bcrypt_room_check(&room);
    if (pwszKDF == NULL || !NT_SUCCESS(status)) {
        return STATUS_INVALID_PARAMETER;
    }
    const struct function *function = find_function(pwszKDF);
    if (function == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if ((dwFlags & ~function->flags) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    struct derivation derivation = {
        .secret = secret,
        .secret_is_key = dwFlags != 0,
        .out = pbDerivedKey,
        .out_len = cbDerivedKey,
        .result = pcbResult,
    };
    return run(&derivation, function, pParameterList);
}
