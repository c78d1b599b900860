/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"

static void start(struct rig *rig, D3D11_1DDI_HCRYPTOSESSION session, UINT size, void *random)
{
    rig->first.video.pfnStartSessionKeyRefresh(rig->first.handle, session, size, random);
}

static void finish(struct rig *rig, D3D11_1DDI_HCRYPTOSESSION session)
{
    rig->first.video.pfnFinishSessionKeyRefresh(rig->first.handle, session);
}

Test(refresh, returns_the_devices_random_number_and_ends)
{
    struct rig rig;
    uint8_t random[16] = { 0 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    memset(rig.host.reply, 0x3c, sizeof(rig.host.reply));
    start(&rig, session, sizeof(random), random);
    cr_assert_arr_eq(random, rig.host.reply, sizeof(random));
    cr_assert_eq(fake_last_escape(&rig.host)->op, VIT_OP_REFRESH_START);
    finish(&rig, session);
    cr_assert_eq(fake_last_escape(&rig.host)->op, VIT_OP_REFRESH_FINISH);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    finish(&rig, session);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR, "it is over");
    cr_assert_eq(fake_count_escapes(&rig.host, VIT_OP_REFRESH_FINISH), 1u);
    rig_close(&rig);
}

Test(refresh, can_be_started_twice)
{
    struct rig rig;
    uint8_t random[16];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    start(&rig, session, sizeof(random), random);
    start(&rig, session, sizeof(random), random);
    cr_assert_eq(fake_count_escapes(&rig.host, VIT_OP_REFRESH_START), 2u);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(refresh, does_not_end_without_a_start)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    finish(&rig, session);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(fake_count_escapes(&rig.host, VIT_OP_REFRESH_FINISH), 0u);
    rig_close(&rig);
}

Test(refresh, zeroes_an_output_of_another_size)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    unsigned before = rig.host.escape_count;
    const UINT sizes[] = { 0, 1, 15, 17, 32 };
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t random[40];
        memset(random, 0xee, sizeof(random));
        start(&rig, session, sizes[i], random);
        for (UINT at = 0; at < sizeof(random); at++) {
            cr_assert_eq(random[at], at < sizes[i] ? 0 : 0xee);
        }
        cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    }
    start(&rig, session, 16, NULL);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(rig.host.escape_count, before);
    rig_close(&rig);
}

Test(refresh, does_not_believe_an_absurd_size)
{
    struct rig rig;
    uint8_t random[20];
    memset(random, 0xee, sizeof(random));
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    start(&rig, session, 0xffffffff, random);
    cr_assert_eq(random[15], 0);
    cr_assert_eq(random[16], 0xee);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}

Test(refresh, needs_a_key)
{
    struct rig rig;
    uint8_t random[16];
    const uint8_t zeros[16] = { 0 };
    memset(random, 0xee, sizeof(random));
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    start(&rig, session, 16, random);
    cr_assert_arr_eq(random, zeros, 16);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}

Test(refresh, reports_memory_and_removal)
{
    struct rig rig;
    uint8_t random[16];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    rig.host.escape = E_OUTOFMEMORY;
    start(&rig, session, 16, random);
    cr_assert_eq(rig_take_error(&rig.first), E_OUTOFMEMORY);
    rig.host.escape = D3DDDIERR_DEVICEREMOVED;
    start(&rig, session, 16, random);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_DEVICEREMOVED);
    rig.host.escape = S_OK;
    finish(&rig, session);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR, "never started");
    rig_close(&rig);
}

Test(refresh, refuses_foreign_and_destroyed_sessions)
{
    struct rig rig;
    uint8_t random[16];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig_open_second(&rig);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    unsigned before = rig.host.escape_count;
    const struct rig_device *other = &rig.second;
    other->video.pfnStartSessionKeyRefresh(other->handle, session, 16, random);
    cr_assert_eq(rig_take_error(&rig.second), D3DDDIERR_APPLICATIONERROR);
    other->video.pfnGetEncryptionBltKey(other->handle, session, 16, random);
    cr_assert_eq(rig_take_error(&rig.second), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(rig.host.escape_count, before);
    rig.first.video.pfnDestroyCryptoSession(rig.first.handle, session);
    finish(&rig, session);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}

Test(readback_key, is_what_the_device_wrapped)
{
    struct rig rig;
    uint8_t key[16];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    memset(rig.host.reply, 0x71, sizeof(rig.host.reply));
    rig.first.video.pfnGetEncryptionBltKey(rig.first.handle, session, sizeof(key), key);
    cr_assert_arr_eq(key, rig.host.reply, sizeof(key));
    cr_assert_eq(fake_last_escape(&rig.host)->op, VIT_OP_READBACK_KEY);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(readback_key, needs_a_key_and_its_size)
{
    struct rig rig;
    uint8_t key[32];
    const uint8_t zeros[32] = { 0 };
    memset(key, 0xee, sizeof(key));
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION unkeyed = rig_session(&rig, &rig.first);
    rig.first.video.pfnGetEncryptionBltKey(rig.first.handle, unkeyed, 16, key);
    cr_assert_arr_eq(key, zeros, 16);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    rig.first.video.pfnGetEncryptionBltKey(rig.first.handle, session, 32, key);
    cr_assert_arr_eq(key, zeros, 32);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(fake_count_escapes(&rig.host, VIT_OP_READBACK_KEY), 0u);
    rig_close(&rig);
}
