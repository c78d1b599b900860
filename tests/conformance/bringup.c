/* SPDX-License-Identifier: MIT */
/* Opening adapters and devices. */
#include <string.h>

#include "tests/conformance/bare.h"

RULE_GROUP(bringup, "Bringing up adapter and device");
RULE_GROUP(versions, "Versions of the interface");

#define PAGE_ORDER "Initializing Communication with the Direct3D Version 11 DDI"
#define PAGE_OPEN "OpenAdapter10"
#define PAGE_OPEN_DATA "D3D10DDIARG_OPENADAPTER"
#define PAGE_CREATE "PFND3D10DDI_CREATEDEVICE"
#define PAGE_CREATE_DATA "D3D10DDIARG_CREATEDEVICE"
#define PAGE_VERSIONS "PFND3D10_2DDI_GETSUPPORTEDVERSIONS"

RULE(bringup, exports_the_entry_point, "CP-1.1-01", "The driver exports OpenAdapter10_2",
        PAGE_ORDER)
{
    struct rig rig;
    rig_open_adapter(&rig);
    cr_assert_not_null((void *)bare_entry(&rig));
    rig_close(&rig);
}

RULE(bringup, fills_the_adapter_table, "CP-1.1-02 CP-1.2-01 CP-1.3-02",
        "OpenAdapter10_2 returns a handle and fills all five functions of the runtime's table",
        PAGE_OPEN_DATA)
{
    struct rig rig;
    struct {
        D3D10_2DDI_ADAPTERFUNCS table;
        uint8_t guard[BARE_GUARD_LEN];
    } out = { 0 };
    rig_open_adapter(&rig);
    memset(out.guard, BARE_GUARD, BARE_GUARD_LEN);
    D3D10DDIARG_OPENADAPTER arguments = bare_open_arguments(&rig, &out.table);
    expect_code(bare_entry(&rig)(&arguments), S_OK, "OpenAdapter10_2");
    cr_assert_not_null(arguments.hAdapter.pDrvPrivate, "hAdapter was not set");
    cr_assert(out.table.pfnCalcPrivateDeviceSize != NULL && out.table.pfnCreateDevice != NULL &&
                    out.table.pfnCloseAdapter != NULL &&
                    out.table.pfnGetSupportedVersions != NULL && out.table.pfnGetCaps != NULL,
            "a function of the adapter table is NULL");
    cr_assert(bare_guard_is_whole(out.guard), "written behind the adapter table");
    expect_code(out.table.pfnCloseAdapter(arguments.hAdapter), S_OK, "CloseAdapter");
    rig_close(&rig);
}

/* What OpenAdapter10_2 asks of the kernel; in the process of its test alone. */
static struct {
    const D3DDDI_ADAPTERCALLBACKS *real;
    HANDLE expected;
    unsigned right, wrong;
} asked;

static HRESULT APIENTRY count_query(HANDLE adapter, const D3DDDICB_QUERYADAPTERINFO *query)
{
    asked.right += adapter == asked.expected;
    asked.wrong += adapter != asked.expected;
    return asked.real->pfnQueryAdapterInfoCb(adapter, query);
}

RULE(bringup, asks_the_kernel_about_the_adapter, "CP-1.1-03",
        "The driver learns of its hardware through pfnQueryAdapterInfoCb, with the runtime's handle",
        PAGE_OPEN)
{
    struct rig rig;
    D3D10_2DDI_ADAPTERFUNCS table = { 0 };
    rig_open_adapter(&rig);
    D3D10DDIARG_OPENADAPTER arguments = bare_open_arguments(&rig, &table);
    D3DDDI_ADAPTERCALLBACKS callbacks = *arguments.pAdapterCallbacks;
    asked.real = arguments.pAdapterCallbacks;
    asked.expected = arguments.hRTAdapter.handle;
    callbacks.pfnQueryAdapterInfoCb = count_query;
    arguments.pAdapterCallbacks = &callbacks;
    expect_code(bare_entry(&rig)(&arguments), S_OK, "OpenAdapter10_2");
    cr_assert_neq(asked.right, 0u, "the kernel was not asked");
    cr_assert_eq(asked.wrong, 0u, "the kernel was asked with another handle than hRTAdapter");
    expect_code(table.pfnCloseAdapter(arguments.hAdapter), S_OK, "CloseAdapter");
    rig_close(&rig);
}

RULE(bringup, opens_for_newer_runtimes, "CP-1.1-04 CP-1.4-04",
        "Interface and Version in OpenAdapter10_2 do not matter: a newer runtime is not refused",
        PAGE_OPEN_DATA)
{
    struct rig rig;
    D3D10_2DDI_ADAPTERFUNCS table = { 0 };
    rig_open_adapter(&rig);
    D3D10DDIARG_OPENADAPTER arguments = bare_open_arguments(&rig, &table);
    arguments.Interface = 0x000C0000;
    arguments.Version = 0xFFFF0000;
    expect_code(bare_entry(&rig)(&arguments), S_OK, "OpenAdapter10_2 of a newer runtime");
    expect_code(table.pfnCloseAdapter(arguments.hAdapter), S_OK, "CloseAdapter");
    rig_close(&rig);
}

RULE(bringup, opens_an_adapter_several_times, "CP-1.1-02 CP-1.2-05",
        "One adapter can be opened several times; each handle is its own and is closed alone",
        PAGE_OPEN)
{
    struct rig rig;
    struct stream stream;
    D3D10_2DDI_ADAPTERFUNCS tables[3] = { 0 };
    D3D10DDIARG_OPENADAPTER arguments[3];
    rig_open(&rig);
    for (unsigned i = 0; i < 3; i++) {
        arguments[i] = bare_open_arguments(&rig, &tables[i]);
        expect_code(bare_entry(&rig)(&arguments[i]), S_OK, "OpenAdapter10_2");
        cr_assert_neq(arguments[i].hAdapter.pDrvPrivate,
                vit_adapter_handle(rig.adapter).pDrvPrivate, "two adapters have one handle");
    }
    cr_assert_neq(arguments[0].hAdapter.pDrvPrivate, arguments[1].hAdapter.pDrvPrivate);
    for (unsigned i = 0; i < 3; i++) {
        expect_code(tables[i].pfnCloseAdapter(arguments[i].hAdapter), S_OK, "CloseAdapter");
    }
    rig_stream(&rig, rig.device, &stream); /* the first one still works */
    rig_destroy_session(rig.device, stream.session);
    rig_close(&rig);
}

RULE(bringup, private_size_of_a_device, "CP-1.1-05 CP-1.5-01",
        "CalcPrivateDeviceSize gives at least the size of a pointer",
        "PFND3D10DDI_CALCPRIVATEDEVICESIZE")
{
    struct rig rig;
    D3D10DDIARG_CALCPRIVATEDEVICESIZE calc = { .Interface = D3D11_1_DDI_INTERFACE_VERSION };
    rig_open_adapter(&rig);
    SIZE_T size = vit_adapter_funcs(rig.adapter)
                          ->pfnCalcPrivateDeviceSize(vit_adapter_handle(rig.adapter), &calc);
    cr_assert(size >= sizeof(void *) && size != (SIZE_T)-1, "it is %zu", (size_t)size);
    rig_close(&rig);
}

RULE(bringup, device_table_has_no_hole, "CP-1.1-06 CP-1.2-02",
        "CreateDevice fills every function of the 11.1 device table and of the DXGI table, and "
        "nothing behind them",
        PAGE_CREATE_DATA)
{
    struct rig rig;
    struct bare_device bare;
    rig_open_adapter(&rig);
    bare_prepare(&bare, &rig, 0);
    HRESULT hr = bare_create(&bare);
    cr_assert(hr == S_OK || hr == DXGI_STATUS_NO_REDIRECTION, "CreateDevice: 0x%08x", (unsigned)hr);
    void *slots[sizeof(bare.device.table) / sizeof(void *)];
    memcpy(slots, &bare.device.table, sizeof(slots));
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        cr_assert_not_null(slots[i], "function %zu of the device table is NULL", i);
    }
    void *dxgi[sizeof(bare.dxgi) / sizeof(void *)];
    memcpy(dxgi, &bare.dxgi, sizeof(dxgi));
    for (size_t i = 0; i < sizeof(dxgi) / sizeof(dxgi[0]); i++) {
        cr_assert_not_null(dxgi[i], "function %zu of the DXGI table is NULL", i);
    }
    cr_assert_eq(bare.reports, 0u, "CreateDevice reported 0x%08x", (unsigned)bare.reported);
    bare_finish(&bare);
    rig_close(&rig);
}

RULE(bringup, gives_the_way_to_sub_objects, "CP-1.1-07",
        "CreateDevice stores RetrieveSubObject where the runtime says", PAGE_CREATE_DATA)
{
    struct rig rig;
    struct bare_device bare;
    rig_open_adapter(&rig);
    bare_prepare(&bare, &rig, 0);
    expect_code(bare_create(&bare), S_OK, "CreateDevice");
    cr_assert_not_null((void *)bare.retrieve, "ppfnRetrieveSubObject was not filled");
    bare_finish(&bare);
    rig_close(&rig);
}

RULE(bringup, sub_objects_end_with_the_device, "CP-1.1-09 CP-1.1-10",
        "Sub-objects end with their device and need no destroying; the memory can hold a new device",
        PAGE_ORDER)
{
    struct rig rig;
    struct bare_device bare;
    rig_open_adapter(&rig);
    bare_prepare(&bare, &rig, 0);
    for (unsigned i = 0; i < 5; i++) {
        D3D11_1DDI_VIDEODEVICEFUNCS video = { 0 };
        D3D11_1DDI_VIDEO_INPUT input = { FALSE, &video };
        D3D11_1DDI_VIDEO_OUTPUT output = { 0 };
        expect_code(bare_create(&bare), S_OK, "CreateDevice in memory used before");
        expect_code(bare.retrieve(bare.arguments.hDrvDevice, D3D11_1DDI_VIDEO_FUNCTIONS,
                            sizeof(input), &input, sizeof(output), &output),
                S_OK, "RetrieveSubObject");
        bare.device.table.pfnDestroyDevice(bare.arguments.hDrvDevice);
        cr_assert_eq(bare.reports, 0u, "DestroyDevice reported 0x%08x", (unsigned)bare.reported);
    }
    bare.device.table.pfnDestroyDevice = NULL;
    bare_finish(&bare);
    rig_close(&rig);
}

RULE(bringup, life_can_be_repeated, "CP-1.1-09 CP-1.2-05",
        "Adapters and devices can be opened and closed again and again", PAGE_ORDER)
{
    for (unsigned i = 0; i < 5; i++) {
        struct rig rig;
        struct stream stream;
        rig_open(&rig);
        rig_stream(&rig, rig.device, &stream);
        rig_destroy_session(rig.device, stream.session);
        rig_close(&rig);
    }
}

RULE(bringup, takes_the_flags_of_a_device, "CP-1.3-03",
        "CreateDevice takes the published flags: no extra threads, single-threaded, and the pipeline "
        "levels that the driver told",
        PAGE_CREATE_DATA)
{
    static const UINT flags[] = { D3D10DDI_CREATEDEVICE_FLAG_DISABLE_EXTRA_THREAD_CREATION,
        D3D11DDI_CREATEDEVICE_FLAG_SINGLETHREADED,
        D3D10DDI_CREATEDEVICE_FLAG_DISABLE_EXTRA_THREAD_CREATION |
                D3D11DDI_CREATEDEVICE_FLAG_SINGLETHREADED };
    struct rig rig;
    struct bare_device bare;
    rig_open_adapter(&rig);
    for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        bare_prepare(&bare, &rig, 0);
        bare.arguments.Flags = flags[i];
        HRESULT hr = bare_create(&bare);
        cr_assert(SUCCEEDED(hr), "CreateDevice with flags 0x%x: 0x%08x", flags[i], (unsigned)hr);
        bare_finish(&bare);
    }
    rig_close(&rig);
}

RULE(bringup, tells_pipeline_levels, "CP-1.2-07",
        "GetCaps tells at least one pipeline level, and a device of it can be made",
        "PFND3D10_2DDI_GETCAPS")
{
    struct rig rig;
    struct bare_device bare;
    D3D11DDI_3DPIPELINESUPPORT_CAPS levels = { 0 };
    rig_open_adapter(&rig);
    const D3D10_2DDIARG_GETCAPS get = { .Type = D3D11DDICAPS_3DPIPELINESUPPORT,
        .pData = &levels,
        .DataSize = sizeof(levels) };
    expect_code(vit_adapter_funcs(rig.adapter)->pfnGetCaps(vit_adapter_handle(rig.adapter), &get),
            S_OK, "GetCaps of 3DPIPELINESUPPORT");
    cr_assert_neq(levels.Caps, 0u, "no pipeline level at all");
    for (UINT level = 0; level < 8; level++) {
        if ((levels.Caps & (1u << level)) == 0) {
            continue;
        }
        bare_prepare(&bare, &rig, 0);
        bare.arguments.Flags = level << D3D11DDI_CREATEDEVICE_FLAG_3DPIPELINESUPPORT_SHIFT;
        HRESULT hr = bare_create(&bare);
        cr_assert(SUCCEEDED(hr), "CreateDevice of level %u: 0x%08x", level, (unsigned)hr);
        bare_finish(&bare);
    }
    rig_close(&rig);
}

/* Versions. */

enum { VERSIONS_MAX = 64 };

/* @return how many */
static UINT32 get_versions(const struct rig *rig, UINT64 versions[VERSIONS_MAX])
{
    UINT32 count = VERSIONS_MAX;
    expect_code(vit_adapter_funcs(rig->adapter)
                        ->pfnGetSupportedVersions(vit_adapter_handle(rig->adapter), &count,
                                versions),
            S_OK, "GetSupportedVersions");
    cr_assert(count != 0 && count <= VERSIONS_MAX, "%u versions", count);
    return count;
}

static bool has_interface(const UINT64 *versions, UINT32 count, UINT interface)
{
    for (UINT32 i = 0; i < count; i++) {
        if (versions[i] >> 32 == interface) {
            return true;
        }
    }
    return false;
}

RULE(versions, list_11_1, "CP-1.4-01",
        "The list of versions has Direct3D 11.1, in which content protection came", PAGE_VERSIONS)
{
    struct rig rig;
    UINT64 versions[VERSIONS_MAX];
    bool found = false;
    rig_open_adapter(&rig);
    UINT32 count = get_versions(&rig, versions);
    for (UINT32 i = 0; i < count; i++) {
        found |= versions[i] == D3D11_1_DDI_SUPPORTED;
    }
    cr_assert(found, "0x%016llx is not in the list", (unsigned long long)D3D11_1_DDI_SUPPORTED);
    rig_close(&rig);
}

RULE(versions, are_listed_once_and_well_formed, "CP-1.4-02",
        "Every version is listed once: interface in the upper half, build in the upper half of the "
        "lower",
        PAGE_VERSIONS)
{
    struct rig rig;
    UINT64 versions[VERSIONS_MAX];
    rig_open_adapter(&rig);
    UINT32 count = get_versions(&rig, versions);
    for (UINT32 i = 0; i < count; i++) {
        UINT major = (UINT)(versions[i] >> 48);
        cr_assert(major == 10 || major == 11 || major == 12, "0x%016llx has major version %u",
                (unsigned long long)versions[i], major);
        cr_assert_eq(versions[i] & 0xFFFF, 0u, "0x%016llx has bits in its lowest 16",
                (unsigned long long)versions[i]);
        for (UINT32 j = 0; j < i; j++) {
            cr_assert_neq(versions[i], versions[j], "a version is listed twice");
        }
    }
    rig_close(&rig);
}

RULE(versions, can_be_counted_first, "CP-1.2-03",
        "Without an array GetSupportedVersions gives the number of versions", PAGE_VERSIONS)
{
    struct rig rig;
    UINT64 versions[VERSIONS_MAX];
    UINT32 count = 0;
    rig_open_adapter(&rig);
    expect_code(vit_adapter_funcs(rig.adapter)
                        ->pfnGetSupportedVersions(vit_adapter_handle(rig.adapter), &count, NULL),
            S_OK, "GetSupportedVersions without an array");
    cr_assert_eq(count, get_versions(&rig, versions), "it said %u", count);
    rig_close(&rig);
}

RULE(versions, do_not_fit_a_shorter_array, "CP-1.2-04",
        "An array that is too short is refused and not written", PAGE_VERSIONS)
{
    struct rig rig;
    UINT64 versions[VERSIONS_MAX];
    rig_open_adapter(&rig);
    UINT32 count = get_versions(&rig, versions) - 1;
    memset(versions, 0xA5, sizeof(versions));
    HRESULT hr =
            vit_adapter_funcs(rig.adapter)
                    ->pfnGetSupportedVersions(vit_adapter_handle(rig.adapter), &count, versions);
    cr_assert(FAILED(hr), "an array of one less: 0x%08x", (unsigned)hr);
    expect_all(versions, sizeof(versions), 0xA5, "refused, but the array was written");
    rig_close(&rig);
}

RULE(versions, newer_runtimes_are_taken, "CP-1.4-04",
        "CreateDevice takes a runtime of a newer build than the driver's", PAGE_CREATE)
{
    struct rig rig;
    struct bare_device bare;
    rig_open_adapter(&rig);
    bare_prepare(&bare, &rig, 0);
    bare.arguments.Version = 0x7FFF0000;
    HRESULT hr = bare_create(&bare);
    cr_assert(SUCCEEDED(hr), "CreateDevice with a newer build: 0x%08x", (unsigned)hr);
    bare_finish(&bare);
    rig_close(&rig);
}

RULE(versions, others_are_refused, "CP-1.4-05",
        "CreateDevice with an interface that is not in the list is refused, and no table is filled",
        PAGE_CREATE)
{
    static const UINT interfaces[] = { 0x000A0000, 0x000B000E, 0x000B0010, 0x000B0020, 0x000B00FF };
    struct rig rig;
    UINT64 versions[VERSIONS_MAX];
    rig_open_adapter(&rig);
    UINT32 count = get_versions(&rig, versions);
    for (unsigned i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++) {
        struct bare_device bare;
        if (has_interface(versions, count, interfaces[i])) {
            continue;
        }
        bare_prepare(&bare, &rig, 0);
        bare.arguments.Interface = interfaces[i];
        HRESULT hr = bare_create(&bare);
        cr_assert(FAILED(hr), "interface 0x%08x: 0x%08x", interfaces[i], (unsigned)hr);
        expect_all(&bare.device.table, sizeof(bare.device.table), 0,
                "refused, but the device table was filled");
        bare_finish(&bare);
    }
    rig_close(&rig);
}
