/* SPDX-License-Identifier: MIT */
/* DecryptionBlt: what it takes, and what it refuses without a trace. */
#include <string.h>

#include "tests/conformance/stage.h"

RULE_GROUP(decryption, "DecryptionBlt: resources and arguments");

#define PAGE "PFND3D11_1DDI_DECRYPTIONBLT"
#define PAGE_API "ID3D11VideoContext::DecryptionBlt"
#define PAGE_D3D9 "PFND3DDDI_DECRYPTIONBLT"

#define FORMAT DXGI_FORMAT_B8G8R8A8_UNORM

RULE(decryption, shows_what_was_sealed, "CP-1.6-02 CP-2.2-12 CP-2.4-12 CP-2.5-100",
        "Frame after frame, what was encrypted with AES-CTR under the session key is what the "
        "protected surface holds",
        PAGE_API)
{
    struct stage stage;
    stage_open(&stage);
    for (unsigned i = 0; i < 10; i++) {
        struct blt blt = stage_next(&stage);
        stage_expect_shown(&stage, &blt, "a frame");
    }
    stage_close(&stage);
}

RULE(decryption, counter_block_is_big_endian, "CP-2.3-03 CP-2.4-12",
        "The 16 bytes of the IV, both halves big-endian, are the first counter block",
        "D3D11_1DDI_AES_CTR_IV")
{
    struct stage stage;
    stage_open(&stage);
    stage.stream.iv = 0x0102030405060707; /* the next has other bytes in every place */
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "an IV with eight different bytes");
    stage_close(&stage);
}

RULE(decryption, arguments_are_taken_during_the_call, "CP-2.5-129",
        "IV, content key and block info are the application's again after the call, before anything "
        "is flushed",
        PAGE)
{
    struct stage stage;
    D3D11_1DDI_ENCRYPTED_BLOCK_INFO info = { 64, 64, 64 };
    uint8_t content_key[16], wrapped[16];
    stage_open(&stage);
    RIG_NEED(&stage.rig, PARTIAL_DECRYPTION);
    RIG_NEED(&stage.rig, CONTENT_KEY);
    struct vit_device *device = stage.rig.device;
    struct blt blt = stage_next(&stage);
    provider_random(content_key, sizeof(content_key));
    provider_wrap(stage.stream.key, content_key, wrapped);
    stage_seal(&stage, content_key, stage.iv, &info, stage.next);
    device->video.pfnDecryptionBlt(device->handle, blt.session, blt.source, blt.destination, &info,
            16, wrapped, 16, stage.iv);
    memset(&info, 0xFF, sizeof(info));
    memset(wrapped, 0xFF, sizeof(wrapped));
    memset(stage.iv, 0xFF, sizeof(stage.iv));
    device->funcs.pfnFlush(device->handle, 0);
    expect_accepted(device, "DecryptionBlt and Flush");
    stage_take_next(&stage);
    cr_assert(stage_is_intact(&stage), "arguments were read after the call");
    stage_close(&stage);
}

RULE(decryption, leaves_its_source_as_it_is, "CP-2.5-120",
        "The ciphertext in the source is not changed", PAGE)
{
    struct stage stage;
    uint8_t before[STAGE_MAX_LEN], after[STAGE_MAX_LEN];
    stage_open(&stage);
    struct blt blt = stage_next(&stage);
    rig_read(stage.staging, before, stage.len);
    stage_expect_shown(&stage, &blt, "a frame");
    rig_read(stage.staging, after, stage.len);
    cr_assert_arr_eq(after, before, stage.len, "the source changed");
    cr_assert_arr_neq(after, stage.next, stage.len, "the source was decrypted");
    stage_close(&stage);
}

/* IV argument. */

RULE(decryption, refuses_another_iv_size, "CP-2.5-122 CP-6-04",
        "An IVSize other than 16 is refused for AES-CTR", PAGE)
{
    static const UINT sizes[] = { 0, 8, 15, 17, 32, 0xFFFFFFFF };
    struct stage stage;
    stage_open(&stage);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct blt blt = stage_next(&stage);
        blt.iv_size = sizes[i];
        stage_expect_refused(&stage, &blt, "an IVSize other than 16");
    }
    stage_close(&stage);
}

RULE(decryption, refuses_no_iv, "CP-2.5-123", "pIV NULL is refused for AES-CTR", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    struct blt blt = stage_next(&stage);
    blt.iv = NULL;
    stage_expect_refused(&stage, &blt, "pIV NULL and IVSize 16");
    blt.iv_size = 0;
    stage_expect_refused(&stage, &blt, "pIV NULL and IVSize 0");
    stage_close(&stage);
}

RULE(decryption, refusal_does_not_use_up_the_iv, "CP-2.5-106",
        "A blt that is refused for another reason does not use up its IV", PAGE_D3D9)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *nv12 =
            rig_resource(stage.rig.device, VIT_USE_STAGING, DXGI_FORMAT_NV12, STAGE_WIDTH, 64);
    struct vit_resource *open =
            rig_resource(stage.rig.device, VIT_USE_DEFAULT, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    struct blt blt = stage_next(&stage), wrong = blt;
    wrong.source.pDrvPrivate = NULL;
    stage_expect_refused(&stage, &wrong, "no source");
    wrong.source = nv12->handle;
    stage_expect_refused(&stage, &wrong, "a source of another format");
    wrong = blt;
    wrong.destination = open->handle;
    stage_expect_refused(&stage, &wrong, "a destination without protection");
    stage_expect_shown(&stage, &blt, "the same IV, after refusals for other reasons");
    vit_resource_destroy(open);
    vit_resource_destroy(nv12);
    stage_close(&stage);
}

RULE(decryption, refusal_keeps_the_device, "CP-1.6-01 CP-1.6-03 CP-6-09",
        "After many refused calls the device works on", "Handling Errors")
{
    struct stage stage;
    stage_open(&stage);
    for (unsigned i = 0; i < 50; i++) {
        struct blt blt = stage_next(&stage);
        blt.iv_size = i % 16;
        rig_decrypt(stage.rig.device, &blt);
        expect_refused(stage.rig.device, "a wrong IVSize");
    }
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame after 50 refusals");
    stage_close(&stage);
}

/* Resources. */

static void expect_source_refused(struct stage *stage, D3D10DDI_HRESOURCE source, const char *what)
{
    struct blt blt = stage_next(stage);
    blt.source = source;
    stage_expect_refused(stage, &blt, what);
}

static void expect_destination_refused(struct stage *stage, D3D10DDI_HRESOURCE destination,
        const char *what)
{
    struct blt blt = stage_next(stage);
    blt.destination = destination;
    stage_expect_refused(stage, &blt, what);
}

RULE(decryption, refuses_no_resource, "CP-2.5-119", "Source or destination NULL is refused", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    expect_source_refused(&stage, (D3D10DDI_HRESOURCE){ NULL }, "source NULL");
    expect_destination_refused(&stage, (D3D10DDI_HRESOURCE){ NULL }, "destination NULL");
    stage_close(&stage);
}

RULE(decryption, refuses_what_is_no_resource, "CP-2.5-119",
        "The handle of a session is no resource", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    const D3D10DDI_HRESOURCE wrong = { stage.stream.session.pDrvPrivate };
    expect_source_refused(&stage, wrong, "a session as source");
    expect_destination_refused(&stage, wrong, "a session as destination");
    stage_close(&stage);
}

RULE(decryption, refuses_another_device_s_resources, "CP-2.5-119",
        "Resources of another device are refused, as source and as destination", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    rig_open_second(&stage.rig);
    struct vit_resource *staging =
            rig_resource(stage.rig.second, VIT_USE_STAGING, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    struct vit_resource *picture =
            rig_resource(stage.rig.second, VIT_USE_PROTECTED, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    expect_source_refused(&stage, staging->handle, "another device's source");
    expect_destination_refused(&stage, picture->handle, "another device's destination");
    vit_resource_destroy(picture);
    vit_resource_destroy(staging);
    stage_close(&stage);
}

static void expect_clear_destination_refused(enum vit_resource_use use, const char *what)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *clear =
            rig_resource(stage.rig.device, use, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    expect_destination_refused(&stage, clear->handle, what);
    vit_resource_destroy(clear);
    stage_close(&stage);
}

RULE(decryption, refuses_an_unprotected_destination, "CP-2.5-116 CP-2.2-13",
        "Into a surface that is not protected nothing is decrypted", PAGE)
{
    expect_clear_destination_refused(VIT_USE_DEFAULT, "a destination without protection");
}

RULE(decryption, refuses_a_staging_destination, "CP-2.5-116 CP-2.2-13",
        "Into system memory nothing is decrypted, and what lay there stays", PAGE)
{
    struct stage stage;
    uint8_t bytes[STAGE_MAX_LEN];
    stage_open(&stage);
    struct vit_resource *open =
            rig_resource(stage.rig.device, VIT_USE_STAGING, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    memset(bytes, 0xA5, sizeof(bytes));
    rig_write(open, bytes, stage.len);
    expect_destination_refused(&stage, open->handle, "a destination in system memory");
    rig_read(open, bytes, stage.len);
    expect_all(bytes, stage.len, 0xA5, "refused, but the staging destination was written");
    vit_resource_destroy(open);
    stage_close(&stage);
}

RULE(decryption, refuses_its_source_as_destination, "CP-2.5-116",
        "The staging surface with the ciphertext is no destination", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    expect_destination_refused(&stage, stage.staging->handle, "source and destination the same");
    stage_close(&stage);
}

RULE(decryption, refuses_a_protected_source, "CP-2.5-117",
        "The source is system memory: a protected surface is refused as source", PAGE)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *other =
            rig_resource(stage.rig.device, VIT_USE_PROTECTED, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
    expect_source_refused(&stage, other->handle, "a protected source");
    expect_source_refused(&stage, stage.picture->handle, "the destination as source");
    vit_resource_destroy(other);
    stage_close(&stage);
}

RULE(decryption, refuses_a_mapped_source, "CP-2.5-118",
        "A source that is mapped is refused, and accepted when it is unmapped again", PAGE)
{
    struct stage stage;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    stage_open(&stage);
    struct blt blt = stage_next(&stage);
    expect_code(vit_resource_map(stage.staging, D3D10_DDI_MAP_READ, &mapped), S_OK, "map");
    stage_expect_refused(&stage, &blt, "a mapped source");
    vit_resource_unmap(stage.staging);
    stage_expect_shown(&stage, &blt, "the same source, unmapped");
    stage_close(&stage);
}

static void expect_shape_refused(DXGI_FORMAT format, UINT width, UINT height, const char *what)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *other =
            rig_resource(stage.rig.device, VIT_USE_STAGING, format, width, height);
    expect_source_refused(&stage, other->handle, what);
    vit_resource_destroy(other);
    stage_close(&stage);
}

RULE(decryption, refuses_a_smaller_source, "CP-2.5-115",
        "A source with fewer bytes than the destination is refused", PAGE_D3D9)
{
    expect_shape_refused(FORMAT, STAGE_WIDTH, STAGE_HEIGHT / 2, "a source of half the rows");
    expect_shape_refused(FORMAT, STAGE_WIDTH / 2, STAGE_HEIGHT, "a source of half the columns");
}

RULE(decryption, takes_buffers_that_are_long_enough, "CP-2.5-115",
        "Where a buffer is accepted as source, it is read when it is long enough, and refused when it "
        "is one byte too short",
        PAGE_D3D9)
{
    struct stage stage;
    uint8_t sealed[STAGE_MAX_LEN];
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    UINT len = (UINT)stage.len;
    struct vit_resource *whole = rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, len, 1);
    struct vit_resource *shorter =
            rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, len - 1, 1);
    struct blt blt = stage_next(&stage);
    rig_read(stage.staging, sealed, stage.len);
    rig_write(whole, sealed, stage.len);
    blt.source = whole->handle;
    rig_decrypt(device, &blt);
    if (rig_take_reports(device).count != 0) {
        not_applicable("the driver takes no buffers for pictures, and need not");
    }
    stage_take_next(&stage);
    cr_assert(stage_is_intact(&stage), "the picture is not what lay in the buffer");
    expect_source_refused(&stage, shorter->handle, "a buffer that is one byte too short");
    vit_resource_destroy(shorter);
    vit_resource_destroy(whole);
    stage_close(&stage);
}

RULE(decryption, refuses_another_size, "CP-2.5-121",
        "There is no sub-rectangle and no stretching: a source of another size is refused", PAGE)
{
    expect_shape_refused(FORMAT, STAGE_WIDTH, STAGE_HEIGHT * 2, "a source of twice the rows");
}

RULE(decryption, refuses_another_format, "CP-2.5-121",
        "There is no colour conversion: a source of another format is refused", PAGE)
{
    expect_shape_refused(DXGI_FORMAT_NV12, STAGE_WIDTH, 64, "a source in NV12");
}

RULE(decryption, takes_nv12, "CP-2.5-121",
        "Pictures in NV12 are decrypted as they lie in the mapped surface", PAGE)
{
    enum { WIDTH = 64, HEIGHT = 32, MAX_LEN = 65536 };
    struct stage stage;
    static uint8_t clear[MAX_LEN], bytes[MAX_LEN];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    struct vit_resource *staging =
            rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_NV12, WIDTH, HEIGHT);
    struct vit_resource *picture =
            rig_resource(device, VIT_USE_PROTECTED, DXGI_FORMAT_NV12, WIDTH, HEIGHT);
    expect_code(vit_resource_map(staging, D3D10_DDI_MAP_WRITE, &mapped), S_OK, "map");
    size_t len = (size_t)mapped.RowPitch * HEIGHT * 3 / 2;
    vit_resource_unmap(staging);
    cr_assert_leq(len, sizeof(clear));
    provider_random(clear, len);
    memcpy(bytes, clear, len);
    struct blt blt = stage_next(&stage);
    provider_ctr(stage.stream.key, stage.iv, NULL, bytes, len);
    rig_write(staging, bytes, len);
    blt.source = staging->handle;
    blt.destination = picture->handle;
    rig_decrypt(device, &blt);
    expect_accepted(device, "DecryptionBlt in NV12");
    rig_read_back(&stage.rig, &stage.stream, picture, bytes, len);
    cr_assert_arr_eq(bytes, clear, len, "the NV12 picture is not what was sealed");
    vit_resource_destroy(picture);
    vit_resource_destroy(staging);
    stage_close(&stage);
}
