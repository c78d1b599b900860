/* SPDX-License-Identifier: MIT */
/* Memory tables and the files behind them. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "tests/hostile/front.h"
#include "wire/message.h"

enum { PAGE = 4096, TABLE_HEAD = 8, REGION_LEN = sizeof(struct vhost_region) };

static struct support support;
static struct front_health health;

static void start(void)
{
    front_start_device(&support, NULL, &health);
}

static void finish(void)
{
    support_finish(&support);
}

/* Two regions of one page each; the tests change them. */
static const struct vhost_memory two = { .count = 2,
    .regions = { { 0, PAGE, FRONT_USER, 0 }, { PAGE, PAGE, FRONT_USER + PAGE, 0 } } };

static void expect_refused(const char *name, const struct vhost_memory *table, uint32_t size,
        size_t fd_count)
{
    struct front front;
    front_connect(&front, &support);
    const int fds[4] = { front.memory, front.high_memory, front.memory, front.memory };
    (void)front_say(&front, VHOST_SET_MEM_TABLE, table, size, fds, fd_count);
    cr_assert(front_is_given_up(&front), "%s", name);
    front_close(&front);
    front_expect_well(&support, &health, name);
}

static void expect_regions_refused(const char *name, const struct vhost_region *second)
{
    struct vhost_memory table = two;
    table.regions[1] = *second;
    expect_refused(name, &table, TABLE_HEAD + 2 * REGION_LEN, 2);
}

Test(memory, of_impossible_regions_is_refused, .init = start, .fini = finish)
{
    static const struct {
        const char *name;
        struct vhost_region region;
    } bad[] = {
        { "the same guest address twice", { 0, PAGE, FRONT_USER + PAGE, 0 } },
        { "the same user address twice", { PAGE, PAGE, FRONT_USER, 0 } },
        { "overlap by a byte", { PAGE - 1, PAGE, FRONT_USER + PAGE, 0 } },
        { "a region of no bytes", { PAGE, 0, FRONT_USER + PAGE, 0 } },
        { "a region of all bytes", { PAGE, UINT64_MAX, FRONT_USER + PAGE, 0 } },
        { "a region of 2^63 bytes", { PAGE, UINT64_C(1) << 63, FRONT_USER + PAGE, 0 } },
        { "guest addresses that wrap", { UINT64_MAX - PAGE + 2, PAGE, FRONT_USER + PAGE, 0 } },
        { "user addresses that wrap", { PAGE, PAGE, UINT64_MAX - PAGE + 2, 0 } },
        { "an offset that wraps", { PAGE, PAGE, FRONT_USER + PAGE, UINT64_MAX - PAGE + 1 } },
        { "an offset behind the file", { PAGE, PAGE, FRONT_USER + PAGE, FRONT_HIGH_LEN } },
        { "a region longer than its file",
                { PAGE, FRONT_HIGH_LEN + 1, FRONT_USER + FRONT_LOW_LEN, 0 } },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect_regions_refused(bad[i].name, &bad[i].region);
    }
}

Test(memory, whose_counts_do_not_agree_is_refused, .init = start, .fini = finish)
{
    static const uint32_t counts[] = { 0, 1, 3, 8, 9, 0x7fffffff, UINT32_MAX };
    struct vhost_memory table = two;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        table.count = counts[i];
        expect_refused("a count", &table, TABLE_HEAD + 2 * REGION_LEN, 2);
    }
    for (size_t fds = 0; fds < 5; fds++) {
        if (fds != 2) {
            expect_refused("descriptors", &two, TABLE_HEAD + 2 * REGION_LEN, fds);
        }
    }
    for (uint32_t size = 0; size < TABLE_HEAD + 2 * REGION_LEN; size++) {
        struct front front;
        front_connect(&front, &support);
        const int fds[2] = { front.memory, front.high_memory };
        (void)front_say(&front, VHOST_SET_MEM_TABLE, &two, size, fds, 2);
        cr_assert(front_is_given_up(&front), "size %u", size);
        front_close(&front);
    }
    front_expect_well(&support, &health, "tables of every length");
}

/* One region in that file; was it taken? */
static bool is_taken(int fd)
{
    const struct vhost_memory table = { .count = 1, .regions = { { 0, PAGE, FRONT_USER, 0 } } };
    struct front front;
    front_connect(&front, &support);
    bool said = front_say(&front, VHOST_SET_MEM_TABLE, &table, TABLE_HEAD + REGION_LEN, &fd, 1);
    bool taken = said && front_settle(&front);
    front_close(&front);
    return taken;
}

static int make_file(unsigned seals)
{
    int fd = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    cr_assert_eq(ftruncate(fd, PAGE), 0);
    cr_assert_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

Test(memory, in_files_of_every_kind_is_taken_or_refused, .init = start, .fini = finish)
{
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    const struct {
        const char *name;
        int fd;
        bool taken;
    } files[] = {
        { "sealed against changes of size", make_file(F_SEAL_SHRINK | F_SEAL_GROW), true },
        { "sealed against writing", make_file(F_SEAL_WRITE), false },
        { "sealed against writing from now on", make_file(F_SEAL_FUTURE_WRITE), false },
        { "a pipe", pipes[0], false },
        { "a folder", open("/", O_RDONLY | O_CLOEXEC), false },
        { "a device of zeroes", open("/dev/zero", O_RDWR | O_CLOEXEC), false },
        { "a file of the kernel", open("/proc/self/mem", O_RDWR | O_CLOEXEC), false },
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        cr_assert_geq(files[i].fd, 0, "%s", files[i].name);
        cr_assert_eq(is_taken(files[i].fd), files[i].taken, "%s", files[i].name);
        close(files[i].fd);
        front_expect_well(&support, &health, files[i].name);
    }
}

Test(memory, that_is_cut_off_ends_its_front_end_only, .init = start, .fini = finish)
{
    static const char line[] = "it shortened the memory that it shares";
    static const off_t lens[] = { 0, PAGE, FRONT_REQUEST, FRONT_ANSWER };
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct front front;
        front_open(&front, &support);
        cr_assert_eq(front_context(&front, 1), FRONT_OK);
        front_describe(&front, 0, 0, FRONT_REQUEST, 24, VRING_DESC_F_NEXT, 1);
        front_describe(&front, 0, 1, FRONT_ANSWER, 4096, VRING_DESC_F_WRITE, 0);
        uint16_t *index = &front_available(&front, 0)->idx;
        (*index)++;
        cr_assert_eq(ftruncate(front.memory, lens[i]), 0);
        front_kick(&front, 0);
        cr_assert(front_is_given_up(&front), "cut to %ld", (long)lens[i]);
        cr_assert_eq(front_log_count(&support, line), i + 1);
        front_close(&front);
        front_expect_well(&support, &health, "a file that was cut off");
    }
    cr_assert_eq(support_end_device(&support, SIGTERM), 0);
}

/* Whole pages of 2 MiB, and a region that ends within the last one. Whether the system has any such
 * pages does not matter: the file is cut off before one is touched. */
enum { HUGE_LEN = 8 << 20, HUGE_REGION_LEN = HUGE_LEN - PAGE };

static int make_huge_file(void)
{
    int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
    if (fd < 0 || ftruncate(fd, HUGE_LEN) != 0) {
        cr_skip_test("this kernel has no files of huge pages");
    }
    return fd;
}

static bool say_huge_memory(struct front *front, int fd)
{
    const struct vhost_memory table = { .count = 1,
        .regions = { { 0, HUGE_REGION_LEN, FRONT_USER, 0 } } };
    return front_say(front, VHOST_SET_MEM_TABLE, &table, TABLE_HEAD + REGION_LEN, &fd, 1);
}

Test(memory, of_huge_pages_that_is_cut_off_ends_its_front_end_only, .init = start, .fini = finish)
{
    struct front front;
    int fd = make_huge_file();
    front_connect(&front, &support);
    for (unsigned step = 0; step < FRONT_STEP_MEMORY; step++) {
        cr_assert(front_step(&front, step));
    }
    cr_assert(say_huge_memory(&front, fd));
    cr_assert(front_settle(&front), "the table is taken");
    cr_assert_eq(ftruncate(fd, 0), 0);
    for (unsigned step = FRONT_STEP_MEMORY + 1; step < FRONT_STEPS; step++) {
        (void)front_step(&front, step); /* the device may have hung up */
    }
    front_kick(&front, 0);
    cr_assert(front_is_given_up(&front));
    cr_assert_eq(front_log_count(&support, "it shortened the memory that it shares"), 1);
    front_close(&front);
    close(fd);
    front_expect_well(&support, &health, "huge pages that were cut off");
    cr_assert_eq(support_end_device(&support, SIGTERM), 0);
}

static long address_space_kib(void)
{
    long kib = -1;
    char path[64], line[256];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)support.device);
    VIT_AUTO(stream) status = fopen(path, "re");
    cr_assert_not_null(status, "the device is gone");
    while (kib < 0 && fgets(line, sizeof(line), status) != NULL) {
        (void)sscanf(line, "VmSize: %ld kB", &kib);
    }
    return kib;
}

Test(memory, of_huge_pages_is_unmapped, .init = start, .fini = finish)
{
    enum { ROUNDS = 64 };
    struct front front;
    int fd = make_huge_file();
    front_connect(&front, &support);
    long before = address_space_kib();
    for (unsigned i = 0; i < ROUNDS; i++) {
        cr_assert(say_huge_memory(&front, fd));
    }
    cr_assert(front_settle(&front), "the tables are taken");
    cr_assert_lt(address_space_kib() - before, ROUNDS / 2 * (HUGE_LEN / 1024));
    front_close(&front);
    close(fd);
    front_expect_well(&support, &health, "tables of huge pages");
}

/* A long job that reads what is cut off, on a worker. */
static void post_long_job(struct front *front)
{
    enum { LEN = 4 << 20, WIDTH = 1024 };
    const struct front_place place = { 1, 1, FRONT_FREE };
    const uint64_t source = FRONT_FREE + PAGE;
    uint8_t bytes[128];
    struct vit_writer out;
    cr_assert_eq(front_context(front, 1), FRONT_OK);
    cr_assert_eq(front_buffer(front, 1, 1, FRONT_FREE, PAGE), FRONT_OK);
    cr_assert_eq(front_buffer(front, 1, 2, source, LEN), FRONT_OK);
    cr_assert_eq(front_protected(front, 1, 3, 2, WIDTH, LEN / WIDTH / 4), FRONT_OK);
    const struct vit_msg_decrypt msg = {
        .session = front_session(front, &place, (const uint8_t *)"0123456789abcdef"),
        .source = 2,
        .destination = 3,
        .length = LEN,
    };
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_decrypt(&out, &msg);
    front_post(front, &place, bytes, out.at);
}

Test(memory, that_is_cut_off_under_work_ends_its_front_end_only, .init = start, .fini = finish)
{
    for (unsigned round = 0; round < 16; round++) {
        struct front front;
        front_open(&front, &support);
        post_long_job(&front);
        cr_assert_eq(ftruncate(front.memory, (off_t)FRONT_FREE + 2 * PAGE), 0);
        uint64_t number;
        (void)front_ask(&front, VHOST_GET_QUEUE_NUM, &number);
        front_close(&front);
        front_expect_well(&support, &health, "a file that was cut off under work");
    }
}

Test(memory, that_is_replaced_under_work_drops_what_was_there, .init = start, .fini = finish)
{
    for (unsigned round = 0; round < 16; round++) {
        struct front front;
        front_open(&front, &support);
        post_long_job(&front);
        cr_assert(front_step(&front, FRONT_STEP_MEMORY));
        cr_assert(front_settle(&front), "the connection stays");
        front_close(&front);
        front_expect_well(&support, &health, "another table under work");
    }
}

Test(memory, that_loses_the_rings_stops_them, .init = start, .fini = finish)
{
    const struct vhost_memory table = { .count = 1,
        .regions = { { 0, PAGE, FRONT_USER + FRONT_LOW_LEN, 0 } } };
    struct front front;
    front_open(&front, &support);
    front_describe(&front, 0, 0, FRONT_REQUEST, 24, VRING_DESC_F_NEXT, 1);
    front_describe(&front, 0, 1, FRONT_ANSWER, 4096, VRING_DESC_F_WRITE, 0);
    cr_assert(front_say(&front, VHOST_SET_MEM_TABLE, &table, TABLE_HEAD + REGION_LEN,
            &front.high_memory, 1));
    front_offer(&front, 0, 0);
    (void)front_settle(&front); /* served on or given up: a ring in no memory is not served */
    cr_assert_eq(front_used(&front, 0)->idx, 0);
    front_close(&front);
    front_expect_well(&support, &health, "rings without memory");
}
