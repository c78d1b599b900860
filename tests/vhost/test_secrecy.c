/* SPDX-License-Identifier: MIT */
/* What other processes of the same user can get out of the device process: nothing. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/device_process.h"

static struct support support;

/* With its private key: custody device. */
static void start(void)
{
    support_init(&support, "device");
    const char *key[] = { "--key", support.key, NULL };
    support_start_device(&support, key);
}

static void finish(void)
{
    support_finish(&support);
}

/* Root may look everywhere; without this right it is a user like any. Ours and our children's. */
static void give_up_the_right_to_trace(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    (void)prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0);
    cr_assert_eq(syscall(SYS_capget, &header, data), 0);
    data[0].effective &= ~(1u << CAP_SYS_PTRACE);
    data[0].permitted &= ~(1u << CAP_SYS_PTRACE);
    data[0].inheritable &= ~(1u << CAP_SYS_PTRACE);
    cr_assert_eq(syscall(SYS_capset, &header, data), 0);
}

/* 0, or why its memory cannot be opened. */
static int look_into(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int why = fd >= 0 ? 0 : errno;
    close(fd);
    return why;
}

static pid_t start_some_process(void)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        execlp("sleep", "sleep", "60", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

Test(secrecy, its_memory_cannot_be_looked_into, .fini = finish)
{
    give_up_the_right_to_trace();
    start();
    pid_t other = start_some_process();
    int why = look_into(other);
    end_process(other);
    if (why != 0) {
        cr_skip_test("nobody looks into anything here: %s", strerror(why));
    }
    cr_assert_eq(look_into(support.device), EACCES);
}

static long locked_kib(pid_t pid)
{
    char path[64], line[256];
    long kib = -1;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    cr_assert_not_null(status);
    while (fgets(line, sizeof(line), status) != NULL) {
        if (sscanf(line, "VmLck: %ld kB", &kib) == 1) {
            break;
        }
    }
    fclose(status);
    return kib;
}

/* The device's own keys take 128 KiB; OpenSSL has about a thousand. */
Test(secrecy, openssls_memory_is_locked_too, .init = start, .fini = finish)
{
    long kib = locked_kib(support.device);
    if (kib == 0) {
        cr_skip_test("a checker makes mlock() do nothing");
    }
    cr_assert_gt(kib, 512);
}
