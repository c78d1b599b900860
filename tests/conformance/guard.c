/* SPDX-License-Identifier: MIT */
#include "tests/conformance/guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/conformance/options.h"

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP };

static void fill_set(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    for (unsigned i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++) {
        sigaddset(set, ending_signals[i]);
    }
}

static _Noreturn void run_in_child(const sigset_t *mask, pid_t parent, int (*run)(void *context),
        void *context)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(CONFORM_NO_START);
    }
    sigprocmask(SIG_SETMASK, mask, NULL);
    exit(run(context));
}

/* @return the signal that ended the wait before the child ended, or 0 */
static int wait_for(pid_t child, const sigset_t *set, int *status)
{
    while (waitpid(child, status, WNOHANG) == 0) {
        int signal_number = sigwaitinfo(set, NULL);
        if (signal_number > 0 && signal_number != SIGCHLD) {
            kill(child, SIGKILL);
            waitpid(child, status, 0);
            return signal_number;
        }
    }
    return 0;
}

static pid_t first_child(void)
{
    int pid = 0;
    VIT_AUTO(stream) list = fopen("/proc/thread-self/children", "re");
    return list != NULL && fscanf(list, "%d", &pid) == 1 ? pid : 0;
}

/* Tests have process groups of their own; their parent dead, they are children of this process. */
static void end_orphans(void)
{
    for (pid_t pid = first_child(); pid > 0; pid = first_child()) {
        kill(pid, SIGKILL);
        if (waitpid(pid, NULL, 0) != pid) {
            return;
        }
    }
}

static struct guard_end tell(int status, int signal_number)
{
    struct guard_end end = { .code = CONFORM_NO_START, .signal_number = signal_number };
    if (signal_number == 0 && WIFEXITED(status)) {
        end.code = WEXITSTATUS(status);
    } else if (signal_number == 0) {
        fprintf(stderr, "vitrine-conform: the run ended by signal %d\n", WTERMSIG(status));
    }
    return end;
}

struct guard_end guard_run(int (*run)(void *context), void *context)
{
    sigset_t set, before;
    int status = 0, signal_number = 0;
    pid_t self = getpid();
    fill_set(&set);
    fflush(stdout);
    signal(SIGCHLD, SIG_DFL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigprocmask(SIG_BLOCK, &set, &before);
    pid_t child = fork();
    if (child == 0) {
        run_in_child(&before, self, run, context);
    }
    if (child < 0) {
        perror("vitrine-conform");
        status = CONFORM_NO_START << 8;
    } else {
        signal_number = wait_for(child, &set, &status);
        end_orphans();
    }
    return tell(status, signal_number);
}

void guard_raise(int signal_number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
