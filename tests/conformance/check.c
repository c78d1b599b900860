/* SPDX-License-Identifier: MIT */
/* What a driver says about formats, samples, counters and itself, and in which codes. */
#include <string.h>

#include "tests/conformance/rig.h"

RULE_GROUP(checks, "Checks and capabilities of the device");

#define PAGE_FORMAT "PFND3D10DDI_CHECKFORMATSUPPORT"
#define PAGE_SAMPLES "PFND3D10DDI_CHECKMULTISAMPLEQUALITYLEVELS"
#define PAGE_CAPS "PFND3D10_2DDI_GETCAPS"

enum { LAST_FORMAT = DXGI_FORMAT_B4G4R4A4_UNORM, UNKNOWN_FORMAT = 5000 };

static bool may_be_unsupported_alone(UINT format)
{
    switch (format) {
    case 89:  /* R10G10B10_XR_BIAS_A2 */
    case 100: /* AYUV */
    case 101: /* Y410 */
    case 102: /* Y416 */
    case 104: /* P010 */
    case 105: /* P016 */
    case 108: /* Y210 */
    case 109: /* Y216 */
    case 110: /* NV11 */
    case 111: /* AI44 */
    case 112: /* IA44 */
    case 113: /* P8 */
    case 114: /* A8P8 */
        return true;
    default:
        return false;
    }
}

RULE(checks, format_bits_fit_together, "CB-2.5-02",
        "BLENDABLE comes with RENDERTARGET, and NOT_SUPPORTED alone and for its formats only",
        PAGE_FORMAT)
{
    struct rig rig;
    rig_open(&rig);
    struct vit_device *device = rig.device;
    for (UINT format = 1; format <= LAST_FORMAT; format++) {
        UINT caps = 0;
        device->funcs.pfnCheckFormatSupport(device->handle, (DXGI_FORMAT)format, &caps);
        (void)rig_take_reports(device);
        cr_assert((caps & D3D10_DDI_FORMAT_SUPPORT_BLENDABLE) == 0 ||
                        (caps & D3D10_DDI_FORMAT_SUPPORT_RENDERTARGET) != 0,
                "format %u: BLENDABLE without RENDERTARGET", format);
        if ((caps & D3D10_DDI_FORMAT_SUPPORT_NOT_SUPPORTED) != 0) {
            cr_assert(caps == D3D10_DDI_FORMAT_SUPPORT_NOT_SUPPORTED &&
                            may_be_unsupported_alone(format),
                    "format %u: 0x%08x", format, (unsigned)caps);
        }
    }
    rig_close(&rig);
}

RULE(checks, format_errors, "CB-1.12-05 CB-1.12-04",
        "CheckFormatSupport says E_FAIL of an unknown format and E_INVALIDARG without memory",
        PAGE_FORMAT)
{
    struct rig rig;
    UINT caps = 0;
    rig_open(&rig);
    struct vit_device *device = rig.device;
    device->funcs.pfnCheckFormatSupport(device->handle, (DXGI_FORMAT)UNKNOWN_FORMAT, &caps);
    expect_code(rig_take_reports(device).first, E_FAIL, "CheckFormatSupport of format 5000");
    device->funcs.pfnCheckFormatSupport(device->handle, DXGI_FORMAT_B8G8R8A8_UNORM, NULL);
    expect_code(rig_take_reports(device).first, E_INVALIDARG, "CheckFormatSupport without memory");
    device->funcs.pfnCheckFormatSupport(device->handle, DXGI_FORMAT_B8G8R8A8_UNORM, &caps);
    expect_accepted(device, "CheckFormatSupport");
    rig_close(&rig);
}

RULE(checks, samples, "CB-2.3-15 CB-1.12-06",
        "One sample has one quality level, none and more than 32 have no level", PAGE_SAMPLES)
{
    struct rig rig;
    rig_open(&rig);
    struct vit_device *device = rig.device;
    const struct {
        UINT samples, levels;
    } rows[] = { { 1, 1 }, { 0, 0 }, { 33, 0 }, { 0xffffffffu, 0 } };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UINT levels = 77;
        device->funcs.pfnCheckMultisampleQualityLevels(device->handle, DXGI_FORMAT_B8G8R8A8_UNORM,
                rows[i].samples, &levels);
        struct rig_reports reports = rig_take_reports(device);
        cr_assert(reports.first == S_OK || reports.first == E_INVALIDARG, "0x%08x was reported",
                (unsigned)reports.first);
        cr_assert_eq(levels, rows[i].levels, "%u samples have %u levels", rows[i].samples, levels);
    }
    device->funcs.pfnCheckMultisampleQualityLevels(device->handle, DXGI_FORMAT_B8G8R8A8_UNORM, 1,
            NULL);
    expect_code(rig_take_reports(device).first, E_INVALIDARG, "no memory for the levels");
    rig_close(&rig);
}

RULE(checks, counters, "CB-2.3-14 CB-1.12-07",
        "Without counters CheckCounterInfo is all zero and CheckCounter refuses in its codes",
        "PFND3D10DDI_CHECKCOUNTER")
{
    struct rig rig;
    D3D10DDI_COUNTER_INFO info;
    rig_open(&rig);
    struct vit_device *device = rig.device;
    memset(&info, 0xaa, sizeof(info));
    device->funcs.pfnCheckCounterInfo(device->handle, &info);
    expect_accepted(device, "CheckCounterInfo");
    if (!rig_all(&info, sizeof(UINT) * 2, 0)) {
        not_applicable("the driver has counters of its own");
    }
    const UINT queries[] = { 0x1000, 0x1001, 0x40000000 };
    for (unsigned i = 0; i < 3; i++) {
        D3D10DDI_COUNTER_TYPE type;
        UINT active = 0, name = 0, units = 0, description = 0;
        device->funcs.pfnCheckCounter(device->handle, (D3D10DDI_QUERY)queries[i], &type, &active,
                NULL, &name, NULL, &units, NULL, &description);
        HRESULT hr = rig_take_reports(device).first;
        cr_assert(hr == DXGI_DDI_ERR_UNSUPPORTED || hr == E_INVALIDARG,
                "counter 0x%x: 0x%08x was reported", queries[i], (unsigned)hr);
    }
    rig_close(&rig);
}

static HRESULT get_caps(const struct rig *rig, UINT type, void *data, UINT size)
{
    const D3D10_2DDIARG_GETCAPS get = { .Type = (D3D10_2DDICAPS_TYPE)type,
        .pData = data,
        .DataSize = size };
    return vit_adapter_funcs(rig->adapter)->pfnGetCaps(vit_adapter_handle(rig->adapter), &get);
}

RULE(checks, caps_have_defined_bits, "CB-2.2-01 CB-2.2-03 CB-2.2-04",
        "GetCaps answers each published type with defined bits, and offers a pipeline level",
        PAGE_CAPS)
{
    struct rig rig;
    UINT threading = 0, shader = 0, levels = 0;
    BOOL options[2] = { 7, 7 }, tiled = 7;
    UINT precision[2] = { 7, 7 };
    rig_open_adapter(&rig);
    expect_code(get_caps(&rig, 128, &threading, sizeof(threading)), S_OK, "THREADING");
    cr_assert_eq(threading & ~7u, 0u, "THREADING: 0x%x", (unsigned)threading);
    cr_assert((threading & 4) == 0 || (threading & 1) != 0,
            "COMMANDLISTS_BUILD_2 without FREETHREADED");
    expect_code(get_caps(&rig, 129, &shader, sizeof(shader)), S_OK, "SHADER");
    cr_assert_eq(shader & ~7u, 0u, "SHADER: 0x%x", (unsigned)shader);
    expect_code(get_caps(&rig, 130, &levels, sizeof(levels)), S_OK, "3DPIPELINESUPPORT");
    cr_assert(levels != 0 && (levels & ~0x7fu) == 0, "3DPIPELINESUPPORT: 0x%x", (unsigned)levels);
    expect_code(get_caps(&rig, 131, options, sizeof(options)), S_OK, "D3D11_OPTIONS");
    cr_assert((options[0] | options[1] | 1) == 1, "D3D11_OPTIONS: %d %d", options[0], options[1]);
    expect_code(get_caps(&rig, 132, &tiled, sizeof(tiled)), S_OK, "ARCHITECTURE_INFO");
    cr_assert((tiled | 1) == 1, "ARCHITECTURE_INFO: %d", tiled);
    expect_code(get_caps(&rig, 134, precision, sizeof(precision)), S_OK, "MIN_PRECISION");
    cr_assert(((precision[0] | precision[1]) & ~3u) == 0, "SHADER_MIN_PRECISION_SUPPORT: %x %x",
            (unsigned)precision[0], (unsigned)precision[1]);
    rig_close(&rig);
}

RULE(checks, caps_stay_inside_their_size, "CB-2.2-02",
        "GetCaps writes DataSize bytes at most, and refuses what is too short", PAGE_CAPS)
{
    struct rig rig;
    rig_open_adapter(&rig);
    for (UINT type = 120; type < 140; type++) {
        for (UINT size = 0; size <= 16; size++) {
            uint8_t data[32];
            memset(data, 0xaa, sizeof(data));
            (void)get_caps(&rig, type, data, size);
            cr_assert(rig_all(data + size, sizeof(data) - size, 0xaa),
                    "type %u with %u bytes: more was written", type, size);
        }
    }
    cr_assert(FAILED(get_caps(&rig, 130, NULL, 4)), "no memory for the answer");
    rig_close(&rig);
}

static bool is_filled(const void *table, size_t len, size_t *hole)
{
    for (*hole = 0; *hole < len / sizeof(void *); (*hole)++) {
        if (rig_all((const uint8_t *)table + *hole * sizeof(void *), sizeof(void *), 0)) {
            return false;
        }
    }
    return true;
}

RULE(checks, tables_have_no_hole, "CB-2.1-01",
        "Every slot of the device, video and DXGI tables holds a function",
        "D3D11_1DDI_DEVICEFUNCS")
{
    struct rig rig;
    size_t hole;
    rig_open(&rig);
    cr_assert(is_filled(&rig.device->funcs, sizeof(rig.device->funcs), &hole),
            "slot %zu of the device table is empty", hole);
    cr_assert(is_filled(&rig.device->video, sizeof(rig.device->video), &hole),
            "slot %zu of the video table is empty", hole);
    cr_assert(is_filled(&rig.device->dxgi, sizeof(rig.device->dxgi), &hole),
            "slot %zu of the DXGI table is empty", hole);
    rig_close(&rig);
}

RULE(checks, table_may_move, "CB-2.1-02",
        "After RelocateDeviceFuncs the device works from the new table",
        "PFND3D11_1DDI_RELOCATEDEVICEFUNCS")
{
    struct rig rig;
    rig_open(&rig);
    struct vit_device *device = rig.device;
    D3D11_1DDI_DEVICEFUNCS moved = device->funcs;
    device->funcs.pfnRelocateDeviceFuncs(device->handle, &moved);
    expect_accepted(device, "RelocateDeviceFuncs");
    memset(&device->funcs, 0, sizeof(device->funcs));
    moved.pfnFlush(device->handle, 0);
    expect_accepted(device, "Flush from the new table");
    device->funcs = moved;
    struct vit_resource *resource =
            rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, 64, 1);
    vit_resource_destroy(resource);
    rig_close(&rig);
}
