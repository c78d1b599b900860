/* SPDX-License-Identifier: MIT */
/**
 * Makes what vit_chain_verify() accepts: a root, an intermediate under it, device chains under that.
 * All results are DER in memory that the caller frees.
 */
#ifndef CERTS_AUTHORITY_H
#define CERTS_AUTHORITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "certs/chain.h"
#include "certs/pair.h"

enum { VIT_CERT_NAME_MAX = 64, VIT_CERT_DAYS_MAX = 36500 };

struct vit_cert_terms {
    const char *name; /* common name, UTF-8, 1 to VIT_CERT_NAME_MAX bytes */
    unsigned days;    /* 1 to VIT_CERT_DAYS_MAX; cut at the end of the issuer's own time */
    int64_t now;      /* seconds since the epoch, or 0 for the clock */
};

/* Both borrowed. */
struct vit_issuer {
    const struct vit_chain *chain; /* what signs, then its own issuers up to but not the root */
    const struct vit_pair *pair;   /* of chain's first certificate */
};

/* May it issue at this time (seconds since the epoch)? @return VIT_E_REFUSED not a CA, not valid, or
 * not of this pair */
VIT_RESULT vit_issuer_check(const struct vit_issuer *issuer, int64_t now);

/* Valid from one hour before now, for devices whose clocks are late. @return VIT_E_ARG the terms */
VIT_RESULT vit_root_create(const struct vit_pair *pair, const struct vit_cert_terms *terms,
        uint8_t **der, size_t *len);

/* Only devices can be issued under it. @return VIT_E_ARG the terms, VIT_E_REFUSED the issuer */
VIT_RESULT vit_intermediate_create(const struct vit_issuer *root, const struct vit_pair *pair,
        const struct vit_cert_terms *terms, uint8_t **der, size_t *len);

/**
 * A device's chain, leaf first: the leaf and the issuer's chain, without a root.
 *
 * @return VIT_E_ARG      the terms
 *         VIT_E_REFUSED  the issuer: not a CA, not valid now, or not of this pair
 *         VIT_E_LIMIT    the chain would have more than VIT_CHAIN_MAX_COUNT certificates
 */
VIT_RESULT vit_device_issue(const struct vit_issuer *issuer, const struct vit_public_key *key,
        enum vit_custody custody, const struct vit_cert_terms *terms, uint8_t **der, size_t *len);

#endif
