/* SPDX-License-Identifier: MIT */
/**
 * An engine with two contexts, their resources and reply buffers, and a way to send it messages and
 * read its answers as a driver does. Whatever the rig itself cannot do ends the program.
 */
#ifndef TESTS_VGPU_ENGINE_RIG_H
#define TESTS_VGPU_ENGINE_RIG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "vgpu/context.h"
#include "vgpu/engine.h"
#include "vgpu/job.h"
#include "vgpu/resource.h"
#include "wire/envelope.h"

enum {
    RIG_REPLY_ID = 1000, /* + number of the context: its buffer for replies */
    RIG_REPLY_LEN = 64 * 1024,
    RIG_REPLY_SLOT = 128,
    RIG_MAX_RESOURCES = 64,
};

struct rig {
    struct vgpu_config config;
    struct vgpu_engine *engine;
    struct vgpu_context *a, *b;
    struct rig_memory {
        struct vgpu_resource *resource;
        void *memory; /* backing */
    } resources[RIG_MAX_RESOURCES];
    unsigned resource_count;
    uint64_t sequence;
    unsigned changed_count; /* calls of the listener */
    struct vgpu_resource *changed;
    struct rig_gate {
        struct vgpu_job job;
        pthread_mutex_t closed;
    } gate;
};

/* One worker, blts up to 64 KiB on this thread, custody driver; change before rig_init_with(). */
struct vgpu_config rig_config(void);
void rig_init(struct rig *rig);
/* custody device when config.key is set */
void rig_init_with(struct rig *rig, const struct vgpu_config *config);
void rig_finish(struct rig *rig);

/* Resources are attached to the context (NULL: to none). A buffer's bytes lie in one piece. */
struct vgpu_resource *rig_buffer(struct rig *rig, struct vgpu_context *context, uint32_t id,
        const void *bytes, size_t len);
/* The same in pieces of piece_len bytes, in descending order of addresses. */
struct vgpu_resource *rig_scattered(struct rig *rig, struct vgpu_context *context, uint32_t id,
        enum vit_format format, uint32_t width, uint32_t height, const void *bytes,
        size_t piece_len);
/* A picture in guest memory. */
struct vgpu_resource *rig_picture(struct rig *rig, struct vgpu_context *context, uint32_t id,
        enum vit_format format, uint32_t width, uint32_t height, const void *bytes,
        size_t piece_len);
struct vgpu_resource *rig_image(struct rig *rig, struct vgpu_context *context, uint32_t id,
        enum vit_format format, uint32_t width, uint32_t height, const void *bytes);
struct vgpu_resource *rig_protected(struct rig *rig, struct vgpu_context *context, uint32_t id,
        enum vit_format format, uint32_t width, uint32_t height);
/* Protected, of len bytes. */
struct vgpu_resource *rig_vault(struct rig *rig, struct vgpu_context *context, uint32_t id,
        size_t len);
/* Copies out what the engine sees of a resource. */
void rig_bytes(struct vgpu_resource *resource, void *out, size_t len);

/* A submission under construction: put messages with vit_put_*() to out and count them. */
struct rig_call {
    struct vgpu_completion completion;
    struct vgpu_context *context;
    struct vit_envelope envelope;
    struct vit_writer out;
    size_t capacity;
    uint8_t *bytes;
    enum vit_status status; /* VIT_E_BUSY until it is done */
    struct vit_reply reply;
    uint8_t body[VIT_REPLY_BODY_MAX_LEN];
    unsigned done_count; /* calls of the completion */
    unsigned *order;     /* may be NULL: counts up with each call that is done */
    unsigned place;      /* what order said then */
};

void rig_call_init(struct rig *rig, struct rig_call *call, struct vgpu_context *context);
void rig_call_finish(struct rig_call *call);
/* Writes the envelope and submits. */
enum vit_status rig_call_start(struct rig *rig, struct rig_call *call);
/* Until it is done; reads the reply, if its sequence is there. */
enum vit_status rig_call_wait(struct rig *rig, struct rig_call *call);
/* Is its reply there? Reads it. */
bool rig_call_replied(struct rig *rig, struct rig_call *call);
/* Waits for the engine's descriptor, then polls once. */
void rig_poll(struct rig *rig);

/* Keeps the only worker from taking anything until it is freed. */
void rig_occupy_worker(struct rig *rig);
void rig_free_worker(struct rig *rig);

/* Each sends one message and waits; returns how it ended. */
enum vit_status rig_nop(struct rig *rig, struct vgpu_context *context);
enum vit_status rig_session_create(struct rig *rig, struct vgpu_context *context, uint64_t *id);
/* SESSION_DESTROY, REFRESH_START... reply: of the op's length, may be NULL */
enum vit_status rig_session_op(struct rig *rig, struct vgpu_context *context, enum vit_op op,
        uint64_t session, void *reply);
enum vit_status rig_program(struct rig *rig, struct vgpu_context *context, uint64_t session,
        uint32_t resource, uint64_t offset);
enum vit_status rig_exchange(struct rig *rig, struct vgpu_context *context, uint64_t session,
        const uint8_t block[256]);
enum vit_status rig_decrypt(struct rig *rig, struct vgpu_context *context,
        const struct vit_msg_decrypt *msg);
enum vit_status rig_encrypt(struct rig *rig, struct vgpu_context *context,
        const struct vit_msg_encrypt *msg, uint8_t iv[16]);
enum vit_status rig_copy(struct rig *rig, struct vgpu_context *context,
        const struct vit_msg_copy *msg);
enum vit_status rig_convert(struct rig *rig, struct vgpu_context *context,
        const struct vit_msg_convert *msg);

/* A session with a key, through a buffer that is gone afterwards. */
uint64_t rig_keyed_session(struct rig *rig, struct vgpu_context *context, const uint8_t key[16]);
/* A decrypt of len bytes with the next IV that the rig has not used yet. */
struct vit_msg_decrypt rig_decrypt_message(struct rig *rig, uint64_t session, uint32_t source,
        uint32_t destination, uint64_t len);
/* Fills a resource of this context with content of the session; any source bytes. */
void rig_label(struct rig *rig, struct vgpu_context *context, uint64_t session,
        struct vgpu_resource *resource);

/* AES-128-CTR, byte by byte from single blocks: the reference. */
void rig_ctr(const uint8_t key[16], const uint8_t counter[16], uint64_t stream_at, const void *in,
        void *out, size_t len);
void rig_random(void *out, size_t len, uint32_t seed);

#endif
