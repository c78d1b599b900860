/* SPDX-License-Identifier: MIT */
/* Rings that no honest driver makes. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/hostile/front.h"

enum {
    TABLE = FRONT_FREE, /* an indirect one */
    LOW_END = FRONT_LOW_LEN,
    ALL_END = FRONT_LOW_LEN + FRONT_HIGH_LEN,
    NEXT = VRING_DESC_F_NEXT,
    WRITE = VRING_DESC_F_WRITE,
    INDIRECT = VRING_DESC_F_INDIRECT,
};

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

/* A request of two pieces, the second one for the answer; the tests change it. */
static void describe_request(struct front *front)
{
    const struct virtio_gpu_get_capset_info ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO }
    };
    memcpy(front_at(front, FRONT_REQUEST), &ask, sizeof(ask));
    front_describe(front, 0, 0, FRONT_REQUEST, sizeof(ask), NEXT, 1);
    front_describe(front, 0, 1, FRONT_ANSWER, 4096, WRITE, 0);
}

static void put_indirect(struct front *front, unsigned index, uint64_t address, uint32_t len,
        uint16_t flags, uint16_t next)
{
    struct vring_desc *table = (struct vring_desc *)(void *)front_at(front, TABLE);
    table[index] = (struct vring_desc){ address, len, flags, next };
}

static void point_to_table(struct front *front, uint32_t len)
{
    put_indirect(front, 0, FRONT_REQUEST, 24, NEXT, 1);
    put_indirect(front, 1, FRONT_ANSWER, 4096, WRITE, 0);
    front_describe(front, 0, 0, TABLE, len, INDIRECT, 0);
}

static void loop(struct front *front)
{
    front_describe(front, 0, 1, FRONT_REQUEST, 24, NEXT, 0);
}

static void loop_of_one(struct front *front)
{
    front_describe(front, 0, 0, FRONT_REQUEST, 24, NEXT, 0);
}

static void loop_of_answers(struct front *front)
{
    front_describe(front, 0, 1, FRONT_ANSWER, 24, NEXT | WRITE, 1);
}

static void next_outside(struct front *front)
{
    front_describe(front, 0, 0, FRONT_REQUEST, 24, NEXT, FRONT_RING_SIZE);
}

static void next_far_outside(struct front *front)
{
    front_describe(front, 0, 0, FRONT_REQUEST, 24, NEXT, UINT16_MAX);
}

static void empty_request(struct front *front)
{
    front_describe(front, 0, 0, FRONT_REQUEST, 0, NEXT, 1);
}

static void empty_answer(struct front *front)
{
    front_describe(front, 0, 1, FRONT_ANSWER, 0, WRITE, 0);
}

static void longest_request(struct front *front)
{
    front_describe(front, 0, 0, FRONT_REQUEST, UINT32_MAX, NEXT, 1);
}

static void longest_answer(struct front *front)
{
    front_describe(front, 0, 1, FRONT_ANSWER, UINT32_MAX, WRITE, 0);
}

static void outside(struct front *front)
{
    front_describe(front, 0, 0, ALL_END, 24, NEXT, 1);
}

static void at_the_end_of_addresses(struct front *front)
{
    front_describe(front, 0, 0, UINT64_MAX - 7, 24, NEXT, 1);
}

static void user_address(struct front *front)
{
    front_describe(front, 0, 0, FRONT_USER + FRONT_REQUEST, 24, NEXT, 1);
}

static void across_the_end(struct front *front)
{
    front_describe(front, 0, 0, ALL_END - 23, 24, NEXT, 1);
}

/* The regions touch each other in the guest's addresses, not in ours. */
static void across_regions(struct front *front)
{
    front_describe(front, 0, 0, LOW_END - 8, 24, NEXT, 1);
}

static void answer_before_request(struct front *front)
{
    front_describe(front, 0, 0, FRONT_ANSWER, 4096, WRITE | NEXT, 1);
    front_describe(front, 0, 1, FRONT_REQUEST, 24, 0, 0);
}

static void indirect_in_chain(struct front *front)
{
    front_describe(front, 0, 1, TABLE, 32, INDIRECT, 0);
}

static void indirect_and_next(struct front *front)
{
    point_to_table(front, 32);
    front_describe(front, 0, 0, TABLE, 32, INDIRECT | NEXT, 1);
}

static void indirect_in_indirect(struct front *front)
{
    point_to_table(front, 32);
    put_indirect(front, 1, TABLE, 32, INDIRECT, 0);
}

static void indirect_of_odd_length(struct front *front)
{
    point_to_table(front, 33);
}

static void indirect_of_no_length(struct front *front)
{
    point_to_table(front, 0);
}

static void indirect_too_long(struct front *front)
{
    point_to_table(front, UINT32_MAX - 15);
}

static void indirect_outside(struct front *front)
{
    front_describe(front, 0, 0, ALL_END - 16, 32, INDIRECT, 0);
}

static void indirect_loop(struct front *front)
{
    point_to_table(front, 32);
    put_indirect(front, 1, FRONT_REQUEST, 24, NEXT, 0);
}

static void indirect_next_outside(struct front *front)
{
    point_to_table(front, 32);
    put_indirect(front, 0, FRONT_REQUEST, 24, NEXT, 2);
}

static void longer_than_the_ring(struct front *front)
{
    enum { COUNT = 4096 };
    for (unsigned i = 0; i < COUNT; i++) {
        put_indirect(front, i, FRONT_REQUEST, 24, NEXT, (uint16_t)(i + 1));
    }
    front_describe(front, 0, 0, TABLE, COUNT * 16, INDIRECT, 0);
}

static void jump_ahead(struct front *front)
{
    front->offered[0] = FRONT_RING_SIZE;
}

static void jump_back(struct front *front)
{
    front->offered[0] = UINT16_MAX - 1;
}

static void head_outside(struct front *front)
{
    struct vring_avail *available = front_available(front, 0);
    available->ring[0] = FRONT_RING_SIZE;
    front->offered[0] = 1; /* so that the next entry is another one */
}

static void answer_over_request(struct front *front)
{
    front_describe(front, 0, 1, FRONT_REQUEST, 4096, WRITE, 0);
}

static void answer_inside_request(struct front *front)
{
    front_describe(front, 0, 0, FRONT_REQUEST, 4096, NEXT, 1);
    front_describe(front, 0, 1, FRONT_REQUEST + 12, 24, WRITE, 0);
}

static void answer_over_descriptors(struct front *front)
{
    front_describe(front, 0, 1, 0, 4096, WRITE, 0);
}

static void answer_over_the_used_ring(struct front *front)
{
    front_describe(front, 0, 1, 2 * FRONT_RING_LEN, 4096, WRITE, 0);
}

static void answer_over_the_available_ring(struct front *front)
{
    front_describe(front, 0, 1, FRONT_RING_LEN, 4096, WRITE, 0);
}

static void request_only(struct front *front)
{
    front_describe(front, 0, 0, FRONT_REQUEST, 24, 0, 0);
}

static void answer_only(struct front *front)
{
    front_describe(front, 0, 0, FRONT_ANSWER, 4096, WRITE, 0);
}

static void half_a_header(struct front *front)
{
    front_describe(front, 0, 0, FRONT_REQUEST, 23, NEXT, 1);
}

static void no_room_for_an_answer(struct front *front)
{
    front_describe(front, 0, 1, FRONT_ANSWER, 23, WRITE, 0);
}

static void one_byte_each(struct front *front)
{
    for (uint16_t i = 0; i < 24; i++) {
        front_describe(front, 0, i, FRONT_REQUEST + i, 1, NEXT, (uint16_t)(i + 1));
    }
    for (uint16_t i = 24; i < 63; i++) {
        front_describe(front, 0, i, FRONT_ANSWER + i, 1, NEXT | WRITE, (uint16_t)(i + 1));
    }
    front_describe(front, 0, 63, FRONT_ANSWER + 63, 4000, WRITE, 0);
}

static void used_ring_jumps(struct front *front)
{
    struct vring_used *used = front_used(front, 0);
    used->idx = 0x7fff;
    used->flags = UINT16_MAX;
    memset(used->ring, 0xff, sizeof(used->ring[0]) * FRONT_RING_SIZE);
}

static void unknown_flags(struct front *front)
{
    front_descriptors(front, 0)[0].flags |= 0xfff8;
    front_descriptors(front, 0)[1].flags |= 0xfff8;
}

/* What the device's log says of it; NULL: it is served as far as can be, without a word. */
static const struct attack {
    const char *name;
    void (*prepare)(struct front *front);
    const char *words;
} attacks[] = {
    { "a loop", loop, "chain longer than its table" },
    { "a loop of one", loop_of_one, "chain longer than its table" },
    { "a loop of answers", loop_of_answers, "chain longer than its table" },
    { "next outside", next_outside, "next descriptor outside its table" },
    { "next far outside", next_far_outside, "next descriptor outside its table" },
    { "an empty request", empty_request, "empty piece" },
    { "an empty answer", empty_answer, "empty piece" },
    { "the longest request", longest_request, "piece outside guest memory" },
    { "the longest answer", longest_answer, "piece outside guest memory" },
    { "an address outside", outside, "piece outside guest memory" },
    { "the last addresses", at_the_end_of_addresses, "piece outside guest memory" },
    { "an address of the other kind", user_address, "piece outside guest memory" },
    { "a piece across the end", across_the_end, "piece outside guest memory" },
    { "a piece across regions", across_regions, "piece outside guest memory" },
    { "an answer before the request", answer_before_request,
            "readable piece behind a writable one" },
    { "a table in a chain", indirect_in_chain, "indirect table inside a chain" },
    { "a table that goes on", indirect_and_next, "indirect table inside a chain" },
    { "a table in a table", indirect_in_indirect, "indirect table inside a chain" },
    { "a table of odd length", indirect_of_odd_length, "indirect table of a wrong length" },
    { "a table of no length", indirect_of_no_length, "indirect table of a wrong length" },
    { "a table too long", indirect_too_long, "indirect table of a wrong length" },
    { "a table outside", indirect_outside, "indirect table outside guest memory" },
    { "a loop in a table", indirect_loop, "chain longer than its table" },
    { "next outside its table", indirect_next_outside, "next descriptor outside its table" },
    { "a chain longer than the ring", longer_than_the_ring, "chain of too many pieces" },
    { "a jump ahead", jump_ahead, "available index jumped" },
    { "a jump back", jump_back, "available index jumped" },
    { "a head outside", head_outside, "head outside the descriptor table" },
    { "an answer over its request", answer_over_request, NULL },
    { "an answer inside its request", answer_inside_request, NULL },
    { "an answer over the descriptors", answer_over_descriptors, NULL },
    { "an answer over the used ring", answer_over_the_used_ring, NULL },
    { "an answer over the available ring", answer_over_the_available_ring, NULL },
    { "a request without an answer", request_only, NULL },
    { "an answer without a request", answer_only, NULL },
    { "half a header", half_a_header, NULL },
    { "no room for an answer", no_room_for_an_answer, NULL },
    { "pieces of one byte", one_byte_each, NULL },
    { "a used ring that jumps", used_ring_jumps, NULL },
    { "unknown flags", unknown_flags, NULL },
};

static void expect_broken(struct front *front, const struct attack *attack)
{
    char line[128];
    snprintf(line, sizeof(line), "virtqueue is broken: %s", attack->words);
    unsigned before = front_log_count(&support, line);
    front_offer(front, 0, 0);
    cr_assert(front_settle(front), "%s: the connection stays", attack->name);
    cr_assert_eq(front_log_count(&support, line), before + 1, "%s: told once", attack->name);
    cr_assert_eq(front_used(front, 0)->idx, 0, "%s: nothing comes back", attack->name);
    front_offer(front, 0, 0);
    cr_assert(front_settle(front));
    cr_assert_eq(front_log_count(&support, line), before + 1, "%s: broken for good", attack->name);
}

Test(ring, breaks_or_is_served_and_the_next_front_end_plays, .init = start, .fini = finish)
{
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        const struct attack *attack = &attacks[i];
        struct front front;
        front_open(&front, &support);
        describe_request(&front);
        attack->prepare(&front);
        if (attack->words != NULL) {
            expect_broken(&front, attack);
        } else {
            front_offer(&front, 0, 0);
            cr_assert(front_settle(&front), "%s: the connection stays", attack->name);
            cr_assert_neq(front_used(&front, 0)->idx, 0, "%s: it comes back", attack->name);
        }
        front_close(&front);
        front_expect_well(&support, &health, attack->name);
    }
    cr_assert_eq(support_end_device(&support, SIGTERM), 0);
}

Test(ring, any_used_event_is_taken, .init = start, .fini = finish)
{
    static const uint16_t events[] = { 0, 1, 2, 0x7fff, 0x8000, 0xfffe, 0xffff };
    struct front front;
    front_open(&front, &support);
    describe_request(&front);
    for (unsigned i = 0; i < 5 * sizeof(events) / sizeof(events[0]); i++) {
        front_available(&front, 0)->ring[FRONT_RING_SIZE] = events[i % 7];
        front_available(&front, 0)->flags = (uint16_t)i;
        front_offer(&front, 0, 0);
        cr_assert(front_settle(&front));
        cr_assert_eq(front_used(&front, 0)->idx, front.offered[0]);
    }
    front_close(&front);
    front_expect_well(&support, &health, "used events");
}

Test(ring, of_odd_requests_is_told_once, .init = start, .fini = finish)
{
    struct front front;
    front_open(&front, &support);
    describe_request(&front);
    half_a_header(&front);
    for (unsigned i = 0; i < 100; i++) {
        front_offer(&front, 0, 0);
        cr_assert(front_settle(&front));
    }
    cr_assert_eq(front_used(&front, 0)->idx, 100);
    cr_assert_eq(front_log_count(&support, "without a header"), 1, "or a guest fills the log");
    front_close(&front);
    front_expect_well(&support, &health, "odd requests");
}

/* The cursor's ring is served by the same rules. */
Test(ring, of_the_cursor_breaks_alone, .init = start, .fini = finish)
{
    const struct virtio_gpu_get_capset_info ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO }
    };
    struct front front;
    front_open(&front, &support);
    front_describe(&front, 1, 0, FRONT_REQUEST, 24, NEXT, 0);
    front_offer(&front, 1, 0);
    cr_assert(front_settle(&front));
    cr_assert_eq(front_log_count(&support, "virtqueue is broken"), 1);
    cr_assert_eq(front_call(&front, &ask, sizeof(ask)), VIRTIO_GPU_RESP_OK_CAPSET_INFO);
    front_close(&front);
    front_expect_well(&support, &health, "a broken cursor ring");
}
