/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/blt_stage.h"

struct readback {
    D3D11_1DDI_HCRYPTOSESSION session;
    D3D10DDI_HRESOURCE source, destination;
};

static void encrypt(struct rig_device *device, const struct readback *blt, UINT size, void *iv)
{
    device->video.pfnEncryptionBlt(device->handle, blt->session, blt->source, blt->destination,
            size, iv);
}

/* A labelled picture of 4 KiB and a place for its ciphertext. */
static struct readback set_readback(struct stage *stage, bool with_key)
{
    uint8_t key[16];
    stage_open(stage);
    cr_assert_eq(stage_run(stage, 1), S_OK);
    if (with_key) {
        stage->rig.first.video.pfnGetEncryptionBltKey(stage->rig.first.handle, stage->blt.session,
                16, key);
    }
    return (struct readback){ stage->blt.session, stage->blt.destination,
        rig_staging(&stage->rig, &stage->rig.first, 4096) };
}

static const uint8_t zeros[16];

Test(encryption_blt, asks_the_device_and_returns_its_iv)
{
    struct stage stage;
    uint8_t iv[16] = { 0 };
    struct readback blt = set_readback(&stage, true);
    memset(stage.rig.host.reply, 0x19, 16);
    encrypt(&stage.rig.first, &blt, sizeof(iv), iv);
    cr_assert_eq(rig_take_error(&stage.rig.first), S_OK);
    cr_assert_arr_eq(iv, stage.rig.host.reply, 16);
    const struct fake_message *message = fake_last_escape(&stage.rig.host);
    struct vit_msg_encrypt body;
    cr_assert_eq(message->op, VIT_OP_ENCRYPT);
    cr_assert(vit_get_encrypt(message->body, &body));
    cr_assert_eq(message->a, rig_allocation(blt.source));
    cr_assert_eq(message->b, rig_allocation(blt.destination));
    cr_assert_eq(body.length, 4096u);
    rig_close(&stage.rig);
}

Test(encryption_blt, comes_after_what_was_queued)
{
    struct stage stage;
    uint8_t iv[16];
    struct readback blt = set_readback(&stage, true);
    stage_next_iv(&stage);
    stage_decrypt(&stage.rig.first, &stage.blt);
    unsigned renders = stage.rig.host.render_count;
    encrypt(&stage.rig.first, &blt, sizeof(iv), iv);
    cr_assert_eq(stage.rig.host.render_count, renders + 1);
    cr_assert_eq(rig_take_error(&stage.rig.first), S_OK);
    rig_close(&stage.rig);
}

static void assert_refused(struct stage *stage, const struct readback *blt)
{
    uint8_t iv[16];
    memset(iv, 0xee, sizeof(iv));
    encrypt(&stage->rig.first, blt, sizeof(iv), iv);
    cr_assert_eq(rig_take_error(&stage->rig.first), D3DDDIERR_APPLICATIONERROR);
    cr_assert_arr_eq(iv, zeros, sizeof(iv));
    cr_assert_eq(fake_count_escapes(&stage->rig.host, VIT_OP_ENCRYPT), 0u);
}

Test(encryption_blt, needs_a_readback_key)
{
    struct stage stage;
    struct readback blt = set_readback(&stage, false);
    assert_refused(&stage, &blt);
    rig_close(&stage.rig);
}

Test(encryption_blt, reads_only_what_its_own_session_filled)
{
    struct stage stage;
    uint8_t key[16];
    struct readback blt = set_readback(&stage, true);
    blt.session = rig_keyed_session(&stage.rig, &stage.rig.first);
    stage.rig.first.video.pfnGetEncryptionBltKey(stage.rig.first.handle, blt.session, 16, key);
    assert_refused(&stage, &blt);
    blt.session = stage.blt.session;
    blt.source = rig_protected(&stage.rig, &stage.rig.first, 4096);
    assert_refused(&stage, &blt);
    rig_close(&stage.rig);
}

Test(encryption_blt, needs_a_shared_destination_of_the_size)
{
    struct stage stage;
    struct readback blt = set_readback(&stage, true);
    blt.destination = rig_staging(&stage.rig, &stage.rig.first, 4095);
    assert_refused(&stage, &blt);
    blt.destination = rig_protected(&stage.rig, &stage.rig.first, 4096);
    assert_refused(&stage, &blt);
    blt.destination.pDrvPrivate = NULL;
    assert_refused(&stage, &blt);
    rig_close(&stage.rig);
}

Test(encryption_blt, needs_a_place_for_the_iv)
{
    struct stage stage;
    uint8_t iv[24];
    struct readback blt = set_readback(&stage, true);
    const UINT sizes[] = { 0, 8, 15, 17, 24 };
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(iv, 0xee, sizeof(iv));
        encrypt(&stage.rig.first, &blt, sizes[i], iv);
        cr_assert_eq(rig_take_error(&stage.rig.first), D3DDDIERR_APPLICATIONERROR);
        for (UINT at = 0; at < sizeof(iv); at++) {
            cr_assert_eq(iv[at], at < sizes[i] ? 0 : 0xee);
        }
    }
    encrypt(&stage.rig.first, &blt, 16, NULL);
    cr_assert_eq(rig_take_error(&stage.rig.first), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(fake_count_escapes(&stage.rig.host, VIT_OP_ENCRYPT), 0u);
    rig_close(&stage.rig);
}

Test(encryption_blt, zeroes_the_iv_when_the_device_refuses)
{
    struct stage stage;
    uint8_t iv[16];
    struct readback blt = set_readback(&stage, true);
    const struct {
        HRESULT escape;
        enum vit_status answer;
        HRESULT expected;
    } rows[] = {
        { S_OK, VIT_E_DENIED, D3DDDIERR_APPLICATIONERROR },
        { S_OK, VIT_E_NOMEM, E_OUTOFMEMORY },
        { D3DDDIERR_DEVICEREMOVED, VIT_OK, D3DDDIERR_DEVICEREMOVED },
    };
    for (unsigned i = 0; i < 3; i++) {
        memset(iv, 0xee, sizeof(iv));
        stage.rig.host.escape = rows[i].escape;
        stage.rig.host.answer = rows[i].answer;
        encrypt(&stage.rig.first, &blt, sizeof(iv), iv);
        cr_assert_eq(rig_take_error(&stage.rig.first), rows[i].expected);
        cr_assert_arr_eq(iv, zeros, sizeof(iv));
    }
    rig_close(&stage.rig);
}

Test(encryption_blt, refuses_another_device)
{
    struct stage stage;
    uint8_t iv[16];
    struct readback blt = set_readback(&stage, true);
    rig_open_second(&stage.rig);
    encrypt(&stage.rig.second, &blt, sizeof(iv), iv);
    cr_assert_eq(rig_take_error(&stage.rig.second), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(fake_count_escapes(&stage.rig.host, VIT_OP_ENCRYPT), 0u);
    rig_close(&stage.rig);
}
