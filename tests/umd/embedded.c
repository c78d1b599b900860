/* SPDX-License-Identifier: MIT */
#include "tests/umd/embedded.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/umd/rig.h"
#include "tests/vectors/vectors.h"

static void write_chain(struct embedded *stage, enum vit_custody custody)
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

static void open_adapter(struct embedded *stage)
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

HRESULT embedded_negotiate(struct embedded *stage, struct vit_session *session,
        const uint8_t block[VITRINE_BLOCK_LEN])
{
    uint8_t copy[VITRINE_BLOCK_LEN];
    memcpy(copy, block, sizeof(copy));
    return session->device->video.pfnNegotiateCryptoSessionKeyExchange(stage->device->handle,
            session->handle, sizeof(copy), copy);
}

struct vit_session *embedded_session(struct embedded *stage)
{
    uint8_t block[256];
    struct vit_session *session = NULL;
    rig_good_block(block, stage->key);
    cr_assert_eq(vit_session_create(stage->device, &session), S_OK);
    cr_assert_eq(embedded_negotiate(stage, session, block), S_OK);
    return session;
}

void embedded_open(struct embedded *stage, enum vit_custody custody)
{
    memset(stage, 0, sizeof(*stage));
    write_chain(stage, custody);
    open_adapter(stage);
    cr_assert_eq(vitrine_cipher_create(&stage->cipher), VITRINE_OK);
    stage->session = embedded_session(stage);
}

uint64_t embedded_refusals(const struct embedded *stage)
{
    const struct vitrine_host_tables *host = vit_adapter_host(stage->adapter);
    struct vitrine_host_stats stats = { 0 };
    host->stats(host->host, &stats);
    return stats.refusals;
}

void embedded_close(struct embedded *stage)
{
    vit_session_destroy(stage->session);
    vit_device_close(stage->device);
    vit_adapter_close(stage->adapter);
    vitrine_cipher_destroy(stage->cipher);
    unlink(stage->chain_path);
    rmdir(stage->folder);
}

struct vit_resource *embedded_resource(struct embedded *stage, enum vit_resource_use use,
        DXGI_FORMAT format, UINT width, UINT height)
{
    struct vit_resource *resource = NULL;
    cr_assert_eq(vit_resource_create(stage->device, use, format, width, height, &resource), S_OK);
    return resource;
}

void embedded_fill(uint8_t *bytes, size_t len)
{
    uint32_t state = 12345;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(state >> 24);
    }
}

HRESULT embedded_play(struct embedded *stage, const struct embedded_frame *frame,
        struct vit_resource *destination)
{
    uint8_t iv[16], wrapped[16];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    struct vit_device *device = stage->device;
    struct vit_resource *staging =
            embedded_resource(stage, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, (UINT)frame->len, 1);
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

uint8_t *embedded_read_back(struct embedded *stage, struct vit_resource *source, size_t len)
{
    uint8_t wrapped[16], key[16], iv[16];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    struct vit_device *device = stage->device;
    struct vit_resource *staging =
            embedded_resource(stage, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, (UINT)len, 1);
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
