/* SPDX-License-Identifier: MIT */
/*
 * The life of an engine with workers: contexts that come and go, submissions that wait for each
 * other, resources that vanish under running work, all of it at once.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "tests/plain/check.h"
#include "tests/vgpu/engine_rig.h"

enum {
    ROUNDS = 12,
    CALLS = 12,
    LEN = 2 * 1024 * 1024 + 77,
    SOURCE = 10,
    TARGET = 11,
    COPY = 12,
    PICTURE = 13,
    SCREEN = 14,
    WIDTH = 320,
    HEIGHT = 180,
};

static const uint8_t key[16] = "0123456789abcde";

/* A client: a context with resources, a session and submissions under way. */
struct client {
    struct rig *rig;
    struct vgpu_context **context;
    uint32_t base; /* of its resource ids */
    uint64_t session;
    struct vgpu_resource *source, *target;
    struct rig_call calls[CALLS];
};

static void create_client(struct client *client)
{
    struct rig *rig = client->rig;
    struct vgpu_context *context = *client->context;
    client->session = rig_keyed_session(rig, context, key);
    client->source = rig_scattered(rig, context, client->base + SOURCE, VIT_FORMAT_BYTES, LEN, 1,
            NULL, 65536);
    client->target = rig_vault(rig, context, client->base + TARGET, LEN);
    rig_vault(rig, context, client->base + COPY, LEN);
    rig_protected(rig, context, client->base + PICTURE, VIT_FORMAT_NV12, WIDTH, HEIGHT);
    rig_protected(rig, context, client->base + SCREEN, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
}

static void put_decrypt(struct client *client, struct rig_call *call)
{
    struct vit_msg_decrypt msg = rig_decrypt_message(client->rig, client->session,
            client->base + SOURCE, client->base + TARGET, LEN);
    vit_put_decrypt(&call->out, &msg);
    call->envelope.count++;
}

static void put_copy(struct client *client, struct rig_call *call)
{
    struct vit_msg_copy msg = { client->base + TARGET, client->base + COPY, 0, 0, LEN, 1, LEN,
        LEN };
    vit_put_copy(&call->out, &msg);
    call->envelope.count++;
}

static void put_convert(struct client *client, struct rig_call *call)
{
    struct vit_msg_convert msg = { client->base + PICTURE, client->base + SCREEN,
        { 0, 0, WIDTH, HEIGHT }, { 10, 10, 300, 150 } };
    vit_put_convert(&call->out, &msg);
    call->envelope.count++;
}

static void put_encrypt(struct client *client, struct rig_call *call)
{
    struct vit_msg_encrypt msg = { client->session, client->base + TARGET, client->base + SOURCE, 0,
        LEN };
    vit_put_encrypt(&call->out, &msg);
    call->envelope.count++;
}

static void submit_all(struct client *client)
{
    for (unsigned i = 0; i < CALLS; i++) {
        struct rig_call *call = &client->calls[i];
        rig_call_init(client->rig, call, *client->context);
        switch (i % 4) {
        case 0:
            put_decrypt(client, call);
            put_copy(client, call);
            break;
        case 1:
            put_convert(client, call);
            break;
        case 2:
            put_encrypt(client, call);
            break;
        default:
            vit_put_nop(&call->out);
            call->envelope.count++;
        }
        (void)rig_call_start(client->rig, call);
    }
}

/* Each submission ends, once, one way or another. */
static void collect(struct client *client)
{
    for (unsigned i = 0; i < CALLS; i++) {
        struct rig_call *call = &client->calls[i];
        while (call->status == VIT_E_BUSY) {
            rig_poll(client->rig);
        }
        CHECK(call->done_count <= 1);
        CHECK(call->status == VIT_OK || call->status == VIT_E_GONE ||
                call->status == VIT_E_REFUSED || call->status == VIT_E_STATE ||
                call->status == VIT_E_DENIED || call->status == VIT_E_ARG);
        rig_call_finish(call);
    }
}

static void read_back_key(struct client *client)
{
    uint8_t wrapped[16];
    CHECK(rig_session_op(client->rig, *client->context, VIT_OP_READBACK_KEY, client->session,
                  wrapped) == VIT_OK);
}

static void run_round(unsigned round)
{
    struct rig rig;
    struct vgpu_config config = rig_config();
    config.workers = 1 + round % 3;
    rig_init_with(&rig, &config);
    struct client a = { .rig = &rig, .context = &rig.a, .base = 0 };
    struct client b = { .rig = &rig, .context = &rig.b, .base = 100 };
    create_client(&a);
    create_client(&b);
    read_back_key(&a);
    submit_all(&a);
    submit_all(&b);
    for (unsigned i = 0; i < round % 5; i++) {
        rig_poll(&rig);
    }
    if (round % 4 == 1) { /* pages go under running work */
        vgpu_engine_cancel(rig.engine, a.source);
        vgpu_resource_detach_backing(a.source);
    }
    if (round % 4 == 2) { /* a client goes */
        vgpu_context_destroy(rig.a);
        rig.a = NULL;
    }
    if (round % 4 == 3) { /* a resource goes, and nobody says so */
        vgpu_resource_set_gone(b.target);
    }
    collect(&a);
    collect(&b);
    CHECK(!vgpu_engine_busy(rig.engine));
    rig_finish(&rig);
}

int main(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        run_round(round);
    }
    return 0;
}
