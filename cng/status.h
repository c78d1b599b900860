/* SPDX-License-Identifier: MIT */
#ifndef CNG_STATUS_H
#define CNG_STATUS_H

#include "base/status.h"
#include "ntstatus.h"

/* The one translation of what crypto/ says. */
NTSTATUS vit_bcrypt_status(enum vit_status status);

#endif
