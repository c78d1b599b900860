/* SPDX-License-Identifier: MIT */
/**
 * DSA with SHA-1, a modulus of 1024 and a group of 160 bits, to verify only: what lists of revoked
 * HDCP receivers are signed with, and nothing else here.
 */
#ifndef CRYPTO_DSA_H
#define CRYPTO_DSA_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"

enum { VIT_DSA_SIGNATURE_LEN = 40, VIT_DSA_PEM_MAX_LEN = 16384 };

struct vit_dsa_key;

/* A public key in PEM. @return VIT_E_REFUSED it is none of that kind, VIT_E_NOMEM */
VIT_RESULT vit_dsa_key_read(const void *pem, size_t len, struct vit_dsa_key **key);
void vit_dsa_key_destroy(struct vit_dsa_key *key);
VIT_DEFINE_AUTO(dsa_key, struct vit_dsa_key *, vit_dsa_key_destroy)

/* @param signature  r and s, 160 bits each, most significant byte first
 * @return VIT_E_REFUSED not of this key over these bytes */
VIT_RESULT vit_dsa_verify(const struct vit_dsa_key *key, const void *bytes, size_t len,
        const uint8_t signature[VIT_DSA_SIGNATURE_LEN]);

#endif
