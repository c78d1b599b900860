/* SPDX-License-Identifier: MIT */
/* Paddings of RSA for keys that are elsewhere, whose owner does only the raw operation. */
#ifndef CRYPTO_UNPAD_H
#define CRYPTO_UNPAD_H

#include "base/status.h"
#include "crypto/hash.h"

/**
 * RSAES-OAEP (RFC 8017, section 7.1.2 step 3), in constant time: all that can be wrong is one error.
 *
 * @param hash   of the label and of MGF1
 * @param block  what the raw operation gave, as wide as the modulus; the message stands at its front
 *               then, and zeros behind it
 * @return VIT_E_REFUSED  bad padding; VIT_E_ARG too narrow for this hash
 */
VIT_RESULT vit_unpad_oaep(enum vit_hash_id hash, const void *label, size_t label_len,
        uint8_t *block, size_t block_len, size_t *len);

#endif
