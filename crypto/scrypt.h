/* SPDX-License-Identifier: MIT */
/* scrypt of RFC 7914: keys out of passphrases, at a cost in time and memory. */
#ifndef CRYPTO_SCRYPT_H
#define CRYPTO_SCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct vit_scrypt_cost {
    uint64_t n; /* a power of two above 1 */
    uint32_t r, p;
};

/* Bytes that it takes, near enough; UINT64_MAX: more than can be counted. */
uint64_t vit_scrypt_memory(const struct vit_scrypt_cost *cost);

/**
 * @return VIT_E_ARG    no such cost in the standard
 *         VIT_E_LIMIT  it would take more than max_memory bytes
 */
VIT_RESULT vit_scrypt(const void *passphrase, size_t passphrase_len, const void *salt,
        size_t salt_len, const struct vit_scrypt_cost *cost, uint64_t max_memory, uint8_t *out,
        size_t out_len);

#endif
