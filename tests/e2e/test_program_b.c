/* SPDX-License-Identifier: MIT */
/* Program B is on the same adapter as player A, with a device, sessions and resources of its own, and
 * wants A's frame. What a hostile kernel can do below the driver is in tests/vgpu. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/e2e/stage.h"
#include "tools/vitrine/screen.h"

enum { WIDTH = 32, HEIGHT = 32, LEN = WIDTH * HEIGHT * 4 };

static const uint8_t key_a[16] = "the key of A is", key_b[16] = "the key of B is";

struct scene {
    struct stage stage;
    struct vit_device *b;
    struct vit_session *session_a, *session_b;
    struct vit_resource *picture;           /* A's, protected */
    struct vit_resource *staging, *primary; /* B's, readable */
    uint8_t *pixels;
};

static struct scene scene;

static struct vit_resource *make(struct vit_device *device, enum vit_resource_use use,
        DXGI_FORMAT format)
{
    return stage_resource(device, use, format, WIDTH, HEIGHT);
}

static void set(void)
{
    struct stage *stage = &scene.stage;
    scene.pixels = stage_noise(LEN);
    cr_assert_eq(vit_device_open(stage->adapter, &scene.b), S_OK);
    scene.session_a = stage_session(stage, stage->device, key_a);
    scene.session_b = stage_session(stage, scene.b, key_b);
    scene.picture = make(stage->device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM);
    scene.staging = make(scene.b, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM);
    scene.primary = make(scene.b, VIT_USE_PRIMARY, DXGI_FORMAT_B8G8R8X8_UNORM);
    cr_assert_eq(stage_decrypt(stage, scene.session_a, key_a, scene.pixels, LEN, scene.picture),
            S_OK);
    stage_settle(stage->device);
}

static bool holds_the_frame(struct vit_resource *resource)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    cr_assert_eq(vit_resource_map(resource, D3D10_DDI_MAP_READ, &mapped), S_OK);
    bool found = false;
    for (size_t i = 0; i + 16 <= LEN && !found; i += 16) {
        found = stage_contains(mapped.pData, LEN, scene.pixels + i, 16);
    }
    vit_resource_unmap(resource);
    return found;
}

static void clear(void)
{
    if (scene.staging != NULL) {
        cr_assert_not(holds_the_frame(scene.staging));
    }
    vit_resource_destroy(scene.picture);
    vit_resource_destroy(scene.staging);
    vit_resource_destroy(scene.primary);
    vit_session_destroy(scene.session_a);
    vit_session_destroy(scene.session_b);
    vit_device_close(scene.b);
    free(scene.pixels);
}

static HRESULT read_back(struct vit_device *device, struct vit_session *session,
        struct vit_resource *from, struct vit_resource *into)
{
    uint8_t wrapped[16] = { 0 }, iv[16] = { 0 };
    device->video.pfnGetEncryptionBltKey(device->handle, session->handle, 16, wrapped);
    device->video.pfnEncryptionBlt(device->handle, session->handle, from->handle, into->handle, 16,
            iv);
    return vit_device_take_error(device);
}

Test(program_b, cannot_read_by_its_own_session)
{
    EACH(&scene.stage)
    {
        set();
        cr_assert_neq(read_back(scene.b, scene.session_b, scene.picture, scene.staging), S_OK);
        clear();
    }
}

Test(program_b, cannot_use_the_session_of_another)
{
    EACH(&scene.stage)
    {
        set();
        cr_assert_neq(read_back(scene.b, scene.session_a, scene.picture, scene.staging), S_OK);
        clear();
    }
}

Test(program_b, inside_the_player_cannot_read_by_a_session_of_its_own)
{
    EACH(&scene.stage)
    {
        set();
        struct vit_session *own = stage_session(&scene.stage, scene.stage.device, key_b);
        struct vit_resource *staging =
                make(scene.stage.device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM);
        cr_assert_eq(read_back(scene.stage.device, own, scene.picture, staging),
                D3DDDIERR_APPLICATIONERROR);
        cr_assert_not(holds_the_frame(staging));
        vit_resource_destroy(staging);
        vit_session_destroy(own);
        clear();
    }
}

Test(program_b, cannot_renegotiate_a_keyed_session)
{
    EACH(&scene.stage)
    {
        set();
        uint8_t wrapped[16] = { 0 }, iv[16] = { 0 }, readback[16];
        D3D10DDI_MAPPED_SUBRESOURCE mapped;
        struct vit_device *device = scene.stage.device;
        cr_assert_eq(stage_negotiate(&scene.stage, scene.session_a, key_b), E_INVALIDARG);
        struct vit_resource *staging = make(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM);
        device->video.pfnGetEncryptionBltKey(device->handle, scene.session_a->handle, 16, wrapped);
        device->video.pfnEncryptionBlt(device->handle, scene.session_a->handle,
                scene.picture->handle, staging->handle, 16, iv);
        cr_assert_eq(vit_resource_map(staging, D3D10_DDI_MAP_READ, &mapped), S_OK);
        VIT_AUTO(bytes) copy = malloc(LEN);
        memcpy(copy, mapped.pData, LEN);
        vit_resource_unmap(staging);
        cr_assert_eq(vitrine_key_unwrap(scene.stage.cipher, key_b, wrapped, readback), VITRINE_OK);
        cr_assert_eq(vitrine_frame_open(scene.stage.cipher, readback, iv, copy, LEN), VITRINE_OK);
        cr_assert_not(stage_contains(copy, LEN, scene.pixels, 16));
        vit_resource_destroy(staging);
        clear();
    }
}

Test(program_b, gets_nothing_from_a_reused_session)
{
    EACH(&scene.stage)
    {
        set();
        struct vit_device *device = scene.stage.device;
        /* The next session has the slot of the one that filled the picture. */
        vit_session_destroy(scene.session_a);
        scene.session_a = stage_session(&scene.stage, device, key_b);
        struct vit_resource *staging = make(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM);
        cr_assert_eq(read_back(device, scene.session_a, scene.picture, staging),
                D3DDDIERR_APPLICATIONERROR);
        cr_assert_not(holds_the_frame(staging));
        vit_resource_destroy(staging);
        clear();
    }
}

Test(program_b, cannot_copy_into_memory_that_it_can_read)
{
    EACH(&scene.stage)
    {
        set();
        struct vit_device *player = scene.stage.device;
        struct vit_resource *own = make(player, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM);
        scene.b->funcs.pfnResourceCopy(scene.b->handle, scene.staging->handle,
                scene.picture->handle);
        cr_assert_neq(vit_device_take_error(scene.b), S_OK);
        player->funcs.pfnResourceCopy(player->handle, own->handle, scene.picture->handle);
        cr_assert_eq(vit_device_take_error(player), D3DDDIERR_APPLICATIONERROR);
        player->funcs.pfnResourceCopyRegion(player->handle, own->handle, 0, 0, 0, 0,
                scene.picture->handle, 0, NULL, 0);
        cr_assert_eq(vit_device_take_error(player), D3DDDIERR_APPLICATIONERROR);
        cr_assert_not(holds_the_frame(own));
        vit_resource_destroy(own);
        clear();
    }
}

Test(program_b, cannot_convert_into_memory_that_it_can_read)
{
    EACH(&scene.stage)
    {
        set();
        struct vit_resource *own =
                make(scene.stage.device, VIT_USE_PRIMARY, DXGI_FORMAT_B8G8R8X8_UNORM);
        cr_assert_neq(screen_blt(scene.picture, scene.primary), S_OK);
        (void)vit_device_take_error(scene.b);
        cr_assert_neq(screen_blt(scene.picture, own), S_OK);
        (void)vit_device_take_error(scene.stage.device);
        vit_resource_destroy(own);
        clear();
    }
}

/* Whoever has a session of the key, the player itself included. */
Test(program_b, cannot_decrypt_into_memory_that_it_can_read)
{
    static const enum vit_resource_use uses[] = { VIT_USE_STAGING, VIT_USE_DEFAULT,
        VIT_USE_PRIMARY };
    EACH(&scene.stage)
    {
        set();
        struct vit_device *player = scene.stage.device;
        struct vit_resource *staging = make(player, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8X8_UNORM);
        for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
            struct vit_resource *own = make(player, uses[i], DXGI_FORMAT_B8G8R8X8_UNORM);
            cr_assert_eq(stage_decrypt(&scene.stage, scene.session_a, key_a, scene.pixels, LEN,
                                 own),
                    D3DDDIERR_APPLICATIONERROR);
            player->funcs.pfnResourceCopy(player->handle, staging->handle, own->handle);
            cr_assert_eq(vit_device_take_error(player), S_OK);
            cr_assert_not(holds_the_frame(staging));
            vit_resource_destroy(own);
        }
        vit_resource_destroy(staging);
        clear();
    }
}

Test(program_b, cannot_map_the_picture)
{
    EACH(&scene.stage)
    {
        set();
        D3D10DDI_MAPPED_SUBRESOURCE mapped = { (void *)1, 1, 1 };
        cr_assert_eq(vit_resource_map(scene.picture, D3D10_DDI_MAP_READ, &mapped),
                D3DDDIERR_APPLICATIONERROR);
        cr_assert_null(mapped.pData);
        clear();
    }
}

Test(program_b, does_not_get_the_picture_by_showing_it_elsewhere)
{
    EACH(&scene.stage)
    {
        set();
        struct vit_device *player = scene.stage.device;
        struct vit_resource *shown =
                make(player, VIT_USE_PROTECTED_PRIMARY, DXGI_FORMAT_B8G8R8X8_UNORM);
        struct vit_resource *own = make(player, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8X8_UNORM);
        cr_assert_eq(screen_blt(scene.picture, shown), S_OK);
        cr_assert_eq(screen_present(shown), S_OK);
        player->funcs.pfnResourceCopy(player->handle, own->handle, shown->handle);
        cr_assert_eq(vit_device_take_error(player), D3DDDIERR_APPLICATIONERROR);
        D3D10DDI_MAPPED_SUBRESOURCE mapped;
        cr_assert_neq(vit_resource_map(shown, D3D10_DDI_MAP_READ, &mapped), S_OK);
        cr_assert_not(holds_the_frame(own));
        vit_resource_destroy(own);
        vit_resource_destroy(shown);
        clear();
    }
}

Test(program_b, cannot_mix_its_content_into_the_picture)
{
    EACH(&scene.stage)
    {
        set();
        struct vit_device *player = scene.stage.device;
        struct vit_session *own = stage_session(&scene.stage, player, key_b);
        struct vit_resource *mine = make(player, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM);
        VIT_AUTO(bytes) noise = stage_noise(LEN);
        cr_assert_eq(stage_decrypt(&scene.stage, own, key_b, noise, LEN, mine), S_OK);
        player->funcs.pfnResourceCopy(player->handle, mine->handle, scene.picture->handle);
        cr_assert_eq(vit_device_take_error(player), D3DDDIERR_APPLICATIONERROR);
        struct vit_resource *staging = make(player, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM);
        cr_assert_eq(read_back(player, own, mine, staging), S_OK);
        vit_resource_destroy(staging);
        vit_resource_destroy(mine);
        vit_session_destroy(own);
        clear();
    }
}
