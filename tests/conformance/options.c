/* SPDX-License-Identifier: MIT */
#include "tests/conformance/options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const char *variable;
    size_t offset;
} texts[] = {
    { "--umd", "VITRINE_CONFORM_UMD", offsetof(struct options, umd) },
    { "--host", "VITRINE_CONFORM_HOST", offsetof(struct options, host) },
    { "--link", "VITRINE_CONFORM_LINK", offsetof(struct options, link) },
    { "--custody", "VITRINE_CONFORM_CUSTODY", offsetof(struct options, custody) },
    { "--device", "VITRINE_GPU", offsetof(struct options, device) },
    { "--certificate", "VITRINE_CONFORM_CERTIFICATE", offsetof(struct options, certificate) },
    { "--key", "VITRINE_CONFORM_KEY", offsetof(struct options, key) },
    { "--root", "VITRINE_CONFORM_ROOT", offsetof(struct options, root) },
    { "--open-limit", NULL, offsetof(struct options, open_limit) },
    { "--filter", NULL, offsetof(struct options, filter) },
    { "--report", NULL, offsetof(struct options, report) },
};

static const struct {
    const char *name, *other;
    size_t offset;
} switches[] = {
    { "--strict", NULL, offsetof(struct options, strict) },
    { "--list", "-l", offsetof(struct options, list) },
    { "--json", NULL, offsetof(struct options, json) },
    { "--help", "-h", offsetof(struct options, help) },
    { "--version", "-v", offsetof(struct options, version) },
};

enum {
    TEXT_COUNT = sizeof(texts) / sizeof(texts[0]),
    SWITCH_COUNT = sizeof(switches) / sizeof(switches[0]),
};

static const char **text_at(struct options *options, size_t index)
{
    return (const char **)(void *)((char *)options + texts[index].offset);
}

int options_wrong(const char *what, const char *why)
{
    fprintf(stderr, "vitrine-conform: %s: %s (see --help)\n", what, why);
    return CONFORM_USAGE;
}

/* @return how many arguments were taken, -1: wrong usage */
static int take_text(struct options *options, unsigned *given, char **arguments)
{
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        size_t len = strlen(texts[i].name);
        if (strncmp(arguments[0], texts[i].name, len) != 0) {
            continue;
        }
        const char *value = arguments[0][len] == '=' ? arguments[0] + len + 1 : arguments[1];
        if (arguments[0][len] != '=' && arguments[0][len] != '\0') {
            continue;
        }
        if (value == NULL || value[0] == '\0') {
            options_wrong(texts[i].name, "needs a value");
            return -1;
        }
        if (*given & 1u << i) {
            options_wrong(texts[i].name, "is given twice");
            return -1;
        }
        *given |= 1u << i;
        *text_at(options, i) = value;
        return arguments[0][len] == '=' ? 1 : 2;
    }
    return 0;
}

static int take_switch(struct options *options, const char *argument)
{
    for (size_t i = 0; i < SWITCH_COUNT; i++) {
        if (strcmp(argument, switches[i].name) == 0 ||
                (switches[i].other != NULL && strcmp(argument, switches[i].other) == 0)) {
            *(bool *)((char *)options + switches[i].offset) = true;
            return 1;
        }
    }
    return 0;
}

static bool take_limit(struct options *options)
{
    char *end = NULL;
    unsigned long seconds = strtoul(options->open_limit, &end, 10);
    bool good = end != options->open_limit && *end == '\0' && seconds >= 1 && seconds <= 3600;
    options->open_seconds = good ? (unsigned)seconds : 0;
    return good;
}

static int check(struct options *options)
{
    if (options->json && !options->list) {
        return options_wrong("--json", "is for --list; a report has JSON, too");
    }
    if (!take_limit(options)) {
        return options_wrong(options->open_limit, "the limit is 1 to 3600 seconds");
    }
    if (strcmp(options->custody, "driver") != 0 && strcmp(options->custody, "device") != 0) {
        return options_wrong(options->custody, "custody is driver or device");
    }
    if (strcmp(options->link, "embedded:") != 0 && strncmp(options->link, "vhost:", 6) != 0 &&
            strncmp(options->link, "drm:", 4) != 0) {
        return options_wrong(options->link, "links are embedded:, vhost:, vhost:PATH and drm:");
    }
    if ((options->certificate != NULL || options->key != NULL) && options->root == NULL) {
        return options_wrong("--certificate, --key", "need --root, too");
    }
    if (strncmp(options->link, "drm:", 4) == 0 && strstr(options->link, ",card=") == NULL) {
        return options_wrong(options->link, "needs a screen: drm:[NODE],card=PATH");
    }
    if (options_device_runs(options) && options->root == NULL) {
        return options_wrong(options->link, "needs --root, the root of the device's certificate");
    }
    return 0;
}

int options_parse(struct options *options, int *count, char **arguments)
{
    int left = 1;
    unsigned given = 0; /* a bit for each text */
    *options = (struct options){ .link = "embedded:", .custody = "driver", .open_limit = "60" };
    for (int i = 1; i < *count;) {
        int taken = take_text(options, &given, arguments + i);
        if (taken == 0) {
            taken = take_switch(options, arguments[i]);
        }
        if (taken < 0) {
            return CONFORM_USAGE;
        }
        if (taken == 0) {
            arguments[left++] = arguments[i];
            taken = 1;
        }
        i += taken;
    }
    arguments[left] = NULL;
    *count = left;
    if (options->list && left > 1) {
        return options_wrong(arguments[1], "is not for --list");
    }
    return check(options);
}

int options_export(const struct options *options)
{
    struct options copy = *options;
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        const char *value = *text_at(&copy, i);
        if (texts[i].variable == NULL) {
            continue;
        }
        int failed =
                value != NULL ? setenv(texts[i].variable, value, 1) : unsetenv(texts[i].variable);
        if (failed != 0) {
            return CONFORM_NO_START;
        }
    }
    return 0;
}

void options_get(struct options *options)
{
    *options = (struct options){ .link = NULL };
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        if (texts[i].variable != NULL) {
            *text_at(options, i) = getenv(texts[i].variable);
        }
    }
}

bool options_starts_device(const struct options *options)
{
    return strcmp(options->link, "vhost:") == 0;
}

bool options_device_runs(const struct options *options)
{
    return strcmp(options->link, "embedded:") != 0 && !options_starts_device(options);
}

void options_show_help(void)
{
    fputs("Usage: vitrine-conform [OPTION...] [CRITERION OPTION...]\n"
          "Tells rule by rule whether a user-mode display driver keeps the published contract of\n"
          "content protection.\n\n"
          "      --certificate=FILE     Certificate chain of the device (default: made for this run)\n"
          "      --custody=driver|device   Who has the private key (default: driver)\n"
          "      --device=PATH          The vitrine-gpu that --link=vhost: starts\n"
          "      --filter=GROUP/NAME    Test these rules only, by a pattern: session/*, @(iv|map)/*\n"
          "      --help, -h             Show this help\n"
          "      --host=PATH            Host library that is tested with (default: Vitrine's)\n"
          "      --json                 --list as JSON\n"
          "      --key=URI              Private key of the certificate (default: made for this run)\n"
          "      --link=LINK            embedded: (default), vhost: to start a vitrine-gpu for every\n"
          "                             test, vhost:PATH for a running one; in a guest\n"
          "                             drm:[NODE],card=PATH\n"
          "      --list, -l             List the rules with their tests and pages\n"
          "      --open-limit=SECONDS   How long opening driver and host may take (default: 60)\n"
          "      --report=DIR           Write DIR/report.json and DIR/report.html\n"
          "      --root=FILE            Root certificate that the device's chain must lead to\n"
          "      --strict               Exit with 1 also for choices of this suite, made where\n"
          "                             publications are silent\n"
          "      --umd=PATH             User-mode driver to be tested (default: Vitrine's)\n"
          "      --version, -v          Show the version\n\n"
          "Everything else is for Criterion: --jobs=N, --tap=FILE, --xml=FILE,\n"
          "--fail-fast, --quiet, --verbose.\n\n"
          "Exit: 0 all published rules that were tested are kept, 1 one is broken, 2 wrong usage,\n"
          "3 cannot start.\n",
            stdout);
}
