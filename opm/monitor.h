/* SPDX-License-Identifier: MIT */
/* What an HMONITOR names: an output of an adapter. */
#ifndef OPM_MONITOR_H
#define OPM_MONITOR_H

#include "include/opmapi.h"
#include "opm/adapter.h"

/* The adapter is the caller's reference. E_INVALIDARG: not a monitor. */
HRESULT opm_monitor_resolve(HMONITOR monitor, struct opm_adapter **adapter, UINT *output);

#endif
