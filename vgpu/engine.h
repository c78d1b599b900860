/* SPDX-License-Identifier: MIT */
/**
 * The crypto engine: what sessions of all contexts share (secret memory, device key, ciphers,
 * limits), the execution of submissions, and the workers that run long jobs step by step.
 *
 * All functions are the owner thread's. Workers take steps of jobs, one job of a context at a time,
 * contexts in turn, so that none starves another.
 */
#ifndef VGPU_ENGINE_H
#define VGPU_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "certs/chain.h"
#include "vgpu/context.h"
#include "vgpu/device.h"

struct vgpu_engine;
struct vgpu_protection;

/* config as in vgpu_device_create(), its defaults filled in. */
VIT_RESULT vgpu_engine_create(const struct vgpu_config *config, enum vit_custody custody,
        struct vgpu_engine **engine);
/* All contexts must be gone. */
void vgpu_engine_destroy(struct vgpu_engine *engine);

/* Whoever waits for a submission embeds this. */
struct vgpu_completion {
    void (*done)(struct vgpu_completion *completion, enum vit_status status);
};

/**
 * Executes one vendor submission: envelope and messages, already copied out of guest memory and
 * borrowed for the call. Its reply is written into the reply resource before it counts as done.
 *
 * @return VIT_E_BUSY  goes on later; completion->done is called from vgpu_engine_poll()
 *         VIT_E_LIMIT too much of this context waits already
 *         else        done; how it ended (also in the reply, if there was a place for one)
 */
VIT_RESULT vgpu_engine_submit(struct vgpu_context *context, const uint8_t *bytes, size_t len,
        struct vgpu_completion *completion);

/* What the owner's thread does itself is paid from a budget, so that no guest keeps the thread: a
 * fresh one, for all that the caller does now; and whether it is spent, so that the caller should
 * come back later. What is submitted nevertheless waits for vgpu_engine_poll(). */
void vgpu_engine_refill(struct vgpu_engine *engine);
bool vgpu_engine_spent(const struct vgpu_engine *engine);

/* Takes what workers finished and goes on with the submissions behind it, with a fresh budget; helps
 * with a step when the owner does. */
void vgpu_engine_poll(struct vgpu_engine *engine);
/* There is something else for the owner's thread: a blt that it helps with is the workers' now. */
void vgpu_engine_relieve(struct vgpu_engine *engine);
int vgpu_engine_event_fd(const struct vgpu_engine *engine);
bool vgpu_engine_busy(const struct vgpu_engine *engine);

/* Called by vgpu_context_create/destroy, for a context that is zero but for id and engine, and while
 * its resources are still attached. Close completes its submissions itself, as VIT_E_REFUSED, and
 * leaves no label of the context behind. */
VIT_RESULT vgpu_engine_open_context(struct vgpu_context *context);
void vgpu_engine_close_context(struct vgpu_context *context);

/* Cancels what is queued or at work with a resource: its backing goes, or the guest drops it. The
 * step that runs ends first. */
void vgpu_engine_cancel(struct vgpu_engine *engine, const struct vgpu_resource *resource);

/* Outputs that OPM objects command; borrowed. NULL: there are none. */
void vgpu_engine_set_protection(struct vgpu_engine *engine, struct vgpu_protection *protection);

/* Calls resource_changed when the engine, outside the order of a submission, wiped a protected
 * resource or changed what level it needs: what shows it must draw again. */
void vgpu_engine_set_listener(struct vgpu_engine *engine,
        void (*resource_changed)(void *listener, struct vgpu_resource *resource), void *listener);

struct vgpu_engine_stats {
    uint64_t sessions, submissions, refused;
};
void vgpu_engine_stats(const struct vgpu_engine *engine, struct vgpu_engine_stats *stats);

uint64_t vgpu_engine_byte_limit(const struct vgpu_engine *engine);

#endif
