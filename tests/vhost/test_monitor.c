/* SPDX-License-Identifier: MIT */
/* "vitrine monitor" and a running device; and the options of monitors. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/crypto-session/srm_maker.h"
#include "tests/support/device_process.h"

static struct support support;

static void init(void)
{
    support_init(&support, "driver");
}

static void finish(void)
{
    support_finish(&support);
}

static int run_at(const char *socket, const char *first, const char *second, const char *third)
{
    const char *words[] = { support_command(), "monitor", "--control-socket", socket, first, second,
        third, NULL };
    return support_run(&support, words);
}

static int run(const char *first, const char *second)
{
    return run_at(support.control, first, second, NULL);
}

static bool holds(const char *name, const char *text)
{
    char *content = support_read(&support, name);
    bool found = content != NULL && strstr(content, text) != NULL;
    free(content);
    return found;
}

static void shows(const char *line)
{
    cr_assert_eq(run("show", NULL), 0);
    cr_assert(holds("out", line), "%s", line);
}

Test(monitor, changes_what_the_device_has, .init = init, .fini = finish)
{
    support_start_device(&support, NULL);
    shows("output 0: plugged, hdcp, ksv 55aa55aa55, takes 0 ms; level none\n");
    cr_assert_eq(run("unplug", NULL), 0);
    shows("output 0: unplugged, hdcp, ");
    cr_assert_eq(run("plug", NULL), 0);
    cr_assert_eq(run("revoke", NULL), 0);
    cr_assert_eq(run("no-hdcp", NULL), 0);
    cr_assert_eq(run("slow", "150"), 0);
    cr_assert_eq(run("ksv", "01234567ff"), 0);
    shows("output 0: plugged, no hdcp, ksv 01234567ff (revoked), takes 150 ms; level none\n");
    cr_assert_eq(run("unrevoke", NULL), 0);
    cr_assert_eq(run("hdcp", NULL), 0);
    cr_assert_eq(run("tamper", NULL), 0);
    cr_assert(holds("err", "") && !holds("err", "monitor"));
    shows("output 0: plugged, hdcp, ksv 01234567ff, takes 150 ms; level none\n");
}

Test(monitor, each_output_has_its_own, .init = init, .fini = finish)
{
    static const char *const two[] = { "--outputs", "2", NULL };
    support_start_device(&support, two);
    cr_assert_eq(run_at(support.control, "-o1", "unplug", NULL), 0);
    cr_assert_eq(run("show", NULL), 0);
    cr_assert(holds("out", "output 0: plugged"));
    cr_assert(holds("out", "output 1: unplugged"));
    cr_assert_eq(run_at(support.control, "-o2", "unplug", NULL), 1);
    cr_assert(holds("err", "no such output"));
}

Test(monitor, speaks_json, .init = init, .fini = finish)
{
    support_start_device(&support, NULL);
    cr_assert_eq(run_at(support.control, "--json", "slow", "7"), 0);
    char *text = support_read(&support, "out");
    json_t *monitors = json_loads(text, 0, NULL);
    json_t *monitor = json_array_get(monitors, 0);
    cr_assert_eq(json_integer_value(json_object_get(monitor, "delay-ms")), 7);
    cr_assert(json_is_true(json_object_get(monitor, "plugged")));
    json_decref(monitors);
    free(text);
}

Test(monitor, refuses_what_it_does_not_know, .init = init, .fini = finish)
{
    static const char *const usage[][2] = { { NULL, NULL }, { "explode", NULL }, { "plug", "now" },
        { "slow", NULL }, { "slow", "60001" }, { "slow", "-1" }, { "slow", "soon" },
        { "slow", "99999999" }, { "ksv", NULL }, { "ksv", "zz" }, { "ksv", "012345678g" },
        { "ksv", "0123456789" }, { "ksv", "55aa55aa5555" }, { "ksv", "0x55aa55ff" },
        { "-o16", "plug" }, { "-ox", "plug" } };
    support_start_device(&support, NULL);
    for (size_t i = 0; i < sizeof(usage) / sizeof(usage[0]); i++) {
        cr_assert_eq(run(usage[i][0], usage[i][1]), 2, "%zu", i);
    }
    const char *const words[] = { support_command(), "monitor", "show", NULL };
    cr_assert_eq(support_run(&support, words), 2);
    cr_assert(holds("err", "--control-socket is missing"));
    shows("output 0: plugged, hdcp, ksv 55aa55aa55, takes 0 ms; level none\n");
}

Test(monitor, says_when_there_is_no_device, .init = init, .fini = finish)
{
    cr_assert_eq(run("show", NULL), 3);
    cr_assert(holds("err", "No such file or directory"));
    char path[200];
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    cr_assert_eq(run_at(path, "show", NULL, NULL), 3);
    cr_assert(holds("err", "File name too long"));
}

/* Something else answers, or nothing. */
Test(monitor, does_not_believe_a_stranger, .init = init, .fini = finish)
{
    static const char *const answers[] = { "nonsense\n", "{}\n", "[]\n", "{\"return\": ", "" };
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strcpy(address.sun_path, support.control);
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(listening, 4), 0);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        pid_t stranger = fork();
        if (stranger == 0) {
            char line[512];
            int client = accept(listening, NULL, NULL);
            (void)!recv(client, line, sizeof(line), 0);
            (void)!send(client, answers[i], strlen(answers[i]), MSG_NOSIGNAL);
            _exit(0);
        }
        int code = run("unplug", NULL);
        waitpid(stranger, NULL, 0);
        cr_assert_eq(code, 3, "%zu", i);
    }
    close(listening);
}

static int start_with(const char *option, const char *value)
{
    const char *words[] = { support_gpu(), "--socket-path", support.socket, "--certificate",
        support.certificate, option, value, NULL };
    return support_run(&support, words);
}

static void write_to(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

Test(monitor, options_that_are_wrong_keep_the_device_from_starting, .init = init, .fini = finish)
{
    char path[SUPPORT_PATH_LEN + 8];
    static char long_text[20000];
    snprintf(path, sizeof(path), "%s/srm.pem", support.folder);
    cr_assert_eq(start_with("--connector", "scart"), 2);
    cr_assert_eq(start_with("--srm-key", path), 1);
    cr_assert(holds("err", "srm.pem: No such file"));
    write_to(path, "not a key", 9);
    cr_assert_eq(start_with("--srm-key", path), 1);
    cr_assert(holds("err", "not a public DSA key"));
    write_to(path, long_text, sizeof(long_text));
    cr_assert_eq(start_with("--srm-key", path), 1);
    cr_assert(holds("err", "too long for a public key"));
}

Test(monitor, a_device_starts_with_a_key_for_lists, .init = init, .fini = finish)
{
    char path[SUPPORT_PATH_LEN + 8];
    char pem[4096];
    snprintf(path, sizeof(path), "%s/srm.pem", support.folder);
    EVP_PKEY *key = srm_make_key(1024, 160);
    write_to(path, pem, srm_write_key(key, pem, sizeof(pem)));
    EVP_PKEY_free(key);
    const char *const extra[] = { "--srm-key", path, "--connector", "displayport", NULL };
    support_start_device(&support, extra);
    shows("output 0: plugged");
}
