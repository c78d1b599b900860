/* SPDX-License-Identifier: MIT */
/* What the blobs of ECC and DH keys have in common: a header of words, then numbers of one width. */
#ifndef CNG_BCRYPT_BLOB_H
#define CNG_BCRYPT_BLOB_H

#include <stdbool.h>

#include "cng/bcrypt/reply.h"

/* Two words: BCRYPT_ECCKEY_BLOB, BCRYPT_DH_KEY_BLOB, SSL_ECCKEY_BLOB. */
enum { VIT_BLOB_HEADER_LEN = 8 };

struct vit_blob_header {
    ULONG magic;
    ULONG width; /* cbKey: of each number, in bytes */
};

/* The header, when exactly count numbers of its width follow, which is one of min to max. */
bool vit_blob_begins(const UCHAR *bytes, ULONG len, unsigned count, ULONG min_width,
        ULONG max_width, struct vit_blob_header *header);

/* Room for header and count numbers; *numbers is where the first goes, or NULL when only the length
 * is wanted or there is no room. */
NTSTATUS vit_blob_room(const struct vit_bcrypt_room *room, struct vit_blob_header header,
        unsigned count, UCHAR **numbers);

/* What was asked of an export that went wrong on its way leaves nothing in the buffer. */
NTSTATUS vit_blob_end(UCHAR *bytes, size_t len, enum vit_status status);

#endif
