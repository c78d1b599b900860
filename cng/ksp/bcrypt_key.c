/* SPDX-License-Identifier: MIT */
/* Keys of BCrypt, as attributes describe them. */
#include "cng/ksp/ksp.h"

#include "cng/ksp/algorithm.h"
#include "cng/wide.h"
#include "crypto/agree.h"
#include "crypto/rsa.h"

enum { BCRYPT_RSA_STEP = 64 };

SECURITY_STATUS vit_ksp_bcrypt_open(LPCWSTR name, LPCWSTR curve, BCRYPT_ALG_HANDLE *handle)
{
    BCRYPT_ALG_HANDLE opened = NULL;
    const struct vit_ksp_algorithm *algorithm = vit_ksp_algorithm_find(name);
    if (algorithm == NULL) {
        return NTE_NOT_SUPPORTED;
    }
    if (!vit_ksp_algorithm_is_generic(algorithm) || curve == NULL) {
        *handle = vit_ksp_algorithm_handle(algorithm);
        return ERROR_SUCCESS;
    }
    NTSTATUS status = BCryptOpenAlgorithmProvider(&opened, name, NULL, 0);
    if (!NT_SUCCESS(status)) {
        return vit_ksp_status(status);
    }
    status = BCryptSetProperty(opened, BCRYPT_ECC_CURVE_NAME, (PUCHAR)(void *)curve,
            (ULONG)((vit_wide_len(curve) + 1) * sizeof(WCHAR)), 0);
    if (!NT_SUCCESS(status)) {
        vit_ksp_bcrypt_close(opened);
        return vit_ksp_status(status);
    }
    *handle = opened;
    return ERROR_SUCCESS;
}

void vit_ksp_bcrypt_close(BCRYPT_ALG_HANDLE handle)
{
    if ((ULONG_PTR)handle > UINT32_MAX) { /* else a pseudo-handle */
        (void)BCryptCloseAlgorithmProvider(handle, 0);
    }
}

static NTSTATUS set_group(BCRYPT_KEY_HANDLE key, const struct vit_ksp_attributes *attributes)
{
    return attributes->dh_parameters == NULL
            ? STATUS_SUCCESS
            : BCryptSetProperty(key, BCRYPT_DH_PARAMETERS, attributes->dh_parameters,
                      (ULONG)attributes->dh_parameters_len, 0);
}

static NTSTATUS generate(BCRYPT_ALG_HANDLE provider, const struct vit_ksp_attributes *attributes,
        BCRYPT_KEY_HANDLE *key)
{
    BCRYPT_KEY_HANDLE made = NULL;
    NTSTATUS status = BCryptGenerateKeyPair(provider, &made, attributes->bits, 0);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = set_group(made, attributes);
    if (NT_SUCCESS(status)) {
        status = BCryptFinalizeKeyPair(made, 0);
    }
    if (!NT_SUCCESS(status)) {
        (void)BCryptDestroyKey(made);
        return status;
    }
    *key = made;
    return STATUS_SUCCESS;
}

static enum vit_status write_rsa(const struct vit_rsa *rsa, const BCRYPT_RSAKEY_BLOB *header,
        uint8_t *blob)
{
    uint8_t *at = blob + sizeof(*header);
    memcpy(blob, header, sizeof(*header));
    VIT_TRY(vit_rsa_part(rsa, VIT_RSA_E, at, header->cbPublicExp));
    at += header->cbPublicExp;
    VIT_TRY(vit_rsa_part(rsa, VIT_RSA_N, at, header->cbModulus));
    at += header->cbModulus;
    VIT_TRY(vit_rsa_part(rsa, VIT_RSA_P, at, header->cbPrime1));
    return vit_rsa_part(rsa, VIT_RSA_Q, at + header->cbPrime1, header->cbPrime2);
}

/* Lengths that key storage has and BCrypt imports but does not make. */
static SECURITY_STATUS generate_rsa(DWORD bits, BCRYPT_KEY_HANDLE *key)
{
    VIT_AUTO(rsa) rsa = NULL;
    struct vit_slab *slab = vit_ksp_slab();
    SECURITY_STATUS status = vit_ksp_status_of(vit_rsa_generate(bits, &rsa));
    if (status != ERROR_SUCCESS) {
        return status;
    }
    const BCRYPT_RSAKEY_BLOB header = { BCRYPT_RSAPRIVATE_MAGIC, bits,
        (ULONG)vit_rsa_part_len(rsa, VIT_RSA_E), (ULONG)vit_rsa_len(rsa),
        (ULONG)vit_rsa_part_len(rsa, VIT_RSA_P), (ULONG)vit_rsa_part_len(rsa, VIT_RSA_Q) };
    size_t len = sizeof(header) + header.cbPublicExp + header.cbModulus + header.cbPrime1 +
            header.cbPrime2;
    uint8_t *blob = slab == NULL ? NULL : vit_slab_alloc(slab, len);
    if (blob == NULL) {
        return NTE_NO_MEMORY;
    }
    status = vit_ksp_status_of(write_rsa(rsa, &header, blob));
    if (status == ERROR_SUCCESS) {
        status = vit_ksp_status(BCryptImportKeyPair(BCRYPT_RSA_ALG_HANDLE, NULL,
                BCRYPT_RSAPRIVATE_BLOB, key, blob, (ULONG)len, 0));
    }
    vit_slab_free(slab, blob, len);
    return status;
}

SECURITY_STATUS vit_ksp_bcrypt_generate(const struct vit_ksp_attributes *attributes,
        BCRYPT_KEY_HANDLE *key)
{
    BCRYPT_ALG_HANDLE provider;
    if (vit_wide_equal(attributes->algorithm, NCRYPT_RSA_ALGORITHM) &&
            attributes->bits % BCRYPT_RSA_STEP != 0) {
        return generate_rsa(attributes->bits, key);
    }
    SECURITY_STATUS status =
            vit_ksp_bcrypt_open(attributes->algorithm, attributes->curve, &provider);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    status = vit_ksp_status(generate(provider, attributes, key));
    vit_ksp_bcrypt_close(provider);
    return status;
}

SECURITY_STATUS vit_ksp_bcrypt_import(const struct vit_ksp_attributes *attributes, LPCWSTR type,
        const uint8_t *blob, DWORD len, BCRYPT_KEY_HANDLE *key)
{
    BCRYPT_ALG_HANDLE provider;
    SECURITY_STATUS status =
            vit_ksp_bcrypt_open(attributes->algorithm, attributes->curve, &provider);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    status = vit_ksp_status(BCryptImportKeyPair(provider, NULL, type, key, (PUCHAR)(void *)blob,
            len, 0));
    vit_ksp_bcrypt_close(provider);
    return status == NTE_INVALID_PARAMETER ? NTE_BAD_DATA : status;
}

static void turn(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        uint8_t byte = bytes[i];
        bytes[i] = bytes[len - 1 - i];
        bytes[len - 1 - i] = byte;
    }
}

/* The raw secret comes with its least significant byte first. */
SECURITY_STATUS vit_ksp_bcrypt_agree(BCRYPT_KEY_HANDLE own, BCRYPT_KEY_HANDLE peer, uint8_t *z,
        size_t *len)
{
    BCRYPT_SECRET_HANDLE secret = NULL;
    ULONG got = 0;
    NTSTATUS status = BCryptSecretAgreement(own, peer, &secret, 0);
    if (!NT_SUCCESS(status)) {
        return vit_ksp_status(status);
    }
    status = BCryptDeriveKey(secret, BCRYPT_KDF_RAW_SECRET, NULL, z, VIT_AGREE_MAX_LEN, &got, 0);
    (void)BCryptDestroySecret(secret);
    if (NT_SUCCESS(status)) {
        turn(z, got);
        *len = got;
    }
    return vit_ksp_status(status);
}
