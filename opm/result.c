/* SPDX-License-Identifier: MIT */
#include "opm/result.h"

#include <stdbool.h>

#define FIRST ((uint32_t)STATUS_GRAPHICS_OPM_NOT_SUPPORTED)
#define LAST ((uint32_t)STATUS_GRAPHICS_OPM_INVALID_CONFIGURATION_REQUEST)
#define TO_RESULT ((uint32_t)ERROR_GRAPHICS_OPM_NOT_SUPPORTED - FIRST)

/* Codes of drivers that applications never see. */
static bool is_internal(NTSTATUS status)
{
    return status == STATUS_GRAPHICS_OPM_PARAMETER_ARRAY_TOO_SMALL ||
            status == STATUS_GRAPHICS_OPM_INVALID_POINTER;
}

HRESULT opm_result(NTSTATUS status)
{
    uint32_t bits = (uint32_t)status;
    if (bits >= FIRST && bits <= LAST && !is_internal(status)) {
        return VITRINE_HRESULT(bits + TO_RESULT);
    }
    switch (status) {
    case STATUS_SUCCESS:
        return S_OK;
    case STATUS_NO_MEMORY:
        return E_OUTOFMEMORY;
    case STATUS_INVALID_PARAMETER:
    case STATUS_GRAPHICS_OPM_INVALID_POINTER:
        return E_INVALIDARG;
    default:
        return E_FAIL;
    }
}
