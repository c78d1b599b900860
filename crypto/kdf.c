/* SPDX-License-Identifier: MIT */
#include "crypto/kdf.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/secret.h"

VIT_DEFINE_AUTO(md_ctx, EVP_MD_CTX *, EVP_MD_CTX_free)
VIT_DEFINE_AUTO(mac_ctx, EVP_MAC_CTX *, EVP_MAC_CTX_free)
VIT_DEFINE_AUTO(mac, EVP_MAC *, EVP_MAC_free)
VIT_DEFINE_AUTO(kdf_ctx, EVP_KDF_CTX *, EVP_KDF_CTX_free)

struct vit_kdf {
    _Atomic(EVP_MD *) hashes[VIT_HASH_COUNT];
};

enum vit_status vit_kdf_create(struct vit_kdf **kdf)
{
    *kdf = calloc(1, sizeof(**kdf));
    return *kdf != NULL ? VIT_OK : VIT_E_NOMEM;
}

void vit_kdf_destroy(struct vit_kdf *kdf)
{
    if (kdf == NULL) {
        return;
    }
    for (size_t i = 0; i < VIT_HASH_COUNT; i++) {
        EVP_MD_free(atomic_load(&kdf->hashes[i]));
    }
    free(kdf);
}

/* Of several threads at the first use, one stores its own and the others drop theirs. */
static const EVP_MD *get_hash(struct vit_kdf *kdf, enum vit_hash_id hash)
{
    EVP_MD *found = atomic_load_explicit(&kdf->hashes[hash], memory_order_acquire);
    if (found != NULL) {
        return found;
    }
    EVP_MD *fetched = EVP_MD_fetch(NULL, vit_hash_name(hash), NULL);
    if (fetched == NULL || atomic_compare_exchange_strong(&kdf->hashes[hash], &found, fetched)) {
        return fetched;
    }
    EVP_MD_free(fetched);
    return found;
}

static bool update(EVP_MD_CTX *ctx, const struct vit_part *parts, size_t part_count)
{
    for (size_t i = 0; i < part_count; i++) {
        if (EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) != 1) {
            return false;
        }
    }
    return true;
}

static bool hash_parts(EVP_MD_CTX *ctx, const EVP_MD *md, const struct vit_part *first,
        const struct vit_part *parts, size_t part_count, uint8_t *digest)
{
    return EVP_DigestInit_ex2(ctx, md, NULL) == 1 && update(ctx, first, first != NULL) &&
            update(ctx, parts, part_count) && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
}

/* Copies what is asked for. */
static void give_out(uint8_t digest[VIT_HASH_MAX_LEN], uint8_t *out, size_t len)
{
    if (len > 0) {
        memcpy(out, digest, len);
    }
    vit_wipe(digest, VIT_HASH_MAX_LEN);
}

static enum vit_status digest_parts(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *parts, size_t part_count, uint8_t digest[VIT_HASH_MAX_LEN])
{
    const EVP_MD *md = get_hash(kdf, hash);
    if (md == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    VIT_AUTO(md_ctx) ctx = EVP_MD_CTX_new();
    bool done = ctx != NULL && hash_parts(ctx, md, NULL, parts, part_count, digest);
    return done ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_kdf_hash(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *parts, size_t part_count, uint8_t *out, size_t out_len)
{
    if (out_len > vit_hash_len(hash)) {
        return VIT_E_ARG;
    }
    uint8_t digest[VIT_HASH_MAX_LEN];
    ERR_set_mark();
    enum vit_status status = digest_parts(kdf, hash, parts, part_count, digest);
    ERR_pop_to_mark();
    give_out(digest, out, status == VIT_OK ? out_len : 0);
    return status;
}

/* OpenSSL takes a key that is not there for "as before". */
static bool mac_begin(EVP_MAC_CTX *ctx, enum vit_hash_id hash, const struct vit_part *key)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)vit_hash_name(hash), 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(ctx, key->len > 0 ? key->data : (const void *)"", key->len, params) == 1;
}

static bool mac_parts(EVP_MAC_CTX *ctx, const struct vit_part *parts, size_t part_count,
        uint8_t digest[VIT_HASH_MAX_LEN])
{
    size_t len = 0;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].len > 0 && EVP_MAC_update(ctx, parts[i].data, parts[i].len) != 1) {
            return false;
        }
    }
    return EVP_MAC_final(ctx, digest, &len, VIT_HASH_MAX_LEN) == 1;
}

static EVP_MAC_CTX *new_hmac(void)
{
    VIT_AUTO(mac) mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    return mac == NULL ? NULL : EVP_MAC_CTX_new(mac); /* which keeps mac */
}

static enum vit_status hmac_parts(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *key, const struct vit_part *parts, size_t part_count,
        uint8_t digest[VIT_HASH_MAX_LEN])
{
    if (get_hash(kdf, hash) == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    VIT_AUTO(mac_ctx) ctx = new_hmac();
    bool done =
            ctx != NULL && mac_begin(ctx, hash, key) && mac_parts(ctx, parts, part_count, digest);
    return done ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_kdf_hmac(struct vit_kdf *kdf, enum vit_hash_id hash, const struct vit_part *key,
        const struct vit_part *parts, size_t part_count, uint8_t *out, size_t out_len)
{
    if (out_len > vit_hash_len(hash)) {
        return VIT_E_ARG;
    }
    uint8_t digest[VIT_HASH_MAX_LEN];
    ERR_set_mark();
    enum vit_status status = hmac_parts(kdf, hash, key, parts, part_count, digest);
    ERR_pop_to_mark();
    give_out(digest, out, status == VIT_OK ? out_len : 0);
    return status;
}

static EVP_KDF_CTX *new_kdf(const char *name)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
    EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    EVP_KDF_free(kdf);
    return ctx;
}

static OSSL_PARAM octets(const char *name, const struct vit_part *part)
{
    return OSSL_PARAM_construct_octet_string(name, part->len > 0 ? (void *)part->data : (void *)"",
            part->len);
}

static enum vit_status derive(const char *name, const OSSL_PARAM *params, uint8_t *out, size_t len)
{
    ERR_set_mark();
    VIT_AUTO(kdf_ctx) ctx = new_kdf(name);
    bool done = ctx != NULL && EVP_KDF_derive(ctx, out, len, params) == 1;
    ERR_pop_to_mark();
    return done ? VIT_OK : VIT_E_UNSUPPORTED;
}

/* Seeds of the same name go one behind the other. */
static enum vit_status tls_prf(const char *hash, const struct vit_part *secret,
        const struct vit_part *label, const struct vit_part *seed, uint8_t *out, size_t out_len)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)hash, 0),
        octets(OSSL_KDF_PARAM_SECRET, secret),
        octets(OSSL_KDF_PARAM_SEED, label),
        octets(OSSL_KDF_PARAM_SEED, seed),
        OSSL_PARAM_construct_end(),
    };
    return derive(OSSL_KDF_NAME_TLS1_PRF, params, out, out_len);
}

enum vit_status vit_kdf_tls1(struct vit_kdf *kdf, const struct vit_part *secret,
        const struct vit_part *label, const struct vit_part *seed, uint8_t *out, size_t out_len)
{
    (void)kdf;
    return tls_prf("MD5-SHA1", secret, label, seed, out, out_len);
}

enum vit_status vit_kdf_tls12(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *secret, const struct vit_part *label, const struct vit_part *seed,
        uint8_t *out, size_t out_len)
{
    (void)kdf;
    return tls_prf(vit_hash_name(hash), secret, label, seed, out, out_len);
}

enum { MAX_PARTS = 8 };

static void put_counter(uint8_t counter[4], uint32_t round)
{
    for (unsigned i = 0; i < 4; i++) {
        counter[i] = (uint8_t)(round >> (24 - 8 * i));
    }
}

/* Counter, secret, then the parts. */
static size_t line_up(struct vit_part *line, const uint8_t *counter, const struct vit_part *secret,
        const struct vit_part *parts, size_t part_count)
{
    line[0] = (struct vit_part){ counter, 4 };
    line[1] = *secret;
    for (size_t i = 0; i < part_count; i++) {
        line[2 + i] = parts[i];
    }
    return 2 + part_count;
}

enum vit_status vit_kdf_concat(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *secret, const struct vit_part *parts, size_t part_count,
        uint8_t *out, size_t out_len)
{
    struct vit_part line[2 + MAX_PARTS];
    uint8_t counter[4];
    size_t step = vit_hash_len(hash);
    if (part_count > MAX_PARTS || out_len > UINT32_MAX) {
        return VIT_E_ARG;
    }
    size_t count = line_up(line, counter, secret, parts, part_count);
    uint32_t round = 1;
    for (size_t at = 0; at < out_len; at += step, round++) {
        size_t left = out_len - at;
        put_counter(counter, round);
        VIT_TRY(vit_kdf_hash(kdf, hash, line, count, out + at, left < step ? left : step));
    }
    return VIT_OK;
}

enum vit_status vit_kdf_counter(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *key, const struct vit_part *parts, size_t part_count, uint8_t *out,
        size_t out_len)
{
    uint8_t counter[4];
    struct vit_part line[1 + MAX_PARTS] = { { counter, sizeof(counter) } };
    size_t step = vit_hash_len(hash);
    if (part_count > MAX_PARTS || out_len > UINT32_MAX) {
        return VIT_E_ARG;
    }
    for (size_t i = 0; i < part_count; i++) {
        line[1 + i] = parts[i];
    }
    uint32_t round = 1;
    for (size_t at = 0; at < out_len; at += step, round++) {
        size_t left = out_len - at;
        put_counter(counter, round);
        VIT_TRY(vit_kdf_hmac(kdf, hash, key, line, 1 + part_count, out + at,
                left < step ? left : step));
    }
    return VIT_OK;
}

enum vit_status vit_kdf_hkdf_extract(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *salt, const struct vit_part *secret, uint8_t *prk)
{
    /* HMAC pads a short key with zeros: no salt and a hash of zeros are one key. */
    return vit_kdf_hmac(kdf, hash, salt, secret, 1, prk, vit_hash_len(hash));
}

static enum vit_status expand(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *prk, const struct vit_part *info, uint8_t *out, size_t out_len)
{
    size_t step = vit_hash_len(hash);
    uint8_t round = 1;
    for (size_t at = 0; at < out_len; at += step, round++) {
        size_t left = out_len - at;
        struct vit_part parts[] = { { out + (at > 0 ? at - step : 0), at > 0 ? step : 0 }, *info,
            { &round, 1 } };
        VIT_TRY(vit_kdf_hmac(kdf, hash, prk, parts, 3, out + at, left < step ? left : step));
    }
    return VIT_OK;
}

enum vit_status vit_kdf_hkdf_expand(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *prk, const struct vit_part *info, uint8_t *out, size_t out_len)
{
    if (out_len > 255 * vit_hash_len(hash)) {
        return VIT_E_LIMIT;
    }
    return expand(kdf, hash, prk, info, out, out_len);
}
