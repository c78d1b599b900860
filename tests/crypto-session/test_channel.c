/* SPDX-License-Identifier: MIT */
/* A channel against the order of checks of docs/DDI.md, with the published structures. */
#include <criterion/criterion.h>
#include <string.h>

#include "crypto-session/channel.h"
#include "crypto-session/omac.h"
#include "d3d10umddi.h"

enum { QUERY_START = 1000, COMMAND_START = 5000 };

static const uint64_t session_id = 0x500000005, other_session = 0x600000006;
static const uint64_t output_ids[2] = { 0xA1, 0xA2 };

struct end {
    struct vit_channel *channel;
    uint8_t key[16];
    uint32_t query, command; /* next numbers */
    bool proven;             /* a command was authentic */
};

struct stage {
    struct vit_slab *slab;
    struct vit_cipher *cipher;
    struct vit_channel_device device;
    struct end one;
};

typedef D3D11_1DDI_AUTHENTICATED_QUERY_INPUT query_input;
typedef D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT query_output;
typedef D3D11_1DDI_AUTHENTICATED_CONFIGURE_INPUT command_input;
typedef D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT command_output;

static bool knows(const void *owner, uint64_t session)
{
    (void)owner;
    return session == session_id || session == other_session;
}

static HANDLE handle_of(uint64_t number)
{
    return (HANDLE)(uintptr_t)number;
}

static HANDLE channel_handle(const struct end *end)
{
    return handle_of(vit_channel_handle(end->channel));
}

static void begin(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    cr_assert_eq(vit_slab_create(&stage->slab), VIT_OK);
    cr_assert_eq(vit_cipher_create(stage->slab, NULL, &stage->cipher), VIT_OK);
    cr_assert_eq(vit_channel_device_init(&stage->device), VIT_OK);
    stage->device.knows_session = knows;
    stage->device.output_ids = output_ids;
    stage->device.output_count = 2;
}

static void finish(struct stage *stage)
{
    vit_channel_destroy(stage->one.channel);
    vit_cipher_destroy(stage->cipher);
    vit_slab_destroy(stage->slab);
}

/* Signs and sends; checks that the answer, if there is one, is signed and says what was returned. */
static enum vit_status configure(struct stage *stage, struct end *end, void *input, size_t len,
        uint32_t number)
{
    uint8_t bytes[VIT_CHANNEL_CONFIGURE_OUTPUT_LEN];
    command_input *header = input;
    size_t written = 99;
    header->hChannel = channel_handle(end);
    header->SequenceNumber = number;
    cr_assert_eq(vit_omac_sign(stage->cipher, end->key, input, len), VIT_OK);
    memset(bytes, 0xEE, sizeof(bytes));
    enum vit_status status =
            vit_channel_configure(end->channel, stage->cipher, input, len, bytes, &written);
    cr_assert_eq(written, sizeof(bytes));
    end->proven = true;
    command_output output;
    memcpy(&output, bytes, sizeof(output));
    cr_assert_eq(vit_omac_check(stage->cipher, end->key, bytes, sizeof(bytes)), VIT_OK);
    cr_assert_eq(output.ReturnCode == S_OK, status == VIT_OK);
    cr_assert_eq(output.ReturnCode == E_FAIL, status == VIT_E_UNSUPPORTED);
    cr_assert_eq(output.ReturnCode == E_INVALIDARG, status == VIT_E_ARG);
    cr_assert_eq(output.ReturnCode == E_OUTOFMEMORY, status == VIT_E_LIMIT);
    cr_assert_eq(output.SequenceNumber, number);
    cr_assert_eq(output.hChannel, header->hChannel);
    cr_assert(IsEqualGUID(&output.ConfigureType, &header->ConfigureType));
    return status;
}

static enum vit_status initialize(struct stage *stage, struct end *end)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE input;
    memset(&input, 0, sizeof(input));
    input.Parameters.ConfigureType = D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID;
    input.StartSequenceQuery = QUERY_START;
    input.StartSequenceConfigure = COMMAND_START;
    return configure(stage, end, &input, sizeof(input), 77);
}

static void create(struct stage *stage, struct end *end, uint32_t type)
{
    static uint8_t next_key;
    memset(end->key, ++next_key, sizeof(end->key));
    end->query = QUERY_START;
    end->command = COMMAND_START;
    cr_assert_eq(vit_channel_create(stage->slab, &stage->device, type, &end->channel), VIT_OK);
    cr_assert_eq(vit_channel_set_key(end->channel, end->key), VIT_OK);
}

static void open_end(struct stage *stage, struct end *end, uint32_t type)
{
    create(stage, end, type);
    cr_assert_eq(initialize(stage, end), VIT_OK);
}

static void open_stage(struct stage *stage, uint32_t type)
{
    begin(stage);
    open_end(stage, &stage->one, type);
}

/* Of an answer. */
static bool tag_is_right(const struct stage *stage, const struct end *end, const uint8_t *bytes,
        size_t len)
{
    static const uint8_t none[VIT_OMAC_LEN];
    return end->proven ? vit_omac_check(stage->cipher, end->key, bytes, len) == VIT_OK
                       : memcmp(bytes, none, sizeof(none)) == 0;
}

static enum vit_status query(struct stage *stage, struct end *end, void *input, size_t len,
        uint32_t number, void *output, size_t output_len)
{
    query_input *header = input;
    query_output answer;
    uint8_t bytes[VIT_CHANNEL_OUTPUT_MAX_LEN];
    size_t written = 99, room = output_len < sizeof(bytes) ? output_len : sizeof(bytes);
    header->hChannel = channel_handle(end);
    header->SequenceNumber = number;
    memset(bytes, 0xEE, sizeof(bytes));
    enum vit_status status =
            vit_channel_query(end->channel, stage->cipher, input, len, bytes, output_len, &written);
    cr_assert_eq(written, room);
    cr_assert(tag_is_right(stage, end, bytes, room));
    memcpy(&answer, bytes, sizeof(answer));
    cr_assert_eq(answer.ReturnCode == S_OK, status == VIT_OK);
    cr_assert_eq(answer.ReturnCode == E_FAIL, status == VIT_E_UNSUPPORTED);
    cr_assert_eq(answer.ReturnCode == E_INVALIDARG, status == VIT_E_ARG);
    cr_assert_eq(answer.SequenceNumber, number);
    cr_assert_eq(answer.hChannel, header->hChannel);
    cr_assert(IsEqualGUID(&answer.QueryType, &header->QueryType));
    for (size_t i = sizeof(answer); status != VIT_OK && i < room; i++) {
        cr_assert_eq(bytes[i], 0, "a refusal tells nothing");
    }
    memcpy(output, bytes, room);
    return status;
}

/* With the next number of its kind. */
static enum vit_status ask(struct stage *stage, struct end *end, const GUID *type, void *input,
        size_t len, void *output, size_t output_len)
{
    ((query_input *)input)->QueryType = *type;
    return query(stage, end, input, len, end->query++, output, output_len);
}

static enum vit_status command(struct stage *stage, struct end *end, const GUID *type, void *input,
        size_t len)
{
    ((command_input *)input)->ConfigureType = *type;
    return configure(stage, end, input, len, end->command++);
}

Test(channel, is_of_one_of_two_types)
{
    struct stage stage;
    begin(&stage);
    for (uint32_t type = 0; type < 6; type++) {
        struct vit_channel *channel = NULL;
        bool exists = type == VIT_CHANNEL_SOFTWARE || type == VIT_CHANNEL_HARDWARE;
        cr_assert_eq(vit_channel_create(stage.slab, &stage.device, type, &channel),
                exists ? VIT_OK : VIT_E_UNSUPPORTED);
        vit_channel_destroy(channel);
    }
    finish(&stage);
}

Test(channel, takes_one_key)
{
    static const uint8_t other[16] = "another one";
    struct stage stage;
    begin(&stage);
    create(&stage, &stage.one, VIT_CHANNEL_SOFTWARE);
    cr_assert_eq(vit_channel_check_unkeyed(stage.one.channel), VIT_E_STATE);
    cr_assert_eq(vit_channel_set_key(stage.one.channel, other), VIT_E_STATE);
    cr_assert_eq(initialize(&stage, &stage.one), VIT_OK, "the first key stays");
    finish(&stage);
}

Test(channel, without_a_key_nothing_is_answered_and_nothing_signed)
{
    struct stage stage;
    query_input ask = { .QueryType = D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION };
    static const uint8_t zero[16];
    uint8_t order[56] = { 0 }, output[80];
    size_t written;
    begin(&stage);
    cr_assert_eq(vit_channel_create(stage.slab, &stage.device, VIT_CHANNEL_SOFTWARE,
                         &stage.one.channel),
            VIT_OK);
    cr_assert_eq(vit_omac_sign(stage.cipher, zero, order, sizeof(order)), VIT_OK);
    cr_assert_eq(vit_channel_configure(stage.one.channel, stage.cipher, order, sizeof(order),
                         output, &written),
            VIT_E_ARG);
    cr_assert_eq(written, 48);
    cr_assert_arr_eq(output, zero, 16, "no tag");
    ask.hChannel = channel_handle(&stage.one);
    cr_assert_eq(vit_channel_query(stage.one.channel, stage.cipher, (const uint8_t *)&ask,
                         sizeof(ask), output, 56, &written),
            VIT_E_ARG);
    cr_assert_eq(written, 56);
    cr_assert_arr_eq(output, zero, 16, "no tag");
    finish(&stage);
}

Test(channel, sizes_that_hold_no_header_get_no_answer)
{
    struct stage stage;
    uint8_t input[VIT_CHANNEL_INPUT_MAX_LEN + 1] = { 0 }, output[80];
    size_t written;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    struct vit_channel *channel = stage.one.channel;
    static const size_t lens[] = { 0, 31, VIT_CHANNEL_INPUT_MAX_LEN + 1 };
    for (unsigned i = 0; i < 3; i++) {
        written = 99;
        cr_assert_eq(vit_channel_query(channel, stage.cipher, input, lens[i], output, 80, &written),
                VIT_E_ARG);
        cr_assert_eq(written, 0);
        written = 99;
        cr_assert_eq(vit_channel_configure(channel, stage.cipher, input,
                             lens[i] == 31 ? 47 : lens[i], output, &written),
                VIT_E_ARG);
        cr_assert_eq(written, 0);
    }
    cr_assert_eq(vit_channel_query(channel, stage.cipher, input, 32, output, 47, &written),
            VIT_E_ARG);
    cr_assert_eq(written, 0);
    finish(&stage);
}

Test(channel, is_initialized_once_and_before_all_else)
{
    struct stage stage;
    query_input question = { .QueryType = D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION };
    D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT answer;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION order;
    memset(&order, 0, sizeof(order));
    order.Parameters.ConfigureType = D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID;
    begin(&stage);
    struct end *end = &stage.one;
    create(&stage, end, VIT_CHANNEL_HARDWARE);
    cr_assert_eq(query(&stage, end, &question, sizeof(question), 5, &answer, sizeof(answer)),
            VIT_E_ARG);
    cr_assert_eq(configure(&stage, end, &order, sizeof(order), 5), VIT_E_ARG);
    cr_assert_eq(initialize(&stage, end), VIT_OK);
    cr_assert_eq(initialize(&stage, end), VIT_E_ARG);
    cr_assert_eq(query(&stage, end, &question, sizeof(question), QUERY_START - 1, &answer,
                         sizeof(answer)),
            VIT_E_ARG);
    cr_assert_eq(query(&stage, end, &question, sizeof(question), QUERY_START, &answer,
                         sizeof(answer)),
            VIT_OK);
    cr_assert_eq(configure(&stage, end, &order, sizeof(order), COMMAND_START - 1), VIT_E_ARG);
    cr_assert_eq(configure(&stage, end, &order, sizeof(order), COMMAND_START), VIT_OK);
    finish(&stage);
}

Test(channel, initialize_of_another_size_initializes_nothing)
{
    struct stage stage;
    uint8_t input[64] = { 0 };
    begin(&stage);
    create(&stage, &stage.one, VIT_CHANNEL_HARDWARE);
    memcpy(input + 16, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, 16);
    cr_assert_eq(configure(&stage, &stage.one, input, 48, 0), VIT_E_ARG);
    cr_assert_eq(configure(&stage, &stage.one, input, 55, 0), VIT_E_ARG);
    cr_assert_eq(configure(&stage, &stage.one, input, 57, 0), VIT_E_ARG);
    cr_assert_eq(initialize(&stage, &stage.one), VIT_OK);
    finish(&stage);
}

static bool query_number_is_good(struct stage *stage, uint32_t number)
{
    query_input input = { .QueryType = D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION };
    uint8_t output[56];
    return query(stage, &stage->one, &input, sizeof(input), number, output, sizeof(output)) ==
            VIT_OK;
}

/* Who does not have the key gets nothing signed with it, from whomever the block came. */
Test(channel, signs_nothing_until_a_command_was_authentic)
{
    struct stage stage;
    uint8_t input[56] = { 0 }, output[80];
    static const uint8_t none[VIT_OMAC_LEN];
    size_t written;
    begin(&stage);
    struct end *end = &stage.one;
    create(&stage, end, VIT_CHANNEL_SOFTWARE);
    const uint64_t handle = vit_channel_handle(end->channel);
    memcpy(input + 16, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, 16);
    memcpy(input + 32, &handle, sizeof(handle));
    cr_assert_eq(vit_channel_configure(end->channel, stage.cipher, input, sizeof(input), output,
                         &written),
            VIT_E_ARG);
    cr_assert_eq(written, VIT_CHANNEL_CONFIGURE_OUTPUT_LEN);
    cr_assert_arr_eq(output, none, sizeof(none), "a command with a wrong tag");
    input[32] ^= 1;
    cr_assert_eq(vit_omac_sign(stage.cipher, end->key, input, sizeof(input)), VIT_OK);
    cr_assert_eq(vit_channel_configure(end->channel, stage.cipher, input, sizeof(input), output,
                         &written),
            VIT_E_ARG);
    cr_assert_arr_eq(output, none, sizeof(none), "a command for another channel under this key");
    cr_assert_not(query_number_is_good(&stage, QUERY_START), "and no tag, as the helper sees");
    cr_assert_eq(initialize(&stage, end), VIT_OK);
    cr_assert(query_number_is_good(&stage, QUERY_START));
    finish(&stage);
}

/* Each step of the order: what is refused before the number is spent leaves it good, what is
 * refused later does not. */

static bool command_number_is_good(struct stage *stage, uint32_t number)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_ACCESSIBLE_ENCRYPTION input;
    memset(&input, 0, sizeof(input));
    input.Parameters.ConfigureType =
            D3D11_1DDI_AUTHENTICATED_CONFIGURE_ENCRYPTION_WHEN_ACCESSIBLE_GUID;
    return configure(stage, &stage->one, &input, sizeof(input), number) == VIT_OK;
}

static enum vit_status send_raw(struct stage *stage, const void *input, size_t len)
{
    uint8_t output[48];
    size_t written;
    return vit_channel_configure(stage->one.channel, stage->cipher, input, len, output, &written);
}

Test(channel, a_command_that_is_not_authentic_spends_no_number)
{
    struct stage stage;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION input;
    memset(&input, 0, sizeof(input));
    input.Parameters.ConfigureType = D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID;
    input.Parameters.SequenceNumber = COMMAND_START;
    input.Protections.Value = 2;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    input.Parameters.hChannel = channel_handle(&stage.one);
    cr_assert_eq(vit_omac_sign(stage.cipher, stage.one.key, &input, sizeof(input)), VIT_OK);
    uint8_t *bytes = (uint8_t *)&input;
    for (size_t i = 0; i < sizeof(input); i++) {
        bytes[i] ^= 0x10;
        cr_assert_eq(send_raw(&stage, bytes, sizeof(input)), VIT_E_ARG, "byte %zu", i);
        bytes[i] ^= 0x10;
    }
    cr_assert_eq(stage.device.flag_counts[1], 0);
    input.Parameters.hChannel = handle_of(1);
    cr_assert_eq(vit_omac_sign(stage.cipher, stage.one.key, &input, sizeof(input)), VIT_OK);
    cr_assert_eq(send_raw(&stage, bytes, sizeof(input)), VIT_E_ARG, "another channel's");
    cr_assert(command_number_is_good(&stage, COMMAND_START));
    finish(&stage);
}

Test(channel, an_authentic_command_that_is_refused_spends_its_number)
{
    struct stage stage;
    uint8_t input[80] = { 0 };
    open_stage(&stage, VIT_CHANNEL_HARDWARE);
    struct end *end = &stage.one;
    cr_assert_eq(command(&stage, end, &GUID_NULL, input, 49), VIT_E_UNSUPPORTED,
            "an unknown command, of a wrong size as well");
    cr_assert_not(command_number_is_good(&stage, COMMAND_START));
    cr_assert_eq(command(&stage, end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE_GUID,
                         input, 72),
            VIT_E_UNSUPPORTED, "no command of this type of channel");
    cr_assert_not(command_number_is_good(&stage, COMMAND_START + 1));
    input[48] = 4; /* a reserved bit */
    cr_assert_eq(command(&stage, end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID, input,
                         57),
            VIT_E_ARG);
    cr_assert_not(command_number_is_good(&stage, COMMAND_START + 2));
    cr_assert_eq(command(&stage, end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID, input,
                         56),
            VIT_E_ARG);
    cr_assert_not(command_number_is_good(&stage, COMMAND_START + 3));
    cr_assert(command_number_is_good(&stage, COMMAND_START + 4));
    finish(&stage);
}

/* The device signs answers with the key that it checks commands with. */
Test(channel, an_answer_is_no_command)
{
    struct stage stage;
    query_input question = { .QueryType = D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID };
    uint8_t answer[56];
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    stage.one.command += 10;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION order;
    memset(&order, 0, sizeof(order));
    order.Protections.Value = 3;
    cr_assert_eq(command(&stage, &stage.one, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID,
                         &order, sizeof(order)),
            VIT_OK);
    const uint32_t next = stage.one.command;
    cr_assert_eq(query(&stage, &stage.one, &question, sizeof(question), next, answer,
                         sizeof(answer)),
            VIT_E_UNSUPPORTED);
    cr_assert_eq(send_raw(&stage, answer, sizeof(answer)), VIT_E_ARG);
    cr_assert_eq(query(&stage, &stage.one, &question, sizeof(question), next, answer,
                         sizeof(answer)),
            VIT_E_ARG);
    cr_assert_eq(send_raw(&stage, answer, sizeof(answer)), VIT_E_ARG);
    cr_assert_eq(stage.device.flag_counts[1], 1, "nobody has ordered to clear it");
    cr_assert(command_number_is_good(&stage, next));
    finish(&stage);
}

Test(channel, a_query_for_another_channel_spends_no_number)
{
    struct stage stage;
    query_input input = { D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, handle_of(1), QUERY_START };
    uint8_t output[56];
    size_t written;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    cr_assert_eq(vit_channel_query(stage.one.channel, stage.cipher, (const uint8_t *)&input,
                         sizeof(input), output, sizeof(output), &written),
            VIT_E_ARG);
    cr_assert_eq(vit_omac_check(stage.cipher, stage.one.key, output, sizeof(output)), VIT_OK);
    cr_assert(query_number_is_good(&stage, QUERY_START));
    finish(&stage);
}

Test(channel, a_query_that_is_refused_spends_its_number)
{
    struct stage stage;
    uint8_t input[56] = { 0 }, output[100];
    open_stage(&stage, VIT_CHANNEL_HARDWARE);
    struct end *end = &stage.one;
    cr_assert_eq(ask(&stage, end, &GUID_NULL, input, 33, output, 49), VIT_E_UNSUPPORTED);
    cr_assert_not(query_number_is_good(&stage, QUERY_START));
    const GUID *count = &D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT;
    cr_assert_eq(ask(&stage, end, count, input, 32, output, 56), VIT_E_UNSUPPORTED);
    cr_assert_not(query_number_is_good(&stage, QUERY_START + 1));
    cr_assert_eq(ask(&stage, end, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, input, 33, output,
                         56),
            VIT_E_ARG);
    cr_assert_not(query_number_is_good(&stage, QUERY_START + 2));
    cr_assert_eq(ask(&stage, end, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, input, 32, output,
                         100),
            VIT_E_ARG);
    cr_assert_not(query_number_is_good(&stage, QUERY_START + 3));
    cr_assert_eq(ask(&stage, end, &D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION, input, 40, output,
                         72),
            VIT_E_ARG, "no such decoder");
    cr_assert_not(query_number_is_good(&stage, QUERY_START + 4));
    cr_assert(query_number_is_good(&stage, QUERY_START + 5));
    finish(&stage);
}

Test(channel, the_kinds_count_apart_and_end_with_their_last_numbers)
{
    struct stage stage;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    cr_assert(command_number_is_good(&stage, UINT32_MAX));
    cr_assert(query_number_is_good(&stage, QUERY_START));
    cr_assert(query_number_is_good(&stage, UINT32_MAX));
    cr_assert_not(command_number_is_good(&stage, UINT32_MAX));
    cr_assert_not(command_number_is_good(&stage, 0));
    cr_assert_not(query_number_is_good(&stage, 0));
    finish(&stage);
}

/* What is answered. */

static uint32_t flags_of(struct stage *stage, struct end *end)
{
    query_input input;
    D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT output;
    cr_assert_eq(ask(stage, end, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, &input, sizeof(input),
                         &output, sizeof(output)),
            VIT_OK);
    return output.ProtectionFlags.Value;
}

static enum vit_status set_flags(struct stage *stage, struct end *end, uint32_t flags)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION input;
    memset(&input, 0, sizeof(input));
    input.Protections.Value = flags;
    return command(stage, end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID, &input,
            sizeof(input));
}

Test(channel, a_flag_stays_until_all_who_set_it_have_cleared_it)
{
    struct stage stage;
    struct end two, three;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    open_end(&stage, &two, VIT_CHANNEL_HARDWARE);
    open_end(&stage, &three, VIT_CHANNEL_SOFTWARE);
    cr_assert_eq(flags_of(&stage, &two), 1);
    cr_assert_eq(set_flags(&stage, &stage.one, 3), VIT_OK);
    cr_assert_eq(flags_of(&stage, &two), 3);
    cr_assert_eq(set_flags(&stage, &two, 1), VIT_E_ARG);
    cr_assert_eq(set_flags(&stage, &two, 2), VIT_E_ARG, "nor protection itself");
    cr_assert_eq(set_flags(&stage, &two, 3), VIT_OK);
    cr_assert_eq(set_flags(&stage, &stage.one, 0), VIT_OK);
    cr_assert_eq(flags_of(&stage, &stage.one), 3);
    cr_assert_eq(set_flags(&stage, &three, 0), VIT_E_ARG);
    cr_assert_eq(set_flags(&stage, &two, 0), VIT_OK);
    cr_assert_eq(flags_of(&stage, &stage.one), 1);
    cr_assert_eq(set_flags(&stage, &three, 3), VIT_OK);
    vit_channel_destroy(three.channel);
    cr_assert_eq(flags_of(&stage, &two), 1, "what it set went with the channel");
    vit_channel_destroy(two.channel);
    finish(&stage);
}

static enum vit_status share(struct stage *stage, struct end *end, int type, uint64_t process,
        BOOL allow)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE input;
    memset(&input, 0, sizeof(input));
    input.ProcessType = (D3D11_1DDI_AUTHENTICATED_PROCESS_IDENTIFIER_TYPE)type;
    input.ProcessHandle = handle_of(process);
    input.AllowAccess = allow;
    return command(stage, end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE_GUID, &input,
            sizeof(input));
}

static unsigned process_count(struct stage *stage)
{
    query_input input;
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT_OUTPUT output;
    const GUID *type = &D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT;
    cr_assert_eq(ask(stage, &stage->one, type, &input, sizeof(input), &output, sizeof(output)),
            VIT_OK);
    return output.RestrictedSharedResourceProcessCount;
}

static uint64_t process_at(struct stage *stage, UINT index)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_INPUT input = {
        .ProcessIndex = index
    };
    D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_OUTPUT output;
    enum vit_status status = ask(stage, &stage->one,
            &D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS, &input,
            sizeof(input), &output, sizeof(output));
    if (status != VIT_OK) {
        return UINT64_MAX;
    }
    cr_assert_eq(output.ProcessIndex, index);
    return (uint64_t)(uintptr_t)output.ProcessHandle * 10 + output.ProcessIdentifier;
}

Test(channel, processes_that_were_let_in_are_told_once_each)
{
    struct stage stage;
    struct end two;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    open_end(&stage, &two, VIT_CHANNEL_SOFTWARE);
    cr_assert_eq(process_count(&stage), 0);
    cr_assert_eq(process_at(&stage, 0), UINT64_MAX);
    cr_assert_eq(share(&stage, &stage.one, 0, 7, TRUE), VIT_E_ARG);
    cr_assert_eq(share(&stage, &stage.one, 3, 7, TRUE), VIT_E_ARG);
    cr_assert_eq(share(&stage, &stage.one, 2, 0, TRUE), VIT_E_ARG);
    cr_assert_eq(share(&stage, &stage.one, 2, 7, TRUE), VIT_OK);
    cr_assert_eq(share(&stage, &stage.one, 2, 7, TRUE), VIT_OK);
    cr_assert_eq(share(&stage, &two, 2, 7, TRUE), VIT_OK);
    cr_assert_eq(share(&stage, &two, 1, 9, TRUE), VIT_OK);
    cr_assert_eq(process_count(&stage), 2);
    cr_assert_eq(process_at(&stage, 0), 72);
    cr_assert_eq(process_at(&stage, 1), 1, "the window manager has no handle");
    cr_assert_eq(process_at(&stage, 2), UINT64_MAX);
    cr_assert_eq(share(&stage, &stage.one, 1, 0, FALSE), VIT_E_ARG, "the other channel's");
    cr_assert_eq(share(&stage, &stage.one, 2, 7, FALSE), VIT_OK);
    cr_assert_eq(share(&stage, &stage.one, 2, 7, FALSE), VIT_E_ARG, "twice");
    cr_assert_eq(process_count(&stage), 2, "the other channel let it in as well");
    vit_channel_destroy(two.channel);
    cr_assert_eq(process_count(&stage), 0);
    finish(&stage);
}

Test(channel, no_more_processes_than_there_is_room_for)
{
    struct stage stage;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    for (uint64_t i = 1; i <= VIT_CHANNEL_GRANTS; i++) {
        cr_assert_eq(share(&stage, &stage.one, 2, i, TRUE), VIT_OK);
    }
    cr_assert_eq(share(&stage, &stage.one, 2, 100, TRUE), VIT_E_LIMIT);
    cr_assert_eq(process_count(&stage), VIT_CHANNEL_GRANTS);
    cr_assert_eq(share(&stage, &stage.one, 2, 3, FALSE), VIT_OK);
    cr_assert_eq(process_at(&stage, 2), 42, "the order stays");
    cr_assert_eq(share(&stage, &stage.one, 2, 100, TRUE), VIT_OK);
    finish(&stage);
}

static enum vit_status bind(struct stage *stage, struct end *end, uint64_t decoder,
        uint64_t session, uint64_t device)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION input;
    memset(&input, 0, sizeof(input));
    input.DecodeHandle = handle_of(decoder);
    input.CryptoSessionHandle = handle_of(session);
    input.DeviceHandle = handle_of(device);
    return command(stage, end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_CRYPTO_SESSION_GUID, &input,
            sizeof(input));
}

static uint64_t session_of(struct stage *stage, uint64_t decoder)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_INPUT input = { .DecodeHandle =
                                                                          handle_of(decoder) };
    D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION_OUTPUT output;
    if (ask(stage, &stage->one, &D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION, &input,
                sizeof(input), &output, sizeof(output)) != VIT_OK) {
        return 0;
    }
    cr_assert_eq(output.DecodeHandle, handle_of(decoder));
    cr_assert_eq(output.DeviceHandle, handle_of(stage->device.handle));
    return (uint64_t)(uintptr_t)output.CryptoSessionHandle;
}

Test(channel, a_decoder_has_the_session_that_it_was_bound_to)
{
    struct stage stage;
    struct end two;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    open_end(&stage, &two, VIT_CHANNEL_HARDWARE);
    struct end *one = &stage.one;
    uint64_t device = stage.device.handle;
    cr_assert_eq(bind(&stage, one, 0, session_id, device), VIT_E_ARG);
    cr_assert_eq(bind(&stage, one, 4, 99, device), VIT_E_ARG);
    cr_assert_eq(bind(&stage, one, 4, session_id, device + 1), VIT_E_ARG);
    cr_assert_eq(session_of(&stage, 4), 0);
    cr_assert_eq(bind(&stage, one, 4, session_id, device), VIT_OK);
    cr_assert_eq(session_of(&stage, 4), session_id);
    cr_assert_eq(bind(&stage, &two, 4, other_session, device), VIT_E_ARG, "the other's state");
    cr_assert_eq(bind(&stage, one, 4, other_session, device), VIT_OK);
    cr_assert_eq(bind(&stage, &two, 4, other_session, device), VIT_OK);
    cr_assert_eq(bind(&stage, one, 4, session_id, device), VIT_E_ARG);
    cr_assert_eq(session_of(&stage, 4), other_session);
    vit_channel_destroy(two.channel);
    vit_channel_device_forget_session(&stage.device, other_session);
    cr_assert_eq(session_of(&stage, 4), 0);
    finish(&stage);
}

Test(channel, no_more_decoders_than_there_is_room_for)
{
    struct stage stage;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    for (uint64_t i = 1; i <= VIT_CHANNEL_DECODERS; i++) {
        cr_assert_eq(bind(&stage, &stage.one, i, session_id, stage.device.handle), VIT_OK);
    }
    cr_assert_eq(bind(&stage, &stage.one, 100, session_id, stage.device.handle), VIT_E_LIMIT);
    cr_assert_eq(session_of(&stage, 100), 0);
    finish(&stage);
}

Test(channel, tells_of_itself_and_its_device)
{
    struct stage stage;
    open_stage(&stage, VIT_CHANNEL_HARDWARE);
    query_input input;
    D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE_OUTPUT type;
    D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE_OUTPUT device;
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_OUTPUT access;
    cr_assert_eq(ask(&stage, &stage.one, &D3D11_1DDI_AUTHENTICATED_QUERY_CHANNEL_TYPE, &input,
                         sizeof(input), &type, sizeof(type)),
            VIT_OK);
    cr_assert_eq(type.ChannelType, D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE);
    cr_assert_eq(ask(&stage, &stage.one, &D3D11_1DDI_AUTHENTICATED_QUERY_DEVICE_HANDLE, &input,
                         sizeof(input), &device, sizeof(device)),
            VIT_OK);
    cr_assert_eq(device.DeviceHandle, handle_of(stage.device.handle));
    for (int accessible = 0; accessible < 2; accessible++) {
        stage.device.accessible = accessible != 0;
        cr_assert_eq(ask(&stage, &stage.one,
                             &D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ATTRIBUTES, &input,
                             sizeof(input), &access, sizeof(access)),
                VIT_OK);
        cr_assert_eq(access.BusType, D3D11_1DDI_BUS_TYPE_OTHER);
        cr_assert_eq(access.AccessibleInContiguousBlocks, accessible);
        cr_assert_eq(access.AccessibleInNonContiguousBlocks, accessible);
    }
    finish(&stage);
}

static enum vit_status output_at(struct stage *stage, uint64_t device, uint64_t session, UINT index,
        UINT64 *id)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_INPUT input = { .DeviceHandle = handle_of(device),
        .CryptoSessionHandle = handle_of(session),
        .OutputIDIndex = index };
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_OUTPUT output;
    enum vit_status status = ask(stage, &stage->one, &D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID,
            &input, sizeof(input), &output, sizeof(output));
    *id = output.OutputID;
    cr_assert(status != VIT_OK || output.OutputIDIndex == index);
    return status;
}

Test(channel, tells_the_outputs)
{
    struct stage stage;
    open_stage(&stage, VIT_CHANNEL_HARDWARE);
    uint64_t device = stage.device.handle;
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_COUNT_INPUT input = { .DeviceHandle =
                                                                           handle_of(device),
        .CryptoSessionHandle = handle_of(session_id) };
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_COUNT_OUTPUT count;
    cr_assert_eq(ask(&stage, &stage.one, &D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT_ID_COUNT, &input,
                         sizeof(input), &count, sizeof(count)),
            VIT_OK);
    cr_assert_eq(count.OutputIDCount, 2);
    UINT64 id;
    cr_assert_eq(output_at(&stage, device, session_id, 1, &id), VIT_OK);
    cr_assert_eq(id, output_ids[1]);
    cr_assert_eq(output_at(&stage, device, session_id, 2, &id), VIT_E_ARG);
    cr_assert_eq(output_at(&stage, device + 1, session_id, 0, &id), VIT_E_ARG);
    cr_assert_eq(output_at(&stage, device, 99, 0, &id), VIT_E_ARG);
    finish(&stage);
}

Test(channel, offers_no_encryption_on_the_way_out)
{
    struct stage stage;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    query_input input;
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ENCRYPTION_GUID_COUNT_OUTPUT count;
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ENCRYPTION_GUID_INPUT index = {
        .EncryptionGuidIndex = 0
    };
    D3D11_1DDI_AUTHENTICATED_QUERY_ACCESSIBILITY_ENCRYPTION_GUID_OUTPUT at;
    D3D11_1DDI_AUTHENTICATED_QUERY_CURRENT_ACCESSIBILITY_ENCRYPTION_OUTPUT current;
    cr_assert_eq(ask(&stage, &stage.one,
                         &D3D11_1DDI_AUTHENTICATED_QUERY_ENCRYPTION_WHEN_ACCESSIBLE_GUID_COUNT,
                         &input, sizeof(input), &count, sizeof(count)),
            VIT_OK);
    cr_assert_eq(count.EncryptionGuidCount, 0);
    cr_assert_eq(ask(&stage, &stage.one,
                         &D3D11_1DDI_AUTHENTICATED_QUERY_ENCRYPTION_WHEN_ACCESSIBLE_GUID, &index,
                         sizeof(index), &at, sizeof(at)),
            VIT_E_ARG);
    cr_assert_eq(ask(&stage, &stage.one,
                         &D3D11_1DDI_AUTHENTICATED_QUERY_CURRENT_ENCRYPTION_WHEN_ACCESSIBLE, &input,
                         sizeof(input), &current, sizeof(current)),
            VIT_OK);
    cr_assert(IsEqualGUID(&current.EncryptionGuid, &GUID_NULL));
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_ACCESSIBLE_ENCRYPTION order;
    memset(&order, 0, sizeof(order));
    const GUID *type = &D3D11_1DDI_AUTHENTICATED_CONFIGURE_ENCRYPTION_WHEN_ACCESSIBLE_GUID;
    cr_assert_eq(command(&stage, &stage.one, type, &order, sizeof(order)), VIT_OK);
    order.EncryptionGuid = *type;
    cr_assert_eq(command(&stage, &stage.one, type, &order, sizeof(order)), VIT_E_ARG);
    finish(&stage);
}

Test(channel, shared_protected_resources_do_not_exist)
{
    struct stage stage;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    query_input input;
    D3D11_1DDI_AUTHENTICATED_QUERY_UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT_OUTPUT output;
    cr_assert_eq(
            ask(&stage, &stage.one,
                    &D3D11_1DDI_AUTHENTICATED_QUERY_UNRESTRICTED_PROTECTED_SHARED_RESOURCE_COUNT,
                    &input, sizeof(input), &output, sizeof(output)),
            VIT_OK);
    cr_assert_eq(output.UnrestrictedProtectedSharedResourceCount, 0);
    finish(&stage);
}

Test(channel, handles_differ)
{
    struct stage stage;
    struct end two;
    open_stage(&stage, VIT_CHANNEL_SOFTWARE);
    create(&stage, &two, VIT_CHANNEL_SOFTWARE);
    cr_assert_neq(vit_channel_handle(two.channel), vit_channel_handle(stage.one.channel));
    cr_assert_neq(vit_channel_handle(two.channel), 0);
    vit_channel_destroy(two.channel);
    vit_channel_destroy(NULL);
    finish(&stage);
}
