/* SPDX-License-Identifier: MIT */
/*
 * flood.blt, flood.small, flood.exchange: DecryptionBlts of one context while another, on the same
 * device, gives it work without end, against the same without that. Blts of 16 MiB against such blts,
 * of 64 KiB against such blts, and of 16 MiB against exchanges. They alternate.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "bench/bench.h"

enum { LONG_SIDE = 2048, SHORT_SIDE = 128, LONG_BATCH = 6, SHORT_BATCH = 64, COUNT = 15 };

/* One context with what its blts need. */
struct context {
    struct bench bench; /* with a device of its own */
    struct vit_session *session;
    struct vit_event *event;
    struct vit_resource *source, *destination;
    uint64_t iv;
};

struct flood {
    struct context context;
    void (*give)(struct flood *flood);
    pthread_t thread;
    atomic_bool wanted, end;
    atomic_uint given; /* since it was wanted */
    atomic_bool quiet;
    uint8_t block[BENCH_BLOCK_LEN];
};

static void open_context(struct context *context, const struct bench *bench, UINT side)
{
    uint8_t key[BENCH_KEY_LEN];
    context->bench = *bench;
    context->iv = 1;
    bench_check(vit_device_open(bench->adapter, &context->bench.device), "CreateDevice");
    struct vit_device *device = context->bench.device;
    context->session = bench_keyed_session(&context->bench, key);
    bench_check(vit_event_create(device, &context->event), "CreateQuery");
    bench_check(vit_resource_create(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM, side, side,
                        &context->source),
            "CreateResource (staging)");
    bench_check(vit_resource_create(device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM, side,
                        side, &context->destination),
            "CreateResource (protected)");
}

static void close_context(struct context *context)
{
    vit_resource_destroy(context->destination);
    vit_resource_destroy(context->source);
    vit_event_destroy(context->event);
    vit_session_destroy(context->session);
    vit_device_close(context->bench.device);
}

static void blt(struct context *context)
{
    struct vit_device *device = context->bench.device;
    uint8_t iv[16];
    vit_store_be64(iv, context->iv++);
    vit_store_be64(iv + 8, 0);
    device->video.pfnDecryptionBlt(device->handle, context->session->handle,
            context->source->handle, context->destination->handle, NULL, 0, NULL, sizeof(iv), iv);
}

static void settle(const struct context *context)
{
    HRESULT hr;
    do {
        hr = vit_event_wait(context->event, 10000);
    } while (hr == DXGI_DDI_ERR_WASSTILLDRAWING);
    bench_check(hr, "DecryptionBlt");
}

/* Asks again and again, as players do. */
static void await(const struct context *context)
{
    struct vit_device *device = context->bench.device;
    HRESULT hr;
    device->funcs.pfnQueryEnd(device->handle, context->event->handle);
    do {
        BOOL done = FALSE;
        device->funcs.pfnQueryGetData(device->handle, context->event->handle, &done, sizeof(done),
                0);
        hr = vit_device_take_error(device);
    } while (hr == DXGI_DDI_ERR_WASSTILLDRAWING);
    bench_check(hr, "DecryptionBlt");
}

/* Long ones are waited for in sleep: the processor is the worker's. */
static double time_blts(struct context *context, unsigned batch)
{
    uint64_t start = vit_now_ns();
    for (unsigned i = 0; i < batch; i++) {
        blt(context);
    }
    if (batch == LONG_BATCH) {
        settle(context);
    } else {
        await(context);
    }
    return (double)(vit_now_ns() - start);
}

/* Refusals are what a flood meets. */
static void give_blts(struct flood *flood)
{
    struct vit_device *device = flood->context.bench.device;
    blt(&flood->context);
    device->funcs.pfnFlush(device->handle, 0);
    (void)vit_device_take_error(device);
}

static void give_exchanges(struct flood *flood)
{
    struct vit_device *device = flood->context.bench.device;
    struct vit_session *session = NULL;
    bench_check(vit_session_create(device, &session), "CreateCryptoSession");
    (void)device->video.pfnNegotiateCryptoSessionKeyExchange(device->handle, session->handle,
            sizeof(flood->block), flood->block);
    vit_session_destroy(session);
}

static void *run_flood(void *argument)
{
    struct flood *flood = argument;
    while (!atomic_load(&flood->end)) {
        if (atomic_load(&flood->wanted)) {
            atomic_store(&flood->quiet, false);
            flood->give(flood);
            atomic_fetch_add(&flood->given, 1);
            continue;
        }
        if (!atomic_load(&flood->quiet)) {
            settle(&flood->context);
            atomic_store(&flood->quiet, true);
        }
        poll(NULL, 0, 1);
    }
    return NULL;
}

static void begin_flood(struct flood *flood)
{
    atomic_store(&flood->given, 0);
    atomic_store(&flood->wanted, true);
    while (atomic_load(&flood->given) < 3) {
        poll(NULL, 0, 1);
    }
}

static void end_flood(struct flood *flood)
{
    atomic_store(&flood->wanted, false);
    do {
        poll(NULL, 0, 2);
    } while (!atomic_load(&flood->quiet));
}

static void measure(const struct bench *bench, const char *name, UINT side, unsigned batch,
        void (*give)(struct flood *flood))
{
    struct context context;
    struct flood flood = { .give = give, .quiet = true };
    uint8_t key[BENCH_KEY_LEN];
    uint32_t count = bench->count == 0 ? COUNT : bench->count;
    double *alone = bench_alloc(count, sizeof(double));
    double *flooded = bench_alloc(count, sizeof(double));
    double given = 0;
    open_context(&context, bench, side);
    open_context(&flood.context, bench, side);
    bench_random(key, sizeof(key));
    bench_block(bench, key, sizeof(key), flood.block);
    if (pthread_create(&flood.thread, NULL, run_flood, &flood) != 0) {
        bench_fail("no thread");
    }
    (void)time_blts(&context, batch); /* brings pages into being */
    for (uint32_t i = 0; i < count; i++) {
        alone[i] = time_blts(&context, batch);
        begin_flood(&flood);
        flooded[i] = time_blts(&context, batch);
        given += atomic_load(&flood.given);
        end_flood(&flood);
    }
    atomic_store(&flood.end, true);
    pthread_join(flood.thread, NULL);
    double bytes = 4.0 * side * side * batch;
    double a = bench_median(alone, count), b = bench_median(flooded, count);
    bench_figure(name, a / b, "ratio", "%.2f of %.2f GB/s; %.0f given meanwhile", bytes / b,
            bytes / a, given / count);
    close_context(&flood.context);
    close_context(&context);
    free(alone);
    free(flooded);
}

int main(int argc, char **argv)
{
    struct bench bench;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    measure(&bench, "flood.blt", LONG_SIDE, LONG_BATCH, give_blts);
    measure(&bench, "flood.small", SHORT_SIDE, SHORT_BATCH, give_blts);
    measure(&bench, "flood.exchange", LONG_SIDE, LONG_BATCH, give_exchanges);
    bench_close(&bench);
    return 0;
}
