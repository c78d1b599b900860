/* SPDX-License-Identifier: MIT */
#include "vgpu/submit.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum {
    MESSAGE_COST = 256, /* of a budget, beside the bytes it works on */
    SPARE_LEN = 4096,   /* bytes of a submission that is kept for later use */
    SPARE_MAX_COUNT = 64,
};

static struct vgpu_submission *make(struct vgpu_engine *engine, size_t len)
{
    size_t capacity = len < SPARE_LEN ? SPARE_LEN : len;
    struct vgpu_submission *made = malloc(sizeof(*made) + capacity);
    if (made == NULL) {
        return NULL;
    }
    made->work.key = vit_slab_alloc(engine->slab, VIT_AES_LEN);
    if (made->work.key == NULL) {
        free(made);
        return NULL;
    }
    made->capacity = capacity;
    return made;
}

static struct vgpu_submission *take(struct vgpu_engine *engine, size_t len)
{
    struct vgpu_submission *spare = engine->spare;
    if (spare == NULL || len > spare->capacity) {
        return make(engine, len);
    }
    engine->spare = spare->next;
    engine->spare_count--;
    return spare;
}

static void destroy(struct vgpu_engine *engine, struct vgpu_submission *kept)
{
    vit_slab_free(engine->slab, kept->work.key, VIT_AES_LEN);
    free(kept);
}

void vgpu_submission_release(struct vgpu_engine *engine, struct vgpu_submission *kept)
{
    vgpu_resource_unref(kept->reply);
    if (kept->capacity > SPARE_LEN || engine->spare_count >= SPARE_MAX_COUNT) {
        destroy(engine, kept);
        return;
    }
    kept->next = engine->spare;
    engine->spare = kept;
    engine->spare_count++;
}

void vgpu_submission_free_spare(struct vgpu_engine *engine)
{
    while (engine->spare != NULL) {
        struct vgpu_submission *spare = engine->spare;
        engine->spare = spare->next;
        destroy(engine, spare);
    }
}

struct vgpu_submission *vgpu_submission_keep(struct vgpu_submission *submission)
{
    if (submission->capacity != 0) {
        return submission;
    }
    struct vgpu_submission *copy = take(submission->context->engine, submission->messages.len);
    if (copy == NULL) {
        return NULL;
    }
    uint8_t *key = copy->work.key;
    size_t capacity = copy->capacity;
    *copy = *submission;
    copy->work.key = key;
    copy->capacity = capacity;
    memcpy(copy->bytes, submission->messages.data, submission->messages.len);
    copy->messages.data = copy->bytes;
    vgpu_resource_ref(copy->reply);
    submission->kept = copy;
    return copy;
}

/* The reserved fields and flags of a body. */
static bool is_well_formed(const struct vit_message *message)
{
    union {
        struct vit_msg_session session;
        struct vit_msg_session_create create;
        struct vit_msg_exchange exchange;
        struct vit_msg_program program;
        struct vit_msg_channel_create channel;
        struct vit_msg_channel_call call;
        struct vit_msg_opm_create opm;
        struct vit_msg_opm_call opm_call;
        struct vit_msg_decrypt decrypt;
        struct vit_msg_encrypt encrypt;
        struct vit_msg_copy copy;
        struct vit_msg_convert convert;
    } msg;
    switch (message->info->op) {
    case VIT_OP_NOP:
        return true;
    case VIT_OP_SESSION_CREATE:
        return vit_get_session_create(message->body, &msg.create);
    case VIT_OP_SESSION_EXCHANGE:
    case VIT_OP_CHANNEL_EXCHANGE:
    case VIT_OP_OPM_EXCHANGE:
        return vit_get_exchange(message->body, &msg.exchange);
    case VIT_OP_SESSION_PROGRAM:
    case VIT_OP_CHANNEL_PROGRAM:
    case VIT_OP_OPM_PROGRAM:
        return vit_get_program(message->body, &msg.program);
    case VIT_OP_CHANNEL_CREATE:
        return vit_get_channel_create(message->body, &msg.channel);
    case VIT_OP_CHANNEL_QUERY:
    case VIT_OP_CHANNEL_CONFIGURE:
        return vit_get_channel_call(message->body, &msg.call);
    case VIT_OP_OPM_CREATE:
        return vit_get_opm_create(message->body, &msg.opm);
    case VIT_OP_OPM_INFORMATION:
    case VIT_OP_OPM_CONFIGURE:
        return vit_get_opm_call(message->body, &msg.opm_call);
    case VIT_OP_DECRYPT:
        return vit_get_decrypt(message->body, &msg.decrypt);
    case VIT_OP_ENCRYPT:
        return vit_get_encrypt(message->body, &msg.encrypt);
    case VIT_OP_COPY:
        return vit_get_copy(message->body, &msg.copy);
    case VIT_OP_CONVERT:
        return vit_get_convert(message->body, &msg.convert);
    default:
        return vit_get_session(message->body, &msg.session);
    }
}

static enum vit_status check_message(const struct vit_envelope *envelope, struct vit_reader *in)
{
    struct vit_message message;
    VIT_TRY(vit_get_message(in, &message));
    if ((message.info->use & VIT_USE_DIRECT) != 0 && envelope->count != 1) {
        return VIT_E_PROTOCOL;
    }
    if (!is_well_formed(&message)) {
        return VIT_E_PROTOCOL;
    }
    bool fits = message.info->reply_len <= envelope->reply_capacity - VIT_REPLY_HEADER_LEN;
    return fits ? VIT_OK : VIT_E_ARG;
}

enum vit_status vgpu_submission_check(const struct vgpu_submission *submission, uint32_t *index)
{
    struct vit_reader in = submission->messages;
    for (*index = 0; *index < submission->envelope.count; ++*index) {
        VIT_TRY(check_message(&submission->envelope, &in));
    }
    return vit_reader_done(&in) ? VIT_OK : VIT_E_PROTOCOL;
}

static bool names(const struct vit_message *message, uint32_t resource_id)
{
    const struct vit_op_info *info = message->info;
    return (info->resource_a != VIT_NO_FIELD &&
                   vit_load_le32(message->body + info->resource_a) == resource_id) ||
            (info->resource_b != VIT_NO_FIELD &&
                    vit_load_le32(message->body + info->resource_b) == resource_id);
}

bool vgpu_submission_uses(const struct vgpu_submission *submission,
        const struct vgpu_resource *resource)
{
    const struct vgpu_work *work = &submission->work;
    if (submission->reply == resource) {
        return true;
    }
    if (work->kind == VGPU_WORK_BLT &&
            (work->blt.source == resource || work->blt.destination == resource)) {
        return true;
    }
    struct vit_reader in = submission->messages;
    struct vit_message message;
    while (vit_reader_left(&in) > 0 && vit_get_message(&in, &message) == VIT_OK) {
        if (names(&message, resource->id)) {
            return true;
        }
    }
    return false;
}

static enum vit_status dispatch(struct vgpu_submission *submission,
        const struct vit_message *message)
{
    static vgpu_op_fn *const table[] = {
#define X(symbol, name, op, request, reply, res_a, res_b, use) [op] = vgpu_op_##name,
        VIT_MESSAGES(X)
#undef X
    };
    vit_message_trace("device", message->info->op, message->body);
    return table[message->info->op](submission, message->body);
}

/* The rest waits for the next poll, so that nobody keeps the owner's thread for himself. */
static bool give_way(struct vgpu_submission *submission)
{
    struct vgpu_engine *engine = submission->context->engine;
    engine->budget -= MESSAGE_COST;
    if (engine->budget > -MESSAGE_COST) {
        return false;
    }
    struct vgpu_submission *kept = vgpu_submission_keep(submission);
    if (kept == NULL) {
        return false;
    }
    vgpu_workers_finish(engine->workers, &kept->work.job, VIT_OK);
    return true;
}

enum vit_status vgpu_submission_run(struct vgpu_submission *submission)
{
    while (submission->index < submission->envelope.count) {
        if (give_way(submission)) {
            return VIT_E_BUSY;
        }
        struct vit_message message;
        VIT_TRY(vit_get_message(&submission->messages, &message));
        VIT_TRY(dispatch(submission, &message));
        submission->index++;
    }
    return VIT_OK;
}

enum vit_status vgpu_submission_resume(struct vgpu_submission *submission, enum vit_status status)
{
    bool worked = submission->work.kind != VGPU_WORK_NONE;
    if (worked) {
        status = vgpu_work_end(submission, status);
    }
    VIT_TRY(status);
    submission->index += worked;
    return vgpu_submission_run(submission);
}
