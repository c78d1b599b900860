/* SPDX-License-Identifier: MIT */
/* Names with the values that they have and the ones that were published. */
#ifndef TESTS_CNG_NAMES_H
#define TESTS_CNG_NAMES_H

#include "tests/cng/cng.h"

struct number {
    const char *name;
    ULONG_PTR value, published;
};

struct text {
    const char *name;
    LPCWSTR value;
    const char *published;
};

#define NUMBER(name, published) { #name, (ULONG_PTR)(name), published }
#define TEXT(name, published) { #name, name, published }

static inline void check_numbers(const struct number *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(numbers[i].value, numbers[i].published, "%s", numbers[i].name);
    }
}

static inline void check_texts(const struct text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at <= strlen(texts[i].published); at++) {
            cr_assert_eq(texts[i].value[at], (WCHAR)texts[i].published[at], "%s", texts[i].name);
        }
    }
}

#endif
