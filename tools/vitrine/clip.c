/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/clip.h"

#include <string.h>

#include "base/bytes.h"

enum { HEADER_LEN = 432, FRAME_HEADER_LEN = 48 };

static const char magic[8] = { 'V', 'I', 'T', 'C', 'L', 'I', 'P', '1' };

static enum vit_status read_exactly(FILE *file, void *out, size_t len)
{
    if (fread(out, 1, len, file) == len) {
        return VIT_OK;
    }
    return ferror(file) ? VIT_E_IO : VIT_E_REFUSED;
}

static bool counts_fit(const struct clip_header *header)
{
    return header->frame_count >= 1 && header->frame_count <= CLIP_MAX_FRAMES &&
            header->key_count >= 1 && header->key_count <= header->frame_count &&
            header->rate_numerator >= 1 && header->rate_denominator >= 1;
}

static bool only_zeros(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static enum vit_status parse_header(const uint8_t *bytes, struct clip_header *header)
{
    struct vit_reader in;
    vit_reader_init(&in, bytes, HEADER_LEN);
    const uint8_t *begin = vit_get_span(&in, sizeof(magic));
    uint32_t version = vit_get_u32(&in);
    uint32_t format = vit_get_u32(&in);
    uint32_t width = vit_get_u32(&in);
    uint32_t height = vit_get_u32(&in);
    header->rate_numerator = vit_get_u32(&in);
    header->rate_denominator = vit_get_u32(&in);
    header->frame_count = vit_get_u32(&in);
    header->key_count = vit_get_u32(&in);
    uint64_t size = vit_get_u64(&in);
    vit_get_bytes(&in, header->leaf_digest, sizeof(header->leaf_digest));
    vit_get_bytes(&in, header->block, sizeof(header->block));
    vit_get_bytes(&in, header->shown_digest, sizeof(header->shown_digest));
    const uint8_t *zeros = vit_get_span(&in, 64);
    if (!vit_reader_done(&in) || memcmp(begin, magic, sizeof(magic)) != 0 || version != 1 ||
            format == VIT_FORMAT_BYTES || !only_zeros(zeros, 64)) {
        return VIT_E_REFUSED;
    }
    if (vit_surface_init(&header->surface, format, width, height) != VIT_OK ||
            header->surface.size != size || !counts_fit(header)) {
        return VIT_E_REFUSED;
    }
    return VIT_OK;
}

enum vit_status clip_read_header(FILE *file, struct clip_header *header)
{
    uint8_t bytes[HEADER_LEN];
    VIT_TRY(read_exactly(file, bytes, sizeof(bytes)));
    return parse_header(bytes, header);
}

enum vit_status clip_read_frame(FILE *file, const struct clip_header *header,
        uint32_t expected_index, struct clip_frame *frame, void *pixels)
{
    uint8_t bytes[FRAME_HEADER_LEN];
    struct vit_reader in;
    VIT_TRY(read_exactly(file, bytes, sizeof(bytes)));
    vit_reader_init(&in, bytes, sizeof(bytes));
    frame->index = vit_get_u32(&in);
    frame->key_number = vit_get_u32(&in);
    vit_get_bytes(&in, frame->wrapped_key, sizeof(frame->wrapped_key));
    vit_get_bytes(&in, frame->iv, sizeof(frame->iv));
    uint64_t size = vit_get_u64(&in);
    if (frame->index != expected_index || frame->key_number >= header->key_count ||
            size != header->surface.size) {
        return VIT_E_REFUSED;
    }
    return read_exactly(file, pixels, size);
}

bool clip_is(FILE *file)
{
    char begin[sizeof(magic)] = { 0 };
    bool is = fread(begin, 1, sizeof(begin), file) == sizeof(begin) &&
            memcmp(begin, magic, sizeof(magic)) == 0;
    rewind(file);
    return is;
}

enum vit_status clip_write_header(FILE *file, const struct clip_header *header)
{
    uint8_t bytes[HEADER_LEN];
    struct vit_writer out;
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_bytes(&out, magic, sizeof(magic));
    vit_put_u32(&out, 1);
    vit_put_u32(&out, (uint32_t)header->surface.format);
    vit_put_u32(&out, header->surface.width);
    vit_put_u32(&out, header->surface.height);
    vit_put_u32(&out, header->rate_numerator);
    vit_put_u32(&out, header->rate_denominator);
    vit_put_u32(&out, header->frame_count);
    vit_put_u32(&out, header->key_count);
    vit_put_u64(&out, header->surface.size);
    vit_put_bytes(&out, header->leaf_digest, sizeof(header->leaf_digest));
    vit_put_bytes(&out, header->block, sizeof(header->block));
    vit_put_bytes(&out, header->shown_digest, sizeof(header->shown_digest));
    vit_put_zeros(&out, 64);
    return fwrite(bytes, 1, out.at, file) == HEADER_LEN ? VIT_OK : VIT_E_IO;
}

enum vit_status clip_write_frame(FILE *file, const struct clip_header *header,
        const struct clip_frame *frame, const void *pixels)
{
    uint8_t bytes[FRAME_HEADER_LEN];
    struct vit_writer out;
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_u32(&out, frame->index);
    vit_put_u32(&out, frame->key_number);
    vit_put_bytes(&out, frame->wrapped_key, sizeof(frame->wrapped_key));
    vit_put_bytes(&out, frame->iv, sizeof(frame->iv));
    vit_put_u64(&out, header->surface.size);
    if (fwrite(bytes, 1, sizeof(bytes), file) != sizeof(bytes) ||
            fwrite(pixels, 1, header->surface.size, file) != header->surface.size) {
        return VIT_E_IO;
    }
    return VIT_OK;
}
