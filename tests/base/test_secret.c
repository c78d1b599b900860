/* SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/secret_pages.h"

static bool all_are(const uint8_t *bytes, uint8_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

static struct vit_slab *make_slab(void)
{
    struct vit_slab *slab = NULL;
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
    return slab;
}

/* Is the two-letter flag set for the mapping that holds address? */
static bool mapping_has(const void *address, const char *flag)
{
    VIT_AUTO(stream) smaps = fopen("/proc/self/smaps", "r");
    cr_assert_not_null(smaps);
    char line[512];
    bool inside = false;
    while (fgets(line, sizeof(line), smaps) != NULL) {
        uintptr_t first;
        uintptr_t end;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &first, &end) == 2) {
            inside = (uintptr_t)address >= first && (uintptr_t)address < end;
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            return strstr(line, flag) != NULL;
        }
    }
    cr_assert_fail("no mapping");
    return false;
}

static void assert_kept_private(const void *memory)
{
    cr_assert(mapping_has(memory, " dd"), "not dumped");
    cr_assert(mapping_has(memory, " lo"), "locked");
    cr_assert(mapping_has(memory, " dc"), "not inherited");
}

Test(secret, fresh_memory_is_zero_and_aligned_at_every_size)
{
    struct vit_slab *slab = make_slab();
    for (size_t size = 0; size <= 9000; size += size < 300 ? 1 : 97) {
        uint8_t *memory = vit_slab_alloc(slab, size);
        cr_assert_not_null(memory);
        cr_assert_eq((uintptr_t)memory % 16, 0);
        cr_assert(all_are(memory, 0, size));
        memset(memory, 0xa5, size);
        vit_slab_free(slab, memory, size);
    }
    vit_slab_destroy(slab);
}

Test(secret, freed_memory_is_wiped)
{
    struct vit_slab *slab = make_slab();
    for (size_t size = 1; size <= 4096; size *= 2) {
        uint8_t *memory = vit_slab_alloc(slab, size);
        memset(memory, 0xa5, size);
        vit_slab_free(slab, memory, size);
        cr_assert(all_are(memory, 0, size), "the page is still the slab's: size %zu", size);
    }
    vit_slab_destroy(slab);
}

Test(secret, memory_used_again_is_zero)
{
    struct vit_slab *slab = make_slab();
    uint8_t *first = vit_slab_alloc(slab, 48);
    memset(first, 0xa5, 48);
    vit_slab_free(slab, first, 48);
    uint8_t *second = vit_slab_alloc(slab, 64);
    cr_assert_eq(first, second);
    cr_assert(all_are(second, 0, 64));
    vit_slab_free(slab, second, 64);
    vit_slab_destroy(slab);
}

Test(secret, allocations_never_overlap)
{
    enum { COUNT = 3000 };
    struct vit_slab *slab = make_slab();
    static uint8_t *memory[COUNT];
    static size_t sizes[COUNT];
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = round; i < COUNT; i += round + 1) {
            vit_slab_free(slab, memory[i], sizes[i]);
            sizes[i] = 1 + (i * 37 + round * 101) % 700;
            memory[i] = vit_slab_alloc(slab, sizes[i]);
            cr_assert_not_null(memory[i]);
            cr_assert(all_are(memory[i], 0, sizes[i]));
            memset(memory[i], (int)(i % 255 + 1), sizes[i]);
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert(all_are(memory[i], (uint8_t)(i % 255 + 1), sizes[i]));
        vit_slab_free(slab, memory[i], sizes[i]);
    }
    vit_slab_destroy(slab);
}

static size_t locked_kib(void)
{
    VIT_AUTO(stream) status = fopen("/proc/self/status", "r");
    cr_assert_not_null(status);
    char line[256];
    size_t kib = 0;
    while (fgets(line, sizeof(line), status) != NULL) {
        (void)sscanf(line, "VmLck: %zu kB", &kib);
    }
    return kib;
}

Test(secret, ten_thousand_keys_cost_little_locked_memory)
{
    enum { COUNT = 10000 };
    struct vit_slab *slab = make_slab();
    static void *keys[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        keys[i] = vit_slab_alloc(slab, 32);
        cr_assert_not_null(keys[i]);
    }
    cr_assert_leq(locked_kib(), 512, "%zu KiB", locked_kib());
    for (size_t i = 0; i < COUNT; i++) {
        vit_slab_free(slab, keys[i], 32);
    }
    vit_slab_destroy(slab);
}

Test(secret, memory_freed_from_one_size_serves_another)
{
    enum { COUNT = 2000 };
    struct vit_slab *slab = make_slab();
    static void *memory[COUNT];
    size_t after_first = 0;
    for (size_t size = 16; size <= 512; size *= 2) {
        size_t count = COUNT * 16 / size;
        for (size_t i = 0; i < count; i++) {
            memory[i] = vit_slab_alloc(slab, size);
        }
        after_first = after_first == 0 ? locked_kib() : after_first;
        cr_assert_eq(locked_kib(), after_first, "size %zu", size);
        for (size_t i = 0; i < count; i++) {
            vit_slab_free(slab, memory[i], size);
        }
    }
    vit_slab_destroy(slab);
}

Test(secret, pages_are_locked_and_neither_dumped_nor_inherited)
{
    struct vit_slab *slab = make_slab();
    uint8_t *small = vit_slab_alloc(slab, 16);
    uint8_t *large = vit_slab_alloc(slab, 70000);
    assert_kept_private(small);
    assert_kept_private(large);
    cr_assert_not(mapping_has(&slab, " dd"), "the stack is a mapping without the flag");
    vit_slab_free(slab, large, 70000);
    vit_slab_free(slab, small, 16);
    vit_slab_destroy(slab);
}

Test(secret, both_kinds_of_pages_are_kept_private)
{
    uint8_t *locked = vit_pages_map_locked(65536);
    cr_assert_not_null(locked);
    cr_assert(all_are(locked, 0, 65536));
    assert_kept_private(locked);
    munmap(locked, 65536);

    uint8_t *secret = vit_pages_map_secret(65536);
    if (secret == NULL) {
        cr_skip_test("the kernel offers no memfd_secret");
    }
    cr_assert(all_are(secret, 0, 65536));
    assert_kept_private(secret);
    munmap(secret, 65536);
}

/* Asked of the kernel, for a sanitizer would report an attempt to read. */
static bool is_mapped(const void *memory)
{
    size_t page_len = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char present;
    return mincore((void *)((uintptr_t)memory & ~(page_len - 1)), page_len, &present) == 0;
}

Test(secret, child_does_not_have_the_pages)
{
    struct vit_slab *slab = make_slab();
    uint8_t *memory = vit_slab_alloc(slab, 16);
    cr_assert(is_mapped(memory));
    pid_t child = fork();
    if (child == 0) {
        _exit(is_mapped(memory) ? 1 : 0);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    vit_slab_free(slab, memory, 16);
    vit_slab_destroy(slab);
}

Test(secret, kind_says_what_the_kernel_offers)
{
    struct vit_slab *slab = make_slab();
    uint8_t *secret = vit_pages_map_secret(4096);
    cr_assert_str_eq(vit_slab_kind(slab), secret != NULL ? "memfd_secret" : "mlock");
    if (secret != NULL) {
        munmap(secret, 4096);
    }
    vit_slab_destroy(slab);
}

/* Runs check in a child that may lock no more than limit bytes and has no privilege to do so. */
static int with_lock_limit(size_t limit, int (*check)(void))
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit few = { limit, limit };
        bool lowered = setrlimit(RLIMIT_MEMLOCK, &few) == 0;
        lowered = lowered && (geteuid() != 0 || setresuid(65534, 65534, 65534) == 0);
        _exit(lowered ? check() : 99);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int fill_up(void)
{
    enum { FITS = 32, TRIED = 99 };
    VIT_AUTO(slab) slab = NULL;
    if (vit_slab_create(&slab) != VIT_OK) {
        return 1;
    }
    void *memory[TRIED];
    size_t count = 0;
    while (count < TRIED && (memory[count] = vit_slab_alloc(slab, 4096)) != NULL) {
        count++;
    }
    void *last = memory[count - 1];
    vit_slab_free(slab, last, 4096);
    memory[count - 1] = vit_slab_alloc(slab, 4096);
    int result = count != FITS ? 2 : memory[count - 1] != last ? 3 : 0;
    while (count > 0) {
        vit_slab_free(slab, memory[--count], 4096);
    }
    return result;
}

Test(secret, allocation_fails_at_the_lock_limit_and_works_after_a_free)
{
    cr_assert_eq(with_lock_limit(128 * 1024, fill_up), 0);
}

static int create_only(void)
{
    struct vit_slab *slab = NULL;
    enum vit_status status = vit_slab_create(&slab);
    return status == VIT_E_NOMEM && slab == NULL ? 0 : 1;
}

Test(secret, slab_without_any_locked_page_is_refused)
{
    cr_assert_eq(with_lock_limit(0, create_only), 0);
}

Test(secret, absurd_size_is_refused)
{
    struct vit_slab *slab = make_slab();
    cr_assert_null(vit_slab_alloc(slab, SIZE_MAX));
    cr_assert_null(vit_slab_alloc(slab, SIZE_MAX / 2));
    vit_slab_destroy(slab);
}

Test(secret, nothing_can_be_freed_and_destroyed)
{
    struct vit_slab *slab = make_slab();
    vit_slab_free(slab, NULL, 16);
    vit_slab_destroy(slab);
    vit_slab_destroy(NULL);
}

Test(secret, freeing_twice_aborts, .signal = SIGABRT)
{
    struct vit_slab *slab = make_slab();
    void *memory = vit_slab_alloc(slab, 16);
    vit_slab_free(slab, memory, 16);
    vit_slab_free(slab, memory, 16);
}

Test(secret, destroying_a_slab_in_use_aborts, .signal = SIGABRT)
{
    struct vit_slab *slab = make_slab();
    (void)vit_slab_alloc(slab, 16);
    vit_slab_destroy(slab);
}

Test(secret, wipe_overwrites_what_it_is_told_to)
{
    uint8_t bytes[32];
    memset(bytes, 0xa5, sizeof(bytes));
    vit_wipe(bytes + 8, 16);
    cr_assert(all_are(bytes, 0xa5, 8));
    cr_assert(all_are(bytes + 8, 0, 16));
    cr_assert(all_are(bytes + 24, 0xa5, 8));
    vit_wipe(NULL, 0);
}
