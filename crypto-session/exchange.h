/* SPDX-License-Identifier: MIT */
/**
 * What the 256 bytes of an exchange carry: the 16-byte session key of a crypto session or a
 * channel (page PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE), or OPM's 40 bytes with the random
 * number that the driver gave out (page DxgkDdiOPMSetSigningKeyAndSequenceNumbers).
 */
#ifndef CRYPTO_SESSION_EXCHANGE_H
#define CRYPTO_SESSION_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/key.h"
#include "crypto/oaep.h"

enum { VIT_SESSION_KEY_LEN = 16, VIT_OPM_PLAINTEXT_LEN = 40 };

/**
 * @param session_key  secret memory; all zero on failure
 * @return VIT_E_REFUSED  padding, length: one answer for all; VIT_E_IO the key's token failed
 */
VIT_RESULT vit_exchange_session_key(struct vit_private_key *key,
        const uint8_t block[VIT_OAEP_BLOCK_LEN], uint8_t session_key[VIT_SESSION_KEY_LEN]);

/* What FinishInitialization establishes. Secret. */
struct vit_opm_exchange {
    uint8_t signing_key[VIT_SESSION_KEY_LEN];
    uint32_t status_sequence;
    uint32_t command_sequence;
    uint8_t plaintext[VIT_OAEP_MAX_LEN]; /* scratch, wiped before return */
    size_t len;                          /* of it */
};

/**
 * A plaintext of 40 to 126 bytes: random number, signing key, first status and command sequence
 * numbers (little-endian); what follows is ignored, as published.
 *
 * @param random  the number that StartInitialization gave out
 * @param opm     secret memory; all zero on failure
 * @return VIT_E_REFUSED  padding, length, another random number; VIT_E_IO
 */
VIT_RESULT vit_exchange_opm(struct vit_private_key *key, const uint8_t block[VIT_OAEP_BLOCK_LEN],
        const uint8_t random[16], struct vit_opm_exchange *opm);
/* Its halves, for whoever has the key and whoever has the random number: the first leaves plaintext
 * and len, the second looks at them. */
VIT_RESULT vit_exchange_opm_unwrap(struct vit_private_key *key,
        const uint8_t block[VIT_OAEP_BLOCK_LEN], struct vit_opm_exchange *opm);
VIT_RESULT vit_exchange_opm_read(struct vit_opm_exchange *opm, size_t len,
        const uint8_t random[16]);

#endif
