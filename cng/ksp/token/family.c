/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/family.h"

#include <stdlib.h>
#include <string.h>

#include "cng/wide.h"

static const uint8_t p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
static const uint8_t p384[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 };
static const uint8_t p521[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23 };

#define ECDH(suffix, bits, curve)                                                                  \
    { BCRYPT_ECDH_##suffix##_ALGORITHM, CKK_EC, NCRYPT_ALLOW_KEY_AGREEMENT_FLAG, bits,             \
        BCRYPT_ECDH_PUBLIC_##suffix##_MAGIC, curve, sizeof(curve) }
#define ECDSA(suffix, bits, curve)                                                                 \
    { BCRYPT_ECDSA_##suffix##_ALGORITHM, CKK_EC, NCRYPT_ALLOW_SIGNING_FLAG, bits,                  \
        BCRYPT_ECDSA_PUBLIC_##suffix##_MAGIC, curve, sizeof(curve) }

static const struct vit_token_algorithm algorithms[] = {
    { BCRYPT_RSA_ALGORITHM, CKK_RSA, NCRYPT_ALLOW_DECRYPT_FLAG | NCRYPT_ALLOW_SIGNING_FLAG, 0,
            BCRYPT_RSAPUBLIC_MAGIC, NULL, 0 },
    { BCRYPT_DH_ALGORITHM, CKK_DH, NCRYPT_ALLOW_KEY_AGREEMENT_FLAG, 0, BCRYPT_DH_PUBLIC_MAGIC, NULL,
            0 },
    ECDH(P256, 256, p256),
    ECDH(P384, 384, p384),
    ECDH(P521, 521, p521),
    ECDSA(P256, 256, p256),
    ECDSA(P384, 384, p384),
    ECDSA(P521, 521, p521),
};

enum { ALGORITHM_COUNT = sizeof(algorithms) / sizeof(algorithms[0]) };

const LPCWSTR vit_token_algorithm_names[] = { BCRYPT_RSA_ALGORITHM, BCRYPT_DH_ALGORITHM,
    BCRYPT_ECDH_P256_ALGORITHM, BCRYPT_ECDH_P384_ALGORITHM, BCRYPT_ECDH_P521_ALGORITHM,
    BCRYPT_ECDSA_P256_ALGORITHM, BCRYPT_ECDSA_P384_ALGORITHM, BCRYPT_ECDSA_P521_ALGORITHM, NULL };

const struct vit_token_algorithm *vit_token_algorithm_of_name(LPCWSTR name)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        if (vit_wide_equal(algorithms[i].name, name)) {
            return &algorithms[i];
        }
    }
    return NULL;
}

static bool is_curve(const struct vit_token_algorithm *algorithm,
        const struct vit_token_value *curve)
{
    return algorithm->curve_len == curve->len &&
            (curve->len == 0 || memcmp(algorithm->curve, curve->bytes, curve->len) == 0);
}

static const struct vit_token_algorithm *match(ck_key_type_t type, DWORD usage,
        const struct vit_token_value *curve)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        const struct vit_token_algorithm *algorithm = &algorithms[i];
        bool is_it = algorithm->type == type && (algorithm->usage & usage) != 0;
        if (is_it && is_curve(algorithm, curve)) {
            return algorithm;
        }
    }
    return NULL;
}

/* One kind of EC key can do both, in PKCS#11: one that only verifies is ECDSA's. */
const struct vit_token_algorithm *vit_token_algorithm_of_object(struct vit_token_session *session,
        ck_object_handle_t object)
{
    VIT_AUTO(token_value) curve = { NULL, 0 };
    ck_key_type_t type = vit_token_read_number(session, object, CKA_KEY_TYPE);
    if (type != CKK_EC) {
        return match(type, NCRYPT_ALLOW_ALL_USAGES, &curve);
    }
    if (vit_token_read(session, object, CKA_EC_PARAMS, &curve) != ERROR_SUCCESS) {
        return NULL;
    }
    bool signs = vit_token_read_flag(session, object, CKA_VERIFY) &&
            !vit_token_read_flag(session, object, CKA_DERIVE);
    return match(type, signs ? NCRYPT_ALLOW_SIGNING_FLAG : NCRYPT_ALLOW_KEY_AGREEMENT_FLAG, &curve);
}

enum { MAX_MODULUS_LEN = 2048 };

static void strip(const struct vit_token_value *value, const uint8_t **bytes, size_t *len)
{
    *bytes = value->bytes;
    *len = value->len;
    while (*len > 0 && **bytes == 0) {
        (*bytes)++;
        (*len)--;
    }
}

static DWORD bits_of(const uint8_t *bytes, size_t len)
{
    DWORD bits = (DWORD)len * 8;
    for (unsigned mask = 0x80; len > 0 && mask != 0 && (bytes[0] & mask) == 0; mask >>= 1) {
        bits--;
    }
    return bits;
}

static SECURITY_STATUS make_blob(const void *header, size_t header_len, size_t body_len,
        struct vit_token_public *public, uint8_t **body)
{
    public->blob = calloc(1, header_len + body_len);
    if (public->blob == NULL) {
        return NTE_NO_MEMORY;
    }
    memcpy(public->blob, header, header_len);
    public->len = (DWORD)(header_len + body_len);
    *body = public->blob + header_len;
    return ERROR_SUCCESS;
}

/* To the right of len bytes that are zero. */
static void put_padded(const uint8_t *bytes, size_t bytes_len, uint8_t *out, size_t len)
{
    memcpy(out + len - bytes_len, bytes, bytes_len);
}

static SECURITY_STATUS read_both(struct vit_token_session *session, ck_object_handle_t object,
        ck_attribute_type_t first_type, struct vit_token_value *first,
        ck_attribute_type_t second_type, struct vit_token_value *second)
{
    SECURITY_STATUS status = vit_token_read(session, object, first_type, first);
    if (status == ERROR_SUCCESS) {
        status = vit_token_read(session, object, second_type, second);
    }
    return status == NTE_NOT_FOUND ? NTE_BAD_KEY : status;
}

static SECURITY_STATUS rsa_public(struct vit_token_session *session, ck_object_handle_t object,
        struct vit_token_public *public)
{
    VIT_AUTO(token_value) modulus = { NULL, 0 };
    VIT_AUTO(token_value) exponent = { NULL, 0 };
    SECURITY_STATUS status =
            read_both(session, object, CKA_MODULUS, &modulus, CKA_PUBLIC_EXPONENT, &exponent);
    if (status != ERROR_SUCCESS) {
        return status;
    }
    const uint8_t *n, *e;
    size_t n_len, e_len;
    strip(&modulus, &n, &n_len);
    strip(&exponent, &e, &e_len);
    if (n_len == 0 || e_len == 0 || e_len > n_len || n_len > MAX_MODULUS_LEN) {
        return NTE_BAD_KEY;
    }
    public->bits = bits_of(n, n_len);
    const BCRYPT_RSAKEY_BLOB header = { BCRYPT_RSAPUBLIC_MAGIC, public->bits, (ULONG)e_len,
        (ULONG)n_len, 0, 0 };
    uint8_t *body;
    status = make_blob(&header, sizeof(header), e_len + n_len, public, &body);
    if (status == ERROR_SUCCESS) {
        memcpy(body, e, e_len);
        memcpy(body + e_len, n, n_len);
    }
    return status;
}

/* Without the octet string around it, which some tokens leave out. */
static bool unwrap_point(const struct vit_token_value *value, size_t len, const uint8_t **point)
{
    uint8_t der[VIT_TOKEN_MAX_DER_POINT_LEN];
    uint8_t zeros[VIT_TOKEN_MAX_POINT_LEN] = { 0 };
    size_t head = vit_token_der_point(zeros, len, der) - len;
    *point = value->bytes;
    if (value->len == len + head && memcmp(value->bytes, der, head) == 0) {
        *point += head;
    } else if (value->len != len) {
        return false;
    }
    return **point == 0x04;
}

static SECURITY_STATUS ec_public(struct vit_token_session *session, ck_object_handle_t object,
        const struct vit_token_algorithm *algorithm, struct vit_token_public *public)
{
    VIT_AUTO(token_value) value = { NULL, 0 };
    SECURITY_STATUS status = vit_token_read(session, object, CKA_EC_POINT, &value);
    if (status != ERROR_SUCCESS) {
        return status == NTE_NOT_FOUND ? NTE_BAD_KEY : status;
    }
    size_t len = vit_token_curve_len(algorithm);
    const uint8_t *point;
    if (!unwrap_point(&value, 1 + 2 * len, &point)) {
        return NTE_BAD_KEY;
    }
    const BCRYPT_ECCKEY_BLOB header = { algorithm->magic, (ULONG)len };
    uint8_t *body;
    public->bits = algorithm->bits;
    status = make_blob(&header, sizeof(header), 2 * len, public, &body);
    if (status == ERROR_SUCCESS) {
        memcpy(body, point + 1, 2 * len);
    }
    return status;
}

static SECURITY_STATUS dh_public(struct vit_token_session *session, ck_object_handle_t object,
        struct vit_token_public *public)
{
    VIT_AUTO(token_value) prime = { NULL, 0 };
    VIT_AUTO(token_value) base = { NULL, 0 };
    VIT_AUTO(token_value) value = { NULL, 0 };
    SECURITY_STATUS status = read_both(session, object, CKA_PRIME, &prime, CKA_BASE, &base);
    if (status == ERROR_SUCCESS) {
        status = vit_token_read(session, object, CKA_VALUE, &value);
    }
    if (status != ERROR_SUCCESS) {
        return status == NTE_NOT_FOUND ? NTE_BAD_KEY : status;
    }
    const uint8_t *p, *g, *y;
    size_t len, g_len, y_len;
    strip(&prime, &p, &len);
    strip(&base, &g, &g_len);
    strip(&value, &y, &y_len);
    if (len == 0 || g_len > len || y_len > len) {
        return NTE_BAD_KEY;
    }
    const BCRYPT_DH_KEY_BLOB header = { BCRYPT_DH_PUBLIC_MAGIC, (ULONG)len };
    uint8_t *body;
    public->bits = bits_of(p, len);
    status = make_blob(&header, sizeof(header), 3 * len, public, &body);
    if (status == ERROR_SUCCESS) {
        memcpy(body, p, len);
        put_padded(g, g_len, body + len, len);
        put_padded(y, y_len, body + 2 * len, len);
    }
    return status;
}

SECURITY_STATUS vit_token_public_of_object(struct vit_token_session *session,
        ck_object_handle_t object, const struct vit_token_algorithm *algorithm,
        struct vit_token_public *public)
{
    *public = (struct vit_token_public){ NULL, 0, 0 };
    switch (algorithm->type) {
    case CKK_RSA:
        return rsa_public(session, object, public);
    case CKK_DH:
        return dh_public(session, object, public);
    default:
        return ec_public(session, object, algorithm, public);
    }
}

size_t vit_token_point(const uint8_t *x_and_y, size_t len, uint8_t point[VIT_TOKEN_MAX_POINT_LEN])
{
    point[0] = 0x04;
    memcpy(point + 1, x_and_y, 2 * len);
    return 1 + 2 * len;
}

size_t vit_token_der_point(const uint8_t *point, size_t len,
        uint8_t der[VIT_TOKEN_MAX_DER_POINT_LEN])
{
    size_t head = 0;
    der[head++] = 0x04;
    if (len > 0x7f) {
        der[head++] = 0x81;
    }
    der[head++] = (uint8_t)len;
    memcpy(der + head, point, len);
    return head + len;
}

static bool is_same_number(const struct vit_token_value *a, const struct vit_token_value *b)
{
    const uint8_t *a_bytes, *b_bytes;
    size_t a_len, b_len;
    strip(a, &a_bytes, &a_len);
    strip(b, &b_bytes, &b_len);
    return a_len == b_len && (a_len == 0 || memcmp(a_bytes, b_bytes, a_len) == 0);
}

/* With or without an octet string around it. */
static bool is_same_point(const struct vit_token_value *a, const struct vit_token_value *b)
{
    uint8_t der[VIT_TOKEN_MAX_DER_POINT_LEN];
    const struct vit_token_value *bare = a->len < b->len ? a : b, *whole = bare == a ? b : a;
    if (a->len == b->len) {
        return memcmp(a->bytes, b->bytes, a->len) == 0;
    }
    return bare->len <= VIT_TOKEN_MAX_POINT_LEN &&
            vit_token_der_point(bare->bytes, bare->len, der) == whole->len &&
            memcmp(der, whole->bytes, whole->len) == 0;
}

static SECURITY_STATUS compare_value(struct vit_token_session *session,
        ck_object_handle_t public_object, ck_object_handle_t private_object,
        ck_attribute_type_t type)
{
    VIT_AUTO(token_value) of_public = { NULL, 0 };
    VIT_AUTO(token_value) of_private = { NULL, 0 };
    SECURITY_STATUS status = vit_token_read(session, private_object, type, &of_private);
    if (status == NTE_NOT_FOUND || (status == ERROR_SUCCESS && of_private.len == 0)) {
        return ERROR_SUCCESS; /* it tells nothing of it */
    }
    if (status == ERROR_SUCCESS) {
        status = vit_token_read(session, public_object, type, &of_public);
    }
    if (status != ERROR_SUCCESS) {
        return status == NTE_NOT_FOUND ? NTE_NO_KEY : status;
    }
    bool same = type == CKA_EC_POINT || type == CKA_EC_PARAMS
            ? is_same_point(&of_public, &of_private)
            : is_same_number(&of_public, &of_private);
    return same ? ERROR_SUCCESS : NTE_NO_KEY;
}

SECURITY_STATUS vit_token_compare_halves(struct vit_token_session *session,
        ck_object_handle_t public_object, ck_object_handle_t private_object, ck_key_type_t type)
{
    static const ck_attribute_type_t of_rsa[] = { CKA_MODULUS, CKA_PUBLIC_EXPONENT };
    static const ck_attribute_type_t of_dh[] = { CKA_PRIME, CKA_BASE };
    static const ck_attribute_type_t of_ec[] = { CKA_EC_PARAMS, CKA_EC_POINT };
    const ck_attribute_type_t *types = type == CKK_RSA ? of_rsa : type == CKK_DH ? of_dh : of_ec;
    SECURITY_STATUS status = ERROR_SUCCESS;
    for (size_t i = 0; status == ERROR_SUCCESS && i < 2; i++) {
        status = compare_value(session, public_object, private_object, types[i]);
    }
    return status;
}
