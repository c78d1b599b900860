/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/secret.h"
#include "crypto-session/exchange.h"
#include "vgpu/channel.h"
#include "vgpu/opm.h"
#include "vgpu/session.h"
#include "vgpu/submit.h"

/* A private-key operation takes as long as two or three MiB of AES; and a context needs one for each
 * session, not many. */
enum { EXCHANGE_PRICE = 8 };

/* Whoever lets work pile up gets less than half beside one who does not. */
enum { PILE = 16, PILE_FACTOR = 2 };

static unsigned price_of(const struct vgpu_context *context, const struct vgpu_work *work)
{
    unsigned price = work->kind == VGPU_WORK_EXCHANGE ? EXCHANGE_PRICE : 1;
    return context->queued_count > PILE ? price * PILE_FACTOR : price;
}

static enum vit_status prepare_place(struct vgpu_submission *submission, bool in_place,
        struct vgpu_work **work)
{
    struct vgpu_submission *holder = in_place ? submission : vgpu_submission_keep(submission);
    if (holder == NULL) {
        return VIT_E_NOMEM;
    }
    holder->work.in_place = in_place;
    holder->work.wipe_on_failure = false;
    *work = &holder->work;
    return VIT_OK;
}

enum vit_status vgpu_work_prepare(struct vgpu_submission *submission, uint64_t cost,
        struct vgpu_work **work)
{
    struct vgpu_engine *engine = submission->context->engine;
    bool in_place = cost <= engine->config.inline_len;
    if (in_place) {
        engine->budget -= (int64_t)cost;
    }
    VIT_TRY(prepare_place(submission, in_place, work));
    (*work)->kind = VGPU_WORK_BLT;
    return VIT_OK;
}

/* The block stays where it is when the bytes of the submission have been copied. */
static enum vit_status prepare_exchange(struct vgpu_submission *submission, const uint8_t *block,
        struct vgpu_work **work)
{
    const struct vgpu_config *config = &submission->context->engine->config;
    size_t offset = (size_t)(block - submission->messages.data);
    VIT_TRY(prepare_place(submission, config->inline_exchange, work));
    struct vgpu_submission *holder =
            config->inline_exchange || submission->kept == NULL ? submission : submission->kept;
    (*work)->private_key = config->key;
    (*work)->block = holder->messages.data + offset;
    (*work)->opm = NULL;
    return VIT_OK;
}

enum vit_status vgpu_work_exchange(struct vgpu_submission *submission,
        enum vgpu_exchange_for exchange_for, uint64_t object, const uint8_t *body)
{
    enum { BLOCK_AT = 8 };
    struct vgpu_work *work;
    VIT_TRY(prepare_exchange(submission, body + BLOCK_AT, &work));
    if (exchange_for == VGPU_EXCHANGE_OPM) {
        work->opm = vit_slab_alloc(submission->context->engine->slab, sizeof(*work->opm));
        if (work->opm == NULL) {
            return VIT_E_NOMEM;
        }
    }
    work->kind = VGPU_WORK_EXCHANGE;
    work->exchange_for = exchange_for;
    work->object = object;
    return vgpu_work_launch(submission, work);
}

/* OPM's plaintext is read by the owner, who has the random number. */
static enum vit_status unwrap(struct vgpu_work *work)
{
    if (work->exchange_for != VGPU_EXCHANGE_OPM) {
        return vit_exchange_session_key(work->private_key, work->block, work->key);
    }
    return vit_exchange_opm_unwrap(work->private_key, work->block, work->opm);
}

static enum vit_status step(struct vgpu_job *job, const struct vgpu_tools *tools)
{
    struct vgpu_work *work = (struct vgpu_work *)(void *)job;
    if (work->kind == VGPU_WORK_EXCHANGE) {
        return unwrap(work);
    }
    return vgpu_blt_step(&work->blt, tools);
}

static enum vit_status do_in_place(struct vgpu_submission *submission, struct vgpu_work *work)
{
    enum vit_status status;
    do {
        status = step(&work->job, &submission->context->engine->tools);
    } while (status == VIT_E_BUSY);
    return vgpu_work_end(submission, status);
}

enum vit_status vgpu_work_launch(struct vgpu_submission *submission, struct vgpu_work *work)
{
    if (work->kind == VGPU_WORK_BLT) {
        vgpu_resource_ref(work->blt.source);
        vgpu_resource_ref(work->blt.destination);
    }
    if (work->in_place) {
        return do_in_place(submission, work);
    }
    if (submission->kept != NULL) {
        memcpy(submission->kept->body, submission->body, sizeof(submission->body));
        submission->kept->body_len = submission->body_len;
    }
    work->job.step = step;
    work->job.price = price_of(submission->context, work);
    work->job.workers_only = work->kind == VGPU_WORK_EXCHANGE;
    work->job.account = &submission->context->account;
    vgpu_workers_start(submission->context->engine->workers, &work->job);
    return VIT_E_BUSY;
}

static enum vit_status key_session(struct vgpu_context *context, const struct vgpu_work *work)
{
    struct vgpu_session *session = vgpu_session_find(context, work->object);
    return session != NULL ? vit_crypto_session_set_key(session->crypto, work->key) : VIT_E_GONE;
}

static enum vit_status key_channel(struct vgpu_context *context, const struct vgpu_work *work)
{
    struct vit_channel *channel = vgpu_channel_find(context, work->object);
    return channel != NULL ? vit_channel_set_key(channel, work->key) : VIT_E_GONE;
}

static enum vit_status key_opm(struct vgpu_context *context, const struct vgpu_work *work)
{
    struct vgpu_opm *opm = vgpu_opm_find(context, work->object);
    if (opm == NULL) {
        return VIT_E_GONE;
    }
    VIT_TRY(vit_exchange_opm_read(work->opm, work->opm->len, vit_opm_random(opm->crypto)));
    vit_opm_set_keys(opm->crypto, work->opm);
    return VIT_OK;
}

static enum vit_status end_exchange(struct vgpu_submission *submission, enum vit_status status)
{
    struct vgpu_context *context = submission->context;
    const struct vgpu_work *work = &submission->work;
    VIT_TRY(status);
    switch (work->exchange_for) {
    case VGPU_EXCHANGE_CHANNEL:
        return key_channel(context, work);
    case VGPU_EXCHANGE_OPM:
        return key_opm(context, work);
    default:
        return key_session(context, work);
    }
}

static void end_blt(struct vgpu_submission *submission, enum vit_status status)
{
    struct vgpu_work *work = &submission->work;
    if (status != VIT_OK && work->wipe_on_failure) {
        vgpu_resource_wipe(work->blt.destination);
        vgpu_engine_tell(submission->context->engine, work->blt.destination);
    }
    vgpu_resource_unref(work->blt.source);
    vgpu_resource_unref(work->blt.destination);
}

enum vit_status vgpu_work_end(struct vgpu_submission *submission, enum vit_status status)
{
    struct vgpu_work *work = &submission->work;
    if (work->kind == VGPU_WORK_EXCHANGE) {
        status = end_exchange(submission, status);
        vit_slab_free(submission->context->engine->slab, work->opm, sizeof(*work->opm));
        work->opm = NULL;
    }
    if (work->kind == VGPU_WORK_BLT) {
        end_blt(submission, status);
    }
    vit_wipe(work->key, VIT_AES_LEN);
    work->kind = VGPU_WORK_NONE;
    return status;
}
