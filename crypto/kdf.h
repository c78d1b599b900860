/* SPDX-License-Identifier: MIT */
/**
 * Keys out of shared secrets. What goes in and comes out is the caller's, in secret memory or not;
 * what is left on the way is wiped here, or by OpenSSL where it is in OpenSSL's memory.
 */
#ifndef CRYPTO_KDF_H
#define CRYPTO_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "crypto/hash.h"

/* Bytes that are hashed one behind the other. Borrowed. */
struct vit_part {
    const void *data;
    size_t len;
};

/* OpenSSL's methods, looked up at the first use of each. Safe for several threads. */
struct vit_kdf;

VIT_RESULT vit_kdf_create(struct vit_kdf **kdf);
void vit_kdf_destroy(struct vit_kdf *kdf);
VIT_DEFINE_AUTO(kdf, struct vit_kdf *, vit_kdf_destroy)

/* For all: VIT_E_UNSUPPORTED: this OpenSSL, as configured, has no such hash. */

/* The first out_len bytes, at most all, of the hash of the parts. */
VIT_RESULT vit_kdf_hash(struct vit_kdf *kdf, enum vit_hash_id hash, const struct vit_part *parts,
        size_t part_count, uint8_t *out, size_t out_len);

VIT_RESULT vit_kdf_hmac(struct vit_kdf *kdf, enum vit_hash_id hash, const struct vit_part *key,
        const struct vit_part *parts, size_t part_count, uint8_t *out, size_t out_len);

/* RFC 2246: P_MD5 and P_SHA-1 with a half of the secret each. The seed goes behind the label. */
VIT_RESULT vit_kdf_tls1(struct vit_kdf *kdf, const struct vit_part *secret,
        const struct vit_part *label, const struct vit_part *seed, uint8_t *out, size_t out_len);

/* RFC 5246: P_hash. */
VIT_RESULT vit_kdf_tls12(struct vit_kdf *kdf, enum vit_hash_id hash, const struct vit_part *secret,
        const struct vit_part *label, const struct vit_part *seed, uint8_t *out, size_t out_len);

/* SP 800-56A: hashes of a counter, the secret, and what else there is. */
VIT_RESULT vit_kdf_concat(struct vit_kdf *kdf, enum vit_hash_id hash, const struct vit_part *secret,
        const struct vit_part *parts, size_t part_count, uint8_t *out, size_t out_len);

/* SP 800-108 in counter mode with HMAC: a counter of 32 bits goes in front of the parts.
 * @return VIT_E_ARG more than 8 parts */
VIT_RESULT vit_kdf_counter(struct vit_kdf *kdf, enum vit_hash_id hash, const struct vit_part *key,
        const struct vit_part *parts, size_t part_count, uint8_t *out, size_t out_len);

/* RFC 5869, first half: prk has room for a hash. A salt of length 0 stands for zeros. */
VIT_RESULT vit_kdf_hkdf_extract(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *salt, const struct vit_part *secret, uint8_t *prk);

/* Second half. @return VIT_E_LIMIT out_len above 255 hashes */
VIT_RESULT vit_kdf_hkdf_expand(struct vit_kdf *kdf, enum vit_hash_id hash,
        const struct vit_part *prk, const struct vit_part *info, uint8_t *out, size_t out_len);

#endif
