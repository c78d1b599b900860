/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/blob.h"

#include "base/bytes.h"
#include "base/secret.h"

bool vit_blob_begins(const UCHAR *bytes, ULONG len, unsigned count, ULONG min_width,
        ULONG max_width, struct vit_blob_header *header)
{
    struct vit_reader reader;
    vit_reader_init(&reader, bytes, len);
    header->magic = vit_get_u32(&reader);
    header->width = vit_get_u32(&reader);
    return vit_reader_ok(&reader) && header->width >= min_width && header->width <= max_width &&
            vit_reader_left(&reader) == (size_t)count * header->width;
}

NTSTATUS vit_blob_room(const struct vit_bcrypt_room *room, struct vit_blob_header header,
        unsigned count, UCHAR **numbers)
{
    UCHAR *bytes;
    size_t len = VIT_BLOB_HEADER_LEN + (size_t)count * header.width;
    NTSTATUS status = vit_bcrypt_room_begin(room, len, &bytes);
    *numbers = NULL;
    if (bytes != NULL) {
        vit_store_le32(bytes, header.magic);
        vit_store_le32(bytes + 4, header.width);
        *numbers = bytes + VIT_BLOB_HEADER_LEN;
    }
    return status;
}

NTSTATUS vit_blob_end(UCHAR *bytes, size_t len, enum vit_status status)
{
    if (status == VIT_OK) {
        return STATUS_SUCCESS;
    }
    vit_wipe(bytes, len);
    return vit_bcrypt_status(status);
}
