/* SPDX-License-Identifier: MIT */
#include "crypto/ecdsa.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/agree_impl.h"

VIT_DEFINE_AUTO(bignum, BIGNUM *, BN_free)
VIT_DEFINE_AUTO(ecdsa_sig, ECDSA_SIG *, ECDSA_SIG_free)
VIT_DEFINE_AUTO(pkey_ctx, EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

/* A DER sequence of two numbers. */
enum { DER_MAX_LEN = 16 + VIT_ECDSA_MAX_LEN };

static size_t number_len(const struct vit_curve *curve)
{
    size_t field = vit_curve_len(curve), order = vit_curve_order_len(curve);
    return order > field ? order : field;
}

size_t vit_ecdsa_len(const struct vit_curve *curve)
{
    return 2 * number_len(curve);
}

/* What of it can matter; the last bits of the last byte are OpenSSL's to cut. */
static size_t cut(const struct vit_curve *curve, size_t digest_len)
{
    size_t order = vit_curve_order_len(curve);
    return digest_len < order ? digest_len : order;
}

static enum vit_status check(const struct vit_agree_key *key, const void *digest, size_t len)
{
    if (vit_curve_of(key)->group == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    return digest == NULL || len == 0 ? VIT_E_ARG : VIT_OK;
}

static enum vit_status put_numbers(const uint8_t *der, size_t der_len, uint8_t *signature,
        int width)
{
    const uint8_t *at = der;
    VIT_AUTO(ecdsa_sig) pair = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    if (pair == NULL) {
        return VIT_E_NOMEM;
    }
    bool put = BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, width) == width &&
            BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + width, width) == width;
    return put ? VIT_OK : VIT_E_NOMEM;
}

static enum vit_status sign(const struct vit_agree_key *key, const void *digest, size_t len,
        uint8_t *signature)
{
    uint8_t der[DER_MAX_LEN];
    size_t der_len = sizeof(der);
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 ||
            EVP_PKEY_sign(ctx, der, &der_len, digest, len) != 1) {
        return VIT_E_NOMEM;
    }
    return put_numbers(der, der_len, signature, (int)number_len(vit_curve_of(key)));
}

enum vit_status vit_ecdsa_sign(const struct vit_agree_key *key, const void *digest, size_t len,
        uint8_t *signature)
{
    uint8_t made[VIT_ECDSA_MAX_LEN];
    VIT_TRY(check(key, digest, len));
    if (!key->is_private) {
        return VIT_E_ARG;
    }
    const struct vit_curve *curve = vit_curve_of(key);
    ERR_set_mark();
    enum vit_status status = sign(key, digest, cut(curve, len), made);
    ERR_pop_to_mark();
    if (status == VIT_OK) {
        memcpy(signature, made, vit_ecdsa_len(curve));
    }
    return status;
}

static ECDSA_SIG *read_numbers(const uint8_t *signature, int width)
{
    VIT_AUTO(ecdsa_sig) pair = ECDSA_SIG_new();
    VIT_AUTO(bignum) r = BN_bin2bn(signature, width, NULL);
    VIT_AUTO(bignum) s = BN_bin2bn(signature + width, width, NULL);
    if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        return NULL;
    }
    r = NULL; /* ownership moved to the pair */
    s = NULL;
    ECDSA_SIG *moved = pair;
    pair = NULL;
    return moved;
}

/* Numbers that are zero, or reach the order, are OpenSSL's to refuse. */
static enum vit_status verify(const struct vit_agree_key *key, const void *digest, size_t len,
        const uint8_t *signature)
{
    uint8_t der[DER_MAX_LEN], *at = der;
    VIT_AUTO(ecdsa_sig) pair = read_numbers(signature, (int)number_len(vit_curve_of(key)));
    int der_len = pair == NULL ? 0 : i2d_ECDSA_SIG(pair, NULL);
    if (der_len <= 0 || der_len > DER_MAX_LEN || i2d_ECDSA_SIG(pair, &at) != der_len) {
        return VIT_E_NOMEM;
    }
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1) {
        return VIT_E_NOMEM;
    }
    int right = EVP_PKEY_verify(ctx, der, (size_t)der_len, digest, len);
    return right == 1 ? VIT_OK : VIT_E_REFUSED;
}

enum vit_status vit_ecdsa_verify(const struct vit_agree_key *key, const void *digest, size_t len,
        const uint8_t *signature, size_t signature_len)
{
    VIT_TRY(check(key, digest, len));
    const struct vit_curve *curve = vit_curve_of(key);
    if (signature_len != vit_ecdsa_len(curve)) {
        return VIT_E_REFUSED;
    }
    ERR_set_mark();
    enum vit_status status = verify(key, digest, cut(curve, len), signature);
    ERR_pop_to_mark();
    return status;
}
