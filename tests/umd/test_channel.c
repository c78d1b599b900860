/* SPDX-License-Identifier: MIT */
/* Authenticated channels over the real kernel driver and a device in this process. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/umd/embedded.h"
#include "tests/umd/rig.h"

struct stage {
    struct embedded embedded;
    struct vit_channel_object *channel;
    uint8_t key[16];
    uint32_t query, command;
};

static const UINT query_start = 1000, command_start = 0xfffffff0;

static HRESULT configure(struct stage *stage, void *input, UINT len,
        D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT *output)
{
    struct vit_device *device = stage->embedded.device;
    cr_assert_eq(vitrine_omac_sign(stage->embedded.cipher, stage->key, input, len), VITRINE_OK);
    memset(output, 0xee, sizeof(*output));
    return device->video.pfnConfigureAuthenticatedChannel(device->handle, stage->channel->handle,
            len, input, output);
}

static void open_stage(struct stage *stage, enum vit_custody custody,
        D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE type)
{
    uint8_t block[VITRINE_BLOCK_LEN];
    embedded_open(&stage->embedded, custody);
    struct vit_device *device = stage->embedded.device;
    rig_good_block(block, stage->key);
    cr_assert_eq(vit_channel_open(device, type, &stage->channel), S_OK);
    cr_assert_eq(device->video.pfnNegotiateAuthenticatedChannelKeyExchange(device->handle,
                         stage->channel->handle, sizeof(block), block),
            S_OK);
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT output;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE initialize = {
        .Parameters = { .ConfigureType = D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID,
                .hChannel = stage->channel->hChannel },
        .StartSequenceQuery = query_start,
        .StartSequenceConfigure = command_start,
    };
    cr_assert_eq(configure(stage, &initialize, sizeof(initialize), &output), S_OK);
    cr_assert_eq(output.ReturnCode, S_OK);
    cr_assert_eq(vitrine_omac_check(stage->embedded.cipher, stage->key, &output, sizeof(output)),
            VITRINE_OK);
    stage->query = query_start;
    stage->command = command_start;
}

static void close_stage(struct stage *stage)
{
    vit_channel_close(stage->channel);
    embedded_close(&stage->embedded);
}

static void query_device_handle(enum vit_custody custody)
{
    struct stage stage;
    open_stage(&stage, custody, D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_SOFTWARE);
    struct vit_device *device = stage.embedded.device;
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input = {
        .QueryType = D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE,
        .hChannel = stage.channel->hChannel,
        .SequenceNumber = stage.query,
    };
    D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE_OUTPUT output;
    cr_assert_eq(device->video.pfnQueryAuthenticatedChannel(device->handle, stage.channel->handle,
                         sizeof(input), &input, sizeof(output), &output),
            S_OK);
    cr_assert_eq(vitrine_omac_check(stage.embedded.cipher, stage.key, &output, sizeof(output)),
            VITRINE_OK);
    cr_assert_eq(output.Output.SequenceNumber, stage.query);
    cr_assert_eq(output.Output.hChannel, stage.channel->hChannel);
    cr_assert_neq(output.DeviceHandle, NULL);
    cr_assert_eq(device->video.pfnQueryAuthenticatedChannel(device->handle, stage.channel->handle,
                         sizeof(input), &input, sizeof(output), &output),
            E_INVALIDARG, "the same number twice");
    cr_assert_eq(output.Output.ReturnCode, E_INVALIDARG);
    cr_assert_eq(vitrine_omac_check(stage.embedded.cipher, stage.key, &output, sizeof(output)),
            VITRINE_OK, "a refusal is signed as well");
    close_stage(&stage);
}

Test(channel, answers_a_query_once_with_the_key_in_the_driver)
{
    query_device_handle(VIT_CUSTODY_DRIVER);
}

Test(channel, answers_a_query_once_with_the_key_in_the_device)
{
    query_device_handle(VIT_CUSTODY_DEVICE);
}
