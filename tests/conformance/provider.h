/* SPDX-License-Identifier: MIT */
/**
 * The content provider's half, by OpenSSL alone: what the driver and the device do is checked
 * against an implementation that shares nothing with them.
 */
#ifndef TESTS_CONFORMANCE_PROVIDER_H
#define TESTS_CONFORMANCE_PROVIDER_H

#include <openssl/evp.h>
#include <stdint.h>

#include <d3d10umddi.h>

enum { PROVIDER_KEY_LEN = 16, PROVIDER_IV_LEN = 16, PROVIDER_BLOCK_LEN = 256 };

/* The key of the first certificate of a chain; to be freed. NULL: not a certificate. */
EVP_PKEY *provider_key_of(const uint8_t *chain, size_t len);

void provider_random(void *bytes, size_t len);

/* RSAES-OAEP, the hash (EVP name) for label and mask. Label may be NULL. */
struct provider_padding {
    const char *hash, *mask_hash;
    const char *label;
};
extern const struct provider_padding provider_good_padding; /* SHA-512 twice, no label */
void provider_block(EVP_PKEY *key, const struct provider_padding *padding, const void *plaintext,
        size_t len, uint8_t block[PROVIDER_BLOCK_LEN]);
/* 256 bytes that are RSA-encrypted as they are. */
void provider_raw_block(EVP_PKEY *key, const uint8_t encoded[PROVIDER_BLOCK_LEN],
        uint8_t block[PROVIDER_BLOCK_LEN]);

/* AES-ECB of one block. */
void provider_wrap(const uint8_t key[16], const uint8_t in[16], uint8_t out[16]);
void provider_unwrap(const uint8_t key[16], const uint8_t in[16], uint8_t out[16]);

/* OMAC-1. */
void provider_omac(const uint8_t key[16], const void *bytes, size_t len, uint8_t tag[16]);

void provider_iv(uint8_t iv[16], uint64_t number, uint64_t count);
/* The number IV in the 16 bytes. */
uint64_t provider_iv_number(const uint8_t iv[8]);

/* AES-CTR in place; the key stream advances over encrypted bytes only. info NULL: all. */
void provider_ctr(const uint8_t key[16], const uint8_t iv[16],
        const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *info, uint8_t *bytes, size_t len);

#endif
