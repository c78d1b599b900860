/* SPDX-License-Identifier: MIT */
#include "crypto-session/srm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    IDENTIFIER = 0x80,
    VERSION_AT = 2,
    GENERATION_AT = 4,
    LENGTH_AT = 5,
    VECTORS_AT = 8,
    COUNT_MASK = 0x7f,
};

/* The first generation's part: the vectors lie between VECTORS_AT and the end. */
static bool find_vectors(const uint8_t *bytes, size_t len, size_t *end)
{
    if (len < VECTORS_AT + VIT_DSA_SIGNATURE_LEN || bytes[0] != IDENTIFIER ||
            bytes[GENERATION_AT] == 0) {
        return false;
    }
    const uint8_t *at = bytes + LENGTH_AT;
    size_t first_len = LENGTH_AT + ((size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2]);
    bool fits = bytes[GENERATION_AT] == 1 ? first_len == len : first_len <= len;
    if (!fits || first_len < VECTORS_AT + VIT_DSA_SIGNATURE_LEN ||
            first_len > VIT_SRM_FIRST_MAX_LEN) {
        return false;
    }
    *end = first_len - VIT_DSA_SIGNATURE_LEN;
    return true;
}

/* They fill their room exactly. */
static bool collect(const uint8_t *at, size_t left, struct vit_srm *srm)
{
    while (left > 0) {
        size_t count = at[0] & COUNT_MASK;
        size_t len = count * VIT_SRM_KSV_LEN;
        if (len > left - 1) {
            return false;
        }
        if (len > 0) {
            memcpy(srm->ksvs + srm->count * VIT_SRM_KSV_LEN, at + 1, len);
        }
        srm->count += count;
        at += 1 + len;
        left -= 1 + len;
    }
    return true;
}

enum vit_status vit_srm_read(const uint8_t *bytes, size_t len, const struct vit_dsa_key *key,
        struct vit_srm *out)
{
    size_t end;
    if (key == NULL || !find_vectors(bytes, len, &end)) {
        return VIT_E_REFUSED;
    }
    VIT_TRY(vit_dsa_verify(key, bytes, end, bytes + end));
    struct vit_srm srm = {
        .version = (uint16_t)(bytes[VERSION_AT] << 8 | bytes[VERSION_AT + 1]),
        .ksvs = malloc(end),
    };
    if (srm.ksvs == NULL) {
        return VIT_E_NOMEM;
    }
    if (!collect(bytes + VECTORS_AT, end - VECTORS_AT, &srm)) {
        vit_srm_finish(&srm);
        return VIT_E_REFUSED;
    }
    *out = srm;
    return VIT_OK;
}

void vit_srm_finish(struct vit_srm *srm)
{
    free(srm->ksvs);
    *srm = (struct vit_srm){ 0 };
}
