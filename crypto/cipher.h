/* SPDX-License-Identifier: MIT */
/**
 * AES-128 with keys that live as 16 bytes in secret memory: CTR in bulk, ECB for wrapped keys, CMAC.
 *
 * A cipher holds everything the operations need, so that nothing is fetched or allocated per call;
 * one thread uses it at a time (a worker owns one). What it derives from a key lies in the slab or
 * is overwritten at the end of the operation. Key pointers are borrowed for the call.
 */
#ifndef CRYPTO_CIPHER_H
#define CRYPTO_CIPHER_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"

enum { VIT_AES_LEN = 16 };

struct vit_cipher;

/**
 * @param slab     borrowed, must outlive the cipher
 * @param backend  "openssl", "ipsec-mb" or NULL: the faster one that this machine offers
 * @return VIT_E_UNSUPPORTED  no such back-end here
 */
VIT_RESULT vit_cipher_create(struct vit_slab *slab, const char *backend,
        struct vit_cipher **cipher);
void vit_cipher_destroy(struct vit_cipher *cipher);
VIT_DEFINE_AUTO(cipher, struct vit_cipher *, vit_cipher_destroy)

/* "openssl" or "ipsec-mb". */
const char *vit_cipher_backend(const struct vit_cipher *cipher);

/**
 * A CTR run: begin, any number of updates, end. The counter block is 8 bytes of IV and 8 bytes of
 * big-endian count; the count advances by one for each 16 bytes, wraps in its 64 bits and never
 * carries into the IV (page D3D11_1DDI_AES_CTR_IV; refusing the wrap is the session's rule).
 *
 * @param offset  bytes of key stream to skip first; may end inside a block
 */
VIT_RESULT vit_ctr_begin(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        const uint8_t counter[VIT_AES_LEN], uint64_t offset);
/* in and out are the same or do not overlap; the key stream goes on where the last call ended. */
VIT_RESULT vit_ctr_update(struct vit_cipher *cipher, const void *in, void *out, size_t len);
/* Wipes what the run derived. Harmless without a begin. */
void vit_ctr_end(struct vit_cipher *cipher);

/* Whole blocks; in and out may be the same. Not between begin and end of a CTR run. */
VIT_RESULT vit_ecb_encrypt(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        const void *in, void *out, size_t block_count);
VIT_RESULT vit_ecb_decrypt(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        const void *in, void *out, size_t block_count);

/* OMAC-1 of NIST SP 800-38B. */
VIT_RESULT vit_cmac(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN], const void *data,
        size_t len, uint8_t tag[VIT_AES_LEN]);

#endif
