/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR_LEN = 40 };
static const uint64_t redraw_ns = 100000000u;

void progress_init(struct progress *progress, const char *what)
{
    *progress = (struct progress){ .what = what, .wanted = isatty(STDERR_FILENO) == 1 };
}

void progress_show(struct progress *progress, uint32_t done, uint32_t total)
{
    uint64_t now = progress->wanted ? vit_now_ns() : 0;
    if (!progress->wanted || (now - progress->shown_ns < redraw_ns && done != total)) {
        return;
    }
    progress->shown_ns = now;
    if (total == 0) {
        fprintf(stderr, "\r%s: %u frames", progress->what, done);
        return;
    }
    uint32_t filled = done >= total ? BAR_LEN : (uint32_t)((uint64_t)done * BAR_LEN / total);
    fprintf(stderr, "\r%s [%.*s%*s] %u/%u", progress->what, (int)filled,
            "########################################", (int)(BAR_LEN - filled), "", done, total);
}

void progress_finish(struct progress *progress)
{
    if (progress->wanted && progress->shown_ns != 0) {
        fputc('\n', stderr);
    }
}
