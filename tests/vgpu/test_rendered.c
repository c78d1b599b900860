/* SPDX-License-Identifier: MIT */
/* What goes to a renderer and what never does, with one that only listens. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "tests/vgpu/fake_renderer.h"
#include "tests/vgpu/guest.h"
#include "vgpu/device_state.h"
#include "vgpu/objects.h"
#include "wire/capset.h"
#include "wire/envelope.h"
#include "wire/virtio_gpu.h"

enum {
    OK = VIRTIO_GPU_RESP_OK_NODATA,
    UNSPEC = VIRTIO_GPU_RESP_ERR_UNSPEC,
    NO_MEMORY = VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY,
    BAD_RESOURCE = VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID,
    BAD_CONTEXT = VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID,
    BAD_PARAMETER = VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
    TEXTURE = 20,
    PROTECTED = 77,
    BUFFER = 30,
    BIND = 1 << 1, /* render target */
};

static struct guest guest;
static struct fake_renderer fake;
static const uint32_t stream[] = { 0x00080007, 4, 0, 0, 0, 0, 0, 0, 0 };

static void set_up(void)
{
    fake_renderer_init(&fake);
    struct vgpu_config config = { .inline_len = SIZE_MAX,
        .inline_exchange = true,
        .renderer = &fake.base };
    guest_open(&guest, &config, VIT_CUSTODY_DRIVER);
}

static void tear_down(void)
{
    guest_close(&guest);
    fake_renderer_finish(&fake);
}

TestSuite(rendered, .init = set_up, .fini = tear_down);

static uint32_t create_3d(uint32_t resource, uint32_t format, uint32_t bind, uint32_t flags,
        uint32_t width, uint32_t height)
{
    struct virtio_gpu_resource_create_3d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D },
        .resource_id = resource,
        .target = VIT_TARGET_2D,
        .format = format,
        .bind = bind,
        .width = width,
        .height = height,
        .depth = 1,
        .array_size = 1,
        .flags = flags,
    };
    return guest_call(&guest, &ask, sizeof(ask), NULL, 0);
}

static uint32_t create_texture(uint32_t resource)
{
    return create_3d(resource, VIT_FORMAT_BGRX, BIND, 0, 64, 32);
}

static struct virtio_gpu_transfer_host_3d transfer_of(uint32_t context, uint32_t resource,
        bool to_host)
{
    return (struct virtio_gpu_transfer_host_3d){
        .hdr = { .type = to_host ? VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D
                                 : VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D,
                .ctx_id = context },
        .box = { 1, 2, 3, 4, 5, 6 },
        .offset = 7,
        .resource_id = resource,
        .level = 8,
        .stride = 9,
        .layer_stride = 10,
    };
}

static uint32_t transfer(uint32_t context, uint32_t resource, bool to_host)
{
    struct virtio_gpu_transfer_host_3d ask = transfer_of(context, resource, to_host);
    return guest_call(&guest, &ask, sizeof(ask), NULL, 0);
}

/* Context 1, known to the renderer, with a texture attached. */
static void open_rendering(void)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(create_texture(TEXTURE), OK);
    cr_assert_eq(guest_attach(&guest, 1, TEXTURE), OK);
    cr_assert_eq(guest_submit(&guest, 1, stream, sizeof(stream)), OK);
}

/* Capsets */

Test(rendered, counts_the_capsets_of_both)
{
    uint8_t config[VGPU_CONFIG_LEN];
    vgpu_device_config(guest.device, config);
    cr_assert_eq(vit_load_le32(config + 12), 3);
}

static uint32_t capset_info(uint32_t index, struct virtio_gpu_resp_capset_info *info)
{
    struct virtio_gpu_get_capset_info ask = { .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO },
        .capset_index = index };
    return guest_call(&guest, &ask, sizeof(ask), info, sizeof(*info));
}

Test(rendered, lists_its_capsets_behind_ours)
{
    struct virtio_gpu_resp_capset_info info;
    static const uint32_t rows[][3] = { { 1, 1, 4 }, { 2, 2, 8 } };
    cr_assert_eq(capset_info(0, &info), VIRTIO_GPU_RESP_OK_CAPSET_INFO);
    cr_assert_eq(info.capset_id, VIT_CAPSET_ID);
    for (uint32_t i = 0; i < 2; i++) {
        cr_assert_eq(capset_info(i + 1, &info), VIRTIO_GPU_RESP_OK_CAPSET_INFO);
        cr_assert_eq(info.capset_id, rows[i][0]);
        cr_assert_eq(info.capset_max_version, rows[i][1]);
        cr_assert_eq(info.capset_max_size, rows[i][2]);
    }
    cr_assert_eq(capset_info(3, &info), BAD_PARAMETER);
}

Test(rendered, gives_its_capsets_by_id)
{
    struct virtio_gpu_get_capset ask = { .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET },
        .capset_id = 2,
        .capset_version = 2 };
    uint8_t answer[sizeof(struct virtio_gpu_ctrl_hdr) + 8];
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), answer, sizeof(answer)),
            VIRTIO_GPU_RESP_OK_CAPSET);
    cr_assert_arr_eq(answer + sizeof(struct virtio_gpu_ctrl_hdr),
            ((uint8_t[]){ 1, 2, 3, 4, 5, 6, 7, 8 }), 8);
    ask.capset_version = 3;
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), NULL, 0), BAD_PARAMETER);
    ask.capset_id = 3;
    ask.capset_version = 1;
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), NULL, 0), BAD_PARAMETER);
}

/* Contexts and streams */

Test(rendered, knows_a_context_from_its_first_stream_on)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(fake.count, 0);
    cr_assert_eq(guest_submit(&guest, 1, stream, sizeof(stream)), OK);
    cr_assert(fake_renderer_heard(&fake, "create context 1"));
    cr_assert(fake_renderer_heard(&fake, "submit context 1 words 9"));
    cr_assert_arr_eq(fake.words, stream, sizeof(fake.words));
    cr_assert_eq(guest_submit(&guest, 1, stream, sizeof(stream)), OK);
    cr_assert_not(fake_renderer_knows(&fake, "create"));
    cr_assert_eq(guest_context_destroy(&guest, 1), OK);
    cr_assert(fake_renderer_heard(&fake, "destroy context 1"));
}

Test(rendered, hears_nothing_of_contexts_that_never_render)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    (void)guest_make_buffer(&guest, 1, BUFFER, 4096);
    guest_make_protected(&guest, 1, PROTECTED, VIT_FORMAT_BGRX, 8, 8);
    cr_assert_eq(guest_unref(&guest, BUFFER), OK);
    cr_assert_eq(guest_context_destroy(&guest, 1), OK);
    cr_assert_eq(fake.count, 0);
}

Test(rendered, gets_no_submission_with_our_magic)
{
    static const uint32_t words[4] = { VIT_WIRE_MAGIC };
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_neq(guest_submit(&guest, 1, words, sizeof(words)), OK);
    cr_assert_eq(fake.count, 0);
}

Test(rendered, refuses_streams_of_no_context_and_of_broken_words)
{
    cr_assert_eq(guest_submit(&guest, 9, stream, sizeof(stream)), BAD_CONTEXT);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(guest_submit(&guest, 1, stream, 7), BAD_PARAMETER);
    cr_assert_eq(fake.count, 0);
}

Test(rendered, takes_a_stream_of_4_mib_whole)
{
    enum { LEN = 4 << 20 };
    uint32_t *words = calloc(1, LEN);
    memcpy(words, stream, sizeof(stream));
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(guest_submit(&guest, 1, words, LEN), OK);
    cr_assert(fake_renderer_heard(&fake, "submit context 1 words %u", LEN / 4));
    words[0] = VIT_WIRE_MAGIC;
    cr_assert_eq(guest_submit(&guest, 1, words, LEN), BAD_PARAMETER, "ours are shorter");
    free(words);
}

Test(rendered, tells_the_guest_that_a_stream_was_wrong)
{
    open_rendering();
    fake.next = VIT_E_ARG;
    cr_assert_eq(guest_submit(&guest, 1, stream, sizeof(stream)), BAD_PARAMETER);
    fake.next = VIT_E_NOMEM;
    cr_assert_eq(guest_submit(&guest, 1, stream, sizeof(stream)), NO_MEMORY);
    cr_assert_eq(guest_submit(&guest, 1, stream, sizeof(stream)), OK);
}

Test(rendered, may_refuse_a_context)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    fake.next = VIT_E_NOMEM;
    cr_assert_eq(guest_submit(&guest, 1, stream, sizeof(stream)), NO_MEMORY);
    cr_assert_not(fake_renderer_knows(&fake, "submit"));
    cr_assert_eq(guest_context_destroy(&guest, 1), OK);
    cr_assert_not(fake_renderer_knows(&fake, "destroy"));
}

/* Resources */

Test(rendered, gets_resources_as_they_are_asked_for)
{
    const struct virtio_gpu_resource_create_3d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D },
        .resource_id = 20,
        .target = 3,
        .format = 4,
        .bind = 5,
        .width = 6,
        .height = 7,
        .depth = 8,
        .array_size = 9,
        .last_level = 10,
        .nr_samples = 11,
        .flags = 12,
    };
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), NULL, 0), OK);
    const struct vgpu_3d_resource wanted = { 20, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    cr_assert_eq(memcmp(&fake.asked, &wanted, sizeof(wanted)), 0);
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), NULL, 0), BAD_RESOURCE, "id in use");
    cr_assert_eq(guest_unref(&guest, 20), OK);
    cr_assert(fake_renderer_heard(&fake, "destroy resource 20"));
}

Test(rendered, may_refuse_a_resource)
{
    fake.next = VIT_E_ARG;
    cr_assert_eq(create_texture(TEXTURE), BAD_PARAMETER);
    cr_assert_eq(guest_unref(&guest, TEXTURE), BAD_RESOURCE);
    cr_assert_not(fake_renderer_knows(&fake, "destroy"));
    cr_assert_eq(create_texture(0), BAD_RESOURCE);
}

Test(rendered, bounds_the_bytes_that_a_guest_has)
{
    cr_assert_eq(create_3d(1, VIT_FORMAT_BGRX, BIND, 0, 32768, 32768), OK, "4 GiB");
    cr_assert_eq(create_3d(2, VIT_FORMAT_BGRX, BIND, 0, 1, 1), NO_MEMORY);
    cr_assert_eq(guest_unref(&guest, 1), OK);
    cr_assert_eq(create_3d(2, VIT_FORMAT_BGRX, BIND, 0, UINT32_MAX, UINT32_MAX), NO_MEMORY);
    cr_assert_eq(create_3d(2, VIT_FORMAT_BGRX, BIND, 0, 1, 1), OK);
}

Test(rendered, counts_bytes_by_target_and_format)
{
    const struct {
        uint32_t target, format, len;
    } kinds[] = {
        { VIT_TARGET_2D, VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM, 4 },
        { VIT_TARGET_2D, VIT_FORMAT_BYTES, 4 },
        { VIT_TARGET_2D, 19, 8 },  /* depth and stencil */
        { VIT_TARGET_2D, 31, 16 }, /* four floats */
        { VIT_TARGET_2D, 94, 16 }, /* not known */
        { VIT_TARGET_BUFFER, 31, 1 },
    };
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct vgpu_3d_resource ask = { .id = 1,
            .target = kinds[i].target,
            .format = kinds[i].format,
            .width = 3,
            .height = 5,
            .last_level = 1,
            .samples = 4 };
        cr_assert_eq(vgpu_objects_create_rendered(&guest.device->objects, &ask), VIT_OK);
        cr_assert_eq(guest.device->objects.rendered_bytes, 3 * 5 * 2 * 4 * kinds[i].len, "%u", i);
        cr_assert_eq(guest_unref(&guest, 1), OK);
        cr_assert_eq(guest.device->objects.rendered_bytes, 0);
    }
}

/* One program cannot use up what there is for all. */
Test(rendered, bounds_the_bytes_that_a_context_has)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(guest_context_create(&guest, 2), OK);
    for (uint32_t id = 1; id <= 5; id++) {
        cr_assert_eq(create_3d(id, VIT_FORMAT_BGRX, BIND, 0, 32768, id == 1 ? 8192 : 4096), OK);
        cr_assert_eq(guest_attach(&guest, 1, id), id == 1 ? OK : NO_MEMORY, "%u", id);
        cr_assert_eq(fake_renderer_heard(&fake, "destroy resource %u", id), id != 1,
                "it does not stay in the renderer");
    }
    cr_assert_eq(guest.device->objects.rendered_bytes, UINT64_C(1) << 30);
    cr_assert_eq(create_3d(6, VIT_FORMAT_BGRX, BIND, 0, 32768, 8192), OK);
    cr_assert_eq(guest_attach(&guest, 2, 6), OK, "another one has its own");
    cr_assert_eq(guest_attach(&guest, 1, 6), OK, "who shares it does not pay");
    cr_assert_eq(guest_detach(&guest, 1, 1), OK);
    cr_assert_eq(create_3d(7, VIT_FORMAT_BGRX, BIND, 0, 32768, 8192), OK);
    cr_assert_eq(guest_attach(&guest, 1, 7), OK);
    cr_assert_eq(guest_unref(&guest, 7), OK);
    cr_assert_eq(create_3d(7, VIT_FORMAT_BGRX, BIND, 0, 32768, 8192), OK);
    cr_assert_eq(guest_attach(&guest, 1, 7), OK);
}

Test(rendered, leaves_what_another_context_has_where_it_is)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(guest_context_create(&guest, 2), OK);
    cr_assert_eq(guest_context_create(&guest, 3), OK);
    cr_assert_eq(create_3d(1, VIT_FORMAT_BGRX, BIND, 0, 32768, 8192), OK);
    cr_assert_eq(guest_attach(&guest, 1, 1), OK);
    cr_assert_eq(guest_attach(&guest, 2, 1), OK);
    cr_assert_eq(guest_context_destroy(&guest, 1), OK);
    cr_assert_eq(create_3d(2, VIT_FORMAT_BGRX, BIND, 0, 1, 1), OK);
    cr_assert_eq(guest_attach(&guest, 3, 2), OK);
    cr_assert_eq(guest_attach(&guest, 3, 1), NO_MEMORY);
    cr_assert_not(fake_renderer_knows(&fake, "destroy"));
}

Test(rendered, hands_backing_on_and_back)
{
    cr_assert_eq(create_texture(TEXTURE), OK);
    uint64_t address = guest_alloc(&guest, 8192);
    cr_assert_eq(guest_back(&guest, TEXTURE, address, 8192), OK);
    cr_assert(fake_renderer_heard(&fake, "back resource %u", TEXTURE));
    cr_assert_eq(fake.piece_count, 1);
    cr_assert_eq(fake.pieces[0].iov_base, guest_at(&guest, address));
    cr_assert_eq(guest_back(&guest, TEXTURE, address, 8192), UNSPEC, "has one");
    cr_assert_eq(guest_unback(&guest, TEXTURE), OK);
    cr_assert(fake_renderer_heard(&fake, "unback resource %u", TEXTURE));
    fake.next = VIT_E_ARG;
    cr_assert_eq(guest_back(&guest, TEXTURE, address, 8192), BAD_PARAMETER);
    cr_assert_eq(guest_back(&guest, TEXTURE, address, 8192), OK);
    cr_assert_eq(guest_unref(&guest, TEXTURE), OK);
    cr_assert(fake_renderer_heard(&fake, "unback resource %u", TEXTURE));
    cr_assert(fake_renderer_heard(&fake, "destroy resource %u", TEXTURE));
}

Test(rendered, knows_what_was_attached_before_and_after_it_knew_the_context)
{
    open_rendering();
    cr_assert(fake_renderer_heard(&fake, "create context 1"));
    cr_assert(fake_renderer_heard(&fake, "attach context 1 resource %u", TEXTURE));
    cr_assert(fake_renderer_heard(&fake, "submit context 1 words 9"));
    cr_assert_eq(create_texture(21), OK);
    cr_assert_eq(guest_attach(&guest, 1, 21), OK);
    cr_assert_eq(guest_attach(&guest, 1, 21), OK);
    cr_assert(fake_renderer_heard(&fake, "attach context 1 resource 21"));
    cr_assert_not(fake_renderer_knows(&fake, "attach"), "once");
    cr_assert_eq(guest_detach(&guest, 1, 21), OK);
    cr_assert(fake_renderer_heard(&fake, "detach context 1 resource 21"));
    cr_assert_eq(guest_detach(&guest, 1, 21), OK);
    cr_assert_not(fake_renderer_knows(&fake, "detach"));
}

/* Mesa takes its uploads from such buffers, and our driver its replies. */
Test(rendered, shares_buffers_of_guest_memory_that_a_rendering_context_has)
{
    open_rendering();
    (void)guest_make_buffer(&guest, 1, BUFFER, 8192);
    cr_assert(fake_renderer_heard(&fake, "create resource %u", BUFFER));
    cr_assert_eq(fake.asked.bind, VIT_BIND_STAGING);
    cr_assert_eq(fake.asked.width, 8192);
    cr_assert(fake_renderer_heard(&fake, "back resource %u", BUFFER));
    cr_assert(fake_renderer_heard(&fake, "attach context 1 resource %u", BUFFER));
    cr_assert_eq(guest_unref(&guest, BUFFER), OK);
    cr_assert(fake_renderer_heard(&fake, "unback resource %u", BUFFER));
    cr_assert(fake_renderer_heard(&fake, "destroy resource %u", BUFFER));
}

static void count_line(void *context, enum vit_log_level level, const char *line)
{
    (void)level;
    (void)line;
    ++*(unsigned *)context;
}

Test(rendered, says_once_that_it_does_not_take_a_buffer)
{
    unsigned lines = 0;
    open_rendering();
    vit_log_set_level(VIT_LOG_WARNING);
    vit_log_set_sink(count_line, &lines);
    for (uint32_t id = BUFFER; id < BUFFER + 3; id++) {
        fake.next = VIT_E_ARG;
        (void)guest_make_buffer(&guest, 1, id, 8192);
        cr_assert_not(fake_renderer_knows(&fake, "back"));
    }
    cr_assert_eq(lines, 1);
    vit_log_set_sink(NULL, NULL);
}

Test(rendered, does_not_get_our_pictures_in_guest_memory_nor_2d_images)
{
    open_rendering();
    cr_assert_eq(guest_create_picture(&guest, 40, VIT_FORMAT_NV12, 16, 16), OK);
    cr_assert_eq(guest_create_image(&guest, 41, VIT_FORMAT_BGRX, 16, 16), OK);
    cr_assert_eq(guest_attach(&guest, 1, 40), OK);
    cr_assert_eq(guest_attach(&guest, 1, 41), OK);
    cr_assert_not(fake_renderer_knows(&fake, "resource 40"));
    cr_assert_not(fake_renderer_knows(&fake, "resource 41"));
}

/* Transfers */

Test(rendered, does_transfers_as_they_are_asked_for)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    cr_assert_eq(create_texture(TEXTURE), OK);
    cr_assert_eq(guest_attach(&guest, 1, TEXTURE), OK);
    struct vgpu_3d_transfer wanted = { VGPU_TO_HOST, 1, TEXTURE, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7 };
    cr_assert_eq(transfer(1, TEXTURE, true), OK);
    cr_assert(fake_renderer_heard(&fake, "create context 1"));
    cr_assert(fake_renderer_heard(&fake, "transfer to resource %u", TEXTURE));
    cr_assert_eq(memcmp(&fake.transfer, &wanted, sizeof(wanted)), 0);
    cr_assert_eq(transfer(1, TEXTURE, false), OK);
    wanted.direction = VGPU_FROM_HOST;
    cr_assert_eq(memcmp(&fake.transfer, &wanted, sizeof(wanted)), 0);
    fake.next = VIT_E_ARG;
    cr_assert_eq(transfer(1, TEXTURE, false), BAD_PARAMETER);
}

Test(rendered, does_no_transfer_for_a_context_that_has_not_attached_the_resource)
{
    open_rendering();
    cr_assert_eq(guest_context_create(&guest, 2), OK);
    cr_assert_eq(transfer(2, TEXTURE, false), BAD_RESOURCE);
    cr_assert_eq(transfer(0, TEXTURE, false), BAD_CONTEXT);
    cr_assert_eq(transfer(1, 99, false), BAD_RESOURCE);
    cr_assert_not(fake_renderer_knows(&fake, "transfer"));
}

/* Fences */

static struct guest_request post_stream(void)
{
    return guest_post_submit(&guest, 1, stream, sizeof(stream), true);
}

static struct guest_request post_own(void)
{
    uint8_t bytes[256];
    struct vit_writer out;
    vit_writer_init(&out, bytes, sizeof(bytes));
    struct vit_envelope envelope = { .length = VIT_ENVELOPE_LEN + VIT_MESSAGE_HEADER_LEN,
        .count = 1,
        .sequence = 1,
        .reply_resource = BUFFER,
        .reply_capacity = 64 };
    vit_put_envelope(&out, &envelope);
    vit_put_nop(&out);
    return guest_post_submit(&guest, 1, bytes, out.at, true);
}

Test(rendered, answers_a_fenced_stream_when_its_fence_is_reached)
{
    open_rendering();
    fake.holds = true;
    uint64_t before = fake.fenced;
    struct guest_request first = post_stream();
    struct guest_request second = post_stream();
    cr_assert_eq(fake.fenced, before + 2);
    vgpu_device_poll(guest.device);
    cr_assert_not(guest_answered(&guest, &first));
    cr_assert(vgpu_device_busy(guest.device));
    fake_renderer_reach(&fake, before + 1);
    cr_assert_eq(guest_wait(&guest, &first), OK, "woken by the renderer's descriptor");
    cr_assert_not(guest_answered(&guest, &second));
    fake_renderer_reach(&fake, before + 2);
    cr_assert_eq(guest_wait(&guest, &second), OK);
    cr_assert_not(vgpu_device_busy(guest.device));
}

Test(rendered, keeps_fences_of_both_kinds_in_the_order_of_the_ring)
{
    open_rendering();
    (void)guest_make_buffer(&guest, 1, BUFFER, 4096);
    fake.holds = true;
    uint64_t before = fake.fenced;
    struct guest_request requests[4] = { post_own(), post_stream(), post_own(), post_stream() };
    cr_assert(guest_answered(&guest, &requests[0]), "nothing before it");
    cr_assert_not(guest_answered(&guest, &requests[2]), "a stream before it");
    fake_renderer_reach(&fake, before + 1);
    vgpu_device_poll(guest.device);
    cr_assert(guest_answered(&guest, &requests[1]));
    cr_assert(guest_answered(&guest, &requests[2]));
    cr_assert_not(guest_answered(&guest, &requests[3]));
    fake_renderer_reach(&fake, before + 2);
    vgpu_device_poll(guest.device);
    cr_assert_eq(guest_answer_type(&guest, &requests[3]), OK);
    cr_assert(guest_answered(&guest, &requests[3]));
}

Test(rendered, needs_no_fence_for_what_did_not_reach_it)
{
    open_rendering();
    uint64_t before = fake.fenced;
    struct guest_request wrong = guest_post_submit(&guest, 1, stream, 7, true);
    cr_assert_eq(guest_wait(&guest, &wrong), BAD_PARAMETER);
    cr_assert_eq(fake.fenced, before);
}

Test(rendered, answers_a_fenced_transfer_when_its_fence_is_reached)
{
    open_rendering();
    fake.holds = true;
    struct virtio_gpu_transfer_host_3d ask = transfer_of(1, TEXTURE, true);
    ask.hdr.flags = VIRTIO_GPU_FLAG_FENCE;
    struct guest_request request = guest_post(&guest, &ask, sizeof(ask), 64);
    cr_assert_not(guest_answered(&guest, &request));
    fake_renderer_reach(&fake, fake.fenced);
    cr_assert_eq(guest_wait(&guest, &request), OK);
}

Test(rendered, that_makes_no_fence_leaves_nobody_waiting)
{
    open_rendering();
    fake.holds = true;
    fake.fails_fences = true;
    struct guest_request request = post_stream();
    cr_assert_eq(guest_wait(&guest, &request), OK);
}

Test(rendered, whose_fence_is_never_reached_does_not_keep_a_queue_from_stopping)
{
    open_rendering();
    fake.holds = true;
    (void)post_stream();
    (void)vgpu_device_stop_queue(guest.device, VGPU_QUEUE_CONTROL);
    struct vgpu_ring ring = guest_ring_of(&guest, VGPU_QUEUE_CONTROL);
    cr_assert_eq(vgpu_device_start_queue(guest.device, VGPU_QUEUE_CONTROL, &ring), VIT_OK);
    fake_renderer_reach(&fake, fake.fenced);
    vgpu_device_poll(guest.device);
    cr_assert_eq(guest_context_create(&guest, 5), OK);
}

Test(rendered, is_emptied_with_the_device)
{
    open_rendering();
    struct vgpu_region regions[2];
    guest_regions(&guest, regions);
    cr_assert_eq(vgpu_device_set_memory(guest.device, regions, 2), VIT_OK);
    cr_assert(fake_renderer_heard(&fake, "destroy context 1"));
    cr_assert(fake_renderer_heard(&fake, "destroy resource %u", TEXTURE));
    open_rendering();
    vgpu_device_reset(guest.device);
    cr_assert(fake_renderer_heard(&fake, "destroy context 1"));
    cr_assert(fake_renderer_heard(&fake, "destroy resource %u", TEXTURE));
}

/* Scanout */

static void show_texture(uint32_t format)
{
    cr_assert_eq(create_3d(TEXTURE, format, BIND, 0, 64, 32), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, TEXTURE, 8, 4, 16, 8), OK);
    memcpy(fake.colour, (uint8_t[]){ 10, 20, 30, 40 }, 4);
}

Test(rendered, is_read_when_the_guest_flushes)
{
    show_texture(VIT_FORMAT_BGRX);
    cr_assert_not(fake_renderer_knows(&fake, "read"));
    cr_assert_eq(guest_flush(&guest, TEXTURE, 0, 0, 9, 5), OK);
    cr_assert(fake_renderer_heard(&fake, "read resource %u at 8,4 16x8", TEXTURE),
            "whole at first");
    const struct guest_picture *picture = &guest.pictures[0];
    cr_assert_eq(picture->last_width, 16);
    cr_assert_arr_eq(picture->pixels, ((uint8_t[]){ 10, 20, 30 }), 3);
    cr_assert_arr_eq(picture->pixels + (16 * 8 - 1) * 4, ((uint8_t[]){ 10, 20, 30 }), 3);
    fake.colour[0] = 99;
    cr_assert_eq(guest_flush(&guest, TEXTURE, 9, 5, 2, 1), OK);
    cr_assert(fake_renderer_heard(&fake, "read resource %u at 9,5 2x1", TEXTURE), "then damage");
    cr_assert_eq(picture->x, 1);
    cr_assert_eq(picture->last_width, 2);
    cr_assert_eq(picture->pixels[(16 + 1) * 4], 99);
    cr_assert_eq(picture->pixels[(16 + 3) * 4], 10);
}

Test(rendered, picture_with_red_first_is_turned)
{
    show_texture(67);
    cr_assert_eq(guest_flush(&guest, TEXTURE, 0, 0, 64, 32), OK);
    cr_assert_arr_eq(guest.pictures[0].pixels, ((uint8_t[]){ 30, 20, 10 }), 3);
}

Test(rendered, picture_that_cannot_be_read_is_black)
{
    show_texture(VIT_FORMAT_BGRX);
    fake.next = VIT_E_ARG;
    cr_assert_eq(guest_flush(&guest, TEXTURE, 0, 0, 64, 32), OK);
    cr_assert_arr_eq(guest.pictures[0].pixels, ((uint8_t[]){ 0, 0, 0 }), 3);
}

Test(rendered, picture_of_another_kind_is_not_shown)
{
    cr_assert_eq(create_3d(TEXTURE, 31, BIND, 0, 64, 32), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, TEXTURE, 0, 0, 64, 32), BAD_PARAMETER);
    cr_assert_eq(create_3d(21, VIT_FORMAT_BGRX, BIND, 0, 16384, 16384), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, 21, 0, 0, 16384, 16384), NO_MEMORY);
}

/* What is kept of a shown picture. */
Test(rendered, pictures_of_all_outputs_are_bounded_together)
{
    const struct vgpu_config config = { .inline_len = SIZE_MAX,
        .inline_exchange = true,
        .outputs = 3,
        .renderer = &fake.base };
    guest_close(&guest);
    guest_open(&guest, &config, VIT_CUSTODY_DRIVER);
    cr_assert_eq(create_3d(TEXTURE, VIT_FORMAT_BGRX, BIND, 0, 8192, 8192), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, TEXTURE, 0, 0, 8192, 8192), OK);
    cr_assert_eq(guest_set_scanout(&guest, 1, TEXTURE, 0, 0, 8192, 8192), OK);
    cr_assert_eq(guest_set_scanout(&guest, 2, TEXTURE, 0, 0, 8192, 8192), NO_MEMORY);
    cr_assert_eq(guest_set_scanout(&guest, 2, TEXTURE, 0, 0, 1, 1), NO_MEMORY);
    cr_assert_eq(guest_set_scanout(&guest, 1, TEXTURE, 0, 0, 8192, 4096), OK);
    cr_assert_eq(guest_set_scanout(&guest, 2, TEXTURE, 0, 0, 8192, 4096), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, 0, 0, 0, 0, 0), OK);
    cr_assert_eq(guest_set_scanout(&guest, 2, TEXTURE, 0, 0, 8192, 8192), OK);
}

/* Cursors */

static void show_cursor(uint32_t id, uint32_t format, uint32_t side)
{
    cr_assert_eq(create_3d(id, format, BIND, 0, side, side), OK);
    struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, id);
    memcpy(fake.colour, (uint8_t[]){ 10, 20, 30, 40 }, 4);
    cr_assert_eq(vgpu_cursor_set(&guest.device->cursors, 0, resource, 1, 2), VIT_OK);
}

Test(rendered, picture_becomes_a_cursor)
{
    const uint8_t *pixels = guest.device->cursors.list[0].pixels;
    show_cursor(20, VIT_FORMAT_BGRA, VGPU_CURSOR_SIDE);
    cr_assert(fake_renderer_heard(&fake, "read resource 20 at 0,0 64x64"));
    cr_assert_arr_eq(pixels, ((uint8_t[]){ 10, 20, 30, 40 }), 4);
    cr_assert_arr_eq(pixels + VGPU_CURSOR_LEN - 4, ((uint8_t[]){ 10, 20, 30, 40 }), 4);
    show_cursor(21, 67, VGPU_CURSOR_SIDE);
    cr_assert_arr_eq(pixels, ((uint8_t[]){ 30, 20, 10, 40 }), 4, "red first");
}

Test(rendered, picture_of_another_size_or_kind_becomes_no_cursor)
{
    static const uint32_t rows[][2] = { { VIT_FORMAT_BGRA, 63 }, { VIT_FORMAT_BGRA, 128 },
        { 31, VGPU_CURSOR_SIDE } };
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(create_3d(20 + i, rows[i][0], BIND, 0, rows[i][1], rows[i][1]), OK);
        struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, 20 + i);
        cr_assert_eq(vgpu_cursor_set(&guest.device->cursors, 0, resource, 0, 0), VIT_E_ARG);
    }
    cr_assert_not(fake_renderer_knows(&fake, "read"));
}

Test(rendered, cursor_that_cannot_be_read_is_transparent)
{
    cr_assert_eq(create_3d(20, VIT_FORMAT_BGRA, BIND, 0, VGPU_CURSOR_SIDE, VGPU_CURSOR_SIDE), OK);
    struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, 20);
    memset(fake.colour, 0x77, 4);
    fake.next = VIT_E_ARG;
    cr_assert_eq(vgpu_cursor_set(&guest.device->cursors, 0, resource, 0, 0), VIT_OK);
    cr_assert_arr_eq(guest.device->cursors.list[0].pixels, ((uint8_t[4]){ 0 }), 4);
}

/* Protected resources: each way out ends before the renderer. */

static void open_protected(void)
{
    open_rendering();
    guest_make_protected(&guest, 1, PROTECTED, VIT_FORMAT_BGRX, 8, 8);
}

static void expect_unknown(void)
{
    cr_assert_not(fake_renderer_knows(&fake, "resource 77"));
}

Test(rendered, never_hears_of_a_protected_resource)
{
    open_protected();
    cr_assert_eq(guest_back(&guest, PROTECTED, guest_alloc(&guest, 4096), 4096), OK);
    cr_assert_eq(guest_submit(&guest, 1, stream, sizeof(stream)), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, PROTECTED, 0, 0, 8, 8), OK);
    cr_assert_eq(guest_flush(&guest, PROTECTED, 0, 0, 8, 8), OK);
    cr_assert_eq(guest_unback(&guest, PROTECTED), OK);
    cr_assert_eq(guest_detach(&guest, 1, PROTECTED), OK);
    cr_assert_eq(guest_unref(&guest, PROTECTED), OK);
    expect_unknown();
}

Test(rendered, never_hears_of_it_when_its_context_renders_later)
{
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    guest_make_protected(&guest, 1, PROTECTED, VIT_FORMAT_BGRX, 8, 8);
    cr_assert_eq(guest_submit(&guest, 1, stream, sizeof(stream)), OK);
    cr_assert(fake_renderer_heard(&fake, "create context 1"));
    expect_unknown();
}

Test(rendered, never_hears_of_it_when_another_context_attaches_it)
{
    open_protected();
    cr_assert_eq(guest_context_create(&guest, 2), OK);
    cr_assert_eq(guest_submit(&guest, 2, stream, sizeof(stream)), OK);
    cr_assert_eq(guest_attach(&guest, 2, PROTECTED), OK);
    expect_unknown();
}

Test(rendered, does_no_transfer_of_a_protected_resource)
{
    open_protected();
    cr_assert_eq(transfer(1, PROTECTED, true), UNSPEC);
    cr_assert_eq(transfer(1, PROTECTED, false), UNSPEC);
    cr_assert_eq(guest_transfer(&guest, PROTECTED, 0, 0, 0, 8, 8), UNSPEC);
    expect_unknown();
}

Test(rendered, gets_no_resource_whose_flags_have_ours_among_others)
{
    cr_assert_neq(create_3d(PROTECTED, VIT_FORMAT_BGRX, BIND, VIT_RESOURCE_FLAG_PROTECTED | 1, 8,
                          8),
            OK);
    expect_unknown();
}

Test(rendered, gets_an_id_only_after_the_protected_resource_that_had_it_is_gone)
{
    open_protected();
    cr_assert_eq(create_texture(PROTECTED), BAD_RESOURCE);
    expect_unknown();
    cr_assert_eq(guest_unref(&guest, PROTECTED), OK);
    cr_assert_eq(create_texture(PROTECTED), OK);
    cr_assert(fake_renderer_heard(&fake, "create resource 77"));
}

/* The other direction: the engine works on no memory of the renderer. */
Test(rendered, resources_are_nothing_that_the_engine_sees)
{
    uint8_t bytes[256];
    struct vit_writer out;
    open_rendering();
    uint8_t *reply = guest_at(&guest, guest_make_buffer(&guest, 1, BUFFER, 4096));
    vit_writer_init(&out, bytes, sizeof(bytes));
    struct vit_envelope envelope = { .length = VIT_ENVELOPE_LEN + VIT_MESSAGE_HEADER_LEN + 40,
        .count = 1,
        .sequence = 1,
        .reply_resource = BUFFER,
        .reply_capacity = 64 };
    vit_put_envelope(&out, &envelope);
    const struct vit_msg_copy copy = { .source = TEXTURE,
        .destination = BUFFER,
        .destination_offset = 2048,
        .row_len = 16,
        .rows = 1 };
    vit_put_copy(&out, &copy);
    (void)guest_submit(&guest, 1, bytes, out.at);
    cr_assert_eq(vit_load_le32(reply), 1, "replied");
    cr_assert_neq(vit_load_le32(reply + 8), VIT_OK);
}
