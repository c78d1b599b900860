/* SPDX-License-Identifier: MIT */
/* Messages about sessions and keys. */
#include <string.h>

#include "base/secret.h"
#include "vgpu/session.h"
#include "vgpu/submit.h"

static struct vit_writer reply_of(struct vgpu_submission *submission)
{
    struct vit_writer out;
    vit_writer_init(&out, submission->body, sizeof(submission->body));
    return out;
}

static enum vit_status find(const struct vgpu_submission *submission, uint64_t id,
        struct vgpu_session **session)
{
    *session = vgpu_session_find(submission->context, id);
    return *session != NULL ? VIT_OK : VIT_E_ARG;
}

static enum vit_status get_session(const struct vgpu_submission *submission, const uint8_t *body,
        struct vgpu_session **session)
{
    struct vit_msg_session msg;
    return vit_get_session(body, &msg) ? find(submission, msg.session, session) : VIT_E_PROTOCOL;
}

enum vit_status vgpu_op_nop(struct vgpu_submission *submission, const uint8_t *body)
{
    (void)submission;
    (void)body;
    return VIT_OK;
}

enum vit_status vgpu_op_session_create(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_session_create msg;
    if (!vit_get_session_create(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    if (msg.crypto_type != VIT_CRYPTO_AES128_CTR) {
        return VIT_E_UNSUPPORTED;
    }
    uint64_t id;
    VIT_TRY(vgpu_session_create(submission->context, &id));
    struct vit_writer out = reply_of(submission);
    vit_put_u64(&out, id);
    submission->body_len = (uint32_t)out.at;
    return VIT_OK;
}

enum vit_status vgpu_op_session_destroy(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vgpu_session *session;
    VIT_TRY(get_session(submission, body, &session));
    vgpu_session_destroy(submission->context, session);
    return VIT_OK;
}

/* Asked before the private-key operation and once more, by the session itself, after it. */
static enum vit_status check_negotiable(const struct vgpu_session *session)
{
    enum vit_session_state next;
    return vit_session_next(vit_crypto_session_state(session->crypto), VIT_SESSION_NEGOTIATE,
            &next);
}

enum vit_status vgpu_op_session_exchange(struct vgpu_submission *submission, const uint8_t *body)
{
    if (submission->context->engine->custody != VIT_CUSTODY_DEVICE) {
        return VIT_E_UNSUPPORTED;
    }
    struct vit_msg_exchange msg;
    struct vgpu_session *session;
    if (!vit_get_exchange(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.session, &session));
    VIT_TRY(check_negotiable(session));

    struct vgpu_work *work;
    enum { BLOCK_AT = 8 };
    VIT_TRY(vgpu_work_prepare_exchange(submission, body + BLOCK_AT, &work));
    work->session = msg.session;
    return vgpu_work_launch(submission, work);
}

/* Reads the key and leaves zeros behind, whatever becomes of it then. */
static enum vit_status take_key(struct vgpu_resource *resource, uint64_t offset,
        uint8_t key[VIT_AES_LEN])
{
    uint64_t done = 0;
    vgpu_resource_lock(resource);
    bool covers = vgpu_resource_covers(resource, offset, VIT_AES_LEN);
    while (covers && done < VIT_AES_LEN) {
        uint64_t len;
        uint8_t *piece = vgpu_resource_piece(resource, offset + done, VIT_AES_LEN - done, &len);
        if (piece == NULL) {
            break;
        }
        memcpy(key + done, piece, (size_t)len);
        vit_wipe(piece, (size_t)len);
        done += len;
    }
    vgpu_resource_unlock(resource);
    return done == VIT_AES_LEN ? VIT_OK : VIT_E_ARG;
}

static enum vit_status program(struct vgpu_session *session, struct vgpu_resource *resource,
        uint64_t offset, uint8_t key[VIT_AES_LEN])
{
    VIT_TRY(take_key(resource, offset, key));
    return vit_crypto_session_set_key(session->crypto, key);
}

enum vit_status vgpu_op_session_program(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vgpu_context *context = submission->context;
    if (context->engine->custody != VIT_CUSTODY_DRIVER) {
        return VIT_E_UNSUPPORTED;
    }
    struct vit_msg_program msg;
    struct vgpu_session *session;
    if (!vit_get_program(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.session, &session));
    struct vgpu_resource *resource = vgpu_context_resource(context, msg.resource);
    if (resource == NULL || resource->kind != VGPU_RESOURCE_BUFFER) {
        return VIT_E_ARG;
    }
    enum vit_status status = program(session, resource, msg.offset, submission->work.key);
    vit_wipe(submission->work.key, VIT_AES_LEN);
    return status;
}

enum vit_status vgpu_op_refresh_start(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vgpu_session *session;
    VIT_TRY(get_session(submission, body, &session));
    VIT_TRY(vit_crypto_session_refresh_start(session->crypto, submission->body));
    submission->body_len = VIT_AES_LEN;
    return VIT_OK;
}

enum vit_status vgpu_op_refresh_finish(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vgpu_session *session;
    VIT_TRY(get_session(submission, body, &session));
    return vit_crypto_session_refresh_finish(session->crypto);
}

enum vit_status vgpu_op_readback_key(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vgpu_session *session;
    VIT_TRY(get_session(submission, body, &session));
    VIT_TRY(vit_crypto_session_readback_key(session->crypto,
            submission->context->engine->tools.cipher, submission->body));
    submission->body_len = VIT_AES_LEN;
    return VIT_OK;
}

enum vit_status vgpu_op_session_state(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vgpu_session *session;
    VIT_TRY(get_session(submission, body, &session));
    struct vit_writer out = reply_of(submission);
    vit_put_u32(&out, (uint32_t)vit_crypto_session_state(session->crypto));
    vit_put_u32(&out, 0);
    submission->body_len = (uint32_t)out.at;
    return VIT_OK;
}
