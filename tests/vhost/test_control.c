/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/device_process.h"

static struct support support;
static int control;

static void start(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    support_init(&support, "driver");
    support_start_device(&support, NULL);
    strcpy(address.sun_path, support.control);
    control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(control, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void finish(void)
{
    close(control);
    support_finish(&support);
}

static json_t *execute(const char *line)
{
    char answer[4096];
    size_t len = 0;
    cr_assert_eq(send(control, line, strlen(line), 0), (ssize_t)strlen(line));
    cr_assert_eq(send(control, "\n", 1, 0), 1);
    while (len == 0 || answer[len - 1] != '\n') {
        ssize_t got = recv(control, answer + len, sizeof(answer) - len, 0);
        cr_assert_gt(got, 0);
        len += (size_t)got;
    }
    return json_loadb(answer, len, 0, NULL);
}

static bool is_refused(const char *line)
{
    json_t *answer = execute(line);
    bool refused = json_is_object(json_object_get(answer, "error"));
    json_decref(answer);
    return refused;
}

static bool has_level(const char *level)
{
    json_t *answer = execute("{\"execute\": \"query-status\"}");
    json_t *outputs = json_object_get(json_object_get(answer, "return"), "outputs");
    const char *now = json_string_value(json_object_get(json_array_get(outputs, 0), "level"));
    bool equal = now != NULL && strcmp(now, level) == 0;
    json_decref(answer);
    return equal;
}

Test(control, sets_and_tells_every_level, .init = start, .fini = finish)
{
    static const char *const levels[] = { "hdcp", "lost", "revoked", "none" };
    cr_assert(has_level("none"));
    for (unsigned i = 0; i < 4; i++) {
        char line[128];
        snprintf(line, sizeof(line),
                "{\"execute\": \"set-level\", \"arguments\": {\"output\": 0, \"level\": \"%s\"}}",
                levels[i]);
        cr_assert_not(is_refused(line));
        cr_assert(has_level(levels[i]));
    }
}

Test(control, refuses_what_it_does_not_know, .init = start, .fini = finish)
{
    cr_assert(is_refused("nonsense"));
    cr_assert(is_refused("{}"));
    cr_assert(is_refused("{\"execute\": \"quit\"}"));
    cr_assert(is_refused("{\"execute\": \"set-level\"}"));
    cr_assert(is_refused("{\"execute\": \"set-level\", \"arguments\": {\"output\": 1, "
                         "\"level\": \"hdcp\"}}"));
    cr_assert(is_refused("{\"execute\": \"set-level\", \"arguments\": {\"output\": -1, "
                         "\"level\": \"hdcp\"}}"));
    cr_assert(is_refused("{\"execute\": \"set-level\", \"arguments\": {\"output\": 4294967296, "
                         "\"level\": \"hdcp\"}}"));
    cr_assert(is_refused("{\"execute\": \"set-level\", \"arguments\": {\"output\": 0, "
                         "\"level\": \"best\"}}"));
    cr_assert(is_refused("{\"execute\": \"query-status\", \"arguments\": {\"output\": 0}}"));
    cr_assert(is_refused("{\"execute\": \"query-status\", \"arguments\": 0}"));
    cr_assert_not(is_refused("{\"execute\": \"query-status\", \"arguments\": {}}"));
    cr_assert(has_level("none"), "nothing changed");
}

static json_t *monitor_now(void)
{
    json_t *answer = execute("{\"execute\": \"query-monitors\"}");
    json_t *monitors = json_object_get(answer, "return");
    cr_assert_eq(json_array_size(monitors), 1);
    json_t *monitor = json_incref(json_array_get(monitors, 0));
    json_decref(answer);
    return monitor;
}

static bool monitor_is(const char *expected)
{
    json_t *now = monitor_now();
    json_t *wanted = json_loads(expected, 0, NULL);
    cr_assert_not_null(wanted);
    bool equal = json_equal(now, wanted);
    json_decref(now);
    json_decref(wanted);
    return equal;
}

#define MONITOR_AT_FIRST                                                                           \
    "{\"output\": 0, \"plugged\": true, \"hdcp\": true, \"revoked\": false, \"delay-ms\": 0, "     \
    "\"ksv\": \"55aa55aa55\", \"level\": \"none\"}"

Test(control, sets_and_tells_what_a_monitor_is, .init = start, .fini = finish)
{
    cr_assert(monitor_is(MONITOR_AT_FIRST));
    cr_assert_not(is_refused("{\"execute\": \"set-monitor\", \"arguments\": {\"output\": 0, "
                             "\"plugged\": false}}"));
    cr_assert_not(is_refused("{\"execute\": \"set-monitor\", \"arguments\": {\"output\": 0, "
                             "\"hdcp\": false, \"revoked\": true, \"delay-ms\": 60000, "
                             "\"ksv\": \"01234567ff\"}}"));
    cr_assert(monitor_is("{\"output\": 0, \"plugged\": false, \"hdcp\": false, "
                         "\"revoked\": true, \"delay-ms\": 60000, \"ksv\": \"01234567ff\", "
                         "\"level\": \"none\"}"));
    cr_assert_not(is_refused("{\"execute\": \"tamper\", \"arguments\": {\"output\": 0}}"));
}

Test(control, refuses_monitors_that_cannot_be, .init = start, .fini = finish)
{
    static const char *const arguments[] = { "{}", "null", "[]", "{\"output\": 1}",
        "{\"output\": -1}", "{\"output\": \"0\"}", "{\"output\": 4294967296}",
        "{\"output\": 0, \"plugged\": 1}", "{\"output\": 0, \"plugged\": \"yes\"}",
        "{\"output\": 0, \"hdcp\": null}", "{\"output\": 0, \"delay-ms\": -1}",
        "{\"output\": 0, \"delay-ms\": 60001}", "{\"output\": 0, \"delay-ms\": 4294967297}",
        "{\"output\": 0, \"delay-ms\": true}", "{\"output\": 0, \"ksv\": \"\"}",
        "{\"output\": 0, \"ksv\": \"012345678\"}", "{\"output\": 0, \"ksv\": \"01234567890\"}",
        "{\"output\": 0, \"ksv\": \"012345678g\"}", "{\"output\": 0, \"ksv\": \"0x23456789\"}",
        "{\"output\": 0, \"ksv\": \"0123456789\"}", "{\"output\": 0, \"ksv\": \"01234567fe\"}",
        "{\"output\": 0, \"colour\": true}" };
    char line[256];
    for (unsigned i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
        snprintf(line, sizeof(line), "{\"execute\": \"set-monitor\", \"arguments\": %s}",
                arguments[i]);
        cr_assert(is_refused(line), "%s", line);
    }
    cr_assert(is_refused("{\"execute\": \"set-monitor\"}"));
    cr_assert(is_refused("{\"execute\": \"tamper\"}"));
    cr_assert(is_refused("{\"execute\": \"tamper\", \"arguments\": {\"output\": 1}}"));
    cr_assert(is_refused("{\"execute\": \"tamper\", \"arguments\": {\"output\": -1}}"));
    cr_assert(is_refused("{\"execute\": \"tamper\", \"arguments\": {\"output\": 4294967296}}"));
    cr_assert(is_refused("{\"execute\": \"set-level\", \"arguments\": {\"output\": 4294967296, "
                         "\"level\": \"hdcp\"}}"));
    cr_assert(monitor_is(MONITOR_AT_FIRST), "nothing changed");
}

Test(control, a_line_without_end_is_the_end_of_its_client, .init = start, .fini = finish)
{
    char block[512];
    memset(block, 'x', sizeof(block));
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(send(control, block, sizeof(block), MSG_NOSIGNAL), sizeof(block));
    }
    cr_assert_leq(recv(control, block, sizeof(block), 0), 0);
}

Test(control, only_the_owner_may_connect, .init = start, .fini = finish)
{
    struct stat info;
    cr_assert_eq(stat(support.control, &info), 0);
    cr_assert_eq(info.st_mode & 0077, 0);
    cr_assert_eq(stat(support.socket, &info), 0);
    cr_assert_eq(info.st_mode & 0077, 0);
}
