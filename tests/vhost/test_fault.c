/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vgpu/vhost/fault.h"

enum { PAGE = 4096, LEN = 16 * PAGE };

static uint8_t *map_file(int *file)
{
    *file = memfd_create("shrinks", MFD_CLOEXEC);
    cr_assert_eq(ftruncate(*file, LEN), 0);
    uint8_t *memory = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, *file, 0);
    cr_assert_neq(memory, MAP_FAILED);
    return memory;
}

static bool told(void)
{
    struct pollfd ready = { .fd = vhost_fault_fd(), .events = POLLIN };
    return poll(&ready, 1, 0) == 1;
}

static void drain(void)
{
    uint64_t count;
    cr_assert_eq(read(vhost_fault_fd(), &count, sizeof(count)), sizeof(count));
}

Test(fault, puts_zeroes_where_a_watched_mapping_was_and_tells)
{
    int file;
    uint8_t *memory = map_file(&file);
    cr_assert_eq(vhost_fault_fd(), -1);
    cr_assert_eq(vhost_fault_install(), VIT_OK);
    cr_assert_eq(vhost_fault_watch(memory, LEN), VIT_OK);
    memset(memory, 7, LEN);
    cr_assert(!told());
    cr_assert_eq(ftruncate(file, PAGE), 0);
    ((volatile uint8_t *)memory)[5 * PAGE] = 1;
    cr_assert(told());
    cr_assert_eq(memory[5 * PAGE], 1);
    cr_assert_eq(memory[6 * PAGE], 0);
    cr_assert_eq(memory[0], 0, "what was left of it goes too: nothing is half there");
    drain();
    vhost_fault_forget(memory);
    munmap(memory, LEN);
}

Test(fault, watches_many_and_no_more)
{
    static uint8_t memory[64];
    unsigned count = 0;
    while (count < 64 && vhost_fault_watch(&memory[count], 1) == VIT_OK) {
        count++;
    }
    cr_assert_geq(count, 16, "two whole tables");
    cr_assert_lt(count, 64);
    vhost_fault_forget(&memory[3]);
    cr_assert_eq(vhost_fault_watch(&memory[3], 1), VIT_OK);
}

/* The signal that ended a child which has the handler and does that. */
static int end_of(void (*act)(uint8_t *memory))
{
    int file, status;
    uint8_t *memory = map_file(&file);
    cr_assert_eq(ftruncate(file, PAGE), 0);
    pid_t pid = fork();
    if (pid == 0) {
        /* Neither Criterion's handler nor a checker's. */
        signal(SIGBUS, SIG_DFL);
        if (vhost_fault_install() == VIT_OK) {
            act(memory);
        }
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void touch(uint8_t *memory)
{
    ((volatile uint8_t *)memory)[3 * PAGE] = 1;
}

static void touch_what_was_forgotten(uint8_t *memory)
{
    (void)!vhost_fault_watch(memory, LEN);
    vhost_fault_forget(memory);
    touch(memory);
}

static void touch_what_is_watched(uint8_t *memory)
{
    (void)!vhost_fault_watch(memory, LEN);
    touch(memory);
}

static void be_sent_one(uint8_t *memory)
{
    (void)!vhost_fault_watch(memory, LEN);
    kill(getpid(), SIGBUS);
}

Test(fault, elsewhere_ends_the_process)
{
    cr_assert_eq(end_of(touch_what_is_watched), 0);
    cr_assert_eq(end_of(touch), SIGBUS);
    cr_assert_eq(end_of(touch_what_was_forgotten), SIGBUS);
    cr_assert_eq(end_of(be_sent_one), SIGBUS);
}
