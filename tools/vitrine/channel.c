/* SPDX-License-Identifier: MIT */
/* vitrine channel: asks the driver through an authenticated channel. */
#include <argp.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/vitrine/answer.h"
#include "tools/vitrine/channel_client.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/device_options.h"

static const char name[] = "vitrine channel";

enum { OPTION_ROOT = 0x100, OPTION_TYPE, MAX_QUERIES = 13, MAX_ITEMS = 256 };

struct options {
    struct device_options device;
    struct channel_client_config client;
    bool json;
    const char *queries[MAX_QUERIES];
    unsigned count;
};

#define QUERY(query) &D3D11_1DDI_AUTHENTICATED_QUERY_##query

/* A handle as text: JSON's numbers may be rounded. */
static json_t *handle_text(HANDLE handle)
{
    char text[24];
    snprintf(text, sizeof(text), "0x%016" PRIx64, (uint64_t)(uintptr_t)handle);
    return json_string(text);
}

static json_t *guid_text(const GUID *guid)
{
    char text[40];
    snprintf(text, sizeof(text), "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X",
            (unsigned)guid->Data1, guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1],
            guid->Data4[2], guid->Data4[3], guid->Data4[4], guid->Data4[5], guid->Data4[6],
            guid->Data4[7]);
    return json_string(text);
}

/* The query without more than its header; answer begins with QUERY_OUTPUT. */
static HRESULT ask(struct channel_client *client, const GUID *type, void *answer, UINT len)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input = { .SequenceNumber = 0 };
    return channel_client_query(client, type, &input, sizeof(input), answer, len);
}

static json_t *protection(struct channel_client *client)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT answer;
    HRESULT hr = ask(client, QUERY(PROTECTION), &answer, sizeof(answer));
    return FAILED(hr)
            ? vit_answer_refused(hr)
            : json_pack("{s:b,s:b}", "enabled", answer.ProtectionFlags.ProtectionEnabled,
                      "fullscreen_required", answer.ProtectionFlags.OverlayOrFullscreenRequired);
}

static json_t *channel_type(struct channel_client *client)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE_OUTPUT answer;
    HRESULT hr = ask(client, QUERY(CHANNEL_TYPE), &answer, sizeof(answer));
    if (FAILED(hr)) {
        return vit_answer_refused(hr);
    }
    return json_string(answer.ChannelType == D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_SOFTWARE
                    ? "software"
                    : "hardware");
}

static json_t *device_handle(struct channel_client *client)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE_OUTPUT answer;
    HRESULT hr = ask(client, QUERY(DEVICE_HANDLE), &answer, sizeof(answer));
    return FAILED(hr) ? vit_answer_refused(hr) : handle_text(answer.DeviceHandle);
}

/* This program has no decoder: 1 is the name of one that it has bound to its session. */
static json_t *crypto_session(struct channel_client *client)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_INPUT input = { .DecodeHandle = (HANDLE)1 };
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_OUTPUT answer;
    HRESULT hr = channel_client_bind_decoder(client, input.DecodeHandle);
    if (SUCCEEDED(hr)) {
        hr = channel_client_query(client, QUERY(CRYPTO_SESSION), &input, sizeof(input), &answer,
                sizeof(answer));
    }
    return FAILED(hr) ? vit_answer_refused(hr)
                      : json_pack("{s:o,s:o,s:o}", "decoder", handle_text(answer.DecodeHandle),
                                "session", handle_text(answer.CryptoSessionHandle), "device",
                                handle_text(answer.DeviceHandle));
}

static HRESULT count_processes(struct channel_client *client, UINT *count)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT_OUTPUT answer = {
        .RestrictedSharedResourceProcessCount = 0
    };
    HRESULT hr =
            ask(client, QUERY(RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT), &answer, sizeof(answer));
    *count = answer.RestrictedSharedResourceProcessCount;
    return hr;
}

static HRESULT count_outputs(struct channel_client *client, UINT *count)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_COUNT_INPUT input = { .DeviceHandle = NULL };
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_COUNT_OUTPUT answer = { .OutputIDCount = 0 };
    input.DeviceHandle = client->device_handle;
    input.CryptoSessionHandle = client->session_handle;
    HRESULT hr = channel_client_query(client, QUERY(OUTPUT_ID_COUNT), &input, sizeof(input),
            &answer, sizeof(answer));
    *count = answer.OutputIDCount;
    return hr;
}

static HRESULT count_encryptions(struct channel_client *client, UINT *count)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ENCRYPTION_GUID_COUNT_OUTPUT answer = {
        .EncryptionGuidCount = 0
    };
    HRESULT hr = ask(client, QUERY(ENCRYPTION_WHEN_ACCESSIBLE_GUID_COUNT), &answer, sizeof(answer));
    *count = answer.EncryptionGuidCount;
    return hr;
}

static HRESULT count_unrestricted(struct channel_client *client, UINT *count)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT_OUTPUT answer = {
        .UnrestrictedProtectedSharedResourceCount = 0
    };
    HRESULT hr = ask(client, QUERY(UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT), &answer,
            sizeof(answer));
    *count = answer.UnrestrictedProtectedSharedResourceCount;
    return hr;
}

typedef HRESULT count_fn(struct channel_client *client, UINT *count);
typedef json_t *item_fn(struct channel_client *client, UINT index);

static json_t *number(struct channel_client *client, count_fn *count)
{
    UINT found;
    HRESULT hr = count(client, &found);
    return FAILED(hr) ? vit_answer_refused(hr) : json_integer(found);
}

/* All by index. A driver says how many; no more than these are believed. */
static json_t *items(struct channel_client *client, count_fn *count, item_fn *item)
{
    UINT found;
    HRESULT hr = count(client, &found);
    if (FAILED(hr)) {
        return vit_answer_refused(hr);
    }
    json_t *all = json_array();
    for (UINT i = 0; i < found && i < MAX_ITEMS; i++) {
        json_array_append_new(all, item(client, i));
    }
    return all;
}

static json_t *process_item(struct channel_client *client, UINT index)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_INPUT input = {
        .ProcessIndex = index
    };
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_OUTPUT answer;
    HRESULT hr = channel_client_query(client, QUERY(RESTRICTED_SHARED_RESOURCE_PROCESS), &input,
            sizeof(input), &answer, sizeof(answer));
    if (FAILED(hr)) {
        return vit_answer_refused(hr);
    }
    bool is_handle = answer.ProcessIdentifier == D3D11_1DDI_PROCESSIDTYPE_HANDLE;
    return is_handle ? handle_text(answer.ProcessHandle) : json_string("window manager");
}

static json_t *output_item(struct channel_client *client, UINT index)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_INPUT input = { .OutputIDIndex = index };
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_OUTPUT answer;
    input.DeviceHandle = client->device_handle;
    input.CryptoSessionHandle = client->session_handle;
    HRESULT hr = channel_client_query(client, QUERY(OUTPUT_ID), &input, sizeof(input), &answer,
            sizeof(answer));
    return FAILED(hr) ? vit_answer_refused(hr) : handle_text((HANDLE)(uintptr_t)answer.OutputID);
}

static json_t *encryption_item(struct channel_client *client, UINT index)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ENCRYPTION_GUID_INPUT input = {
        .EncryptionGuidIndex = index
    };
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ENCRYPTION_GUID_OUTPUT answer;
    HRESULT hr = channel_client_query(client, QUERY(ENCRYPTION_WHEN_ACCESSIBLE_GUID), &input,
            sizeof(input), &answer, sizeof(answer));
    return FAILED(hr) ? vit_answer_refused(hr) : guid_text(&answer.EncryptionGuid);
}

static json_t *process_count(struct channel_client *client)
{
    return number(client, count_processes);
}

static json_t *process(struct channel_client *client)
{
    return items(client, count_processes, process_item);
}

static json_t *unrestricted_count(struct channel_client *client)
{
    return number(client, count_unrestricted);
}

static json_t *output_count(struct channel_client *client)
{
    return number(client, count_outputs);
}

static json_t *output(struct channel_client *client)
{
    return items(client, count_outputs, output_item);
}

static json_t *accessibility(struct channel_client *client)
{
    static const char *const buses[] = { "other", "PCI", "PCI-X", "PCI Express", "AGP" };
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_OUTPUT answer;
    HRESULT hr = ask(client, QUERY(ACCESSIBILITY_ATTRIBUTES), &answer, sizeof(answer));
    unsigned bus = (unsigned)answer.BusType & 0xffff;
    return FAILED(hr) ? vit_answer_refused(hr)
                      : json_pack("{s:s,s:b,s:b}", "bus", bus < 5 ? buses[bus] : "unknown",
                                "contiguous", answer.AccessibleInContiguousBlocks, "not_contiguous",
                                answer.AccessibleInNonContiguousBlocks);
}

static json_t *encryption_count(struct channel_client *client)
{
    return number(client, count_encryptions);
}

static json_t *encryption(struct channel_client *client)
{
    return items(client, count_encryptions, encryption_item);
}

static json_t *current_encryption(struct channel_client *client)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_CURRENT_ACCESSIBILITY_ENCRYPTION_OUTPUT answer;
    HRESULT hr = ask(client, QUERY(CURRENT_ENCRYPTION_WHEN_ACCESSIBLE), &answer, sizeof(answer));
    if (FAILED(hr)) {
        return vit_answer_refused(hr);
    }
    bool none = IsEqualGUID(&answer.EncryptionGuid, &GUID_NULL);
    return none ? json_string("none") : guid_text(&answer.EncryptionGuid);
}

static const struct query {
    const char *name;
    json_t *(*answer)(struct channel_client *client);
} queries[] = {
    { "protection", protection },
    { "channel-type", channel_type },
    { "device-handle", device_handle },
    { "crypto-session", crypto_session },
    { "process-count", process_count },
    { "process", process },
    { "unrestricted-count", unrestricted_count },
    { "output-count", output_count },
    { "output", output },
    { "accessibility", accessibility },
    { "encryption-count", encryption_count },
    { "encryption", encryption },
    { "current-encryption", current_encryption },
};
enum { QUERY_COUNT = sizeof(queries) / sizeof(queries[0]) };

static const struct query *find_query(const char *wanted)
{
    for (unsigned i = 0; i < QUERY_COUNT; i++) {
        if (strcmp(queries[i].name, wanted) == 0) {
            return &queries[i];
        }
    }
    return NULL;
}

static const struct argp_option list[] = {
    { "json", 'j', NULL, 0, "print as JSON", 0 },
    { "type", OPTION_TYPE, "TYPE", 0, "hardware or software: the type of channel (hardware)", 0 },
    { "root", OPTION_ROOT, "FILE", 0, "trust this root, and no other", 0 },
    { 0 },
};

static error_t take_type(struct options *options, const char *text, struct argp_state *state)
{
    if (strcmp(text, "software") == 0) {
        options->client.type = D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_SOFTWARE;
    } else if (strcmp(text, "hardware") != 0) {
        argp_error(state, "--type: %s: it is hardware or software", text);
    }
    return 0;
}

static error_t take_query(struct options *options, const char *text, struct argp_state *state)
{
    if (find_query(text) == NULL) {
        argp_error(state, "%s: no such query", text);
    }
    if (options->count == MAX_QUERIES) {
        argp_error(state, "%s: too many queries", text);
    }
    options->queries[options->count++] = text;
    return 0;
}

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (option) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->device;
        state->child_inputs[1] = &options->client.revocation;
        return 0;
    case 'j':
        options->json = true;
        return 0;
    case OPTION_ROOT:
        options->client.root = text;
        return 0;
    case OPTION_TYPE:
        return take_type(options, text, state);
    case ARGP_KEY_ARG:
        return take_query(options, text, state);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static json_t *ask_all(struct channel_client *client, const struct options *options)
{
    json_t *answers = json_object();
    for (unsigned i = 0; i < (options->count != 0 ? options->count : QUERY_COUNT); i++) {
        const struct query *query =
                options->count != 0 ? find_query(options->queries[i]) : &queries[i];
        json_object_set_new(answers, query->name, query->answer(client));
    }
    return answers;
}

static int print(const struct options *options, struct channel_client *client)
{
    json_t *answers = ask_all(client, options);
    if (client->deceived) {
        json_decref(answers);
        return vit_command_fail(VIT_EXIT_REFUSED, name, NULL,
                "an answer is not signed as it must be");
    }
    if (options->json) {
        json_dumpf(answers, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        vit_answer_say_lines(answers, 19);
    }
    json_decref(answers);
    return VIT_EXIT_OK;
}

static int run_with(struct options *options)
{
    struct channel_client client;
    VIT_AUTO(adapter) adapter = NULL;
    int code = device_options_open(&options->device, name, &adapter);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    code = channel_client_open(&options->client, name, adapter, &client);
    if (code == VIT_EXIT_OK) {
        code = print(options, &client);
    }
    channel_client_close(&client);
    return code;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = { { .argp = &device_argp },
        { .argp = &revocation_argp }, { 0 } };
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .args_doc = "[QUERY...]",
        .doc = "Asks the driver through an authenticated channel, and checks that its answers are "
               "signed.",
        .children = children,
    };
    struct options options = { .client = {
                                       .type = D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE } };
    device_options_init(&options.device);
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    int code = run_with(&options);
    device_options_finish(&options.device);
    return code;
}

const struct vit_command vit_command_channel = { "channel",
    "ask the driver through an authenticated channel", run };
