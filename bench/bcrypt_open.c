/* SPDX-License-Identifier: MIT */
/*
 * bcrypt.open_us: BCryptOpenAlgorithmProvider and BCryptCloseAlgorithmProvider, for the last of the
 * algorithms that are looked through as for the first; median over batches of the slower one.
 */
#include <bcrypt.h>

#include "base/clock.h"
#include "bench/bench.h"

enum { BATCH = 100, DEFAULT_COUNT = 1000 };

static double time_batch(LPCWSTR name)
{
    uint64_t start = vit_now_ns();
    for (int i = 0; i < BATCH; i++) {
        BCRYPT_ALG_HANDLE handle;
        if (!NT_SUCCESS(BCryptOpenAlgorithmProvider(&handle, name, NULL, 0)) ||
                !NT_SUCCESS(BCryptCloseAlgorithmProvider(handle, 0))) {
            bench_fail("a provider does not open and close");
        }
    }
    return (double)(vit_now_ns() - start) / BATCH / 1000;
}

static double measure(LPCWSTR name, uint32_t count)
{
    double *values = bench_alloc(count, sizeof(double));
    for (uint32_t i = 0; i < count; i++) {
        values[i] = time_batch(name);
    }
    double median = bench_median(values, count);
    free(values);
    return median;
}

int main(int argc, char **argv)
{
    struct bench bench;
    bench_parse(&bench, argc, argv);
    uint32_t count = bench.count != 0 ? bench.count : DEFAULT_COUNT;
    double first = measure(BCRYPT_ECDH_P256_ALGORITHM, count);
    double last = measure(BCRYPT_RNG_ALGORITHM, count);
    bench_figure("bcrypt.open_us", last > first ? last : first, "us", "ECDH_P256 %.3f, RNG %.3f",
            first, last);
    return 0;
}
