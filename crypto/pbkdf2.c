/* SPDX-License-Identifier: MIT */
#include "crypto/pbkdf2.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

VIT_DEFINE_AUTO(kdf, EVP_KDF *, EVP_KDF_free)
VIT_DEFINE_AUTO(kdf_ctx, EVP_KDF_CTX *, EVP_KDF_CTX_free)

static OSSL_PARAM octets(const char *name, const void *bytes, size_t len)
{
    return OSSL_PARAM_construct_octet_string(name, len == 0 ? (void *)"" : (void *)bytes, len);
}

enum vit_status vit_pbkdf2(enum vit_hash_id hash, const void *password, size_t password_len,
        const void *salt, size_t salt_len, uint64_t iterations, uint8_t *out, size_t len)
{
    int unbounded = 1; /* lengths and counts are the caller's choice */
    if (iterations == 0 || iterations > INT_MAX) {
        return VIT_E_ARG;
    }
    VIT_AUTO(kdf) kdf = EVP_KDF_fetch(NULL, "PBKDF2", NULL);
    VIT_AUTO(kdf_ctx) ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)vit_hash_name(hash), 0),
        octets(OSSL_KDF_PARAM_PASSWORD, password, password_len),
        octets(OSSL_KDF_PARAM_SALT, salt, salt_len),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &unbounded),
        OSSL_PARAM_construct_end(),
    };
    bool done = ctx != NULL && EVP_KDF_derive(ctx, out, len, parameters) == 1;
    return done ? VIT_OK : VIT_E_NOMEM;
}
