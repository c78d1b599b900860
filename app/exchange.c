/* SPDX-License-Identifier: MIT */
#include "vitrine.h"

#include "app/device.h"
#include "app/status.h"
#include "base/bytes.h"
#include "crypto-session/exchange.h"
#include "crypto/oaep.h"
#include "crypto/random.h"

_Static_assert((int)VITRINE_BLOCK_LEN == (int)VIT_OAEP_BLOCK_LEN, "same length");
_Static_assert((int)VITRINE_PLAINTEXT_MAX == (int)VIT_OAEP_MAX_LEN, "same length");
_Static_assert((int)VITRINE_OPM_PLAINTEXT_LEN == (int)VIT_OPM_PLAINTEXT_LEN, "same length");

VITRINE_RESULT vitrine_random(void *bytes, size_t len)
{
    return bytes != NULL ? vitrine_status_of(vit_random(bytes, len)) : VITRINE_E_ARG;
}

VITRINE_RESULT vitrine_exchange_block(const struct vitrine_device *device, const void *plaintext,
        size_t len, uint8_t block[VITRINE_BLOCK_LEN])
{
    if (device == NULL || plaintext == NULL || block == NULL || len > VITRINE_PLAINTEXT_MAX) {
        return VITRINE_E_ARG;
    }
    return vitrine_status_of(vit_oaep_wrap(device->verified.key, plaintext, len, block));
}

VITRINE_RESULT vitrine_opm_plaintext(const struct vitrine_opm_start *start,
        uint8_t plaintext[VITRINE_OPM_PLAINTEXT_LEN])
{
    if (start == NULL || plaintext == NULL) {
        return VITRINE_E_ARG;
    }
    struct vit_writer writer;
    vit_writer_init(&writer, plaintext, VITRINE_OPM_PLAINTEXT_LEN);
    vit_put_bytes(&writer, start->random, sizeof(start->random));
    vit_put_bytes(&writer, start->signing_key, sizeof(start->signing_key));
    vit_put_u32(&writer, start->status_sequence);
    vit_put_u32(&writer, start->command_sequence);
    return VITRINE_OK;
}
