/* SPDX-License-Identifier: MIT */
/* What can be asked, and what cannot. */
#include <string.h>

#include "tests/conformance/opm_stage.h"

RULE_GROUP(opm_information, "Output protection: requests");

#define PAGE_INFORMATION "DXGKDDI_OPM_GET_INFORMATION"
#define PAGE_RETRIEVING "Retrieving Information About a Protected Output"
#define INVALID STATUS_GRAPHICS_OPM_INVALID_INFORMATION_REQUEST

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

/* Authentic and in order, so its number is spent. */
static NTSTATUS refuse(struct opm_party *party, const GUID *guid, const void *parameters, ULONG len)
{
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    memset(&answer, 0xee, sizeof(answer));
    opm_request(party, guid, parameters, len, &request);
    NTSTATUS status = opm_ask(party, &request, &answer);
    cr_assert(!NT_SUCCESS(status), "the request was answered");
    expect_all(&answer, sizeof(answer), 0xee, "a refused request wrote an answer");
    return status;
}

static bool has(struct opm_party *party, ULONG type)
{
    return (opm_get_number(party, &OPM_GET_SUPPORTED_PROTECTION_TYPES, 0) & type) != 0;
}

RULE(opm_information, tells_the_connector, "OP-3-01",
        "GET_CONNECTOR_TYPE tells one of the published "
        "connectors, without the flag of COPP objects",
        "OPM_GET_CONNECTOR_TYPE")
{
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    ULONG connector = opm_get_number(&party, &OPM_GET_CONNECTOR_TYPE, 0);
    cr_assert(connector == OPM_CONNECTOR_TYPE_OTHER || connector <= 17, "connector 0x%x",
            (unsigned)connector);
    close_party(&party);
}

RULE(opm_information, tells_the_protection_types, "OP-3-02 OP-4-01",
        "GET_SUPPORTED_PROTECTION_TYPES is "
        "an OR of published types and never that of COPP objects",
        "OPM_GET_SUPPORTED_PROTECTION_TYPES")
{
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    ULONG types = opm_get_number(&party, &OPM_GET_SUPPORTED_PROTECTION_TYPES, 0);
    cr_assert_eq(types & ~0x8000003eu, 0u, "types 0x%x", (unsigned)types);
    close_party(&party);
}

RULE(opm_information, tells_the_bus, "OP-3-03 OP-4-02",
        "GET_ADAPTER_BUS_TYPE is one bus, at most one "
        "modifier and perhaps the flag of a non-standard one",
        "OPM_GET_ADAPTER_BUS_TYPE")
{
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    ULONG bus = opm_get_number(&party, &OPM_GET_ADAPTER_BUS_TYPE, 0);
    cr_assert((bus & OPM_BUS_TYPE_MASK) <= OPM_BUS_TYPE_AGP &&
                    ((bus >> 16) & OPM_BUS_IMPLEMENTATION_MODIFIER_MASK) <= 5,
            "bus 0x%x", (unsigned)bus);
    close_party(&party);
}

RULE(opm_information, tells_the_output_id, "OP-3-04",
        "GET_OUTPUT_ID answers with 28 bytes; the id is "
        "the output's, so it is the same for each object on it",
        "OPM_GET_OUTPUT_ID")
{
    struct opm_stage stage;
    struct opm_party party, other;
    OPM_OUTPUT_ID_DATA first, second;
    open_party(&stage, &party);
    opm_open(&stage, &other);
    opm_get(&party, &OPM_GET_OUTPUT_ID, 0, &first, sizeof(first));
    opm_get(&other, &OPM_GET_OUTPUT_ID, 0, &second, sizeof(second));
    cr_assert(first.OutputId == second.OutputId, "one output, two ids");
    opm_destroy(&other);
    close_party(&party);
}

RULE(opm_information, tells_the_format, "OP-3-05",
        "GET_ACTUAL_OUTPUT_FORMAT answers with 44 bytes and a "
        "published interleaving",
        "OPM_GET_ACTUAL_OUTPUT_FORMAT")
{
    struct opm_stage stage;
    struct opm_party party;
    OPM_ACTUAL_OUTPUT_FORMAT format;
    open_party(&stage, &party);
    opm_get(&party, &OPM_GET_ACTUAL_OUTPUT_FORMAT, 0, &format, sizeof(format));
    ULONG interleave = format.dsfSampleInterleaveFormat;
    cr_assert(interleave == 0 || (interleave >= 2 && interleave <= 4), "interleaving %u",
            (unsigned)interleave);
    cr_assert_neq(format.ulFrequencyDenominator, 0u, "a frequency with denominator 0");
    close_party(&party);
}

RULE(opm_information, tells_levels_by_type, "OP-3-06 OP-8-01",
        "Virtual and actual level are asked for "
        "with the type in the first four bytes, and are OFF to begin with",
        "OPM_GET_VIRTUAL_PROTECTION_LEVEL")
{
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    if (!has(&party, OPM_PROTECTION_TYPE_HDCP)) {
        not_applicable("the output has no HDCP");
    }
    cr_assert_eq(opm_get_number(&party, &OPM_GET_VIRTUAL_PROTECTION_LEVEL,
                         OPM_PROTECTION_TYPE_HDCP),
            (ULONG)OPM_HDCP_OFF);
    cr_assert_eq(opm_get_number(&party, &OPM_GET_ACTUAL_PROTECTION_LEVEL, OPM_PROTECTION_TYPE_HDCP),
            (ULONG)OPM_HDCP_OFF);
    close_party(&party);
}

RULE(opm_information, refuses_levels_of_other_types, "OP-3-07 OP-4-03 OP-10-07",
        "A level of a type that "
        "the output does not have is refused: HDCP, ACP and CGMS-A by codes of their own, all others "
        "as an invalid request",
        PAGE_INFORMATION)
{
    static const struct {
        ULONG type;
        NTSTATUS status;
    } types[] = {
        { OPM_PROTECTION_TYPE_HDCP, STATUS_GRAPHICS_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP },
        { OPM_PROTECTION_TYPE_ACP, STATUS_GRAPHICS_OPM_OUTPUT_DOES_NOT_SUPPORT_ACP },
        { OPM_PROTECTION_TYPE_CGMSA, STATUS_GRAPHICS_OPM_OUTPUT_DOES_NOT_SUPPORT_CGMSA },
        { OPM_PROTECTION_TYPE_DPCP, INVALID },
        { OPM_PROTECTION_TYPE_COPP_COMPATIBLE_HDCP, INVALID },
        { OPM_PROTECTION_TYPE_NONE, INVALID },
        { OPM_PROTECTION_TYPE_OTHER, INVALID },
        { OPM_PROTECTION_TYPE_TYPE_ENFORCEMENT_HDCP, INVALID },
        { OPM_PROTECTION_TYPE_HDCP | OPM_PROTECTION_TYPE_DPCP, INVALID },
        { OPM_PROTECTION_TYPE_HDCP | OPM_PROTECTION_TYPE_COPP_COMPATIBLE_HDCP, INVALID },
        { 0x40, INVALID },
        { 0xffffffff, INVALID },
    };
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    ULONG supported = opm_get_number(&party, &OPM_GET_SUPPORTED_PROTECTION_TYPES, 0);
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        ULONG type = types[i].type;
        if (type != 0 && (type & (type - 1)) == 0 && (supported & type) != 0) {
            continue;
        }
        expect_status(refuse(&party, &OPM_GET_VIRTUAL_PROTECTION_LEVEL, &type, sizeof(type)),
                types[i].status, "the virtual level of a type that is not there");
        expect_status(refuse(&party, &OPM_GET_ACTUAL_PROTECTION_LEVEL, &type, sizeof(type)),
                types[i].status, "the actual level of a type that is not there");
    }
    close_party(&party);
}

RULE(opm_information, tells_of_dvi_for_dvi_only, "OP-3-08",
        "GET_DVI_CHARACTERISTICS is for DVI "
        "connectors; on others it is an invalid request",
        "OPM_GET_DVI_CHARACTERISTICS")
{
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    if (opm_get_number(&party, &OPM_GET_CONNECTOR_TYPE, 0) == OPM_CONNECTOR_TYPE_DVI) {
        ULONG kind = opm_get_number(&party, &OPM_GET_DVI_CHARACTERISTICS, 0);
        cr_assert(kind == 1 || kind == 2, "DVI kind %u", (unsigned)kind);
    } else {
        expect_status(refuse(&party, &OPM_GET_DVI_CHARACTERISTICS, NULL, 0), INVALID,
                "DVI characteristics of another connector");
    }
    close_party(&party);
}

RULE(opm_information, tells_no_srm_before_there_is_one, "OP-3-09 OP-8-02",
        "GET_CURRENT_HDCP_SRM_VERSION "
        "is HDCP_SRM_NEVER_SET before there was a list, and OUTPUT_DOES_NOT_SUPPORT_HDCP without HDCP",
        "OPM_GET_CURRENT_HDCP_SRM_VERSION")
{
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    NTSTATUS wanted = has(&party, OPM_PROTECTION_TYPE_HDCP)
            ? STATUS_GRAPHICS_OPM_HDCP_SRM_NEVER_SET
            : STATUS_GRAPHICS_OPM_OUTPUT_DOES_NOT_SUPPORT_HDCP;
    NTSTATUS got = refuse(&party, &OPM_GET_CURRENT_HDCP_SRM_VERSION, NULL, 0);
    cr_assert_eq(got, wanted, "it returned 0x%08x", (unsigned)got);
    close_party(&party);
}

RULE(opm_information, refuses_what_is_not_for_opm, "OP-3-10 OP-10-02",
        "Requests of COPP objects, of "
        "codecs, commands, and GUIDs that nobody knows are invalid requests",
        PAGE_INFORMATION)
{
    static const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    const GUID *const guids[] = { &OPM_GET_CONNECTED_HDCP_DEVICE_INFORMATION,
        &OPM_GET_ACP_AND_CGMSA_SIGNALING, &OPM_GET_CODEC_INFO,
        &OPM_GET_OUTPUT_HARDWARE_PROTECTION_SUPPORT, &OPM_SET_PROTECTION_LEVEL, &OPM_SET_HDCP_SRM,
        &GUID_NULL, &stranger };
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    for (unsigned i = 0; i < sizeof(guids) / sizeof(guids[0]); i++) {
        expect_status(refuse(&party, guids[i], NULL, 0), INVALID, "a request that is none here");
    }
    close_party(&party);
}

RULE(opm_information, refuses_other_sizes, "OP-3-11",
        "A request with more or fewer bytes of parameters "
        "than its kind has is an invalid request",
        PAGE_INFORMATION)
{
    static const ULONG lens[] = { 1, 3, 4, 5, 8, 4055, 4056 };
    struct opm_stage stage;
    struct opm_party party;
    uint8_t parameters[4056] = { OPM_PROTECTION_TYPE_HDCP };
    open_party(&stage, &party);
    for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        expect_status(refuse(&party, &OPM_GET_CONNECTOR_TYPE, parameters, lens[i]), INVALID,
                "a request with parameters that has none");
        if (lens[i] != 4) {
            expect_status(refuse(&party, &OPM_GET_ACTUAL_PROTECTION_LEVEL, parameters, lens[i]),
                    INVALID, "a level with another size");
        }
    }
    expect_status(refuse(&party, &OPM_GET_ACTUAL_PROTECTION_LEVEL, parameters, 0), INVALID,
            "a level without a type");
    close_party(&party);
}

RULE(opm_information, refuses_sizes_beyond_the_structure, "OP-3-12",
        "A request that claims more "
        "parameters than the structure holds is an invalid request",
        PAGE_INFORMATION)
{
    static const ULONG lens[] = { 4057, 65536, 0x7fffffff, 0x80000000, 0xffffffff };
    struct opm_stage stage;
    struct opm_party party;
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    open_party(&stage, &party);
    for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        opm_request(&party, &OPM_GET_ACTUAL_PROTECTION_LEVEL, NULL, 0, &request);
        request.cbParametersSize = lens[i];
        opm_sign(&party, &request, sizeof(request));
        expect_status(opm_ask(&party, &request, &answer), INVALID, "too large a size");
    }
    close_party(&party);
}

RULE(opm_information, carries_the_random_number_of_each_request, "OP-8-03",
        "The answer carries the "
        "request's random number, never one of the driver's, and is signed by itself",
        PAGE_RETRIEVING)
{
    struct opm_stage stage;
    struct opm_party party;
    open_party(&stage, &party);
    for (unsigned i = 0; i < 16; i++) {
        (void)opm_get_number(&party, &OPM_GET_CONNECTOR_TYPE, 0);
    }
    close_party(&party);
}
