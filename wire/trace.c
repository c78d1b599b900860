/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stddef.h>

#include "base/log.h"
#include "wire/message.h"

static void trace_session(const char *who, const char *name, const uint8_t *body)
{
    struct vit_msg_session msg;
    (void)vit_get_session(body, &msg);
    vit_trace("%s %s id=%016" PRIx64, who, name, msg.session);
}

static void trace_decrypt(const char *who, const uint8_t *body)
{
    struct vit_msg_decrypt msg;
    (void)vit_get_decrypt(body, &msg);
    vit_trace("%s decrypt session=%016" PRIx64 " source=%" PRIu32 "+%" PRIu64
              " destination=%" PRIu32 " length=%" PRIu64 " flags=%" PRIu32 " blocks=%" PRIu32
              "/%" PRIu32 "/%" PRIu32,
            who, msg.session, msg.source, msg.source_offset, msg.destination, msg.length, msg.flags,
            msg.prefix, msg.skip, msg.encrypt);
}

static void trace_encrypt(const char *who, const uint8_t *body)
{
    struct vit_msg_encrypt msg;
    (void)vit_get_encrypt(body, &msg);
    vit_trace("%s encrypt session=%016" PRIx64 " source=%" PRIu32 " destination=%" PRIu32
              "+%" PRIu64 " length=%" PRIu64,
            who, msg.session, msg.source, msg.destination, msg.destination_offset, msg.length);
}

static void trace_copy(const char *who, const uint8_t *body)
{
    struct vit_msg_copy msg;
    (void)vit_get_copy(body, &msg);
    vit_trace("%s copy source=%" PRIu32 "+%" PRIu64 " destination=%" PRIu32 "+%" PRIu64
              " rows=%" PRIu32 "x%" PRIu32,
            who, msg.source, msg.source_offset, msg.destination, msg.destination_offset,
            msg.row_len, msg.rows);
}

static void trace_convert(const char *who, const uint8_t *body)
{
    struct vit_msg_convert msg;
    (void)vit_get_convert(body, &msg);
    vit_trace("%s convert source=%" PRIu32 " destination=%" PRIu32 " to=%" PRIu32 ",%" PRIu32
              "-%" PRIu32 ",%" PRIu32,
            who, msg.source, msg.destination, msg.destination_rect.left, msg.destination_rect.top,
            msg.destination_rect.right, msg.destination_rect.bottom);
}

void vit_message_trace(const char *who, unsigned op, const uint8_t *body)
{
    const struct vit_op_info *info = vit_op_info(op);
    if (!vit_trace_wanted() || info == NULL) {
        return;
    }
    switch (op) {
    case VIT_OP_NOP:
    case VIT_OP_SESSION_CREATE:
    case VIT_OP_CHANNEL_CREATE:
    case VIT_OP_OPM_CREATE:
        vit_trace("%s %s", who, info->name);
        return;
    case VIT_OP_DECRYPT:
        trace_decrypt(who, body);
        return;
    case VIT_OP_ENCRYPT:
        trace_encrypt(who, body);
        return;
    case VIT_OP_COPY:
        trace_copy(who, body);
        return;
    case VIT_OP_CONVERT:
        trace_convert(who, body);
        return;
    default:
        /* All others begin with the id of a session, a channel or an OPM object; what follows may be key material. */
        trace_session(who, info->name, body);
    }
}
