/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <virtgpu_drm.h>
#include <xf86drm.h>

#include "kmd-stub/open.h"
#include "tests/kmd-stub/fake_drm.h"
#include "wire/capset.h"

enum { DEPTH = 16 }; /* submissions in flight */

struct world {
    struct fake_drm *drm;
    struct vit_link *link;
    uint32_t context;
    unsigned descriptors; /* before the link was opened */
};

static enum vit_status try_open(const char *name, struct vit_open_error *error,
        struct vit_link **link)
{
    const struct vitrine_host_config config = { .link = name };
    struct vit_opened opened = { .link = NULL };
    *error = (struct vit_open_error){ "" };
    enum vit_status status = vit_open(&config, error, &opened);
    *link = opened.link;
    return status;
}

static void open_link(struct world *world, bool screens)
{
    char name[128];
    struct vit_open_error error;
    world->descriptors = fake_drm_descriptors();
    snprintf(name, sizeof(name), screens ? "drm:%s,card=%s" : "drm:%s", world->drm->render,
            world->drm->card);
    cr_assert_eq(try_open(name, &error, &world->link), VIT_OK, "%s", error.text);
    cr_assert_eq(world->link->impl->create_context(world->link, &world->context), VIT_OK);
}

static void open_world(struct world *world, bool screens)
{
    world->drm = fake_drm_begin();
    open_link(world, screens);
}

/* All that was taken is given back. */
static void close_world(struct world *world)
{
    world->link->impl->destroy(world->link);
    unsigned ours = world->drm->no_fence ? 0 : world->drm->submitted;
    cr_assert_eq(fake_drm_descriptors(), world->descriptors + ours, "descriptors are left");
    cr_assert_eq(world->drm->handles, 0u, "buffers are left");
    cr_assert_eq(world->drm->framebuffers, 0u, "framebuffers are left");
    cr_assert_not(world->drm->is_master);
    fake_drm_end();
}

static void fail(struct fake_drm *drm, unsigned long request, int code)
{
    drm->fails = request;
    drm->fail_errno = code;
    drm->fail_from = 0;
    drm->calls = 0;
}

static void expect_refused(const char *name, enum vit_status wanted, const char *text)
{
    struct vit_open_error error;
    struct vit_link *link;
    unsigned descriptors = fake_drm_descriptors();
    enum vit_status status = try_open(name, &error, &link);
    cr_assert_eq(status, wanted, "%s: %s", name, vit_status_name(status));
    cr_assert_not_null(strstr(error.text, text), "%s: \"%s\" does not say \"%s\"", name, error.text,
            text);
    cr_assert_eq(fake_drm_descriptors(), descriptors, "%s: descriptors are left", name);
}

static struct vit_allocation_block block_of(enum vit_allocation_kind kind, uint32_t width,
        uint32_t height)
{
    bool picture = kind != VIT_ALLOCATION_SHARED;
    return (struct vit_allocation_block){ kind, width, picture ? height : 1,
        picture ? VIT_FORMAT_BGRX : VIT_FORMAT_BYTES,
        picture ? (uint64_t)width * height * 4 : width };
}

static enum vit_status create(struct world *world, enum vit_allocation_kind kind, uint32_t width,
        uint32_t height, struct vit_link_resource *resource)
{
    const struct vit_allocation_block block = block_of(kind, width, height);
    return world->link->impl->create_resource(world->link, world->context, &block, resource);
}

static struct vit_link_resource created(struct world *world, enum vit_allocation_kind kind)
{
    struct vit_link_resource resource;
    cr_assert_eq(create(world, kind, 64, 48, &resource), VIT_OK);
    return resource;
}

static void destroy(struct world *world, struct vit_link_resource *resource)
{
    world->link->impl->destroy_resource(world->link, world->context, resource);
}

static enum vit_status present(struct world *world, uint32_t output,
        const struct vit_link_resource *resource)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BGRX, 64, 48), VIT_OK);
    return world->link->impl->present(world->link, world->context, output, resource, &surface);
}

static enum vit_status submit(struct world *world)
{
    const uint8_t bytes[8] = { 0xe1 };
    return world->link->impl->submit(world->link, world->context, bytes, sizeof(bytes));
}

static enum vit_status wait_now(struct world *world)
{
    return world->link->impl->wait(world->link, 0);
}

static void expect_gone(struct world *world)
{
    struct vit_link_resource resource;
    cr_assert_eq(submit(world), VIT_E_GONE);
    cr_assert_eq(wait_now(world), VIT_E_GONE);
    cr_assert_eq(create(world, VIT_ALLOCATION_SHARED, 4096, 1, &resource), VIT_E_GONE);
}

Test(link_drm, reads_what_the_device_tells)
{
    struct world world;
    open_world(&world, false);
    cr_assert_eq(world.link->capset_len, world.drm->capset_len);
    cr_assert_arr_eq(world.link->capset, world.drm->capset, world.drm->capset_len);
    close_world(&world);
}

Test(link_drm, refuses_what_is_no_gpu_of_ours)
{
    struct fake_drm *drm = fake_drm_begin();
    char name[128];
    snprintf(name, sizeof(name), "drm:%s", drm->render);
    expect_refused("drm:/nonexistent/node", VIT_E_IO, "/nonexistent/node: No such file");
    expect_refused("drm:/dev/null", VIT_E_UNSUPPORTED, "/dev/null: not a Vitrine device");
    drm->capset = NULL;
    expect_refused(name, VIT_E_UNSUPPORTED, "not a Vitrine device");
    fail(drm, DRM_IOCTL_VIRTGPU_GET_CAPS, ENOSYS); /* a virtio-gpu without any capset */
    expect_refused(name, VIT_E_UNSUPPORTED, "not a Vitrine device");
    fake_drm_end();
}

Test(link_drm, refuses_a_capset_that_is_damaged)
{
    struct fake_drm *drm = fake_drm_begin();
    uint8_t damaged[VIT_CAPSET_HEADER_LEN + 4];
    char name[128];
    snprintf(name, sizeof(name), "drm:%s", drm->render);
    memcpy(damaged, drm->capset, sizeof(damaged));
    drm->capset = damaged;
    damaged[0] ^= 1;
    expect_refused(name, VIT_E_PROTOCOL, "not a Vitrine device");
    memset(damaged, 0, sizeof(damaged));
    expect_refused(name, VIT_E_PROTOCOL, "not a Vitrine device");
    fake_drm_end();
}

Test(link_drm, refuses_wrong_options)
{
    struct fake_drm *drm = fake_drm_begin();
    const struct {
        const char *option;
        enum vit_status status;
        const char *text;
    } wrong[] = {
        { "", VIT_E_ARG, "neither card=PATH nor fd=NUMBER" },
        { "card", VIT_E_ARG, "\"card\"" },
        { "lease=3", VIT_E_ARG, "\"lease=3\"" },
        { "fd=", VIT_E_ARG, "\"fd=\"" },
        { "fd=x", VIT_E_ARG, "\"fd=x\"" },
        { "fd=5x", VIT_E_ARG, "\"fd=5x\"" },
        { "fd=-1", VIT_E_ARG, "\"fd=-1\"" },
        { "fd=99999999999999999999", VIT_E_ARG, "fd=9999" },
        { "card=", VIT_E_IO, "No such file" },
        { "card=/nonexistent", VIT_E_IO, "/nonexistent: No such file" },
    };
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char name[128];
        snprintf(name, sizeof(name), "drm:%s,%s", drm->render, wrong[i].option);
        expect_refused(name, wrong[i].status, wrong[i].text);
    }
    char name[400] = "drm:/";
    memset(name + 5, 'x', sizeof(name) - 6);
    expect_refused(name, VIT_E_ARG, "too long");
    fake_drm_end();
}

Test(link_drm, refuses_a_card_whose_screens_are_another_programs)
{
    struct fake_drm *drm = fake_drm_begin();
    char name[128];
    snprintf(name, sizeof(name), "drm:%s,card=%s", drm->render, drm->card);
    drm->has_master = true;
    expect_refused(name, VIT_E_DENIED, "another program is master of its screens");
    fake_drm_end();
}

Test(link_drm, refuses_a_card_without_a_screen)
{
    struct fake_drm *drm = fake_drm_begin();
    char name[128];
    snprintf(name, sizeof(name), "drm:%s,card=%s", drm->render, drm->card);
    drm->connected[0] = false;
    drm->connected[1] = false;
    expect_refused(name, VIT_E_UNSUPPORTED, "no connected screen");
    drm->connected[0] = true;
    drm->crtc_mask[0] = 0; /* no CRTC drives it */
    expect_refused(name, VIT_E_UNSUPPORTED, "no connected screen");
    drm->crtc_mask[0] = 1;
    fail(drm, DRM_IOCTL_MODE_GETRESOURCES, EOPNOTSUPP); /* a card without KMS */
    expect_refused(name, VIT_E_UNSUPPORTED, "no connected screen");
    fail(drm, DRM_IOCTL_MODE_GETRESOURCES, EACCES);
    expect_refused(name, VIT_E_DENIED, "another program");
    fail(drm, DRM_IOCTL_MODE_GETCONNECTOR, ENOENT);
    expect_refused(name, VIT_E_UNSUPPORTED, "no connected screen");
    cr_assert_not(drm->is_master, "a refused link stays master");
    fake_drm_end();
}

Test(link_drm, takes_a_lease_by_its_descriptor)
{
    struct fake_drm *drm = fake_drm_begin();
    struct vit_open_error error;
    struct vit_link *link;
    char name[128];
    unsigned descriptors = fake_drm_descriptors();
    int lease = open(drm->card, O_RDWR | O_CLOEXEC);
    cr_assert_geq(lease, 0);
    snprintf(name, sizeof(name), "drm:%s,fd=%d", drm->render, lease);
    cr_assert_eq(try_open(name, &error, &link), VIT_OK, "%s", error.text);
    link->impl->destroy(link);
    cr_assert_eq(fake_drm_descriptors(), descriptors, "it is not closed");
    fake_drm_end();
}

Test(link_drm, has_no_primaries_without_a_screen)
{
    struct world world;
    struct vit_link_resource resource;
    open_world(&world, false);
    cr_assert_eq(create(&world, VIT_ALLOCATION_PRIMARY, 64, 48, &resource), VIT_E_UNSUPPORTED);
    cr_assert_eq(create(&world, VIT_ALLOCATION_PROTECTED_PRIMARY, 64, 48, &resource),
            VIT_E_UNSUPPORTED);
    resource = created(&world, VIT_ALLOCATION_PROTECTED);
    cr_assert_null(resource.mapping, "a protected picture is mapped");
    cr_assert_eq(present(&world, 0, &resource), VIT_E_UNSUPPORTED);
    destroy(&world, &resource);
    close_world(&world);
}

/* Each step of making a resource of a kind fails once; nothing is left of it. */
Test(link_drm, leaves_nothing_of_a_resource_that_failed)
{
    const struct {
        enum vit_allocation_kind kind;
        unsigned long request;
        enum vit_status status;
    } steps[] = {
        { VIT_ALLOCATION_SHARED, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, VIT_E_LIMIT },
        { VIT_ALLOCATION_SHARED, DRM_IOCTL_VIRTGPU_MAP, VIT_E_LIMIT },
        { VIT_ALLOCATION_PROTECTED, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, VIT_E_LIMIT },
        { VIT_ALLOCATION_PRIMARY, DRM_IOCTL_MODE_CREATE_DUMB, VIT_E_LIMIT },
        { VIT_ALLOCATION_PRIMARY, DRM_IOCTL_PRIME_HANDLE_TO_FD, VIT_E_LIMIT },
        { VIT_ALLOCATION_PRIMARY, DRM_IOCTL_PRIME_FD_TO_HANDLE, VIT_E_LIMIT },
        { VIT_ALLOCATION_PRIMARY, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, VIT_E_REFUSED },
        { VIT_ALLOCATION_PRIMARY, DRM_IOCTL_MODE_ADDFB2, VIT_E_UNSUPPORTED },
        { VIT_ALLOCATION_PRIMARY, DRM_IOCTL_VIRTGPU_MAP, VIT_E_LIMIT },
        { VIT_ALLOCATION_PROTECTED_PRIMARY, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, VIT_E_LIMIT },
        { VIT_ALLOCATION_PROTECTED_PRIMARY, DRM_IOCTL_PRIME_HANDLE_TO_FD, VIT_E_LIMIT },
        { VIT_ALLOCATION_PROTECTED_PRIMARY, DRM_IOCTL_PRIME_FD_TO_HANDLE, VIT_E_LIMIT },
        { VIT_ALLOCATION_PROTECTED_PRIMARY, DRM_IOCTL_MODE_ADDFB2, VIT_E_UNSUPPORTED },
    };
    struct world world;
    open_world(&world, true);
    unsigned descriptors = fake_drm_descriptors();
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct vit_link_resource resource = { .id = 0 };
        fail(world.drm, steps[i].request, EINVAL);
        enum vit_status status = create(&world, steps[i].kind, 64, 48, &resource);
        cr_assert_eq(status, steps[i].status, "step %u: %s", i, vit_status_name(status));
        cr_assert_eq(world.drm->handles, 0u, "step %u leaves a buffer", i);
        cr_assert_eq(world.drm->framebuffers, 0u, "step %u leaves a framebuffer", i);
        cr_assert_eq(fake_drm_descriptors(), descriptors, "step %u leaves a descriptor", i);
        cr_assert(resource.id == 0 && resource.mapping == NULL);
        world.drm->fails = 0;
        resource = created(&world, steps[i].kind);
        destroy(&world, &resource);
    }
    close_world(&world);
}

Test(link_drm, refuses_primaries_that_the_card_cannot_show)
{
    struct world world;
    struct vit_link_resource resource;
    open_world(&world, true);
    cr_assert_eq(create(&world, VIT_ALLOCATION_PROTECTED_PRIMARY, 64, 16, &resource),
            VIT_E_UNSUPPORTED);
    cr_assert_eq(create(&world, VIT_ALLOCATION_PRIMARY, 31, 48, &resource), VIT_E_UNSUPPORTED);
    cr_assert_eq(create(&world, VIT_ALLOCATION_PRIMARY, 33, 35, &resource), VIT_OK, "an odd size");
    destroy(&world, &resource);
    /* A card that pads its rows. */
    world.drm->pitch_unit = 64;
    cr_assert_eq(create(&world, VIT_ALLOCATION_PRIMARY, 33, 48, &resource), VIT_E_UNSUPPORTED);
    cr_assert_eq(create(&world, VIT_ALLOCATION_PRIMARY, 48, 48, &resource), VIT_OK);
    destroy(&world, &resource);
    close_world(&world);
}

Test(link_drm, shows_on_the_output_that_is_named)
{
    struct world world;
    open_world(&world, true);
    struct vit_link_resource one = created(&world, VIT_ALLOCATION_PROTECTED_PRIMARY);
    struct vit_link_resource two = created(&world, VIT_ALLOCATION_PRIMARY);
    cr_assert_eq(present(&world, 1, &one), VIT_OK);
    cr_assert(world.drm->shown[0] == 0 && world.drm->shown[1] != 0);
    cr_assert_eq(present(&world, 0, &two), VIT_OK);
    cr_assert(world.drm->shown[0] != 0 && world.drm->shown[0] != world.drm->shown[1]);
    cr_assert(world.drm->shown_width == 64 && world.drm->shown_height == 48);
    cr_assert_eq(present(&world, 2, &one), VIT_E_ARG);
    destroy(&world, &one);
    cr_assert_eq(world.drm->shown[1], 0u, "what is gone is shown");
    destroy(&world, &two);
    close_world(&world);
}

Test(link_drm, has_only_connected_outputs)
{
    struct world world = { .drm = fake_drm_begin() };
    world.drm->connected[0] = false;
    open_link(&world, true);
    struct vit_link_resource primary = created(&world, VIT_ALLOCATION_PRIMARY);
    cr_assert_eq(present(&world, 0, &primary), VIT_E_ARG);
    cr_assert_eq(present(&world, 1, &primary), VIT_OK);
    destroy(&world, &primary);
    close_world(&world);
}

Test(link_drm, tells_what_the_card_refuses)
{
    const struct {
        unsigned long request;
        int code;
        enum vit_status status;
    } refusals[] = {
        { DRM_IOCTL_MODE_SETCRTC, EACCES, VIT_E_DENIED }, /* master no more */
        { DRM_IOCTL_MODE_SETCRTC, EINVAL, VIT_E_REFUSED },
        { DRM_IOCTL_MODE_DIRTYFB, EINVAL, VIT_E_REFUSED },
        { DRM_IOCTL_MODE_DIRTYFB, ENOSYS, VIT_OK }, /* a card that needs no word of it */
    };
    struct world world;
    open_world(&world, true);
    struct vit_link_resource primary = created(&world, VIT_ALLOCATION_PRIMARY);
    for (unsigned i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        fail(world.drm, refusals[i].request, refusals[i].code);
        enum vit_status status = present(&world, 0, &primary);
        cr_assert_eq(status, refusals[i].status, "%u: %s", i, vit_status_name(status));
    }
    world.drm->fails = 0;
    cr_assert_eq(present(&world, 0, &primary), VIT_OK, "a refusal is not for ever");
    destroy(&world, &primary);
    close_world(&world);
}

Test(link_drm, has_few_submissions_in_flight)
{
    struct world world;
    open_world(&world, false);
    cr_assert_eq(wait_now(&world), VIT_E_TIMEOUT, "nothing was submitted");
    for (unsigned i = 0; i < DEPTH; i++) {
        cr_assert_eq(submit(&world), VIT_OK);
    }
    cr_assert_eq(submit(&world), VIT_E_BUSY);
    cr_assert_eq(wait_now(&world), VIT_E_TIMEOUT);
    fake_drm_signal(0);
    fake_drm_signal(1);
    cr_assert_eq(wait_now(&world), VIT_OK);
    cr_assert_eq(submit(&world), VIT_OK);
    cr_assert_eq(submit(&world), VIT_OK);
    cr_assert_eq(submit(&world), VIT_E_BUSY);
    close_world(&world);
}

Test(link_drm, is_lost_when_a_submission_fails)
{
    struct world world;
    open_world(&world, false);
    fail(world.drm, DRM_IOCTL_VIRTGPU_EXECBUFFER, EIO);
    cr_assert_eq(submit(&world), VIT_E_GONE);
    world.drm->fails = 0;
    expect_gone(&world);
    cr_assert_eq(world.drm->submitted, 0u, "something was submitted after the loss");
    close_world(&world);
}

Test(link_drm, outlives_a_lack_of_memory)
{
    struct world world;
    open_world(&world, false);
    fail(world.drm, DRM_IOCTL_VIRTGPU_EXECBUFFER, ENOMEM);
    cr_assert_eq(submit(&world), VIT_E_NOMEM);
    world.drm->fails = 0;
    cr_assert_eq(submit(&world), VIT_OK);
    close_world(&world);
}

Test(link_drm, is_lost_when_a_submission_does_not_come_back)
{
    struct world world;
    open_world(&world, true);
    struct vit_link_resource primary = created(&world, VIT_ALLOCATION_PRIMARY);
    cr_assert_eq(submit(&world), VIT_OK);
    cr_assert_eq(submit(&world), VIT_OK);
    fake_drm_pass_time(UINT64_C(1000000000));
    fake_drm_signal(0);
    cr_assert_eq(wait_now(&world), VIT_OK);
    fake_drm_pass_time(UINT64_C(1000000000));
    cr_assert_eq(wait_now(&world), VIT_E_TIMEOUT, "the limit is of the oldest alone");
    fake_drm_pass_time(UINT64_C(500000000));
    cr_assert_eq(wait_now(&world), VIT_E_GONE);
    expect_gone(&world);
    cr_assert_eq(present(&world, 0, &primary), VIT_E_GONE);
    destroy(&world, &primary);
    close_world(&world);
}

Test(link_drm, takes_no_error_of_a_fence_for_its_end)
{
    struct world world;
    open_world(&world, false);
    world.drm->no_fence = true;
    cr_assert_eq(submit(&world), VIT_OK);
    cr_assert_eq(wait_now(&world), VIT_E_TIMEOUT);
    fake_drm_pass_time(UINT64_C(3000000000));
    cr_assert_eq(wait_now(&world), VIT_E_GONE);
    close_world(&world);
}

/* The fence's descriptor was closed by somebody else: it polls as an error. */
Test(link_drm, takes_no_closed_fence_for_its_end)
{
    struct world world;
    open_world(&world, false);
    cr_assert_eq(submit(&world), VIT_OK);
    close(world.drm->given_fence);
    cr_assert_eq(wait_now(&world), VIT_E_TIMEOUT);
    fake_drm_pass_time(UINT64_C(3000000000));
    cr_assert_eq(wait_now(&world), VIT_E_GONE);
    close_world(&world);
}

Test(link_drm, refuses_contexts_that_are_not_there)
{
    struct world world;
    struct vit_link_resource resource;
    const struct vit_allocation_block block = block_of(VIT_ALLOCATION_SHARED, 4096, 1);
    const struct vit_link_impl *impl;
    uint32_t contexts[80];
    unsigned count = 0;
    open_world(&world, false);
    impl = world.link->impl;
    cr_assert_eq(impl->create_resource(world.link, 0, &block, &resource), VIT_E_ARG);
    cr_assert_eq(impl->create_resource(world.link, 65, &block, &resource), VIT_E_ARG);
    cr_assert_eq(impl->submit(world.link, 2, "12345678", 8), VIT_E_ARG);
    while (count < 80 && impl->create_context(world.link, &contexts[count]) == VIT_OK) {
        count++;
    }
    cr_assert_eq(count, 63u, "%u", count);
    impl->destroy_context(world.link, contexts[5]);
    cr_assert_eq(impl->create_context(world.link, &contexts[5]), VIT_OK);
    close_world(&world);
}
