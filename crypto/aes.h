/* SPDX-License-Identifier: MIT */
/**
 * AES with keys of 16, 24 and 32 bytes, one message at a time: modes of whole blocks and of bytes,
 * authenticated modes, and wrapped keys. crypto/cipher.h is for AES-128 in bulk.
 *
 * Keys are borrowed for the call, from secret memory or not; OpenSSL's copy of one lives as long as
 * the call. in and out are the same or do not overlap.
 *
 * For all: VIT_E_ARG: a key of another length; VIT_E_NOMEM; VIT_E_UNSUPPORTED: not in this OpenSSL.
 */
#ifndef CRYPTO_AES_H
#define CRYPTO_AES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"

enum { VIT_AES_BLOCK_LEN = 16, VIT_AES_MAX_KEY_LEN = 32 };

struct vit_aes_key {
    const uint8_t *bytes;
    size_t len;
};

/* CFB8 takes any number of bytes, the others whole blocks. */
enum vit_aes_mode { VIT_AES_ECB, VIT_AES_CBC, VIT_AES_CFB8, VIT_AES_CFB128 };

/* iv: a block; not looked at by ECB */
VIT_RESULT vit_aes_encrypt(enum vit_aes_mode mode, const struct vit_aes_key *key, const uint8_t *iv,
        const uint8_t *in, size_t len, uint8_t *out);
VIT_RESULT vit_aes_decrypt(enum vit_aes_mode mode, const struct vit_aes_key *key, const uint8_t *iv,
        const uint8_t *in, size_t len, uint8_t *out);

/* The IV of what follows a ciphertext, in CBC and CFB: the last block of both. */
void vit_aes_advance(uint8_t iv[VIT_AES_BLOCK_LEN], const uint8_t *ciphertext, size_t len);

/* GCM takes nonces of 12 bytes here and tags of 12 to 16; CCM nonces of 7 to 13, and tags of 4 to 16
 * of even length. */
enum vit_aes_auth { VIT_AES_GCM, VIT_AES_CCM };

enum { VIT_GCM_NONCE_LEN = 12, VIT_AES_MAX_TAG_LEN = 16 };

struct vit_aes_message {
    const uint8_t *nonce;
    size_t nonce_len;
    const uint8_t *aad; /* may be NULL when there is none */
    size_t aad_len;
    const uint8_t *in; /* may be NULL, as out, when there is nothing */
    size_t len;
    uint8_t *out; /* len bytes */
};

bool vit_aes_nonce_fits(enum vit_aes_auth mode, size_t nonce_len);
bool vit_aes_tag_fits(enum vit_aes_auth mode, size_t tag_len);

/* @return VIT_E_ARG a length that the mode does not have (with CCM the nonce bounds the message) */
VIT_RESULT vit_aes_seal(enum vit_aes_auth mode, const struct vit_aes_key *key,
        const struct vit_aes_message *message, uint8_t *tag, size_t tag_len);
/* @return VIT_E_REFUSED not of that tag: out is wiped */
VIT_RESULT vit_aes_open(enum vit_aes_auth mode, const struct vit_aes_key *key,
        const struct vit_aes_message *message, const uint8_t *tag, size_t tag_len);

/**
 * GCM in pieces, of which the caller keeps what must be kept; nothing of it is secret from whoever
 * has the messages. All pieces but the last are of whole blocks.
 */
struct vit_gcm_chain {
    uint8_t counter[VIT_AES_BLOCK_LEN]; /* of the next block; begins with the nonce */
    uint8_t mac[VIT_AES_BLOCK_LEN];
    uint64_t aad_len, len; /* so far, in bytes */
};

/* The most that one nonce encrypts, in bytes. */
#define VIT_GCM_MAX_LEN ((UINT64_C(1) << 36) - 32)

VIT_RESULT vit_gcm_begin(const struct vit_aes_key *key, const uint8_t nonce[VIT_GCM_NONCE_LEN],
        const uint8_t *aad, size_t aad_len, struct vit_gcm_chain *chain);
/* Both @return VIT_E_ARG the piece before was no whole block, or more than VIT_GCM_MAX_LEN */
VIT_RESULT vit_gcm_encrypt(const struct vit_aes_key *key, struct vit_gcm_chain *chain,
        const uint8_t *in, size_t len, uint8_t *out);
VIT_RESULT vit_gcm_decrypt(const struct vit_aes_key *key, struct vit_gcm_chain *chain,
        const uint8_t *in, size_t len, uint8_t *out);
VIT_RESULT vit_gcm_end(const struct vit_aes_key *key, const struct vit_gcm_chain *chain,
        uint8_t tag[VIT_AES_BLOCK_LEN]);

/* Keys encrypted with keys, RFC 3394: 8 bytes more than there are. */
enum { VIT_AES_WRAP_MORE = 8 };

/* A multiple of 8 bytes, not fewer than 16, at most 2^20. */
bool vit_aes_can_wrap(size_t len);
/* @return VIT_E_ARG not such a length */
VIT_RESULT vit_aes_wrap(const struct vit_aes_key *key, const uint8_t *in, size_t len, uint8_t *out);
/* len of what was wrapped and the 8 bytes; out is wiped on failure. @return VIT_E_REFUSED */
VIT_RESULT vit_aes_unwrap(const struct vit_aes_key *key, const uint8_t *in, size_t len,
        uint8_t *out);

#endif
