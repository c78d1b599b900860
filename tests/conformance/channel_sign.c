/* SPDX-License-Identifier: MIT */
/* What tags cover: a bit changed at whatever byte, and messages of one channel given to another. */
#include <string.h>

#include "tests/conformance/channel_end.h"

RULE_GROUP(channel_sign, "Authenticated channels: signatures");

#define PAGE_OMAC "D3D11_1DDI_OMAC"
#define PAGE_CONFIGURE "PFND3D11_1DDI_CONFIGUREAUTHENTICATEDCHANNEL"
#define PAGE_QUERY "PFND3D11_1DDI_QUERYAUTHENTICATEDCHANNEL"

RULE(channel_sign, answers_are_signed_to_their_last_byte, "AC-6-01 AC-6-02 AC-6-03 AC-9-01",
        "The tag of every answer covers all that follows it, padding included, and unused bytes are "
        "zero",
        PAGE_OMAC)
{
    struct channel_stage stage;
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN], answer[CHANNEL_MESSAGE_MAX_LEN];
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    for (unsigned i = 0; i < CHANNEL_QUERIES; i++) {
        const struct channel_kind *kind = &channel_queries[i];
        channel_fill_query(&stage, i, input);
        (void)channel_query(&stage.end, kind->type, input, kind->len, answer, kind->answer_len);
        for (UINT at = 0; at < kind->answer_len; at++) {
            answer[at] ^= 0x20;
            cr_assert_not(channel_is_signed(&stage.end, answer, kind->answer_len), "%s, byte %u",
                    kind->name, at);
            answer[at] ^= 0x20;
        }
    }
    /* Tails behind a 4-byte member that ends at 52 of 56. */
    expect_code(channel_query(&stage.end, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, input, 32,
                        answer, 56),
            S_OK, "PROTECTION");
    expect_all(answer + 52, 4, 0, "the padding of PROTECTION is not zero");
    channel_stage_close(&stage);
}

RULE(channel_sign, refusals_are_signed, "AC-8-11",
        "The answer of a refused message is signed, repeats its header, says what the call returned "
        "and tells nothing else",
        PAGE_QUERY)
{
    static const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    struct channel_stage stage;
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN] = { 0 }, answer[80];
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    struct channel_end *end = &stage.end; /* each of these looks at tag, header and code */
    expect_code(channel_query(end, &stranger, input, 32, answer, 80), E_FAIL, "an unknown query");
    expect_all(answer + CHANNEL_HEADER_LEN, 32, 0, "it tells something");
    expect_code(channel_query_at(end, 0, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, input, 32,
                        answer, 56),
            E_INVALIDARG, "an old number");
    expect_all(answer + CHANNEL_HEADER_LEN, 8, 0, "it tells something");
    expect_code(channel_command(end, &stranger, input, 48), E_FAIL, "an unknown command");
    expect_code(channel_command_at(end, 0, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID,
                        input, 56),
            E_INVALIDARG, "an old number");
    channel_stage_close(&stage);
}

/* A command with one bit changed. */
static void expect_refused_change(const struct channel_end *end, const void *message, UINT len,
        UINT at, D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT *answer)
{
    uint8_t bytes[CHANNEL_MESSAGE_MAX_LEN];
    memcpy(bytes, message, len);
    bytes[at] ^= (uint8_t)(1 << at % 8);
    HRESULT hr = channel_send(end, bytes, len, answer);
    cr_assert_eq(hr, E_INVALIDARG, "byte %u: returned 0x%08x", at, (unsigned)hr);
}

RULE(channel_sign, no_byte_of_a_command_can_be_changed, "AC-6-01 AC-8-04",
        "Every command with one bit changed, at whatever byte, is refused with E_INVALIDARG and does "
        "nothing; the command as it was is accepted after that",
        PAGE_CONFIGURE)
{
    struct channel_stage stage;
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN];
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    struct channel_end *end = &stage.end;
    for (unsigned i = 0; i < CHANNEL_COMMANDS; i++) {
        const struct channel_kind *kind = &channel_commands[i];
        channel_fill_command(&stage, i, input);
        channel_sign(end, kind->type, end->command++, input, kind->len);
        for (UINT at = 0; at < kind->len; at++) {
            expect_refused_change(end, input, kind->len, at, &answer);
            cr_assert(channel_is_signed(end, &answer, sizeof(answer)),
                    "%s: the refusal is unsigned", kind->name);
        }
        expect_code(channel_send(end, input, kind->len, &answer), S_OK, kind->name);
    }
    channel_stage_close(&stage);
}

RULE(channel_sign, no_byte_of_initialize_can_be_changed, "AC-6-01 AC-8-04",
        "INITIALIZE with one bit changed, at whatever byte, is refused with E_INVALIDARG and "
        "initializes nothing",
        PAGE_CONFIGURE)
{
    struct rig rig;
    struct channel_end end;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE input;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    rig_open(&rig);
    channel_create(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    channel_exchange(&end);
    memset(&input, 0, sizeof(input));
    input.StartSequenceQuery = 100;
    input.StartSequenceConfigure = 200;
    channel_sign(&end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, 0, &input,
            sizeof(input));
    for (UINT at = 0; at < sizeof(input); at++) {
        expect_refused_change(&end, &input, sizeof(input), at, &answer);
    }
    expect_code(channel_send(&end, &input, sizeof(input), &answer), S_OK, "INITIALIZE as it was");
    channel_close(&end);
    rig_close(&rig);
}

static bool has_no_tag(const void *answer)
{
    static const uint8_t none[16];
    return memcmp(answer, none, sizeof(none)) == 0;
}

/* A block does not say whether it was made for a session or for a channel, so whoever has recorded
 * one of a session may have keyed this channel, and does not know the key. */
RULE(channel_sign, nothing_is_signed_for_who_has_not_shown_the_key, "AC-8-13",
        "Until a command was authentic, the tag of every answer is zero; a refusal after that is "
        "signed, also before INITIALIZE",
        PAGE_QUERY)
{
    struct rig rig;
    struct channel_end end;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE input;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    uint8_t question[CHANNEL_QUERY_LEN], told[56];
    rig_open(&rig);
    channel_create(&rig, rig.device, CHANNEL_SOFTWARE, &end);
    channel_exchange(&end);
    channel_address(&end, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, 5, question);
    expect_code(channel_ask(&end, question, sizeof(question), told, sizeof(told)), E_INVALIDARG,
            "a query");
    cr_assert(has_no_tag(told), "the refusal of a query is signed");
    memset(&input, 0, sizeof(input));
    channel_sign(&end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID, 0, &input,
            sizeof(input));
    expect_refused_change(&end, &input, sizeof(input), 0, &answer);
    cr_assert(has_no_tag(&answer), "the refusal of a wrong tag is signed");
    expect_code(channel_command_at(&end, 5, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID,
                        &input, 56),
            E_INVALIDARG, "an authentic command before INITIALIZE");
    expect_code(channel_query_at(&end, 5, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, question,
                        sizeof(question), told, sizeof(told)),
            E_INVALIDARG, "a query after it");
    channel_close(&end);
    rig_close(&rig);
}

/* A query has no tag: what somebody changed in it is refused, or shows in the signed answer, which
 * repeats the header and the handles and indices behind it. Padding says nothing. */
static bool shows_change(const struct channel_kind *kind, const uint8_t *sent,
        const uint8_t *answer)
{
    enum { PADDING_AT = 28 };
    UINT body = kind->len - CHANNEL_QUERY_LEN;
    bool same_header = memcmp(answer + 16, sent, PADDING_AT) == 0;
    UINT repeated = kind->has_index ? body - 4 : body;
    bool same_body = memcmp(answer + CHANNEL_HEADER_LEN, sent + CHANNEL_QUERY_LEN, repeated) == 0;
    return !same_header || !same_body;
}

/* The number after a changed one has to be higher than it. */
static void expect_change_shows(struct channel_stage *stage, unsigned number, UINT at)
{
    const struct channel_kind *kind = &channel_queries[number];
    uint8_t sent[CHANNEL_MESSAGE_MAX_LEN], answer[CHANNEL_MESSAGE_MAX_LEN];
    struct channel_end *end = &stage->end;
    channel_fill_query(stage, number, sent);
    channel_address(end, kind->type, end->query, sent);
    sent[at] ^= 1;
    HRESULT hr = channel_ask(end, sent, kind->len, answer, kind->answer_len);
    sent[at] ^= 1;
    cr_assert(channel_is_signed(end, answer, kind->answer_len), "%s, byte %u: unsigned", kind->name,
            at);
    bool padding = (at >= 28 && at < 32) || (kind->has_index && at >= kind->len - 4);
    cr_assert(hr != S_OK || padding || shows_change(kind, sent, answer),
            "%s, byte %u: the answer passes as that of the query before the change", kind->name,
            at);
    end->query = ((at >= 24 && at < 28 ? end->query | 1u << (at - 24) * 8 : end->query)) + 2;
}

RULE(channel_sign, changes_of_a_query_show, "AC-6-05",
        "A query with one bit changed, at whatever byte, is refused, or its signed answer shows the "
        "change",
        PAGE_QUERY)
{
    struct channel_stage stage;
    channel_stage_open(&stage, CHANNEL_SOFTWARE);
    for (unsigned i = 0; i < CHANNEL_QUERIES; i++) {
        for (UINT at = 0; at < channel_queries[i].len; at++) {
            expect_change_shows(&stage, i, at);
        }
    }
    channel_stage_close(&stage);
}

struct pair {
    struct rig rig;
    struct channel_end one, two;
};

static void open_pair(struct pair *pair)
{
    rig_open(&pair->rig);
    channel_open(&pair->rig, pair->rig.device, CHANNEL_SOFTWARE, &pair->one);
    channel_open(&pair->rig, pair->rig.device, CHANNEL_SOFTWARE, &pair->two);
    UINT query = pair->one.query > pair->two.query ? pair->one.query : pair->two.query;
    UINT command = pair->one.command > pair->two.command ? pair->one.command : pair->two.command;
    pair->one.query = pair->two.query = query;
    pair->one.command = pair->two.command = command;
}

static void close_pair(struct pair *pair)
{
    channel_close(&pair->two);
    channel_close(&pair->one);
    rig_close(&pair->rig);
}

RULE(channel_sign, commands_of_another_channel_are_refused, "AC-8-04 AC-8-05",
        "A command of one channel, given to another, is refused and does nothing there; so is one "
        "that was signed with the other channel's key for this channel",
        PAGE_CONFIGURE)
{
    struct pair pair;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION input;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    open_pair(&pair);
    memset(&input, 0, sizeof(input));
    input.Protections.Value = 3;
    channel_sign(&pair.one, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID, pair.one.command,
            &input, sizeof(input));
    expect_code(channel_send(&pair.two, &input, sizeof(input), &answer), E_INVALIDARG,
            "the other channel's command");
    cr_assert(channel_is_signed(&pair.two, &answer, sizeof(answer)));
    struct channel_end mixed = pair.two;
    memcpy(mixed.key, pair.one.key, sizeof(mixed.key));
    channel_sign(&mixed, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID, pair.two.command,
            &input, sizeof(input));
    expect_code(channel_send(&pair.two, &input, sizeof(input), &answer), E_INVALIDARG,
            "a command under the other channel's key");
    cr_assert_eq(channel_flags(&pair.one) & CHANNEL_FULLSCREEN, 0, "it was executed");
    cr_assert(channel_takes_command_number(&pair.two, pair.two.command), "a number was spent");
    close_pair(&pair);
}

RULE(channel_sign, answers_of_another_channel_do_not_pass, "AC-6-06 AC-8-05",
        "A query of one channel, given to another, is refused, and no answer of one channel is "
        "signed with the key of another",
        PAGE_QUERY)
{
    struct pair pair;
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT input;
    D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT answer;
    open_pair(&pair);
    channel_address(&pair.one, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, pair.one.query, &input);
    expect_code(channel_ask(&pair.two, &input, sizeof(input), &answer, sizeof(answer)),
            E_INVALIDARG, "the other channel's query");
    cr_assert(channel_is_signed(&pair.two, &answer, sizeof(answer)));
    cr_assert_not(channel_is_signed(&pair.one, &answer, sizeof(answer)),
            "the answer passes as the other channel's");
    expect_code(channel_ask(&pair.one, &input, sizeof(input), &answer, sizeof(answer)), S_OK,
            "the channel's own query");
    cr_assert(channel_is_signed(&pair.one, &answer, sizeof(answer)));
    cr_assert_not(channel_is_signed(&pair.two, &answer, sizeof(answer)));
    close_pair(&pair);
}

/* A refused query's answer, of whatever length, has the layout of a command that nobody signed. */
static void send_back(struct pair *pair, UINT number, HRESULT wanted)
{
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN] = { 0 }, answer[CHANNEL_MESSAGE_MAX_LEN];
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT told;
    struct channel_end *end = &pair->one;
    for (unsigned i = 0; i < CHANNEL_COMMANDS; i++) {
        const struct channel_kind *kind = &channel_commands[i];
        expect_code(channel_query_at(end, number + (wanted == E_FAIL ? i : 0), kind->type, input,
                            CHANNEL_QUERY_LEN, answer, kind->len),
                wanted, "a query by the name of a command");
        HRESULT hr = channel_send(end, answer, kind->len, &told);
        cr_assert(FAILED(hr), "%s: an answer was accepted as a command", kind->name);
    }
}

RULE(channel_sign, answers_are_no_commands, "AC-8-12",
        "A signed answer of the driver, sent to it as a command, is refused and does nothing",
        PAGE_CONFIGURE)
{
    struct pair pair;
    open_pair(&pair);
    struct channel_end *end = &pair.one;
    expect_code(channel_set_flags(end, 3), S_OK, "both flags");
    UINT number = (end->query > end->command ? end->query : end->command) + 1;
    send_back(&pair, number, E_FAIL);
    send_back(&pair, number, E_INVALIDARG);
    end->query = number + CHANNEL_COMMANDS;
    cr_assert_eq(channel_flags(end), 3u, "a command that nobody gave was executed");
    close_pair(&pair);
}
