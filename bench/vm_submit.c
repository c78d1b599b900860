/* SPDX-License-Identifier: MIT */
/*
 * Runs in a guest: how long an empty submission with a fence takes, alone and many in flight. One
 * loop for both kinds of device: EXECBUFFER with a fence descriptor, which is polled. A device with
 * Vitrine's capset gets an envelope without messages, which it answers in the reply resource; any
 * other gets a no-operation of virgl.
 *
 *     bench-vm-submit NODE SUBMISSIONS
 *
 * Prints lines of three numbers: how many are in flight; microseconds per submission when it submits
 * that many and waits for all of them; and when it keeps that many under way.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <virtgpu_drm.h>
#include <xf86drm.h>

#include "base/clock.h"
#include "wire/capset.h"
#include "wire/envelope.h"
#include "wire/surface.h"
#include "wire/virtio_gpu.h"

enum { MOST_IN_FLIGHT = 64, ROUNDS = 5, LIMIT_MS = 5000, REPLY_LEN = 4096, NOTHING_OF_VIRGL = 0 };

struct gpu {
    int file;
    uint32_t reply; /* resource of a Vitrine device; 0: the device is another one */
    uint64_t sequence;
    int fences[MOST_IN_FLIGHT];
};

__attribute__((noreturn)) static void fail(const char *what)
{
    fprintf(stderr, "bench-vm-submit: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static bool is_ours(int file)
{
    static uint8_t capset[VIT_CAPSET_MAX_LEN];
    struct drm_virtgpu_get_caps ask = { .cap_set_id = VIT_CAPSET_ID,
        .cap_set_ver = VIT_CAPSET_VERSION,
        .addr = (uintptr_t)capset,
        .size = sizeof(capset) };
    return drmIoctl(file, DRM_IOCTL_VIRTGPU_GET_CAPS, &ask) == 0;
}

static void open_gpu(struct gpu *gpu, const char *node)
{
    *gpu = (struct gpu){ .file = open(node, O_RDWR | O_CLOEXEC) };
    if (gpu->file < 0) {
        fail(node);
    }
    if (!is_ours(gpu->file)) {
        return;
    }
    struct drm_virtgpu_resource_create create = { .target = VIT_TARGET_BUFFER,
        .format = VIT_FORMAT_BYTES,
        .bind = VIT_BIND_STAGING,
        .width = REPLY_LEN,
        .height = 1,
        .depth = 1,
        .array_size = 1,
        .size = REPLY_LEN };
    if (drmIoctl(gpu->file, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create) != 0) {
        fail("RESOURCE_CREATE");
    }
    gpu->reply = create.res_handle;
}

/* Returns the length. */
static uint32_t compose(struct gpu *gpu, uint8_t bytes[VIT_ENVELOPE_LEN])
{
    struct vit_writer out;
    vit_writer_init(&out, bytes, VIT_ENVELOPE_LEN);
    if (gpu->reply == 0) {
        vit_put_u32(&out, NOTHING_OF_VIRGL);
        return (uint32_t)out.at;
    }
    const struct vit_envelope envelope = { .length = VIT_ENVELOPE_LEN,
        .sequence = ++gpu->sequence,
        .reply_resource = gpu->reply,
        .reply_capacity = VIT_REPLY_HEADER_LEN };
    vit_put_envelope(&out, &envelope);
    return (uint32_t)out.at;
}

static int submit(struct gpu *gpu)
{
    uint8_t bytes[VIT_ENVELOPE_LEN];
    struct drm_virtgpu_execbuffer run = { .flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
        .size = compose(gpu, bytes),
        .command = (uintptr_t)bytes,
        .fence_fd = -1 };
    if (drmIoctl(gpu->file, DRM_IOCTL_VIRTGPU_EXECBUFFER, &run) != 0) {
        fail("EXECBUFFER");
    }
    return run.fence_fd;
}

static void await(int fence)
{
    struct pollfd ready = { .fd = fence, .events = POLLIN };
    if (poll(&ready, 1, LIMIT_MS) != 1) {
        fail("a fence does not signal");
    }
    close(fence);
}

/* Submits so many before it waits for any; the last fence signals last. */
static void run_batch(struct gpu *gpu, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        gpu->fences[i] = submit(gpu);
    }
    for (unsigned i = depth; i > 0; i--) {
        await(gpu->fences[i - 1]);
    }
}

/* Keeps so many under way: each one waits for the oldest. */
static void run_window(struct gpu *gpu, unsigned depth, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (i >= depth) {
            await(gpu->fences[i % depth]);
        }
        gpu->fences[i % depth] = submit(gpu);
    }
    for (unsigned i = count; i < count + depth; i++) {
        await(gpu->fences[i % depth]);
    }
}

/* Microseconds per submission. */
static double measure(struct gpu *gpu, unsigned depth, bool window, unsigned count)
{
    uint64_t start = vit_now_ns();
    if (window) {
        run_window(gpu, depth, count);
    } else {
        for (unsigned done = 0; done < count; done += depth) {
            run_batch(gpu, depth);
        }
    }
    return (double)(vit_now_ns() - start) / 1000 / count;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(struct gpu *gpu, unsigned depth, bool window, unsigned count)
{
    double values[ROUNDS];
    for (unsigned i = 0; i < ROUNDS; i++) {
        values[i] = measure(gpu, depth, window, count);
    }
    qsort(values, ROUNDS, sizeof(values[0]), compare);
    return values[ROUNDS / 2];
}

static unsigned whole_batches(const char *text)
{
    unsigned count = (unsigned)strtoul(text, NULL, 10);
    return (count / MOST_IN_FLIGHT + 1) * MOST_IN_FLIGHT;
}

int main(int argc, char **argv)
{
    static const unsigned depths[] = { 1, 16, MOST_IN_FLIGHT };
    if (argc != 3) {
        fprintf(stderr, "usage: bench-vm-submit NODE SUBMISSIONS\n");
        return 2;
    }
    struct gpu gpu;
    unsigned count = whole_batches(argv[2]);
    open_gpu(&gpu, argv[1]);
    (void)measure(&gpu, MOST_IN_FLIGHT, false, count); /* the context, the translated code */
    for (unsigned i = 0; i < 3; i++) {
        printf("%u %.3f %.3f\n", depths[i], median(&gpu, depths[i], false, count),
                median(&gpu, depths[i], true, count));
    }
    close(gpu.file);
    return 0;
}
