/* SPDX-License-Identifier: MIT */
#include "wire/kmd.h"

#include <string.h>

#include "wire/surface.h"

static void put_head(struct vit_writer *out, uint16_t third)
{
    vit_put_u32(out, VIT_KMD_MAGIC);
    vit_put_u16(out, VIT_KMD_VERSION);
    vit_put_u16(out, third);
}

/* Reads magic, version and the u16 behind them. */
static enum vit_status get_head(struct vit_reader *in, uint16_t *third)
{
    uint32_t magic = vit_get_u32(in);
    uint16_t version = vit_get_u16(in);
    *third = vit_get_u16(in);
    if (!vit_reader_ok(in)) {
        return VIT_E_ARG;
    }
    return magic == VIT_KMD_MAGIC && version == VIT_KMD_VERSION ? VIT_OK : VIT_E_UNSUPPORTED;
}

void vit_adapter_info_ask(uint8_t block[VIT_ADAPTER_INFO_LEN])
{
    struct vit_writer out;
    vit_writer_init(&out, block, VIT_ADAPTER_INFO_LEN);
    put_head(&out, 0);
}

enum vit_status vit_adapter_info_check_ask(const void *block, size_t len)
{
    struct vit_reader in;
    uint16_t zero;
    vit_reader_init(&in, block, len);
    VIT_TRY(get_head(&in, &zero));
    return len >= VIT_ADAPTER_INFO_LEN && zero == 0 ? VIT_OK : VIT_E_ARG;
}

enum vit_status vit_adapter_info_encode(const uint8_t *capset, size_t capset_len,
        const char *key_uri, uint8_t *out, size_t capacity)
{
    size_t uri_len = strlen(key_uri);
    if (capset_len > VIT_CAPSET_MAX_LEN || uri_len > VIT_KEY_URI_MAX_LEN) {
        return VIT_E_ARG;
    }
    struct vit_writer writer;
    vit_writer_init(&writer, out, capacity);
    put_head(&writer, 0);
    vit_put_u32(&writer, (uint32_t)capset_len);
    vit_put_u32(&writer, (uint32_t)uri_len);
    vit_put_bytes(&writer, capset, capset_len);
    vit_put_bytes(&writer, key_uri, uri_len);
    return vit_writer_ok(&writer) ? VIT_OK : VIT_E_ARG;
}

enum vit_status vit_adapter_info_decode(const void *block, size_t len,
        struct vit_adapter_info *info)
{
    struct vit_reader in;
    uint16_t zero;
    vit_reader_init(&in, block, len);
    VIT_TRY(get_head(&in, &zero));
    uint32_t capset_len = vit_get_u32(&in);
    uint32_t uri_len = vit_get_u32(&in);
    const uint8_t *capset = vit_get_span(&in, capset_len);
    const uint8_t *uri = vit_get_span(&in, uri_len);
    if (!vit_reader_ok(&in) || uri_len > VIT_KEY_URI_MAX_LEN) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(vit_capset_decode(capset, capset_len, &info->capset));
    memcpy(info->key_uri, uri, uri_len);
    info->key_uri[uri_len] = '\0';
    return VIT_OK;
}

void vit_allocation_block_encode(const struct vit_allocation_block *block,
        uint8_t out[VIT_ALLOCATION_BLOCK_LEN])
{
    struct vit_writer writer;
    vit_writer_init(&writer, out, VIT_ALLOCATION_BLOCK_LEN);
    put_head(&writer, (uint16_t)block->kind);
    vit_put_u32(&writer, block->width);
    vit_put_u32(&writer, block->height);
    vit_put_u32(&writer, block->format);
    vit_put_u32(&writer, 0);
    vit_put_u64(&writer, block->size);
}

static bool block_fits(const struct vit_allocation_block *block)
{
    struct vit_surface surface;
    if (block->kind < VIT_ALLOCATION_SHARED || block->kind > VIT_ALLOCATION_PROTECTED_PRIMARY) {
        return false;
    }
    bool primary = block->kind >= VIT_ALLOCATION_PRIMARY;
    if (primary && block->format != VIT_FORMAT_BGRX) {
        return false;
    }
    return vit_surface_init(&surface, block->format, block->width, block->height) == VIT_OK &&
            surface.size == block->size;
}

enum vit_status vit_allocation_block_decode(const void *data, size_t len,
        struct vit_allocation_block *block)
{
    struct vit_reader in;
    uint16_t kind;
    vit_reader_init(&in, data, len);
    VIT_TRY(get_head(&in, &kind));
    struct vit_allocation_block read = { .kind = kind, .width = vit_get_u32(&in) };
    read.height = vit_get_u32(&in);
    read.format = vit_get_u32(&in);
    uint32_t zero = vit_get_u32(&in);
    read.size = vit_get_u64(&in);
    if (!vit_reader_done(&in) || zero != 0 || !block_fits(&read)) {
        return VIT_E_ARG;
    }
    *block = read;
    return VIT_OK;
}

void vit_escape_encode(const struct vit_escape *escape, struct vit_writer *out)
{
    put_head(out, (uint16_t)escape->allocation_count);
    vit_put_u32(out, 0);
    vit_put_u32(out, 0);
    for (unsigned i = 0; i < VIT_ESCAPE_ALLOCATIONS; i++) {
        bool used = i < escape->allocation_count;
        vit_put_u32(out, used ? escape->allocations[i].handle : 0);
        vit_put_u32(out, used ? escape->allocations[i].offset : 0);
    }
}

enum vit_status vit_escape_decode(struct vit_reader *in, struct vit_escape *escape)
{
    uint16_t count;
    VIT_TRY(get_head(in, &count));
    struct vit_escape read = { .allocation_count = count };
    vit_get_skip(in, 8);
    for (unsigned i = 0; i < VIT_ESCAPE_ALLOCATIONS; i++) {
        read.allocations[i].handle = vit_get_u32(in);
        read.allocations[i].offset = vit_get_u32(in);
    }
    if (!vit_reader_ok(in) || count > VIT_ESCAPE_ALLOCATIONS) {
        return VIT_E_ARG;
    }
    *escape = read;
    return VIT_OK;
}

void vit_escape_answer(uint8_t *block, size_t block_len, enum vit_status status, const void *body,
        size_t body_len)
{
    struct vit_writer out;
    vit_writer_init(&out, block, block_len);
    out.at = 8;
    vit_put_u32(&out, (uint32_t)status);
    vit_put_u32(&out, (uint32_t)body_len);
    out.at = VIT_ESCAPE_HEADER_LEN;
    vit_put_bytes(&out, body, body_len);
}

enum vit_status vit_escape_result(const uint8_t *block, size_t block_len, void *body,
        size_t body_len)
{
    struct vit_reader in;
    vit_reader_init(&in, block, block_len);
    vit_get_skip(&in, 8);
    uint32_t status = vit_get_u32(&in);
    uint32_t len = vit_get_u32(&in);
    vit_get_skip(&in, VIT_ESCAPE_HEADER_LEN - 16);
    if (!vit_reader_ok(&in) || status >= VIT_STATUS_COUNT) {
        return VIT_E_PROTOCOL;
    }
    if (status != VIT_OK) {
        return (enum vit_status)status;
    }
    if (len != body_len || len > vit_reader_left(&in)) {
        return VIT_E_PROTOCOL;
    }
    vit_get_bytes(&in, body, body_len);
    return VIT_OK;
}
