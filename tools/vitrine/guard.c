/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/guard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

enum { GUARDED_MAX = 8 };

static const int endings[] = { SIGINT, SIGTERM, SIGHUP };
enum { ENDING_COUNT = sizeof(endings) / sizeof(endings[0]) };

/* The one global state: a signal handler can be given nothing else. */
static _Atomic(const char *) guarded[GUARDED_MAX];

/* What came last goes first: it may lie in a folder that came before. The default action came back
 * with SA_RESETHAND, and takes effect on return. */
static void clear_away(int signal_number)
{
    for (int i = GUARDED_MAX - 1; i >= 0; i--) {
        const char *path = atomic_load(&guarded[i]);
        if (path != NULL && unlink(path) != 0) {
            rmdir(path);
        }
    }
    raise(signal_number);
}

static void listen_to(int signal_number)
{
    struct sigaction before;
    struct sigaction action = { .sa_handler = clear_away, .sa_flags = (int)SA_RESETHAND };
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < ENDING_COUNT; i++) {
        sigaddset(&action.sa_mask, endings[i]);
    }
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
        sigaction(signal_number, &action, NULL);
    }
}

bool guard_add(const char *path)
{
    for (int i = 0; i < ENDING_COUNT; i++) {
        listen_to(endings[i]);
    }
    for (int i = 0; i < GUARDED_MAX; i++) {
        const char *none = NULL;
        if (atomic_compare_exchange_strong(&guarded[i], &none, path)) {
            return true;
        }
    }
    return false;
}

void guard_remove(const char *path)
{
    for (int i = 0; i < GUARDED_MAX; i++) {
        const char *wanted = path;
        if (atomic_compare_exchange_strong(&guarded[i], &wanted, NULL)) {
            return;
        }
    }
}

void guard_hold(sigset_t *before)
{
    sigset_t held;
    sigemptyset(&held);
    for (int i = 0; i < ENDING_COUNT; i++) {
        sigaddset(&held, endings[i]);
    }
    pthread_sigmask(SIG_BLOCK, &held, before);
}

void guard_release(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}
