/* SPDX-License-Identifier: MIT */
/* The backend whose keys are on a token, reached by PKCS#11. */
#ifndef CNG_KSP_TOKEN_BACKEND_H
#define CNG_KSP_TOKEN_BACKEND_H

#include "cng/ksp/backend.h"

extern const struct vit_ksp_backend vit_token_backend;

#endif
