/* SPDX-License-Identifier: MIT */
#include "crypto-session/omac.h"

#include <string.h>

#include "crypto/digest.h"

enum vit_status vit_omac_check(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        const void *message, size_t len)
{
    uint8_t tag[VIT_OMAC_LEN];
    if (len < VIT_OMAC_LEN) {
        return VIT_E_REFUSED;
    }
    const uint8_t *signed_part = (const uint8_t *)message + VIT_OMAC_LEN;
    VIT_TRY(vit_cmac(cipher, key, signed_part, len - VIT_OMAC_LEN, tag));
    return vit_equal(tag, message, VIT_OMAC_LEN) ? VIT_OK : VIT_E_REFUSED;
}

enum vit_status vit_omac_sign(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        void *message, size_t len)
{
    uint8_t *bytes = message;
    memset(bytes, 0, VIT_OMAC_LEN);
    uint8_t tag[VIT_OMAC_LEN];
    VIT_TRY(vit_cmac(cipher, key, bytes + VIT_OMAC_LEN, len - VIT_OMAC_LEN, tag));
    memcpy(bytes, tag, VIT_OMAC_LEN);
    return VIT_OK;
}

enum vit_status vit_growing_sequence_take(struct vit_growing_sequence *sequence, uint32_t number)
{
    if (number < sequence->next) {
        return VIT_E_REFUSED;
    }
    sequence->next = (uint64_t)number + 1;
    return VIT_OK;
}

enum vit_status vit_equal_sequence_take(struct vit_equal_sequence *sequence, uint32_t number)
{
    if (number != sequence->next) {
        return VIT_E_REFUSED;
    }
    sequence->next++;
    return VIT_OK;
}
