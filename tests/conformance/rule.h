/* SPDX-License-Identifier: MIT */
/**
 * A test that is one published rule. The ids are those of rules.md; a test may hold several.
 *
 *     RULE_GROUP(session, "Crypto sessions");
 *
 *     RULE(session, refuses_another_profile, "CP-2.5-09",
 *             "A decode profile that does not support the crypto type is refused",
 *             "PFND3D11_1DDI_CREATECRYPTOSESSION")
 *     {
 *         ...
 *     }
 *
 * The sentence is what a reader of the report sees; the message of a failed assertion is the
 * evidence of the break, so it says what was expected and what came.
 */
#ifndef TESTS_CONFORMANCE_RULE_H
#define TESTS_CONFORMANCE_RULE_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stddef.h>

struct rule {
    const char *group, *name;
    const char *ids; /* separated by spaces */
    const char *sentence;
    const char *page;
    const char *file;
    unsigned line;
};

struct rule_group {
    const char *name;
    const char *title;
};

enum { RULE_SECONDS = 60 };

#define RULE_GROUP(name_, title_)                                                                  \
    static const struct rule_group rule_group_##name_ = { #name_, title_ };                        \
    __attribute__((used, section("rule_groups"))) static const struct rule_group                   \
            *const rule_group_pointer_##name_ = &rule_group_##name_

#define RULE(group_, name_, ids_, sentence_, page_)                                                \
    static const struct rule rule_##group_##_##name_ = { #group_, #name_, ids_, sentence_, page_,  \
        __FILE__, __LINE__ };                                                                      \
    __attribute__((used,                                                                           \
            section("rules"))) static const struct rule *const rule_pointer_##group_##_##name_ =   \
            &rule_##group_##_##name_;                                                              \
    static void body_##group_##_##name_(void);                                                     \
    Test(group_, name_, .description = sentence_, .timeout = RULE_SECONDS)                         \
    {                                                                                              \
        rule_run(&rule_##group_##_##name_, body_##group_##_##name_);                               \
    }                                                                                              \
    static void body_##group_##_##name_(void)

/* Does the test ask for something that no page says: is one of its ids a choice of this suite? */
bool rule_is_choice(const struct rule *rule);
bool rule_id_is_choice(const char *id, size_t len);
#define RULE_CHOICE "a choice of this suite where publications are silent"

/* Ends the test: the driver does not offer what the rule is about, and need not. */
#define not_applicable(...) cr_skip_test(__VA_ARGS__)

/* Runs the body and leaves a mark when its end is reached: a driver may end the process before, with
 * any exit code. */
void rule_run(const struct rule *rule, void (*body)(void));
/* Is the mark there? It is in the folder that RULE_MARKS names. */
bool rule_reached_its_end(const char *group, const char *name);
#define RULE_MARKS "VITRINE_CONFORM_MARKS"

/* All of the program, file by file, each from its top; ends with NULL and is to be freed. */
const struct rule **rule_list(void);
/* The title of a group; its name when it has none. */
const char *rule_group_title(const char *group);

#endif
