/* SPDX-License-Identifier: MIT */
/**
 * Keys for Diffie-Hellman over curves and over finite fields, and what two of them agree on.
 * crypto/curve.h and crypto/dh.h make such keys and check them, once; an agreement checks no more
 * than that both are of one group.
 */
#ifndef CRYPTO_AGREE_H
#define CRYPTO_AGREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"

/* Of the longest secret: finite fields of 4096 bits. */
enum { VIT_AGREE_MAX_LEN = 512 };

struct vit_agree_key;

/* NULL is fine. */
void vit_agree_key_destroy(struct vit_agree_key *key);
VIT_DEFINE_AUTO(agree_key, struct vit_agree_key *, vit_agree_key_destroy)

bool vit_agree_key_is_private(const struct vit_agree_key *key);

/* Bytes of a secret: the whole width of the field or of the modulus. */
size_t vit_agree_len(const struct vit_agree_key *key);

/**
 * The secret of a private and a public key. Several threads may use one key at the same time.
 *
 * @param peer    may be own, and may be a private key too
 * @param secret  vit_agree_len() bytes of secret memory: big-endian and padded to the left; of
 *                curve25519 in the order of RFC 7748. All zero unless VIT_OK
 * @return VIT_E_ARG      own is not private
 *         VIT_E_REFUSED  not of one group, or the other key makes a secret that all know
 */
VIT_RESULT vit_agree(struct vit_agree_key *own, const struct vit_agree_key *peer, uint8_t *secret);

#endif
