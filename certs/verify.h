/* SPDX-License-Identifier: MIT */
/* The part of verification that concerns a root alone; chains: vit_chain_verify() in chain.h. */
#ifndef CERTS_VERIFY_H
#define CERTS_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { VIT_REASON_LEN = 160 };

/**
 * Can this be trusted as a root: one self-signed X.509 v3 CA certificate in DER, valid now, with an
 * RSA key and a signature that are strong enough? Whether it should be is the user's decision.
 *
 * @param now     seconds since the epoch, or 0 for the clock
 * @param reason  empty on VIT_OK, what is wrong on VIT_E_REFUSED
 */
VIT_RESULT vit_root_check(const void *root, size_t root_len, int64_t now,
        char reason[VIT_REASON_LEN]);

#endif
