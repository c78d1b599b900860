/* SPDX-License-Identifier: MIT */
/** A progress bar on standard error, when that is a terminal; silent otherwise. */
#ifndef TOOLS_VITRINE_PROGRESS_H
#define TOOLS_VITRINE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; /* "sealing" */
    bool wanted;
    uint64_t shown_ns; /* when it was drawn last */
};

void progress_init(struct progress *progress, const char *what);
/* total 0: unknown. */
void progress_show(struct progress *progress, uint32_t done, uint32_t total);
/* Ends the line. */
void progress_finish(struct progress *progress);

#endif
