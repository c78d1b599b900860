/* SPDX-License-Identifier: MIT */
/**
 * vitrine-conform: tells rule by rule whether a user-mode driver keeps the published contract.
 *
 * Our options are taken first, and the rest of the command line is Criterion's. Tests run in
 * processes of their own that do not come through main(): they learn what is tested from the
 * environment (options.h). The results come back through Criterion's hooks, here.
 */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/options.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/conformance/authority.h"
#include "tests/conformance/guard.h"
#include "tests/conformance/opening.h"
#include "tests/conformance/report.h"
#include "tests/conformance/rule.h"

/* Hooks take no argument of ours; only main() writes these, before the run. */
static struct {
    struct options options;
    int report_failed;
    unsigned selected, published_broken, broken;
} run;

struct command_line {
    int count;
    char **arguments;
};

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    report_correct(stats);
    run.selected = report_count_selected(stats);
    run.published_broken = report_count_broken(stats, false);
    run.broken = report_count_broken(stats, true);
    if (run.options.report != NULL && run.selected != 0) {
        run.report_failed = report_write(&run.options, stats);
    }
}

static int list(bool as_json)
{
    if (as_json) {
        json_t *rules = report_rules();
        json_dumpf(rules, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(rules);
        return CONFORM_KEPT;
    }
    const struct rule **rules = rule_list();
    for (size_t i = 0; rules[i] != NULL; i++) {
        printf("%s/%s (%s)\n    %s.\n    %s\n%s", rules[i]->group, rules[i]->name, rules[i]->ids,
                rules[i]->sentence, rules[i]->page,
                rule_is_choice(rules[i]) ? "    (" RULE_CHOICE ")\n" : "");
    }
    free(rules);
    return CONFORM_KEPT;
}

/* vitrine-gpu beside this program, else the first in PATH. */
static bool find_device(struct options *options, char path[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash = len > 0 ? memrchr(path, '/', (size_t)len) : NULL;
    if (slash != NULL && slash - path < PATH_MAX - 16) {
        strcpy(slash + 1, "vitrine-gpu");
        options->device = path;
        if (access(path, X_OK) == 0) {
            return true;
        }
    }
    const char *folders = getenv("PATH");
    while (folders != NULL && *folders != '\0') {
        size_t folder_len = strcspn(folders, ":");
        int written = snprintf(path, PATH_MAX, "%.*s/vitrine-gpu", (int)folder_len, folders);
        options->device = path;
        if (written < PATH_MAX && access(path, X_OK) == 0) {
            return true;
        }
        folders += folder_len + (folders[folder_len] == ':');
    }
    return false;
}

static int prepare_device(struct options *options, char path[PATH_MAX])
{
    if (!options_starts_device(options)) {
        return CONFORM_KEPT;
    }
    if (options->device == NULL && !find_device(options, path)) {
        fprintf(stderr, "vitrine-conform: no vitrine-gpu found (see --device)\n");
        return CONFORM_NO_START;
    }
    if (access(options->device, X_OK) != 0) {
        perror(options->device);
        return CONFORM_NO_START;
    }
    return CONFORM_KEPT;
}

static int run_tests(struct criterion_test_set *tests)
{
    int code = opening_try(run.options.open_seconds);
    if (code != CONFORM_KEPT) {
        return code;
    }
    if (options_device_runs(&run.options)) {
        criterion_options.jobs = 1; /* it serves, or shows, one at a time */
    }
    bool kept = criterion_run_all_tests(tests) != 0;
    if (run.selected == 0) {
        return options_wrong("--filter", "selects no rule");
    }
    if (run.report_failed != 0) {
        return CONFORM_NO_START;
    }
    if (!kept && run.broken == 0) {
        return CONFORM_BROKEN; /* Criterion counts what is no rule: a crash after a test */
    }
    unsigned broken = run.options.strict ? run.broken : run.published_broken;
    return broken == 0 || criterion_options.always_succeed ? CONFORM_KEPT : CONFORM_BROKEN;
}

/* What Criterion's own parser made of the rest. */
static int check_rest(const struct command_line *line)
{
    if (criterion_options.pattern != NULL) {
        return options_wrong("--filter", "is given once, and by its whole name");
    }
    if (optind < line->count) {
        return options_wrong(line->arguments[optind], "is no option");
    }
    criterion_options.pattern = run.options.filter;
    return CONFORM_KEPT;
}

static int run_suite(void *context)
{
    struct command_line *line = context;
    int code = CONFORM_USAGE;
    struct criterion_test_set *tests = criterion_initialize();
    if (criterion_handle_args(line->count, line->arguments, true)) {
        code = check_rest(line);
    }
    if (code == CONFORM_KEPT) {
        code = run_tests(tests);
    }
    criterion_finalize(tests);
    return code;
}

static int start(struct command_line *line)
{
    char device[PATH_MAX];
    struct run_folder folder = { .path = "" };
    struct guard_end end = { .signal_number = 0 };
    end.code = prepare_device(&run.options, device);
    if (end.code == CONFORM_KEPT && run.options.report != NULL &&
            report_prepare(run.options.report) != 0) {
        end.code = CONFORM_NO_START;
    }
    if (end.code == CONFORM_KEPT) {
        end.code = run_folder_make(&folder, &run.options);
    }
    if (end.code == CONFORM_KEPT) {
        end.code = options_export(&run.options);
    }
    if (end.code == CONFORM_KEPT) {
        end = guard_run(run_suite, line);
    }
    run_folder_remove(&folder);
    if (end.signal_number != 0) {
        guard_raise(end.signal_number);
    }
    return end.code;
}

__attribute__((visibility("default"))) int main(int count, char **arguments)
{
    int code = options_parse(&run.options, &count, arguments);
    if (code != 0) {
        return code;
    }
    if (run.options.help) {
        options_show_help();
        return CONFORM_KEPT;
    }
    if (run.options.version) {
        puts("vitrine-conform " VITRINE_VERSION);
        return CONFORM_KEPT;
    }
    if (run.options.list) {
        return list(run.options.json);
    }
    return start(&(struct command_line){ count, arguments });
}
