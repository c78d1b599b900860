/* SPDX-License-Identifier: MIT */
#include "wire/message.h"

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "wire/envelope.h"

static const struct vit_op_info list[] = {
#define X(symbol, name, op, request, reply, res_a, res_b, use)                                     \
    { #name, op, request, reply, res_a, res_b, use },
    VIT_MESSAGES(X)
#undef X
};

enum { LIST_COUNT = sizeof(list) / sizeof(list[0]) };

const struct vit_op_info *vit_op_at(unsigned index)
{
    return index < LIST_COUNT ? &list[index] : NULL;
}

const struct vit_op_info *vit_op_info(unsigned op)
{
    /* Position in the list + 1, by op. */
    enum {
#define X(symbol, name, op, request, reply, res_a, res_b, use) POSITION_##symbol,
        VIT_MESSAGES(X)
#undef X
    };
    static const uint8_t position[256] = {
#define X(symbol, name, op, request, reply, res_a, res_b, use) [op] = POSITION_##symbol + 1,
        VIT_MESSAGES(X)
#undef X
    };
    return op < sizeof(position) && position[op] != 0 ? &list[position[op] - 1] : NULL;
}

static void put_header(struct vit_writer *out, enum vit_op op)
{
    vit_put_u16(out, (uint16_t)op);
    vit_put_u16(out, 0);
    vit_put_u32(out, vit_op_info(op)->request_len);
}

static struct vit_reader body_of(const uint8_t *body, enum vit_op op)
{
    struct vit_reader in;
    vit_reader_init(&in, body, vit_op_info(op)->request_len);
    return in;
}

void vit_put_nop(struct vit_writer *out)
{
    put_header(out, VIT_OP_NOP);
}

void vit_put_session(struct vit_writer *out, enum vit_op op, uint64_t session)
{
    put_header(out, op);
    vit_put_u64(out, session);
}

bool vit_get_session(const uint8_t *body, struct vit_msg_session *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_SESSION_DESTROY);
    msg->session = vit_get_u64(&in);
    return vit_reader_done(&in);
}

void vit_put_session_create(struct vit_writer *out, const struct vit_msg_session_create *msg)
{
    put_header(out, VIT_OP_SESSION_CREATE);
    vit_put_u32(out, msg->crypto_type);
    vit_put_u32(out, 0);
}

bool vit_get_session_create(const uint8_t *body, struct vit_msg_session_create *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_SESSION_CREATE);
    msg->crypto_type = vit_get_u32(&in);
    uint32_t zero = vit_get_u32(&in);
    return vit_reader_done(&in) && zero == 0;
}

void vit_put_exchange(struct vit_writer *out, enum vit_op op, const struct vit_msg_exchange *msg)
{
    put_header(out, op);
    vit_put_u64(out, msg->session);
    vit_put_bytes(out, msg->block, sizeof(msg->block));
}

bool vit_get_exchange(const uint8_t *body, struct vit_msg_exchange *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_SESSION_EXCHANGE);
    msg->session = vit_get_u64(&in);
    vit_get_bytes(&in, msg->block, sizeof(msg->block));
    return vit_reader_done(&in);
}

void vit_put_program(struct vit_writer *out, enum vit_op op, const struct vit_msg_program *msg)
{
    put_header(out, op);
    vit_put_u64(out, msg->session);
    vit_put_u32(out, msg->resource);
    vit_put_u32(out, 0);
    vit_put_u64(out, msg->offset);
}

bool vit_get_program(const uint8_t *body, struct vit_msg_program *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_SESSION_PROGRAM);
    msg->session = vit_get_u64(&in);
    msg->resource = vit_get_u32(&in);
    uint32_t zero = vit_get_u32(&in);
    msg->offset = vit_get_u64(&in);
    return vit_reader_done(&in) && zero == 0;
}

/* A number, and a reserved one behind it. */
static void put_number(struct vit_writer *out, enum vit_op op, uint32_t number)
{
    put_header(out, op);
    vit_put_u32(out, number);
    vit_put_u32(out, 0);
}

static bool get_number(const uint8_t *body, enum vit_op op, uint32_t *number)
{
    struct vit_reader in = body_of(body, op);
    *number = vit_get_u32(&in);
    uint32_t zero = vit_get_u32(&in);
    return vit_reader_done(&in) && zero == 0;
}

void vit_put_channel_create(struct vit_writer *out, const struct vit_msg_channel_create *msg)
{
    put_number(out, VIT_OP_CHANNEL_CREATE, msg->type);
}

bool vit_get_channel_create(const uint8_t *body, struct vit_msg_channel_create *msg)
{
    return get_number(body, VIT_OP_CHANNEL_CREATE, &msg->type);
}

void vit_put_opm_create(struct vit_writer *out, const struct vit_msg_opm_create *msg)
{
    put_number(out, VIT_OP_OPM_CREATE, msg->output);
}

bool vit_get_opm_create(const uint8_t *body, struct vit_msg_opm_create *msg)
{
    return get_number(body, VIT_OP_OPM_CREATE, &msg->output);
}

void vit_put_channel_call(struct vit_writer *out, enum vit_op op,
        const struct vit_msg_channel_call *msg)
{
    put_header(out, op);
    vit_put_u64(out, msg->channel);
    vit_put_u32(out, msg->input_len);
    vit_put_u32(out, msg->output_len);
    vit_put_bytes(out, msg->input, sizeof(msg->input));
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

bool vit_get_channel_call(const uint8_t *body, struct vit_msg_channel_call *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_CHANNEL_QUERY);
    msg->channel = vit_get_u64(&in);
    msg->input_len = vit_get_u32(&in);
    msg->output_len = vit_get_u32(&in);
    vit_get_bytes(&in, msg->input, sizeof(msg->input));
    return vit_reader_done(&in) && msg->input_len <= sizeof(msg->input) &&
            is_zero(msg->input + msg->input_len, sizeof(msg->input) - msg->input_len);
}

void vit_put_opm_call(struct vit_writer *out, enum vit_op op, const struct vit_msg_opm_call *msg)
{
    put_header(out, op);
    vit_put_u64(out, msg->object);
    vit_put_u32(out, msg->resource);
    vit_put_u32(out, msg->additional_len);
    vit_put_u64(out, msg->offset);
}

bool vit_get_opm_call(const uint8_t *body, struct vit_msg_opm_call *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_OPM_CONFIGURE);
    msg->object = vit_get_u64(&in);
    msg->resource = vit_get_u32(&in);
    msg->additional_len = vit_get_u32(&in);
    msg->offset = vit_get_u64(&in);
    return vit_reader_done(&in);
}

void vit_put_decrypt(struct vit_writer *out, const struct vit_msg_decrypt *msg)
{
    put_header(out, VIT_OP_DECRYPT);
    vit_put_u64(out, msg->session);
    vit_put_u32(out, msg->source);
    vit_put_u32(out, msg->destination);
    vit_put_u64(out, msg->source_offset);
    vit_put_u64(out, msg->length);
    vit_put_u32(out, msg->flags);
    vit_put_u32(out, msg->prefix);
    vit_put_u32(out, msg->skip);
    vit_put_u32(out, msg->encrypt);
    vit_put_bytes(out, msg->content_key, sizeof(msg->content_key));
    vit_put_bytes(out, msg->iv, sizeof(msg->iv));
}

bool vit_get_decrypt(const uint8_t *body, struct vit_msg_decrypt *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_DECRYPT);
    msg->session = vit_get_u64(&in);
    msg->source = vit_get_u32(&in);
    msg->destination = vit_get_u32(&in);
    msg->source_offset = vit_get_u64(&in);
    msg->length = vit_get_u64(&in);
    msg->flags = vit_get_u32(&in);
    msg->prefix = vit_get_u32(&in);
    msg->skip = vit_get_u32(&in);
    msg->encrypt = vit_get_u32(&in);
    vit_get_bytes(&in, msg->content_key, sizeof(msg->content_key));
    vit_get_bytes(&in, msg->iv, sizeof(msg->iv));
    uint32_t known = VIT_DECRYPT_CONTENT_KEY | VIT_DECRYPT_PARTIAL;
    return vit_reader_done(&in) && (msg->flags & ~known) == 0;
}

void vit_put_encrypt(struct vit_writer *out, const struct vit_msg_encrypt *msg)
{
    put_header(out, VIT_OP_ENCRYPT);
    vit_put_u64(out, msg->session);
    vit_put_u32(out, msg->source);
    vit_put_u32(out, msg->destination);
    vit_put_u64(out, msg->destination_offset);
    vit_put_u64(out, msg->length);
}

bool vit_get_encrypt(const uint8_t *body, struct vit_msg_encrypt *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_ENCRYPT);
    msg->session = vit_get_u64(&in);
    msg->source = vit_get_u32(&in);
    msg->destination = vit_get_u32(&in);
    msg->destination_offset = vit_get_u64(&in);
    msg->length = vit_get_u64(&in);
    return vit_reader_done(&in);
}

void vit_put_copy(struct vit_writer *out, const struct vit_msg_copy *msg)
{
    put_header(out, VIT_OP_COPY);
    vit_put_u32(out, msg->source);
    vit_put_u32(out, msg->destination);
    vit_put_u64(out, msg->source_offset);
    vit_put_u64(out, msg->destination_offset);
    vit_put_u32(out, msg->row_len);
    vit_put_u32(out, msg->rows);
    vit_put_u32(out, msg->source_pitch);
    vit_put_u32(out, msg->destination_pitch);
}

bool vit_get_copy(const uint8_t *body, struct vit_msg_copy *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_COPY);
    msg->source = vit_get_u32(&in);
    msg->destination = vit_get_u32(&in);
    msg->source_offset = vit_get_u64(&in);
    msg->destination_offset = vit_get_u64(&in);
    msg->row_len = vit_get_u32(&in);
    msg->rows = vit_get_u32(&in);
    msg->source_pitch = vit_get_u32(&in);
    msg->destination_pitch = vit_get_u32(&in);
    return vit_reader_done(&in);
}

static void put_rect(struct vit_writer *out, const struct vit_rect *rect)
{
    vit_put_u32(out, rect->left);
    vit_put_u32(out, rect->top);
    vit_put_u32(out, rect->right);
    vit_put_u32(out, rect->bottom);
}

static void get_rect(struct vit_reader *in, struct vit_rect *rect)
{
    rect->left = vit_get_u32(in);
    rect->top = vit_get_u32(in);
    rect->right = vit_get_u32(in);
    rect->bottom = vit_get_u32(in);
}

void vit_put_convert(struct vit_writer *out, const struct vit_msg_convert *msg)
{
    put_header(out, VIT_OP_CONVERT);
    vit_put_u32(out, msg->source);
    vit_put_u32(out, msg->destination);
    put_rect(out, &msg->source_rect);
    put_rect(out, &msg->destination_rect);
}

bool vit_get_convert(const uint8_t *body, struct vit_msg_convert *msg)
{
    struct vit_reader in = body_of(body, VIT_OP_CONVERT);
    msg->source = vit_get_u32(&in);
    msg->destination = vit_get_u32(&in);
    get_rect(&in, &msg->source_rect);
    get_rect(&in, &msg->destination_rect);
    return vit_reader_done(&in);
}
