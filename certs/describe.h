/* SPDX-License-Identifier: MIT */
/* What a certificate says of itself, unverified, for people to read. */
#ifndef CERTS_DESCRIBE_H
#define CERTS_DESCRIBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "certs/chain.h"

struct vit_cert_facts {
    char subject[128]; /* one line, printable; so is the issuer */
    char issuer[128];
    char serial[64];      /* hexadecimal; so is the fingerprint */
    char fingerprint[65]; /* SHA-256 of the DER */
    char signature[48];   /* algorithm */
    int64_t not_before;   /* seconds since the epoch */
    int64_t not_after;
    unsigned key_bits;
    bool is_rsa;
    bool is_ca;
    enum vit_custody custody; /* 0: none, or not exactly one */
};

unsigned vit_chain_count(const struct vit_chain *chain);

/* @return VIT_E_ARG no such certificate */
VIT_RESULT vit_chain_describe(const struct vit_chain *chain, unsigned index,
        struct vit_cert_facts *facts);

#endif
