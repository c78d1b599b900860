/* SPDX-License-Identifier: MIT */
/* What each of the thirteen queries answers, and what the commands change in it. */
#include <string.h>

#include "tests/conformance/channel_end.h"

RULE_GROUP(channel_query, "Authenticated channels: queries");

#define PAGE(name) "D3D11_1DDI_AUTHENTICATED_QUERY_" name
#define PAGE_FUNCTION "PFND3D11_1DDI_QUERYAUTHENTICATEDCHANNEL"

/* A query by its name; input and answer are structures of the caller. */
#define ASK(end, name, input, answer)                                                              \
    channel_query(end, &D3D11_1DDI_AUTHENTICATED_QUERY_##name, input, sizeof(*(input)), answer,    \
            sizeof(*(answer)))

RULE(channel_query, all_are_answered_in_software, "AC-4-01 AC-8-11",
        "A channel of the type DRIVER_SOFTWARE answers all thirteen queries, signed", PAGE_FUNCTION)
{
    struct channel_stage stage;
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN], answer[CHANNEL_MESSAGE_MAX_LEN];
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    for (unsigned i = 0; i < CHANNEL_QUERIES; i++) {
        const struct channel_kind *kind = &channel_queries[i];
        channel_fill_query(&stage, i, input);
        HRESULT hr =
                channel_query(&stage.end, kind->type, input, kind->len, answer, kind->answer_len);
        cr_assert(hr == S_OK || (kind->may_be_empty && hr == E_INVALIDARG), "%s: 0x%08x",
                kind->name, (unsigned)hr);
    }
    channel_stage_close(&stage);
}

RULE(channel_query, hardware_lacks_those_of_shared_resources, "AC-4-02",
        "A channel of the type DRIVER_HARDWARE answers all queries but those of shared resources, "
        "which it refuses with E_FAIL",
        "Content Protection Queries")
{
    struct channel_stage stage;
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN], answer[CHANNEL_MESSAGE_MAX_LEN];
    channel_stage_open(&stage, CHANNEL_HARDWARE);
    for (unsigned i = 0; i < CHANNEL_QUERIES; i++) {
        const struct channel_kind *kind = &channel_queries[i];
        channel_fill_query(&stage, i, input);
        HRESULT hr =
                channel_query(&stage.end, kind->type, input, kind->len, answer, kind->answer_len);
        bool good = kind->on_hardware ? hr == S_OK || (kind->may_be_empty && hr == E_INVALIDARG)
                                      : hr == E_FAIL;
        cr_assert(good, "%s: 0x%08x", kind->name, (unsigned)hr);
    }
    channel_stage_close(&stage);
}

RULE(channel_query, protection, "AC-4-03",
        "PROTECTION tells the flags in force; reserved bits are zero", PAGE("PROTECTION_OUTPUT"))
{
    struct channel_stage stage;
    channel_stage_open(&stage, CHANNEL_HARDWARE);
    UINT flags = channel_flags(&stage.end);
    cr_assert_eq(flags & ~3u, 0, "reserved bits: 0x%08x", flags);
    cr_assert_neq(flags & CHANNEL_PROTECTED, 0, "protection was set, and is not told");
    channel_stage_close(&stage);
}

RULE(channel_query, channel_type, "AC-4-04", "CHANNEL_TYPE tells the type that the channel has",
        PAGE("CHANNEL_TYPE_OUTPUT"))
{
    static const channel_type types[] = { CHANNEL_SOFTWARE, CHANNEL_HARDWARE };
    struct rig rig;
    rig_open(&rig);
    for (unsigned i = 0; i < 2; i++) {
        struct channel_end end;
        D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
        D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE_OUTPUT answer;
        channel_open(&rig, rig.device, types[i], &end);
        expect_code(ASK(&end, CHANNEL_TYPE, &input, &answer), S_OK, "CHANNEL_TYPE");
        cr_assert_eq(answer.ChannelType, types[i], "it tells type %d", (int)answer.ChannelType);
        channel_close(&end);
    }
    rig_close(&rig);
}

static HANDLE device_of(struct channel_end *end)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE_OUTPUT answer;
    expect_code(ASK(end, DEVICE_HANDLE, &input, &answer), S_OK, "DEVICE_HANDLE");
    return answer.DeviceHandle;
}

RULE(channel_query, device_handle, "AC-4-05",
        "DEVICE_HANDLE is the same for all channels of a device, and another one for another device",
        PAGE("DEVICE_HANDLE_OUTPUT"))
{
    struct rig rig;
    struct channel_end first, second, foreign;
    rig_open(&rig);
    rig_open_second(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &first);
    channel_open(&rig, rig.device, CHANNEL_HARDWARE, &second);
    channel_open(&rig, rig.second, CHANNEL_SOFTWARE, &foreign);
    cr_assert_not_null(device_of(&first));
    cr_assert_eq(device_of(&first), device_of(&second), "two channels of one device");
    cr_assert_neq(device_of(&first), device_of(&foreign), "channels of two devices");
    channel_close(&foreign);
    channel_close(&second);
    channel_close(&first);
    rig_close(&rig);
}

/* CRYPTO_SESSION. */

static HRESULT ask_session(struct channel_end *end, uint64_t decoder,
        D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_OUTPUT *answer)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_INPUT input;
    memset(&input, 0, sizeof(input));
    input.DecodeHandle = channel_number_handle(decoder);
    return ASK(end, CRYPTO_SESSION, &input, answer);
}

static HRESULT bind(struct channel_end *end, HANDLE decoder, HANDLE session, HANDLE device)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION input;
    memset(&input, 0, sizeof(input));
    input.DecodeHandle = decoder;
    input.CryptoSessionHandle = session;
    input.DeviceHandle = device;
    return channel_command(end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION_GUID, &input,
            sizeof(input));
}

RULE(channel_query, crypto_session, "AC-4-06 AC-5-04 AC-9-10",
        "CRYPTO_SESSION tells session and device that the command of this name has bound to the "
        "decoder",
        PAGE("CRYPTO_SESSION_OUTPUT"))
{
    struct channel_stage stage;
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_OUTPUT answer;
    channel_stage_open(&stage, CHANNEL_HARDWARE);
    expect_code(ask_session(&stage.end, CHANNEL_DECODER, &answer), S_OK, "CRYPTO_SESSION");
    cr_assert_eq(answer.DecodeHandle, channel_number_handle(CHANNEL_DECODER));
    cr_assert_eq(answer.CryptoSessionHandle, stage.session_handle);
    cr_assert_eq(answer.DeviceHandle, stage.device_handle);
    channel_stage_close(&stage);
}

RULE(channel_query, crypto_session_of_an_unbound_decoder, "AC-8-09",
        "CRYPTO_SESSION for a decoder that has no session is refused with E_INVALIDARG, also after "
        "its session ended",
        PAGE("CRYPTO_SESSION_INPUT"))
{
    struct channel_stage stage;
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_OUTPUT answer;
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    expect_code(ask_session(&stage.end, CHANNEL_DECODER + 1, &answer), E_INVALIDARG,
            "another decoder");
    rig_destroy_session(stage.rig.device, stage.session);
    expect_code(ask_session(&stage.end, CHANNEL_DECODER, &answer), E_INVALIDARG,
            "the session was destroyed");
    stage.session = rig_session(&stage.rig, stage.rig.device);
    channel_stage_close(&stage);
}

RULE(channel_query, crypto_session_can_be_changed, "AC-5-04",
        "The command CRYPTO_SESSION binds a decoder to another session",
        PAGE("CRYPTO_SESSION_OUTPUT"))
{
    struct channel_stage stage;
    HANDLE handle;
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_OUTPUT answer;
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    struct vit_device *device = stage.rig.device;
    D3D11_1DDI_HCRYPTOSESSION other = rig_session(&stage.rig, device);
    expect_code(device->video.pfnCryptoSessionGetHandle(device->handle, other, &handle), S_OK,
            "CryptoSessionGetHandle");
    HANDLE decoder = channel_number_handle(CHANNEL_DECODER);
    expect_code(bind(&stage.end, decoder, handle, stage.device_handle), S_OK, "another session");
    expect_code(ask_session(&stage.end, CHANNEL_DECODER, &answer), S_OK, "CRYPTO_SESSION");
    cr_assert_eq(answer.CryptoSessionHandle, handle);
    rig_destroy_session(device, other);
    channel_stage_close(&stage);
}

RULE(channel_query, crypto_session_needs_true_handles, "AC-8-09",
        "The command CRYPTO_SESSION with a session or device that is not there, or no decoder, is "
        "refused with E_INVALIDARG and binds nothing",
        "D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION")
{
    struct channel_stage stage;
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_OUTPUT answer;
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    HANDLE decoder = channel_number_handle(CHANNEL_DECODER + 1), odd = channel_number_handle(0x999);
    expect_code(bind(&stage.end, NULL, stage.session_handle, stage.device_handle), E_INVALIDARG,
            "no decoder");
    expect_code(bind(&stage.end, decoder, odd, stage.device_handle), E_INVALIDARG,
            "an unknown session");
    expect_code(bind(&stage.end, decoder, NULL, stage.device_handle), E_INVALIDARG, "no session");
    expect_code(bind(&stage.end, decoder, stage.session_handle, odd), E_INVALIDARG,
            "an unknown device");
    expect_code(ask_session(&stage.end, CHANNEL_DECODER + 1, &answer), E_INVALIDARG,
            "the decoder was bound all the same");
    channel_stage_close(&stage);
}

/* Shared resources. */

static HRESULT share(struct channel_end *end, int type, uint64_t process, BOOL allow)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE input;
    memset(&input, 0, sizeof(input));
    input.ProcessType = (D3D11_1DDI_AUTHENTICATED_PROCESS_IDENTIFIER_TYPE)type;
    input.ProcessHandle = channel_number_handle(process);
    input.AllowAccess = allow;
    return channel_command(end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE_GUID, &input,
            sizeof(input));
}

static UINT process_count(struct channel_end *end)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT_OUTPUT answer;
    expect_code(ASK(end, RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT, &input, &answer), S_OK,
            "the count of processes");
    return answer.RestrictedSharedResourceProcessCount;
}

static HRESULT process_at(struct channel_end *end, UINT index,
        D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_OUTPUT *answer)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_INPUT input;
    memset(&input, 0, sizeof(input));
    input.ProcessIndex = index;
    return ASK(end, RESTRICTED_SHARED_RESOURCE_PROCESS, &input, answer);
}

RULE(channel_query, processes, "AC-4-07 AC-4-08 AC-5-05",
        "Processes that SHARED_RESOURCE let in are counted and told by index, until it takes the "
        "right back",
        PAGE("RESTRICTED_SHARED_RESOURCE_PROCESS_OUTPUT"))
{
    struct rig rig;
    struct channel_end end;
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_OUTPUT answer;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    cr_assert_eq(process_count(&end), 0, "nobody was let in yet");
    expect_code(share(&end, D3D11_1DDI_PROCESSIDTYPE_HANDLE, 0x44, TRUE), S_OK, "a process");
    expect_code(share(&end, D3D11_1DDI_PROCESSIDTYPE_DWM, 0, TRUE), S_OK, "the window manager");
    cr_assert_eq(process_count(&end), 2);
    bool seen[2] = { false };
    for (UINT i = 0; i < 2; i++) {
        expect_code(process_at(&end, i, &answer), S_OK, "a process by index");
        cr_assert_eq(answer.ProcessIndex, i);
        bool is_handle = answer.ProcessIdentifier == D3D11_1DDI_PROCESSIDTYPE_HANDLE;
        cr_assert(!is_handle || answer.ProcessHandle == channel_number_handle(0x44));
        cr_assert(is_handle || answer.ProcessIdentifier == D3D11_1DDI_PROCESSIDTYPE_DWM);
        seen[is_handle] = true;
    }
    cr_assert(seen[0] && seen[1], "one of the two is missing");
    expect_code(share(&end, D3D11_1DDI_PROCESSIDTYPE_HANDLE, 0x44, FALSE), S_OK, "taken back");
    cr_assert_eq(process_count(&end), 1);
    expect_code(share(&end, D3D11_1DDI_PROCESSIDTYPE_DWM, 0, FALSE), S_OK, "taken back");
    cr_assert_eq(process_count(&end), 0);
    channel_close(&end);
    rig_close(&rig);
}

RULE(channel_query, process_out_of_range, "AC-8-09",
        "A process by an index out of range is refused with E_INVALIDARG",
        PAGE("RESTRICTED_SHARED_RESOURCE_PROCESS_INPUT"))
{
    struct channel_stage stage;
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_OUTPUT answer;
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    UINT count = process_count(&stage.end);
    expect_code(process_at(&stage.end, count, &answer), E_INVALIDARG, "the index behind the last");
    expect_code(process_at(&stage.end, 0xFFFFFFFF, &answer), E_INVALIDARG, "the highest index");
    expect_code(process_at(&stage.end, 0, &answer), S_OK, "the first index");
    channel_stage_close(&stage);
}

RULE(channel_query, unknown_processes_are_not_let_in, "AC-8-09",
        "SHARED_RESOURCE for another kind of process, or for none, is refused with E_INVALIDARG, and "
        "so is taking back what was not given",
        "D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE")
{
    struct rig rig;
    struct channel_end end;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    expect_code(share(&end, D3D11_1DDI_PROCESSIDTYPE_UNKNOWN, 0x44, TRUE), E_INVALIDARG, "UNKNOWN");
    expect_code(share(&end, 3, 0x44, TRUE), E_INVALIDARG, "3");
    expect_code(share(&end, -1, 0x44, TRUE), E_INVALIDARG, "-1");
    expect_code(share(&end, D3D11_1DDI_PROCESSIDTYPE_HANDLE, 0, TRUE), E_INVALIDARG,
            "no process handle");
    expect_code(share(&end, D3D11_1DDI_PROCESSIDTYPE_HANDLE, 0x44, FALSE), E_INVALIDARG,
            "a process that was not let in");
    cr_assert_eq(process_count(&end), 0);
    channel_close(&end);
    rig_close(&rig);
}

RULE(channel_query, unrestricted_shared_resources, "AC-4-09",
        "UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT is zero while nobody made any",
        PAGE("UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT_OUTPUT"))
{
    struct rig rig;
    struct channel_end end;
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT_OUTPUT answer;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    expect_code(ASK(&end, UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT, &input, &answer), S_OK,
            "the count");
    cr_assert_eq(answer.UnrestrictedProtectedSharedResourceCount, 0);
    channel_close(&end);
    rig_close(&rig);
}

/* Outputs. */

static HRESULT output_count(struct channel_stage *stage, HANDLE device, HANDLE session, UINT *count)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_COUNT_INPUT input;
    D3D11_1DDI_AUTHENTICATED_CHANNEL_QUERY_OUTPUT_ID_COUNT_OUTPUT answer;
    memset(&input, 0, sizeof(input));
    input.DeviceHandle = device;
    input.CryptoSessionHandle = session;
    HRESULT hr = ASK(&stage->end, OUTPUT_ID_COUNT, &input, &answer);
    cr_assert(hr != S_OK ||
                    (answer.DeviceHandle == device && answer.CryptoSessionHandle == session),
            "the answer is about other handles");
    *count = answer.OutputIDCount;
    return hr;
}

static HRESULT output_at(struct channel_stage *stage, HANDLE device, HANDLE session, UINT index,
        UINT64 *id)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_OUTPUT answer;
    memset(&input, 0, sizeof(input));
    input.DeviceHandle = device;
    input.CryptoSessionHandle = session;
    input.OutputIDIndex = index;
    HRESULT hr = ASK(&stage->end, OUTPUT_ID, &input, &answer);
    cr_assert(hr != S_OK ||
                    (answer.DeviceHandle == device && answer.CryptoSessionHandle == session &&
                            answer.OutputIDIndex == index),
            "the answer is about something else");
    *id = answer.OutputID;
    return hr;
}

RULE(channel_query, outputs, "AC-4-10 AC-4-11",
        "The outputs of a session and a device are counted, and told by index: each has an id of its "
        "own, which stays",
        PAGE("OUTPUT_ID_OUTPUT"))
{
    struct channel_stage stage;
    UINT count;
    UINT64 ids[16];
    channel_stage_open(&stage, CHANNEL_HARDWARE);
    HANDLE device = stage.device_handle, session = stage.session_handle;
    expect_code(output_count(&stage, device, session, &count), S_OK, "OUTPUT_ID_COUNT");
    cr_assert(count > 0 && count <= 16, "%u outputs", count);
    for (UINT i = 0; i < count; i++) {
        UINT64 again;
        expect_code(output_at(&stage, device, session, i, &ids[i]), S_OK, "OUTPUT_ID");
        expect_code(output_at(&stage, device, session, i, &again), S_OK, "OUTPUT_ID");
        cr_assert_eq(ids[i], again, "the id of output %u changed", i);
        for (UINT j = 0; j < i; j++) {
            cr_assert_neq(ids[i], ids[j], "outputs %u and %u have one id", i, j);
        }
    }
    UINT64 none;
    expect_code(output_at(&stage, device, session, count, &none), E_INVALIDARG, "behind the last");
    channel_stage_close(&stage);
}

RULE(channel_query, outputs_of_nobody, "AC-8-09",
        "Outputs of a session or device that is not there are refused with E_INVALIDARG",
        PAGE("OUTPUT_ID_INPUT"))
{
    struct channel_stage stage;
    UINT count;
    UINT64 id;
    channel_stage_open(&stage, CHANNEL_HARDWARE);
    HANDLE odd = channel_number_handle(0x999);
    expect_code(output_count(&stage, odd, stage.session_handle, &count), E_INVALIDARG, "a device");
    expect_code(output_count(&stage, stage.device_handle, odd, &count), E_INVALIDARG, "a session");
    expect_code(output_at(&stage, odd, stage.session_handle, 0, &id), E_INVALIDARG, "a device");
    expect_code(output_at(&stage, stage.device_handle, odd, 0, &id), E_INVALIDARG, "a session");
    expect_code(output_at(&stage, stage.device_handle, NULL, 0, &id), E_INVALIDARG, "no session");
    channel_stage_close(&stage);
}

/* Accessibility. */

RULE(channel_query, accessibility, "AC-4-12 AC-9-08",
        "ACCESSIBILITY_ATTRIBUTES tells one bus type with at most one modifier, and two true BOOLs",
        PAGE("ACCESSIBILITY_OUTPUT"))
{
    struct rig rig;
    struct channel_end end;
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_OUTPUT answer;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_HARDWARE, &end);
    expect_code(ASK(&end, ACCESSIBILITY_ATTRIBUTES, &input, &answer), S_OK,
            "ACCESSIBILITY_ATTRIBUTES");
    UINT bus = (UINT)answer.BusType;
    cr_assert((bus & 0xFFFF) <= D3D11_1DDI_BUS_TYPE_AGP && (bus >> 16 & 0x7FFF) <= 5,
            "bus type 0x%08x", bus);
    cr_assert(answer.AccessibleInContiguousBlocks == TRUE ||
            answer.AccessibleInContiguousBlocks == FALSE);
    cr_assert(answer.AccessibleInNonContiguousBlocks == TRUE ||
            answer.AccessibleInNonContiguousBlocks == FALSE);
    channel_close(&end);
    rig_close(&rig);
}

static UINT encryption_count(struct channel_end *end)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ENCRYPTION_GUID_COUNT_OUTPUT answer;
    expect_code(ASK(end, ENCRYPTION_WHEN_ACCESSIBLE_GUID_COUNT, &input, &answer), S_OK,
            "the count of encryptions");
    return answer.EncryptionGuidCount;
}

static HRESULT encryption_at(struct channel_end *end, UINT index, GUID *encryption)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ENCRYPTION_GUID_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ENCRYPTION_GUID_OUTPUT answer;
    memset(&input, 0, sizeof(input));
    input.EncryptionGuidIndex = index;
    HRESULT hr = ASK(end, ENCRYPTION_WHEN_ACCESSIBLE_GUID, &input, &answer);
    cr_assert(hr != S_OK || answer.EncryptionGuidIndex == index, "the answer is about another one");
    *encryption = answer.EncryptionGuid;
    return hr;
}

static HRESULT select_encryption(struct channel_end *end, const GUID *encryption)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_ACCESSIBLE_ENCRYPTION input;
    memset(&input, 0, sizeof(input));
    input.EncryptionGuid = *encryption;
    return channel_command(end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_ENCRYPTION_WHEN_ACCESSIBLE_GUID,
            &input, sizeof(input));
}

static GUID current_encryption(struct channel_end *end)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_CURRENT_ACCESSIBILITY_ENCRYPTION_OUTPUT answer;
    expect_code(ASK(end, CURRENT_ENCRYPTION_WHEN_ACCESSIBLE, &input, &answer), S_OK,
            "the encryption in force");
    return answer.EncryptionGuid;
}

RULE(channel_query, encryptions, "AC-4-13 AC-4-14 AC-4-15 AC-5-06 AC-9-06",
        "Each encryption that is told by index can be selected, and is the one in force then; an "
        "index out of range is refused",
        PAGE("ACCESSIBILITY_ENCRYPTION_GUID_OUTPUT"))
{
    struct rig rig;
    struct channel_end end;
    GUID encryption;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_HARDWARE, &end);
    UINT count = encryption_count(&end);
    GUID before = current_encryption(&end);
    for (UINT i = 0; i < count; i++) {
        expect_code(encryption_at(&end, i, &encryption), S_OK, "an encryption by index");
        expect_code(select_encryption(&end, &encryption), S_OK, "an encryption that is offered");
        GUID current = current_encryption(&end);
        cr_assert(IsEqualGUID(&current, &encryption), "another one is in force");
    }
    expect_code(encryption_at(&end, count, &encryption), E_INVALIDARG, "behind the last");
    expect_code(encryption_at(&end, 0xFFFFFFFF, &encryption), E_INVALIDARG, "the highest index");
    expect_code(select_encryption(&end, &before), S_OK, "what was in force before");
    channel_close(&end);
    rig_close(&rig);
}

RULE(channel_query, encryptions_that_are_not_offered, "AC-8-09",
        "ENCRYPTION_WHEN_ACCESSIBLE with an encryption that is not offered is refused with "
        "E_INVALIDARG and changes nothing",
        "D3D11_1DDI_AUTHENTICATED_CONFIGURE_ACCESSIBLE_ENCRYPTION")
{
    static const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    struct rig rig;
    struct channel_end end;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    GUID before = current_encryption(&end);
    expect_code(select_encryption(&end, &stranger), E_INVALIDARG, "an unknown encryption");
    GUID after = current_encryption(&end);
    cr_assert(IsEqualGUID(&before, &after), "the encryption in force changed");
    channel_close(&end);
    rig_close(&rig);
}
