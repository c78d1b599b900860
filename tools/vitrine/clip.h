/* SPDX-License-Identifier: MIT */
/**
 * A sealed clip: one 256-byte exchange block for one device, and encrypted frames with their
 * wrapped content keys. It holds no key in the clear. All numbers are little-endian.
 *
 * header (432 bytes)  "VITCLIP1", u32 version 1, u32 format (wire/surface.h), u32 width, u32 height,
 *                     u32 rate numerator, u32 rate denominator, u32 frames, u32 content keys,
 *                     u64 bytes of a frame, 32 bytes SHA-256 of the device's leaf certificate,
 *                     256 bytes exchange block, 32 bytes SHA-256 of the last frame as a display shows
 *                     it (rows of B, G, R, 0xff; all zero when it is not exact), 64 bytes of zeros
 * frame (48 + bytes)  u32 index, u32 content key number, 16 bytes wrapped content key, 16 bytes IV,
 *                     u64 bytes, ciphertext
 */
#ifndef TOOLS_VITRINE_CLIP_H
#define TOOLS_VITRINE_CLIP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "crypto/digest.h"
#include "wire/surface.h"

enum { CLIP_BLOCK_LEN = 256, CLIP_MAX_FRAMES = 10000000 };

struct clip_header {
    struct vit_surface surface;
    uint32_t rate_numerator, rate_denominator;
    uint32_t frame_count;
    uint32_t key_count;
    uint8_t leaf_digest[VIT_SHA256_LEN];
    uint8_t block[CLIP_BLOCK_LEN];
    uint8_t shown_digest[VIT_SHA256_LEN];
};

struct clip_frame {
    uint32_t index;
    uint32_t key_number;
    uint8_t wrapped_key[16];
    uint8_t iv[16];
};

/* @return VIT_E_REFUSED not a clip, or damaged; VIT_E_IO */
VIT_RESULT clip_read_header(FILE *file, struct clip_header *header);
/* The frame that must come next; its bytes go to pixels (header->surface.size bytes).
 * @return VIT_E_REFUSED truncated or damaged */
VIT_RESULT clip_read_frame(FILE *file, const struct clip_header *header, uint32_t expected_index,
        struct clip_frame *frame, void *pixels);

/* Does the file begin as a clip does? Rewinds. */
bool clip_is(FILE *file);

VIT_RESULT clip_write_header(FILE *file, const struct clip_header *header);
VIT_RESULT clip_write_frame(FILE *file, const struct clip_header *header,
        const struct clip_frame *frame, const void *pixels);

#endif
