/* SPDX-License-Identifier: MIT */
#ifndef CNG_BCRYPT_HASH_H
#define CNG_BCRYPT_HASH_H

#include "cng/bcrypt/provider.h"

/**
 * Finishes a hash without key, of which the digest is wanted by somebody other than the application.
 *
 * @param limit  how many times the digest's length len may be at most
 * @return STATUS_INVALID_HANDLE     no hash, or finished already
 *         STATUS_INVALID_PARAMETER  len is more; the hash goes on
 *         STATUS_NOT_SUPPORTED      it has a key
 */
NTSTATUS vit_bcrypt_hash_take(BCRYPT_HASH_HANDLE handle, ULONG len, ULONG limit,
        enum vit_hash_id *id, UCHAR digest[VIT_HASH_MAX_LEN]);

#endif
