/* SPDX-License-Identifier: MIT */
#include "tests/conformance/rule.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The linker makes these names from the sections'. */
extern const struct rule *const __start_rules[], *const __stop_rules[];
extern const struct rule_group *const __start_rule_groups[], *const __stop_rule_groups[];

/* Rules where the pages are silent or contradict each other: *choice* in the lists of rules.md. */
static const char *const choices[] = { "AC-1-06", "AC-2-05", "AC-5-08", "AC-7-05", "AC-7-07",
    "AC-8-02", "AC-8-03", "AC-8-05", "AC-8-06", "AC-8-09", "AC-8-10", "AC-8-12", "AC-8-13",
    "AC-9-01", "AC-9-02", "AC-9-03", "AC-9-04", "AC-9-06", "AC-9-08", "AC-9-09", "AC-9-10",
    "AC-9-11", "AC-9-12", "AC-9-14", "CB-2.6-07", "CB-7-01", "CP-1.4-05", "CP-1.5-06", "CP-1.7-03",
    "CP-1.7-05", "CP-2.5-23", "CP-2.5-25", "CP-2.5-29", "CP-2.5-30", "CP-2.5-31", "CP-2.5-46",
    "CP-2.5-47", "CP-2.5-48", "CP-2.5-65", "CP-2.5-67", "CP-2.5-69", "CP-2.5-75", "CP-2.5-91",
    "CP-2.5-93", "CP-2.5-94", "CP-2.5-96", "CP-2.5-97", "CP-2.5-102", "CP-2.5-106", "CP-2.5-118",
    "CP-2.5-122", "CP-2.5-125", "CP-2.5-127", "CP-2.5-136", "CP-2.5-154", "CP-2.5-155",
    "CP-2.5-156", "CP-2.5-173", "CP-2.5-197", "CP-2.5-199", "CP-2.5-201", "CP-2.5-202",
    "CP-2.5-203", "CP-6-01", "CP-6-02", "CP-6-03", "CP-6-04", "CP-6-07", "CP-6-08", "CP-6-09",
    "CP-6-10", "CP-6-12", "CP-6-13", "CP-6-14", "OP-3-26", "OP-5-03", "OP-6-01", "OP-8-28",
    "OP-8-30", "OP-9-03", "OP-9-05", "OP-10-02", "OP-10-03", "OP-10-04", "OP-10-05", "OP-10-07" };

bool rule_id_is_choice(const char *id, size_t len)
{
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        if (strlen(choices[i]) == len && memcmp(choices[i], id, len) == 0) {
            return true;
        }
    }
    return false;
}

bool rule_is_choice(const struct rule *rule)
{
    for (const char *id = rule->ids; *id != '\0';) {
        size_t len = strcspn(id, " ");
        if (rule_id_is_choice(id, len)) {
            return true;
        }
        id += len + strspn(id + len, " ");
    }
    return false;
}

static int compare_lines(const void *left, const void *right)
{
    const struct rule *a = *(const struct rule *const *)left;
    const struct rule *b = *(const struct rule *const *)right;
    if (a->line != b->line) {
        return a->line > b->line ? 1 : -1;
    }
    return strcmp(a->name, b->name); /* a macro may make several in a line */
}

/* The compiler puts those of a file in any order, but all together. */
static size_t end_of_file(const struct rule **list, size_t begin)
{
    size_t end = begin;
    while (list[end] != NULL && strcmp(list[end]->file, list[begin]->file) == 0) {
        end++;
    }
    return end;
}

static const struct rule **allocate(size_t count)
{
    const struct rule **list = calloc(count + 1, sizeof(*list));
    if (list == NULL) {
        abort();
    }
    return list;
}

/* The rules of a group stand together, where its first one stood. Empties from. */
static void group(const struct rule **from, const struct rule **to, size_t count)
{
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = from[i] != NULL ? from[i]->group : "";
        for (size_t j = i; j < count; j++) {
            if (from[j] != NULL && strcmp(from[j]->group, name) == 0) {
                to[taken++] = from[j];
                from[j] = NULL;
            }
        }
    }
}

const struct rule **rule_list(void)
{
    size_t count = (size_t)(__stop_rules - __start_rules);
    const struct rule **list = allocate(count), **grouped = allocate(count);
    memcpy(list, __start_rules, count * sizeof(*list));
    for (size_t begin = 0, end; begin < count; begin = end) {
        end = end_of_file(list, begin);
        qsort(list + begin, end - begin, sizeof(*list), compare_lines);
    }
    group(list, grouped, count);
    free(list);
    return grouped;
}

const char *rule_group_title(const char *group)
{
    for (const struct rule_group *const *at = __start_rule_groups; at < __stop_rule_groups; at++) {
        if (strcmp((*at)->name, group) == 0) {
            return (*at)->title;
        }
    }
    return group;
}

static bool name_mark(const char *group, const char *name, char path[PATH_MAX])
{
    const char *folder = getenv(RULE_MARKS);
    if (folder == NULL) {
        return false;
    }
    int len = snprintf(path, PATH_MAX, "%s/%s.%s.ended", folder, group, name);
    return len > 0 && len < PATH_MAX;
}

void rule_run(const struct rule *rule, void (*body)(void))
{
    char path[PATH_MAX];
    /* A test does not outlive the run. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    body();
    cr_assert(name_mark(rule->group, rule->name, path), "run by vitrine-conform's main()");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    cr_assert_geq(fd, 0, "%s: cannot be made", path);
    close(fd);
}

bool rule_reached_its_end(const char *group, const char *name)
{
    char path[PATH_MAX];
    return name_mark(group, name, path) && access(path, F_OK) == 0;
}
