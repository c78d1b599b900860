/* SPDX-License-Identifier: MIT */
#include "cng/hash_name.h"

#include "bcrypt.h"
#include "cng/wide.h"

enum { NAME_MAX_LEN = 32 };

static const LPCWSTR names[VIT_HASH_COUNT] = {
    [VIT_HASH_MD5] = BCRYPT_MD5_ALGORITHM,
    [VIT_HASH_SHA1] = BCRYPT_SHA1_ALGORITHM,
    [VIT_HASH_SHA256] = BCRYPT_SHA256_ALGORITHM,
    [VIT_HASH_SHA384] = BCRYPT_SHA384_ALGORITHM,
    [VIT_HASH_SHA512] = BCRYPT_SHA512_ALGORITHM,
    [VIT_HASH_SHA3_256] = BCRYPT_SHA3_256_ALGORITHM,
    [VIT_HASH_SHA3_384] = BCRYPT_SHA3_384_ALGORITHM,
    [VIT_HASH_SHA3_512] = BCRYPT_SHA3_512_ALGORITHM,
};

bool vit_hash_of_name(const WCHAR *name, enum vit_hash_id *hash)
{
    for (size_t i = 0; i < VIT_HASH_COUNT; i++) {
        if (vit_wide_equal(names[i], name)) {
            *hash = (enum vit_hash_id)i;
            return true;
        }
    }
    return false;
}

bool vit_hash_of_text(const void *text, size_t len, enum vit_hash_id *hash)
{
    WCHAR name[NAME_MAX_LEN] = { 0 };
    if (len >= sizeof(name)) {
        len = sizeof(name) - sizeof(WCHAR); /* longer ones are names of nothing */
    }
    if (len > 0) {
        memcpy(name, text, len / sizeof(WCHAR) * sizeof(WCHAR));
    }
    return vit_hash_of_name(name, hash);
}
