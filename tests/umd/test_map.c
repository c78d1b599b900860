/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"

static D3D10DDI_MAPPED_SUBRESOURCE poison(void)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    memset(&mapped, 0xee, sizeof(mapped));
    return mapped;
}

static HRESULT map(struct rig *rig, D3D10DDI_HRESOURCE resource, D3D10_DDI_MAP how, UINT flags,
        D3D10DDI_MAPPED_SUBRESOURCE *mapped)
{
    *mapped = poison();
    rig->first.funcs.pfnStagingResourceMap(rig->first.handle, resource, 0, how, flags, mapped);
    HRESULT hr = rig_take_error(&rig->first);
    if (hr != S_OK) {
        cr_assert_null(mapped->pData);
        cr_assert_eq(mapped->RowPitch, 0u);
        cr_assert_eq(mapped->DepthPitch, 0u);
    }
    return hr;
}

static void unmap(struct rig *rig, D3D10DDI_HRESOURCE resource)
{
    rig->first.funcs.pfnStagingResourceUnmap(rig->first.handle, resource, 0);
    cr_assert_eq(rig_take_error(&rig->first), S_OK);
}

Test(map, of_a_buffer_has_its_size_as_pitches)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = rig_staging(&rig, &rig.first, 1000);
    struct fake_allocation *allocation = fake_find(&rig.host, rig_allocation(resource));
    cr_assert_eq(map(&rig, resource, D3D10_DDI_MAP_READWRITE, 0, &mapped), S_OK);
    cr_assert_eq(mapped.pData, allocation->bytes);
    cr_assert_eq(mapped.RowPitch, 1000u);
    cr_assert_eq(mapped.DepthPitch, 1000u);
    cr_assert_eq(allocation->lock_count, 1u);
    unmap(&rig, resource);
    cr_assert_eq(allocation->lock_count, 0u);
    rig_close(&rig);
}

Test(map, of_a_picture_has_its_rows)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = rig_resource(&rig, &rig.first,
            &(struct rig_resource){ .format = DXGI_FORMAT_NV12,
                    .width = 64,
                    .height = 32,
                    .usage = D3D10_DDI_USAGE_STAGING });
    cr_assert_eq(map(&rig, resource, D3D10_DDI_MAP_WRITE, 0, &mapped), S_OK);
    cr_assert_eq(mapped.RowPitch, 64u);
    cr_assert_eq(mapped.DepthPitch, 64u * 32 * 3 / 2);
    rig_close(&rig);
}

Test(map, locks_as_the_caller_wants_to_use_it)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = rig_staging(&rig, &rig.first, 64);
    const struct {
        D3D10_DDI_MAP how;
        bool read_only, write_only;
    } rows[] = { { D3D10_DDI_MAP_READ, true, false }, { D3D10_DDI_MAP_WRITE, false, true },
        { D3D10_DDI_MAP_READWRITE, false, false } };
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(map(&rig, resource, rows[i].how, 0, &mapped), S_OK);
        cr_assert_eq(rig.host.last_lock.ReadOnly, rows[i].read_only);
        cr_assert_eq(rig.host.last_lock.WriteOnly, rows[i].write_only);
        cr_assert_eq(rig.host.last_lock.DonotWait, 0u);
        unmap(&rig, resource);
    }
    rig_close(&rig);
}

Test(map, of_a_protected_resource_is_refused)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = rig_resource(&rig, &rig.first,
            &(struct rig_resource){ .width = 64,
                    .height = 1,
                    .usage = D3D10_DDI_USAGE_STAGING,
                    .misc = D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT });
    cr_assert_eq(map(&rig, resource, D3D10_DDI_MAP_READ, 0, &mapped), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(rig.host.lock_call_count, 0u);
    rig_close(&rig);
}

Test(map, refuses_what_is_not_mappable)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE plain =
            rig_resource(&rig, &rig.first, &(struct rig_resource){ .width = 64, .height = 1 });
    cr_assert_eq(map(&rig, plain, D3D10_DDI_MAP_READ, 0, &mapped), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_WRITE_DISCARD, 0, &mapped),
            D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(map(&rig, staging, (D3D10_DDI_MAP)6, 0, &mapped), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, 1, &mapped), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(map(&rig, (D3D10DDI_HRESOURCE){ NULL }, D3D10_DDI_MAP_READ, 0, &mapped),
            D3DDDIERR_APPLICATIONERROR);
    rig.first.funcs.pfnStagingResourceMap(rig.first.handle, staging, 1, D3D10_DDI_MAP_READ, 0,
            &mapped);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig.first.funcs.pfnStagingResourceMap(rig.first.handle, staging, 0, D3D10_DDI_MAP_READ, 0,
            NULL);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(rig.host.lock_call_count, 0u);
    rig_close(&rig);
}

Test(map, is_refused_twice_and_by_another_device)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig_open_second(&rig);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 64);
    rig.second.funcs.pfnStagingResourceMap(rig.second.handle, staging, 0, D3D10_DDI_MAP_READ, 0,
            &mapped);
    cr_assert_eq(rig_take_error(&rig.second), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, 0, &mapped), S_OK);
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, 0, &mapped), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}

/* The application asked rightly: only codes of a map are left to say that the kernel did not. */
Test(map, does_not_blame_the_application_for_the_kernel)
{
    const HRESULT codes[] = { E_INVALIDARG, E_OUTOFMEMORY, E_NOTIMPL, D3DDDIERR_NOTAVAILABLE,
        D3DDDIERR_WASSTILLDRAWING, D3DDDIERR_CANTEVICTPINNEDALLOCATION };
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 64);
    for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        rig.host.lock = codes[i];
        cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, 0, &mapped), D3DDDIERR_DEVICEREMOVED,
                "code 0x%08x", (unsigned)codes[i]);
    }
    rig.host.lock = S_OK;
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, 0, &mapped), S_OK);
    rig_close(&rig);
}

Test(map, says_busy_in_the_words_of_a_map)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 64);
    fake_find(&rig.host, rig_allocation(staging))->busy = true;
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, D3D10_DDI_MAP_FLAG_DONOTWAIT, &mapped),
            DXGI_DDI_ERR_WASSTILLDRAWING);
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, 0, &mapped), S_OK);
    rig_close(&rig);
}

Test(map, reports_a_failed_lock_as_removal)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 64);
    rig.host.lock = D3DDDIERR_DEVICEREMOVED;
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, 0, &mapped), D3DDDIERR_DEVICEREMOVED);
    rig.host.lock = E_OUTOFMEMORY;
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, 0, &mapped), D3DDDIERR_DEVICEREMOVED);
    rig.host.lock = S_OK;
    rig.host.null_lock = true;
    cr_assert_eq(map(&rig, staging, D3D10_DDI_MAP_READ, 0, &mapped), D3DDDIERR_DEVICEREMOVED);
    rig_close(&rig);
}

Test(map, submits_what_uses_the_resource)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE c = rig_staging(&rig, &rig.first, 64);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, a, b);
    cr_assert_eq(map(&rig, c, D3D10_DDI_MAP_READ, 0, &mapped), S_OK);
    cr_assert_eq(rig.host.render_count, 0u);
    cr_assert_eq(map(&rig, a, D3D10_DDI_MAP_READ, 0, &mapped), S_OK);
    cr_assert_eq(rig.host.render_count, 1u);
    rig_close(&rig);
}

Test(unmap, without_a_map_is_reported)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 64);
    rig.first.funcs.pfnStagingResourceUnmap(rig.first.handle, staging, 0);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}

static D3D10DDI_HRESOURCE dynamic(struct rig *rig)
{
    return rig_resource(rig, &rig->first,
            &(struct rig_resource){ .width = 64, .height = 1, .usage = D3D10_DDI_USAGE_DYNAMIC });
}

Test(map_discard, takes_over_a_renamed_allocation)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.rename_on_discard = true;
    D3D10DDI_HRESOURCE resource = dynamic(&rig);
    D3D10DDI_HRESOURCE target = rig_staging(&rig, &rig.first, 64);
    D3DKMT_HANDLE before = rig_allocation(resource);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, target, resource);
    rig.first.funcs.pfnDynamicIABufferMapDiscard(rig.first.handle, resource, 0,
            D3D10_DDI_MAP_WRITE_DISCARD, 0, &mapped);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    D3DKMT_HANDLE after = rig_allocation(resource);
    cr_assert_neq(after, before);
    rig.first.funcs.pfnDynamicIABufferUnmap(rig.first.handle, resource, 0);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, target, resource);
    rig.first.funcs.pfnFlush(rig.first.handle, 0);
    cr_assert_eq(rig.host.message_count, 2u);
    cr_assert_eq(rig.host.messages[0].a, before);
    cr_assert_eq(rig.host.messages[1].a, after);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(map_discard, waits_when_the_kernel_cannot_rename)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.lock_discard = E_OUTOFMEMORY;
    D3D10DDI_HRESOURCE resource = dynamic(&rig);
    rig.first.funcs.pfnDynamicResourceMapDiscard(rig.first.handle, resource, 0,
            D3D10_DDI_MAP_WRITE_DISCARD, 0, &mapped);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    cr_assert_not_null(mapped.pData);
    cr_assert_eq(rig.host.last_lock.Discard, 0u);
    rig_close(&rig);
}

Test(map_no_overwrite, does_not_wait_nor_submit)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = dynamic(&rig);
    D3D10DDI_HRESOURCE target = rig_staging(&rig, &rig.first, 64);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, target, resource);
    rig.first.funcs.pfnDynamicConstantBufferMapNoOverwrite(rig.first.handle, resource, 0,
            D3D10_DDI_MAP_WRITE_NOOVERWRITE, 0, &mapped);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    cr_assert_eq(rig.host.last_lock.IgnoreSync, 1u);
    cr_assert_eq(rig.host.render_count, 0u);
    rig_close(&rig);
}

Test(staging_busy, follows_the_device_and_what_is_not_submitted)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    PFND3D10DDI_RESOURCEISSTAGINGBUSY busy = rig.first.funcs.pfnResourceIsStagingBusy;
    D3D10DDI_HRESOURCE a = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(&rig, &rig.first, 64);
    struct fake_allocation *allocation = fake_find(&rig.host, rig_allocation(a));
    cr_assert_eq(busy(rig.first.handle, a), FALSE);
    cr_assert_eq(allocation->lock_count, 0u);
    allocation->busy = true;
    cr_assert_eq(busy(rig.first.handle, a), TRUE);
    allocation->busy = false;
    rig.first.funcs.pfnResourceCopy(rig.first.handle, a, b);
    cr_assert_eq(busy(rig.first.handle, a), TRUE);
    cr_assert_eq(rig.host.render_count, 0u);
    rig.first.funcs.pfnFlush(rig.first.handle, 0);
    cr_assert_eq(busy(rig.first.handle, a), FALSE);
    cr_assert_eq(map(&rig, a, D3D10_DDI_MAP_READ, 0, &mapped), S_OK);
    cr_assert_eq(busy(rig.first.handle, a), FALSE);
    cr_assert_eq(busy(rig.first.handle, (D3D10DDI_HRESOURCE){ NULL }), FALSE);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}
