/* SPDX-License-Identifier: MIT */
/**
 * The decoding half of RSAES-OAEP (RFC 8017, section 7.1.2 step 3) with SHA-512, MGF1-SHA-512 and
 * the empty label, for a key whose provider only does raw RSA. Constant time in the block.
 */
#ifndef CRYPTO_OAEP_DECODE_H
#define CRYPTO_OAEP_DECODE_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/oaep.h"

/**
 * @param block      encoded message; overwritten
 * @param plaintext  gets as many bytes as *len says and zeros behind them; all zero on failure
 * @param len        0 on failure
 * @return all ones: good, 0: bad padding; a failing digest counts as bad
 */
unsigned vit_oaep_decode(EVP_MD_CTX *ctx, const EVP_MD *sha512, uint8_t block[VIT_OAEP_BLOCK_LEN],
        uint8_t plaintext[VIT_OAEP_MAX_LEN], size_t *len);

#endif
