/* SPDX-License-Identifier: MIT */
#include "tests/vm/exit_session.h"

#include <string.h>

#include "wire/surface.h"
#include "wire/virtio_gpu.h"

enum {
    PAGE_LEN = 4096,
    REQUEST_LEN = 512,
    /* Where things are in a clip. */
    BLOCK_AT = 80,
    FRAME_LEN_AT = 40,
    FRAME_HEADER_LEN = 48,
    KEY_AT = 8,
    IV_AT = 24,
};

struct request {
    uint8_t bytes[REQUEST_LEN];
    struct vit_writer out;
};

static void begin(struct request *request)
{
    vit_writer_init(&request->out, request->bytes, sizeof(request->bytes));
    vit_put_zeros(&request->out, VIT_ENVELOPE_LEN);
}

/* The reply's status; VIT_E_GONE: there is none. body: of VIT_REPLY_BODY_MAX_LEN, or NULL */
static enum vit_status call(struct exit_session *session, struct request *request, uint8_t *body)
{
    const struct vit_envelope envelope = { .length = (uint32_t)request->out.at,
        .count = 1,
        .sequence = ++session->sequence,
        .reply_resource = session->page.id,
        .reply_capacity = VIT_REPLY_MAX_LEN };
    struct vit_writer head;
    struct vit_reader in;
    struct vit_reply reply;
    vit_writer_init(&head, request->bytes, VIT_ENVELOPE_LEN);
    vit_put_envelope(&head, &envelope);
    if (!exit_run(session->file, request->bytes, request->out.at)) {
        return VIT_E_GONE;
    }
    vit_reader_init(&in, session->page.bytes, VIT_REPLY_MAX_LEN);
    if (vit_get_reply(&in, &reply) != VIT_OK || reply.sequence != session->sequence) {
        return VIT_E_GONE;
    }
    if (body != NULL) {
        vit_get_bytes(&in, body, VIT_REPLY_BODY_MAX_LEN);
    }
    return reply.status;
}

static size_t frame_len(const struct exit_clip *clip)
{
    return vit_load_le32(clip->bytes + FRAME_LEN_AT);
}

static const uint8_t *last_frame(const struct exit_clip *clip)
{
    return clip->bytes + clip->len - FRAME_HEADER_LEN - frame_len(clip);
}

static bool make_buffers(const struct exit_clip *clip, struct exit_session *session)
{
    struct exit_shape shape = { .target = VIT_TARGET_BUFFER,
        .format = VIT_FORMAT_BYTES,
        .bind = VIT_BIND_STAGING,
        .width = PAGE_LEN,
        .height = 1,
        .len = PAGE_LEN };
    if (!exit_create(session->file, &shape, &session->page)) {
        return false;
    }
    shape.width = (uint32_t)frame_len(clip);
    shape.len = shape.width;
    return exit_create(session->file, &shape, &session->sealed);
}

static bool negotiate(const struct exit_clip *clip, struct exit_session *session)
{
    const struct vit_msg_session_create create = { VIT_CRYPTO_AES128_CTR };
    struct vit_msg_exchange exchange;
    uint8_t body[VIT_REPLY_BODY_MAX_LEN];
    struct vit_reader in;
    struct request request;
    begin(&request);
    vit_put_session_create(&request.out, &create);
    if (call(session, &request, body) != VIT_OK) {
        return false;
    }
    vit_reader_init(&in, body, sizeof(body));
    session->id = vit_get_u64(&in);
    exchange.session = session->id;
    memcpy(exchange.block, clip->bytes + BLOCK_AT, sizeof(exchange.block));
    begin(&request);
    vit_put_exchange(&request.out, VIT_OP_SESSION_EXCHANGE, &exchange);
    return call(session, &request, NULL) == VIT_OK;
}

bool exit_session_open(int file, const struct exit_clip *clip, struct exit_session *session)
{
    *session = (struct exit_session){ .file = file };
    if (!make_buffers(clip, session) || !negotiate(clip, session)) {
        return false;
    }
    memcpy(session->sealed.bytes, last_frame(clip) + FRAME_HEADER_LEN, frame_len(clip));
    return true;
}

void exit_session_close(struct exit_session *session)
{
    exit_drop(session->file, &session->page);
    exit_drop(session->file, &session->sealed);
}

bool exit_protected(int file, const struct exit_clip *clip, struct exit_object *object)
{
    const struct exit_shape shape = { .target = VIT_TARGET_2D,
        .format = VIT_FORMAT_BGRX,
        .bind = VIT_BIND_STAGING,
        .width = clip->width,
        .height = clip->height,
        .flags = VIT_RESOURCE_FLAG_PROTECTED,
        .len = PAGE_LEN };
    return exit_create(file, &shape, object);
}

enum vit_status exit_decrypt(struct exit_session *session, const struct exit_clip *clip,
        uint32_t destination)
{
    const uint8_t *frame = last_frame(clip);
    struct vit_msg_decrypt decrypt = { .session = session->id,
        .source = session->sealed.id,
        .destination = destination,
        .length = frame_len(clip),
        .flags = VIT_DECRYPT_CONTENT_KEY };
    struct request request;
    memcpy(decrypt.content_key, frame + KEY_AT, sizeof(decrypt.content_key));
    memcpy(decrypt.iv, frame + IV_AT, sizeof(decrypt.iv));
    begin(&request);
    vit_put_decrypt(&request.out, &decrypt);
    return call(session, &request, NULL);
}

enum vit_status exit_encrypt(struct exit_session *session, uint32_t source, uint32_t destination,
        size_t len)
{
    const struct vit_msg_encrypt encrypt = { .session = session->id,
        .source = source,
        .destination = destination,
        .length = len };
    struct request request;
    /* Without a read-back key there is nothing to encrypt with. */
    begin(&request);
    vit_put_session(&request.out, VIT_OP_READBACK_KEY, session->id);
    if (call(session, &request, NULL) != VIT_OK) {
        return VIT_E_GONE;
    }
    begin(&request);
    vit_put_encrypt(&request.out, &encrypt);
    return call(session, &request, NULL);
}

enum vit_status exit_copy(struct exit_session *session, uint32_t source, uint32_t destination,
        size_t len)
{
    const struct vit_msg_copy copy = { .source = source,
        .destination = destination,
        .row_len = (uint32_t)len,
        .rows = 1 };
    struct request request;
    begin(&request);
    vit_put_copy(&request.out, &copy);
    return call(session, &request, NULL);
}

enum vit_status exit_convert(struct exit_session *session, uint32_t source, uint32_t destination,
        uint32_t width, uint32_t height)
{
    const struct vit_msg_convert convert = { .source = source,
        .destination = destination,
        .source_rect = { 0, 0, width, height },
        .destination_rect = { 0, 0, width, height } };
    struct request request;
    begin(&request);
    vit_put_convert(&request.out, &convert);
    return call(session, &request, NULL);
}
