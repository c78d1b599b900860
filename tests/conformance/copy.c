/* SPDX-License-Identifier: MIT */
/* Copies, updates, initial data: which bytes go where. */
#include <string.h>

#include "tests/conformance/texture.h"

RULE_GROUP(copy, "Copies and updates");

#define PAGE_COPY "PFND3D10DDI_RESOURCECOPY"
#define PAGE_REGION "PFND3D11_1DDI_RESOURCECOPYREGION"
#define PAGE_UPDATE "PFND3D11_1DDI_RESOURCEUPDATESUBRESOURCEUP"

enum { SIDE = 16, LEN = SIDE * SIDE * 4 };

struct copies {
    struct rig rig;
    D3D10DDI_HRESOURCE from, to;
    uint8_t bytes[LEN];    /* of from, without the padding of rows */
    uint8_t expected[LEN]; /* of to */
};

static void write_all(struct rig *rig, D3D10DDI_HRESOURCE resource, const uint8_t *bytes)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped = texture_map(rig, resource, D3D10_DDI_MAP_WRITE);
    for (unsigned row = 0; row < SIDE; row++) {
        memcpy((uint8_t *)mapped.pData + (size_t)row * mapped.RowPitch, bytes + row * SIDE * 4,
                SIDE * 4);
    }
    texture_unmap(rig, resource);
}

static void open_copies(struct copies *copies)
{
    memset(copies, 0, sizeof(*copies));
    rig_open(&copies->rig);
    provider_random(copies->bytes, LEN);
    provider_random(copies->expected, LEN);
    copies->from = texture_staging(&copies->rig, DXGI_FORMAT_B8G8R8A8_UNORM, SIDE, SIDE);
    copies->to = texture_staging(&copies->rig, DXGI_FORMAT_B8G8R8A8_UNORM, SIDE, SIDE);
    write_all(&copies->rig, copies->from, copies->bytes);
    write_all(&copies->rig, copies->to, copies->expected);
}

static void expect_pixels(struct copies *copies, D3D10DDI_HRESOURCE resource, const uint8_t *bytes)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped = texture_map(&copies->rig, resource, D3D10_DDI_MAP_READ);
    for (unsigned row = 0; row < SIDE; row++) {
        cr_assert_arr_eq((uint8_t *)mapped.pData + (size_t)row * mapped.RowPitch,
                bytes + row * SIDE * 4, SIDE * 4, "row %u is not what it must be", row);
    }
    texture_unmap(&copies->rig, resource);
}

static void close_copies(struct copies *copies)
{
    texture_destroy(&copies->rig, copies->to);
    texture_destroy(&copies->rig, copies->from);
    rig_close(&copies->rig);
}

static void expect_moved(struct copies *copies, UINT x, UINT y, const D3D10_DDI_BOX *box)
{
    for (LONG row = box->top; row < box->bottom; row++) {
        memcpy(copies->expected + ((y + (UINT)(row - box->top)) * SIDE + x) * 4,
                copies->bytes + ((UINT)row * SIDE + (UINT)box->left) * 4,
                (size_t)(box->right - box->left) * 4);
    }
}

RULE(copy, takes_everything, "CB-2.3-03", "ResourceCopy and ResourceConvert copy every pixel",
        PAGE_COPY)
{
    struct copies copies;
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    device->funcs.pfnResourceCopy(device->handle, copies.to, copies.from);
    expect_accepted(device, "ResourceCopy");
    expect_pixels(&copies, copies.to, copies.bytes);
    write_all(&copies.rig, copies.to, copies.expected);
    device->funcs.pfnResourceConvert(device->handle, copies.to, copies.from);
    expect_accepted(device, "ResourceConvert");
    expect_pixels(&copies, copies.to, copies.bytes);
    expect_pixels(&copies, copies.from, copies.bytes);
    close_copies(&copies);
}

RULE(copy, refuses_other_shapes, "CB-2.3-03",
        "ResourceCopy of a resource to itself, to another size or to another format changes nothing",
        PAGE_COPY)
{
    struct copies copies;
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    D3D10DDI_HRESOURCE wide =
            texture_staging(&copies.rig, DXGI_FORMAT_B8G8R8A8_UNORM, SIDE * 2, SIDE);
    D3D10DDI_HRESOURCE nv12 = texture_staging(&copies.rig, DXGI_FORMAT_NV12, SIDE, SIDE);
    device->funcs.pfnResourceCopy(device->handle, copies.to, wide);
    expect_refused(device, "ResourceCopy from another size");
    device->funcs.pfnResourceCopy(device->handle, copies.to, nv12);
    expect_refused(device, "ResourceCopy from another format");
    device->funcs.pfnResourceCopy(device->handle, copies.to, copies.to);
    expect_refused(device, "ResourceCopy to itself");
    expect_pixels(&copies, copies.to, copies.expected);
    texture_destroy(&copies.rig, nv12);
    texture_destroy(&copies.rig, wide);
    close_copies(&copies);
}

RULE(copy, moves_a_region, "CB-2.3-04",
        "ResourceCopyRegion and ResourceConvertRegion copy the box to the place named", PAGE_REGION)
{
    struct copies copies;
    const D3D10_DDI_BOX box = { 1, 2, 0, 6, 9, 1 };
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    device->funcs.pfnResourceCopyRegion(device->handle, copies.to, 0, 9, 4, 0, copies.from, 0, &box,
            0);
    expect_moved(&copies, 9, 4, &box);
    device->funcs.pfnResourceConvertRegion(device->handle, copies.to, 0, 0, 0, 0, copies.from, 0,
            &box, 0);
    expect_moved(&copies, 0, 0, &box);
    expect_accepted(device, "regions inside both");
    expect_pixels(&copies, copies.to, copies.expected);
    close_copies(&copies);
}

RULE(copy, without_a_box_is_all, "CB-2.3-04", "ResourceCopyRegion without a box copies all",
        PAGE_REGION)
{
    struct copies copies;
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    device->funcs.pfnResourceCopyRegion(device->handle, copies.to, 0, 0, 0, 0, copies.from, 0, NULL,
            0);
    expect_accepted(device, "ResourceCopyRegion without a box");
    expect_pixels(&copies, copies.to, copies.bytes);
    close_copies(&copies);
}

RULE(copy, empty_box_is_nothing, "CB-2.3-05",
        "A box with left at right, top at bottom or front at back, or beyond, copies nothing",
        PAGE_REGION)
{
    const D3D10_DDI_BOX boxes[] = { { 4, 0, 0, 4, 8, 1 }, { 0, 4, 0, 8, 4, 1 },
        { 0, 0, 1, 8, 8, 1 }, { 5, 0, 0, 4, 8, 1 }, { 0, 5, 0, 8, 4, 1 }, { 0, 0, 1, 8, 8, 0 } };
    struct copies copies;
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    for (unsigned i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
        device->funcs.pfnResourceCopyRegion(device->handle, copies.to, 0, 0, 0, 0, copies.from, 0,
                &boxes[i], 0);
        device->funcs.pfnResourceUpdateSubresourceUP(device->handle, copies.to, 0, &boxes[i],
                copies.bytes, SIDE * 4, LEN, 0);
        (void)rig_take_reports(device); /* of a staging destination for an update */
    }
    expect_pixels(&copies, copies.to, copies.expected);
    close_copies(&copies);
}

RULE(copy, box_that_does_not_fit_harms_nothing, "CB-2.3-06",
        "A box that leaves source or destination copies nothing and keeps the device", PAGE_REGION)
{
    const struct {
        UINT x, y;
        D3D10_DDI_BOX box;
    } rows[] = {
        { 13, 0, { 0, 0, 0, 4, 4, 1 } },
        { 0, 13, { 0, 0, 0, 4, 4, 1 } },
        { 0xfffffffeu, 0, { 0, 0, 0, 4, 4, 1 } },
        { 0, 0xfffffffeu, { 0, 0, 0, 4, 4, 1 } },
        { 0, 0, { 13, 0, 0, 17, 4, 1 } },
        { 0, 0, { 0, 13, 0, 4, 17, 1 } },
        { 0, 0, { -4, 0, 0, 4, 4, 1 } },
        { 0, 0, { 0, 0, 0, 0x7fffffff, 0x7fffffff, 1 } },
    };
    struct copies copies;
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        device->funcs.pfnResourceCopyRegion(device->handle, copies.to, 0, rows[i].x, rows[i].y, 0,
                copies.from, 0, &rows[i].box, 0);
        struct rig_reports reports = rig_take_reports(device);
        cr_assert_neq(reports.first, D3DDDIERR_DEVICEREMOVED, "row %u: the device is gone", i);
    }
    expect_pixels(&copies, copies.to, copies.expected);
    close_copies(&copies);
}

RULE(copy, buffers_are_copied_in_bytes, "CB-2.3-04",
        "Boxes of buffers count bytes, and their other sides do not matter", PAGE_REGION)
{
    struct rig rig;
    const D3D10_DDI_BOX box = { 3, 0, 0, 10, 1, 1 };
    rig_open(&rig);
    struct vit_device *device = rig.device;
    D3D10DDI_HRESOURCE from = texture_staging(&rig, DXGI_FORMAT_UNKNOWN, 32, 1);
    D3D10DDI_HRESOURCE to = texture_staging(&rig, DXGI_FORMAT_UNKNOWN, 32, 1);
    uint8_t *bytes = texture_map(&rig, from, D3D10_DDI_MAP_WRITE).pData;
    for (uint8_t i = 0; i < 32; i++) {
        bytes[i] = i;
    }
    texture_unmap(&rig, from);
    memset(texture_map(&rig, to, D3D10_DDI_MAP_WRITE).pData, 0xff, 32);
    texture_unmap(&rig, to);
    device->funcs.pfnResourceCopyRegion(device->handle, to, 0, 20, 0, 0, from, 0, &box, 0);
    expect_accepted(device, "ResourceCopyRegion between buffers");
    bytes = texture_map(&rig, to, D3D10_DDI_MAP_READ).pData;
    for (uint8_t i = 0; i < 32; i++) {
        uint8_t wanted = i >= 20 && i < 27 ? (uint8_t)(i - 17) : 0xff;
        cr_assert_eq(bytes[i], wanted, "byte %u is %u", i, bytes[i]);
    }
    texture_unmap(&rig, to);
    texture_destroy(&rig, to);
    texture_destroy(&rig, from);
    rig_close(&rig);
}

static D3D10DDI_HRESOURCE make_plain(struct rig *rig, const void *data, UINT pitch)
{
    return texture_create(rig,
            &(struct texture){ .bind = D3D10_DDI_BIND_SHADER_RESOURCE,
                    .format = DXGI_FORMAT_B8G8R8A8_UNORM,
                    .width = SIDE,
                    .height = SIDE,
                    .data = data,
                    .pitch = pitch });
}

RULE(copy, update_writes_its_box, "CB-2.3-07",
        "UpdateSubresourceUP writes the box from rows of the pitch named, and nothing else",
        PAGE_UPDATE)
{
    struct copies copies;
    const D3D10_DDI_BOX box = { 2, 3, 0, 7, 11, 1 };
    enum { PITCH = 52 };
    uint8_t rows[8 * PITCH];
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    provider_random(rows, sizeof(rows));
    D3D10DDI_HRESOURCE plain = make_plain(&copies.rig, copies.bytes, SIDE * 4);
    device->funcs.pfnResourceUpdateSubresourceUP(device->handle, plain, 0, &box, rows, PITCH,
            sizeof(rows), 0);
    expect_accepted(device, "ResourceUpdateSubresourceUP");
    for (unsigned row = 0; row < 8; row++) {
        memcpy(copies.bytes + ((3 + row) * SIDE + 2) * 4, rows + row * PITCH, 20);
    }
    device->funcs.pfnResourceCopy(device->handle, copies.to, plain);
    expect_pixels(&copies, copies.to, copies.bytes);
    texture_destroy(&copies.rig, plain);
    close_copies(&copies);
}

RULE(copy, initial_data_are_there, "CB-2.3-08",
        "A resource created with initial data shows them, read with their pitch",
        "D3D10_DDIARG_SUBRESOURCE_UP")
{
    struct copies copies;
    enum { PITCH = SIDE * 4 + 12 };
    uint8_t rows[SIDE * PITCH];
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    for (unsigned row = 0; row < SIDE; row++) {
        memcpy(rows + row * PITCH, copies.bytes + row * SIDE * 4, SIDE * 4);
    }
    D3D10DDI_HRESOURCE plain = make_plain(&copies.rig, rows, PITCH);
    device->funcs.pfnResourceCopy(device->handle, copies.to, plain);
    expect_pixels(&copies, copies.to, copies.bytes);
    texture_destroy(&copies.rig, plain);
    close_copies(&copies);
}

/* Y from 0 on, U and V from 0x80 on, as an application lays NV12 out. */
RULE(copy, nv12_has_two_planes_in_one_subresource, "CB-2.5-01",
        "NV12 lies as Y rows, then as many rows of U and V by half, all of one pitch",
        "DXGI_FORMAT")
{
    struct rig rig;
    enum { WIDTH = 16, HEIGHT = 8 };
    uint8_t bytes[WIDTH * HEIGHT * 3 / 2];
    rig_open(&rig);
    struct vit_device *device = rig.device;
    memset(bytes, 0x10, WIDTH * HEIGHT);
    for (unsigned i = WIDTH * HEIGHT; i < sizeof(bytes); i++) {
        bytes[i] = i % 2 == 0 ? 0xa0 : 0xb0;
    }
    D3D10DDI_HRESOURCE plain = texture_create(&rig,
            &(struct texture){ .bind = D3D10_DDI_BIND_SHADER_RESOURCE,
                    .format = DXGI_FORMAT_NV12,
                    .width = WIDTH,
                    .height = HEIGHT,
                    .data = bytes,
                    .pitch = WIDTH });
    D3D10DDI_HRESOURCE staging = texture_staging(&rig, DXGI_FORMAT_NV12, WIDTH, HEIGHT);
    device->funcs.pfnResourceCopy(device->handle, staging, plain);
    D3D10DDI_MAPPED_SUBRESOURCE mapped = texture_map(&rig, staging, D3D10_DDI_MAP_READ);
    cr_assert(mapped.DepthPitch >= mapped.RowPitch * HEIGHT * 3 / 2, "DepthPitch %u, RowPitch %u",
            (unsigned)mapped.DepthPitch, (unsigned)mapped.RowPitch);
    for (unsigned row = 0; row < HEIGHT * 3 / 2; row++) {
        cr_assert_arr_eq((uint8_t *)mapped.pData + (size_t)row * mapped.RowPitch,
                bytes + row * WIDTH, WIDTH, "row %u", row);
    }
    texture_unmap(&rig, staging);
    texture_destroy(&rig, staging);
    texture_destroy(&rig, plain);
    rig_close(&rig);
}

RULE(copy, staging_is_busy_until_submitted, "CB-2.3-09",
        "ResourceIsStagingBusy is true while queued work names the resource, and may be asked of a "
        "mapped one",
        "PFND3D10DDI_RESOURCEISSTAGINGBUSY")
{
    struct copies copies;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    PFND3D10DDI_RESOURCEISSTAGINGBUSY is_busy = device->funcs.pfnResourceIsStagingBusy;
    cr_assert_eq(is_busy(device->handle, copies.to), FALSE, "nothing was done with it yet");
    device->funcs.pfnResourceCopy(device->handle, copies.to, copies.from);
    cr_assert_eq(is_busy(device->handle, copies.to), TRUE, "a queued copy writes it");
    mapped = texture_map(&copies.rig, copies.to, D3D10_DDI_MAP_READ); /* waits */
    cr_assert_eq(is_busy(device->handle, copies.to), FALSE, "it is mapped, so nobody uses it");
    texture_unmap(&copies.rig, copies.to);
    cr_assert_eq(is_busy(device->handle, copies.to), FALSE, "it was waited for");
    cr_assert_not_null(mapped.pData);
    expect_accepted(device, "ResourceIsStagingBusy");
    close_copies(&copies);
}

RULE(copy, discard_needs_nothing, "CB-2.3-11",
        "Discard of a resource is taken, and the resource can be used as before",
        "PFND3D11_1DDI_DISCARD")
{
    struct copies copies;
    open_copies(&copies);
    struct vit_device *device = copies.rig.device;
    device->funcs.pfnDiscard(device->handle, D3D10DDI_HT_RESOURCE, copies.to.pDrvPrivate, NULL, 0);
    expect_accepted(device, "Discard");
    device->funcs.pfnResourceCopy(device->handle, copies.to, copies.from);
    expect_pixels(&copies, copies.to, copies.bytes);
    close_copies(&copies);
}

RULE(copy, rotation_exchanges_pictures, "CB-5-04",
        "After RotateResourceIdentities each resource shows what the next one showed, the last what "
        "the first did",
        "DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES")
{
    struct rig rig;
    D3D10DDI_HRESOURCE pictures[3];
    DXGI_DDI_HRESOURCE handles[3];
    uint8_t bytes[LEN];
    rig_open(&rig);
    struct vit_device *device = rig.device;
    for (uint8_t i = 0; i < 3; i++) {
        memset(bytes, i + 1, sizeof(bytes));
        pictures[i] = make_plain(&rig, bytes, SIDE * 4);
        handles[i] = (DXGI_DDI_HRESOURCE)pictures[i].pDrvPrivate;
    }
    DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES rotate = {
        .hDevice = (DXGI_DDI_HDEVICE)device->handle.pDrvPrivate,
        .pResources = handles,
        .Resources = 3,
    };
    expect_code(device->dxgi.pfnRotateResourceIdentities(&rotate), S_OK,
            "RotateResourceIdentities");
    D3D10DDI_HRESOURCE staging = texture_staging(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, SIDE, SIDE);
    for (uint8_t i = 0; i < 3; i++) {
        device->funcs.pfnResourceCopy(device->handle, staging, pictures[i]);
        expect_all(texture_map(&rig, staging, D3D10_DDI_MAP_READ).pData, SIDE * 4,
                (uint8_t)((i + 1) % 3 + 1), "a picture went elsewhere");
        texture_unmap(&rig, staging);
    }
    for (unsigned i = 0; i < 3; i++) {
        texture_destroy(&rig, pictures[i]);
    }
    texture_destroy(&rig, staging);
    rig_close(&rig);
}
