/* SPDX-License-Identifier: MIT */
/* Keys of BCrypt, as attributes describe them. */
#include "cng/ksp/ksp.h"

#include "cng/ksp/algorithm.h"
#include "cng/wide.h"
#include "crypto/agree.h"

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

SECURITY_STATUS vit_ksp_bcrypt_generate(const struct vit_ksp_attributes *attributes,
        BCRYPT_KEY_HANDLE *key)
{
    BCRYPT_ALG_HANDLE provider;
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
