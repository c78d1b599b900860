/* SPDX-License-Identifier: MIT */
/**
 * What calls answer: statuses, and values of some length by the published rule (no buffer: the
 * length is told; too short a buffer: the length is told and STATUS_BUFFER_TOO_SMALL).
 */
#ifndef CNG_BCRYPT_REPLY_H
#define CNG_BCRYPT_REPLY_H

#include "bcrypt.h"

#include "cng/status.h"

/* An application's output buffer; result is never NULL (see vit_bcrypt_room_check()). */
struct vit_bcrypt_room {
    UCHAR *bytes; /* NULL: only the length is wanted */
    ULONG capacity;
    ULONG *result;
};

/* STATUS_INVALID_PARAMETER: no result, or (at DISPATCH_LEVEL) a buffer that is not locked. */
NTSTATUS vit_bcrypt_room_check(const struct vit_bcrypt_room *room);

/* Tells len. On success *bytes is where to write that many, or NULL when only the length is wanted. */
NTSTATUS vit_bcrypt_room_begin(const struct vit_bcrypt_room *room, size_t len, UCHAR **bytes);
NTSTATUS vit_bcrypt_put(const struct vit_bcrypt_room *room, const void *value, size_t len);
NTSTATUS vit_bcrypt_put_ulong(const struct vit_bcrypt_room *room, ULONG value);
/* With its NUL. */
NTSTATUS vit_bcrypt_put_wide(const struct vit_bcrypt_room *room, LPCWSTR text);

#endif
