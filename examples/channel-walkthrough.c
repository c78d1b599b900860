/* SPDX-License-Identifier: MIT */
/*
 * An authenticated channel from its first step to its last, in the order of "GPU-Based Content
 * Protection":
 *
 *     channel-walkthrough CHAIN.der ROOT.der KEY [LINK]
 *
 * The arguments are those of session-walkthrough. Exit status 0: all went as published.
 *
 * Through a channel an application asks the driver about protection and orders it, and can believe
 * the answers although others stand between the two: answers and orders are signed with a key that
 * the application chose and that only the device can unwrap. What is asked is not signed; the answer
 * repeats it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/ddi.h"
#include <vitrine.h>

enum { FILE_MAX = 16384 };

struct application {
    struct vit_adapter *adapter;
    struct vit_device *device;
    struct vit_session *session; /* that the queries are about */
    struct vit_channel_object *channel;
    struct vitrine_cipher *cipher;
    uint8_t key[VITRINE_KEY_LEN];
    UINT query, command; /* the next numbers */
};

static bool say(const char *what, bool good)
{
    printf("%-60s %s\n", what, good ? "yes" : "NO");
    return good;
}

static size_t read_file(const char *path, uint8_t bytes[FILE_MAX])
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    size_t len = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    return len;
}

/* Step 1. The driver writes hChannel, which each message names. */
static bool create(struct application *app)
{
    HRESULT hr = vit_channel_open(app->device, D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE,
            &app->channel);
    return say("a channel to the driver is created", SUCCEEDED(hr)) &&
            say("so is a session to ask about",
                    SUCCEEDED(vit_session_create(app->device, &app->session)));
}

/* Steps 2 and 3: whose certificate is that, and does it lead to our root? */
static struct vitrine_device *verify(const struct application *app, const char *root_path)
{
    uint8_t root[FILE_MAX];
    uint8_t *chain = NULL;
    UINT len = 0;
    char reason[VITRINE_REASON_LEN] = "there is no certificate for channels";
    struct vitrine_device *trusted = NULL;
    size_t root_len = read_file(root_path, root);
    if (FAILED(vit_channel_certificate(app->device,
                D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE, &chain, &len)) ||
            vitrine_device_verify(chain, len, root, root_len, 0, reason, &trusted) != VITRINE_OK) {
        fprintf(stderr, "not trusted: %s\n", reason);
    }
    free(chain);
    say("the channel's certificate leads to our root", trusted != NULL);
    return trusted;
}

/* Step 4: the application chooses the channel's key. */
static bool negotiate(struct application *app, const struct vitrine_device *trusted)
{
    uint8_t block[VITRINE_BLOCK_LEN];
    bool made = vitrine_random(app->key, sizeof(app->key)) == VITRINE_OK &&
            vitrine_exchange_block(trusted, app->key, sizeof(app->key), block) == VITRINE_OK;
    return say("the driver takes the channel's key",
            made &&
                    SUCCEEDED(app->device->video
                                    .pfnNegotiateAuthenticatedChannelKeyExchange(app->device
                                                                                         ->handle,
                                            app->channel->handle, sizeof(block), block)));
}

/* What an application checks of each answer, in this order: signature, then that it is the answer to
 * what it asked, then what the driver says. Both kinds of answer begin alike. */
static bool is_true(const struct application *app, const void *answer, size_t len, const GUID *type,
        UINT number)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT header;
    memcpy(&header, answer, sizeof(header));
    return vitrine_omac_check(app->cipher, app->key, answer, len) == VITRINE_OK &&
            IsEqualGUID(&header.QueryType, type) && header.hChannel == app->channel->hChannel &&
            header.SequenceNumber == number && header.ReturnCode == S_OK;
}

/* input begins with QUERY_INPUT, answer with QUERY_OUTPUT. */
static bool ask(struct application *app, const GUID *type, void *input, UINT len, void *answer,
        UINT answer_len)
{
    const D3D11_1DDI_AUTHENTICATED_QUERY_INPUT header = { *type, app->channel->hChannel,
        app->query++ };
    memcpy(input, &header, sizeof(header));
    HRESULT hr = app->device->video.pfnQueryAuthenticatedChannel(app->device->handle,
            app->channel->handle, len, input, answer_len, answer);
    return SUCCEEDED(hr) && is_true(app, answer, answer_len, type, header.SequenceNumber);
}

/* input begins with CONFIGURE_INPUT; its unused bytes are zero, for they are signed too. */
static bool order(struct application *app, const GUID *type, UINT number, void *input, UINT len)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INPUT *header = input;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    header->ConfigureType = *type;
    header->hChannel = app->channel->hChannel;
    header->SequenceNumber = number;
    if (vitrine_omac_sign(app->cipher, app->key, input, len) != VITRINE_OK) {
        return false;
    }
    HRESULT hr = app->device->video.pfnConfigureAuthenticatedChannel(app->device->handle,
            app->channel->handle, len, input, &answer);
    return SUCCEEDED(hr) && is_true(app, &answer, sizeof(answer), type, number);
}

/* Step 5: random numbers to begin with, so that no recorded channel fits. */
static bool initialize(struct application *app)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE input;
    UINT start[2];
    memset(&input, 0, sizeof(input));
    if (vitrine_random(start, sizeof(start)) != VITRINE_OK) {
        return false;
    }
    app->query = input.StartSequenceQuery = start[0] >> 1; /* they must not reach 2^32 */
    app->command = input.StartSequenceConfigure = start[1] >> 1;
    return say("the channel is initialized",
            order(app, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, 0, &input,
                    sizeof(input)));
}

/* Step 6: is it the channel that we think it is? */
static bool ask_type(struct application *app)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input = { .SequenceNumber = 0 };
    D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE_OUTPUT answer;
    return say("it leads to the hardware's driver",
            ask(app, &D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE, &input, sizeof(input), &answer,
                    sizeof(answer)) &&
                    answer.ChannelType == D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE);
}

/* Step 7: the device behind it, which an application compares with that of its other channels. */
static bool ask_device(struct application *app, HANDLE *device)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input = { .SequenceNumber = 0 };
    D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE_OUTPUT answer = { .DeviceHandle = NULL };
    bool good = ask(app, &D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE, &input, sizeof(input),
            &answer, sizeof(answer));
    *device = answer.DeviceHandle;
    return say("the device behind it has a handle", good && answer.DeviceHandle != NULL);
}

static UINT protection(struct application *app)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input = { .SequenceNumber = 0 };
    D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT answer;
    bool good = ask(app, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, &input, sizeof(input), &answer,
            sizeof(answer));
    return good ? answer.ProtectionFlags.Value : 0;
}

/* A command, and the query that shows what it did. */
static bool protect(struct application *app)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION input;
    memset(&input, 0, sizeof(input));
    input.Protections.ProtectionEnabled = 1;
    input.Protections.OverlayOrFullscreenRequired = 1;
    return say("protection is switched on",
                   order(app, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID, app->command++,
                           &input, sizeof(input))) &&
            say("the driver says that it is on", protection(app) == input.Protections.Value);
}

/* Which outputs can show what that session protects? Their ids are those of OPM. */
static bool ask_outputs(struct application *app, HANDLE device)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_COUNT_INPUT count = { .DeviceHandle = device };
    D3D11_1DDI_AUTHENTICATED_CHANNEL_QUERY_OUTPUT_ID_COUNT_OUTPUT counted = { .OutputIDCount = 0 };
    HRESULT hr = app->device->video.pfnCryptoSessionGetHandle(app->device->handle,
            app->session->handle, &count.CryptoSessionHandle);
    bool good = SUCCEEDED(hr) &&
            ask(app, &D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_COUNT, &count, sizeof(count),
                    &counted, sizeof(counted));
    for (UINT i = 0; good && i < counted.OutputIDCount; i++) {
        D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_INPUT input = { .DeviceHandle = device,
            .CryptoSessionHandle = count.CryptoSessionHandle,
            .OutputIDIndex = i };
        D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_OUTPUT answer;
        good = ask(app, &D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID, &input, sizeof(input), &answer,
                sizeof(answer));
    }
    return say("the outputs of the session are known", good && counted.OutputIDCount > 0);
}

/* What somebody in between can do: nothing. */
static bool try_replay(struct application *app)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION input;
    memset(&input, 0, sizeof(input));
    const GUID *type = &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID;
    bool once = order(app, type, app->command++, &input, sizeof(input));
    bool twice = order(app, type, app->command - 1, &input, sizeof(input));
    input.Protections.Value = 2;
    input.Parameters.SequenceNumber++;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    HRESULT hr = app->device->video.pfnConfigureAuthenticatedChannel(app->device->handle,
            app->channel->handle, sizeof(input), &input, &answer);
    return say("a command is executed once only, and as it was signed",
            once && !twice && FAILED(hr));
}

static bool walk(struct application *app, const char *root)
{
    HANDLE device;
    if (!create(app)) {
        return false;
    }
    struct vitrine_device *trusted = verify(app, root);
    bool keyed = trusted != NULL && negotiate(app, trusted);
    vitrine_device_destroy(trusted);
    return keyed && initialize(app) && ask_type(app) && ask_device(app, &device) && protect(app) &&
            ask_outputs(app, device) && try_replay(app);
}

static bool open_all(struct application *app, const char *chain, const char *key, const char *link)
{
    struct vit_adapter_config config = {
        .link = { .link = link, .certificate = chain, .key = key }
    };
    char error[256] = "";
    HRESULT hr = vit_adapter_open(&config, &app->adapter, error, sizeof(error));
    if (SUCCEEDED(hr)) {
        hr = vit_device_open(app->adapter, &app->device);
    }
    if (FAILED(hr)) {
        fprintf(stderr, "no device: %s\n", error);
    }
    return SUCCEEDED(hr) && vitrine_cipher_create(&app->cipher) == VITRINE_OK;
}

/* With a channel goes what it has set. */
static void close_all(struct application *app)
{
    vit_session_destroy(app->session);
    vit_channel_close(app->channel);
    vit_device_close(app->device);
    vit_adapter_close(app->adapter);
    vitrine_cipher_destroy(app->cipher);
    explicit_bzero(app->key, sizeof(app->key));
}

int main(int argc, char **argv)
{
    struct application app = { .query = 0 };
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: channel-walkthrough CHAIN.der ROOT.der KEY [LINK]\n");
        return 2;
    }
    bool good = open_all(&app, argv[1], argv[3], argv[4]) && walk(&app, argv[2]);
    close_all(&app);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
