/* SPDX-License-Identifier: MIT */
/*
 * Decrypts without pause until the device is gone, and says how that was told:
 *
 *     vitrine-vm-killed CHAIN.der ROOT.der LINK
 *
 * Prints "working" after the first frame, then "HRESULT MILLISECONDS": what the first call that failed
 * said, and how long it took since the last frame that was done; then "closed MILLISECONDS".
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "runtime/ddi.h"
#include <vitrine.h>

enum { LEN = 16 << 20, FILE_MAX = 16384, WAIT_MS = 10000, FRAMES = 100000 };

struct work {
    struct vit_adapter *adapter;
    struct vit_device *device;
    struct vit_session *session;
    struct vit_resource *staging, *picture;
    struct vit_event *event;
    struct vitrine_cipher *cipher;
    uint8_t key[VITRINE_KEY_LEN], wrapped[VITRINE_KEY_LEN];
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

static bool make_keys(struct work *work, const char *chain_path, const char *root_path,
        uint8_t block[VITRINE_BLOCK_LEN])
{
    uint8_t chain[FILE_MAX], root[FILE_MAX], content[VITRINE_KEY_LEN] = { 1 };
    char reason[VITRINE_REASON_LEN];
    struct vitrine_device *device = NULL;
    size_t chain_len = read_file(chain_path, chain), root_len = read_file(root_path, root);
    bool made = vitrine_device_verify(chain, chain_len, root, root_len, 0, reason, &device) ==
                    VITRINE_OK &&
            vitrine_random(work->key, sizeof(work->key)) == VITRINE_OK &&
            vitrine_exchange_block(device, work->key, sizeof(work->key), block) == VITRINE_OK &&
            vitrine_cipher_create(&work->cipher) == VITRINE_OK &&
            vitrine_key_wrap(work->cipher, work->key, content, work->wrapped) == VITRINE_OK;
    vitrine_device_destroy(device);
    return made;
}

static HRESULT open_work(struct work *work, const char *link, uint8_t block[VITRINE_BLOCK_LEN])
{
    struct vit_adapter_config config = { .link = { .link = link } };
    char error[256] = "";
    HRESULT hr = vit_adapter_open(&config, &work->adapter, error, sizeof(error));
    if (FAILED(hr)) {
        fprintf(stderr, "%s\n", error);
        return hr;
    }
    hr = vit_device_open(work->adapter, &work->device);
    if (SUCCEEDED(hr)) {
        hr = vit_session_create(work->device, &work->session);
    }
    if (SUCCEEDED(hr)) {
        hr = work->device->video.pfnNegotiateCryptoSessionKeyExchange(work->device->handle,
                work->session->handle, VITRINE_BLOCK_LEN, block);
    }
    if (SUCCEEDED(hr)) {
        hr = vit_resource_create(work->device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, LEN, 1,
                &work->staging);
    }
    if (SUCCEEDED(hr)) {
        hr = vit_resource_create(work->device, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1,
                &work->picture);
    }
    return SUCCEEDED(hr) ? vit_event_create(work->device, &work->event) : hr;
}

static HRESULT decrypt(struct work *work, uint64_t number)
{
    const struct vit_device *device = work->device;
    uint8_t iv[VITRINE_IV_LEN];
    if (vitrine_iv_bytes(number, 0, iv) != VITRINE_OK) {
        return E_FAIL;
    }
    device->video.pfnDecryptionBlt(device->handle, work->session->handle, work->staging->handle,
            work->picture->handle, NULL, sizeof(work->wrapped), work->wrapped, sizeof(iv), iv);
    HRESULT hr = vit_device_take_error(work->device);
    return SUCCEEDED(hr) ? vit_event_wait(work->event, WAIT_MS) : hr;
}

static unsigned milliseconds_since(uint64_t begin)
{
    return (unsigned)((vit_now_ns() - begin) / 1000000);
}

static void work_on(struct work *work)
{
    uint64_t last = vit_now_ns();
    HRESULT hr = S_OK;
    for (uint64_t i = 1; i < FRAMES; i++) {
        hr = decrypt(work, i);
        if (hr != S_OK) {
            break;
        }
        last = vit_now_ns();
        if (i == 1) {
            puts("working");
            (void)fflush(stdout);
        }
    }
    printf("%08x %u\n", (unsigned)hr, milliseconds_since(last));
    (void)fflush(stdout);
}

static void close_work(struct work *work)
{
    uint64_t begin = vit_now_ns();
    vit_event_destroy(work->event);
    vit_resource_destroy(work->picture);
    vit_resource_destroy(work->staging);
    vit_session_destroy(work->session);
    vit_device_close(work->device);
    vit_adapter_close(work->adapter);
    vitrine_cipher_destroy(work->cipher);
    printf("closed %u\n", milliseconds_since(begin));
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct work work = { .adapter = NULL };
    uint8_t block[VITRINE_BLOCK_LEN];
    if (argc != 4 || !make_keys(&work, argv[1], argv[2], block)) {
        fprintf(stderr, "usage: vitrine-vm-killed CHAIN.der ROOT.der LINK\n");
        return 2;
    }
    HRESULT hr = open_work(&work, argv[3], block);
    if (FAILED(hr)) {
        fprintf(stderr, "does not open: %08x\n", (unsigned)hr);
        return 1;
    }
    work_on(&work);
    close_work(&work);
    return 0;
}
