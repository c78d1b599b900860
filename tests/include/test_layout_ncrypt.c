/* SPDX-License-Identifier: MIT */
/* Key storage as applications and providers see it: compiling is the test. */
#include <stddef.h>

#include "ncrypt.h"
#include "ncrypt_provider.h"
#include "vitrine_ncrypt.h"

#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)
#define AT(type, member, offset)                                                                   \
    _Static_assert(offsetof(type, member) == (offset), #type "." #member)
#define IS(name, value) _Static_assert((uint32_t)(name) == (value), #name)
#define SLOT(member, number) AT(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, member, 8 + 8 * ((number) - 1))

SIZE(SECURITY_STATUS, 4);
SIZE(NCRYPT_HANDLE, 8);
SIZE(NCRYPT_PROV_HANDLE, 8);
SIZE(NCRYPT_KEY_HANDLE, 8);
SIZE(NCRYPT_SECRET_HANDLE, 8);
SIZE(NCryptBuffer, 16);
SIZE(NCryptBufferDesc, 16);
SIZE(FILETIME, 8);

SIZE(NCRYPT_UI_POLICY, 32);
AT(NCRYPT_UI_POLICY, dwFlags, 4);
AT(NCRYPT_UI_POLICY, pszCreationTitle, 8);
AT(NCRYPT_UI_POLICY, pszFriendlyName, 16);
AT(NCRYPT_UI_POLICY, pszDescription, 24);
SIZE(NCRYPT_UI_POLICY_BLOB, 20);
AT(NCRYPT_UI_POLICY_BLOB, cbCreationTitle, 8);
AT(NCRYPT_UI_POLICY_BLOB, cbFriendlyName, 12);
AT(NCRYPT_UI_POLICY_BLOB, cbDescription, 16);
SIZE(NCRYPT_SUPPORTED_LENGTHS, 16);
AT(NCRYPT_SUPPORTED_LENGTHS, dwDefaultLength, 12);
SIZE(NCryptKeyName, 24);
AT(NCryptKeyName, pszAlgid, 8);
AT(NCryptKeyName, dwLegacyKeySpec, 16);
AT(NCryptKeyName, dwFlags, 20);
SIZE(NCryptAlgorithmName, 24);
AT(NCryptAlgorithmName, dwClass, 8);
AT(NCryptAlgorithmName, dwAlgOperations, 12);
SIZE(NCryptProviderName, 16);
AT(NCryptProviderName, pszComment, 8);
SIZE(NCRYPT_KEY_BLOB_HEADER, 16);
AT(NCRYPT_KEY_BLOB_HEADER, cbKeyData, 12);
SIZE(NCRYPT_CIPHER_PADDING_INFO, 40);
AT(NCRYPT_CIPHER_PADDING_INFO, pbIV, 8);
AT(NCRYPT_CIPHER_PADDING_INFO, cbIV, 16);
AT(NCRYPT_CIPHER_PADDING_INFO, pbOtherInfo, 24);
AT(NCRYPT_CIPHER_PADDING_INFO, cbOtherInfo, 32);
SIZE(NCRYPT_ALLOC_PARA, 24);
AT(NCRYPT_ALLOC_PARA, pfnAlloc, 8);
AT(NCRYPT_ALLOC_PARA, pfnFree, 16);

SIZE(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, 8 + 8 * 29);
AT(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, Version, 0);
SLOT(OpenProvider, 1);
SLOT(OpenKey, 2);
SLOT(CreatePersistedKey, 3);
SLOT(GetProviderProperty, 4);
SLOT(GetKeyProperty, 5);
SLOT(SetProviderProperty, 6);
SLOT(SetKeyProperty, 7);
SLOT(FinalizeKey, 8);
SLOT(DeleteKey, 9);
SLOT(FreeProvider, 10);
SLOT(FreeKey, 11);
SLOT(FreeBuffer, 12);
SLOT(Encrypt, 13);
SLOT(Decrypt, 14);
SLOT(IsAlgSupported, 15);
SLOT(EnumAlgorithms, 16);
SLOT(EnumKeys, 17);
SLOT(ImportKey, 18);
SLOT(ExportKey, 19);
SLOT(SignHash, 20);
SLOT(VerifySignature, 21);
SLOT(PromptUser, 22);
SLOT(NotifyChangeKey, 23);
SLOT(SecretAgreement, 24);
SLOT(DeriveKey, 25);
SLOT(FreeSecret, 26);
SLOT(KeyDerivation, 27);
SLOT(CreateClaim, 28);
SLOT(VerifyClaim, 29);

IS(NTE_BAD_UID, 0x80090001);
IS(NTE_BAD_DATA, 0x80090005);
IS(NTE_BAD_FLAGS, 0x80090009);
IS(NTE_EXISTS, 0x8009000F);
IS(NTE_PERM, 0x80090010);
IS(NTE_BAD_KEYSET, 0x80090016);
IS(NTE_PROVIDER_DLL_FAIL, 0x8009001D);
IS(NTE_SILENT_CONTEXT, 0x80090022);
IS(NTE_INVALID_HANDLE, 0x80090026);
IS(NTE_INVALID_PARAMETER, 0x80090027);
IS(NTE_NOT_SUPPORTED, 0x80090029);
IS(NTE_UI_REQUIRED, 0x8009002E);
IS(NTE_PASSWORD_CHANGE_REQUIRED, 0x80090037);
IS(HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER), 0x800706F4);
IS(HRESULT_FROM_WIN32(ERROR_SUCCESS), 0);
