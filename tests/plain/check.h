/* SPDX-License-Identifier: MIT */
/**
 * The plain programs: no Criterion, one process, threads and whole life cycles, so that
 * ThreadSanitizer and valgrind see everything. Exit 0 is a pass.
 */
#ifndef TESTS_PLAIN_CHECK_H
#define TESTS_PLAIN_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
