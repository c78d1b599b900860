/* SPDX-License-Identifier: MIT */
/* What the files of certs/ share of a key pair. Nobody else includes this. */
#ifndef CERTS_PAIR_OSSL_H
#define CERTS_PAIR_OSSL_H

#include <openssl/evp.h>

#include "certs/pair.h"

struct vit_pair {
    EVP_PKEY *pkey;
};

#endif
