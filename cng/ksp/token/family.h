/* SPDX-License-Identifier: MIT */
/* Algorithms as CNG and as PKCS#11 have them, and public keys from the one to the other. */
#ifndef CNG_KSP_TOKEN_FAMILY_H
#define CNG_KSP_TOKEN_FAMILY_H

#include "cng/ksp/token/object.h"

struct vit_token_algorithm {
    LPCWSTR name;
    ck_key_type_t type;
    DWORD usage;          /* what keys of it can do: NCRYPT_ALLOW_... */
    DWORD bits;           /* of the curve; 0: any */
    DWORD magic;          /* of the public blob */
    const uint8_t *curve; /* its name as DER: CKA_EC_PARAMS */
    size_t curve_len;
};

extern const LPCWSTR vit_token_algorithm_names[];

/* NULL: none here. */
const struct vit_token_algorithm *vit_token_algorithm_of_name(LPCWSTR name);
/* Of a public key; NULL: none here. */
const struct vit_token_algorithm *vit_token_algorithm_of_object(struct vit_token_session *session,
        ck_object_handle_t object);

/* Bytes of a coordinate. */
static inline size_t vit_token_curve_len(const struct vit_token_algorithm *algorithm)
{
    return (algorithm->bits + 7) / 8;
}

struct vit_token_public {
    uint8_t *blob; /* BCRYPT_PUBLIC_KEY_BLOB's bytes; to be freed */
    DWORD len;
    DWORD bits;
};

/* @return NTE_BAD_KEY what the token says makes no key */
SECURITY_STATUS vit_token_public_of_object(struct vit_token_session *session,
        ck_object_handle_t object, const struct vit_token_algorithm *algorithm,
        struct vit_token_public *public);

/* Have both halves the same numbers, as far as the private one tells them? Of a curve it tells little.
 * @return NTE_NO_KEY they are no pair */
SECURITY_STATUS vit_token_compare_halves(struct vit_token_session *session,
        ck_object_handle_t public_object, ck_object_handle_t private_object, ck_key_type_t type);

/* Room for a point as it is, and as an octet string in DER. */
enum {
    VIT_TOKEN_MAX_POINT_LEN = 1 + 2 * 66,
    VIT_TOKEN_MAX_DER_POINT_LEN = VIT_TOKEN_MAX_POINT_LEN + 3
};

/* 04 x y; the same in DER. Both give the length. */
size_t vit_token_point(const uint8_t *x_and_y, size_t len, uint8_t point[VIT_TOKEN_MAX_POINT_LEN]);
size_t vit_token_der_point(const uint8_t *point, size_t len,
        uint8_t der[VIT_TOKEN_MAX_DER_POINT_LEN]);

#endif
