/* SPDX-License-Identifier: MIT */
/** What a run found, as DIR/report.json and as a page for people, DIR/report.html. */
#ifndef TESTS_CONFORMANCE_REPORT_H
#define TESTS_CONFORMANCE_REPORT_H

#include <criterion/stats.h>
#include <jansson.h>
#include <stdio.h>

#include "tests/conformance/options.h"

/* Makes the folder and sees that files can be made in it, before a run. @return as below */
int report_prepare(const char *folder);

/* Both into the folder that VITRINE_CONFORM_REPORT names. @return 0, or -1 after a line on
 * standard error */
int report_write(const struct options *options, const struct criterion_global_stats *stats);

/* Fails the tests that Criterion takes for passed, but whose end was not reached. */
void report_correct(struct criterion_global_stats *stats);

unsigned report_count_selected(const struct criterion_global_stats *stats);

/* Published rules; with_choices: those of this suite, too. */
unsigned report_count_broken(const struct criterion_global_stats *stats, bool with_choices);

/* The page, of the report's JSON. */
void report_page(const json_t *report, FILE *out);

/* The rules of the program, without a run. */
json_t *report_rules(void);

#endif
