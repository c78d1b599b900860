/* SPDX-License-Identifier: MIT */
/*
 * A protected session from its first question to its last, in the order of "GPU-Based Content
 * Protection" (its steps for the authenticated channel are left out):
 *
 *     session-walkthrough CHAIN.der ROOT.der KEY [LINK]
 *
 * CHAIN.der and KEY as "vitrine cert issue" writes them, ROOT.der as "vitrine cert init" does. The
 * device is embedded, so that this is all there is to start; LINK leads to another one, and in a
 * guest with such a device "drm:,card=/dev/dri/card0" does. Exit status 0: all went as published.
 *
 * Two parties are in this program. The content server trusts a root certificate and holds the keys
 * and the clear frame; all it uses is libvitrine (vitrine.h). The player holds no key and no clear
 * frame; it drives the driver's tables, as the Direct3D runtime does for ID3D11VideoDevice and
 * ID3D11VideoContext. What passes between the two is in struct letter, and anyone may read it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/ddi.h"
#include <vitrine.h>

enum { WIDTH = 64, HEIGHT = 48, FRAME_LEN = WIDTH * HEIGHT * 4, FILE_MAX = 16384 };

/* What a content server sends to a player. */
struct letter {
    uint8_t block[VITRINE_BLOCK_LEN];     /* the session key, for this device only */
    uint8_t content_key[VITRINE_KEY_LEN]; /* wrapped under the session key */
    uint8_t iv[VITRINE_IV_LEN];
    uint8_t sealed[FRAME_LEN];
};

struct server {
    struct vitrine_device *device; /* verified */
    struct vitrine_cipher *cipher;
    uint8_t session_key[VITRINE_KEY_LEN];
    uint8_t content_key[VITRINE_KEY_LEN];
    uint64_t iv;              /* of the last frame: must grow from frame to frame under one key */
    uint8_t frame[FRAME_LEN]; /* rows of B, G, R, A */
};

struct player {
    struct vit_adapter *adapter;
    struct vit_device *device;
    struct vit_session *session;
    struct vit_resource *staging; /* system memory: ciphertext only, in either direction */
    struct vit_resource *picture; /* protected: the device alone sees into it */
    struct vit_resource *primary; /* protected, and can be shown */
};

static bool say(const char *what, bool good)
{
    printf("%-60s %s\n", what, good ? "yes" : "NO");
    return good;
}

static size_t read_file(const char *path, uint8_t bytes[FILE_MAX])
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    size_t len = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    return len;
}

/* Steps 1 and 2: what protection is there, and how are keys exchanged? Without a decoder there is no
 * profile. */
static bool ask_capabilities(const struct player *player)
{
    static const GUID no_profile;
    const D3D11_1DDI_VIDEODEVICEFUNCS *video = &player->device->video;
    const UINT needed = D3D11_1DDI_CONTENT_PROTECTION_CAPS_HARDWARE |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_DECRYPTION_BLT |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_CONTENT_KEY |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_FRESHEN_SESSION_KEY |
            D3D11_1DDI_CONTENT_PROTECTION_CAPS_ENCRYPTED_READ_BACK_KEY;
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS caps = { 0 };
    GUID exchange = { 0 };
    HRESULT hr = video->pfnGetContentProtectionCaps(player->device->handle,
            &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, &no_profile, &caps);
    if (!say("AES-128-CTR is protected as this program needs it",
                SUCCEEDED(hr) && (caps.Caps & needed) == needed)) {
        return false;
    }
    hr = video->pfnGetCryptoKeyExchangeType(player->device->handle,
            &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, &no_profile, 0, &exchange);
    return say("keys are exchanged by RSAES-OAEP",
            SUCCEEDED(hr) && IsEqualGUID(&exchange, &D3D11_1DDI_KEY_EXCHANGE_RSAES_OAEP));
}

/* Step 8: a session, and the resources that this program needs. */
static bool create(struct player *player)
{
    HRESULT hr = vit_session_create(player->device, &player->session);
    if (SUCCEEDED(hr)) {
        hr = vit_resource_create(player->device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM, WIDTH,
                HEIGHT, &player->staging);
    }
    if (SUCCEEDED(hr)) {
        hr = vit_resource_create(player->device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM,
                WIDTH, HEIGHT, &player->picture);
    }
    if (SUCCEEDED(hr)) {
        hr = vit_resource_create(player->device, VIT_USE_PROTECTED_PRIMARY,
                DXGI_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT, &player->primary);
    }
    return say("session and resources are created", SUCCEEDED(hr));
}

/* Step 9: the player passes the certificate chain on, and the server decides whether it trusts that
 * device. Many would also demand custody "device" here: vitrine_device_custody(). */
static bool verify(struct server *server, const struct player *player, const char *root_path)
{
    uint8_t root[FILE_MAX];
    uint8_t *chain = NULL;
    UINT chain_len = 0;
    char reason[VITRINE_REASON_LEN] = "the driver has no certificate";
    size_t root_len = read_file(root_path, root);
    enum vitrine_status status = VITRINE_E_GONE;
    if (SUCCEEDED(vit_session_certificate(player->device, &chain, &chain_len))) {
        status =
                vitrine_device_verify(chain, chain_len, root, root_len, 0, reason, &server->device);
    }
    free(chain);
    if (status != VITRINE_OK) {
        fprintf(stderr, "not trusted: %s\n", reason);
    }
    return say("the device's certificate leads to our root", status == VITRINE_OK);
}

/* Step 10, server: a session key that only this device can unwrap. */
static bool make_block(struct server *server, struct letter *letter)
{
    return vitrine_random(server->session_key, sizeof(server->session_key)) == VITRINE_OK &&
            vitrine_exchange_block(server->device, server->session_key, sizeof(server->session_key),
                    letter->block) == VITRINE_OK;
}

/* Step 10, player: the driver takes the 256 bytes; the player cannot read them. */
static bool negotiate(const struct player *player, struct letter *letter)
{
    HRESULT hr = player->device->video.pfnNegotiateCryptoSessionKeyExchange(player->device->handle,
            player->session->handle, sizeof(letter->block), letter->block);
    return say("the driver takes the session key", SUCCEEDED(hr));
}

/* Step 11: a content key, and a frame under it. */
static bool seal_frame(struct server *server, struct letter *letter)
{
    memcpy(letter->sealed, server->frame, FRAME_LEN);
    return vitrine_key_wrap(server->cipher, server->session_key, server->content_key,
                   letter->content_key) == VITRINE_OK &&
            vitrine_iv_bytes(++server->iv, 0, letter->iv) == VITRINE_OK &&
            vitrine_frame_seal(server->cipher, server->content_key, letter->iv, NULL,
                    letter->sealed, FRAME_LEN) == VITRINE_OK;
}

static bool upload(const struct player *player, const struct letter *letter)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    if (FAILED(vit_resource_map(player->staging, D3D10_DDI_MAP_WRITE, &mapped))) {
        return false;
    }
    for (size_t row = 0; row < HEIGHT; row++) {
        memcpy((uint8_t *)mapped.pData + row * mapped.RowPitch, letter->sealed + row * WIDTH * 4,
                WIDTH * 4);
    }
    vit_resource_unmap(player->staging);
    return true;
}

/* Step 15, without a decoder: ciphertext goes in, the picture comes into being in the device. The
 * call returns nothing; what went wrong is reported through pfnSetErrorCb, and a frame may still be
 * refused by the device when its turn comes. */
static bool decrypt(const struct player *player, const struct letter *letter)
{
    const struct vit_device *device = player->device;
    if (!upload(player, letter)) {
        return false;
    }
    device->video.pfnDecryptionBlt(device->handle, player->session->handle, player->staging->handle,
            player->picture->handle, NULL, sizeof(letter->content_key), letter->content_key,
            sizeof(letter->iv), letter->iv);
    return SUCCEEDED(vit_device_take_error(player->device));
}

/* To the screen: the primary takes over the label of the picture. */
static bool present(const struct player *player)
{
    struct vit_device *device = player->device;
    DXGI_DDI_ARG_BLT blt = {
        .hDevice = (DXGI_DDI_HDEVICE)device->handle.pDrvPrivate,
        .hDstResource = (DXGI_DDI_HRESOURCE)player->primary->handle.pDrvPrivate,
        .DstRight = WIDTH,
        .DstBottom = HEIGHT,
        .hSrcResource = (DXGI_DDI_HRESOURCE)player->picture->handle.pDrvPrivate,
        .Flags = { .Convert = 1 },
        .Rotate = DXGI_DDI_MODE_ROTATION_IDENTITY,
    };
    DXGI_DDI_ARG_PRESENT show = {
        .hDevice = (DXGI_DDI_HDEVICE)device->handle.pDrvPrivate,
        .hSurfaceToPresent = (DXGI_DDI_HRESOURCE)player->primary->handle.pDrvPrivate,
        .Flags = { .Flip = 1 },
    };
    return SUCCEEDED(device->dxgi.pfnBlt(&blt)) && SUCCEEDED(device->dxgi.pfnPresent(&show));
}

static bool same_colours(const uint8_t *a, const uint8_t *b)
{
    for (size_t i = 0; i < FRAME_LEN; i++) {
        if (i % 4 != 3 && a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

/* Stands before the screen: no player can look there. Nor can this program in a guest, whose screen
 * is QEMU's. */
static bool display_shows(const struct player *player, const uint8_t *frame)
{
    const struct vitrine_host_tables *host = vit_adapter_host(player->adapter);
    struct vitrine_host_picture seen = { 0 };
    HRESULT hr = host->picture(host->host, 0, &seen);
    if (hr == E_NOTIMPL) {
        printf("the display is out of sight\n");
        return true;
    }
    return say("the display shows what the server sealed",
            SUCCEEDED(hr) && seen.width == WIDTH && seen.height == HEIGHT &&
                    same_colours(seen.pixels, frame));
}

static bool play_frame(struct server *server, const struct player *player, struct letter *letter)
{
    bool drawn =
            vitrine_random(server->frame, FRAME_LEN) == VITRINE_OK && seal_frame(server, letter);
    return drawn && say("a sealed frame is decrypted", decrypt(player, letter)) &&
            say("it is shown", present(player)) && display_shows(player, server->frame);
}

/* What a player must not be able to do. */
static bool try_to_look(const struct player *player)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    const struct vit_device *device = player->device;
    HRESULT hr = vit_resource_map(player->picture, D3D10_DDI_MAP_READ, &mapped);
    device->funcs.pfnResourceCopy(device->handle, player->staging->handle, player->picture->handle);
    HRESULT copied = vit_device_take_error(player->device);
    return say("the picture can neither be mapped nor copied out", FAILED(hr) && FAILED(copied));
}

/* Step 16: read-back is encrypted, under a key that the server unwraps. Each GetEncryptionBltKey
 * makes another one, and the driver chooses the IV. */
static bool read_back(struct server *server, const struct player *player)
{
    const struct vit_device *device = player->device;
    uint8_t wrapped[VITRINE_KEY_LEN] = { 0 };
    uint8_t key[VITRINE_KEY_LEN];
    uint8_t iv[VITRINE_IV_LEN] = { 0 };
    uint8_t bytes[FRAME_LEN];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    device->video.pfnGetEncryptionBltKey(device->handle, player->session->handle, sizeof(wrapped),
            wrapped);
    device->video.pfnEncryptionBlt(device->handle, player->session->handle, player->picture->handle,
            player->staging->handle, sizeof(iv), iv);
    if (FAILED(vit_device_take_error(player->device)) ||
            FAILED(vit_resource_map(player->staging, D3D10_DDI_MAP_READ, &mapped))) {
        return say("the frame is read back", false);
    }
    memcpy(bytes, mapped.pData, FRAME_LEN);
    vit_resource_unmap(player->staging);
    bool cipher = memcmp(bytes, server->frame, FRAME_LEN) != 0;
    bool open =
            vitrine_key_unwrap(server->cipher, server->session_key, wrapped, key) == VITRINE_OK &&
            vitrine_frame_open(server->cipher, key, iv, bytes, FRAME_LEN) == VITRINE_OK;
    explicit_bzero(key, sizeof(key));
    return say("what the player reads back is encrypted", cipher) &&
            say("the server finds its frame in it",
                    open && memcmp(bytes, server->frame, FRAME_LEN) == 0);
}

/* Step 17: a new session key, from the old one and a number of the driver's. Content keys are wrapped
 * anew from then on. */
static bool refresh(struct server *server, const struct player *player)
{
    const struct vit_device *device = player->device;
    uint8_t random[VITRINE_KEY_LEN] = { 0 };
    device->video.pfnStartSessionKeyRefresh(device->handle, player->session->handle, sizeof(random),
            random);
    bool known = vitrine_session_key_refresh(server->session_key, random) == VITRINE_OK;
    device->video.pfnFinishSessionKeyRefresh(device->handle, player->session->handle);
    return say("the session key is refreshed",
            SUCCEEDED(vit_device_take_error(player->device)) && known);
}

static bool walk(struct server *server, struct player *player, const char *root)
{
    struct letter letter;
    return ask_capabilities(player) && create(player) && verify(server, player, root) &&
            make_block(server, &letter) && negotiate(player, &letter) &&
            play_frame(server, player, &letter) && try_to_look(player) &&
            read_back(server, player) && refresh(server, player) &&
            play_frame(server, player, &letter);
}

static bool open_player(struct player *player, const char *chain, const char *key, const char *link)
{
    struct vit_adapter_config config = {
        .link = { .link = link, .certificate = chain, .key = key }
    };
    char error[256] = "";
    HRESULT hr = vit_adapter_open(&config, &player->adapter, error, sizeof(error));
    if (SUCCEEDED(hr)) {
        hr = vit_device_open(player->adapter, &player->device);
    }
    if (FAILED(hr)) {
        fprintf(stderr, "no device: %s\n", error);
    }
    return SUCCEEDED(hr);
}

/* The content key is the server's own choice; IVs under it begin anywhere but near 2^64. */
static bool open_server(struct server *server)
{
    uint32_t first = 0;
    bool open = vitrine_cipher_create(&server->cipher) == VITRINE_OK &&
            vitrine_random(server->content_key, sizeof(server->content_key)) == VITRINE_OK &&
            vitrine_random(&first, sizeof(first)) == VITRINE_OK;
    server->iv = first;
    return open;
}

/* Step 18. With the session goes what it filled: the display is black from here on. */
static void close_both(struct server *server, struct player *player)
{
    vit_session_destroy(player->session);
    vit_resource_destroy(player->primary);
    vit_resource_destroy(player->picture);
    vit_resource_destroy(player->staging);
    vit_device_close(player->device);
    vit_adapter_close(player->adapter);
    vitrine_cipher_destroy(server->cipher);
    vitrine_device_destroy(server->device);
}

int main(int argc, char **argv)
{
    struct server server = { .iv = 0 };
    struct player player = { .session = NULL };
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: session-walkthrough CHAIN.der ROOT.der KEY [LINK]\n");
        return 2;
    }
    bool good = open_player(&player, argv[1], argv[3], argv[4]) && open_server(&server) &&
            walk(&server, &player, argv[2]);
    close_both(&server, &player);
    explicit_bzero(&server, sizeof(server));
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
