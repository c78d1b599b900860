/* SPDX-License-Identifier: MIT */
#include "tests/conformance/rig.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/tap.h"

enum { CONNECT_LIMIT_MS = 5000 };

const D3D11_1DDIARG_CREATECRYPTOSESSION rig_session_arguments = {
    .CryptoType = { 0x9B6BD711, 0x4F74, 0x41C9,
            { 0x9E, 0x7B, 0x0B, 0xE2, 0xD7, 0xD9, 0x3B, 0x4F } },
    .KeyExchangeType = { 0xC1949895, 0xD72A, 0x4A1D,
            { 0x8E, 0x5D, 0xED, 0x85, 0x7D, 0x17, 0x15, 0x20 } },
};

static bool is_embedded(const struct options *options)
{
    return strcmp(options->link, "embedded:") == 0;
}

static void start_device(struct rig *rig)
{
    bool has_key = strcmp(rig->options.custody, "device") == 0;
    const char *const key[] = { "--key", rig->options.key, NULL };
    support_init(&rig->support, rig->options.custody);
    snprintf(rig->support.certificate, SUPPORT_PATH_LEN, "%s", rig->options.certificate);
    support_start_device(&rig->support, has_key ? key : NULL);
}

static HRESULT open_adapter(struct rig *rig, char *error, unsigned error_len)
{
    char link[SUPPORT_PATH_LEN + 8];
    struct vit_adapter_config config = { .umd = rig->options.umd, .host = rig->options.host };
    config.link.link = rig->options.link;
    if (rig->tap != NULL) {
        config.wrap_host = tap_wrap;
        config.wrap_context = rig->tap;
    }
    if (is_embedded(&rig->options)) {
        config.link.certificate = rig->options.certificate;
        config.link.key = rig->options.key;
    } else if (strcmp(rig->options.custody, "driver") == 0) {
        config.link.key = rig->options.key;
    }
    if (options_starts_device(&rig->options)) {
        snprintf(link, sizeof(link), "vhost:%s", rig->support.socket);
        config.link.link = link;
    }
    return vit_adapter_open(&config, &rig->adapter, error, error_len);
}

/* A running device may still be busy with the end of the test before. */
static HRESULT open_in_time(struct rig *rig, char *error, unsigned error_len)
{
    HRESULT hr = open_adapter(rig, error, error_len);
    for (int waited = 0; FAILED(hr) && waited < CONNECT_LIMIT_MS; waited += 20) {
        bool intended = rig->tap != NULL && rig->tap->fired;
        if (intended || !options_device_runs(&rig->options)) {
            break;
        }
        poll(NULL, 0, 20);
        hr = open_adapter(rig, error, error_len);
    }
    return hr;
}

static HRESULT begin(struct rig *rig, struct tap *tap, char *error, unsigned error_len)
{
    memset(rig, 0, sizeof(*rig));
    rig->tap = tap;
    options_get(&rig->options);
    if (options_starts_device(&rig->options)) {
        start_device(rig);
    }
    return open_in_time(rig, error, error_len);
}

static void end_device(struct rig *rig)
{
    if (options_starts_device(&rig->options)) {
        support_end_device(&rig->support, SIGTERM);
        support_finish(&rig->support);
    }
}

void rig_open_adapter_tapped(struct rig *rig, struct tap *tap)
{
    char error[256] = "";
    HRESULT hr = begin(rig, tap, error, sizeof(error));
    cr_assert_eq(hr, S_OK, "opening the adapter: 0x%08x %s", (unsigned)hr, error);
}

void rig_open_adapter(struct rig *rig)
{
    rig_open_adapter_tapped(rig, NULL);
}

HRESULT rig_reopen_adapter(struct rig *rig)
{
    char error[256] = "";
    rig_close_adapter(rig);
    return open_in_time(rig, error, sizeof(error));
}

void rig_close_adapter(struct rig *rig)
{
    vit_adapter_close(rig->adapter);
    rig->adapter = NULL;
}

static void learn(struct rig *rig)
{
    struct vit_device *device = rig->device;
    expect_code(device->video.pfnGetContentProtectionCaps(device->handle,
                        &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, &GUID_NULL, &rig->caps),
            S_OK, "GetContentProtectionCaps for AES128_CTR");
    if (rig->caps.Caps == 0) {
        not_applicable("the driver offers no content protection");
    }
    expect_code(vit_session_certificate(device, &rig->chain, &rig->chain_len), S_OK,
            "GetCertificate");
    rig->key = provider_key_of(rig->chain, rig->chain_len);
    cr_assert_not_null(rig->key, "the certificate chain does not begin with a certificate");
}

void rig_open(struct rig *rig)
{
    rig_open_tapped(rig, NULL);
}

void rig_open_tapped(struct rig *rig, struct tap *tap)
{
    rig_open_adapter_tapped(rig, tap);
    expect_code(vit_device_open(rig->adapter, &rig->device), S_OK, "CreateDevice");
    learn(rig);
}

void rig_open_second(struct rig *rig)
{
    expect_code(vit_device_open(rig->adapter, &rig->second), S_OK, "CreateDevice, a second one");
}

static void close_device(struct vit_device *device)
{
    if (device != NULL) {
        expect_accepted(device, "what the test did last");
        vit_device_close(device);
    }
}

void rig_close(struct rig *rig)
{
    close_device(rig->second);
    close_device(rig->device);
    vit_adapter_close(rig->adapter);
    EVP_PKEY_free(rig->key);
    free(rig->chain);
    for (unsigned i = 0; i < rig->memory_count; i++) {
        free(rig->memory[i]);
    }
    end_device(rig);
}

bool rig_can_open(char *error, unsigned error_len)
{
    struct rig rig;
    bool opened = SUCCEEDED(begin(&rig, NULL, error, error_len));
    vit_adapter_close(rig.adapter);
    end_device(&rig);
    return opened;
}

void rig_need(const struct rig *rig, UINT cap, const char *name)
{
    if ((rig->caps.Caps & cap) == 0) {
        not_applicable("the driver does not have the capability %s", name);
    }
}

void *rig_memory(struct rig *rig, size_t size)
{
    cr_assert_lt(rig->memory_count, (unsigned)RIG_MEMORY_COUNT);
    void *memory = calloc(1, size != 0 ? size : 1);
    cr_assert_not_null(memory);
    rig->memory[rig->memory_count++] = memory;
    return memory;
}

struct rig_reports rig_take_reports(struct vit_device *device)
{
    struct rig_reports reports = { .count = device->error_count };
    reports.first = vit_device_take_error(device);
    return reports;
}

bool rig_all(const void *bytes, size_t len, uint8_t value)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++) {
        if (at[i] != value) {
            return false;
        }
    }
    return true;
}

HRESULT rig_try_session(struct rig *rig, struct vit_device *device,
        const D3D11_1DDIARG_CREATECRYPTOSESSION *create, D3D11_1DDI_HCRYPTOSESSION *session)
{
    SIZE_T size = device->video.pfnCalcPrivateCryptoSessionSize(device->handle, create);
    cr_assert_lt(size, (SIZE_T)1 << 20, "CalcPrivateCryptoSessionSize: %zu bytes", (size_t)size);
    session->pDrvPrivate = rig_memory(rig, size);
    return device->video.pfnCreateCryptoSession(device->handle, create, *session,
            (D3D11_1DDI_HRTCRYPTOSESSION){ rig });
}

D3D11_1DDI_HCRYPTOSESSION rig_session(struct rig *rig, struct vit_device *device)
{
    D3D11_1DDI_HCRYPTOSESSION session;
    expect_code(rig_try_session(rig, device, &rig_session_arguments, &session), S_OK,
            "CreateCryptoSession");
    return session;
}

void rig_destroy_session(struct vit_device *device, D3D11_1DDI_HCRYPTOSESSION session)
{
    device->video.pfnDestroyCryptoSession(device->handle, session);
    expect_accepted(device, "DestroyCryptoSession");
}

void rig_block(const struct rig *rig, const uint8_t key[16], uint8_t block[PROVIDER_BLOCK_LEN])
{
    provider_block(rig->key, &provider_good_padding, key, 16, block);
}

HRESULT rig_negotiate(struct vit_device *device, D3D11_1DDI_HCRYPTOSESSION session,
        const uint8_t block[PROVIDER_BLOCK_LEN])
{
    uint8_t copy[PROVIDER_BLOCK_LEN];
    memcpy(copy, block, sizeof(copy));
    return device->video.pfnNegotiateCryptoSessionKeyExchange(device->handle, session, sizeof(copy),
            copy);
}

void rig_stream(struct rig *rig, struct vit_device *device, struct stream *stream)
{
    uint8_t block[PROVIDER_BLOCK_LEN];
    *stream = (struct stream){ .device = device, .session = rig_session(rig, device) };
    provider_random(stream->key, sizeof(stream->key));
    rig_block(rig, stream->key, block);
    expect_code(rig_negotiate(device, stream->session, block), S_OK,
            "NegotiateCryptoSessionKeyExchange");
}

void rig_refresh(struct stream *stream)
{
    uint8_t random[16];
    struct vit_device *device = stream->device;
    device->video.pfnStartSessionKeyRefresh(device->handle, stream->session, 16, random);
    device->video.pfnFinishSessionKeyRefresh(device->handle, stream->session);
    expect_accepted(device, "Start and FinishSessionKeyRefresh");
    for (unsigned i = 0; i < 16; i++) {
        stream->key[i] ^= random[i];
    }
    stream->iv = 0;
}

struct vit_resource *rig_resource(struct vit_device *device, enum vit_resource_use use,
        DXGI_FORMAT format, UINT width, UINT height)
{
    struct vit_resource *resource = NULL;
    expect_code(vit_resource_create(device, use, format, width, height, &resource), S_OK,
            "CreateResource");
    return resource;
}

void rig_decrypt(struct vit_device *device, const struct blt *blt)
{
    device->video.pfnDecryptionBlt(device->handle, blt->session, blt->source, blt->destination,
            blt->info, blt->content_key_size, blt->content_key, blt->iv_size, blt->iv);
    device->funcs.pfnFlush(device->handle, 0);
}

void rig_write(const struct vit_resource *staging, const uint8_t *bytes, size_t len)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    expect_code(vit_resource_map(staging, D3D10_DDI_MAP_WRITE, &mapped), S_OK,
            "StagingResourceMap to write");
    memcpy(mapped.pData, bytes, len);
    vit_resource_unmap(staging);
}

void rig_read(const struct vit_resource *staging, uint8_t *bytes, size_t len)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    expect_code(vit_resource_map(staging, D3D10_DDI_MAP_READ, &mapped), S_OK,
            "StagingResourceMap to read");
    memcpy(bytes, mapped.pData, len);
    vit_resource_unmap(staging);
}

void rig_read_back_key(const struct rig *rig, const struct stream *stream, uint8_t key[16])
{
    uint8_t wrapped[16];
    struct vit_device *device = stream->device;
    if ((rig->caps.Caps & D3D11_1DDI_CONTENT_PROTECTION_CAPS_ENCRYPTED_READ_BACK_KEY) == 0) {
        memcpy(key, stream->key, 16);
        return;
    }
    device->video.pfnGetEncryptionBltKey(device->handle, stream->session, 16, wrapped);
    expect_accepted(device, "GetEncryptionBltKey");
    provider_unwrap(stream->key, wrapped, key);
}

void rig_read_back(const struct rig *rig, const struct stream *stream,
        const struct vit_resource *picture, uint8_t *bytes, size_t len)
{
    uint8_t key[16], iv[16];
    struct vit_device *device = stream->device;
    struct vit_resource *staging =
            rig_resource(device, VIT_USE_STAGING, picture->format, picture->width, picture->height);
    rig_read_back_key(rig, stream, key);
    device->video.pfnEncryptionBlt(device->handle, stream->session, picture->handle,
            staging->handle, sizeof(iv), iv);
    expect_accepted(device, "EncryptionBlt");
    rig_read(staging, bytes, len);
    vit_resource_destroy(staging);
    provider_ctr(key, iv, NULL, bytes, len);
}
