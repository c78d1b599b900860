/* SPDX-License-Identifier: MIT */
/*
 * vm.decrypt_16m: how fast DecryptionBlts of 16 MiB are, whatever the link; runs in a guest and beside
 * it. A player submits a frame while earlier ones are under work: each is a submission of its own,
 * AHEAD of them are under way. vm.decrypt_16m_alone: each is waited for before the next.
 */
#include "bench/blt.h"

enum { COUNT = 60, SIDE = 2048, AHEAD = 4 };

int main(int argc, char **argv)
{
    struct bench bench;
    struct bench_blt blt;
    bench_parse(&bench, argc, argv);
    bench_open(&bench);
    uint32_t count = bench.count == 0 ? COUNT : bench.count;
    double *times = bench_alloc(count, sizeof(*times)), *ahead = bench_alloc(count, sizeof(*ahead));
    bench_blt_open(&blt, &bench, SIDE);
    (void)bench_blt_time(&blt, 1); /* brings pages into being */
    for (uint32_t i = 0; i < count; i++) {
        times[i] = bench_blt_time(&blt, 1);
        ahead[i] = bench_blt_stream_time(&blt, AHEAD) / AHEAD;
    }
    bench_figure("vm.decrypt_16m", blt.len / bench_median(ahead, count), "GB/s", NULL);
    bench_figure("vm.decrypt_16m_alone", blt.len / bench_median(times, count), "GB/s", NULL);
    bench_blt_close(&blt);
    free(ahead);
    free(times);
    bench_close(&bench);
    return 0;
}
