/* SPDX-License-Identifier: MIT */
/**
 * The decoding half of RSAES-OAEP (RFC 8017, section 7.1.2 step 3), for a key whose provider only does
 * raw RSA. Constant time in the block. Only files of crypto/ and their tests include this; others see
 * crypto/unpad.h.
 */
#ifndef CRYPTO_OAEP_DECODE_H
#define CRYPTO_OAEP_DECODE_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/oaep.h"

struct vit_oaep_code {
    EVP_MD_CTX *ctx;
    const EVP_MD *md; /* of the label and of MGF1 */
    size_t hash_len;
    const uint8_t *label_hash;
};

/**
 * @param block    encoded message of at least 2 * hash_len + 2 bytes; overwritten
 * @param message  where it stands in block then, with block_len - 2 * hash_len - 1 bytes: the message
 *                 and zeros behind it; all zero on failure
 * @param len      0 on failure
 * @return all ones: good, 0: bad padding; a failing digest counts as bad
 */
unsigned vit_oaep_decode_with(const struct vit_oaep_code *code, uint8_t *block, size_t block_len,
        uint8_t **message, size_t *len);

/**
 * With SHA-512, MGF1-SHA-512 and the empty label.
 *
 * @param block      encoded message; overwritten
 * @param plaintext  gets as many bytes as *len says and zeros behind them; all zero on failure
 * @param len        0 on failure
 * @return all ones: good, 0: bad padding; a failing digest counts as bad
 */
unsigned vit_oaep_decode(EVP_MD_CTX *ctx, const EVP_MD *sha512, uint8_t block[VIT_OAEP_BLOCK_LEN],
        uint8_t plaintext[VIT_OAEP_MAX_LEN], size_t *len);

#endif
