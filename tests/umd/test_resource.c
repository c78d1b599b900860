/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"
#include "umd/resource.h"

static enum vit_allocation_kind kind_of(struct rig *rig, D3D10DDI_HRESOURCE resource)
{
    return fake_find(&rig->host, rig_allocation(resource))->block.kind;
}

Test(resource, in_system_memory_is_shared)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const UINT usages[] = { D3D10_DDI_USAGE_DEFAULT, D3D10_DDI_USAGE_STAGING,
        D3D10_DDI_USAGE_DYNAMIC };
    for (unsigned i = 0; i < 3; i++) {
        D3D10DDI_HRESOURCE resource = rig_resource(&rig, &rig.first,
                &(struct rig_resource){ .width = 100, .height = 1, .usage = usages[i] });
        const struct fake_allocation *allocation = fake_find(&rig.host, rig_allocation(resource));
        cr_assert_eq(allocation->block.kind, VIT_ALLOCATION_SHARED);
        cr_assert_eq(allocation->block.format, (uint32_t)VIT_FORMAT_BYTES);
        cr_assert_eq(allocation->block.size, 100u);
        cr_assert(!allocation->primary);
    }
    rig_close(&rig);
}

Test(resource, of_restricted_content_is_protected)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    cr_assert_eq(kind_of(&rig, rig_protected(&rig, &rig.first, 4096)), VIT_ALLOCATION_PROTECTED);
    rig_close(&rig);
}

Test(resource, that_is_shown_is_a_primary)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    struct rig_resource what = { .format = DXGI_FORMAT_B8G8R8A8_UNORM,
        .width = 64,
        .height = 48,
        .primary = true };
    D3D10DDI_HRESOURCE open = rig_resource(&rig, &rig.first, &what);
    const struct fake_allocation *allocation = fake_find(&rig.host, rig_allocation(open));
    cr_assert_eq(allocation->block.kind, VIT_ALLOCATION_PRIMARY);
    cr_assert_eq(allocation->block.format, (uint32_t)VIT_FORMAT_BGRX);
    cr_assert(allocation->primary);
    cr_assert_eq(allocation->output, 0u);
    what.misc = D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT;
    D3D10DDI_HRESOURCE closed = rig_resource(&rig, &rig.first, &what);
    cr_assert_eq(kind_of(&rig, closed), VIT_ALLOCATION_PROTECTED_PRIMARY);
    rig_close(&rig);
}

Test(resource, formats_and_sizes_are_those_of_the_surface)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const struct {
        DXGI_FORMAT format;
        enum vit_format ours;
        uint64_t size;
    } rows[] = {
        { DXGI_FORMAT_NV12, VIT_FORMAT_NV12, 64 * 48 * 3 / 2 },
        { DXGI_FORMAT_B8G8R8A8_UNORM, VIT_FORMAT_BGRA, 64 * 48 * 4 },
        { DXGI_FORMAT_B8G8R8X8_UNORM, VIT_FORMAT_BGRX, 64 * 48 * 4 },
    };
    for (unsigned i = 0; i < 3; i++) {
        D3D10DDI_HRESOURCE resource = rig_resource(&rig, &rig.first,
                &(struct rig_resource){ .format = rows[i].format, .width = 64, .height = 48 });
        const struct fake_allocation *allocation = fake_find(&rig.host, rig_allocation(resource));
        cr_assert_eq(allocation->block.format, (uint32_t)rows[i].ours);
        cr_assert_eq(allocation->block.size, rows[i].size);
    }
    rig_close(&rig);
}

static void assert_not_made(struct rig *rig, const struct rig_resource *what, HRESULT code)
{
    D3D10DDI_HRESOURCE resource = rig_try_resource(rig, &rig->first, what);
    cr_assert_eq(rig_take_error(&rig->first), code);
    cr_assert_eq(rig->host.live_count, 0u);
    /* The runtime will not destroy it, and it is no handle. */
    rig->first.funcs.pfnDestroyResource(rig->first.handle, resource);
    cr_assert_eq(rig_take_error(&rig->first), D3DDDIERR_APPLICATIONERROR);
}

Test(resource, that_is_not_offered_is_out_of_memory)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const struct rig_resource rows[] = {
        { .format = DXGI_FORMAT_P010, .width = 64, .height = 64 },
        { .format = DXGI_FORMAT_R8G8B8A8_UNORM, .width = 64, .height = 64 },
        { .format = DXGI_FORMAT_NV12, .width = 63, .height = 64 },
        { .format = DXGI_FORMAT_B8G8R8A8_UNORM, .width = 0, .height = 64 },
        { .format = DXGI_FORMAT_B8G8R8A8_UNORM, .width = 20000, .height = 1 },
        { .width = 0, .height = 1 },
        { .width = 0x40000001, .height = 1 },
        { .width = 64, .height = 1, .misc = D3D10_DDI_RESOURCE_MISC_SHARED },
        { .width = 64, .height = 1, .misc = D3DWDDM2_0DDI_RESOURCE_MISC_HW_PROTECTED },
        { .width = 64, .height = 1, .misc = D3DWDDM2_0DDI_RESOURCE_MISC_CONTAINS_HW_PROTECTED },
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_not_made(&rig, &rows[i], E_OUTOFMEMORY);
    }
    rig_close(&rig);
}

Test(resource, that_cannot_be_shown_is_unsupported)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    struct rig_resource what = { .format = DXGI_FORMAT_NV12,
        .width = 64,
        .height = 48,
        .primary = true };
    assert_not_made(&rig, &what, DXGI_DDI_ERR_UNSUPPORTED);
    what.format = DXGI_FORMAT_B8G8R8X8_UNORM;
    what.output = 1;
    assert_not_made(&rig, &what, DXGI_DDI_ERR_UNSUPPORTED);
    what.output = 0;
    rig.host.allocate = D3DDDIERR_NOTAVAILABLE;
    assert_not_made(&rig, &what, DXGI_DDI_ERR_UNSUPPORTED);
    rig.host.allocate = E_OUTOFMEMORY;
    assert_not_made(&rig, &what, E_OUTOFMEMORY);
    rig_close(&rig);
}

Test(resource, that_need_not_be_shown_becomes_an_ordinary_one)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D10DDI_MIPINFO size = { 64, 48, 1, 64, 48, 1 };
    DXGI_DDI_PRIMARY_DESC primary = { .Flags = DXGI_DDI_PRIMARY_OPTIONAL, .VidPnSourceId = 9 };
    const D3D11DDIARG_CREATERESOURCE create = {
        .pMipInfoList = &size,
        .ResourceDimension = D3D10DDIRESOURCE_TEXTURE2D,
        .Format = DXGI_FORMAT_B8G8R8X8_UNORM,
        .MipLevels = 1,
        .ArraySize = 1,
        .pPrimaryDesc = &primary,
    };
    D3D10DDI_HRESOURCE resource = { rig_memory(&rig, sizeof(struct umd_resource)) };
    rig.first.funcs.pfnCreateResource(rig.first.handle, &create, resource,
            (D3D10DDI_HRTRESOURCE){ NULL });
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    cr_assert_eq(primary.DriverFlags, (UINT)DXGI_DDI_PRIMARY_DRIVER_FLAG_NO_SCANOUT);
    cr_assert_eq(kind_of(&rig, resource), VIT_ALLOCATION_SHARED);
    rig_close(&rig);
}

Test(resource, reports_only_the_codes_of_its_set)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const struct rig_resource what = { .width = 64, .height = 1 };
    const struct {
        HRESULT allocate, expected;
    } rows[] = {
        { E_OUTOFMEMORY, E_OUTOFMEMORY },
        { D3DDDIERR_OUTOFVIDEOMEMORY, E_OUTOFMEMORY },
        { E_INVALIDARG, E_OUTOFMEMORY },
        { E_NOTIMPL, E_OUTOFMEMORY },
        { D3DDDIERR_DEVICEREMOVED, D3DDDIERR_DEVICEREMOVED },
        { E_FAIL, D3DDDIERR_DEVICEREMOVED },
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig.host.allocate = rows[i].allocate;
        assert_not_made(&rig, &what, rows[i].expected);
    }
    rig.first.funcs.pfnCreateResource(rig.first.handle, NULL, (D3D10DDI_HRESOURCE){ &rig },
            (D3D10DDI_HRTRESOURCE){ NULL });
    cr_assert_eq(rig_take_error(&rig.first), E_OUTOFMEMORY);
    rig_close(&rig);
}

Test(resource, with_levels_elements_or_samples_is_not_offered)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D10DDI_MIPINFO size = { 64, 48, 1, 64, 48, 1 };
    const D3D11DDIARG_CREATERESOURCE good = {
        .pMipInfoList = &size,
        .ResourceDimension = D3D10DDIRESOURCE_TEXTURE2D,
        .Format = DXGI_FORMAT_B8G8R8X8_UNORM,
        .MipLevels = 1,
        .ArraySize = 1,
        .SampleDesc = { 1, 0 },
    };
    D3D11DDIARG_CREATERESOURCE rows[] = { good, good, good, good, good };
    rows[0].MipLevels = 2;
    rows[1].ArraySize = 2;
    rows[2].SampleDesc.Count = 4;
    rows[3].ResourceDimension = D3D10DDIRESOURCE_TEXTURE3D;
    rows[4].pMipInfoList = NULL;
    D3D10DDI_HRESOURCE resource = { rig_memory(&rig, sizeof(struct umd_resource)) };
    for (unsigned i = 0; i < 5; i++) {
        rig.first.funcs.pfnCreateResource(rig.first.handle, &rows[i], resource,
                (D3D10DDI_HRTRESOURCE){ NULL });
        cr_assert_eq(rig_take_error(&rig.first), E_OUTOFMEMORY, "row %u", i);
    }
    rig_close(&rig);
}

Test(resource, is_filled_with_its_initial_data)
{
    struct rig rig;
    uint8_t rows[6 * 100];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    for (unsigned i = 0; i < sizeof(rows); i++) {
        rows[i] = (uint8_t)(i * 7);
    }
    D3D10DDI_HRESOURCE resource = rig_resource(&rig, &rig.first,
            &(struct rig_resource){ .format = DXGI_FORMAT_NV12,
                    .width = 8,
                    .height = 4,
                    .data = rows,
                    .pitch = 100 });
    const struct fake_allocation *allocation = fake_find(&rig.host, rig_allocation(resource));
    for (unsigned row = 0; row < 6; row++) {
        cr_assert_arr_eq(allocation->bytes + row * 8, rows + row * 100, 8);
    }
    cr_assert_eq(allocation->lock_count, 0u);
    rig_close(&rig);
}

/* The bytes travel through a buffer that is gone afterwards. */
Test(resource, that_is_protected_is_filled_by_the_device)
{
    struct rig rig;
    uint8_t bytes[64] = { 1, 2, 3 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig_resource(&rig, &rig.first,
            &(struct rig_resource){ .width = 64,
                    .height = 1,
                    .misc = D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT,
                    .data = bytes,
                    .pitch = 64 });
    cr_assert_eq(fake_count_messages(&rig.host, VIT_OP_COPY), 1u);
    cr_assert_eq(rig.host.live_count, 1u);
    rig_close(&rig);
}

Test(resource, that_cannot_be_filled_is_not_made)
{
    struct rig rig;
    uint8_t bytes[64] = { 0 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig.host.lock = E_OUTOFMEMORY;
    const struct rig_resource what = { .width = 64, .height = 1, .data = bytes, .pitch = 64 };
    assert_not_made(&rig, &what, E_OUTOFMEMORY);
    rig_close(&rig);
}

Test(resource, is_freed_when_it_is_destroyed)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE protected = rig_protected(&rig, &rig.first, 64);
    rig.first.funcs.pfnDestroyResource(rig.first.handle, staging);
    rig.first.funcs.pfnDestroyResource(rig.first.handle, protected);
    cr_assert_eq(rig.host.live_count, 0u);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig.first.funcs.pfnDestroyResource(rig.first.handle, staging);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}

Test(resource, is_unlocked_before_it_is_destroyed)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 64);
    rig.first.funcs.pfnStagingResourceMap(rig.first.handle, staging, 0, D3D10_DDI_MAP_READ, 0,
            &mapped);
    cr_assert_eq(fake_find(&rig.host, rig_allocation(staging))->lock_count, 1u);
    rig.first.funcs.pfnDestroyResource(rig.first.handle, staging);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    cr_assert_eq(rig.host.live_count, 0u);
    rig_close(&rig);
}

/* Commands that name an allocation are with the kernel before it goes. */
Test(resource, is_submitted_before_it_is_destroyed)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE c = rig_staging(&rig, &rig.first, 64);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, a, b);
    rig.first.funcs.pfnDestroyResource(rig.first.handle, c);
    cr_assert_eq(rig.host.render_count, 0u);
    rig.first.funcs.pfnDestroyResource(rig.first.handle, b);
    cr_assert_eq(rig.host.render_count, 1u);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(resource, of_another_device_is_not_destroyed)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig_open_second(&rig);
    D3D10DDI_HRESOURCE mine = rig_staging(&rig, &rig.first, 64);
    rig.second.funcs.pfnDestroyResource(rig.second.handle, mine);
    cr_assert_eq(rig_take_error(&rig.second), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(rig.host.live_count, 1u);
    rig_close(&rig);
}
