/* SPDX-License-Identifier: MIT */
/** Command streams of virgl, each of which reads or writes the resource that it names. */
#ifndef TESTS_VM_EXIT_STREAMS_H
#define TESTS_VM_EXIT_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "vgpu/virgl/stream.h"

enum {
    EXIT_COLOUR_AT = 256,   /* in a buffer that is read: corners of a triangle, then a colour */
    EXIT_FEEDBACK_AT = 512, /* where there are neither */
    EXIT_USE_STREAMOUT = 1 << 11,
    EXIT_USE_CONSTANTS = 1 << 6,
    EXIT_USE_SHADER_BUFFER = 1 << 14,
    EXIT_USE_CUSTOM = 1 << 17, /* for results of queries */
    EXIT_USE_STAGING = 1 << 19,
};

/* What a stream may name besides: a picture to draw on, a buffer of its own for corners. */
struct exit_names {
    uint32_t victim, target, vertices, results;
    uint32_t width, height;
};

/* How a stream that works is told, with a decoy that it may name. */
enum exit_effect {
    EXIT_GIVES_PICTURE, /* the decoy's picture is on the target */
    EXIT_GIVES_BACKING, /* it is in the decoy's own memory */
    EXIT_GIVES_COLOUR,  /* what the decoy's bytes say is drawn */
    EXIT_CHANGES_PICTURE,
    EXIT_CHANGES_BUFFER, /* of the renderer */
    EXIT_CHANGES_BACKING,
};

struct exit_stream {
    const char *name;
    void (*aim)(struct vgpu_stream *stream, const struct exit_names *names);
    enum exit_effect effect;
    uint32_t bind; /* of a decoy that is a buffer; 0: it is a picture */
};

/* NULL behind the last. */
const struct exit_stream *exit_stream_at(unsigned index);
/* Makes the target green. */
void exit_stream_clear(struct vgpu_stream *stream, const struct exit_names *names);

#endif
