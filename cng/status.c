/* SPDX-License-Identifier: MIT */
#include "cng/status.h"

NTSTATUS vit_bcrypt_status(enum vit_status status)
{
    switch (status) {
    case VIT_OK:
        return STATUS_SUCCESS;
    case VIT_E_ARG:
    case VIT_E_REFUSED:
        return STATUS_INVALID_PARAMETER;
    case VIT_E_STATE:
        return STATUS_INVALID_HANDLE;
    case VIT_E_NOMEM:
        return STATUS_NO_MEMORY;
    case VIT_E_LIMIT:
        return STATUS_INSUFFICIENT_RESOURCES;
    case VIT_E_UNSUPPORTED:
        return STATUS_NOT_SUPPORTED;
    default:
        return STATUS_INTERNAL_ERROR;
    }
}
