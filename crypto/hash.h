/* SPDX-License-Identifier: MIT */
/**
 * Hashes, HMAC over them, and CMAC over AES: one at a time or in pieces. One thread uses a hash at a
 * time. Keys are copied by OpenSSL, into memory of its own.
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"

enum vit_hash_id {
    VIT_HASH_MD5,
    VIT_HASH_SHA1,
    VIT_HASH_SHA256,
    VIT_HASH_SHA384,
    VIT_HASH_SHA512,
    VIT_HASH_SHA3_256,
    VIT_HASH_SHA3_384,
    VIT_HASH_SHA3_512,
    VIT_HASH_COUNT
};

enum { VIT_HASH_MAX_LEN = 64, VIT_CMAC_LEN = 16 };

struct vit_hash;

/* In bytes. */
size_t vit_hash_len(enum vit_hash_id id);
size_t vit_hash_block_len(enum vit_hash_id id);
/* OpenSSL's name for it: "SHA2-256". */
const char *vit_hash_name(enum vit_hash_id id);

VIT_RESULT vit_hash_create(enum vit_hash_id id, struct vit_hash **hash);
/* key may be empty (key_len 0) */
VIT_RESULT vit_hmac_create(enum vit_hash_id id, const void *key, size_t key_len,
        struct vit_hash **hash);
/* @return VIT_E_ARG a key of other than 16, 24 or 32 bytes */
VIT_RESULT vit_cmac_create(const void *key, size_t key_len, struct vit_hash **hash);
void vit_hash_destroy(struct vit_hash *hash);
VIT_DEFINE_AUTO(hash, struct vit_hash *, vit_hash_destroy)

/* A second one that has seen the same bytes. */
VIT_RESULT vit_hash_copy(const struct vit_hash *hash, struct vit_hash **copy);

/* Bytes that vit_hash_finish() writes. */
size_t vit_hash_digest_len(const struct vit_hash *hash);
VIT_RESULT vit_hash_update(struct vit_hash *hash, const void *data, size_t len);
/* Starts again with the same key. */
VIT_RESULT vit_hash_finish(struct vit_hash *hash, uint8_t *digest);

/* In one go. */
VIT_RESULT vit_hash_once(enum vit_hash_id id, const void *data, size_t len, uint8_t *digest);
VIT_RESULT vit_hmac_once(enum vit_hash_id id, const void *key, size_t key_len, const void *data,
        size_t len, uint8_t *digest);

#endif
