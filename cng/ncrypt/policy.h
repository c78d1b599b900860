/* SPDX-License-Identifier: MIT */
/* A key's UI policy, between the form of applications (pointers to texts) and that of providers (the
 * texts behind each other). */
#ifndef CNG_NCRYPT_POLICY_H
#define CNG_NCRYPT_POLICY_H

#include "base/cleanup.h"
#include "ncrypt_provider.h"

/* An application's output buffer. */
struct vit_ncrypt_room {
    PBYTE bytes; /* NULL: only the length is wanted */
    DWORD capacity;
    DWORD *result;
};

/* *blob is the caller's. NTE_INVALID_PARAMETER: not an NCRYPT_UI_POLICY of version 1, or texts beyond
 * what a property may hold; NTE_NO_MEMORY. */
SECURITY_STATUS vit_policy_to_blob(const BYTE *policy, DWORD len, unsigned char **blob,
        DWORD *blob_len);

/* With the texts behind it, to which it points. NTE_PROVIDER_DLL_FAIL: the provider gave something
 * else; NTE_BUFFER_TOO_SMALL. */
SECURITY_STATUS vit_policy_of_blob(const unsigned char *blob, DWORD len,
        const struct vit_ncrypt_room *room);

#endif
