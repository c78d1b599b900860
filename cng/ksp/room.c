/* SPDX-License-Identifier: MIT */
#include "cng/ksp/room.h"

#include "cng/wide.h"

SECURITY_STATUS vit_ksp_put(const struct vit_ksp_room *room, const void *value, size_t len)
{
    *room->result = (DWORD)len;
    if (room->bytes == NULL) {
        return ERROR_SUCCESS;
    }
    if (room->capacity < len) {
        return NTE_BUFFER_TOO_SMALL;
    }
    if (len > 0) {
        memcpy(room->bytes, value, len);
    }
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_put_dword(const struct vit_ksp_room *room, DWORD value)
{
    return vit_ksp_put(room, &value, sizeof(value));
}

SECURITY_STATUS vit_ksp_put_text(const struct vit_ksp_room *room, LPCWSTR text)
{
    return text == NULL ? NTE_NOT_FOUND : vit_ksp_put(room, text, vit_wide_size(text));
}
