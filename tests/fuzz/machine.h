/* SPDX-License-Identifier: MIT */
/**
 * A device in this process with two regions of guest memory and its queues, for fuzzers: made
 * once, put back to its beginning for each input. All work is done on the caller's thread.
 */
#ifndef TESTS_FUZZ_MACHINE_H
#define TESTS_FUZZ_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "vgpu/device.h"

enum {
    MACHINE_LOW_LEN = 256 << 10, /* at guest address 0 */
    MACHINE_HIGH_LEN = 64 << 10, /* at MACHINE_HIGH */
    MACHINE_FREE = 32768,        /* from here on low memory is the fuzzer's */
    MACHINE_REQUEST_MAX_LEN = 8192,
};
#define MACHINE_HIGH UINT64_C(0x100000000)

struct machine {
    struct vgpu_host host;
    struct vgpu_device *device;
    uint8_t *low, *high;
    uint64_t fence, sequence;
};

/* A device and memory at their beginning; what is there already is used again. */
void machine_start(struct machine *machine);
/* Drops everything and checks that nothing is left. */
void machine_stop(struct machine *machine);

/* How a request lies in memory. */
struct machine_shape {
    size_t first_len;  /* of the first readable piece; 0: one piece */
    size_t answer_len; /* 0: no piece to write to */
    bool cursor;       /* on the other queue */
};

/* Offers a request and lets the device work until it gave it back; the type of the answer, 0 when
 * there is none. */
uint32_t machine_post(struct machine *machine, const uint8_t *request, size_t len,
        const struct machine_shape *shape);
uint32_t machine_call(struct machine *machine, const void *request, size_t len);

/**
 * One command out of a fuzzer's input: u8 which, u8 flags, u8 context, u8 length, that much of a
 * body. Sides of pictures are cut to what takes little time.
 */
enum {
    MACHINE_FENCED = 1,
    MACHINE_SPLIT = 2,
    MACHINE_SHORT_ANSWER = 4,
    MACHINE_CURSOR = 8,
    MACHINE_CUT = 16, /* the request ends where the body does, not where the command does */
};
/* Which command that is; behind the last of the table the type is in the body. */
uint8_t machine_command_index(uint32_t type);
uint32_t machine_command(struct machine *machine, struct vit_reader *in);

/* Messages as a submission of a context, with a reply at offset in the buffer reply; how it ended, or
 * VIT_E_GONE without an answer. */
enum vit_status machine_submit(struct machine *machine, uint32_t context, uint32_t reply,
        uint32_t count, const uint8_t *messages, size_t len);

#endif
