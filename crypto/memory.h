/* SPDX-License-Identifier: MIT */
#ifndef CRYPTO_MEMORY_H
#define CRYPTO_MEMORY_H

#include "base/secret.h"

/**
 * Gives all of OpenSSL's memory in this process to a slab: its keys, contexts and temporaries then
 * lie in secret pages. For programs of our own only, before anything else of OpenSSL is used; the
 * slab must live to the end of the process.
 *
 * @return VIT_E_STATE OpenSSL has allocated already
 */
VIT_RESULT vit_openssl_use_slab(struct vit_slab *slab);

#endif
