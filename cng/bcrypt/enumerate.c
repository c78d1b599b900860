/* SPDX-License-Identifier: MIT */
#include "base/irql.h"
#include "cng/bcrypt/provider.h"

enum { OPERATIONS_KNOWN = 0x7f };

/* Pseudo-handles that say more than an algorithm's name are no algorithms of their own. */
static bool is_listed(const struct vit_bcrypt_algorithm *algorithm, ULONG operations)
{
    return (algorithm->operations & operations) != 0 &&
            vit_bcrypt_algorithm_find(algorithm->name) == algorithm;
}

static ULONG list(ULONG operations, BCRYPT_ALGORITHM_IDENTIFIER *out)
{
    ULONG count = 0;
    const struct vit_bcrypt_algorithm *algorithm;
    for (size_t i = 0; (algorithm = vit_bcrypt_algorithm_at(i)) != NULL; i++) {
        if (!is_listed(algorithm, operations)) {
            continue;
        }
        if (out != NULL) {
            out[count] = (BCRYPT_ALGORITHM_IDENTIFIER){ (LPWSTR)algorithm->name,
                algorithm->interface, 0 };
        }
        count++;
    }
    return count;
}

NTSTATUS WINAPI BCryptEnumAlgorithms(ULONG dwAlgOperations, ULONG *pAlgCount,
        BCRYPT_ALGORITHM_IDENTIFIER **ppAlgList, ULONG dwFlags)
{
    if (pAlgCount == NULL || ppAlgList == NULL || dwFlags != 0 || dwAlgOperations == 0 ||
            (dwAlgOperations & ~(ULONG)OPERATIONS_KNOWN) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (vit_irql_current() >= VIT_IRQL_DISPATCH) {
        return STATUS_NOT_SUPPORTED;
    }
    ULONG count = list(dwAlgOperations, NULL);
    BCRYPT_ALGORITHM_IDENTIFIER *made = calloc(count + (size_t)1, sizeof(*made));
    if (made == NULL) {
        return STATUS_NO_MEMORY;
    }
    *pAlgCount = list(dwAlgOperations, made);
    *ppAlgList = made;
    return STATUS_SUCCESS;
}

VOID WINAPI BCryptFreeBuffer(PVOID pvBuffer)
{
    free(pvBuffer);
}

/* No such mode here: OpenSSL's configuration decides what it runs. */
NTSTATUS WINAPI BCryptGetFipsAlgorithmMode(BOOLEAN *pfEnabled)
{
    if (pfEnabled == NULL || !vit_irql_may_touch(pfEnabled, sizeof(*pfEnabled))) {
        return STATUS_INVALID_PARAMETER;
    }
    *pfEnabled = FALSE;
    return STATUS_SUCCESS;
}
