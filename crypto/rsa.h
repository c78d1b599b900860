/* SPDX-License-Identifier: MIT */
/**
 * RSA keys of any size as numbers, and encryption with them under the usual paddings. A key never
 * changes; several threads may use one. (The exchange's own keys are in crypto/key.h.)
 *
 * The numbers lie in memory of OpenSSL's.
 */
#ifndef CRYPTO_RSA_H
#define CRYPTO_RSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "crypto/hash.h"

enum { VIT_RSA_MIN_BITS = 512, VIT_RSA_MAX_BITS = 16384 };

struct vit_rsa;

/* Public exponent, modulus, primes, exponents and coefficient of the primes, private exponent. */
enum vit_rsa_part {
    VIT_RSA_E,
    VIT_RSA_N,
    VIT_RSA_P,
    VIT_RSA_Q,
    VIT_RSA_DP,
    VIT_RSA_DQ,
    VIT_RSA_QINV,
    VIT_RSA_D,
    VIT_RSA_PART_COUNT
};

/* Big-endian; len 0: not given. */
struct vit_rsa_number {
    const uint8_t *bytes;
    size_t len;
};

VIT_RESULT vit_rsa_generate(unsigned bits, struct vit_rsa **key);
/**
 * A public key of e and n, a private one of e, n, p and q, with or without the rest: what is given
 * of it must be right.
 *
 * @return VIT_E_REFUSED  the numbers do not make a key
 */
VIT_RESULT vit_rsa_create(const struct vit_rsa_number numbers[VIT_RSA_PART_COUNT],
        struct vit_rsa **key);
void vit_rsa_destroy(struct vit_rsa *key);
VIT_DEFINE_AUTO(rsa, struct vit_rsa *, vit_rsa_destroy)

bool vit_rsa_is_private(const struct vit_rsa *key);
unsigned vit_rsa_bits(const struct vit_rsa *key);
/* Of the modulus, in bytes: that of every ciphertext. */
size_t vit_rsa_len(const struct vit_rsa *key);
/* Bytes that a part takes; 0 for private ones of a public key. */
size_t vit_rsa_part_len(const struct vit_rsa *key, enum vit_rsa_part part);
/* Big-endian in exactly len bytes. @return VIT_E_ARG they are too few, or there is no such part */
VIT_RESULT vit_rsa_part(const struct vit_rsa *key, enum vit_rsa_part part, uint8_t *out,
        size_t len);

enum vit_rsa_padding_kind { VIT_RSA_NONE, VIT_RSA_PKCS1, VIT_RSA_OAEP };

struct vit_rsa_padding {
    enum vit_rsa_padding_kind kind;
    enum vit_hash_id hash; /* OAEP: of the label and of MGF1 */
    const void *label;
    size_t label_len;
};

/**
 * @param out  vit_rsa_len() bytes, may be in
 * @return VIT_E_ARG  too much for this key and padding; with none, another length than the modulus,
 *                    or a number that is not below it
 */
VIT_RESULT vit_rsa_encrypt(const struct vit_rsa *key, const struct vit_rsa_padding *padding,
        const void *in, size_t in_len, uint8_t *out);
/**
 * Bad padding of every kind is one error.
 *
 * @param out  room for vit_rsa_len() bytes of secret memory
 * @return VIT_E_REFUSED
 */
VIT_RESULT vit_rsa_decrypt(const struct vit_rsa *key, const struct vit_rsa_padding *padding,
        const void *in, size_t in_len, uint8_t *out, size_t *out_len);

struct vit_rsa_form {
    bool pss;              /* else PKCS1 */
    bool hashed;           /* with PSS always; PKCS1 without: what is signed stands there bare */
    enum vit_hash_id hash; /* which made the digest, and MGF1's */
    size_t salt_len;       /* PSS */
};

/**
 * @param digest  of the length of the form's hash, when it has one
 * @param out     vit_rsa_len() bytes
 * @return VIT_E_ARG  a public key, or a digest or salt that does not fit
 */
VIT_RESULT vit_rsa_sign(const struct vit_rsa *key, const struct vit_rsa_form *form,
        const void *digest, size_t len, uint8_t *out);
/* @return VIT_E_REFUSED  no such signature of it */
VIT_RESULT vit_rsa_verify(const struct vit_rsa *key, const struct vit_rsa_form *form,
        const void *digest, size_t len, const void *signature, size_t signature_len);

#endif
