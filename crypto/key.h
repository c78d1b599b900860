/* SPDX-License-Identifier: MIT */
/**
 * RSA-2048 keys of the exchange: a private one named by an OSSL_STORE URI (file, or whatever a
 * configured provider brings: pkcs11:, handle:) or in CNG key storage (ncrypt:), a public one taken
 * from a certificate.
 */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"

struct vit_private_key;
struct vit_public_key;

/* Writes a passphrase of at most capacity bytes and returns its length, or -1 to give up. */
typedef int vit_passphrase_fn(void *context, char *out, int capacity);

/**
 * @param uri  a path is a file: URI as well. ncrypt:PROVIDER/NAME[?machine=1] is a key of a key storage
 *             provider, with "software", "token" or a provider's whole name, and percent-encoding
 * @param ask  NULL: an encrypted key is refused without asking. Not called any more when this returns
 * @return VIT_E_IO           nothing there, or not readable, or no URI
 *         VIT_E_REFUSED      wrong or missing passphrase, or not a key
 *         VIT_E_UNSUPPORTED  not RSA, or not exactly 2048 bits, or more than two primes
 */
VIT_RESULT vit_private_key_open(const char *uri, vit_passphrase_fn *ask, void *context,
        struct vit_private_key **key);

/* The same, and says why not. reason: words that need not be freed; NULL: no more than the status. */
VIT_RESULT vit_private_key_open_or_tell(const char *uri, vit_passphrase_fn *ask, void *context,
        struct vit_private_key **key, const char **reason);

/* What opening it without asking would say before the private half is used: a PIN that is wrong does
 * not count once more. */
VIT_RESULT vit_private_key_look(const char *uri, const char **reason);

/**
 * Makes an RSA key of 2048 bits in key storage, with no right but to decrypt, and opens it.
 *
 * @param uri      of ncrypt:
 * @param replace  a key of this name, which is refused otherwise
 * @param ask      for what is there already: a PIN, the passphrase of a store
 * @param choose   for the passphrase of a store that is made
 * @return VIT_E_REFUSED  there is a key of this name too; reason as above
 */
VIT_RESULT vit_private_key_make(const char *uri, bool replace, vit_passphrase_fn *ask,
        vit_passphrase_fn *choose, void *context, struct vit_private_key **key,
        const char **reason);
void vit_private_key_destroy(struct vit_private_key *key);
VIT_DEFINE_AUTO(private_key, struct vit_private_key *, vit_private_key_destroy)

/* Do both belong to one pair? */
bool vit_private_key_matches(const struct vit_private_key *key,
        const struct vit_public_key *public);

void vit_public_key_destroy(struct vit_public_key *key);
VIT_DEFINE_AUTO(public_key, struct vit_public_key *, vit_public_key_destroy)

#endif
