/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "vgpu/engine.h"
#include "vgpu/label.h"
#include "vgpu/objects.h"

enum { BYTE_LIMIT = 1 << 20 };

static struct vgpu_engine *engine;
static struct vgpu_objects objects;

static void set_up(void)
{
    struct vgpu_config config = { .workers = 1,
        .inline_len = SIZE_MAX,
        .session_limit = 4,
        .byte_limit = BYTE_LIMIT,
        .queue_limit = 4 };
    cr_assert_eq(vgpu_engine_create(&config, VIT_CUSTODY_DRIVER, &engine), VIT_OK);
    vgpu_objects_init(&objects, engine, NULL);
}

static void tear_down(void)
{
    vgpu_objects_finish(&objects);
    vgpu_engine_destroy(engine);
}

TestSuite(context, .init = set_up, .fini = tear_down);

static struct vgpu_context *make_context(uint32_t id)
{
    cr_assert_eq(vgpu_objects_create_context(&objects, id), VIT_OK);
    return vgpu_objects_context(&objects, id);
}

static enum vit_status create(uint32_t id, enum vgpu_resource_kind kind, uint32_t len)
{
    struct vit_surface surface;
    uint32_t format = kind == VGPU_RESOURCE_IMAGE ? VIT_FORMAT_BGRX : VIT_FORMAT_BYTES;
    uint32_t height = kind == VGPU_RESOURCE_IMAGE ? len : 1;
    cr_assert_eq(vit_surface_init(&surface, format, len, height), VIT_OK);
    return vgpu_objects_create_resource(&objects, id, kind, &surface);
}

static struct vgpu_resource *make(uint32_t id, enum vgpu_resource_kind kind, uint32_t len)
{
    cr_assert_eq(create(id, kind, len), VIT_OK);
    return vgpu_objects_resource(&objects, id);
}

Test(context, sees_what_was_attached_to_it_and_nothing_else)
{
    struct vgpu_context *one = make_context(1);
    struct vgpu_context *two = make_context(2);
    struct vgpu_resource *buffer = make(10, VGPU_RESOURCE_BUFFER, 16);
    cr_assert_null(vgpu_context_resource(one, 10));
    cr_assert_eq(vgpu_objects_attach(&objects, one, buffer), VIT_OK);
    cr_assert_eq(vgpu_objects_attach(&objects, one, buffer), VIT_OK, "a second time is fine");
    cr_assert_eq(one->attached_count, 1);
    cr_assert_eq(vgpu_context_resource(one, 10), buffer);
    cr_assert_null(vgpu_context_resource(two, 10));
    vgpu_context_detach(one, 10);
    cr_assert_null(vgpu_context_resource(one, 10));
    vgpu_context_detach(one, 10);
}

Test(context, keeps_many_resources_in_any_order)
{
    struct vgpu_context *one = make_context(1);
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t id = 1 + i * 73 % 200;
        cr_assert_eq(vgpu_objects_attach(&objects, one, make(id, VGPU_RESOURCE_BUFFER, 16)),
                VIT_OK);
    }
    for (uint32_t id = 1; id <= 200; id++) {
        cr_assert_eq(vgpu_context_resource(one, id)->id, id);
    }
    for (uint32_t id = 2; id <= 200; id += 2) {
        vgpu_context_detach(one, id);
    }
    for (uint32_t id = 1; id <= 200; id++) {
        cr_assert_eq(vgpu_context_resource(one, id) != NULL, id % 2 == 1);
    }
}

Test(context, owns_the_protected_resource_that_it_attached_first)
{
    struct vgpu_context *one = make_context(1);
    struct vgpu_context *two = make_context(2);
    struct vgpu_resource *resource = make(10, VGPU_RESOURCE_PROTECTED, 4096);
    cr_assert_eq(vgpu_objects_attach(&objects, one, resource), VIT_OK);
    cr_assert_eq(vgpu_objects_attach(&objects, two, resource), VIT_OK);
    cr_assert_eq(vgpu_context_resource(one, 10), resource);
    cr_assert_null(vgpu_context_resource(two, 10), "attaching gives no right");
    cr_assert_eq(one->protected_bytes, 4096);
    cr_assert_eq(two->protected_bytes, 0);
}

Test(context, leaves_what_it_owned_wiped_and_to_nobody)
{
    struct vgpu_context *one = make_context(1);
    struct vgpu_context *two = make_context(2);
    struct vgpu_resource *resource = make(10, VGPU_RESOURCE_PROTECTED, 4096);
    cr_assert_eq(vgpu_objects_attach(&objects, one, resource), VIT_OK);
    cr_assert_eq(vgpu_objects_attach(&objects, two, resource), VIT_OK);
    memset(resource->storage, 0xa5, 4096);
    vgpu_context_detach(two, 10);
    cr_assert_eq(resource->storage[100], 0xa5, "a stranger's detach changes nothing");
    vgpu_context_detach(one, 10);
    cr_assert_eq(resource->storage[100], 0);
    cr_assert_eq(one->protected_bytes, 0);
    cr_assert_eq(vgpu_objects_attach(&objects, two, resource), VIT_OK);
    cr_assert_eq(vgpu_objects_attach(&objects, one, resource), VIT_OK);
    cr_assert_null(vgpu_context_resource(two, 10));
    cr_assert_null(vgpu_context_resource(one, 10));
}

Test(context, destruction_wipes_what_it_owned_and_a_new_one_of_its_id_gets_nothing)
{
    struct vgpu_context *one = make_context(1);
    struct vgpu_resource *resource = make(10, VGPU_RESOURCE_PROTECTED, 4096);
    cr_assert_eq(vgpu_objects_attach(&objects, one, resource), VIT_OK);
    memset(resource->storage, 0xa5, 4096);
    vgpu_objects_destroy_context(&objects, one);
    cr_assert_eq(resource->storage[100], 0);
    one = make_context(1);
    cr_assert_eq(vgpu_objects_attach(&objects, one, resource), VIT_OK);
    cr_assert_null(vgpu_context_resource(one, 10));
}

Test(context, has_a_limit_of_protected_bytes)
{
    struct vgpu_context *one = make_context(1);
    struct vgpu_resource *large = make(10, VGPU_RESOURCE_PROTECTED, BYTE_LIMIT - 4096);
    struct vgpu_resource *small = make(11, VGPU_RESOURCE_PROTECTED, 4096);
    struct vgpu_resource *byte = make(12, VGPU_RESOURCE_PROTECTED, 1);
    cr_assert_eq(vgpu_objects_attach(&objects, one, large), VIT_OK);
    cr_assert_eq(vgpu_objects_attach(&objects, one, small), VIT_OK);
    cr_assert_eq(vgpu_objects_attach(&objects, one, byte), VIT_E_LIMIT);
    cr_assert_eq(byte->owner, 0, "still to be had");
    cr_assert_eq(one->attached_count, 2);
    vgpu_objects_destroy_resource(&objects, small);
    cr_assert_eq(vgpu_objects_attach(&objects, one, byte), VIT_OK);
    cr_assert_eq(one->protected_bytes, BYTE_LIMIT - 4096 + 1);
}

Test(context, one_may_be_full_and_another_not)
{
    struct vgpu_context *one = make_context(1);
    struct vgpu_context *two = make_context(2);
    struct vgpu_resource *large = make(10, VGPU_RESOURCE_PROTECTED, BYTE_LIMIT);
    struct vgpu_resource *byte = make(12, VGPU_RESOURCE_PROTECTED, 1);
    cr_assert_eq(vgpu_objects_attach(&objects, one, large), VIT_OK);
    cr_assert_eq(vgpu_objects_attach(&objects, one, byte), VIT_E_LIMIT);
    cr_assert_eq(vgpu_objects_attach(&objects, two, byte), VIT_OK);
}

Test(context, destroyed_resources_leave_all_contexts)
{
    struct vgpu_context *one = make_context(1);
    struct vgpu_context *two = make_context(2);
    struct vgpu_resource *resource = make(10, VGPU_RESOURCE_BUFFER, 4096);
    cr_assert_eq(vgpu_objects_attach(&objects, one, resource), VIT_OK);
    cr_assert_eq(vgpu_objects_attach(&objects, two, resource), VIT_OK);
    vgpu_objects_destroy_resource(&objects, resource);
    cr_assert_null(vgpu_objects_resource(&objects, 10));
    cr_assert_eq(one->attached_count, 0);
    cr_assert_eq(two->attached_count, 0);
    (void)make(10, VGPU_RESOURCE_BUFFER, 16);
    cr_assert_null(vgpu_context_resource(one, 10), "the id alone is no way to the new one");
}

Test(context, ids_are_its_callers_but_not_all)
{
    (void)make_context(5);
    cr_assert_eq(vgpu_objects_create_context(&objects, 5), VIT_E_STATE);
    cr_assert_eq(vgpu_objects_create_context(&objects, 0), VIT_E_ARG);
    cr_assert_eq(vgpu_objects_create_context(&objects, UINT32_MAX), VIT_E_ARG);
    (void)make_context(UINT32_MAX - 1);
    cr_assert_null(vgpu_objects_context(&objects, 6));
    (void)make(5, VGPU_RESOURCE_BUFFER, 16);
    cr_assert_eq(create(5, VGPU_RESOURCE_BUFFER, 16), VIT_E_STATE);
    cr_assert_eq(create(0, VGPU_RESOURCE_BUFFER, 16), VIT_E_ARG);
    (void)make(UINT32_MAX, VGPU_RESOURCE_BUFFER, 16);
}

Test(context, their_number_is_limited)
{
    for (uint32_t id = 1; id <= VGPU_CONTEXT_LIMIT; id++) {
        (void)make_context(id);
    }
    cr_assert_eq(vgpu_objects_create_context(&objects, 100000), VIT_E_LIMIT);
    vgpu_objects_destroy_context(&objects, vgpu_objects_context(&objects, 17));
    (void)make_context(100000);
}

Test(context, the_number_of_resources_is_limited)
{
    for (uint32_t id = 1; id <= VGPU_RESOURCE_LIMIT; id++) {
        (void)make(id, VGPU_RESOURCE_BUFFER, 16);
    }
    cr_assert_eq(create(100000, VGPU_RESOURCE_BUFFER, 16), VIT_E_LIMIT);
    vgpu_objects_destroy_resource(&objects, vgpu_objects_resource(&objects, 1));
    (void)make(100000, VGPU_RESOURCE_BUFFER, 16);
}

Test(context, the_number_of_protected_resources_without_owner_is_limited)
{
    struct vgpu_context *one = make_context(1);
    for (uint32_t id = 1; id <= VGPU_UNOWNED_LIMIT; id++) {
        (void)make(id, VGPU_RESOURCE_PROTECTED, 16);
    }
    cr_assert_eq(create(1000, VGPU_RESOURCE_PROTECTED, 16), VIT_E_LIMIT);
    cr_assert_eq(vgpu_objects_attach(&objects, one, vgpu_objects_resource(&objects, 1)), VIT_OK);
    (void)make(1000, VGPU_RESOURCE_PROTECTED, 16);
    cr_assert_eq(create(1001, VGPU_RESOURCE_PROTECTED, 16), VIT_E_LIMIT);
    vgpu_objects_destroy_resource(&objects, vgpu_objects_resource(&objects, 2));
    (void)make(1001, VGPU_RESOURCE_PROTECTED, 16);
    vgpu_objects_destroy_resource(&objects, vgpu_objects_resource(&objects, 1));
    cr_assert_eq(create(1002, VGPU_RESOURCE_PROTECTED, 16), VIT_E_LIMIT);
}

Test(context, the_bytes_of_images_are_limited)
{
    uint32_t side = 8192; /* 256 MiB */
    (void)make(1, VGPU_RESOURCE_IMAGE, side);
    (void)make(2, VGPU_RESOURCE_IMAGE, side);
    cr_assert_eq(create(3, VGPU_RESOURCE_IMAGE, 1), VIT_E_LIMIT);
    vgpu_objects_destroy_resource(&objects, vgpu_objects_resource(&objects, 1));
    (void)make(3, VGPU_RESOURCE_IMAGE, 1);
}

Test(context, the_pieces_of_backings_are_limited)
{
    cr_assert(vgpu_objects_backing_fits(&objects, VGPU_BACKING_LIMIT));
    cr_assert_not(vgpu_objects_backing_fits(&objects, VGPU_BACKING_LIMIT + 1));
    objects.backing_count = VGPU_BACKING_TOTAL_LIMIT - 5;
    cr_assert(vgpu_objects_backing_fits(&objects, 5));
    cr_assert_not(vgpu_objects_backing_fits(&objects, 6));
}

Test(context, protected_bytes_of_all_are_counted)
{
    (void)make(1, VGPU_RESOURCE_PROTECTED, 4096);
    (void)make(2, VGPU_RESOURCE_PROTECTED, 100);
    (void)make(3, VGPU_RESOURCE_BUFFER, 100);
    cr_assert_eq(objects.protected_bytes, 4196);
}
