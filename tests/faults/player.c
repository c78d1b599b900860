/* SPDX-License-Identifier: MIT */
/*
 * A player over driver, host and device in one process, in which each call for memory and each call
 * into OpenSSL fails once: what is told is a code that is published for it, nothing crashes or leaks,
 * and the same device then plays. Nothing that was told to have worked is wrong.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "crypto/oaep.h"
#include "certs/chain.h"
#include "runtime/ddi.h"
#include "tests/faults/fault.h"
#include "tests/plain/check.h"
#include "wire/kmd.h"
#include "wire/surface.h"
#include "vitrine.h"

enum { WIDTH = 64, HEIGHT = 32, LEN = WIDTH * HEIGHT * 3 / 2, LARGE_LEN = 200000 };

static const uint8_t key[16] = "a key for faults";

/* What was made before anything fails. */
struct material {
    const char *chain_path;
    uint8_t block[VIT_OAEP_BLOCK_LEN];
    struct vitrine_cipher *cipher;
    uint8_t *clear, *small, *large; /* sealed under IV 1 and 2 */
};

/* What a run holds. */
struct run {
    const struct material *material;
    struct vit_adapter *adapter;
    struct vit_device *device;
    struct vit_session *session;
    struct vit_channel_object *channel;
    struct vit_resource *staging, *large_staging, *picture, *large, *primary, *back;
    struct vit_event *event;
    uint8_t wrapped[16], iv[16];
    uint64_t next_iv;
};

/* The libraries are linked into this program, where dlopen() and dlsym() are these two. */
HRESULT APIENTRY OpenAdapter10_2(D3D10DDIARG_OPENADAPTER *open_data);

void *dlopen(const char *name, int flags)
{
    (void)name;
    (void)flags;
    static char library;
    return &library;
}

void *dlsym(void *restrict library, const char *restrict name)
{
    (void)library;
    return strcmp(name, "VitrineOpenHost") == 0 ? (void *)(uintptr_t)VitrineOpenHost
                                                : (void *)(uintptr_t)OpenAdapter10_2;
}

static HRESULT open_adapter(struct run *run)
{
    char error[256] = "";
    const struct vit_adapter_config config = {
        .link = { .certificate = run->material->chain_path, .key = getenv("HOST_KEY") },
    };
    return vit_adapter_open(&config, &run->adapter, error, sizeof(error));
}

static HRESULT negotiate(struct run *run)
{
    uint8_t block[VIT_OAEP_BLOCK_LEN];
    memcpy(block, run->material->block, sizeof(block));
    return run->device->video.pfnNegotiateCryptoSessionKeyExchange(run->device->handle,
            run->session->handle, sizeof(block), block);
}

static HRESULT fill(struct vit_resource *staging, const uint8_t *bytes, size_t len)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    HRESULT hr = vit_resource_map(staging, D3D10_DDI_MAP_WRITE, &mapped);
    if (hr == S_OK) {
        memcpy(mapped.pData, bytes, len);
        vit_resource_unmap(staging);
    }
    return hr;
}

static HRESULT decrypt(struct run *run, uint64_t number, struct vit_resource *from,
        struct vit_resource *to)
{
    struct vit_device *device = run->device;
    uint8_t iv[16];
    CHECK(vitrine_iv_bytes(number, 0, iv) == VITRINE_OK);
    device->video.pfnDecryptionBlt(device->handle, run->session->handle, from->handle, to->handle,
            NULL, 0, NULL, sizeof(iv), iv);
    return vit_device_take_error(device);
}

static HRESULT create_pictures(struct run *run)
{
    struct vit_device *device = run->device;
    const struct {
        struct vit_resource **resource;
        enum vit_resource_use use;
        DXGI_FORMAT format;
        UINT width, height;
    } list[] = {
        { &run->staging, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, LEN, 1 },
        { &run->large_staging, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, LARGE_LEN, 1 },
        { &run->back, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, LARGE_LEN, 1 },
        { &run->picture, VIT_USE_PROTECTED, DXGI_FORMAT_NV12, WIDTH, HEIGHT },
        { &run->large, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LARGE_LEN, 1 },
        { &run->primary, VIT_USE_PROTECTED_PRIMARY, DXGI_FORMAT_B8G8R8A8_UNORM, WIDTH, HEIGHT },
    };
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (*list[i].resource != NULL) {
            continue;
        }
        HRESULT hr = vit_resource_create(device, list[i].use, list[i].format, list[i].width,
                list[i].height, list[i].resource);
        if (hr != S_OK) {
            return hr;
        }
    }
    return run->event != NULL ? S_OK : vit_event_create(device, &run->event);
}

static HRESULT show(struct run *run)
{
    DXGI_DDI_ARG_BLT blt = {
        .hDevice = (DXGI_DDI_HDEVICE)run->device->handle.pDrvPrivate,
        .hDstResource = (DXGI_DDI_HRESOURCE)run->primary->handle.pDrvPrivate,
        .DstRight = WIDTH,
        .DstBottom = HEIGHT,
        .hSrcResource = (DXGI_DDI_HRESOURCE)run->picture->handle.pDrvPrivate,
        .Flags = { .Convert = 1 },
    };
    HRESULT hr = run->device->dxgi.pfnBlt(&blt);
    if (hr != S_OK) {
        return hr;
    }
    DXGI_DDI_ARG_PRESENT present = {
        .hDevice = blt.hDevice,
        .hSurfaceToPresent = blt.hDstResource,
        .Flags = { .Flip = 1 },
    };
    return run->device->dxgi.pfnPresent(&present);
}

static HRESULT read_back(struct run *run)
{
    struct vit_device *device = run->device;
    device->video.pfnGetEncryptionBltKey(device->handle, run->session->handle, sizeof(run->wrapped),
            run->wrapped);
    HRESULT hr = vit_device_take_error(device);
    if (hr != S_OK) {
        return hr;
    }
    device->video.pfnEncryptionBlt(device->handle, run->session->handle, run->large->handle,
            run->back->handle, sizeof(run->iv), run->iv);
    hr = vit_device_take_error(device);
    return hr != S_OK ? hr : vit_event_wait(run->event, 20000);
}

#define TRY(expression)                                                                            \
    do {                                                                                           \
        HRESULT try_hr = (expression);                                                             \
        if (try_hr != S_OK) {                                                                      \
            return try_hr;                                                                         \
        }                                                                                          \
    } while (0)

/* Several allocations can have one resource of the runtime's; our driver makes no such. */
static HRESULT allocate_in_a_group(struct run *run)
{
    const struct vitrine_host_tables *host = vit_adapter_host(run->adapter);
    uint8_t block[VIT_ALLOCATION_BLOCK_LEN];
    vit_allocation_block_encode(&(struct vit_allocation_block){ .kind = VIT_ALLOCATION_SHARED,
                                        .width = LEN,
                                        .height = 1,
                                        .format = VIT_FORMAT_BYTES,
                                        .size = LEN },
            block);
    D3DDDI_ALLOCATIONINFO info = { .pPrivateDriverData = block,
        .PrivateDriverDataSize = sizeof(block) };
    D3DDDICB_ALLOCATE allocate = { .hResource = run,
        .NumAllocations = 1,
        .pAllocationInfo = &info };
    const D3DDDICB_DEALLOCATE deallocate = { .hResource = run };
    HANDLE device;
    TRY(host->create_device(host->host, &device));
    D3DDDICB_CREATECONTEXT create = { 0 };
    HRESULT hr = host->device_callbacks->pfnCreateContextCb(device, &create);
    if (hr == S_OK) {
        hr = host->device_callbacks->pfnAllocateCb(device, &allocate);
    }
    if (hr == S_OK) {
        hr = host->device_callbacks->pfnDeallocateCb(device, &deallocate);
    }
    host->destroy_device(host->host, device);
    return hr;
}

static HRESULT look(struct run *run)
{
    const struct vitrine_host_tables *host = vit_adapter_host(run->adapter);
    struct vitrine_host_picture picture;
    TRY(host->picture(host->host, 0, &picture));
    CHECK(picture.width > 0 && picture.height > 0 && picture.pixels != NULL);
    return S_OK;
}

static HRESULT initialize(struct run *run)
{
    struct vit_device *device = run->device;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE input;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT output;
    memset(&input, 0, sizeof(input));
    input.Parameters.ConfigureType = D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID;
    input.Parameters.hChannel = run->channel->hChannel;
    if (vitrine_omac_sign(run->material->cipher, key, &input, sizeof(input)) != VITRINE_OK) {
        return E_OUTOFMEMORY;
    }
    return device->video.pfnConfigureAuthenticatedChannel(device->handle, run->channel->handle,
            sizeof(input), &input, &output);
}

/* An answer to an accepted query is signed. */
static HRESULT ask(struct run *run)
{
    struct vit_device *device = run->device;
    uint8_t block[VIT_OAEP_BLOCK_LEN];
    memcpy(block, run->material->block, sizeof(block));
    TRY(vit_channel_open(device, D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_SOFTWARE, &run->channel));
    TRY(device->video.pfnNegotiateAuthenticatedChannelKeyExchange(device->handle,
            run->channel->handle, sizeof(block), block));
    TRY(initialize(run));
    const D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input = { D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION,
        run->channel->hChannel, 0 };
    D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT output;
    TRY(device->video.pfnQueryAuthenticatedChannel(device->handle, run->channel->handle,
            sizeof(input), &input, sizeof(output), &output));
    enum vitrine_status status =
            vitrine_omac_check(run->material->cipher, key, &output, sizeof(output));
    CHECK(status != VITRINE_E_REFUSED);
    return status == VITRINE_OK ? S_OK : E_OUTOFMEMORY;
}

static HRESULT play(struct run *run)
{
    const struct material *material = run->material;
    TRY(allocate_in_a_group(run));
    TRY(vit_session_create(run->device, &run->session));
    TRY(negotiate(run));
    TRY(ask(run));
    TRY(create_pictures(run));
    TRY(fill(run->staging, material->small, LEN));
    TRY(fill(run->large_staging, material->large, LARGE_LEN));
    TRY(decrypt(run, 1, run->staging, run->picture));
    TRY(decrypt(run, 2, run->large_staging, run->large));
    TRY(vit_event_wait(run->event, 20000)); /* for work that is not done yet */
    TRY(show(run));
    TRY(look(run));
    return read_back(run);
}

/* Is it what was sealed? */
static bool is_right(struct run *run)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    uint8_t read_back_key[16];
    const struct material *material = run->material;
    CHECK(vitrine_key_unwrap(material->cipher, key, run->wrapped, read_back_key) == VITRINE_OK);
    CHECK(vit_resource_map(run->back, D3D10_DDI_MAP_READ, &mapped) == S_OK);
    VIT_AUTO(bytes) bytes = malloc(LARGE_LEN);
    CHECK(bytes != NULL);
    memcpy(bytes, mapped.pData, LARGE_LEN);
    vit_resource_unmap(run->back);
    CHECK(vitrine_frame_open(material->cipher, read_back_key, run->iv, bytes, LARGE_LEN) ==
            VITRINE_OK);
    return memcmp(bytes, material->clear, LARGE_LEN) == 0;
}

static uint64_t refusals(const struct run *run)
{
    const struct vitrine_host_tables *host = vit_adapter_host(run->adapter);
    struct vitrine_host_stats stats = { 0 };
    host->stats(host->host, &stats);
    return stats.refusals;
}

static void end_session(struct run *run)
{
    vit_session_destroy(run->session);
    vit_channel_close(run->channel);
    run->session = NULL;
    run->channel = NULL;
}

static void close_device(struct run *run)
{
    struct vit_resource **resources[] = { &run->staging, &run->large_staging, &run->picture,
        &run->large, &run->primary, &run->back };
    end_session(run);
    for (unsigned i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        vit_resource_destroy(*resources[i]);
        *resources[i] = NULL;
    }
    vit_event_destroy(run->event);
    run->event = NULL;
    vit_device_close(run->device);
    run->device = NULL;
}

static void check_code(HRESULT hr)
{
    static const HRESULT published[] = { E_OUTOFMEMORY, E_INVALIDARG, E_FAIL,
        D3DDDIERR_DEVICEREMOVED, D3DDDIERR_UNSUPPORTEDCRYPTO, D3DDDIERR_APPLICATIONERROR,
        D3DDDIERR_OUTOFVIDEOMEMORY /* of the host's create_device */ };
    for (unsigned i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
        if (hr == published[i]) {
            return;
        }
    }
    fprintf(stderr, "%s failed: %08x is told\n", fault_name(), (unsigned)hr);
    exit(1);
}

/* With nothing failing any more: the same device plays, unless it was told to be gone. Then, or when
 * there was none, a new one does. */
static void play_again(struct run *run, HRESULT before)
{
    if (run->device != NULL && before == D3DDDIERR_DEVICEREMOVED) {
        close_device(run);
    }
    end_session(run);
    if (run->device == NULL) {
        CHECK(vit_device_open(run->adapter, &run->device) == S_OK);
    }
    (void)vit_device_take_error(run->device);
    uint64_t refused = refusals(run);
    HRESULT hr = play(run);
    if (hr == D3DDDIERR_DEVICEREMOVED) { /* told late */
        close_device(run);
        CHECK(vit_device_open(run->adapter, &run->device) == S_OK);
        refused = refusals(run);
        hr = play(run);
    }
    if (hr != S_OK || refusals(run) != refused || !is_right(run)) {
        fprintf(stderr, "after %s failed (%08x): %08x, %s\n", fault_name(), (unsigned)before,
                (unsigned)hr, refusals(run) != refused ? "refused" : "wrong");
        exit(1);
    }
}

static HRESULT open_and_play(struct run *run)
{
    TRY(open_adapter(run));
    TRY(vit_device_open(run->adapter, &run->device));
    return play(run);
}

/* Without content protection the adapter opens all the same; that is published. */
static bool is_protecting(const struct run *run)
{
    uint8_t *chain = NULL;
    UINT len;
    if (run->device == NULL || vit_session_certificate(run->device, &chain, &len) != S_OK) {
        return false;
    }
    free(chain);
    return true;
}

static void scenario(void *context)
{
    struct run run = { .material = context };
    HRESULT hr = open_and_play(&run);
    fault_disarm();
    if (hr == S_OK) {
        CHECK(refusals(&run) > 0 || is_right(&run));
        CHECK(fault_fired() || refusals(&run) == 0);
    } else {
        CHECK(fault_fired());
        check_code(hr);
    }
    bool unprotected = hr == D3DDDIERR_UNSUPPORTEDCRYPTO && !is_protecting(&run);
    if (fault_fired() && run.adapter != NULL && !unprotected) {
        play_again(&run, hr);
    }
    close_device(&run);
    vit_adapter_close(run.adapter);
}

static void seal(const struct material *material, uint64_t number, uint8_t *frame, size_t len)
{
    uint8_t iv[16];
    CHECK(vitrine_iv_bytes(number, 0, iv) == VITRINE_OK);
    CHECK(vitrine_frame_seal(material->cipher, key, iv, NULL, frame, len) == VITRINE_OK);
}

static uint8_t *copy_of(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len);
    CHECK(copy != NULL);
    memcpy(copy, bytes, len);
    return copy;
}

static void make_block(struct material *material)
{
    uint8_t der[VIT_CHAIN_MAX_LEN];
    VIT_AUTO(chain) chain = NULL;
    VIT_AUTO(public_key) public = NULL;
    FILE *file = fopen(material->chain_path, "rbe");
    CHECK(file != NULL);
    size_t len = fread(der, 1, sizeof(der), file);
    fclose(file);
    CHECK(vit_chain_parse(der, len, &chain) == VIT_OK);
    CHECK(vit_chain_leaf_key(chain, &public) == VIT_OK);
    CHECK(vit_oaep_wrap(public, key, sizeof(key), material->block) == VIT_OK);
}

static void run_custody(const char *custody, const char *chain_path)
{
    struct material material = { .chain_path = chain_path };
    char name[64];
    CHECK(chain_path != NULL);
    make_block(&material);
    CHECK(vitrine_cipher_create(&material.cipher) == VITRINE_OK);
    material.clear = calloc(1, LARGE_LEN);
    CHECK(material.clear != NULL && vitrine_random(material.clear, LARGE_LEN) == VITRINE_OK);
    material.small = copy_of(material.clear, LEN);
    material.large = copy_of(material.clear, LARGE_LEN);
    seal(&material, 1, material.small, LEN);
    seal(&material, 2, material.large, LARGE_LEN);
    snprintf(name, sizeof(name), "memory, custody %s", custody);
    CHECK(fault_each(name, FAULT_MEMORY, scenario, &material) > 50);
    snprintf(name, sizeof(name), "OpenSSL, custody %s", custody);
    CHECK(fault_each(name, FAULT_CRYPTO, scenario, &material) > 50);
    free(material.clear);
    free(material.small);
    free(material.large);
    vitrine_cipher_destroy(material.cipher);
}

int main(void)
{
    run_custody("driver", getenv("HOST_CHAIN_DRIVER"));
    run_custody("device", getenv("HOST_CHAIN_DEVICE"));
    fault_write_sites();
    return 0;
}
