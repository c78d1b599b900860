/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "tests/umd/rig.h"
#include "umd/device.h"
#include "umd/error.h"

Test(error, each_status_has_its_result)
{
    const struct {
        enum vit_status status;
        HRESULT result;
    } rows[] = {
        { VIT_OK, S_OK },
        { VIT_E_ARG, E_INVALIDARG },
        { VIT_E_STATE, E_INVALIDARG },
        { VIT_E_NOMEM, E_OUTOFMEMORY },
        { VIT_E_LIMIT, E_OUTOFMEMORY },
        { VIT_E_UNSUPPORTED, E_NOTIMPL },
        { VIT_E_REFUSED, E_INVALIDARG },
        { VIT_E_DENIED, E_ACCESSDENIED },
        { VIT_E_BUSY, D3DDDIERR_WASSTILLDRAWING },
        { VIT_E_TIMEOUT, D3DDDIERR_DEVICEREMOVED },
        { VIT_E_GONE, D3DDDIERR_DEVICEREMOVED },
        { VIT_E_PROTOCOL, D3DDDIERR_DEVICEREMOVED },
        { VIT_E_IO, E_FAIL },
    };
    cr_assert_eq(sizeof(rows) / sizeof(rows[0]), (size_t)VIT_STATUS_COUNT);
    for (unsigned i = 0; i < VIT_STATUS_COUNT; i++) {
        cr_assert_eq(umd_hresult(rows[i].status), rows[i].result);
    }
}

Test(error, every_success_of_a_callback_is_success)
{
    cr_assert_eq(umd_status(S_OK), VIT_OK);
    cr_assert_eq(umd_status(S_FALSE), VIT_OK);
    cr_assert_eq(umd_status(DXGI_STATUS_NO_REDIRECTION), VIT_OK);
}

Test(error, a_result_that_nobody_expects_means_a_lost_device)
{
    cr_assert_eq(umd_status(D3DDDIERR_DEVICEREMOVED), VIT_E_GONE);
    cr_assert_eq(umd_status(E_FAIL), VIT_E_GONE);
    cr_assert_eq(umd_status(D3DDDIERR_INVALIDUSERBUFFER), VIT_E_GONE);
    cr_assert_eq(umd_status(E_OUTOFMEMORY), VIT_E_NOMEM);
    cr_assert_eq(umd_status(D3DDDIERR_OUTOFVIDEOMEMORY), VIT_E_NOMEM);
    cr_assert_eq(umd_status(E_INVALIDARG), VIT_E_ARG);
    cr_assert_eq(umd_status(D3DDDIERR_WASSTILLDRAWING), VIT_E_BUSY);
    cr_assert_eq(umd_status(D3DDDIERR_NOTAVAILABLE), VIT_E_UNSUPPORTED);
    cr_assert_eq(umd_status(ERROR_GRAPHICS_DRIVER_MISMATCH), VIT_E_UNSUPPORTED);
}

static HRESULT reported(struct rig *rig, enum vit_status status, bool memory)
{
    const struct umd_device *device = rig->first.handle.pDrvPrivate;
    if (memory) {
        umd_report_memory(device, status);
    } else {
        umd_report(device, status);
    }
    return rig_take_error(&rig->first);
}

Test(error, success_is_never_reported)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    cr_assert_eq(reported(&rig, VIT_OK, false), S_OK);
    cr_assert_eq(reported(&rig, VIT_OK, true), S_OK);
    cr_assert_eq(rig.first.fake->error_count, 0u);
    rig_close(&rig);
}

Test(error, misuse_is_blamed_on_the_application)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const enum vit_status misuse[] = { VIT_E_ARG, VIT_E_STATE, VIT_E_UNSUPPORTED, VIT_E_REFUSED,
        VIT_E_DENIED };
    for (unsigned i = 0; i < 5; i++) {
        cr_assert_eq(reported(&rig, misuse[i], i % 2 == 0), D3DDDIERR_APPLICATIONERROR);
    }
    rig_close(&rig);
}

Test(error, memory_is_reported_only_where_it_may_be)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    cr_assert_eq(reported(&rig, VIT_E_NOMEM, true), E_OUTOFMEMORY);
    cr_assert_eq(reported(&rig, VIT_E_LIMIT, true), E_OUTOFMEMORY);
    cr_assert_eq(reported(&rig, VIT_E_NOMEM, false), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(reported(&rig, VIT_E_IO, true), D3DDDIERR_DEVICEREMOVED);
    rig_close(&rig);
}
