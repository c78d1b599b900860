/* SPDX-License-Identifier: MIT */
/**
 * Lists of revoked certificates (X.509 v2, DER), one for each authority of a chain. A list says when
 * the next one comes; behind that it counts no more.
 */
#ifndef CERTS_CRL_H
#define CERTS_CRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "certs/authority.h"

/* Longest accepted, all lists together; and how many. */
enum { VIT_CRLS_MAX_LEN = 4 << 20, VIT_CRLS_MAX_COUNT = 64, VIT_CRL_SERIAL_MAX_LEN = 20 };

struct vit_crl_terms {
    /* The issuer's list so far: its entries are carried over and its number is counted on. NULL:
     * there was none. */
    const void *previous;
    size_t previous_len;
    const uint8_t *serial; /* revoked now, big-endian; NULL: nothing more */
    size_t serial_len;
    unsigned days; /* until the next list: 1 to VIT_CERT_DAYS_MAX */
    int64_t now;   /* seconds since the epoch, or 0 for the clock */
};

/**
 * Makes an issuer's next list.
 *
 * @param der  to be freed by the caller
 * @return VIT_E_ARG      the terms
 *         VIT_E_REFUSED  the issuer: not a CA, not valid now, or not of this pair; or previous is not
 *                        a list that it signed
 */
VIT_RESULT vit_crl_create(const struct vit_issuer *issuer, const struct vit_crl_terms *terms,
        uint8_t **der, size_t *len);

struct vit_crl_facts {
    char issuer[128]; /* one line, printable */
    uint64_t number;
    int64_t this_update, next_update; /* seconds since the epoch; 0: does not say */
    unsigned count;                   /* of revoked certificates */
};

/* What one list says of itself, unverified. @return VIT_E_REFUSED not one list in DER */
VIT_RESULT vit_crl_describe(const void *der, size_t len, struct vit_crl_facts *facts);

/* Did the first certificate of the chain sign this list? */
bool vit_crl_is_of(const void *der, size_t len, const struct vit_chain *chain);
/* Does the list name the certificate, which its issuer issued? */
bool vit_crl_names(const void *der, size_t len, const struct vit_chain *chain);

/* The first certificate's serial number, big-endian. */
VIT_RESULT vit_chain_serial(const struct vit_chain *chain, uint8_t serial[VIT_CRL_SERIAL_MAX_LEN],
        size_t *len);
/* Did the first certificate of issuer sign the first one of chain? */
bool vit_chain_is_issued_by(const struct vit_chain *chain, const struct vit_chain *issuer);

#endif
