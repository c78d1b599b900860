/* SPDX-License-Identifier: MIT */
/* MS_KEY_STORAGE_PROVIDER: keys in files of their owner. docs/cng.md tells users. */
#ifndef CNG_KSP_SOFTWARE_SOFTWARE_H
#define CNG_KSP_SOFTWARE_SOFTWARE_H

#include "cng/ksp/backend.h"

extern const struct vit_ksp_backend vit_soft_backend;

#endif
