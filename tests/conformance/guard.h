/* SPDX-License-Identifier: MIT */
/**
 * Runs something in a process of its own and stays behind to clean up, however that ends: by its
 * return, by exit(), by a crash, or because a signal asks this program to end.
 */
#ifndef TESTS_CONFORMANCE_GUARD_H
#define TESTS_CONFORMANCE_GUARD_H

struct guard_end {
    int code;          /* exit code; CONFORM_NO_START, after a line, when there was none */
    int signal_number; /* that this program was sent, to be raised again after cleaning up; or 0 */
};

/* When it returns, no process is left of those that were begun. */
struct guard_end guard_run(int (*run)(void *context), void *context);

/* Ends this program by the signal. */
void guard_raise(int signal_number);

#endif
