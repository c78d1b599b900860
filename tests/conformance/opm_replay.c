/* SPDX-License-Identifier: MIT */
/* A recorded session of OPM, given byte for byte to a new object. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/opm_stage.h"

RULE_GROUP(opm_replay, "Output protection: replay");

#define PAGE_KEY "DXGKDDI_OPM_SET_SIGNING_KEY_AND_SEQUENCE_NUMBERS"

/* What somebody between application and driver sees. */
struct record {
    DXGKMDT_OPM_ENCRYPTED_PARAMETERS block;
    DXGKMDT_OPM_GET_INFO_PARAMETERS request;
    DXGKMDT_OPM_CONFIGURE_PARAMETERS command;
};

static void record(struct opm_stage *stage, struct record *record)
{
    struct opm_party party;
    DXGKMDT_OPM_REQUESTED_INFORMATION answer;
    OPM_SET_PROTECTION_LEVEL_PARAMETERS set = { OPM_PROTECTION_TYPE_HDCP, OPM_HDCP_OFF, 0, 0 };
    opm_open(stage, &party);
    record->block = party.block;
    opm_request(&party, &OPM_GET_CONNECTOR_TYPE, NULL, 0, &record->request);
    expect_status(opm_ask(&party, &record->request, &answer), STATUS_SUCCESS, "a request");
    opm_command(&party, &OPM_SET_PROTECTION_LEVEL, &set, sizeof(set), &record->command);
    expect_status(opm_configure(&party, &record->command, NULL, 0), STATUS_SUCCESS, "a command");
    opm_destroy(&party);
}

static void expect_refused_messages(struct opm_party *party, const struct record *record)
{
    opm_expect_request_refused(party, &record->request,
            STATUS_GRAPHICS_OPM_INVALID_INFORMATION_REQUEST, "the recorded request");
    opm_expect_command_refused(party, &record->command,
            STATUS_GRAPHICS_OPM_INVALID_CONFIGURATION_REQUEST, "the recorded command");
}

static void expect_refused_replay(struct opm_stage *stage, const struct record *record)
{
    struct opm_party fresh, keyed;
    opm_create(stage, &fresh);
    opm_get_random(&fresh);
    expect_status(opm_set_key(&fresh, &record->block),
            STATUS_GRAPHICS_OPM_INVALID_ENCRYPTED_PARAMETERS, "the recorded block");
    expect_refused_messages(&fresh, record);
    opm_open(stage, &keyed);
    expect_refused_messages(&keyed, record);
    opm_expect_alive(&keyed, "an object of our own");
    opm_destroy(&keyed);
    opm_destroy(&fresh);
}

RULE(opm_replay, on_a_new_object, "OP-6-20",
        "A recorded session is refused by a new object, from its "
        "256 bytes on",
        PAGE_KEY)
{
    struct opm_stage stage;
    struct record seen;
    opm_stage_open(&stage);
    record(&stage, &seen);
    expect_refused_replay(&stage, &seen);
    opm_stage_close(&stage);
}

RULE(opm_replay, after_all_was_closed, "OP-6-20",
        "A recorded session is refused when adapter and device "
        "were opened anew; a device that the suite starts was ended and started in between",
        PAGE_KEY)
{
    struct opm_stage stage;
    struct record seen;
    opm_stage_open(&stage);
    record(&stage, &seen);
    opm_stage_close(&stage);
    opm_stage_open(&stage);
    expect_refused_replay(&stage, &seen);
    opm_stage_close(&stage);
}

static void record_to(int file)
{
    struct opm_stage stage;
    struct record seen;
    opm_stage_open(&stage);
    record(&stage, &seen);
    opm_stage_close(&stage);
    _exit(write(file, &seen, sizeof(seen)) == (ssize_t)sizeof(seen) ? 0 : 1);
}

static size_t read_all(int file, void *bytes, size_t len)
{
    size_t done = 0;
    ssize_t part = 1;
    while (done < len && part > 0) {
        part = read(file, (char *)bytes + done, len - done);
        done += part > 0 ? (size_t)part : 0;
    }
    return done;
}

RULE(opm_replay, in_another_process, "OP-6-20",
        "A recorded session of one process is refused in another "
        "one",
        PAGE_KEY)
{
    struct opm_stage stage;
    struct record seen;
    int ends[2], status;
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        record_to(ends[1]);
    }
    close(ends[1]);
    size_t len = read_all(ends[0], &seen, sizeof(seen));
    close(ends[0]);
    cr_assert_eq(waitpid(child, &status, 0), child);
    opm_stage_open(&stage); /* here it is known whether there is anything to be tested */
    cr_assert_eq(len, sizeof(seen), "the other process had no session to record");
    expect_refused_replay(&stage, &seen);
    opm_stage_close(&stage);
}
