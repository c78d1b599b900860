/* SPDX-License-Identifier: MIT */
/* Names that disappear when SIGINT, SIGTERM or SIGHUP ends the program. */
#ifndef TOOLS_VITRINE_GUARD_H
#define TOOLS_VITRINE_GUARD_H

#include <signal.h>
#include <stdbool.h>

/**
 * A file, a socket or an empty folder to be removed. A signal that is ignored stays ignored.
 * Threads besides the main one must block these signals.
 *
 * @param path  borrowed until guard_remove()
 * @return false  too many are guarded
 */
bool guard_add(const char *path);
void guard_remove(const char *path);

/* Between these the signals wait, so that a name and its guard come and go together. */
void guard_hold(sigset_t *before);
void guard_release(const sigset_t *before);

#endif
