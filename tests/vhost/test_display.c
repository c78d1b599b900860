/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <event2/event.h>
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
    uint8_t *got;
};

static void note_drained(void *context)
{
    ((struct stage *)context)->drained++;
}

static void open_stage(struct stage *stage)
{
    int pair[2];
    *stage = (struct stage){ .base = event_base_new(), .got = malloc(LEN) };
    cr_assert_not_null(stage->base);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    cr_assert_eq(vhost_display_create(stage->base, note_drained, stage, &stage->display), VIT_OK);
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

static enum vit_status send_picture(struct stage *stage, uint32_t output, const uint8_t *pixels)
{
    uint32_t head[] = { VGPU_DISPLAY_UPDATE, 0, VGPU_DISPLAY_UPDATE_LEN + PIXELS, output, 0, 0,
        WIDTH, HEIGHT };
    struct iovec parts[] = { { head, sizeof(head) }, { (void *)(uintptr_t)pixels, PIXELS } };
    return vhost_display_send(stage->display, parts, 2);
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
