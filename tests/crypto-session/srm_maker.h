/* SPDX-License-Identifier: MIT */
/* Makes lists of revoked HDCP receivers and a key that signs them, by OpenSSL alone. */
#ifndef TESTS_CRYPTO_SESSION_SRM_MAKER_H
#define TESTS_CRYPTO_SESSION_SRM_MAKER_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

enum { SRM_SIGNATURE_LEN = 40, SRM_HEADER_LEN = 8 };

/* DSA with 1024 and 160 bits, or what else is asked for. */
EVP_PKEY *srm_make_key(unsigned modulus_bits, unsigned group_bits);
/* The public half in PEM; the length. */
size_t srm_write_key(EVP_PKEY *key, char *pem, size_t size);

/* Header and vectors of the first generation, without the signature; the length. vectors as they
 * stand in the file. */
size_t srm_begin(uint8_t *srm, uint16_t version, const uint8_t *vectors, size_t len);
/* Signs len bytes and appends the signature; the whole length. */
size_t srm_sign(EVP_PKEY *key, uint8_t *srm, size_t len);

#endif
