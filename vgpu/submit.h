/* SPDX-License-Identifier: MIT */
/**
 * One submission on its way: where it is, and what it waits for. It lives on the stack of
 * vgpu_engine_submit() until it has to wait; then a copy is kept, with its bytes, in the list of its
 * context. Only the first of that list is at work.
 *
 * What follows is shared by the files of the engine.
 */
#ifndef VGPU_SUBMIT_H
#define VGPU_SUBMIT_H

#include "base/bytes.h"
#include "vgpu/blt.h"
#include "vgpu/engine_impl.h"
#include "wire/envelope.h"

/* What a message began and a job goes on with. */
struct vgpu_work {
    struct vgpu_job job;
    enum vgpu_work_kind { VGPU_WORK_NONE, VGPU_WORK_BLT, VGPU_WORK_EXCHANGE } kind;
    struct vit_private_key *private_key; /* exchange; borrowed */
    const uint8_t *block;
    enum vgpu_exchange_for {
        VGPU_EXCHANGE_SESSION,
        VGPU_EXCHANGE_CHANNEL,
        VGPU_EXCHANGE_OPM
    } exchange_for;
    uint64_t object;              /* that the exchange is for */
    struct vit_opm_exchange *opm; /* secret; only for OPM */
    struct vgpu_blt blt;          /* from launch to end with references to both resources */
    bool wipe_on_failure;
    bool in_place; /* on the owner's thread */
    uint8_t *key;  /* secret, VIT_AES_LEN */
};

struct vgpu_submission {
    struct vgpu_submission *next; /* of its context; completed; spare */
    struct vgpu_submission *pending_next, **pending_link;
    struct vgpu_context *context;
    struct vgpu_completion *completion;
    struct vit_envelope envelope;
    struct vgpu_resource *reply; /* a kept one holds a reference */
    struct vit_reader messages;  /* what is left of them */
    uint32_t index;              /* of the message that is done or comes next */
    uint8_t body[VIT_REPLY_BODY_MAX_LEN];
    uint32_t body_len;
    enum vit_status cancelled; /* not VIT_OK: ends so instead of going on */
    enum vit_status status;    /* of a completed one */

    struct vgpu_submission *kept; /* on the stack: the copy that goes on */
    struct vgpu_work work;
    size_t capacity;
    uint8_t bytes[];
};

/* The copy of a submission that has to wait: itself when it is one. NULL: no memory. */
struct vgpu_submission *vgpu_submission_keep(struct vgpu_submission *submission);
void vgpu_submission_release(struct vgpu_engine *engine, struct vgpu_submission *kept);
void vgpu_submission_free_spare(struct vgpu_engine *engine);

/* Does its messages from where it is. @return VIT_E_BUSY it goes on with vgpu_submission_resume() */
VIT_RESULT vgpu_submission_run(struct vgpu_submission *submission);
/* What its job finished, then the rest. */
VIT_RESULT vgpu_submission_resume(struct vgpu_submission *submission, enum vit_status status);
/* Every message is well-formed and stands where it may. @param index of the first that is not */
VIT_RESULT vgpu_submission_check(const struct vgpu_submission *submission, uint32_t *index);
/* Does what is left of it use the resource? */
bool vgpu_submission_uses(const struct vgpu_submission *submission,
        const struct vgpu_resource *resource);

static inline struct vit_writer vgpu_submission_body(struct vgpu_submission *submission)
{
    struct vit_writer out;
    vit_writer_init(&out, submission->body, sizeof(submission->body));
    return out;
}

/* One message. @return VIT_E_BUSY work has begun */
typedef enum vit_status vgpu_op_fn(struct vgpu_submission *submission, const uint8_t *body);
#define X(symbol, name, op, request, reply, res_a, res_b, use) vgpu_op_fn vgpu_op_##name;
VIT_MESSAGES(X)
#undef X

/**
 * Work in two halves, so that a message that cannot have its memory changes nothing: first the
 * place, on the owner's thread or with the workers as the cost says; then the work, filled in.
 */
VIT_RESULT vgpu_work_prepare(struct vgpu_submission *submission, uint64_t cost,
        struct vgpu_work **work);
/* The key exchange of a message whose body holds the object's id and the block. @return as launch */
VIT_RESULT vgpu_work_exchange(struct vgpu_submission *submission,
        enum vgpu_exchange_for exchange_for, uint64_t object, const uint8_t *body);
/* Does it, or gives it to the workers. @return VIT_E_BUSY or how it ended */
VIT_RESULT vgpu_work_launch(struct vgpu_submission *submission, struct vgpu_work *work);
/* What the owner does when the steps have ended so: programs the key, wipes what failed. */
enum vit_status vgpu_work_end(struct vgpu_submission *submission, enum vit_status status);

#endif
