/* SPDX-License-Identifier: MIT */
/**
 * ECDSA with keys of crypto/curve.h: a signature is the two numbers r and s, big-endian and padded to
 * the left. curve25519 does not sign.
 */
#ifndef CRYPTO_ECDSA_H
#define CRYPTO_ECDSA_H

#include "crypto/curve.h"

/* Of the longest signature. */
enum { VIT_ECDSA_MAX_LEN = 2 * VIT_CURVE_MAX_LEN };

/* Bytes of a signature: both numbers have the width of the curve's order or of its field, whichever
 * is wider (some curves of 160 and 224 bits have an order of one bit more). */
size_t vit_ecdsa_len(const struct vit_curve *curve);

/**
 * Of a digest that is longer than the order, its first bits are signed.
 *
 * @param signature  vit_ecdsa_len() bytes, written on VIT_OK only
 * @return VIT_E_ARG          not a private key, or no digest
 *         VIT_E_UNSUPPORTED  curve25519
 */
VIT_RESULT vit_ecdsa_sign(const struct vit_agree_key *key, const void *digest, size_t len,
        uint8_t *signature);

/* @return VIT_E_ARG no digest; VIT_E_REFUSED no signature of this digest; VIT_E_UNSUPPORTED */
VIT_RESULT vit_ecdsa_verify(const struct vit_agree_key *key, const void *digest, size_t len,
        const uint8_t *signature, size_t signature_len);

#endif
