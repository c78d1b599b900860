/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/rig.h"

static HRESULT update(struct rig *rig, D3D10DDI_HRESOURCE resource, const D3D10_DDI_BOX *box,
        const void *data, UINT pitch)
{
    rig->first.funcs.pfnResourceUpdateSubresourceUP(rig->first.handle, resource, 0, box, data,
            pitch, 0, 0);
    return rig_take_error(&rig->first);
}

static D3D10DDI_HRESOURCE plain(struct rig *rig, DXGI_FORMAT format, UINT width, UINT height)
{
    return rig_resource(rig, &rig->first,
            &(struct rig_resource){ .format = format, .width = width, .height = height });
}

Test(update, writes_rows)
{
    struct rig rig;
    uint8_t data[8 * 50];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = plain(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 8, 8);
    for (unsigned i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 13);
    }
    cr_assert_eq(update(&rig, resource, NULL, data, 50), S_OK);
    const struct fake_allocation *allocation = fake_find(&rig.host, rig_allocation(resource));
    for (unsigned row = 0; row < 8; row++) {
        cr_assert_arr_eq(allocation->bytes + row * 32, data + row * 50, 32);
    }
    cr_assert_eq(allocation->lock_count, 0u);
    cr_assert_eq(rig.host.render_count, 0u);
    rig_close(&rig);
}

Test(update, writes_a_box_of_both_planes)
{
    struct rig rig;
    const uint8_t data[4 * 3] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    const D3D10_DDI_BOX box = { 4, 2, 0, 8, 4, 1 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = plain(&rig, DXGI_FORMAT_NV12, 16, 8);
    cr_assert_eq(update(&rig, resource, &box, data, 4), S_OK);
    const uint8_t *bytes = fake_find(&rig.host, rig_allocation(resource))->bytes;
    cr_assert_arr_eq(bytes + 2 * 16 + 4, data, 4);
    cr_assert_arr_eq(bytes + 3 * 16 + 4, data + 4, 4);
    cr_assert_arr_eq(bytes + (8 + 1) * 16 + 4, data + 8, 4);
    unsigned written = 0;
    for (unsigned i = 0; i < 16 * 12; i++) {
        written += bytes[i] != 0;
    }
    cr_assert_eq(written, 12u);
    rig_close(&rig);
}

Test(update, submits_what_uses_the_resource_first)
{
    struct rig rig;
    uint8_t data[64] = { 0 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = plain(&rig, DXGI_FORMAT_UNKNOWN, 64, 1);
    D3D10DDI_HRESOURCE target = rig_staging(&rig, &rig.first, 64);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, target, resource);
    cr_assert_eq(update(&rig, resource, NULL, data, 64), S_OK);
    cr_assert_eq(rig.host.render_count, 1u);
    rig_close(&rig);
}

Test(update, of_a_protected_resource_is_done_by_the_device)
{
    struct rig rig;
    uint8_t data[4 * 4 * 4] = { 0 };
    const D3D10_DDI_BOX box = { 4, 4, 0, 8, 8, 1 };
    struct vit_msg_copy body;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = rig_resource(&rig, &rig.first,
            &(struct rig_resource){ .format = DXGI_FORMAT_B8G8R8A8_UNORM,
                    .width = 8,
                    .height = 8,
                    .misc = D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT });
    cr_assert_eq(update(&rig, resource, &box, data, 16), S_OK);
    const struct fake_message *message = fake_last_message(&rig.host);
    cr_assert_eq(message->op, VIT_OP_COPY);
    cr_assert_eq(message->b, rig_allocation(resource));
    cr_assert(vit_get_copy(message->body, &body));
    cr_assert_eq(body.source_offset, 0u);
    cr_assert_eq(body.source_pitch, 16u);
    cr_assert_eq(body.destination_offset, 4u * 32 + 16);
    cr_assert_eq(rig.host.live_count, 1u);
    rig_close(&rig);
}

Test(update, of_a_protected_resource_leaves_nothing_when_it_fails)
{
    struct rig rig;
    uint8_t data[64] = { 0 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = rig_protected(&rig, &rig.first, 64);
    rig.host.allocate = E_OUTOFMEMORY;
    cr_assert_eq(update(&rig, resource, NULL, data, 64), D3DDDIERR_DEVICEREMOVED);
    rig.host.allocate = S_OK;
    rig.host.allocate = E_INVALIDARG;
    cr_assert_eq(update(&rig, resource, NULL, data, 64), D3DDDIERR_DEVICEREMOVED);
    rig.host.allocate = S_OK;
    rig.host.lock = D3DDDIERR_DEVICEREMOVED;
    cr_assert_eq(update(&rig, resource, NULL, data, 64), D3DDDIERR_DEVICEREMOVED);
    rig.host.lock = E_INVALIDARG;
    cr_assert_eq(update(&rig, resource, NULL, data, 64), D3DDDIERR_DEVICEREMOVED);
    rig.host.lock = S_OK;
    rig.host.render = D3DDDIERR_DEVICEREMOVED;
    cr_assert_eq(update(&rig, resource, NULL, data, 64), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(rig.host.live_count, 1u);
    rig_close(&rig);
}

Test(update, refuses_what_does_not_fit)
{
    struct rig rig;
    uint8_t data[64] = { 0 };
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    const D3D10_DDI_BOX outside = { 60, 0, 0, 65, 1, 1 };
    const D3D10_DDI_BOX empty = { 8, 0, 0, 8, 1, 1 };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = plain(&rig, DXGI_FORMAT_UNKNOWN, 64, 1);
    D3D10DDI_HRESOURCE staging = rig_staging(&rig, &rig.first, 64);
    cr_assert_eq(update(&rig, resource, &outside, data, 64), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(update(&rig, resource, NULL, NULL, 64), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(update(&rig, staging, NULL, data, 64), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(update(&rig, (D3D10DDI_HRESOURCE){ NULL }, NULL, data, 64),
            D3DDDIERR_APPLICATIONERROR);
    rig.first.funcs.pfnStagingResourceMap(rig.first.handle, staging, 0, D3D10_DDI_MAP_READ, 0,
            &mapped);
    cr_assert_eq(rig.host.lock_call_count, 1u);
    cr_assert_eq(update(&rig, resource, &empty, data, 64), S_OK);
    cr_assert_eq(rig.host.lock_call_count, 1u);
    rig_close(&rig);
}
