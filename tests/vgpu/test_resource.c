/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vgpu/label.h"
#include "vgpu/resource.h"

static struct vgpu_resource *make(enum vgpu_resource_kind kind, uint32_t format, uint32_t width,
        uint32_t height)
{
    struct vit_surface surface;
    struct vgpu_resource *resource = NULL;
    cr_assert_eq(vit_surface_init(&surface, format, width, height), VIT_OK);
    cr_assert_eq(vgpu_resource_create(7, kind, &surface, &resource), VIT_OK);
    return resource;
}

static struct vgpu_resource *make_buffer(uint32_t len)
{
    return make(VGPU_RESOURCE_BUFFER, VIT_FORMAT_BYTES, len, 1);
}

static void back(struct vgpu_resource *resource, const struct iovec *pieces, size_t count)
{
    struct iovec *backing = malloc(count * sizeof(*pieces));
    cr_assert_not_null(backing);
    memcpy(backing, pieces, count * sizeof(*pieces));
    cr_assert_eq(vgpu_resource_attach_backing(resource, backing, count), VIT_OK);
}

Test(resource, sees_a_backing_of_one_piece)
{
    uint8_t bytes[100];
    struct vgpu_resource *resource = make_buffer(100);
    back(resource, &(struct iovec){ bytes, sizeof(bytes) }, 1);
    uint64_t len = 0;
    cr_assert_eq(vgpu_resource_piece(resource, 0, 100, &len), bytes);
    cr_assert_eq(len, 100);
    cr_assert_eq(vgpu_resource_piece(resource, 60, 1000, &len), bytes + 60);
    cr_assert_eq(len, 40);
    cr_assert_eq(vgpu_resource_piece(resource, 60, 4, &len), bytes + 60);
    cr_assert_eq(len, 4);
    vgpu_resource_unref(resource);
}

/* Pieces of 1 to 9 bytes; every offset and length against a plain walk. */
Test(resource, finds_every_offset_of_a_scattered_backing)
{
    enum { COUNT = 41 };
    uint8_t bytes[COUNT][16];
    struct iovec pieces[COUNT];
    uint8_t *place[COUNT * 9];
    uint64_t end_of[COUNT * 9];
    uint64_t total = 0;
    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = (struct iovec){ bytes[i], 1 + i * 5 % 9 };
        for (size_t j = 0; j < pieces[i].iov_len; j++) {
            place[total + j] = bytes[i] + j;
            end_of[total + j] = total + pieces[i].iov_len;
        }
        total += pieces[i].iov_len;
    }
    struct vgpu_resource *resource = make_buffer((uint32_t)total);
    back(resource, pieces, COUNT);
    for (uint64_t at = 0; at < total; at++) {
        for (uint64_t len = 1; len < 20; len++) {
            uint64_t got = 0;
            cr_assert_eq(vgpu_resource_piece(resource, at, len, &got), place[at]);
            uint64_t here = end_of[at] - at;
            cr_assert_eq(got, len < here ? len : here);
        }
    }
    vgpu_resource_unref(resource);
}

Test(resource, covers_what_lies_in_both_its_size_and_its_backing)
{
    uint8_t bytes[64];
    struct vgpu_resource *resource = make_buffer(100);
    cr_assert_not(vgpu_resource_covers(resource, 0, 1), "no backing");
    back(resource, &(struct iovec){ bytes, sizeof(bytes) }, 1);
    cr_assert(vgpu_resource_covers(resource, 0, 64));
    cr_assert(vgpu_resource_covers(resource, 64, 0));
    cr_assert_not(vgpu_resource_covers(resource, 0, 65));
    cr_assert_not(vgpu_resource_covers(resource, 65, 0));
    cr_assert_not(vgpu_resource_covers(resource, 1, UINT64_MAX));
    cr_assert_not(vgpu_resource_covers(resource, UINT64_MAX, 1));
    vgpu_resource_detach_backing(resource);

    uint8_t more[200];
    back(resource, &(struct iovec){ more, sizeof(more) }, 1);
    cr_assert(vgpu_resource_covers(resource, 0, 100));
    cr_assert_not(vgpu_resource_covers(resource, 0, 101));
    uint64_t len = 0;
    cr_assert_eq(vgpu_resource_piece(resource, 90, 100, &len), more + 90);
    cr_assert_eq(len, 10);
    vgpu_resource_unref(resource);
}

Test(resource, has_no_piece_outside_without_backing_or_when_gone)
{
    uint8_t bytes[100];
    uint64_t len = 0;
    struct vgpu_resource *resource = make_buffer(100);
    cr_assert_null(vgpu_resource_piece(resource, 0, 1, &len));
    back(resource, &(struct iovec){ bytes, sizeof(bytes) }, 1);
    cr_assert_null(vgpu_resource_piece(resource, 100, 1, &len));
    cr_assert_null(vgpu_resource_piece(resource, UINT64_MAX, 1, &len));
    cr_assert_null(vgpu_resource_piece(resource, 0, 0, &len));
    cr_assert_not_null(vgpu_resource_piece(resource, 99, 1, &len));
    vgpu_resource_set_gone(resource);
    cr_assert_null(vgpu_resource_piece(resource, 99, 1, &len));
    cr_assert_not(vgpu_resource_covers(resource, 0, 1));
    vgpu_resource_unref(resource);
}

Test(resource, takes_one_backing_at_a_time)
{
    uint8_t bytes[16];
    struct iovec piece = { bytes, sizeof(bytes) };
    struct vgpu_resource *resource = make_buffer(16);
    back(resource, &piece, 1);
    cr_assert_eq(vgpu_resource_attach_backing(resource, &piece, 1), VIT_E_STATE);
    cr_assert_eq(resource->backing_count, 1);
    vgpu_resource_detach_backing(resource);
    cr_assert_eq(resource->backing_len, 0);
    back(resource, &piece, 1);
    vgpu_resource_unref(resource);
}

Test(resource, refuses_an_empty_backing_and_one_of_what_is_gone)
{
    uint8_t bytes[16];
    struct iovec piece = { bytes, sizeof(bytes) };
    struct vgpu_resource *resource = make_buffer(16);
    cr_assert_eq(vgpu_resource_attach_backing(resource, &piece, 0), VIT_E_ARG);
    vgpu_resource_set_gone(resource);
    cr_assert_eq(vgpu_resource_attach_backing(resource, &piece, 1), VIT_E_STATE);
    vgpu_resource_unref(resource);
}

Test(resource, protected_is_seen_in_its_own_memory_and_never_backed)
{
    uint8_t bytes[16];
    struct iovec piece = { bytes, sizeof(bytes) };
    struct vgpu_resource *resource = make(VGPU_RESOURCE_PROTECTED, VIT_FORMAT_NV12, 64, 32);
    cr_assert_eq(resource->storage_len, 64 * 32 * 3 / 2);
    cr_assert_eq(vgpu_resource_attach_backing(resource, &piece, 1), VIT_E_ARG);
    uint64_t len = 0;
    cr_assert_eq(vgpu_resource_piece(resource, 100, 1 << 20, &len), resource->storage + 100);
    cr_assert_eq(len, 64 * 32 * 3 / 2 - 100);
    vgpu_resource_unref(resource);
}

Test(resource, image_shows_its_backing_to_the_engine)
{
    uint8_t bytes[4 * 4 * 4];
    struct vgpu_resource *resource = make(VGPU_RESOURCE_IMAGE, VIT_FORMAT_BGRX, 4, 4);
    uint64_t len = 0;
    cr_assert_not_null(resource->storage);
    cr_assert_null(vgpu_resource_piece(resource, 0, 1, &len));
    back(resource, &(struct iovec){ bytes, sizeof(bytes) }, 1);
    cr_assert_eq(vgpu_resource_piece(resource, 5, 1, &len), bytes + 5);
    vgpu_resource_unref(resource);
}

Test(resource, wipe_zeroes_protected_bytes_and_takes_the_label)
{
    struct vgpu_resource *resource = make(VGPU_RESOURCE_PROTECTED, VIT_FORMAT_BGRX, 100, 100);
    struct vgpu_resource *list = NULL;
    struct vgpu_label label = { 1, 5 };
    vgpu_label_set(resource, &label, &list);
    resource->needs_hdcp = true;
    memset(resource->storage, 0xa5, (size_t)resource->storage_len);
    vgpu_resource_wipe(resource);
    for (size_t i = 0; i < resource->storage_len; i++) {
        cr_assert_eq(resource->storage[i], 0, "byte %zu", i);
    }
    cr_assert(vgpu_label_is_none(&resource->label));
    cr_assert_null(list);
    cr_assert_not(resource->needs_hdcp);
    vgpu_resource_unref(resource);
}

Test(resource, wipe_leaves_the_bytes_of_a_guest_alone)
{
    uint8_t bytes[16];
    memset(bytes, 0xa5, sizeof(bytes));
    struct vgpu_resource *resource = make_buffer(16);
    back(resource, &(struct iovec){ bytes, sizeof(bytes) }, 1);
    vgpu_resource_wipe(resource);
    cr_assert_eq(bytes[0], 0xa5);
    vgpu_resource_unref(resource);
}

Test(resource, the_last_reference_takes_it_off_its_label)
{
    struct vgpu_resource *resource = make(VGPU_RESOURCE_PROTECTED, VIT_FORMAT_BGRX, 10, 10);
    struct vgpu_resource *list = NULL;
    struct vgpu_label label = { 1, 5 };
    vgpu_label_set(resource, &label, &list);
    vgpu_resource_ref(resource);
    vgpu_resource_unref(resource);
    cr_assert_eq(list, resource);
    vgpu_resource_unref(resource);
    cr_assert_null(list);
}

/* The pages themselves are overwritten, not only given back: seen through a file under them. */
static uint8_t *see_through(struct vgpu_resource *resource)
{
    size_t len = (size_t)resource->storage_len;
    int fd = memfd_create("storage", MFD_CLOEXEC);
    cr_assert(fd >= 0 && ftruncate(fd, (off_t)len) == 0);
    void *mapped =
            mmap(resource->storage, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
    uint8_t *view = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    cr_assert(mapped == resource->storage && view != MAP_FAILED);
    close(fd);
    memset(resource->storage, 0xa5, len);
    return view;
}

Test(resource, bytes_are_overwritten_by_a_wipe_and_by_the_end)
{
    for (unsigned end = 0; end < 2; end++) {
        struct vgpu_resource *resource =
                make(VGPU_RESOURCE_PROTECTED, VIT_FORMAT_BYTES, (17 << 20) + 5, 1);
        size_t len = (size_t)resource->storage_len;
        uint8_t *view = see_through(resource);
        if (end == 0) {
            vgpu_resource_wipe(resource);
            vgpu_resource_unref(vgpu_resource_ref(resource));
        } else {
            vgpu_resource_unref(resource);
        }
        for (size_t i = 0; i < len; i++) {
            cr_assert_eq(view[i], 0, "byte %zu", i);
        }
        munmap(view, len);
        if (end == 0) {
            vgpu_resource_unref(resource);
        }
    }
}

static bool page_is_present(const uint8_t *page)
{
    unsigned char present = 0;
    cr_assert_eq(mincore((void *)(uintptr_t)page, 1, &present), 0);
    return (present & 1) != 0;
}

Test(resource, a_wipe_costs_no_memory)
{
    struct vgpu_resource *resource = make(VGPU_RESOURCE_PROTECTED, VIT_FORMAT_BYTES, 1 << 30, 1);
    cr_assert_not(page_is_present(resource->storage), "storage is there when it is touched");
    resource->storage[1 << 29] = 1;
    vgpu_resource_wipe(resource);
    cr_assert_not(page_is_present(resource->storage));
    cr_assert_not(page_is_present(resource->storage + (1 << 29)));
    cr_assert_eq(resource->storage[1 << 29], 0);
    vgpu_resource_unref(resource);
}

/* The VmFlags line of the mapping that holds an address. */
static void flags_of(const void *address, char *flags, size_t len)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool inside = false;
    cr_assert_not_null(maps);
    flags[0] = '\0';
    while (fgets(line, sizeof(line), maps) != NULL && flags[0] == '\0') {
        unsigned long start;
        unsigned long end;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
            inside = start <= (uintptr_t)address && (uintptr_t)address < end;
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            snprintf(flags, len, "%s", line);
        }
    }
    fclose(maps);
}

Test(resource, protected_memory_is_neither_dumped_nor_inherited)
{
    char flags[512];
    struct vgpu_resource *resource = make(VGPU_RESOURCE_PROTECTED, VIT_FORMAT_BGRX, 100, 100);
    flags_of(resource->storage, flags, sizeof(flags));
    cr_assert_not_null(strstr(flags, " dd"), "%s", flags);
    cr_assert_not_null(strstr(flags, " dc"), "%s", flags);
    vgpu_resource_unref(resource);
}

static void *detach(void *argument)
{
    vgpu_resource_detach_backing(argument);
    return NULL;
}

/* A step that holds the lock sees its backing until it ends. */
Test(resource, a_backing_goes_when_the_lock_is_free)
{
    uint8_t bytes[16];
    struct vgpu_resource *resource = make_buffer(16);
    back(resource, &(struct iovec){ bytes, sizeof(bytes) }, 1);
    pthread_mutex_lock(&resource->lock);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, detach, resource), 0);
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t len = 0;
        cr_assert_eq(vgpu_resource_piece(resource, 0, 16, &len), bytes);
        sched_yield();
    }
    pthread_mutex_unlock(&resource->lock);
    pthread_join(thread, NULL);
    cr_assert_null(resource->backing);
    vgpu_resource_unref(resource);
}
