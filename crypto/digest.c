/* SPDX-License-Identifier: MIT */
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum vit_status vit_sha256(const void *data, size_t len, uint8_t digest[VIT_SHA256_LEN])
{
    size_t digest_len = 0;
    int done = EVP_Q_digest(NULL, "SHA2-256", NULL, data, len, digest, &digest_len);
    return done == 1 ? VIT_OK : VIT_E_NOMEM;
}

bool vit_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
