/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/e2e/stage.h"
#include "tools/vitrine/screen.h"

enum { WIDTH = 64, HEIGHT = 48, LEN = WIDTH * HEIGHT * 4 };

static const uint8_t key[16] = "e2e session key";
static struct stage stage;

static struct vit_resource *texture(enum vit_resource_use use)
{
    return stage_resource(stage.device, use,
            use >= VIT_USE_PRIMARY ? DXGI_FORMAT_B8G8R8X8_UNORM : DXGI_FORMAT_B8G8R8A8_UNORM, WIDTH,
            HEIGHT);
}

static bool display_shows(const uint8_t *pixels)
{
    const struct vitrine_host_tables *host = vit_adapter_host(stage.adapter);
    struct vitrine_host_picture picture = { 0 };
    if (host->picture(host->host, 0, &picture) != S_OK || picture.width != WIDTH ||
            picture.height != HEIGHT) {
        return false;
    }
    for (size_t i = 0; i < LEN; i++) {
        if (i % 4 != 3 && picture.pixels[i] != pixels[i]) {
            return false;
        }
    }
    return true;
}

static void show(struct vit_session *session, const uint8_t session_key[16], const uint8_t *pixels)
{
    VIT_AUTO(resource) picture = texture(VIT_USE_PROTECTED);
    VIT_AUTO(resource) primary = texture(VIT_USE_PROTECTED_PRIMARY);
    cr_assert_eq(stage_decrypt(&stage, session, session_key, pixels, LEN, picture), S_OK);
    cr_assert_eq(screen_blt(picture, primary), S_OK);
    cr_assert_eq(screen_present(primary), S_OK);
    cr_assert(display_shows(pixels), "%s, custody %s", stage.link, stage.custody);
}

Test(life, a_sealed_frame_is_seen_on_the_display)
{
    EACH(&stage)
    {
        VIT_AUTO(bytes) pixels = stage_noise(LEN);
        struct vit_session *session = stage_session(&stage, stage.device, key);
        show(session, key, pixels);
        vit_session_destroy(session);
    }
}

Test(life, a_frame_sealed_under_another_key_is_not_seen)
{
    EACH(&stage)
    {
        VIT_AUTO(bytes) pixels = stage_noise(LEN);
        struct vit_session *session = stage_session(&stage, stage.device, key);
        struct vit_resource *picture = texture(VIT_USE_PROTECTED);
        struct vit_resource *primary = texture(VIT_USE_PROTECTED_PRIMARY);
        const uint8_t other[16] = { 1 };
        cr_assert_eq(stage_decrypt(&stage, session, other, pixels, LEN, picture), S_OK);
        cr_assert_eq(screen_blt(picture, primary), S_OK);
        cr_assert_eq(screen_present(primary), S_OK);
        cr_assert_not(display_shows(pixels));
        vit_resource_destroy(picture);
        vit_resource_destroy(primary);
        vit_session_destroy(session);
    }
}

Test(life, a_refreshed_key_is_in_force_after_finish)
{
    EACH(&stage)
    {
        VIT_AUTO(bytes) pixels = stage_noise(LEN);
        uint8_t random[16], fresh[16];
        struct vit_session *session = stage_session(&stage, stage.device, key);
        memcpy(fresh, key, 16);
        stage.device->video.pfnStartSessionKeyRefresh(stage.device->handle, session->handle, 16,
                random);
        show(session, key, pixels);
        cr_assert_eq(vitrine_session_key_refresh(fresh, random), VITRINE_OK);
        stage.device->video.pfnFinishSessionKeyRefresh(stage.device->handle, session->handle);
        cr_assert_eq(vit_device_take_error(stage.device), S_OK);
        show(session, fresh, pixels);
        vit_session_destroy(session);
    }
}

Test(life, what_is_read_back_is_the_frame_for_who_has_the_key_only)
{
    EACH(&stage)
    {
        VIT_AUTO(bytes) pixels = stage_noise(LEN);
        uint8_t wrapped[16], readback[16], iv[16];
        D3D10DDI_MAPPED_SUBRESOURCE mapped;
        struct vit_session *session = stage_session(&stage, stage.device, key);
        struct vit_resource *picture = texture(VIT_USE_PROTECTED);
        struct vit_resource *staging = texture(VIT_USE_STAGING);
        cr_assert_eq(stage_decrypt(&stage, session, key, pixels, LEN, picture), S_OK);
        stage.device->video.pfnGetEncryptionBltKey(stage.device->handle, session->handle, 16,
                wrapped);
        stage.device->video.pfnEncryptionBlt(stage.device->handle, session->handle, picture->handle,
                staging->handle, 16, iv);
        cr_assert_eq(vit_device_take_error(stage.device), S_OK);
        cr_assert_eq(vit_resource_map(staging, D3D10_DDI_MAP_READ, &mapped), S_OK);
        for (size_t i = 0; i + 16 <= LEN; i += 16) {
            cr_assert_not(stage_contains(mapped.pData, LEN, pixels + i, 16));
        }
        VIT_AUTO(bytes) copy = malloc(LEN);
        memcpy(copy, mapped.pData, LEN);
        vit_resource_unmap(staging);
        cr_assert_eq(vitrine_key_unwrap(stage.cipher, key, wrapped, readback), VITRINE_OK);
        cr_assert_eq(vitrine_frame_open(stage.cipher, readback, iv, copy, LEN), VITRINE_OK);
        cr_assert_arr_eq(copy, pixels, LEN);
        vit_resource_destroy(picture);
        vit_resource_destroy(staging);
        vit_session_destroy(session);
    }
}

Test(life, nothing_is_left_of_a_destroyed_session)
{
    EACH(&stage)
    {
        VIT_AUTO(bytes) pixels = stage_noise(LEN);
        struct vit_session *session = stage_session(&stage, stage.device, key);
        struct vit_resource *picture = texture(VIT_USE_PROTECTED);
        struct vit_resource *primary = texture(VIT_USE_PROTECTED_PRIMARY);
        cr_assert_eq(stage_decrypt(&stage, session, key, pixels, LEN, picture), S_OK);
        cr_assert_eq(screen_blt(picture, primary), S_OK);
        cr_assert_eq(screen_present(primary), S_OK);
        cr_assert(display_shows(pixels));
        vit_session_destroy(session);
        VIT_AUTO(bytes) black = calloc(1, LEN);
        cr_assert(display_shows(black), "the display is black at once");
        vit_resource_destroy(picture);
        vit_resource_destroy(primary);
    }
}
