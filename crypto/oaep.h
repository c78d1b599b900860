/* SPDX-License-Identifier: MIT */
/**
 * RSAES-OAEP with SHA-512 for the label and for MGF1, and the empty label: the one form that the
 * published samples use ("OPM Example Code", win32 docs). The key has 2048 bits, so a block is 256
 * bytes and carries at most 126.
 */
#ifndef CRYPTO_OAEP_H
#define CRYPTO_OAEP_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/key.h"

enum { VIT_OAEP_BLOCK_LEN = 256, VIT_OAEP_MAX_LEN = 126 };

/**
 * Costs one private-key operation whatever the block is. Bad padding, a number not below the
 * modulus and a plaintext outside [min_len, max_len] are one path and one error.
 *
 * @param plaintext  max_len bytes of secret memory; all zero on failure
 * @return VIT_E_REFUSED  the block; VIT_E_IO the token that holds the key failed
 */
VIT_RESULT vit_oaep_unwrap(struct vit_private_key *key, const uint8_t block[VIT_OAEP_BLOCK_LEN],
        uint8_t *plaintext, size_t min_len, size_t max_len, size_t *len);

/* @return VIT_E_ARG len > VIT_OAEP_MAX_LEN */
VIT_RESULT vit_oaep_wrap(const struct vit_public_key *key, const void *plaintext, size_t len,
        uint8_t block[VIT_OAEP_BLOCK_LEN]);

#endif
