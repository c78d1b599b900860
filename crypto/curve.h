/* SPDX-License-Identifier: MIT */
/**
 * Named curves with prime fields, and keys on them from and to numbers of fixed width: big-endian
 * and padded to the left; of curve25519 as RFC 7748 writes them.
 *
 * All curves but curve25519 have the cofactor 1: a point on the curve that is not the infinite one
 * is in the right subgroup.
 */
#ifndef CRYPTO_CURVE_H
#define CRYPTO_CURVE_H

#include "base/secret.h"
#include "crypto/agree.h"

/* Bytes of the widest coordinate, and of the widest scalar: 521 bits. */
enum { VIT_CURVE_MAX_LEN = 66 };

struct vit_curve {
    const char *name;  /* as CNG has it: "nistP256", "curve25519" */
    const char *group; /* OpenSSL's name; NULL: a Montgomery curve, with X coordinates only */
    unsigned bits;     /* of the field */
    unsigned order_bits;
};

/* NULL: none of that name, or not in this build of OpenSSL. The name may have any case. */
const struct vit_curve *vit_curve_find(const char *name);
/* NULL behind the last. In order of the table, those included that OpenSSL may not have. */
const struct vit_curve *vit_curve_at(size_t index);

/* One group, whatever the names. */
bool vit_curve_same(const struct vit_curve *a, const struct vit_curve *b);

/* Bytes. */
size_t vit_curve_len(const struct vit_curve *curve);
size_t vit_curve_order_len(const struct vit_curve *curve);

VIT_RESULT vit_curve_generate(const struct vit_curve *curve, struct vit_agree_key **key);

/* What was checked by somebody else. A point has to be on its curve all the same. */
enum vit_curve_checks { VIT_CURVE_CHECK_ALL, VIT_CURVE_CHECK_LITTLE };

/**
 * @param x, y  vit_curve_len() bytes each; y of curve25519 is not looked at
 * @return VIT_E_REFUSED not smaller than the field's prime, not on the curve, or, unless only a
 *                       little is to be checked, a point of curve25519 with a small order
 */
VIT_RESULT vit_curve_import_public(const struct vit_curve *curve, enum vit_curve_checks checks,
        const uint8_t *x, const uint8_t *y, struct vit_agree_key **key);

/**
 * @param slab    for the scalar on its way; OpenSSL's own copy is not in it
 * @param x, y    as above; both all zero: made of the scalar, else they must belong to it
 * @param scalar  scalar_len bytes; at least 1 and less than the order; of curve25519 with the bits
 *                set and cleared that RFC 7748 demands
 * @return VIT_E_REFUSED anything of that does not hold
 */
VIT_RESULT vit_curve_import_private(struct vit_slab *slab, const struct vit_curve *curve,
        const uint8_t *x, const uint8_t *y, const uint8_t *scalar, size_t scalar_len,
        struct vit_agree_key **key);

const struct vit_curve *vit_curve_of(const struct vit_agree_key *key);

/* vit_curve_len() bytes each; y of curve25519 is zero. */
VIT_RESULT vit_curve_export_public(const struct vit_agree_key *key, uint8_t *x, uint8_t *y);

/* @return VIT_E_ARG not a private key; VIT_E_LIMIT longer than len */
VIT_RESULT vit_curve_export_private(const struct vit_agree_key *key, uint8_t *scalar, size_t len);

/* Of a curve with prime field: y^2 = x^3 + ax + b; fixed width, seed_len may be 0. */
struct vit_curve_parameters {
    uint8_t p[VIT_CURVE_MAX_LEN], a[VIT_CURVE_MAX_LEN], b[VIT_CURVE_MAX_LEN];
    uint8_t x[VIT_CURVE_MAX_LEN], y[VIT_CURVE_MAX_LEN]; /* of the generator */
    uint8_t order[VIT_CURVE_MAX_LEN];
    uint8_t cofactor;
    uint8_t seed[VIT_CURVE_MAX_LEN];
    size_t seed_len;
};

/* @return VIT_E_UNSUPPORTED curve25519 */
VIT_RESULT vit_curve_get_parameters(const struct vit_curve *curve,
        struct vit_curve_parameters *parameters);

#endif
