/* SPDX-License-Identifier: MIT */
#include "crypto/curve.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>
#include <strings.h>

#include "crypto/agree_impl.h"

VIT_DEFINE_AUTO(bignum, BIGNUM *, BN_clear_free)
VIT_DEFINE_AUTO(ec_group, EC_GROUP *, EC_GROUP_free)
VIT_DEFINE_AUTO(ec_point, EC_POINT *, EC_POINT_free)
VIT_DEFINE_AUTO(pkey, EVP_PKEY *, EVP_PKEY_free)
VIT_DEFINE_AUTO(pkey_ctx, EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

static const struct vit_curve curves[] = {
    { "nistP256", "prime256v1", 256, 256 },
    { "nistP384", "secp384r1", 384, 384 },
    { "nistP521", "secp521r1", 521, 521 },
    { "curve25519", NULL, 255, 256 },
    { "nistP192", "prime192v1", 192, 192 },
    { "nistP224", "secp224r1", 224, 224 },
    { "brainpoolP160r1", "brainpoolP160r1", 160, 160 },
    { "brainpoolP160t1", "brainpoolP160t1", 160, 160 },
    { "brainpoolP192r1", "brainpoolP192r1", 192, 192 },
    { "brainpoolP192t1", "brainpoolP192t1", 192, 192 },
    { "brainpoolP224r1", "brainpoolP224r1", 224, 224 },
    { "brainpoolP224t1", "brainpoolP224t1", 224, 224 },
    { "brainpoolP256r1", "brainpoolP256r1", 256, 256 },
    { "brainpoolP256t1", "brainpoolP256t1", 256, 256 },
    { "brainpoolP320r1", "brainpoolP320r1", 320, 320 },
    { "brainpoolP320t1", "brainpoolP320t1", 320, 320 },
    { "brainpoolP384r1", "brainpoolP384r1", 384, 384 },
    { "brainpoolP384t1", "brainpoolP384t1", 384, 384 },
    { "brainpoolP512r1", "brainpoolP512r1", 512, 512 },
    { "brainpoolP512t1", "brainpoolP512t1", 512, 512 },
    { "secP160k1", "secp160k1", 160, 161 },
    { "secP160r1", "secp160r1", 160, 161 },
    { "secP160r2", "secp160r2", 160, 161 },
    { "secP192k1", "secp192k1", 192, 192 },
    { "secP192r1", "prime192v1", 192, 192 },
    { "secP224k1", "secp224k1", 224, 225 },
    { "secP224r1", "secp224r1", 224, 224 },
    { "secP256k1", "secp256k1", 256, 256 },
    { "secP256r1", "prime256v1", 256, 256 },
    { "secP384r1", "secp384r1", 384, 384 },
    { "secP521r1", "secp521r1", 521, 521 },
    { "wtls7", "wap-wsg-idm-ecid-wtls7", 160, 161 },
    { "wtls9", "wap-wsg-idm-ecid-wtls9", 160, 161 },
    { "wtls12", "wap-wsg-idm-ecid-wtls12", 224, 224 },
    { "x962P192v1", "prime192v1", 192, 192 },
    { "x962P192v2", "prime192v2", 192, 192 },
    { "x962P192v3", "prime192v3", 192, 192 },
    { "x962P239v1", "prime239v1", 239, 239 },
    { "x962P239v2", "prime239v2", 239, 239 },
    { "x962P239v3", "prime239v3", 239, 239 },
    { "x962P256v1", "prime256v1", 256, 256 },
};

enum { CURVE_COUNT = sizeof(curves) / sizeof(curves[0]), X25519_LEN = 32 };

/* Points that curve25519 multiplies to zero, below its prime (0 and 1 are told apart by code). */
static const uint8_t small_order[][X25519_LEN] = {
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
            0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f,
            0x49, 0xb8, 0x00 },
    { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
            0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0,
            0x9f, 0x11, 0x57 },
    { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0x7f },
};

static bool is_montgomery(const struct vit_curve *curve)
{
    return curve->group == NULL;
}

static EC_GROUP *open_group(const struct vit_curve *curve)
{
    int nid = OBJ_txt2nid(curve->group);
    return nid == NID_undef ? NULL : EC_GROUP_new_by_curve_name_ex(NULL, NULL, nid);
}

static bool is_there(const struct vit_curve *curve)
{
    if (is_montgomery(curve)) {
        return true;
    }
    ERR_set_mark();
    VIT_AUTO(ec_group) group = open_group(curve);
    ERR_pop_to_mark();
    return group != NULL;
}

const struct vit_curve *vit_curve_at(size_t index)
{
    return index < CURVE_COUNT ? &curves[index] : NULL;
}

const struct vit_curve *vit_curve_find(const char *name)
{
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        if (strcasecmp(curves[i].name, name) == 0) {
            return is_there(&curves[i]) ? &curves[i] : NULL;
        }
    }
    return NULL;
}

size_t vit_curve_len(const struct vit_curve *curve)
{
    return (curve->bits + 7) / 8;
}

size_t vit_curve_order_len(const struct vit_curve *curve)
{
    return (curve->order_bits + 7) / 8;
}

const struct vit_curve *vit_curve_of(const struct vit_agree_key *key)
{
    return key->named;
}

/* The first of the entries that name one group. */
static const struct vit_curve *group_of(const struct vit_curve *curve)
{
    const struct vit_curve *first = curves;
    while (!is_montgomery(curve) &&
            (is_montgomery(first) || strcmp(first->group, curve->group) != 0)) {
        first++;
    }
    return is_montgomery(curve) ? curve : first;
}

bool vit_curve_same(const struct vit_curve *a, const struct vit_curve *b)
{
    return group_of(a) == group_of(b);
}

static enum vit_status adopt(EVP_PKEY *pkey, const struct vit_curve *curve, bool is_private,
        struct vit_agree_key **key)
{
    VIT_TRY(vit_agree_key_adopt(pkey, vit_curve_len(curve), is_private, key));
    (*key)->group = group_of(curve);
    (*key)->named = curve;
    return VIT_OK;
}

enum vit_status vit_curve_generate(const struct vit_curve *curve, struct vit_agree_key **key)
{
    ERR_set_mark();
    EVP_PKEY *pkey = is_montgomery(curve) ? EVP_PKEY_Q_keygen(NULL, NULL, "X25519")
                                          : EVP_EC_gen(curve->group);
    ERR_pop_to_mark();
    return pkey == NULL ? VIT_E_NOMEM : adopt(pkey, curve, true, key);
}

static EVP_PKEY *from_data(const char *type, int selection, OSSL_PARAM *params)
{
    EVP_PKEY *pkey = NULL;
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
            EVP_PKEY_fromdata(ctx, &pkey, selection, params) <= 0) {
        return NULL;
    }
    return pkey;
}

static bool is_all_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

/* 2^255 - 19, and all above it. */
static bool reaches_prime_25519(const uint8_t *x)
{
    if ((x[31] & 0x80) != 0) {
        return true;
    }
    if (x[31] != 0x7f || x[0] < 0xed) {
        return false;
    }
    for (size_t i = 1; i < 31; i++) {
        if (x[i] != 0xff) {
            return false;
        }
    }
    return true;
}

static bool has_small_order(const uint8_t *x)
{
    if (x[0] <= 1 && is_all_zero(x + 1, X25519_LEN - 1)) {
        return true;
    }
    for (size_t i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++) {
        if (memcmp(x, small_order[i], X25519_LEN) == 0) {
            return true;
        }
    }
    return false;
}

static enum vit_status import_25519(const struct vit_curve *curve, enum vit_curve_checks checks,
        const uint8_t *x, struct vit_agree_key **key)
{
    if (reaches_prime_25519(x) || (checks == VIT_CURVE_CHECK_ALL && has_small_order(x))) {
        return VIT_E_REFUSED;
    }
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, x, X25519_LEN);
    return pkey == NULL ? VIT_E_NOMEM : adopt(pkey, curve, false, key);
}

/* Neither checks nor clamps are left to OpenSSL, which clamps a copy at each use. */
static bool is_clamped(const uint8_t *scalar)
{
    return (scalar[0] & 7) == 0 && (scalar[31] & 0xc0) == 0x40;
}

static enum vit_status import_private_25519(const struct vit_curve *curve, const uint8_t *x,
        const uint8_t *scalar, size_t scalar_len, struct vit_agree_key **key)
{
    if (scalar_len != X25519_LEN || !is_clamped(scalar)) {
        return VIT_E_REFUSED;
    }
    VIT_AUTO(pkey) pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, scalar, X25519_LEN);
    uint8_t public[X25519_LEN];
    size_t len = sizeof(public);
    if (pkey == NULL || EVP_PKEY_get_raw_public_key(pkey, public, &len) != 1) {
        return VIT_E_NOMEM;
    }
    if (!is_all_zero(x, X25519_LEN) && memcmp(x, public, X25519_LEN) != 0) {
        return VIT_E_REFUSED;
    }
    EVP_PKEY *moved = pkey;
    pkey = NULL;
    return adopt(moved, curve, true, key);
}

enum { POINT_MAX_LEN = 1 + 2 * VIT_CURVE_MAX_LEN };

/* Uncompressed. */
static size_t put_point(const struct vit_curve *curve, const uint8_t *x, const uint8_t *y,
        uint8_t point[POINT_MAX_LEN])
{
    size_t len = vit_curve_len(curve);
    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    memcpy(point + 1, x, len);
    memcpy(point + 1 + len, y, len);
    return 1 + 2 * len;
}

/* Refuses coordinates that reach the prime, and points beside the curve. */
static EVP_PKEY *make_public(const struct vit_curve *curve, const uint8_t *x, const uint8_t *y)
{
    uint8_t point[POINT_MAX_LEN];
    size_t point_len = put_point(curve, x, y, point);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve->group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, point_len),
        OSSL_PARAM_construct_end(),
    };
    return from_data("EC", EVP_PKEY_PUBLIC_KEY, params);
}

static bool is_point(EVP_PKEY *pkey)
{
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    return ctx != NULL && EVP_PKEY_public_check_quick(ctx) == 1;
}

static enum vit_status import_public(const struct vit_curve *curve, const uint8_t *x,
        const uint8_t *y, struct vit_agree_key **key)
{
    VIT_AUTO(pkey) pkey = make_public(curve, x, y);
    if (pkey == NULL || !is_point(pkey)) {
        return VIT_E_REFUSED;
    }
    EVP_PKEY *moved = pkey;
    pkey = NULL;
    return adopt(moved, curve, false, key);
}

enum vit_status vit_curve_import_public(const struct vit_curve *curve, enum vit_curve_checks checks,
        const uint8_t *x, const uint8_t *y, struct vit_agree_key **key)
{
    ERR_set_mark();
    enum vit_status status = is_montgomery(curve) ? import_25519(curve, checks, x, key)
                                                  : import_public(curve, x, y, key);
    ERR_pop_to_mark();
    return status;
}

/* The public point of a scalar that is in range. */
static enum vit_status multiply(const struct vit_curve *curve, const BIGNUM *scalar, uint8_t *x,
        uint8_t *y)
{
    VIT_AUTO(ec_group) group = open_group(curve);
    VIT_AUTO(ec_point) point = group == NULL ? NULL : EC_POINT_new(group);
    VIT_AUTO(bignum) at_x = BN_new();
    VIT_AUTO(bignum) at_y = BN_new();
    int len = (int)vit_curve_len(curve);
    if (point == NULL || at_x == NULL || at_y == NULL) {
        return VIT_E_NOMEM;
    }
    if (BN_is_zero(scalar) || BN_cmp(scalar, EC_GROUP_get0_order(group)) >= 0) {
        return VIT_E_REFUSED;
    }
    if (EC_POINT_mul(group, point, scalar, NULL, NULL, NULL) != 1 ||
            EC_POINT_get_affine_coordinates(group, point, at_x, at_y, NULL) != 1 ||
            BN_bn2binpad(at_x, x, len) != len || BN_bn2binpad(at_y, y, len) != len) {
        return VIT_E_NOMEM;
    }
    return VIT_OK;
}

static enum vit_status find_point(const struct vit_curve *curve, const uint8_t *scalar,
        size_t scalar_len, uint8_t *x, uint8_t *y)
{
    VIT_AUTO(bignum) number = BN_new();
    if (number == NULL || BN_bin2bn(scalar, (int)scalar_len, number) == NULL) {
        return VIT_E_NOMEM;
    }
    BN_set_flags(number, BN_FLG_CONSTTIME);
    return multiply(curve, number, x, y);
}

/* OpenSSL takes numbers in the machine's order. */
static EVP_PKEY *make_private(struct vit_slab *slab, const struct vit_curve *curve,
        const uint8_t *x, const uint8_t *y, const uint8_t *scalar, size_t scalar_len)
{
    uint8_t point[POINT_MAX_LEN];
    size_t point_len = put_point(curve, x, y, point);
    uint8_t *reversed = vit_slab_alloc(slab, scalar_len);
    if (reversed == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < scalar_len; i++) {
        reversed[i] = scalar[scalar_len - 1 - i];
    }
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve->group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, point_len),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, reversed, scalar_len),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *pkey = from_data("EC", EVP_PKEY_KEYPAIR, params);
    vit_slab_free(slab, reversed, scalar_len);
    return pkey;
}

static enum vit_status import_private(struct vit_slab *slab, const struct vit_curve *curve,
        const uint8_t *x, const uint8_t *y, const uint8_t *scalar, size_t scalar_len,
        struct vit_agree_key **key)
{
    size_t len = vit_curve_len(curve);
    uint8_t of_x[VIT_CURVE_MAX_LEN], of_y[VIT_CURVE_MAX_LEN];
    VIT_TRY(find_point(curve, scalar, scalar_len, of_x, of_y));
    bool given = !is_all_zero(x, len) || !is_all_zero(y, len);
    if (given && (memcmp(x, of_x, len) != 0 || memcmp(y, of_y, len) != 0)) {
        return VIT_E_REFUSED;
    }
    EVP_PKEY *pkey = make_private(slab, curve, of_x, of_y, scalar, scalar_len);
    return pkey == NULL ? VIT_E_NOMEM : adopt(pkey, curve, true, key);
}

enum vit_status vit_curve_import_private(struct vit_slab *slab, const struct vit_curve *curve,
        const uint8_t *x, const uint8_t *y, const uint8_t *scalar, size_t scalar_len,
        struct vit_agree_key **key)
{
    ERR_set_mark();
    enum vit_status status = is_montgomery(curve)
            ? import_private_25519(curve, x, scalar, scalar_len, key)
            : import_private(slab, curve, x, y, scalar, scalar_len, key);
    ERR_pop_to_mark();
    return status;
}

static enum vit_status get_number(const EVP_PKEY *pkey, const char *name, uint8_t *out, size_t len)
{
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(pkey, name, &number) != 1) {
        return VIT_E_NOMEM;
    }
    VIT_AUTO(bignum) owner = number;
    return BN_bn2binpad(owner, out, (int)len) == (int)len ? VIT_OK : VIT_E_LIMIT;
}

enum vit_status vit_curve_export_public(const struct vit_agree_key *key, uint8_t *x, uint8_t *y)
{
    size_t len = key->len;
    if (is_montgomery(key->named)) {
        memset(y, 0, len);
        return EVP_PKEY_get_raw_public_key(key->pkey, x, &len) == 1 ? VIT_OK : VIT_E_NOMEM;
    }
    VIT_TRY(get_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, x, len));
    return get_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, y, len);
}

enum vit_status vit_curve_export_private(const struct vit_agree_key *key, uint8_t *scalar,
        size_t len)
{
    if (!key->is_private) {
        return VIT_E_ARG;
    }
    if (!is_montgomery(key->named)) {
        return get_number(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, scalar, len);
    }
    if (len != X25519_LEN) {
        return VIT_E_LIMIT;
    }
    return EVP_PKEY_get_raw_private_key(key->pkey, scalar, &len) == 1 ? VIT_OK : VIT_E_NOMEM;
}

static bool put_number(const BIGNUM *number, uint8_t *out, size_t len)
{
    return number != NULL && BN_bn2binpad(number, out, (int)len) == (int)len;
}

static bool put_equation(const EC_GROUP *group, size_t len, struct vit_curve_parameters *out)
{
    VIT_AUTO(bignum) p = BN_new();
    VIT_AUTO(bignum) a = BN_new();
    VIT_AUTO(bignum) b = BN_new();
    return p != NULL && a != NULL && b != NULL && EC_GROUP_get_curve(group, p, a, b, NULL) == 1 &&
            put_number(p, out->p, len) && put_number(a, out->a, len) && put_number(b, out->b, len);
}

static bool put_generator(const EC_GROUP *group, size_t len, struct vit_curve_parameters *out)
{
    VIT_AUTO(bignum) x = BN_new();
    VIT_AUTO(bignum) y = BN_new();
    const EC_POINT *point = EC_GROUP_get0_generator(group);
    return x != NULL && y != NULL &&
            EC_POINT_get_affine_coordinates(group, point, x, y, NULL) == 1 &&
            put_number(x, out->x, len) && put_number(y, out->y, len);
}

static void put_seed(const EC_GROUP *group, struct vit_curve_parameters *out)
{
    size_t len = EC_GROUP_get_seed_len(group);
    if (len > 0 && len <= sizeof(out->seed)) {
        memcpy(out->seed, EC_GROUP_get0_seed(group), len);
        out->seed_len = len;
    }
}

enum vit_status vit_curve_get_parameters(const struct vit_curve *curve,
        struct vit_curve_parameters *parameters)
{
    if (is_montgomery(curve)) {
        return VIT_E_UNSUPPORTED;
    }
    VIT_AUTO(ec_group) group = open_group(curve);
    size_t len = vit_curve_len(curve);
    *parameters = (struct vit_curve_parameters){ .cofactor = 1 };
    if (group == NULL || !put_equation(group, len, parameters) ||
            !put_generator(group, len, parameters) ||
            !put_number(EC_GROUP_get0_order(group), parameters->order,
                    vit_curve_order_len(curve)) ||
            !BN_is_one(EC_GROUP_get0_cofactor(group))) {
        return VIT_E_NOMEM;
    }
    put_seed(group, parameters);
    return VIT_OK;
}
