/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAPPING_MAX_COUNT = 32 };

/* Global, since a handler has nothing else to look at. start 0: free. */
static struct {
    int fd;
    bool installed;
    struct sigaction before;
    struct {
        atomic_uintptr_t start;
        atomic_size_t len;
    } mappings[MAPPING_MAX_COUNT];
} faults;

/* In place of the old mapping in one step: other threads see either. */
static bool put_zeroes(uintptr_t start, size_t len)
{
    return mmap((void *)start, len, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

/* Start and length are two loads. They belong together all the same: whoever faults in a mapping
 * keeps it from being forgotten, since that waits for the workers; and a place in the table is used
 * again only after they ended, since a new memory table waits for them and a refused one ends its
 * front-end, which does too. */
static bool replace(uintptr_t address)
{
    const uint64_t one = 1;
    for (unsigned i = 0; i < MAPPING_MAX_COUNT; i++) {
        uintptr_t start = atomic_load(&faults.mappings[i].start);
        size_t len = atomic_load(&faults.mappings[i].len);
        if (start != 0 && address >= start && address - start < len && put_zeroes(start, len)) {
            (void)!write(faults.fd, &one, sizeof(one));
            return true;
        }
    }
    return false;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    int error = errno;
    bool sent = info->si_code <= 0; /* by a process: there is no address */
    if (sent || !replace((uintptr_t)info->si_addr)) {
        (void)sigaction(number, &faults.before, NULL);
        if (sent) {
            (void)raise(number); /* else the same fault comes again */
        }
    }
    errno = error;
}

enum vit_status vhost_fault_install(void)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO };
    if (faults.installed) {
        return VIT_OK;
    }
    faults.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (faults.fd < 0) {
        return VIT_E_NOMEM;
    }
    action.sa_sigaction = on_fault;
    (void)sigemptyset(&action.sa_mask);
    faults.installed = sigaction(SIGBUS, &action, &faults.before) == 0;
    return faults.installed ? VIT_OK : VIT_E_NOMEM;
}

int vhost_fault_fd(void)
{
    return faults.installed ? faults.fd : -1;
}

enum vit_status vhost_fault_watch(void *address, size_t len)
{
    for (unsigned i = 0; i < MAPPING_MAX_COUNT; i++) {
        if (atomic_load(&faults.mappings[i].start) == 0) {
            atomic_store(&faults.mappings[i].len, len);
            atomic_store(&faults.mappings[i].start, (uintptr_t)address);
            return VIT_OK;
        }
    }
    return VIT_E_LIMIT;
}

void vhost_fault_forget(void *address)
{
    for (unsigned i = 0; i < MAPPING_MAX_COUNT; i++) {
        if (atomic_load(&faults.mappings[i].start) == (uintptr_t)address) {
            atomic_store(&faults.mappings[i].start, 0);
        }
    }
}
