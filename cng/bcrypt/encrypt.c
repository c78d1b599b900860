/* SPDX-License-Identifier: MIT */
/* Encryption and decryption, whatever the keys. */
#include "cng/bcrypt/encrypt.h"

#include "base/irql.h"

enum { OPERATIONS = BCRYPT_ASYMMETRIC_ENCRYPTION_OPERATION | BCRYPT_CIPHER_OPERATION };

/* RSA_SIGN has keys that could, and does not. */
static NTSTATUS check(const struct vit_bcrypt_key *key, const struct vit_bcrypt_crypt *crypt)
{
    NTSTATUS status = vit_bcrypt_room_check(&crypt->room);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (key->family->encryptor == NULL ||
            (key->provider->algorithm->operations & OPERATIONS) == 0) {
        return STATUS_NOT_SUPPORTED;
    }
    bool given = crypt->input != NULL || crypt->len == 0;
    return given && vit_irql_may_touch(crypt->input, crypt->len) ? STATUS_SUCCESS
                                                                 : STATUS_INVALID_PARAMETER;
}

NTSTATUS WINAPI BCryptEncrypt(BCRYPT_KEY_HANDLE hKey, PUCHAR pbInput, ULONG cbInput,
        VOID *pPaddingInfo, PUCHAR pbIV, ULONG cbIV, PUCHAR pbOutput, ULONG cbOutput,
        ULONG *pcbResult, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    const struct vit_bcrypt_crypt crypt = { pbInput, cbInput, pPaddingInfo, pbIV, cbIV, dwFlags,
        { pbOutput, cbOutput, pcbResult } };
    NTSTATUS status = check(key, &crypt);
    return NT_SUCCESS(status) ? key->family->encryptor->encrypt(key, &crypt) : status;
}

NTSTATUS WINAPI BCryptDecrypt(BCRYPT_KEY_HANDLE hKey, PUCHAR pbInput, ULONG cbInput,
        VOID *pPaddingInfo, PUCHAR pbIV, ULONG cbIV, PUCHAR pbOutput, ULONG cbOutput,
        ULONG *pcbResult, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_key) key = vit_bcrypt_key_get(hKey);
    if (key == NULL || !atomic_load(&key->final)) {
        return STATUS_INVALID_HANDLE;
    }
    const struct vit_bcrypt_crypt crypt = { pbInput, cbInput, pPaddingInfo, pbIV, cbIV, dwFlags,
        { pbOutput, cbOutput, pcbResult } };
    NTSTATUS status = check(key, &crypt);
    return NT_SUCCESS(status) ? key->family->encryptor->decrypt(key, &crypt) : status;
}
