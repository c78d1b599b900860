/* SPDX-License-Identifier: MIT */
/*
 * Shows pictures on the outputs of a guest as it is told:
 *
 *     vitrine-vm-outputs CHAIN.der ROOT.der LINK
 *
 * Each line on standard input is "protected OUTPUT NUMBER" or "plain OUTPUT NUMBER", and is answered
 * by an HRESULT when the picture of that number is presented. It ends with its input, or with "end".
 * VITRINE_KEY is the device's key, when its custody is the driver's.
 * What a picture shows is known to whoever asks (see pixel()).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/ddi.h"
#include <vitrine.h>

enum { OUTPUTS = 2, WIDTH = 320, HEIGHT = 200, LEN = WIDTH * HEIGHT * 4, FILE_MAX = 16384 };

struct show {
    struct vit_adapter *adapter;
    struct vit_device *device;
    struct vit_session *session;
    struct vitrine_cipher *cipher;
    struct vit_resource *staging, *picture;
    struct vit_resource *guarded[OUTPUTS], *plain[OUTPUTS]; /* primaries */
    uint8_t key[VITRINE_KEY_LEN];
    uint64_t iv;
    uint8_t frame[LEN];
};

static size_t read_file(const char *path, uint8_t bytes[FILE_MAX])
{
    FILE *file = fopen(path, "rb");
    size_t len = file != NULL ? fread(bytes, 1, FILE_MAX, file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    return len;
}

static bool make_block(struct show *show, char **paths, uint8_t block[VITRINE_BLOCK_LEN])
{
    uint8_t chain[FILE_MAX], root[FILE_MAX];
    char reason[VITRINE_REASON_LEN];
    struct vitrine_device *device = NULL;
    size_t chain_len = read_file(paths[0], chain), root_len = read_file(paths[1], root);
    bool made = vitrine_device_verify(chain, chain_len, root, root_len, 0, reason, &device) ==
                    VITRINE_OK &&
            vitrine_random(show->key, sizeof(show->key)) == VITRINE_OK &&
            vitrine_exchange_block(device, show->key, sizeof(show->key), block) == VITRINE_OK &&
            vitrine_cipher_create(&show->cipher) == VITRINE_OK;
    vitrine_device_destroy(device);
    return made;
}

static HRESULT create_pictures(struct show *show)
{
    struct vit_device *device = show->device;
    HRESULT hr = vit_resource_create(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8X8_UNORM, WIDTH,
            HEIGHT, &show->staging);
    if (SUCCEEDED(hr)) {
        hr = vit_resource_create(device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8X8_UNORM, WIDTH,
                HEIGHT, &show->picture);
    }
    for (UINT i = 0; i < OUTPUTS && SUCCEEDED(hr); i++) {
        hr = vit_primary_create(device, VIT_USE_PROTECTED_PRIMARY, i, WIDTH, HEIGHT,
                &show->guarded[i]);
        if (SUCCEEDED(hr)) {
            hr = vit_primary_create(device, VIT_USE_PRIMARY, i, WIDTH, HEIGHT, &show->plain[i]);
        }
    }
    return hr;
}

static HRESULT open_show(struct show *show, const char *link, uint8_t block[VITRINE_BLOCK_LEN])
{
    struct vit_adapter_config config = { .link = { .link = link, .key = getenv("VITRINE_KEY") } };
    char error[256] = "";
    HRESULT hr = vit_adapter_open(&config, &show->adapter, error, sizeof(error));
    if (FAILED(hr)) {
        fprintf(stderr, "%s\n", error);
        return hr;
    }
    hr = vit_device_open(show->adapter, &show->device);
    if (SUCCEEDED(hr)) {
        hr = vit_session_create(show->device, &show->session);
    }
    if (SUCCEEDED(hr)) {
        hr = show->device->video.pfnNegotiateCryptoSessionKeyExchange(show->device->handle,
                show->session->handle, VITRINE_BLOCK_LEN, block);
    }
    return SUCCEEDED(hr) ? create_pictures(show) : hr;
}

static void close_show(struct show *show)
{
    for (unsigned i = 0; i < OUTPUTS; i++) {
        vit_resource_destroy(show->plain[i]);
        vit_resource_destroy(show->guarded[i]);
    }
    vit_resource_destroy(show->picture);
    vit_resource_destroy(show->staging);
    vit_session_destroy(show->session);
    vit_device_close(show->device);
    vit_adapter_close(show->adapter);
    vitrine_cipher_destroy(show->cipher);
}

/* Blue, green, red. */
static void pixel(unsigned number, unsigned x, unsigned y, uint8_t bytes[4])
{
    bytes[0] = (uint8_t)(x + 40 * number);
    bytes[1] = (uint8_t)(y + 70 * number);
    bytes[2] = (uint8_t)(x * y + number);
    bytes[3] = 0xff;
}

static void draw(struct show *show, unsigned number)
{
    for (unsigned y = 0; y < HEIGHT; y++) {
        for (unsigned x = 0; x < WIDTH; x++) {
            pixel(number, x, y, show->frame + ((size_t)y * WIDTH + x) * 4);
        }
    }
}

static HRESULT upload(const struct show *show)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    HRESULT hr = vit_resource_map(show->staging, D3D10_DDI_MAP_WRITE, &mapped);
    for (size_t row = 0; row < HEIGHT && SUCCEEDED(hr); row++) {
        memcpy((uint8_t *)mapped.pData + row * mapped.RowPitch, show->frame + row * WIDTH * 4,
                WIDTH * 4);
    }
    if (SUCCEEDED(hr)) {
        vit_resource_unmap(show->staging);
    }
    return hr;
}

static HRESULT convert(const struct show *show, const struct vit_resource *primary)
{
    DXGI_DDI_ARG_BLT blt = {
        .hDevice = (DXGI_DDI_HDEVICE)show->device->handle.pDrvPrivate,
        .hDstResource = (DXGI_DDI_HRESOURCE)primary->handle.pDrvPrivate,
        .DstRight = WIDTH,
        .DstBottom = HEIGHT,
        .hSrcResource = (DXGI_DDI_HRESOURCE)show->picture->handle.pDrvPrivate,
        .Flags = { .Convert = 1 },
        .Rotate = DXGI_DDI_MODE_ROTATION_IDENTITY,
    };
    return show->device->dxgi.pfnBlt(&blt);
}

static HRESULT present(const struct show *show, const struct vit_resource *primary)
{
    DXGI_DDI_ARG_PRESENT arguments = {
        .hDevice = (DXGI_DDI_HDEVICE)show->device->handle.pDrvPrivate,
        .hSurfaceToPresent = (DXGI_DDI_HRESOURCE)primary->handle.pDrvPrivate,
        .Flags = { .Flip = 1 },
    };
    return show->device->dxgi.pfnPresent(&arguments);
}

static HRESULT show_protected(struct show *show, unsigned output)
{
    uint8_t iv[VITRINE_IV_LEN];
    const struct vit_device *device = show->device;
    if (vitrine_iv_bytes(++show->iv, 0, iv) != VITRINE_OK ||
            vitrine_frame_seal(show->cipher, show->key, iv, NULL, show->frame, LEN) != VITRINE_OK) {
        return E_FAIL;
    }
    HRESULT hr = upload(show);
    if (FAILED(hr)) {
        return hr;
    }
    device->video.pfnDecryptionBlt(device->handle, show->session->handle, show->staging->handle,
            show->picture->handle, NULL, 0, NULL, sizeof(iv), iv);
    hr = vit_device_take_error(show->device);
    if (SUCCEEDED(hr)) {
        hr = convert(show, show->guarded[output]);
    }
    return SUCCEEDED(hr) ? present(show, show->guarded[output]) : hr;
}

static HRESULT show_plain(struct show *show, unsigned output)
{
    HRESULT hr = upload(show);
    if (FAILED(hr)) {
        return hr;
    }
    show->device->funcs.pfnResourceCopy(show->device->handle, show->plain[output]->handle,
            show->staging->handle);
    hr = vit_device_take_error(show->device);
    return SUCCEEDED(hr) ? present(show, show->plain[output]) : hr;
}

static void serve(struct show *show)
{
    char line[64], word[16];
    unsigned output, number;
    while (fgets(line, sizeof(line), stdin) != NULL &&
            sscanf(line, "%15s %u %u", word, &output, &number) == 3 && output < OUTPUTS) {
        draw(show, number);
        bool guarded = strcmp(word, "protected") == 0;
        HRESULT hr = guarded ? show_protected(show, output) : show_plain(show, output);
        printf("%08x\n", (unsigned)hr);
        (void)fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    struct show show = { .adapter = NULL };
    uint8_t block[VITRINE_BLOCK_LEN];
    if (argc != 4 || !make_block(&show, argv + 1, block)) {
        fprintf(stderr, "usage: vitrine-vm-outputs CHAIN.der ROOT.der LINK\n");
        return 2;
    }
    HRESULT hr = open_show(&show, argv[3], block);
    printf("%08x\n", (unsigned)hr);
    (void)fflush(stdout);
    if (SUCCEEDED(hr)) {
        serve(&show);
    }
    close_show(&show);
    return SUCCEEDED(hr) ? 0 : 1;
}
