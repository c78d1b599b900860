/* SPDX-License-Identifier: MIT */
#include "vgpu/iov.h"

#include <string.h>

uint64_t vgpu_iov_len(const struct iovec *pieces, size_t count)
{
    uint64_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += pieces[i].iov_len;
    }
    return len;
}

/* One of out and data is NULL and tells the direction. */
static size_t copy(const struct iovec *pieces, size_t count, uint64_t offset, uint8_t *out,
        const uint8_t *data, size_t len)
{
    size_t done = 0;
    for (size_t i = 0; i < count && done < len; i++) {
        if (offset >= pieces[i].iov_len) {
            offset -= pieces[i].iov_len;
            continue;
        }
        uint8_t *piece = (uint8_t *)pieces[i].iov_base + offset;
        size_t take = pieces[i].iov_len - (size_t)offset;
        take = take < len - done ? take : len - done;
        if (out != NULL) {
            memcpy(out + done, piece, take);
        } else {
            memcpy(piece, data + done, take);
        }
        done += take;
        offset = 0;
    }
    return done;
}

size_t vgpu_iov_read(const struct iovec *pieces, size_t count, uint64_t offset, void *out,
        size_t len)
{
    return copy(pieces, count, offset, out, NULL, len);
}

size_t vgpu_iov_write(const struct iovec *pieces, size_t count, uint64_t offset, const void *data,
        size_t len)
{
    return copy(pieces, count, offset, NULL, data, len);
}
