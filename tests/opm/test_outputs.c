/* SPDX-License-Identifier: MIT */
/* libvitrine_opm.so by what it exports, over a device in this process. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "include/vitrine_host.h"
#include "tests/opm/signer.h"

struct stage {
    struct vitrine_host_tables tables;
    HMONITOR monitor;
};

static void open_stage(struct stage *stage)
{
    char error[256] = "";
    struct vitrine_host_config config = { .version = VITRINE_HOST_VERSION,
        .certificate = getenv("HOST_CHAIN_DRIVER"),
        .key = getenv("HOST_KEY") };
    cr_assert_eq(VitrineOpenHost(&config, &stage->tables, error, sizeof(error)), S_OK, "%s", error);
    cr_assert_eq(VitrineOpmMonitor(&stage->tables, 0, &stage->monitor), S_OK);
}

static void close_stage(struct stage *stage)
{
    VitrineOpmDropMonitor(stage->monitor);
    stage->tables.close(stage->tables.host);
}

static IOPMVideoOutput *get_output(HMONITOR monitor)
{
    ULONG count = 0;
    IOPMVideoOutput **array = NULL;
    cr_assert_eq(OPMGetVideoOutputsFromHMONITOR(monitor, OPM_VOS_OPM_SEMANTICS, &count, &array),
            S_OK);
    cr_assert_eq(count, 1);
    IOPMVideoOutput *output = array[0];
    CoTaskMemFree(array);
    return output;
}

static void initialize(IOPMVideoOutput *output, struct opm_signer *signer)
{
    OPM_RANDOM_NUMBER random;
    OPM_ENCRYPTED_INITIALIZATION_PARAMETERS block;
    BYTE *chain = NULL;
    ULONG len = 0;
    cr_assert(opm_signer_init(signer, 100, 200));
    cr_assert_eq(IOPMVideoOutput_StartInitialization(output, &random, &chain, &len), S_OK);
    cr_assert(opm_signer_block(signer, chain, len, random.abRandomNumber, 40, &block));
    CoTaskMemFree(chain);
    cr_assert_eq(IOPMVideoOutput_FinishInitialization(output, &block), S_OK);
}

static ULONG actual_level(IOPMVideoOutput *output, struct opm_signer *signer)
{
    static OPM_GET_INFO_PARAMETERS request;
    static OPM_REQUESTED_INFORMATION answer;
    OPM_STANDARD_INFORMATION standard;
    ULONG type = OPM_PROTECTION_TYPE_HDCP;
    opm_signer_request(signer, &OPM_GET_ACTUAL_PROTECTION_LEVEL, &type, sizeof(type), &request);
    cr_assert_eq(IOPMVideoOutput_GetInformation(output, &request, &answer), S_OK);
    cr_assert(opm_signer_accepts(signer, &answer, sizeof(standard)));
    memcpy(&standard, answer.abRequestedInformation, sizeof(standard));
    return standard.ulInformation;
}

static HRESULT set_hdcp(IOPMVideoOutput *output, struct opm_signer *signer, ULONG level)
{
    static OPM_CONFIGURE_PARAMETERS command;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { .ulProtectionType = OPM_PROTECTION_TYPE_HDCP,
        .ulProtectionLevel = level };
    opm_signer_command(signer, &OPM_SET_PROTECTION_LEVEL, &set, sizeof(set), &command);
    return IOPMVideoOutput_Configure(output, &command, 0, NULL);
}

Test(outputs, what_an_object_commanded_ends_with_its_last_reference)
{
    struct stage stage;
    struct opm_signer first_signer, second_signer;
    open_stage(&stage);
    IOPMVideoOutput *first = get_output(stage.monitor);
    IOPMVideoOutput *second = get_output(stage.monitor);
    initialize(first, &first_signer);
    initialize(second, &second_signer);
    cr_assert_eq(set_hdcp(first, &first_signer, OPM_HDCP_ON), S_OK);
    cr_assert_eq(actual_level(second, &second_signer), OPM_HDCP_ON);
    cr_assert_eq(IOPMVideoOutput_AddRef(first), 2);
    cr_assert_eq(IOPMVideoOutput_Release(first), 1);
    cr_assert_eq(actual_level(second, &second_signer), OPM_HDCP_ON);
    cr_assert_eq(IOPMVideoOutput_Release(first), 0);
    cr_assert_eq(actual_level(second, &second_signer), OPM_HDCP_OFF);
    cr_assert_eq(IOPMVideoOutput_Release(second), 0);
    opm_signer_finish(&first_signer);
    opm_signer_finish(&second_signer);
    close_stage(&stage);
}

Test(outputs, an_object_is_an_unknown_and_a_video_output_and_nothing_else)
{
    struct stage stage;
    void *found = NULL;
    open_stage(&stage);
    IOPMVideoOutput *output = get_output(stage.monitor);
    cr_expect_eq(IOPMVideoOutput_QueryInterface(output, &IID_IUnknown, &found), S_OK);
    cr_expect_eq(found, output);
    cr_expect_eq(IOPMVideoOutput_QueryInterface(output, &IID_IOPMVideoOutput, &found), S_OK);
    cr_expect_eq(found, output);
    cr_expect_eq(IOPMVideoOutput_QueryInterface(output, &OPM_GET_OUTPUT_ID, &found), E_NOINTERFACE);
    cr_expect_null(found);
    cr_expect_eq(IOPMVideoOutput_QueryInterface(output, &IID_IUnknown, NULL), E_POINTER);
    cr_expect_eq(IOPMVideoOutput_Release(output), 2);
    cr_expect_eq(IOPMVideoOutput_Release(output), 1);
    cr_expect_eq(IOPMVideoOutput_Release(output), 0);
    close_stage(&stage);
}

static void *count_up_and_down(void *output)
{
    for (int i = 0; i < 10000; i++) {
        IOPMVideoOutput_AddRef((IOPMVideoOutput *)output);
        IOPMVideoOutput_Release((IOPMVideoOutput *)output);
    }
    return NULL;
}

Test(outputs, threads_may_share_an_object)
{
    struct stage stage;
    pthread_t threads[4];
    open_stage(&stage);
    IOPMVideoOutput *output = get_output(stage.monitor);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, count_up_and_down, output), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    cr_assert_eq(IOPMVideoOutput_Release(output), 0);
    close_stage(&stage);
}

Test(outputs, what_does_not_exist_or_is_not_supported_has_its_code)
{
    struct stage stage;
    HMONITOR none = NULL;
    ULONG count = 77;
    IOPMVideoOutput **array = (IOPMVideoOutput **)&count;
    open_stage(&stage);
    cr_expect_eq(OPMGetVideoOutputsFromHMONITOR(stage.monitor, OPM_VOS_COPP_SEMANTICS, &count,
                         &array),
            ERROR_GRAPHICS_COPP_NOT_SUPPORTED);
    cr_expect_eq(OPMGetVideoOutputsFromHMONITOR(stage.monitor, OPM_VOS_OPM_INDIRECT_DISPLAY, &count,
                         &array),
            ERROR_GRAPHICS_OPM_NOT_SUPPORTED);
    cr_assert_eq(VitrineOpmMonitor(&stage.tables, 16, &none), S_OK);
    cr_expect_eq(OPMGetVideoOutputsFromHMONITOR(none, OPM_VOS_OPM_SEMANTICS, &count, &array),
            ERROR_GRAPHICS_OPM_NO_VIDEO_OUTPUTS_EXIST);
    VitrineOpmDropMonitor(none);
    cr_expect_eq(OPMGetVideoOutputsFromIDirect3DDevice9Object(NULL, OPM_VOS_OPM_SEMANTICS, &count,
                         &array),
            ERROR_GRAPHICS_OPM_NOT_SUPPORTED);
    cr_expect_eq(OPMGetVideoOutputsFromHMONITOR((HMONITOR)((char *)stage.monitor + 1),
                         OPM_VOS_OPM_SEMANTICS, &count, &array),
            E_INVALIDARG);
    cr_expect_eq(count, 77, "outputs are untouched on failure");
    cr_expect_eq((void *)array, (void *)&count);
    close_stage(&stage);
}

Test(outputs, pointers_are_checked)
{
    struct stage stage;
    ULONG count;
    IOPMVideoOutput **array;
    IOPMVideoOutput *output;
    LUID luid = { 0, 0 };
    static OPM_REQUESTED_INFORMATION answer;
    open_stage(&stage);
    cr_expect_eq(OPMGetVideoOutputsFromHMONITOR(stage.monitor, OPM_VOS_OPM_SEMANTICS, NULL, &array),
            E_INVALIDARG);
    cr_expect_eq(OPMGetVideoOutputsFromHMONITOR(stage.monitor, OPM_VOS_OPM_SEMANTICS, &count, NULL),
            E_INVALIDARG);
    cr_expect_eq(OPMGetVideoOutputForTarget(NULL, 0, OPM_VOS_OPM_SEMANTICS, &output), E_INVALIDARG);
    cr_expect_eq(OPMGetVideoOutputForTarget(&luid, 0, OPM_VOS_OPM_SEMANTICS, NULL), E_INVALIDARG);
    cr_expect_eq(VitrineOpmMonitor(NULL, 0, &stage.monitor), E_INVALIDARG);
    cr_expect_eq(VitrineOpmMonitor(&stage.tables, 0, NULL), E_INVALIDARG);
    output = get_output(stage.monitor);
    cr_expect_eq(IOPMVideoOutput_StartInitialization(output, NULL, NULL, NULL), E_INVALIDARG);
    cr_expect_eq(IOPMVideoOutput_FinishInitialization(output, NULL), E_INVALIDARG);
    cr_expect_eq(IOPMVideoOutput_GetInformation(output, NULL, &answer), E_INVALIDARG);
    cr_expect_eq(IOPMVideoOutput_COPPCompatibleGetInformation(output, NULL, &answer), E_INVALIDARG);
    cr_expect_eq(IOPMVideoOutput_Configure(output, NULL, 0, NULL), E_INVALIDARG);
    IOPMVideoOutput_Release(output);
    VitrineOpmDropMonitor(NULL);
    VitrineOpmDropMonitor((HMONITOR)(uintptr_t)1);
    CoTaskMemFree(NULL);
    close_stage(&stage);
}

Test(outputs, initialization_is_started_once_and_finished_once)
{
    struct stage stage;
    struct opm_signer signer;
    OPM_RANDOM_NUMBER random = { { 1, 2, 3 } };
    OPM_RANDOM_NUMBER before = random;
    OPM_ENCRYPTED_INITIALIZATION_PARAMETERS block = { { 0 } };
    BYTE *chain = (BYTE *)&random;
    ULONG len = 77;
    open_stage(&stage);
    IOPMVideoOutput *output = get_output(stage.monitor);
    initialize(output, &signer);
    cr_expect_eq(IOPMVideoOutput_StartInitialization(output, &random, &chain, &len),
            ERROR_GRAPHICS_OPM_DRIVER_INTERNAL_ERROR);
    cr_expect_arr_eq(&random, &before, sizeof(random));
    cr_expect_eq((void *)chain, (void *)&random);
    cr_expect_eq(len, 77);
    cr_expect_eq(IOPMVideoOutput_FinishInitialization(output, &block),
            ERROR_GRAPHICS_OPM_INVALID_ENCRYPTED_PARAMETERS);
    cr_expect_eq(actual_level(output, &signer), OPM_HDCP_OFF, "and the first key goes on");
    IOPMVideoOutput_Release(output);
    opm_signer_finish(&signer);
    close_stage(&stage);
}

Test(outputs, requests_of_the_other_semantics_are_refused)
{
    static OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS request;
    static OPM_REQUESTED_INFORMATION answer;
    struct stage stage;
    open_stage(&stage);
    IOPMVideoOutput *output = get_output(stage.monitor);
    cr_expect_eq(IOPMVideoOutput_COPPCompatibleGetInformation(output, &request, &answer),
            ERROR_GRAPHICS_OPM_VIDEO_OUTPUT_DOES_NOT_HAVE_COPP_SEMANTICS);
    IOPMVideoOutput_Release(output);
    close_stage(&stage);
}

static void name_link(const char *chain)
{
    setenv("VITRINE_CERTIFICATE", chain, 1);
    setenv("VITRINE_KEY", getenv("HOST_KEY"), 1);
}

Test(outputs, small_numbers_are_outputs_of_the_link_that_the_environment_names)
{
    ULONG count = 0;
    IOPMVideoOutput **array = NULL;
    struct opm_signer signer;
    name_link(getenv("HOST_CHAIN_DEVICE"));
    for (uintptr_t number = 0; number < 2; number++) {
        IOPMVideoOutput *output = get_output((HMONITOR)number);
        initialize(output, &signer);
        cr_expect_eq(set_hdcp(output, &signer, OPM_HDCP_ON), S_OK);
        cr_expect_eq(IOPMVideoOutput_Release(output), 0);
        opm_signer_finish(&signer);
    }
    cr_expect_eq(OPMGetVideoOutputsFromHMONITOR((HMONITOR)(uintptr_t)17, OPM_VOS_OPM_SEMANTICS,
                         &count, &array),
            ERROR_GRAPHICS_OPM_NO_VIDEO_OUTPUTS_EXIST);
    name_link("/nonexistent/chain.der");
    cr_expect_eq(OPMGetVideoOutputsFromHMONITOR(NULL, OPM_VOS_OPM_SEMANTICS, &count, &array),
            E_FAIL);
}

Test(outputs, a_target_is_an_output_too)
{
    LUID luid = { 1, 2 };
    IOPMVideoOutput *output = NULL;
    name_link(getenv("HOST_CHAIN_DRIVER"));
    cr_assert_eq(OPMGetVideoOutputForTarget(&luid, 0, OPM_VOS_OPM_SEMANTICS, &output), S_OK);
    cr_expect_eq(IOPMVideoOutput_Release(output), 0);
    cr_expect_eq(OPMGetVideoOutputForTarget(&luid, 16, OPM_VOS_OPM_SEMANTICS, &output),
            ERROR_GRAPHICS_OPM_NO_VIDEO_OUTPUTS_EXIST);
}
