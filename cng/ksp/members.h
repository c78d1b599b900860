/* SPDX-License-Identifier: MIT */
/* The members of the function table; ncrypt_provider.h has their types. provider.h has the rest. */
#ifndef CNG_KSP_MEMBERS_H
#define CNG_KSP_MEMBERS_H

#include "cng/ksp/provider.h"

SECURITY_STATUS WINAPI vit_ksp_open_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE *phKey,
        LPCWSTR pszKeyName, DWORD dwLegacyKeySpec, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_create_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE *phKey,
        LPCWSTR pszAlgId, LPCWSTR pszKeyName, DWORD dwLegacyKeySpec, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_get_key_property(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hKey, LPCWSTR pszProperty, PBYTE pbOutput, DWORD cbOutput,
        DWORD *pcbResult, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_set_key_property(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hKey, LPCWSTR pszProperty, PBYTE pbInput, DWORD cbInput, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_finalize_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_delete_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_free_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey);
SECURITY_STATUS WINAPI vit_ksp_free_buffer(PVOID pvInput);
SECURITY_STATUS WINAPI vit_ksp_encrypt(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        PBYTE pbInput, DWORD cbInput, VOID *pPaddingInfo, PBYTE pbOutput, DWORD cbOutput,
        DWORD *pcbResult, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_decrypt(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        PBYTE pbInput, DWORD cbInput, VOID *pPaddingInfo, PBYTE pbOutput, DWORD cbOutput,
        DWORD *pcbResult, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_is_alg_supported(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszAlgId,
        DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_enum_algorithms(NCRYPT_PROV_HANDLE hProvider, DWORD dwAlgOperations,
        DWORD *pdwAlgCount, NCryptAlgorithmName **ppAlgList, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_enum_keys(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszScope,
        NCryptKeyName **ppKeyName, PVOID *ppEnumState, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_import_key(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hImportKey, LPCWSTR pszBlobType, NCryptBufferDesc *pParameterList,
        NCRYPT_KEY_HANDLE *phKey, PBYTE pbData, DWORD cbData, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_export_key(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        NCRYPT_KEY_HANDLE hExportKey, LPCWSTR pszBlobType, NCryptBufferDesc *pParameterList,
        PBYTE pbOutput, DWORD cbOutput, DWORD *pcbResult, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_sign_hash(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        VOID *pPaddingInfo, PBYTE pbHashValue, DWORD cbHashValue, PBYTE pbSignature,
        DWORD cbSignature, DWORD *pcbResult, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_verify_signature(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hKey, VOID *pPaddingInfo, PBYTE pbHashValue, DWORD cbHashValue,
        PBYTE pbSignature, DWORD cbSignature, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_prompt_user(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        LPCWSTR pszOperation, DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_notify_change_key(NCRYPT_PROV_HANDLE hProvider, HANDLE *phEvent,
        DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_secret_agreement(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_KEY_HANDLE hPrivKey, NCRYPT_KEY_HANDLE hPubKey, NCRYPT_SECRET_HANDLE *phAgreedSecret,
        DWORD dwFlags);
SECURITY_STATUS WINAPI vit_ksp_derive_key(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_SECRET_HANDLE hSharedSecret, LPCWSTR pwszKDF, NCryptBufferDesc *pParameterList,
        PBYTE pbDerivedKey, DWORD cbDerivedKey, DWORD *pcbResult, ULONG dwFlags);
SECURITY_STATUS WINAPI vit_ksp_free_secret(NCRYPT_PROV_HANDLE hProvider,
        NCRYPT_SECRET_HANDLE hSharedSecret);
SECURITY_STATUS WINAPI vit_ksp_key_derivation(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
        NCryptBufferDesc *pParameterList, PUCHAR pbDerivedKey, DWORD cbDerivedKey, DWORD *pcbResult,
        ULONG dwFlags);

#endif
