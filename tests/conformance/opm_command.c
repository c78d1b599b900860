/* SPDX-License-Identifier: MIT */
/* What can be commanded, and what becomes of it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/conformance/opm_stage.h"

RULE_GROUP(opm_command, "Output protection: commands");

#define PAGE_CONFIGURE "DXGKDDI_OPM_CONFIGURE_PROTECTED_OUTPUT"
#define PAGE_LEVEL "OPM_SET_PROTECTION_LEVEL"
#define PAGE_SRM "OPM_SET_HDCP_SRM"
#define PAGE_USING "Using Output Protection Manager"
#define INVALID STATUS_GRAPHICS_OPM_INVALID_CONFIGURATION_REQUEST
#define HDCP OPM_PROTECTION_TYPE_HDCP

static void open_party(struct opm_stage *stage, struct opm_party *party)
{
    opm_stage_open(stage);
    opm_open(stage, party);
    if ((opm_get_number(party, &OPM_GET_SUPPORTED_PROTECTION_TYPES, 0) & HDCP) == 0) {
        not_applicable("the output has no HDCP");
    }
}

static void close_party(struct opm_party *party)
{
    struct opm_stage *stage = party->stage;
    opm_expect_alive(party, "the object at the end");
    opm_destroy(party);
    opm_stage_close(stage);
}

static ULONG virtual_level(struct opm_party *party)
{
    return opm_get_number(party, &OPM_GET_VIRTUAL_PROTECTION_LEVEL, HDCP);
}

static ULONG actual_level(struct opm_party *party)
{
    return opm_get_number(party, &OPM_GET_ACTUAL_PROTECTION_LEVEL, HDCP);
}

/* A display takes its time to authenticate; applications ask until it is there. */
static void switch_on(struct opm_party *party)
{
    const struct timespec pause = { .tv_nsec = 10000000 };
    expect_status(opm_set(party, HDCP, OPM_HDCP_ON), STATUS_SUCCESS, "HDCP on");
    for (unsigned i = 0; i < 500 && virtual_level(party) != OPM_HDCP_ON; i++) {
        nanosleep(&pause, NULL);
    }
    cr_assert_eq(virtual_level(party), (ULONG)OPM_HDCP_ON, "HDCP was commanded and is not on");
}

RULE(opm_command, switches_hdcp, "OP-3-20 OP-8-10",
        "SET_PROTECTION_LEVEL switches HDCP on and off; both "
        "levels follow",
        PAGE_LEVEL)
{
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    for (unsigned i = 0; i < 3; i++) {
        switch_on(&party);
        cr_assert_eq(actual_level(&party), (ULONG)OPM_HDCP_ON);
        expect_status(opm_set(&party, HDCP, OPM_HDCP_OFF), STATUS_SUCCESS, "HDCP off");
        cr_assert_eq(virtual_level(&party), (ULONG)OPM_HDCP_OFF);
        cr_assert_eq(actual_level(&party), (ULONG)OPM_HDCP_OFF);
    }
    close_party(&party);
}

RULE(opm_command, virtual_level_is_the_objects_own, "OP-8-11",
        "The virtual level is what this object "
        "commanded, the actual one what the output has from any of them",
        PAGE_USING)
{
    struct opm_stage stage;
    struct opm_party party, other;
    open_party(&stage, &party);
    opm_open(&stage, &other);
    switch_on(&party);
    cr_assert_eq(virtual_level(&other), (ULONG)OPM_HDCP_OFF);
    cr_assert_eq(actual_level(&other), (ULONG)OPM_HDCP_ON);
    opm_destroy(&other);
    close_party(&party);
}

RULE(opm_command, highest_level_of_all_objects_is_in_force, "OP-8-12",
        "With several objects on an "
        "output the highest level that one of them commands is in force",
        PAGE_USING)
{
    struct opm_stage stage;
    struct opm_party party, other;
    open_party(&stage, &party);
    opm_open(&stage, &other);
    switch_on(&party);
    switch_on(&other);
    expect_status(opm_set(&party, HDCP, OPM_HDCP_OFF), STATUS_SUCCESS, "HDCP off");
    cr_assert_eq(virtual_level(&party), (ULONG)OPM_HDCP_OFF);
    cr_assert_eq(actual_level(&party), (ULONG)OPM_HDCP_ON, "the other object has it on");
    expect_status(opm_set(&other, HDCP, OPM_HDCP_OFF), STATUS_SUCCESS, "HDCP off");
    cr_assert_eq(actual_level(&party), (ULONG)OPM_HDCP_OFF);
    opm_destroy(&other);
    close_party(&party);
}

RULE(opm_command, ends_with_its_object, "OP-8-13", "What an object commanded ends with it",
        "DXGKDDI_OPM_DESTROY_PROTECTED_OUTPUT")
{
    struct opm_stage stage;
    struct opm_party party, other;
    open_party(&stage, &party);
    opm_open(&stage, &other);
    switch_on(&other);
    cr_assert_eq(actual_level(&party), (ULONG)OPM_HDCP_ON);
    opm_destroy(&other);
    cr_assert_eq(actual_level(&party), (ULONG)OPM_HDCP_OFF);
    close_party(&party);
}

static NTSTATUS command(struct opm_party *party, const GUID *guid, const void *parameters,
        ULONG len)
{
    DXGKMDT_OPM_CONFIGURE_PARAMETERS message;
    opm_command(party, guid, parameters, len, &message);
    return opm_configure(party, &message, NULL, 0);
}

RULE(opm_command, refuses_other_types, "OP-3-21 OP-4-10",
        "A level for a type that the output does not "
        "have is refused: ACP and CGMS-A by codes of their own, all others as an invalid command",
        PAGE_LEVEL)
{
    static const struct {
        ULONG type;
        NTSTATUS status;
    } types[] = {
        { OPM_PROTECTION_TYPE_ACP, STATUS_GRAPHICS_OPM_OUTPUT_DOES_NOT_SUPPORT_ACP },
        { OPM_PROTECTION_TYPE_CGMSA, STATUS_GRAPHICS_OPM_OUTPUT_DOES_NOT_SUPPORT_CGMSA },
        { OPM_PROTECTION_TYPE_DPCP, INVALID },
        { OPM_PROTECTION_TYPE_COPP_COMPATIBLE_HDCP, INVALID },
        { OPM_PROTECTION_TYPE_NONE, INVALID },
        { OPM_PROTECTION_TYPE_OTHER, INVALID },
        { OPM_PROTECTION_TYPE_TYPE_ENFORCEMENT_HDCP, INVALID },
        { HDCP | OPM_PROTECTION_TYPE_DPCP, INVALID },
        { 0x40, INVALID },
        { 0xffffffff, INVALID },
    };
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    ULONG supported = opm_get_number(&party, &OPM_GET_SUPPORTED_PROTECTION_TYPES, 0);
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if ((types[i].type & (types[i].type - 1)) == 0 && (supported & types[i].type) != 0) {
            continue;
        }
        expect_status(opm_set(&party, types[i].type, 1), types[i].status, "another type");
    }
    close_party(&party);
}

RULE(opm_command, refuses_other_levels, "OP-3-22 OP-4-11",
        "A level of HDCP that is not published, and "
        "reserved members that are not zero, are invalid commands and change nothing",
        PAGE_LEVEL)
{
    static const OPM_SET_PROTECTION_LEVEL_PARAMETERS wrong[] = {
        { HDCP, 2, 0, 0 },
        { HDCP, 0xffffffff, 0, 0 },
        { HDCP, 0x100, 0, 0 },
        { HDCP, OPM_HDCP_ON, 1, 0 },
        { HDCP, OPM_HDCP_ON, 0, 0x80000000 },
    };
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        expect_status(command(&party, &OPM_SET_PROTECTION_LEVEL, &wrong[i], sizeof(wrong[i])),
                INVALID, "another level");
        cr_assert_eq(virtual_level(&party), (ULONG)OPM_HDCP_OFF);
    }
    close_party(&party);
}

RULE(opm_command, takes_levels_for_css, "OP-3-23",
        "SET_PROTECTION_LEVEL_ACCORDING_TO_CSS_DVD asks in "
        "the same way; it need not succeed",
        "OPM_SET_PROTECTION_LEVEL_ACCORDING_TO_CSS_DVD")
{
    struct opm_stage stage;
    struct opm_party party;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { HDCP, OPM_HDCP_ON, 0, 0 };
    open_party(&stage, &party);
    NTSTATUS status =
            command(&party, &OPM_SET_PROTECTION_LEVEL_ACCORDING_TO_CSS_DVD, &set, sizeof(set));
    cr_assert(status == STATUS_SUCCESS || (ULONG)status >> 16 == 0xC01E, "it returned 0x%08x",
            (unsigned)status);
    close_party(&party);
}

RULE(opm_command, refuses_what_is_not_for_opm, "OP-3-24 OP-10-03",
        "Commands of COPP objects, requests, "
        "and GUIDs that nobody knows are invalid commands",
        PAGE_CONFIGURE)
{
    static const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    const GUID *const guids[] = { &OPM_SET_ACP_AND_CGMSA_SIGNALING, &OPM_GET_CONNECTOR_TYPE,
        &GUID_NULL, &stranger };
    static const uint8_t zeros[64];
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    for (unsigned i = 0; i < sizeof(guids) / sizeof(guids[0]); i++) {
        expect_status(command(&party, guids[i], zeros, sizeof(zeros)), INVALID,
                "a command that is none here");
    }
    close_party(&party);
}

RULE(opm_command, refuses_other_sizes, "OP-3-25",
        "A command with more or fewer bytes of parameters "
        "than its kind has is an invalid command",
        PAGE_CONFIGURE)
{
    static const ULONG lens[] = { 0, 1, 15, 17, 4055, 4056 };
    static const ULONG claims[] = { 4057, 0x80000010, 0xffffffff };
    struct opm_stage stage;
    struct opm_party party;
    DXGKMDT_OPM_CONFIGURE_PARAMETERS message;
    uint8_t parameters[4056] = { HDCP, 0, 0, 0, OPM_HDCP_ON };
    open_party(&stage, &party);
    for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        expect_status(command(&party, &OPM_SET_PROTECTION_LEVEL, parameters, lens[i]), INVALID,
                "another size");
    }
    for (unsigned i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        opm_command(&party, &OPM_SET_PROTECTION_LEVEL, parameters, 16, &message);
        message.cbParametersSize = claims[i];
        opm_sign(&party, &message, sizeof(message));
        expect_status(opm_configure(&party, &message, NULL, 0), INVALID, "too large a size");
    }
    cr_assert_eq(virtual_level(&party), (ULONG)OPM_HDCP_OFF);
    close_party(&party);
}

RULE(opm_command, refuses_additional_bytes_to_a_level, "OP-3-26",
        "Additional parameters belong to "
        "SET_HDCP_SRM; with a level they are an invalid command",
        PAGE_CONFIGURE)
{
    struct opm_stage stage;
    struct opm_party party;
    DXGKMDT_OPM_CONFIGURE_PARAMETERS message;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { HDCP, OPM_HDCP_ON, 0, 0 };
    open_party(&stage, &party);
    opm_command(&party, &OPM_SET_PROTECTION_LEVEL, &set, sizeof(set), &message);
    expect_status(opm_configure(&party, &message, "x", 1), INVALID, "additional bytes");
    cr_assert_eq(virtual_level(&party), (ULONG)OPM_HDCP_OFF);
    close_party(&party);
}

RULE(opm_command, refuses_a_list_that_is_none, "OP-3-27 OP-8-14",
        "SET_HDCP_SRM with bytes that are no "
        "revocation list, or with none, is OPM_INVALID_SRM and sets nothing",
        PAGE_SRM)
{
    static const ULONG lens[] = { 0, 1, 8, 48, 5120, 70000 };
    struct opm_stage stage;
    struct opm_party party;
    DXGKMDT_OPM_CONFIGURE_PARAMETERS message;
    ULONG version = 1;
    open_party(&stage, &party);
    uint8_t *list = calloc(1, 70000);
    for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        opm_command(&party, &OPM_SET_HDCP_SRM, &version, sizeof(version), &message);
        expect_status(opm_configure(&party, &message, lens[i] != 0 ? list : NULL, lens[i]),
                STATUS_GRAPHICS_OPM_INVALID_SRM, "a list that is none");
    }
    free(list);
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    opm_request(&party, &OPM_GET_CURRENT_HDCP_SRM_VERSION, NULL, 0, &request);
    expect_status(opm_ask(&party, &request, &answer), STATUS_GRAPHICS_OPM_HDCP_SRM_NEVER_SET,
            "the version of a list that was not taken");
    close_party(&party);
}
