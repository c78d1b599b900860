/* SPDX-License-Identifier: MIT */
#ifndef CRYPTO_PBKDF2_H
#define CRYPTO_PBKDF2_H

#include "crypto/hash.h"

/* PBKDF2 of RFC 8018 with HMAC. @return VIT_E_ARG no iteration, or more than 2^31 - 1 */
VIT_RESULT vit_pbkdf2(enum vit_hash_id hash, const void *password, size_t password_len,
        const void *salt, size_t salt_len, uint64_t iterations, uint8_t *out, size_t len);

#endif
