/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"
#include "umd/commands.h"
#include "umd/device.h"

Test(commands, name_each_allocation_once_in_a_submission)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const struct umd_device *device = rig.first.handle.pDrvPrivate;
    D3D10DDI_HRESOURCE a = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(&rig, &rig.first, 64);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, a, b);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, b, a);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, a, b);
    cr_assert_eq(device->commands.allocation_count, 2u);
    cr_assert_eq(device->commands.patch_count, 6u);
    rig.first.funcs.pfnFlush(rig.first.handle, 0);
    cr_assert_eq(rig.host.message_count, 3u);
    cr_assert(rig.host.messages[0].writes_a, "the entry of an allocation that is also written");
    cr_assert_eq(device->commands.allocation_count, 0u);
    rig_close(&rig);
}

static void copy_often(struct rig *rig, unsigned count)
{
    D3D10DDI_HRESOURCE a = rig_staging(rig, &rig->first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(rig, &rig->first, 64);
    for (unsigned i = 0; i < count; i++) {
        rig->first.funcs.pfnResourceCopy(rig->first.handle, i % 2 == 0 ? a : b, i % 2 == 0 ? b : a);
    }
    cr_assert_eq(rig_take_error(&rig->first), S_OK);
}

Test(commands, are_submitted_when_the_buffer_is_full)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig.host.command_len = 48 * 5 + 20; /* five copies */
    rig_open_adapter(&rig);
    cr_assert_eq(rig_try_open_device(&rig, 0, &rig.first), S_OK);
    copy_often(&rig, 12);
    cr_assert_eq(rig.host.render_count, 2u);
    cr_assert_eq(rig.host.message_count, 10u);
    rig.first.funcs.pfnFlush(rig.first.handle, 0);
    cr_assert_eq(rig.host.message_count, 12u);
    cr_assert_eq(rig.first.fake->amortized_count, 3u);
    rig_close(&rig);
}

Test(commands, are_submitted_when_a_list_is_full)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig.host.list_count = 7; /* three messages with two places each */
    rig_open_adapter(&rig);
    cr_assert_eq(rig_try_open_device(&rig, 0, &rig.first), S_OK);
    copy_often(&rig, 7);
    cr_assert_eq(rig.host.render_count, 2u);
    cr_assert_eq(rig.host.message_count, 6u);
    rig_close(&rig);
}

Test(commands, are_no_more_than_a_submission_may_have)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig.host.command_len = VIT_SUBMISSION_MAX_LEN;
    rig.host.list_count = 16384;
    rig_open_adapter(&rig);
    cr_assert_eq(rig_try_open_device(&rig, 0, &rig.first), S_OK);
    copy_often(&rig, VIT_SUBMISSION_MAX_COUNT + 10);
    cr_assert_eq(rig.host.render_count, 1u);
    cr_assert_eq(rig.host.longest_count, (unsigned)VIT_SUBMISSION_MAX_COUNT);
    rig_close(&rig);
}

Test(commands, leave_room_for_the_envelope)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig.host.command_len = 1 << 20;
    rig_open_adapter(&rig);
    cr_assert_eq(rig_try_open_device(&rig, 0, &rig.first), S_OK);
    const struct umd_device *device = rig.first.handle.pDrvPrivate;
    cr_assert_eq(device->commands.out.len, (size_t)VIT_SUBMISSION_MAX_LEN - VIT_ENVELOPE_LEN);
    rig_close(&rig);
}

Test(commands, that_the_kernel_refuses_are_dropped)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    copy_often(&rig, 3);
    rig.host.render = E_OUTOFMEMORY;
    cr_assert_eq(rig.first.funcs.pfnFlush(rig.first.handle, 0), FALSE);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_DEVICEREMOVED);
    rig.host.render = S_OK;
    copy_often(&rig, 1);
    cr_assert_eq(rig.first.funcs.pfnFlush(rig.first.handle, 0), TRUE);
    cr_assert_eq(rig.host.message_count, 1u);
    rig_close(&rig);
}

Test(commands, cannot_be_added_to_a_lost_device)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(&rig, &rig.first, 64);
    rig.host.short_render = true;
    rig.first.funcs.pfnFlush(rig.first.handle, 0);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_DEVICEREMOVED);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, a, b);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_DEVICEREMOVED);
    rig.first.funcs.pfnDestroyResource(rig.first.handle, a);
    rig.first.funcs.pfnDestroyResource(rig.first.handle, b);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    cr_assert_eq(rig.host.live_count, 0u);
    rig_close(&rig);
}

Test(commands, go_before_session_control)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    copy_often(&rig, 1);
    rig_session(&rig, &rig.first);
    cr_assert_eq(rig.host.render_count, 1u);
    rig_close(&rig);
}

Test(commands, of_a_destroyed_device_are_submitted)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    copy_often(&rig, 2);
    rig.first.funcs.pfnDestroyDevice(rig.first.handle);
    rig.first.handle.pDrvPrivate = NULL;
    cr_assert_eq(rig.host.message_count, 2u);
    rig_close(&rig);
}
