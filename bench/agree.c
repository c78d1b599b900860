/* SPDX-License-Identifier: MIT */
/*
 * bcrypt.agree_*_vs_evp: BCryptSecretAgreement, BCryptDeriveKey with HASH and SHA-256, and
 * BCryptDestroySecret per second, against OpenSSL's derivation with the same keys, prepared and
 * without validation of the peer's (ours were validated when they were imported), and the digest.
 * They alternate, in batches.
 */
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "bcrypt.h"
#include "bench/bench.h"

enum { MAX_LEN = 256, MAX_BLOB_LEN = 2048, ROUNDS = 201, STANDARD_COUNT = 1000 };

struct algorithm {
    const char *name;
    BCRYPT_ALG_HANDLE provider;
    LPCWSTR curve; /* to be named */
    ULONG bits;
    const char *type; /* OpenSSL's, and its group */
    const char *group;
    unsigned batch;
};

struct side {
    BCRYPT_KEY_HANDLE key;
    EVP_PKEY *pkey;
};

struct pair {
    struct side own, peer;
    EVP_PKEY_CTX *derive;
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
};

static void check(NTSTATUS status, const char *what)
{
    if (!NT_SUCCESS(status)) {
        bench_fail("%s: 0x%08x", what, (unsigned)status);
    }
}

static EVP_PKEY *generate(const struct algorithm *algorithm)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm->type, NULL);
    if (ctx == NULL || EVP_PKEY_keygen_init(ctx) <= 0 ||
            (algorithm->group != NULL && EVP_PKEY_CTX_set_group_name(ctx, algorithm->group) <= 0) ||
            EVP_PKEY_keygen(ctx, &pkey) <= 0) {
        bench_fail("no key of %s", algorithm->name);
    }
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static size_t put_number(const EVP_PKEY *pkey, const char *name, uint8_t *out, size_t len)
{
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(pkey, name, &number) != 1 ||
            BN_bn2binpad(number, out, (int)len) != (int)len) {
        bench_fail("no %s", name);
    }
    BN_free(number);
    return len;
}

static size_t put_ec(const EVP_PKEY *pkey, uint8_t *out, size_t len)
{
    size_t at = put_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, out, len);
    at += put_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, out + at, len);
    return at + put_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, out + at, len);
}

static size_t put_x25519(const EVP_PKEY *pkey, uint8_t *out, size_t len)
{
    memset(out, 0, 2 * len); /* made of the scalar */
    size_t got = len;
    if (EVP_PKEY_get_raw_private_key(pkey, out + 2 * len, &got) != 1) {
        bench_fail("no scalar");
    }
    return 3 * len;
}

static size_t put_dh(const EVP_PKEY *pkey, uint8_t *out, size_t len)
{
    size_t at = put_number(pkey, OSSL_PKEY_PARAM_FFC_P, out, len);
    at += put_number(pkey, OSSL_PKEY_PARAM_FFC_G, out + at, len);
    at += put_number(pkey, OSSL_PKEY_PARAM_PUB_KEY, out + at, len);
    return at + put_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, out + at, len);
}

static ULONG magic_of(const struct algorithm *algorithm)
{
    switch (algorithm->bits) {
    case 256:
        return BCRYPT_ECDH_PRIVATE_P256_MAGIC;
    case 384:
        return BCRYPT_ECDH_PRIVATE_P384_MAGIC;
    case 521:
        return BCRYPT_ECDH_PRIVATE_P521_MAGIC;
    case 255:
        return BCRYPT_ECDH_PRIVATE_GENERIC_MAGIC;
    default:
        return BCRYPT_DH_PRIVATE_MAGIC;
    }
}

static size_t put_blob(const struct algorithm *algorithm, const EVP_PKEY *pkey, uint8_t *blob)
{
    BCRYPT_ECCKEY_BLOB header = { magic_of(algorithm), (algorithm->bits + 7) / 8 };
    uint8_t *numbers = blob + sizeof(header);
    memcpy(blob, &header, sizeof(header));
    if (EVP_PKEY_is_a(pkey, "DH")) {
        return sizeof(header) + put_dh(pkey, numbers, header.cbKey);
    }
    return sizeof(header) +
            (EVP_PKEY_is_a(pkey, "EC") ? put_ec(pkey, numbers, header.cbKey)
                                       : put_x25519(pkey, numbers, header.cbKey));
}

static BCRYPT_ALG_HANDLE open_provider(const struct algorithm *algorithm)
{
    BCRYPT_ALG_HANDLE provider = algorithm->provider;
    if (algorithm->curve != NULL) {
        check(BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDH_ALGORITHM, NULL, 0), "Open");
        check(BCryptSetProperty(provider, BCRYPT_ECC_CURVE_NAME, (PUCHAR)algorithm->curve,
                      sizeof(BCRYPT_ECC_CURVE_25519), 0),
                "SetProperty");
    }
    return provider;
}

/* A peer is known by its public half. */
static void drop_private(BCRYPT_ALG_HANDLE provider, BCRYPT_KEY_HANDLE *key)
{
    uint8_t blob[MAX_BLOB_LEN];
    ULONG len;
    check(BCryptExportKey(*key, NULL, BCRYPT_PUBLIC_KEY_BLOB, blob, sizeof(blob), &len, 0),
            "ExportKey");
    check(BCryptDestroyKey(*key), "DestroyKey");
    check(BCryptImportKeyPair(provider, NULL, BCRYPT_PUBLIC_KEY_BLOB, key, blob, len, 0),
            "ImportKeyPair");
}

static void open_side(const struct algorithm *algorithm, struct side *side, bool is_peer)
{
    uint8_t blob[MAX_BLOB_LEN];
    BCRYPT_ALG_HANDLE provider = open_provider(algorithm);
    side->pkey = generate(algorithm);
    ULONG len = (ULONG)put_blob(algorithm, side->pkey, blob);
    check(BCryptImportKeyPair(provider, NULL, BCRYPT_PRIVATE_KEY_BLOB, &side->key, blob, len, 0),
            "ImportKeyPair");
    if (is_peer) {
        drop_private(provider, &side->key);
    }
    if (algorithm->curve != NULL) {
        check(BCryptCloseAlgorithmProvider(provider, 0), "Close");
    }
}

static void open_pair(const struct algorithm *algorithm, struct pair *pair)
{
    open_side(algorithm, &pair->own, false);
    open_side(algorithm, &pair->peer, true);
    pair->derive = EVP_PKEY_CTX_new_from_pkey(NULL, pair->own.pkey, NULL);
    pair->sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    pair->digest = EVP_MD_CTX_new();
    if (pair->derive == NULL || pair->sha256 == NULL || pair->digest == NULL ||
            EVP_PKEY_derive_init(pair->derive) <= 0 ||
            (EVP_PKEY_is_a(pair->own.pkey, "DH") &&
                    EVP_PKEY_CTX_set_dh_pad(pair->derive, 1) <= 0)) {
        bench_fail("out of memory");
    }
}

static void close_side(struct side *side)
{
    EVP_PKEY_free(side->pkey);
    check(BCryptDestroyKey(side->key), "DestroyKey");
}

static void close_pair(struct pair *pair)
{
    EVP_PKEY_CTX_free(pair->derive);
    EVP_MD_free(pair->sha256);
    EVP_MD_CTX_free(pair->digest);
    close_side(&pair->own);
    close_side(&pair->peer);
}

static void agree(struct pair *pair, uint8_t key[32])
{
    BCRYPT_SECRET_HANDLE secret;
    static WCHAR hash[] = BCRYPT_SHA256_ALGORITHM;
    BCryptBuffer buffer = { sizeof(hash), KDF_HASH_ALGORITHM, hash };
    BCryptBufferDesc parameters = { BCRYPTBUFFER_VERSION, 1, &buffer };
    ULONG len;
    check(BCryptSecretAgreement(pair->own.key, pair->peer.key, &secret, 0), "SecretAgreement");
    check(BCryptDeriveKey(secret, BCRYPT_KDF_HASH, &parameters, key, 32, &len, 0), "DeriveKey");
    check(BCryptDestroySecret(secret), "DestroySecret");
}

static void agree_by_evp(struct pair *pair, uint8_t key[32])
{
    uint8_t secret[MAX_LEN];
    size_t len = sizeof(secret);
    if (EVP_PKEY_derive_set_peer_ex(pair->derive, pair->peer.pkey, 0) <= 0 ||
            EVP_PKEY_derive(pair->derive, secret, &len) <= 0 ||
            EVP_DigestInit_ex2(pair->digest, pair->sha256, NULL) != 1 ||
            EVP_DigestUpdate(pair->digest, secret, len) != 1 ||
            EVP_DigestFinal_ex(pair->digest, key, NULL) != 1) {
        bench_fail("OpenSSL");
    }
}

typedef void agree_fn(struct pair *pair, uint8_t key[32]);

static double time_batch(struct pair *pair, unsigned batch, agree_fn *run)
{
    uint8_t key[32];
    uint64_t start = vit_now_ns();
    for (unsigned i = 0; i < batch; i++) {
        run(pair, key);
    }
    return (double)(vit_now_ns() - start) / batch;
}

/* Both must have made the same key. */
static void compare(struct pair *pair, const char *name)
{
    uint8_t ours[32], theirs[32];
    agree(pair, ours);
    agree_by_evp(pair, theirs);
    if (memcmp(ours, theirs, sizeof(ours)) != 0) {
        bench_fail("%s: the keys differ", name);
    }
}

static void run(const struct algorithm *algorithm, unsigned batch)
{
    struct pair pair;
    double of_ours[ROUNDS], of_evp[ROUNDS], ratios[ROUNDS];
    char name[64];
    open_pair(algorithm, &pair);
    compare(&pair, algorithm->name);
    for (unsigned i = 0; i < ROUNDS; i++) {
        of_ours[i] = time_batch(&pair, batch, agree);
        of_evp[i] = time_batch(&pair, batch, agree_by_evp);
        ratios[i] = of_evp[i] / of_ours[i];
    }
    close_pair(&pair);
    snprintf(name, sizeof(name), "bcrypt.agree_%s_vs_evp", algorithm->name);
    bench_figure(name, bench_median(ratios, ROUNDS), "ratio", "%.1f with %.1f us",
            bench_median(of_ours, ROUNDS) / 1000, bench_median(of_evp, ROUNDS) / 1000);
}

int main(int argc, char **argv)
{
    const struct algorithm algorithms[] = {
        { "p256", BCRYPT_ECDH_P256_ALG_HANDLE, NULL, 256, "EC", "P-256", 10 },
        { "p384", BCRYPT_ECDH_P384_ALG_HANDLE, NULL, 384, "EC", "P-384", 1 },
        { "p521", BCRYPT_ECDH_P521_ALG_HANDLE, NULL, 521, "EC", "P-521", 1 },
        { "x25519", NULL, BCRYPT_ECC_CURVE_25519, 255, "X25519", NULL, 20 },
        { "dh2048", BCRYPT_DH_ALG_HANDLE, NULL, 2048, "DH", "ffdhe2048", 1 },
    };
    struct bench bench;
    bench_parse(&bench, argc, argv);
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        unsigned batch = algorithms[i].batch;
        if (bench.count != 0) {
            batch = (batch * bench.count + STANDARD_COUNT - 1) / STANDARD_COUNT;
        }
        run(&algorithms[i], batch);
    }
    return 0;
}
