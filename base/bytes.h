/* SPDX-License-Identifier: MIT */
/**
 * Little-endian reader and writer over a borrowed buffer.
 *
 * Both are sticky: a step that does not fit reads zeros or writes nothing, and marks the whole as
 * bad; ask once, at the end, with vit_reader_done() or vit_writer_ok().
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vit_reader {
    const uint8_t *data; /* borrowed */
    size_t len;
    size_t at;
    bool bad;
};

struct vit_writer {
    uint8_t *data; /* borrowed */
    size_t len;
    size_t at;
    bool bad;
};

void vit_reader_init(struct vit_reader *reader, const void *data, size_t len);
uint8_t vit_get_u8(struct vit_reader *reader);
uint16_t vit_get_u16(struct vit_reader *reader);
uint32_t vit_get_u32(struct vit_reader *reader);
uint64_t vit_get_u64(struct vit_reader *reader);
/* Copies; zeros on a short read. */
void vit_get_bytes(struct vit_reader *reader, void *out, size_t len);
/* Borrows; NULL on a short read (and for len 0 at a bad reader). */
const uint8_t *vit_get_span(struct vit_reader *reader, size_t len);
void vit_get_skip(struct vit_reader *reader, size_t len);
size_t vit_reader_left(const struct vit_reader *reader);
/* Everything asked for was there; vit_reader_done(): and nothing is left over. */
bool vit_reader_ok(const struct vit_reader *reader);
bool vit_reader_done(const struct vit_reader *reader);

void vit_writer_init(struct vit_writer *writer, void *data, size_t len);
void vit_put_u8(struct vit_writer *writer, uint8_t value);
void vit_put_u16(struct vit_writer *writer, uint16_t value);
void vit_put_u32(struct vit_writer *writer, uint32_t value);
void vit_put_u64(struct vit_writer *writer, uint64_t value);
void vit_put_bytes(struct vit_writer *writer, const void *data, size_t len);
void vit_put_zeros(struct vit_writer *writer, size_t len);
bool vit_writer_ok(const struct vit_writer *writer);

/* Unchecked loads and stores of one value, for places whose bounds are known. */
uint64_t vit_load_be64(const uint8_t bytes[8]);
void vit_store_be64(uint8_t bytes[8], uint64_t value);
uint32_t vit_load_le32(const uint8_t bytes[4]);
void vit_store_le32(uint8_t bytes[4], uint32_t value);

#endif
