/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include <linux/virtio_config.h>

#include "kmd-stub/gpu_capset.h"
#include "tests/kmd-stub/fake_device.h"
#include "wire/capset.h"

#define EVENT_IDX (UINT64_C(1) << VIRTIO_RING_F_EVENT_IDX)
#define INDIRECT (UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC)

static const uint64_t ring_features[] = { 0, EVENT_IDX, INDIRECT, EVENT_IDX | INDIRECT };
enum { FEATURE_SETS = 4 };

struct world {
    struct fake_device *device;
    struct vit_arena *arena;
    struct vit_gpu gpu;
};

static void prepare(struct world *world, uint64_t features)
{
    *world = (struct world){ .device = fake_device_create(features) };
    cr_assert_eq(vit_arena_create(64 << 20, &world->arena), VIT_OK);
}

static void open_world(struct world *world, uint64_t features)
{
    prepare(world, features);
    cr_assert_eq(vit_gpu_init(&world->gpu, &world->device->base, world->arena), VIT_OK);
}

static void close_world(struct world *world)
{
    vit_transport_destroy(&world->device->base);
    vit_arena_destroy(world->arena);
}

static enum vit_status run(struct world *world, uint32_t type)
{
    struct vit_gpu_batch batch = { .count = 0 };
    void *request;
    VIT_TRY(vit_gpu_add(&world->gpu, &batch, type, sizeof(struct virtio_gpu_ctx_create), &request));
    return vit_gpu_run(&world->gpu, &batch);
}

static enum vit_status submit(struct world *world)
{
    return vit_gpu_submit(&world->gpu, 7, "0123456789", 10);
}

Test(gpu, takes_the_ring_features_that_are_offered)
{
    for (unsigned i = 0; i < FEATURE_SETS; i++) {
        struct world world;
        open_world(&world, ring_features[i]);
        cr_assert_eq(world.device->accepted & (EVENT_IDX | INDIRECT), ring_features[i]);
        cr_assert_eq(run(&world, VIRTIO_GPU_CMD_CTX_CREATE), VIT_OK);
        close_world(&world);
    }
}

Test(gpu, refuses_a_device_without_what_it_needs)
{
    static const uint64_t needed[] = { UINT64_C(1) << VIRTIO_F_VERSION_1,
        UINT64_C(1) << VIRTIO_GPU_F_VIRGL };
    for (unsigned i = 0; i < 2; i++) {
        struct world world;
        prepare(&world, INDIRECT);
        world.device->base.features &= ~needed[i];
        cr_assert_eq(vit_gpu_init(&world.gpu, &world.device->base, world.arena), VIT_E_UNSUPPORTED);
        close_world(&world);
    }
}

Test(gpu, a_batch_is_one_kick_in_order)
{
    struct world world;
    open_world(&world, INDIRECT);
    struct vit_gpu_batch batch = { .count = 0 };
    static const uint32_t types[] = { VIRTIO_GPU_CMD_CTX_CREATE, VIRTIO_GPU_CMD_SET_SCANOUT,
        VIRTIO_GPU_CMD_RESOURCE_FLUSH, VIRTIO_GPU_CMD_CTX_DESTROY };
    void *request;
    for (unsigned i = 0; i < VIT_GPU_BATCH_MAX; i++) {
        cr_assert_eq(vit_gpu_add(&world.gpu, &batch, types[i], 64, &request), VIT_OK);
    }
    cr_assert_eq(vit_gpu_add(&world.gpu, &batch, types[0], 64, &request), VIT_E_LIMIT);
    cr_assert_eq(vit_gpu_run(&world.gpu, &batch), VIT_OK);
    cr_assert_eq(world.device->kicks, 1);
    for (unsigned i = 0; i < VIT_GPU_BATCH_MAX; i++) {
        cr_assert_eq(world.device->requests[i].type, types[i]);
        cr_assert_eq(world.device->requests[i].len, 64);
    }
    cr_assert_eq(world.gpu.free_count, VIT_GPU_SLOTS);
    close_world(&world);
}

Test(gpu, a_refusal_says_what_to_do)
{
    static const struct {
        uint32_t response;
        enum vit_status status;
    } pairs[] = {
        { VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY, VIT_E_LIMIT },
        { VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER, VIT_E_ARG },
        { VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID, VIT_E_ARG },
        { VIRTIO_GPU_RESP_ERR_UNSPEC, VIT_E_REFUSED },
    };
    for (unsigned i = 0; i < 4; i++) {
        struct world world;
        open_world(&world, INDIRECT | EVENT_IDX);
        world.device->refuse_type = VIRTIO_GPU_CMD_CTX_CREATE;
        world.device->refusal = pairs[i].response;
        cr_expect_eq(run(&world, VIRTIO_GPU_CMD_CTX_CREATE), pairs[i].status);
        cr_expect_eq(run(&world, VIRTIO_GPU_CMD_CTX_DESTROY), VIT_OK, "and it goes on");
        cr_expect_eq(world.gpu.free_count, VIT_GPU_SLOTS);
        close_world(&world);
    }
}

Test(gpu, an_answer_that_is_none_loses_the_device)
{
    static const uint32_t answers[] = { 0, VIRTIO_GPU_RESP_OK_CAPSET, 0x1206, UINT32_MAX };
    for (unsigned i = 0; i < 4; i++) {
        struct world world;
        open_world(&world, INDIRECT);
        world.device->refuse_type = VIRTIO_GPU_CMD_CTX_CREATE;
        world.device->refusal = answers[i];
        cr_expect_eq(run(&world, VIRTIO_GPU_CMD_CTX_CREATE), VIT_E_GONE, "%x", answers[i]);
        cr_expect_eq(run(&world, VIRTIO_GPU_CMD_CTX_DESTROY), VIT_E_GONE);
        cr_expect_eq(submit(&world), VIT_E_GONE);
        cr_expect_eq(vit_gpu_wait(&world.gpu, 0), VIT_E_GONE);
        close_world(&world);
    }
}

Test(gpu, a_ring_that_is_none_loses_the_device)
{
    static const enum fake_fault faults[] = { FAULT_HEAD_OUTSIDE, FAULT_HEAD_NOT_SENT, FAULT_TWICE,
        FAULT_SHORT };
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < FEATURE_SETS; j++) {
            struct world world;
            open_world(&world, ring_features[j]);
            world.device->fault = faults[i];
            cr_expect_eq(run(&world, VIRTIO_GPU_CMD_CTX_CREATE), VIT_E_GONE, "fault %u", i);
            cr_expect(world.gpu.gone);
            close_world(&world);
        }
    }
}

Test(gpu, a_submission_carries_its_bytes_a_fence_and_its_context)
{
    struct world world;
    open_world(&world, INDIRECT);
    cr_assert_eq(submit(&world), VIT_OK);
    const struct fake_request *request = fake_device_last(world.device, VIRTIO_GPU_CMD_SUBMIT_3D);
    struct virtio_gpu_cmd_submit command;
    memcpy(&command, request->bytes, sizeof(command));
    cr_assert_eq(request->len, sizeof(command) + 10);
    cr_assert_eq(command.hdr.flags, VIRTIO_GPU_FLAG_FENCE);
    cr_assert_neq(command.hdr.fence_id, 0);
    cr_assert_eq(command.hdr.ctx_id, 7);
    cr_assert_eq(command.size, 10);
    cr_assert_arr_eq(request->bytes + sizeof(command), "0123456789", 10);
    cr_assert_eq(world.gpu.in_flight, 0);
    close_world(&world);
}

Test(gpu, what_was_submitted_does_not_stay_in_shared_memory)
{
    struct world world;
    open_world(&world, INDIRECT);
    static const char secret[] = "a wrapped content key";
    cr_assert_eq(vit_gpu_submit(&world.gpu, 1, secret, sizeof(secret)), VIT_OK);
    const uint8_t *slots = vit_arena_at(world.arena, world.gpu.slots_offset);
    cr_assert_null(memmem(slots, VIT_GPU_SLOTS * VIT_GPU_SLOT_LEN, secret, sizeof(secret)));
    close_world(&world);
}

Test(gpu, a_refused_submission_has_come_back_as_any_other)
{
    struct world world;
    open_world(&world, INDIRECT);
    world.device->refuse_type = VIRTIO_GPU_CMD_SUBMIT_3D;
    world.device->refusal = VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    cr_expect_eq(submit(&world), VIT_OK, "its reply says why");
    cr_expect_eq(world.gpu.in_flight, 0);
    cr_expect_eq(world.gpu.finished, 1);
    close_world(&world);
}

Test(gpu, a_submission_that_comes_back_with_another_fence_loses_the_device)
{
    for (unsigned i = 0; i < 4; i++) {
        struct world world;
        open_world(&world, INDIRECT);
        world.device->fault = i % 2 == 0 ? FAULT_WRONG_FENCE : FAULT_NO_FENCE;
        world.device->refuse_type = i < 2 ? 0 : VIRTIO_GPU_CMD_SUBMIT_3D;
        world.device->refusal = VIRTIO_GPU_RESP_ERR_UNSPEC;
        cr_expect_eq(submit(&world), VIT_E_GONE, "case %u", i);
        close_world(&world);
    }
}

Test(gpu, full_is_busy_until_one_comes_back)
{
    for (unsigned j = 0; j < FEATURE_SETS; j++) {
        struct world world;
        open_world(&world, ring_features[j]);
        world.device->hold_submissions = true;
        for (unsigned i = 0; i < VIT_GPU_SLOTS; i++) {
            cr_assert_eq(submit(&world), VIT_OK);
        }
        cr_assert_eq(submit(&world), VIT_E_BUSY);
        cr_assert_eq(vit_gpu_wait(&world.gpu, 0), VIT_E_TIMEOUT);
        cr_assert_eq(vit_gpu_wait(&world.gpu, 1000000), VIT_OK);
        cr_assert_eq(submit(&world), VIT_OK);
        cr_assert_eq(submit(&world), VIT_E_BUSY);
        cr_assert_eq(run(&world, VIRTIO_GPU_CMD_CTX_CREATE), VIT_OK, "waits for a slot");
        close_world(&world);
    }
}

Test(gpu, a_submission_that_does_not_fit_is_refused)
{
    static uint8_t bytes[VIT_GPU_REQUEST_MAX_LEN];
    struct world world;
    open_world(&world, INDIRECT);
    size_t most = VIT_GPU_REQUEST_MAX_LEN - sizeof(struct virtio_gpu_cmd_submit);
    cr_assert_eq(vit_gpu_submit(&world.gpu, 1, bytes, most), VIT_OK);
    cr_assert_eq(vit_gpu_submit(&world.gpu, 1, bytes, most + 1), VIT_E_LIMIT);
    cr_assert_eq(world.gpu.free_count, VIT_GPU_SLOTS);
    close_world(&world);
}

Test(gpu, a_transport_that_ends_loses_the_device)
{
    for (unsigned i = 0; i < 2; i++) {
        struct world world;
        open_world(&world, INDIRECT);
        world.device->hold_submissions = true;
        world.device->kick_status = i == 0 ? VIT_E_GONE : VIT_OK;
        world.device->wait_status = i == 1 ? VIT_E_GONE : VIT_OK;
        cr_expect_eq(submit(&world), i == 0 ? VIT_E_GONE : VIT_OK);
        cr_expect_eq(vit_gpu_wait(&world.gpu, 1000000), VIT_E_GONE);
        close_world(&world);
    }
}

/* Takes its two seconds. */
Test(gpu, a_command_without_an_answer_loses_the_device)
{
    struct world world;
    open_world(&world, INDIRECT);
    world.device->deaf = true;
    cr_assert_eq(run(&world, VIRTIO_GPU_CMD_CTX_CREATE), VIT_E_GONE);
    cr_assert_eq(run(&world, VIRTIO_GPU_CMD_CTX_CREATE), VIT_E_GONE, "at once");
    close_world(&world);
}

Test(gpu, finds_the_capset_and_no_other)
{
    struct world world;
    uint8_t out[VIT_CAPSET_MAX_LEN];
    size_t len = 0;
    open_world(&world, INDIRECT);
    cr_assert_eq(vit_gpu_capset(&world.gpu, out, &len), VIT_OK);
    cr_assert_eq(len, world.device->capset_len);
    cr_assert_arr_eq(out, world.device->capset, len);
    world.device->capset_id = 1;
    cr_assert_eq(vit_gpu_capset(&world.gpu, out, &len), VIT_E_UNSUPPORTED);
    world.device->base.capset_count = 0;
    cr_assert_eq(vit_gpu_capset(&world.gpu, out, &len), VIT_E_UNSUPPORTED);
    close_world(&world);
}

Test(gpu, a_capset_that_is_empty_or_too_long_is_refused)
{
    static const uint32_t lens[] = { 0, VIT_CAPSET_MAX_LEN + 1, UINT32_MAX };
    for (unsigned i = 0; i < 3; i++) {
        struct world world;
        uint8_t out[VIT_CAPSET_MAX_LEN];
        size_t len = 0;
        open_world(&world, INDIRECT);
        world.device->capset_len = lens[i];
        cr_expect_eq(vit_gpu_capset(&world.gpu, out, &len), VIT_E_PROTOCOL, "%u", lens[i]);
        close_world(&world);
    }
}
