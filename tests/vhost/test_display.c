/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vgpu/display.h"
#include "vgpu/vhost/display.h"

enum { WIDTH = 1024, HEIGHT = 1024, PIXELS = WIDTH * HEIGHT * 4, HEAD = 32, LEN = HEAD + PIXELS };

struct stage {
    struct event_base *base;
    struct vhost_display *display;
    int far;
    unsigned drained;
    unsigned answers, mode_count;
    struct vgpu_mode modes[VGPU_MAX_OUTPUTS];
    uint8_t *got;
};

static void note_drained(void *context)
{
    ((struct stage *)context)->drained++;
}

static void note_modes(void *context, const struct vgpu_mode *modes, unsigned count)
{
    struct stage *stage = context;
    stage->answers++;
    stage->mode_count = count;
    if (count > 0) {
        memcpy(stage->modes, modes, count * sizeof(*modes));
    }
}

static void open_stage(struct stage *stage)
{
    int pair[2];
    const struct vhost_display_user user = { note_drained, note_modes, stage };
    *stage = (struct stage){ .base = event_base_new(), .got = malloc(LEN) };
    cr_assert_not_null(stage->base);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    cr_assert_eq(vhost_display_create(stage->base, &user, &stage->display), VIT_OK);
    cr_assert_eq(vhost_display_connect(stage->display, pair[0]), VIT_OK);
    stage->far = pair[1];
}

static void close_stage(struct stage *stage)
{
    vhost_display_destroy(stage->display);
    event_base_free(stage->base);
    close(stage->far);
    free(stage->got);
}

static enum vit_status send_pixels(struct stage *stage, uint32_t request, uint32_t output,
        const uint8_t *pixels)
{
    uint32_t head[] = { request, 0, VGPU_DISPLAY_UPDATE_LEN + PIXELS, output, 0, 0, WIDTH, HEIGHT };
    struct iovec parts[] = { { head, sizeof(head) }, { (void *)(uintptr_t)pixels, PIXELS } };
    return vhost_display_send(stage->display, parts, 2);
}

static enum vit_status send_picture(struct stage *stage, uint32_t output, const uint8_t *pixels)
{
    return send_pixels(stage, VGPU_DISPLAY_UPDATE, output, pixels);
}

/* Everything that comes out of the far end, the near end served meanwhile. */
static void take_all(struct stage *stage)
{
    for (size_t at = 0; at < LEN;) {
        ssize_t got = recv(stage->far, stage->got + at, LEN - at, MSG_DONTWAIT);
        at += got > 0 ? (size_t)got : 0;
        cr_assert_neq(got, 0);
        (void)event_base_loop(stage->base, EVLOOP_NONBLOCK);
    }
}

static void *read_whole(void *context)
{
    struct stage *stage = context;
    for (size_t at = 0; at < LEN;) {
        ssize_t got = recv(stage->far, stage->got + at, LEN - at, 0);
        if (got <= 0) {
            break;
        }
        at += (size_t)got;
    }
    return NULL;
}

static uint8_t *make_pixels(void)
{
    uint8_t *pixels = malloc(PIXELS);
    memset(pixels, 0x5a, PIXELS);
    return pixels;
}

static size_t count_clear(const struct stage *stage)
{
    size_t count = 0;
    for (size_t i = HEAD; i < LEN; i++) {
        count += stage->got[i] == 0x5a;
    }
    return count;
}

Test(display, sends_the_rest_when_the_other_end_reads_and_tells)
{
    struct stage stage;
    open_stage(&stage);
    uint8_t *pixels = make_pixels();
    cr_assert_eq(send_picture(&stage, 0, pixels), VIT_OK);
    cr_assert_eq(send_picture(&stage, 0, pixels), VIT_E_BUSY);
    take_all(&stage);
    cr_assert_eq(count_clear(&stage), PIXELS);
    cr_assert_eq(stage.drained, 1);
    free(pixels);
    close_stage(&stage);
}

/* More pieces than one call takes, sent while the other end reads as well as it can. */
Test(display, a_picture_of_many_rows_comes_whole_to_one_who_reads_meanwhile)
{
    struct stage stage;
    open_stage(&stage);
    uint8_t *pixels = malloc(PIXELS);
    uint32_t head[] = { VGPU_DISPLAY_UPDATE, 0, VGPU_DISPLAY_UPDATE_LEN + PIXELS, 0, 0, 0, WIDTH,
        HEIGHT };
    static struct iovec parts[1 + HEIGHT];
    parts[0] = (struct iovec){ head, sizeof(head) };
    for (size_t i = 0; i < PIXELS; i++) {
        pixels[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
    }
    for (size_t row = 0; row < HEIGHT; row++) {
        parts[1 + row] = (struct iovec){ pixels + row * WIDTH * 4, (size_t)WIDTH * 4 };
    }
    for (unsigned round = 0; round < 8; round++) {
        pthread_t reader;
        memset(stage.got, 0, LEN);
        cr_assert_eq(pthread_create(&reader, NULL, read_whole, &stage), 0);
        cr_assert_eq(vhost_display_send(stage.display, parts, 1 + HEIGHT), VIT_OK);
        while (vhost_display_send(stage.display, NULL, 0) == VIT_E_BUSY) {
            (void)event_base_loop(stage.base, EVLOOP_ONCE);
        }
        cr_assert_eq(pthread_join(reader, NULL), 0);
        cr_assert_eq(memcmp(stage.got, head, HEAD), 0);
        cr_assert_eq(memcmp(stage.got + HEAD, pixels, PIXELS), 0);
    }
    free(pixels);
    close_stage(&stage);
}

Test(display, the_rest_of_a_picture_that_must_not_be_seen_is_black)
{
    struct stage stage;
    open_stage(&stage);
    uint8_t *pixels = make_pixels();
    uint32_t head[8];
    cr_assert_eq(send_picture(&stage, 2, pixels), VIT_OK);
    vhost_display_blacken(stage.display, 1);
    vhost_display_blacken(stage.display, 2);
    take_all(&stage);
    memcpy(head, stage.got, sizeof(head));
    cr_assert_eq(head[3], 2, "the message stays what it was");
    cr_assert_eq(head[7], HEIGHT);
    cr_assert_lt(count_clear(&stage), PIXELS, "what had not gone out was wiped");
    cr_assert_eq(stage.got[LEN - 1], 0);
    free(pixels);
    close_stage(&stage);
}

Test(display, pictures_of_other_outputs_stay)
{
    struct stage stage;
    open_stage(&stage);
    uint8_t *pixels = make_pixels();
    cr_assert_eq(send_picture(&stage, 2, pixels), VIT_OK);
    vhost_display_blacken(stage.display, 1);
    take_all(&stage);
    cr_assert_eq(count_clear(&stage), PIXELS);
    free(pixels);
    close_stage(&stage);
}

/* It is nobody's protected picture, and nobody would send it again. */
Test(display, the_rest_of_a_cursor_stays)
{
    struct stage stage;
    open_stage(&stage);
    uint8_t *pixels = make_pixels();
    cr_assert_eq(send_pixels(&stage, VGPU_DISPLAY_CURSOR_UPDATE, 2, pixels), VIT_OK);
    vhost_display_blacken(stage.display, 2);
    take_all(&stage);
    cr_assert_eq(count_clear(&stage), PIXELS);
    free(pixels);
    close_stage(&stage);
}

/* The question, as the other end sees it. */
static void take_question(const struct stage *stage)
{
    uint32_t question[4];
    cr_assert_eq(recv(stage->far, question, sizeof(question), MSG_DONTWAIT), 12);
    cr_assert_eq(question[0], VGPU_DISPLAY_GET_DISPLAY_INFO);
    cr_assert_eq(question[2], 0);
}

static void answer(const struct stage *stage, size_t piece)
{
    uint32_t words[3 + 6 + VGPU_MAX_OUTPUTS * 6] = { VGPU_DISPLAY_GET_DISPLAY_INFO, 4,
        24 + VGPU_MAX_OUTPUTS * 24 };
    const uint32_t first[] = { 0, 0, 1024, 768, 1, 0 };
    const uint32_t off[] = { 0, 0, 640, 480, 0, 0 };
    memcpy(words + 9, first, sizeof(first));
    memcpy(words + 15, off, sizeof(off));
    for (size_t at = 0; at < sizeof(words); at += piece) {
        size_t len = sizeof(words) - at < piece ? sizeof(words) - at : piece;
        cr_assert_eq(send(stage->far, (uint8_t *)words + at, len, 0), (ssize_t)len);
        (void)event_base_loop(stage->base, EVLOOP_NONBLOCK);
    }
}

Test(display, tells_the_modes_that_the_other_end_prefers)
{
    const size_t pieces[] = { 1, 7, 12, 13, 1000 };
    struct stage stage;
    open_stage(&stage);
    for (unsigned i = 0; i < 5; i++) {
        cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_BUSY);
        cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_BUSY, "one question");
        take_question(&stage);
        stage.modes[0] = stage.modes[1] = (struct vgpu_mode){ 9, 9 };
        answer(&stage, pieces[i]);
        cr_assert_eq(stage.answers, i + 1);
        cr_assert_eq(stage.mode_count, VGPU_MAX_OUTPUTS);
        cr_assert_eq(stage.modes[0].width, 1024);
        cr_assert_eq(stage.modes[0].height, 768);
        cr_assert_eq(stage.modes[1].width, 0, "not connected");
    }
    close_stage(&stage);
}

Test(display, answers_itself_when_nobody_does)
{
    struct stage stage;
    open_stage(&stage);
    cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_BUSY);
    while (stage.answers == 0) {
        (void)event_base_loop(stage.base, EVLOOP_ONCE);
    }
    cr_assert_eq(stage.mode_count, 0);
    cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_GONE, "and is not asked again");
    take_question(&stage);
    answer(&stage, 1000);
    cr_assert_eq(stage.mode_count, VGPU_MAX_OUTPUTS, "a late answer counts");
    cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_BUSY);
    close_stage(&stage);
}

Test(display, a_question_waits_for_the_picture_before_it)
{
    struct stage stage;
    open_stage(&stage);
    uint8_t *pixels = make_pixels();
    cr_assert_eq(send_picture(&stage, 0, pixels), VIT_OK);
    cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_BUSY);
    take_all(&stage);
    cr_assert_eq(count_clear(&stage), PIXELS);
    take_question(&stage);
    answer(&stage, 1000);
    cr_assert_eq(stage.answers, 1);
    free(pixels);
    close_stage(&stage);
}

Test(display, an_end_of_the_socket_answers_too)
{
    struct stage stage;
    open_stage(&stage);
    cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_BUSY);
    cr_assert_eq(vhost_display_connect(stage.display, -1), VIT_OK);
    cr_assert_eq(stage.answers, 1);
    cr_assert_eq(stage.mode_count, 0);
    cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_GONE);
    close_stage(&stage);
}

Test(display, an_end_that_the_question_finds_leaves_no_answer_to_wait_for)
{
    struct stage stage;
    open_stage(&stage);
    close(stage.far);
    stage.far = -1;
    cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_GONE);
    close_stage(&stage);
}

Test(display, messages_that_nobody_asked_for_are_skipped)
{
    struct stage stage;
    open_stage(&stage);
    const uint32_t other[] = { 1, 4, 8, 7, 7 };
    cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_BUSY);
    cr_assert_eq(send(stage.far, other, sizeof(other), 0), sizeof(other));
    answer(&stage, 1000);
    cr_assert_eq(stage.answers, 1);
    const uint32_t wrong[] = { VGPU_DISPLAY_GET_DISPLAY_INFO, 4, 8 };
    cr_assert_eq(send(stage.far, wrong, sizeof(wrong), 0), sizeof(wrong));
    (void)event_base_loop(stage.base, EVLOOP_NONBLOCK);
    cr_assert_eq(vhost_display_ask_modes(stage.display), VIT_E_GONE, "given up");
    close_stage(&stage);
}
