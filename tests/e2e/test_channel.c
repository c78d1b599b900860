/* SPDX-License-Identifier: MIT */
/* vitrine channel, as a person uses it. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/device_process.h"

static const char *const queries[] = { "protection", "channel-type", "device-handle",
    "crypto-session", "process-count", "process", "unrestricted-count", "output-count", "output",
    "accessibility", "encryption-count", "encryption", "current-encryption" };
enum { QUERIES = sizeof(queries) / sizeof(queries[0]) };

static struct support support;

static void set(void)
{
    support_init(&support, "driver");
}

static void clear(void)
{
    support_finish(&support);
}

/* On the embedded device; more ends with NULL. */
static int channel(const char *root, const char *const *more)
{
    const char *arguments[24] = { support_command(), "channel", "--certificate",
        support.certificate, "--key", support.key, "--root", root };
    for (unsigned i = 0; more[i] != NULL; i++) {
        arguments[8 + i] = more[i];
    }
    return support_run(&support, arguments);
}

static json_t *parsed(void)
{
    char *text = support_read(&support, "out");
    json_t *answers = json_loads(text, 0, NULL);
    cr_assert_not_null(answers, "%s", text);
    free(text);
    return answers;
}

static void expect_all_answered(json_t *answers, bool software)
{
    cr_assert_eq(json_object_size(answers), (size_t)QUERIES);
    for (unsigned i = 0; i < QUERIES; i++) {
        json_t *value = json_object_get(answers, queries[i]);
        bool shared = i >= 4 && i <= 6;
        cr_assert_not_null(value, "%s", queries[i]);
        const char *code = json_string_value(json_object_get(value, "refused"));
        cr_assert_eq(code != NULL, shared && !software, "%s", queries[i]);
        cr_assert(code == NULL || strcmp(code, "0x80004005") == 0, "%s", code);
        const char *name = json_string_value(json_object_get(value, "name"));
        cr_assert(code == NULL || (name != NULL && strcmp(name, "E_FAIL") == 0), "%s", queries[i]);
    }
    json_t *outputs = json_object_get(answers, "output");
    cr_assert_eq((size_t)json_integer_value(json_object_get(answers, "output-count")),
            json_array_size(outputs));
    cr_assert_gt(json_array_size(outputs), 0);
    cr_assert_str_eq(json_string_value(json_object_get(answers, "channel-type")),
            software ? "software" : "hardware");
    cr_assert_str_eq(json_string_value(json_object_get(json_object_get(answers, "crypto-session"),
                             "device")),
            json_string_value(json_object_get(answers, "device-handle")));
}

Test(channel, asks_everything, .init = set, .fini = clear)
{
    static const char *const types[] = { "hardware", "software" };
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(channel(support.root, (const char *[]){ "--json", "--type", types[i], NULL }),
                0);
        json_t *answers = parsed();
        expect_all_answered(answers, i == 1);
        cr_assert(json_is_true(json_object_get(json_object_get(answers, "protection"), "enabled")));
        json_decref(answers);
    }
}

Test(channel, speaks_in_words, .init = set, .fini = clear)
{
    cr_assert_eq(channel(support.root, (const char *[]){ "--type", "software", NULL }), 0);
    char *text = support_read(&support, "out");
    const char *line = text;
    for (unsigned i = 0; i < QUERIES; i++) {
        size_t len = strlen(queries[i]);
        cr_assert(strncmp(line, queries[i], len) == 0 && line[len] == ' ', "%s: %s", queries[i],
                text);
        line = strchr(line, '\n');
        cr_assert_not_null(line++);
    }
    cr_assert_str_empty(line);
    cr_assert_not_null(strstr(text, "channel-type       software\n"), "%s", text);
    cr_assert_not_null(strstr(text, "process            none\n"), "%s", text);
    free(text);
}

Test(channel, asks_what_it_is_told, .init = set, .fini = clear)
{
    cr_assert_eq(channel(support.root, (const char *[]){ "-j", "output", "protection", NULL }), 0);
    json_t *answers = parsed();
    cr_assert_eq(json_object_size(answers), 2);
    cr_assert_not_null(json_object_get(answers, "output"));
    cr_assert_not_null(json_object_get(answers, "protection"));
    json_decref(answers);
}

Test(channel, reaches_a_device_in_another_process, .init = set, .fini = clear)
{
    char link[SUPPORT_PATH_LEN + 8];
    support_start_device(&support, NULL);
    snprintf(link, sizeof(link), "vhost:%s", support.socket);
    const char *arguments[] = { support_command(), "channel", "--link", link, "--key", support.key,
        "--root", support.root, "--json", NULL };
    cr_assert_eq(support_run(&support, arguments), 0);
    json_t *answers = parsed();
    expect_all_answered(answers, false);
    json_t *access = json_object_get(answers, "accessibility");
    cr_assert(json_is_false(json_object_get(access, "contiguous")), "no program reaches it there");
    json_decref(answers);
    support_end_device(&support, SIGTERM);
}

static void expect_line(int code, int wanted, const char *words)
{
    char *text = support_read(&support, "err");
    cr_assert_eq(code, wanted, "%d: %s", code, text);
    cr_assert_not_null(strstr(text, words), "%s", text);
    free(text);
}

Test(channel, does_not_speak_with_a_device_that_is_not_trusted, .init = set, .fini = clear)
{
    char other[2 * SUPPORT_PATH_LEN];
    const char *const none[] = { NULL };
    snprintf(other, sizeof(other), "%s/other/root.der", getenv("VITRINE_CERTIFICATES"));
    expect_line(channel(other, none), 1, "the device is not trusted");
    expect_line(channel("/nonexistent", none), 3, "/nonexistent");
    expect_line(channel(support.key, none), 1, "not one certificate in DER");
}

Test(channel, asks_whether_a_certificate_is_revoked, .init = set, .fini = clear)
{
    char alone[2 * SUPPORT_PATH_LEN], command[8 * SUPPORT_PATH_LEN];
    snprintf(alone, sizeof(alone), "%s/alone", support.folder);
    snprintf(command, sizeof(command), "mkdir %s && cp %s %s/root.der", alone, support.root, alone);
    cr_assert_eq(system(command), 0);
    strcat(alone, "/root.der"); /* no list lies beside it */
    expect_line(channel(alone, (const char *[]){ NULL }), 1, "the device is not trusted");
    cr_assert_eq(channel(alone, (const char *[]){ "--no-revocation", "protection", NULL }), 0);
}

Test(channel, says_what_is_wrong_with_its_arguments, .init = set, .fini = clear)
{
    expect_line(channel(support.root, (const char *[]){ "temperature", NULL }), 2, "no such query");
    expect_line(channel(support.root, (const char *[]){ "--type", "d3d11", NULL }), 2,
            "hardware or software");
}

Test(channel, needs_a_trusted_root, .init = set, .fini = clear)
{
    setenv("XDG_DATA_HOME", support.folder, 1);
    const char *arguments[] = { support_command(), "channel", "--certificate", support.certificate,
        "--key", support.key, NULL };
    expect_line(support_run(&support, arguments), 2, "no trusted root");
}
