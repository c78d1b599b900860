/* SPDX-License-Identifier: MIT */
/* What an import is told besides its blob. */
#ifndef CNG_KSP_PARAMETERS_H
#define CNG_KSP_PARAMETERS_H

#include "cng/ksp/ksp.h"

struct vit_ksp_parameters {
    WCHAR *name;  /* NULL: ephemeral. Owned, as the next */
    WCHAR *curve; /* for blobs that do not say it */
};

/* Of empty ones, which own something on failure too. list NULL: none. */
SECURITY_STATUS vit_ksp_parameters_read(const NCryptBufferDesc *list,
        struct vit_ksp_parameters *parameters);

typedef struct vit_ksp_parameters vit_auto_type_ksp_parameters;

static inline void vit_auto_ksp_parameters(struct vit_ksp_parameters *parameters)
{
    free(parameters->name);
    free(parameters->curve);
}

#endif
