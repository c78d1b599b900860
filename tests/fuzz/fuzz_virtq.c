/* SPDX-License-Identifier: MIT */
/*
 * The device's side of a ring, in memory that is the input and changes between its calls.
 *
 * Input: u8 size (a power of two, or wrong), u8 flags, u16 base, u16 length of the script, the
 * script, then the image of the memory: descriptors, available ring, used ring, the rest.
 */
#include <linux/virtio_ring.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/fuzz/fuzz.h"
#include "vgpu/virtq.h"

enum { LOW_LEN = 16384, HIGH_LEN = 4096, TAKEN_MAX = 64 };
enum { FLAG_EVENT_INDEX = 1, FLAG_INDIRECT = 2, FLAG_MISALIGNED = 4, FLAG_ODD_SIZE = 8 };

#define HIGH UINT64_C(0x100000000)
#define USER UINT64_C(0x7f0000000000)

struct scene {
    uint8_t *low, *high;
    struct vgpu_memory memory;
    struct vgpu_virtq queue;
    struct vgpu_chain chain;
    uint16_t taken[TAKEN_MAX]; /* heads that are out */
    size_t taken_count;
};

static struct scene scene;

static void prepare(void)
{
    if (scene.low == NULL) {
        scene.low = aligned_alloc(4096, LOW_LEN);
        scene.high = aligned_alloc(4096, HIGH_LEN);
        FUZZ_CHECK(scene.low != NULL && scene.high != NULL);
    }
    memset(scene.low, 0, LOW_LEN);
    memset(scene.high, 0, HIGH_LEN);
    scene.taken_count = 0;
    struct vgpu_region regions[2] = {
        { 0, USER, LOW_LEN, scene.low },
        { HIGH, USER + HIGH, HIGH_LEN, scene.high },
    };
    FUZZ_CHECK(vgpu_memory_set(&scene.memory, regions, 2) == VIT_OK);
}

static enum vit_status start(struct vit_reader *in)
{
    uint16_t size = (uint16_t)(1u << (vit_get_u8(in) & 15));
    uint8_t flags = vit_get_u8(in);
    struct vgpu_ring ring = { .size = size, .base = vit_get_u16(in), .descriptors = USER };
    ring.available = USER + size * 16u;
    ring.used = (ring.available + 6 + size * 2u + 3) / 4 * 4;
    ring.descriptors += (flags & FLAG_MISALIGNED) != 0 ? 8 : 0;
    ring.size -= (flags & FLAG_ODD_SIZE) != 0 ? 1 : 0;
    uint64_t features = (flags & FLAG_EVENT_INDEX) != 0 ? 1u << VIRTIO_RING_F_EVENT_IDX : 0;
    features |= (flags & FLAG_INDIRECT) != 0 ? 1u << VIRTIO_RING_F_INDIRECT_DESC : 0;
    return vgpu_virtq_start(&scene.queue, &scene.memory, &ring, features);
}

static bool inside(const struct iovec *piece)
{
    uintptr_t base = (uintptr_t)piece->iov_base, low = (uintptr_t)scene.low,
              high = (uintptr_t)scene.high;
    return (base >= low && piece->iov_len <= LOW_LEN && base - low <= LOW_LEN - piece->iov_len) ||
            (base >= high && piece->iov_len <= HIGH_LEN &&
                    base - high <= HIGH_LEN - piece->iov_len);
}

static void check_chain(const struct vgpu_chain *chain)
{
    uint64_t lens[2] = { 0, 0 };
    FUZZ_CHECK(chain->head < scene.queue.ring.size);
    FUZZ_CHECK(chain->in_count + chain->out_count <= VGPU_CHAIN_MAX);
    for (size_t i = 0; i < chain->in_count + chain->out_count; i++) {
        FUZZ_CHECK(chain->pieces[i].iov_len > 0 && inside(&chain->pieces[i]));
        lens[i < chain->in_count ? 0 : 1] += chain->pieces[i].iov_len;
    }
    FUZZ_CHECK(lens[0] == chain->in_len && lens[1] == chain->out_len);
}

static void pop(void)
{
    bool was_broken = scene.queue.broken;
    enum vit_status status = vgpu_virtq_pop(&scene.queue, &scene.chain);
    FUZZ_CHECK(!was_broken || status == VIT_E_PROTOCOL);
    FUZZ_CHECK(scene.queue.in_flight <= scene.queue.ring.size);
    if (status != VIT_OK) {
        return;
    }
    check_chain(&scene.chain);
    if (scene.taken_count < TAKEN_MAX) {
        scene.taken[scene.taken_count++] = scene.chain.head;
    }
}

static void poke(struct vit_reader *in)
{
    uint16_t at = vit_get_u16(in) & (LOW_LEN - 2);
    uint16_t value = vit_get_u16(in);
    memcpy(scene.low + at, &value, sizeof(value));
}

static void step(struct vit_reader *in)
{
    switch (vit_get_u8(in) % 6) {
    case 0:
        pop();
        return;
    case 1:
        if (scene.taken_count > 0) {
            vgpu_virtq_push(&scene.queue, scene.taken[--scene.taken_count], 4);
        }
        return;
    case 2:
        (void)vgpu_virtq_arm(&scene.queue);
        return;
    case 3:
        (void)vgpu_virtq_wants_interrupt(&scene.queue);
        return;
    case 4:
        poke(in);
        return;
    default:
        (void)vgpu_virtq_stop(&scene.queue);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vit_reader in, script;
    prepare();
    vit_reader_init(&in, data, len);
    vit_get_skip(&in, 4);
    uint16_t script_len = vit_get_u16(&in);
    const uint8_t *steps = vit_get_span(&in, script_len);
    if (steps == NULL) {
        return 0;
    }
    size_t image_len = vit_reader_left(&in) < LOW_LEN ? vit_reader_left(&in) : LOW_LEN;
    vit_get_bytes(&in, scene.low, image_len);
    vit_reader_init(&in, data, len);
    if (start(&in) != VIT_OK) {
        FUZZ_CHECK(!scene.queue.running);
        return 0;
    }
    vit_reader_init(&script, steps, script_len);
    while (vit_reader_ok(&script) && vit_reader_left(&script) > 0) {
        step(&script);
    }
    return 0;
}
