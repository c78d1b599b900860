/* SPDX-License-Identifier: MIT */
/* Operations with private keys. They stay where they are; of an agreement only the secret comes out. */
#include <stdlib.h>
#include <string.h>

#include "cng/hash_name.h"
#include "cng/ksp/ksp.h"
#include "cng/ksp/token/key.h"
#include "cng/ksp/token/login.h"
#include "cng/ksp/token/mechanism.h"
#include "cng/ksp/token/status.h"
#include "crypto/agree.h"
#include "crypto/unpad.h"

/* One operation, as the work of a session. */
struct operation {
    struct vit_ksp_material *material;
    const struct vit_token_call *call;
    const struct vit_token_mechanism *mechanism;
    const uint8_t *in;
    size_t in_len;
    uint8_t *out; /* secret memory */
    size_t capacity;
    size_t len;
    bool unable; /* the token does not do the mechanism */
};

typedef ck_rv_t begin_fn(ck_session_handle_t session, struct ck_mechanism *mechanism,
        ck_object_handle_t key);
typedef ck_rv_t finish_fn(ck_session_handle_t session, unsigned char *in, unsigned long in_len,
        unsigned char *out, unsigned long *out_len);

/* Between beginning and end some keys want their PIN again. */
static SECURITY_STATUS perform(struct vit_token_session *session, struct operation *operation,
        begin_fn *begin, finish_fn *finish)
{
    struct vit_token_handles handles;
    SECURITY_STATUS status = vit_token_key_handles(session, operation->material, &handles);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    struct ck_mechanism mechanism = operation->mechanism->mechanism;
    ck_rv_t rv = begin(session->handle, &mechanism, handles.private_object);
    if (rv != CKR_OK) {
        operation->unable = vit_token_is_unable(rv);
        return vit_token_key_result(session, operation->material, rv);
    }
    if (handles.asks_always) {
        status = vit_token_authenticate(session, operation->call);
        if (status != ERROR_SUCCESS) {
            return status;
        }
    }
    unsigned long len = operation->capacity;
    rv = finish(session->handle, (unsigned char *)operation->in, operation->in_len, operation->out,
            &len);
    if (rv == CKR_OK && len > operation->capacity) {
        rv = CKR_GENERAL_ERROR; /* more than there was room for */
    }
    operation->len = rv == CKR_OK ? len : 0;
    return vit_token_key_result(session, operation->material, rv);
}

static SECURITY_STATUS decrypt_work(struct vit_token_session *session, void *context)
{
    return perform(session, context, session->module->C_DecryptInit, session->module->C_Decrypt);
}

static SECURITY_STATUS sign_work(struct vit_token_session *session, void *context)
{
    return perform(session, context, session->module->C_SignInit, session->module->C_Sign);
}

static size_t modulus_len(const struct vit_ksp_material *material)
{
    return (material->public.bits + 7) / 8;
}

/* Some tokens leave out zeros in front. Nothing at all is no number. */
static bool widen(uint8_t *bytes, size_t len, size_t width)
{
    if (len == 0 || len > width) {
        return false;
    }
    memmove(bytes + width - len, bytes, len);
    memset(bytes, 0, width - len);
    return true;
}

/* What a token says of a block is one answer, whatever it says; what it says of itself is kept. */
static SECURITY_STATUS of_block(SECURITY_STATUS status)
{
    switch (status) {
    case ERROR_SUCCESS:
    case NTE_DEVICE_NOT_FOUND:
    case NTE_DEVICE_NOT_READY:
    case NTE_INCORRECT_PASSWORD:
    case NTE_NO_KEY:
    case NTE_NO_MEMORY:
    case NTE_PASSWORD_CHANGE_REQUIRED:
    case NTE_PERM:
    case NTE_SILENT_CONTEXT:
    case NTE_UI_REQUIRED:
    case NTE_USER_CANCELLED:
        return status;
    default:
        return NTE_DECRYPTION_FAILURE;
    }
}

static SECURITY_STATUS decrypt_raw(struct operation *operation)
{
    const struct vit_token_mechanism raw = { .mechanism = { CKM_RSA_X_509, NULL, 0 } };
    operation->mechanism = &raw;
    operation->unable = false;
    SECURITY_STATUS status =
            vit_token_run(operation->material->store, operation->call, decrypt_work, operation);
    operation->mechanism = NULL;
    if (status != ERROR_SUCCESS) {
        return operation->unable ? NTE_NOT_SUPPORTED : of_block(status);
    }
    size_t width = modulus_len(operation->material);
    return widen(operation->out, operation->len, width) ? ERROR_SUCCESS : NTE_DECRYPTION_FAILURE;
}

/* The token does RSA, and the padding is looked at here, in constant time. */
static SECURITY_STATUS decrypt_oaep_raw(struct operation *operation,
        const struct vit_token_mechanism *oaep)
{
    SECURITY_STATUS status = decrypt_raw(operation);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    enum vit_status unpadded = vit_unpad_oaep(oaep->hash, oaep->label, oaep->label_len,
            operation->out, modulus_len(operation->material), &operation->len);
    return unpadded == VIT_E_REFUSED ? NTE_DECRYPTION_FAILURE : vit_ksp_status_of(unpadded);
}

static SECURITY_STATUS decrypt_there(struct operation *operation,
        const struct vit_token_mechanism *mechanism)
{
    operation->mechanism = mechanism;
    operation->unable = false;
    SECURITY_STATUS status =
            vit_token_run(operation->material->store, operation->call, decrypt_work, operation);
    operation->mechanism = NULL;
    return status != ERROR_SUCCESS && operation->unable ? NTE_NOT_SUPPORTED : of_block(status);
}

/* Labels are looked at here when it can be done, for some tokens take them and ignore them. */
static SECURITY_STATUS decrypt_oaep(struct operation *operation,
        const struct vit_token_mechanism *oaep)
{
    bool raw_first = !oaep->known || oaep->label_len != 0;
    SECURITY_STATUS status =
            raw_first ? decrypt_oaep_raw(operation, oaep) : decrypt_there(operation, oaep);
    if (status != NTE_NOT_SUPPORTED || !oaep->known) {
        return status;
    }
    return raw_first ? decrypt_there(operation, oaep) : decrypt_oaep_raw(operation, oaep);
}

static SECURITY_STATUS decrypt_padded(struct operation *operation,
        const struct vit_token_mechanism *mechanism)
{
    return mechanism->mechanism.mechanism == CKM_RSA_PKCS_OAEP
            ? decrypt_oaep(operation, mechanism)
            : decrypt_there(operation, mechanism);
}

/* Secret memory for one block, and the answer out of it. */
static SECURITY_STATUS decrypt_block(struct operation *operation,
        const struct vit_token_mechanism *mechanism, uint8_t *out, DWORD capacity, DWORD *len)
{
    struct vit_slab *slab = operation->material->store->slab;
    operation->capacity = modulus_len(operation->material);
    operation->out = vit_slab_alloc(slab, operation->capacity);
    if (operation->out == NULL) {
        return NTE_NO_MEMORY;
    }
    bool is_bare = mechanism->mechanism.mechanism == CKM_RSA_X_509;
    SECURITY_STATUS status =
            is_bare ? decrypt_raw(operation) : decrypt_padded(operation, mechanism);
    if (status == ERROR_SUCCESS) {
        size_t got = is_bare ? operation->capacity : operation->len;
        *len = (DWORD)got;
        status = got <= capacity ? ERROR_SUCCESS : NTE_BUFFER_TOO_SMALL;
        if (status == ERROR_SUCCESS) {
            memcpy(out, operation->out, got);
        }
    }
    vit_slab_free(slab, operation->out, operation->capacity);
    return status;
}

SECURITY_STATUS vit_token_decrypt(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, void *padding, ULONG flags, const uint8_t *in,
        DWORD in_len, uint8_t *out, DWORD capacity, DWORD *len)
{
    struct vit_token_mechanism mechanism;
    if (material->algorithm->type != CKK_RSA) {
        return NTE_NOT_SUPPORTED;
    }
    SECURITY_STATUS status = vit_token_mechanism_decrypt(padding, flags, &mechanism);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (out == NULL) {
        *len = (DWORD)modulus_len(material);
        return ERROR_SUCCESS;
    }
    if (in == NULL || in_len != modulus_len(material)) {
        return NTE_INVALID_PARAMETER;
    }
    const struct vit_token_call call = { prompt, u"decrypt", material->name };
    struct operation operation = { .material = material,
        .call = &call,
        .in = in,
        .in_len = in_len };
    return decrypt_block(&operation, &mechanism, out, capacity, len);
}

static size_t signature_len(const struct vit_ksp_material *material)
{
    return material->algorithm->type == CKK_RSA ? modulus_len(material)
                                                : 2 * vit_token_curve_len(material->algorithm);
}

SECURITY_STATUS vit_token_sign(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, void *padding, ULONG flags, const uint8_t *hash,
        DWORD hash_len, uint8_t *out, DWORD capacity, DWORD *len)
{
    struct vit_token_mechanism mechanism;
    if ((material->algorithm->usage & NCRYPT_ALLOW_SIGNING_FLAG) == 0) {
        return NTE_BAD_ALGID;
    }
    size_t whole = signature_len(material);
    *len = (DWORD)whole;
    if (out == NULL) {
        return ERROR_SUCCESS;
    }
    if (capacity < whole) {
        return NTE_BUFFER_TOO_SMALL;
    }
    SECURITY_STATUS status =
            vit_token_mechanism_sign(material, padding, flags, hash, hash_len, &mechanism);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    const struct vit_token_call call = { prompt, u"sign", material->name };
    uint8_t signature[VIT_TOKEN_MAX_SIGNATURE_LEN];
    struct operation operation = { .material = material,
        .call = &call,
        .mechanism = &mechanism,
        .in = mechanism.data,
        .in_len = mechanism.data_len,
        .out = signature,
        .capacity = sizeof(signature) };
    status = vit_token_run(material->store, &call, sign_work, &operation);
    if (status != ERROR_SUCCESS) {
        return operation.unable ? NTE_NOT_SUPPORTED : status;
    }
    if (operation.len != whole) {
        return NTE_FAIL;
    }
    memcpy(out, signature, whole);
    return ERROR_SUCCESS;
}

struct agreement {
    struct vit_ksp_material *material;
    struct ck_mechanism mechanism;
    uint8_t *z;
    size_t len;
};

/* The secret has to leave the token, and nothing of it is to stay there. */
static ck_rv_t take_secret(struct vit_token_session *session, ck_object_handle_t secret,
        struct agreement *agreement, size_t *len)
{
    struct ck_attribute value = { CKA_VALUE, agreement->z, VIT_AGREE_MAX_LEN };
    ck_rv_t rv = session->module->C_GetAttributeValue(session->handle, secret, &value, 1);
    *len = value.value_len;
    ck_rv_t destroyed = session->module->C_DestroyObject(session->handle, secret);
    return rv != CKR_OK ? rv : destroyed;
}

static SECURITY_STATUS agree_work(struct vit_token_session *session, void *context)
{
    static const unsigned long class = CKO_SECRET_KEY;
    static const unsigned long type = CKK_GENERIC_SECRET;
    struct agreement *agreement = context;
    const unsigned long value_len = agreement->len;
    struct vit_token_handles handles;
    SECURITY_STATUS status = vit_token_key_handles(session, agreement->material, &handles);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    struct ck_attribute wanted[] = {
        vit_token_number(CKA_CLASS, &class),
        vit_token_number(CKA_KEY_TYPE, &type),
        vit_token_flag(CKA_TOKEN, false),
        vit_token_flag(CKA_SENSITIVE, false),
        vit_token_flag(CKA_EXTRACTABLE, true),
        vit_token_number(CKA_VALUE_LEN, &value_len),
    };
    ck_object_handle_t secret = CK_INVALID_HANDLE;
    pthread_mutex_lock(&session->store->coming);
    ck_rv_t rv = session->module->C_DeriveKey(session->handle, &agreement->mechanism,
            handles.private_object, wanted, sizeof(wanted) / sizeof(wanted[0]), &secret);
    size_t len = 0;
    if (rv == CKR_OK && secret == CK_INVALID_HANDLE) {
        rv = CKR_GENERAL_ERROR;
    }
    if (rv == CKR_OK) {
        rv = take_secret(session, secret, agreement, &len);
    }
    pthread_mutex_unlock(&session->store->coming);
    if (rv != CKR_OK) {
        return vit_token_key_result(session, agreement->material, rv);
    }
    return widen(agreement->z, len, agreement->len) ? ERROR_SUCCESS : NTE_FAIL;
}

static SECURITY_STATUS run_agreement(struct agreement *agreement,
        const struct vit_ksp_prompt *prompt, uint8_t *z, size_t *len)
{
    struct vit_ksp_material *material = agreement->material;
    const struct vit_token_call call = { prompt, u"agree", material->name };
    agreement->z = z;
    SECURITY_STATUS status = vit_token_run(material->store, &call, agree_work, agreement);
    if (status == ERROR_SUCCESS) {
        *len = agreement->len;
    } else {
        vit_wipe(z, VIT_AGREE_MAX_LEN);
    }
    return status;
}

/* The public blob of the other side; to be freed. */
static SECURITY_STATUS peer_blob(BCRYPT_KEY_HANDLE peer, uint8_t **blob, ULONG *len)
{
    SECURITY_STATUS status =
            vit_ksp_status(BCryptExportKey(peer, NULL, BCRYPT_PUBLIC_KEY_BLOB, NULL, 0, len, 0));
    if (status != ERROR_SUCCESS) {
        return status;
    }
    *blob = malloc(*len);
    return *blob == NULL ? NTE_NO_MEMORY
                         : vit_ksp_status(BCryptExportKey(peer, NULL, BCRYPT_PUBLIC_KEY_BLOB, *blob,
                                   *len, len, 0));
}

static SECURITY_STATUS agree_on_curve(struct agreement *agreement,
        const struct vit_ksp_prompt *prompt, const uint8_t *blob, uint8_t *z, size_t *len)
{
    uint8_t point[VIT_TOKEN_MAX_POINT_LEN];
    agreement->len = vit_token_curve_len(agreement->material->algorithm);
    struct ck_ecdh1_derive_params params = { .kdf = CKD_NULL };
    params.public_data = point;
    params.public_data_len =
            vit_token_point(blob + sizeof(BCRYPT_ECCKEY_BLOB), agreement->len, point);
    agreement->mechanism = (struct ck_mechanism){ CKM_ECDH1_DERIVE, &params, sizeof(params) };
    return run_agreement(agreement, prompt, z, len);
}

/* 0, 1 and p - 1 make a secret that all know; they come here only if the caller let them. */
static bool is_trivial(const uint8_t *y, const uint8_t *p, size_t len)
{
    unsigned small = y[len - 1] & 0xfeu;
    unsigned differing = (unsigned)(y[len - 1] ^ (p[len - 1] & 0xfeu));
    for (size_t i = 0; i + 1 < len; i++) {
        small |= y[i];
        differing |= y[i] ^ p[i];
    }
    return small == 0 || differing == 0;
}

static SECURITY_STATUS agree_in_group(struct agreement *agreement,
        const struct vit_ksp_prompt *prompt, const uint8_t *blob, uint8_t *z, size_t *len)
{
    const uint8_t *p = blob + sizeof(BCRYPT_DH_KEY_BLOB);
    agreement->len = (agreement->material->public.len - sizeof(BCRYPT_DH_KEY_BLOB)) / 3;
    const uint8_t *y = p + 2 * agreement->len;
    if (agreement->len > VIT_AGREE_MAX_LEN) {
        return NTE_NOT_SUPPORTED;
    }
    if (is_trivial(y, p, agreement->len)) {
        return NTE_INVALID_PARAMETER;
    }
    agreement->mechanism = (struct ck_mechanism){ CKM_DH_PKCS_DERIVE, (void *)y, agreement->len };
    return run_agreement(agreement, prompt, z, len);
}

/* Of one group: the same length, and for DH the same p and g. */
static bool is_of_group(const struct vit_ksp_material *material, const uint8_t *blob, ULONG len)
{
    size_t same = material->algorithm->type == CKK_DH
            ? sizeof(BCRYPT_DH_KEY_BLOB) + (len - sizeof(BCRYPT_DH_KEY_BLOB)) / 3 * 2
            : sizeof(BCRYPT_ECCKEY_BLOB);
    return len == material->public.len && len > same &&
            memcmp(blob, material->public.blob, same) == 0;
}

SECURITY_STATUS vit_token_agree(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, BCRYPT_KEY_HANDLE peer, uint8_t *z, size_t *len)
{
    if ((material->algorithm->usage & NCRYPT_ALLOW_KEY_AGREEMENT_FLAG) == 0) {
        return NTE_NOT_SUPPORTED;
    }
    VIT_AUTO(bytes) blob = NULL;
    ULONG blob_len = 0;
    SECURITY_STATUS status = peer_blob(peer, &blob, &blob_len);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (!is_of_group(material, blob, blob_len)) {
        return NTE_INVALID_PARAMETER;
    }
    struct agreement agreement = { .material = material };
    return material->algorithm->type == CKK_DH ? agree_in_group(&agreement, prompt, blob, z, len)
                                               : agree_on_curve(&agreement, prompt, blob, z, len);
}
