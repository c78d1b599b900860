/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"

Test(device, is_created_and_destroyed_with_one_context)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    cr_assert_eq(rig.first.fake->context_count, 1u);
    rig_close(&rig);
}

static D3D10DDIARG_CREATEDEVICE arguments(struct rig *rig, struct rig_device *device)
{
    device->fake = &rig->host.devices[0];
    return (D3D10DDIARG_CREATEDEVICE){
        .hRTDevice = { device->fake },
        .Interface = D3D11_1_DDI_INTERFACE_VERSION,
        .pKTCallbacks = &fake_device_callbacks,
        .p11_1DeviceFuncs = &device->funcs,
        .hDrvDevice = { rig_memory(rig, 65536) },
        .hRTCoreLayer = { device->fake },
        .p11UMCallbacks = &fake_core_callbacks,
        .ppfnRetrieveSubObject = &device->retrieve,
    };
}

Test(device, is_refused_without_what_it_needs)
{
    struct rig rig;
    struct rig_device device;
    D3DDDI_DEVICECALLBACKS poor = fake_device_callbacks;
    poor.pfnEscapeCb = NULL;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    PFND3D10DDI_CREATEDEVICE create = rig.adapter_funcs.pfnCreateDevice;
    const D3D10DDIARG_CREATEDEVICE good = arguments(&rig, &device);

    D3D10DDIARG_CREATEDEVICE bad = good;
    bad.Interface = D3DWDDM2_0_DDI_INTERFACE_VERSION;
    cr_assert_eq(create(rig.adapter, &bad), E_INVALIDARG);
    bad = good;
    bad.pKTCallbacks = NULL;
    cr_assert_eq(create(rig.adapter, &bad), E_INVALIDARG);
    bad.pKTCallbacks = &poor;
    cr_assert_eq(create(rig.adapter, &bad), E_INVALIDARG);
    bad = good;
    bad.p11_1DeviceFuncs = NULL;
    cr_assert_eq(create(rig.adapter, &bad), E_INVALIDARG);
    bad = good;
    bad.hDrvDevice.pDrvPrivate = NULL;
    cr_assert_eq(create(rig.adapter, &bad), E_INVALIDARG);
    bad = good;
    bad.p11UMCallbacks = NULL;
    cr_assert_eq(create(rig.adapter, &bad), E_INVALIDARG);
    bad = good;
    bad.ppfnRetrieveSubObject = NULL;
    cr_assert_eq(create(rig.adapter, &bad), E_INVALIDARG);
    cr_assert_eq(create(rig.adapter, NULL), E_INVALIDARG);
    cr_assert_eq(rig.host.devices[0].context_count, 0u);
    rig_close(&rig);
}

Test(device, works_without_a_table_for_dxgi)
{
    struct rig rig;
    struct rig_device device;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    D3D10DDIARG_CREATEDEVICE create = arguments(&rig, &device);
    cr_assert_eq(rig.adapter_funcs.pfnCreateDevice(rig.adapter, &create), S_OK);
    device.funcs.pfnDestroyDevice(create.hDrvDevice);
    rig_close(&rig);
}

static HRESULT open_with_context_result(HRESULT hr)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    rig.host.create_context = hr;
    HRESULT result = rig_try_open_device(&rig, 0, &rig.first);
    rig_close(&rig);
    return result;
}

Test(device, passes_on_why_there_is_no_context)
{
    cr_assert_eq(open_with_context_result(E_OUTOFMEMORY), E_OUTOFMEMORY);
    cr_assert_eq(open_with_context_result(D3DDDIERR_DEVICEREMOVED), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(open_with_context_result(E_INVALIDARG), E_INVALIDARG);
}

Test(device, cannot_work_with_a_context_that_has_no_room)
{
    struct rig rig;
    rig_init(&rig, VIT_CUSTODY_DEVICE);
    rig_open_adapter(&rig);
    rig.host.command_len = 40;
    cr_assert_eq(rig_try_open_device(&rig, 0, &rig.first), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(rig.host.devices[0].context_count, 0u);
    rig.host.command_len = FAKE_COMMAND_LEN;
    rig.host.list_count = 1;
    cr_assert_eq(rig_try_open_device(&rig, 1, &rig.second), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(rig.host.devices[1].context_count, 0u);
    rig_close(&rig);
}

Test(device, retrieves_the_video_table_only)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_VIDEODEVICEFUNCS table;
    D3D11_1DDI_VIDEO_INPUT input = { .p11VideoDeviceFuncs = &table };
    const UINT32 others[] = { 0, 1, D3DWDDM2_0DDI_VIDEO_FUNCTIONS, D3DWDDM2_1DDI_VIDEO_FUNCTIONS,
        D3DWDDM2_4DDI_VIDEO_FUNCTIONS, 99 };
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        cr_assert_eq(rig.first.retrieve(rig.first.handle, others[i], sizeof(input), &input, 0,
                             NULL),
                E_NOTIMPL);
    }
    rig_close(&rig);
}

Test(device, refuses_a_short_input_of_retrieve)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_VIDEODEVICEFUNCS table;
    D3D11_1DDI_VIDEO_INPUT input = { .p11VideoDeviceFuncs = &table };
    PFND3D10DDI_RETRIEVESUBOBJECT retrieve = rig.first.retrieve;
    memset(&table, 0x55, sizeof(table));
    const D3D11_1DDI_VIDEODEVICEFUNCS before = table;
    for (SIZE_T size = 0; size < sizeof(input); size++) {
        cr_assert_eq(retrieve(rig.first.handle, 2, size, &input, 0, NULL), E_INVALIDARG);
    }
    cr_assert_eq(retrieve(rig.first.handle, 2, sizeof(input), NULL, 0, NULL), E_INVALIDARG);
    cr_assert_arr_eq(&table, &before, sizeof(table));
    input.p11VideoDeviceFuncs = NULL;
    cr_assert_eq(retrieve(rig.first.handle, 2, sizeof(input), &input, 0, NULL), E_INVALIDARG);
    cr_assert_eq(retrieve((D3D10DDI_HDEVICE){ NULL }, 2, sizeof(input), &input, 0, NULL),
            E_INVALIDARG);
    rig_close(&rig);
}

Test(device, writes_no_output_of_retrieve)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_VIDEODEVICEFUNCS table;
    D3D11_1DDI_VIDEO_INPUT input = { .p11VideoDeviceFuncs = &table };
    uint8_t output[8];
    memset(output, 0xab, sizeof(output));
    cr_assert_eq(rig.first.retrieve(rig.first.handle, 2, sizeof(input), &input, 1, output), S_OK);
    for (unsigned i = 1; i < sizeof(output); i++) {
        cr_assert_eq(output[i], 0xab);
    }
    rig_close(&rig);
}

Test(device, flushes_nothing_when_only_commands_are_asked_for)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    cr_assert_eq(rig.first.funcs.pfnFlush(rig.first.handle, D3D11_1DDI_FLUSH_UNLESS_NO_COMMANDS),
            FALSE);
    cr_assert_eq(rig.host.render_count, 0u);
    rig_close(&rig);
}

Test(device, flushes_also_without_commands_and_tells_the_runtime)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    cr_assert_eq(rig.first.funcs.pfnFlush(rig.first.handle, 0), TRUE);
    cr_assert_eq(rig.host.render_count, 1u);
    cr_assert_eq(fake_count_messages(&rig.host, VIT_OP_NOP), 1u);
    cr_assert_eq(rig.first.fake->amortized_count, 1u);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(device, reports_a_removed_device_when_it_flushes)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.render = D3DDDIERR_DEVICEREMOVED;
    cr_assert_eq(rig.first.funcs.pfnFlush(rig.first.handle, 0), FALSE);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_DEVICEREMOVED);
    rig_close(&rig);
}

/* The set of Flush has no other code. */
Test(device, reports_every_failed_flush_as_removal)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const HRESULT codes[] = { E_OUTOFMEMORY, E_INVALIDARG, E_FAIL, D3DDDIERR_INVALIDHANDLE };
    for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        rig.host.render = codes[i];
        cr_assert_eq(rig.first.funcs.pfnFlush(rig.first.handle, 0), FALSE);
        cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_DEVICEREMOVED);
    }
    rig_close(&rig);
}

Test(device, is_lost_when_the_kernel_lends_no_buffer_back)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.short_render = true;
    cr_assert_eq(rig.first.funcs.pfnFlush(rig.first.handle, 0), FALSE);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(rig.first.funcs.pfnFlush(rig.first.handle, 0), FALSE);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_DEVICEREMOVED);
    rig_close(&rig);
}

Test(device, is_refused_after_it_was_destroyed)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS caps;
    rig.first.funcs.pfnDestroyDevice(rig.first.handle);
    cr_assert_eq(rig.first.video.pfnGetContentProtectionCaps(rig.first.handle,
                         &rig_session_arguments.CryptoType, NULL, &caps),
            E_INVALIDARG);
    cr_assert_eq(rig.first.funcs.pfnFlush(rig.first.handle, 0), FALSE);
    rig_close(&rig);
}
