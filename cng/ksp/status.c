/* SPDX-License-Identifier: MIT */
#include "cng/ksp/ksp.h"

#include "cng/status.h"

static bool is_nte(NTSTATUS status)
{
    return ((uint32_t)status & 0xffff0000) == 0x80090000;
}

SECURITY_STATUS vit_ksp_status(NTSTATUS status)
{
    switch (status) {
    case STATUS_SUCCESS:
        return ERROR_SUCCESS;
    case STATUS_INVALID_HANDLE:
        return NTE_INVALID_HANDLE;
    case STATUS_INVALID_PARAMETER:
        return NTE_INVALID_PARAMETER;
    case STATUS_NO_MEMORY:
    case STATUS_INSUFFICIENT_RESOURCES:
        return NTE_NO_MEMORY;
    case STATUS_NOT_SUPPORTED:
        return NTE_NOT_SUPPORTED;
    case STATUS_NOT_FOUND:
        return NTE_NOT_FOUND;
    case STATUS_BUFFER_TOO_SMALL:
        return NTE_BUFFER_TOO_SMALL;
    case STATUS_INVALID_SIGNATURE:
        return NTE_BAD_SIGNATURE;
    case STATUS_INVALID_BUFFER_SIZE:
        return NTE_BAD_LEN;
    case STATUS_DATA_ERROR:
    case STATUS_AUTH_TAG_MISMATCH:
        return NTE_BAD_DATA;
    default:
        return is_nte(status) ? status : NTE_INTERNAL_ERROR;
    }
}

SECURITY_STATUS vit_ksp_status_of(enum vit_status status)
{
    return vit_ksp_status(vit_bcrypt_status(status));
}
