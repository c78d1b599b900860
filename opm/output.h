/* SPDX-License-Identifier: MIT */
/* IOPMVideoOutput over a protected output of the kernel driver. */
#ifndef OPM_OUTPUT_H
#define OPM_OUTPUT_H

#include "include/opmapi.h"
#include "opm/adapter.h"

/* Has its own reference of the adapter. */
HRESULT opm_output_create(struct opm_adapter *adapter, UINT output, OPM_VIDEO_OUTPUT_SEMANTICS vos,
        IOPMVideoOutput **video_output);

#endif
