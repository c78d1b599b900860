/* SPDX-License-Identifier: MIT */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>

#include "base/status.h"

/* For keys and challenges. @return VIT_E_IO no entropy: refuse the operation */
VIT_RESULT vit_random(void *out, size_t len);

#endif
