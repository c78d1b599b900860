/* SPDX-License-Identifier: MIT */
#include "crypto-session/omac.h"

#include "app/cipher.h"
#include "app/status.h"

_Static_assert((int)VITRINE_OMAC_LEN == (int)VIT_OMAC_LEN, "same length");

VITRINE_RESULT vitrine_omac_sign(struct vitrine_cipher *cipher, const uint8_t key[VITRINE_KEY_LEN],
        void *message, size_t len)
{
    if (cipher == NULL || key == NULL || message == NULL || len < VITRINE_OMAC_LEN) {
        return VITRINE_E_ARG;
    }
    return vitrine_status_of(vit_omac_sign(cipher->cipher, key, message, len));
}

VITRINE_RESULT vitrine_omac_check(struct vitrine_cipher *cipher, const uint8_t key[VITRINE_KEY_LEN],
        const void *message, size_t len)
{
    if (cipher == NULL || key == NULL || message == NULL) {
        return VITRINE_E_ARG;
    }
    return vitrine_status_of(vit_omac_check(cipher->cipher, key, message, len));
}
