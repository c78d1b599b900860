/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/umd/rig.h"

static DXGI_DDI_HDEVICE device_of(const struct rig *rig)
{
    return (DXGI_DDI_HDEVICE)rig->first.handle.pDrvPrivate;
}

static DXGI_DDI_HRESOURCE dxgi(D3D10DDI_HRESOURCE resource)
{
    return (DXGI_DDI_HRESOURCE)resource.pDrvPrivate;
}

static D3D10DDI_HRESOURCE picture(struct rig *rig, DXGI_FORMAT format, UINT width, UINT height,
        bool primary, bool protected)
{
    return rig_resource(rig, &rig->first,
            &(struct rig_resource){
                    .format = format,
                    .width = width,
                    .height = height,
                    .primary = primary,
                    .misc = protected ? D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT : 0,
            });
}

Test(present, hands_the_primary_to_the_kernel)
{
    struct rig rig;
    int context;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE primary = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 48, true, false);
    DXGI_DDI_ARG_PRESENT present = {
        .hDevice = device_of(&rig),
        .hSurfaceToPresent = dxgi(primary),
        .pDXGIContext = &context,
    };
    cr_assert_eq(rig.first.dxgi.pfnPresent(&present), S_OK);
    cr_assert_eq(rig.host.present_count, 1u);
    cr_assert_eq(rig.host.presented.hSrcAllocation, rig_allocation(primary));
    cr_assert_eq(rig.host.presented.hDstAllocation, 0u);
    cr_assert_eq(rig.host.presented.pDXGIContext, &context);
    cr_assert_eq(rig.host.presented.hContext, rig.first.fake);
    cr_assert_eq(rig.host.presented.BroadcastContextCount, 0u);
    rig_close(&rig);
}

Test(present, submits_pending_commands_first)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE primary = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 48, true, false);
    D3D10DDI_HRESOURCE other = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 48, false, false);
    DXGI_DDI_ARG_PRESENT present = { .hDevice = device_of(&rig),
        .hSurfaceToPresent = dxgi(primary) };
    rig.first.funcs.pfnResourceCopy(rig.first.handle, primary, other);
    rig.host.render = D3DDDIERR_DEVICEREMOVED;
    cr_assert_eq(rig.first.dxgi.pfnPresent(&present), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(rig.host.present_count, 0u);
    rig.host.render = S_OK;
    rig.first.funcs.pfnResourceCopy(rig.first.handle, primary, other);
    cr_assert_eq(rig.first.dxgi.pfnPresent(&present), S_OK);
    cr_assert_eq(rig.host.render_count, 1u);
    cr_assert_eq(rig.host.present_count, 1u);
    rig_close(&rig);
}

Test(present, passes_on_what_the_kernel_says)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE primary = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 48, true, false);
    DXGI_DDI_ARG_PRESENT present = { .hDevice = device_of(&rig),
        .hSurfaceToPresent = dxgi(primary) };
    const HRESULT codes[] = { E_OUTOFMEMORY, E_INVALIDARG, D3DDDIERR_DEVICEREMOVED };
    for (unsigned i = 0; i < 3; i++) {
        rig.host.present = codes[i];
        cr_assert_eq(rig.first.dxgi.pfnPresent(&present), codes[i]);
    }
    rig_close(&rig);
}

Test(present, refuses_what_is_no_surface_of_the_device)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig_open_second(&rig);
    D3D10DDI_HRESOURCE primary = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 48, true, false);
    const DXGI_DDI_ARG_PRESENT good = { .hDevice = device_of(&rig),
        .hSurfaceToPresent = dxgi(primary) };
    DXGI_DDI_ARG_PRESENT bad = good;
    bad.hSurfaceToPresent = 0;
    cr_assert_eq(rig.first.dxgi.pfnPresent(&bad), E_INVALIDARG);
    bad = good;
    bad.hDevice = (DXGI_DDI_HDEVICE)rig.second.handle.pDrvPrivate;
    cr_assert_eq(rig.first.dxgi.pfnPresent(&bad), E_INVALIDARG);
    bad = good;
    bad.SrcSubResourceIndex = 1;
    cr_assert_eq(rig.first.dxgi.pfnPresent(&bad), E_INVALIDARG);
    bad = good;
    bad.hDstResource = device_of(&rig);
    cr_assert_eq(rig.first.dxgi.pfnPresent(&bad), E_INVALIDARG);
    bad = good;
    bad.hDevice = 0;
    cr_assert_eq(rig.first.dxgi.pfnPresent(&bad), E_INVALIDARG);
    cr_assert_eq(rig.host.present_count, 0u);
    rig_close(&rig);
}

Test(rotate, moves_the_allocations_round)
{
    struct rig rig;
    DXGI_DDI_HRESOURCE handles[3];
    D3D10DDI_HRESOURCE resources[3];
    D3DKMT_HANDLE before[3];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    for (unsigned i = 0; i < 3; i++) {
        resources[i] = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 48, true, true);
        handles[i] = dxgi(resources[i]);
        before[i] = rig_allocation(resources[i]);
    }
    DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES rotate = { device_of(&rig), handles, 3 };
    cr_assert_eq(rig.first.dxgi.pfnRotateResourceIdentities(&rotate), S_OK);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(rig_allocation(resources[i]), before[(i + 1) % 3]);
        rig.first.funcs.pfnDestroyResource(rig.first.handle, resources[i]);
    }
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    cr_assert_eq(rig.host.live_count, 0u);
    rig_close(&rig);
}

/* The command stream and the label go with the picture. */
Test(rotate, takes_along_what_is_known_of_a_picture)
{
    struct rig rig;
    uint8_t iv[16] = { 0 };
    DXGI_DDI_HRESOURCE handles[2];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 8, 8, true, true);
    D3D10DDI_HRESOURCE b = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 8, 8, true, true);
    D3D10DDI_HRESOURCE blank = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 8, 8, false, true);
    D3D10DDI_HRESOURCE source = rig_staging(&rig, &rig.first, 256);
    D3D10DDI_HRESOURCE target = rig_staging(&rig, &rig.first, 256);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    uint8_t key[16];
    rig.first.video.pfnGetEncryptionBltKey(rig.first.handle, session, 16, key);
    rig.first.video.pfnDecryptionBlt(rig.first.handle, session, source, a, NULL, 0, NULL, 16, iv);
    D3DKMT_HANDLE filled = rig_allocation(a);
    D3DKMT_HANDLE empty = rig_allocation(b);
    handles[0] = dxgi(a);
    handles[1] = dxgi(b);
    DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES rotate = { device_of(&rig), handles, 2 };
    cr_assert_eq(rig.first.dxgi.pfnRotateResourceIdentities(&rotate), S_OK);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, a, blank);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, b, blank);
    rig.first.video.pfnEncryptionBlt(rig.first.handle, session, b, target, 16, iv);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    cr_assert_eq(rig.host.message_count, 3u);
    cr_assert_eq(rig.host.messages[0].b, filled);
    cr_assert_eq(rig.host.messages[1].b, empty);
    cr_assert_eq(rig.host.messages[2].b, filled);
    cr_assert_eq(fake_last_escape(&rig.host)->a, filled);
    rig.first.video.pfnEncryptionBlt(rig.first.handle, session, a, target, 16, iv);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}

Test(rotate, refuses_resources_that_differ)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 48, true, false);
    D3D10DDI_HRESOURCE protected = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 48, true, true);
    D3D10DDI_HRESOURCE larger = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 64, true, false);
    DXGI_DDI_HRESOURCE handles[2] = { dxgi(a), dxgi(protected) };
    DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES rotate = { device_of(&rig), handles, 2 };
    cr_assert_eq(rig.first.dxgi.pfnRotateResourceIdentities(&rotate), E_INVALIDARG);
    handles[1] = dxgi(larger);
    cr_assert_eq(rig.first.dxgi.pfnRotateResourceIdentities(&rotate), E_INVALIDARG);
    handles[1] = 0;
    cr_assert_eq(rig.first.dxgi.pfnRotateResourceIdentities(&rotate), E_INVALIDARG);
    rotate.Resources = 0;
    cr_assert_eq(rig.first.dxgi.pfnRotateResourceIdentities(&rotate), E_INVALIDARG);
    rotate.pResources = NULL;
    cr_assert_eq(rig.first.dxgi.pfnRotateResourceIdentities(&rotate), E_INVALIDARG);
    rig_close(&rig);
}

static DXGI_DDI_ARG_BLT blt_arguments(const struct rig *rig, D3D10DDI_HRESOURCE destination,
        UINT width, UINT height, D3D10DDI_HRESOURCE source)
{
    return (DXGI_DDI_ARG_BLT){
        .hDevice = device_of(rig),
        .hDstResource = dxgi(destination),
        .DstRight = width,
        .DstBottom = height,
        .hSrcResource = dxgi(source),
        .Rotate = DXGI_DDI_MODE_ROTATION_IDENTITY,
    };
}

static HRESULT blt(struct rig *rig, DXGI_DDI_ARG_BLT *arguments)
{
    HRESULT hr = rig->first.dxgi.pfnBlt(arguments);
    rig->first.funcs.pfnFlush(rig->first.handle, D3D11_1DDI_FLUSH_UNLESS_NO_COMMANDS);
    cr_assert_eq(rig_take_error(&rig->first), S_OK);
    return hr;
}

Test(dxgi_blt, converts_and_scales)
{
    struct rig rig;
    struct vit_msg_convert body;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE source = picture(&rig, DXGI_FORMAT_NV12, 64, 32, false, true);
    D3D10DDI_HRESOURCE primary = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 128, 100, true, true);
    DXGI_DDI_ARG_BLT arguments = blt_arguments(&rig, primary, 128, 99, source);
    arguments.DstTop = 1;
    cr_assert_eq(blt(&rig, &arguments), S_OK);
    const struct fake_message *message = fake_last_message(&rig.host);
    cr_assert_eq(message->op, VIT_OP_CONVERT);
    cr_assert_eq(message->a, rig_allocation(source));
    cr_assert_eq(message->b, rig_allocation(primary));
    cr_assert(vit_get_convert(message->body, &body));
    cr_assert_eq(body.source_rect.right, 64u);
    cr_assert_eq(body.source_rect.bottom, 32u);
    cr_assert_eq(body.destination_rect.top, 1u);
    cr_assert_eq(body.destination_rect.bottom, 99u);
    rig_close(&rig);
}

Test(dxgi_blt, of_one_format_and_size_is_a_copy)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE source = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 32, false, false);
    D3D10DDI_HRESOURCE primary = picture(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 64, 32, true, false);
    DXGI_DDI_ARG_BLT arguments = blt_arguments(&rig, primary, 64, 32, source);
    cr_assert_eq(blt(&rig, &arguments), S_OK);
    cr_assert_eq(fake_last_message(&rig.host)->op, VIT_OP_COPY);
    rig_close(&rig);
}

Test(dxgi_blt, takes_the_label_along)
{
    struct rig rig;
    uint8_t iv[16] = { 0 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE source = picture(&rig, DXGI_FORMAT_NV12, 8, 8, false, true);
    D3D10DDI_HRESOURCE other = picture(&rig, DXGI_FORMAT_NV12, 8, 8, false, true);
    D3D10DDI_HRESOURCE primary = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 8, 8, true, true);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 96);
    D3D11_1DDI_HCRYPTOSESSION one = rig_keyed_session(&rig, &rig.first);
    D3D11_1DDI_HCRYPTOSESSION two = rig_keyed_session(&rig, &rig.first);
    PFND3D11_1DDI_DECRYPTIONBLT decrypt = rig.first.video.pfnDecryptionBlt;
    decrypt(rig.first.handle, one, staging, source, NULL, 0, NULL, 16, iv);
    decrypt(rig.first.handle, two, staging, other, NULL, 0, NULL, 16, iv);
    DXGI_DDI_ARG_BLT arguments = blt_arguments(&rig, primary, 8, 8, source);
    cr_assert_eq(blt(&rig, &arguments), S_OK);
    arguments.hSrcResource = dxgi(other);
    cr_assert_eq(blt(&rig, &arguments), E_ACCESSDENIED);
    rig.first.video.pfnDestroyCryptoSession(rig.first.handle, one);
    cr_assert_eq(blt(&rig, &arguments), S_OK);
    rig_close(&rig);
}

Test(dxgi_blt, never_leaves_protected_memory)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE source = picture(&rig, DXGI_FORMAT_NV12, 64, 32, false, true);
    D3D10DDI_HRESOURCE primary = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 32, true, false);
    DXGI_DDI_ARG_BLT arguments = blt_arguments(&rig, primary, 64, 32, source);
    cr_assert_eq(blt(&rig, &arguments), E_ACCESSDENIED);
    cr_assert_eq(rig.host.message_count, 0u);
    rig_close(&rig);
}

Test(dxgi_blt, does_not_turn_resolve_or_make_nv12)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE bgrx = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 32, false, false);
    D3D10DDI_HRESOURCE nv12 = picture(&rig, DXGI_FORMAT_NV12, 64, 32, false, false);
    DXGI_DDI_ARG_BLT arguments = blt_arguments(&rig, bgrx, 64, 32, nv12);
    arguments.Rotate = DXGI_DDI_MODE_ROTATION_ROTATE90;
    cr_assert_eq(blt(&rig, &arguments), E_NOTIMPL);
    arguments = blt_arguments(&rig, bgrx, 64, 32, nv12);
    arguments.Flags.Resolve = 1;
    cr_assert_eq(blt(&rig, &arguments), E_NOTIMPL);
    arguments = blt_arguments(&rig, nv12, 64, 32, bgrx);
    cr_assert_eq(blt(&rig, &arguments), E_NOTIMPL);
    cr_assert_eq(rig.host.message_count, 0u);
    rig_close(&rig);
}

Test(dxgi_blt, refuses_rectangles_and_resources_that_do_not_fit)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE source = picture(&rig, DXGI_FORMAT_NV12, 64, 32, false, false);
    D3D10DDI_HRESOURCE target = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 32, false, false);
    D3D10DDI_HRESOURCE buffer = rig_staging(&rig, &rig.first, 64 * 32 * 4);
    const DXGI_DDI_ARG_BLT good = blt_arguments(&rig, target, 64, 32, source);
    DXGI_DDI_ARG_BLT bad = good;
    bad.DstRight = 65;
    cr_assert_eq(blt(&rig, &bad), E_INVALIDARG);
    bad = good;
    bad.DstLeft = 64;
    cr_assert_eq(blt(&rig, &bad), E_INVALIDARG);
    bad = good;
    bad.hDstResource = dxgi(buffer);
    cr_assert_eq(blt(&rig, &bad), E_INVALIDARG);
    bad = good;
    bad.hSrcResource = dxgi(target);
    cr_assert_eq(blt(&rig, &bad), E_INVALIDARG);
    bad = good;
    bad.SrcSubresource = 1;
    cr_assert_eq(blt(&rig, &bad), E_INVALIDARG);
    bad = good;
    bad.hDstResource = 0;
    cr_assert_eq(blt(&rig, &bad), E_INVALIDARG);
    cr_assert_eq(rig.host.message_count, 0u);
    rig_close(&rig);
}

Test(dxgi_blt1, takes_a_part_of_the_source)
{
    struct rig rig;
    struct vit_msg_convert body;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE source = picture(&rig, DXGI_FORMAT_NV12, 64, 32, false, false);
    D3D10DDI_HRESOURCE target = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 64, 32, false, false);
    DXGI_DDI_ARG_BLT1 arguments = {
        .hDevice = device_of(&rig),
        .hDstResource = dxgi(target),
        .DstRight = 64,
        .DstBottom = 32,
        .hSrcResource = dxgi(source),
        .SrcLeft = 16,
        .SrcTop = 8,
        .SrcRight = 32,
        .SrcBottom = 16,
    };
    cr_assert_eq(rig.first.dxgi.pfnBlt1(&arguments), S_OK);
    rig.first.funcs.pfnFlush(rig.first.handle, 0);
    cr_assert(vit_get_convert(fake_last_message(&rig.host)->body, &body));
    cr_assert_eq(body.source_rect.left, 16u);
    cr_assert_eq(body.source_rect.bottom, 16u);
    arguments.SrcLeft = 17;
    cr_assert_eq(rig.first.dxgi.pfnBlt1(&arguments), E_INVALIDARG);
    arguments.SrcLeft = 16;
    arguments.SrcRight = 66;
    cr_assert_eq(rig.first.dxgi.pfnBlt1(&arguments), E_INVALIDARG);
    rig_close(&rig);
}
