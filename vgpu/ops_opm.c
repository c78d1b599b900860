/* SPDX-License-Identifier: MIT */
/* Messages about protected output objects. */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "vgpu/opm.h"
#include "vgpu/secret_page.h"
#include "vgpu/submit.h"

/* A list of revoked receivers of the first generation has at most 5 KiB; there are larger ones. */
enum { ADDITIONAL_MAX_LEN = 128 * 1024 };

static enum vit_status find(const struct vgpu_submission *submission, uint64_t id,
        struct vgpu_opm **opm)
{
    *opm = vgpu_opm_find(submission->context, id);
    return *opm != NULL ? VIT_OK : VIT_E_ARG;
}

enum vit_status vgpu_op_opm_create(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_opm_create msg;
    struct vgpu_opm *opm;
    if (!vit_get_opm_create(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(vgpu_opm_create(submission->context, msg.output, &opm));
    struct vit_writer out = vgpu_submission_body(submission);
    vit_put_u64(&out, opm->id);
    vit_put_bytes(&out, vit_opm_random(opm->crypto), VIT_OPM_RANDOM_LEN);
    submission->body_len = (uint32_t)out.at;
    return VIT_OK;
}

enum vit_status vgpu_op_opm_destroy(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_session msg;
    struct vgpu_opm *opm;
    if (!vit_get_session(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.session, &opm));
    vgpu_opm_destroy(submission->context, opm);
    return VIT_OK;
}

enum vit_status vgpu_op_opm_exchange(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_exchange msg;
    struct vgpu_opm *opm;
    if (submission->context->engine->custody != VIT_CUSTODY_DEVICE) {
        return VIT_E_UNSUPPORTED;
    }
    if (!vit_get_exchange(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.session, &opm));
    VIT_TRY(vit_opm_begin_exchange(opm->crypto));
    return vgpu_work_exchange(submission, VGPU_EXCHANGE_OPM, msg.session, body);
}

/* The driver has unwrapped the block; what is in it is looked at here all the same. */
enum vit_status vgpu_op_opm_program(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vgpu_context *context = submission->context;
    struct vit_msg_program msg;
    struct vgpu_opm *opm;
    if (context->engine->custody != VIT_CUSTODY_DRIVER) {
        return VIT_E_UNSUPPORTED;
    }
    if (!vit_get_program(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, msg.session, &opm));
    struct vit_slab *slab = context->engine->slab;
    struct vit_opm_exchange *exchange = vit_slab_alloc(slab, sizeof(*exchange));
    if (exchange == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status = vgpu_secret_page_take(context, msg.resource, msg.offset,
            exchange->plaintext, VIT_OPM_PLAINTEXT_LEN);
    if (status == VIT_OK) {
        status = vit_opm_begin_exchange(opm->crypto);
    }
    if (status == VIT_OK) {
        status =
                vit_exchange_opm_read(exchange, VIT_OPM_PLAINTEXT_LEN, vit_opm_random(opm->crypto));
    }
    if (status == VIT_OK) {
        vit_opm_set_keys(opm->crypto, exchange);
    }
    vit_slab_free(slab, exchange, sizeof(*exchange));
    return status;
}

/* Between a buffer of the context and memory of ours: guests write while we look. */
static bool copy(struct vgpu_resource *resource, uint64_t offset, uint8_t *bytes, size_t len,
        bool write)
{
    size_t done = 0;
    vgpu_resource_lock(resource);
    while (vgpu_resource_covers(resource, offset + done, len - done) && done < len) {
        uint64_t part;
        uint8_t *piece = vgpu_resource_piece(resource, offset + done, len - done, &part);
        if (piece == NULL) {
            break;
        }
        if (write) {
            memcpy(piece, bytes + done, (size_t)part);
        } else {
            memcpy(bytes + done, piece, (size_t)part);
        }
        done += (size_t)part;
    }
    vgpu_resource_unlock(resource);
    return done == len;
}

static enum vit_status reply(struct vgpu_submission *submission, enum vit_opm_result result)
{
    struct vit_writer out = vgpu_submission_body(submission);
    vit_put_u32(&out, result);
    vit_put_u32(&out, 0);
    submission->body_len = (uint32_t)out.at;
    return VIT_OK;
}

struct call {
    struct vit_msg_opm_call msg;
    struct vgpu_opm *opm;
    struct vgpu_resource *resource;
    uint8_t *request;
};

static enum vit_status open_call(struct vgpu_submission *submission, const uint8_t *body,
        size_t request_len, struct call *call)
{
    if (!vit_get_opm_call(body, &call->msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find(submission, call->msg.object, &call->opm));
    call->resource = vgpu_context_resource(submission->context, call->msg.resource);
    if (call->resource == NULL || call->resource->kind != VGPU_RESOURCE_BUFFER ||
            call->msg.additional_len > ADDITIONAL_MAX_LEN) {
        return VIT_E_ARG;
    }
    size_t len = request_len + call->msg.additional_len;
    submission->context->engine->budget -= (int64_t)len;
    call->request = malloc(len);
    if (call->request == NULL) {
        return VIT_E_NOMEM;
    }
    return copy(call->resource, call->msg.offset, call->request, len, false) ? VIT_OK : VIT_E_ARG;
}

static enum vit_status information(struct vgpu_submission *submission, struct call *call)
{
    uint8_t answer[VIT_OPM_ANSWER_LEN];
    enum vit_opm_result result =
            vgpu_opm_information(submission->context, call->opm, call->request, answer);
    if (result == VIT_OPM_OK &&
            !copy(call->resource, call->msg.offset, answer, sizeof(answer), true)) {
        return VIT_E_ARG;
    }
    return reply(submission, result);
}

enum vit_status vgpu_op_opm_information(struct vgpu_submission *submission, const uint8_t *body)
{
    struct call call = { .request = NULL };
    enum vit_status status = open_call(submission, body, VIT_OPM_GET_INFO_LEN, &call);
    if (status == VIT_OK) {
        status = call.msg.additional_len == 0 ? information(submission, &call) : VIT_E_PROTOCOL;
    }
    free(call.request);
    return status;
}

enum vit_status vgpu_op_opm_configure(struct vgpu_submission *submission, const uint8_t *body)
{
    struct call call = { .request = NULL };
    enum vit_status status = open_call(submission, body, VIT_OPM_CONFIGURE_LEN, &call);
    if (status == VIT_OK) {
        status = reply(submission,
                vgpu_opm_configure(submission->context, call.opm, call.request,
                        call.request + VIT_OPM_CONFIGURE_LEN, call.msg.additional_len));
    }
    free(call.request);
    return status;
}
