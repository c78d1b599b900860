/* SPDX-License-Identifier: MIT */
/* What keys do with bytes. */
#include "cng/ncrypt/object.h"

static bool bytes_fit(const void *bytes, DWORD len)
{
    return bytes != NULL || len == 0;
}

SECURITY_STATUS WINAPI NCryptEncrypt(NCRYPT_KEY_HANDLE hKey, PBYTE pbInput, DWORD cbInput,
        VOID *pPaddingInfo, PBYTE pbOutput, DWORD cbOutput, DWORD *pcbResult, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_key) key = vit_ncrypt_key_get(hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pcbResult == NULL || (pbOutput != NULL && !bytes_fit(pbInput, cbInput))) {
        return NTE_INVALID_PARAMETER;
    }
    return key->provider->table->Encrypt(key->provider->inner, key->inner, pbInput, cbInput,
            pPaddingInfo, pbOutput, cbOutput, pcbResult, dwFlags);
}

SECURITY_STATUS WINAPI NCryptDecrypt(NCRYPT_KEY_HANDLE hKey, PBYTE pbInput, DWORD cbInput,
        VOID *pPaddingInfo, PBYTE pbOutput, DWORD cbOutput, DWORD *pcbResult, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_key) key = vit_ncrypt_key_get(hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pcbResult == NULL || !bytes_fit(pbInput, cbInput)) {
        return NTE_INVALID_PARAMETER;
    }
    return key->provider->table->Decrypt(key->provider->inner, key->inner, pbInput, cbInput,
            pPaddingInfo, pbOutput, cbOutput, pcbResult, dwFlags);
}

SECURITY_STATUS WINAPI NCryptSignHash(NCRYPT_KEY_HANDLE hKey, VOID *pPaddingInfo, PBYTE pbHashValue,
        DWORD cbHashValue, PBYTE pbSignature, DWORD cbSignature, DWORD *pcbResult, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_key) key = vit_ncrypt_key_get(hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pcbResult == NULL || (pbSignature != NULL && !bytes_fit(pbHashValue, cbHashValue))) {
        return NTE_INVALID_PARAMETER;
    }
    return key->provider->table->SignHash(key->provider->inner, key->inner, pPaddingInfo,
            pbHashValue, cbHashValue, pbSignature, cbSignature, pcbResult, dwFlags);
}

SECURITY_STATUS WINAPI NCryptVerifySignature(NCRYPT_KEY_HANDLE hKey, VOID *pPaddingInfo,
        PBYTE pbHashValue, DWORD cbHashValue, PBYTE pbSignature, DWORD cbSignature, DWORD dwFlags)
{
    VIT_AUTO(ncrypt_key) key = vit_ncrypt_key_get(hKey);
    if (key == NULL) {
        return NTE_INVALID_HANDLE;
    }
    if (pbHashValue == NULL || pbSignature == NULL) {
        return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    }
    return key->provider->table->VerifySignature(key->provider->inner, key->inner, pPaddingInfo,
            pbHashValue, cbHashValue, pbSignature, cbSignature, dwFlags);
}
