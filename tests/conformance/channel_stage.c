/* SPDX-License-Identifier: MIT */
/* Messages of every kind, and a channel that has something to say to each. */
#include <string.h>

#include "tests/conformance/channel_end.h"

#define QUERY(name, input, output)                                                                 \
    #name, &D3D11_1DDI_AUTHENTICATED_QUERY_##name, sizeof(D3D11_1DDI_AUTHENTICATED_##input),       \
            sizeof(D3D11_1DDI_AUTHENTICATED_QUERY_##output)
#define COMMAND(name, input)                                                                       \
    #name, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_##name##_GUID,                                      \
            sizeof(D3D11_1DDI_AUTHENTICATED_CONFIGURE_##input), CHANNEL_HEADER_LEN

const struct channel_kind channel_queries[CHANNEL_QUERIES] = {
    { QUERY(PROTECTION, QUERY_INPUT, PROTECTION_OUTPUT), true, false, false },
    { QUERY(CHANNEL_TYPE, QUERY_INPUT, CHANNEL_TYPE_OUTPUT), true, false, false },
    { QUERY(DEVICE_HANDLE, QUERY_INPUT, DEVICE_HANDLE_OUTPUT), true, false, false },
    { QUERY(CRYPTO_SESSION, QUERY_CRYPTO_SESSION_INPUT, CRYPTO_SESSION_OUTPUT), true, false,
            false },
    { QUERY(RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT, QUERY_INPUT,
              RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT_OUTPUT),
            false, false, false },
    { QUERY(RESTRICTED_SHARED_RESOURCE_PROCESS, QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_INPUT,
              RESTRICTED_SHARED_RESOURCE_PROCESS_OUTPUT),
            false, false, true },
    { QUERY(UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT, QUERY_INPUT,
              UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT_OUTPUT),
            false, false, false },
    { QUERY(OUTPUT_ID_COUNT, QUERY_OUTPUT_ID_COUNT_INPUT, OUTPUT_ID_COUNT_OUTPUT), true, false,
            false },
    { QUERY(OUTPUT_ID, QUERY_OUTPUT_ID_INPUT, OUTPUT_ID_OUTPUT), true, false, true },
    { QUERY(ACCESSIBILITY_ATTRIBUTES, QUERY_INPUT, ACCESSIBILITY_OUTPUT), true, false, false },
    { QUERY(ENCRYPTION_WHEN_ACCESSIBLE_GUID_COUNT, QUERY_INPUT,
              ACCESSIBILITY_ENCRYPTION_GUID_COUNT_OUTPUT),
            true, false, false },
    { QUERY(ENCRYPTION_WHEN_ACCESSIBLE_GUID, QUERY_ACCESSIBILITY_ENCRYPTION_GUID_INPUT,
              ACCESSIBILITY_ENCRYPTION_GUID_OUTPUT),
            true, true, true },
    { QUERY(CURRENT_ENCRYPTION_WHEN_ACCESSIBLE, QUERY_INPUT,
              CURRENT_ACCESSIBILITY_ENCRYPTION_OUTPUT),
            true, false, false },
};

const struct channel_kind channel_commands[CHANNEL_COMMANDS] = {
    { COMMAND(PROTECTION, PROTECTION), true, false, false },
    { COMMAND(CRYPTO_SESSION, CRYPTO_SESSION), true, false, false },
    { COMMAND(SHARED_RESOURCE, SHARED_RESOURCE), false, false, false },
    { COMMAND(ENCRYPTION_WHEN_ACCESSIBLE, ACCESSIBLE_ENCRYPTION), true, false, false },
};

static void put_handle(uint8_t *at, HANDLE handle)
{
    memcpy(at, &handle, sizeof(handle));
}

/* Offsets are the published ones of the structures. */
void channel_fill_query(const struct channel_stage *stage, unsigned kind,
        uint8_t input[CHANNEL_MESSAGE_MAX_LEN])
{
    enum { CRYPTO_SESSION = 3, OUTPUT_ID_COUNT = 7, OUTPUT_ID = 8 };
    memset(input, 0, CHANNEL_MESSAGE_MAX_LEN);
    if (kind == CRYPTO_SESSION) {
        put_handle(input + 32, channel_number_handle(CHANNEL_DECODER));
    } else if (kind == OUTPUT_ID_COUNT || kind == OUTPUT_ID) {
        put_handle(input + 32, stage->device_handle);
        put_handle(input + 40, stage->session_handle);
    }
}

void channel_fill_command(const struct channel_stage *stage, unsigned kind,
        uint8_t input[CHANNEL_MESSAGE_MAX_LEN])
{
    enum { PROTECTION, CRYPTO_SESSION, SHARED_RESOURCE, ENCRYPTION };
    memset(input, 0, CHANNEL_MESSAGE_MAX_LEN);
    switch (kind) {
    case PROTECTION:
        input[48] = CHANNEL_PROTECTED;
        break;
    case CRYPTO_SESSION:
        put_handle(input + 48, channel_number_handle(CHANNEL_DECODER));
        put_handle(input + 56, stage->session_handle);
        put_handle(input + 64, stage->device_handle);
        break;
    case SHARED_RESOURCE:
        input[48] = D3D11_1DDI_PROCESSIDTYPE_HANDLE;
        put_handle(input + 56, channel_number_handle(CHANNEL_PROCESS));
        input[64] = TRUE;
        break;
    default:
        break; /* ENCRYPTION: GUID_NULL, none */
    }
}

static HANDLE ask_device(struct channel_end *end)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE_OUTPUT answer;
    expect_code(channel_query(end, &D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE, &input,
                        sizeof(input), &answer, sizeof(answer)),
            S_OK, "the query DEVICE_HANDLE");
    return answer.DeviceHandle;
}

static void set_all(struct channel_stage *stage)
{
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN];
    for (unsigned i = 0; i < CHANNEL_COMMANDS; i++) {
        const struct channel_kind *kind = &channel_commands[i];
        if (stage->end.type == CHANNEL_SOFTWARE || kind->on_hardware) {
            channel_fill_command(stage, i, input);
            expect_code(channel_command(&stage->end, kind->type, input, kind->len), S_OK,
                    kind->name);
        }
    }
}

void channel_stage_open(struct channel_stage *stage, channel_type type)
{
    rig_open(&stage->rig);
    struct vit_device *device = stage->rig.device;
    channel_open(&stage->rig, device, type, &stage->end);
    stage->session = rig_session(&stage->rig, device);
    expect_code(device->video.pfnCryptoSessionGetHandle(device->handle, stage->session,
                        &stage->session_handle),
            S_OK, "CryptoSessionGetHandle");
    stage->device_handle = ask_device(&stage->end);
    set_all(stage);
}

void channel_stage_close(struct channel_stage *stage)
{
    channel_close(&stage->end);
    rig_destroy_session(stage->rig.device, stage->session);
    rig_close(&stage->rig);
}
