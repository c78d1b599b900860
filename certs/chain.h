/* SPDX-License-Identifier: MIT */
/**
 * A device certificate chain: X.509 v3 in DER, leaf first, then its issuers up to but not
 * including the root; the certificates follow each other without separators.
 *
 * The leaf carries the RSA-2048 key of the exchange and one custody policy: who holds the private
 * key, the device process or the driver in the player's process.
 */
#ifndef CERTS_CHAIN_H
#define CERTS_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "crypto/key.h"

enum vit_custody { VIT_CUSTODY_DRIVER = 1, VIT_CUSTODY_DEVICE = 2 };

/* "driver" or "device". */
const char *vit_custody_name(enum vit_custody custody);

/* Longest chain accepted, in bytes and in certificates. */
enum { VIT_CHAIN_MAX_LEN = 16384, VIT_CHAIN_MAX_COUNT = 4 };

struct vit_chain;

/* Copies. Checks form only. @return VIT_E_REFUSED not certificates, too long, too many */
VIT_RESULT vit_chain_parse(const void *der, size_t len, struct vit_chain **chain);
void vit_chain_destroy(struct vit_chain *chain);
VIT_DEFINE_AUTO(chain, struct vit_chain *, vit_chain_destroy)

/* What the leaf says, unverified: for a device about itself. @return VIT_E_REFUSED it does not say */
VIT_RESULT vit_chain_leaf_custody(const struct vit_chain *chain, enum vit_custody *custody);
VIT_RESULT vit_chain_leaf_key(const struct vit_chain *chain, struct vit_public_key **key);

/* The bytes, borrowed. */
const uint8_t *vit_chain_der(const struct vit_chain *chain, size_t *len);

struct vit_verified {
    enum vit_custody custody;
    struct vit_public_key *key; /* owned */
    char subject[128];          /* one line, printable */
    char serial[64];            /* hexadecimal */
    char reason[160];           /* of a refusal: which certificate, what is wrong */
};

void vit_verified_finish(struct vit_verified *verified);

/**
 * Chain to a trusted root, dates, basic constraints, key usage, key sizes, custody policy; fails
 * closed.
 *
 * @param root      trusted root certificate, DER
 * @param now       seconds since the epoch, or 0 for the clock
 * @param verified  always initialised: reason on VIT_E_REFUSED, the rest on VIT_OK
 */
VIT_RESULT vit_chain_verify(const struct vit_chain *chain, const void *root, size_t root_len,
        int64_t now, struct vit_verified *verified);

/**
 * As vit_chain_verify(), and no certificate of the chain is revoked: each of their issuers has to
 * have a list among these that is valid at that time (RSA with SHA-256 or better, says when the next
 * one comes) and does not name what it issued. A list that is missing, outdated or not readable is a
 * refusal.
 *
 * @param crls  lists in DER one after the other; of other issuers too
 */
VIT_RESULT vit_chain_verify_revocation(const struct vit_chain *chain, const void *root,
        size_t root_len, const void *crls, size_t crl_len, int64_t now,
        struct vit_verified *verified);

#endif
