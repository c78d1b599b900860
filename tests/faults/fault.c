/* SPDX-License-Identifier: MIT */
#include "tests/faults/fault.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/plain/check.h"

/* More calls than any scenario makes: the end of a loop that would never end. */
enum { MAX_COUNT = 5000, MAX_SITES = 1000 };

static atomic_int armed_kind;
static atomic_uint_fast64_t left;
static atomic_bool fired;
static _Atomic(const char *) failed_name;

/* One call fails at a time, and the next is armed after it. */
static struct {
    const void *place;
    const char *name;
} sites[MAX_SITES];
static unsigned site_count;
extern const char __executable_start[]; /* of the linker */

void fault_arm(enum fault_kind kind, uint64_t number)
{
    atomic_store(&failed_name, "nothing");
    atomic_store(&fired, false);
    atomic_store(&left, number);
    atomic_store(&armed_kind, (int)kind);
}

void fault_disarm(void)
{
    atomic_store(&armed_kind, FAULT_NONE);
}

bool fault_fired(void)
{
    return atomic_load(&fired);
}

const char *fault_name(void)
{
    return atomic_load(&failed_name);
}

static void note_site(const char *name, const void *place)
{
    for (unsigned i = 0; i < site_count; i++) {
        if (sites[i].place == place && sites[i].name == name) {
            return;
        }
    }
    CHECK(site_count < MAX_SITES);
    sites[site_count].place = place;
    sites[site_count++].name = name;
}

bool fault_now(enum fault_kind kind, const char *name, const void *site)
{
    if (atomic_load(&armed_kind) != (int)kind || atomic_fetch_sub(&left, 1) != 1) {
        return false;
    }
    note_site(name, site);
    atomic_store(&failed_name, name);
    atomic_store(&fired, true);
    if (getenv("FAULT_BREAK") != NULL) {
        __builtin_trap(); /* for whoever looks from where, in a debugger */
    }
    return true;
}

unsigned fault_each(const char *name, enum fault_kind kind, void (*scenario)(void *context),
        void *context)
{
    const char *first = getenv("FAULT_FIRST");
    unsigned count = first != NULL ? (unsigned)atoi(first) - 1 : 0;
    do {
        count++;
        CHECK(count < MAX_COUNT);
        if (first != NULL) {
            fprintf(stderr, "%s: call %u\n", name, count);
        }
        fault_arm(kind, count);
        scenario(context);
        fault_disarm();
    } while (fault_fired());
    printf("%s: %u calls failed in turn\n", name, count - 1);
    return count - 1;
}

void fault_write_sites(void)
{
    const char *path = getenv("FAULT_SITES");
    FILE *file = path != NULL ? fopen(path, "we") : NULL;
    CHECK(path == NULL || file != NULL);
    for (unsigned i = 0; file != NULL && i < site_count; i++) {
        fprintf(file, "%tx %s\n", (const char *)sites[i].place - __executable_start, sites[i].name);
    }
    if (file != NULL) {
        CHECK(fclose(file) == 0);
    }
}
