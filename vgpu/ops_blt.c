/* SPDX-License-Identifier: MIT */
/* Messages about bytes of resources: who may do what is decided here. */
#include <string.h>

#include "vgpu/label.h"
#include "vgpu/session.h"
#include "vgpu/submit.h"

struct pair {
    struct vgpu_resource *source, *destination;
};

static enum vit_status find_pair(const struct vgpu_submission *submission, uint32_t source,
        uint32_t destination, struct pair *pair)
{
    pair->source = vgpu_context_resource(submission->context, source);
    pair->destination = vgpu_context_resource(submission->context, destination);
    return pair->source != NULL && pair->destination != NULL ? VIT_OK : VIT_E_ARG;
}

static bool is_protected(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_PROTECTED;
}

static bool covers(struct vgpu_resource *resource, uint64_t offset, uint64_t len)
{
    vgpu_resource_lock(resource);
    bool covered = vgpu_resource_covers(resource, offset, len);
    vgpu_resource_unlock(resource);
    return covered;
}

/* A destination with a foreign label is only good for being overwritten as a whole. */
static enum vit_status check_decrypt(const struct pair *pair, const struct vit_msg_decrypt *msg,
        const struct vgpu_label *label, bool *wipe)
{
    struct vgpu_resource *destination = pair->destination;
    if (!is_protected(destination)) {
        return VIT_E_DENIED;
    }
    if (is_protected(pair->source) || msg->length == 0 || !covers(destination, 0, msg->length) ||
            !covers(pair->source, msg->source_offset, msg->length)) {
        return VIT_E_ARG;
    }
    *wipe = !vgpu_label_is_none(&destination->label) &&
            !vgpu_label_equal(&destination->label, label);
    return *wipe && msg->length != destination->surface.size ? VIT_E_DENIED : VIT_OK;
}

static enum vit_status begin_decrypt(struct vgpu_submission *submission,
        struct vgpu_session *session, const struct vit_msg_decrypt *msg, struct vgpu_blt *blt)
{
    const struct vit_block_info info = { msg->prefix, msg->skip, msg->encrypt };
    bool partial = (msg->flags & VIT_DECRYPT_PARTIAL) != 0;
    bool content = (msg->flags & VIT_DECRYPT_CONTENT_KEY) != 0;
    vit_blocks_init(&blt->blocks, partial ? &info : NULL, msg->length);
    memcpy(blt->counter, msg->iv, sizeof(blt->counter));

    struct vgpu_work *work;
    VIT_TRY(vgpu_work_prepare(submission, vgpu_blt_cost(blt), &work));
    VIT_TRY(vit_crypto_session_begin_decrypt(session->crypto,
            submission->context->engine->tools.cipher, content ? msg->content_key : NULL, msg->iv,
            vit_blocks_encrypted(partial ? &info : NULL, msg->length), work->key));
    vgpu_session_take(submission->context, session, blt->destination);
    blt->key = work->key;
    work->blt = *blt;
    work->wipe_on_failure = true;
    return vgpu_work_launch(submission, work);
}

enum vit_status vgpu_op_decrypt(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_decrypt msg;
    struct pair pair;
    if (!vit_get_decrypt(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    struct vgpu_session *session = vgpu_session_find(submission->context, msg.session);
    if (session == NULL) {
        return VIT_E_ARG;
    }
    VIT_TRY(find_pair(submission, msg.source, msg.destination, &pair));
    struct vgpu_label label = vgpu_session_label(submission->context, session);
    struct vgpu_blt blt = {
        .kind = VGPU_BLT_CTR,
        .source = pair.source,
        .destination = pair.destination,
        .source_offset = msg.source_offset,
    };
    VIT_TRY(check_decrypt(&pair, &msg, &label, &blt.wipe));
    return begin_decrypt(submission, session, &msg, &blt);
}

/* Only what this session labelled: neither another's nor what nobody's session filled. */
static enum vit_status check_encrypt(const struct pair *pair, const struct vit_msg_encrypt *msg,
        const struct vgpu_label *label)
{
    if (!is_protected(pair->source) || pair->destination->kind != VGPU_RESOURCE_BUFFER) {
        return VIT_E_ARG;
    }
    if (!vgpu_label_equal(&pair->source->label, label)) {
        return VIT_E_DENIED;
    }
    bool covered = msg->length != 0 && covers(pair->source, 0, msg->length) &&
            covers(pair->destination, msg->destination_offset, msg->length);
    return covered ? VIT_OK : VIT_E_ARG;
}

enum vit_status vgpu_op_encrypt(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_encrypt msg;
    struct pair pair;
    if (!vit_get_encrypt(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    struct vgpu_session *session = vgpu_session_find(submission->context, msg.session);
    if (session == NULL) {
        return VIT_E_ARG;
    }
    VIT_TRY(find_pair(submission, msg.source, msg.destination, &pair));
    struct vgpu_label label = vgpu_session_label(submission->context, session);
    VIT_TRY(check_encrypt(&pair, &msg, &label));
    struct vgpu_blt blt = {
        .kind = VGPU_BLT_CTR,
        .source = pair.source,
        .destination = pair.destination,
        .destination_offset = msg.destination_offset,
    };
    vit_blocks_init(&blt.blocks, NULL, msg.length);

    struct vgpu_work *work;
    VIT_TRY(vgpu_work_prepare(submission, vgpu_blt_cost(&blt), &work));
    VIT_TRY(vit_crypto_session_begin_encrypt(session->crypto, msg.length, blt.counter, work->key));
    memcpy(submission->body, blt.counter, VIT_AES_LEN);
    submission->body_len = VIT_AES_LEN;
    blt.key = work->key;
    work->blt = blt;
    return vgpu_work_launch(submission, work);
}

/* Protected in, protected out; different labels never mix. from: whose label goes along, or NULL */
static enum vit_status check_labels(const struct vgpu_submission *submission,
        const struct pair *pair, struct vgpu_session **from)
{
    *from = NULL;
    if (!is_protected(pair->source)) {
        return VIT_OK;
    }
    if (!is_protected(pair->destination)) {
        return VIT_E_DENIED;
    }
    const struct vgpu_label *label = &pair->source->label;
    if (vgpu_label_is_none(label)) {
        return VIT_OK;
    }
    const struct vgpu_label *other = &pair->destination->label;
    *from = vgpu_session_find(submission->context, label->session);
    bool mixes = !vgpu_label_is_none(other) && !vgpu_label_equal(other, label);
    return mixes || *from == NULL ? VIT_E_DENIED : VIT_OK;
}

static enum vit_status launch_labelled(struct vgpu_submission *submission,
        struct vgpu_session *from, const struct vgpu_blt *blt)
{
    struct vgpu_work *work;
    VIT_TRY(vgpu_work_prepare(submission, vgpu_blt_cost(blt), &work));
    if (from != NULL) {
        vgpu_session_take(submission->context, from, blt->destination);
    }
    work->blt = *blt;
    return vgpu_work_launch(submission, work);
}

static uint64_t extent(uint32_t rows, uint32_t pitch, uint32_t row_len)
{
    return (uint64_t)(rows - 1) * pitch + row_len;
}

static enum vit_status check_copy(const struct pair *pair, const struct vit_msg_copy *msg)
{
    if (msg->row_len == 0 || msg->rows == 0) {
        return VIT_E_ARG;
    }
    if (msg->rows > 1 &&
            (msg->source_pitch < msg->row_len || msg->destination_pitch < msg->row_len)) {
        return VIT_E_ARG;
    }
    uint64_t source_len = extent(msg->rows, msg->source_pitch, msg->row_len);
    uint64_t destination_len = extent(msg->rows, msg->destination_pitch, msg->row_len);
    if (!covers(pair->source, msg->source_offset, source_len) ||
            !covers(pair->destination, msg->destination_offset, destination_len)) {
        return VIT_E_ARG;
    }
    bool overlaps = pair->source == pair->destination &&
            msg->source_offset < msg->destination_offset + destination_len &&
            msg->destination_offset < msg->source_offset + source_len;
    return overlaps ? VIT_E_ARG : VIT_OK;
}

/* Rows that follow each other at both ends are one row. */
static void join_rows(struct vgpu_blt *blt)
{
    if (blt->row_count > 1 && blt->source_pitch == blt->row_len &&
            blt->destination_pitch == blt->row_len) {
        blt->row_len *= blt->row_count;
        blt->row_count = 1;
    }
}

enum vit_status vgpu_op_copy(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_copy msg;
    struct pair pair;
    struct vgpu_session *from;
    if (!vit_get_copy(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find_pair(submission, msg.source, msg.destination, &pair));
    VIT_TRY(check_labels(submission, &pair, &from));
    VIT_TRY(check_copy(&pair, &msg));
    struct vgpu_blt blt = {
        .kind = VGPU_BLT_COPY,
        .source = pair.source,
        .destination = pair.destination,
        .source_offset = msg.source_offset,
        .destination_offset = msg.destination_offset,
        .row_len = msg.row_len,
        .row_count = msg.rows,
        .source_pitch = msg.source_pitch,
        .destination_pitch = msg.destination_pitch,
    };
    join_rows(&blt);
    return launch_labelled(submission, from, &blt);
}

enum vit_status vgpu_op_convert(struct vgpu_submission *submission, const uint8_t *body)
{
    struct vit_msg_convert msg;
    struct pair pair;
    struct vgpu_session *from;
    if (!vit_get_convert(body, &msg)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(find_pair(submission, msg.source, msg.destination, &pair));
    VIT_TRY(check_labels(submission, &pair, &from));
    struct vgpu_blt blt = {
        .kind = VGPU_BLT_CONVERT,
        .source = pair.source,
        .destination = pair.destination,
        .convert = { .from = msg.source_rect, .to = msg.destination_rect },
    };
    VIT_TRY(vgpu_convert_check(&blt.convert, &pair.source->surface, &pair.destination->surface));
    if (pair.source == pair.destination || !covers(pair.source, 0, pair.source->surface.size) ||
            !covers(pair.destination, 0, pair.destination->surface.size)) {
        return VIT_E_ARG;
    }
    return launch_labelled(submission, from, &blt);
}
