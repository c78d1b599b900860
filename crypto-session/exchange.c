/* SPDX-License-Identifier: MIT */
#include "crypto-session/exchange.h"

#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/digest.h"

enum vit_status vit_exchange_session_key(struct vit_private_key *key,
        const uint8_t block[VIT_OAEP_BLOCK_LEN], uint8_t session_key[VIT_SESSION_KEY_LEN])
{
    size_t len;
    return vit_oaep_unwrap(key, block, session_key, VIT_SESSION_KEY_LEN, VIT_SESSION_KEY_LEN, &len);
}

static enum vit_status read_opm(struct vit_opm_exchange *opm, size_t len, const uint8_t random[16])
{
    struct vit_reader in;
    vit_reader_init(&in, opm->plaintext, len);
    const uint8_t *echoed = vit_get_span(&in, 16);
    vit_get_bytes(&in, opm->signing_key, sizeof(opm->signing_key));
    opm->status_sequence = vit_get_u32(&in);
    opm->command_sequence = vit_get_u32(&in);
    if (!vit_reader_ok(&in) || !vit_equal(echoed, random, 16)) {
        return VIT_E_REFUSED;
    }
    return VIT_OK;
}

enum vit_status vit_exchange_opm_read(struct vit_opm_exchange *opm, size_t len,
        const uint8_t random[16])
{
    enum vit_status status = read_opm(opm, len, random);
    vit_wipe(opm->plaintext, sizeof(opm->plaintext));
    if (status != VIT_OK) {
        vit_wipe(opm, sizeof(*opm));
    }
    return status;
}

enum vit_status vit_exchange_opm_unwrap(struct vit_private_key *key,
        const uint8_t block[VIT_OAEP_BLOCK_LEN], struct vit_opm_exchange *opm)
{
    return vit_oaep_unwrap(key, block, opm->plaintext, VIT_OPM_PLAINTEXT_LEN, VIT_OAEP_MAX_LEN,
            &opm->len);
}

enum vit_status vit_exchange_opm(struct vit_private_key *key,
        const uint8_t block[VIT_OAEP_BLOCK_LEN], const uint8_t random[16],
        struct vit_opm_exchange *opm)
{
    enum vit_status status = vit_exchange_opm_unwrap(key, block, opm);
    if (status == VIT_OK) {
        return vit_exchange_opm_read(opm, opm->len, random);
    }
    vit_wipe(opm, sizeof(*opm));
    return status;
}
