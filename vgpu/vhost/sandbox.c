/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"

VIT_DEFINE_AUTO(filter, scmp_filter_ctx, seccomp_release)

/* More than the C library would make for the threads of most devices. */
enum { ARENA_MAX_COUNT = 16 };

/* Allowed whatever their arguments are. Some have one name on one architecture only. */
static const char *const allowed[] = {
    /* descriptors that it has or is sent */
    "read", "readv", "preadv2", "write", "writev", "recvfrom", "recvmsg", "sendmsg", "shutdown",
    "accept4", "close", "fstat", "newfstatat", "ftruncate", "poll", "ppoll", "epoll_wait",
    "epoll_pwait", "epoll_pwait2", "epoll_ctl", "timerfd_settime",
    /* its own sockets' names, at the end */
    "unlink", "unlinkat",
    /* memory */
    "brk", "munmap", "mremap", "madvise", "mincore", "mlock", "mlock2", "memfd_secret", "getrandom",
    /* its own threads and signals */
    "futex", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
    "sched_yield", "sched_getaffinity", "getpid", "gettid", "exit", "exit_group",
    /* time, sizes */
    "timerfd_settime", "clock_gettime", "clock_getres", "clock_nanosleep", "gettimeofday",
    "nanosleep", "sysinfo",
    /* what a thread begins with that was made just before */
    "rseq", "set_robust_list"
};

/* Rendering besides: threads and their names, processors, what Mesa asks of its surroundings. */
static const char *const allowed_rendering[] = { "sched_setaffinity", "sched_getscheduler",
    "sched_setscheduler", "sched_getparam", "sched_get_priority_max", "sched_get_priority_min",
    "getpriority", "setpriority", "uname", "getuid", "geteuid", "getgid", "getegid", "getppid",
    "membarrier", "getcpu", "eventfd2", "clock_nanosleep_time64", "timer_settime" };

/* What is refused and not the process's end: libraries ask, and go on without an answer. */
static const char *const refused_rendering[] = { "open", "openat", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "stat", "lstat", "statfs" };

enum vit_status vhost_seccomp_from_name(const char *name, enum vhost_seccomp *mode)
{
    static const char *const names[] = { "kill", "log", "none" };
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            *mode = (enum vhost_seccomp)i;
            return VIT_OK;
        }
    }
    return VIT_E_ARG;
}

void vhost_sandbox_prepare(void)
{
    const struct rlimit none = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &none);
    /* Or malloc() counts processors in /sys when a thread first needs an arena. */
    (void)mallopt(M_ARENA_MAX, ARENA_MAX_COUNT);
    /* Or the first object opens /dev/urandom. */
    json_object_seed(0);
}

/* A call that this architecture does not have needs no rule. */
static bool allow(scmp_filter_ctx filter, const char *name, unsigned count,
        const struct scmp_arg_cmp *conditions)
{
    int call = seccomp_syscall_resolve_name(name);
    return call < 0 || seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, count, conditions) == 0;
}

/* One argument's bits under the mask are those of the value. */
static bool allow_if(scmp_filter_ctx filter, const char *name, unsigned argument, uint64_t mask,
        uint64_t value)
{
    const struct scmp_arg_cmp condition = { argument, SCMP_CMP_MASKED_EQ, mask, value };
    return allow(filter, name, 1, &condition);
}

static bool allow_flags(scmp_filter_ctx filter)
{
    static const int commands[] = { F_GETFL, F_SETFL, F_GETFD, F_SETFD };
    for (unsigned i = 0; i < 4; i++) {
        if (!allow_if(filter, "fcntl", 1, UINT32_MAX, (uint32_t)commands[i])) {
            return false;
        }
    }
    return true;
}

/* Nothing that can be written is ever executed. */
static bool allow_data_only(scmp_filter_ctx filter)
{
    return allow_if(filter, "mmap", 2, PROT_EXEC, 0) &&
            allow_if(filter, "mprotect", 2, PROT_EXEC, 0);
}

/* Refused with an error that the caller knows how to live with. */
static bool refuse(scmp_filter_ctx filter, const char *name, int error)
{
    int call = seccomp_syscall_resolve_name(name);
    return call < 0 ||
            seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((uint32_t)error), call, 0, NULL) == 0;
}

/* Memory becomes executable when it can no longer be written. clone3 hides what it makes in memory:
 * the C library does without it. */
static bool allow_rendering(scmp_filter_ctx filter)
{
    const uint64_t thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
    const uint64_t both = PROT_WRITE | PROT_EXEC;
    for (size_t i = 0; i < sizeof(allowed_rendering) / sizeof(allowed_rendering[0]); i++) {
        if (!allow(filter, allowed_rendering[i], 0, NULL)) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof(refused_rendering) / sizeof(refused_rendering[0]); i++) {
        if (!refuse(filter, refused_rendering[i], EACCES)) {
            return false;
        }
    }
    /* Of a GPU and of its buffers; in software there is no such descriptor. */
    return allow_if(filter, "ioctl", 1, 0xff00, 'd' << 8) &&
            allow_if(filter, "ioctl", 1, 0xff00, 'b' << 8) && refuse(filter, "clone3", ENOSYS) &&
            allow_if(filter, "clone", 0, thread, thread) &&
            allow_if(filter, "prctl", 0, UINT32_MAX, PR_SET_NAME) &&
            allow_if(filter, "mprotect", 2, both, PROT_EXEC);
}

static bool allow_all(scmp_filter_ctx filter, enum vhost_sandbox_kind kind)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (!allow(filter, allowed[i], 0, NULL)) {
            return false;
        }
    }
    if (kind == VHOST_SANDBOX_RENDERING && !allow_rendering(filter)) {
        return false;
    }
    return allow_flags(filter) && allow_data_only(filter) &&
            /* To nobody but the peer. */
            allow_if(filter, "sendto", 4, UINT64_MAX, 0) &&
            /* abort() */
            allow_if(filter, "tgkill", 0, UINT32_MAX, (uint32_t)getpid());
}

/* Calls of another architecture end the process also in "log": that is libseccomp's default. */
static enum vit_status install(enum vhost_seccomp mode, enum vhost_sandbox_kind kind)
{
    VIT_AUTO(filter)
    filter = seccomp_init(mode == VHOST_SECCOMP_LOG ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS);
    if (filter == NULL || !allow_all(filter, kind)) {
        return VIT_E_NOMEM;
    }
    bool loaded = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
            seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
            seccomp_load(filter) == 0;
    return loaded ? VIT_OK : VIT_E_UNSUPPORTED;
}

enum vit_status vhost_sandbox_enter(enum vhost_seccomp mode, enum vhost_sandbox_kind kind)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return VIT_E_UNSUPPORTED;
    }
    return mode == VHOST_SECCOMP_NONE ? VIT_OK : install(mode, kind);
}
