/* SPDX-License-Identifier: MIT */
#include "umd/channel.h"

#include <string.h>

#include "umd/device.h"
#include "umd/error.h"
#include "umd/escape.h"
#include "umd/exchange.h"

enum { QUERY_INPUT_LEN = 32, QUERY_OUTPUT_LEN = 48, ANSWER_MAX_LEN = 80 };

static struct umd_channel *channel_get(const struct umd_device *device,
        D3D11_1DDI_HAUTHCHANNEL hAuthChannel)
{
    return umd_object_get(device, hAuthChannel.pDrvPrivate, UMD_KIND_CHANNEL);
}

SIZE_T APIENTRY umd_calc_channel_size(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL *create)
{
    (void)hDevice;
    (void)create;
    return sizeof(struct umd_channel);
}

static enum vit_status create_on_device(struct umd_device *device, uint32_t type, uint64_t *handle)
{
    struct umd_escape escape;
    uint8_t reply[8];
    umd_escape_begin(&escape, VIT_OP_CHANNEL_CREATE, 0, 0);
    vit_put_channel_create(&escape.out, &(struct vit_msg_channel_create){ .type = type });
    VIT_TRY(umd_escape_call(device, &escape, reply, sizeof(reply)));
    struct vit_reader in;
    vit_reader_init(&in, reply, sizeof(reply));
    *handle = vit_get_u64(&in);
    return *handle != 0 ? VIT_OK : VIT_E_PROTOCOL;
}

HRESULT APIENTRY umd_create_channel(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL *create, D3D11_1DDI_HAUTHCHANNEL hAuthChannel,
        D3D11_1DDI_HRTAUTHCHANNEL hRTAuthChannel)
{
    (void)hRTAuthChannel;
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_channel *channel = hAuthChannel.pDrvPrivate;
    if (device == NULL || create == NULL || channel == NULL) {
        return E_INVALIDARG;
    }
    if (!device->adapter->custody.usable) {
        return D3DDDIERR_NOTAVAILABLE;
    }
    uint64_t handle;
    enum vit_status status = create_on_device(device, (uint32_t)create->ChannelType, &handle);
    if (status != VIT_OK) {
        return status == VIT_E_UNSUPPORTED ? D3DDDIERR_NOTAVAILABLE : umd_hresult(status);
    }
    *channel = (struct umd_channel){
        .object = { .kind = UMD_KIND_CHANNEL, .device = device },
        .handle = handle,
    };
    create->hChannel = (HANDLE)(uintptr_t)handle;
    return S_OK;
}

VOID APIENTRY umd_destroy_channel(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HAUTHCHANNEL hAuthChannel)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL) {
        return;
    }
    struct umd_channel *channel = channel_get(device, hAuthChannel);
    if (channel == NULL) {
        umd_report(device, VIT_E_ARG);
        return;
    }
    struct umd_escape escape;
    umd_escape_begin(&escape, VIT_OP_CHANNEL_DESTROY, 0, 0);
    vit_put_session(&escape.out, VIT_OP_CHANNEL_DESTROY, channel->handle);
    enum vit_status status = umd_escape_call(device, &escape, NULL, 0);
    (void)status; /* a device that is gone has destroyed it already */
    memset(channel, 0, sizeof(*channel));
}

HRESULT APIENTRY umd_negotiate_channel(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HAUTHCHANNEL hAuthChannel, UINT data_size, VOID *data)
{
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_channel *channel = device != NULL ? channel_get(device, hAuthChannel) : NULL;
    if (channel == NULL || data_size != VIT_OAEP_BLOCK_LEN || data == NULL) {
        return E_INVALIDARG;
    }
    return umd_hresult(umd_exchange(device, UMD_EXCHANGE_CHANNEL, channel->handle, data));
}

static HRESULT channel_code(enum vit_status status)
{
    return status == VIT_E_UNSUPPORTED ? E_FAIL : umd_hresult(status);
}

/* What the device says of the call, and its answer, which fits into what the caller has: of an
 * accepted call it fills that. */
static enum vit_status take_answer(const uint8_t *reply, size_t reply_len, void *output,
        size_t output_len)
{
    struct vit_reader in;
    vit_reader_init(&in, reply, reply_len);
    uint32_t status = vit_get_u32(&in);
    uint32_t len = vit_get_u32(&in);
    const uint8_t *answer = vit_get_span(&in, len);
    if (answer == NULL || status >= VIT_STATUS_COUNT || len > output_len ||
            (status == VIT_OK && len != output_len)) {
        return VIT_E_PROTOCOL;
    }
    memcpy(output, answer, len);
    return (enum vit_status)status;
}

static enum vit_status call(struct umd_device *device, enum vit_op op,
        const struct vit_msg_channel_call *message, void *output, size_t output_len)
{
    struct umd_escape escape;
    uint8_t reply[8 + ANSWER_MAX_LEN];
    size_t reply_len = vit_op_info(op)->reply_len;
    umd_escape_begin(&escape, op, 0, 0);
    vit_put_channel_call(&escape.out, op, message);
    VIT_TRY(umd_escape_call(device, &escape, reply, reply_len));
    return take_answer(reply, reply_len, output, output_len);
}

/* Longer inputs than any published one are wrong, and no number is spent on them. */
static bool make_message(const struct umd_channel *channel, UINT input_size, const VOID *input,
        struct vit_msg_channel_call *message)
{
    if (input == NULL || input_size > sizeof(message->input)) {
        return false;
    }
    *message = (struct vit_msg_channel_call){ .channel = channel->handle, .input_len = input_size };
    memcpy(message->input, input, input_size);
    return true;
}

HRESULT APIENTRY umd_query_channel(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HAUTHCHANNEL hAuthChannel,
        UINT input_size, const VOID *input, UINT output_size, VOID *output)
{
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_channel *channel = device != NULL ? channel_get(device, hAuthChannel) : NULL;
    struct vit_msg_channel_call message;
    if (channel == NULL || output == NULL || input_size < QUERY_INPUT_LEN ||
            output_size < QUERY_OUTPUT_LEN || !make_message(channel, input_size, input, &message)) {
        return E_INVALIDARG;
    }
    message.output_len = output_size;
    return channel_code(call(device, VIT_OP_CHANNEL_QUERY, &message, output, output_size));
}

HRESULT APIENTRY umd_configure_channel(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HAUTHCHANNEL hAuthChannel, UINT input_size, const VOID *input,
        D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT *output)
{
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_channel *channel = device != NULL ? channel_get(device, hAuthChannel) : NULL;
    struct vit_msg_channel_call message;
    if (channel == NULL || output == NULL ||
            input_size < sizeof(D3D11_1DDI_AUTHENTICATED_CONFIGURE_INPUT) ||
            !make_message(channel, input_size, input, &message)) {
        return E_INVALIDARG;
    }
    return channel_code(call(device, VIT_OP_CHANNEL_CONFIGURE, &message, output, sizeof(*output)));
}
