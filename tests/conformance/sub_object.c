/* SPDX-License-Identifier: MIT */
/* The table of video functions, reached as a sub-object of the device. */
#include <pthread.h>
#include <string.h>

#include "tests/conformance/bare.h"

RULE_GROUP(sub_object, "RetrieveSubObject and the video table");

#define PAGE "PFND3D10DDI_RETRIEVESUBOBJECT"
#define PAGE_TABLE "D3D11_1DDI_VIDEODEVICEFUNCS"
#define PAGE_INPUT "D3D11_1DDI_VIDEO_INPUT"

struct trial {
    struct rig rig;
    struct bare_device bare;
    struct {
        D3D11_1DDI_VIDEODEVICEFUNCS table;
        uint8_t guard[BARE_GUARD_LEN];
    } video;
    D3D11_1DDI_VIDEO_INPUT input;
    uint8_t output[BARE_GUARD_LEN];
};

static void begin(struct trial *trial)
{
    memset(trial, 0, sizeof(*trial));
    rig_open_adapter(&trial->rig);
    bare_prepare(&trial->bare, &trial->rig, 0);
    expect_code(bare_create(&trial->bare), S_OK, "CreateDevice");
    memset(trial->video.guard, BARE_GUARD, BARE_GUARD_LEN);
    memset(trial->output, BARE_GUARD, BARE_GUARD_LEN);
    trial->input.p11VideoDeviceFuncs = &trial->video.table;
}

static HRESULT retrieve(struct trial *trial, UINT32 id, SIZE_T size, void *input, SIZE_T out_size)
{
    return trial->bare.retrieve(trial->bare.arguments.hDrvDevice, id, size, input, out_size,
            trial->output);
}

static void end(struct trial *trial)
{
    cr_assert(bare_guard_is_whole(trial->video.guard), "written behind the video table");
    expect_all(trial->output + 1, BARE_GUARD_LEN - 1, BARE_GUARD,
            "written behind the one byte of output");
    bare_finish(&trial->bare);
    rig_close(&trial->rig);
}

static void expect_filled(const D3D11_1DDI_VIDEODEVICEFUNCS *table)
{
    void *slots[sizeof(*table) / sizeof(void *)];
    memcpy(slots, table, sizeof(slots));
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        cr_assert_not_null(slots[i], "function %zu of the video table is NULL", i);
    }
}

RULE(sub_object, video_table_has_no_hole, "CP-1.1-08 CP-1.7-01 CP-1.8-01 CP-1.8-02",
        "Sub-device 2 gives the 11.1 video table: all 81 functions, and nothing behind them",
        PAGE_TABLE)
{
    struct trial trial;
    begin(&trial);
    expect_code(retrieve(&trial, D3D11_1DDI_VIDEO_FUNCTIONS, 16, &trial.input, 1), S_OK,
            "RetrieveSubObject");
    expect_filled(&trial.video.table);
    end(&trial);
}

RULE(sub_object, table_is_named_by_the_input, "CP-1.7-01 CP-6-02",
        "The table is where the input says; with no output at all nothing is missing", PAGE_INPUT)
{
    struct trial trial;
    begin(&trial);
    HRESULT hr = trial.bare.retrieve(trial.bare.arguments.hDrvDevice, D3D11_1DDI_VIDEO_FUNCTIONS,
            sizeof(trial.input), &trial.input, 0, NULL);
    expect_code(hr, S_OK, "RetrieveSubObject without output");
    expect_filled(&trial.video.table);
    end(&trial);
}

RULE(sub_object, writes_no_more_output_than_there_is, "CP-1.7-02 CP-6-02",
        "At most OutputParamSize bytes of output are written", PAGE)
{
    struct trial trial;
    begin(&trial);
    expect_code(retrieve(&trial, D3D11_1DDI_VIDEO_FUNCTIONS, 16, &trial.input, 0), S_OK,
            "RetrieveSubObject with OutputParamSize 0");
    expect_all(trial.output, BARE_GUARD_LEN, BARE_GUARD,
            "output was written, although its size is 0");
    end(&trial);
}

RULE(sub_object, refuses_a_shorter_input, "CP-1.2-06 CP-6-02",
        "A ParamSize below that of the input is refused, and no table is filled", PAGE)
{
    static const SIZE_T sizes[] = { 0, 1, 8, 15 };
    struct trial trial;
    begin(&trial);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        expect_code(retrieve(&trial, D3D11_1DDI_VIDEO_FUNCTIONS, sizes[i], &trial.input, 1),
                E_INVALIDARG, "a ParamSize below 16");
        expect_all(&trial.video.table, sizeof(trial.video.table), 0,
                "refused, but the table was filled");
    }
    end(&trial);
}

RULE(sub_object, refuses_no_input, "CP-1.2-06",
        "No input, and an input without a table, is refused", PAGE)
{
    struct trial trial;
    begin(&trial);
    HRESULT hr = retrieve(&trial, D3D11_1DDI_VIDEO_FUNCTIONS, 16, NULL, 1);
    cr_assert(FAILED(hr), "pParams NULL: 0x%08x", (unsigned)hr);
    trial.input.p11VideoDeviceFuncs = NULL;
    hr = retrieve(&trial, D3D11_1DDI_VIDEO_FUNCTIONS, 16, &trial.input, 1);
    cr_assert(FAILED(hr), "no table: 0x%08x", (unsigned)hr);
    end(&trial);
}

RULE(sub_object, refuses_unknown_parts, "CP-1.7-03",
        "A sub-device that is not published is refused, and no table is filled", PAGE)
{
    static const UINT32 ids[] = { 0, 1, 4, 8, 100, 0xFFFFFFFF };
    struct trial trial;
    begin(&trial);
    for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        HRESULT hr = retrieve(&trial, ids[i], 16, &trial.input, 1);
        cr_assert(FAILED(hr), "sub-device %u: 0x%08x", ids[i], (unsigned)hr);
        expect_all(&trial.video.table, sizeof(trial.video.table), 0,
                "refused, but the table was filled");
    }
    end(&trial);
}

static bool offers(struct trial *trial, UINT interface)
{
    UINT64 versions[64];
    UINT32 count = 64;
    expect_code(vit_adapter_funcs(trial->rig.adapter)
                        ->pfnGetSupportedVersions(vit_adapter_handle(trial->rig.adapter), &count,
                                versions),
            S_OK, "GetSupportedVersions");
    for (UINT32 i = 0; i < count; i++) {
        if (versions[i] >> 32 >= interface) {
            return true;
        }
    }
    return false;
}

RULE(sub_object, later_tables_need_their_version, "CP-1.7-04 CP-6-01",
        "The video tables of WDDM 2.x are refused by a driver that does not list their version",
        PAGE)
{
    static const struct {
        UINT32 id;
        UINT interface;
    } parts[] = {
        { D3DWDDM2_0DDI_VIDEO_FUNCTIONS, D3DWDDM2_0_DDI_INTERFACE_VERSION },
        { D3DWDDM2_1DDI_VIDEO_FUNCTIONS, D3DWDDM2_1_DDI_INTERFACE_VERSION },
        { D3DWDDM2_4DDI_VIDEO_FUNCTIONS_RS4_0, D3DWDDM2_4_DDI_INTERFACE_VERSION },
        { D3DWDDM2_4DDI_VIDEO_FUNCTIONS, D3DWDDM2_4_DDI_INTERFACE_VERSION },
    };
    struct trial trial;
    begin(&trial);
    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (offers(&trial, parts[i].interface)) {
            continue;
        }
        HRESULT hr = retrieve(&trial, parts[i].id, 16, &trial.input, 1);
        cr_assert(FAILED(hr), "sub-device %u: 0x%08x", parts[i].id, (unsigned)hr);
        expect_all(&trial.video.table, sizeof(trial.video.table), 0,
                "refused, but the table was filled");
    }
    end(&trial);
}

RULE(sub_object, table_is_written_again_elsewhere, "CP-1.7-05",
        "With Relocate the table is written at its new address, with the same functions",
        PAGE_INPUT)
{
    struct trial trial;
    D3D11_1DDI_VIDEODEVICEFUNCS moved = { 0 };
    begin(&trial);
    expect_code(retrieve(&trial, D3D11_1DDI_VIDEO_FUNCTIONS, 16, &trial.input, 1), S_OK,
            "RetrieveSubObject");
    D3D11_1DDI_VIDEO_INPUT input = { .Relocate = TRUE, .p11VideoDeviceFuncs = &moved };
    expect_code(retrieve(&trial, D3D11_1DDI_VIDEO_FUNCTIONS, 16, &input, 1), S_OK,
            "RetrieveSubObject with Relocate");
    expect_filled(&moved);
    end(&trial);
}

RULE(sub_object, can_be_asked_for_repeatedly, "CP-1.7-06",
        "The sub-object can be asked for again: the answer is the same, the first table still works",
        PAGE)
{
    struct trial trial;
    D3D11_1DDI_VIDEODEVICEFUNCS again = { 0 };
    D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS caps = { 0 };
    begin(&trial);
    expect_code(retrieve(&trial, D3D11_1DDI_VIDEO_FUNCTIONS, 16, &trial.input, 1), S_OK,
            "RetrieveSubObject");
    D3D11_1DDI_VIDEO_INPUT input = { .p11VideoDeviceFuncs = &again };
    expect_code(retrieve(&trial, D3D11_1DDI_VIDEO_FUNCTIONS, 16, &input, 1), S_OK,
            "RetrieveSubObject again");
    expect_filled(&again);
    expect_code(trial.video.table.pfnGetContentProtectionCaps(trial.bare.arguments.hDrvDevice,
                        &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, &GUID_NULL, &caps),
            S_OK, "a function of the first table");
    end(&trial);
}

/* In a thread: no assertions there. */
struct asker {
    struct trial *trial;
    D3D11_1DDI_VIDEODEVICEFUNCS table;
    unsigned failures;
};

static void *ask(void *argument)
{
    struct asker *asker = argument;
    for (unsigned i = 0; i < 2000; i++) {
        D3D11_1DDI_VIDEO_INPUT input = { .p11VideoDeviceFuncs = &asker->table };
        uint8_t output = 0;
        HRESULT hr = asker->trial->bare.retrieve(asker->trial->bare.arguments.hDrvDevice,
                D3D11_1DDI_VIDEO_FUNCTIONS, sizeof(input), &input, sizeof(output), &output);
        asker->failures += hr != S_OK;
    }
    return NULL;
}

RULE(sub_object, may_be_asked_for_by_several_threads, "CP-1.2-08",
        "RetrieveSubObject is free-threaded", PAGE)
{
    struct trial trial;
    struct asker askers[3] = { 0 };
    pthread_t threads[3];
    begin(&trial);
    for (unsigned i = 0; i < 3; i++) {
        askers[i].trial = &trial;
        cr_assert_eq(pthread_create(&threads[i], NULL, ask, &askers[i]), 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        cr_assert_eq(askers[i].failures, 0u, "%u calls failed", askers[i].failures);
        expect_filled(&askers[i].table);
    }
    end(&trial);
}

RULE(sub_object, absent_features_say_so, "CP-1.8-03",
        "Functions of features that a driver lacks are there and say so: no profile, no channel",
        PAGE_TABLE)
{
    struct rig rig;
    GUID profile;
    rig_open(&rig);
    struct vit_device *device = rig.device;
    UINT count = 0xA5A5A5A5;
    device->video.pfnGetVideoDecoderProfileCount(device->handle, &count);
    cr_assert_lt(count, 1000u, "the number of decode profiles is %u", count);
    device->video.pfnGetVideoDecoderProfile(device->handle, count, &profile);
    (void)rig_take_reports(device);
    struct stream stream; /* the device works on */
    rig_stream(&rig, device, &stream);
    rig_destroy_session(device, stream.session);
    rig_close(&rig);
}
