/* SPDX-License-Identifier: MIT */
/* Published functions that do nothing yet: with a handle that is one they say so. docs/cng.md lists
 * them. */
#include "cng/bcrypt/key.h"
#include "cng/bcrypt/object.h"

static NTSTATUS refuse(const void *handle, const struct vit_bcrypt_kind *kind)
{
    VIT_AUTO(object) object = vit_handle_get(handle, &kind->base);
    return object == NULL ? STATUS_INVALID_HANDLE : STATUS_NOT_SUPPORTED;
}

NTSTATUS WINAPI BCryptKeyDerivation(BCRYPT_KEY_HANDLE hKey, BCryptBufferDesc *pParameterList,
        PUCHAR pbDerivedKey, ULONG cbDerivedKey, ULONG *pcbResult, ULONG dwFlags)
{
    (void)pParameterList, (void)pbDerivedKey, (void)cbDerivedKey, (void)pcbResult, (void)dwFlags;
    return refuse(hKey, &vit_bcrypt_key_kind);
}
