/* SPDX-License-Identifier: MIT */
/**
 * Looks at what was played: at the display, which must show it, and at the same screen by the means
 * of a program, which must not get it; the same of an unprotected frame proves those means.
 */
#ifndef TOOLS_VITRINE_LOOK_H
#define TOOLS_VITRINE_LOOK_H

#include "runtime/ddi.h"
#include "tools/vitrine/player.h"

struct look {
    struct vit_adapter *adapter;        /* borrowed, as all of these */
    const struct vit_resource *primary; /* protected, shown */
    const char *folder;                 /* for the pictures; NULL: none are written */
    player_shown *shown;                /* NULL: nobody waits */
    struct player_result *result;       /* the source's digest is there already */
};

/* Says on standard error what fails. An exit code of command.h. */
int look_around(const struct look *look);

#endif
