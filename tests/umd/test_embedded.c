/* SPDX-License-Identifier: MIT */
/* The driver over the real kernel driver with the device in this process: what the driver lets
 * through the device takes, and the bytes are right. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/ddi.h"
#include "tests/umd/rig.h"
#include "tests/vectors/vectors.h"
#include "vitrine.h"

struct stage {
    char folder[64], chain_path[96];
    struct vitrine_device *verified; /* the content provider's view */
    struct vitrine_cipher *cipher;
    struct vit_adapter *adapter;
    struct vit_device *device;
    struct vit_session *session;
    uint8_t key[16];
    uint64_t iv;
};

static void write_chain(struct stage *stage, enum vit_custody custody)
{
    size_t len;
    uint8_t *chain = rig_make_chain(custody, &len);
    snprintf(stage->folder, sizeof(stage->folder), "/tmp/vitrine-umd-XXXXXX");
    cr_assert_not_null(mkdtemp(stage->folder));
    snprintf(stage->chain_path, sizeof(stage->chain_path), "%s/chain.der", stage->folder);
    FILE *file = fopen(stage->chain_path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(chain, 1, len, file), len);
    fclose(file);
    free(chain);
}

static void open_adapter(struct stage *stage)
{
    char error[256] = "";
    const struct vit_adapter_config config = {
        .umd = getenv("VITRINE_UMD"),
        .host = getenv("VITRINE_HOST"),
        .link = { .certificate = stage->chain_path, .key = vectors_key("rsa2048.pem") },
    };
    HRESULT hr = vit_adapter_open(&config, &stage->adapter, error, sizeof(error));
    cr_assert_eq(hr, S_OK, "%08x %s", (unsigned)hr, error);
    cr_assert_eq(vit_device_open(stage->adapter, &stage->device), S_OK);
}

static HRESULT negotiate(struct stage *stage, struct vit_session *session,
        const uint8_t block[VITRINE_BLOCK_LEN])
{
    uint8_t copy[VITRINE_BLOCK_LEN];
    memcpy(copy, block, sizeof(copy));
    return session->device->video.pfnNegotiateCryptoSessionKeyExchange(stage->device->handle,
            session->handle, sizeof(copy), copy);
}

static struct vit_session *open_session(struct stage *stage)
{
    uint8_t block[256];
    struct vit_session *session = NULL;
    rig_good_block(block, stage->key);
    cr_assert_eq(vit_session_create(stage->device, &session), S_OK);
    cr_assert_eq(negotiate(stage, session, block), S_OK);
    return session;
}

static void set(struct stage *stage, enum vit_custody custody)
{
    memset(stage, 0, sizeof(*stage));
    write_chain(stage, custody);
    open_adapter(stage);
    cr_assert_eq(vitrine_cipher_create(&stage->cipher), VITRINE_OK);
    stage->session = open_session(stage);
}

static uint64_t refusals(const struct stage *stage)
{
    const struct vitrine_host_tables *host = vit_adapter_host(stage->adapter);
    struct vitrine_host_stats stats = { 0 };
    host->stats(host->host, &stats);
    return stats.refusals;
}

static void clear(struct stage *stage)
{
    vit_session_destroy(stage->session);
    vit_device_close(stage->device);
    vit_adapter_close(stage->adapter);
    vitrine_cipher_destroy(stage->cipher);
    unlink(stage->chain_path);
    rmdir(stage->folder);
}

static struct vit_resource *make(struct stage *stage, enum vit_resource_use use, DXGI_FORMAT format,
        UINT width, UINT height)
{
    struct vit_resource *resource = NULL;
    cr_assert_eq(vit_resource_create(stage->device, use, format, width, height, &resource), S_OK);
    return resource;
}

static void fill(uint8_t *bytes, size_t len)
{
    uint32_t state = 12345;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(state >> 24);
    }
}

struct frame {
    const uint8_t *clear;
    size_t len;
    const uint8_t *content_key;
    const struct vitrine_partial *partial;
};

/* Seals the frame and plays it into destination. @return what was reported */
static HRESULT play(struct stage *stage, const struct frame *frame,
        struct vit_resource *destination)
{
    uint8_t iv[16], wrapped[16];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    struct vit_device *device = stage->device;
    struct vit_resource *staging =
            make(stage, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, (UINT)frame->len, 1);
    cr_assert_eq(vit_resource_map(staging, D3D10_DDI_MAP_WRITE, &mapped), S_OK);
    memcpy(mapped.pData, frame->clear, frame->len);
    cr_assert_eq(vitrine_iv_bytes(++stage->iv, 0, iv), VITRINE_OK);
    const uint8_t *key = frame->content_key != NULL ? frame->content_key : stage->key;
    cr_assert_eq(vitrine_frame_seal(stage->cipher, key, iv, frame->partial, mapped.pData,
                         frame->len),
            VITRINE_OK);
    vit_resource_unmap(staging);
    const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *info = NULL;
    D3D11_1DDI_ENCRYPTED_BLOCK_INFO pattern;
    if (frame->partial != NULL) {
        pattern = (D3D11_1DDI_ENCRYPTED_BLOCK_INFO){ frame->partial->prefix, frame->partial->skip,
            frame->partial->encrypt };
        info = &pattern;
    }
    if (frame->content_key != NULL) {
        cr_assert_eq(vitrine_key_wrap(stage->cipher, stage->key, frame->content_key, wrapped),
                VITRINE_OK);
    }
    device->video.pfnDecryptionBlt(device->handle, stage->session->handle, staging->handle,
            destination->handle, info, frame->content_key != NULL ? 16 : 0,
            frame->content_key != NULL ? wrapped : NULL, 16, iv);
    HRESULT hr = vit_device_take_error(device);
    vit_resource_destroy(staging);
    return hr;
}

/* Reads a protected resource back with the session, into memory that the caller frees. */
static uint8_t *read_back(struct stage *stage, struct vit_resource *source, size_t len)
{
    uint8_t wrapped[16], key[16], iv[16];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    struct vit_device *device = stage->device;
    struct vit_resource *staging = make(stage, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, (UINT)len, 1);
    device->video.pfnGetEncryptionBltKey(device->handle, stage->session->handle, 16, wrapped);
    cr_assert_eq(vitrine_key_unwrap(stage->cipher, stage->key, wrapped, key), VITRINE_OK);
    device->video.pfnEncryptionBlt(device->handle, stage->session->handle, source->handle,
            staging->handle, 16, iv);
    cr_assert_eq(vit_device_take_error(device), S_OK);
    cr_assert_eq(vit_resource_map(staging, D3D10_DDI_MAP_READ, &mapped), S_OK);
    uint8_t *bytes = malloc(len);
    memcpy(bytes, mapped.pData, len);
    vit_resource_unmap(staging);
    vit_resource_destroy(staging);
    cr_assert_eq(vitrine_frame_open(stage->cipher, key, iv, bytes, len), VITRINE_OK);
    return bytes;
}

static void play_and_read_back(enum vit_custody custody)
{
    struct stage stage;
    enum { LEN = 20000 };
    static uint8_t bytes[LEN];
    const struct vitrine_partial partial = { 33, 144, 16 };
    const uint8_t content_key[16] = { 7, 7, 7 };
    const struct frame frames[] = {
        { bytes, LEN, NULL, NULL },
        { bytes, LEN, content_key, NULL },
        { bytes, LEN, NULL, &partial },
        { bytes, LEN, content_key, &partial },
    };
    fill(bytes, LEN);
    set(&stage, custody);
    struct vit_resource *picture = make(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(play(&stage, &frames[i], picture), S_OK);
        uint8_t *back = read_back(&stage, picture, LEN);
        cr_assert_arr_eq(back, bytes, LEN, "frame %u", i);
        free(back);
    }
    cr_assert_eq(refusals(&stage), 0u);
    vit_resource_destroy(picture);
    clear(&stage);
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
    struct stage stage;
    struct vectors *vectors = vectors_load("exchange.txt");
    unsigned good = 0;
    set(&stage, custody);
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t block[256], plaintext[256];
        struct vit_session *session = NULL;
        vector_exact(vector, "block", block, sizeof(block));
        bool fits = vector_is_good(vector) &&
                vector_bytes(vector, "plaintext", plaintext, sizeof(plaintext)) == 16;
        cr_assert_eq(vit_session_create(stage.device, &session), S_OK);
        HRESULT hr = negotiate(&stage, session, block);
        cr_assert_eq(hr, fits ? S_OK : E_INVALIDARG, "%08x %s", (unsigned)hr,
                vector_text(vector, "name"));
        good += fits;
        vit_session_destroy(session);
    }
    cr_assert_geq(good, 2u);
    vectors_free(vectors);
    clear(&stage);
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
    struct stage stage;
    uint8_t bytes[1000], random[16];
    fill(bytes, sizeof(bytes));
    set(&stage, VIT_CUSTODY_DRIVER);
    const struct frame frame = { bytes, sizeof(bytes), NULL, NULL };
    struct vit_device *device = stage.device;
    struct vit_resource *picture = make(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, 1000, 1);
    cr_assert_eq(play(&stage, &frame, picture), S_OK);
    device->video.pfnStartSessionKeyRefresh(device->handle, stage.session->handle, 16, random);
    cr_assert_eq(play(&stage, &frame, picture), S_OK, "the old key is in force until the end");
    device->video.pfnFinishSessionKeyRefresh(device->handle, stage.session->handle);
    cr_assert_eq(vit_device_take_error(device), S_OK);
    cr_assert_eq(vitrine_session_key_refresh(stage.key, random), VITRINE_OK);
    stage.iv = 0; /* a fresh key */
    cr_assert_eq(play(&stage, &frame, picture), S_OK);
    uint8_t *back = read_back(&stage, picture, sizeof(bytes));
    cr_assert_arr_eq(back, bytes, sizeof(bytes));
    free(back);
    cr_assert_eq(refusals(&stage), 0u);
    vit_resource_destroy(picture);
    clear(&stage);
}

Test(embedded, event_is_true_without_a_wait)
{
    struct stage stage;
    uint8_t bytes[4096];
    BOOL done = FALSE;
    fill(bytes, sizeof(bytes));
    set(&stage, VIT_CUSTODY_DRIVER);
    const struct frame frame = { bytes, sizeof(bytes), NULL, NULL };
    struct vit_device *device = stage.device;
    struct vit_event *event = NULL;
    struct vit_resource *picture = make(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, 4096, 1);
    cr_assert_eq(vit_event_create(device, &event), S_OK);
    cr_assert_eq(play(&stage, &frame, picture), S_OK);
    device->funcs.pfnQueryEnd(device->handle, event->handle);
    device->funcs.pfnQueryGetData(device->handle, event->handle, &done, sizeof(done), 0);
    cr_assert_eq(vit_device_take_error(device), S_OK);
    cr_assert_eq(done, TRUE);
    vit_event_destroy(event);
    vit_resource_destroy(picture);
    clear(&stage);
}

/* Too long for the caller's thread: workers do it, and the query tells when. */
Test(embedded, long_jobs_are_waited_for)
{
    struct stage stage;
    enum { LEN = 8 << 20 };
    uint8_t *bytes = malloc(LEN);
    fill(bytes, LEN);
    set(&stage, VIT_CUSTODY_DEVICE);
    const struct frame frame = { bytes, LEN, NULL, NULL };
    struct vit_event *event = NULL;
    struct vit_resource *picture = make(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
    cr_assert_eq(vit_event_create(stage.device, &event), S_OK);
    cr_assert_eq(play(&stage, &frame, picture), S_OK);
    cr_assert_eq(vit_event_wait(event, 30000), S_OK);
    uint8_t *back = read_back(&stage, picture, LEN);
    cr_assert_eq(memcmp(back, bytes, LEN), 0);
    free(back);
    free(bytes);
    vit_event_destroy(event);
    vit_resource_destroy(picture);
    clear(&stage);
}

/* More than may be in flight: submissions wait for room, nothing is lost. */
Test(embedded, takes_many_submissions_without_a_wait)
{
    struct stage stage;
    enum { LEN = 1 << 20, COUNT = 400 };
    uint8_t *bytes = malloc(LEN);
    fill(bytes, LEN);
    set(&stage, VIT_CUSTODY_DEVICE);
    struct vit_device *device = stage.device;
    struct vit_resource *picture = make(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
    struct vit_resource *staging = make(&stage, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, LEN, 1);
    for (unsigned i = 0; i < COUNT; i++) {
        uint8_t iv[16];
        cr_assert_eq(vitrine_iv_bytes(++stage.iv, 0, iv), VITRINE_OK);
        device->video.pfnDecryptionBlt(device->handle, stage.session->handle, staging->handle,
                picture->handle, NULL, 0, NULL, 16, iv);
        cr_assert_eq(device->funcs.pfnFlush(device->handle, 0), TRUE);
        cr_assert_eq(vit_device_take_error(device), S_OK);
    }
    const struct frame frame = { bytes, LEN, NULL, NULL };
    cr_assert_eq(play(&stage, &frame, picture), S_OK);
    uint8_t *back = read_back(&stage, picture, LEN);
    cr_assert_eq(memcmp(back, bytes, LEN), 0);
    cr_assert_eq(refusals(&stage), 0u);
    free(back);
    free(bytes);
    vit_resource_destroy(staging);
    vit_resource_destroy(picture);
    clear(&stage);
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
    struct stage stage;
    enum { WIDTH = 32, HEIGHT = 16, LEN = WIDTH * HEIGHT * 3 / 2 };
    uint8_t bytes[LEN];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    fill(bytes, LEN);
    set(&stage, VIT_CUSTODY_DRIVER);
    struct vit_device *device = stage.device;
    struct vit_resource *plain = make(&stage, VIT_USE_DEFAULT, DXGI_FORMAT_NV12, WIDTH, HEIGHT);
    struct vit_resource *staging = make(&stage, VIT_USE_STAGING, DXGI_FORMAT_NV12, WIDTH, HEIGHT);
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
    cr_assert_eq(refusals(&stage), 0u);
    vit_resource_unmap(staging);
    vit_resource_destroy(staging);
    vit_resource_destroy(plain);
    clear(&stage);
}

Test(embedded, shows_a_protected_picture_exactly)
{
    struct stage stage;
    enum { WIDTH = 64, HEIGHT = 48, LEN = WIDTH * HEIGHT * 4 };
    static uint8_t bytes[LEN];
    fill(bytes, LEN);
    set(&stage, VIT_CUSTODY_DRIVER);
    struct vit_device *device = stage.device;
    const struct frame frame = { bytes, LEN, NULL, NULL };
    struct vit_resource *picture =
            make(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM, WIDTH, HEIGHT);
    struct vit_resource *primary =
            make(&stage, VIT_USE_PROTECTED_PRIMARY, DXGI_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT);
    cr_assert_eq(play(&stage, &frame, picture), S_OK);
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
    cr_assert_eq(refusals(&stage), 0u);
    vit_resource_destroy(primary);
    vit_resource_destroy(picture);
    clear(&stage);
}

Test(embedded, converts_and_scales_nv12_to_the_screen)
{
    struct stage stage;
    enum { LEN = 32 * 32 * 3 / 2 };
    uint8_t grey[LEN];
    memset(grey, 126, 32 * 32); /* 128 of 0 to 255 */
    memset(grey + 32 * 32, 128, LEN - 32 * 32);
    set(&stage, VIT_CUSTODY_DEVICE);
    struct vit_device *device = stage.device;
    const struct frame frame = { grey, LEN, NULL, NULL };
    struct vit_resource *picture = make(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_NV12, 32, 32);
    struct vit_resource *primary =
            make(&stage, VIT_USE_PROTECTED_PRIMARY, DXGI_FORMAT_B8G8R8A8_UNORM, 80, 60);
    cr_assert_eq(play(&stage, &frame, picture), S_OK);
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
    cr_assert_eq(refusals(&stage), 0u);
    vit_resource_destroy(primary);
    vit_resource_destroy(picture);
    clear(&stage);
}

/* What the driver lets through is refused by the device only where it knows more. */
Test(embedded, labels_are_the_devices)
{
    struct stage stage;
    uint8_t bytes[256];
    fill(bytes, sizeof(bytes));
    set(&stage, VIT_CUSTODY_DRIVER);
    struct vit_device *device = stage.device;
    const struct frame frame = { bytes, sizeof(bytes), NULL, NULL };
    struct vit_resource *mine = make(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, 256, 1);
    struct vit_resource *theirs = make(&stage, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, 256, 1);
    struct vit_resource *clear_one = make(&stage, VIT_USE_DEFAULT, DXGI_FORMAT_UNKNOWN, 256, 1);
    struct vit_session *session = stage.session;
    cr_assert_eq(play(&stage, &frame, mine), S_OK);
    stage.session = open_session(&stage);
    cr_assert_eq(play(&stage, &frame, theirs), S_OK);
    device->funcs.pfnResourceCopy(device->handle, theirs->handle, mine->handle);
    cr_assert_eq(vit_device_take_error(device), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(play(&stage, &frame, mine), S_OK, "as a whole it can be replaced");
    update(mine, bytes, 256);
    device->funcs.pfnResourceCopy(device->handle, mine->handle, clear_one->handle);
    device->funcs.pfnResourceCopy(device->handle, theirs->handle, mine->handle);
    cr_assert_eq(vit_device_take_error(device), S_OK);
    device->funcs.pfnFlush(device->handle, 0);
    cr_assert_eq(refusals(&stage), 0u);
    vit_session_destroy(session);
    vit_resource_destroy(clear_one);
    vit_resource_destroy(theirs);
    vit_resource_destroy(mine);
    clear(&stage);
}

Test(embedded, devices_are_created_and_destroyed_in_any_order)
{
    struct stage stage;
    struct vit_device *second = NULL;
    uint8_t bytes[64] = { 0 };
    set(&stage, VIT_CUSTODY_DRIVER);
    cr_assert_eq(vit_device_open(stage.adapter, &second), S_OK);
    struct vit_resource *resource = NULL;
    cr_assert_eq(vit_resource_create(second, VIT_USE_DEFAULT, DXGI_FORMAT_UNKNOWN, 64, 1,
                         &resource),
            S_OK);
    update(resource, bytes, 64);
    vit_resource_destroy(resource);
    vit_device_close(second);
    clear(&stage);
}
