/* SPDX-License-Identifier: MIT */
#include "tests/conformance/opening.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/rig.h"

/* What the child writes; if it writes nothing, the driver ended it or hangs. */
enum answer { ANSWER_NONE = 0, ANSWER_OPENED = 1, ANSWER_REFUSED = 2 };

static _Noreturn void open_in_child(int out)
{
    char error[256] = "";
    char answer = ANSWER_OPENED;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!rig_can_open(error, sizeof(error))) {
        fprintf(stderr, "vitrine-conform: %s\n", error);
        answer = ANSWER_REFUSED;
    }
    _exit(write(out, &answer, 1) == 1 ? 0 : 1);
}

static int complain(const char *what)
{
    fprintf(stderr, "vitrine-conform: %s\n", what);
    return CONFORM_NO_START;
}

/* @param status  as waitpid() tells it */
static int explain_silence(int status)
{
    if (WIFEXITED(status)) {
        return complain("the driver ends the process when it is opened");
    }
    return complain("the driver crashes when it is opened");
}

static int judge(pid_t child, int in, unsigned seconds)
{
    struct pollfd ready = { .fd = in, .events = POLLIN };
    char answer = ANSWER_NONE;
    int status = 0;
    bool in_time = poll(&ready, 1, (int)seconds * 1000) == 1;
    bool answered = in_time && read(in, &answer, 1) == 1;
    kill(child,
            SIGKILL); /* nothing that it began is waited for; its status stays if it had ended */
    if (waitpid(child, &status, 0) != child) {
        return complain("the process that opens the driver is lost");
    }
    if (!in_time) {
        fprintf(stderr, "vitrine-conform: the driver is not open after %u s\n", seconds);
        return CONFORM_NO_START;
    }
    if (!answered) {
        return explain_silence(status);
    }
    return answer == ANSWER_OPENED ? CONFORM_KEPT : CONFORM_NO_START;
}

int opening_try(unsigned seconds)
{
    int ends[2];
    fflush(stdout);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return complain("no pipe");
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        open_in_child(ends[1]);
    }
    close(ends[1]);
    int code = child > 0 ? judge(child, ends[0], seconds) : complain("no process");
    close(ends[0]);
    return code;
}
