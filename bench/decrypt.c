/* SPDX-License-Identifier: MIT */
/*
 * decrypt.16m_vs_memcpy, decrypt.64k_vs_evp, decrypt.4k_added_us: DecryptionBlt from staging to a
 * protected texture, as a player calls it, against memcpy and against AES-128-CTR by OpenSSL from
 * the same staging memory to other memory. decrypt.16m_vs_cipher, decrypt.64k_vs_cipher: against the
 * cipher that the device itself uses, so what the rest of driver and device costs. They alternate.
 */
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "bench/blt.h"
#include "crypto/cipher.h"

enum { BATCH = 64, LONG_COUNT = 100, MIDDLE_COUNT = 200, SHORT_COUNT = 10000 };

/* One size: the blt, and what the other side of the comparison needs. */
struct pair {
    struct bench_blt blt;
    uint8_t *copy; /* as long as the blt */
    EVP_CIPHER_CTX *aes;
    struct vit_slab *slab;
    struct vit_cipher *cipher;
};

static void open_pair(struct pair *pair, const struct bench *bench, UINT side)
{
    bench_blt_open(&pair->blt, bench, side);
    const uint8_t *key = pair->blt.key;
    pair->copy = mmap(NULL, pair->blt.len, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    pair->aes = EVP_CIPHER_CTX_new();
    if (pair->copy == MAP_FAILED || pair->aes == NULL ||
            EVP_EncryptInit_ex2(pair->aes, EVP_aes_128_ctr(), key, key, NULL) != 1) {
        bench_fail("out of memory");
    }
    if (vit_slab_create(&pair->slab) != VIT_OK ||
            vit_cipher_create(pair->slab, NULL, &pair->cipher) != VIT_OK) {
        bench_fail("no secret memory");
    }
}

static void close_pair(struct pair *pair)
{
    vit_cipher_destroy(pair->cipher);
    vit_slab_destroy(pair->slab);
    EVP_CIPHER_CTX_free(pair->aes);
    munmap(pair->copy, pair->blt.len);
    bench_blt_close(&pair->blt);
}

static void copy_by_aes(struct pair *pair, const uint8_t *from)
{
    uint8_t iv[16];
    int len = 0;
    bench_blt_take_iv(&pair->blt, iv);
    if (EVP_EncryptInit_ex2(pair->aes, NULL, NULL, iv, NULL) != 1 ||
            EVP_EncryptUpdate(pair->aes, pair->copy, &len, from, (int)pair->blt.len) != 1) {
        bench_fail("AES-128-CTR by OpenSSL");
    }
}

static void copy_by_cipher(struct pair *pair, const uint8_t *from)
{
    static const uint8_t key[BENCH_KEY_LEN];
    uint8_t iv[16];
    bench_blt_take_iv(&pair->blt, iv);
    if (vit_ctr_begin(pair->cipher, key, iv, 0) != VIT_OK ||
            vit_ctr_update(pair->cipher, from, pair->copy, pair->blt.len) != VIT_OK) {
        bench_fail("AES-128-CTR by the device's cipher");
    }
    vit_ctr_end(pair->cipher);
}

static void copy_by_memcpy(struct pair *pair, const uint8_t *from)
{
    memcpy(pair->copy, from, pair->blt.len);
    __asm__ volatile("" : : "r"(pair->copy) : "memory"); /* as if somebody read it */
}

typedef void copy_fn(struct pair *pair, const uint8_t *from);

static double time_copies(struct pair *pair, unsigned count, copy_fn *copy)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    bench_check(vit_resource_map(pair->blt.source, D3D10_DDI_MAP_READ, &mapped), "Map");
    uint64_t start = vit_now_ns();
    for (unsigned i = 0; i < count; i++) {
        copy(pair, mapped.pData);
    }
    uint64_t end = vit_now_ns();
    vit_resource_unmap(pair->blt.source);
    return (double)(end - start);
}

struct times {
    double blt, other, cipher; /* nanoseconds, medians */
};

static struct times compare(const struct bench *bench, UINT side, unsigned batch, uint32_t count,
        copy_fn *other)
{
    struct pair pair;
    double *of_blt = bench_alloc(count, sizeof(double));
    double *of_other = bench_alloc(count, sizeof(double));
    double *of_cipher = bench_alloc(count, sizeof(double));
    open_pair(&pair, bench, side);
    bench_blt_time(&pair.blt, batch); /* brings pages into being */
    for (uint32_t i = 0; i < count; i++) {
        of_blt[i] = bench_blt_time(&pair.blt, batch);
        of_other[i] = time_copies(&pair, batch, other);
        of_cipher[i] = time_copies(&pair, batch, copy_by_cipher);
    }
    struct times times = { bench_median(of_blt, count), bench_median(of_other, count),
        bench_median(of_cipher, count) };
    close_pair(&pair);
    free(of_blt);
    free(of_other);
    free(of_cipher);
    return times;
}

/* How often: count says it for the short ones. */
static uint32_t scaled(const struct bench *bench, uint32_t standard)
{
    uint64_t count = bench->count == 0 ? standard : (uint64_t)standard * bench->count / SHORT_COUNT;
    return count < 10 ? 10 : (uint32_t)count;
}

/* Bytes per second against those of others. */
static void report(const char *name, double bytes, double blt, double other)
{
    bench_figure(name, other / blt, "ratio", "%.2f of %.2f GB/s", bytes / blt, bytes / other);
}

static void run_long(const struct bench *bench)
{
    const double bytes = 2048.0 * 2048 * 4;
    struct times times = compare(bench, 2048, 1, scaled(bench, LONG_COUNT), copy_by_memcpy);
    report("decrypt.16m_vs_memcpy", bytes, times.blt, times.other);
    report("decrypt.16m_vs_cipher", bytes, times.blt, times.cipher);
}

static void run_middle(const struct bench *bench)
{
    const double bytes = 128.0 * 128 * 4 * BATCH;
    struct times times = compare(bench, 128, BATCH, scaled(bench, MIDDLE_COUNT), copy_by_aes);
    report("decrypt.64k_vs_evp", bytes, times.blt, times.other);
    report("decrypt.64k_vs_cipher", bytes, times.blt, times.cipher);
}

static void run_short(const struct bench *bench)
{
    struct times times = compare(bench, 32, 1, scaled(bench, SHORT_COUNT), copy_by_aes);
    bench_figure("decrypt.4k_added_us", (times.blt - times.other) / 1000, "us",
            "%.2f with, %.2f the AES", times.blt / 1000, times.other / 1000);
}

int main(int argc, char **argv)
{
    struct bench bench;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    run_long(&bench);
    run_middle(&bench);
    run_short(&bench);
    bench_close(&bench);
    return 0;
}
