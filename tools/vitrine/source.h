/* SPDX-License-Identifier: MIT */
/**
 * Decodes a video file with FFmpeg's libraries into frames of one of our formats: RGB sources
 * become BGRA without loss, all others NV12 (BT.709, limited range, as the device converts it).
 */
#ifndef TOOLS_VITRINE_SOURCE_H
#define TOOLS_VITRINE_SOURCE_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "wire/surface.h"

struct source;

struct source_info {
    struct vit_surface surface;
    uint32_t rate_numerator, rate_denominator;
    uint32_t frame_estimate; /* 0: unknown */
};

enum { SOURCE_REASON_LEN = 160 };

/**
 * @param reason  filled on failure
 * @return VIT_E_REFUSED      no media file, or damaged
 *         VIT_E_UNSUPPORTED  no video in it that can be decoded
 *         VIT_E_IO, VIT_E_NOMEM
 */
VIT_RESULT source_try(const char *path, struct source **source, struct source_info *info,
        char reason[SOURCE_REASON_LEN]);
/* The same, and says the reason on standard error, unless it is memory. */
VIT_RESULT source_open(const char *path, struct source **source, struct source_info *info);
void source_close(struct source *source);
VIT_DEFINE_AUTO(source, struct source *, source_close)

/* Says on standard error what is wrong, unless it is memory.
 * @return VIT_E_GONE at the end, VIT_E_REFUSED the file is damaged, VIT_E_UNSUPPORTED */
VIT_RESULT source_next(struct source *source, uint8_t *pixels);

#endif
