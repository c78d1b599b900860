/* SPDX-License-Identifier: MIT */
/**
 * What the bench programs share: their command line, a device opened as a player opens it, and
 * figures, written to standard output as one JSON object per line. A program ends at the first thing
 * that fails: figures of half a run would be read as figures.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/ddi.h"

enum { BENCH_BLOCK_LEN = 256, BENCH_KEY_LEN = 16 };

struct bench {
    const char *link, *certificate; /* as in struct vitrine_host_config */
    const char *key;                /* file of the device's private key, whoever has custody */
    uint32_t count;                 /* how often; 0: as the program likes */
    pid_t peer;                     /* the device's process; 0: this one */
    struct vit_adapter *adapter;    /* after bench_open() */
    struct vit_device *device;
};

/* --link, --certificate, --key, --count, --peer */
void bench_parse(struct bench *bench, int argc, char **argv);
void bench_open(struct bench *bench);
void bench_close(struct bench *bench);

__attribute__((noreturn, format(printf, 1, 2))) void bench_fail(const char *format, ...);
/* Ends the program unless what succeeded. */
void bench_check(HRESULT hr, const char *what);
void *bench_alloc(size_t count, size_t size);

/* What the device would be sent by who may: a block for its certificate. */
void bench_block(const struct bench *bench, const void *plaintext, size_t len,
        uint8_t block[BENCH_BLOCK_LEN]);
/* A session with a key of its own; the key is written to key. */
struct vit_session *bench_keyed_session(const struct bench *bench, uint8_t key[BENCH_KEY_LEN]);

void bench_random(void *bytes, size_t len);
/* Below limit; good enough to mix an order. */
uint32_t bench_random_below(uint32_t limit);

/* Sorts values. */
double bench_median(double *values, size_t count);

/* detail: what the value was made of, for people; may be NULL */
__attribute__((format(printf, 4, 5))) void bench_figure(const char *name, double value,
        const char *unit, const char *detail, ...);

#endif
