/* SPDX-License-Identifier: MIT */
/* Signatures, numbers, and the order in which they are looked at. */
#include <string.h>

#include "tests/conformance/opm_stage.h"

RULE_GROUP(opm_message, "Output protection: signatures and numbers");

#define PAGE_INFORMATION "DXGKDDI_OPM_GET_INFORMATION"
#define PAGE_CONFIGURE "DXGKDDI_OPM_CONFIGURE_PROTECTED_OUTPUT"
#define PAGE_USING "Using Output Protection Manager"
#define NO_REQUEST STATUS_GRAPHICS_OPM_INVALID_INFORMATION_REQUEST
#define NO_COMMAND STATUS_GRAPHICS_OPM_INVALID_CONFIGURATION_REQUEST

typedef DXGKMDT_OPM_GET_INFO_PARAMETERS request_message;
typedef DXGKMDT_OPM_CONFIGURE_PARAMETERS command_message;

static void open_party(struct opm_stage *stage, struct opm_party *party)
{
    opm_stage_open(stage);
    opm_open(stage, party);
}

static void close_party(struct opm_party *party)
{
    struct opm_stage *stage = party->stage;
    opm_expect_alive(party, "the object at the end");
    opm_destroy(party);
    opm_stage_close(stage);
}

static void make_request(struct opm_party *party, request_message *request)
{
    opm_request(party, &OPM_GET_CONNECTOR_TYPE, NULL, 0, request);
}

static void make_command(const struct opm_party *party, command_message *command)
{
    static const OPM_SET_PROTECTION_LEVEL_PARAMETERS off = { OPM_PROTECTION_TYPE_HDCP, OPM_HDCP_OFF,
        0, 0 };
    opm_command(party, &OPM_SET_PROTECTION_LEVEL, &off, sizeof(off), command);
}

static void refuse_request(struct opm_party *party, const request_message *request,
        const char *what)
{
    opm_expect_request_refused(party, request, NO_REQUEST, what);
}

static void refuse_command(struct opm_party *party, const command_message *command,
        const char *what)
{
    opm_expect_command_refused(party, command, NO_COMMAND, what);
}

static void take_request(struct opm_party *party, const request_message *request, const char *what)
{
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    expect_status(opm_ask(party, request, &answer), STATUS_SUCCESS, what);
}

RULE(opm_message, request_with_a_changed_bit_is_refused, "OP-8-20 OP-10-04",
        "A request with one bit "
        "changed in any of its 4112 bytes is refused and spends no number",
        PAGE_INFORMATION)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    open_party(&stage, &party);
    make_request(&party, &request);
    for (size_t i = 0; i < sizeof(request); i++) {
        ((uint8_t *)&request)[i] ^= (uint8_t)(1u << (i % 8));
        refuse_request(&party, &request, "a changed request");
        ((uint8_t *)&request)[i] ^= (uint8_t)(1u << (i % 8));
    }
    take_request(&party, &request, "the request as it was");
    close_party(&party);
}

RULE(opm_message, command_with_a_changed_bit_is_refused, "OP-8-21 OP-10-04",
        "A command with one bit "
        "changed in any of its 4096 bytes is refused and spends no number",
        PAGE_CONFIGURE)
{
    struct opm_stage stage;
    struct opm_party party;
    command_message command;
    open_party(&stage, &party);
    make_command(&party, &command);
    for (size_t i = 0; i < sizeof(command); i++) {
        ((uint8_t *)&command)[i] ^= (uint8_t)(1u << (i % 8));
        refuse_command(&party, &command, "a changed command");
        ((uint8_t *)&command)[i] ^= (uint8_t)(1u << (i % 8));
    }
    expect_status(opm_configure(&party, &command, NULL, 0), STATUS_SUCCESS,
            "the command as it was");
    close_party(&party);
}

RULE(opm_message, tag_covers_all_but_itself, "OP-8-22",
        "The OMAC is that of all bytes behind it: one "
        "over less, or over itself as zeros, is refused",
        PAGE_USING)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    uint8_t zeroed[OPM_REQUEST_LEN];
    open_party(&stage, &party);
    make_request(&party, &request);
    provider_omac(party.key, (uint8_t *)&request + 16, 56 - 16, (uint8_t *)&request);
    refuse_request(&party, &request, "an OMAC over the used bytes only");
    memcpy(zeroed, &request, sizeof(zeroed));
    memset(zeroed, 0, 16);
    provider_omac(party.key, zeroed, sizeof(zeroed), (uint8_t *)&request);
    refuse_request(&party, &request, "an OMAC over itself");
    provider_omac(party.random, (uint8_t *)&request + 16, sizeof(request) - 16,
            (uint8_t *)&request);
    refuse_request(&party, &request, "an OMAC by another key");
    close_party(&party);
}

RULE(opm_message, unused_bytes_are_signed_too, "OP-8-23",
        "Unused bytes of the parameters are signed and "
        "otherwise ignored",
        PAGE_USING)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    open_party(&stage, &party);
    make_request(&party, &request);
    memset(request.abParameters, 0x5a, sizeof(request.abParameters));
    opm_sign(&party, &request, sizeof(request));
    take_request(&party, &request, "a request with something in its unused bytes");
    close_party(&party);
}

RULE(opm_message, request_is_taken_once, "OP-8-24",
        "A request that was answered is refused when it is "
        "sent again",
        PAGE_INFORMATION)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    open_party(&stage, &party);
    make_request(&party, &request);
    take_request(&party, &request, "a request");
    refuse_request(&party, &request, "the same request again");
    close_party(&party);
}

RULE(opm_message, command_is_taken_once, "OP-8-25",
        "A command that was done is refused when it is sent "
        "again",
        PAGE_CONFIGURE)
{
    struct opm_stage stage;
    struct opm_party party;
    command_message command;
    open_party(&stage, &party);
    make_command(&party, &command);
    expect_status(opm_configure(&party, &command, NULL, 0), STATUS_SUCCESS, "a command");
    refuse_command(&party, &command, "the same command again");
    close_party(&party);
}

RULE(opm_message, number_must_be_the_next, "OP-8-26 OP-10-05",
        "A number must equal the next one: those "
        "before it and those behind it are refused and change nothing",
        PAGE_INFORMATION)
{
    static const LONG steps[] = { 1, 2, -1, -2, 1000, -1000, 0x7fffffff, -0x7fffffff };
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    command_message command;
    open_party(&stage, &party);
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        party.status_number += (ULONG)steps[i];
        make_request(&party, &request);
        refuse_request(&party, &request, "a request with another number");
        party.status_number -= (ULONG)steps[i];
        party.command_number += (ULONG)steps[i];
        make_command(&party, &command);
        refuse_command(&party, &command, "a command with another number");
        party.command_number -= (ULONG)steps[i];
    }
    close_party(&party);
}

RULE(opm_message, numbers_are_two, "OP-8-27",
        "Requests and commands have a number each, and neither "
        "goes on with the other",
        PAGE_USING)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    command_message command;
    open_party(&stage, &party);
    for (unsigned i = 0; i < 3; i++) {
        make_request(&party, &request);
        take_request(&party, &request, "requests alone");
    }
    expect_status(opm_set(&party, OPM_PROTECTION_TYPE_HDCP, OPM_HDCP_OFF), STATUS_SUCCESS,
            "the first command");
    struct opm_party swapped = party;
    swapped.status_number = party.command_number;
    swapped.command_number = party.status_number;
    make_request(&swapped, &request);
    refuse_request(&swapped, &request, "a request with the number of commands");
    make_command(&swapped, &command);
    refuse_command(&swapped, &command, "a command with the number of requests");
    close_party(&party);
}

RULE(opm_message, numbers_go_on_at_zero, "OP-8-28", "Behind 2^32 - 1 the next number is 0",
        PAGE_USING)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    opm_stage_open(&stage);
    opm_open_at(&stage, &party, 0xfffffffe, 0xffffffff);
    for (unsigned i = 0; i < 4; i++) {
        make_request(&party, &request);
        take_request(&party, &request, "a request around 2^32");
        expect_status(opm_set(&party, OPM_PROTECTION_TYPE_HDCP, OPM_HDCP_OFF), STATUS_SUCCESS,
                "a command around 2^32");
    }
    cr_assert_eq(party.status_number, 2u);
    close_party(&party);
}

RULE(opm_message, wrong_tag_spends_no_number, "OP-8-29 OP-9-10",
        "The OMAC is looked at before the number: "
        "a request with a wrong OMAC and the right number spends none",
        PAGE_INFORMATION)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    command_message command;
    open_party(&stage, &party);
    make_request(&party, &request);
    request.omac.abOMAC[0] ^= 1;
    refuse_request(&party, &request, "a wrong OMAC");
    make_command(&party, &command);
    command.omac.abOMAC[15] ^= 0x80;
    refuse_command(&party, &command, "a wrong OMAC");
    close_party(&party); /* goes on with the same numbers */
}

RULE(opm_message, refused_content_spends_its_number, "OP-8-30",
        "The number is looked at, and spent, "
        "before what is asked: an authentic request that is refused cannot be sent again",
        PAGE_INFORMATION)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    command_message command;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    open_party(&stage, &party);
    opm_request(&party, &GUID_NULL, NULL, 0, &request);
    expect_status(opm_ask(&party, &request, &answer), NO_REQUEST, "an unknown request");
    opm_command(&party, &GUID_NULL, NULL, 0, &command);
    expect_status(opm_configure(&party, &command, NULL, 0), NO_COMMAND, "an unknown command");
    close_party(&party); /* goes on with the next numbers */
}

RULE(opm_message, wrong_number_comes_before_content, "OP-8-31",
        "A request with a wrong number and a "
        "type that has a code of its own is refused for its number",
        PAGE_INFORMATION)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    command_message command;
    ULONG type = OPM_PROTECTION_TYPE_ACP;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { type, 1, 0, 0 };
    open_party(&stage, &party);
    party.status_number++;
    party.command_number++;
    opm_request(&party, &OPM_GET_ACTUAL_PROTECTION_LEVEL, &type, sizeof(type), &request);
    refuse_request(&party, &request, "ACP with a wrong number");
    opm_command(&party, &OPM_SET_PROTECTION_LEVEL, &set, sizeof(set), &command);
    refuse_command(&party, &command, "ACP with a wrong number");
    party.status_number--;
    party.command_number--;
    close_party(&party);
}

RULE(opm_message, messages_of_another_object_are_refused, "OP-8-32",
        "Messages of one object, given to "
        "another one with the same numbers, are refused",
        PAGE_USING)
{
    struct opm_stage stage;
    struct opm_party first, second;
    request_message request;
    command_message command;
    open_party(&stage, &first);
    opm_open(&stage, &second);
    make_request(&first, &request);
    refuse_request(&second, &request, "another object's request");
    make_command(&first, &command);
    refuse_command(&second, &command, "another object's command");
    take_request(&first, &request, "the request where it belongs");
    opm_expect_alive(&second, "the other object");
    opm_destroy(&second);
    close_party(&first);
}

RULE(opm_message, kinds_of_message_are_not_exchanged, "OP-8-33",
        "A signed command is no request, and "
        "a signed answer is no command",
        PAGE_USING)
{
    struct opm_stage stage;
    struct opm_party party;
    request_message request;
    command_message command;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    open_party(&stage, &party);
    make_command(&party, &command);
    memset(&request, 0, sizeof(request));
    memcpy(&request, &command, sizeof(command));
    refuse_request(&party, &request, "a command as a request");
    make_request(&party, &request);
    expect_status(opm_ask(&party, &request, &answer), STATUS_SUCCESS, "a request");
    memcpy(&command, &answer, sizeof(command));
    refuse_command(&party, &command, "an answer as a command");
    close_party(&party);
}
