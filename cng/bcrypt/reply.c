/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/reply.h"

#include "base/irql.h"
#include "cng/wide.h"

NTSTATUS vit_bcrypt_room_check(const struct vit_bcrypt_room *room)
{
    bool usable = room->result != NULL && vit_irql_may_touch(room->result, sizeof(*room->result)) &&
            (room->bytes == NULL || vit_irql_may_touch(room->bytes, room->capacity));
    return usable ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS vit_bcrypt_room_begin(const struct vit_bcrypt_room *room, size_t len, UCHAR **bytes)
{
    *bytes = NULL;
    *room->result = (ULONG)len;
    if (room->bytes == NULL) {
        return STATUS_SUCCESS;
    }
    if (room->capacity < len) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    *bytes = room->bytes;
    return STATUS_SUCCESS;
}

NTSTATUS vit_bcrypt_put(const struct vit_bcrypt_room *room, const void *value, size_t len)
{
    UCHAR *bytes;
    NTSTATUS status = vit_bcrypt_room_begin(room, len, &bytes);
    if (bytes != NULL && len > 0) {
        memcpy(bytes, value, len);
    }
    return status;
}

NTSTATUS vit_bcrypt_put_ulong(const struct vit_bcrypt_room *room, ULONG value)
{
    return vit_bcrypt_put(room, &value, sizeof(value));
}

NTSTATUS vit_bcrypt_put_wide(const struct vit_bcrypt_room *room, LPCWSTR text)
{
    return vit_bcrypt_put(room, text, (vit_wide_len(text) + 1) * sizeof(WCHAR));
}
