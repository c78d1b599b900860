/* SPDX-License-Identifier: MIT */
/* From what BCrypt says of paddings to mechanisms of PKCS#11. */
#ifndef CNG_KSP_TOKEN_MECHANISM_H
#define CNG_KSP_TOKEN_MECHANISM_H

#include "cng/ksp/token/key.h"
#include "crypto/hash.h"

enum {
    VIT_TOKEN_MAX_SIGNATURE_LEN = 2048, /* RSA of 16384 bits */
    VIT_TOKEN_MAX_DATA_LEN = 2048,
};

/* Points into itself: not to be copied. */
struct vit_token_mechanism {
    struct ck_mechanism mechanism;
    bool known; /* OAEP: there is a mechanism with this hash at all */
    union {
        struct ck_rsa_pkcs_oaep_params oaep;
        struct ck_rsa_pkcs_pss_params pss;
    };
    enum vit_hash_id hash; /* OAEP */
    const void *label;
    size_t label_len;
    uint8_t data[VIT_TOKEN_MAX_DATA_LEN]; /* what is signed: with PKCS1 a DigestInfo */
    size_t data_len;
};

/* @return NTE_INVALID_PARAMETER, NTE_BAD_FLAGS, NTE_NOT_SUPPORTED no such hash */
SECURITY_STATUS vit_token_mechanism_decrypt(const void *padding, ULONG flags,
        struct vit_token_mechanism *mechanism);
SECURITY_STATUS vit_token_mechanism_sign(const struct vit_ksp_material *material,
        const void *padding, ULONG flags, const uint8_t *hash, size_t hash_len,
        struct vit_token_mechanism *mechanism);

#endif
