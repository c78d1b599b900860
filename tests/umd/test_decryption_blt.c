/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/umd/blt_stage.h"

static struct vit_msg_decrypt last_decrypt(const struct stage *stage)
{
    struct vit_msg_decrypt message;
    const struct fake_message *last = fake_last_message(&stage->rig.host);
    cr_assert_eq(last->op, VIT_OP_DECRYPT);
    cr_assert(vit_get_decrypt(last->body, &message));
    return message;
}

Test(decryption_blt, is_queued_for_the_device)
{
    struct stage stage;
    stage_open(&stage);
    unsigned escapes = stage.rig.host.escape_count;
    stage_decrypt(&stage.rig.first, &stage.blt);
    cr_assert_eq(stage.rig.host.render_count, 0u, "not submitted before a flush");
    vit_store_be64(stage.iv, 999); /* taken already */
    stage.rig.first.funcs.pfnFlush(stage.rig.first.handle, 0);
    cr_assert_eq(stage.rig.host.escape_count, escapes);
    const struct fake_message *message = fake_last_message(&stage.rig.host);
    struct vit_msg_decrypt body = last_decrypt(&stage);
    cr_assert_eq(message->a, rig_allocation(stage.blt.source));
    cr_assert_eq(message->b, rig_allocation(stage.blt.destination));
    cr_assert(!message->writes_a && message->writes_b);
    cr_assert_eq(body.source, 0u);
    cr_assert_eq(body.destination, 0u);
    cr_assert_eq(body.source_offset, 0u);
    cr_assert_eq(body.length, 4096u);
    cr_assert_eq(body.flags, 0u);
    cr_assert_eq(vit_load_be64(body.iv), 1u);
    cr_assert_eq(rig_take_error(&stage.rig.first), S_OK);
    rig_close(&stage.rig);
}

Test(decryption_blt, carries_content_key_and_pattern)
{
    struct stage stage;
    uint8_t key[16];
    const D3D11_1DDI_ENCRYPTED_BLOCK_INFO info = { 32, 144, 16 };
    memset(key, 0x42, sizeof(key));
    stage_open(&stage);
    stage.blt.info = &info;
    stage.blt.content_key = key;
    stage.blt.content_key_size = sizeof(key);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    struct vit_msg_decrypt body = last_decrypt(&stage);
    cr_assert_eq(body.flags, (uint32_t)(VIT_DECRYPT_CONTENT_KEY | VIT_DECRYPT_PARTIAL));
    cr_assert_arr_eq(body.content_key, key, sizeof(key));
    cr_assert_eq(body.prefix, 32u);
    cr_assert_eq(body.skip, 144u);
    cr_assert_eq(body.encrypt, 16u);
    rig_close(&stage.rig);
}

Test(decryption_blt, refuses_an_iv_that_does_not_grow)
{
    struct stage stage;
    stage_open(&stage);
    stage_make_iv(stage.iv, 5, 0);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    cr_assert_eq(stage_run(&stage, 1), D3DDDIERR_APPLICATIONERROR);
    stage_make_iv(stage.iv, 4, 77);
    cr_assert_eq(stage_run(&stage, 1), D3DDDIERR_APPLICATIONERROR);
    stage_make_iv(stage.iv, 6, 0);
    cr_assert_eq(stage_run(&stage, 2), S_OK);
    rig_close(&stage.rig);
}

Test(decryption_blt, counts_ivs_under_each_key)
{
    struct stage stage;
    uint8_t a[16] = { 1 }, b[16] = { 2 };
    stage_open(&stage);
    stage_make_iv(stage.iv, 9, 0);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    stage.blt.content_key_size = 16;
    stage.blt.content_key = a;
    cr_assert_eq(stage_run(&stage, 2), S_OK);
    cr_assert_eq(stage_run(&stage, 2), D3DDDIERR_APPLICATIONERROR);
    stage.blt.content_key = b;
    cr_assert_eq(stage_run(&stage, 3), S_OK);
    rig_close(&stage.rig);
}

Test(decryption_blt, starts_ivs_afresh_after_a_refresh)
{
    struct stage stage;
    uint8_t random[16], content_key[16] = { 1 };
    stage_open(&stage);
    stage_make_iv(stage.iv, 9, 0);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    stage.blt.content_key_size = 16;
    stage.blt.content_key = content_key;
    cr_assert_eq(stage_run(&stage, 2), S_OK);
    stage.rig.first.video.pfnStartSessionKeyRefresh(stage.rig.first.handle, stage.blt.session, 16,
            random);
    cr_assert_eq(stage_run(&stage, 2), D3DDDIERR_APPLICATIONERROR, "the old key is still in force");
    stage.rig.first.video.pfnFinishSessionKeyRefresh(stage.rig.first.handle, stage.blt.session);
    cr_assert_eq(stage_run(&stage, 3), S_OK, "the same bytes wrap another key now");
    stage.blt.content_key_size = 0;
    stage.blt.content_key = NULL;
    cr_assert_eq(stage_run(&stage, 4), S_OK);
    rig_close(&stage.rig);
}

/* What was queued under the old key must be with the device before the new one is. */
Test(decryption_blt, is_submitted_before_a_refresh_ends)
{
    struct stage stage;
    uint8_t random[16];
    stage_open(&stage);
    stage.rig.first.video.pfnStartSessionKeyRefresh(stage.rig.first.handle, stage.blt.session, 16,
            random);
    stage_decrypt(&stage.rig.first, &stage.blt);
    cr_assert_eq(stage.rig.host.render_count, 0u);
    stage.rig.first.video.pfnFinishSessionKeyRefresh(stage.rig.first.handle, stage.blt.session);
    cr_assert_eq(stage.rig.host.render_count, 1u);
    rig_close(&stage.rig);
}

Test(decryption_blt, refuses_a_count_that_would_wrap)
{
    struct stage stage;
    const D3D11_1DDI_ENCRYPTED_BLOCK_INFO one_block = { 16, 0, 0 };
    stage_open(&stage);
    stage_make_iv(stage.iv, 1, UINT64_MAX - 254); /* 256 blocks */
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage_make_iv(stage.iv, 1, UINT64_MAX - 255);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    stage_make_iv(stage.iv, 2, UINT64_MAX);
    stage.blt.info = &one_block;
    cr_assert_eq(stage_run(&stage, 2), S_OK);
    rig_close(&stage.rig);
}

Test(decryption_blt, needs_an_iv_of_16_bytes)
{
    struct stage stage;
    stage_open(&stage);
    const UINT sizes[] = { 0, 8, 15, 17, 0xffffffff };
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        stage.blt.iv_size = sizes[i];
        cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    }
    stage.blt.iv_size = 16;
    stage.blt.iv = NULL;
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt.iv_size = 0;
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    rig_close(&stage.rig);
}

Test(decryption_blt, needs_a_content_key_of_16_bytes_or_none)
{
    struct stage stage;
    uint8_t key[32] = { 0 };
    stage_open(&stage);
    const UINT sizes[] = { 0, 1, 15, 17, 32 };
    stage.blt.content_key = key;
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        stage.blt.content_key_size = sizes[i];
        cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    }
    stage.blt.content_key = NULL;
    stage.blt.content_key_size = 16;
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    rig_close(&stage.rig);
}

Test(decryption_blt, needs_a_key)
{
    struct stage stage;
    stage_open(&stage);
    stage.blt.session = rig_session(&stage.rig, &stage.rig.first);
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    rig_close(&stage.rig);
}

Test(decryption_blt, needs_a_protected_destination_and_a_shared_source)
{
    struct stage stage;
    stage_open(&stage);
    const struct blt good = stage.blt;
    stage.blt.destination = rig_staging(&stage.rig, &stage.rig.first, 4096);
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt = good;
    stage.blt.source = rig_protected(&stage.rig, &stage.rig.first, 4096);
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt = good;
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    rig_close(&stage.rig);
}

Test(decryption_blt, refuses_missing_handles)
{
    struct stage stage;
    stage_open(&stage);
    const struct blt good = stage.blt;
    stage.blt.session.pDrvPrivate = NULL;
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt = good;
    stage.blt.source.pDrvPrivate = NULL;
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt = good;
    stage.blt.destination.pDrvPrivate = NULL;
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    rig_close(&stage.rig);
}

Test(decryption_blt, refuses_what_belongs_to_another_device)
{
    struct stage stage;
    stage_open(&stage);
    rig_open_second(&stage.rig);
    stage_decrypt(&stage.rig.second, &stage.blt);
    cr_assert_eq(rig_take_error(&stage.rig.second), D3DDDIERR_APPLICATIONERROR);
    const struct blt good = stage.blt;
    stage.blt.source = rig_staging(&stage.rig, &stage.rig.second, 4096);
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt = good;
    stage.blt.destination = rig_protected(&stage.rig, &stage.rig.second, 4096);
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt = good;
    cr_assert_eq(stage_run(&stage, 1), S_OK, "nothing changed on the way");
    rig_close(&stage.rig);
}

Test(decryption_blt, refuses_a_mapped_source)
{
    struct stage stage;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    stage_open(&stage);
    struct rig_device *device = &stage.rig.first;
    device->funcs.pfnStagingResourceMap(device->handle, stage.blt.source, 0, D3D10_DDI_MAP_WRITE, 0,
            &mapped);
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    device->funcs.pfnStagingResourceUnmap(device->handle, stage.blt.source, 0);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    rig_close(&stage.rig);
}

Test(decryption_blt, takes_what_the_source_has_into_a_longer_buffer)
{
    struct stage stage;
    stage_open(&stage);
    stage.blt.destination = rig_protected(&stage.rig, &stage.rig.first, 16384);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    cr_assert_eq(last_decrypt(&stage).length, 4096u);
    stage_next_iv(&stage);
    stage.blt.destination = rig_protected(&stage.rig, &stage.rig.first, 100);
    cr_assert_eq(stage_run(&stage, 2), S_OK);
    cr_assert_eq(last_decrypt(&stage).length, 100u);
    rig_close(&stage.rig);
}

static D3D10DDI_HRESOURCE picture(struct stage *stage, DXGI_FORMAT format, UINT width, UINT height,
        bool protected)
{
    return rig_resource(&stage->rig, &stage->rig.first,
            &(struct rig_resource){
                    .format = format,
                    .width = width,
                    .height = height,
                    .usage = protected ? D3D10_DDI_USAGE_DEFAULT : D3D10_DDI_USAGE_STAGING,
                    .misc = protected ? D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT : 0,
            });
}

Test(decryption_blt, works_on_pictures_of_one_size_and_format)
{
    struct stage stage;
    stage_open(&stage);
    stage.blt.source = picture(&stage, DXGI_FORMAT_NV12, 64, 32, false);
    stage.blt.destination = picture(&stage, DXGI_FORMAT_NV12, 64, 32, true);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    cr_assert_eq(last_decrypt(&stage).length, 64u * 32 * 3 / 2);
    stage_next_iv(&stage);
    stage.blt.source = picture(&stage, DXGI_FORMAT_B8G8R8A8_UNORM, 8, 8, false);
    stage.blt.destination = picture(&stage, DXGI_FORMAT_B8G8R8X8_UNORM, 8, 8, true);
    cr_assert_eq(stage_run(&stage, 2), S_OK);
    rig_close(&stage.rig);
}

/* No stretch, no conversion, no part of a picture. */
Test(decryption_blt, refuses_pictures_that_differ)
{
    struct stage stage;
    stage_open(&stage);
    stage.blt.destination = picture(&stage, DXGI_FORMAT_NV12, 64, 32, true);
    stage.blt.source = picture(&stage, DXGI_FORMAT_NV12, 64, 64, false);
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt.source = picture(&stage, DXGI_FORMAT_B8G8R8A8_UNORM, 64, 32, false);
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt.source = rig_staging(&stage.rig, &stage.rig.first, 64 * 32 * 3 / 2 - 1);
    cr_assert_eq(stage_run(&stage, 0), D3DDDIERR_APPLICATIONERROR);
    stage.blt.source = rig_staging(&stage.rig, &stage.rig.first, 64 * 32 * 3 / 2);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    rig_close(&stage.rig);
}

Test(decryption_blt, replaces_another_sessions_picture_only_as_a_whole)
{
    struct stage stage;
    stage_open(&stage);
    D3D11_1DDI_HCRYPTOSESSION mine = stage.blt.session;
    stage.blt.destination = rig_protected(&stage.rig, &stage.rig.first, 16384);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    stage.blt.session = rig_keyed_session(&stage.rig, &stage.rig.first);
    cr_assert_eq(stage_run(&stage, 1), D3DDDIERR_APPLICATIONERROR);
    stage.blt.source = rig_staging(&stage.rig, &stage.rig.first, 16384);
    cr_assert_eq(stage_run(&stage, 2), S_OK);
    stage.blt.session = mine;
    stage.blt.source = rig_staging(&stage.rig, &stage.rig.first, 4096);
    stage_next_iv(&stage);
    cr_assert_eq(stage_run(&stage, 2), D3DDDIERR_APPLICATIONERROR);
    rig_close(&stage.rig);
}

Test(decryption_blt, may_fill_what_a_destroyed_session_left)
{
    struct stage stage;
    stage_open(&stage);
    stage.blt.destination = rig_protected(&stage.rig, &stage.rig.first, 16384);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    stage.rig.first.video.pfnDestroyCryptoSession(stage.rig.first.handle, stage.blt.session);
    stage.blt.session = rig_keyed_session(&stage.rig, &stage.rig.first);
    cr_assert_eq(stage_run(&stage, 2), S_OK);
    rig_close(&stage.rig);
}

Test(decryption_blt, may_fill_it_also_when_a_picture_went_before)
{
    struct stage stage;
    stage_open(&stage);
    stage.blt.destination = rig_protected(&stage.rig, &stage.rig.first, 16384);
    D3D10DDI_HRESOURCE gone = rig_protected(&stage.rig, &stage.rig.first, 64);
    cr_assert_eq(stage_run(&stage, 1), S_OK);
    stage.rig.first.funcs.pfnDestroyResource(stage.rig.first.handle, gone);
    stage.rig.first.video.pfnDestroyCryptoSession(stage.rig.first.handle, stage.blt.session);
    stage.blt.session = rig_keyed_session(&stage.rig, &stage.rig.first);
    cr_assert_eq(stage_run(&stage, 2), S_OK);
    rig_close(&stage.rig);
}

Test(decryption_blt, keeps_the_mark_when_there_is_no_room)
{
    struct stage stage;
    rig_init(&stage.rig, VIT_CUSTODY_DEVICE);
    stage.rig.host.command_len = 100; /* one message */
    rig_open_adapter(&stage.rig);
    cr_assert_eq(rig_try_open_device(&stage.rig, 0, &stage.rig.first), S_OK);
    stage_make_iv(stage.iv, 1, 0);
    stage.blt = (struct blt){
        .session = rig_keyed_session(&stage.rig, &stage.rig.first),
        .source = rig_staging(&stage.rig, &stage.rig.first, 64),
        .destination = rig_protected(&stage.rig, &stage.rig.first, 64),
        .iv_size = 16,
        .iv = stage.iv,
    };
    stage_decrypt(&stage.rig.first, &stage.blt);
    stage_next_iv(&stage);
    stage.rig.host.render = E_OUTOFMEMORY;
    stage_decrypt(&stage.rig.first, &stage.blt);
    cr_assert_eq(rig_take_error(&stage.rig.first), E_OUTOFMEMORY);
    stage.rig.host.render = S_OK;
    cr_assert_eq(stage_run(&stage, 1), S_OK, "the same IV is still good");
    rig_close(&stage.rig);
}
