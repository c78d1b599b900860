/* SPDX-License-Identifier: MIT */
#include "tests/conformance/channel_end.h"

#include <stdlib.h>
#include <string.h>

enum { GUARD_LEN = 32 };

HANDLE channel_number_handle(uint64_t number)
{
    return (HANDLE)(uintptr_t)number;
}

HRESULT channel_try_create(struct rig *rig, struct vit_device *device, channel_type type,
        struct channel_end *end)
{
    D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL create = { .ChannelType = type };
    memset(end, 0, sizeof(*end));
    end->device = device;
    end->type = type;
    SIZE_T size = device->video.pfnCalcPrivateAuthenticatedChannelSize(device->handle, &create);
    end->handle.pDrvPrivate = rig_memory(rig, size);
    memset(end->handle.pDrvPrivate, 0xCD, size);
    HRESULT hr = device->video.pfnCreateAuthenticatedChannel(device->handle, &create, end->handle,
            (D3D11_1DDI_HRTAUTHCHANNEL){ rig });
    end->hChannel = create.hChannel;
    return hr;
}

void channel_create(struct rig *rig, struct vit_device *device, channel_type type,
        struct channel_end *end)
{
    HRESULT hr = channel_try_create(rig, device, type, end);
    if (hr == D3DDDIERR_NOTAVAILABLE) {
        not_applicable("the driver has no channel of type %d", (int)type);
    }
    expect_code(hr, S_OK, "CreateAuthenticatedChannel");
}

void channel_make_key(struct channel_end *end)
{
    uint8_t *chain;
    UINT len;
    expect_code(vit_channel_certificate(end->device, end->type, &chain, &len), S_OK,
            "the certificate of channels of that type");
    EVP_PKEY *key = provider_key_of(chain, len);
    cr_assert_not_null(key, "the chain of channels does not begin with a certificate");
    provider_random(end->key, sizeof(end->key));
    provider_block(key, &provider_good_padding, end->key, sizeof(end->key), end->block);
    EVP_PKEY_free(key);
    free(chain);
}

HRESULT channel_negotiate(const struct channel_end *end, UINT size, const void *data)
{
    uint8_t copy[2 * PROVIDER_BLOCK_LEN] = { 0 };
    if (data != NULL) {
        memcpy(copy, data, PROVIDER_BLOCK_LEN);
    }
    return end->device->video.pfnNegotiateAuthenticatedChannelKeyExchange(end->device->handle,
            end->handle, size, data != NULL ? copy : NULL);
}

void channel_exchange(struct channel_end *end)
{
    channel_make_key(end);
    expect_code(channel_negotiate(end, sizeof(end->block), end->block), S_OK,
            "NegotiateAuthenticatedChannelKeyExchange");
}

HRESULT channel_initialize(struct channel_end *end, UINT query, UINT command)
{
    memset(&end->initialize, 0, sizeof(end->initialize));
    end->initialize.StartSequenceQuery = query;
    end->initialize.StartSequenceConfigure = command;
    end->query = query;
    end->command = command;
    return channel_command_at(end, 0, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID,
            &end->initialize, sizeof(end->initialize));
}

void channel_open(struct rig *rig, struct vit_device *device, channel_type type,
        struct channel_end *end)
{
    UINT start[2];
    channel_create(rig, device, type, end);
    channel_exchange(end);
    provider_random(start, sizeof(start));
    expect_code(channel_initialize(end, (start[0] >> 2) + 1, (start[1] >> 2) + 1), S_OK,
            "INITIALIZE");
}

void channel_close(const struct channel_end *end)
{
    end->device->video.pfnDestroyAuthenticatedChannel(end->device->handle, end->handle);
}

static bool guard_is_whole(const uint8_t *guard)
{
    return rig_all(guard, GUARD_LEN, CHANNEL_UNTOUCHED);
}

HRESULT channel_send(const struct channel_end *end, const void *input, UINT len,
        D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT *answer)
{
    union {
        D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
        uint8_t bytes[sizeof(*answer) + GUARD_LEN];
    } room;
    memset(&room, CHANNEL_UNTOUCHED, sizeof(room));
    HRESULT hr = end->device->video.pfnConfigureAuthenticatedChannel(end->device->handle,
            end->handle, len, input, &room.answer);
    cr_assert(guard_is_whole(room.bytes + sizeof(*answer)), "a byte behind the answer changed");
    memcpy(answer, &room.answer, sizeof(*answer));
    return hr;
}

HRESULT channel_ask(const struct channel_end *end, const void *input, UINT len, void *answer,
        UINT answer_len)
{
    uint8_t bytes[CHANNEL_MESSAGE_MAX_LEN + GUARD_LEN] __attribute__((aligned(8)));
    cr_assert_leq(answer_len, (UINT)CHANNEL_MESSAGE_MAX_LEN);
    memset(bytes, CHANNEL_UNTOUCHED, sizeof(bytes));
    HRESULT hr = end->device->video.pfnQueryAuthenticatedChannel(end->device->handle, end->handle,
            len, input, answer_len, bytes);
    cr_assert(guard_is_whole(bytes + answer_len), "a byte behind the answer changed");
    memcpy(answer, bytes, answer_len);
    return hr;
}

void channel_address(const struct channel_end *end, const GUID *type, UINT number, void *input)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT header;
    memset(&header, 0, sizeof(header));
    header.QueryType = *type;
    header.hChannel = end->hChannel;
    header.SequenceNumber = number;
    memcpy(input, &header, sizeof(header));
}

void channel_sign(const struct channel_end *end, const GUID *type, UINT number, void *input,
        UINT len)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INPUT header;
    memset(&header, 0, sizeof(header));
    header.ConfigureType = *type;
    header.hChannel = end->hChannel;
    header.SequenceNumber = number;
    memcpy(input, &header, sizeof(header));
    provider_omac(end->key, (const uint8_t *)input + 16, len - 16, input);
}

bool channel_is_signed(const struct channel_end *end, const void *answer, UINT len)
{
    uint8_t tag[16];
    provider_omac(end->key, (const uint8_t *)answer + 16, len - 16, tag);
    return memcmp(tag, answer, sizeof(tag)) == 0;
}

/* Both kinds of answer have the same header. */
static void expect_answer(const struct channel_end *end, const GUID *type, UINT number,
        const void *answer, UINT len, HRESULT hr)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT header;
    memcpy(&header, answer, sizeof(header));
    cr_assert(channel_is_signed(end, answer, len),
            "the answer is not signed with the channel's "
            "key (the call returned 0x%08x)",
            (unsigned)hr);
    cr_assert(IsEqualGUID(&header.QueryType, type), "the answer has another type");
    cr_assert_eq(header.hChannel, end->hChannel, "the answer names another channel");
    cr_assert_eq(header.SequenceNumber, number, "the answer has number %u, not %u",
            header.SequenceNumber, number);
    cr_assert_eq(header.ReturnCode, hr, "the answer says 0x%08x, the call returned 0x%08x",
            (unsigned)header.ReturnCode, (unsigned)hr);
}

HRESULT channel_command_at(const struct channel_end *end, UINT number, const GUID *type,
        void *input, UINT len)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    channel_sign(end, type, number, input, len);
    HRESULT hr = channel_send(end, input, len, &answer);
    expect_answer(end, type, number, &answer, sizeof(answer), hr);
    return hr;
}

HRESULT channel_command(struct channel_end *end, const GUID *type, void *input, UINT len)
{
    return channel_command_at(end, end->command++, type, input, len);
}

HRESULT channel_query_at(const struct channel_end *end, UINT number, const GUID *type, void *input,
        UINT len, void *answer, UINT answer_len)
{
    channel_address(end, type, number, input);
    HRESULT hr = channel_ask(end, input, len, answer, answer_len);
    expect_answer(end, type, number, answer, answer_len, hr);
    return hr;
}

HRESULT channel_query(struct channel_end *end, const GUID *type, void *input, UINT len,
        void *answer, UINT answer_len)
{
    return channel_query_at(end, end->query++, type, input, len, answer, answer_len);
}

bool channel_takes_query_number(const struct channel_end *end, UINT number)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE_OUTPUT answer;
    HRESULT hr = channel_query_at(end, number, &D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE, &input,
            sizeof(input), &answer, sizeof(answer));
    cr_assert(hr == S_OK || hr == E_INVALIDARG, "CHANNEL_TYPE returned 0x%08x", (unsigned)hr);
    return hr == S_OK;
}

/* To set PROTECTION's first bit changes nothing where it is set, and is the other channels' business
 * nowhere. */
bool channel_takes_command_number(const struct channel_end *end, UINT number)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION input;
    memset(&input, 0, sizeof(input));
    input.Protections.Value = CHANNEL_PROTECTED;
    HRESULT hr = channel_command_at(end, number,
            &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID, &input, sizeof(input));
    cr_assert(hr == S_OK || hr == E_INVALIDARG, "PROTECTION returned 0x%08x", (unsigned)hr);
    return hr == S_OK;
}

UINT channel_flags(struct channel_end *end)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT answer;
    expect_code(channel_query(end, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, &input,
                        sizeof(input), &answer, sizeof(answer)),
            S_OK, "the query PROTECTION");
    return answer.ProtectionFlags.Value;
}

HRESULT channel_set_flags(struct channel_end *end, UINT flags)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION input;
    memset(&input, 0, sizeof(input));
    input.Protections.Value = flags;
    return channel_command(end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID, &input,
            sizeof(input));
}
