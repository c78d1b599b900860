/* SPDX-License-Identifier: MIT */
#include "vgpu/engine.h"

#include <stdlib.h>

#include "base/secret.h"
#include "vgpu/channel.h"
#include "vgpu/opm.h"
#include "vgpu/reply.h"
#include "vgpu/session.h"
#include "vgpu/submit.h"

enum {
    BUDGET = 1024 * 1024,
    /* Per context. Also bounds what vgpu_engine_cancel() has to look through. */
    QUEUE_MAX_BYTES = 4 * VIT_SUBMISSION_MAX_LEN,
    /* Of all contexts. */
    QUEUES_MAX_BYTES = 16 * QUEUE_MAX_BYTES,
    OPM_MAX_COUNT = 64, /* objects per context */
};

static enum vit_status prepare(struct vgpu_engine *engine)
{
    const struct vgpu_config *config = &engine->config;
    VIT_TRY(vit_slab_create(&engine->slab));
    engine->key = vit_slab_alloc(engine->slab, VIT_AES_LEN);
    if (engine->key == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(vgpu_tools_init(&engine->tools, engine->slab, config->cipher));
    VIT_TRY(vgpu_workers_create(engine->slab, config->cipher, config->workers, &engine->workers));
    if (config->owner_helps) {
        vgpu_workers_expect_help(engine->workers);
    }
    return VIT_OK;
}

enum vit_status vgpu_engine_create(const struct vgpu_config *config, enum vit_custody custody,
        struct vgpu_engine **engine)
{
    if (custody == VIT_CUSTODY_DEVICE && config->key == NULL) {
        return VIT_E_ARG;
    }
    struct vgpu_engine *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return VIT_E_NOMEM;
    }
    made->config = *config;
    made->custody = custody;
    enum vit_status status = prepare(made);
    if (status != VIT_OK) {
        vgpu_engine_destroy(made);
        return status;
    }
    *engine = made;
    return VIT_OK;
}

void vgpu_engine_destroy(struct vgpu_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    vgpu_workers_destroy(engine->workers);
    vgpu_tools_finish(&engine->tools);
    if (engine->slab != NULL) {
        vgpu_submission_free_spare(engine);
        vit_slab_free(engine->slab, engine->key, VIT_AES_LEN);
    }
    vit_slab_destroy(engine->slab);
    free(engine);
}

void vgpu_engine_set_protection(struct vgpu_engine *engine, struct vgpu_protection *protection)
{
    engine->protection = protection;
}

void vgpu_engine_refill(struct vgpu_engine *engine)
{
    size_t inline_len = engine->config.inline_len;
    if (inline_len > INT64_MAX / 2) {
        engine->budget = INT64_MAX;
        return;
    }
    engine->budget = inline_len > BUDGET ? (int64_t)inline_len : BUDGET;
}

bool vgpu_engine_spent(const struct vgpu_engine *engine)
{
    return engine->budget <= 0;
}

static void append(struct vgpu_submissions *list, struct vgpu_submission *submission)
{
    submission->next = NULL;
    if (list->first == NULL) {
        list->first = submission;
    } else {
        list->last->next = submission;
    }
    list->last = submission;
}

static void add_pending(struct vgpu_submission *submission)
{
    struct vgpu_context *context = submission->context;
    struct vgpu_submissions queue = { context->first, context->last };
    append(&queue, submission);
    context->first = queue.first;
    context->last = queue.last;
    context->queued_count++;
    context->queued_bytes += submission->messages.len;

    struct vgpu_engine *engine = context->engine;
    engine->queued_bytes += submission->messages.len;
    submission->pending_next = engine->pending;
    submission->pending_link = &engine->pending;
    if (submission->pending_next != NULL) {
        submission->pending_next->pending_link = &submission->pending_next;
    }
    engine->pending = submission;
}

/* The first of its context. */
static void remove_pending(struct vgpu_submission *submission)
{
    struct vgpu_context *context = submission->context;
    context->first = submission->next;
    if (context->first == NULL) {
        context->last = NULL;
    }
    context->queued_count--;
    context->queued_bytes -= submission->messages.len;
    context->engine->queued_bytes -= submission->messages.len;

    *submission->pending_link = submission->pending_next;
    if (submission->pending_next != NULL) {
        submission->pending_next->pending_link = submission->pending_link;
    }
}

static void answer(struct vgpu_submission *submission, enum vit_status status)
{
    const struct vit_reply reply = {
        .status = status,
        .failed_index = status == VIT_OK ? 0 : submission->index,
        .body_len = status == VIT_OK ? submission->body_len : 0,
    };
    vgpu_reply_write(submission->reply, &submission->envelope, &reply, submission->body);
    submission->context->engine->stats.refused += status != VIT_OK;
}

static void end_first(struct vgpu_submission *submission, enum vit_status status)
{
    remove_pending(submission);
    answer(submission, status);
    submission->status = status;
    append(&submission->context->engine->completed, submission);
}

/* Later submissions wait while one of the context is pending. */
static enum vit_status enqueue(struct vgpu_submission *submission)
{
    const struct vgpu_context *context = submission->context;
    const struct vgpu_engine *engine = context->engine;
    if (context->queued_count >= engine->config.queue_limit ||
            submission->messages.len > QUEUE_MAX_BYTES - context->queued_bytes ||
            submission->messages.len > QUEUES_MAX_BYTES - engine->queued_bytes) {
        return VIT_E_LIMIT;
    }
    return vgpu_submission_keep(submission) != NULL ? VIT_E_BUSY : VIT_E_NOMEM;
}

static enum vit_status execute(struct vgpu_submission *submission)
{
    VIT_TRY(vgpu_submission_check(submission, &submission->index));
    submission->index = 0;
    if (submission->context->first != NULL) {
        return enqueue(submission);
    }
    return vgpu_submission_run(submission);
}

static enum vit_status open_submission(struct vgpu_submission *submission, const uint8_t *bytes,
        size_t len)
{
    vit_reader_init(&submission->messages, bytes, len);
    VIT_TRY(vit_get_envelope(&submission->messages, &submission->envelope));
    submission->messages.len = submission->envelope.length;
    return vgpu_reply_place(submission->context, &submission->envelope, &submission->reply);
}

enum vit_status vgpu_engine_submit(struct vgpu_context *context, const uint8_t *bytes, size_t len,
        struct vgpu_completion *completion)
{
    struct vgpu_engine *engine = context->engine;
    struct vgpu_submission submission = {
        .context = context,
        .completion = completion,
        .work = { .key = engine->key },
    };
    engine->stats.submissions++;
    enum vit_status status = open_submission(&submission, bytes, len);
    if (status != VIT_OK) {
        engine->stats.refused++;
        return status;
    }
    status = execute(&submission);
    if (status == VIT_E_BUSY) {
        add_pending(submission.kept);
        return VIT_E_BUSY;
    }
    if (submission.kept != NULL) {
        vgpu_submission_release(engine, submission.kept);
    }
    answer(&submission, status);
    return status;
}

/* The first of a context ended or goes on; those behind it follow until one has to wait. */
static void go_on(struct vgpu_submission *submission, enum vit_status status)
{
    struct vgpu_context *context = submission->context;
    status = vgpu_submission_resume(submission, status);
    while (status != VIT_E_BUSY) {
        end_first(submission, status);
        submission = context->first;
        if (submission == NULL) {
            return;
        }
        status = submission->cancelled;
        if (status == VIT_OK) {
            status = vgpu_submission_run(submission);
        }
    }
}

/* Whoever is told may submit more, or destroy contexts. */
static void complete(struct vgpu_engine *engine, struct vgpu_submission *submission)
{
    struct vgpu_completion *completion = submission->completion;
    enum vit_status status = submission->status;
    vgpu_submission_release(engine, submission);
    completion->done(completion, status);
}

static struct vgpu_submission *take_completed(struct vgpu_engine *engine)
{
    struct vgpu_submission *submission = engine->completed.first;
    if (submission != NULL) {
        engine->completed.first = submission->next;
    }
    return submission;
}

static struct vgpu_submission *submission_of(struct vgpu_job *job)
{
    char *work = (char *)job - offsetof(struct vgpu_work, job);
    return (struct vgpu_submission *)(void *)(work - offsetof(struct vgpu_submission, work));
}

void vgpu_engine_poll(struct vgpu_engine *engine)
{
    vgpu_engine_refill(engine);
    vgpu_workers_help(engine->workers, &engine->tools);
    /* Not those that give way meanwhile: the caller has other things to do too. */
    for (unsigned left = vgpu_workers_finished(engine->workers);
            left > 0 && !vgpu_engine_spent(engine); left--) {
        struct vgpu_job *job = vgpu_workers_next(engine->workers);
        go_on(submission_of(job), job->status);
    }
    struct vgpu_submission *completed = take_completed(engine);
    for (; completed != NULL; completed = take_completed(engine)) {
        complete(engine, completed);
    }
}

void vgpu_engine_relieve(struct vgpu_engine *engine)
{
    vgpu_workers_relieve(engine->workers);
}

int vgpu_engine_event_fd(const struct vgpu_engine *engine)
{
    return vgpu_workers_event_fd(engine->workers);
}

bool vgpu_engine_busy(const struct vgpu_engine *engine)
{
    return engine->pending != NULL || engine->completed.first != NULL;
}

enum vit_status vgpu_engine_open_context(struct vgpu_context *context)
{
    vit_ids_init(&context->sessions, context->engine->config.session_limit);
    vit_ids_init(&context->opms, OPM_MAX_COUNT);
    return VIT_OK;
}

/* Also those that another completion's call has not come to yet. */
static void complete_all_of(struct vgpu_context *context)
{
    struct vgpu_engine *engine = context->engine;
    struct vgpu_submissions own = { NULL, NULL };
    struct vgpu_submissions others = { NULL, NULL };
    for (struct vgpu_submission *next = take_completed(engine); next != NULL;
            next = take_completed(engine)) {
        append(next->context == context ? &own : &others, next);
    }
    engine->completed = others;
    while (own.first != NULL) {
        struct vgpu_submission *submission = own.first;
        own.first = submission->next;
        complete(engine, submission);
    }
}

void vgpu_engine_close_context(struct vgpu_context *context)
{
    struct vgpu_submission *first = context->first;
    if (first != NULL) {
        vgpu_workers_withdraw(context->engine->workers, &first->work.job);
    }
    if (first != NULL && first->work.kind != VGPU_WORK_NONE) {
        (void)vgpu_work_end(first, VIT_E_GONE);
    }
    while (context->first != NULL) {
        end_first(context->first, VIT_E_REFUSED);
    }
    complete_all_of(context);
    vgpu_opm_destroy_all(context);
    vgpu_channel_destroy_all(context);
    vgpu_session_destroy_all(context);
    vit_ids_finish(&context->opms);
    vit_ids_finish(&context->sessions);
}

static void cancel(struct vgpu_engine *engine, struct vgpu_submission *submission)
{
    submission->cancelled = VIT_E_GONE;
    if (submission->context->first == submission) {
        vgpu_workers_withdraw(engine->workers, &submission->work.job);
        vgpu_workers_finish(engine->workers, &submission->work.job, VIT_E_GONE);
    }
}

void vgpu_engine_cancel(struct vgpu_engine *engine, const struct vgpu_resource *resource)
{
    for (struct vgpu_submission *next = engine->pending; next != NULL; next = next->pending_next) {
        if (next->cancelled == VIT_OK && vgpu_submission_uses(next, resource)) {
            cancel(engine, next);
        }
    }
}

void vgpu_engine_set_listener(struct vgpu_engine *engine,
        void (*resource_changed)(void *listener, struct vgpu_resource *resource), void *listener)
{
    engine->resource_changed = resource_changed;
    engine->listener = listener;
}

void vgpu_engine_stats(const struct vgpu_engine *engine, struct vgpu_engine_stats *stats)
{
    *stats = engine->stats;
}

uint64_t vgpu_engine_byte_limit(const struct vgpu_engine *engine)
{
    return engine->config.byte_limit;
}
