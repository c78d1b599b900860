/* SPDX-License-Identifier: MIT */
/**
 * A list of revoked HDCP receivers: the System Renewability Message of the HDCP 1.x specification,
 * first generation. All numbers are big-endian:
 *
 *   4 bits   8: the identifier of such a message; then 12 bits that are zero here or reserved
 *   2 bytes  version
 *   1 byte   generation, from 1 on
 *   3 bytes  length of what follows in bytes, with these three and the signature
 *   any      vectors: 1 reserved bit, 7 bits count, then as many key selection vectors of 5 bytes
 *   40 bytes signature over all that precedes it: DSA with SHA-1, r and s
 *
 * Later generations go on behind that with what the first does not know, and it does not look there.
 */
#ifndef CRYPTO_SESSION_SRM_H
#define CRYPTO_SESSION_SRM_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/dsa.h"

enum { VIT_SRM_KSV_LEN = 5, VIT_SRM_FIRST_MAX_LEN = 5120 };

struct vit_srm {
    uint16_t version;
    uint8_t *ksvs; /* count of them in a row, most significant byte first; owned */
    size_t count;
};

/* @param key  NULL: nobody's signature counts
 * @return VIT_E_REFUSED it is none, or not signed with this key; VIT_E_NOMEM */
VIT_RESULT vit_srm_read(const uint8_t *bytes, size_t len, const struct vit_dsa_key *key,
        struct vit_srm *srm);
void vit_srm_finish(struct vit_srm *srm);

#endif
