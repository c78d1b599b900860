/* SPDX-License-Identifier: MIT */
#include "crypto/key.h"

#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "crypto/key_impl.h"
#include "crypto/key_ncrypt.h"
#include "crypto/key_ossl.h"
#include "crypto/key_source.h"

enum { MODULUS_BITS = 2048, MIN_EXPONENT = 65537, MAX_EXPONENT_BITS = 32 };

VIT_DEFINE_AUTO(bignum, BIGNUM *, BN_clear_free)
VIT_DEFINE_AUTO(param_build, OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free)
VIT_DEFINE_AUTO(params, OSSL_PARAM *, OSSL_PARAM_free)
VIT_DEFINE_AUTO(libctx, OSSL_LIB_CTX *, OSSL_LIB_CTX_free)
VIT_DEFINE_AUTO(pkey_ctx, EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

static BIGNUM *get_number(const EVP_PKEY *pkey, const char *name)
{
    BIGNUM *number = NULL;
    return EVP_PKEY_get_bn_param(pkey, name, &number) == 1 ? number : NULL;
}

static bool exponent_is_sane(const BIGNUM *exponent)
{
    return BN_is_odd(exponent) && BN_num_bits(exponent) <= MAX_EXPONENT_BITS &&
            BN_get_word(exponent) >= MIN_EXPONENT;
}

/* The public half is asked for, and not the size that a provider claims. */
static enum vit_status check_public_half(const EVP_PKEY *pkey)
{
    if (!EVP_PKEY_is_a(pkey, "RSA")) {
        return VIT_E_UNSUPPORTED;
    }
    VIT_AUTO(bignum) modulus = get_number(pkey, OSSL_PKEY_PARAM_RSA_N);
    VIT_AUTO(bignum) exponent = get_number(pkey, OSSL_PKEY_PARAM_RSA_E);
    if (modulus == NULL || exponent == NULL || BN_num_bits(modulus) != MODULUS_BITS ||
            !BN_is_odd(modulus) || !exponent_is_sane(exponent)) {
        return VIT_E_UNSUPPORTED;
    }
    return VIT_OK;
}

static enum vit_status check_prime_count(const EVP_PKEY *pkey)
{
    VIT_AUTO(bignum) third = get_number(pkey, OSSL_PKEY_PARAM_RSA_FACTOR3);
    return third == NULL ? VIT_OK : VIT_E_UNSUPPORTED;
}

struct question {
    vit_passphrase_fn *ask;
    void *context;
    bool asked; /* OpenSSL asks for each format that it tries: one answer is right or wrong */
};

/* Without anybody to ask this refuses, where OpenSSL itself would turn to the terminal. */
static int answer(char *out, int capacity, int for_writing, void *context)
{
    struct question *question = context;
    (void)for_writing;
    if (question->ask == NULL || question->asked) {
        return -1;
    }
    question->asked = true;
    return question->ask(question->context, out, capacity);
}

static EVP_PKEY *first_key(OSSL_STORE_CTX *store)
{
    EVP_PKEY *pkey = NULL;
    while (pkey == NULL && OSSL_STORE_eof(store) == 0) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);
        if (info == NULL) {
            break;
        }
        if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY) {
            pkey = OSSL_STORE_INFO_get1_PKEY(info);
        }
        OSSL_STORE_INFO_free(info);
    }
    return pkey;
}

static enum vit_status load_with(OSSL_LIB_CTX *libctx, const char *uri, const UI_METHOD *method,
        struct question *question, EVP_PKEY **pkey)
{
    struct vit_key_source source;
    vit_key_source_open(&source, uri, libctx, method, question);
    if (source.store == NULL) {
        vit_key_source_close(&source);
        return VIT_E_IO;
    }
    *pkey = OSSL_STORE_expect(source.store, OSSL_STORE_INFO_PKEY) == 1 ? first_key(source.store)
                                                                       : NULL;
    vit_key_source_close(&source);
    return *pkey != NULL ? VIT_OK : VIT_E_REFUSED;
}

static enum vit_status load(OSSL_LIB_CTX *libctx, const char *uri, struct question *question,
        EVP_PKEY **pkey)
{
    UI_METHOD *method = UI_UTIL_wrap_read_pem_callback(answer, 0);
    if (method == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status = load_with(libctx, uri, method, question, pkey);
    UI_destroy_method(method);
    return status;
}

/* About half the modulus: in range, and no block that means anything. */
static void make_substitute(struct vit_private_key *key)
{
    unsigned carry = 0;
    for (size_t i = 0; i < VIT_OAEP_BLOCK_LEN; i++) {
        key->substitute[i] = (uint8_t)(carry << 7 | key->modulus[i] >> 1);
        carry = key->modulus[i] & 1;
    }
}

static enum vit_status take_modulus(struct vit_private_key *key)
{
    VIT_AUTO(bignum) modulus = get_number(key->pkey, OSSL_PKEY_PARAM_RSA_N);
    if (modulus == NULL ||
            BN_bn2binpad(modulus, key->modulus, VIT_OAEP_BLOCK_LEN) != VIT_OAEP_BLOCK_LEN) {
        return VIT_E_UNSUPPORTED;
    }
    make_substitute(key);
    return VIT_OK;
}

static OSSL_PARAM *public_params(BIGNUM *modulus, BIGNUM *exponent)
{
    VIT_AUTO(param_build) build = OSSL_PARAM_BLD_new();
    if (build == NULL || modulus == NULL || exponent == NULL ||
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) != 1 ||
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) != 1) {
        return NULL;
    }
    return OSSL_PARAM_BLD_to_param(build);
}

EVP_PKEY *vit_rsa_public_pkey(BIGNUM *modulus, BIGNUM *exponent)
{
    EVP_PKEY *pkey = NULL;
    VIT_AUTO(params) params = public_params(modulus, exponent);
    VIT_AUTO(pkey_ctx) ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    bool made = params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) > 0 &&
            EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) > 0;
    return made ? pkey : NULL;
}

/* The public half as a key of its own, so that no token is asked to encrypt. */
static enum vit_status public_half(struct vit_private_key *key, struct vit_public_key *public)
{
    VIT_AUTO(bignum) modulus = get_number(key->pkey, OSSL_PKEY_PARAM_RSA_N);
    VIT_AUTO(bignum) exponent = get_number(key->pkey, OSSL_PKEY_PARAM_RSA_E);
    public->pkey = vit_rsa_public_pkey(modulus, exponent);
    return public->pkey != NULL ? VIT_OK : VIT_E_NOMEM;
}

/* Providers that cannot do this OAEP say so when the parameters are set, or not before the first
 * block; so one block is tried. */
static enum vit_status choose_operation(struct vit_private_key *key)
{
    struct vit_public_key public = { NULL };
    VIT_TRY(public_half(key, &public));
    enum vit_status status = vit_oaep_prepare(key, &public, false);
    if (status != VIT_OK) {
        status = vit_oaep_prepare(key, &public, true);
    }
    EVP_PKEY_free(public.pkey);
    return status == VIT_OK ? VIT_OK : VIT_E_UNSUPPORTED;
}

static enum vit_status prepare(struct vit_private_key *key)
{
    key->sha512 = EVP_MD_fetch(NULL, "SHA2-512", NULL);
    key->md_ctx = EVP_MD_CTX_new();
    if (key->sha512 == NULL || key->md_ctx == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(check_public_half(key->pkey));
    VIT_TRY(check_prime_count(key->pkey));
    return take_modulus(key);
}

struct vit_private_key *vit_private_key_new(void)
{
    struct vit_private_key *made = calloc(1, sizeof(*made));
    if (made != NULL) {
        pthread_mutex_init(&made->lock, NULL);
    }
    return made;
}

enum vit_status vit_private_key_adopt_public(struct vit_private_key *made, EVP_PKEY *pkey,
        struct vit_private_key **key)
{
    VIT_AUTO(private_key) owned = made;
    const struct vit_public_key public = { pkey };
    owned->pkey = pkey;
    VIT_TRY(prepare(owned));
    VIT_TRY(vit_oaep_prove(owned, &public));
    *key = owned;
    owned = NULL; /* ownership moved to *key */
    return VIT_OK;
}

enum vit_status vit_private_key_adopt(OSSL_LIB_CTX *libctx, EVP_PKEY *pkey,
        struct vit_private_key **key)
{
    VIT_AUTO(private_key) made = vit_private_key_new();
    if (made == NULL) {
        EVP_PKEY_free(pkey);
        OSSL_LIB_CTX_free(libctx);
        return VIT_E_NOMEM;
    }
    made->libctx = libctx;
    made->pkey = pkey;
    VIT_TRY(prepare(made));
    VIT_TRY(choose_operation(made));
    *key = made;
    made = NULL; /* ownership moved to *key */
    return VIT_OK;
}

static enum vit_status open_key(const char *uri, struct question *question,
        struct vit_private_key **key)
{
    VIT_AUTO(libctx) libctx = OSSL_LIB_CTX_new();
    if (libctx == NULL) {
        return VIT_E_NOMEM;
    }
    if (CONF_modules_load_file_ex(libctx, NULL, NULL, CONF_MFLAGS_IGNORE_MISSING_FILE) <= 0) {
        return VIT_E_IO;
    }
    EVP_PKEY *pkey = NULL;
    VIT_TRY(load(libctx, uri, question, &pkey));
    OSSL_LIB_CTX *adopted = libctx;
    libctx = NULL;
    return vit_private_key_adopt(adopted, pkey, key);
}

enum vit_status vit_private_key_open_or_tell(const char *uri, vit_passphrase_fn *ask, void *context,
        struct vit_private_key **key, const char **reason)
{
    struct question question = { ask, context, false };
    const struct vit_ncrypt_asking asking = { ask, NULL, context };
    *reason = NULL;
    ERR_set_mark();
    enum vit_status status = vit_ncrypt_is_uri(uri) ? vit_ncrypt_key_open(uri, &asking, key, reason)
                                                    : open_key(uri, &question, key);
    ERR_pop_to_mark();
    return status;
}

enum vit_status vit_private_key_open(const char *uri, vit_passphrase_fn *ask, void *context,
        struct vit_private_key **key)
{
    const char *reason;
    return vit_private_key_open_or_tell(uri, ask, context, key, &reason);
}

enum vit_status vit_private_key_look(const char *uri, const char **reason)
{
    VIT_AUTO(private_key) key = NULL;
    *reason = NULL;
    return vit_ncrypt_is_uri(uri) ? vit_ncrypt_key_look(uri, reason)
                                  : vit_private_key_open_or_tell(uri, NULL, NULL, &key, reason);
}

enum vit_status vit_private_key_make(const char *uri, bool replace, vit_passphrase_fn *ask,
        vit_passphrase_fn *choose, void *context, struct vit_private_key **key, const char **reason)
{
    const struct vit_ncrypt_asking asking = { ask, choose, context };
    *reason = NULL;
    ERR_set_mark();
    enum vit_status status = vit_ncrypt_key_make(uri, replace, &asking, key, reason);
    ERR_pop_to_mark();
    return status;
}

void vit_private_key_destroy(struct vit_private_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_MD_CTX_free(key->md_ctx);
    EVP_MD_free(key->sha512);
    if (key->operation != NULL) {
        key->operation->finish(key);
    }
    EVP_PKEY_free(key->pkey);
    OSSL_LIB_CTX_free(key->libctx); /* last: it holds the providers of the others */
    pthread_mutex_destroy(&key->lock);
    free(key);
}

EVP_PKEY *vit_private_key_pkey(const struct vit_private_key *key)
{
    return key->pkey;
}

static bool same_number(const EVP_PKEY *a, const EVP_PKEY *b, const char *name)
{
    VIT_AUTO(bignum) of_a = get_number(a, name);
    VIT_AUTO(bignum) of_b = get_number(b, name);
    return of_a != NULL && of_b != NULL && BN_cmp(of_a, of_b) == 0;
}

bool vit_private_key_matches(const struct vit_private_key *key, const struct vit_public_key *public)
{
    return same_number(key->pkey, public->pkey, OSSL_PKEY_PARAM_RSA_N) &&
            same_number(key->pkey, public->pkey, OSSL_PKEY_PARAM_RSA_E);
}

enum vit_status vit_public_key_wrap(EVP_PKEY *pkey, struct vit_public_key **key)
{
    ERR_set_mark();
    enum vit_status status = check_public_half(pkey);
    ERR_pop_to_mark();
    VIT_TRY(status);
    struct vit_public_key *made = calloc(1, sizeof(*made));
    if (made == NULL || EVP_PKEY_up_ref(pkey) != 1) {
        free(made);
        return VIT_E_NOMEM;
    }
    made->pkey = pkey;
    *key = made;
    return VIT_OK;
}

EVP_PKEY *vit_public_key_pkey(const struct vit_public_key *key)
{
    return key->pkey;
}

void vit_public_key_destroy(struct vit_public_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_PKEY_free(key->pkey);
    free(key);
}
