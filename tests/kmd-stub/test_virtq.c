/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "kmd-stub/virtq.h"

enum { SIZE = 8 };

struct ring {
    _Alignas(4096) uint8_t memory[4096];
    struct vit_virtq queue;
};

static void open_ring(struct ring *ring, bool event_index)
{
    memset(ring->memory, 0, sizeof(ring->memory));
    vit_virtq_init(&ring->queue, ring->memory, SIZE, event_index);
}

/* The device's side. */
static void use(struct ring *ring, uint32_t id, uint32_t len)
{
    struct vring_used *used = ring->queue.used;
    used->ring[used->idx % SIZE] = (struct vring_used_elem){ id, len };
    used->idx++;
}

static void ask_for_kick_at(struct ring *ring, uint16_t index)
{
    memcpy(&ring->queue.used->ring[SIZE], &index, sizeof(index));
}

Test(virtq, its_layout_is_aligned_and_does_not_overlap)
{
    for (uint16_t size = 1; size <= VIT_VIRTQ_MAX_SIZE; size *= 2) {
        struct vit_virtq_layout layout = vit_virtq_layout(size);
        cr_assert_eq(layout.descriptors % 16, 0);
        cr_assert_eq(layout.available % 2, 0);
        cr_assert_eq(layout.used % 4, 0);
        cr_assert_geq(layout.available, layout.descriptors + 16u * size);
        cr_assert_geq(layout.used, layout.available + 6u + 2u * size);
        cr_assert_geq(layout.len, layout.used + 6u + 8u * size);
    }
}

Test(virtq, carries_heads_there_and_back)
{
    static struct ring ring;
    open_ring(&ring, false);
    uint16_t head = 99;
    uint32_t written = 0;
    cr_assert_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_E_BUSY);
    vit_virtq_publish(&ring.queue, 3);
    vit_virtq_publish(&ring.queue, 5);
    cr_assert_eq(ring.queue.available->idx, 2);
    cr_assert_eq(ring.queue.available->ring[0], 3);
    cr_assert_eq(ring.queue.available->ring[1], 5);
    use(&ring, 5, 24);
    cr_assert_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_OK);
    cr_assert_eq(head, 5);
    cr_assert_eq(written, 24);
    cr_assert_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_E_BUSY);
    use(&ring, 3, 1);
    cr_assert_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_OK);
    cr_assert_eq(head, 3);
}

Test(virtq, goes_round_its_indices)
{
    static struct ring ring;
    open_ring(&ring, true);
    for (unsigned i = 0; i < 70000; i++) {
        uint16_t head = 99;
        uint32_t written = 0;
        vit_virtq_publish(&ring.queue, (uint16_t)(i % SIZE));
        ask_for_kick_at(&ring, (uint16_t)i);
        cr_assert(vit_virtq_kick_wanted(&ring.queue), "entry %u", i);
        use(&ring, i % SIZE, i);
        cr_assert_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_OK);
        cr_assert_eq(head, i % SIZE);
        cr_assert_eq(written, i);
    }
}

Test(virtq, a_head_that_the_device_does_not_have_breaks_the_protocol)
{
    static const uint32_t bad[] = { 1, SIZE, UINT32_MAX, 0x10002 };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        static struct ring ring;
        uint16_t head;
        uint32_t written;
        open_ring(&ring, false);
        vit_virtq_publish(&ring.queue, 2);
        use(&ring, bad[i], 0);
        cr_expect_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_E_PROTOCOL, "%x", bad[i]);
    }
    static struct ring ring;
    uint16_t head;
    uint32_t written;
    open_ring(&ring, false);
    vit_virtq_publish(&ring.queue, 2);
    use(&ring, 2, 0);
    use(&ring, 2, 0);
    cr_expect_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_OK);
    cr_expect_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_E_PROTOCOL, "twice");
}

Test(virtq, kicks_when_the_device_wants_it)
{
    static struct ring ring;
    open_ring(&ring, false);
    cr_assert_not(vit_virtq_kick_wanted(&ring.queue), "nothing published");
    vit_virtq_publish(&ring.queue, 0);
    cr_assert(vit_virtq_kick_wanted(&ring.queue));
    cr_assert_not(vit_virtq_kick_wanted(&ring.queue), "once is enough");
    ring.queue.used->flags = VRING_USED_F_NO_NOTIFY;
    vit_virtq_publish(&ring.queue, 1);
    cr_assert_not(vit_virtq_kick_wanted(&ring.queue));
}

Test(virtq, kicks_at_the_event_index)
{
    static struct ring ring;
    open_ring(&ring, true);
    ask_for_kick_at(&ring, 1);
    vit_virtq_publish(&ring.queue, 0);
    cr_assert_not(vit_virtq_kick_wanted(&ring.queue), "not yet");
    vit_virtq_publish(&ring.queue, 1);
    cr_assert(vit_virtq_kick_wanted(&ring.queue));
    vit_virtq_publish(&ring.queue, 2);
    cr_assert_not(vit_virtq_kick_wanted(&ring.queue), "not again");
}

/* Would the device interrupt for the entry that it used last? */
static bool would_interrupt(const struct ring *ring, bool event_index)
{
    uint16_t event = ring->queue.available->ring[SIZE];
    uint16_t index = ring->queue.used->idx;
    if (event_index) {
        return vring_need_event(event, index, (uint16_t)(index - 1));
    }
    return (ring->queue.available->flags & VRING_AVAIL_F_NO_INTERRUPT) == 0;
}

Test(virtq, interrupts_come_only_while_it_is_armed)
{
    for (unsigned event_index = 0; event_index < 2; event_index++) {
        static struct ring ring;
        uint16_t head;
        uint32_t written;
        open_ring(&ring, event_index != 0);
        vit_virtq_publish(&ring.queue, 0);
        use(&ring, 0, 0);
        cr_expect_not(would_interrupt(&ring, event_index != 0), "not armed yet");
        cr_expect(vit_virtq_arm(&ring.queue), "one is there: do not sleep");
        cr_assert_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_OK);
        cr_expect_not(vit_virtq_arm(&ring.queue));
        vit_virtq_publish(&ring.queue, 1);
        use(&ring, 1, 0);
        cr_expect(would_interrupt(&ring, event_index != 0), "armed");
        cr_assert_eq(vit_virtq_take(&ring.queue, &head, &written), VIT_OK);
        vit_virtq_disarm(&ring.queue);
        vit_virtq_publish(&ring.queue, 2);
        use(&ring, 2, 0);
        cr_expect_not(would_interrupt(&ring, event_index != 0), "disarmed");
    }
}
