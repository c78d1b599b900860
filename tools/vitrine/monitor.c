/* SPDX-License-Identifier: MIT */
/* vitrine monitor: what stands at the outputs of a device, by its control socket. */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tools/vitrine/command.h"

static const char name[] = "vitrine monitor";

enum { OPTION_CONTROL = 0x100, OPTION_JSON, MAX_OUTPUT = 15, MAX_DELAY_MS = 60000 };
enum { PATIENCE_S = 10, ANSWER_MAX_LEN = 65536 };

struct options {
    const char *control;
    int output;
    bool json;
    const char *words[2];
    unsigned count;
};

static const struct argp_option list[] = {
    { "control-socket", OPTION_CONTROL, "PATH", 0, "control socket of the device (required)", 0 },
    { "output", 'o', "N", 0, "which output's monitor, from 0 (0)", 0 },
    { "json", OPTION_JSON, NULL, 0, "print the monitors as JSON", 0 },
    { 0 },
};

/* -1: not one from 0 to max. */
static int number(const char *text, int max)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    return errno != 0 || end == text || *end != '\0' || value < 0 || value > max ? -1 : (int)value;
}

struct action {
    const char *name;
    const char *key; /* NULL: a command of its own */
    bool value;
    bool takes_word;
};

static const struct action actions[] = {
    { "show", NULL, false, false },
    { "plug", "plugged", true, false },
    { "unplug", "plugged", false, false },
    { "tamper", NULL, false, false },
    { "revoke", "revoked", true, false },
    { "unrevoke", "revoked", false, false },
    { "hdcp", "hdcp", true, false },
    { "no-hdcp", "hdcp", false, false },
    { "slow", "delay-ms", false, true },
    { "ksv", "ksv", false, true },
};

static const struct action *find(const char *word)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].name, word) == 0) {
            return &actions[i];
        }
    }
    return NULL;
}

/* As many ones as zeros, as the device wants it. */
static bool is_ksv(const char *text)
{
    enum { DIGITS = 10, ONES = 20 };
    return strlen(text) == DIGITS && strspn(text, "0123456789abcdefABCDEF") == DIGITS &&
            __builtin_popcountll(strtoull(text, NULL, 16)) == ONES;
}

static void check(const struct options *options, struct argp_state *state)
{
    if (options->control == NULL) {
        argp_error(state, "--control-socket is missing");
    }
    const struct action *action = options->count > 0 ? find(options->words[0]) : NULL;
    if (action == NULL) {
        argp_error(state,
                "say show, plug, unplug, tamper, revoke, unrevoke, hdcp, no-hdcp, "
                "slow MS or ksv DIGITS");
        return;
    }
    if (options->count != (action->takes_word ? 2 : 1)) {
        argp_error(state, action->takes_word ? "%s takes one word" : "%s takes nothing",
                action->name);
    }
    if (strcmp(action->name, "slow") == 0 && number(options->words[1], MAX_DELAY_MS) < 0) {
        argp_error(state, "%s: not a number from 0 to %d", options->words[1], MAX_DELAY_MS);
    }
    if (strcmp(action->name, "ksv") == 0 && !is_ksv(options->words[1])) {
        argp_error(state, "%s: not ten hexadecimal digits with twenty ones among their bits",
                options->words[1]);
    }
}

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (option) {
    case OPTION_CONTROL:
        options->control = text;
        return 0;
    case 'o':
        options->output = number(text, MAX_OUTPUT);
        if (options->output < 0) {
            argp_error(state, "%s: not an output", text);
        }
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->count == sizeof(options->words) / sizeof(options->words[0])) {
            argp_error(state, "%s: unexpected", text);
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

static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    VIT_AUTO(fd) socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_fd < 0 ||
            setsockopt(socket_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
            setsockopt(socket_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
            connect(socket_fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        return -1;
    }
    int connected = socket_fd;
    socket_fd = -1;
    return connected;
}

static bool send_line(int socket_fd, const json_t *request)
{
    char line[512];
    size_t len = json_dumpb(request, line, sizeof(line) - 1, JSON_COMPACT);
    if (len == 0 || len >= sizeof(line)) {
        errno = EMSGSIZE;
        return false;
    }
    line[len++] = '\n';
    return send(socket_fd, line, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static json_t *receive_line(int socket_fd)
{
    VIT_AUTO(bytes) line = malloc(ANSWER_MAX_LEN);
    size_t len = 0;
    while (line != NULL && len < ANSWER_MAX_LEN) {
        ssize_t got = recv(socket_fd, line + len, ANSWER_MAX_LEN - len, 0);
        if (got <= 0) {
            errno = got == 0 ? ECONNRESET : errno;
            return NULL;
        }
        len += (size_t)got;
        if (line[len - 1] == '\n') {
            errno = EPROTO;
            return json_loadb((const char *)line, len, 0, NULL);
        }
    }
    return NULL;
}

/* Takes the request; what came back, to be released. NULL: it was said why not, code is set. */
static json_t *ask(int socket_fd, const struct options *options, json_t *request, int *code)
{
    json_t *answer =
            request != NULL && send_line(socket_fd, request) ? receive_line(socket_fd) : NULL;
    json_decref(request);
    json_t *result = json_incref(json_object_get(answer, "return"));
    const char *why = json_string_value(json_object_get(json_object_get(answer, "error"), "desc"));
    if (why != NULL) {
        *code = vit_command_fail(VIT_EXIT_REFUSED, name, options->control, "%s", why);
    } else if (result == NULL) {
        *code = vit_command_fail(VIT_EXIT_SYSTEM, name, options->control, "%s", strerror(errno));
    }
    json_decref(answer);
    return result;
}

static json_t *make_request(const struct options *options)
{
    const struct action *action = find(options->words[0]);
    if (strcmp(action->name, "tamper") == 0) {
        return json_pack("{s:s,s:{s:i}}", "execute", "tamper", "arguments", "output",
                options->output);
    }
    json_t *value = json_boolean(action->value);
    if (action->takes_word) {
        const char *word = options->words[1];
        value = strcmp(action->name, "slow") == 0 ? json_integer(number(word, MAX_DELAY_MS))
                                                  : json_string(word);
    }
    return json_pack("{s:s,s:{s:i,s:o}}", "execute", "set-monitor", "arguments", "output",
            options->output, action->key, value);
}

static void say(json_t *monitor)
{
    int output = 0;
    int plugged = 0;
    int hdcp = 0;
    int revoked = 0;
    int delay_ms = 0;
    const char *ksv = "?";
    const char *level = "?";
    (void)json_unpack(monitor, "{s:i,s:b,s:b,s:b,s:i,s:s,s:s}", "output", &output, "plugged",
            &plugged, "hdcp", &hdcp, "revoked", &revoked, "delay-ms", &delay_ms, "ksv", &ksv,
            "level", &level);
    printf("output %d: %s, %s, ksv %s%s, takes %d ms; level %s\n", output,
            plugged ? "plugged" : "unplugged", hdcp ? "hdcp" : "no hdcp", ksv,
            revoked ? " (revoked)" : "", delay_ms, level);
}

static int show(const struct options *options, json_t *monitors)
{
    size_t i;
    json_t *monitor;
    if (options->json) {
        if (json_dumpf(monitors, stdout, JSON_INDENT(2)) != 0 || putchar('\n') == EOF) {
            return vit_command_fail(VIT_EXIT_SYSTEM, name, NULL, "JSON cannot be written");
        }
        return VIT_EXIT_OK;
    }
    json_array_foreach(monitors, i, monitor)
    {
        say(monitor);
    }
    return VIT_EXIT_OK;
}

static int run_with(const struct options *options, int socket_fd)
{
    int code = VIT_EXIT_OK;
    bool shows = strcmp(options->words[0], "show") == 0;
    if (!shows) {
        json_decref(ask(socket_fd, options, make_request(options), &code));
    }
    if (code != VIT_EXIT_OK || (!shows && !options->json)) {
        return code;
    }
    json_t *monitors =
            ask(socket_fd, options, json_pack("{s:s}", "execute", "query-monitors"), &code);
    if (monitors != NULL) {
        code = show(options, monitors);
        json_decref(monitors);
    }
    return code;
}

static int run(int argc, char **argv)
{
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .args_doc = "show|plug|unplug|tamper|revoke|unrevoke|hdcp|no-hdcp|slow MS|ksv DIGITS",
        .doc = "Shows and changes the virtual monitors at the outputs of a running device.\v"
               "Exit status: 0 done, 1 the device refused it, 2 wrong command line, 3 there is no "
               "device, or it does not answer.",
    };
    struct options options = { .output = 0 };
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return VIT_EXIT_USAGE;
    }
    VIT_AUTO(fd) socket_fd = connect_to(options.control);
    if (socket_fd < 0) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, options.control, "%s", strerror(errno));
    }
    return run_with(&options, socket_fd);
}

const struct vit_command vit_command_monitor = { "monitor",
    "show and change the monitors of a device", run };
