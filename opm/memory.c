/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "include/objbase.h"
#include "opm/export.h"

OPM_EXPORT LPVOID CoTaskMemAlloc(SIZE_T cb)
{
    return malloc(cb != 0 ? cb : 1);
}

OPM_EXPORT void CoTaskMemFree(LPVOID pv)
{
    free(pv);
}
