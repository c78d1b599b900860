/* SPDX-License-Identifier: MIT */
/* INITIALIZE, and the numbers of queries and commands. */
#include <string.h>

#include "tests/conformance/channel_end.h"

RULE_GROUP(channel_initialize, "Authenticated channels: INITIALIZE");
RULE_GROUP(channel_number, "Authenticated channels: sequence numbers");

#define PAGE_INITIALIZE "D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE"
#define PAGE_CONFIGURE "PFND3D11_1DDI_CONFIGUREAUTHENTICATEDCHANNEL"
#define PAGE_QUERY "PFND3D11_1DDI_QUERYAUTHENTICATEDCHANNEL"

struct trial {
    struct rig rig;
    struct channel_end end;
};

/* With a key. */
static void begin(struct trial *trial, channel_type type)
{
    rig_open(&trial->rig);
    channel_create(&trial->rig, trial->rig.device, type, &trial->end);
    channel_exchange(&trial->end);
}

static void begin_at(struct trial *trial, UINT query, UINT command)
{
    begin(trial, CHANNEL_SOFTWARE);
    expect_code(channel_initialize(&trial->end, query, command), S_OK, "INITIALIZE");
}

static void end_trial(struct trial *trial)
{
    channel_close(&trial->end);
    rig_close(&trial->rig);
}

static void expect_initialized(channel_type type)
{
    struct trial trial;
    begin(&trial, type);
    expect_code(channel_initialize(&trial.end, 100, 900), S_OK, "INITIALIZE");
    cr_assert(channel_takes_query_number(&trial.end, 100), "the first query's number");
    cr_assert(channel_takes_command_number(&trial.end, 900), "the first command's number");
    end_trial(&trial);
}

RULE(channel_initialize, begins_the_numbers_of_software, "AC-5-01 AC-7-01",
        "INITIALIZE sets the first number of queries and that of commands (DRIVER_SOFTWARE)",
        PAGE_INITIALIZE)
{
    expect_initialized(CHANNEL_SOFTWARE);
}

RULE(channel_initialize, begins_the_numbers_of_hardware, "AC-5-01 AC-7-01",
        "INITIALIZE sets the first number of queries and that of commands (DRIVER_HARDWARE)",
        PAGE_INITIALIZE)
{
    expect_initialized(CHANNEL_HARDWARE);
}

static HRESULT initialize_with(struct channel_end *end, UINT number, UINT query, UINT command)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE input;
    memset(&input, 0, sizeof(input));
    input.StartSequenceQuery = query;
    input.StartSequenceConfigure = command;
    return channel_command_at(end, number, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE_GUID,
            &input, sizeof(input));
}

RULE(channel_initialize, its_own_number_is_ignored, "AC-9-09",
        "The SequenceNumber of INITIALIZE itself is ignored", PAGE_INITIALIZE)
{
    static const UINT numbers[] = { 0, 1, 899, 900, 0xFFFFFFFF };
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct trial trial;
        begin(&trial, CHANNEL_SOFTWARE);
        expect_code(initialize_with(&trial.end, numbers[i], 100, 900), S_OK, "INITIALIZE");
        cr_assert(channel_takes_command_number(&trial.end, 900));
        end_trial(&trial);
    }
}

RULE(channel_initialize, is_accepted_once, "AC-5-02 AC-9-09",
        "A second INITIALIZE is refused with E_INVALIDARG, whatever its number, and the numbers go "
        "on as they were",
        PAGE_INITIALIZE)
{
    struct trial trial;
    begin_at(&trial, 100, 900);
    expect_code(initialize_with(&trial.end, 0, 100, 900), E_INVALIDARG, "the same once more");
    expect_code(initialize_with(&trial.end, 901, 1, 1), E_INVALIDARG, "another INITIALIZE");
    cr_assert_not(channel_takes_query_number(&trial.end, 1), "the numbers began anew");
    cr_assert_not(channel_takes_command_number(&trial.end, 1), "the numbers began anew");
    cr_assert(channel_takes_query_number(&trial.end, 100));
    cr_assert(channel_takes_command_number(&trial.end, 900));
    end_trial(&trial);
}

RULE(channel_initialize, comes_before_all_else, "AC-7-04",
        "Before INITIALIZE every query and every other command is refused with E_INVALIDARG",
        PAGE_CONFIGURE)
{
    struct trial trial;
    uint8_t input[CHANNEL_MESSAGE_MAX_LEN], answer[CHANNEL_MESSAGE_MAX_LEN];
    begin(&trial, CHANNEL_SOFTWARE);
    for (unsigned i = 0; i < CHANNEL_COMMANDS; i++) {
        const struct channel_kind *kind = &channel_commands[i];
        memset(input, 0, sizeof(input));
        expect_code(channel_command_at(&trial.end, 7, kind->type, input, kind->len), E_INVALIDARG,
                kind->name);
    }
    for (unsigned i = 0; i < CHANNEL_QUERIES; i++) {
        const struct channel_kind *kind = &channel_queries[i];
        memset(input, 0, sizeof(input));
        expect_code(channel_query_at(&trial.end, 7, kind->type, input, kind->len, answer,
                            kind->answer_len),
                E_INVALIDARG, kind->name);
    }
    expect_code(channel_initialize(&trial.end, 7, 7), S_OK, "INITIALIZE");
    cr_assert(channel_takes_query_number(&trial.end, 7), "a refused query spent a number");
    cr_assert(channel_takes_command_number(&trial.end, 7), "a refused command spent a number");
    end_trial(&trial);
}

RULE(channel_number, may_leave_gaps, "AC-7-02",
        "A number above the last one is accepted, however far", PAGE_CONFIGURE)
{
    static const UINT numbers[] = { 10, 11, 13, 1000, 0x80000000, 0xFFFFFFF0 };
    struct trial trial;
    begin_at(&trial, 10, 10);
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        cr_assert(channel_takes_query_number(&trial.end, numbers[i]), "query %u", numbers[i]);
        cr_assert(channel_takes_command_number(&trial.end, numbers[i]), "command %u", numbers[i]);
    }
    end_trial(&trial);
}

RULE(channel_number, may_begin_above_its_start, "AC-7-05",
        "The first number is the start value or one above it; one below is refused", PAGE_CONFIGURE)
{
    struct trial trial;
    begin_at(&trial, 10, 20);
    cr_assert_not(channel_takes_query_number(&trial.end, 9));
    cr_assert_not(channel_takes_command_number(&trial.end, 19));
    cr_assert_not(channel_takes_query_number(&trial.end, 0));
    cr_assert_not(channel_takes_command_number(&trial.end, 0));
    cr_assert(channel_takes_query_number(&trial.end, 15));
    cr_assert(channel_takes_command_number(&trial.end, 25));
    cr_assert_not(channel_takes_query_number(&trial.end, 14));
    cr_assert_not(channel_takes_command_number(&trial.end, 24));
    end_trial(&trial);
}

RULE(channel_number, of_a_query_must_grow, "AC-7-03",
        "A query whose number is not above that of the query before is refused with E_INVALIDARG",
        PAGE_QUERY)
{
    struct trial trial;
    begin_at(&trial, 10, 10);
    cr_assert(channel_takes_query_number(&trial.end, 50));
    cr_assert_not(channel_takes_query_number(&trial.end, 50), "the same number");
    cr_assert_not(channel_takes_query_number(&trial.end, 49), "a lower number");
    cr_assert_not(channel_takes_query_number(&trial.end, 10), "the start value");
    cr_assert(channel_takes_query_number(&trial.end, 51), "the next number, after refused ones");
    end_trial(&trial);
}

RULE(channel_number, of_a_command_must_grow, "AC-7-03",
        "A command whose number is not above that of the command before is refused with "
        "E_INVALIDARG",
        PAGE_CONFIGURE)
{
    struct trial trial;
    begin_at(&trial, 10, 10);
    cr_assert(channel_takes_command_number(&trial.end, 50));
    cr_assert_not(channel_takes_command_number(&trial.end, 50), "the same number");
    cr_assert_not(channel_takes_command_number(&trial.end, 49), "a lower number");
    cr_assert_not(channel_takes_command_number(&trial.end, 10), "the start value");
    cr_assert(channel_takes_command_number(&trial.end, 51), "the next number, after refused ones");
    end_trial(&trial);
}

RULE(channel_number, counts_each_kind_for_itself, "AC-7-06 AC-9-04",
        "Queries and commands have numbers of their own: none is spent, and none accepted, by the "
        "other kind",
        PAGE_QUERY)
{
    struct trial trial;
    begin_at(&trial, 100, 900);
    cr_assert_not(channel_takes_command_number(&trial.end, 100), "the queries' start value");
    cr_assert_not(channel_takes_command_number(&trial.end, 899));
    cr_assert(channel_takes_query_number(&trial.end, 5000));
    cr_assert(channel_takes_command_number(&trial.end, 900), "a query spent a command's number");
    cr_assert(channel_takes_command_number(&trial.end, 9000));
    cr_assert(channel_takes_query_number(&trial.end, 5001), "a command spent a query's number");
    end_trial(&trial);
}

RULE(channel_number, ends_at_its_last, "AC-7-07",
        "Behind 2^32 - 1 comes nothing: 0 and all others are refused", PAGE_CONFIGURE)
{
    static const UINT numbers[] = { 0, 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF };
    struct trial trial;
    begin_at(&trial, 0xFFFFFFFE, 0xFFFFFFFE);
    for (UINT i = 0; i < 2; i++) {
        cr_assert(channel_takes_query_number(&trial.end, 0xFFFFFFFE + i));
        cr_assert(channel_takes_command_number(&trial.end, 0xFFFFFFFE + i));
    }
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        cr_assert_not(channel_takes_query_number(&trial.end, numbers[i]), "query %u", numbers[i]);
        cr_assert_not(channel_takes_command_number(&trial.end, numbers[i]), "command %u",
                numbers[i]);
    }
    end_trial(&trial);
}

RULE(channel_number, may_begin_at_zero, "AC-7-01", "0 and 2^32 - 1 are start values like others",
        PAGE_INITIALIZE)
{
    struct trial trial;
    begin_at(&trial, 0, 0xFFFFFFFF);
    cr_assert(channel_takes_query_number(&trial.end, 0));
    cr_assert_not(channel_takes_query_number(&trial.end, 0), "0 twice");
    cr_assert_not(channel_takes_command_number(&trial.end, 0xFFFFFFFE));
    cr_assert(channel_takes_command_number(&trial.end, 0xFFFFFFFF));
    end_trial(&trial);
}
