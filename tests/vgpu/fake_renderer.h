/* SPDX-License-Identifier: MIT */
/**
 * A renderer that keeps what it was told: one line for each call, in order. Its fences are reached
 * at once, or when the test says so.
 */
#ifndef TESTS_VGPU_FAKE_RENDERER_H
#define TESTS_VGPU_FAKE_RENDERER_H

#include <stdbool.h>

#include "vgpu/renderer.h"

enum { FAKE_LINES = 256, FAKE_LINE_LEN = 128 };

struct fake_renderer {
    struct vgpu_renderer base;
    char lines[FAKE_LINES][FAKE_LINE_LEN];
    unsigned count;
    enum vit_status next; /* what the next call that has a status answers; then VIT_OK again */
    bool fails_fences;
    bool holds; /* fences are reached when fake_renderer_reach() says so */
    uint64_t fenced, reached;
    struct vgpu_3d_resource asked;    /* last */
    struct vgpu_3d_transfer transfer; /* last */
    struct iovec *pieces;             /* last */
    size_t piece_count;
    uint32_t words[8]; /* of the last stream */
    size_t word_count;
    uint8_t colour[4]; /* of each pixel that is read */
};

void fake_renderer_init(struct fake_renderer *fake);
void fake_renderer_finish(struct fake_renderer *fake);
/* Fences up to this one are reached; the device hears of it at its next poll. */
void fake_renderer_reach(struct fake_renderer *fake, uint64_t fence);

/* Was there a call since the last time that this was asked, that line says exactly? Forgets the ones
 * before it, and it. */
bool fake_renderer_heard(struct fake_renderer *fake, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/* Has any line this word in it? "resource 7" */
bool fake_renderer_knows(const struct fake_renderer *fake, const char *word);

#endif
