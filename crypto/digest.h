/* SPDX-License-Identifier: MIT */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { VIT_SHA256_LEN = 32 };

VIT_RESULT vit_sha256(const void *data, size_t len, uint8_t digest[VIT_SHA256_LEN]);

/* Constant time in len. */
bool vit_equal(const void *a, const void *b, size_t len);

#endif
