/* SPDX-License-Identifier: MIT */
/* The driver over the real kernel driver with the device in this process: what the driver lets
 * through the device takes, and the bytes are right. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/umd/embedded.h"
#include "tests/vectors/vectors.h"

static void play_and_read_back(enum vit_custody custody)
{
    struct embedded stage;
    enum { LEN = 20000 };
    static uint8_t bytes[LEN];
    const struct vitrine_partial partial = { 33, 144, 16 };
    const uint8_t content_key[16] = { 7, 7, 7 };
    const struct embedded_frame frames[] = {
        { bytes, LEN, NULL, NULL },
        { bytes, LEN, content_key, NULL },
        { bytes, LEN, NULL, &partial },
        { bytes, LEN, content_key, &partial },
    };
    embedded_fill(bytes, LEN);
    embedded_open(&stage, custody);
    struct vit_resource *picture =
            embedded_resource(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(embedded_play(&stage, &frames[i], picture), S_OK);
        uint8_t *back = embedded_read_back(&stage, picture, LEN);
        cr_assert_arr_eq(back, bytes, LEN, "frame %u", i);
        free(back);
    }
    cr_assert_eq(embedded_refusals(&stage), 0u);
    vit_resource_destroy(picture);
    embedded_close(&stage);
}

Test(embedded, plays_frames_with_the_key_in_the_driver)
{
    play_and_read_back(VIT_CUSTODY_DRIVER);
}

Test(embedded, plays_frames_with_the_key_in_the_device)
{
    play_and_read_back(VIT_CUSTODY_DEVICE);
}

static void take_exchange_vectors(enum vit_custody custody)
{
    struct embedded stage;
    struct vectors *vectors = vectors_load("exchange.txt");
    unsigned good = 0;
    embedded_open(&stage, custody);
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t block[256], plaintext[256];
        struct vit_session *session = NULL;
        vector_exact(vector, "block", block, sizeof(block));
        bool fits = vector_is_good(vector) &&
                vector_bytes(vector, "plaintext", plaintext, sizeof(plaintext)) == 16;
        cr_assert_eq(vit_session_create(stage.device, &session), S_OK);
        HRESULT hr = embedded_negotiate(&stage, session, block);
        cr_assert_eq(hr, fits ? S_OK : E_INVALIDARG, "%08x %s", (unsigned)hr,
                vector_text(vector, "name"));
        good += fits;
        vit_session_destroy(session);
    }
    cr_assert_geq(good, 2u);
    vectors_free(vectors);
    embedded_close(&stage);
}

Test(embedded, takes_the_blocks_of_the_vectors_in_the_driver)
{
    take_exchange_vectors(VIT_CUSTODY_DRIVER);
}

Test(embedded, takes_the_blocks_of_the_vectors_in_the_device)
{
    take_exchange_vectors(VIT_CUSTODY_DEVICE);
}

Test(embedded, refreshes_the_session_key)
{
    struct embedded stage;
    uint8_t bytes[1000], random[16];
    embedded_fill(bytes, sizeof(bytes));
    embedded_open(&stage, VIT_CUSTODY_DRIVER);
    const struct embedded_frame frame = { bytes, sizeof(bytes), NULL, NULL };
    struct vit_device *device = stage.device;
    struct vit_resource *picture =
            embedded_resource(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, 1000, 1);
    cr_assert_eq(embedded_play(&stage, &frame, picture), S_OK);
    device->video.pfnStartSessionKeyRefresh(device->handle, stage.session->handle, 16, random);
    cr_assert_eq(embedded_play(&stage, &frame, picture), S_OK,
            "the old key is in force until the end");
    device->video.pfnFinishSessionKeyRefresh(device->handle, stage.session->handle);
    cr_assert_eq(vit_device_take_error(device), S_OK);
    cr_assert_eq(vitrine_session_key_refresh(stage.key, random), VITRINE_OK);
    stage.iv = 0; /* a fresh key */
    cr_assert_eq(embedded_play(&stage, &frame, picture), S_OK);
    uint8_t *back = embedded_read_back(&stage, picture, sizeof(bytes));
    cr_assert_arr_eq(back, bytes, sizeof(bytes));
    free(back);
    cr_assert_eq(embedded_refusals(&stage), 0u);
    vit_resource_destroy(picture);
    embedded_close(&stage);
}

Test(embedded, event_is_true_without_a_wait)
{
    struct embedded stage;
    uint8_t bytes[4096];
    BOOL done = FALSE;
    embedded_fill(bytes, sizeof(bytes));
    embedded_open(&stage, VIT_CUSTODY_DRIVER);
    const struct embedded_frame frame = { bytes, sizeof(bytes), NULL, NULL };
    struct vit_device *device = stage.device;
    struct vit_event *event = NULL;
    struct vit_resource *picture =
            embedded_resource(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, 4096, 1);
    cr_assert_eq(vit_event_create(device, &event), S_OK);
    cr_assert_eq(embedded_play(&stage, &frame, picture), S_OK);
    device->funcs.pfnQueryEnd(device->handle, event->handle);
    device->funcs.pfnQueryGetData(device->handle, event->handle, &done, sizeof(done), 0);
    cr_assert_eq(vit_device_take_error(device), S_OK);
    cr_assert_eq(done, TRUE);
    vit_event_destroy(event);
    vit_resource_destroy(picture);
    embedded_close(&stage);
}

/* Too long for the caller's thread: workers do it, and the query tells when. */
Test(embedded, long_jobs_are_waited_for)
{
    struct embedded stage;
    enum { LEN = 8 << 20 };
    uint8_t *bytes = malloc(LEN);
    embedded_fill(bytes, LEN);
    embedded_open(&stage, VIT_CUSTODY_DEVICE);
    const struct embedded_frame frame = { bytes, LEN, NULL, NULL };
    struct vit_event *event = NULL;
    struct vit_resource *picture =
            embedded_resource(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
    cr_assert_eq(vit_event_create(stage.device, &event), S_OK);
    cr_assert_eq(embedded_play(&stage, &frame, picture), S_OK);
    cr_assert_eq(vit_event_wait(event, 30000), S_OK);
    uint8_t *back = embedded_read_back(&stage, picture, LEN);
    cr_assert_eq(memcmp(back, bytes, LEN), 0);
    free(back);
    free(bytes);
    vit_event_destroy(event);
    vit_resource_destroy(picture);
    embedded_close(&stage);
}

/* More than may be in flight: submissions wait for room, nothing is lost. */
Test(embedded, takes_many_submissions_without_a_wait)
{
    struct embedded stage;
    enum { LEN = 1 << 20, COUNT = 400 };
    uint8_t *bytes = malloc(LEN);
    embedded_fill(bytes, LEN);
    embedded_open(&stage, VIT_CUSTODY_DEVICE);
    struct vit_device *device = stage.device;
    struct vit_resource *picture =
            embedded_resource(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
    struct vit_resource *staging =
            embedded_resource(&stage, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, LEN, 1);
    for (unsigned i = 0; i < COUNT; i++) {
        uint8_t iv[16];
        cr_assert_eq(vitrine_iv_bytes(++stage.iv, 0, iv), VITRINE_OK);
        device->video.pfnDecryptionBlt(device->handle, stage.session->handle, staging->handle,
                picture->handle, NULL, 0, NULL, 16, iv);
        cr_assert_eq(device->funcs.pfnFlush(device->handle, 0), TRUE);
        cr_assert_eq(vit_device_take_error(device), S_OK);
    }
    const struct embedded_frame frame = { bytes, LEN, NULL, NULL };
    cr_assert_eq(embedded_play(&stage, &frame, picture), S_OK);
    uint8_t *back = embedded_read_back(&stage, picture, LEN);
    cr_assert_eq(memcmp(back, bytes, LEN), 0);
    cr_assert_eq(embedded_refusals(&stage), 0u);
    free(back);
    free(bytes);
    vit_resource_destroy(staging);
    vit_resource_destroy(picture);
    embedded_close(&stage);
}

static void update(struct vit_resource *resource, const void *data, UINT pitch)
{
    struct vit_device *device = resource->device;
    device->funcs.pfnResourceUpdateSubresourceUP(device->handle, resource->handle, 0, NULL, data,
            pitch, 0, 0);
    cr_assert_eq(vit_device_take_error(device), S_OK);
}

Test(embedded, copies_and_updates_unprotected_pictures)
{
    struct embedded stage;
    enum { WIDTH = 32, HEIGHT = 16, LEN = WIDTH * HEIGHT * 3 / 2 };
    uint8_t bytes[LEN];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    embedded_fill(bytes, LEN);
    embedded_open(&stage, VIT_CUSTODY_DRIVER);
    struct vit_device *device = stage.device;
    struct vit_resource *plain =
            embedded_resource(&stage, VIT_USE_DEFAULT, DXGI_FORMAT_NV12, WIDTH, HEIGHT);
    struct vit_resource *staging =
            embedded_resource(&stage, VIT_USE_STAGING, DXGI_FORMAT_NV12, WIDTH, HEIGHT);
    const D3D10_DDI_BOX box = { 2, 2, 0, 10, 6, 1 };
    update(plain, bytes, WIDTH);
    device->funcs.pfnResourceCopy(device->handle, staging->handle, plain->handle);
    cr_assert_eq(vit_resource_map(staging, D3D10_DDI_MAP_READWRITE, &mapped), S_OK);
    cr_assert_arr_eq(mapped.pData, bytes, LEN);
    memset(mapped.pData, 0, LEN);
    vit_resource_unmap(staging);
    device->funcs.pfnResourceCopyRegion(device->handle, staging->handle, 0, 4, 8, 0, plain->handle,
            0, &box, 0);
    cr_assert_eq(vit_device_take_error(device), S_OK);
    cr_assert_eq(vit_resource_map(staging, D3D10_DDI_MAP_READ, &mapped), S_OK);
    const uint8_t *moved = mapped.pData;
    for (unsigned row = 0; row < 4; row++) {
        cr_assert_arr_eq(moved + (8 + row) * WIDTH + 4, bytes + (2 + row) * WIDTH + 2, 8);
    }
    for (unsigned row = 0; row < 2; row++) {
        cr_assert_arr_eq(moved + (HEIGHT + 4 + row) * WIDTH + 4,
                bytes + (HEIGHT + 1 + row) * WIDTH + 2, 8);
    }
    cr_assert_eq(moved[0], 0);
    cr_assert_eq(embedded_refusals(&stage), 0u);
    vit_resource_unmap(staging);
    vit_resource_destroy(staging);
    vit_resource_destroy(plain);
    embedded_close(&stage);
}

Test(embedded, shows_a_protected_picture_exactly)
{
    struct embedded stage;
    enum { WIDTH = 64, HEIGHT = 48, LEN = WIDTH * HEIGHT * 4 };
    static uint8_t bytes[LEN];
    embedded_fill(bytes, LEN);
    embedded_open(&stage, VIT_CUSTODY_DRIVER);
    struct vit_device *device = stage.device;
    const struct embedded_frame frame = { bytes, LEN, NULL, NULL };
    struct vit_resource *picture =
            embedded_resource(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM, WIDTH, HEIGHT);
    struct vit_resource *primary = embedded_resource(&stage, VIT_USE_PROTECTED_PRIMARY,
            DXGI_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT);
    cr_assert_eq(embedded_play(&stage, &frame, picture), S_OK);
    DXGI_DDI_ARG_BLT blt = {
        .hDevice = (DXGI_DDI_HDEVICE)device->handle.pDrvPrivate,
        .hDstResource = (DXGI_DDI_HRESOURCE)primary->handle.pDrvPrivate,
        .DstRight = WIDTH,
        .DstBottom = HEIGHT,
        .hSrcResource = (DXGI_DDI_HRESOURCE)picture->handle.pDrvPrivate,
        .Flags = { .Convert = 1 },
    };
    cr_assert_eq(device->dxgi.pfnBlt(&blt), S_OK);
    DXGI_DDI_ARG_PRESENT present = {
        .hDevice = blt.hDevice,
        .hSurfaceToPresent = blt.hDstResource,
        .Flags = { .Flip = 1 },
    };
    cr_assert_eq(device->dxgi.pfnPresent(&present), S_OK);
    const struct vitrine_host_tables *host = vit_adapter_host(stage.adapter);
    struct vitrine_host_picture shown;
    cr_assert_eq(host->picture(host->host, 0, &shown), S_OK);
    cr_assert_eq(shown.width, (uint32_t)WIDTH);
    cr_assert_eq(shown.height, (uint32_t)HEIGHT);
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        cr_assert_arr_eq(shown.pixels + i * 4, bytes + i * 4, 3, "pixel %u", i);
    }
    cr_assert_eq(embedded_refusals(&stage), 0u);
    vit_resource_destroy(primary);
    vit_resource_destroy(picture);
    embedded_close(&stage);
}

Test(embedded, converts_and_scales_nv12_to_the_screen)
{
    struct embedded stage;
    enum { LEN = 32 * 32 * 3 / 2 };
    uint8_t grey[LEN];
    memset(grey, 126, 32 * 32); /* 128 of 0 to 255 */
    memset(grey + 32 * 32, 128, LEN - 32 * 32);
    embedded_open(&stage, VIT_CUSTODY_DEVICE);
    struct vit_device *device = stage.device;
    const struct embedded_frame frame = { grey, LEN, NULL, NULL };
    struct vit_resource *picture =
            embedded_resource(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_NV12, 32, 32);
    struct vit_resource *primary = embedded_resource(&stage, VIT_USE_PROTECTED_PRIMARY,
            DXGI_FORMAT_B8G8R8A8_UNORM, 80, 60);
    cr_assert_eq(embedded_play(&stage, &frame, picture), S_OK);
    DXGI_DDI_ARG_BLT blt = {
        .hDevice = (DXGI_DDI_HDEVICE)device->handle.pDrvPrivate,
        .hDstResource = (DXGI_DDI_HRESOURCE)primary->handle.pDrvPrivate,
        .DstRight = 80,
        .DstBottom = 60,
        .hSrcResource = (DXGI_DDI_HRESOURCE)picture->handle.pDrvPrivate,
        .Flags = { .Convert = 1, .Stretch = 1 },
    };
    cr_assert_eq(device->dxgi.pfnBlt(&blt), S_OK);
    DXGI_DDI_ARG_PRESENT present = { .hDevice = blt.hDevice,
        .hSurfaceToPresent = blt.hDstResource };
    cr_assert_eq(device->dxgi.pfnPresent(&present), S_OK);
    const struct vitrine_host_tables *host = vit_adapter_host(stage.adapter);
    struct vitrine_host_picture shown;
    cr_assert_eq(host->picture(host->host, 0, &shown), S_OK);
    for (unsigned i = 0; i < 80 * 60; i++) {
        for (unsigned channel = 0; channel < 3; channel++) {
            int value = shown.pixels[i * 4 + channel];
            cr_assert(abs(value - 128) <= 1, "pixel %u: %d", i, value);
        }
    }
    cr_assert_eq(embedded_refusals(&stage), 0u);
    vit_resource_destroy(primary);
    vit_resource_destroy(picture);
    embedded_close(&stage);
}

/* Left half dark, right half light, as NV12 without colour. */
static void halves(uint8_t *nv12, UINT width, UINT height)
{
    for (UINT row = 0; row < height; row++) {
        memset(nv12 + row * width, 16, width / 2);
        memset(nv12 + row * width + width / 2, 235, width - width / 2);
    }
    memset(nv12 + width * height, 128, width * height / 2);
}

/* Converts all of source to all of primary and presents that. */
static struct vitrine_host_picture blt_and_show(struct embedded *stage, struct vit_resource *source,
        struct vit_resource *primary, UINT width, UINT height)
{
    struct vit_device *device = stage->device;
    DXGI_DDI_ARG_BLT blt = {
        .hDevice = (DXGI_DDI_HDEVICE)device->handle.pDrvPrivate,
        .hDstResource = (DXGI_DDI_HRESOURCE)primary->handle.pDrvPrivate,
        .DstRight = width,
        .DstBottom = height,
        .hSrcResource = (DXGI_DDI_HRESOURCE)source->handle.pDrvPrivate,
        .Flags = { .Convert = 1, .Stretch = 1 },
    };
    cr_assert_eq(device->dxgi.pfnBlt(&blt), S_OK);
    DXGI_DDI_ARG_PRESENT present = { .hDevice = blt.hDevice,
        .hSurfaceToPresent = blt.hDstResource };
    cr_assert_eq(device->dxgi.pfnPresent(&present), S_OK);
    const struct vitrine_host_tables *host = vit_adapter_host(stage->adapter);
    struct vitrine_host_picture shown;
    cr_assert_eq(host->picture(host->host, 0, &shown), S_OK);
    cr_assert_eq(shown.width, width);
    cr_assert_eq(shown.height, height);
    return shown;
}

static void show_unprotected_nv12(enum vit_resource_use primary_use)
{
    struct embedded stage;
    enum { SIDE = 32, WIDTH = 80, HEIGHT = 60 };
    uint8_t bytes[SIDE * SIDE * 3 / 2];
    halves(bytes, SIDE, SIDE);
    embedded_open(&stage, VIT_CUSTODY_DEVICE);
    struct vit_resource *picture =
            embedded_resource(&stage, VIT_USE_DEFAULT, DXGI_FORMAT_NV12, SIDE, SIDE);
    struct vit_resource *primary =
            embedded_resource(&stage, primary_use, DXGI_FORMAT_B8G8R8A8_UNORM, WIDTH, HEIGHT);
    update(picture, bytes, SIDE);
    struct vitrine_host_picture shown = blt_and_show(&stage, picture, primary, WIDTH, HEIGHT);
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        unsigned column = i % WIDTH;
        if (column < WIDTH / 2 - 2 || column >= WIDTH / 2 + 2) { /* it is soft between them */
            int expected = column < WIDTH / 2 ? 0 : 255;
            for (unsigned channel = 0; channel < 3; channel++) {
                int value = shown.pixels[i * 4 + channel];
                cr_assert(abs(value - expected) <= 1, "pixel %u: %d", i, value);
            }
        }
    }
    cr_assert_eq(embedded_refusals(&stage), 0u);
    vit_resource_destroy(primary);
    vit_resource_destroy(picture);
    embedded_close(&stage);
}

Test(embedded, converts_and_scales_unprotected_nv12_to_the_screen)
{
    show_unprotected_nv12(VIT_USE_PRIMARY);
}

Test(embedded, converts_and_scales_unprotected_nv12_to_a_protected_screen)
{
    show_unprotected_nv12(VIT_USE_PROTECTED_PRIMARY);
}

Test(embedded, converts_unprotected_bgra_to_the_screen_exactly)
{
    struct embedded stage;
    enum { WIDTH = 64, HEIGHT = 48 };
    static uint8_t bytes[WIDTH * HEIGHT * 4];
    embedded_fill(bytes, sizeof(bytes));
    embedded_open(&stage, VIT_CUSTODY_DRIVER);
    struct vit_resource *picture =
            embedded_resource(&stage, VIT_USE_DEFAULT, DXGI_FORMAT_B8G8R8A8_UNORM, WIDTH, HEIGHT);
    struct vit_resource *primary =
            embedded_resource(&stage, VIT_USE_PRIMARY, DXGI_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT);
    update(picture, bytes, WIDTH * 4);
    struct vitrine_host_picture shown = blt_and_show(&stage, picture, primary, WIDTH, HEIGHT);
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        cr_assert_arr_eq(shown.pixels + i * 4, bytes + i * 4, 3, "pixel %u", i);
    }
    cr_assert_eq(embedded_refusals(&stage), 0u);
    vit_resource_destroy(primary);
    vit_resource_destroy(picture);
    embedded_close(&stage);
}

/* What the driver lets through is refused by the device only where it knows more. */
Test(embedded, labels_are_the_devices)
{
    struct embedded stage;
    uint8_t bytes[256];
    embedded_fill(bytes, sizeof(bytes));
    embedded_open(&stage, VIT_CUSTODY_DRIVER);
    struct vit_device *device = stage.device;
    const struct embedded_frame frame = { bytes, sizeof(bytes), NULL, NULL };
    struct vit_resource *mine =
            embedded_resource(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, 256, 1);
    struct vit_resource *theirs =
            embedded_resource(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, 256, 1);
    struct vit_resource *clear_one =
            embedded_resource(&stage, VIT_USE_DEFAULT, DXGI_FORMAT_UNKNOWN, 256, 1);
    struct vit_session *session = stage.session;
    cr_assert_eq(embedded_play(&stage, &frame, mine), S_OK);
    stage.session = embedded_session(&stage);
    cr_assert_eq(embedded_play(&stage, &frame, theirs), S_OK);
    device->funcs.pfnResourceCopy(device->handle, theirs->handle, mine->handle);
    cr_assert_eq(vit_device_take_error(device), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(embedded_play(&stage, &frame, mine), S_OK, "as a whole it can be replaced");
    update(mine, bytes, 256);
    device->funcs.pfnResourceCopy(device->handle, mine->handle, clear_one->handle);
    device->funcs.pfnResourceCopy(device->handle, theirs->handle, mine->handle);
    cr_assert_eq(vit_device_take_error(device), S_OK);
    device->funcs.pfnFlush(device->handle, 0);
    cr_assert_eq(embedded_refusals(&stage), 0u);
    vit_session_destroy(session);
    vit_resource_destroy(clear_one);
    vit_resource_destroy(theirs);
    vit_resource_destroy(mine);
    embedded_close(&stage);
}

Test(embedded, devices_are_created_and_destroyed_in_any_order)
{
    struct embedded stage;
    struct vit_device *second = NULL;
    uint8_t bytes[64] = { 0 };
    embedded_open(&stage, VIT_CUSTODY_DRIVER);
    cr_assert_eq(vit_device_open(stage.adapter, &second), S_OK);
    struct vit_resource *resource = NULL;
    cr_assert_eq(vit_resource_create(second, VIT_USE_DEFAULT, DXGI_FORMAT_UNKNOWN, 64, 1,
                         &resource),
            S_OK);
    update(resource, bytes, 64);
    vit_resource_destroy(resource);
    vit_device_close(second);
    embedded_close(&stage);
}
