/* SPDX-License-Identifier: MIT */
#include "bench/blt.h"

#include "base/bytes.h"
#include "base/clock.h"

void bench_blt_open(struct bench_blt *blt, const struct bench *bench, UINT side)
{
    struct vit_device *device = bench->device;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    *blt = (struct bench_blt){ .bench = bench, .len = side * side * 4, .iv = 1 };
    blt->session = bench_keyed_session(bench, blt->key);
    bench_check(vit_event_create(device, &blt->event), "CreateQuery");
    bench_check(vit_resource_create(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM, side, side,
                        &blt->source),
            "CreateResource (staging)");
    bench_check(vit_resource_create(device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM, side,
                        side, &blt->destination),
            "CreateResource (protected)");
    bench_check(vit_resource_map(blt->source, D3D10_DDI_MAP_WRITE, &mapped), "Map");
    bench_random(mapped.pData, blt->len);
    vit_resource_unmap(blt->source);
}

void bench_blt_close(struct bench_blt *blt)
{
    vit_resource_destroy(blt->destination);
    vit_resource_destroy(blt->source);
    vit_event_destroy(blt->event);
    vit_session_destroy(blt->session);
}

void bench_blt_take_iv(struct bench_blt *blt, uint8_t iv[16])
{
    vit_store_be64(iv, blt->iv++);
    vit_store_be64(iv + 8, 0);
}

static void call(struct bench_blt *blt)
{
    struct vit_device *device = blt->bench->device;
    uint8_t iv[16];
    bench_blt_take_iv(blt, iv);
    device->video.pfnDecryptionBlt(device->handle, blt->session->handle, blt->source->handle,
            blt->destination->handle, NULL, 0, NULL, sizeof(iv), iv);
}

/* As players wait: asking again and again. */
static void await(const struct bench_blt *blt)
{
    struct vit_device *device = blt->bench->device;
    HRESULT hr;
    device->funcs.pfnQueryEnd(device->handle, blt->event->handle);
    do {
        BOOL done = FALSE;
        device->funcs.pfnQueryGetData(device->handle, blt->event->handle, &done, sizeof(done), 0);
        hr = vit_device_take_error(device);
    } while (hr == DXGI_DDI_ERR_WASSTILLDRAWING);
    bench_check(hr, "DecryptionBlt");
}

double bench_blt_stream_time(struct bench_blt *blt, unsigned count)
{
    struct vit_device *device = blt->bench->device;
    uint64_t start = vit_now_ns();
    for (unsigned i = 0; i < count; i++) {
        call(blt);
        device->funcs.pfnFlush(device->handle, 0);
    }
    await(blt);
    return (double)(vit_now_ns() - start);
}

double bench_blt_time(struct bench_blt *blt, unsigned count)
{
    uint64_t start = vit_now_ns();
    for (unsigned i = 0; i < count; i++) {
        call(blt);
    }
    await(blt);
    return (double)(vit_now_ns() - start);
}
