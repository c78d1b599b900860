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

#include "base/bytes.h"
#include "base/clock.h"
#include "bench/bench.h"
#include "crypto/cipher.h"

enum { BATCH = 64, LONG_COUNT = 100, MIDDLE_COUNT = 200, SHORT_COUNT = 10000 };

/* One size: both ends of the blt, and what the other side of the comparison needs. */
struct pair {
    const struct bench *bench;
    struct vit_session *session;
    struct vit_event *event;
    struct vit_resource *source, *destination;
    UINT len;
    uint8_t *copy; /* len bytes */
    EVP_CIPHER_CTX *aes;
    struct vit_slab *slab;
    struct vit_cipher *cipher;
    uint64_t iv;
};

static void open_pair(struct pair *pair, const struct bench *bench, UINT side)
{
    struct vit_device *device = bench->device;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    uint8_t key[BENCH_KEY_LEN];
    *pair = (struct pair){ .bench = bench, .len = side * side * 4, .iv = 1 };
    pair->session = bench_keyed_session(bench, key);
    bench_check(vit_event_create(device, &pair->event), "CreateQuery");
    bench_check(vit_resource_create(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM, side, side,
                        &pair->source),
            "CreateResource (staging)");
    bench_check(vit_resource_create(device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM, side,
                        side, &pair->destination),
            "CreateResource (protected)");
    bench_check(vit_resource_map(pair->source, D3D10_DDI_MAP_WRITE, &mapped), "Map");
    bench_random(mapped.pData, pair->len);
    vit_resource_unmap(pair->source);

    pair->copy = mmap(NULL, pair->len, PROT_READ | PROT_WRITE,
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
    munmap(pair->copy, pair->len);
    vit_resource_destroy(pair->destination);
    vit_resource_destroy(pair->source);
    vit_event_destroy(pair->event);
    vit_session_destroy(pair->session);
}

static void take_iv(struct pair *pair, uint8_t iv[16])
{
    vit_store_be64(iv, pair->iv++);
    vit_store_be64(iv + 8, 0);
}

static void blt(struct pair *pair)
{
    struct vit_device *device = pair->bench->device;
    uint8_t iv[16];
    take_iv(pair, iv);
    device->video.pfnDecryptionBlt(device->handle, pair->session->handle, pair->source->handle,
            pair->destination->handle, NULL, 0, NULL, sizeof(iv), iv);
}

/* As players wait: asking again and again. */
static void await(const struct pair *pair)
{
    struct vit_device *device = pair->bench->device;
    HRESULT hr;
    device->funcs.pfnQueryEnd(device->handle, pair->event->handle);
    do {
        BOOL done = FALSE;
        device->funcs.pfnQueryGetData(device->handle, pair->event->handle, &done, sizeof(done), 0);
        hr = vit_device_take_error(device);
    } while (hr == DXGI_DDI_ERR_WASSTILLDRAWING);
    bench_check(hr, "DecryptionBlt");
}

/* From the call until the event is true. */
static double time_blts(struct pair *pair, unsigned count)
{
    uint64_t start = vit_now_ns();
    for (unsigned i = 0; i < count; i++) {
        blt(pair);
    }
    await(pair);
    return (double)(vit_now_ns() - start);
}

static void copy_by_aes(struct pair *pair, const uint8_t *from)
{
    uint8_t iv[16];
    int len = 0;
    take_iv(pair, iv);
    if (EVP_EncryptInit_ex2(pair->aes, NULL, NULL, iv, NULL) != 1 ||
            EVP_EncryptUpdate(pair->aes, pair->copy, &len, from, (int)pair->len) != 1) {
        bench_fail("AES-128-CTR by OpenSSL");
    }
}

static void copy_by_cipher(struct pair *pair, const uint8_t *from)
{
    static const uint8_t key[BENCH_KEY_LEN];
    uint8_t iv[16];
    take_iv(pair, iv);
    if (vit_ctr_begin(pair->cipher, key, iv, 0) != VIT_OK ||
            vit_ctr_update(pair->cipher, from, pair->copy, pair->len) != VIT_OK) {
        bench_fail("AES-128-CTR by the device's cipher");
    }
    vit_ctr_end(pair->cipher);
}

static void copy_by_memcpy(struct pair *pair, const uint8_t *from)
{
    memcpy(pair->copy, from, pair->len);
    __asm__ volatile("" : : "r"(pair->copy) : "memory"); /* as if somebody read it */
}

typedef void copy_fn(struct pair *pair, const uint8_t *from);

static double time_copies(struct pair *pair, unsigned count, copy_fn *copy)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    bench_check(vit_resource_map(pair->source, D3D10_DDI_MAP_READ, &mapped), "Map");
    uint64_t start = vit_now_ns();
    for (unsigned i = 0; i < count; i++) {
        copy(pair, mapped.pData);
    }
    uint64_t end = vit_now_ns();
    vit_resource_unmap(pair->source);
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
    time_blts(&pair, batch); /* brings pages into being */
    for (uint32_t i = 0; i < count; i++) {
        of_blt[i] = time_blts(&pair, batch);
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
