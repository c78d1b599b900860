/* SPDX-License-Identifier: MIT */
/**
 * Makes one call fail. The linker puts the functions of inject.c and inject_crypto.c in the place
 * of malloc() and the like, and of OpenSSL's, as far as our own objects call them; so sanitizers and
 * valgrind keep their own. Counts calls of all threads.
 */
#ifndef TESTS_FAULTS_FAULT_H
#define TESTS_FAULTS_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_MEMORY, /* malloc, calloc, realloc, strdup, mmap, eventfd, pthread_create and the like */
    FAULT_CRYPTO, /* EVP_*, X509_*, RAND_* and the like */
};

/* The number-th call of this kind from now on fails; 1 is the next. */
void fault_arm(enum fault_kind kind, uint64_t number);
void fault_disarm(void);
/* Did it come to that? */
bool fault_fired(void);
/* The function that failed last, and where it was called; for messages. */
const char *fault_name(void);

/* For the wrappers; site is where they return to. */
bool fault_now(enum fault_kind kind, const char *name, const void *site);

/**
 * Runs scenario again and again, with the first, the second... call of this kind failing, until
 * nothing is left to fail. It is told which one, frees all it made, and ends the program on what
 * must not be. Returns the number of calls that were made to fail; prints it.
 */
unsigned fault_each(const char *name, enum fault_kind kind, void (*scenario)(void *context),
        void *context);

/**
 * One line for each site that was made to fail: its place in the program, and the function called.
 * Into the file that FAULT_SITES names, if any. sites.py compares it with the program's text.
 */
void fault_write_sites(void);

#endif
