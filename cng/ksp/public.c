/* SPDX-License-Identifier: MIT */
/* The public half of a key: a key of BCrypt, and what is known by it. */
#include "cng/ksp/key.h"

#include "cng/ksp/attributes.h"
#include "cng/wide.h"

/* Names of curves are of ASCII. */
static const struct vit_curve *find_curve(LPCWSTR name)
{
    char text[VIT_KSP_CURVE_NAME_MAX] = "";
    for (size_t i = 0; name[i] != 0; i++) {
        if (i + 1 == VIT_KSP_CURVE_NAME_MAX || name[i] > 0x7f) {
            return NULL;
        }
        text[i] = (char)name[i];
    }
    return vit_curve_find(text);
}

SECURITY_STATUS vit_ksp_curve_text(const struct vit_curve *curve, WCHAR **text)
{
    size_t len = strlen(curve->name);
    *text = calloc(len + 1, sizeof(WCHAR));
    for (size_t i = 0; *text != NULL && i < len; i++) {
        (*text)[i] = (WCHAR)(unsigned char)curve->name[i];
    }
    return *text != NULL ? ERROR_SUCCESS : NTE_NO_MEMORY;
}

SECURITY_STATUS vit_ksp_curve_name(BCRYPT_HANDLE object, WCHAR name[VIT_KSP_CURVE_NAME_MAX])
{
    ULONG len = 0;
    memset(name, 0, VIT_KSP_CURVE_NAME_MAX * sizeof(WCHAR));
    return vit_ksp_status(BCryptGetProperty(object, BCRYPT_ECC_CURVE_NAME, (PUCHAR)name,
            (VIT_KSP_CURVE_NAME_MAX - 1) * sizeof(WCHAR), &len, 0));
}

static SECURITY_STATUS read_curve(BCRYPT_KEY_HANDLE public, const struct vit_curve **curve)
{
    WCHAR name[VIT_KSP_CURVE_NAME_MAX];
    SECURITY_STATUS status = vit_ksp_curve_name(public, name);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    *curve = find_curve(name);
    return *curve != NULL ? ERROR_SUCCESS : NTE_INTERNAL_ERROR;
}

/* What is told of the key by the public half, which is the truth. */
static SECURITY_STATUS read_public(const struct vit_ksp_key *key, BCRYPT_KEY_HANDLE public,
        ULONG *bits, const struct vit_curve **curve)
{
    ULONG len = 0;
    *curve = NULL;
    SECURITY_STATUS status = vit_ksp_status(BCryptGetProperty(public, BCRYPT_KEY_LENGTH,
            (PUCHAR)bits, sizeof(*bits), &len, 0));
    return status == ERROR_SUCCESS && vit_ksp_algorithm_is_ecc(key->algorithm)
            ? read_curve(public, curve)
            : status;
}

SECURITY_STATUS vit_ksp_key_adopt_public(struct vit_ksp_key *key, BCRYPT_KEY_HANDLE public)
{
    ULONG bits = 0;
    const struct vit_curve *curve;
    WCHAR *text = NULL;
    SECURITY_STATUS status = read_public(key, public, &bits, &curve);
    if (status == ERROR_SUCCESS && vit_ksp_algorithm_is_generic(key->algorithm)) {
        status = vit_ksp_curve_text(curve, &text);
    }
    if (status != ERROR_SUCCESS) {
        return status;
    }
    pthread_mutex_lock(&key->lock);
    BCRYPT_KEY_HANDLE old = key->public;
    free(key->attributes.curve);
    key->attributes.curve = text;
    key->attributes.bits = bits;
    key->curve = curve;
    key->public = public;
    pthread_mutex_unlock(&key->lock);
    if (old != NULL) {
        (void)BCryptDestroyKey(old);
    }
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_key_set_public(struct vit_ksp_key *key, const uint8_t *blob, DWORD len)
{
    BCRYPT_KEY_HANDLE public = NULL;
    SECURITY_STATUS status =
            vit_ksp_bcrypt_import(&key->attributes, BCRYPT_PUBLIC_KEY_BLOB, blob, len, &public);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    status = vit_ksp_key_adopt_public(key, public);
    if (status != ERROR_SUCCESS) {
        (void)BCryptDestroyKey(public);
    }
    return status;
}

SECURITY_STATUS vit_ksp_key_load_public(struct vit_ksp_key *key)
{
    const struct vit_ksp_backend *backend = key->provider->backend;
    DWORD len = 0;
    SECURITY_STATUS status = backend->public_blob(key->material, NULL, 0, &len);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    VIT_AUTO(bytes) blob = malloc(len > 0 ? len : 1);
    if (blob == NULL) {
        return NTE_NO_MEMORY;
    }
    status = backend->public_blob(key->material, blob, len, &len);
    return status == ERROR_SUCCESS ? vit_ksp_key_set_public(key, blob, len) : status;
}
