/* SPDX-License-Identifier: MIT */
/* What the driver refuses by itself, and what it makes of whatever comes back from below. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/umd/rig.h"
#include "umd/channel.h"

enum { REPLY_HEAD_LEN = 8 };

struct stage {
    struct rig rig;
    D3D11_1DDI_HAUTHCHANNEL channel;
    HANDLE hChannel;
};

static HRESULT try_create(struct rig *rig, struct rig_device *device, UINT type,
        D3D11_1DDI_HAUTHCHANNEL *channel, HANDLE *hChannel)
{
    D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL create = {
        .ChannelType = (D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE)type
    };
    SIZE_T size = device->video.pfnCalcPrivateAuthenticatedChannelSize(device->handle, &create);
    channel->pDrvPrivate = rig_memory(rig, size);
    HRESULT hr = device->video.pfnCreateAuthenticatedChannel(device->handle, &create, *channel,
            (D3D11_1DDI_HRTAUTHCHANNEL){ rig });
    *hChannel = create.hChannel;
    return hr;
}

static void open_stage(struct stage *stage, enum vit_custody custody)
{
    rig_open(&stage->rig, custody);
    cr_assert_eq(try_create(&stage->rig, &stage->rig.first, 2, &stage->channel, &stage->hChannel),
            S_OK);
    cr_assert_neq(stage->hChannel, NULL);
}

static void close_stage(struct stage *stage)
{
    struct rig_device *device = &stage->rig.first;
    device->video.pfnDestroyAuthenticatedChannel(device->handle, stage->channel);
    cr_assert_eq(rig_take_error(device), S_OK);
    rig_close(&stage->rig);
}

static void set_reply(struct stage *stage, uint32_t status, uint32_t len, uint8_t fill)
{
    uint8_t *reply = stage->rig.host.reply;
    memset(reply, fill, sizeof(stage->rig.host.reply));
    vit_store_le32(reply, status);
    vit_store_le32(reply + 4, len);
}

/* The answer is followed by bytes that must not change. */
static HRESULT query(struct stage *stage, UINT input_len, UINT output_len, uint8_t output[128])
{
    const uint8_t input[512] = { 1, 2, 3 };
    struct rig_device *device = &stage->rig.first;
    memset(output, 0x77, 128);
    HRESULT hr = device->video.pfnQueryAuthenticatedChannel(device->handle, stage->channel,
            input_len, input, output_len, output);
    for (unsigned i = output_len; i < 128; i++) {
        cr_assert_eq(output[i], 0x77, "byte %u behind %u", i, output_len);
    }
    return hr;
}

static HRESULT configure(struct stage *stage, UINT input_len, uint8_t output[128])
{
    const uint8_t input[512] = { 1, 2, 3 };
    struct rig_device *device = &stage->rig.first;
    memset(output, 0x77, 128);
    HRESULT hr = device->video.pfnConfigureAuthenticatedChannel(device->handle, stage->channel,
            input_len, input, (D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT *)(void *)output);
    for (unsigned i = 48; i < 128; i++) {
        cr_assert_eq(output[i], 0x77, "byte %u behind the answer", i);
    }
    return hr;
}

static bool is_untouched(const uint8_t output[128])
{
    for (unsigned i = 0; i < 128; i++) {
        if (output[i] != 0x77) {
            return false;
        }
    }
    return true;
}

Test(channel_calls, creation_says_why_it_failed)
{
    struct rig rig;
    D3D11_1DDI_HAUTHCHANNEL channel;
    HANDLE handle;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    static const struct {
        enum vit_status answer;
        HRESULT hr;
    } cases[] = { { VIT_E_UNSUPPORTED, D3DDDIERR_NOTAVAILABLE }, { VIT_E_LIMIT, E_OUTOFMEMORY },
        { VIT_E_NOMEM, E_OUTOFMEMORY } };
    for (unsigned i = 0; i < 3; i++) {
        rig.host.answer = cases[i].answer;
        cr_assert_eq(try_create(&rig, &rig.first, 2, &channel, &handle), cases[i].hr);
        cr_assert_null(handle);
    }
    rig.host.answer = VIT_OK;
    rig.host.next_session = 0;
    cr_assert_eq(try_create(&rig, &rig.first, 2, &channel, &handle), D3DDDIERR_DEVICEREMOVED,
            "a device that gives no handle");
    rig_close(&rig);
}

Test(channel_calls, creation_refuses_missing_arguments)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    struct rig_device *device = &rig.first;
    D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL create = { .ChannelType = 2 };
    const D3D11_1DDI_HRTAUTHCHANNEL runtime = { &rig };
    D3D11_1DDI_HAUTHCHANNEL channel = { rig_memory(&rig, sizeof(struct umd_channel)) };
    PFND3D11_1DDI_CREATEAUTHENTICATEDCHANNEL call = device->video.pfnCreateAuthenticatedChannel;
    cr_assert_eq(call(device->handle, NULL, channel, runtime), E_INVALIDARG);
    channel.pDrvPrivate = NULL;
    cr_assert_eq(call(device->handle, &create, channel, runtime), E_INVALIDARG);
    cr_assert_eq(rig.host.escape_count, 0u);
    rig_close(&rig);
}

Test(channel_calls, the_key_goes_through_a_page_or_not_at_all)
{
    struct stage stage;
    uint8_t block[256], key[16];
    rig_good_block(block, key);
    open_stage(&stage, VIT_CUSTODY_DRIVER);
    struct rig_device *device = &stage.rig.first;
    cr_assert_eq(device->video.pfnNegotiateAuthenticatedChannelKeyExchange(device->handle,
                         stage.channel, sizeof(block), block),
            S_OK);
    const struct fake_message *message = fake_last_escape(&stage.rig.host);
    cr_assert_eq(message->op, VIT_OP_CHANNEL_PROGRAM);
    cr_assert_arr_eq(message->page, key, sizeof(key));
    const uint8_t zeros[16] = { 0 };
    cr_assert_arr_eq(fake_find(&stage.rig.host, message->a)->bytes, zeros, 16, "the page is wiped");
    block[3] ^= 1;
    unsigned before = stage.rig.host.escape_count;
    cr_assert_eq(device->video.pfnNegotiateAuthenticatedChannelKeyExchange(device->handle,
                         stage.channel, sizeof(block), block),
            E_INVALIDARG);
    cr_assert_eq(stage.rig.host.escape_count, before, "a bad block does not go on");
    close_stage(&stage);
}

Test(channel_calls, the_block_goes_to_a_device_that_has_custody)
{
    struct stage stage;
    uint8_t block[256], key[16];
    struct vit_msg_exchange sent;
    rig_good_block(block, key);
    open_stage(&stage, VIT_CUSTODY_DEVICE);
    struct rig_device *device = &stage.rig.first;
    cr_assert_eq(device->video.pfnNegotiateAuthenticatedChannelKeyExchange(device->handle,
                         stage.channel, sizeof(block), block),
            S_OK);
    const struct fake_message *message = fake_last_escape(&stage.rig.host);
    cr_assert_eq(message->op, VIT_OP_CHANNEL_EXCHANGE);
    cr_assert(vit_get_exchange(message->body, &sent));
    cr_assert_eq(sent.session, (uint64_t)(uintptr_t)stage.hChannel);
    cr_assert_arr_eq(sent.block, block, sizeof(block));
    close_stage(&stage);
}

Test(channel_calls, wrong_arguments_do_not_reach_the_device)
{
    struct stage stage;
    uint8_t output[128], block[256] = { 0 };
    open_stage(&stage, VIT_CUSTODY_DEVICE);
    struct rig_device *device = &stage.rig.first;
    const D3D11_1DDI_VIDEODEVICEFUNCS *video = &device->video;
    unsigned before = stage.rig.host.escape_count;
    static const UINT query_lens[] = { 0, 31, 249, 512 }, command_lens[] = { 0, 47, 249, 512 };
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(query(&stage, query_lens[i], 56, output), E_INVALIDARG);
        cr_assert(is_untouched(output));
        cr_assert_eq(configure(&stage, command_lens[i], output), E_INVALIDARG);
        cr_assert(is_untouched(output));
    }
    cr_assert_eq(query(&stage, 32, 47, output), E_INVALIDARG);
    cr_assert(is_untouched(output));
    D3D10DDI_HDEVICE handle = device->handle;
    cr_assert_eq(video->pfnQueryAuthenticatedChannel(handle, stage.channel, 32, NULL, 56, output),
            E_INVALIDARG);
    cr_assert_eq(video->pfnQueryAuthenticatedChannel(handle, stage.channel, 32, block, 56, NULL),
            E_INVALIDARG);
    cr_assert_eq(video->pfnConfigureAuthenticatedChannel(handle, stage.channel, 56, block, NULL),
            E_INVALIDARG);
    cr_assert_eq(video->pfnConfigureAuthenticatedChannel(handle, stage.channel, 56, NULL,
                         (D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT *)(void *)output),
            E_INVALIDARG);
    cr_assert_eq(video->pfnNegotiateAuthenticatedChannelKeyExchange(handle, stage.channel, 255,
                         block),
            E_INVALIDARG);
    cr_assert_eq(video->pfnNegotiateAuthenticatedChannelKeyExchange(handle, stage.channel, 256,
                         NULL),
            E_INVALIDARG);
    cr_assert_eq(stage.rig.host.escape_count, before);
    close_stage(&stage);
}

static void refuse_all(struct rig_device *device, D3D11_1DDI_HAUTHCHANNEL channel)
{
    uint8_t bytes[256] = { 0 };
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT output;
    const D3D11_1DDI_VIDEODEVICEFUNCS *video = &device->video;
    cr_assert_eq(video->pfnNegotiateAuthenticatedChannelKeyExchange(device->handle, channel, 256,
                         bytes),
            E_INVALIDARG);
    cr_assert_eq(video->pfnQueryAuthenticatedChannel(device->handle, channel, 32, bytes, 56,
                         bytes + 64),
            E_INVALIDARG);
    cr_assert_eq(video->pfnConfigureAuthenticatedChannel(device->handle, channel, 56, bytes,
                         &output),
            E_INVALIDARG);
    cr_assert_eq(rig_take_error(device), S_OK);
    video->pfnDestroyAuthenticatedChannel(device->handle, channel);
    cr_assert_eq(rig_take_error(device), D3DDDIERR_APPLICATIONERROR);
}

Test(channel_calls, other_handles_are_refused_everywhere)
{
    struct stage stage;
    open_stage(&stage, VIT_CUSTODY_DEVICE);
    rig_open_second(&stage.rig);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&stage.rig, &stage.rig.first);
    unsigned before = stage.rig.host.escape_count;
    refuse_all(&stage.rig.second, stage.channel);
    refuse_all(&stage.rig.first, (D3D11_1DDI_HAUTHCHANNEL){ NULL });
    refuse_all(&stage.rig.first, (D3D11_1DDI_HAUTHCHANNEL){ session.pDrvPrivate });
    cr_assert_eq(stage.rig.host.escape_count, before, "the device hears nothing of it");
    stage.rig.first.video.pfnDestroyAuthenticatedChannel(stage.rig.first.handle, stage.channel);
    cr_assert_eq(rig_take_error(&stage.rig.first), S_OK);
    refuse_all(&stage.rig.first, stage.channel);
    stage.rig.first.video.pfnDestroyCryptoSession(stage.rig.first.handle, session);
    rig_close(&stage.rig);
}

Test(channel_calls, an_answer_comes_as_it_is)
{
    struct stage stage;
    uint8_t output[128];
    open_stage(&stage, VIT_CUSTODY_DEVICE);
    set_reply(&stage, VIT_OK, 56, 0x3C);
    cr_assert_eq(query(&stage, 32, 56, output), S_OK);
    cr_assert_arr_eq(output, stage.rig.host.reply + REPLY_HEAD_LEN, 56);
    set_reply(&stage, VIT_OK, 48, 0x3D);
    cr_assert_eq(configure(&stage, 56, output), S_OK);
    cr_assert_arr_eq(output, stage.rig.host.reply + REPLY_HEAD_LEN, 48);
    static const struct {
        enum vit_status answer;
        HRESULT hr;
    } cases[] = { { VIT_E_ARG, E_INVALIDARG }, { VIT_E_UNSUPPORTED, E_FAIL },
        { VIT_E_NOMEM, E_OUTOFMEMORY }, { VIT_E_LIMIT, E_OUTOFMEMORY } };
    for (unsigned i = 0; i < 4; i++) {
        set_reply(&stage, cases[i].answer, 56, 0x40);
        cr_assert_eq(query(&stage, 32, 56, output), cases[i].hr);
        cr_assert_eq(output[55], 0x40, "a refusal has an answer, too");
        set_reply(&stage, cases[i].answer, 0, 0x41);
        cr_assert_eq(configure(&stage, 56, output), cases[i].hr);
        cr_assert(is_untouched(output), "or none");
    }
    close_stage(&stage);
}

Test(channel_calls, garbage_from_below_is_not_passed_on)
{
    struct stage stage;
    uint8_t output[128];
    open_stage(&stage, VIT_CUSTODY_DEVICE);
    static const struct {
        uint32_t status, len;
    } cases[] = { { VIT_OK, 57 }, { VIT_OK, 80 }, { VIT_OK, 81 }, { VIT_OK, UINT32_MAX },
        { VIT_OK, 55 }, { VIT_OK, 0 }, { VIT_E_ARG, 57 }, { VIT_E_ARG, 80 },
        { VIT_E_ARG, UINT32_MAX }, { VIT_STATUS_COUNT, 56 }, { UINT32_MAX, 56 } };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        set_reply(&stage, cases[i].status, cases[i].len, 0x99);
        cr_assert_eq(query(&stage, 32, 56, output), D3DDDIERR_DEVICEREMOVED, "case %u", i);
        cr_assert(is_untouched(output), "case %u", i);
    }
    set_reply(&stage, VIT_OK, 49, 0x99);
    cr_assert_eq(configure(&stage, 56, output), D3DDDIERR_DEVICEREMOVED);
    cr_assert(is_untouched(output));
    close_stage(&stage);
}

Test(channel_calls, a_device_that_is_gone_says_so)
{
    struct stage stage;
    uint8_t output[128], block[256] = { 0 };
    open_stage(&stage, VIT_CUSTODY_DEVICE);
    struct rig_device *device = &stage.rig.first;
    stage.rig.host.escape = D3DDDIERR_DEVICEREMOVED;
    cr_assert_eq(query(&stage, 32, 56, output), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(configure(&stage, 56, output), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(device->video.pfnNegotiateAuthenticatedChannelKeyExchange(device->handle,
                         stage.channel, 256, block),
            D3DDDIERR_DEVICEREMOVED);
    close_stage(&stage);
}
