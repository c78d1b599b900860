/* SPDX-License-Identifier: MIT */
/** Copies between one buffer and a list of pieces. The caller keeps within vgpu_iov_len(). */
#ifndef VGPU_IOV_H
#define VGPU_IOV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

uint64_t vgpu_iov_len(const struct iovec *pieces, size_t count);

/* Both return what was copied: less than len when the pieces end before it. */
size_t vgpu_iov_read(const struct iovec *pieces, size_t count, uint64_t offset, void *out,
        size_t len);
size_t vgpu_iov_write(const struct iovec *pieces, size_t count, uint64_t offset, const void *data,
        size_t len);

#endif
