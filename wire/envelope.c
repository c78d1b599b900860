/* SPDX-License-Identifier: MIT */
#include "wire/envelope.h"

void vit_put_envelope(struct vit_writer *out, const struct vit_envelope *envelope)
{
    vit_put_u32(out, VIT_WIRE_MAGIC);
    vit_put_u16(out, VIT_WIRE_VERSION);
    vit_put_u16(out, 0);
    vit_put_u32(out, envelope->length);
    vit_put_u32(out, envelope->count);
    vit_put_u64(out, envelope->sequence);
    vit_put_u32(out, envelope->reply_resource);
    vit_put_u32(out, envelope->reply_capacity);
    vit_put_u64(out, envelope->reply_offset);
    vit_put_u64(out, 0);
}

static bool lengths_fit(const struct vit_envelope *envelope, size_t available)
{
    return envelope->length >= VIT_ENVELOPE_LEN && envelope->length <= VIT_SUBMISSION_MAX_LEN &&
            envelope->length <= available && envelope->count <= VIT_SUBMISSION_MAX_COUNT;
}

enum vit_status vit_get_envelope(struct vit_reader *in, struct vit_envelope *envelope)
{
    size_t available = vit_reader_left(in);
    uint32_t magic = vit_get_u32(in);
    uint16_t version = vit_get_u16(in);
    uint16_t zero = vit_get_u16(in);
    struct vit_envelope read = {
        .length = vit_get_u32(in),
        .count = vit_get_u32(in),
    };
    read.sequence = vit_get_u64(in);
    read.reply_resource = vit_get_u32(in);
    read.reply_capacity = vit_get_u32(in);
    read.reply_offset = vit_get_u64(in);
    uint64_t reserved = vit_get_u64(in);
    if (!vit_reader_ok(in) || magic != VIT_WIRE_MAGIC || version != VIT_WIRE_VERSION || zero != 0 ||
            reserved != 0) {
        return VIT_E_PROTOCOL;
    }
    if (!lengths_fit(&read, available) || read.sequence == 0 || read.reply_offset % 8 != 0 ||
            read.reply_capacity < VIT_REPLY_HEADER_LEN) {
        return VIT_E_PROTOCOL;
    }
    *envelope = read;
    return VIT_OK;
}

enum vit_status vit_get_message(struct vit_reader *in, struct vit_message *message)
{
    uint16_t op = vit_get_u16(in);
    uint16_t zero = vit_get_u16(in);
    uint32_t len = vit_get_u32(in);
    const struct vit_op_info *info = vit_op_info(op);
    if (!vit_reader_ok(in) || zero != 0 || info == NULL || len != info->request_len) {
        return VIT_E_PROTOCOL;
    }
    const uint8_t *body = vit_get_span(in, len);
    if (body == NULL) {
        return VIT_E_PROTOCOL;
    }
    *message = (struct vit_message){ .info = info, .body = body };
    return VIT_OK;
}

void vit_put_reply(struct vit_writer *out, const struct vit_reply *reply)
{
    vit_put_u64(out, 0);
    vit_put_u32(out, (uint32_t)reply->status);
    vit_put_u32(out, reply->failed_index);
    vit_put_u32(out, reply->body_len);
    vit_put_u32(out, 0);
    vit_put_u64(out, 0);
}

enum vit_status vit_get_reply(struct vit_reader *in, struct vit_reply *reply)
{
    struct vit_reply read = { .sequence = vit_get_u64(in) };
    uint32_t status = vit_get_u32(in);
    read.failed_index = vit_get_u32(in);
    read.body_len = vit_get_u32(in);
    uint32_t zero = vit_get_u32(in);
    uint64_t reserved = vit_get_u64(in);
    if (!vit_reader_ok(in) || status >= VIT_STATUS_COUNT || zero != 0 || reserved != 0 ||
            read.body_len > vit_reader_left(in)) {
        return VIT_E_PROTOCOL;
    }
    read.status = (enum vit_status)status;
    *reply = read;
    return VIT_OK;
}
