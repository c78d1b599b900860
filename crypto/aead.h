/* SPDX-License-Identifier: MIT */
/* AES-256-GCM, in one go: bytes that nobody without the key reads or changes unseen. */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { VIT_AEAD_KEY_LEN = 32, VIT_AEAD_NONCE_LEN = 12, VIT_AEAD_TAG_LEN = 16 };

/**
 * @param nonce   never used before with this key
 * @param extra   not encrypted, but must be the same when it is opened
 * @param sealed  len + VIT_AEAD_TAG_LEN bytes; may be plain
 * @return VIT_E_ARG longer than OpenSSL takes at once (2 GiB)
 */
VIT_RESULT vit_aead_seal(const uint8_t key[VIT_AEAD_KEY_LEN],
        const uint8_t nonce[VIT_AEAD_NONCE_LEN], const void *extra, size_t extra_len,
        const void *plain, size_t len, uint8_t *sealed);

/**
 * @param plain  sealed_len - VIT_AEAD_TAG_LEN bytes; all zero unless VIT_OK
 * @return VIT_E_REFUSED another key or nonce, or bytes that were changed or are missing
 */
VIT_RESULT vit_aead_open(const uint8_t key[VIT_AEAD_KEY_LEN],
        const uint8_t nonce[VIT_AEAD_NONCE_LEN], const void *extra, size_t extra_len,
        const uint8_t *sealed, size_t sealed_len, uint8_t *plain);

#endif
