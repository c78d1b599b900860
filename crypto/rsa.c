/* SPDX-License-Identifier: MIT */
#include "crypto/rsa.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "crypto/rsa_impl.h"

static const char *const names[VIT_RSA_PART_COUNT] = {
    [VIT_RSA_E] = OSSL_PKEY_PARAM_RSA_E,
    [VIT_RSA_N] = OSSL_PKEY_PARAM_RSA_N,
    [VIT_RSA_P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
    [VIT_RSA_Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
    [VIT_RSA_DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
    [VIT_RSA_DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
    [VIT_RSA_QINV] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    [VIT_RSA_D] = OSSL_PKEY_PARAM_RSA_D,
};

/* The numbers of a key in the making. */
struct workshop {
    BN_CTX *ctx;
    BIGNUM *parts[VIT_RSA_PART_COUNT];
};

static void finish(struct workshop *shop)
{
    for (size_t i = 0; i < VIT_RSA_PART_COUNT; i++) {
        BN_clear_free(shop->parts[i]);
    }
    BN_CTX_free(shop->ctx);
}

typedef struct workshop vit_auto_type_workshop;

static void vit_auto_workshop(struct workshop *shop)
{
    finish(shop);
}

VIT_DEFINE_AUTO(bn, BIGNUM *, BN_clear_free)
VIT_DEFINE_AUTO(params, OSSL_PARAM *, OSSL_PARAM_free)
VIT_DEFINE_AUTO(param_bld, OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free)

static enum vit_status read_numbers(const struct vit_rsa_number *numbers, struct workshop *shop)
{
    shop->ctx = BN_CTX_secure_new();
    if (shop->ctx == NULL) {
        return VIT_E_NOMEM;
    }
    for (size_t i = 0; i < VIT_RSA_PART_COUNT; i++) {
        if (numbers[i].len == 0) {
            continue;
        }
        if (numbers[i].len > VIT_RSA_MAX_BITS / 8) {
            return VIT_E_REFUSED;
        }
        shop->parts[i] = BN_bin2bn(numbers[i].bytes, (int)numbers[i].len, NULL);
        if (shop->parts[i] == NULL) {
            return VIT_E_NOMEM;
        }
        if (i >= VIT_RSA_P) {
            BN_set_flags(shop->parts[i], BN_FLG_CONSTTIME);
        }
    }
    return VIT_OK;
}

static enum vit_status check_public(const struct workshop *shop)
{
    const BIGNUM *e = shop->parts[VIT_RSA_E];
    const BIGNUM *n = shop->parts[VIT_RSA_N];
    if (e == NULL || n == NULL) {
        return VIT_E_REFUSED;
    }
    int bits = BN_num_bits(n);
    bool sane = BN_is_odd(e) && !BN_is_one(e) && BN_is_odd(n) && BN_cmp(e, n) < 0 &&
            bits >= VIT_RSA_MIN_BITS && bits <= VIT_RSA_MAX_BITS;
    return sane ? VIT_OK : VIT_E_REFUSED;
}

/* Keeps made as a part when none was given, else they must be equal. Takes made. */
static enum vit_status settle(struct workshop *shop, enum vit_rsa_part part, BIGNUM *made)
{
    VIT_AUTO(bn) owner = made;
    if (made == NULL) {
        /* The one failure but for memory: there is no inverse. */
        return VIT_E_REFUSED;
    }
    if (shop->parts[part] != NULL) {
        return BN_cmp(shop->parts[part], made) == 0 ? VIT_OK : VIT_E_REFUSED;
    }
    shop->parts[part] = owner;
    owner = NULL; /* ownership moved to the workshop */
    return VIT_OK;
}

/* prime - 1 */
static BIGNUM *below(const BIGNUM *prime)
{
    VIT_AUTO(bn) made = BN_dup(prime);
    if (made == NULL || BN_sub_word(made, 1) != 1) {
        return NULL;
    }
    BN_set_flags(made, BN_FLG_CONSTTIME);
    BIGNUM *result = made;
    made = NULL; /* ownership moved to the caller */
    return result;
}

/* The exponent of one prime, which must undo e. */
static enum vit_status make_exponent(struct workshop *shop, enum vit_rsa_part part,
        const BIGNUM *order)
{
    return settle(shop, part, BN_mod_inverse(NULL, shop->parts[VIT_RSA_E], order, shop->ctx));
}

/* A private exponent that was given: the same as the primes' ones. */
static enum vit_status check_exponent(const struct workshop *shop, enum vit_rsa_part part,
        const BIGNUM *order)
{
    VIT_AUTO(bn) rest = BN_new();
    if (rest == NULL || BN_nnmod(rest, shop->parts[VIT_RSA_D], order, shop->ctx) != 1) {
        return VIT_E_NOMEM;
    }
    return BN_cmp(rest, shop->parts[part]) == 0 ? VIT_OK : VIT_E_REFUSED;
}

static enum vit_status make_private_exponent(struct workshop *shop, const BIGNUM *p_order,
        const BIGNUM *q_order)
{
    if (shop->parts[VIT_RSA_D] != NULL) {
        VIT_TRY(check_exponent(shop, VIT_RSA_DP, p_order));
        return check_exponent(shop, VIT_RSA_DQ, q_order);
    }
    VIT_AUTO(bn) order = BN_new();
    if (order == NULL || BN_mul(order, p_order, q_order, shop->ctx) != 1) {
        return VIT_E_NOMEM;
    }
    BN_set_flags(order, BN_FLG_CONSTTIME);
    return make_exponent(shop, VIT_RSA_D, order);
}

static enum vit_status check_product(const struct workshop *shop)
{
    VIT_AUTO(bn) product = BN_new();
    if (product == NULL ||
            BN_mul(product, shop->parts[VIT_RSA_P], shop->parts[VIT_RSA_Q], shop->ctx) != 1) {
        return VIT_E_NOMEM;
    }
    bool right = BN_cmp(product, shop->parts[VIT_RSA_N]) == 0 &&
            !BN_is_one(shop->parts[VIT_RSA_P]) && !BN_is_one(shop->parts[VIT_RSA_Q]);
    return right ? VIT_OK : VIT_E_REFUSED;
}

static enum vit_status make_private(struct workshop *shop)
{
    if (shop->parts[VIT_RSA_P] == NULL || shop->parts[VIT_RSA_Q] == NULL) {
        return VIT_E_REFUSED;
    }
    VIT_TRY(check_product(shop));
    VIT_AUTO(bn) p_order = below(shop->parts[VIT_RSA_P]);
    VIT_AUTO(bn) q_order = below(shop->parts[VIT_RSA_Q]);
    if (p_order == NULL || q_order == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(make_exponent(shop, VIT_RSA_DP, p_order));
    VIT_TRY(make_exponent(shop, VIT_RSA_DQ, q_order));
    VIT_TRY(settle(shop, VIT_RSA_QINV,
            BN_mod_inverse(NULL, shop->parts[VIT_RSA_Q], shop->parts[VIT_RSA_P], shop->ctx)));
    return make_private_exponent(shop, p_order, q_order);
}

static OSSL_PARAM *parameters_of(const struct workshop *shop, bool private)
{
    VIT_AUTO(param_bld) builder = OSSL_PARAM_BLD_new();
    if (builder == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < (private ? VIT_RSA_PART_COUNT : VIT_RSA_P); i++) {
        if (OSSL_PARAM_BLD_push_BN(builder, names[i], shop->parts[i]) != 1) {
            return NULL;
        }
    }
    return OSSL_PARAM_BLD_to_param(builder);
}

static enum vit_status load(const struct workshop *shop, struct vit_rsa *key)
{
    VIT_AUTO(params) parameters = parameters_of(shop, key->private);
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    bool made = parameters != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
            EVP_PKEY_fromdata(ctx, &key->pkey,
                    key->private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters) == 1;
    return made ? VIT_OK : VIT_E_NOMEM;
}

static bool wants_private(const struct vit_rsa_number *numbers)
{
    for (size_t i = VIT_RSA_P; i < VIT_RSA_PART_COUNT; i++) {
        if (numbers[i].len > 0) {
            return true;
        }
    }
    return false;
}

enum vit_status vit_rsa_create(const struct vit_rsa_number numbers[VIT_RSA_PART_COUNT],
        struct vit_rsa **out)
{
    VIT_AUTO(rsa) key = calloc(1, sizeof(*key));
    VIT_AUTO(workshop) shop = { 0 };
    if (key == NULL) {
        return VIT_E_NOMEM;
    }
    key->private = wants_private(numbers);
    VIT_TRY(read_numbers(numbers, &shop));
    VIT_TRY(check_public(&shop));
    if (key->private) {
        VIT_TRY(make_private(&shop));
    }
    VIT_TRY(load(&shop, key));
    *out = key;
    key = NULL; /* ownership moved to *out */
    return VIT_OK;
}

enum vit_status vit_rsa_generate(unsigned bits, struct vit_rsa **out)
{
    if (bits < VIT_RSA_MIN_BITS || bits > VIT_RSA_MAX_BITS) {
        return VIT_E_ARG;
    }
    VIT_AUTO(rsa) key = calloc(1, sizeof(*key));
    if (key == NULL) {
        return VIT_E_NOMEM;
    }
    key->private = true;
    key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
    if (key->pkey == NULL) {
        return VIT_E_IO;
    }
    *out = key;
    key = NULL; /* ownership moved to *out */
    return VIT_OK;
}

void vit_rsa_destroy(struct vit_rsa *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->pkey);
        free(key);
    }
}

bool vit_rsa_is_private(const struct vit_rsa *key)
{
    return key->private;
}

unsigned vit_rsa_bits(const struct vit_rsa *key)
{
    return (unsigned)EVP_PKEY_get_bits(key->pkey);
}

size_t vit_rsa_len(const struct vit_rsa *key)
{
    return (size_t)EVP_PKEY_get_size(key->pkey);
}

static BIGNUM *part_of(const struct vit_rsa *key, enum vit_rsa_part part)
{
    BIGNUM *number = NULL;
    if (!key->private && part >= VIT_RSA_P) {
        return NULL;
    }
    return EVP_PKEY_get_bn_param(key->pkey, names[part], &number) == 1 ? number : NULL;
}

size_t vit_rsa_part_len(const struct vit_rsa *key, enum vit_rsa_part part)
{
    VIT_AUTO(bn) number = part_of(key, part);
    return number == NULL ? 0 : (size_t)BN_num_bytes(number);
}

enum vit_status vit_rsa_part(const struct vit_rsa *key, enum vit_rsa_part part, uint8_t *out,
        size_t len)
{
    VIT_AUTO(bn) number = part_of(key, part);
    if (number == NULL || BN_bn2binpad(number, out, (int)len) < 0) {
        return VIT_E_ARG;
    }
    return VIT_OK;
}

static const char *mode_of(enum vit_rsa_padding_kind kind)
{
    static const char *const modes[] = {
        [VIT_RSA_NONE] = OSSL_PKEY_RSA_PAD_MODE_NONE,
        [VIT_RSA_PKCS1] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15,
        [VIT_RSA_OAEP] = OSSL_PKEY_RSA_PAD_MODE_OAEP,
    };
    return modes[kind];
}

enum { PADDING_PARAMETERS = 5 };

static void padding_parameters(const struct vit_rsa_padding *padding,
        OSSL_PARAM parameters[PADDING_PARAMETERS])
{
    size_t i = 0;
    parameters[i++] = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE,
            (char *)mode_of(padding->kind), 0);
    if (padding->kind == VIT_RSA_OAEP) {
        char *hash = (char *)vit_hash_name(padding->hash);
        parameters[i++] =
                OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, hash, 0);
        parameters[i++] =
                OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, hash, 0);
        if (padding->label_len > 0) {
            parameters[i++] = OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL,
                    (void *)padding->label, padding->label_len);
        }
    }
    parameters[i] = OSSL_PARAM_construct_end();
}

enum vit_status vit_rsa_encrypt(const struct vit_rsa *key, const struct vit_rsa_padding *padding,
        const void *in, size_t in_len, uint8_t *out)
{
    OSSL_PARAM parameters[PADDING_PARAMETERS];
    size_t len = vit_rsa_len(key);
    padding_parameters(padding, parameters);
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (ctx == NULL || EVP_PKEY_encrypt_init_ex(ctx, parameters) != 1) {
        return VIT_E_NOMEM;
    }
    ERR_set_mark();
    int done = EVP_PKEY_encrypt(ctx, out, &len, in, in_len);
    ERR_pop_to_mark();
    return done == 1 ? VIT_OK : VIT_E_ARG;
}

enum vit_status vit_rsa_decrypt(const struct vit_rsa *key, const struct vit_rsa_padding *padding,
        const void *in, size_t in_len, uint8_t *out, size_t *out_len)
{
    OSSL_PARAM parameters[PADDING_PARAMETERS];
    size_t len = vit_rsa_len(key);
    padding_parameters(padding, parameters);
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (ctx == NULL || EVP_PKEY_decrypt_init_ex(ctx, parameters) != 1) {
        return VIT_E_NOMEM;
    }
    ERR_set_mark();
    int done = EVP_PKEY_decrypt(ctx, out, &len, in, in_len);
    ERR_pop_to_mark();
    *out_len = done == 1 ? len : 0;
    return done == 1 ? VIT_OK : VIT_E_REFUSED;
}
