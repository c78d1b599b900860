/* SPDX-License-Identifier: MIT */
/*
 * display.full_update_vs_memcpy: a flush of a whole picture of 1280x800, from when the device takes it
 * until its display socket accepted the last byte, while a process at the other end reads; against
 * memcpy of as many bytes. The device's outputs and the process's socket are the product's. They
 * alternate, and each has a new picture, as a transfer from the guest's memory leaves it.
 * display.full_update_vs_socket: against a loop that only sends as many bytes to another such reader.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "vgpu/resource.h"
#include "vgpu/scanout.h"
#include "vgpu/vhost/display.h"

enum {
    WIDTH = 1280,
    HEIGHT = 800,
    LEN = WIDTH * HEIGHT * 4,
    COUNT = 400,
    READ_LEN = 1 << 20,
    FRAMES = 8
};

struct stage {
    struct vgpu_host host; /* first: the outputs call back with it */
    struct event_base *base;
    struct vhost_display *display;
    struct vgpu_outputs outputs;
    struct vgpu_resource *picture;
    uint8_t *frames; /* what the guest draws, in turns */
    unsigned frame;
    uint8_t *copy;
    int plain; /* another socket to a reader */
    bool busy;
};

static enum vit_status show(struct vgpu_host *host, const struct iovec *parts, size_t count)
{
    struct stage *stage = (struct stage *)host;
    return vhost_display_send(stage->display, parts, count);
}

static const struct vgpu_host_impl host_impl = { .display = show };

static void on_drained(void *context)
{
    struct stage *stage = context;
    stage->busy = false;
}

static void on_modes(void *context, const struct vgpu_mode *modes, unsigned count)
{
    (void)context;
    (void)modes;
    (void)count;
}

/* QEMU reads messages whole, as fast as it can. */
static pid_t start_reader(int near, int far)
{
    pid_t reader = fork();
    if (reader != 0) {
        return reader;
    }
    close(near);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    uint8_t *bytes = malloc(READ_LEN);
    while (bytes != NULL && recv(far, bytes, READ_LEN, 0) > 0) {
    }
    _exit(0);
}

static uint8_t *make_pages(size_t len)
{
    uint8_t *bytes = mmap(NULL, len, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (bytes == MAP_FAILED) {
        bench_fail("out of memory");
    }
    return bytes;
}

static void make_picture(struct stage *stage)
{
    struct vit_surface surface;
    const struct vgpu_rect whole = { 0, 0, WIDTH, HEIGHT };
    if (vit_surface_init(&surface, VIT_FORMAT_BGRX, WIDTH, HEIGHT) != VIT_OK ||
            vgpu_resource_create(1, VGPU_RESOURCE_IMAGE, &surface, &stage->picture) != VIT_OK ||
            vgpu_outputs_set(&stage->outputs, 0, stage->picture, &whole) != VIT_OK) {
        bench_fail("no picture");
    }
    stage->frames = make_pages((size_t)LEN * FRAMES);
    bench_random(stage->frames, (size_t)LEN * FRAMES);
}

/* Returns the near end. */
static int open_reader(pid_t *reader)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        bench_fail("no sockets");
    }
    *reader = start_reader(pair[0], pair[1]);
    close(pair[1]);
    if (*reader < 0) {
        bench_fail("no reader");
    }
    return pair[0];
}

static void open_stage(struct stage *stage, pid_t readers[2])
{
    *stage = (struct stage){ .host = { &host_impl }, .base = event_base_new() };
    const struct vhost_display_user user = { on_drained, on_modes, stage };
    stage->plain = open_reader(&readers[0]);
    if (stage->base == NULL ||
            vhost_display_create(stage->base, &user, &stage->display) != VIT_OK ||
            vhost_display_connect(stage->display, open_reader(&readers[1])) != VIT_OK) {
        bench_fail("no display");
    }
    vgpu_outputs_init(&stage->outputs, &stage->host, 1, false, NULL);
    make_picture(stage);
    stage->copy = make_pages(LEN);
}

static void close_stage(struct stage *stage, const pid_t readers[2])
{
    vgpu_outputs_reset(&stage->outputs);
    vgpu_resource_unref(stage->picture);
    vhost_display_destroy(stage->display);
    event_base_free(stage->base);
    munmap(stage->copy, LEN);
    munmap(stage->frames, (size_t)LEN * FRAMES);
    close(stage->plain);
    for (unsigned i = 0; i < 2; i++) {
        (void)waitpid(readers[i], NULL, 0);
    }
}

/* As a transfer from the guest's memory does. */
static void draw(struct stage *stage)
{
    memcpy(stage->picture->storage, stage->frames + (size_t)stage->frame * LEN, LEN);
    stage->frame = (stage->frame + 1) % FRAMES;
}

/* A message of no consequence is refused while bytes of the last one are kept. */
static bool is_sent(struct stage *stage)
{
    return vgpu_display_scanout(&stage->host, 0, WIDTH, HEIGHT) != VIT_E_BUSY;
}

static double time_update(struct stage *stage)
{
    const struct vgpu_rect whole = { 0, 0, WIDTH, HEIGHT };
    draw(stage);
    uint64_t start = vit_now_ns();
    if (vgpu_outputs_flush(&stage->outputs, stage->picture, &whole) != VIT_OK) {
        bench_fail("RESOURCE_FLUSH");
    }
    vgpu_outputs_draw(&stage->outputs);
    stage->busy = !is_sent(stage);
    while (stage->busy) {
        (void)event_base_loop(stage->base, EVLOOP_ONCE);
    }
    return (double)(vit_now_ns() - start);
}

static double time_copy(struct stage *stage)
{
    draw(stage);
    uint64_t start = vit_now_ns();
    memcpy(stage->copy, stage->picture->storage, LEN);
    __asm__ volatile("" : : "r"(stage->copy) : "memory"); /* as if somebody read it */
    return (double)(vit_now_ns() - start);
}

static double time_plain(struct stage *stage)
{
    draw(stage);
    uint64_t start = vit_now_ns();
    for (size_t at = 0; at < LEN;) {
        ssize_t sent = send(stage->plain, stage->picture->storage + at, LEN - at, MSG_NOSIGNAL);
        if (sent <= 0) {
            bench_fail("a reader is gone");
        }
        at += (size_t)sent;
    }
    return (double)(vit_now_ns() - start);
}

int main(int argc, char **argv)
{
    struct bench bench;
    struct stage stage;
    bench_parse(&bench, argc, argv);
    uint32_t count = bench.count == 0 ? COUNT : bench.count;
    double *updates = bench_alloc(count, sizeof(*updates));
    double *copies = bench_alloc(count, sizeof(*copies));
    double *plains = bench_alloc(count, sizeof(*plains));
    pid_t readers[2];
    open_stage(&stage, readers);
    (void)time_update(&stage); /* brings pages into being */
    for (uint32_t i = 0; i < count; i++) {
        updates[i] = time_update(&stage);
        copies[i] = time_copy(&stage);
        plains[i] = time_plain(&stage);
    }
    double update = bench_median(updates, count), copy = bench_median(copies, count);
    double plain = bench_median(plains, count);
    bench_figure("display.full_update_vs_memcpy", update / copy, "ratio", "%.0f and %.0f us",
            update / 1000, copy / 1000);
    bench_figure("display.full_update_vs_socket", update / plain, "ratio", "%.0f and %.0f us",
            update / 1000, plain / 1000);
    close_stage(&stage, readers);
    free(plains);
    free(updates);
    free(copies);
    return 0;
}
