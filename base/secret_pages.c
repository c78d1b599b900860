/* SPDX-License-Identifier: MIT */
#include "base/secret_pages.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* Secret pages cannot be populated by madvise(), and one that cannot be had when first touched is
 * a SIGBUS; the kernel's own write into it fails with EFAULT instead. */
static bool touch_pages(uint8_t *memory, size_t len)
{
    size_t page_len = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t at = 0; at < len; at += page_len) {
        if (getrandom(memory + at, 1, GRND_NONBLOCK) != 1) {
            return false;
        }
        memory[at] = 0;
    }
    return true;
}

static bool keep_private(void *memory, size_t len)
{
    return madvise(memory, len, MADV_DONTDUMP) == 0 && madvise(memory, len, MADV_DONTFORK) == 0;
}

void *vit_pages_map_secret(size_t len)
{
    VIT_AUTO(fd) fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)len) != 0) {
        return NULL;
    }
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    if (!keep_private(memory, len) || !touch_pages(memory, len)) {
        munmap(memory, len);
        return NULL;
    }
    return memory;
}

void *vit_pages_map_locked(size_t len)
{
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    /* Not mlock(): sanitizers make that one do nothing. */
    if (mlock2(memory, len, 0) != 0 || !keep_private(memory, len)) {
        munmap(memory, len);
        return NULL;
    }
    return memory;
}

void *vit_pages_map(size_t len, enum vit_pages_kind *kind)
{
    void *memory = vit_pages_map_secret(len);
    *kind = memory == NULL ? VIT_PAGES_LOCKED : VIT_PAGES_SECRET;
    return memory != NULL ? memory : vit_pages_map_locked(len);
}
