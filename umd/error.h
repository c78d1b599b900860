/* SPDX-License-Identifier: MIT */
/**
 * Our statuses at the edge of the published interfaces. docs/DDI.md has the table of all functions.
 */
#ifndef UMD_ERROR_H
#define UMD_ERROR_H

#include "base/status.h"
#include "ddierror.h"
#include "winabi.h"

struct umd_device;

/* What a function with a result returns. */
HRESULT umd_hresult(enum vit_status status);

/* What the result of a callback means: VIT_E_GONE for a removed device and for codes that say that
 * the other side cannot be worked with. */
VIT_RESULT umd_status(HRESULT hr);
/* The same of a callback that the driver called rightly, for itself: the application is not to
 * blame, and what the kernel refuses for another reason than memory cannot be worked with. */
VIT_RESULT umd_kernel_failure(enum vit_status status);

/**
 * What a function without a result says by pfnSetErrorCb: nothing for VIT_OK, misuse as
 * D3DDDIERR_APPLICATIONERROR, a lost device as D3DDDIERR_DEVICEREMOVED, VIT_E_BUSY as
 * DXGI_DDI_ERR_WASSTILLDRAWING. Running out of memory is an error that only the functions of the
 * second may report (page "Handling Errors"); in the others it means a lost device.
 */
void umd_report(const struct umd_device *device, enum vit_status status);
void umd_report_memory(const struct umd_device *device, enum vit_status status);

/* One code, for the few that have a set of their own. */
void umd_report_code(const struct umd_device *device, HRESULT hr);

#endif
