/* SPDX-License-Identifier: MIT */
#ifndef OPM_RESULT_H
#define OPM_RESULT_H

#include "include/ddierror.h"

/* What the driver said, as applications hear it: STATUS_GRAPHICS_x becomes ERROR_GRAPHICS_x. E_FAIL
 * for what has no name there. */
HRESULT opm_result(NTSTATUS status);

#endif
