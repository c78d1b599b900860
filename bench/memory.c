/* SPDX-License-Identifier: MIT */
/*
 * session.bytes: what a session takes, driver and device together: the growth of the memory of
 * their processes by 10 000 sessions, and session.bytes.keyed the same after each was given a key.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"

enum { DEFAULT_COUNT = 10000 };

/* kB behind "field:", or -1 where the file may not be read. */
static long read_field(pid_t pid, const char *file, const char *field)
{
    char name[64], line[256];
    snprintf(name, sizeof(name), "/proc/%d/%s", (int)pid, file);
    VIT_AUTO(stream) stream = fopen(name, "re");
    while (stream != NULL && fgets(line, sizeof(line), stream) != NULL) {
        size_t len = strlen(field);
        if (strncmp(line, field, len) == 0 && line[len] == ':') {
            return strtol(line + len + 1, NULL, 10);
        }
    }
    return -1;
}

/* The device's process lets nobody look at its mappings who is not privileged. What it has resident
 * can be seen by all and is at least as much: shared pages count in full. */
static double memory_of(pid_t pid)
{
    long kilobytes = read_field(pid, "smaps_rollup", "Pss");
    if (kilobytes < 0) {
        kilobytes = read_field(pid, "status", "VmRSS");
    }
    if (kilobytes < 0) {
        bench_fail("process %d: its memory cannot be told", (int)pid);
    }
    return (double)kilobytes * 1024;
}

struct memory {
    double own, peer;
};

static struct memory measure(const struct bench *bench)
{
    return (struct memory){ memory_of(getpid()), bench->peer == 0 ? 0 : memory_of(bench->peer) };
}

static void report(const char *name, const struct bench *bench, const struct memory *before,
        uint32_t count)
{
    struct memory now = measure(bench);
    double own = (now.own - before->own) / count, peer = (now.peer - before->peer) / count;
    if (bench->peer == 0) {
        bench_figure(name, own, "bytes", NULL);
    } else {
        bench_figure(name, own + peer, "bytes", "driver %.0f, device %.0f", own, peer);
    }
}

int main(int argc, char **argv)
{
    uint8_t key[BENCH_KEY_LEN], block[BENCH_BLOCK_LEN];
    struct bench bench;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    uint32_t count = bench.count != 0 ? bench.count : DEFAULT_COUNT;
    struct vit_session **sessions = bench_alloc(count, sizeof(*sessions));
    memset(sessions, 1, count * sizeof(*sessions)); /* in memory before, not by the sessions */

    /* What the first session and exchange bring into being belongs to none. */
    vit_session_destroy(bench_keyed_session(&bench, key));
    bench_block(&bench, key, sizeof(key), block);
    struct memory before = measure(&bench);
    for (uint32_t i = 0; i < count; i++) {
        bench_check(vit_session_create(bench.device, &sessions[i]), "CreateCryptoSession");
    }
    report("session.bytes", &bench, &before, count);
    for (uint32_t i = 0; i < count; i++) {
        bench_check(bench.device->video.pfnNegotiateCryptoSessionKeyExchange(bench.device->handle,
                            sessions[i]->handle, sizeof(block), block),
                "NegotiateCryptoSessionKeyExchange");
    }
    report("session.bytes.keyed", &bench, &before, count);
    for (uint32_t i = 0; i < count; i++) {
        vit_session_destroy(sessions[i]);
    }
    free(sessions);
    bench_close(&bench);
    return 0;
}
