/* SPDX-License-Identifier: MIT */
#include "vgpu/blt.h"

#include <sched.h>
#include <string.h>

#include "base/secret.h"
#include "vgpu/scratch.h"

enum {
    LONG_RUN = 4096,     /* from here on a run of a pattern is worth a call of its own */
    SHORT_PATTERN = 256, /* up to here the runs of a pattern cost more than their bytes */
    PATTERN_FACTOR = 8,  /* so much more */
    ROW_COST = 64,       /* what a row of a copy costs beside its bytes */
    CONVERT_PIXEL_COST = 4,
    PAGE = 4096,
    STEP_PIECES = VGPU_BLT_STEP_LEN / VGPU_BLT_PIECE_COST,
};

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_short_pattern(const struct vit_block_info *info)
{
    uint64_t period = (uint64_t)info->skip + info->encrypt;
    return info->skip != 0 && info->encrypt != 0 && period < SHORT_PATTERN;
}

/* A kernel gives pages; what is torn into smaller pieces costs more than its bytes. */
static uint64_t scatter_cost(const struct vgpu_resource *resource, uint64_t offset, uint64_t len)
{
    uint64_t count = vgpu_resource_piece_count(resource, offset, len);
    uint64_t pages = len / PAGE + 2;
    return count > pages ? (count - pages) * VGPU_BLT_PIECE_COST : 0;
}

static uint64_t both_scatter_costs(const struct vgpu_blt *blt, uint64_t source_len,
        uint64_t destination_len)
{
    return scatter_cost(blt->source, blt->source_offset, source_len) +
            scatter_cost(blt->destination, blt->destination_offset, destination_len);
}

static uint64_t copy_cost(const struct vgpu_blt *blt)
{
    uint64_t rows_before = blt->row_count - 1;
    return ((uint64_t)blt->row_len + ROW_COST) * blt->row_count +
            both_scatter_costs(blt, rows_before * blt->source_pitch + blt->row_len,
                    rows_before * blt->destination_pitch + blt->row_len);
}

static uint64_t convert_cost(const struct vgpu_blt *blt)
{
    return vgpu_convert_pixels(&blt->convert) * CONVERT_PIXEL_COST +
            both_scatter_costs(blt, blt->source->surface.size, blt->destination->surface.size);
}

static uint64_t ctr_cost(const struct vgpu_blt *blt)
{
    uint64_t total = blt->blocks.total;
    uint64_t factor = is_short_pattern(&blt->blocks.info) ? PATTERN_FACTOR : 1;
    return total * factor + (blt->wipe ? blt->destination->surface.size : 0) +
            both_scatter_costs(blt, total, total);
}

uint64_t vgpu_blt_cost(const struct vgpu_blt *blt)
{
    static uint64_t (*const costs[])(const struct vgpu_blt *) = {
        [VGPU_BLT_CTR] = ctr_cost,
        [VGPU_BLT_COPY] = copy_cost,
        [VGPU_BLT_CONVERT] = convert_cost,
    };
    return costs[blt->kind](blt);
}

static void let_owner_pass(const struct vgpu_resource *resource)
{
    while (atomic_load(&resource->wanted)) {
        sched_yield();
    }
}

/* Always in the same order, so that two threads cannot wait for each other. */
static void lock_both(const struct vgpu_blt *blt)
{
    struct vgpu_resource *first = blt->source;
    struct vgpu_resource *second = blt->destination;
    if ((uintptr_t)first > (uintptr_t)second) {
        first = blt->destination;
        second = blt->source;
    }
    let_owner_pass(first);
    let_owner_pass(second);
    pthread_mutex_lock(&first->lock);
    if (first != second) {
        pthread_mutex_lock(&second->lock);
    }
}

static void unlock_both(const struct vgpu_blt *blt)
{
    pthread_mutex_unlock(&blt->source->lock);
    if (blt->source != blt->destination) {
        pthread_mutex_unlock(&blt->destination->lock);
    }
}

/* The contiguous bytes at both offsets. */
static bool pieces(const struct vgpu_blt *blt, uint64_t source_at, uint64_t destination_at,
        uint64_t len, const uint8_t **in, uint8_t **out, uint64_t *piece_len)
{
    *in = vgpu_resource_piece(blt->source, source_at, len, piece_len);
    if (*in == NULL) {
        return false;
    }
    *out = vgpu_resource_piece(blt->destination, destination_at, *piece_len, piece_len);
    return *out != NULL;
}

static enum vit_status do_run(const struct vgpu_tools *tools, const uint8_t *in, uint8_t *out,
        const struct vit_block_run *run)
{
    if (run->encrypted) {
        return vit_ctr_update(tools->cipher, in, out, (size_t)run->len);
    }
    memcpy(out, in, (size_t)run->len);
    return VIT_OK;
}

/* stream NULL: a copy. Inline, since runs may be single bytes. */
static inline void do_short(const uint8_t *in, const uint8_t *stream, uint8_t *out, size_t len)
{
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t a, b = 0;
        memcpy(&a, in + i, 8);
        if (stream != NULL) {
            memcpy(&b, stream + i, 8);
        }
        a ^= b;
        memcpy(out + i, &a, 8);
    }
    for (; i < len; i++) {
        out[i] = in[i] ^ (stream != NULL ? stream[i] : 0);
    }
}

/* Without an encrypted part in the pattern, all that follows is clear. */
static uint64_t pattern_len(const struct vit_block_info *info, bool encrypted)
{
    if (encrypted) {
        return info->encrypt;
    }
    return info->encrypt == 0 ? UINT64_MAX : info->skip;
}

/* What vit_blocks_next() would say, run by run, but with one division for all of them. */
static void apply_stream(const struct vit_blocks *blocks, const uint8_t *stream, const uint8_t *in,
        uint8_t *out, uint64_t len)
{
    struct vit_blocks ahead = *blocks;
    struct vit_block_run run = { .len = 0 };
    (void)vit_blocks_next(&ahead, 0, &run);
    bool encrypted = run.encrypted;
    uint64_t run_len = run.len;
    while (len > 0) {
        size_t part = (size_t)min64(run_len, len);
        do_short(in, encrypted ? stream : NULL, out, part);
        stream += encrypted ? part : 0;
        in += part;
        out += part;
        len -= part;
        encrypted = !encrypted;
        run_len = pattern_len(&blocks->info, encrypted);
    }
}

/* Many runs: their key stream is made at once, since a call for each would cost more than its
 * bytes. */
static enum vit_status do_pattern(struct vgpu_blt *blt, const struct vgpu_tools *tools,
        const uint8_t *in, uint8_t *out, uint64_t len)
{
    struct vit_blocks *blocks = &blt->blocks;
    uint8_t *stream = tools->scratch->stream;
    uint64_t stream_end = vit_blocks_encrypted(&blocks->info, blocks->at + len);
    size_t stream_len = (size_t)(stream_end - blocks->stream_at);
    memset(stream, 0, stream_len);
    enum vit_status status = vit_ctr_update(tools->cipher, stream, stream, stream_len);
    if (status == VIT_OK) {
        apply_stream(blocks, stream, in, out, len);
        blocks->at += len;
        blocks->stream_at = stream_end;
    }
    vit_wipe(stream, stream_len);
    return status;
}

/* One contiguous piece of both resources, or the beginning of it. */
static enum vit_status do_piece(struct vgpu_blt *blt, const struct vgpu_tools *tools,
        const uint8_t *in, uint8_t *out, uint64_t len)
{
    struct vit_blocks ahead = blt->blocks;
    struct vit_block_run run;
    if (!vit_blocks_next(&ahead, len, &run)) {
        return VIT_E_ARG;
    }
    if (run.len == len || run.len >= LONG_RUN) {
        blt->blocks = ahead;
        return do_run(tools, in, out, &run);
    }
    return do_pattern(blt, tools, in, out, min64(len, VGPU_SCRATCH_STREAM_LEN));
}

/* Up to end, or less when the bytes lie in very many pieces. */
static enum vit_status do_until(struct vgpu_blt *blt, const struct vgpu_tools *tools, uint64_t end)
{
    struct vit_blocks *blocks = &blt->blocks;
    for (unsigned left = STEP_PIECES; blocks->at < end && left > 0; left--) {
        const uint8_t *in;
        uint8_t *out;
        uint64_t len;
        if (!pieces(blt, blt->source_offset + blocks->at, blt->destination_offset + blocks->at,
                    end - blocks->at, &in, &out, &len)) {
            return VIT_E_GONE;
        }
        VIT_TRY(do_piece(blt, tools, in, out, len));
    }
    return VIT_OK;
}

static enum vit_status wipe_step(struct vgpu_blt *blt)
{
    uint64_t len;
    uint64_t left = blt->destination->surface.size - blt->wiped;
    uint8_t *out =
            vgpu_resource_piece(blt->destination, blt->wiped, min64(left, VGPU_BLT_STEP_LEN), &len);
    if (out == NULL) {
        return VIT_E_GONE;
    }
    vit_wipe(out, (size_t)len);
    blt->wiped += len;
    blt->wipe = blt->wiped < blt->destination->surface.size;
    return VIT_E_BUSY;
}

static enum vit_status ctr_step(struct vgpu_blt *blt, const struct vgpu_tools *tools)
{
    if (blt->wipe) {
        return wipe_step(blt);
    }
    struct vit_blocks *blocks = &blt->blocks;
    bool is_short = is_short_pattern(&blocks->info);
    uint64_t step = is_short ? VGPU_BLT_STEP_LEN / PATTERN_FACTOR : VGPU_BLT_STEP_LEN;
    uint64_t end = blocks->at + min64(step, blocks->total - blocks->at);
    enum vit_status status =
            vit_ctr_begin(tools->cipher, blt->key, blt->counter, blocks->stream_at);
    if (status == VIT_OK) {
        status = do_until(blt, tools, end);
    }
    vit_ctr_end(tools->cipher);
    VIT_TRY(status);
    return blocks->at < blocks->total ? VIT_E_BUSY : VIT_OK;
}

/* What is contiguous at both ends, of the row that is being copied. Pages of the guest may be in
 * both resources: memmove. */
static enum vit_status copy_part(struct vgpu_blt *blt, uint64_t most, uint64_t *len)
{
    uint64_t source_at = blt->source_offset + (uint64_t)blt->row * blt->source_pitch;
    uint64_t destination_at = blt->destination_offset + (uint64_t)blt->row * blt->destination_pitch;
    const uint8_t *in;
    uint8_t *out;
    if (!pieces(blt, source_at + blt->column, destination_at + blt->column,
                min64(blt->row_len - blt->column, most), &in, &out, len)) {
        return VIT_E_GONE;
    }
    memmove(out, in, (size_t)*len);
    blt->column += *len;
    if (blt->column == blt->row_len) {
        blt->column = 0;
        blt->row++;
    }
    return VIT_OK;
}

static enum vit_status copy_step(struct vgpu_blt *blt, const struct vgpu_tools *tools)
{
    (void)tools;
    uint64_t budget = VGPU_BLT_STEP_LEN;
    while (blt->row < blt->row_count && budget > 0) {
        uint64_t len;
        VIT_TRY(copy_part(blt, budget, &len));
        budget -= min64(budget, len + ROW_COST);
    }
    return blt->row < blt->row_count ? VIT_E_BUSY : VIT_OK;
}

static enum vit_status convert_step(struct vgpu_blt *blt, const struct vgpu_tools *tools)
{
    uint64_t row_count = blt->convert.to.bottom - blt->convert.to.top;
    uint64_t row_cost = vgpu_blt_cost(blt) / row_count + 1;
    uint64_t count = VGPU_BLT_STEP_LEN / row_cost;
    count = min64(count == 0 ? 1 : count, row_count - blt->converted);
    VIT_TRY(vgpu_convert_rows(&blt->convert, blt->source, blt->destination, blt->converted,
            (uint32_t)count, tools->scratch));
    blt->converted += (uint32_t)count;
    return blt->converted < row_count ? VIT_E_BUSY : VIT_OK;
}

enum vit_status vgpu_blt_step(struct vgpu_blt *blt, const struct vgpu_tools *tools)
{
    static enum vit_status (*const steps[])(struct vgpu_blt *, const struct vgpu_tools *) = {
        [VGPU_BLT_CTR] = ctr_step,
        [VGPU_BLT_COPY] = copy_step,
        [VGPU_BLT_CONVERT] = convert_step,
    };
    lock_both(blt);
    enum vit_status status = steps[blt->kind](blt, tools);
    unlock_both(blt);
    return status;
}
