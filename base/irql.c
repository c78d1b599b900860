/* SPDX-License-Identifier: MIT */
#include "base/irql.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define EXPORTED __attribute__((visibility("default")))

struct range {
    const void *memory;
    size_t len;
    struct range *next;
};

/* In the block that each thread has from its start: when this library is unloaded with a driver, nothing
 * of it is left in threads, where leak checkers would look for it. */
static _Thread_local enum vit_irql current_level __attribute__((tls_model("initial-exec"))) =
        VIT_IRQL_PASSIVE;

/* Of the process, as locked pages are. */
static pthread_mutex_t ranges_lock = PTHREAD_MUTEX_INITIALIZER;
static struct range *ranges;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void hold_ranges(void)
{
    pthread_mutex_lock(&ranges_lock);
}

static void unlock_ranges(void)
{
    pthread_mutex_unlock(&ranges_lock);
}

/* The child keeps the parent's ranges, whole. */
static void init_ranges(void)
{
    (void)pthread_atfork(hold_ranges, unlock_ranges, unlock_ranges);
}

static void lock_ranges(void)
{
    pthread_once(&once, init_ranges);
    hold_ranges();
}

EXPORTED enum vit_irql vit_irql_current(void)
{
    return current_level;
}

EXPORTED enum vit_irql vit_irql_set(enum vit_irql level)
{
    enum vit_irql before = current_level;
    current_level = level;
    return before;
}

EXPORTED bool vit_irql_lock(const void *memory, size_t len)
{
    struct range *range = malloc(sizeof(*range));
    if (range == NULL) {
        return false;
    }
    lock_ranges();
    *range = (struct range){ memory, len, ranges };
    ranges = range;
    unlock_ranges();
    return true;
}

static struct range *take_range(const void *memory, size_t len)
{
    for (struct range **link = &ranges; *link != NULL; link = &(*link)->next) {
        struct range *range = *link;
        if (range->memory == memory && range->len == len) {
            *link = range->next;
            return range;
        }
    }
    return NULL;
}

EXPORTED bool vit_irql_unlock(const void *memory, size_t len)
{
    lock_ranges();
    struct range *range = take_range(memory, len);
    unlock_ranges();
    free(range);
    return range != NULL;
}

static bool holds(const struct range *range, uintptr_t memory, size_t len)
{
    uintptr_t start = (uintptr_t)range->memory;
    return memory >= start && len <= range->len && memory - start <= range->len - len;
}

static bool is_locked(const void *memory, size_t len)
{
    for (const struct range *range = ranges; range != NULL; range = range->next) {
        if (holds(range, (uintptr_t)memory, len)) {
            return true;
        }
    }
    return false;
}

EXPORTED bool vit_irql_may_touch(const void *memory, size_t len)
{
    if (current_level < VIT_IRQL_DISPATCH || len == 0) {
        return true;
    }
    lock_ranges();
    bool locked = is_locked(memory, len);
    unlock_ranges();
    return locked;
}
