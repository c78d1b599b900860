/* SPDX-License-Identifier: MIT */
/** DecryptionBlts of one size, from staging to a protected texture, as a player calls them. */
#ifndef BENCH_BLT_H
#define BENCH_BLT_H

#include "bench/bench.h"

struct bench_blt {
    const struct bench *bench;
    uint8_t key[BENCH_KEY_LEN];
    struct vit_session *session;
    struct vit_event *event;
    struct vit_resource *source, *destination; /* random bytes; protected */
    UINT len;                                  /* of each, in bytes */
    uint64_t iv;
};

/* A picture of side by side pixels. */
void bench_blt_open(struct bench_blt *blt, const struct bench *bench, UINT side);
void bench_blt_close(struct bench_blt *blt);

void bench_blt_take_iv(struct bench_blt *blt, uint8_t iv[16]);
/* Nanoseconds from the first call until an event behind the last is true. */
double bench_blt_time(struct bench_blt *blt, unsigned count);
/* The same; each of them is a submission of its own. */
double bench_blt_stream_time(struct bench_blt *blt, unsigned count);

#endif
