/* SPDX-License-Identifier: MIT */
/* Virglrenderer in its place, in software. Each test is a process of its own, as the renderer wants. */
#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/vgpu/guest.h"
#include "vgpu/device_state.h"
#include "vgpu/vhost/sandbox.h"
#include "vgpu/virgl/stream.h"
#include "vgpu/virgl/virgl.h"
#include "wire/envelope.h"
#include "wire/virtio_gpu.h"

enum {
    OK = VIRTIO_GPU_RESP_OK_NODATA,
    BAD_PARAMETER = VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
    CONTEXT = 1,
    PICTURE = 10,
    OTHER = 11,
    VERTICES = 12,
    RESULTS = 13, /* a buffer in guest memory */
    PROTECTED = 77,
    WIDTH = 64,
    HEIGHT = 32,
    SECRET = 0x5a,
    NOTHING = 0x33,
};

static struct guest guest;
static struct vgpu_renderer *renderer;
static uint8_t *pixels; /* backing of PICTURE */
static uint8_t *results;

static const char blue[] = "FRAG\n"
                           "DCL OUT[0], COLOR\n"
                           "IMM[0] FLT32 {0.0000, 0.0000, 1.0000, 1.0000}\n"
                           "  0: MOV OUT[0], IMM[0]\n"
                           "  1: END\n";

static void open_renderer(void)
{
    cr_assert_eq(vgpu_virgl_create(NULL, &renderer), VIT_OK, "needs EGL and Mesa's llvmpipe");
    struct vgpu_config config = { .inline_len = SIZE_MAX,
        .inline_exchange = true,
        .renderer = renderer };
    guest_open(&guest, &config, VIT_CUSTODY_DRIVER);
}

static void close_renderer(void)
{
    guest_close(&guest);
    vgpu_virgl_destroy(renderer);
}

TestSuite(virgl, .init = open_renderer, .fini = close_renderer);

static void create_3d(uint32_t resource, uint32_t target, uint32_t format, uint32_t bind,
        uint32_t width, uint32_t height)
{
    struct virtio_gpu_resource_create_3d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D },
        .resource_id = resource,
        .target = target,
        .format = format,
        .bind = bind,
        .width = width,
        .height = height,
        .depth = 1,
        .array_size = 1,
    };
    cr_assert_eq(guest_call(&guest, &ask, sizeof(ask), NULL, 0), OK);
}

static void make_picture(uint32_t context, uint32_t resource, uint32_t format)
{
    create_3d(resource, VIT_TARGET_2D, format, VGPU_USE_RENDER_TARGET | VGPU_USE_SAMPLED, WIDTH,
            HEIGHT);
    cr_assert_eq(guest_attach(&guest, context, resource), OK);
}

static void make_vertices(uint32_t context, uint32_t resource)
{
    create_3d(resource, VIT_TARGET_BUFFER, VIT_FORMAT_BYTES, VGPU_USE_VERTICES, 256, 1);
    cr_assert_eq(guest_attach(&guest, context, resource), OK);
}

static void open_context(void)
{
    cr_assert_eq(guest_context_create(&guest, CONTEXT), OK);
    make_picture(CONTEXT, PICTURE, VIT_FORMAT_BGRX);
    make_picture(CONTEXT, OTHER, VIT_FORMAT_BGRA);
    make_vertices(CONTEXT, VERTICES);
    uint64_t address = guest_alloc(&guest, WIDTH * HEIGHT * 4);
    cr_assert_eq(guest_back(&guest, PICTURE, address, WIDTH * HEIGHT * 4), OK);
    pixels = guest_at(&guest, address);
    results = guest_at(&guest, guest_make_buffer(&guest, CONTEXT, RESULTS, 4096));
    memset(results, NOTHING, 4096);
}

static uint32_t run(const struct vgpu_stream *stream)
{
    return guest_submit(&guest, CONTEXT, stream->words, stream->count * sizeof(uint32_t));
}

static uint32_t transfer(uint32_t resource, bool to_host)
{
    struct virtio_gpu_transfer_host_3d ask = {
        .hdr = { .type = to_host ? VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D
                                 : VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D,
                .ctx_id = CONTEXT },
        .box = { .w = WIDTH, .h = HEIGHT, .d = 1 },
        .resource_id = resource,
    };
    return guest_call(&guest, &ask, sizeof(ask), NULL, 0);
}

static void expect_pixel(const uint8_t *picture, uint32_t x, uint32_t y, uint8_t b, uint8_t g,
        uint8_t r)
{
    const uint8_t *at = picture + ((size_t)y * WIDTH + x) * 4;
    cr_assert(at[0] == b && at[1] == g && at[2] == r, "%u,%u: %u %u %u", x, y, at[0], at[1], at[2]);
}

Test(virgl, offers_capsets_1_and_2)
{
    cr_assert_eq(renderer->capset_count, 2);
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(renderer->capsets[i].id, i + 1);
        cr_assert_geq(renderer->capsets[i].len, 308);
        cr_assert_neq(vit_load_le32(renderer->capsets[i].bytes), 0, "its version");
    }
}

Test(virgl, picture_is_displayed_as_it_lies)
{
    open_context();
    struct vgpu_stream stream = { .count = 0 };
    vgpu_stream_target(&stream, 1, PICTURE, VIT_FORMAT_BGRX);
    vgpu_stream_clear(&stream, 0, 1, 0, 1);
    vgpu_stream_fill(&stream, 2, VERTICES, WIDTH, HEIGHT / 2, blue);
    cr_assert_eq(run(&stream), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, PICTURE, 0, 0, WIDTH, HEIGHT), OK);
    cr_assert_eq(guest_flush(&guest, PICTURE, 0, 0, WIDTH, HEIGHT), OK);
    for (uint32_t y = 0; y < HEIGHT; y++) {
        for (uint32_t x = 0; x < WIDTH; x++) {
            bool drawn = y < HEIGHT / 2;
            expect_pixel(guest.pictures[0].pixels, x, y, drawn ? 255 : 0, drawn ? 0 : 255, 0);
        }
    }
}

Test(virgl, part_of_a_picture_is_displayed)
{
    open_context();
    struct vgpu_stream stream = { .count = 0 };
    vgpu_stream_target(&stream, 1, PICTURE, VIT_FORMAT_BGRX);
    vgpu_stream_clear(&stream, 0, 1, 0, 1);
    vgpu_stream_fill(&stream, 2, VERTICES, WIDTH, HEIGHT / 2, blue);
    cr_assert_eq(run(&stream), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, PICTURE, 8, HEIGHT / 2 - 1, 16, 2), OK);
    cr_assert_eq(guest_flush(&guest, PICTURE, 0, 0, WIDTH, HEIGHT), OK);
    const uint8_t *picture = guest.pictures[0].pixels;
    cr_assert_arr_eq(picture, ((uint8_t[]){ 255, 0, 0 }), 3);
    cr_assert_arr_eq(picture + (16 * 2 - 1) * 4, ((uint8_t[]){ 0, 255, 0 }), 3);
}

Test(virgl, picture_becomes_a_cursor_as_it_lies)
{
    enum { CURSOR = 20 };
    open_context();
    create_3d(CURSOR, VIT_TARGET_2D, VIT_FORMAT_BGRA, VGPU_USE_RENDER_TARGET, VGPU_CURSOR_SIDE,
            VGPU_CURSOR_SIDE);
    cr_assert_eq(guest_attach(&guest, CONTEXT, CURSOR), OK);
    struct vgpu_stream stream = { .count = 0 };
    vgpu_stream_target(&stream, 1, CURSOR, VIT_FORMAT_BGRA);
    vgpu_stream_clear(&stream, 0, 1, 0, 0);
    vgpu_stream_fill(&stream, 2, VERTICES, VGPU_CURSOR_SIDE, VGPU_CURSOR_SIDE / 2, blue);
    cr_assert_eq(run(&stream), OK);
    struct vgpu_cursors *cursors = &guest.device->cursors;
    struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, CURSOR);
    cr_assert_eq(vgpu_cursor_set(cursors, 0, resource, 0, 0), VIT_OK);
    const uint8_t *picture = cursors->list[0].pixels;
    cr_assert_arr_eq(picture, ((uint8_t[]){ 255, 0, 0, 255 }), 4);
    cr_assert_arr_eq(picture + VGPU_CURSOR_LEN - 4, ((uint8_t[]){ 0, 255, 0, 0 }), 4);
}

Test(virgl, pixels_go_there_and_come_back)
{
    open_context();
    for (size_t i = 0; i < WIDTH * HEIGHT * 4; i++) {
        pixels[i] = (uint8_t)(i * 7);
    }
    cr_assert_eq(transfer(PICTURE, true), OK);
    memset(pixels, 0, WIDTH * HEIGHT * 4);
    cr_assert_eq(transfer(PICTURE, false), OK);
    expect_pixel(pixels, 0, 0, 0, 7, 14);
    expect_pixel(pixels, 5, 3, (uint8_t)(788 * 7), (uint8_t)(789 * 7), (uint8_t)(790 * 7));
}

Test(virgl, wrong_streams_harm_their_own_context_only)
{
    static const struct vgpu_stream wrong = { .words = { 0x00010063, 1 }, .count = 2 };
    open_context();
    cr_assert_eq(run(&wrong), BAD_PARAMETER);
    cr_assert_eq(guest_context_create(&guest, 2), OK);
    cr_assert_eq(guest_attach(&guest, 2, PICTURE), OK);
    struct vgpu_stream stream = { .count = 0 };
    vgpu_stream_target(&stream, 1, PICTURE, VIT_FORMAT_BGRX);
    vgpu_stream_clear(&stream, 0, 1, 0, 1);
    cr_assert_eq(guest_submit(&guest, 2, stream.words, stream.count * sizeof(uint32_t)), OK);
}

Test(virgl, fences_are_reached_in_the_order_of_the_ring)
{
    enum { COUNT = 12 };
    struct guest_request requests[COUNT];
    uint8_t own[256];
    struct vit_writer out;
    open_context();
    vit_writer_init(&out, own, sizeof(own));
    struct vit_envelope envelope = { .length = VIT_ENVELOPE_LEN + VIT_MESSAGE_HEADER_LEN,
        .count = 1,
        .sequence = 1,
        .reply_resource = RESULTS,
        .reply_capacity = 64 };
    vit_put_envelope(&out, &envelope);
    vit_put_nop(&out);
    struct vgpu_stream stream = { .count = 0 };
    vgpu_stream_target(&stream, 1, PICTURE, VIT_FORMAT_BGRX);
    for (unsigned i = 0; i < 8; i++) {
        vgpu_stream_blit(&stream, OTHER, PICTURE, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        requests[i] = i % 2 == 0
                ? guest_post_submit(&guest, CONTEXT, stream.words, stream.count * 4, true)
                : guest_post_submit(&guest, CONTEXT, own, out.at, true);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(guest_wait(&guest, &requests[i]), OK);
        for (unsigned before = 0; before < i; before++) {
            cr_assert(guest_answered(&guest, &requests[before]));
        }
    }
    cr_assert_not(vgpu_device_busy(guest.device));
}

Test(virgl, starts_again_after_a_reset_of_the_device)
{
    for (unsigned round = 0; round < 3; round++) {
        open_context();
        struct vgpu_stream stream = { .count = 0 };
        vgpu_stream_target(&stream, 1, PICTURE, VIT_FORMAT_BGRX);
        vgpu_stream_clear(&stream, 1, 0, 0, 1);
        cr_assert_eq(run(&stream), OK, "round %u", round);
        cr_assert_eq(transfer(PICTURE, false), OK);
        expect_pixel(pixels, 1, 1, 0, 0, 255);
        struct vgpu_region regions[2];
        guest_regions(&guest, regions);
        cr_assert_eq(vgpu_device_set_memory(guest.device, regions, 2), VIT_OK);
    }
}

Test(virgl, is_one_in_a_process)
{
    struct vgpu_renderer *second = NULL;
    cr_assert_neq(vgpu_virgl_create(NULL, &second), VIT_OK);
    cr_assert_null(second);
    open_context();
    struct vgpu_stream stream = { .count = 0 };
    vgpu_stream_target(&stream, 1, PICTURE, VIT_FORMAT_BGRX);
    cr_assert_eq(run(&stream), OK, "the first goes on");
}

Test(virgl_process, does_not_start_without_the_node_that_was_asked_for)
{
    cr_assert_eq(vgpu_virgl_create("/nonexistent/renderD128", &renderer), VIT_E_IO);
}

/* Commands aimed at a protected picture. Each names it in the place of something that would be read
 * or written. */

static void aim_copy_from(struct vgpu_stream *stream, uint32_t id)
{
    vgpu_stream_copy(stream, id, PICTURE, WIDTH, HEIGHT);
}

static void aim_copy_to(struct vgpu_stream *stream, uint32_t id)
{
    vgpu_stream_copy(stream, PICTURE, id, WIDTH, HEIGHT);
}

static void aim_blit_from(struct vgpu_stream *stream, uint32_t id)
{
    vgpu_stream_blit(stream, id, PICTURE, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
}

static void aim_blit_to(struct vgpu_stream *stream, uint32_t id)
{
    vgpu_stream_blit(stream, PICTURE, id, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
}

static void aim_draw_on(struct vgpu_stream *stream, uint32_t id)
{
    vgpu_stream_target(stream, 90, id, VIT_FORMAT_BGRX);
    vgpu_stream_clear(stream, 1, 1, 1, 1);
}

static void aim_sample(struct vgpu_stream *stream, uint32_t id)
{
    enum { STRAIGHT = 0 | 1 << 3 | 2 << 6 | 3 << 9 };
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_SAMPLER_VIEW, 91, id,
            VIT_FORMAT_BGRX | VIT_TARGET_2D << 24, 0, 0, STRAIGHT);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_SAMPLER_VIEWS, 0, VGPU_SHADER_FRAGMENT, 0, 91);
}

static void aim_draw_from(struct vgpu_stream *stream, uint32_t id)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_VERTEX_BUFFERS, 0, 16, 0, id);
}

static void aim_uniforms(struct vgpu_stream *stream, uint32_t id)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_UNIFORM_BUFFER, 0, VGPU_SHADER_FRAGMENT, 1, 0, 256, id);
}

static void aim_query(struct vgpu_stream *stream, uint32_t id)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_QUERY, 92, 0, 0, id);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_QUERY_RESULT, 0, 92, 1);
}

static void aim_feedback(struct vgpu_stream *stream, uint32_t id)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_STREAMOUT, 93, id, 0, 256);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_STREAMOUT, 0, 0, 93);
}

static void aim_image(struct vgpu_stream *stream, uint32_t id)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_IMAGES, 0, VGPU_SHADER_FRAGMENT, 0, VIT_FORMAT_BGRX, 3, 0,
            0, id);
}

static void aim_write(struct vgpu_stream *stream, uint32_t id)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_WRITE, 0, id, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0xffffffff);
}

static void aim_transfer(struct vgpu_stream *stream, uint32_t id)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_TRANSFER, 0, id, 0, 0, 0, 0, 0, 0, 0, 8, 8, 1, 0, 2);
}

static void aim_copy_transfer_from(struct vgpu_stream *stream, uint32_t id)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_COPY_TRANSFER, 0, PICTURE, 0, 0, WIDTH * 4, 0, 0, 0, 0, 8,
            8, 1, id, 0, 0);
}

static void aim_copy_transfer_to(struct vgpu_stream *stream, uint32_t id)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_COPY_TRANSFER, 0, id, 0, 0, WIDTH * 4, 0, 0, 0, 0, 8, 8, 1,
            RESULTS, 0, 2);
}

/* silent: virglrenderer leaves what it does not know out, and says nothing. */
static const struct {
    const char *name;
    void (*aim)(struct vgpu_stream *stream, uint32_t id);
    bool silent;
} exits[] = {
    { "copy from", aim_copy_from, true },
    { "copy to", aim_copy_to, true },
    { "blit from", aim_blit_from, true },
    { "blit to", aim_blit_to, true },
    { "draw on", aim_draw_on, false },
    { "sample", aim_sample, false },
    { "vertices", aim_draw_from, true },
    { "uniforms", aim_uniforms, true },
    { "query", aim_query, false },
    { "transform feedback", aim_feedback, false },
    { "image store", aim_image, true },
    { "inline write", aim_write, false },
    { "transfer", aim_transfer, false },
    { "copy transfer from", aim_copy_transfer_from, false },
    { "copy transfer to", aim_copy_transfer_to, false },
};

enum { EXIT_COUNT = sizeof(exits) / sizeof(exits[0]), SECRET_LEN = WIDTH * HEIGHT * 4 };

static uint8_t *make_secret(void)
{
    guest_make_protected(&guest, CONTEXT, PROTECTED, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
    struct vgpu_resource *resource = vgpu_objects_resource(&guest.device->objects, PROTECTED);
    memset(resource->storage, SECRET, SECRET_LEN);
    return resource->storage;
}

static bool has(const uint8_t *bytes, size_t len, uint8_t value)
{
    return memchr(bytes, value, len) != NULL;
}

static void start_again(void)
{
    struct vgpu_region regions[2];
    guest_regions(&guest, regions);
    cr_assert_eq(vgpu_device_set_memory(guest.device, regions, 2), VIT_OK);
    open_context();
}

static uint32_t aim_at(unsigned index, uint32_t id)
{
    struct vgpu_stream stream = { .count = 0 };
    vgpu_stream_target(&stream, 1, PICTURE, VIT_FORMAT_BGRX);
    vgpu_stream_clear(&stream, 0, 1, 0, 1);
    cr_assert_eq(run(&stream), OK);
    stream.count = 0;
    exits[index].aim(&stream, id);
    return run(&stream);
}

static void expect_no_secret(unsigned index)
{
    cr_assert_eq(guest_context_destroy(&guest, CONTEXT), OK);
    cr_assert_eq(guest_context_create(&guest, CONTEXT), OK);
    cr_assert_eq(guest_attach(&guest, CONTEXT, PICTURE), OK);
    memset(pixels, NOTHING, SECRET_LEN);
    cr_assert_eq(transfer(PICTURE, false), OK);
    cr_expect_not(has(pixels, SECRET_LEN, SECRET), "%s: read", exits[index].name);
    cr_expect_not(has(results, 4096, SECRET), "%s: read into a buffer", exits[index].name);
}

Test(virgl, finds_nothing_where_a_protected_picture_is_named)
{
    for (unsigned i = 0; i < EXIT_COUNT; i++) {
        start_again();
        const uint8_t *secret = make_secret();
        uint32_t answer = aim_at(i, PROTECTED);
        if (!exits[i].silent) {
            cr_expect_eq(answer, BAD_PARAMETER, "%s: %x", exits[i].name, answer);
        }
        for (size_t at = 0; at < SECRET_LEN; at++) {
            cr_assert_eq(secret[at], SECRET, "%s: written", exits[i].name);
        }
        expect_no_secret(i);
    }
}

/* The streams above are what they are said to be: with an id that the renderer knows they work. */
Test(virgl, does_the_same_where_another_picture_is_named)
{
    enum { OF_PICTURES = 6 };
    for (unsigned i = 0; i < OF_PICTURES; i++) {
        start_again();
        cr_expect_eq(aim_at(i, OTHER), OK, "%s", exits[i].name);
    }
}

static void expect_red_arrives(void (*aim)(struct vgpu_stream *stream, uint32_t id))
{
    struct vgpu_stream stream = { .count = 0 };
    start_again();
    vgpu_stream_target(&stream, 1, OTHER, VIT_FORMAT_BGRA);
    vgpu_stream_clear(&stream, 1, 0, 0, 1);
    aim(&stream, OTHER);
    cr_assert_eq(run(&stream), OK);
    cr_assert_eq(transfer(PICTURE, false), OK);
    expect_pixel(pixels, 3, 3, 0, 0, 255);
}

Test(virgl, copies_and_blits_from_another_picture)
{
    expect_red_arrives(aim_copy_from);
    expect_red_arrives(aim_blit_from);
}

/* In the sandbox */

static void need(bool condition, int code)
{
    if (!condition) {
        _exit(code);
    }
}

/* Each round compiles another shader. */
static void draw_round(unsigned round)
{
    char shader[256];
    struct vgpu_stream stream = { .count = 0 };
    uint32_t context = round + 1;
    (void)snprintf(shader, sizeof(shader),
            "FRAG\nDCL OUT[0], COLOR\nDCL TEMP[0]\nIMM[0] FLT32 {%u.0000, 0.0000, 1.0000, 1.0000}\n"
            "  0: MUL TEMP[0], IMM[0], IMM[0].wwww\n  1: MOV OUT[0], TEMP[0]\n  2: END\n",
            round);
    need(guest_context_create(&guest, context) == OK, 10);
    make_picture(context, context * 10, VIT_FORMAT_BGRX);
    make_vertices(context, context * 10 + 1);
    vgpu_stream_target(&stream, 1, context * 10, VIT_FORMAT_BGRX);
    vgpu_stream_clear(&stream, 0, 1, 0, 1);
    vgpu_stream_fill(&stream, 2, context * 10 + 1, WIDTH, HEIGHT, shader);
    need(guest_submit(&guest, context, stream.words, stream.count * 4) == OK, 11);
    need(guest_set_scanout(&guest, 0, context * 10, 0, 0, WIDTH, HEIGHT) == OK, 12);
    need(guest_flush(&guest, context * 10, 0, 0, WIDTH, HEIGHT) == OK, 13);
    need(guest.pictures[0].pixels[0] == 255, 14);
}

Test(virgl_process, renders_in_the_sandbox)
{
    int status = 0;
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        (void)alarm(60);
        vhost_sandbox_prepare();
        open_renderer();
        need(vhost_sandbox_enter(VHOST_SECCOMP_KILL, VHOST_SANDBOX_RENDERING) == VIT_OK, 1);
        for (unsigned round = 0; round < 6; round++) {
            draw_round(round);
        }
        close_renderer();
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert_eq(status, 0, "%x", (unsigned)status);
}
