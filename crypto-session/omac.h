/* SPDX-License-Identifier: MIT */
/**
 * Signed messages of channels and OPM: the first 16 bytes are the OMAC-1 of all that follows, padding
 * included (pages OPM_OMAC, D3D11_1DDI_OMAC). And the two rules by which their numbers go on.
 */
#ifndef CRYPTO_SESSION_OMAC_H
#define CRYPTO_SESSION_OMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/cipher.h"

enum { VIT_OMAC_LEN = 16 };

/* Compares in constant time. @return VIT_E_REFUSED another tag, or no room for one; VIT_E_NOMEM */
VIT_RESULT vit_omac_check(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        const void *message, size_t len);
/* Writes the tag. On failure it is zero. */
VIT_RESULT vit_omac_sign(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN], void *message,
        size_t len);

/* Channels: a number is accepted when it is not below the next one; the numbers end at 2^32. */
struct vit_growing_sequence {
    uint64_t next;
};
/* @return VIT_E_REFUSED and nothing changes, or the sequence moves behind number */
VIT_RESULT vit_growing_sequence_take(struct vit_growing_sequence *sequence, uint32_t number);

/* OPM: a number is accepted when it is the next one; behind 2^32 - 1 comes 0. */
struct vit_equal_sequence {
    uint32_t next;
};
VIT_RESULT vit_equal_sequence_take(struct vit_equal_sequence *sequence, uint32_t number);

#endif
