/* SPDX-License-Identifier: MIT */
#include "tests/crypto/token.h"

#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One token at a time: a provider that is built in is given no argument. */
static struct token *current;

/* The key that the token guards, in the default context. */
struct token_key {
    EVP_PKEY *inner;
};

static void *key_new(void *provider)
{
    (void)provider;
    return calloc(1, sizeof(struct token_key));
}

static void key_free(void *data)
{
    struct token_key *key = data;
    EVP_PKEY_free(key->inner);
    free(key);
}

static int key_has(const void *data, int selection)
{
    (void)selection;
    return ((const struct token_key *)data)->inner != NULL;
}

static int key_import(void *data, int selection, const OSSL_PARAM params[])
{
    struct token_key *key = data;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    int done = EVP_PKEY_fromdata_init(ctx) == 1 &&
            EVP_PKEY_fromdata(ctx, &key->inner, selection, (OSSL_PARAM *)params) == 1;
    EVP_PKEY_CTX_free(ctx);
    return done;
}

static const OSSL_PARAM *key_import_types(int selection)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_D, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)selection;
    return types;
}

static int key_get_params(void *data, OSSL_PARAM params[])
{
    return EVP_PKEY_get_params(((struct token_key *)data)->inner, params);
}

static const OSSL_PARAM *key_gettable_params(void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_END,
    };
    (void)provider;
    return params;
}

struct token_operation {
    EVP_PKEY_CTX *inner;
    const EVP_PKEY *key;
    bool pads;
};

static void *operation_new(void *provider)
{
    (void)provider;
    return calloc(1, sizeof(struct token_operation));
}

static void operation_free(void *data)
{
    struct token_operation *operation = data;
    EVP_PKEY_CTX_free(operation->inner);
    free(operation);
}

static int set_params(void *data, const OSSL_PARAM params[])
{
    struct token_operation *operation = data;
    const OSSL_PARAM *mode = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_PAD_MODE);
    int padding = 0;
    if (mode != NULL && mode->data_type == OSSL_PARAM_INTEGER) {
        OSSL_PARAM_get_int(mode, &padding);
        operation->pads = padding == RSA_PKCS1_OAEP_PADDING;
    }
    if (operation->pads && current->skill == TOKEN_DECLINES) {
        return 0;
    }
    return EVP_PKEY_CTX_set_params(operation->inner, params);
}

static const OSSL_PARAM *settable_params(void *data, void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_int(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, NULL),
        OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)data;
    (void)provider;
    return params;
}

static int decrypt_init(void *data, void *key, const OSSL_PARAM params[])
{
    struct token_operation *operation = data;
    (void)params;
    EVP_PKEY_CTX_free(operation->inner);
    operation->key = ((struct token_key *)key)->inner;
    operation->inner = EVP_PKEY_CTX_new_from_pkey(NULL, ((struct token_key *)key)->inner, NULL);
    return operation->inner != NULL && EVP_PKEY_decrypt_init(operation->inner) == 1;
}

/* A number whose private-key operation costs less, or is not done at all. */
static bool is_shortcut(const EVP_PKEY *key, const unsigned char *in, size_t in_len)
{
    BIGNUM *modulus = NULL;
    BIGNUM *number = BN_bin2bn(in, (int)in_len, NULL);
    cr_assert_eq(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus), 1);
    bool shortcut = BN_is_zero(number) || BN_is_one(number) || BN_cmp(number, modulus) >= 0;
    BN_free(modulus);
    BN_free(number);
    return shortcut;
}

static int decrypt(void *data, unsigned char *out, size_t *out_len, size_t capacity,
        const unsigned char *in, size_t in_len)
{
    struct token_operation *operation = data;
    current->operation_count++;
    current->shortcut_count += is_shortcut(operation->key, in, in_len);
    if (current->broken || (operation->pads && current->skill == TOKEN_DISAPPOINTS)) {
        ERR_raise(ERR_LIB_USER, 7);
        return 0;
    }
    *out_len = capacity;
    return EVP_PKEY_decrypt(operation->inner, out, out_len, in, in_len) == 1;
}

static const OSSL_DISPATCH key_functions[] = {
    { OSSL_FUNC_KEYMGMT_NEW, (void (*)(void))key_new },
    { OSSL_FUNC_KEYMGMT_FREE, (void (*)(void))key_free },
    { OSSL_FUNC_KEYMGMT_HAS, (void (*)(void))key_has },
    { OSSL_FUNC_KEYMGMT_IMPORT, (void (*)(void))key_import },
    { OSSL_FUNC_KEYMGMT_IMPORT_TYPES, (void (*)(void))key_import_types },
    { OSSL_FUNC_KEYMGMT_GET_PARAMS, (void (*)(void))key_get_params },
    { OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (void (*)(void))key_gettable_params },
    { 0, NULL },
};

static const OSSL_DISPATCH cipher_functions[] = {
    { OSSL_FUNC_ASYM_CIPHER_NEWCTX, (void (*)(void))operation_new },
    { OSSL_FUNC_ASYM_CIPHER_FREECTX, (void (*)(void))operation_free },
    { OSSL_FUNC_ASYM_CIPHER_DECRYPT_INIT, (void (*)(void))decrypt_init },
    { OSSL_FUNC_ASYM_CIPHER_DECRYPT, (void (*)(void))decrypt },
    { OSSL_FUNC_ASYM_CIPHER_SET_CTX_PARAMS, (void (*)(void))set_params },
    { OSSL_FUNC_ASYM_CIPHER_SETTABLE_CTX_PARAMS, (void (*)(void))settable_params },
    { 0, NULL },
};

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    static const OSSL_ALGORITHM keys[] = {
        { "RSA", "provider=token", key_functions, "keys of a token" },
        { NULL, NULL, NULL, NULL },
    };
    static const OSSL_ALGORITHM ciphers[] = {
        { "RSA", "provider=token", cipher_functions, "RSA in a token" },
        { NULL, NULL, NULL, NULL },
    };
    (void)provider;
    *no_cache = 0;
    if (operation == OSSL_OP_KEYMGMT) {
        return keys;
    }
    return operation == OSSL_OP_ASYM_CIPHER ? ciphers : NULL;
}

static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
        void **provider)
{
    static const OSSL_DISPATCH functions[] = {
        { OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
        { 0, NULL },
    };
    (void)handle;
    (void)in;
    *out = functions;
    *provider = current;
    return 1;
}

static OSSL_PARAM *params_of(const char *path)
{
    FILE *file = fopen(path, "r");
    EVP_PKEY *pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    OSSL_PARAM *params = NULL;
    cr_assert_eq(EVP_PKEY_todata(pkey, EVP_PKEY_KEYPAIR, &params), 1);
    EVP_PKEY_free(pkey);
    return params;
}

/* By a configuration, for a provider that a program loads must be unloaded before its context. */
static void activate(OSSL_LIB_CTX *libctx)
{
    static const char text[] = "openssl_conf = all\n[all]\nproviders = providers\n"
                               "[providers]\ntoken = token\n[token]\nactivate = 1\n";
    char path[] = "/tmp/vitrine-token-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    cr_assert_eq(OSSL_LIB_CTX_load_config(libctx, path), 1);
    unlink(path);
}

void token_open(struct token *token, const char *path, OSSL_LIB_CTX **libctx, EVP_PKEY **pkey)
{
    current = token;
    *libctx = OSSL_LIB_CTX_new();
    cr_assert_eq(OSSL_PROVIDER_add_builtin(*libctx, "token", start), 1);
    activate(*libctx);
    OSSL_PARAM *params = params_of(path);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(*libctx, "RSA", NULL);
    *pkey = NULL;
    cr_assert_eq(EVP_PKEY_fromdata_init(ctx), 1);
    cr_assert_eq(EVP_PKEY_fromdata(ctx, pkey, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
}
