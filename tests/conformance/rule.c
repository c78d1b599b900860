/* SPDX-License-Identifier: MIT */
#include "tests/conformance/rule.h"

#include <string.h>

/* The linker makes these names from the sections'. */
extern const struct rule *const __start_rules[], *const __stop_rules[];
extern const struct rule_group *const __start_rule_groups[], *const __stop_rule_groups[];

const struct rule *rule_at(size_t index)
{
    return index < (size_t)(__stop_rules - __start_rules) ? __start_rules[index] : NULL;
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
