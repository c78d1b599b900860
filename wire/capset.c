/* SPDX-License-Identifier: MIT */
#include "wire/capset.h"

#include "base/bytes.h"

#define CAPSET_MAGIC 0x53504156u

enum vit_status vit_capset_encode(const struct vit_capset *capset, uint8_t *out, size_t capacity,
        size_t *len)
{
    if (capset->chain_len > VIT_CAPSET_CHAIN_MAX_LEN) {
        return VIT_E_ARG;
    }
    struct vit_writer writer;
    vit_writer_init(&writer, out, capacity);
    vit_put_u32(&writer, CAPSET_MAGIC);
    vit_put_u16(&writer, VIT_CAPSET_VERSION);
    vit_put_u16(&writer, 0);
    vit_put_u32(&writer, capset->custody);
    vit_put_u32(&writer, capset->outputs);
    vit_put_u32(&writer, capset->session_limit);
    vit_put_u32(&writer, 0);
    vit_put_u64(&writer, capset->byte_limit);
    vit_put_u32(&writer, capset->chain_len);
    vit_put_u32(&writer, 0);
    vit_put_bytes(&writer, capset->chain, capset->chain_len);
    if (!vit_writer_ok(&writer)) {
        return VIT_E_ARG;
    }
    *len = writer.at;
    return VIT_OK;
}

enum vit_status vit_capset_decode(const void *data, size_t len, struct vit_capset *capset)
{
    struct vit_reader in;
    vit_reader_init(&in, data, len);
    uint32_t magic = vit_get_u32(&in);
    uint16_t version = vit_get_u16(&in);
    vit_get_skip(&in, 2);
    struct vit_capset read = { .custody = vit_get_u32(&in) };
    read.outputs = vit_get_u32(&in);
    read.session_limit = vit_get_u32(&in);
    vit_get_skip(&in, 4);
    read.byte_limit = vit_get_u64(&in);
    read.chain_len = vit_get_u32(&in);
    vit_get_skip(&in, 4);
    read.chain = vit_get_span(&in, read.chain_len);
    if (!vit_reader_ok(&in) || magic != CAPSET_MAGIC || version != VIT_CAPSET_VERSION ||
            read.chain_len > VIT_CAPSET_CHAIN_MAX_LEN) {
        return VIT_E_PROTOCOL;
    }
    *capset = read;
    return VIT_OK;
}
