/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tests/vgpu/guest.h"
#include "vgpu/virtq.h"

#define EVENT_INDEX (UINT64_C(1) << VIRTIO_RING_F_EVENT_IDX)
#define INDIRECT (UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC)

enum { Q = VGPU_QUEUE_CONTROL };

static struct guest guest;
static struct vgpu_memory memory;
static struct vgpu_virtq queue;
static struct vgpu_chain chain;
static unsigned logged;
static char last_line[256];

static void count_line(void *context, enum vit_log_level level, const char *line)
{
    (void)context;
    (void)level;
    snprintf(last_line, sizeof(last_line), "%s", line);
    logged++;
}

static void start(uint64_t features)
{
    guest_init(&guest);
    struct vgpu_region regions[2];
    guest_regions(&guest, regions);
    cr_assert_eq(vgpu_memory_set(&memory, regions, 2), VIT_OK);
    struct vgpu_ring ring = guest_ring_of(&guest, Q);
    cr_assert_eq(vgpu_virtq_start(&queue, &memory, &ring, features), VIT_OK);
    vit_log_set_level(VIT_LOG_ERROR);
    vit_log_set_sink(count_line, NULL);
}

static void set_up(void)
{
    start(EVENT_INDEX | INDIRECT);
}

static void tear_down(void)
{
    guest_finish(&guest);
}

TestSuite(virtq, .init = set_up, .fini = tear_down);

static void describe(uint16_t index, uint64_t address, uint32_t len, uint16_t flags, uint16_t next)
{
    guest_describe(&guest, Q, index, &(struct vring_desc){ address, len, flags, next });
}

static void is_broken(const char *why)
{
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_E_PROTOCOL);
    cr_assert_not_null(strstr(last_line, why), "%s", last_line);
    cr_assert(queue.broken);
    cr_assert_eq(logged, 1);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_E_PROTOCOL, "and stays so");
    cr_assert_eq(logged, 1, "told once");
    vgpu_virtq_push(&queue, 0, 0);
    cr_assert_eq(guest_used_index(&guest, Q), 0);
    cr_assert_not(vgpu_virtq_arm(&queue));
    cr_assert_not(vgpu_virtq_wants_interrupt(&queue));
}

Test(virtq, gives_readable_and_writable_pieces_of_a_chain)
{
    uint64_t page = guest_alloc(&guest, 4096);
    uint64_t far = guest_alloc_high(&guest, 4096);
    describe(5, page, 24, VRING_DESC_F_NEXT, 9);
    describe(9, far, 100, VRING_DESC_F_NEXT, 2);
    describe(2, page + 64, 32, VRING_DESC_F_WRITE, 0);
    guest_offer(&guest, Q, 5);

    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    cr_assert_eq(chain.head, 5);
    cr_assert_eq(chain.in_count, 2);
    cr_assert_eq(chain.in_len, 124);
    cr_assert_eq(chain.out_count, 1);
    cr_assert_eq(chain.out_len, 32);
    cr_assert_eq(chain.pieces[0].iov_base, guest_at(&guest, page));
    cr_assert_eq(chain.pieces[1].iov_base, guest_at(&guest, far));
    cr_assert_eq(vgpu_chain_out(&chain)->iov_base, guest_at(&guest, page + 64));
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_E_BUSY);
}

Test(virtq, follows_an_indirect_table)
{
    uint64_t page = guest_alloc(&guest, 4096);
    uint64_t at = guest_alloc_high(&guest, 4096);
    struct vring_desc *table = guest_at(&guest, at);
    table[0] = (struct vring_desc){ page, 24, VRING_DESC_F_NEXT, 2 };
    table[2] = (struct vring_desc){ page + 512, 8, VRING_DESC_F_WRITE, 0 };
    describe(0, at, 3 * sizeof(*table), VRING_DESC_F_INDIRECT, 0);
    guest_offer(&guest, Q, 0);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    cr_assert_eq(chain.in_len, 24);
    cr_assert_eq(chain.out_len, 8);
}

Test(virtq, takes_an_indirect_table_longer_than_the_ring)
{
    enum { COUNT = 4 * GUEST_RING_SIZE };
    uint64_t page = guest_alloc(&guest, 4096);
    uint64_t at = guest_alloc(&guest, COUNT * sizeof(struct vring_desc));
    struct vring_desc *table = guest_at(&guest, at);
    for (uint16_t i = 0; i < COUNT; i++) {
        uint16_t flags = i + 1 < COUNT ? VRING_DESC_F_NEXT : 0;
        table[i] = (struct vring_desc){ page, 1, flags, (uint16_t)(i + 1) };
    }
    describe(0, at, COUNT * sizeof(*table), VRING_DESC_F_INDIRECT, 0);
    guest_offer(&guest, Q, 0);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    cr_assert_eq(chain.in_count, COUNT);
}

Test(virtq, gives_requests_back_in_any_order)
{
    uint64_t page = guest_alloc(&guest, 4096);
    describe(3, page, 24, 0, 0);
    describe(7, page, 24, 0, 0);
    guest_offer(&guest, Q, 3);
    guest_offer(&guest, Q, 7);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    vgpu_virtq_push(&queue, 7, 11);
    cr_assert(guest_collect(&guest, Q, 7));
    cr_assert_not(guest_collect(&guest, Q, 3));
    vgpu_virtq_push(&queue, 3, 5);
    cr_assert(guest_collect(&guest, Q, 3));
    cr_assert_eq(guest.rings[Q].len[7], 11);
    cr_assert_eq(guest.rings[Q].len[3], 5);
}

Test(virtq, goes_round_the_indices)
{
    uint64_t page = guest_alloc(&guest, 4096);
    for (unsigned i = 0; i < 70000; i++) {
        uint16_t head = (uint16_t)(i % GUEST_RING_SIZE);
        describe(head, page, 24, 0, 0);
        guest_offer(&guest, Q, head);
        cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
        vgpu_virtq_push(&queue, head, 0);
    }
    cr_assert_eq(guest_used_index(&guest, Q), 70000 % 65536);
    cr_assert_eq(vgpu_virtq_stop(&queue), 70000 % 65536);
}

Test(virtq, starts_where_it_was_told_and_says_where_it_stopped)
{
    uint64_t page = guest_alloc(&guest, 4096);
    describe(1, page, 24, 0, 0);
    guest_set_available(&guest, Q, 41);
    struct vgpu_ring ring = guest_ring_of(&guest, Q);
    cr_assert_eq(ring.base, 41);
    cr_assert_eq(vgpu_virtq_start(&queue, &memory, &ring, 0), VIT_OK);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_E_BUSY);
    guest_offer(&guest, Q, 1);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    cr_assert_eq(vgpu_virtq_stop(&queue), 42);
    guest_offer(&guest, Q, 1);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_E_BUSY, "stopped");
}

Test(virtq, interrupts_as_the_event_index_asks)
{
    uint64_t page = guest_alloc(&guest, 4096);
    struct vring_avail *available = guest_at(&guest, guest.rings[Q].available);
    uint16_t *used_event = &available->ring[GUEST_RING_SIZE];
    cr_assert_not(vgpu_virtq_wants_interrupt(&queue), "nothing was given back");
    for (uint16_t i = 0; i < 4; i++) {
        describe(i, page, 24, 0, 0);
        guest_offer(&guest, Q, i);
        cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    }
    *used_event = 2;
    vgpu_virtq_push(&queue, 0, 0);
    cr_assert(vgpu_virtq_wants_interrupt(&queue), "the first is always told");
    vgpu_virtq_push(&queue, 1, 0);
    cr_assert_not(vgpu_virtq_wants_interrupt(&queue));
    vgpu_virtq_push(&queue, 2, 0);
    cr_assert(vgpu_virtq_wants_interrupt(&queue), "entry 2 was asked for");
    cr_assert_not(vgpu_virtq_wants_interrupt(&queue));
    vgpu_virtq_push(&queue, 3, 0);
    cr_assert_not(vgpu_virtq_wants_interrupt(&queue));
}

Test(virtq, knows_how_far_the_driver_looked)
{
    uint64_t page = guest_alloc(&guest, 4096);
    struct vring_avail *available = guest_at(&guest, guest.rings[Q].available);
    uint16_t *used_event = &available->ring[GUEST_RING_SIZE];
    cr_assert_eq(vgpu_virtq_unseen(&queue), 0);
    for (uint16_t i = 0; i < 4; i++) {
        describe(i, page, 24, 0, 0);
        guest_offer(&guest, Q, i);
        cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
        vgpu_virtq_push(&queue, i, 0);
    }
    cr_assert_eq(vgpu_virtq_unseen(&queue), 4);
    *used_event = 3;
    cr_assert_eq(vgpu_virtq_unseen(&queue), 1);
    *used_event = 4;
    cr_assert_eq(vgpu_virtq_unseen(&queue), 0);
    *used_event = 5;
    cr_assert_eq(vgpu_virtq_unseen(&queue), 0, "more than there is");
    (void)vgpu_virtq_stop(&queue);
    *used_event = 3;
    cr_assert_eq(vgpu_virtq_unseen(&queue), 0, "stopped");
}

Test(virtq, does_not_know_it_without_an_event_index)
{
    tear_down();
    start(0);
    uint64_t page = guest_alloc(&guest, 4096);
    describe(0, page, 24, 0, 0);
    guest_offer(&guest, Q, 0);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    vgpu_virtq_push(&queue, 0, 0);
    cr_assert_eq(vgpu_virtq_unseen(&queue), 0);
}

Test(virtq, interrupts_unless_the_flag_forbids_it)
{
    tear_down();
    start(0);
    struct vring_avail *available = guest_at(&guest, guest.rings[Q].available);
    uint64_t page = guest_alloc(&guest, 4096);
    for (uint16_t i = 0; i < 2; i++) {
        describe(i, page, 24, 0, 0);
        guest_offer(&guest, Q, i);
        cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    }
    vgpu_virtq_push(&queue, 0, 0);
    cr_assert(vgpu_virtq_wants_interrupt(&queue));
    available->flags = VRING_AVAIL_F_NO_INTERRUPT;
    vgpu_virtq_push(&queue, 1, 0);
    cr_assert_not(vgpu_virtq_wants_interrupt(&queue));
}

Test(virtq, asks_for_a_kick_and_sees_what_came_meanwhile)
{
    struct vring_used *used = guest_at(&guest, guest.rings[Q].used);
    const uint16_t *available_event = (const uint16_t *)(const void *)&used->ring[GUEST_RING_SIZE];
    uint64_t page = guest_alloc(&guest, 4096);
    describe(0, page, 24, 0, 0);
    guest_offer(&guest, Q, 0);
    cr_assert(vgpu_virtq_arm(&queue), "one waits");
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    cr_assert_not(vgpu_virtq_arm(&queue));
    cr_assert_eq(*available_event, 1);
}

Test(virtq, breaks_on_a_loop)
{
    uint64_t page = guest_alloc(&guest, 4096);
    describe(0, page, 24, VRING_DESC_F_NEXT, 1);
    describe(1, page, 24, VRING_DESC_F_NEXT, 0);
    guest_offer(&guest, Q, 0);
    is_broken("longer than its table");
}

Test(virtq, breaks_on_a_loop_in_an_indirect_table)
{
    uint64_t page = guest_alloc(&guest, 4096);
    uint64_t at = guest_alloc(&guest, 4096);
    struct vring_desc *table = guest_at(&guest, at);
    table[0] = (struct vring_desc){ page, 24, VRING_DESC_F_NEXT, 0 };
    describe(0, at, sizeof(*table), VRING_DESC_F_INDIRECT, 0);
    guest_offer(&guest, Q, 0);
    is_broken("longer than its table");
}

Test(virtq, takes_a_chain_as_long_as_the_ring_and_no_longer)
{
    uint64_t page = guest_alloc(&guest, 4096);
    for (uint16_t i = 0; i < GUEST_RING_SIZE; i++) {
        uint16_t flags = i + 1 < GUEST_RING_SIZE ? VRING_DESC_F_NEXT : 0;
        describe(i, page, 1, flags, (uint16_t)(i + 1));
    }
    guest_offer(&guest, Q, 0);
    cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    cr_assert_eq(chain.in_count, GUEST_RING_SIZE);
    describe(GUEST_RING_SIZE - 1, page, 1, VRING_DESC_F_NEXT, 0);
    guest_offer(&guest, Q, 0);
    is_broken("longer than its table");
}

Test(virtq, breaks_on_an_indirect_chain_of_too_many_pieces)
{
    enum { COUNT = VGPU_CHAIN_MAX + 1 };
    uint64_t page = guest_alloc(&guest, 4096);
    uint64_t at = guest_alloc(&guest, COUNT * sizeof(struct vring_desc));
    struct vring_desc *table = guest_at(&guest, at);
    for (uint16_t i = 0; i < COUNT; i++) {
        uint16_t flags = i + 1 < COUNT ? VRING_DESC_F_NEXT : 0;
        table[i] = (struct vring_desc){ page, 1, flags, (uint16_t)(i + 1) };
    }
    describe(0, at, COUNT * sizeof(*table), VRING_DESC_F_INDIRECT, 0);
    guest_offer(&guest, Q, 0);
    is_broken("too many pieces");
}

Test(virtq, breaks_on_an_indirect_table_inside_an_indirect_table)
{
    uint64_t at = guest_alloc(&guest, 4096);
    struct vring_desc *table = guest_at(&guest, at);
    table[0] = (struct vring_desc){ at, sizeof(*table), VRING_DESC_F_INDIRECT, 0 };
    describe(0, at, sizeof(*table), VRING_DESC_F_INDIRECT, 0);
    guest_offer(&guest, Q, 0);
    is_broken("inside a chain");
}

Test(virtq, breaks_on_an_indirect_table_behind_a_piece)
{
    uint64_t page = guest_alloc(&guest, 4096);
    describe(0, page, 24, VRING_DESC_F_NEXT, 1);
    describe(1, page, 16, VRING_DESC_F_INDIRECT, 0);
    guest_offer(&guest, Q, 0);
    is_broken("inside a chain");
}

Test(virtq, breaks_on_an_indirect_table_with_a_successor)
{
    uint64_t page = guest_alloc(&guest, 4096);
    describe(0, page, 16, VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 1);
    describe(1, page, 24, 0, 0);
    guest_offer(&guest, Q, 0);
    is_broken("inside a chain");
}

static void refuses_table(uint64_t address, uint32_t len, const char *why)
{
    tear_down();
    logged = 0;
    set_up();
    describe(0, address, len, VRING_DESC_F_INDIRECT, 0);
    guest_offer(&guest, Q, 0);
    is_broken(why);
}

Test(virtq, breaks_on_an_indirect_table_of_a_wrong_length_or_place)
{
    refuses_table(0x8000, 0, "wrong length");
    refuses_table(0x8000, 15, "wrong length");
    refuses_table(0x8000, 17, "wrong length");
    refuses_table(GUEST_LOW_LEN, 16, "outside guest memory");
    refuses_table(GUEST_LOW_LEN - 16, 32, "outside guest memory");
    refuses_table(UINT64_MAX - 15, 16, "outside guest memory");
    refuses_table(0, 65536 * 16, "wrong length");
}

Test(virtq, breaks_on_an_indirect_table_that_was_not_negotiated)
{
    tear_down();
    start(EVENT_INDEX);
    uint64_t at = guest_alloc(&guest, 4096);
    struct vring_desc *table = guest_at(&guest, at);
    table[0] = (struct vring_desc){ at, 24, 0, 0 };
    describe(0, at, sizeof(*table), VRING_DESC_F_INDIRECT, 0);
    guest_offer(&guest, Q, 0);
    is_broken("not negotiated");
}

static void refuses_piece(uint64_t address, uint32_t len, const char *why)
{
    tear_down();
    logged = 0;
    set_up();
    describe(0, address, len, 0, 0);
    guest_offer(&guest, Q, 0);
    is_broken(why);
}

Test(virtq, breaks_on_a_piece_outside_memory)
{
    refuses_piece(GUEST_LOW_LEN, 1, "outside guest memory");
    refuses_piece(GUEST_LOW_LEN - 1, 2, "outside guest memory");
    refuses_piece(GUEST_HIGH - 1, 2, "outside guest memory");
    refuses_piece(GUEST_HIGH + GUEST_HIGH_LEN - 8, UINT32_MAX, "outside guest memory");
    refuses_piece(UINT64_MAX, 1, "outside guest memory");
    refuses_piece(UINT64_MAX, UINT32_MAX, "outside guest memory");
}

Test(virtq, breaks_on_an_empty_piece)
{
    refuses_piece(0x8000, 0, "empty piece");
}

Test(virtq, breaks_on_a_readable_piece_behind_a_writable_one)
{
    uint64_t page = guest_alloc(&guest, 4096);
    describe(0, page, 24, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
    describe(1, page, 24, 0, 0);
    guest_offer(&guest, Q, 0);
    is_broken("behind a writable");
}

Test(virtq, breaks_on_a_head_outside_the_table)
{
    guest_offer(&guest, Q, GUEST_RING_SIZE);
    is_broken("head outside");
}

Test(virtq, breaks_on_a_next_outside_the_table)
{
    uint64_t page = guest_alloc(&guest, 4096);
    describe(0, page, 24, VRING_DESC_F_NEXT, GUEST_RING_SIZE);
    guest_offer(&guest, Q, 0);
    is_broken("next descriptor outside");
}

Test(virtq, breaks_on_a_jump_of_the_available_index)
{
    guest_set_available(&guest, Q, GUEST_RING_SIZE + 1);
    is_broken("jumped");
}

Test(virtq, breaks_on_an_available_index_that_goes_back)
{
    guest_set_available(&guest, Q, UINT16_MAX);
    is_broken("jumped");
}

Test(virtq, breaks_when_more_is_in_flight_than_the_ring_holds)
{
    uint64_t page = guest_alloc(&guest, 4096);
    describe(0, page, 24, 0, 0);
    for (unsigned i = 0; i < GUEST_RING_SIZE; i++) {
        guest_offer(&guest, Q, 0);
        cr_assert_eq(vgpu_virtq_pop(&queue, &chain), VIT_OK);
    }
    guest_offer(&guest, Q, 0);
    is_broken("jumped");
}

static enum vit_status start_with(void (*change)(struct vgpu_ring *ring))
{
    struct vgpu_ring ring = guest_ring_of(&guest, Q);
    change(&ring);
    enum vit_status status = vgpu_virtq_start(&queue, &memory, &ring, EVENT_INDEX);
    cr_assert_eq(queue.running, status == VIT_OK);
    return status;
}

static void unchanged(struct vgpu_ring *ring)
{
    (void)ring;
}

static void size_0(struct vgpu_ring *ring)
{
    ring->size = 0;
}

static void size_not_a_power(struct vgpu_ring *ring)
{
    ring->size = 48;
}

static void size_beyond_memory(struct vgpu_ring *ring)
{
    ring->size = 32768;
    ring->descriptors = GUEST_USER + GUEST_LOW_LEN - 4096;
}

static void descriptors_outside(struct vgpu_ring *ring)
{
    ring->descriptors = 16;
}

static void available_outside(struct vgpu_ring *ring)
{
    ring->available = GUEST_USER + GUEST_LOW_LEN;
}

static void used_outside(struct vgpu_ring *ring)
{
    ring->used = UINT64_MAX - 3;
}

static void event_outside(struct vgpu_ring *ring)
{
    ring->available = GUEST_USER + GUEST_LOW_LEN - 4 - 2 * GUEST_RING_SIZE;
}

static void descriptors_odd(struct vgpu_ring *ring)
{
    ring->descriptors += 8;
}

static void available_odd(struct vgpu_ring *ring)
{
    ring->available += 1;
}

static void used_odd(struct vgpu_ring *ring)
{
    ring->used += 2;
}

Test(virtq, refuses_rings_of_a_wrong_size_place_or_alignment)
{
    void (*wrong[])(struct vgpu_ring *) = { size_0, size_not_a_power, size_beyond_memory,
        descriptors_outside, available_outside, used_outside, event_outside, descriptors_odd,
        available_odd, used_odd };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_assert_eq(start_with(unchanged), VIT_OK);
        cr_assert_eq(start_with(wrong[i]), VIT_E_ARG, "case %zu", i);
    }
}
