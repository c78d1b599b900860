/* SPDX-License-Identifier: MIT */
/* Each call is made by a child that has entered the sandbox itself. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/secret_pages.h"
#include "vgpu/vhost/sandbox.h"

static const char nowhere[] = "/nonexistent/file";

static void try_socket(void)
{
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void try_unix_socket(void)
{
    (void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void try_connect(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/nonexistent" };
    (void)connect(0, (struct sockaddr *)&address, sizeof(address));
}

static void try_bind(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/nonexistent/socket" };
    (void)bind(0, (struct sockaddr *)&address, sizeof(address));
}

static void try_sendto(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/nonexistent" };
    (void)sendto(-1, "x", 1, 0, (struct sockaddr *)&address, sizeof(address));
}

static void try_open(void)
{
    (void)open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static void try_create(void)
{
    (void)open(nowhere, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static void try_rename(void)
{
    (void)rename(nowhere, nowhere);
}

static void try_link(void)
{
    (void)link(nowhere, nowhere);
}

static void try_chmod(void)
{
    (void)chmod(nowhere, 0600);
}

static void try_execute(void)
{
    (void)execl(nowhere, nowhere, (char *)NULL);
}

static void try_fork(void)
{
    if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0) {
        _exit(0);
    }
}

static void try_trace(void)
{
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void try_read_a_process(void)
{
    char byte;
    struct iovec here = { &byte, 1 }, there = { &byte, 1 };
    (void)process_vm_readv(getppid(), &here, 1, &there, 1, 0);
}

static void try_signal(void)
{
    (void)kill(getpid(), 0);
}

static void try_signal_a_thread_of_another(void)
{
    (void)syscall(SYS_tgkill, 1, 1, 0);
}

static void try_executable_memory(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_making_memory_executable(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void try_memory_that_could_be_executed(void)
{
    (void)memfd_create("x", MFD_CLOEXEC);
}

static void try_dumpable(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1);
}

static void try_terminal(void)
{
    int len;
    (void)ioctl(-1, FIONREAD, &len);
}

static void try_duplicate(void)
{
    (void)fcntl(0, F_DUPFD_CLOEXEC, 0);
}

static void try_limits(void)
{
    struct rlimit limit;
    (void)getrlimit(RLIMIT_CORE, &limit);
}

static void try_identity(void)
{
    (void)!setuid(getuid());
}

static void try_mount(void)
{
    (void)umount2(nowhere, MNT_DETACH);
}

static void try_namespaces(void)
{
    (void)unshare(0);
}

static void try_io_uring(void)
{
    (void)syscall(SYS_io_uring_setup, 0, NULL);
}

static void try_bpf(void)
{
    (void)syscall(SYS_bpf, -1, NULL, 0);
}

static void try_user_faults(void)
{
    (void)syscall(SYS_userfaultfd, -1);
}

static void try_keys(void)
{
    (void)syscall(SYS_keyctl, -1);
}

static const struct {
    const char *name;
    void (*call)(void);
} forbidden[] = {
    { "a network socket", try_socket },
    { "a local socket", try_unix_socket },
    { "connect", try_connect },
    { "bind", try_bind },
    { "sendto an address", try_sendto },
    { "open", try_open },
    { "create", try_create },
    { "rename", try_rename },
    { "link", try_link },
    { "chmod", try_chmod },
    { "execute", try_execute },
    { "fork", try_fork },
    { "ptrace", try_trace },
    { "read another process", try_read_a_process },
    { "kill", try_signal },
    { "signal another's thread", try_signal_a_thread_of_another },
    { "map executable memory", try_executable_memory },
    { "make memory executable", try_making_memory_executable },
    { "memfd", try_memory_that_could_be_executed },
    { "become dumpable", try_dumpable },
    { "ioctl", try_terminal },
    { "duplicate", try_duplicate },
    { "limits", try_limits },
    { "setuid", try_identity },
    { "umount", try_mount },
    { "unshare", try_namespaces },
    { "io_uring", try_io_uring },
    { "bpf", try_bpf },
    { "userfaultfd", try_user_faults },
    { "keyctl", try_keys },
};

enum { FORBIDDEN_COUNT = sizeof(forbidden) / sizeof(forbidden[0]), NOT_ENTERED = 99 };

static int make_call_within(enum vhost_seccomp mode, void (*call)(void))
{
    int status = 0;
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        vhost_sandbox_prepare();
        if (vhost_sandbox_enter(mode, VHOST_SANDBOX_PLAIN) != VIT_OK) {
            _exit(NOT_ENTERED);
        }
        call();
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return status;
}

Test(sandbox, each_forbidden_call_ends_the_process)
{
    for (unsigned i = 0; i < FORBIDDEN_COUNT; i++) {
        int status = make_call_within(VHOST_SECCOMP_KILL, forbidden[i].call);
        cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%s: status %x",
                forbidden[i].name, (unsigned)status);
    }
}

Test(sandbox, which_only_logs_lets_each_call_pass)
{
    for (unsigned i = 0; i < FORBIDDEN_COUNT; i++) {
        cr_expect_eq(make_call_within(VHOST_SECCOMP_LOG, forbidden[i].call), 0, "%s",
                forbidden[i].name);
    }
}

Test(sandbox, that_is_none_lets_each_call_pass)
{
    for (unsigned i = 0; i < FORBIDDEN_COUNT; i++) {
        cr_expect_eq(make_call_within(VHOST_SECCOMP_NONE, forbidden[i].call), 0, "%s",
                forbidden[i].name);
    }
}

#if defined(__x86_64__) && !defined(__ILP32__)
static void try_another_architecture(void)
{
    (void)syscall(0x40000000 | SYS_getpid);
}

Test(sandbox, calls_of_another_architecture_always_end_it)
{
    int status = make_call_within(VHOST_SECCOMP_KILL, try_another_architecture);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    status = make_call_within(VHOST_SECCOMP_LOG, try_another_architecture);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}
#endif

static pthread_barrier_t barrier;

static void *call_later(void *argument)
{
    (void)argument;
    pthread_barrier_wait(&barrier);
    try_open();
    return NULL;
}

Test(sandbox, holds_for_threads_that_were_there_before)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        pthread_barrier_init(&barrier, NULL, 2);
        pthread_create(&thread, NULL, call_later, NULL);
        if (vhost_sandbox_enter(VHOST_SECCOMP_KILL, VHOST_SANDBOX_PLAIN) != VIT_OK) {
            _exit(NOT_ENTERED);
        }
        pthread_barrier_wait(&barrier);
        pthread_join(thread, NULL);
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "the whole process ends");
}

static void need(bool condition, int code)
{
    if (!condition) {
        _exit(code);
    }
}

static char socket_path[64];
static int listening, client;

/* What a device does all the time. */
static void work(void)
{
    struct vit_slab *slab;
    char byte;
    int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    need(connection >= 0, 1);
    need(fcntl(connection, F_SETFL, fcntl(connection, F_GETFL) | O_NONBLOCK) == 0, 2);
    need(send(client, "x", 1, MSG_NOSIGNAL) == 1, 3);
    need(recv(connection, &byte, 1, MSG_DONTWAIT) == 1, 4);
    close(connection);
    need(vit_slab_create(&slab) == VIT_OK, 5);
    void *large = vit_slab_alloc(slab, 100000);
    need(large != NULL, 6);
    vit_slab_free(slab, large, 100000);
    vit_slab_destroy(slab);
    void *locked = vit_pages_map_locked(4096); /* where memfd_secret is not offered */
    need(locked != NULL && munmap(locked, 4096) == 0, 11);
    void *memory = malloc(64 << 20);
    need(memory != NULL, 7);
    free(memory);
    need(getrandom(&byte, 1, 0) == 1, 8);
    need(unlink(socket_path) == 0, 9);
    raise(SIGTERM); /* as abort() would */
    _exit(10);
}

Test(sandbox, leaves_what_a_device_does)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(socket_path, sizeof(socket_path), "/tmp/vitrine-sandbox-%d", (int)getpid());
    strcpy(address.sun_path, socket_path);
    listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(listening, 1), 0);
    cr_assert_eq(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    int status = make_call_within(VHOST_SECCOMP_KILL, work);
    unlink(socket_path);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "status %x", (unsigned)status);
    close(listening);
    close(client);
}

static void look_at_privileges(void)
{
    need(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, 1);
    struct rlimit limit;
    need(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0, 2);
}

Test(sandbox, takes_new_privileges_and_core_files_in_every_mode)
{
    cr_assert_eq(make_call_within(VHOST_SECCOMP_NONE, look_at_privileges), 0);
    cr_assert_eq(make_call_within(VHOST_SECCOMP_LOG, look_at_privileges), 0);
}

Test(sandbox, modes_have_names)
{
    enum vhost_seccomp mode = VHOST_SECCOMP_NONE;
    cr_assert_eq(vhost_seccomp_from_name("kill", &mode), VIT_OK);
    cr_assert_eq(mode, VHOST_SECCOMP_KILL);
    cr_assert_eq(vhost_seccomp_from_name("log", &mode), VIT_OK);
    cr_assert_eq(mode, VHOST_SECCOMP_LOG);
    cr_assert_eq(vhost_seccomp_from_name("none", &mode), VIT_OK);
    cr_assert_eq(mode, VHOST_SECCOMP_NONE);
    cr_assert_eq(vhost_seccomp_from_name("", &mode), VIT_E_ARG);
    cr_assert_eq(vhost_seccomp_from_name("killer", &mode), VIT_E_ARG);
}
