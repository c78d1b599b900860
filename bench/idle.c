/* SPDX-License-Identifier: MIT */
/*
 * idle.cpu_percent: the processor time of driver and device while a session with a key is open and
 * nobody calls. --count is in seconds.
 */
#include <poll.h>
#include <time.h>

#include "base/clock.h"
#include "bench/bench.h"

enum { DEFAULT_COUNT = 3 };

static uint64_t read_clock(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) {
        bench_fail("no clock of the processor time");
    }
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t used(const struct bench *bench)
{
    uint64_t ns = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    clockid_t peer;
    if (bench->peer == 0) {
        return ns;
    }
    if (clock_getcpuclockid(bench->peer, &peer) != 0) {
        bench_fail("process %d: no clock of its processor time", (int)bench->peer);
    }
    return ns + read_clock(peer);
}

int main(int argc, char **argv)
{
    uint8_t key[BENCH_KEY_LEN];
    struct bench bench;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    int seconds = bench.count != 0 ? (int)bench.count : DEFAULT_COUNT;
    struct vit_session *session = bench_keyed_session(&bench, key);
    uint64_t start = vit_now_ns(), before = used(&bench);
    poll(NULL, 0, seconds * 1000);
    uint64_t spent = used(&bench) - before, passed = vit_now_ns() - start;
    bench_figure("idle.cpu_percent", 100.0 * (double)spent / (double)passed, "percent",
            "%.0f us in %d s", (double)spent / 1000, seconds);
    vit_session_destroy(session);
    bench_close(&bench);
    return 0;
}
