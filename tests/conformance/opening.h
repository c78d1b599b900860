/* SPDX-License-Identifier: MIT */
/** Opens once what every test will open; in a process of its own, so that nothing stays. */
#ifndef TESTS_CONFORMANCE_OPENING_H
#define TESTS_CONFORMANCE_OPENING_H

/**
 * @param seconds  the limit
 * @return CONFORM_KEPT, or CONFORM_NO_START after a line on standard error
 */
int opening_try(unsigned seconds);

#endif
