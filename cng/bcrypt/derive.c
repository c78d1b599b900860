/* SPDX-License-Identifier: MIT */
/* BCryptDeriveKey; the functions are in cng/derive. */
#include "cng/bcrypt/reply.h"
#include "cng/bcrypt/secret.h"

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
    return vit_derive(&secret->derive, pwszKDF, pParameterList, dwFlags, pbDerivedKey, cbDerivedKey,
            pcbResult);
}
