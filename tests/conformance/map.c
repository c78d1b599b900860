/* SPDX-License-Identifier: MIT */
/* Maps: addresses and pitches, what they make of locks, what they may report. */
#include <string.h>

#include "tests/conformance/tap.h"
#include "tests/conformance/texture.h"

RULE_GROUP(map, "Maps and locks");

#define PAGE_MAP "PFND3D10DDI_RESOURCEMAP"
#define PAGE_LOCK "D3DDDICB_LOCKFLAGS"

RULE(map, tells_pitches, "CB-2.3-02",
        "A map gives an address, a row pitch that holds a row, and the whole slice as depth pitch",
        "D3D10DDI_MAPPED_SUBRESOURCE")
{
    struct rig rig;
    rig_open(&rig);
    D3D10DDI_HRESOURCE buffer = texture_staging(&rig, DXGI_FORMAT_UNKNOWN, 1000, 1);
    D3D10DDI_HRESOURCE pixels = texture_staging(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 33, 7);
    D3D10DDI_MAPPED_SUBRESOURCE of_buffer = texture_map(&rig, buffer, D3D10_DDI_MAP_READ);
    D3D10DDI_MAPPED_SUBRESOURCE of_pixels = texture_map(&rig, pixels, D3D10_DDI_MAP_READ);
    cr_assert(of_buffer.RowPitch >= 1000 && of_buffer.DepthPitch >= 1000,
            "a buffer of 1000 bytes has pitches %u and %u", (unsigned)of_buffer.RowPitch,
            (unsigned)of_buffer.DepthPitch);
    cr_assert(of_pixels.RowPitch >= 33 * 4 && of_pixels.DepthPitch >= of_pixels.RowPitch * 7,
            "33 x 7 pixels of 4 bytes have pitches %u and %u", (unsigned)of_pixels.RowPitch,
            (unsigned)of_pixels.DepthPitch);
    texture_unmap(&rig, pixels);
    texture_unmap(&rig, buffer);
    texture_destroy(&rig, pixels);
    texture_destroy(&rig, buffer);
    rig_close(&rig);
}

RULE(map, keeps_what_was_written, "CB-2.4-03",
        "What a staging resource was written by one map is read by the next", "D3D10_DDI_MAP")
{
    struct rig rig;
    uint8_t bytes[256];
    rig_open(&rig);
    provider_random(bytes, sizeof(bytes));
    D3D10DDI_HRESOURCE buffer = texture_staging(&rig, DXGI_FORMAT_UNKNOWN, sizeof(bytes), 1);
    memcpy(texture_map(&rig, buffer, D3D10_DDI_MAP_WRITE).pData, bytes, sizeof(bytes));
    texture_unmap(&rig, buffer);
    const D3D10_DDI_MAP maps[] = { D3D10_DDI_MAP_READ, D3D10_DDI_MAP_READWRITE };
    for (unsigned i = 0; i < 2; i++) {
        D3D10DDI_MAPPED_SUBRESOURCE mapped = texture_map(&rig, buffer, maps[i]);
        cr_assert_arr_eq(mapped.pData, bytes, sizeof(bytes));
        texture_unmap(&rig, buffer);
    }
    texture_destroy(&rig, buffer);
    rig_close(&rig);
}

RULE(map, default_resource_is_not_mapped, "CB-2.4-04",
        "A map of a DEFAULT resource gives no memory", "D3D10_DDI_MAP")
{
    struct rig rig;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open(&rig);
    struct vit_device *device = rig.device;
    D3D10DDI_HRESOURCE plain = texture_create(&rig,
            &(struct texture){ .bind = D3D10_DDI_BIND_RENDER_TARGET,
                    .format = DXGI_FORMAT_B8G8R8A8_UNORM,
                    .width = 8,
                    .height = 8 });
    memset(&mapped, 0xaa, sizeof(mapped));
    device->funcs.pfnResourceMap(device->handle, plain, 0, D3D10_DDI_MAP_READ, 0, &mapped);
    expect_refused(device, "ResourceMap of a DEFAULT texture");
    expect_all(&mapped, sizeof(mapped), 0, "the mapped structure is not zero");
    texture_destroy(&rig, plain);
    rig_close(&rig);
}

typedef PFND3D10DDI_RESOURCEMAP map_function;
typedef PFND3D10DDI_RESOURCEUNMAP unmap_function;

/* Writes by one slot, adds by another, and reads what the device sees. */
static void map_dynamic(UINT bind, DXGI_FORMAT format, const struct vit_device *device,
        struct rig *rig, map_function discard, map_function keep, unmap_function unmap)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped = { .pData = NULL };
    UINT width = format == DXGI_FORMAT_UNKNOWN ? 256 : 64;
    D3D10DDI_HRESOURCE dynamic = texture_create(rig,
            &(struct texture){ .usage = D3D10_DDI_USAGE_DYNAMIC,
                    .bind = bind,
                    .access = D3D10_DDI_CPU_ACCESS_WRITE,
                    .format = format,
                    .width = width,
                    .height = 1 });
    D3D10DDI_HRESOURCE staging = texture_staging(rig, format, width, 1);
    discard(device->handle, dynamic, 0, D3D10_DDI_MAP_WRITE_DISCARD, 0, &mapped);
    cr_assert_not_null(mapped.pData, "WRITE_DISCARD gave no memory");
    memset(mapped.pData, 0x11, 256);
    unmap(device->handle, dynamic, 0);
    if (keep != NULL) {
        keep(device->handle, dynamic, 0, D3D10_DDI_MAP_WRITE_NOOVERWRITE, 0, &mapped);
        cr_assert_not_null(mapped.pData, "WRITE_NOOVERWRITE gave no memory");
        memset((uint8_t *)mapped.pData + 128, 0x22, 128);
        unmap(device->handle, dynamic, 0);
    }
    device->funcs.pfnResourceCopy(device->handle, staging, dynamic);
    mapped = texture_map(rig, staging, D3D10_DDI_MAP_READ);
    expect_all(mapped.pData, 128, 0x11, "what was written first is gone");
    expect_all((uint8_t *)mapped.pData + 128, 128, keep != NULL ? 0x22 : 0x11,
            "what was written last is not there");
    texture_unmap(rig, staging);
    texture_destroy(rig, staging);
    texture_destroy(rig, dynamic);
}

RULE(map, dynamic_resources_have_slots_of_their_own, "CB-2.4-01 CB-2.4-02",
        "Dynamic textures, vertex, index and constant buffers are mapped by their slots; "
        "WRITE_NOOVERWRITE keeps what is there",
        PAGE_MAP)
{
    struct rig rig;
    rig_open(&rig);
    const D3D11_1DDI_DEVICEFUNCS *funcs = &rig.device->funcs;
    map_dynamic(D3D10_DDI_BIND_SHADER_RESOURCE, DXGI_FORMAT_B8G8R8A8_UNORM, rig.device, &rig,
            funcs->pfnDynamicResourceMapDiscard, NULL, funcs->pfnDynamicResourceUnmap);
    map_dynamic(D3D10_DDI_BIND_VERTEX_BUFFER, DXGI_FORMAT_UNKNOWN, rig.device, &rig,
            funcs->pfnDynamicIABufferMapDiscard, funcs->pfnDynamicIABufferMapNoOverwrite,
            funcs->pfnDynamicIABufferUnmap);
    map_dynamic(D3D10_DDI_BIND_CONSTANT_BUFFER, DXGI_FORMAT_UNKNOWN, rig.device, &rig,
            funcs->pfnDynamicConstantBufferMapDiscard,
            funcs->pfnDynamicConstantBufferMapNoOverwrite, funcs->pfnDynamicConstantBufferUnmap);
    rig_close(&rig);
}

struct tapped_map {
    struct rig rig;
    struct tap tap;
    D3D10DDI_HRESOURCE staging;
};

static void open_map(struct tapped_map *stage)
{
    memset(stage, 0, sizeof(*stage));
    rig_open_tapped(&stage->rig, &stage->tap);
    stage->staging = texture_staging(&stage->rig, DXGI_FORMAT_UNKNOWN, 256, 1);
    tap_set_fault(&stage->tap, (struct tap_fault){ .kind = TAP_FAULT_NONE });
}

static void close_map(struct tapped_map *stage)
{
    texture_destroy(&stage->rig, stage->staging);
    rig_close(&stage->rig);
    tap_finish(&stage->tap);
}

RULE(map, decides_the_lock, "CB-1.6-02 CB-2.4-05",
        "A map to read is locked without WriteOnly, one to write without ReadOnly, one with "
        "DONOTWAIT with DonotWait",
        PAGE_LOCK)
{
    struct tapped_map stage;
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    open_map(&stage);
    struct vit_device *device = stage.rig.device;
    const struct tap_lock *lock = &stage.tap.last_lock;
    texture_map(&stage.rig, stage.staging, D3D10_DDI_MAP_READ);
    texture_unmap(&stage.rig, stage.staging);
    if (stage.tap.calls[TAP_LOCK] == 0) {
        not_applicable("the driver keeps its resources locked");
    }
    cr_assert_eq(lock->flags.WriteOnly, 0u, "WriteOnly for a map to read");
    texture_map(&stage.rig, stage.staging, D3D10_DDI_MAP_WRITE);
    texture_unmap(&stage.rig, stage.staging);
    cr_assert_eq(lock->flags.ReadOnly, 0u, "ReadOnly for a map to write");
    texture_map(&stage.rig, stage.staging, D3D10_DDI_MAP_READWRITE);
    texture_unmap(&stage.rig, stage.staging);
    cr_assert(lock->flags.ReadOnly == 0 && lock->flags.WriteOnly == 0,
            "ReadOnly or WriteOnly for a map to read and write");
    cr_assert_eq(lock->flags.DonotWait, 0u, "DonotWait for a map that waits");
    device->funcs.pfnStagingResourceMap(device->handle, stage.staging, 0, D3D10_DDI_MAP_READ,
            D3D10_DDI_MAP_FLAG_DONOTWAIT, &mapped);
    expect_accepted(device, "a map with DONOTWAIT of what nobody uses");
    cr_assert_eq(lock->flags.DonotWait, 1u, "a map with DONOTWAIT waits");
    texture_unmap(&stage.rig, stage.staging);
    close_map(&stage);
}

static HRESULT map_while(struct tapped_map *stage, HRESULT lock, UINT flags)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    struct vit_device *device = stage->rig.device;
    memset(&mapped, 0xaa, sizeof(mapped));
    tap_set_fault(&stage->tap,
            (struct tap_fault){ .kind = TAP_FAULT_FAIL,
                    .call = TAP_LOCK,
                    .number = 1,
                    .hr = lock });
    device->funcs.pfnStagingResourceMap(device->handle, stage->staging, 0, D3D10_DDI_MAP_READ,
            flags, &mapped);
    if (!stage->tap.fired) {
        not_applicable("the driver keeps its resources locked");
    }
    cr_assert_null(mapped.pData, "a map that failed left an address behind");
    return rig_take_reports(device).first;
}

RULE(map, says_busy_in_its_own_code, "CB-1.6-04",
        "A lock that says D3DDDIERR_WASSTILLDRAWING is a map that says DXGI_DDI_ERR_WASSTILLDRAWING",
        PAGE_MAP)
{
    struct tapped_map stage;
    open_map(&stage);
    expect_code(map_while(&stage, D3DDDIERR_WASSTILLDRAWING, D3D10_DDI_MAP_FLAG_DONOTWAIT),
            DXGI_DDI_ERR_WASSTILLDRAWING, "StagingResourceMap with DONOTWAIT");
    close_map(&stage);
}

RULE(map, says_busy_only_when_asked_not_to_wait, "CB-1.12-08",
        "A map without DONOTWAIT never reports that it is still drawing", PAGE_MAP)
{
    struct tapped_map stage;
    open_map(&stage);
    HRESULT hr = map_while(&stage, D3DDDIERR_WASSTILLDRAWING, 0);
    cr_assert(hr == D3DDDIERR_DEVICEREMOVED || hr == S_OK, "it reported 0x%08x", (unsigned)hr);
    close_map(&stage);
}

RULE(map, touches_the_allocation_only, "CB-1.6-10",
        "An update writes inside the locked allocation, which may end before a page that is not "
        "there",
        "PFND3DDDI_LOCKCB")
{
    const struct {
        DXGI_FORMAT format;
        UINT width, height, len, pitch;
    } rows[] = {
        { DXGI_FORMAT_UNKNOWN, 100, 1, 100, 100 },
        { DXGI_FORMAT_B8G8R8A8_UNORM, 16, 3, 192, 64 },
        { DXGI_FORMAT_NV12, 16, 4, 96, 16 },
    };
    uint8_t bytes[256];
    struct rig rig;
    struct tap tap = { .magic = 0 };
    rig_open_tapped(&rig, &tap);
    struct vit_device *device = rig.device;
    provider_random(bytes, sizeof(bytes));
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        D3D10DDI_HRESOURCE plain = texture_create(&rig,
                &(struct texture){ .bind = D3D10_DDI_BIND_SHADER_RESOURCE,
                        .format = rows[i].format,
                        .width = rows[i].width,
                        .height = rows[i].height });
        D3D10DDI_HRESOURCE staging =
                texture_staging(&rig, rows[i].format, rows[i].width, rows[i].height);
        D3D10DDI_MAPPED_SUBRESOURCE mapped = texture_map(&rig, staging, D3D10_DDI_MAP_READ);
        bool tight = mapped.RowPitch == rows[i].pitch;
        texture_unmap(&rig, staging);
        tap.shadow_len = tight ? rows[i].len : 0;
        device->funcs.pfnResourceUpdateSubresourceUP(device->handle, plain, 0, NULL, bytes,
                rows[i].pitch, rows[i].len, 0);
        expect_accepted(device, "ResourceUpdateSubresourceUP");
        tap.shadow_len = 0;
        device->funcs.pfnResourceCopy(device->handle, staging, plain);
        mapped = texture_map(&rig, staging, D3D10_DDI_MAP_READ);
        cr_assert(!tight || memcmp(mapped.pData, bytes, rows[i].len) == 0,
                "row %u: what was written is not there", i);
        texture_unmap(&rig, staging);
        texture_destroy(&rig, staging);
        texture_destroy(&rig, plain);
    }
    rig_close(&rig);
    tap_finish(&tap);
}

static D3D10DDI_HRESOURCE make_dynamic(struct rig *rig)
{
    return texture_create(rig,
            &(struct texture){ .usage = D3D10_DDI_USAGE_DYNAMIC,
                    .bind = D3D10_DDI_BIND_SHADER_RESOURCE,
                    .access = D3D10_DDI_CPU_ACCESS_WRITE,
                    .format = DXGI_FORMAT_B8G8R8A8_UNORM,
                    .width = 64,
                    .height = 1 });
}

static void write_discarding(struct rig *rig, D3D10DDI_HRESOURCE dynamic, uint8_t value)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped = { .pData = NULL };
    struct vit_device *device = rig->device;
    device->funcs.pfnDynamicResourceMapDiscard(device->handle, dynamic, 0,
            D3D10_DDI_MAP_WRITE_DISCARD, 0, &mapped);
    expect_accepted(device, "DynamicResourceMapDiscard");
    cr_assert_not_null(mapped.pData);
    memset(mapped.pData, value, 256);
    device->funcs.pfnDynamicResourceUnmap(device->handle, dynamic, 0);
    expect_accepted(device, "DynamicResourceUnmap");
}

RULE(map, discard_may_give_another_allocation, "CB-1.6-05",
        "The allocation that a lock with Discard returns is the resource's from then on",
        "PFND3DDDI_LOCKCB")
{
    struct rig rig;
    struct tap tap = { .rename = true };
    rig_open_tapped(&rig, &tap);
    struct vit_device *device = rig.device;
    D3D10DDI_HRESOURCE dynamic = make_dynamic(&rig);
    D3D10DDI_HRESOURCE first = texture_staging(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 64, 1);
    D3D10DDI_HRESOURCE second = texture_staging(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 64, 1);
    write_discarding(&rig, dynamic, 1);
    device->funcs.pfnResourceCopy(device->handle, first, dynamic);
    write_discarding(&rig, dynamic, 2);
    device->funcs.pfnResourceCopy(device->handle, second, dynamic);
    expect_all(texture_map(&rig, first, D3D10_DDI_MAP_READ).pData, 256, 1,
            "the copy queued before the second Discard shows something else");
    expect_all(texture_map(&rig, second, D3D10_DDI_MAP_READ).pData, 256, 2,
            "the copy after the second Discard shows something else");
    texture_unmap(&rig, first);
    texture_unmap(&rig, second);
    texture_destroy(&rig, dynamic);
    texture_destroy(&rig, first);
    texture_destroy(&rig, second);
    cr_assert_null(tap_broken_any(&tap), "%s", tap_broken_any(&tap));
    rig_close(&rig);
    cr_assert_null(tap_leak(&tap), "%s", tap_leak(&tap));
    tap_finish(&tap);
}

RULE(map, failed_discard_is_tried_again, "CB-1.6-06",
        "When a lock with Discard fails, what is queued is submitted and the lock tried again",
        "PFND3DDDI_LOCKCB")
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    rig_open_tapped(&rig, &tap);
    struct vit_device *device = rig.device;
    D3D10DDI_HRESOURCE dynamic = make_dynamic(&rig);
    D3D10DDI_HRESOURCE staging = texture_staging(&rig, DXGI_FORMAT_B8G8R8A8_UNORM, 64, 1);
    write_discarding(&rig, dynamic, 1);
    device->funcs.pfnResourceCopy(device->handle, staging, dynamic);
    tap_set_fault(&tap,
            (struct tap_fault){ .kind = TAP_FAULT_FAIL,
                    .call = TAP_LOCK,
                    .number = 1,
                    .hr = E_OUTOFMEMORY });
    write_discarding(&rig, dynamic, 2);
    cr_assert(tap.calls[TAP_RENDER] >= 1 && tap.calls[TAP_LOCK] == 2, "%u submissions and %u locks",
            tap.calls[TAP_RENDER], tap.calls[TAP_LOCK]);
    expect_all(texture_map(&rig, staging, D3D10_DDI_MAP_READ).pData, 256, 1,
            "the copy queued before shows something else");
    texture_unmap(&rig, staging);
    texture_destroy(&rig, staging);
    texture_destroy(&rig, dynamic);
    rig_close(&rig);
    tap_finish(&tap);
}

RULE(map, protected_memory_is_not_locked, "CB-3.5-01",
        "A map of a protected resource asks for no lock and gives no memory", PAGE_MAP)
{
    struct rig rig;
    struct tap tap = { .magic = 0 };
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    rig_open_tapped(&rig, &tap);
    struct vit_device *device = rig.device;
    struct vit_resource *picture =
            rig_resource(device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM, 16, 16);
    unsigned before = tap.calls[TAP_LOCK];
    memset(&mapped, 0xaa, sizeof(mapped));
    device->funcs.pfnStagingResourceMap(device->handle, picture->handle, 0, D3D10_DDI_MAP_READ, 0,
            &mapped);
    expect_refused(device, "a map of a protected resource");
    expect_all(&mapped, sizeof(mapped), 0, "the mapped structure is not zero");
    cr_assert_eq(tap.calls[TAP_LOCK], before, "a protected allocation was to be locked");
    vit_resource_destroy(picture);
    rig_close(&rig);
    tap_finish(&tap);
}
