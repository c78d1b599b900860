/* SPDX-License-Identifier: MIT */
#include "crypto/scrypt.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>

#include "base/cleanup.h"

VIT_DEFINE_AUTO(scrypt_kdf, EVP_KDF *, EVP_KDF_free)
VIT_DEFINE_AUTO(scrypt_ctx, EVP_KDF_CTX *, EVP_KDF_CTX_free)

enum { BLOCK_LEN = 128 };

/* RFC 7914, section 2; p and r are kept as small as their product has to be. */
static bool is_cost(const struct vit_scrypt_cost *cost)
{
    return cost->n > 1 && (cost->n & (cost->n - 1)) == 0 && cost->r >= 1 && cost->p >= 1 &&
            (uint64_t)cost->r * cost->p < UINT64_C(1) << 30 &&
            (cost->r >= 4 || cost->n < UINT64_C(1) << (16 * cost->r));
}

uint64_t vit_scrypt_memory(const struct vit_scrypt_cost *cost)
{
    uint64_t bytes, blocks;
    bool counted = !__builtin_add_overflow(cost->n, (uint64_t)cost->p + 2, &blocks) &&
            !__builtin_mul_overflow(blocks, (uint64_t)BLOCK_LEN * cost->r, &bytes);
    return counted ? bytes : UINT64_MAX;
}

static OSSL_PARAM octets(const char *name, const void *bytes, size_t len)
{
    return OSSL_PARAM_construct_octet_string(name, len == 0 ? (void *)"" : (void *)bytes, len);
}

enum vit_status vit_scrypt(const void *passphrase, size_t passphrase_len, const void *salt,
        size_t salt_len, const struct vit_scrypt_cost *cost, uint64_t max_memory, uint8_t *out,
        size_t out_len)
{
    if (!is_cost(cost)) {
        return VIT_E_ARG;
    }
    if (vit_scrypt_memory(cost) > max_memory) {
        return VIT_E_LIMIT;
    }
    struct vit_scrypt_cost own = *cost;
    OSSL_PARAM parameters[] = {
        octets(OSSL_KDF_PARAM_PASSWORD, passphrase, passphrase_len),
        octets(OSSL_KDF_PARAM_SALT, salt, salt_len),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &own.n),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &own.r),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &own.p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &max_memory),
        OSSL_PARAM_construct_end(),
    };
    ERR_set_mark();
    VIT_AUTO(scrypt_kdf) kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_SCRYPT, NULL);
    VIT_AUTO(scrypt_ctx) ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    bool done = ctx != NULL && EVP_KDF_derive(ctx, out, out_len, parameters) == 1;
    ERR_pop_to_mark();
    return done ? VIT_OK : VIT_E_NOMEM;
}
