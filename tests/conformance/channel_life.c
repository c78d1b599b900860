/* SPDX-License-Identifier: MIT */
/* Making and ending channels, whose they are, and the exchange of their keys. */
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/channel_end.h"

RULE_GROUP(channel_life, "Authenticated channels: from Create to Destroy");
RULE_GROUP(channel_exchange, "Authenticated channels: exchange of the key");

#define PAGE_SIZE "PFND3D11_1DDI_CALCPRIVATEAUTHENTICATEDCHANNELSIZE"
#define PAGE_CREATE "PFND3D11_1DDI_CREATEAUTHENTICATEDCHANNEL"
#define PAGE_CREATE_DATA "D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL"
#define PAGE_DESTROY "PFND3D11_1DDI_DESTROYAUTHENTICATEDCHANNEL"
#define PAGE_NEGOTIATE "PFND3D11_1DDI_NEGOTIATEAUTHENTICATEDCHANNELKEYEXCHANGE"
#define PAGE_OVERVIEW "GPU-Based Content Protection"

RULE(channel_life, size_is_never_refused, "AC-1-01",
        "CalcPrivateAuthenticatedChannelSize gives at least the size of a pointer and never fails",
        PAGE_SIZE)
{
    struct rig rig;
    rig_open(&rig);
    for (int type = 0; type < 5; type++) {
        const D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL create = { .ChannelType =
                                                                          (channel_type)type };
        SIZE_T size = rig.device->video.pfnCalcPrivateAuthenticatedChannelSize(rig.device->handle,
                &create);
        cr_assert(size >= sizeof(void *) && size != (SIZE_T)-1, "it returned %zu", (size_t)size);
    }
    rig_close(&rig);
}

static void answers(channel_type type)
{
    struct rig rig;
    struct channel_end end;
    rig_open(&rig);
    channel_open(&rig, rig.device, type, &end);
    cr_assert(channel_takes_query_number(&end, end.query), "it does not answer a query");
    channel_close(&end);
    rig_close(&rig);
}

RULE(channel_life, works_for_software, "AC-1-02 AC-2-02 AC-2-06 CP-2.5-09",
        "A channel of the type DRIVER_SOFTWARE: certificate, key, INITIALIZE, a query", PAGE_CREATE)
{
    answers(CHANNEL_SOFTWARE);
}

RULE(channel_life, works_for_hardware, "AC-1-02 AC-2-02 AC-2-06 CP-2.5-09",
        "A channel of the type DRIVER_HARDWARE: certificate, key, INITIALIZE, a query", PAGE_CREATE)
{
    answers(CHANNEL_HARDWARE);
}

RULE(channel_life, each_has_a_handle, "AC-1-03 AC-9-11 CP-6-11",
        "CreateAuthenticatedChannel writes hChannel, which is another one for each channel",
        PAGE_CREATE_DATA)
{
    struct rig rig;
    struct channel_end ends[8];
    rig_open(&rig);
    for (unsigned i = 0; i < 8; i++) {
        channel_create(&rig, rig.device, i % 2 == 0 ? CHANNEL_SOFTWARE : CHANNEL_HARDWARE,
                &ends[i]);
        cr_assert_not_null(ends[i].hChannel, "hChannel is NULL");
        for (unsigned j = 0; j < i; j++) {
            cr_assert_neq(ends[i].hChannel, ends[j].hChannel, "two channels have one hChannel");
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        channel_close(&ends[i]);
    }
    expect_accepted(rig.device, "DestroyAuthenticatedChannel");
    rig_close(&rig);
}

RULE(channel_life, refuses_other_types, "AC-1-04 AC-9-12",
        "A channel of another type, the API's own one included, is refused with "
        "D3DDDIERR_NOTAVAILABLE",
        PAGE_CREATE)
{
    static const UINT types[] = { 0, 1, 4, 0xFFFFFFFF };
    struct rig rig;
    struct channel_end end;
    rig_open(&rig);
    for (unsigned i = 0; i < 4; i++) {
        expect_code(channel_try_create(&rig, rig.device, (channel_type)types[i], &end),
                D3DDDIERR_NOTAVAILABLE, "an unknown type of channel");
    }
    rig_close(&rig);
}

RULE(channel_life, is_made_again_in_its_memory, "AC-1-05",
        "After DestroyAuthenticatedChannel the same memory can hold a new channel, which has no key",
        PAGE_DESTROY)
{
    struct rig rig;
    struct channel_end end;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    HANDLE old = end.hChannel;
    channel_close(&end);
    D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL create = { .ChannelType = CHANNEL_SOFTWARE };
    expect_code(rig.device->video.pfnCreateAuthenticatedChannel(rig.device->handle, &create,
                        end.handle, (D3D11_1DDI_HRTAUTHCHANNEL){ &rig }),
            S_OK, "CreateAuthenticatedChannel in memory of a destroyed channel");
    cr_assert_neq(create.hChannel, old, "hChannel is that of the channel before");
    end.hChannel = create.hChannel;
    channel_sign(&end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, 0, &end.initialize,
            sizeof(end.initialize));
    expect_code(channel_send(&end, &end.initialize, sizeof(end.initialize), &answer), E_INVALIDARG,
            "INITIALIZE under the key of the channel before");
    channel_close(&end);
    rig_close(&rig);
}

/* Each function that takes a channel refuses the end's, and writes nothing. */
static void refuse_all(const struct channel_end *end)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT question;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION order;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    uint8_t bytes[56];
    memset(&order, 0, sizeof(order));
    order.Protections.Value = CHANNEL_PROTECTED;
    channel_address(end, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, end->query, &question);
    expect_code(channel_ask(end, &question, sizeof(question), bytes, sizeof(bytes)), E_INVALIDARG,
            "QueryAuthenticatedChannel");
    expect_all(bytes, sizeof(bytes), CHANNEL_UNTOUCHED, "the refused query wrote an answer");
    channel_sign(end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID, end->command, &order,
            sizeof(order));
    expect_code(channel_send(end, &order, sizeof(order), &answer), E_INVALIDARG,
            "ConfigureAuthenticatedChannel");
    expect_all(&answer, sizeof(answer), CHANNEL_UNTOUCHED, "the refused command wrote an answer");
    expect_code(channel_negotiate(end, sizeof(end->block), end->block), E_INVALIDARG,
            "NegotiateAuthenticatedChannelKeyExchange");
    expect_accepted(end->device, "functions with a result do not report as well");
    channel_close(end);
    expect_refused(end->device, "DestroyAuthenticatedChannel");
}

RULE(channel_life, of_another_device_is_refused, "AC-2-01 AC-8-01",
        "Every function refuses a channel of another device", PAGE_CREATE)
{
    struct rig rig;
    struct channel_end end;
    rig_open(&rig);
    rig_open_second(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    struct channel_end foreign = end;
    foreign.device = rig.second;
    refuse_all(&foreign);
    cr_assert(channel_takes_query_number(&end, end.query), "a refused query spent a number");
    cr_assert(channel_takes_command_number(&end, end.command), "a refused command spent a number");
    channel_close(&end);
    rig_close(&rig);
}

RULE(channel_life, destroyed_is_refused, "AC-1-06", "Every function refuses a destroyed channel",
        PAGE_DESTROY)
{
    struct rig rig;
    struct channel_end end;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    channel_close(&end);
    refuse_all(&end);
    rig_close(&rig);
}

RULE(channel_life, null_and_others_are_no_channels, "AC-1-06",
        "Every function refuses NULL, and the handle of another kind of object, as a channel",
        PAGE_CREATE)
{
    struct rig rig;
    struct channel_end end;
    rig_open(&rig);
    channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, rig.device);
    struct channel_end wrong = end;
    wrong.handle.pDrvPrivate = NULL;
    refuse_all(&wrong);
    wrong.handle.pDrvPrivate = session.pDrvPrivate;
    refuse_all(&wrong);
    rig_destroy_session(rig.device, session);
    channel_close(&end);
    rig_close(&rig);
}

RULE(channel_life, many_are_independent, "AC-1-07",
        "Several channels live side by side; the end of one does not touch the others", PAGE_CREATE)
{
    struct rig rig;
    struct channel_end ends[6];
    rig_open(&rig);
    for (unsigned i = 0; i < 6; i++) {
        channel_open(&rig, rig.device, CHANNEL_SOFTWARE, &ends[i]);
    }
    for (unsigned i = 0; i < 6; i++) {
        channel_close(&ends[i]);
        for (unsigned j = i + 1; j < 6; j++) {
            cr_assert(channel_takes_query_number(&ends[j], ends[j].query++));
            cr_assert(channel_takes_command_number(&ends[j], ends[j].command++));
        }
    }
    rig_close(&rig);
}

/* The exchange. */

struct trial {
    struct rig rig;
    struct channel_end end;
};

static void begin(struct trial *trial)
{
    rig_open(&trial->rig);
    channel_create(&trial->rig, trial->rig.device, CHANNEL_SOFTWARE, &trial->end);
    channel_make_key(&trial->end);
}

static void end_trial(struct trial *trial)
{
    channel_close(&trial->end);
    rig_close(&trial->rig);
}

/* And that this is the channel's key. */
static void expect_good(struct trial *trial, const char *what)
{
    struct channel_end *end = &trial->end;
    expect_code(channel_negotiate(end, sizeof(end->block), end->block), S_OK, what);
    expect_code(channel_initialize(end, 1, 1), S_OK, what);
}

RULE(channel_exchange, gives_the_channel_the_key, "AC-2-03 AC-2-04",
        "256 bytes that carry 16 bytes under the certificate's key are accepted, and those 16 are "
        "the channel's key",
        PAGE_NEGOTIATE)
{
    struct trial trial;
    begin(&trial);
    expect_good(&trial, "a good block");
    end_trial(&trial);
}

RULE(channel_exchange, refuses_every_other_size, "AC-2-03",
        "A DataSize other than 256 is refused with E_INVALIDARG, and a good block after that is "
        "accepted",
        PAGE_NEGOTIATE)
{
    static const UINT sizes[] = { 0, 1, 16, 40, 128, 255, 257, 512, 0xFFFFFFFF };
    struct trial trial;
    begin(&trial);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        HRESULT hr = channel_negotiate(&trial.end, sizes[i], trial.end.block);
        cr_assert_eq(hr, E_INVALIDARG, "DataSize %u: returned 0x%08x", sizes[i], (unsigned)hr);
    }
    expect_code(channel_negotiate(&trial.end, 256, NULL), E_INVALIDARG, "pData NULL");
    expect_good(&trial, "a good block, after refused sizes");
    end_trial(&trial);
}

/* One code for all, and no key afterwards: a good block is taken. */
static void expect_refused_block(struct trial *trial, const struct provider_padding *padding,
        size_t len, const char *what)
{
    uint8_t plaintext[64] = { 1 }, block[256];
    provider_block(trial->rig.key, padding, plaintext, len, block);
    expect_code(channel_negotiate(&trial->end, 256, block), E_INVALIDARG, what);
}

RULE(channel_exchange, refusals_look_alike, "AC-2-03 AC-2-05",
        "Another padding, hash, label or length of the plaintext is refused with one code, and leaves "
        "the channel without a key",
        PAGE_NEGOTIATE)
{
    struct trial trial;
    begin(&trial);
    expect_refused_block(&trial, &(struct provider_padding){ "SHA1", "SHA1", NULL }, 16, "SHA-1");
    expect_refused_block(&trial, &(struct provider_padding){ "SHA512", "SHA1", NULL }, 16,
            "MGF1 with SHA-1");
    expect_refused_block(&trial, &(struct provider_padding){ "SHA512", "SHA512", "a" }, 16,
            "a label");
    static const size_t lens[] = { 0, 15, 17, 32, 40 };
    for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        expect_refused_block(&trial, &provider_good_padding, lens[i], "another length");
    }
    expect_good(&trial, "a good block, after refused ones");
    end_trial(&trial);
}

/* Each costs a private-key operation, and a guest without a processor of its own takes long for one:
 * there some bytes must do. */
static unsigned step_between_bytes(const struct rig *rig)
{
    return strncmp(rig->options.link, "drm:", 4) == 0 ? 17 : 1;
}

RULE(channel_exchange, no_byte_can_be_changed, "AC-2-05",
        "A block with one bit changed, at whatever byte, is refused", PAGE_NEGOTIATE)
{
    struct trial trial;
    begin(&trial);
    for (unsigned i = 0; i < sizeof(trial.end.block); i += step_between_bytes(&trial.rig)) {
        uint8_t block[256];
        memcpy(block, trial.end.block, sizeof(block));
        block[i] ^= (uint8_t)(1 << i % 8);
        HRESULT hr = channel_negotiate(&trial.end, sizeof(block), block);
        cr_assert_eq(hr, E_INVALIDARG, "byte %u: returned 0x%08x", i, (unsigned)hr);
    }
    expect_good(&trial, "the block as it was");
    end_trial(&trial);
}

RULE(channel_exchange, refuses_a_second_key, "AC-9-14",
        "A channel that has a key takes no other, before INITIALIZE and after it", PAGE_NEGOTIATE)
{
    struct trial trial;
    struct channel_end other;
    begin(&trial);
    struct channel_end *end = &trial.end;
    other = *end;
    channel_make_key(&other);
    expect_code(channel_negotiate(end, 256, end->block), S_OK, "the first block");
    expect_code(channel_negotiate(end, 256, other.block), E_INVALIDARG, "another block");
    expect_code(channel_negotiate(end, 256, end->block), E_INVALIDARG, "the same block");
    expect_code(channel_initialize(end, 5, 5), S_OK, "INITIALIZE under the first key");
    expect_code(channel_negotiate(end, 256, other.block), E_INVALIDARG, "after INITIALIZE");
    cr_assert(channel_takes_query_number(end, 5), "the channel works on");
    end_trial(&trial);
}
