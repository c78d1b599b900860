/* SPDX-License-Identifier: MIT */
/**
 * Results of CNG's key storage; one of them also comes from its primitives. Other results are in
 * ddierror.h.
 */
#ifndef VITRINE_WINERROR_H
#define VITRINE_WINERROR_H

#include "winabi.h"

#define NTE_BAD_DATA ((HRESULT)0x80090005)

#endif
