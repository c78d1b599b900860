/* SPDX-License-Identifier: MIT */
/**
 * Arithmetic of D3D11_1DDI_ENCRYPTED_BLOCK_INFO: an encrypted prefix, then {skip clear bytes,
 * encrypt bytes} again and again to the end; skip and encrypt both 0: only the prefix is encrypted.
 * The key stream advances over encrypted bytes only. Runs are whole bytes; blocks need not align.
 */
#ifndef CRYPTO_SESSION_BLOCKS_H
#define CRYPTO_SESSION_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

struct vit_block_info {
    uint32_t prefix;  /* NumEncryptedBytesAtBeginning */
    uint32_t skip;    /* NumBytesInSkipPattern */
    uint32_t encrypt; /* NumBytesInEncryptPattern */
};

struct vit_block_run {
    uint64_t offset;    /* in the buffer */
    uint64_t len;       /* bytes, at least 1 */
    uint64_t stream_at; /* of an encrypted run: its place in the key stream */
    bool encrypted;
};

struct vit_blocks {
    struct vit_block_info info;
    uint64_t total;
    uint64_t at;
    uint64_t stream_at;
};

/* info NULL: all of the buffer is encrypted. */
void vit_blocks_init(struct vit_blocks *blocks, const struct vit_block_info *info, uint64_t total);
/* The next run, at most max_len bytes of it (0: no limit); false at the end. */
bool vit_blocks_next(struct vit_blocks *blocks, uint64_t max_len, struct vit_block_run *run);

/* Encrypted bytes in a buffer of total bytes, in constant time. */
uint64_t vit_blocks_encrypted(const struct vit_block_info *info, uint64_t total);

#endif
