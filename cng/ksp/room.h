/* SPDX-License-Identifier: MIT */
/* Values of some length, told by the published rule: no buffer, or too short a one, and the length
 * is told. */
#ifndef CNG_KSP_ROOM_H
#define CNG_KSP_ROOM_H

#include "ncrypt.h"

/* An application's output buffer; result is never NULL. */
struct vit_ksp_room {
    uint8_t *bytes; /* NULL: only the length is wanted */
    DWORD capacity;
    DWORD *result;
};

/* @return NTE_BUFFER_TOO_SMALL */
SECURITY_STATUS vit_ksp_put(const struct vit_ksp_room *room, const void *value, size_t len);
SECURITY_STATUS vit_ksp_put_dword(const struct vit_ksp_room *room, DWORD value);
/* With its NUL. NTE_NOT_FOUND: text is NULL. */
SECURITY_STATUS vit_ksp_put_text(const struct vit_ksp_room *room, LPCWSTR text);

#endif
