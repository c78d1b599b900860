/* SPDX-License-Identifier: MIT */
/* The memory that the runtime brings for a driver's objects. */
#include <string.h>

#include "tests/conformance/bare.h"
#include "tests/conformance/stage.h"

RULE_GROUP(private_memory, "Private memory of objects");

#define PAGE_HANDLES "Direct3D Version 10 Runtime and Driver Handles"
#define PAGE_SESSION_SIZE "PFND3D11_1DDI_CALCPRIVATECRYPTOSESSIONSIZE"
#define PAGE_RESOURCE_SIZE "PFND3D11DDI_CALCPRIVATERESOURCESIZE"
#define PAGE_QUERY_SIZE "PFND3D10DDI_CALCPRIVATEQUERYSIZE"

static const D3D10DDI_MIPINFO mip = { STAGE_WIDTH, STAGE_HEIGHT, 1, STAGE_WIDTH, STAGE_HEIGHT, 1 };

static const D3D11DDIARG_CREATERESOURCE texture = {
    .pMipInfoList = &mip,
    .ResourceDimension = D3D10DDIRESOURCE_TEXTURE2D,
    .Usage = D3D10_DDI_USAGE_STAGING,
    .MapFlags = D3D10_DDI_CPU_ACCESS_READ | D3D10_DDI_CPU_ACCESS_WRITE,
    .Format = DXGI_FORMAT_B8G8R8A8_UNORM,
    .SampleDesc = { .Count = 1 },
    .MipLevels = 1,
    .ArraySize = 1,
};

static const D3D10DDIARG_CREATEQUERY event = { .Query = D3D10DDI_QUERY_EVENT };

static SIZE_T session_size(const struct rig *rig)
{
    return rig->device->video.pfnCalcPrivateCryptoSessionSize(rig->device->handle,
            &rig_session_arguments);
}

static SIZE_T resource_size(const struct rig *rig)
{
    return rig->device->funcs.pfnCalcPrivateResourceSize(rig->device->handle, &texture);
}

static SIZE_T query_size(const struct rig *rig)
{
    return rig->device->funcs.pfnCalcPrivateQuerySize(rig->device->handle, &event);
}

RULE(private_memory, sizes_hold_a_pointer, "CP-1.5-01",
        "Private sizes of sessions, resources and queries are at least that of a pointer",
        PAGE_HANDLES)
{
    struct rig rig;
    rig_open(&rig);
    const SIZE_T sizes[] = { session_size(&rig), resource_size(&rig), query_size(&rig) };
    for (unsigned i = 0; i < 3; i++) {
        cr_assert(sizes[i] >= sizeof(void *) && sizes[i] != (SIZE_T)-1, "size %u is %zu", i,
                (size_t)sizes[i]);
    }
    rig_close(&rig);
}

/* A session's whole life in memory that was not zeroed, and nothing behind it is touched. */
static void live_a_session(uint8_t fill)
{
    struct stage stage;
    uint8_t block[PROVIDER_BLOCK_LEN];
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    SIZE_T size = session_size(&stage.rig);
    uint8_t *memory = bare_memory(&stage.rig, size, fill);
    struct stream dirty = { .device = device, .session = { memory } };
    expect_code(device->video.pfnCreateCryptoSession(device->handle, &rig_session_arguments,
                        dirty.session, (D3D11_1DDI_HRTCRYPTOSESSION){ &dirty }),
            S_OK, "CreateCryptoSession");
    provider_random(dirty.key, sizeof(dirty.key));
    rig_block(&stage.rig, dirty.key, block);
    expect_code(rig_negotiate(device, dirty.session, block), S_OK, "the key exchange");
    struct stream kept = stage.stream;
    stage.stream = dirty;
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame of a session in memory that was not zeroed");
    rig_destroy_session(device, dirty.session);
    stage.stream = kept;
    cr_assert(bare_guard_is_whole(memory + size), "written behind the private size");
    stage_close(&stage);
}

RULE(private_memory, of_a_session_need_not_be_zero, "CP-1.5-04",
        "A session does not rely on its memory being zeroed", PAGE_SESSION_SIZE)
{
    live_a_session(0xFF);
    live_a_session(0xA5);
}

RULE(private_memory, of_a_session_is_all_it_uses, "CP-1.5-05",
        "A session stays within the size that the driver asked for", PAGE_SESSION_SIZE)
{
    live_a_session(0);
}

static void live_a_resource(uint8_t fill)
{
    struct rig rig;
    uint8_t bytes[STAGE_WIDTH * 4];
    rig_open(&rig);
    struct vit_device *device = rig.device;
    SIZE_T size = resource_size(&rig);
    uint8_t *memory = bare_memory(&rig, size, fill);
    const struct vit_resource resource = { .handle = { memory }, .device = device };
    device->funcs.pfnCreateResource(device->handle, &texture, resource.handle,
            (D3D10DDI_HRTRESOURCE){ &rig });
    expect_accepted(device, "CreateResource");
    memset(bytes, 0x77, sizeof(bytes));
    rig_write(&resource, bytes, sizeof(bytes));
    memset(bytes, 0, sizeof(bytes));
    rig_read(&resource, bytes, sizeof(bytes));
    expect_all(bytes, sizeof(bytes), 0x77, "what was written is not there");
    device->funcs.pfnDestroyResource(device->handle, resource.handle);
    expect_accepted(device, "DestroyResource");
    cr_assert(bare_guard_is_whole(memory + size), "written behind the private size");
    rig_close(&rig);
}

RULE(private_memory, of_a_resource_need_not_be_zero, "CP-1.5-04 CP-1.5-05",
        "A resource does not rely on its memory being zeroed and stays within its size",
        PAGE_RESOURCE_SIZE)
{
    live_a_resource(0xFF);
    live_a_resource(0xA5);
}

static void live_a_query(uint8_t fill)
{
    struct rig rig;
    BOOL done = FALSE;
    rig_open(&rig);
    struct vit_device *device = rig.device;
    SIZE_T size = query_size(&rig);
    uint8_t *memory = bare_memory(&rig, size, fill);
    struct vit_event query = { .handle = { memory }, .device = device };
    device->funcs.pfnCreateQuery(device->handle, &event, query.handle, (D3D10DDI_HRTQUERY){ &rig });
    expect_accepted(device, "CreateQuery");
    expect_code(vit_event_wait(&query, 10000), S_OK, "an event of a device that is idle");
    device->funcs.pfnQueryGetData(device->handle, query.handle, &done, sizeof(done), 0);
    cr_assert_eq(done, TRUE, "the event is FALSE");
    device->funcs.pfnDestroyQuery(device->handle, query.handle);
    expect_accepted(device, "DestroyQuery");
    cr_assert(bare_guard_is_whole(memory + size), "written behind the private size");
    rig_close(&rig);
}

RULE(private_memory, of_a_query_need_not_be_zero, "CP-1.5-04 CP-1.5-05",
        "A query does not rely on its memory being zeroed and stays within its size",
        PAGE_QUERY_SIZE)
{
    live_a_query(0xFF);
    live_a_query(0xA5);
}

RULE(private_memory, of_a_device_need_not_be_zero, "CP-1.5-04 CP-1.5-05",
        "A device does not rely on its memory being zeroed and stays within its size", PAGE_HANDLES)
{
    struct rig rig;
    struct bare_device bare;
    rig_open_adapter(&rig);
    static const uint8_t fills[] = { 0xFF, 0xA5, 0 };
    for (unsigned i = 0; i < sizeof(fills); i++) {
        bare_prepare(&bare, &rig, fills[i]);
        HRESULT hr = bare_create(&bare);
        cr_assert(SUCCEEDED(hr), "CreateDevice: 0x%08x", (unsigned)hr);
        bare.device.table.pfnFlush(bare.arguments.hDrvDevice, 0);
        cr_assert_eq(bare.reports, 0u, "Flush reported 0x%08x", (unsigned)bare.reported);
        bare_finish(&bare);
    }
    rig_close(&rig);
}

RULE(private_memory, handle_is_the_memory_and_stays, "CP-1.3-02 CP-1.5-02",
        "A driver handle is the address of the private memory: the driver takes no other",
        PAGE_HANDLES)
{
    struct rig rig;
    struct bare_device bare;
    rig_open_adapter(&rig);
    bare_prepare(&bare, &rig, 0);
    expect_code(bare_create(&bare), S_OK, "CreateDevice");
    cr_assert_eq(bare.arguments.hDrvDevice.pDrvPrivate, (void *)bare.memory,
            "CreateDevice changed hDrvDevice");
    bare_finish(&bare);
    rig_close(&rig);
}

static bool holds(const uint8_t *memory, size_t len, const uint8_t key[16])
{
    return memmem(memory, len, key, 16) != NULL;
}

RULE(private_memory, holds_no_key_after_destroy, "CP-1.5-06",
        "After DestroyCryptoSession the memory, which the runtime frees, holds no key of the session",
        "PFND3D11_1DDI_DESTROYCRYPTOSESSION")
{
    struct stage stage;
    uint8_t wrapped[16], content_key[16], read_back[16];
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    SIZE_T size = session_size(&stage.rig);
    struct stream stream;
    rig_stream(&stage.rig, device, &stream);
    uint8_t *memory = stream.session.pDrvPrivate;
    provider_random(content_key, sizeof(content_key));
    provider_wrap(stream.key, content_key, wrapped);
    struct blt blt = stage_next(&stage);
    blt.session = stream.session;
    if ((stage.rig.caps.Caps & D3D11_1DDI_CONTENT_PROTECTION_CAPS_CONTENT_KEY) != 0) {
        blt.content_key = wrapped;
        blt.content_key_size = sizeof(wrapped);
    }
    rig_decrypt(device, &blt);
    expect_accepted(device, "a frame with a content key");
    rig_read_back_key(&stage.rig, &stream, read_back);
    rig_destroy_session(device, stream.session);
    cr_assert(!holds(memory, size, stream.key), "the session key is there");
    cr_assert(!holds(memory, size, content_key), "the content key is there");
    cr_assert(!holds(memory, size, wrapped), "the encrypted content key is there");
    cr_assert(!holds(memory, size, read_back), "the read-back key is there");
    memcpy(stage.shown, stage.next, stage.len); /* it was the other session's frame */
    rig_destroy_session(device, stage.stream.session);
    vit_resource_destroy(stage.picture);
    vit_resource_destroy(stage.staging);
    rig_close(&stage.rig);
}
