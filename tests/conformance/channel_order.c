/* SPDX-License-Identifier: MIT */
/* The order of the checks: a message that is wrong in two ways gets the code of the earlier one, and
 * spends its number only when it got past that check. */
#include <string.h>

#include "tests/conformance/channel_end.h"

RULE_GROUP(channel_order, "Authenticated channels: order of the checks");

#define PAGE_CONFIGURE "PFND3D11_1DDI_CONFIGUREAUTHENTICATEDCHANNEL"
#define PAGE_QUERY "PFND3D11_1DDI_QUERYAUTHENTICATEDCHANNEL"

static const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
#define PROTECTION_COMMAND (&D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID)
#define PROTECTION_QUERY (&D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION)

struct trial {
    struct rig rig;
    struct channel_end end;
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN], answer[CHANNEL_MESSAGE_MAX_LEN];
};

static void begin(struct trial *trial, channel_type type)
{
    memset(trial, 0, sizeof(*trial));
    rig_open(&trial->rig);
    channel_open(&trial->rig, trial->rig.device, type, &trial->end);
}

static void end_trial(struct trial *trial)
{
    channel_close(&trial->end);
    rig_close(&trial->rig);
}

static HRESULT send_as_it_is(struct trial *trial, UINT len)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    HRESULT hr = channel_send(&trial->end, trial->input, len, &answer);
    memcpy(trial->answer, &answer, sizeof(answer));
    return hr;
}

/* Step 2. */

RULE(channel_order, commands_without_a_header_get_no_answer, "AC-8-02",
        "A command shorter than its header, or without a buffer for either side, is refused with "
        "E_INVALIDARG; nothing is written and no number spent",
        PAGE_CONFIGURE)
{
    struct trial trial;
    begin(&trial, CHANNEL_SOFTWARE);
    struct channel_end *end = &trial.end;
    const D3D11_1DDI_VIDEODEVICEFUNCS *video = &end->device->video;
    for (UINT len = 0; len < CHANNEL_HEADER_LEN; len++) {
        channel_sign(end, PROTECTION_COMMAND, end->command, trial.input, len > 16 ? len : 16);
        expect_code(send_as_it_is(&trial, len), E_INVALIDARG, "a command without a whole header");
        expect_all(trial.answer, CHANNEL_HEADER_LEN, CHANNEL_UNTOUCHED, "it was answered");
    }
    expect_code(send_as_it_is(&trial, 0), E_INVALIDARG, "nothing");
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    expect_code(video->pfnConfigureAuthenticatedChannel(end->device->handle, end->handle, 56, NULL,
                        &answer),
            E_INVALIDARG, "no input");
    trial.input[48] = CHANNEL_PROTECTED;
    channel_sign(end, PROTECTION_COMMAND, end->command, trial.input, 56);
    expect_code(video->pfnConfigureAuthenticatedChannel(end->device->handle, end->handle, 56,
                        trial.input, NULL),
            E_INVALIDARG, "no room for the answer");
    cr_assert(channel_takes_command_number(end, end->command), "a number was spent");
    end_trial(&trial);
}

RULE(channel_order, queries_without_a_header_get_no_answer, "AC-8-02",
        "A query shorter than its header, with room for less than one in its answer, or without a "
        "buffer for either side, is refused with E_INVALIDARG; nothing is written and no number spent",
        PAGE_QUERY)
{
    struct trial trial;
    begin(&trial, CHANNEL_SOFTWARE);
    struct channel_end *end = &trial.end;
    const D3D11_1DDI_VIDEODEVICEFUNCS *video = &end->device->video;
    channel_address(end, PROTECTION_QUERY, end->query, trial.input);
    for (UINT len = 0; len < CHANNEL_QUERY_LEN; len++) {
        expect_code(channel_ask(end, trial.input, len, trial.answer, 56), E_INVALIDARG,
                "a query without a whole header");
        expect_all(trial.answer, 56, CHANNEL_UNTOUCHED, "it was answered");
    }
    for (UINT len = 0; len < CHANNEL_HEADER_LEN; len++) {
        expect_code(channel_ask(end, trial.input, CHANNEL_QUERY_LEN, trial.answer, len),
                E_INVALIDARG, "no room for the header of an answer");
        expect_all(trial.answer, len, CHANNEL_UNTOUCHED, "it was answered");
    }
    expect_code(video->pfnQueryAuthenticatedChannel(end->device->handle, end->handle, 32, NULL, 56,
                        trial.answer),
            E_INVALIDARG, "no input");
    expect_code(video->pfnQueryAuthenticatedChannel(end->device->handle, end->handle, 32,
                        trial.input, 56, NULL),
            E_INVALIDARG, "no room for the answer");
    cr_assert(channel_takes_query_number(end, end->query), "a number was spent");
    end_trial(&trial);
}

/* Step 3. */

static void expect_unsigned(const struct trial *trial, UINT len, const char *what)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_OUTPUT header;
    memcpy(&header, trial->answer, sizeof(header));
    cr_assert(rig_all(header.omac.Omac, 16, 0), "%s: there is no key, but a tag", what);
    cr_assert_eq(header.ReturnCode, E_INVALIDARG, "%s: the answer says 0x%08x", what,
            (unsigned)header.ReturnCode);
    cr_assert(rig_all(trial->answer + CHANNEL_HEADER_LEN, len - CHANNEL_HEADER_LEN, 0),
            "%s: the answer tells something", what);
}

RULE(channel_order, without_a_key_nothing_is_signed, "AC-8-03",
        "Before the key exchange every command, INITIALIZE included, and every query is refused with "
        "E_INVALIDARG, even of an unknown kind, and the tag of the answer is zero",
        PAGE_CONFIGURE)
{
    const GUID *const commands[] = { &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID,
        PROTECTION_COMMAND, &stranger };
    const GUID *const queries[] = { PROTECTION_QUERY, &stranger };
    struct trial trial;
    memset(&trial, 0, sizeof(trial));
    rig_open(&trial.rig);
    channel_create(&trial.rig, trial.rig.device, CHANNEL_SOFTWARE, &trial.end);
    for (unsigned i = 0; i < 3; i++) {
        channel_sign(&trial.end, commands[i], 1, trial.input, 56);
        expect_code(send_as_it_is(&trial, 56), E_INVALIDARG, "a command under a key of zeros");
        expect_unsigned(&trial, CHANNEL_HEADER_LEN, "a command");
    }
    for (unsigned i = 0; i < 2; i++) {
        channel_address(&trial.end, queries[i], 1, trial.input);
        expect_code(channel_ask(&trial.end, trial.input, 32, trial.answer, 56), E_INVALIDARG,
                "a query");
        expect_unsigned(&trial, 56, "a query");
    }
    channel_exchange(&trial.end);
    expect_code(channel_initialize(&trial.end, 1, 1), S_OK, "INITIALIZE, with a key");
    end_trial(&trial);
}

/* Step 4. */

RULE(channel_order, tag_comes_before_all_that_it_covers, "AC-8-04",
        "A command with a wrong tag is refused with E_INVALIDARG, even of an unknown kind or a wrong "
        "size, and spends no number",
        PAGE_CONFIGURE)
{
    struct trial trial;
    begin(&trial, CHANNEL_HARDWARE);
    struct channel_end *end = &trial.end;
    const GUID *const types[] = { PROTECTION_COMMAND, &stranger,
        &D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE_GUID,
        &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID };
    static const UINT lens[] = { 48, 55, 56, 57, 72, 128 };
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < sizeof(lens) / sizeof(lens[0]); j++) {
            channel_sign(end, types[i], end->command, trial.input, lens[j]);
            trial.input[i] ^= 1;
            HRESULT hr = send_as_it_is(&trial, lens[j]);
            cr_assert_eq(hr, E_INVALIDARG, "kind %u, %u bytes: 0x%08x", i, lens[j], (unsigned)hr);
            cr_assert(channel_is_signed(end, trial.answer, CHANNEL_HEADER_LEN),
                    "the refusal is not signed");
        }
    }
    cr_assert(channel_takes_command_number(end, end->command), "a number was spent");
    end_trial(&trial);
}

RULE(channel_order, tag_of_zeros_is_none, "AC-6-04",
        "A command whose tag is zero, or that of the whole structure with a tag of zero, is refused",
        PAGE_CONFIGURE)
{
    struct trial trial;
    begin(&trial, CHANNEL_SOFTWARE);
    struct channel_end *end = &trial.end;
    channel_sign(end, PROTECTION_COMMAND, end->command, trial.input, 56);
    memset(trial.input, 0, 16);
    expect_code(send_as_it_is(&trial, 56), E_INVALIDARG, "a tag of zeros");
    uint8_t tag[16];
    provider_omac(end->key, trial.input, 56, tag);
    memcpy(trial.input, tag, 16);
    expect_code(send_as_it_is(&trial, 56), E_INVALIDARG, "the tag of all bytes");
    cr_assert(channel_takes_command_number(end, end->command), "a number was spent");
    end_trial(&trial);
}

/* Step 5. */

RULE(channel_order, another_channels_name_comes_before_the_number, "AC-8-05",
        "A message that names another channel is refused with E_INVALIDARG, even of an unknown kind, "
        "and spends no number",
        PAGE_CONFIGURE)
{
    struct trial trial;
    begin(&trial, CHANNEL_SOFTWARE);
    struct channel_end *end = &trial.end, other = trial.end;
    const GUID *const types[] = { PROTECTION_COMMAND, &stranger,
        &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, PROTECTION_QUERY };
    const HANDLE wrong[] = { NULL, (HANDLE)((uintptr_t)end->hChannel ^ 1),
        (HANDLE)((uintptr_t)end->hChannel ^ (uintptr_t)1 << 63), end->handle.pDrvPrivate };
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < 4; j++) {
            other.hChannel = wrong[j];
            expect_code(channel_command_at(&other, end->command, types[i], trial.input, 56),
                    E_INVALIDARG, "a command with another hChannel");
            expect_code(channel_query_at(&other, end->query, types[i], trial.input, 32,
                                trial.answer, 56),
                    E_INVALIDARG, "a query with another hChannel");
        }
    }
    cr_assert(channel_takes_command_number(end, end->command), "a command's number was spent");
    cr_assert(channel_takes_query_number(end, end->query), "a query's number was spent");
    end_trial(&trial);
}

/* Step 6. */

RULE(channel_order, number_comes_before_the_kind, "AC-8-06",
        "A message whose number is not above the last one is refused with E_INVALIDARG, even of an "
        "unknown kind or of one that this type of channel lacks",
        PAGE_QUERY)
{
    struct trial trial;
    begin(&trial, CHANNEL_HARDWARE);
    struct channel_end *end = &trial.end;
    cr_assert(channel_takes_query_number(end, end->query));
    cr_assert(channel_takes_command_number(end, end->command));
    expect_code(channel_query_at(end, end->query, &stranger, trial.input, 32, trial.answer, 56),
            E_INVALIDARG, "an unknown query with an old number");
    expect_code(channel_query_at(end, end->query,
                        &D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS_COUNT,
                        trial.input, 32, trial.answer, 56),
            E_INVALIDARG, "a query that is lacking, with an old number");
    expect_code(channel_command_at(end, end->command, &stranger, trial.input, 56), E_INVALIDARG,
            "an unknown command with an old number");
    expect_code(channel_command_at(end, end->command,
                        &D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE_GUID, trial.input, 72),
            E_INVALIDARG, "a command that is lacking, with an old number");
    end_trial(&trial);
}

RULE(channel_order, initialize_comes_before_the_kind, "AC-8-06",
        "Before INITIALIZE a message of an unknown kind is refused with E_INVALIDARG",
        PAGE_CONFIGURE)
{
    struct trial trial;
    memset(&trial, 0, sizeof(trial));
    rig_open(&trial.rig);
    channel_create(&trial.rig, trial.rig.device, CHANNEL_SOFTWARE, &trial.end);
    channel_exchange(&trial.end);
    expect_code(channel_command_at(&trial.end, 5, &stranger, trial.input, 56), E_INVALIDARG,
            "an unknown command");
    expect_code(channel_query_at(&trial.end, 5, &stranger, trial.input, 32, trial.answer, 56),
            E_INVALIDARG, "an unknown query");
    end_trial(&trial);
}

/* Step 7: from here on the number is spent. */

RULE(channel_order, kind_comes_before_the_size, "AC-8-07 AC-8-10",
        "A message of an unknown kind is refused with E_FAIL, whatever its size, and spends its "
        "number",
        PAGE_QUERY)
{
    static const GUID none;
    const GUID *const types[] = { &stranger, &none };
    struct trial trial;
    begin(&trial, CHANNEL_SOFTWARE);
    struct channel_end *end = &trial.end;
    for (unsigned i = 0; i < 2; i++) {
        for (UINT len = CHANNEL_HEADER_LEN; len < CHANNEL_MESSAGE_MAX_LEN; len += 7) {
            expect_code(channel_command(end, types[i], trial.input, len), E_FAIL,
                    "an unknown command");
            expect_code(channel_query(end, types[i], trial.input, len, trial.answer, 56), E_FAIL,
                    "an unknown query");
        }
    }
    cr_assert_not(channel_takes_command_number(end, end->command - 1), "the number is still good");
    cr_assert_not(channel_takes_query_number(end, end->query - 1), "the number is still good");
    end_trial(&trial);
}

RULE(channel_order, a_query_is_no_command, "AC-8-07",
        "The id of a query is no command, that of a command no query: E_FAIL", PAGE_QUERY)
{
    struct trial trial;
    begin(&trial, CHANNEL_SOFTWARE);
    struct channel_end *end = &trial.end;
    for (unsigned i = 0; i < CHANNEL_QUERIES; i++) {
        expect_code(channel_command(end, channel_queries[i].type, trial.input, 56), E_FAIL,
                channel_queries[i].name);
    }
    for (unsigned i = 0; i < CHANNEL_COMMANDS; i++) {
        expect_code(channel_query(end, channel_commands[i].type, trial.input, 32, trial.answer, 56),
                E_FAIL, channel_commands[i].name);
    }
    expect_code(channel_query(end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, trial.input,
                        32, trial.answer, 56),
            E_FAIL, "INITIALIZE as a query");
    end_trial(&trial);
}

RULE(channel_order, lacking_kinds_come_before_the_size, "AC-8-07 AC-8-10",
        "A kind that this type of channel lacks is refused with E_FAIL, whatever its size and "
        "contents, and spends its number",
        PAGE_QUERY)
{
    struct trial trial;
    begin(&trial, CHANNEL_HARDWARE);
    struct channel_end *end = &trial.end;
    expect_code(channel_command(end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_SHARED_RESOURCE_GUID,
                        trial.input, 50),
            E_FAIL, "SHARED_RESOURCE");
    expect_code(channel_query(end,
                        &D3D11_1DDI_AUTHENTICATED_QUERY_RESTRICTED_SHARED_RESOURCE_PROCESS,
                        trial.input, 33, trial.answer, 50),
            E_FAIL, "RESTRICTED_SHARED_RESOURCE_PROCESS");
    cr_assert_not(channel_takes_command_number(end, end->command - 1), "the number is still good");
    cr_assert_not(channel_takes_query_number(end, end->query - 1), "the number is still good");
    end_trial(&trial);
}

/* Step 8. */

static void expect_refused_sizes(struct channel_stage *stage, unsigned number, UINT len,
        UINT answer_len)
{
    const struct channel_kind *kind = &channel_queries[number];
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN], answer[CHANNEL_MESSAGE_MAX_LEN];
    channel_fill_query(stage, number, input);
    HRESULT hr = channel_query(&stage->end, kind->type, input, len, answer, answer_len);
    cr_assert_eq(hr, E_INVALIDARG, "%s with %u and %u bytes: 0x%08x", kind->name, len, answer_len,
            (unsigned)hr);
    cr_assert(rig_all(answer + CHANNEL_HEADER_LEN, answer_len - CHANNEL_HEADER_LEN, 0),
            "%s: the refusal tells something", kind->name);
}

RULE(channel_order, queries_have_their_sizes, "AC-8-08 AC-8-10 AC-9-03",
        "A query with another size on either side is refused with E_INVALIDARG, signed as far as "
        "there is room, and spends its number",
        PAGE_QUERY)
{
    struct channel_stage stage;
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    struct channel_end *end = &stage.end;
    for (unsigned i = 0; i < CHANNEL_QUERIES; i++) {
        const struct channel_kind *kind = &channel_queries[i];
        for (UINT len = CHANNEL_QUERY_LEN; len <= 60; len++) {
            if (len != kind->len) {
                expect_refused_sizes(&stage, i, len, kind->answer_len);
            }
        }
        for (UINT answer_len = CHANNEL_HEADER_LEN; answer_len <= 80; answer_len++) {
            if (answer_len != kind->answer_len) {
                expect_refused_sizes(&stage, i, kind->len, answer_len);
            }
        }
        expect_refused_sizes(&stage, i, kind->len + 4, kind->answer_len - 4);
    }
    cr_assert_not(channel_takes_query_number(end, end->query - 1), "the number is still good");
    channel_stage_close(&stage);
}

RULE(channel_order, commands_have_their_sizes, "AC-8-08 AC-8-10 AC-9-02 AC-9-03",
        "An authentic command of another size is refused with E_INVALIDARG, does nothing and spends "
        "its number",
        PAGE_CONFIGURE)
{
    struct channel_stage stage;
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN];
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    struct channel_end *end = &stage.end;
    for (unsigned i = 0; i < CHANNEL_COMMANDS; i++) {
        const struct channel_kind *kind = &channel_commands[i];
        for (UINT len = CHANNEL_HEADER_LEN; len <= CHANNEL_MESSAGE_MAX_LEN; len++) {
            channel_fill_command(&stage, i, input);
            if (i == 0) {
                input[48] = 3;
            }
            HRESULT hr =
                    len == kind->len ? E_INVALIDARG : channel_command(end, kind->type, input, len);
            cr_assert_eq(hr, E_INVALIDARG, "%s with %u bytes: 0x%08x", kind->name, len,
                    (unsigned)hr);
        }
    }
    cr_assert_eq(channel_flags(end) & CHANNEL_FULLSCREEN, 0, "a refused command set a flag");
    cr_assert_not(channel_takes_command_number(end, end->command - 1), "the number is still good");
    channel_stage_close(&stage);
}

RULE(channel_order, initialize_has_its_size, "AC-8-08",
        "INITIALIZE of another size is refused with E_INVALIDARG and initializes nothing",
        PAGE_CONFIGURE)
{
    struct trial trial;
    memset(&trial, 0, sizeof(trial));
    rig_open(&trial.rig);
    channel_create(&trial.rig, trial.rig.device, CHANNEL_SOFTWARE, &trial.end);
    channel_exchange(&trial.end);
    for (UINT len = CHANNEL_HEADER_LEN; len < 80; len++) {
        HRESULT hr = len == sizeof(trial.end.initialize)
                ? E_INVALIDARG
                : channel_command_at(&trial.end, 0,
                          &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, trial.input, len);
        cr_assert_eq(hr, E_INVALIDARG, "%u bytes: 0x%08x", len, (unsigned)hr);
    }
    cr_assert_not(channel_takes_query_number(&trial.end, 1), "the channel is initialized");
    expect_code(channel_initialize(&trial.end, 1, 1), S_OK, "INITIALIZE");
    end_trial(&trial);
}

/* Steps 9 and 10. */

RULE(channel_order, refused_contents_spend_the_number, "AC-8-10",
        "An authentic message that is refused for what it asks spends its number, so that it cannot "
        "be sent again when it would be accepted",
        PAGE_CONFIGURE)
{
    struct channel_stage stage;
    struct channel_end *end = &stage.end;
    uint8_t bytes[CHANNEL_MESSAGE_MAX_LEN] = { 0 };
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    struct channel_end other;
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    channel_open(&stage.rig, stage.rig.device, CHANNEL_SOFTWARE, &other);
    expect_code(channel_set_flags(&other, 3), S_OK, "both flags, by another channel");
    UINT number = end->command++;
    expect_code(channel_command_at(end, number, PROTECTION_COMMAND, bytes, 56), E_INVALIDARG,
            "clearing another channel's flags");
    expect_code(channel_set_flags(&other, 0), S_OK, "the other channel clears them");
    expect_code(channel_send(end, bytes, 56, &answer), E_INVALIDARG, "the same message again");
    cr_assert_not(channel_takes_command_number(end, number), "the number is still good");
    uint8_t room[72];
    expect_code(channel_query(end, &D3D11_1DDI_AUTHENTICATED_QUERY_CRYPTO_SESSION, bytes, 40, room,
                        72),
            E_INVALIDARG, "an unknown decoder");
    cr_assert_not(channel_takes_query_number(end, end->query - 1), "the number is still good");
    channel_close(&other);
    channel_stage_close(&stage);
}
