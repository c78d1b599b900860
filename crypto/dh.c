/* SPDX-License-Identifier: MIT */
#include "crypto/dh.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/agree_impl.h"

VIT_DEFINE_AUTO(bignum, BIGNUM *, BN_clear_free)
VIT_DEFINE_AUTO(bn_ctx, BN_CTX *, BN_CTX_free)
VIT_DEFINE_AUTO(pkey, EVP_PKEY *, EVP_PKEY_free)
VIT_DEFINE_AUTO(pkey_ctx, EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

/* Where no group is published, finding a safe prime takes a moment up to here. */
enum { FIND_MAX_BITS = 1024, GENERATOR = 2 };

/* 2 generates the subgroup of odd order when the prime is 23 modulo 24. */
static BIGNUM *find_prime(unsigned bits)
{
    VIT_AUTO(bignum) step = BN_new();
    VIT_AUTO(bignum) remainder = BN_new();
    VIT_AUTO(bignum) prime = BN_new();
    if (step == NULL || remainder == NULL || prime == NULL || BN_set_word(step, 24) != 1 ||
            BN_set_word(remainder, 23) != 1 ||
            BN_generate_prime_ex(prime, (int)bits, 1, step, remainder, NULL) != 1) {
        return NULL;
    }
    BIGNUM *found = prime;
    prime = NULL;
    return found;
}

static BIGNUM *prime_of_name(const char *name)
{
    BIGNUM *prime = NULL;
    EVP_PKEY *made = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)name, 0),
        OSSL_PARAM_construct_end(),
    };
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
            EVP_PKEY_fromdata(ctx, &made, EVP_PKEY_KEY_PARAMETERS, params) <= 0) {
        return NULL;
    }
    VIT_AUTO(pkey) pkey = made;
    return EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_P, &prime) == 1 ? prime : NULL;
}

static BIGNUM *prime_of_bits(unsigned bits)
{
    switch (bits) {
    case 768:
        return BN_get_rfc2409_prime_768(NULL);
    case 1024:
        return BN_get_rfc2409_prime_1024(NULL);
    case 1536:
        return BN_get_rfc3526_prime_1536(NULL);
    case 2048:
        return prime_of_name("ffdhe2048");
    case 3072:
        return prime_of_name("ffdhe3072");
    case 4096:
        return prime_of_name("ffdhe4096");
    default:
        return bits < FIND_MAX_BITS ? find_prime(bits) : NULL;
    }
}

enum vit_status vit_dh_group_of_bits(unsigned bits, struct vit_dh_group *group)
{
    if (bits < VIT_DH_MIN_BITS || bits > VIT_DH_MAX_BITS || bits % 8 != 0) {
        return VIT_E_ARG;
    }
    int len = (int)(bits / 8);
    VIT_AUTO(bignum) prime = prime_of_bits(bits);
    *group = (struct vit_dh_group){ .len = (size_t)len };
    group->g[len - 1] = GENERATOR;
    return prime != NULL && BN_bn2binpad(prime, group->p, len) == len ? VIT_OK : VIT_E_UNSUPPORTED;
}

/* Big-endian numbers of one length, none of them secret. */
static int compare(const uint8_t *a, const uint8_t *b, size_t len)
{
    return memcmp(a, b, len);
}

static bool exceeds_one(const uint8_t *number, size_t len)
{
    uint8_t high = 0;
    for (size_t i = 0; i + 1 < len; i++) {
        high |= number[i];
    }
    return high != 0 || number[len - 1] > 1;
}

/* 2..p-2, of an odd p */
static bool is_inside(const struct vit_dh_group *group, const uint8_t *number)
{
    uint8_t last[VIT_AGREE_MAX_LEN];
    memcpy(last, group->p, group->len);
    last[group->len - 1] &= 0xfe;
    return exceeds_one(number, group->len) && compare(number, last, group->len) < 0;
}

enum vit_status vit_dh_group_check(const struct vit_dh_group *group)
{
    if (group->len < VIT_DH_MIN_BITS / 8 || group->len > VIT_DH_MAX_BITS / 8 || group->p[0] == 0 ||
            (group->p[group->len - 1] & 1) == 0 || !is_inside(group, group->g)) {
        return VIT_E_REFUSED;
    }
    return VIT_OK;
}

/* OpenSSL takes numbers in the machine's order. */
static void reverse(uint8_t *out, const uint8_t *in, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = in[len - 1 - i];
    }
}

/* y and x, when not NULL, in the machine's order. */
static EVP_PKEY *make(const struct vit_dh_group *group, uint8_t *y, uint8_t *x, int selection)
{
    EVP_PKEY *pkey = NULL;
    uint8_t p[VIT_AGREE_MAX_LEN], g[VIT_AGREE_MAX_LEN];
    reverse(p, group->p, group->len);
    reverse(g, group->g, group->len);
    OSSL_PARAM params[5] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_FFC_P, p, group->len),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_FFC_G, g, group->len),
    };
    size_t count = 2;
    if (y != NULL) {
        params[count++] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PUB_KEY, y, group->len);
    }
    if (x != NULL) {
        params[count++] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, x, group->len);
    }
    params[count] = OSSL_PARAM_construct_end();
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
            EVP_PKEY_fromdata(ctx, &pkey, selection, params) <= 0) {
        return NULL;
    }
    return pkey;
}

static enum vit_status generate(const struct vit_dh_group *group, struct vit_agree_key **key)
{
    EVP_PKEY *pkey = NULL;
    VIT_AUTO(pkey) parameters = make(group, NULL, NULL, EVP_PKEY_KEY_PARAMETERS);
    VIT_AUTO(pkey_ctx)
    ctx = parameters == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
    if (ctx == NULL || EVP_PKEY_keygen_init(ctx) <= 0 || EVP_PKEY_keygen(ctx, &pkey) <= 0) {
        return VIT_E_NOMEM;
    }
    return vit_agree_key_adopt(pkey, group->len, true, key);
}

enum vit_status vit_dh_generate(const struct vit_dh_group *group, struct vit_agree_key **key)
{
    ERR_set_mark();
    enum vit_status status = generate(group, key);
    ERR_pop_to_mark();
    return status;
}

/* OpenSSL knows a published group by its numbers, and then its q. Its own check asks for less in some
 * versions. */
static bool is_in_subgroup(EVP_PKEY *pkey, const BIGNUM *q)
{
    BIGNUM *numbers[2] = { NULL, NULL };
    bool told = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_P, &numbers[0]) == 1 &&
            EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, &numbers[1]) == 1;
    VIT_AUTO(bignum) p = numbers[0];
    VIT_AUTO(bignum) y = numbers[1];
    VIT_AUTO(bignum) power = BN_new();
    VIT_AUTO(bn_ctx) ctx = BN_CTX_new();
    return told && power != NULL && ctx != NULL && BN_mod_exp(power, y, q, p, ctx) == 1 &&
            BN_is_one(power);
}

static bool is_member(EVP_PKEY *pkey)
{
    char name[64];
    BIGNUM *told = NULL;
    if (EVP_PKEY_get_group_name(pkey, name, sizeof(name), NULL) != 1) {
        return true;
    }
    VIT_AUTO(bignum)
    q = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_Q, &told) == 1 ? told : NULL;
    return q != NULL && is_in_subgroup(pkey, q);
}

static enum vit_status check_public(const struct vit_dh_group *group, enum vit_dh_checks checks,
        const uint8_t *y)
{
    VIT_TRY(vit_dh_group_check(group));
    bool good =
            checks == VIT_DH_CHECK_ALL ? is_inside(group, y) : compare(y, group->p, group->len) < 0;
    return good ? VIT_OK : VIT_E_REFUSED;
}

static enum vit_status import_public(const struct vit_dh_group *group, enum vit_dh_checks checks,
        const uint8_t *y, struct vit_agree_key **key)
{
    uint8_t reversed[VIT_AGREE_MAX_LEN];
    reverse(reversed, y, group->len);
    VIT_AUTO(pkey) pkey = make(group, reversed, NULL, EVP_PKEY_PUBLIC_KEY);
    if (pkey == NULL) {
        return VIT_E_NOMEM;
    }
    if (checks == VIT_DH_CHECK_ALL && !is_member(pkey)) {
        return VIT_E_REFUSED;
    }
    EVP_PKEY *moved = pkey;
    pkey = NULL;
    return vit_agree_key_adopt(moved, group->len, false, key);
}

enum vit_status vit_dh_import_public(const struct vit_dh_group *group, enum vit_dh_checks checks,
        const uint8_t *y, struct vit_agree_key **key)
{
    VIT_TRY(check_public(group, checks, y));
    ERR_set_mark();
    enum vit_status status = import_public(group, checks, y, key);
    ERR_pop_to_mark();
    return status;
}

/* g to the power of x, in the time that any x takes */
static enum vit_status raise(const struct vit_dh_group *group, const BIGNUM *x, uint8_t *y)
{
    int len = (int)group->len;
    VIT_AUTO(bn_ctx) ctx = BN_CTX_secure_new();
    VIT_AUTO(bignum) p = BN_bin2bn(group->p, len, NULL);
    VIT_AUTO(bignum) g = BN_bin2bn(group->g, len, NULL);
    VIT_AUTO(bignum) power = BN_new();
    if (ctx == NULL || p == NULL || g == NULL || power == NULL ||
            BN_mod_exp_mont_consttime(power, g, x, p, ctx, NULL) != 1 ||
            BN_bn2binpad(power, y, len) != len) {
        return VIT_E_NOMEM;
    }
    return VIT_OK;
}

static enum vit_status check_pair(const struct vit_dh_group *group, const uint8_t *y,
        const uint8_t *x)
{
    uint8_t made[VIT_AGREE_MAX_LEN];
    VIT_AUTO(bignum) number = BN_bin2bn(x, (int)group->len, NULL);
    VIT_AUTO(bignum) p = BN_bin2bn(group->p, (int)group->len, NULL);
    if (number == NULL || p == NULL || BN_sub_word(p, 1) != 1) {
        return VIT_E_NOMEM;
    }
    if (BN_is_zero(number) || BN_cmp(number, p) >= 0) {
        return VIT_E_REFUSED;
    }
    VIT_TRY(raise(group, number, made));
    return memcmp(made, y, group->len) == 0 ? VIT_OK : VIT_E_REFUSED;
}

static EVP_PKEY *make_private(struct vit_slab *slab, const struct vit_dh_group *group,
        const uint8_t *y, const uint8_t *x)
{
    uint8_t public[VIT_AGREE_MAX_LEN];
    uint8_t *private = vit_slab_alloc(slab, group->len);
    if (private == NULL) {
        return NULL;
    }
    reverse(public, y, group->len);
    reverse(private, x, group->len);
    EVP_PKEY *pkey = make(group, public, private, EVP_PKEY_KEYPAIR);
    vit_slab_free(slab, private, group->len);
    return pkey;
}

static enum vit_status import_private(struct vit_slab *slab, const struct vit_dh_group *group,
        const uint8_t *y, const uint8_t *x, struct vit_agree_key **key)
{
    VIT_TRY(check_pair(group, y, x));
    EVP_PKEY *pkey = make_private(slab, group, y, x);
    return pkey == NULL ? VIT_E_NOMEM : vit_agree_key_adopt(pkey, group->len, true, key);
}

enum vit_status vit_dh_import_private(struct vit_slab *slab, const struct vit_dh_group *group,
        const uint8_t *y, const uint8_t *x, struct vit_agree_key **key)
{
    VIT_TRY(check_public(group, VIT_DH_CHECK_ALL, y));
    ERR_set_mark();
    enum vit_status status = import_private(slab, group, y, x, key);
    ERR_pop_to_mark();
    return status;
}

static enum vit_status get_number(const struct vit_agree_key *key, const char *name, uint8_t *out)
{
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key->pkey, name, &number) != 1) {
        return VIT_E_NOMEM;
    }
    VIT_AUTO(bignum) owner = number;
    return BN_bn2binpad(owner, out, (int)key->len) == (int)key->len ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_dh_export_public(const struct vit_agree_key *key, uint8_t *y)
{
    return get_number(key, OSSL_PKEY_PARAM_PUB_KEY, y);
}

enum vit_status vit_dh_export_private(const struct vit_agree_key *key, uint8_t *x)
{
    return key->is_private ? get_number(key, OSSL_PKEY_PARAM_PRIV_KEY, x) : VIT_E_ARG;
}

enum vit_status vit_dh_export_group(const struct vit_agree_key *key, struct vit_dh_group *group)
{
    *group = (struct vit_dh_group){ .len = key->len };
    VIT_TRY(get_number(key, OSSL_PKEY_PARAM_FFC_P, group->p));
    return get_number(key, OSSL_PKEY_PARAM_FFC_G, group->g);
}
