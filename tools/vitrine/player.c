/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/player.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/conversation.h"
#include "tools/vitrine/look.h"
#include "tools/vitrine/progress.h"
#include "tools/vitrine/screen.h"

enum { STAGING_COUNT = 2, WAIT_MS = 10000, SERVER_MS = 10000 };

struct player {
    const struct player_config *config;
    struct player_result *result;
    struct clip_header header;
    struct vit_device *device;
    struct vit_session *session;
    struct vit_resource *staging[STAGING_COUNT];
    struct vit_event *read[STAGING_COUNT]; /* its last blt has read it */
    bool in_use[STAGING_COUNT];
    struct vit_resource *texture; /* protected, in the clip's format */
    struct vit_resource *primary; /* protected, what is shown */
    uint8_t *fresh_keys;          /* wrapped under the refreshed session key; NULL before */
    uint32_t fresh_count;
};

static int fail(const struct player *player, const char *call, HRESULT hr)
{
    if (hr == D3DDDIERR_UNSUPPORTEDCRYPTO) {
        return vit_command_fail(VIT_EXIT_REFUSED, "vitrine play", player->config->clip_name,
                "the driver offers no content protection: with custody \"driver\" it needs the "
                "certificate's own key, not encrypted");
    }
    return vit_command_fail(VIT_EXIT_SYSTEM, "vitrine play", player->config->clip_name,
            "%s: 0x%08x", call, (unsigned)hr);
}

static DXGI_FORMAT dxgi_format(enum vit_format format)
{
    return format == VIT_FORMAT_NV12 ? DXGI_FORMAT_NV12 : DXGI_FORMAT_B8G8R8A8_UNORM;
}

static int open_clip(struct player *player)
{
    enum vit_status status = clip_read_header(player->config->clip, &player->header);
    if (status == VIT_OK) {
        return VIT_EXIT_OK;
    }
    return vit_command_fail(status == VIT_E_IO ? VIT_EXIT_SYSTEM : VIT_EXIT_REFUSED, "vitrine play",
            player->config->clip_name, "%s",
            status == VIT_E_IO ? strerror(errno) : "not a sealed clip, or damaged");
}

/* A clip is sealed for one device; another one cannot open it, so say so at once. */
static int check_device(struct player *player)
{
    VIT_AUTO(bytes) chain = NULL;
    UINT len = 0;
    uint8_t digest[VIT_SHA256_LEN];
    HRESULT hr = vit_session_certificate(player->device, &chain, &len);
    if (FAILED(hr)) {
        return fail(player, "GetCertificate", hr);
    }
    size_t leaf_len = len < 4 ? 0 : 4 + (size_t)(chain[2] << 8 | chain[3]);
    bool same = leaf_len > 0 && leaf_len <= len && vit_sha256(chain, leaf_len, digest) == VIT_OK &&
            memcmp(digest, player->header.leaf_digest, sizeof(digest)) == 0;
    return same ? VIT_EXIT_OK
                : vit_command_fail(VIT_EXIT_REFUSED, "vitrine play", player->config->clip_name,
                          "was sealed for another device");
}

static int establish(struct player *player)
{
    HRESULT hr = vit_session_create(player->device, &player->session);
    if (FAILED(hr)) {
        return fail(player, "CreateCryptoSession", hr);
    }
    hr = player->device->video.pfnNegotiateCryptoSessionKeyExchange(player->device->handle,
            player->session->handle, CLIP_BLOCK_LEN, player->header.block);
    if (hr == E_INVALIDARG) {
        return vit_command_fail(VIT_EXIT_REFUSED, "vitrine play", player->config->clip_name,
                "the device refuses its exchange block: damaged");
    }
    return FAILED(hr) ? fail(player, "NegotiateCryptoSessionKeyExchange", hr) : VIT_EXIT_OK;
}

static HRESULT create_resources(struct player *player)
{
    const struct vit_surface *surface = &player->header.surface;
    DXGI_FORMAT format = dxgi_format(surface->format);
    for (unsigned i = 0; i < STAGING_COUNT; i++) {
        HRESULT hr = vit_resource_create(player->device, VIT_USE_STAGING, format, surface->width,
                surface->height, &player->staging[i]);
        if (SUCCEEDED(hr)) {
            hr = vit_event_create(player->device, &player->read[i]);
        }
        if (FAILED(hr)) {
            return hr;
        }
    }
    HRESULT hr = vit_resource_create(player->device, VIT_USE_PROTECTED, format, surface->width,
            surface->height, &player->texture);
    if (FAILED(hr)) {
        return hr;
    }
    return vit_resource_create(player->device, VIT_USE_PROTECTED_PRIMARY,
            DXGI_FORMAT_B8G8R8X8_UNORM, surface->width, surface->height, &player->primary);
}

/* Ciphertext goes from the file straight into the mapped resource. */
static int load_frame(struct player *player, uint32_t index, struct vit_resource *staging,
        struct clip_frame *frame)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    HRESULT hr = vit_resource_map(staging, D3D10_DDI_MAP_WRITE, &mapped);
    if (FAILED(hr)) {
        return fail(player, "StagingResourceMap", hr);
    }
    enum vit_status status =
            clip_read_frame(player->config->clip, &player->header, index, frame, mapped.pData);
    vit_resource_unmap(staging);
    if (status == VIT_OK) {
        return VIT_EXIT_OK;
    }
    return vit_command_fail(status == VIT_E_IO ? VIT_EXIT_SYSTEM : VIT_EXIT_REFUSED, "vitrine play",
            player->config->clip_name, "frame %u: %s", index,
            status == VIT_E_IO ? strerror(errno) : "truncated or damaged");
}

static int show_frame(struct player *player, uint32_t index)
{
    unsigned slot = index % STAGING_COUNT;
    struct vit_device *device = player->device;
    struct clip_frame frame;
    if (player->in_use[slot]) {
        HRESULT hr = vit_event_wait(player->read[slot], WAIT_MS);
        if (FAILED(hr)) {
            return fail(player, "QueryGetData", hr);
        }
    }
    int code = load_frame(player, index, player->staging[slot], &frame);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    const uint8_t *key = frame.wrapped_key;
    if (frame.key_number < player->fresh_count) {
        key = player->fresh_keys + (size_t)frame.key_number * sizeof(frame.wrapped_key);
    }
    device->video.pfnDecryptionBlt(device->handle, player->session->handle,
            player->staging[slot]->handle, player->texture->handle, NULL, sizeof(frame.wrapped_key),
            key, sizeof(frame.iv), frame.iv);
    player->in_use[slot] = true;
    HRESULT hr = vit_device_take_error(device);
    if (FAILED(hr)) {
        return fail(player, "DecryptionBlt", hr);
    }
    hr = screen_blt(player->texture, player->primary);
    if (SUCCEEDED(hr)) {
        hr = screen_present(player->primary);
    }
    if (FAILED(hr)) {
        return fail(player, "Present", hr);
    }
    player->result->frames++;
    player->result->bytes += player->header.surface.size;
    return VIT_EXIT_OK;
}

static int server_failed(const struct player *player, enum vit_status status)
{
    return vit_command_fail(VIT_EXIT_SYSTEM, "vitrine play", player->config->clip_name,
            "the content server: %s", vit_status_name(status));
}

static enum vit_status ask_for_keys(struct player *player, const uint8_t random[16])
{
    uint32_t type, len;
    uint8_t count[4];
    int server = player->config->server;
    VIT_TRY(conversation_send(server, CONVERSATION_REFRESH, random, 16, NULL, 0));
    VIT_TRY(conversation_next(server, SERVER_MS, &type, &len));
    if (type != CONVERSATION_KEYS || len != 4 + (uint64_t)player->header.key_count * 16) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(conversation_read(server, SERVER_MS, count, sizeof(count)));
    if (vit_load_le32(count) != player->header.key_count) {
        return VIT_E_PROTOCOL;
    }
    player->fresh_keys = malloc(len - 4);
    if (player->fresh_keys == NULL) {
        return VIT_E_NOMEM;
    }
    player->fresh_count = player->header.key_count;
    return conversation_read(server, SERVER_MS, player->fresh_keys, len - 4);
}

static int refresh(struct player *player)
{
    struct vit_device *device = player->device;
    uint8_t random[16] = { 0 };
    device->video.pfnStartSessionKeyRefresh(device->handle, player->session->handle, sizeof(random),
            random);
    HRESULT hr = vit_device_take_error(device);
    if (FAILED(hr)) {
        return fail(player, "StartSessionKeyRefresh", hr);
    }
    enum vit_status status = ask_for_keys(player, random);
    if (status != VIT_OK) {
        return server_failed(player, status);
    }
    device->video.pfnFinishSessionKeyRefresh(device->handle, player->session->handle);
    hr = vit_device_take_error(device);
    player->result->refreshed = SUCCEEDED(hr);
    return FAILED(hr) ? fail(player, "FinishSessionKeyRefresh", hr) : VIT_EXIT_OK;
}

static int show_all(struct player *player)
{
    struct progress progress;
    uint32_t count = player->header.frame_count;
    progress_init(&progress, "playing");
    progress.wanted = progress.wanted && !player->config->quiet;
    int code = VIT_EXIT_OK;
    for (uint32_t i = 0; i < count && code == VIT_EXIT_OK; i++) {
        if (i == count / 2 && player->config->server >= 0) {
            code = refresh(player);
        }
        if (code == VIT_EXIT_OK) {
            code = show_frame(player, i);
        }
        progress_show(&progress, i + 1, count);
    }
    progress_finish(&progress);
    return code;
}

/* Sends what EncryptionBlt gave to the server, which knows the frame. */
static enum vit_status ask_for_verdict(struct player *player, const uint8_t *head,
        const void *pixels)
{
    uint32_t type, len;
    uint8_t verdict[4];
    int server = player->config->server;
    VIT_TRY(conversation_send(server, CONVERSATION_READBACK, head, CONVERSATION_READBACK_HEAD,
            pixels, player->header.surface.size));
    VIT_TRY(conversation_next(server, SERVER_MS, &type, &len));
    if (type != CONVERSATION_VERDICT || len != sizeof(verdict)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(conversation_read(server, SERVER_MS, verdict, sizeof(verdict)));
    player->result->readback = vit_load_le32(verdict) == 1;
    return VIT_OK;
}

static int prove_by_readback(struct player *player)
{
    struct vit_device *device = player->device;
    struct vit_resource *staging = player->staging[0];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    uint8_t head[CONVERSATION_READBACK_HEAD] = { 0 };
    vit_store_le32(head, player->header.frame_count - 1);
    device->video.pfnGetEncryptionBltKey(device->handle, player->session->handle, 16, head + 8);
    device->video.pfnEncryptionBlt(device->handle, player->session->handle, player->texture->handle,
            staging->handle, 16, head + 24);
    HRESULT hr = vit_device_take_error(device);
    if (SUCCEEDED(hr)) {
        hr = vit_resource_map(staging, D3D10_DDI_MAP_READ, &mapped);
    }
    if (FAILED(hr)) {
        return fail(player, "EncryptionBlt", hr);
    }
    enum vit_status status = ask_for_verdict(player, head, mapped.pData);
    vit_resource_unmap(staging);
    return status == VIT_OK ? VIT_EXIT_OK : server_failed(player, status);
}

static int start(struct player *player)
{
    HRESULT hr = vit_device_open(player->config->adapter, &player->device);
    if (FAILED(hr)) {
        return fail(player, "CreateDevice", hr);
    }
    int code = check_device(player);
    if (code == VIT_EXIT_OK) {
        code = establish(player);
    }
    if (code != VIT_EXIT_OK) {
        return code;
    }
    hr = create_resources(player);
    return FAILED(hr) ? fail(player, "CreateResource", hr) : VIT_EXIT_OK;
}

static int play(struct player *player)
{
    uint64_t begin = vit_now_ns();
    int code = show_all(player);
    player->result->seconds = (double)(vit_now_ns() - begin) / 1e9;
    if (code == VIT_EXIT_OK && player->config->server >= 0) {
        code = prove_by_readback(player);
    }
    struct look look = { .adapter = player->config->adapter,
        .primary = player->primary,
        .folder = player->config->output,
        .shown = player->config->shown,
        .result = player->result };
    static const uint8_t unknown[VIT_SHA256_LEN];
    look.result->source_known = memcmp(player->header.shown_digest, unknown, VIT_SHA256_LEN) != 0;
    memcpy(look.result->source_digest, player->header.shown_digest, VIT_SHA256_LEN);
    return code == VIT_EXIT_OK ? look_around(&look) : code;
}

static void finish(struct player *player)
{
    vit_resource_destroy(player->primary);
    vit_resource_destroy(player->texture);
    for (unsigned i = 0; i < STAGING_COUNT; i++) {
        vit_event_destroy(player->read[i]);
        vit_resource_destroy(player->staging[i]);
    }
    vit_session_destroy(player->session);
    vit_device_close(player->device);
    free(player->fresh_keys);
}

int player_run(const struct player_config *config, struct player_result *result)
{
    struct player player = { .config = config, .result = result };
    *result = (struct player_result){ .readback = -1 };
    int code = open_clip(&player);
    if (code == VIT_EXIT_OK) {
        code = start(&player);
    }
    if (code == VIT_EXIT_OK) {
        code = play(&player);
    }
    finish(&player);
    return code;
}
