/* SPDX-License-Identifier: MIT */
#include "crypto-session/blocks.h"

#include <stddef.h>

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void vit_blocks_init(struct vit_blocks *blocks, const struct vit_block_info *info, uint64_t total)
{
    *blocks = (struct vit_blocks){ .total = total };
    if (info != NULL) {
        blocks->info = *info;
        return;
    }
    /* No clear byte between repetitions: everything is encrypted. */
    blocks->info.encrypt = UINT32_MAX;
}

/* What begins at a place: is it encrypted, and how far does it go? */
static bool run_at(const struct vit_blocks *blocks, uint64_t *len)
{
    const struct vit_block_info *info = &blocks->info;
    uint64_t left = blocks->total - blocks->at;
    if (blocks->at < info->prefix) {
        *len = min64(info->prefix - blocks->at, left);
        return true;
    }
    if (info->encrypt == 0 || info->skip == 0) {
        *len = left;
        return info->encrypt != 0;
    }
    uint64_t period = (uint64_t)info->skip + info->encrypt;
    uint64_t within = (blocks->at - info->prefix) % period;
    bool encrypted = within >= info->skip;
    *len = min64(encrypted ? period - within : info->skip - within, left);
    return encrypted;
}

bool vit_blocks_next(struct vit_blocks *blocks, uint64_t max_len, struct vit_block_run *run)
{
    if (blocks->at >= blocks->total) {
        return false;
    }
    uint64_t len;
    bool encrypted = run_at(blocks, &len);
    len = max_len != 0 ? min64(len, max_len) : len;
    *run = (struct vit_block_run){
        .offset = blocks->at,
        .len = len,
        .stream_at = blocks->stream_at,
        .encrypted = encrypted,
    };
    blocks->at += len;
    blocks->stream_at += encrypted ? len : 0;
    return true;
}

uint64_t vit_blocks_encrypted(const struct vit_block_info *info, uint64_t total)
{
    if (info == NULL || total <= info->prefix) {
        return total;
    }
    uint64_t rest = total - info->prefix;
    if (info->encrypt == 0) {
        return info->prefix;
    }
    uint64_t period = (uint64_t)info->skip + info->encrypt;
    uint64_t tail = rest % period;
    uint64_t tail_encrypted = tail > info->skip ? tail - info->skip : 0;
    return info->prefix + rest / period * info->encrypt + tail_encrypted;
}
