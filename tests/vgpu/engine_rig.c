/* SPDX-License-Identifier: MIT */
#include "tests/vgpu/engine_rig.h"

#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vgpu/engine_impl.h"

#define NEED(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: the rig needs: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct vgpu_config rig_config(void)
{
    return (struct vgpu_config){
        .cipher = "openssl",
        .workers = 1,
        .inline_len = 64 * 1024,
        .session_limit = 64,
        .byte_limit = UINT64_C(1) << 30,
        .queue_limit = 256,
        .outputs = 1,
        .width = 64,
        .height = 64,
    };
}

static void changed(void *listener, struct vgpu_resource *resource)
{
    struct rig *rig = listener;
    rig->changed_count++;
    rig->changed = resource;
}

void rig_init(struct rig *rig)
{
    struct vgpu_config config = rig_config();
    rig_init_with(rig, &config);
}

void rig_init_with(struct rig *rig, const struct vgpu_config *config)
{
    *rig = (struct rig){ .config = *config };
    pthread_mutex_init(&rig->gate.closed, NULL);
    enum vit_custody custody = config->key != NULL ? VIT_CUSTODY_DEVICE : VIT_CUSTODY_DRIVER;
    NEED(vgpu_engine_create(config, custody, &rig->engine) == VIT_OK);
    vgpu_engine_set_listener(rig->engine, changed, rig);
    NEED(vgpu_context_create(rig->engine, 1, &rig->a) == VIT_OK);
    NEED(vgpu_context_create(rig->engine, 2, &rig->b) == VIT_OK);
    rig_buffer(rig, rig->a, RIG_REPLY_ID + 1, NULL, RIG_REPLY_LEN);
    rig_buffer(rig, rig->b, RIG_REPLY_ID + 2, NULL, RIG_REPLY_LEN);
}

void rig_finish(struct rig *rig)
{
    vgpu_context_destroy(rig->a);
    vgpu_context_destroy(rig->b);
    vgpu_engine_destroy(rig->engine);
    pthread_mutex_destroy(&rig->gate.closed);
    for (unsigned i = 0; i < rig->resource_count; i++) {
        vgpu_resource_unref(rig->resources[i].resource);
        free(rig->resources[i].memory);
    }
}

static struct vgpu_resource *add(struct rig *rig, struct vgpu_context *context, uint32_t id,
        enum vgpu_resource_kind kind, const struct vit_surface *surface)
{
    NEED(rig->resource_count < RIG_MAX_RESOURCES);
    struct rig_memory *entry = &rig->resources[rig->resource_count++];
    entry->memory = NULL;
    NEED(vgpu_resource_create(id, kind, surface, &entry->resource) == VIT_OK);
    if (context != NULL) {
        NEED(vgpu_context_attach(context, entry->resource) == VIT_OK);
    }
    return entry->resource;
}

static void back(struct rig *rig, struct vgpu_resource *resource, const void *bytes,
        size_t piece_len)
{
    size_t len = (size_t)resource->surface.size;
    size_t count = (len + piece_len - 1) / piece_len;
    uint8_t *memory = calloc(count, piece_len);
    struct iovec *pieces = calloc(count, sizeof(*pieces));
    NEED(memory != NULL && pieces != NULL);
    for (size_t i = 0; i < count; i++) {
        size_t left = len - i * piece_len;
        pieces[i].iov_base = memory + (count - 1 - i) * piece_len;
        pieces[i].iov_len = left < piece_len ? left : piece_len;
        if (bytes != NULL) {
            memcpy(pieces[i].iov_base, (const uint8_t *)bytes + i * piece_len, pieces[i].iov_len);
        }
    }
    NEED(vgpu_resource_attach_backing(resource, pieces, count) == VIT_OK);
    rig->resources[rig->resource_count - 1].memory = memory;
}

static struct vit_surface surface_of(enum vit_format format, uint32_t width, uint32_t height)
{
    struct vit_surface surface;
    NEED(vit_surface_init(&surface, format, width, height) == VIT_OK);
    return surface;
}

struct vgpu_resource *rig_scattered(struct rig *rig, struct vgpu_context *context, uint32_t id,
        enum vit_format format, uint32_t width, uint32_t height, const void *bytes,
        size_t piece_len)
{
    struct vit_surface surface = surface_of(format, width, height);
    enum vgpu_resource_kind kind =
            format == VIT_FORMAT_BYTES ? VGPU_RESOURCE_BUFFER : VGPU_RESOURCE_IMAGE;
    struct vgpu_resource *resource = add(rig, context, id, kind, &surface);
    back(rig, resource, bytes, piece_len);
    return resource;
}

struct vgpu_resource *rig_buffer(struct rig *rig, struct vgpu_context *context, uint32_t id,
        const void *bytes, size_t len)
{
    return rig_scattered(rig, context, id, VIT_FORMAT_BYTES, (uint32_t)len, 1, bytes, len);
}

struct vgpu_resource *rig_picture(struct rig *rig, struct vgpu_context *context, uint32_t id,
        enum vit_format format, uint32_t width, uint32_t height, const void *bytes,
        size_t piece_len)
{
    struct vit_surface surface = surface_of(format, width, height);
    struct vgpu_resource *resource = add(rig, context, id, VGPU_RESOURCE_BUFFER, &surface);
    back(rig, resource, bytes, piece_len);
    return resource;
}

struct vgpu_resource *rig_image(struct rig *rig, struct vgpu_context *context, uint32_t id,
        enum vit_format format, uint32_t width, uint32_t height, const void *bytes)
{
    struct vit_surface surface = surface_of(format, width, height);
    struct vgpu_resource *resource = add(rig, context, id, VGPU_RESOURCE_IMAGE, &surface);
    back(rig, resource, bytes, (size_t)surface.size);
    return resource;
}

struct vgpu_resource *rig_protected(struct rig *rig, struct vgpu_context *context, uint32_t id,
        enum vit_format format, uint32_t width, uint32_t height)
{
    struct vit_surface surface = surface_of(format, width, height);
    return add(rig, context, id, VGPU_RESOURCE_PROTECTED, &surface);
}

struct vgpu_resource *rig_vault(struct rig *rig, struct vgpu_context *context, uint32_t id,
        size_t len)
{
    return rig_protected(rig, context, id, VIT_FORMAT_BYTES, (uint32_t)len, 1);
}

void rig_bytes(struct vgpu_resource *resource, void *out, size_t len)
{
    uint64_t done = 0;
    pthread_mutex_lock(&resource->lock);
    while (done < len) {
        uint64_t part;
        const uint8_t *piece = vgpu_resource_piece(resource, done, len - done, &part);
        NEED(piece != NULL);
        memcpy((uint8_t *)out + done, piece, (size_t)part);
        done += part;
    }
    pthread_mutex_unlock(&resource->lock);
}

static void done(struct vgpu_completion *completion, enum vit_status status)
{
    struct rig_call *call = (struct rig_call *)completion;
    call->status = status;
    call->done_count++;
    if (call->order != NULL) {
        call->place = (*call->order)++;
    }
}

void rig_call_init(struct rig *rig, struct rig_call *call, struct vgpu_context *context)
{
    rig->sequence++;
    *call = (struct rig_call){
        .completion = { done },
        .context = context,
        .envelope = {
            .sequence = rig->sequence,
            .reply_resource = RIG_REPLY_ID + context->id,
            .reply_capacity = VIT_REPLY_MAX_LEN,
            .reply_offset = rig->sequence * RIG_REPLY_SLOT % RIG_REPLY_LEN,
        },
        .capacity = VIT_SUBMISSION_MAX_LEN + 4096,
    };
    call->bytes = calloc(1, call->capacity);
    NEED(call->bytes != NULL);
    vit_writer_init(&call->out, call->bytes, call->capacity);
    vit_put_zeros(&call->out, VIT_ENVELOPE_LEN);
}

void rig_call_finish(struct rig_call *call)
{
    free(call->bytes);
}

enum vit_status rig_call_start(struct rig *rig, struct rig_call *call)
{
    vgpu_engine_refill(rig->engine);
    call->envelope.length = (uint32_t)call->out.at;
    struct vit_writer front;
    vit_writer_init(&front, call->bytes, VIT_ENVELOPE_LEN);
    vit_put_envelope(&front, &call->envelope);
    call->status = vgpu_engine_submit(call->context, call->bytes, call->out.at, &call->completion);
    return call->status;
}

bool rig_call_replied(struct rig *rig, struct rig_call *call)
{
    (void)rig;
    struct vgpu_resource *resource =
            vgpu_context_resource(call->context, call->envelope.reply_resource);
    uint8_t bytes[VIT_REPLY_MAX_LEN];
    if (resource == NULL || resource->backing == NULL) {
        return false;
    }
    const uint8_t *memory = resource->backing[0].iov_base;
    memcpy(bytes, memory + call->envelope.reply_offset, sizeof(bytes));
    struct vit_reader in;
    vit_reader_init(&in, bytes, sizeof(bytes));
    if (vit_get_reply(&in, &call->reply) != VIT_OK ||
            call->reply.sequence != call->envelope.sequence) {
        return false;
    }
    memcpy(call->body, bytes + VIT_REPLY_HEADER_LEN, sizeof(call->body));
    return true;
}

void rig_poll(struct rig *rig)
{
    struct pollfd fd = { .fd = vgpu_engine_event_fd(rig->engine), .events = POLLIN };
    NEED(poll(&fd, 1, 20000) == 1);
    vgpu_engine_poll(rig->engine);
}

enum vit_status rig_call_wait(struct rig *rig, struct rig_call *call)
{
    while (call->status == VIT_E_BUSY) {
        rig_poll(rig);
    }
    if (rig_call_replied(rig, call)) {
        NEED(call->reply.status == call->status);
    }
    return call->status;
}

static enum vit_status wait_at_gate(struct vgpu_job *job, const struct vgpu_tools *tools)
{
    (void)tools;
    struct rig_gate *gate = (struct rig_gate *)job;
    pthread_mutex_lock(&gate->closed);
    pthread_mutex_unlock(&gate->closed);
    return VIT_E_BUSY;
}

void rig_occupy_worker(struct rig *rig)
{
    rig->gate.job = (struct vgpu_job){ .step = wait_at_gate };
    pthread_mutex_lock(&rig->gate.closed);
    vgpu_workers_start(rig->engine->workers, &rig->gate.job);
}

void rig_free_worker(struct rig *rig)
{
    pthread_mutex_unlock(&rig->gate.closed);
    vgpu_workers_withdraw(rig->engine->workers, &rig->gate.job);
}

static enum vit_status finish_call(struct rig *rig, struct rig_call *call, void *reply, size_t len)
{
    call->envelope.count++;
    (void)rig_call_start(rig, call);
    enum vit_status status = rig_call_wait(rig, call);
    if (status == VIT_OK && reply != NULL) {
        NEED(call->reply.body_len == len);
        memcpy(reply, call->body, len);
    }
    rig_call_finish(call);
    return status;
}

enum vit_status rig_nop(struct rig *rig, struct vgpu_context *context)
{
    struct rig_call call;
    rig_call_init(rig, &call, context);
    vit_put_nop(&call.out);
    return finish_call(rig, &call, NULL, 0);
}

enum vit_status rig_session_create(struct rig *rig, struct vgpu_context *context, uint64_t *id)
{
    struct rig_call call;
    uint8_t reply[8] = { 0 };
    rig_call_init(rig, &call, context);
    vit_put_session_create(&call.out,
            &(struct vit_msg_session_create){ .crypto_type = VIT_CRYPTO_AES128_CTR });
    enum vit_status status = finish_call(rig, &call, reply, sizeof(reply));
    struct vit_reader in;
    vit_reader_init(&in, reply, sizeof(reply));
    *id = vit_get_u64(&in);
    return status;
}

enum vit_status rig_session_op(struct rig *rig, struct vgpu_context *context, enum vit_op op,
        uint64_t session, void *reply)
{
    struct rig_call call;
    rig_call_init(rig, &call, context);
    vit_put_session(&call.out, op, session);
    return finish_call(rig, &call, reply, vit_op_info(op)->reply_len);
}

enum vit_status rig_program(struct rig *rig, struct vgpu_context *context, uint64_t session,
        uint32_t resource, uint64_t offset)
{
    struct rig_call call;
    rig_call_init(rig, &call, context);
    vit_put_program(&call.out, VIT_OP_SESSION_PROGRAM,
            &(struct vit_msg_program){ .session = session,
                    .resource = resource,
                    .offset = offset });
    return finish_call(rig, &call, NULL, 0);
}

enum vit_status rig_exchange(struct rig *rig, struct vgpu_context *context, uint64_t session,
        const uint8_t block[256])
{
    struct rig_call call;
    struct vit_msg_exchange msg = { .session = session };
    memcpy(msg.block, block, sizeof(msg.block));
    rig_call_init(rig, &call, context);
    vit_put_exchange(&call.out, VIT_OP_SESSION_EXCHANGE, &msg);
    return finish_call(rig, &call, NULL, 0);
}

enum vit_status rig_decrypt(struct rig *rig, struct vgpu_context *context,
        const struct vit_msg_decrypt *msg)
{
    struct rig_call call;
    rig_call_init(rig, &call, context);
    vit_put_decrypt(&call.out, msg);
    return finish_call(rig, &call, NULL, 0);
}

enum vit_status rig_encrypt(struct rig *rig, struct vgpu_context *context,
        const struct vit_msg_encrypt *msg, uint8_t iv[16])
{
    struct rig_call call;
    rig_call_init(rig, &call, context);
    vit_put_encrypt(&call.out, msg);
    return finish_call(rig, &call, iv, 16);
}

enum vit_status rig_copy(struct rig *rig, struct vgpu_context *context,
        const struct vit_msg_copy *msg)
{
    struct rig_call call;
    rig_call_init(rig, &call, context);
    vit_put_copy(&call.out, msg);
    return finish_call(rig, &call, NULL, 0);
}

enum vit_status rig_convert(struct rig *rig, struct vgpu_context *context,
        const struct vit_msg_convert *msg)
{
    struct rig_call call;
    rig_call_init(rig, &call, context);
    vit_put_convert(&call.out, msg);
    return finish_call(rig, &call, NULL, 0);
}

uint64_t rig_keyed_session(struct rig *rig, struct vgpu_context *context, const uint8_t key[16])
{
    enum { PAGE_ID = 999 };
    uint64_t session;
    uint8_t page[16];
    memcpy(page, key, sizeof(page));
    struct vgpu_resource *resource = rig_buffer(rig, context, PAGE_ID, page, sizeof(page));
    NEED(rig_session_create(rig, context, &session) == VIT_OK);
    NEED(rig_program(rig, context, session, PAGE_ID, 0) == VIT_OK);
    vgpu_context_detach(context, PAGE_ID);
    struct rig_memory *entry = &rig->resources[--rig->resource_count];
    vgpu_resource_unref(resource);
    free(entry->memory);
    return session;
}

struct vit_msg_decrypt rig_decrypt_message(struct rig *rig, uint64_t session, uint32_t source,
        uint32_t destination, uint64_t len)
{
    struct vit_msg_decrypt msg = {
        .session = session,
        .source = source,
        .destination = destination,
        .length = len,
    };
    vit_store_be64(msg.iv, ++rig->sequence);
    return msg;
}

void rig_label(struct rig *rig, struct vgpu_context *context, uint64_t session,
        struct vgpu_resource *resource)
{
    enum { SOURCE_ID = 998 };
    size_t len = (size_t)resource->surface.size;
    struct vgpu_resource *source = rig_buffer(rig, context, SOURCE_ID, NULL, len);
    struct vit_msg_decrypt msg = rig_decrypt_message(rig, session, SOURCE_ID, resource->id, len);
    NEED(rig_decrypt(rig, context, &msg) == VIT_OK);
    vgpu_context_detach(context, SOURCE_ID);
    struct rig_memory *entry = &rig->resources[--rig->resource_count];
    vgpu_resource_unref(source);
    free(entry->memory);
}

void rig_ctr(const uint8_t key[16], const uint8_t counter[16], uint64_t stream_at, const void *in,
        void *out, size_t len)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    NEED(EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL) == 1);
    uint64_t made = UINT64_MAX;
    uint8_t stream[32];
    for (size_t i = 0; i < len; i++) {
        uint64_t at = stream_at + i;
        if (at / 16 != made) {
            uint8_t block[16];
            int block_len;
            made = at / 16;
            memcpy(block, counter, 8);
            vit_store_be64(block + 8, vit_load_be64(counter + 8) + made);
            NEED(EVP_EncryptUpdate(ctx, stream, &block_len, block, 16) == 1);
        }
        ((uint8_t *)out)[i] = ((const uint8_t *)in)[i] ^ stream[at % 16];
    }
    EVP_CIPHER_CTX_free(ctx);
}

void rig_random(void *out, size_t len, uint32_t seed)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(seed >> 24);
    }
}
