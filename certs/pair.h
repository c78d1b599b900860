/* SPDX-License-Identifier: MIT */
/**
 * An RSA key pair while it is provisioned: made, written to a file, used to sign certificates. The
 * exchange itself uses keys by URI (crypto/key.h), which may lie in a token.
 */
#ifndef CERTS_PAIR_H
#define CERTS_PAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "crypto/key.h"

struct vit_pair;

/* @return VIT_E_ARG fewer than 2048 or more than 8192 bits, VIT_E_IO no entropy */
VIT_RESULT vit_pair_generate(unsigned bits, struct vit_pair **pair);
void vit_pair_destroy(struct vit_pair *pair);
VIT_DEFINE_AUTO(pair, struct vit_pair *, vit_pair_destroy)

/**
 * Reads PEM, PKCS#8 (encrypted or not) or PKCS#1.
 *
 * @param ask  NULL: an encrypted key is refused without asking
 * @return VIT_E_REFUSED  not a private RSA key, or wrong or missing passphrase
 */
VIT_RESULT vit_pair_read(const void *pem, size_t len, vit_passphrase_fn *ask, void *context,
        struct vit_pair **pair);

/* Is this PEM an encrypted key, so that a passphrase will be asked for? */
bool vit_pair_is_encrypted(const void *pem, size_t len);

/**
 * PKCS#8 in PEM; with a passphrase encrypted by AES-256-CBC under scrypt (N 16384, r 8, p 1).
 *
 * @param passphrase  NULL: in the clear
 * @param pem         to be released with vit_pem_free()
 */
VIT_RESULT vit_pair_write(const struct vit_pair *pair, const char *passphrase,
        size_t passphrase_len, char **pem, size_t *len);

/* Wipes. */
void vit_pem_free(char *pem, size_t len);

/* The public half. @return VIT_E_UNSUPPORTED not 2048 bits */
VIT_RESULT vit_pair_public(const struct vit_pair *pair, struct vit_public_key **key);

/* The public half of a key in a file or token. */
VIT_RESULT vit_private_key_public(const struct vit_private_key *private_key,
        struct vit_public_key **key);

/**
 * The key that a certificate request (PKCS#10, PEM or DER) asks to certify; all else in the request
 * is ignored.
 *
 * @return VIT_E_REFUSED  not a request, or not signed by the key in it
 *         VIT_E_UNSUPPORTED  not an RSA key of 2048 bits
 */
VIT_RESULT vit_request_key(const void *request, size_t len, struct vit_public_key **key);

#endif
