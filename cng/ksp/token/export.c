/* SPDX-License-Identifier: MIT */
#include "cng/ksp/ksp.h"
#include "cng/ksp/token/backend.h"

NTSTATUS WINAPI GetKeyStorageInterface(LPCWSTR pszProviderName,
        NCRYPT_KEY_STORAGE_FUNCTION_TABLE **ppFunctionTable, DWORD dwFlags)
{
    return vit_ksp_interface(&vit_token_backend, pszProviderName, ppFunctionTable, dwFlags);
}
