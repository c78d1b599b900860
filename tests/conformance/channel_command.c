/* SPDX-License-Identifier: MIT */
/* The commands of each type of channel, and what one channel can do to another's. */
#include <string.h>

#include "tests/conformance/channel_end.h"

RULE_GROUP(channel_command, "Authenticated channels: commands");

#define PAGE "PFND3D11_1DDI_CONFIGUREAUTHENTICATEDCHANNEL"
#define PAGE_OLD "D3DAUTHENTICATEDCONFIGURE_PROTECTION"

RULE(channel_command, software_takes_all, "AC-5-03 AC-5-04 AC-5-05 AC-5-06 AC-8-11",
        "A channel of the type DRIVER_SOFTWARE executes all commands and signs its answers", PAGE)
{
    struct channel_stage stage;
    channel_stage_open(&stage, CHANNEL_SOFTWARE); /* sends them all */
    channel_stage_close(&stage);
}

RULE(channel_command, hardware_lacks_shared_resources, "AC-5-07",
        "A channel of the type DRIVER_HARDWARE executes all commands but SHARED_RESOURCE, which it "
        "refuses with E_FAIL",
        "Content Protection Commands")
{
    struct channel_stage stage;
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN];
    channel_stage_open(&stage, CHANNEL_HARDWARE); /* sends all others */
    for (unsigned i = 0; i < CHANNEL_COMMANDS; i++) {
        const struct channel_kind *kind = &channel_commands[i];
        if (!kind->on_hardware) {
            channel_fill_command(&stage, i, input);
            expect_code(channel_command(&stage.end, kind->type, input, kind->len), E_FAIL,
                    kind->name);
        }
    }
    channel_stage_close(&stage);
}

RULE(channel_command, protection, "AC-5-03",
        "PROTECTION sets and clears OverlayOrFullscreenRequired; reserved bits are refused with "
        "E_INVALIDARG and change nothing",
        "D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION")
{
    struct rig rig;
    struct channel_end end;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_HARDWARE, &end);
    expect_code(channel_set_flags(&end, 3), S_OK, "both flags");
    cr_assert_eq(channel_flags(&end), 3u);
    expect_code(channel_set_flags(&end, CHANNEL_PROTECTED), S_OK, "one flag");
    cr_assert_eq(channel_flags(&end), (UINT)CHANNEL_PROTECTED);
    for (unsigned bit = 2; bit < 32; bit++) {
        HRESULT hr = channel_set_flags(&end, 1u << bit | CHANNEL_FULLSCREEN);
        cr_assert_eq(hr, E_INVALIDARG, "reserved bit %u: 0x%08x", bit, (unsigned)hr);
    }
    cr_assert_eq(channel_flags(&end), (UINT)CHANNEL_PROTECTED, "a refused command set flags");
    channel_close(&end);
    rig_close(&rig);
}

RULE(channel_command, state_is_the_device_s, "AC-5-08",
        "What a channel sets is told by the other channels of its device, and not by another device",
        PAGE_OLD)
{
    struct rig rig;
    struct channel_end one, two, foreign;
    rig_open(&rig);
    rig_open_second(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &one);
    channel_open(&rig, rig.device, CHANNEL_HARDWARE, &two);
    channel_open(&rig, rig.second, CHANNEL_SOFTWARE, &foreign);
    UINT before = channel_flags(&foreign);
    expect_code(channel_set_flags(&one, 3), S_OK, "both flags");
    cr_assert_eq(channel_flags(&two), 3u, "another channel of the device");
    cr_assert_eq(channel_flags(&foreign), before, "a channel of another device");
    channel_close(&foreign);
    channel_close(&two);
    channel_close(&one);
    rig_close(&rig);
}

RULE(channel_command, anothers_state_is_not_disabled, "AC-5-09",
        "What one channel has set, no other can disable: the attempt fails and the state stays",
        PAGE_OLD)
{
    struct rig rig;
    struct channel_end one, two;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &one);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &two);
    expect_code(channel_set_flags(&one, 3), S_OK, "both flags");
    cr_assert(FAILED(channel_set_flags(&two, 0)), "another channel clears both");
    cr_assert(FAILED(channel_set_flags(&two, CHANNEL_PROTECTED)), "another channel clears one");
    cr_assert_eq(channel_flags(&one), 3u, "the state went with the refused attempt");
    expect_code(channel_set_flags(&one, CHANNEL_PROTECTED), S_OK, "the channel itself clears one");
    cr_assert_eq(channel_flags(&two), (UINT)CHANNEL_PROTECTED);
    channel_close(&two);
    channel_close(&one);
    rig_close(&rig);
}

static HRESULT share(struct channel_end *end, BOOL allow)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE input;
    memset(&input, 0, sizeof(input));
    input.ProcessType = D3D11_1DDI_PROCESSIDTYPE_HANDLE;
    input.ProcessHandle = channel_number_handle(CHANNEL_PROCESS);
    input.AllowAccess = allow;
    return channel_command(end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE_GUID, &input,
            sizeof(input));
}

static UINT process_count(struct channel_end *end)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT_OUTPUT answer;
    expect_code(channel_query(end,
                        &D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT,
                        &input, sizeof(input), &answer, sizeof(answer)),
            S_OK, "the count of processes");
    return answer.RestrictedSharedResourceProcessCount;
}

RULE(channel_command, anothers_process_keeps_its_right, "AC-5-09",
        "A process that one channel let in is not shut out by another", PAGE_OLD)
{
    struct rig rig;
    struct channel_end one, two;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &one);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &two);
    expect_code(share(&one, TRUE), S_OK, "a process is let in");
    cr_assert(FAILED(share(&two, FALSE)), "another channel shuts it out");
    cr_assert_eq(process_count(&two), 1, "it was shut out");
    expect_code(share(&two, TRUE), S_OK, "another channel lets it in as well");
    expect_code(share(&one, FALSE), S_OK, "the first takes its right back");
    cr_assert_eq(process_count(&one), 1, "the other channel's right went with it");
    expect_code(share(&two, FALSE), S_OK, "the other takes it back too");
    cr_assert_eq(process_count(&one), 0);
    channel_close(&two);
    channel_close(&one);
    rig_close(&rig);
}

RULE(channel_command, anothers_decoder_keeps_its_session, "AC-5-09",
        "A decoder that one channel bound to a session is not bound to another one by another channel",
        PAGE_OLD)
{
    struct channel_stage stage;
    struct channel_end other;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION input;
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    struct vit_device *device = stage.rig.device;
    channel_open(&stage.rig, device, CHANNEL_SOFTWARE, &other);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&stage.rig, device);
    memset(&input, 0, sizeof(input));
    input.DecodeHandle = channel_number_handle(CHANNEL_DECODER);
    input.DeviceHandle = stage.device_handle;
    expect_code(device->video.pfnCryptoSessionGetHandle(device->handle, session,
                        &input.CryptoSessionHandle),
            S_OK, "CryptoSessionGetHandle");
    cr_assert(FAILED(channel_command(&other,
            &D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION_GUID, &input, sizeof(input))));
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_INPUT question;
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_OUTPUT answer;
    memset(&question, 0, sizeof(question));
    question.DecodeHandle = channel_number_handle(CHANNEL_DECODER);
    expect_code(channel_query(&other, &D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION, &question,
                        sizeof(question), &answer, sizeof(answer)),
            S_OK, "CRYPTO_SESSION");
    cr_assert_eq(answer.CryptoSessionHandle, stage.session_handle, "it has another session now");
    rig_destroy_session(device, session);
    channel_close(&other);
    channel_stage_close(&stage);
}
