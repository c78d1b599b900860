/* SPDX-License-Identifier: MIT */
#include "tests/conformance/opm_stage.h"

#include <stdlib.h>
#include <string.h>

void opm_stage_open_bare(struct opm_stage *stage)
{
    *stage = (struct opm_stage){ .chain = NULL };
    rig_open(&stage->rig);
    const struct vitrine_host_tables *host = vit_adapter_host(stage->rig.adapter);
    if (host->query_interface == NULL) {
        not_applicable("the host has no DxgkDdiQueryInterface");
    }
    stage->context = host->hRTAdapter;
    QUERY_INTERFACE query = {
        .InterfaceType = &GUID_DEVINTERFACE_OPM,
        .Size = sizeof(stage->driver),
        .Version = DXGK_OPM_INTERFACE_VERSION_1,
        .Interface = (PINTERFACE)(void *)&stage->driver,
    };
    NTSTATUS status = host->query_interface(stage->context, &query);
    if (status == STATUS_NOT_SUPPORTED) {
        not_applicable("the kernel driver offers no OPM");
    }
    expect_status(status, STATUS_SUCCESS, "DxgkDdiQueryInterface(OPM)");
}

void opm_stage_open(struct opm_stage *stage)
{
    opm_stage_open_bare(stage);
    expect_status(stage->driver.DxgkDdiOPMGetCertificateSize(stage->context,
                          DXGKMDT_OPM_CERTIFICATE, &stage->chain_len),
            STATUS_SUCCESS, "GetCertificateSize");
    stage->chain = malloc(stage->chain_len);
    cr_assert_not_null(stage->chain);
    expect_status(stage->driver.DxgkDdiOPMGetCertificate(stage->context, DXGKMDT_OPM_CERTIFICATE,
                          stage->chain_len, stage->chain),
            STATUS_SUCCESS, "GetCertificate");
    stage->key = provider_key_of(stage->chain, stage->chain_len);
    cr_assert_not_null(stage->key, "the OPM certificate is not X.509 in DER");
}

void opm_stage_close(struct opm_stage *stage)
{
    EVP_PKEY_free(stage->key);
    free(stage->chain);
    rig_close(&stage->rig);
}

void opm_create(struct opm_stage *stage, struct opm_party *party)
{
    *party = (struct opm_party){ .stage = stage };
    expect_status(stage->driver.DxgkDdiOPMCreateProtectedOutput(stage->context, 0,
                          DXGKMDT_OPM_VOS_OPM_SEMANTICS, &party->handle),
            STATUS_SUCCESS, "CreateProtectedOutput");
    cr_assert_not_null(party->handle, "the handle is NULL");
    provider_random(party->key, sizeof(party->key));
    party->status_number = 1000;
    party->command_number = 5000;
}

void opm_get_random(struct opm_party *party)
{
    struct opm_stage *stage = party->stage;
    DXGKMDT_OPM_RANDOM_NUMBER random;
    expect_status(stage->driver.DxgkDdiOPMGetRandomNumber(stage->context, party->handle, &random),
            STATUS_SUCCESS, "GetRandomNumber");
    memcpy(party->random, &random, sizeof(party->random));
}

void opm_make_block(struct opm_party *party, size_t len)
{
    uint8_t plaintext[PROVIDER_BLOCK_LEN];
    memset(plaintext, 0xa5, sizeof(plaintext));
    memcpy(plaintext, party->random, 16);
    memcpy(plaintext + 16, party->key, 16);
    memcpy(plaintext + 32, &party->status_number, 4);
    memcpy(plaintext + 36, &party->command_number, 4);
    provider_block(party->stage->key, &provider_good_padding, plaintext, len,
            party->block.abEncryptedParameters);
}

NTSTATUS opm_set_key(struct opm_party *party, const DXGKMDT_OPM_ENCRYPTED_PARAMETERS *block)
{
    struct opm_stage *stage = party->stage;
    return stage->driver.DxgkDdiOPMSetSigningKeyAndSequenceNumbers(stage->context, party->handle,
            block);
}

void opm_open_at(struct opm_stage *stage, struct opm_party *party, ULONG status_number,
        ULONG command_number)
{
    opm_create(stage, party);
    party->status_number = status_number;
    party->command_number = command_number;
    opm_get_random(party);
    opm_make_block(party, OPM_EXCHANGE_LEN);
    expect_status(opm_set_key(party, &party->block), STATUS_SUCCESS, "40 bytes");
}

void opm_open(struct opm_stage *stage, struct opm_party *party)
{
    opm_open_at(stage, party, 1000, 5000);
}

void opm_destroy(struct opm_party *party)
{
    struct opm_stage *stage = party->stage;
    expect_status(stage->driver.DxgkDdiOPMDestroyProtectedOutput(stage->context, party->handle),
            STATUS_SUCCESS, "DestroyProtectedOutput");
}

void opm_sign(const struct opm_party *party, void *message, size_t len)
{
    provider_omac(party->key, (uint8_t *)message + 16, len - 16, message);
}

void opm_request(struct opm_party *party, const GUID *guid, const void *parameters, ULONG len,
        DXGKMDT_OPM_GET_INFO_PARAMETERS *request)
{
    memset(request, 0, sizeof(*request));
    provider_random(party->request_random, sizeof(party->request_random));
    memcpy(&request->rnRandomNumber, party->request_random, sizeof(party->request_random));
    request->guidInformation = *guid;
    request->ulSequenceNumber = party->status_number;
    request->cbParametersSize = len;
    if (parameters != NULL) {
        memcpy(request->abParameters, parameters, len);
    }
    opm_sign(party, request, sizeof(*request));
}

void opm_command(const struct opm_party *party, const GUID *guid, const void *parameters, ULONG len,
        DXGKMDT_OPM_CONFIGURE_PARAMETERS *command)
{
    memset(command, 0, sizeof(*command));
    command->guidSetting = *guid;
    command->ulSequenceNumber = party->command_number;
    command->cbParametersSize = len;
    if (parameters != NULL) {
        memcpy(command->abParameters, parameters, len);
    }
    opm_sign(party, command, sizeof(*command));
}

NTSTATUS opm_ask(struct opm_party *party, const DXGKMDT_OPM_GET_INFO_PARAMETERS *request,
        DXGKMDT_OPM_REQUESTED_INFORMATION *answer)
{
    struct opm_stage *stage = party->stage;
    party->status_number++;
    return stage->driver.DxgkDdiOPMGetInformation(stage->context, party->handle, request, answer);
}

NTSTATUS opm_configure(struct opm_party *party, const DXGKMDT_OPM_CONFIGURE_PARAMETERS *command,
        const void *additional, ULONG additional_len)
{
    struct opm_stage *stage = party->stage;
    party->command_number++;
    return stage->driver.DxgkDdiOPMConfigureProtectedOutput(stage->context, party->handle, command,
            additional_len, additional);
}

static void check_answer(const struct opm_party *party,
        const DXGKMDT_OPM_REQUESTED_INFORMATION *answer, ULONG len)
{
    uint8_t tag[16];
    provider_omac(party->key, (const uint8_t *)answer + 16, sizeof(*answer) - 16, tag);
    cr_assert_arr_eq(tag, &answer->omac, 16, "the answer is not signed over its 4080 bytes");
    cr_assert_eq(answer->cbRequestedInformationSize, len, "the answer is %u bytes long, not %u",
            (unsigned)answer->cbRequestedInformationSize, (unsigned)len);
    cr_assert_arr_eq(answer->abRequestedInformation, party->request_random, 16,
            "the answer does not carry the request's random number");
    expect_all(answer->abRequestedInformation + len, sizeof(answer->abRequestedInformation) - len,
            0, "what is behind the information is not zero");
}

void opm_get(struct opm_party *party, const GUID *guid, ULONG type, void *information, ULONG len)
{
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    memset(&answer, 0xee, sizeof(answer));
    opm_request(party, guid, &type, type != 0 ? sizeof(type) : 0, &request);
    expect_status(opm_ask(party, &request, &answer), STATUS_SUCCESS, "GetInformation");
    check_answer(party, &answer, len);
    memcpy(information, answer.abRequestedInformation, len);
}

ULONG opm_get_number(struct opm_party *party, const GUID *guid, ULONG type)
{
    OPM_STANDARD_INFORMATION information;
    opm_get(party, guid, type, &information, sizeof(information));
    cr_assert_eq(information.ulStatusFlags, (ULONG)OPM_STATUS_NORMAL, "the status is 0x%x",
            (unsigned)information.ulStatusFlags);
    cr_assert(information.ulReserved == 0 && information.ulReserved2 == 0,
            "reserved members are not zero");
    return information.ulInformation;
}

NTSTATUS opm_set(struct opm_party *party, ULONG type, ULONG level)
{
    DXGKMDT_OPM_CONFIGURE_PARAMETERS command;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { .ulProtectionType = type,
        .ulProtectionLevel = level };
    opm_command(party, &OPM_SET_PROTECTION_LEVEL, &set, sizeof(set), &command);
    return opm_configure(party, &command, NULL, 0);
}

void opm_expect_alive(struct opm_party *party, const char *what)
{
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    opm_request(party, &OPM_GET_CONNECTOR_TYPE, NULL, 0, &request);
    expect_status(opm_ask(party, &request, &answer), STATUS_SUCCESS, what);
    check_answer(party, &answer, sizeof(OPM_STANDARD_INFORMATION));
    expect_status(opm_set(party, OPM_PROTECTION_TYPE_HDCP, OPM_HDCP_OFF), STATUS_SUCCESS, what);
}

void opm_expect_request_refused(struct opm_party *party,
        const DXGKMDT_OPM_GET_INFO_PARAMETERS *request, NTSTATUS wanted, const char *what)
{
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    ULONG number = party->status_number;
    memset(&answer, 0xee, sizeof(answer));
    expect_status(opm_ask(party, request, &answer), wanted, what);
    party->status_number = number;
    expect_all(&answer, sizeof(answer), 0xee, "a refused request wrote an answer");
}

void opm_expect_command_refused(struct opm_party *party,
        const DXGKMDT_OPM_CONFIGURE_PARAMETERS *command, NTSTATUS wanted, const char *what)
{
    ULONG number = party->command_number;
    expect_status(opm_configure(party, command, NULL, 0), wanted, what);
    party->command_number = number;
}
