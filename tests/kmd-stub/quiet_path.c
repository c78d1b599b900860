/* SPDX-License-Identifier: MIT */
/* The small path makes no system call: under this thread's filter any one but the last exit would
 * end the process. Exit 0: none was made; 77: no such filter here, or a checker that makes its own. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kmd-stub/host_rig.h"

/* Warm: everything is allocated that a small job ever needs. */
static HRESULT round_trip(struct host_rig *rig, const D3DKMT_HANDLE handles[2])
{
    enum vit_status status; /* no such session: that is an answer too */
    HRESULT result = host_copy(rig, handles[0], handles[1], 4096);
    if (SUCCEEDED(result)) {
        result = host_finish(rig);
    }
    return SUCCEEDED(result) ? host_ask_session(rig, VIT_OP_SESSION_STATE, 1, &status) : result;
}

static int run(struct host_rig *rig, const D3DKMT_HANDLE handles[2])
{
    for (unsigned i = 0; i < 1000; i++) {
        if (FAILED(round_trip(rig, handles))) {
            return 1;
        }
    }
    return 0;
}

static int prepare(struct host_rig *rig, D3DKMT_HANDLE handles[2])
{
    if (FAILED(host_open_plain(rig))) {
        fprintf(stderr, "quiet_path: %s\n", rig->error);
        return 1;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (FAILED(host_allocate(rig, VIT_ALLOCATION_SHARED, VIT_FORMAT_BYTES, 4096, 1,
                    &handles[i]))) {
            return 1;
        }
    }
    return run(rig, handles);
}

static int forbid_system_calls(void)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog filter = { sizeof(steps) / sizeof(steps[0]), steps };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -1;
    }
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static void be_quiet(void)
{
    struct host_rig rig;
    D3DKMT_HANDLE handles[2];
    if (prepare(&rig, handles) != 0) {
        _exit(1);
    }
    if (forbid_system_calls() != 0) {
        _exit(77);
    }
    _exit(run(&rig, handles));
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CHECKED_BUILD 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHECKED_BUILD 1
#endif
#ifndef CHECKED_BUILD
#define CHECKED_BUILD 0
#endif

static bool is_checked(void)
{
    const char *preload = getenv("LD_PRELOAD");
    return CHECKED_BUILD || (preload != NULL && strstr(preload, "vgpreload") != NULL);
}

int main(void)
{
    if (is_checked()) {
        return 77;
    }
    pid_t child = fork();
    if (child == 0) {
        be_quiet();
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return 1;
    }
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "quiet_path: a system call was made (signal %d)\n", WTERMSIG(status));
        return 1;
    }
    return WEXITSTATUS(status);
}
