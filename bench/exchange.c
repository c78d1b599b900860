/* SPDX-License-Identifier: MIT */
/*
 * exchange.vs_oaep: NegotiateCryptoSessionKeyExchange, each with a fresh session, against the bare
 * private-key operation by OpenSSL with one context prepared before. Calls alternate; the median of
 * each decides, so that neither another process nor the renewal of OpenSSL's blinding (every 32
 * operations) does.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"

enum { BLOCK_COUNT = 16, DEFAULT_COUNT = 1000 };

static EVP_PKEY_CTX *prepare_raw(const char *path)
{
    VIT_AUTO(stream) file = fopen(path, "re");
    EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    EVP_PKEY_free(key);
    if (ctx == NULL || EVP_PKEY_decrypt_init(ctx) <= 0 ||
            EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) <= 0 ||
            EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha512()) <= 0 ||
            EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha512()) <= 0) {
        bench_fail("%s: no key, or not one for RSAES-OAEP", path);
    }
    return ctx;
}

static double time_raw(EVP_PKEY_CTX *ctx, const uint8_t block[BENCH_BLOCK_LEN])
{
    uint8_t out[BENCH_BLOCK_LEN];
    size_t len = sizeof(out);
    uint64_t start = vit_now_ns();
    int done = EVP_PKEY_decrypt(ctx, out, &len, block, BENCH_BLOCK_LEN);
    uint64_t end = vit_now_ns();
    if (done != 1 || len != BENCH_KEY_LEN) {
        bench_fail("OpenSSL does not decrypt what the device is sent");
    }
    return (double)(end - start);
}

static double time_negotiate(const struct bench *bench, uint8_t block[BENCH_BLOCK_LEN])
{
    struct vit_device *device = bench->device;
    struct vit_session *session;
    bench_check(vit_session_create(device, &session), "CreateCryptoSession");
    uint64_t start = vit_now_ns();
    HRESULT hr = device->video.pfnNegotiateCryptoSessionKeyExchange(device->handle, session->handle,
            BENCH_BLOCK_LEN, block);
    uint64_t end = vit_now_ns();
    bench_check(hr, "NegotiateCryptoSessionKeyExchange");
    vit_session_destroy(session);
    return (double)(end - start);
}

int main(int argc, char **argv)
{
    static uint8_t blocks[BLOCK_COUNT][BENCH_BLOCK_LEN];
    struct bench bench;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    EVP_PKEY_CTX *raw = prepare_raw(bench.key);
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        uint8_t key[BENCH_KEY_LEN];
        bench_random(key, sizeof(key));
        bench_block(&bench, key, sizeof(key), blocks[i]);
    }
    uint32_t count = bench.count != 0 ? bench.count : DEFAULT_COUNT;
    double *of_driver = bench_alloc(count, sizeof(double));
    double *of_raw = bench_alloc(count, sizeof(double));
    for (uint32_t i = 0; i < count; i++) {
        of_driver[i] = time_negotiate(&bench, blocks[i % BLOCK_COUNT]);
        of_raw[i] = time_raw(raw, blocks[i % BLOCK_COUNT]);
    }
    double driver = bench_median(of_driver, count), bare = bench_median(of_raw, count);
    bench_figure("exchange.vs_oaep", bare / driver, "ratio", "%.0f of %.0f per second",
            1e9 / driver, 1e9 / bare);
    free(of_driver);
    free(of_raw);
    EVP_PKEY_CTX_free(raw);
    bench_close(&bench);
    return 0;
}
