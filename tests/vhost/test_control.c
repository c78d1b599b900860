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
