/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"

#include <endian.h>
#include <string.h>

void vit_reader_init(struct vit_reader *reader, const void *data, size_t len)
{
    /* No arithmetic on NULL, not even of nothing. */
    *reader = (struct vit_reader){ .data = data != NULL ? data : "", .len = len };
}

const uint8_t *vit_get_span(struct vit_reader *reader, size_t len)
{
    if (reader->bad || len > reader->len - reader->at) {
        reader->bad = true;
        return NULL;
    }
    const uint8_t *span = reader->data + reader->at;
    reader->at += len;
    return span;
}

void vit_get_bytes(struct vit_reader *reader, void *out, size_t len)
{
    const uint8_t *span = vit_get_span(reader, len);
    if (len == 0) {
        return;
    }
    if (span == NULL) {
        memset(out, 0, len);
        return;
    }
    memcpy(out, span, len);
}

void vit_get_skip(struct vit_reader *reader, size_t len)
{
    (void)vit_get_span(reader, len);
}

uint8_t vit_get_u8(struct vit_reader *reader)
{
    uint8_t value;
    vit_get_bytes(reader, &value, sizeof(value));
    return value;
}

uint16_t vit_get_u16(struct vit_reader *reader)
{
    uint16_t value;
    vit_get_bytes(reader, &value, sizeof(value));
    return le16toh(value);
}

uint32_t vit_get_u32(struct vit_reader *reader)
{
    uint32_t value;
    vit_get_bytes(reader, &value, sizeof(value));
    return le32toh(value);
}

uint64_t vit_get_u64(struct vit_reader *reader)
{
    uint64_t value;
    vit_get_bytes(reader, &value, sizeof(value));
    return le64toh(value);
}

size_t vit_reader_left(const struct vit_reader *reader)
{
    return reader->len - reader->at;
}

bool vit_reader_ok(const struct vit_reader *reader)
{
    return !reader->bad;
}

bool vit_reader_done(const struct vit_reader *reader)
{
    return !reader->bad && reader->at == reader->len;
}

void vit_writer_init(struct vit_writer *writer, void *data, size_t len)
{
    *writer = (struct vit_writer){ .data = data, .len = len };
}

static uint8_t *claim(struct vit_writer *writer, size_t len)
{
    if (len == 0) {
        return NULL;
    }
    if (writer->bad || len > writer->len - writer->at) {
        writer->bad = true;
        return NULL;
    }
    uint8_t *span = writer->data + writer->at;
    writer->at += len;
    return span;
}

void vit_put_bytes(struct vit_writer *writer, const void *data, size_t len)
{
    uint8_t *span = claim(writer, len);
    if (span != NULL && len > 0) {
        memcpy(span, data, len);
    }
}

void vit_put_zeros(struct vit_writer *writer, size_t len)
{
    uint8_t *span = claim(writer, len);
    if (span != NULL && len > 0) {
        memset(span, 0, len);
    }
}

void vit_put_u8(struct vit_writer *writer, uint8_t value)
{
    vit_put_bytes(writer, &value, sizeof(value));
}

void vit_put_u16(struct vit_writer *writer, uint16_t value)
{
    value = htole16(value);
    vit_put_bytes(writer, &value, sizeof(value));
}

void vit_put_u32(struct vit_writer *writer, uint32_t value)
{
    value = htole32(value);
    vit_put_bytes(writer, &value, sizeof(value));
}

void vit_put_u64(struct vit_writer *writer, uint64_t value)
{
    value = htole64(value);
    vit_put_bytes(writer, &value, sizeof(value));
}

bool vit_writer_ok(const struct vit_writer *writer)
{
    return !writer->bad;
}

uint64_t vit_load_be64(const uint8_t bytes[8])
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return be64toh(value);
}

void vit_store_be64(uint8_t bytes[8], uint64_t value)
{
    value = htobe64(value);
    memcpy(bytes, &value, sizeof(value));
}

uint32_t vit_load_le32(const uint8_t bytes[4])
{
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return le32toh(value);
}

void vit_store_le32(uint8_t bytes[4], uint32_t value)
{
    value = htole32(value);
    memcpy(bytes, &value, sizeof(value));
}
