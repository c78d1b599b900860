/* SPDX-License-Identifier: MIT */
/* DXGK_OPM_INTERFACE: how it is had, certificates, protected outputs and their handles. */
#include <string.h>

#include "tests/conformance/opm_stage.h"

RULE_GROUP(opm_table, "Output protection: the interface, certificates, objects");

#define PAGE_RETRIEVE "Retrieving the OPM DDI"
#define PAGE_INTERFACE "DXGK_OPM_INTERFACE"
#define PAGE_SIZE "DXGKDDI_OPM_GET_CERTIFICATE_SIZE"
#define PAGE_CERTIFICATE "DXGKDDI_OPM_GET_CERTIFICATE"
#define PAGE_CREATE "DXGKDDI_OPM_CREATE_PROTECTED_OUTPUT"
#define PAGE_DESTROY "DXGKDDI_OPM_DESTROY_PROTECTED_OUTPUT"

static NTSTATUS query(struct opm_stage *stage, const GUID *guid, USHORT version, USHORT size,
        void *out)
{
    QUERY_INTERFACE query = { .InterfaceType = guid,
        .Size = size,
        .Version = version,
        .Interface = out };
    return vit_adapter_host(stage->rig.adapter)->query_interface(stage->context, &query);
}

RULE(opm_table, has_no_hole, "OP-9-01",
        "The table of version 1 says its size and version, has "
        "context NULL and no function missing",
        PAGE_INTERFACE)
{
    struct opm_stage stage;
    opm_stage_open_bare(&stage);
    const DXGK_OPM_INTERFACE *driver = &stage.driver;
    cr_assert_eq(driver->Size, sizeof(*driver), "Size is %u", driver->Size);
    cr_assert_eq(driver->Version, DXGK_OPM_INTERFACE_VERSION_1, "Version is %u", driver->Version);
    cr_assert_null(driver->Context, "Context is not NULL");
    const void *functions[11];
    memcpy(functions, &driver->InterfaceReference, sizeof(functions));
    for (unsigned i = 0; i < 11; i++) {
        cr_assert_not_null(functions[i], "function %u is missing", i);
    }
    driver->InterfaceReference(driver->Context);
    driver->InterfaceDereference(driver->Context);
    opm_stage_close(&stage);
}

RULE(opm_table, other_interfaces_are_not_supported, "OP-9-02",
        "DxgkDdiQueryInterface says "
        "STATUS_NOT_SUPPORTED of an interface or a version that the driver does not have",
        PAGE_RETRIEVE)
{
    static const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    struct opm_stage stage;
    uint8_t room[512];
    opm_stage_open_bare(&stage);
    memset(room, 0xee, sizeof(room));
    expect_status(query(&stage, &stranger, 1, sizeof(room), room), STATUS_NOT_SUPPORTED,
            "an unknown interface");
    expect_status(query(&stage, &GUID_DEVINTERFACE_OPM, 0, sizeof(room), room),
            STATUS_NOT_SUPPORTED, "version 0");
    expect_status(query(&stage, &GUID_DEVINTERFACE_OPM, 0x7fff, sizeof(room), room),
            STATUS_NOT_SUPPORTED, "version 0x7fff");
    cr_assert(NT_SUCCESS(query(&stage, &GUID_DEVINTERFACE_OPM, 1, sizeof(room), room)));
    opm_stage_close(&stage);
}

RULE(opm_table, a_table_that_does_not_fit_is_not_written, "OP-9-03",
        "DxgkDdiQueryInterface "
        "writes nothing where the table has no room",
        PAGE_RETRIEVE)
{
    struct opm_stage stage;
    uint8_t room[sizeof(DXGK_OPM_INTERFACE)];
    opm_stage_open_bare(&stage);
    memset(room, 0xee, sizeof(room));
    expect_status(query(&stage, &GUID_DEVINTERFACE_OPM, 1, sizeof(room) - 1, room),
            STATUS_BUFFER_TOO_SMALL, "a room one byte too short");
    expect_all(room, sizeof(room), 0xee, "something was written");
    opm_stage_close(&stage);
}

RULE(opm_table, certificate_is_that_of_sessions, "OP-7-01",
        "The OPM certificate is an X.509 chain "
        "in DER with an RSA key of 2048 bits in its leaf",
        PAGE_CERTIFICATE)
{
    struct opm_stage stage;
    opm_stage_open(&stage);
    cr_assert_eq(EVP_PKEY_get_bits(stage.key), 2048);
    cr_assert_str_eq(EVP_PKEY_get0_type_name(stage.key), "RSA");
    opm_stage_close(&stage);
}

RULE(opm_table, other_certificates_are_refused_by_their_codes, "OP-7-02 OP-5-01",
        "Certificate types "
        "that the driver does not have are COPP_, UAB_ and OPM_NOT_SUPPORTED",
        PAGE_SIZE)
{
    static const struct {
        DXGKMDT_CERTIFICATE_TYPE type;
        NTSTATUS status;
    } types[] = {
        { DXGKMDT_COPP_CERTIFICATE, STATUS_GRAPHICS_COPP_NOT_SUPPORTED },
        { DXGKMDT_UAB_CERTIFICATE, STATUS_GRAPHICS_UAB_NOT_SUPPORTED },
        { DXGKMDT_INDIRECT_DISPLAY_CERTIFICATE, STATUS_GRAPHICS_OPM_NOT_SUPPORTED },
        { (DXGKMDT_CERTIFICATE_TYPE)99, STATUS_GRAPHICS_OPM_NOT_SUPPORTED },
    };
    struct opm_stage stage;
    opm_stage_open(&stage);
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        ULONG size = 77;
        uint8_t bytes[64];
        memset(bytes, 0xee, sizeof(bytes));
        expect_status(stage.driver.DxgkDdiOPMGetCertificateSize(stage.context, types[i].type,
                              &size),
                types[i].status, "GetCertificateSize");
        cr_assert_eq(size, 77u, "the size was written");
        expect_status(stage.driver.DxgkDdiOPMGetCertificate(stage.context, types[i].type,
                              sizeof(bytes), bytes),
                types[i].status, "GetCertificate");
        expect_all(bytes, sizeof(bytes), 0xee, "the buffer was written");
    }
    opm_stage_close(&stage);
}

RULE(opm_table, certificate_of_another_size_is_not_written, "OP-7-03",
        "GetCertificate with another "
        "size than the chain's is PVP_INVALID_CERTIFICATE_LENGTH and leaves the buffer",
        PAGE_CERTIFICATE)
{
    struct opm_stage stage;
    uint8_t bytes[16384];
    opm_stage_open(&stage);
    memset(bytes, 0xee, sizeof(bytes));
    const ULONG sizes[] = { 0, 1, stage.chain_len - 1, stage.chain_len + 1 };
    for (unsigned i = 0; i < 4; i++) {
        expect_status(stage.driver.DxgkDdiOPMGetCertificate(stage.context, DXGKMDT_OPM_CERTIFICATE,
                              sizes[i], bytes),
                STATUS_GRAPHICS_PVP_INVALID_CERTIFICATE_LENGTH, "another size");
        expect_all(bytes, sizeof(bytes), 0xee, "the buffer was written");
    }
    opm_stage_close(&stage);
}

RULE(opm_table, other_semantics_are_refused_by_their_codes, "OP-9-04 OP-10-12",
        "An object with COPP "
        "semantics is COPP_NOT_SUPPORTED, with semantics that nobody knows OPM_NOT_SUPPORTED",
        PAGE_CREATE)
{
    struct opm_stage stage;
    HANDLE handle = &stage;
    opm_stage_open(&stage);
    expect_status(stage.driver.DxgkDdiOPMCreateProtectedOutput(stage.context, 0,
                          DXGKMDT_OPM_VOS_COPP_SEMANTICS, &handle),
            STATUS_GRAPHICS_COPP_NOT_SUPPORTED, "COPP semantics");
    expect_status(stage.driver.DxgkDdiOPMCreateProtectedOutput(stage.context, 0,
                          (DXGKMDT_OPM_VIDEO_OUTPUT_SEMANTICS)99, &handle),
            STATUS_GRAPHICS_OPM_NOT_SUPPORTED, "semantics 99");
    cr_assert_eq(handle, (HANDLE)&stage, "the handle was written");
    opm_stage_close(&stage);
}

RULE(opm_table, output_that_does_not_exist_has_no_object, "OP-9-05",
        "An output that the adapter "
        "does not have is OPM_NO_PROTECTED_OUTPUTS_EXIST",
        PAGE_CREATE)
{
    struct opm_stage stage;
    HANDLE handle = &stage;
    opm_stage_open(&stage);
    for (UINT target = 16; target != 0; target = target < 0x80000000u ? target * 2 : 0) {
        expect_status(stage.driver.DxgkDdiOPMCreateProtectedOutput(stage.context, target,
                              DXGKMDT_OPM_VOS_OPM_SEMANTICS, &handle),
                STATUS_GRAPHICS_OPM_NO_PROTECTED_OUTPUTS_EXIST, "no such output");
    }
    cr_assert_eq(handle, (HANDLE)&stage, "the handle was written");
    opm_stage_close(&stage);
}

RULE(opm_table, several_objects_stand_on_one_output, "OP-9-06",
        "Several objects may stand on the "
        "same output, each with a handle, a random number and a key of its own",
        PAGE_CREATE)
{
    struct opm_stage stage;
    struct opm_party parties[8];
    opm_stage_open(&stage);
    for (unsigned i = 0; i < 8; i++) {
        opm_open(&stage, &parties[i]);
        for (unsigned j = 0; j < i; j++) {
            cr_assert_neq(parties[i].handle, parties[j].handle, "two objects, one handle");
            cr_assert_arr_neq(parties[i].random, parties[j].random, 16, "two objects, one number");
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        opm_expect_alive(&parties[i], "one object of eight");
        opm_destroy(&parties[i]);
    }
    opm_stage_close(&stage);
}

static void expect_no_handle(struct opm_stage *stage, HANDLE handle, const char *what)
{
    DXGKMDT_OPM_RANDOM_NUMBER random;
    DXGKMDT_OPM_ENCRYPTED_PARAMETERS block;
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS copp;
    DXGKMDT_OPM_CONFIGURE_PARAMETERS command;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    const DXGK_OPM_INTERFACE *driver = &stage->driver;
    memset(&answer, 0xee, sizeof(answer));
    memset(&random, 0xee, sizeof(random));
    memset(&block, 0, sizeof(block));
    memset(&request, 0, sizeof(request));
    memset(&copp, 0, sizeof(copp));
    memset(&command, 0, sizeof(command));
    const NTSTATUS results[] = {
        driver->DxgkDdiOPMGetRandomNumber(stage->context, handle, &random),
        driver->DxgkDdiOPMSetSigningKeyAndSequenceNumbers(stage->context, handle, &block),
        driver->DxgkDdiOPMGetInformation(stage->context, handle, &request, &answer),
        driver->DxgkDdiOPMGetCOPPCompatibleInformation(stage->context, handle, &copp, &answer),
        driver->DxgkDdiOPMConfigureProtectedOutput(stage->context, handle, &command, 0, NULL),
        driver->DxgkDdiOPMDestroyProtectedOutput(stage->context, handle),
    };
    for (unsigned i = 0; i < 6; i++) {
        expect_status(results[i], STATUS_GRAPHICS_OPM_INVALID_HANDLE, what);
    }
    expect_all(&answer, sizeof(answer), 0xee, "an answer was written");
    expect_all(&random, sizeof(random), 0xee, "a random number was written");
}

RULE(opm_table, what_is_no_object_is_refused_everywhere, "OP-5-02 OP-9-07",
        "A handle that names no "
        "living object is OPM_INVALID_HANDLE in every function",
        PAGE_DESTROY)
{
    struct opm_stage stage;
    struct opm_party party, other;
    opm_stage_open(&stage);
    opm_open(&stage, &party);
    opm_open(&stage, &other);
    opm_destroy(&party);
    expect_no_handle(&stage, party.handle, "a destroyed object");
    opm_open(&stage, &party);
    opm_destroy(&party);
    expect_no_handle(&stage, party.handle, "an object destroyed after another in its place");
    expect_no_handle(&stage, NULL, "NULL");
    expect_no_handle(&stage, (HANDLE)(uintptr_t)-1, "minus one");
    expect_no_handle(&stage, &stage, "an address");
    opm_expect_alive(&other, "the other object");
    opm_destroy(&other);
    opm_stage_close(&stage);
}

RULE(opm_table, copp_requests_have_their_code, "OP-1-01 OP-9-08",
        "A COPP request to an object with "
        "OPM semantics is DOES_NOT_HAVE_COPP_SEMANTICS",
        "DXGKDDI_OPM_GET_COPP_COMPATIBLE_INFORMATION")
{
    struct opm_stage stage;
    struct opm_party party;
    DXGKMDT_OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    memset(&request, 0, sizeof(request));
    memset(&answer, 0xee, sizeof(answer));
    opm_stage_open(&stage);
    opm_open(&stage, &party);
    request.guidInformation = OPM_GET_CONNECTOR_TYPE;
    request.ulSequenceNumber = party.status_number;
    expect_status(stage.driver.DxgkDdiOPMGetCOPPCompatibleInformation(stage.context, party.handle,
                          &request, &answer),
            STATUS_GRAPHICS_OPM_PROTECTED_OUTPUT_DOES_NOT_HAVE_COPP_SEMANTICS, "a COPP request");
    expect_all(&answer, sizeof(answer), 0xee, "an answer was written");
    opm_expect_alive(&party, "no number is spent");
    opm_destroy(&party);
    opm_stage_close(&stage);
}

RULE(opm_table, pointers_are_checked, "OP-5-03",
        "NULL where memory is needed is "
        "OPM_INVALID_POINTER",
        PAGE_INTERFACE)
{
    struct opm_stage stage;
    struct opm_party party;
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_CONFIGURE_PARAMETERS command;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    opm_stage_open(&stage);
    opm_open(&stage, &party);
    opm_request(&party, &OPM_GET_CONNECTOR_TYPE, NULL, 0, &request);
    opm_command(&party, &OPM_SET_PROTECTION_LEVEL, NULL, 16, &command);
    const DXGK_OPM_INTERFACE *driver = &stage.driver;
    const NTSTATUS results[] = {
        driver->DxgkDdiOPMGetCertificateSize(stage.context, DXGKMDT_OPM_CERTIFICATE, NULL),
        driver->DxgkDdiOPMGetCertificate(stage.context, DXGKMDT_OPM_CERTIFICATE, stage.chain_len,
                NULL),
        driver->DxgkDdiOPMCreateProtectedOutput(stage.context, 0, DXGKMDT_OPM_VOS_OPM_SEMANTICS,
                NULL),
        driver->DxgkDdiOPMGetRandomNumber(stage.context, party.handle, NULL),
        driver->DxgkDdiOPMSetSigningKeyAndSequenceNumbers(stage.context, party.handle, NULL),
        driver->DxgkDdiOPMGetInformation(stage.context, party.handle, NULL, &answer),
        driver->DxgkDdiOPMGetInformation(stage.context, party.handle, &request, NULL),
        driver->DxgkDdiOPMConfigureProtectedOutput(stage.context, party.handle, NULL, 0, NULL),
        driver->DxgkDdiOPMConfigureProtectedOutput(stage.context, party.handle, &command, 1, NULL),
        driver->DxgkDdiOPMConfigureProtectedOutput(stage.context, party.handle, &command, 0, "x"),
    };
    for (unsigned i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        cr_assert_eq(results[i], STATUS_GRAPHICS_OPM_INVALID_POINTER, "call %u returned 0x%08x", i,
                (unsigned)results[i]);
    }
    opm_expect_alive(&party, "no number is spent");
    opm_destroy(&party);
    opm_stage_close(&stage);
}
