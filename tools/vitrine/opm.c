/* SPDX-License-Identifier: MIT */
/* vitrine opm: what outputs are and do, and their protection, by signed requests and commands. */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/vitrine/answer.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/device_options.h"
#include "tools/vitrine/opm_answers.h"

static const char name[] = "vitrine opm";

enum { OPTION_ROOT = 0x100, OPTION_SECONDS, OPTION_INTERVAL };
enum { MAX_OUTPUTS = 16, MAX_WORDS = 16, MAX_SECONDS = 1000000, MAX_INTERVAL_MS = 2000 };

struct options {
    struct device_options device;
    struct opm_client_config client;
    bool json;
    int seconds; /* -1: without end */
    int interval_ms;
    const char *words[MAX_WORDS];
    unsigned count;
};

static int check_answers(const struct opm_client *client)
{
    if (client->lost) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, NULL, OPM_CLIENT_LOST);
    }
    return client->deceived ? vit_command_fail(VIT_EXIT_REFUSED, name, NULL,
                                      "an answer is not signed as it must be")
                            : VIT_EXIT_OK;
}

/* The first requests of the table, of each output there is. */
static int list_outputs(const struct options *options, const struct vitrine_host_tables *host)
{
    struct opm_client_config config = options->client;
    json_t *outputs = json_array();
    int code = VIT_EXIT_OK;
    for (config.output = 0; config.output < MAX_OUTPUTS && code == VIT_EXIT_OK; config.output++) {
        struct opm_client client;
        if (config.output != 0 && !opm_client_exists(host, config.output)) {
            break;
        }
        code = opm_client_open(&config, name, host, &client);
        json_t *output = json_pack("{s:i}", "output", (int)config.output);
        for (unsigned i = 0; code == VIT_EXIT_OK && i < OPM_REQUEST_LISTED; i++) {
            json_object_set_new(output, opm_requests[i].name, opm_requests[i].answer(&client));
        }
        json_array_append_new(outputs, output);
        code = code == VIT_EXIT_OK ? check_answers(&client) : code;
        opm_client_close(&client);
    }
    if (code == VIT_EXIT_OK && options->json) {
        json_dumpf(outputs, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (code == VIT_EXIT_OK) {
        size_t i;
        json_t *output;
        json_array_foreach(outputs, i, output)
        {
            vit_answer_say(output);
            putchar('\n');
        }
    }
    json_decref(outputs);
    return code;
}

static int get(const struct options *options, struct opm_client *client)
{
    json_t *answers = json_object();
    bool all = options->count == 1;
    for (unsigned i = all ? 0 : 1; i < (all ? (unsigned)OPM_REQUEST_COUNT : options->count); i++) {
        const struct opm_request *request =
                all ? &opm_requests[i] : opm_request_find(options->words[i]);
        json_object_set_new(answers, request->name, request->answer(client));
    }
    json_object_set_new(answers, "status", opm_status_names(client->status));
    int code = check_answers(client);
    if (code == VIT_EXIT_OK && options->json) {
        json_dumpf(answers, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (code == VIT_EXIT_OK) {
        vit_answer_say_lines(answers, 15);
    }
    json_decref(answers);
    return code;
}

/* What it is now, one line; said when it is not what was said last, which it replaces. */
static int say_change(const struct options *options, struct opm_client *client, json_t **last)
{
    client->status = 0;
    json_t *now = json_pack("{s:o,s:o}", "virtual-level", opm_virtual_level(client), "actual-level",
            opm_actual_level(client));
    json_object_set_new(now, "status", opm_status_names(client->status));
    int code = check_answers(client);
    if (code == VIT_EXIT_OK && !json_equal(now, *last)) {
        if (options->json) {
            json_dumpf(now, stdout, JSON_COMPACT);
        } else {
            vit_answer_say(now);
        }
        putchar('\n');
        fflush(stdout);
    }
    json_decref(*last);
    *last = now;
    return code;
}

/* What was commanded stands as long as this does. What was said last is the caller's. */
static int watch_until_over(const struct options *options, struct opm_client *client, json_t **last)
{
    const struct timespec pause = { .tv_sec = options->interval_ms / 1000,
        .tv_nsec = options->interval_ms % 1000 * 1000000L };
    uint64_t begin = vit_now_ns();
    for (;;) {
        int code = say_change(options, client, last);
        bool over = options->seconds >= 0 &&
                vit_now_ns() - begin >= (uint64_t)options->seconds * 1000000000u;
        if (code != VIT_EXIT_OK || over) {
            return code;
        }
        nanosleep(&pause, NULL);
    }
}

static int watch(const struct options *options, struct opm_client *client)
{
    json_t *last = json_null();
    int code = watch_until_over(options, client, &last);
    json_decref(last);
    return code;
}

/* Off is what this program wants; on is what the link is. */
static int check_level(const struct options *options, json_t *last)
{
    const char *type = options->words[1];
    const char *wanted = options->words[2];
    json_t *levels =
            json_object_get(last, strcmp(wanted, "on") == 0 ? "actual-level" : "virtual-level");
    const char *level = json_string_value(json_object_get(levels, type));
    return level != NULL && strcmp(level, wanted) == 0
            ? VIT_EXIT_OK
            : vit_command_fail(VIT_EXIT_REFUSED, name, type, "it is not %s at the end", wanted);
}

static int set(const struct options *options, struct opm_client *client)
{
    HRESULT hr = opm_client_set(client, opm_type_find(options->words[1]),
            strcmp(options->words[2], "on") == 0 ? OPM_HDCP_ON : OPM_HDCP_OFF);
    if (FAILED(hr) && !client->lost) {
        return opm_client_refused(name, options->words[1], hr);
    }
    json_t *last = json_null();
    int code = client->lost ? check_answers(client) : watch_until_over(options, client, &last);
    code = code == VIT_EXIT_OK ? check_level(options, last) : code;
    json_decref(last);
    return code;
}

static const struct argp_option list[] = {
    { "json", 'j', NULL, 0, "print as JSON; watch and set: one object per line", 0 },
    { "output", 'o', "N", 0, "which output, from 0 (0)", 0 },
    { "root", OPTION_ROOT, "FILE", 0, "trust this root, and no other", 0 },
    { "seconds", OPTION_SECONDS, "N", 0, "watch and set: end after so long (never)", 0 },
    { "interval", OPTION_INTERVAL, "MS", 0,
            "watch and set: time between two looks, at most 2000 (1000)", 0 },
    { 0 },
};

static int take_number(const char *text, int least, int most, struct argp_state *state)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < least || value > most) {
        argp_error(state, "%s: not a number from %d to %d", text, least, most);
    }
    return (int)value;
}

static void check(const struct options *options, struct argp_state *state)
{
    const char *action = options->count > 0 ? options->words[0] : "";
    if (strcmp(action, "get") == 0) {
        for (unsigned i = 1; i < options->count; i++) {
            if (opm_request_find(options->words[i]) == NULL) {
                argp_error(state, "%s: no such request", options->words[i]);
            }
        }
        return;
    }
    if (strcmp(action, "set") == 0) {
        const char *const *words = options->words;
        if (options->count != 3 || opm_type_find(words[1]) == 0 ||
                (strcmp(words[2], "on") != 0 && strcmp(words[2], "off") != 0)) {
            argp_error(state, "set takes hdcp or dpcp, and on or off");
        }
        return;
    }
    if (options->count != 1 || (strcmp(action, "list") != 0 && strcmp(action, "watch") != 0)) {
        argp_error(state, "say list, get, set or watch");
    }
}

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (option) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->client.revocation;
        state->child_inputs[1] = &options->device;
        return 0;
    case 'j':
        options->json = true;
        return 0;
    case 'o':
        options->client.output = (UINT)take_number(text, 0, MAX_OUTPUTS - 1, state);
        return 0;
    case OPTION_ROOT:
        options->client.root = text;
        return 0;
    case OPTION_SECONDS:
        options->seconds = take_number(text, 0, MAX_SECONDS, state);
        return 0;
    case OPTION_INTERVAL:
        options->interval_ms = take_number(text, 1, MAX_INTERVAL_MS, state);
        return 0;
    case ARGP_KEY_ARG:
        if (options->count == MAX_WORDS) {
            argp_error(state, "%s: too many words", text);
        }
        options->words[options->count++] = text;
        return 0;
    case ARGP_KEY_END:
        check(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int run_with(struct options *options)
{
    struct opm_client client;
    VIT_AUTO(adapter) adapter = NULL;
    int code = device_options_open(&options->device, name, &adapter);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    const struct vitrine_host_tables *host = vit_adapter_host(adapter);
    if (strcmp(options->words[0], "list") == 0) {
        return list_outputs(options, host);
    }
    code = opm_client_open(&options->client, name, host, &client);
    if (code == VIT_EXIT_OK) {
        code = strcmp(options->words[0], "get") == 0    ? get(options, &client)
                : strcmp(options->words[0], "set") == 0 ? set(options, &client)
                                                        : watch(options, &client);
    }
    opm_client_close(&client);
    return code;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = { { .argp = &revocation_argp },
        { .argp = &device_argp }, { 0 } };
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .args_doc = "list|get [REQUEST...]|set hdcp|dpcp on|off|watch",
        .doc = "Says what the outputs of a device are and do, and commands their protection, by "
               "signed requests and commands. What set commands stands until it ends.",
        .children = children,
    };
    struct options options = { .seconds = -1, .interval_ms = 1000 };
    device_options_init(&options.device);
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    int code = run_with(&options);
    device_options_finish(&options.device);
    return code;
}

const struct vit_command vit_command_opm = { "opm", "look at and command output protection", run };
