/* SPDX-License-Identifier: MIT */
/* Messages about sessions and keys. */
#include "base/secret.h"
#include "vgpu/secret_page.h"
#include "vgpu/session.h"
#include "vgpu/submit.h"

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
    struct vit_writer out = vgpu_submission_body(submission);
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
    return vgpu_work_exchange(submission, VGPU_EXCHANGE_SESSION, msg.session, body);
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
    uint8_t *key = submission->work.key;
    enum vit_status status =
            vgpu_secret_page_take(context, msg.resource, msg.offset, key, VIT_AES_LEN);
    if (status == VIT_OK) {
        status = vit_crypto_session_set_key(session->crypto, key);
    }
    vit_wipe(key, VIT_AES_LEN);
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
    struct vit_writer out = vgpu_submission_body(submission);
    vit_put_u32(&out, (uint32_t)vit_crypto_session_state(session->crypto));
    vit_put_u32(&out, 0);
    submission->body_len = (uint32_t)out.at;
    return VIT_OK;
}
