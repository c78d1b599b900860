/* SPDX-License-Identifier: MIT */
/**
 * What the kernel driver's functions return, and what a runtime makes of it.
 */
#ifndef KMD_STUB_STATUS_H
#define KMD_STUB_STATUS_H

#include "base/status.h"
#include "include/ddierror.h"

/* Ours in the kernel driver's words. */
NTSTATUS vit_kmd_ntstatus(enum vit_status status);
/* The kernel driver's in those of a callback; E_FAIL for what no table names. */
HRESULT vit_kmd_hresult(NTSTATUS status);

static inline HRESULT vit_kmd_result(enum vit_status status)
{
    return vit_kmd_hresult(vit_kmd_ntstatus(status));
}

#endif
