/* SPDX-License-Identifier: MIT */
/**
 * What is tested, from the command line. Criterion runs each test in a process of its own, which
 * inherits the environment and nothing else: options_export() puts everything there, and
 * options_get() is how tests ask.
 */
#ifndef TESTS_CONFORMANCE_OPTIONS_H
#define TESTS_CONFORMANCE_OPTIONS_H

#include <stdbool.h>

/* Exit codes. */
enum { CONFORM_KEPT = 0, CONFORM_BROKEN = 1, CONFORM_USAGE = 2, CONFORM_NO_START = 3 };

struct options {
    const char *umd, *host; /* NULL: Vitrine's */
    const char *link;       /* "embedded:", "vhost:", "vhost:PATH", "drm:..." */
    const char *custody;    /* "driver", "device" */
    const char *device;     /* vitrine-gpu; NULL: found beside this program or in PATH */
    const char *certificate, *key, *root; /* NULL: made for this run */
    const char *filter;                   /* pattern; NULL: all */
    const char *report;                   /* folder; NULL: none */
    const char *open_limit;               /* in seconds, as text */
    unsigned open_seconds;                /* the same */
    bool strict;                          /* choices of the suite count like published rules */
    bool list, json, help, version;
};

/**
 * Takes our options out of the arguments; what is left is Criterion's.
 *
 * @param count  changed to the number of arguments left
 * @return 0, or CONFORM_USAGE after one line on standard error
 */
int options_parse(struct options *options, int *count, char **arguments);

/* Says what is wrong in one line on standard error. @return CONFORM_USAGE */
int options_wrong(const char *what, const char *why);

void options_show_help(void);

/* 0, or CONFORM_NO_START. */
int options_export(const struct options *options);
/* For tests; NULL members as above. */
void options_get(struct options *options);

/* The link is a device that the suite starts itself. */
bool options_starts_device(const struct options *options);
/* The device runs already, and serves other tests before and after. */
bool options_device_runs(const struct options *options);

#endif
