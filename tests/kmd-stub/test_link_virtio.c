/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include <linux/virtio_config.h>

#include "kmd-stub/link_virtio.h"
#include "tests/kmd-stub/fake_device.h"
#include "wire/capset.h"
#include "wire/virtio_gpu.h"

struct world {
    struct fake_device *device;
    struct vit_link *link;
    uint32_t context;
};

static void open_world(struct world *world)
{
    world->device = fake_device_create(UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC);
    cr_assert_eq(vit_link_virtio_create(&world->device->base, &world->link), VIT_OK);
    cr_assert_eq(world->link->impl->create_context(world->link, &world->context), VIT_OK);
}

static void close_world(struct world *world)
{
    world->link->impl->destroy(world->link);
}

static struct vit_allocation_block block_of(enum vit_allocation_kind kind)
{
    bool picture = kind >= VIT_ALLOCATION_PRIMARY;
    return (struct vit_allocation_block){ kind, picture ? 64 : 5000, picture ? 32 : 1,
        picture ? VIT_FORMAT_BGRX : VIT_FORMAT_BYTES, picture ? 64 * 32 * 4 : 5000 };
}

static enum vit_status create(struct world *world, const struct vit_allocation_block *block,
        struct vit_link_resource *resource)
{
    return world->link->impl->create_resource(world->link, world->context, block, resource);
}

static struct vit_link_resource created(struct world *world, enum vit_allocation_kind kind)
{
    struct vit_allocation_block block = block_of(kind);
    struct vit_link_resource resource;
    cr_assert_eq(create(world, &block, &resource), VIT_OK);
    return resource;
}

static struct virtio_gpu_resource_create_3d last_create_3d(const struct world *world)
{
    struct virtio_gpu_resource_create_3d create_3d;
    memcpy(&create_3d, fake_device_last(world->device, VIRTIO_GPU_CMD_RESOURCE_CREATE_3D)->bytes,
            sizeof(create_3d));
    return create_3d;
}

static void expect_attached(const struct world *world, uint32_t id)
{
    struct virtio_gpu_ctx_resource attach;
    memcpy(&attach, fake_device_last(world->device, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE)->bytes,
            sizeof(attach));
    cr_expect_eq(attach.hdr.ctx_id, world->context);
    cr_expect_eq(attach.resource_id, id);
}

static void expect_backed(const struct world *world, const struct vit_link_resource *resource)
{
    struct {
        struct virtio_gpu_resource_attach_backing attach;
        struct virtio_gpu_mem_entry entry;
    } backing;
    memcpy(&backing, fake_device_last(world->device, VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING)->bytes,
            sizeof(backing));
    cr_expect_eq(backing.attach.resource_id, resource->id);
    cr_expect_eq(backing.attach.nr_entries, 1);
    cr_expect_eq(backing.entry.length, resource->size);
    cr_expect_eq(world->device->memory.base + backing.entry.addr, resource->mapping);
}

Test(link_virtio, shared_memory_is_a_buffer_in_the_arena)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource resource = created(&world, VIT_ALLOCATION_SHARED);
    struct virtio_gpu_resource_create_3d create_3d = last_create_3d(&world);
    cr_expect_eq(create_3d.resource_id, resource.id);
    cr_expect_eq(create_3d.target, VIT_TARGET_BUFFER);
    cr_expect_eq(create_3d.format, 64);
    cr_expect_eq(create_3d.bind, 1 << 19);
    cr_expect_eq(create_3d.width, 5000);
    cr_expect_eq(create_3d.height, 1);
    cr_expect_eq(create_3d.depth, 1);
    cr_expect_eq(create_3d.array_size, 1);
    cr_expect_eq(create_3d.flags, 0);
    expect_backed(&world, &resource);
    expect_attached(&world, resource.id);
    close_world(&world);
}

Test(link_virtio, a_shared_picture_is_one_to_the_device_too)
{
    struct world world;
    open_world(&world);
    struct vit_allocation_block block = { VIT_ALLOCATION_SHARED, 64, 32, VIT_FORMAT_NV12,
        64 * 32 * 3 / 2 };
    struct vit_link_resource resource;
    cr_assert_eq(create(&world, &block, &resource), VIT_OK);
    struct virtio_gpu_resource_create_3d create_3d = last_create_3d(&world);
    cr_expect_eq(create_3d.resource_id, resource.id);
    cr_expect_eq(create_3d.target, VIT_TARGET_2D);
    cr_expect_eq(create_3d.format, VIT_FORMAT_NV12);
    cr_expect_eq(create_3d.bind, 1 << 19);
    cr_expect_eq(create_3d.width, 64);
    cr_expect_eq(create_3d.height, 32);
    cr_expect_eq(create_3d.depth, 1);
    cr_expect_eq(create_3d.array_size, 1);
    cr_expect_eq(create_3d.last_level, 0);
    cr_expect_eq(create_3d.flags, 0);
    expect_backed(&world, &resource);
    expect_attached(&world, resource.id);
    close_world(&world);
}

Test(link_virtio, a_protected_one_has_no_memory_here)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource resource = created(&world, VIT_ALLOCATION_PROTECTED);
    struct virtio_gpu_resource_create_3d create_3d = last_create_3d(&world);
    cr_expect_eq(create_3d.flags, 0x40000000);
    cr_expect_eq(create_3d.format, 64);
    cr_expect_null(resource.mapping);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING), 0);
    expect_attached(&world, resource.id);

    resource = created(&world, VIT_ALLOCATION_PROTECTED_PRIMARY);
    create_3d = last_create_3d(&world);
    cr_expect_eq(create_3d.flags, 0x40000000);
    cr_expect_eq(create_3d.target, VIT_TARGET_2D);
    cr_expect_eq(create_3d.format, VIT_FORMAT_BGRX);
    cr_expect_eq(create_3d.width, 64);
    cr_expect_eq(create_3d.height, 32);
    cr_expect_null(resource.mapping);
    expect_attached(&world, resource.id);
    close_world(&world);
}

Test(link_virtio, a_primary_is_a_2d_resource)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource resource = created(&world, VIT_ALLOCATION_PRIMARY);
    struct virtio_gpu_resource_create_2d create_2d;
    memcpy(&create_2d, fake_device_last(world.device, VIRTIO_GPU_CMD_RESOURCE_CREATE_2D)->bytes,
            sizeof(create_2d));
    cr_expect_eq(create_2d.resource_id, resource.id);
    cr_expect_eq(create_2d.format, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM);
    cr_expect_eq(create_2d.width, 64);
    cr_expect_eq(create_2d.height, 32);
    expect_backed(&world, &resource);
    expect_attached(&world, resource.id);
    close_world(&world);
}

Test(link_virtio, ids_are_never_used_again)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource first = created(&world, VIT_ALLOCATION_SHARED);
    uint32_t id = first.id;
    world.link->impl->destroy_resource(world.link, world.context, &first);
    struct vit_link_resource second = created(&world, VIT_ALLOCATION_SHARED);
    cr_expect_neq(second.id, id);
    uint32_t context;
    world.link->impl->destroy_context(world.link, world.context);
    cr_assert_eq(world.link->impl->create_context(world.link, &context), VIT_OK);
    cr_expect_neq(context, world.context);
    close_world(&world);
}

Test(link_virtio, destroying_takes_everything_back_and_empties_the_memory)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource resource = created(&world, VIT_ALLOCATION_SHARED);
    uint8_t *mapping = resource.mapping;
    memset(mapping, 0xee, 5000);
    world.link->impl->destroy_resource(world.link, world.context, &resource);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE), 1);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING), 1);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_RESOURCE_UNREF), 1);
    for (unsigned i = 0; i < 5000; i++) {
        cr_assert_eq(mapping[i], 0);
    }
    struct vit_link_resource next = created(&world, VIT_ALLOCATION_SHARED);
    cr_expect_eq(next.mapping, mapping, "the range is free again");
    close_world(&world);
}

Test(link_virtio, a_refused_creation_leaves_nothing)
{
    static const uint32_t types[] = { VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
        VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE };
    for (unsigned i = 0; i < 3; i++) {
        struct world world;
        open_world(&world);
        struct vit_link_resource before = created(&world, VIT_ALLOCATION_SHARED);
        struct vit_allocation_block block = block_of(VIT_ALLOCATION_SHARED);
        struct vit_link_resource resource = { .id = 77 };
        world.device->refuse_type = types[i];
        world.device->refusal = VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
        cr_expect_eq(create(&world, &block, &resource), VIT_E_LIMIT);
        cr_expect_eq(resource.id, 77);
        world.device->refuse_type = 0;
        struct vit_link_resource next = created(&world, VIT_ALLOCATION_SHARED);
        cr_expect_eq((uint8_t *)next.mapping - (uint8_t *)before.mapping, 8192,
                "the range is free again");
        close_world(&world);
    }
}

Test(link_virtio, memory_of_a_lost_device_is_not_handed_out_again)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource resource = created(&world, VIT_ALLOCATION_SHARED);
    uint8_t *mapping = resource.mapping;
    mapping[0] = 1;
    world.device->fault = FAULT_SHORT;
    world.link->impl->destroy_resource(world.link, world.context, &resource);
    cr_expect_eq(mapping[0], 1, "the device may still use it");
    struct vit_allocation_block block = block_of(VIT_ALLOCATION_SHARED);
    cr_expect_eq(create(&world, &block, &resource), VIT_E_GONE);
    close_world(&world);
}

static enum vit_status present(struct world *world, uint32_t output,
        const struct vit_link_resource *resource)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BGRX, 64, 32), VIT_OK);
    return world->link->impl->present(world->link, world->context, output, resource, &surface);
}

Test(link_virtio, a_primary_is_transferred_set_and_flushed)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource resource = created(&world, VIT_ALLOCATION_PRIMARY);
    unsigned kicks = world.device->kicks;
    cr_assert_eq(present(&world, 3, &resource), VIT_OK);
    cr_expect_eq(world.device->kicks, kicks + 1, "one round trip");
    struct virtio_gpu_transfer_to_host_2d transfer;
    memcpy(&transfer, fake_device_last(world.device, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D)->bytes,
            sizeof(transfer));
    cr_expect_eq(transfer.resource_id, resource.id);
    cr_expect_eq(transfer.r.width, 64);
    cr_expect_eq(transfer.r.height, 32);
    cr_expect_eq(transfer.offset, 0);
    struct virtio_gpu_set_scanout scanout;
    memcpy(&scanout, fake_device_last(world.device, VIRTIO_GPU_CMD_SET_SCANOUT)->bytes,
            sizeof(scanout));
    cr_expect_eq(scanout.scanout_id, 3);
    cr_expect_eq(scanout.resource_id, resource.id);
    struct virtio_gpu_resource_flush flush;
    memcpy(&flush, fake_device_last(world.device, VIRTIO_GPU_CMD_RESOURCE_FLUSH)->bytes,
            sizeof(flush));
    cr_expect_eq(flush.resource_id, resource.id);
    cr_expect_eq(flush.r.width, 64);

    cr_assert_eq(present(&world, 3, &resource), VIT_OK);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_SET_SCANOUT), 1, "set already");
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D), 2);
    cr_assert_eq(present(&world, 2, &resource), VIT_OK);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_SET_SCANOUT), 2);
    close_world(&world);
}

Test(link_virtio, a_protected_primary_is_never_transferred)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource resource = created(&world, VIT_ALLOCATION_PROTECTED_PRIMARY);
    cr_assert_eq(present(&world, 0, &resource), VIT_OK);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D), 0);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_SET_SCANOUT), 1);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_RESOURCE_FLUSH), 1);
    close_world(&world);
}

Test(link_virtio, a_destroyed_primary_is_set_anew_by_its_successor)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource resource = created(&world, VIT_ALLOCATION_PRIMARY);
    cr_assert_eq(present(&world, 0, &resource), VIT_OK);
    world.link->impl->destroy_resource(world.link, world.context, &resource);
    resource = created(&world, VIT_ALLOCATION_PRIMARY);
    cr_assert_eq(present(&world, 0, &resource), VIT_OK);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_SET_SCANOUT), 2);
    cr_expect_eq(present(&world, 16, &resource), VIT_E_ARG, "no such output");
    close_world(&world);
}

Test(link_virtio, a_refused_scanout_is_tried_again)
{
    struct world world;
    open_world(&world);
    struct vit_link_resource resource = created(&world, VIT_ALLOCATION_PRIMARY);
    world.device->refuse_type = VIRTIO_GPU_CMD_SET_SCANOUT;
    world.device->refusal = VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
    cr_expect_eq(present(&world, 0, &resource), VIT_E_ARG);
    world.device->refuse_type = 0;
    cr_expect_eq(present(&world, 0, &resource), VIT_OK);
    cr_expect_eq(fake_device_count(world.device, VIRTIO_GPU_CMD_SET_SCANOUT), 2);
    close_world(&world);
}

Test(link_virtio, takes_its_transport_on_failure_too)
{
    static const struct {
        enum vit_status start;
        uint32_t capset_id;
        enum vit_status expected;
    } cases[] = {
        { VIT_E_GONE, VIT_CAPSET_ID, VIT_E_GONE },
        { VIT_OK, 1, VIT_E_UNSUPPORTED },
    };
    for (unsigned i = 0; i < 2; i++) {
        bool destroyed = false;
        struct fake_device *device = fake_device_create(0);
        device->start_status = cases[i].start;
        device->capset_id = cases[i].capset_id;
        device->destroyed = &destroyed;
        struct vit_link *link = NULL;
        cr_expect_eq(vit_link_virtio_create(&device->base, &link), cases[i].expected);
        cr_expect_null(link);
        cr_expect(destroyed);
    }
}
