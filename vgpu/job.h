/* SPDX-License-Identifier: MIT */
/**
 * Workers: threads that take jobs in turn, one step at a time. The owner gives a job away with
 * vgpu_workers_start() and gets it back from vgpu_workers_next(); between the two it belongs to the
 * workers. Whose steps have cost least so far is next: each step's price is added to the account of
 * its context, so one that never stops waits for those that come and go.
 *
 * An owner that has a thread to spare may help: it takes steps itself by vgpu_workers_help(), and a
 * lone job wakes nobody, since waking a thread takes longer than a step. As soon as the owner has
 * something else to do, it says vgpu_workers_relieve().
 */
#ifndef VGPU_JOB_H
#define VGPU_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"
#include "crypto/cipher.h"

struct vgpu_scratch;

/* What a thread that takes steps owns. */
struct vgpu_tools {
    struct vit_cipher *cipher;
    struct vgpu_scratch *scratch;
};

VIT_RESULT vgpu_tools_init(struct vgpu_tools *tools, struct vit_slab *slab, const char *backend);
void vgpu_tools_finish(struct vgpu_tools *tools);

enum vgpu_job_state { VGPU_JOB_IDLE, VGPU_JOB_READY, VGPU_JOB_RUNNING, VGPU_JOB_FINISHED };

struct vgpu_job {
    /* One step: at most about a millisecond. VIT_E_BUSY: there is more to do. */
    enum vit_status (*step)(struct vgpu_job *job, const struct vgpu_tools *tools);
    enum vit_status status; /* of a finished job */
    /* What each step costs; 0 counts as 1, the price of a MiB. */
    unsigned price;
    bool workers_only; /* no step of it is for the owner, who would be held up */
    /* Where it is added: what the context cost so far. Borrowed, touched by the workers only; NULL:
     * the job's own. */
    uint64_t *account;

    /* The workers': */
    struct vgpu_job *next;
    enum vgpu_job_state state;
    bool wanted; /* by its owner: not another step */
    uint64_t own_account;
};

struct vgpu_workers;

/* @return VIT_E_NOMEM no thread, memory or descriptor; VIT_E_UNSUPPORTED no such back-end */
VIT_RESULT vgpu_workers_create(struct vit_slab *slab, const char *backend, unsigned count,
        struct vgpu_workers **workers);
/* From now on the owner helps. Before the first job. */
void vgpu_workers_expect_help(struct vgpu_workers *workers);
/* No job may be left. NULL is fine. */
void vgpu_workers_destroy(struct vgpu_workers *workers);
VIT_DEFINE_AUTO(vgpu_workers, struct vgpu_workers *, vgpu_workers_destroy)

void vgpu_workers_start(struct vgpu_workers *workers, struct vgpu_job *job);
/* Puts a job that is not the workers' among the finished ones. */
void vgpu_workers_finish(struct vgpu_workers *workers, struct vgpu_job *job,
        enum vit_status status);
/* Takes one step of a job that is ready, if the owner helps and there is one for it. */
void vgpu_workers_help(struct vgpu_workers *workers, const struct vgpu_tools *tools);
/* What is ready is the workers'. Costs one load when nothing is. */
void vgpu_workers_relieve(struct vgpu_workers *workers);
/* How many finished jobs there are. Costs one load. */
unsigned vgpu_workers_finished(const struct vgpu_workers *workers);
/* The next of them, or NULL. */
struct vgpu_job *vgpu_workers_next(struct vgpu_workers *workers);
/* Takes a job back wherever it is; a step that runs ends first. */
void vgpu_workers_withdraw(struct vgpu_workers *workers, struct vgpu_job *job);

/* Readable as long as vgpu_workers_next() has something, or vgpu_workers_help(). Owned by the
 * workers. */
int vgpu_workers_event_fd(const struct vgpu_workers *workers);

#endif
