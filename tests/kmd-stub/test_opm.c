/* SPDX-License-Identifier: MIT */
/* DXGK_OPM_INTERFACE over the embedded link, in both custodies, by what the library exports. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "include/dispmprt.h"
#include "include/opmapi.h"
#include "tests/kmd-stub/host_rig.h"
#include "tests/opm/signer.h"

enum { CHAIN_MAX_LEN = 16384, STATUS_NUMBER = 7, COMMAND_NUMBER = 70 };

struct stage {
    struct vitrine_host_tables tables;
    DXGK_OPM_INTERFACE opm;
    PVOID context;
    uint8_t chain[CHAIN_MAX_LEN];
    ULONG chain_len;
};

/* A protected output and who commands it. */
struct output {
    struct stage *stage;
    HANDLE handle;
    DXGKMDT_OPM_RANDOM_NUMBER random;
    struct opm_signer signer;
};

static void query(struct stage *stage)
{
    QUERY_INTERFACE query = { .InterfaceType = &GUID_DEVINTERFACE_OPM,
        .Size = sizeof(stage->opm),
        .Version = DXGK_OPM_INTERFACE_VERSION_1,
        .Interface = (PINTERFACE)(void *)&stage->opm };
    cr_assert_eq(stage->tables.query_interface(stage->context, &query), STATUS_SUCCESS);
}

static void open_config(struct stage *stage, const struct vitrine_host_config *config)
{
    char error[256] = "";
    *stage = (struct stage){ .chain_len = 0 };
    cr_assert_eq(VitrineOpenHost(config, &stage->tables, error, sizeof(error)), S_OK, "%s", error);
    stage->context = stage->tables.hRTAdapter;
    query(stage);
}

static void open_stage(struct stage *stage, bool custody_device)
{
    struct vitrine_host_config config = { .version = VITRINE_HOST_VERSION,
        .certificate = host_chain(custody_device),
        .key = host_key() };
    open_config(stage, &config);
    cr_assert_eq(stage->opm.DxgkDdiOPMGetCertificateSize(stage->context, DXGKMDT_OPM_CERTIFICATE,
                         &stage->chain_len),
            STATUS_SUCCESS);
    cr_assert_leq(stage->chain_len, sizeof(stage->chain));
    cr_assert_eq(stage->opm.DxgkDdiOPMGetCertificate(stage->context, DXGKMDT_OPM_CERTIFICATE,
                         stage->chain_len, stage->chain),
            STATUS_SUCCESS);
}

static void close_stage(struct stage *stage)
{
    stage->tables.close(stage->tables.host);
}

static void create(struct stage *stage, struct output *output)
{
    *output = (struct output){ .stage = stage };
    cr_assert_eq(stage->opm.DxgkDdiOPMCreateProtectedOutput(stage->context, 0,
                         DXGKMDT_OPM_VOS_OPM_SEMANTICS, &output->handle),
            STATUS_SUCCESS);
    cr_assert_not_null(output->handle);
    cr_assert(opm_signer_init(&output->signer, STATUS_NUMBER, COMMAND_NUMBER));
}

static void get_random(struct output *output)
{
    struct stage *stage = output->stage;
    cr_assert_eq(stage->opm.DxgkDdiOPMGetRandomNumber(stage->context, output->handle,
                         &output->random),
            STATUS_SUCCESS);
}

static NTSTATUS set_key(struct output *output, const void *block)
{
    struct stage *stage = output->stage;
    return stage->opm.DxgkDdiOPMSetSigningKeyAndSequenceNumbers(stage->context, output->handle,
            block);
}

static void make_block(struct output *output, size_t len, void *block)
{
    cr_assert(opm_signer_block(&output->signer, output->stage->chain, output->stage->chain_len,
            output->random.abRandomNumber, len, block));
}

static void open_output(struct stage *stage, struct output *output)
{
    DXGKMDT_OPM_ENCRYPTED_PARAMETERS block;
    create(stage, output);
    get_random(output);
    make_block(output, 40, &block);
    cr_assert_eq(set_key(output, &block), STATUS_SUCCESS);
}

static void close_output(struct output *output)
{
    struct stage *stage = output->stage;
    cr_assert_eq(stage->opm.DxgkDdiOPMDestroyProtectedOutput(stage->context, output->handle),
            STATUS_SUCCESS);
    opm_signer_finish(&output->signer);
}

static NTSTATUS send(struct output *output, const void *request,
        DXGKMDT_OPM_REQUESTED_INFORMATION *answer)
{
    struct stage *stage = output->stage;
    return stage->opm.DxgkDdiOPMGetInformation(stage->context, output->handle, request, answer);
}

static NTSTATUS get(struct output *output, const GUID *guid, uint32_t type, ULONG *information)
{
    static DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    static DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    OPM_STANDARD_INFORMATION standard;
    opm_signer_request(&output->signer, guid, &type, type != 0 ? sizeof(type) : 0, &request);
    NTSTATUS status = send(output, &request, &answer);
    if (status != STATUS_SUCCESS) {
        output->signer.status_number--; /* most refusals spend none; the caller knows */
        return status;
    }
    cr_assert(opm_signer_accepts(&output->signer, &answer, sizeof(standard)));
    memcpy(&standard, answer.abRequestedInformation, sizeof(standard));
    *information = standard.ulInformation;
    return status;
}

static NTSTATUS set_hdcp(struct output *output, ULONG level)
{
    static DXGKMDT_OPM_CONFIGURE_PARAMETERS command;
    struct stage *stage = output->stage;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { .ulProtectionType = OPM_PROTECTION_TYPE_HDCP,
        .ulProtectionLevel = level };
    opm_signer_command(&output->signer, &OPM_SET_PROTECTION_LEVEL, &set, sizeof(set), &command);
    return stage->opm.DxgkDdiOPMConfigureProtectedOutput(stage->context, output->handle, &command,
            0, NULL);
}

static ULONG level(struct output *output, const GUID *guid)
{
    ULONG information = 0xeeeeeeee;
    cr_assert_eq(get(output, guid, OPM_PROTECTION_TYPE_HDCP, &information), STATUS_SUCCESS);
    return information;
}

static void switch_hdcp(bool custody_device)
{
    struct stage stage;
    struct output output;
    ULONG information = 0;
    open_stage(&stage, custody_device);
    open_output(&stage, &output);
    cr_assert_eq(get(&output, &OPM_GET_CONNECTOR_TYPE, 0, &information), STATUS_SUCCESS);
    cr_assert_eq(information, OPM_CONNECTOR_TYPE_HDMI);
    cr_assert_eq(level(&output, &OPM_GET_ACTUAL_PROTECTION_LEVEL), OPM_HDCP_OFF);
    cr_assert_eq(set_hdcp(&output, OPM_HDCP_ON), STATUS_SUCCESS);
    cr_assert_eq(level(&output, &OPM_GET_VIRTUAL_PROTECTION_LEVEL), OPM_HDCP_ON);
    cr_assert_eq(level(&output, &OPM_GET_ACTUAL_PROTECTION_LEVEL), OPM_HDCP_ON);
    cr_assert_eq(set_hdcp(&output, OPM_HDCP_OFF), STATUS_SUCCESS);
    cr_assert_eq(level(&output, &OPM_GET_ACTUAL_PROTECTION_LEVEL), OPM_HDCP_OFF);
    close_output(&output);
    close_stage(&stage);
}

Test(opm, switches_protection_with_the_key_in_the_driver)
{
    switch_hdcp(false);
}

Test(opm, switches_protection_with_the_key_in_the_device)
{
    switch_hdcp(true);
}

static void expect_no_opm(const char *key)
{
    struct stage stage;
    HANDLE output = &stage;
    struct vitrine_host_config config = { .version = VITRINE_HOST_VERSION,
        .certificate = host_chain(false),
        .key = key };
    open_config(&stage, &config);
    cr_expect_eq(stage.opm.DxgkDdiOPMGetCertificateSize(stage.context, DXGKMDT_OPM_CERTIFICATE,
                         &stage.chain_len),
            STATUS_GRAPHICS_OPM_NOT_SUPPORTED, "%s", key);
    cr_expect_eq(stage.opm.DxgkDdiOPMCreateProtectedOutput(stage.context, 0,
                         DXGKMDT_OPM_VOS_OPM_SEMANTICS, &output),
            STATUS_GRAPHICS_OPM_NOT_SUPPORTED, "%s", key);
    cr_expect_eq(output, (HANDLE)&stage);
    close_stage(&stage);
}

Test(opm, a_key_that_is_not_the_certificates_is_as_good_as_none)
{
    expect_no_opm(getenv("HOST_OTHER_KEY"));
    expect_no_opm("/nonexistent/key.pem");
    expect_no_opm(NULL);
}

static ULONG status_of(struct output *output)
{
    static DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    static DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    OPM_STANDARD_INFORMATION standard;
    opm_signer_request(&output->signer, &OPM_GET_CONNECTOR_TYPE, NULL, 0, &request);
    cr_assert_eq(send(output, &request, &answer), STATUS_SUCCESS);
    cr_assert(opm_signer_accepts(&output->signer, &answer, sizeof(standard)));
    memcpy(&standard, answer.abRequestedInformation, sizeof(standard));
    return standard.ulStatusFlags;
}

static void command_monitor(struct stage *stage, const char *command)
{
    cr_assert_eq(stage->tables.set_monitor(stage->tables.host, 0, command), S_OK, "%s", command);
}

Test(opm, an_event_is_told_once_to_each_object)
{
    static const struct {
        const char *command;
        ULONG status;
    } events[] = {
        { "unplug", OPM_STATUS_LINK_LOST },
        { "plug", OPM_STATUS_RENEGOTIATION_REQUIRED },
        { "tamper", OPM_STATUS_TAMPERING_DETECTED },
        { "revoke", OPM_STATUS_LINK_LOST | OPM_STATUS_REVOKED_HDCP_DEVICE_ATTACHED },
    };
    struct stage stage;
    struct output first, second, late;
    open_stage(&stage, false);
    open_output(&stage, &first);
    open_output(&stage, &second);
    for (unsigned i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        cr_assert_eq(set_hdcp(&first, OPM_HDCP_ON), STATUS_SUCCESS);
        command_monitor(&stage, events[i].command);
        cr_expect_eq(status_of(&first), events[i].status, "%s", events[i].command);
        cr_expect_eq(status_of(&first), (ULONG)OPM_STATUS_NORMAL);
        cr_expect_eq(status_of(&second), events[i].status, "%s", events[i].command);
        cr_expect_eq(status_of(&second), (ULONG)OPM_STATUS_NORMAL);
    }
    open_output(&stage, &late);
    cr_expect_eq(status_of(&late), (ULONG)OPM_STATUS_NORMAL, "nothing happened since it is there");
    close_output(&late);
    close_output(&second);
    close_output(&first);
    close_stage(&stage);
}

Test(opm, a_refused_request_does_not_take_an_event_away)
{
    static DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    static DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    struct stage stage;
    struct output output;
    open_stage(&stage, true);
    open_output(&stage, &output);
    command_monitor(&stage, "unplug");
    opm_signer_request(&output.signer, &OPM_GET_DVI_CHARACTERISTICS, NULL, 0, &request);
    cr_assert_eq(send(&output, &request, &answer), STATUS_GRAPHICS_OPM_INVALID_INFORMATION_REQUEST);
    cr_expect_eq(status_of(&output), (ULONG)OPM_STATUS_LINK_LOST);
    close_output(&output);
    close_stage(&stage);
}

Test(opm, protection_that_was_lost_is_commanded_again)
{
    struct stage stage;
    struct output output;
    open_stage(&stage, false);
    open_output(&stage, &output);
    cr_assert_eq(set_hdcp(&output, OPM_HDCP_ON), STATUS_SUCCESS);
    cr_expect_eq(level(&output, &OPM_GET_ACTUAL_PROTECTION_LEVEL), OPM_HDCP_ON);
    command_monitor(&stage, "unplug");
    cr_expect_eq(level(&output, &OPM_GET_ACTUAL_PROTECTION_LEVEL), OPM_HDCP_OFF);
    command_monitor(&stage, "plug");
    cr_expect_eq(level(&output, &OPM_GET_ACTUAL_PROTECTION_LEVEL), OPM_HDCP_OFF);
    cr_assert_eq(set_hdcp(&output, OPM_HDCP_ON), STATUS_SUCCESS);
    cr_expect_eq(level(&output, &OPM_GET_ACTUAL_PROTECTION_LEVEL), OPM_HDCP_ON);
    close_output(&output);
    close_stage(&stage);
}
