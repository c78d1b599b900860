/* SPDX-License-Identifier: MIT */
/* Protected surfaces: what may be done with them, and whose their content is. */
#include <string.h>

#include "tests/conformance/stage.h"

RULE_GROUP(protected_surface, "Protected surfaces");
RULE_GROUP(ownership, "Whose protected content is");

#define PAGE_MISC "D3D11DDIARG_CREATERESOURCE"
#define PAGE_CAPS "D3D11_1DDI_CONTENT_PROTECTION_CAPS"
#define PAGE_D3D9 "Protecting Video Content (Direct3D 9)"
#define PAGE_ENCRYPT "PFND3D11_1DDI_ENCRYPTIONBLT"

#define FORMAT DXGI_FORMAT_B8G8R8A8_UNORM

static struct vit_resource *make(const struct stage *stage, enum vit_resource_use use)
{
    return rig_resource(stage->rig.device, use, FORMAT, STAGE_WIDTH, STAGE_HEIGHT);
}

RULE(protected_surface, can_be_made, "CP-2.5-190",
        "A driver that protects makes resources with RESTRICTED_CONTENT", PAGE_MISC)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *one = make(&stage, VIT_USE_PROTECTED);
    struct vit_resource *two = rig_resource(stage.rig.device, VIT_USE_PROTECTED, DXGI_FORMAT_NV12,
            STAGE_WIDTH, STAGE_HEIGHT);
    vit_resource_destroy(two);
    vit_resource_destroy(one);
    stage_close(&stage);
}

static void expect_unmappable(struct stage *stage, PFND3D10DDI_RESOURCEMAP map, D3D10_DDI_MAP how,
        const char *what)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    struct vit_device *device = stage->rig.device;
    memset(&mapped, 0, sizeof(mapped));
    map(device->handle, stage->picture->handle, 0, how, 0, &mapped);
    expect_refused(device, what);
    cr_assert_null(mapped.pData, "%s: refused, but there is a pointer", what);
}

RULE(protected_surface, cannot_be_mapped, "CP-2.2-03 CP-2.2-13 CP-2.5-191",
        "No way of mapping gives the memory of a protected surface, with no protection asked for",
        PAGE_CAPS)
{
    struct stage stage;
    stage_open(&stage);
    const D3D11_1DDI_DEVICEFUNCS *funcs = &stage.rig.device->funcs;
    expect_unmappable(&stage, funcs->pfnStagingResourceMap, D3D10_DDI_MAP_READ,
            "StagingResourceMap to read");
    expect_unmappable(&stage, funcs->pfnStagingResourceMap, D3D10_DDI_MAP_WRITE,
            "StagingResourceMap to write");
    expect_unmappable(&stage, funcs->pfnResourceMap, D3D10_DDI_MAP_READ, "ResourceMap to read");
    expect_unmappable(&stage, funcs->pfnResourceMap, D3D10_DDI_MAP_READWRITE,
            "ResourceMap to read and write");
    expect_unmappable(&stage, funcs->pfnDynamicResourceMapDiscard, D3D10_DDI_MAP_WRITE_DISCARD,
            "DynamicResourceMapDiscard");
    cr_assert(stage_is_intact(&stage), "the picture changed");
    stage_close(&stage);
}

RULE(protected_surface, with_cpu_access_cannot_be_mapped, "CP-2.5-194",
        "A protected resource in system memory may be refused or made, but it is never mapped",
        PAGE_D3D9)
{
    const D3D10DDI_MIPINFO mip = { STAGE_WIDTH, STAGE_HEIGHT, 1, STAGE_WIDTH, STAGE_HEIGHT, 1 };
    const D3D11DDIARG_CREATERESOURCE create = {
        .pMipInfoList = &mip,
        .ResourceDimension = D3D10DDIRESOURCE_TEXTURE2D,
        .Usage = D3D10_DDI_USAGE_STAGING,
        .MapFlags = D3D10_DDI_CPU_ACCESS_READ | D3D10_DDI_CPU_ACCESS_WRITE,
        .MiscFlags = D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT,
        .Format = FORMAT,
        .SampleDesc = { .Count = 1 },
        .MipLevels = 1,
        .ArraySize = 1,
    };
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped = { 0 };
    rig_open(&rig);
    struct vit_device *device = rig.device;
    D3D10DDI_HRESOURCE resource = { rig_memory(&rig,
            device->funcs.pfnCalcPrivateResourceSize(device->handle, &create)) };
    device->funcs.pfnCreateResource(device->handle, &create, resource,
            (D3D10DDI_HRTRESOURCE){ &rig });
    if (rig_take_reports(device).count == 0) {
        device->funcs.pfnStagingResourceMap(device->handle, resource, 0, D3D10_DDI_MAP_READ, 0,
                &mapped);
        expect_refused(device, "StagingResourceMap of a protected staging resource");
        cr_assert_null(mapped.pData, "refused, but there is a pointer");
        device->funcs.pfnDestroyResource(device->handle, resource);
        expect_accepted(device, "DestroyResource");
    }
    rig_close(&rig);
}

/* Copies out of protected memory, by every function that copies. */

enum copy_way { COPY, COPY_REGION, CONVERT, CONVERT_REGION };

static void copy(struct vit_device *device, enum copy_way way, const struct vit_resource *to,
        const struct vit_resource *from)
{
    const D3D10_DDI_BOX box = { 0, 0, 0, STAGE_WIDTH, STAGE_HEIGHT, 1 };
    const D3D11_1DDI_DEVICEFUNCS *funcs = &device->funcs;
    switch (way) {
    case COPY:
        funcs->pfnResourceCopy(device->handle, to->handle, from->handle);
        break;
    case COPY_REGION:
        funcs->pfnResourceCopyRegion(device->handle, to->handle, 0, 0, 0, 0, from->handle, 0, &box,
                0);
        break;
    case CONVERT:
        funcs->pfnResourceConvert(device->handle, to->handle, from->handle);
        break;
    case CONVERT_REGION:
        funcs->pfnResourceConvertRegion(device->handle, to->handle, 0, 0, 0, 0, from->handle, 0,
                &box, 0);
    }
    funcs->pfnFlush(device->handle, 0);
}

static void expect_no_way_out(enum copy_way way, const char *what)
{
    struct stage stage;
    uint8_t bytes[STAGE_MAX_LEN];
    stage_open(&stage);
    struct vit_resource *staging = make(&stage, VIT_USE_STAGING);
    struct vit_resource *plain = make(&stage, VIT_USE_DEFAULT);
    memset(bytes, 0xA5, sizeof(bytes));
    rig_write(staging, bytes, stage.len);
    copy(stage.rig.device, way, staging, stage.picture);
    expect_refused(stage.rig.device, what);
    rig_read(staging, bytes, stage.len);
    expect_all(bytes, stage.len, 0xA5, "refused, but the destination was written");
    copy(stage.rig.device, way, plain, stage.picture);
    expect_refused(stage.rig.device, what);
    copy(stage.rig.device, COPY, staging, plain);
    expect_accepted(stage.rig.device, "a copy between surfaces without protection");
    rig_read(staging, bytes, stage.len);
    cr_assert_arr_neq(bytes, stage.shown, stage.len, "the picture came out by way of another");
    cr_assert(stage_is_intact(&stage), "the picture changed");
    vit_resource_destroy(plain);
    vit_resource_destroy(staging);
    stage_close(&stage);
}

RULE(protected_surface, is_not_copied_out, "CP-2.2-13 CP-2.5-192",
        "ResourceCopy from a protected surface to one without protection is refused", PAGE_CAPS)
{
    expect_no_way_out(COPY, "ResourceCopy out of protected memory");
}

RULE(protected_surface, is_not_copied_out_in_parts, "CP-2.2-13 CP-2.5-192",
        "ResourceCopyRegion from a protected surface to one without protection is refused",
        PAGE_CAPS)
{
    expect_no_way_out(COPY_REGION, "ResourceCopyRegion out of protected memory");
}

RULE(protected_surface, is_not_converted_out, "CP-2.2-13 CP-2.5-192",
        "ResourceConvert from a protected surface to one without protection is refused", PAGE_CAPS)
{
    expect_no_way_out(CONVERT, "ResourceConvert out of protected memory");
}

RULE(protected_surface, is_not_converted_out_in_parts, "CP-2.2-13 CP-2.5-192",
        "ResourceConvertRegion from a protected surface to one without protection is refused",
        PAGE_CAPS)
{
    expect_no_way_out(CONVERT_REGION, "ResourceConvertRegion out of protected memory");
}

RULE(protected_surface, does_not_leave_by_dxgi, "CP-2.2-13 CP-2.5-200",
        "DXGI Blt from a protected surface to one without protection is refused",
        "DXGI_DDI_ARG_BLT")
{
    struct stage stage;
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    const enum vit_resource_use uses[] = { VIT_USE_STAGING, VIT_USE_DEFAULT };
    for (unsigned i = 0; i < 2; i++) {
        struct vit_resource *open = make(&stage, uses[i]);
        DXGI_DDI_ARG_BLT blt = {
            .hDevice = (DXGI_DDI_HDEVICE)(uintptr_t)device->handle.pDrvPrivate,
            .hDstResource = (DXGI_DDI_HRESOURCE)(uintptr_t)open->handle.pDrvPrivate,
            .DstRight = STAGE_WIDTH,
            .DstBottom = STAGE_HEIGHT,
            .hSrcResource = (DXGI_DDI_HRESOURCE)(uintptr_t)stage.picture->handle.pDrvPrivate,
            .Rotate = DXGI_DDI_MODE_ROTATION_IDENTITY,
        };
        HRESULT hr = device->dxgi.pfnBlt(&blt);
        cr_assert(FAILED(hr), "Blt returned 0x%08x", (unsigned)hr);
        (void)rig_take_reports(device);
        vit_resource_destroy(open);
    }
    cr_assert(stage_is_intact(&stage), "the picture changed");
    stage_close(&stage);
}

RULE(protected_surface, can_be_copied_within, "CP-2.5-197",
        "A protected surface can be copied to another, and the session reads the copy back as its own",
        PAGE_CAPS)
{
    struct stage stage;
    uint8_t bytes[STAGE_MAX_LEN];
    stage_open(&stage);
    struct vit_resource *other = make(&stage, VIT_USE_PROTECTED);
    copy(stage.rig.device, COPY, other, stage.picture);
    expect_accepted(stage.rig.device, "a copy within protected memory");
    rig_read_back(&stage.rig, &stage.stream, other, bytes, stage.len);
    cr_assert_arr_eq(bytes, stage.shown, stage.len, "the copy is another picture");
    vit_resource_destroy(other);
    stage_close(&stage);
}

RULE(protected_surface, copy_is_protected_like_the_original, "CP-2.5-197 CP-2.2-13",
        "A copy within protected memory leaves it no more than the original does", PAGE_CAPS)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_resource *other = make(&stage, VIT_USE_PROTECTED);
    struct vit_resource *staging = make(&stage, VIT_USE_STAGING);
    copy(stage.rig.device, COPY, other, stage.picture);
    expect_accepted(stage.rig.device, "a copy within protected memory");
    copy(stage.rig.device, COPY, staging, other);
    expect_refused(stage.rig.device, "a copy of the copy out of protected memory");
    vit_resource_destroy(staging);
    vit_resource_destroy(other);
    stage_close(&stage);
}

RULE(protected_surface, stays_protected_with_clear_bytes, "CP-2.5-201",
        "Clear bytes that are written into a protected surface do not lift its protection",
        PAGE_CAPS)
{
    struct stage stage;
    static const uint8_t clear[STAGE_MAX_LEN];
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    struct vit_resource *staging = make(&stage, VIT_USE_STAGING);
    device->funcs.pfnResourceUpdateSubresourceUP(device->handle, stage.picture->handle, 0, NULL,
            clear, STAGE_WIDTH * 4, 0, 0);
    device->funcs.pfnFlush(device->handle, 0);
    (void)rig_take_reports(device); /* may be refused */
    copy(device, COPY, stage.picture, staging);
    (void)rig_take_reports(device); /* may be refused, too */
    copy(device, COPY, staging, stage.picture);
    expect_refused(device, "a copy out, after clear bytes came in");
    expect_unmappable(&stage, device->funcs.pfnStagingResourceMap, D3D10_DDI_MAP_READ,
            "a map, after clear bytes came in");
    vit_resource_destroy(staging);
    stage_close(&stage);
}

RULE(protected_surface, memory_comes_empty, "CP-2.5-198",
        "A new protected surface does not show what an old one held", PAGE_CAPS)
{
    struct stage stage;
    uint8_t bytes[STAGE_MAX_LEN];
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    struct vit_resource *staging = make(&stage, VIT_USE_STAGING);
    for (unsigned i = 0; i < 8; i++) {
        struct vit_resource *old = make(&stage, VIT_USE_PROTECTED);
        copy(device, COPY, old, stage.picture);
        expect_accepted(device, "a copy within protected memory");
        vit_resource_destroy(old);
        struct vit_resource *fresh = make(&stage, VIT_USE_DEFAULT);
        copy(device, COPY, staging, fresh);
        expect_accepted(device, "a copy of a new surface");
        rig_read(staging, bytes, stage.len);
        cr_assert_arr_neq(bytes, stage.shown, stage.len, "the old picture is in a new surface");
        vit_resource_destroy(fresh);
    }
    vit_resource_destroy(staging);
    stage_close(&stage);
}

/* Whose content it is. */

/* Nothing comes out of the stage's picture with that session. */
static void expect_closed_to(struct stage *stage, const struct stream *other, const char *what)
{
    uint8_t key[16], iv[16], bytes[STAGE_MAX_LEN];
    struct vit_device *device = stage->rig.device;
    struct vit_resource *staging = make(stage, VIT_USE_STAGING);
    memset(bytes, 0xA5, sizeof(bytes));
    memset(iv, 0xA5, sizeof(iv));
    rig_write(staging, bytes, stage->len);
    rig_read_back_key(&stage->rig, other, key);
    device->video.pfnEncryptionBlt(device->handle, other->session, stage->picture->handle,
            staging->handle, sizeof(iv), iv);
    device->funcs.pfnFlush(device->handle, 0);
    expect_refused(device, what);
    expect_all(iv, sizeof(iv), 0, "refused, but pIV is not zero");
    rig_read(staging, bytes, stage->len);
    expect_all(bytes, stage->len, 0xA5, "refused, but the destination was written");
    vit_resource_destroy(staging);
}

RULE(ownership, another_session_cannot_read_it_back, "CP-2.5-96",
        "A session cannot read back what another session decrypted", PAGE_ENCRYPT)
{
    struct stage stage;
    struct stream other;
    stage_open(&stage);
    rig_stream(&stage.rig, stage.rig.device, &other);
    expect_closed_to(&stage, &other, "EncryptionBlt by another session");
    cr_assert(stage_is_intact(&stage), "the picture changed");
    rig_destroy_session(stage.rig.device, other.session);
    stage_close(&stage);
}

/* A session with the key of another. */
static void open_with_key(struct stage *stage, const uint8_t key[16], struct stream *stream)
{
    uint8_t block[PROVIDER_BLOCK_LEN];
    struct vit_device *device = stage->rig.device;
    *stream = (struct stream){ .device = device, .session = rig_session(&stage->rig, device) };
    memcpy(stream->key, key, 16);
    rig_block(&stage->rig, key, block);
    expect_code(rig_negotiate(device, stream->session, block), S_OK, "the key exchange");
}

RULE(ownership, the_same_key_does_not_help, "CP-2.5-96",
        "Another session cannot read the picture back with the same key either", PAGE_ENCRYPT)
{
    struct stage stage;
    struct stream other;
    stage_open(&stage);
    open_with_key(&stage, stage.stream.key, &other);
    expect_closed_to(&stage, &other, "EncryptionBlt by a session with the same key");
    rig_destroy_session(stage.rig.device, other.session);
    stage_close(&stage);
}

RULE(ownership, a_copy_is_closed_to_others, "CP-2.5-96 CP-2.5-197",
        "A copy within protected memory belongs to the session of the original", PAGE_ENCRYPT)
{
    struct stage stage;
    struct stream other;
    stage_open(&stage);
    rig_stream(&stage.rig, stage.rig.device, &other);
    struct vit_resource *original = stage.picture;
    stage.picture = make(&stage, VIT_USE_PROTECTED);
    copy(stage.rig.device, COPY, stage.picture, original);
    expect_accepted(stage.rig.device, "a copy within protected memory");
    expect_closed_to(&stage, &other, "EncryptionBlt of a copy by another session");
    vit_resource_destroy(original);
    rig_destroy_session(stage.rig.device, other.session);
    stage_close(&stage);
}

RULE(ownership, ends_with_the_session, "CP-2.5-199",
        "When a session ends, its pictures are gone: no other session can read them", PAGE_ENCRYPT)
{
    struct stage stage;
    struct stream next;
    stage_open(&stage);
    rig_destroy_session(stage.rig.device, stage.stream.session);
    open_with_key(&stage, stage.stream.key, &next);
    expect_closed_to(&stage, &next, "EncryptionBlt after the session ended");
    stage.stream = next;
    stage_close(&stage);
}

RULE(ownership, ends_with_the_session_in_the_same_memory, "CP-2.5-199 CP-1.5-02",
        "A session in the memory of one that ended, with its key, cannot read its pictures",
        PAGE_ENCRYPT)
{
    struct stage stage;
    uint8_t block[PROVIDER_BLOCK_LEN];
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    rig_destroy_session(device, stage.stream.session);
    expect_code(device->video.pfnCreateCryptoSession(device->handle, &rig_session_arguments,
                        stage.stream.session, (D3D11_1DDI_HRTCRYPTOSESSION){ &stage }),
            S_OK, "CreateCryptoSession in the same memory");
    rig_block(&stage.rig, stage.stream.key, block);
    expect_code(rig_negotiate(device, stage.stream.session, block), S_OK, "the key exchange");
    expect_closed_to(&stage, &stage.stream, "EncryptionBlt by the session that came after");
    stage_close(&stage);
}

RULE(ownership, goes_to_who_replaces_all_of_it, "CP-2.5-202",
        "A session may replace the whole picture of another; from then on it is the new one's alone",
        PAGE_ENCRYPT)
{
    struct stage stage;
    struct stream other;
    stage_open(&stage);
    rig_stream(&stage.rig, stage.rig.device, &other);
    struct stream first = stage.stream;
    stage.stream = other;
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a whole frame over another session's");
    expect_closed_to(&stage, &first, "EncryptionBlt by the session whose picture was replaced");
    rig_destroy_session(stage.rig.device, first.session);
    cr_assert(stage_is_intact(&stage), "the picture went with the session that had lost it");
    stage_close(&stage);
}

RULE(ownership, pictures_are_not_mixed, "CP-2.5-203",
        "A part of one session's picture cannot be copied into another's", PAGE_ENCRYPT)
{
    struct stage stage;
    struct stream other;
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    rig_stream(&stage.rig, device, &other);
    struct vit_resource *theirs = make(&stage, VIT_USE_PROTECTED);
    struct stream first = stage.stream;
    stage.stream = other;
    struct vit_resource *mine = stage.picture;
    uint8_t shown[STAGE_MAX_LEN];
    memcpy(shown, stage.shown, sizeof(shown));
    stage.picture = theirs;
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame of another session in another picture");
    const D3D10_DDI_BOX box = { 0, 0, 0, 8, 8, 1 };
    device->funcs.pfnResourceCopyRegion(device->handle, theirs->handle, 0, 0, 0, 0, mine->handle, 0,
            &box, 0);
    device->funcs.pfnFlush(device->handle, 0);
    expect_refused(device, "a copy of a part of one session's picture into another's");
    cr_assert(stage_is_intact(&stage), "refused, but the picture changed");
    stage.stream = first;
    stage.picture = mine;
    memcpy(stage.shown, shown, sizeof(shown));
    cr_assert(stage_is_intact(&stage), "the source changed");
    rig_destroy_session(device, other.session);
    vit_resource_destroy(theirs);
    stage_close(&stage);
}

RULE(ownership, survives_a_refresh, "CP-2.5-204",
        "Pictures of before a refresh of the session key stay the session's", PAGE_ENCRYPT)
{
    struct stage stage;
    stage_open(&stage);
    RIG_NEED(&stage.rig, FRESHEN_SESSION_KEY);
    rig_refresh(&stage.stream);
    cr_assert(stage_is_intact(&stage), "the picture cannot be read back after a refresh");
    stage_close(&stage);
}
