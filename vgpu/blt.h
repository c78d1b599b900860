/* SPDX-License-Identifier: MIT */
/**
 * Work on bytes of resources, done in steps: decrypt and encrypt (one thing, for CTR), copy,
 * convert. Who may do what has been decided before; a step only looks whether the bytes are still
 * there.
 */
#ifndef VGPU_BLT_H
#define VGPU_BLT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto-session/blocks.h"
#include "crypto/cipher.h"
#include "vgpu/convert.h"
#include "vgpu/job.h"
#include "vgpu/resource.h"

enum vgpu_blt_kind { VGPU_BLT_CTR, VGPU_BLT_COPY, VGPU_BLT_CONVERT };

/* Bytes that a step works on, at most; and what a piece of the backing costs beside its bytes. */
enum { VGPU_BLT_STEP_LEN = 1024 * 1024, VGPU_BLT_PIECE_COST = 256 };

struct vgpu_blt {
    enum vgpu_blt_kind kind;
    struct vgpu_resource *source, *destination; /* borrowed */
    uint64_t source_offset, destination_offset;

    /* CTR. Also how far it is. */
    struct vit_blocks blocks;
    uint8_t counter[VIT_AES_LEN];
    const uint8_t *key; /* borrowed, secret */
    bool wipe;          /* zero all of the destination first */
    uint64_t wiped;

    /* Copy: rows of row_len bytes; and how far it is. */
    uint32_t row_len, row_count, source_pitch, destination_pitch;
    uint32_t row;
    uint64_t column;

    /* Convert; and how many rows of it are done. */
    struct vgpu_convert convert;
    uint32_t converted;
};

/* How much work it is, in bytes. */
uint64_t vgpu_blt_cost(const struct vgpu_blt *blt);

/* Takes the locks of both resources meanwhile.
 * @return VIT_E_BUSY there is more to do; VIT_E_GONE the bytes are not there any more */
VIT_RESULT vgpu_blt_step(struct vgpu_blt *blt, const struct vgpu_tools *tools);

#endif
