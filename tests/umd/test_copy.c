/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/umd/rig.h"

static HRESULT copy(struct rig *rig, D3D10DDI_HRESOURCE destination, D3D10DDI_HRESOURCE source)
{
    rig->first.funcs.pfnResourceCopy(rig->first.handle, destination, source);
    HRESULT hr = rig_take_error(&rig->first);
    rig->first.funcs.pfnFlush(rig->first.handle, D3D11_1DDI_FLUSH_UNLESS_NO_COMMANDS);
    return hr;
}

static struct vit_msg_copy body_at(const struct rig *rig, unsigned back)
{
    struct vit_msg_copy body;
    const struct fake_message *message = &rig->host.messages[rig->host.message_count - 1 - back];
    cr_assert_eq(message->op, VIT_OP_COPY);
    cr_assert(vit_get_copy(message->body, &body));
    return body;
}

static D3D10DDI_HRESOURCE picture(struct rig *rig, DXGI_FORMAT format, UINT width, UINT height,
        UINT misc)
{
    return rig_resource(rig, &rig->first,
            &(struct rig_resource){ .format = format,
                    .width = width,
                    .height = height,
                    .misc = misc });
}

Test(copy, of_a_buffer_is_one_row)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = rig_staging(&rig, &rig.first, 1000);
    D3D10DDI_HRESOURCE b = rig_staging(&rig, &rig.first, 1000);
    cr_assert_eq(copy(&rig, a, b), S_OK);
    const struct fake_message *message = fake_last_message(&rig.host);
    cr_assert_eq(message->a, rig_allocation(b));
    cr_assert_eq(message->b, rig_allocation(a));
    cr_assert(!message->writes_a && message->writes_b);
    struct vit_msg_copy body = body_at(&rig, 0);
    cr_assert_eq(body.row_len, 1000u);
    cr_assert_eq(body.rows, 1u);
    rig_close(&rig);
}

Test(copy, of_nv12_is_both_planes)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = picture(&rig, DXGI_FORMAT_NV12, 64, 32, 0);
    D3D10DDI_HRESOURCE b = picture(&rig, DXGI_FORMAT_NV12, 64, 32, 0);
    cr_assert_eq(copy(&rig, a, b), S_OK);
    cr_assert_eq(rig.host.message_count, 2u);
    struct vit_msg_copy luma = body_at(&rig, 1);
    struct vit_msg_copy chroma = body_at(&rig, 0);
    cr_assert_eq(luma.rows, 32u);
    cr_assert_eq(luma.source_offset, 0u);
    cr_assert_eq(chroma.rows, 16u);
    cr_assert_eq(chroma.row_len, 64u);
    cr_assert_eq(chroma.source_offset, 64u * 32);
    cr_assert_eq(chroma.destination_offset, 64u * 32);
    rig_close(&rig);
}

Test(copy, refuses_resources_that_differ)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = picture(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 8, 8, 0);
    D3D10DDI_HRESOURCE x = picture(&rig, DXGI_FORMAT_B8G8R8X8_UNORM, 8, 8, 0);
    D3D10DDI_HRESOURCE larger = picture(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 8, 16, 0);
    D3D10DDI_HRESOURCE other = picture(&rig, DXGI_FORMAT_NV12, 8, 8, 0);
    const D3D10DDI_HRESOURCE none = { NULL };
    cr_assert_eq(copy(&rig, a, x), S_OK);
    cr_assert_eq(copy(&rig, a, larger), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(copy(&rig, a, other), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(copy(&rig, a, a), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(copy(&rig, a, none), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(copy(&rig, none, a), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(rig.host.message_count, 1u);
    rig_close(&rig);
}

Test(copy, never_leaves_protected_memory)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE protected = rig_protected(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE other = rig_protected(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE shared = rig_staging(&rig, &rig.first, 64);
    cr_assert_eq(copy(&rig, shared, protected), D3DDDIERR_APPLICATIONERROR);
    rig.first.funcs.pfnResourceConvert(rig.first.handle, shared, protected);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig.first.funcs.pfnResourceCopyRegion(rig.first.handle, shared, 0, 0, 0, 0, protected, 0, NULL,
            0);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(rig.host.message_count, 0u);
    cr_assert_eq(copy(&rig, other, protected), S_OK);
    cr_assert_eq(copy(&rig, protected, shared), S_OK);
    rig_close(&rig);
}

static void fill(struct rig *rig, D3D11_1DDI_HCRYPTOSESSION session, D3D10DDI_HRESOURCE destination)
{
    uint8_t iv[16] = { 0 };
    static uint64_t number;
    D3D10DDI_HRESOURCE source = rig_staging(rig, &rig->first, 64);
    vit_store_be64(iv, ++number);
    rig->first.video.pfnDecryptionBlt(rig->first.handle, session, source, destination, NULL, 0,
            NULL, 16, iv);
    cr_assert_eq(rig_take_error(&rig->first), S_OK);
}

Test(copy, does_not_mix_sessions)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION one = rig_keyed_session(&rig, &rig.first);
    D3D11_1DDI_HCRYPTOSESSION two = rig_keyed_session(&rig, &rig.first);
    D3D10DDI_HRESOURCE a = rig_protected(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE b = rig_protected(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE c = rig_protected(&rig, &rig.first, 64);
    fill(&rig, one, a);
    fill(&rig, two, b);
    cr_assert_eq(copy(&rig, b, a), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(copy(&rig, c, a), S_OK);
    cr_assert_eq(copy(&rig, c, b), D3DDDIERR_APPLICATIONERROR, "the label went along");
    rig.first.video.pfnDestroyCryptoSession(rig.first.handle, one);
    cr_assert_eq(copy(&rig, c, b), S_OK, "and went with its session");
    rig_close(&rig);
}

Test(copy, refuses_what_is_mapped)
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(&rig, &rig.first, 64);
    rig.first.funcs.pfnStagingResourceMap(rig.first.handle, a, 0, D3D10_DDI_MAP_READ, 0, &mapped);
    cr_assert_eq(copy(&rig, a, b), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(copy(&rig, b, a), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}

struct box_copy {
    D3D10DDI_HRESOURCE destination, source;
    UINT x, y;
    const D3D10_DDI_BOX *box;
};

static HRESULT copy_box(struct rig *rig, const struct box_copy *what)
{
    rig->first.funcs.pfnResourceCopyRegion(rig->first.handle, what->destination, 0, what->x,
            what->y, 0, what->source, 0, what->box, 0);
    HRESULT hr = rig_take_error(&rig->first);
    rig->first.funcs.pfnFlush(rig->first.handle, D3D11_1DDI_FLUSH_UNLESS_NO_COMMANDS);
    return hr;
}

Test(copy_region, moves_a_box)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D10_DDI_BOX box = { 2, 3, 0, 6, 5, 1 };
    struct box_copy what = {
        .destination = picture(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 16, 16, 0),
        .source = picture(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 8, 8, 0),
        .x = 10,
        .y = 14,
        .box = &box,
    };
    cr_assert_eq(copy_box(&rig, &what), S_OK);
    struct vit_msg_copy body = body_at(&rig, 0);
    cr_assert_eq(body.row_len, 16u);
    cr_assert_eq(body.rows, 2u);
    cr_assert_eq(body.source_pitch, 32u);
    cr_assert_eq(body.destination_pitch, 64u);
    cr_assert_eq(body.source_offset, 3u * 32 + 8);
    cr_assert_eq(body.destination_offset, 14u * 64 + 40);
    rig_close(&rig);
}

Test(copy_region, of_nv12_moves_the_chroma_too)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D10_DDI_BOX box = { 2, 4, 0, 6, 8, 1 };
    struct box_copy what = {
        .destination = picture(&rig, DXGI_FORMAT_NV12, 16, 16, 0),
        .source = picture(&rig, DXGI_FORMAT_NV12, 8, 8, 0),
        .x = 4,
        .y = 6,
        .box = &box,
    };
    cr_assert_eq(copy_box(&rig, &what), S_OK);
    struct vit_msg_copy chroma = body_at(&rig, 0);
    cr_assert_eq(chroma.row_len, 4u);
    cr_assert_eq(chroma.rows, 2u);
    cr_assert_eq(chroma.source_offset, (8u + 2) * 8 + 2);
    cr_assert_eq(chroma.destination_offset, (16u + 3) * 16 + 4);
    rig_close(&rig);
}

Test(copy_region, of_a_buffer_counts_bytes)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D10_DDI_BOX box = { 100, 0, 0, 150, 1, 1 };
    struct box_copy what = { rig_staging(&rig, &rig.first, 4096),
        rig_staging(&rig, &rig.first, 1000), 4046, 0, &box };
    cr_assert_eq(copy_box(&rig, &what), S_OK);
    struct vit_msg_copy body = body_at(&rig, 0);
    cr_assert_eq(body.source_offset, 100u);
    cr_assert_eq(body.destination_offset, 4046u);
    cr_assert_eq(body.row_len, 50u);
    rig_close(&rig);
}

Test(copy_region, of_an_empty_box_does_nothing)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D10_DDI_BOX boxes[] = { { 4, 0, 0, 4, 8, 1 }, { 5, 0, 0, 4, 8, 1 },
        { 0, 8, 0, 8, 8, 1 }, { 0, 0, 1, 8, 8, 1 } };
    struct box_copy what = { picture(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 8, 8, 0),
        picture(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 8, 8, 0), 0, 0, NULL };
    for (unsigned i = 0; i < 4; i++) {
        what.box = &boxes[i];
        cr_assert_eq(copy_box(&rig, &what), S_OK);
    }
    cr_assert_eq(rig.host.message_count, 0u);
    rig_close(&rig);
}

/* The runtime does not check that the shifted box fits. */
Test(copy_region, refuses_a_box_that_does_not_fit)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D10_DDI_BOX whole = { 0, 0, 0, 8, 8, 1 };
    const D3D10_DDI_BOX wide = { 0, 0, 0, 9, 8, 1 };
    const D3D10_DDI_BOX negative = { -1, 0, 0, 4, 4, 1 };
    const D3D10_DDI_BOX odd = { 1, 0, 0, 3, 2, 1 };
    struct box_copy what = { picture(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 8, 8, 0),
        picture(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 8, 8, 0), 1, 0, &whole };
    cr_assert_eq(copy_box(&rig, &what), D3DDDIERR_APPLICATIONERROR);
    what.x = 0xfffffff9; /* 2^32 with the width */
    cr_assert_eq(copy_box(&rig, &what), D3DDDIERR_APPLICATIONERROR);
    what.x = 0;
    what.y = 1;
    cr_assert_eq(copy_box(&rig, &what), D3DDDIERR_APPLICATIONERROR);
    what.y = 0;
    what.box = &wide;
    cr_assert_eq(copy_box(&rig, &what), D3DDDIERR_APPLICATIONERROR);
    what.box = &negative;
    cr_assert_eq(copy_box(&rig, &what), D3DDDIERR_APPLICATIONERROR);
    what.destination = picture(&rig, DXGI_FORMAT_NV12, 8, 8, 0);
    what.box = &whole;
    cr_assert_eq(copy_box(&rig, &what), D3DDDIERR_APPLICATIONERROR);
    what.source = picture(&rig, DXGI_FORMAT_NV12, 8, 8, 0);
    what.box = &odd;
    cr_assert_eq(copy_box(&rig, &what), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(rig.host.message_count, 0u);
    what.box = NULL;
    cr_assert_eq(copy_box(&rig, &what), S_OK);
    rig_close(&rig);
}

Test(copy_region, refuses_other_subresources)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE a = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(&rig, &rig.first, 64);
    PFND3D11_1DDI_RESOURCECOPYREGION region = rig.first.funcs.pfnResourceCopyRegion;
    region(rig.first.handle, a, 1, 0, 0, 0, b, 0, NULL, 0);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    region(rig.first.handle, a, 0, 0, 0, 0, b, 1, NULL, 0);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    region(rig.first.handle, a, 0, 0, 0, 1, b, 0, NULL, 0);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    rig_close(&rig);
}
