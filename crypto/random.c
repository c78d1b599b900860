/* SPDX-License-Identifier: MIT */
#include "crypto/random.h"

#include <limits.h>
#include <openssl/rand.h>

enum vit_status vit_random(void *out, size_t len)
{
    if (len > INT_MAX) {
        return VIT_E_ARG;
    }
    return RAND_priv_bytes(out, (int)len) == 1 ? VIT_OK : VIT_E_IO;
}
