/* SPDX-License-Identifier: MIT */
/* What an object of OPM makes of the facts about its output, and of commands. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto-session/omac.h"
#include "crypto-session/opm.h"
#include "include/opmapi.h"

enum { HDCP = VIT_OPM_TYPE_HDCP, DPCP = VIT_OPM_TYPE_DPCP };

struct stage {
    struct vit_slab *slab;
    struct vit_cipher *cipher;
    struct vit_opm *opm;
    struct vit_opm_exchange keys;
    struct vit_opm_facts facts;
    OPM_GET_INFO_PARAMETERS request;
    OPM_CONFIGURE_PARAMETERS command;
    OPM_REQUESTED_INFORMATION answer;
    struct vit_opm_command done;
};

static void open_stage(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    cr_assert_eq(vit_slab_create(&stage->slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(stage->slab, NULL, &stage->cipher), VIT_OK);
    cr_assert_eq(vit_opm_create(stage->slab, &stage->opm), VIT_OK);
    memset(stage->keys.signing_key, 7, sizeof(stage->keys.signing_key));
    stage->keys.status_sequence = 0xffffffff;
    stage->keys.command_sequence = 3;
    vit_opm_set_keys(stage->opm, &stage->keys);
    stage->facts = (struct vit_opm_facts){ .id = 0x1122334455667788,
        .connector = OPM_CONNECTOR_TYPE_DISPLAYPORT_EXTERNAL,
        .supported = HDCP | DPCP,
        .virtual_on = DPCP,
        .actual_on = HDCP,
        .status = OPM_STATUS_LINK_LOST,
        .width = 1920,
        .height = 1080,
        .refresh_hz = 60 };
}

static void close_stage(struct stage *stage)
{
    vit_opm_destroy(stage->opm);
    vit_cipher_destroy(stage->cipher);
    vit_slab_destroy(stage->slab);
}

static enum vit_opm_result get(struct stage *stage, const GUID *guid, uint32_t type)
{
    memset(&stage->request, 0, sizeof(stage->request));
    memset(&stage->request.rnRandomNumber, 0x42, 16);
    stage->request.guidInformation = *guid;
    stage->request.ulSequenceNumber = stage->keys.status_sequence++;
    stage->request.cbParametersSize = type != 0 ? 4 : 0;
    memcpy(stage->request.abParameters, &type, sizeof(type));
    cr_assert_eq(vit_omac_sign(stage->cipher, stage->keys.signing_key, &stage->request,
                         sizeof(stage->request)),
            VIT_OK);
    return vit_opm_information(stage->opm, stage->cipher, (const uint8_t *)&stage->request,
            &stage->facts, (uint8_t *)&stage->answer);
}

static OPM_STANDARD_INFORMATION standard(struct stage *stage, const GUID *guid, uint32_t type)
{
    OPM_STANDARD_INFORMATION information;
    cr_assert_eq(get(stage, guid, type), VIT_OPM_OK);
    cr_assert_eq(stage->answer.cbRequestedInformationSize, sizeof(information));
    cr_assert_eq(vit_omac_check(stage->cipher, stage->keys.signing_key, &stage->answer,
                         sizeof(stage->answer)),
            VIT_OK);
    memcpy(&information, stage->answer.abRequestedInformation, sizeof(information));
    cr_expect_arr_eq(&information.rnRandomNumber, &stage->request.rnRandomNumber, 16);
    cr_expect_eq(information.ulStatusFlags, stage->facts.status);
    return information;
}

static enum vit_opm_result set(struct stage *stage, const GUID *guid, const void *parameters,
        uint32_t len, size_t additional_len)
{
    memset(&stage->command, 0, sizeof(stage->command));
    stage->command.guidSetting = *guid;
    stage->command.ulSequenceNumber = stage->keys.command_sequence++;
    stage->command.cbParametersSize = len;
    memcpy(stage->command.abParameters, parameters, len);
    cr_assert_eq(vit_omac_sign(stage->cipher, stage->keys.signing_key, &stage->command,
                         sizeof(stage->command)),
            VIT_OK);
    return vit_opm_configure(stage->opm, stage->cipher, (const uint8_t *)&stage->command,
            additional_len, stage->facts.supported, &stage->done);
}

Test(opm, random_numbers_differ_and_stay)
{
    struct stage stage;
    struct vit_opm *other = NULL;
    uint8_t before[16];
    open_stage(&stage);
    cr_assert_eq(vit_opm_create(stage.slab, &other), VIT_OK);
    memcpy(before, vit_opm_random(other), sizeof(before));
    cr_expect_arr_neq(before, vit_opm_random(stage.opm), 16);
    cr_expect_arr_eq(before, vit_opm_random(other), 16);
    vit_opm_destroy(other);
    vit_opm_destroy(NULL);
    close_stage(&stage);
}

Test(opm, there_is_one_attempt)
{
    struct stage stage;
    open_stage(&stage);
    cr_expect_eq(vit_opm_begin_exchange(stage.opm), VIT_OK);
    cr_expect_eq(vit_opm_begin_exchange(stage.opm), VIT_E_STATE);
    close_stage(&stage);
}

Test(opm, answers_are_the_facts)
{
    struct stage stage;
    OPM_OUTPUT_ID_DATA id;
    OPM_ACTUAL_OUTPUT_FORMAT format;
    open_stage(&stage);
    cr_expect_eq(standard(&stage, &OPM_GET_CONNECTOR_TYPE, 0).ulInformation,
            OPM_CONNECTOR_TYPE_DISPLAYPORT_EXTERNAL);
    cr_expect_eq(standard(&stage, &OPM_GET_SUPPORTED_PROTECTION_TYPES, 0).ulInformation,
            (ULONG)(HDCP | DPCP));
    cr_expect_eq(standard(&stage, &OPM_GET_VIRTUAL_PROTECTION_LEVEL, HDCP).ulInformation, 0);
    cr_expect_eq(standard(&stage, &OPM_GET_VIRTUAL_PROTECTION_LEVEL, DPCP).ulInformation, 1);
    cr_expect_eq(standard(&stage, &OPM_GET_ACTUAL_PROTECTION_LEVEL, HDCP).ulInformation, 1);
    cr_expect_eq(standard(&stage, &OPM_GET_ACTUAL_PROTECTION_LEVEL, DPCP).ulInformation, 0);
    cr_assert_eq(get(&stage, &OPM_GET_OUTPUT_ID, 0), VIT_OPM_OK);
    memcpy(&id, stage.answer.abRequestedInformation, sizeof(id));
    cr_expect_eq(id.OutputId, 0x1122334455667788);
    cr_assert_eq(get(&stage, &OPM_GET_ACTUAL_OUTPUT_FORMAT, 0), VIT_OPM_OK);
    memcpy(&format, stage.answer.abRequestedInformation, sizeof(format));
    cr_expect_eq(format.ulDisplayWidth, 1920);
    cr_expect_eq(format.ulDisplayHeight, 1080);
    cr_expect_eq(format.dsfSampleInterleaveFormat, DXVA2_SampleProgressiveFrame);
    cr_expect_eq(format.d3dFormat, D3DFMT_X8R8G8B8);
    cr_expect_eq(format.ulFrequencyNumerator, 60);
    cr_expect_eq(format.ulFrequencyDenominator, 1);
    close_stage(&stage);
}

Test(opm, some_answers_depend_on_the_connector_and_on_lists)
{
    struct stage stage;
    open_stage(&stage);
    cr_expect_eq(get(&stage, &OPM_GET_DVI_CHARACTERISTICS, 0), VIT_OPM_INVALID_INFORMATION_REQUEST);
    cr_expect_eq(get(&stage, &OPM_GET_CURRENT_HDCP_SRM_VERSION, 0), VIT_OPM_HDCP_SRM_NEVER_SET);
    stage.facts.connector = OPM_CONNECTOR_TYPE_DVI;
    stage.facts.has_srm = true;
    stage.facts.srm_version = 513;
    cr_expect_eq(standard(&stage, &OPM_GET_DVI_CHARACTERISTICS, 0).ulInformation,
            OPM_DVI_CHARACTERISTIC_1_1_OR_ABOVE);
    cr_expect_eq(standard(&stage, &OPM_GET_CURRENT_HDCP_SRM_VERSION, 0).ulInformation, 513);
    stage.facts.supported = 0;
    cr_expect_eq(get(&stage, &OPM_GET_CURRENT_HDCP_SRM_VERSION, 0),
            VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP);
    cr_expect_eq(get(&stage, &OPM_GET_ACTUAL_PROTECTION_LEVEL, HDCP),
            VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP);
    cr_expect_eq(get(&stage, &OPM_GET_ACTUAL_PROTECTION_LEVEL, DPCP),
            VIT_OPM_INVALID_INFORMATION_REQUEST);
    close_stage(&stage);
}

Test(opm, commands_come_out_as_they_went_in)
{
    struct stage stage;
    open_stage(&stage);
    const OPM_SET_PROTECTION_LEVEL_PARAMETERS level = { DPCP, OPM_DPCP_ON, 0, 0 };
    cr_expect_eq(set(&stage, &OPM_SET_PROTECTION_LEVEL, &level, sizeof(level), 0), VIT_OPM_OK);
    cr_expect_eq(stage.done.kind, VIT_OPM_SET_LEVEL);
    cr_expect_eq(stage.done.type, (uint32_t)DPCP);
    cr_expect_eq(stage.done.level, (uint32_t)VIT_OPM_LEVEL_ON);
    const uint32_t version = 0xffff;
    cr_expect_eq(set(&stage, &OPM_SET_HDCP_SRM, &version, sizeof(version), 100), VIT_OPM_OK);
    cr_expect_eq(stage.done.kind, VIT_OPM_SET_SRM);
    cr_expect_eq(stage.done.srm_version, 0xffff);
    close_stage(&stage);
}

Test(opm, a_list_needs_bytes_a_version_and_hdcp)
{
    struct stage stage;
    uint32_t version = 0x10000;
    open_stage(&stage);
    cr_expect_eq(set(&stage, &OPM_SET_HDCP_SRM, &version, sizeof(version), 100),
            VIT_OPM_INVALID_SRM);
    version = 1;
    cr_expect_eq(set(&stage, &OPM_SET_HDCP_SRM, &version, sizeof(version), 0), VIT_OPM_INVALID_SRM);
    stage.facts.supported = DPCP;
    cr_expect_eq(set(&stage, &OPM_SET_HDCP_SRM, &version, sizeof(version), 100),
            VIT_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP);
    close_stage(&stage);
}

Test(opm, without_a_key_nothing_is_authentic)
{
    struct stage stage;
    struct vit_opm *keyless = NULL;
    open_stage(&stage);
    cr_assert_eq(vit_opm_create(stage.slab, &keyless), VIT_OK);
    vit_opm_destroy(stage.opm);
    stage.opm = keyless;
    memset(&stage.keys, 0, sizeof(stage.keys)); /* what its memory holds */
    const OPM_SET_PROTECTION_LEVEL_PARAMETERS level = { HDCP, OPM_HDCP_ON, 0, 0 };
    cr_expect_eq(get(&stage, &OPM_GET_CONNECTOR_TYPE, 0), VIT_OPM_INVALID_INFORMATION_REQUEST);
    cr_expect_eq(set(&stage, &OPM_SET_PROTECTION_LEVEL, &level, sizeof(level), 0),
            VIT_OPM_INVALID_CONFIGURATION_REQUEST);
    close_stage(&stage);
}
