/* SPDX-License-Identifier: MIT */
/**
 * Diffie-Hellman over finite fields: groups given by their prime and generator, and keys in them.
 * All numbers are big-endian, padded to the left to the length of the prime.
 */
#ifndef CRYPTO_DH_H
#define CRYPTO_DH_H

#include "base/secret.h"
#include "crypto/agree.h"

/* In bits. */
enum { VIT_DH_MIN_BITS = 512, VIT_DH_MAX_BITS = 4096 };

struct vit_dh_group {
    size_t len; /* of p and g */
    uint8_t p[VIT_AGREE_MAX_LEN];
    uint8_t g[VIT_AGREE_MAX_LEN];
};

/**
 * A safe prime and the generator 2: a published group (RFC 2409, 3526, 7919) where there is one.
 *
 * @return VIT_E_UNSUPPORTED  none is published for so many bits, and a new one would take long
 */
VIT_RESULT vit_dh_group_of_bits(unsigned bits, struct vit_dh_group *group);

/* @return VIT_E_REFUSED even, of a first byte 0, too short or long, or a generator not in 2..p-2 */
VIT_RESULT vit_dh_group_check(const struct vit_dh_group *group);

/* Of a group that was checked. */
VIT_RESULT vit_dh_generate(const struct vit_dh_group *group, struct vit_agree_key **key);

enum vit_dh_checks { VIT_DH_CHECK_ALL, VIT_DH_CHECK_LITTLE };

/**
 * @param y  group->len bytes
 * @return VIT_E_REFUSED the group; a value that reaches the prime; or, unless only a little is to
 *                       be checked, not in 2..p-2, or outside the subgroup where that is known
 */
VIT_RESULT vit_dh_import_public(const struct vit_dh_group *group, enum vit_dh_checks checks,
        const uint8_t *y, struct vit_agree_key **key);

/**
 * @param slab  for the private value on its way; OpenSSL's own copy is not in it
 * @param x     group->len bytes; in 1..p-2
 * @return VIT_E_REFUSED as above, or y does not belong to x
 */
VIT_RESULT vit_dh_import_private(struct vit_slab *slab, const struct vit_dh_group *group,
        const uint8_t *y, const uint8_t *x, struct vit_agree_key **key);

VIT_RESULT vit_dh_export_public(const struct vit_agree_key *key, uint8_t *y);
/* @return VIT_E_ARG not a private key */
VIT_RESULT vit_dh_export_private(const struct vit_agree_key *key, uint8_t *x);
VIT_RESULT vit_dh_export_group(const struct vit_agree_key *key, struct vit_dh_group *group);

#endif
