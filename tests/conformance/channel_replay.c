/* SPDX-License-Identifier: MIT */
/* A recorded channel, given byte for byte to a new one. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/channel_end.h"

RULE_GROUP(channel_replay, "Authenticated channels: replay");

#define PAGE_CONFIGURE "PFND3D11_1DDI_CONFIGUREAUTHENTICATEDCHANNEL"
#define PAGE_OVERVIEW "GPU-Based Content Protection"

/* What somebody between application and driver sees of a channel. */
struct record {
    uint8_t block[PROVIDER_BLOCK_LEN];
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_INITIALIZE initialize;
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION command;
    D3D11_1DDI_AUTHENTICATED_QUERY_INPUT query;
};

/* A channel with one message of each kind, all accepted. */
static void record(struct rig *rig, struct record *record, struct channel_end *end)
{
    D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION_OUTPUT answer;
    channel_open(rig, rig->device, CHANNEL_SOFTWARE, end);
    memset(record, 0, sizeof(*record));
    memcpy(record->block, end->block, sizeof(record->block));
    record->initialize = end->initialize;
    record->command.Protections.Value = 3;
    expect_code(channel_command(end, &D3D11_1DDI_AUTHENTICATED_CONFIGURE_PROTECTION_GUID,
                        &record->command, sizeof(record->command)),
            S_OK, "PROTECTION");
    expect_code(channel_query(end, &D3D11_1DDI_AUTHENTICATED_QUERY_PROTECTION, &record->query,
                        sizeof(record->query), &answer, sizeof(answer)),
            S_OK, "the query PROTECTION");
}

static void expect_refused_messages(const struct channel_end *end, const struct record *record)
{
    D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT answer;
    uint8_t told[56];
    expect_code(channel_send(end, &record->initialize, sizeof(record->initialize), &answer),
            E_INVALIDARG, "the recorded INITIALIZE");
    expect_code(channel_send(end, &record->command, sizeof(record->command), &answer), E_INVALIDARG,
            "the recorded command");
    expect_code(channel_ask(end, &record->query, sizeof(record->query), told, sizeof(told)),
            E_INVALIDARG, "the recorded query");
}

/* Whether the block is taken does not matter: nobody but the application knows the key. */
static void expect_refused_replay(struct rig *rig, const struct record *record)
{
    struct channel_end fresh, keyed;
    channel_create(rig, rig->device, CHANNEL_SOFTWARE, &fresh);
    expect_refused_messages(&fresh, record);
    (void)channel_negotiate(&fresh, sizeof(record->block), record->block);
    expect_refused_messages(&fresh, record);
    channel_create(rig, rig->device, CHANNEL_SOFTWARE, &keyed);
    channel_exchange(&keyed);
    expect_code(channel_initialize(&keyed, 0, 0), S_OK, "INITIALIZE"); /* all numbers are above */
    expect_refused_messages(&keyed, record);
    cr_assert_eq(channel_flags(&keyed) & CHANNEL_FULLSCREEN, 0, "the replay was executed");
    channel_close(&keyed);
    channel_close(&fresh);
}

RULE(channel_replay, on_the_same_channel, "AC-7-03 AC-7-08",
        "Every message of a channel, sent once more, is refused", PAGE_CONFIGURE)
{
    struct rig rig;
    struct record seen;
    struct channel_end end;
    rig_open(&rig);
    record(&rig, &seen, &end);
    expect_code(channel_set_flags(&end, CHANNEL_PROTECTED), S_OK, "the flag is cleared");
    expect_code(channel_negotiate(&end, sizeof(seen.block), seen.block), E_INVALIDARG,
            "the recorded block");
    expect_refused_messages(&end, &seen);
    cr_assert_eq(channel_flags(&end) & CHANNEL_FULLSCREEN, 0, "the replay was executed");
    channel_close(&end);
    rig_close(&rig);
}

RULE(channel_replay, on_a_new_channel, "AC-7-08",
        "A recorded channel is refused by a new channel of the same device", PAGE_OVERVIEW)
{
    struct rig rig;
    struct record seen;
    struct channel_end end;
    rig_open(&rig);
    record(&rig, &seen, &end);
    channel_close(&end);
    expect_refused_replay(&rig, &seen);
    rig_close(&rig);
}

RULE(channel_replay, after_all_was_closed, "AC-7-08",
        "A recorded channel is refused when adapter and device were opened anew; a device that the "
        "suite starts was ended and started in between",
        PAGE_OVERVIEW)
{
    struct rig rig;
    struct record seen;
    struct channel_end end;
    rig_open(&rig);
    record(&rig, &seen, &end);
    channel_close(&end);
    rig_close(&rig);
    rig_open(&rig);
    expect_refused_replay(&rig, &seen);
    rig_close(&rig);
}

static void record_to(int file)
{
    struct rig rig;
    struct record seen;
    struct channel_end end;
    rig_open(&rig);
    record(&rig, &seen, &end);
    channel_close(&end);
    rig_close(&rig);
    _exit(write(file, &seen, sizeof(seen)) == (ssize_t)sizeof(seen) ? 0 : 1);
}

RULE(channel_replay, in_another_process, "AC-7-08",
        "A recorded channel of one process is refused in another one", PAGE_OVERVIEW)
{
    struct rig rig;
    struct record seen;
    int ends[2], status;
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        record_to(ends[1]);
    }
    close(ends[1]);
    ssize_t len = read(ends[0], &seen, sizeof(seen));
    close(ends[0]);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(len, (ssize_t)sizeof(seen), "the other process has no channel");
    rig_open(&rig);
    expect_refused_replay(&rig, &seen);
    rig_close(&rig);
}
