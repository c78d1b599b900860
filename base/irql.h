/* SPDX-License-Identifier: MIT */
/**
 * A model of what a kernel calls the interrupt request level: each thread has one, PASSIVE until it
 * raises it, and at DISPATCH only memory that was locked may be touched. Whoever stands for a kernel
 * sets it; CNG asks it, as the published pages demand of drivers.
 *
 * The level of a thread and the locked ranges of the process are one each, whichever libraries ask:
 * this is a shared library of its own, with no other state.
 */
#ifndef BASE_IRQL_H
#define BASE_IRQL_H

#include <stdbool.h>
#include <stddef.h>

enum vit_irql { VIT_IRQL_PASSIVE = 0, VIT_IRQL_DISPATCH = 2 };

enum vit_irql vit_irql_current(void);
/* Sets the level of this thread; returns the one before. */
enum vit_irql vit_irql_set(enum vit_irql level);

/* Memory that stays locked until it is unlocked with the same two values. False: out of memory. */
bool vit_irql_lock(const void *memory, size_t len);
/* False: no such range. */
bool vit_irql_unlock(const void *memory, size_t len);

/* May this thread touch these bytes now? Always at PASSIVE; else when one locked range holds them
 * all. Nothing (len 0) may always be touched. */
bool vit_irql_may_touch(const void *memory, size_t len);

#endif
