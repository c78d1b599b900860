/* SPDX-License-Identifier: MIT */
#include "tests/conformance/report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/conformance/rule.h"

/* JSON has no place for bytes that are not UTF-8: of such a text, all but ASCII is written as \xNN. */
static json_t *make_text(const char *text)
{
    json_t *whole = json_string(text);
    char *escaped = whole == NULL ? malloc(4 * strlen(text) + 1) : NULL;
    if (escaped == NULL) {
        return whole;
    }
    char *at = escaped;
    for (; *text != '\0'; text++) {
        bool plain = (unsigned char)*text < 0x80;
        at += sprintf(at, plain ? "%c" : "\\x%02x", (unsigned char)*text);
    }
    *at = '\0';
    whole = json_string(escaped);
    free(escaped);
    return whole;
}

static json_t *id_list(const char *ids, bool choices_only)
{
    json_t *list = json_array();
    for (const char *at = ids; *at != '\0';) {
        size_t len = strcspn(at, " ");
        if (!choices_only || rule_id_is_choice(at, len)) {
            json_array_append_new(list, json_stringn(at, len));
        }
        at += len + strspn(at + len, " ");
    }
    return list;
}

static json_t *describe_rule(const struct rule *rule)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s}", "group", rule->group, "interface",
            rule_group_title(rule->group), "test", rule->name, "ids", id_list(rule->ids, false),
            "choices", id_list(rule->ids, true), "rule", rule->sentence, "page", rule->page);
}

json_t *report_rules(void)
{
    json_t *list = json_array();
    const struct rule **rules = rule_list();
    for (size_t i = 0; rules[i] != NULL; i++) {
        json_array_append_new(list, describe_rule(rules[i]));
    }
    free(rules);
    return list;
}

static void add_evidence(json_t *list, const char *message, const char *file, unsigned line)
{
    json_t *item = json_pack("{s:o}", "message", make_text(message));
    const char *in_tree = file != NULL ? strstr(file, "tests/") : NULL;
    file = in_tree != NULL ? in_tree : file;
    if (file != NULL) {
        json_object_set_new(item, "file", json_string(file));
        json_object_set_new(item, "line", json_integer(line));
    }
    json_array_append_new(list, item);
}

static json_t *evidence(const struct criterion_test_stats *stats)
{
    char text[64];
    json_t *list = json_array();
    for (const struct criterion_assert_stats *at = stats->asserts; at != NULL; at = at->next) {
        if (!at->passed) {
            add_evidence(list, at->message != NULL ? at->message : "", at->file, at->line);
        }
    }
    if (stats->timed_out) {
        snprintf(text, sizeof(text), "not finished after %d s", RULE_SECONDS);
        add_evidence(list, text, NULL, 0);
    } else if (stats->crashed || stats->signal != 0) {
        snprintf(text, sizeof(text), "crashed: signal %d", stats->signal);
        add_evidence(list, text, stats->file, stats->progress);
    } else if (stats->exit_code != 0) {
        snprintf(text, sizeof(text), "the process ended with exit code %d", stats->exit_code);
        add_evidence(list, text, NULL, 0);
    } else if (json_array_size(list) == 0) {
        add_evidence(list, "the process ended before the test did", NULL, 0);
    }
    return list;
}

static const char *result_of(const struct rule *rule, const struct criterion_test_stats *stats)
{
    if (stats->test_status == CR_STATUS_SKIPPED) {
        return stats->test->data->disabled ? "not selected" : "not applicable";
    }
    bool kept = stats->test_status == CR_STATUS_PASSED && !stats->crashed && !stats->timed_out;
    if (kept) {
        return "kept";
    }
    return rule_is_choice(rule) ? "not followed" : "broken";
}

static json_t *describe_result(const struct rule *rule, const struct criterion_test_stats *stats)
{
    json_t *item = describe_rule(rule);
    const char *result = stats != NULL ? result_of(rule, stats) : "not selected";
    json_object_set_new(item, "result", json_string(result));
    if (stats != NULL) {
        json_object_set_new(item, "seconds", json_real((double)stats->elapsed_time));
    }
    if (strcmp(result, "broken") == 0 || strcmp(result, "not followed") == 0) {
        json_object_set_new(item, "evidence", evidence(stats));
    }
    if (strcmp(result, "not applicable") == 0 && stats->message != NULL) {
        json_object_set_new(item, "reason", make_text(stats->message));
    }
    return item;
}

static const struct criterion_test_stats *find_stats(const struct criterion_global_stats *stats,
        const struct rule *rule)
{
    for (const struct criterion_suite_stats *suite = stats->suites; suite; suite = suite->next) {
        for (const struct criterion_test_stats *test = suite->tests; test; test = test->next) {
            if (strcmp(test->test->category, rule->group) == 0 &&
                    strcmp(test->test->name, rule->name) == 0) {
                return test;
            }
        }
    }
    return NULL;
}

/* Criterion takes a test for passed whose process ended with exit code 0, wherever that was. */
static bool ended_early(const struct criterion_test_stats *test)
{
    return test->test_status == CR_STATUS_PASSED && !test->crashed && !test->timed_out &&
            !rule_reached_its_end(test->test->category, test->test->name);
}

void report_correct(struct criterion_global_stats *stats)
{
    for (struct criterion_suite_stats *suite = stats->suites; suite; suite = suite->next) {
        for (struct criterion_test_stats *test = suite->tests; test; test = test->next) {
            if (ended_early(test)) {
                test->test_status = CR_STATUS_FAILED;
                suite->tests_passed--;
                suite->tests_failed++;
                stats->tests_passed--;
                stats->tests_failed++;
            }
        }
    }
}

unsigned report_count_selected(const struct criterion_global_stats *stats)
{
    unsigned count = 0;
    for (const struct criterion_suite_stats *suite = stats->suites; suite; suite = suite->next) {
        for (const struct criterion_test_stats *test = suite->tests; test; test = test->next) {
            count += !test->test->data->disabled;
        }
    }
    return count;
}

unsigned report_count_broken(const struct criterion_global_stats *stats, bool with_choices)
{
    unsigned count = 0;
    const struct rule **rules = rule_list();
    for (size_t i = 0; rules[i] != NULL; i++) {
        const struct criterion_test_stats *test = find_stats(stats, rules[i]);
        const char *result = test != NULL ? result_of(rules[i], test) : "";
        count += strcmp(result, "broken") == 0 ||
                (with_choices && strcmp(result, "not followed") == 0);
    }
    free(rules);
    return count;
}

/* In the order of the program, whatever the order of the run. */
static json_t *collect(const struct criterion_global_stats *stats)
{
    json_t *results = json_array();
    const struct rule **rules = rule_list();
    for (size_t i = 0; rules[i] != NULL; i++) {
        json_array_append_new(results, describe_result(rules[i], find_stats(stats, rules[i])));
    }
    free(rules);
    return results;
}

static json_t *summarise(const json_t *results)
{
    const char *const names[] = { "kept", "broken", "not followed", "not applicable",
        "not selected" };
    json_t *summary = json_object();
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_int_t count = 0;
        size_t index;
        json_t *item;
        json_array_foreach(results, index, item)
        {
            count += strcmp(json_string_value(json_object_get(item, "result")), names[i]) == 0;
        }
        json_object_set_new(summary, names[i], json_integer(count));
    }
    return summary;
}

static json_t *describe_run(const struct options *options)
{
    char when[32] = "";
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) != NULL) {
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &parts);
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:s}", "program",
            "vitrine-conform " VITRINE_VERSION, "umd",
            make_text(options->umd != NULL ? options->umd : "libvitrine_umd.so"), "host",
            make_text(options->host != NULL ? options->host : "libvitrine_host.so"), "link",
            make_text(options->link), "custody", options->custody, "time", when);
}

static int complain(const char *path)
{
    fprintf(stderr, "vitrine-conform: %s: %s\n", path, strerror(errno));
    return -1;
}

/* A report is there as a whole or not at all: it is written beside its place. */
struct draft {
    char path[4096], place[4096];
    FILE *out; /* NULL: not open */
};

static int draft_open(struct draft *draft, const char *folder, const char *name)
{
    int len = snprintf(draft->path, sizeof(draft->path), "%s/.%s.new", folder, name);
    snprintf(draft->place, sizeof(draft->place), "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof(draft->path)) {
        errno = ENAMETOOLONG;
        return complain(folder);
    }
    draft->out = fopen(draft->path, "we");
    return draft->out != NULL ? 0 : complain(draft->path);
}

static int draft_finish(struct draft *draft, bool good)
{
    good = good && !ferror(draft->out);
    good = fclose(draft->out) == 0 && good;
    if (good && rename(draft->path, draft->place) == 0) {
        return 0;
    }
    int failed = complain(draft->place);
    unlink(draft->path);
    return failed;
}

static int write_json(const char *folder, const json_t *report)
{
    struct draft draft;
    if (draft_open(&draft, folder, "report.json") != 0) {
        return -1;
    }
    errno = EINVAL; /* of a report that is no JSON */
    bool good = json_dumpf(report, draft.out, JSON_INDENT(2)) == 0;
    return draft_finish(&draft, good && fputc('\n', draft.out) != EOF);
}

static int write_page(const char *folder, const json_t *report)
{
    struct draft draft;
    if (draft_open(&draft, folder, "report.html") != 0) {
        return -1;
    }
    report_page(report, draft.out);
    return draft_finish(&draft, true);
}

int report_prepare(const char *folder)
{
    struct draft draft;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return complain(folder);
    }
    if (draft_open(&draft, folder, "report.json") != 0) {
        return -1;
    }
    fclose(draft.out);
    unlink(draft.path);
    return 0;
}

int report_write(const struct options *options, const struct criterion_global_stats *stats)
{
    json_t *results = collect(stats);
    json_t *report = json_pack("{s:o, s:o, s:o}", "run", describe_run(options), "summary",
            summarise(results), "rules", results);
    int failed = write_json(options->report, report);
    failed |= write_page(options->report, report);
    json_decref(report);
    return failed != 0 ? -1 : 0;
}
