/* SPDX-License-Identifier: MIT */
/*
 * Memory that changes while the device reads it: a second thread writes to rings, requests and
 * buffers for as long as the first one offers requests. Whatever the device saw, it must have seen
 * once: it lives, and the next front-end plays.
 */
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "tests/hostile/front.h"
#include "wire/envelope.h"

enum { ROUNDS = 400, CONNECTIONS = 12, RUN = 16 };

static struct support support;
static struct front_health health;

static void start(void)
{
    front_start_device(&support, NULL, &health);
}

static void finish(void)
{
    support_finish(&support);
}

struct writer {
    uint8_t *at; /* what it writes to */
    size_t len;
    uint8_t change; /* bits that may change */
    atomic_bool stop;
    pthread_t thread;
};

/* Always the same numbers; what they meet differs. */
static uint32_t next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void *write_on(void *context)
{
    struct writer *writer = context;
    uint32_t state = 1;
    while (!atomic_load_explicit(&writer->stop, memory_order_relaxed)) {
        uint8_t *byte = writer->at + next_number(&state) % writer->len;
        uint8_t bits = (uint8_t)(next_number(&state) & writer->change);
        __atomic_fetch_xor(byte, bits, __ATOMIC_RELAXED);
        __atomic_fetch_xor(byte, bits, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void begin_writing(struct writer *writer)
{
    atomic_store(&writer->stop, false);
    cr_assert_eq(pthread_create(&writer->thread, NULL, write_on, writer), 0);
}

static void end_writing(struct writer *writer)
{
    atomic_store(&writer->stop, true);
    cr_assert_eq(pthread_join(writer->thread, NULL), 0);
}

/* A device that went on as far as it could; a broken ring stays broken. */
static void offer_many(struct front *front, uint16_t head)
{
    for (unsigned round = 0; round < ROUNDS / CONNECTIONS; round++) {
        for (unsigned i = 0; i < RUN; i++) {
            front_offer(front, 0, head);
        }
        if (!front_settle(front) || front_used(front, 0)->idx != front->offered[0]) {
            return;
        }
    }
}

static void describe(struct front *front, const void *request, size_t len)
{
    memcpy(front_at(front, FRONT_REQUEST), request, len);
    front_describe(front, 0, 0, FRONT_REQUEST, (uint32_t)len, VRING_DESC_F_NEXT, 1);
    front_describe(front, 0, 1, FRONT_ANSWER, 4096, VRING_DESC_F_WRITE, 0);
}

static void attack(uint64_t address, size_t len, uint8_t change, const void *request,
        size_t request_len)
{
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        struct front front;
        struct writer writer = { .len = len, .change = change };
        front_open(&front, &support);
        cr_assert_eq(front_context(&front, 1), FRONT_OK);
        cr_assert_eq(front_buffer(&front, 1, 1, FRONT_FREE, 65536), FRONT_OK);
        describe(&front, request, request_len);
        writer.at = front_at(&front, address);
        begin_writing(&writer);
        offer_many(&front, 0);
        end_writing(&writer);
        front_close(&front);
    }
}

Test(race, for_descriptors_is_harmless, .init = start, .fini = finish)
{
    const struct virtio_gpu_get_capset_info ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO }
    };
    attack(0, 2 * sizeof(struct vring_desc), 0xff, &ask, sizeof(ask));
    front_expect_well(&support, &health, "descriptors that change");
    attack(8, 4, 0x1f, &ask, sizeof(ask)); /* the length, by little */
    front_expect_well(&support, &health, "lengths that change");
}

Test(race, for_the_rings_is_harmless, .init = start, .fini = finish)
{
    const struct virtio_gpu_get_capset_info ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO }
    };
    attack(FRONT_RING_LEN, 4 + 2 * FRONT_RING_SIZE + 2, 0xff, &ask, sizeof(ask));
    front_expect_well(&support, &health, "an available ring that changes");
    attack(UINT64_C(2) * FRONT_RING_LEN, 4 + 8 * FRONT_RING_SIZE + 2, 0xff, &ask, sizeof(ask));
    front_expect_well(&support, &health, "a used ring that changes");
}

Test(race, for_an_indirect_table_is_harmless, .init = start, .fini = finish)
{
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        const struct virtio_gpu_get_capset_info ask = {
            .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO }
        };
        struct front front;
        struct writer writer = { .len = 3 * sizeof(struct vring_desc), .change = 0xff };
        front_open(&front, &support);
        struct vring_desc *table = (struct vring_desc *)(void *)front_at(&front, FRONT_FREE);
        memcpy(front_at(&front, FRONT_REQUEST), &ask, sizeof(ask));
        table[0] = (struct vring_desc){ FRONT_REQUEST, 12, VRING_DESC_F_NEXT, 1 };
        table[1] = (struct vring_desc){ FRONT_REQUEST + 12, 12, VRING_DESC_F_NEXT, 2 };
        table[2] = (struct vring_desc){ FRONT_ANSWER, 4096, VRING_DESC_F_WRITE, 0 };
        front_describe(&front, 0, 0, FRONT_FREE, 3 * sizeof(*table), VRING_DESC_F_INDIRECT, 0);
        writer.at = (uint8_t *)table;
        begin_writing(&writer);
        offer_many(&front, 0);
        end_writing(&writer);
        front_close(&front);
    }
    front_expect_well(&support, &health, "an indirect table that changes");
}

Test(race, for_a_list_of_pages_is_harmless, .init = start, .fini = finish)
{
    struct {
        struct virtio_gpu_resource_attach_backing head;
        struct virtio_gpu_mem_entry entries[64];
    } ask = { .head = { .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING },
                      .resource_id = 1,
                      .nr_entries = 64 } };
    for (unsigned i = 0; i < 64; i++) {
        ask.entries[i] = (struct virtio_gpu_mem_entry){ FRONT_FREE + i * 4096u, 4096, 0 };
    }
    attack(FRONT_REQUEST, sizeof(ask), 0xff, &ask, sizeof(ask));
    front_expect_well(&support, &health, "a list of pages that changes");
}

/* A submission of many messages. */
static size_t put_submission(uint8_t *request, size_t capacity)
{
    const size_t head = sizeof(struct virtio_gpu_cmd_submit);
    struct virtio_gpu_cmd_submit ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .flags = VIRTIO_GPU_FLAG_FENCE, .ctx_id = 1 }
    };
    struct vit_writer out;
    vit_writer_init(&out, request + head, capacity - head);
    vit_put_zeros(&out, VIT_ENVELOPE_LEN);
    for (unsigned i = 0; i < 20; i++) {
        vit_put_copy(&out,
                &(struct vit_msg_copy){ .source = 1,
                        .destination = 1,
                        .destination_offset = 8192,
                        .row_len = 64,
                        .rows = 16,
                        .source_pitch = 64,
                        .destination_pitch = 64 });
    }
    ask.size = (uint32_t)out.at;
    struct vit_envelope envelope = { .length = ask.size,
        .count = 20,
        .sequence = 1,
        .reply_resource = 1,
        .reply_capacity = 64 };
    memcpy(request, &ask, sizeof(ask));
    cr_assert(vit_writer_ok(&out));
    size_t len = head + out.at;
    vit_writer_init(&out, request + head, VIT_ENVELOPE_LEN);
    vit_put_envelope(&out, &envelope);
    return len;
}

Test(race, for_a_submission_is_harmless, .init = start, .fini = finish)
{
    uint8_t request[2048];
    size_t len = put_submission(request, sizeof(request));
    attack(FRONT_REQUEST, len, 0xff, request, len);
    front_expect_well(&support, &health, "a submission that changes");
    attack(FRONT_REQUEST + sizeof(struct virtio_gpu_ctrl_hdr), 32, 0x1f, request, len);
    front_expect_well(&support, &health, "an envelope that changes");
}

Test(race, for_the_bytes_of_a_buffer_is_harmless, .init = start, .fini = finish)
{
    uint8_t request[2048];
    size_t len = put_submission(request, sizeof(request));
    attack(FRONT_FREE, 16384, 0xff, request, len);
    front_expect_well(&support, &health, "a buffer that changes");
    cr_assert_eq(support_end_device(&support, SIGTERM), 0);
}
