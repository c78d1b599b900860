/* SPDX-License-Identifier: MIT */
/**
 * A PKCS#11 module around SoftHSM's for tests. Its sessions and objects have numbers of its own, which
 * begin at 1 again when the token was out; and it lies when it is told to.
 */
#ifndef TESTS_CNG_TOKEN_MODULE_H
#define TESTS_CNG_TOKEN_MODULE_H

#include <stdatomic.h>
#include <stdbool.h>

/* The environment variable with the path of the module behind it. */
#define TOKEN_MODULE_BEHIND "TEST_TOKEN_MODULE_BEHIND"

/* Its symbol token_module_control. */
struct token_module_control {
    atomic_bool out;    /* the next call finds the token out, and those after it find it back */
    atomic_uint opened; /* sessions, ever */
    const char *lie;    /* NULL: none */
};

#endif
