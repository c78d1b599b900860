/* SPDX-License-Identifier: MIT */
/* Functions that are not offered: docs/cng.md says why. They still tell a handle that is none. */
#include "cng/ncrypt/object.h"

/* There is no interface before this one here, so none of its handles. */
SECURITY_STATUS WINAPI NCryptTranslateHandle(NCRYPT_PROV_HANDLE *phProvider,
        NCRYPT_KEY_HANDLE *phKey, HCRYPTPROV hLegacyProv, HCRYPTKEY hLegacyKey,
        DWORD dwLegacyKeySpec, DWORD dwFlags)
{
    (void)phProvider;
    (void)phKey;
    (void)hLegacyProv;
    (void)hLegacyKey;
    (void)dwLegacyKeySpec;
    (void)dwFlags;
    return NTE_NOT_SUPPORTED;
}

static SECURITY_STATUS refuse_claim(NCRYPT_KEY_HANDLE subject)
{
    VIT_AUTO(ncrypt_key) key = vit_ncrypt_key_get(subject);
    return key == NULL ? NTE_INVALID_HANDLE : NTE_NOT_SUPPORTED;
}

SECURITY_STATUS WINAPI NCryptCreateClaim(NCRYPT_KEY_HANDLE hSubjectKey,
        NCRYPT_KEY_HANDLE hAuthorityKey, DWORD dwClaimType, NCryptBufferDesc *pParameterList,
        PBYTE pbClaimBlob, DWORD cbClaimBlob, DWORD *pcbResult, DWORD dwFlags)
{
    (void)hAuthorityKey;
    (void)dwClaimType;
    (void)pParameterList;
    (void)pbClaimBlob;
    (void)cbClaimBlob;
    (void)pcbResult;
    (void)dwFlags;
    return refuse_claim(hSubjectKey);
}

SECURITY_STATUS WINAPI NCryptVerifyClaim(NCRYPT_KEY_HANDLE hSubjectKey,
        NCRYPT_KEY_HANDLE hAuthorityKey, DWORD dwClaimType, NCryptBufferDesc *pParameterList,
        PBYTE pbClaimBlob, DWORD cbClaimBlob, NCryptBufferDesc *pOutput, DWORD dwFlags)
{
    (void)hAuthorityKey;
    (void)dwClaimType;
    (void)pParameterList;
    (void)pbClaimBlob;
    (void)cbClaimBlob;
    (void)pOutput;
    (void)dwFlags;
    return refuse_claim(hSubjectKey);
}
