/* SPDX-License-Identifier: MIT */
/* Messages about authenticated channels. */
#include "base/secret.h"
#include "vgpu/channel.h"
#include "vgpu/secret_page.h"
#include "vgpu/submit.h"

static enum vit_status find(const struct vgpu_submission *submission, uint64_t handle,
        struct vit_channel **channel)
{
    *channel = vgpu_channel_find(submission->context, handle);
    return *channel != NULL ? VIT_OK : VIT_E_ARG;
}

enum vit_status vgpu_op_channel_create(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_channel_create msg;
    uint64_t handle;
    if (!vit_get_channel_create(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(vgpu_channel_create(submission->context, msg.type, &handle));
    struct vit_writer out = vgpu_submission_body(submission);
    vit_put_u64(&out, handle);
    submission->body_len = (uint32_t)out.at;
    return VIT_OK;
}

enum vit_status vgpu_op_channel_destroy(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_session msg;
    struct vit_channel *channel;
    if (!vit_get_session(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.session, &channel));
    vgpu_channel_destroy(submission->context, channel);
    return VIT_OK;
}

enum vit_status vgpu_op_channel_exchange(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_exchange msg;
    struct vit_channel *channel;
    if (submission->context->engine->custody != VIT_CUSTODY_DEVICE) {
        return VIT_E_UNSUPPORTED;
    }
    if (!vit_get_exchange(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.session, &channel));
    VIT_TRY(vit_channel_check_unkeyed(channel));
    return vgpu_work_exchange(submission, VGPU_EXCHANGE_CHANNEL, msg.session, body);
}

enum vit_status vgpu_op_channel_program(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vgpu_context *context = submission->context;
    struct vit_msg_program msg;
    struct vit_channel *channel;
    if (context->engine->custody != VIT_CUSTODY_DRIVER) {
        return VIT_E_UNSUPPORTED;
    }
    if (!vit_get_program(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.session, &channel));
    uint8_t *key = submission->work.key;
    enum vit_status status =
            vgpu_secret_page_take(context, msg.resource, msg.offset, key, VIT_AES_LEN);
    if (status == VIT_OK) {
        status = vit_channel_set_key(channel, key);
    }
    vit_wipe(key, VIT_AES_LEN);
    return status;
}

/* How it ended goes into the reply, since there is an answer to a refused call too. */
static enum vit_status reply(struct vgpu_submission *submission, enum vit_op op,
        enum vit_status status, const uint8_t *output, size_t len)
{
    size_t reply_len = vit_op_info(op)->reply_len;
    struct vit_writer out = vgpu_submission_body(submission);
    vit_put_u32(&out, status);
    vit_put_u32(&out, (uint32_t)len);
    vit_put_bytes(&out, output, len);
    vit_put_zeros(&out, reply_len - out.at);
    submission->body_len = (uint32_t)out.at;
    return VIT_OK;
}

enum vit_status vgpu_op_channel_query(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_channel_call msg;
    struct vit_channel *channel;
    uint8_t output[VIT_CHANNEL_OUTPUT_MAX_LEN] = { 0 };
    size_t len;
    if (!vit_get_channel_call(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.channel, &channel));
    enum vit_status status = vit_channel_query(channel, submission->context->engine->tools.cipher,
            msg.input, msg.input_len, output, msg.output_len, &len);
    return reply(submission, VIT_OP_CHANNEL_QUERY, status, output, len);
}

enum vit_status vgpu_op_channel_configure(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_channel_call msg;
    struct vit_channel *channel;
    uint8_t output[VIT_CHANNEL_CONFIGURE_OUTPUT_LEN] = { 0 };
    size_t len;
    if (!vit_get_channel_call(body, &msg) || msg.output_len != 0) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.channel, &channel));
    enum vit_status status = vit_channel_configure(channel,
            submission->context->engine->tools.cipher, msg.input, msg.input_len, output, &len);
    return reply(submission, VIT_OP_CHANNEL_CONFIGURE, status, output, len);
}
