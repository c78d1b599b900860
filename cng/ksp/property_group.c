/* SPDX-License-Identifier: MIT */
/* Length, group and curve: told before the pair is made. What is possible, BCrypt knows. */
#include "cng/ksp/property.h"

#include "cng/ksp/attributes.h"
#include "cng/wide.h"

enum { DH_MAX_LEN = 4096 / 8, RSA_STEP = 8 };

static SECURITY_STATUS possible_lengths(const struct vit_ksp_key *key,
        NCRYPT_SUPPORTED_LENGTHS *lengths)
{
    BCRYPT_KEY_LENGTHS_STRUCT known;
    BCRYPT_ALG_HANDLE provider;
    ULONG len = 0;
    bool rsa = key->algorithm->family == VIT_KSP_RSA; /* more of them than BCrypt makes */
    SECURITY_STATUS status =
            vit_ksp_bcrypt_open(key->algorithm->name, key->attributes.curve, &provider);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    status = vit_ksp_status(BCryptGetProperty(provider, BCRYPT_KEY_LENGTHS, (PUCHAR)&known,
            sizeof(known), &len, 0));
    vit_ksp_bcrypt_close(provider);
    if (status == ERROR_SUCCESS) {
        DWORD usual = key->algorithm->default_bits;
        *lengths = (NCRYPT_SUPPORTED_LENGTHS){ known.dwMinLength, known.dwMaxLength,
            rsa ? RSA_STEP : known.dwIncrement, usual != 0 ? usual : known.dwMinLength };
    }
    return status;
}

SECURITY_STATUS vit_ksp_get_lengths(const struct vit_ksp_key *key, const struct vit_ksp_room *room)
{
    NCRYPT_SUPPORTED_LENGTHS lengths;
    SECURITY_STATUS status = possible_lengths(key, &lengths);
    return status == ERROR_SUCCESS ? vit_ksp_put(room, &lengths, sizeof(lengths)) : status;
}

static bool is_possible(const NCRYPT_SUPPORTED_LENGTHS *lengths, DWORD bits)
{
    return bits >= lengths->dwMinLength && bits <= lengths->dwMaxLength &&
            (lengths->dwIncrement == 0 ||
                    (bits - lengths->dwMinLength) % lengths->dwIncrement == 0);
}

/* With a group the length is told, and must not say otherwise. */
static bool fits_group(const struct vit_ksp_key *key, DWORD bits)
{
    return key->attributes.dh_parameters == NULL || bits == key->attributes.bits;
}

/* Setting the length of a finished ephemeral key succeeds and does nothing, as published tests have
 * it. */
SECURITY_STATUS vit_ksp_set_length(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags)
{
    (void)flags;
    DWORD bits;
    NCRYPT_SUPPORTED_LENGTHS lengths;
    if (vit_ksp_key_is_stored(key)) {
        return NTE_BAD_KEY_STATE;
    }
    SECURITY_STATUS status = vit_ksp_dword_of(bytes, len, &bits);
    if (status == ERROR_SUCCESS) {
        status = possible_lengths(key, &lengths);
    }
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (!is_possible(&lengths, bits) || !fits_group(key, bits)) {
        return NTE_INVALID_PARAMETER;
    }
    if (!vit_ksp_key_is_final(key) && key->pending.bytes == NULL) {
        pthread_mutex_lock(&key->lock);
        key->attributes.bits = bits;
        pthread_mutex_unlock(&key->lock);
    }
    return ERROR_SUCCESS;
}

/* A key that has nothing yet can take the group, if BCrypt's can. */
static SECURITY_STATUS try_group(DWORD bits, const uint8_t *bytes, DWORD len)
{
    BCRYPT_KEY_HANDLE key = NULL;
    NTSTATUS status = BCryptGenerateKeyPair(BCRYPT_DH_ALG_HANDLE, &key, bits, 0);
    if (NT_SUCCESS(status)) {
        status = BCryptSetProperty(key, BCRYPT_DH_PARAMETERS, (PUCHAR)(void *)bytes, len, 0);
        (void)BCryptDestroyKey(key);
    }
    return vit_ksp_status(status);
}

static SECURITY_STATUS may_be_told(const struct vit_ksp_key *key)
{
    return vit_ksp_key_is_final(key) || key->pending.bytes != NULL ? NTE_BAD_KEY_STATE
                                                                   : ERROR_SUCCESS;
}

static SECURITY_STATUS take_group(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD bits)
{
    uint8_t *copy = malloc(len);
    if (copy == NULL) {
        return NTE_NO_MEMORY;
    }
    memcpy(copy, bytes, len);
    pthread_mutex_lock(&key->lock);
    free(key->attributes.dh_parameters);
    key->attributes.dh_parameters = copy;
    key->attributes.dh_parameters_len = len;
    key->attributes.bits = bits;
    pthread_mutex_unlock(&key->lock);
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_set_group(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags)
{
    (void)flags;
    BCRYPT_DH_PARAMETER_HEADER header;
    if (key->algorithm->family != VIT_KSP_DH) {
        return NTE_NOT_SUPPORTED;
    }
    SECURITY_STATUS status = may_be_told(key);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    if (len < sizeof(header)) {
        return NTE_INVALID_PARAMETER;
    }
    memcpy(&header, bytes, sizeof(header));
    if (header.cbKeyLength > DH_MAX_LEN) {
        return NTE_INVALID_PARAMETER;
    }
    status = try_group(header.cbKeyLength * 8, bytes, len);
    return status == ERROR_SUCCESS ? take_group(key, bytes, len, header.cbKeyLength * 8) : status;
}

/* Tells a provider of BCrypt and asks back: name and length of the curve. */
static SECURITY_STATUS resolve(BCRYPT_ALG_HANDLE provider, LPCWSTR property, const uint8_t *bytes,
        DWORD len, WCHAR name[VIT_KSP_CURVE_NAME_MAX], ULONG *bits)
{
    ULONG got = 0;
    SECURITY_STATUS status =
            vit_ksp_status(BCryptSetProperty(provider, property, (PUCHAR)(void *)bytes, len, 0));
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_curve_name(provider, name);
    }
    return status == ERROR_SUCCESS ? vit_ksp_status(BCryptGetProperty(provider, BCRYPT_KEY_LENGTH,
                                             (PUCHAR)bits, sizeof(*bits), &got, 0))
                                   : status;
}

static SECURITY_STATUS take_curve(struct vit_ksp_key *key, LPCWSTR name, DWORD bits)
{
    WCHAR *copy = NULL;
    SECURITY_STATUS status = vit_ksp_text_copy(name, &copy);
    if (status == ERROR_SUCCESS) {
        pthread_mutex_lock(&key->lock);
        free(key->attributes.curve);
        key->attributes.curve = copy;
        key->attributes.bits = bits;
        pthread_mutex_unlock(&key->lock);
    }
    return status;
}

static SECURITY_STATUS set_curve(struct vit_ksp_key *key, LPCWSTR property, const uint8_t *bytes,
        DWORD len)
{
    WCHAR name[VIT_KSP_CURVE_NAME_MAX];
    ULONG bits = 0;
    BCRYPT_ALG_HANDLE provider = NULL;
    if (!vit_ksp_algorithm_is_generic(key->algorithm)) {
        return NTE_NOT_SUPPORTED;
    }
    SECURITY_STATUS status = may_be_told(key);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    status = vit_ksp_status(BCryptOpenAlgorithmProvider(&provider, key->algorithm->name, NULL, 0));
    if (status != ERROR_SUCCESS) {
        return status;
    }
    status = resolve(provider, property, bytes, len, name, &bits);
    (void)BCryptCloseAlgorithmProvider(provider, 0);
    return status == ERROR_SUCCESS ? take_curve(key, name, bits) : status;
}

SECURITY_STATUS vit_ksp_set_curve(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags)
{
    (void)flags;
    return set_curve(key, BCRYPT_ECC_CURVE_NAME, bytes, len);
}

SECURITY_STATUS vit_ksp_set_curve_numbers(struct vit_ksp_key *key, const uint8_t *bytes, DWORD len,
        DWORD flags)
{
    (void)flags;
    return set_curve(key, BCRYPT_ECC_PARAMETERS, bytes, len);
}
