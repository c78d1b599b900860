/* SPDX-License-Identifier: MIT */
#include "vgpu/edid.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"

enum {
    REFRESH = 60,
    /* Blanking as CVT with reduced blanking has it. */
    H_BLANK = 160,
    H_FRONT = 48,
    H_SYNC = 32,
    V_FRONT = 3,
    V_SYNC = 6,
    V_BLANK_MIN_US = 460,
    DIMENSION_MAX = 4095,
    CLOCK_MIN = 1000, /* 10 MHz: less is taken for nonsense */
    DESCRIPTOR_LEN = 18,
    TEXT_LEN = 13,
};

struct timing {
    uint32_t width, height, v_blank;
    uint32_t clock; /* in units of 10 kHz */
};

/* Lines enough for the shortest vertical blanking. */
static uint32_t blank_lines(uint32_t height)
{
    uint32_t frame_us = 1000000 / REFRESH;
    uint32_t lines =
            (height * V_BLANK_MIN_US + frame_us - V_BLANK_MIN_US - 1) / (frame_us - V_BLANK_MIN_US);
    uint32_t least = V_FRONT + V_SYNC + 6;
    return lines < least ? least : lines;
}

static struct timing timing_of(uint32_t width, uint32_t height)
{
    struct timing timing = { .width = width, .height = height, .v_blank = blank_lines(height) };
    uint64_t clock = (uint64_t)(width + H_BLANK) * (height + timing.v_blank) * REFRESH / 10000;
    timing.clock = clock > UINT32_MAX ? UINT32_MAX : (uint32_t)clock;
    return timing;
}

static bool expressible(const struct timing *timing)
{
    return timing->width > 0 && timing->height > 0 && timing->width <= DIMENSION_MAX &&
            timing->height <= DIMENSION_MAX && timing->clock >= CLOCK_MIN &&
            timing->clock <= UINT16_MAX;
}

static uint32_t millimetres(uint32_t pixels)
{
    return pixels * 254 / 960; /* 96 dots per inch */
}

static uint8_t high(uint32_t upper, uint32_t lower)
{
    return (uint8_t)((upper >> 8 & 15) << 4 | (lower >> 8 & 15));
}

static void put_timing(struct vit_writer *out, const struct timing *timing)
{
    uint32_t width_mm = millimetres(timing->width);
    uint32_t height_mm = millimetres(timing->height);
    vit_put_u16(out, (uint16_t)timing->clock);
    vit_put_u8(out, (uint8_t)timing->width);
    vit_put_u8(out, H_BLANK);
    vit_put_u8(out, high(timing->width, H_BLANK));
    vit_put_u8(out, (uint8_t)timing->height);
    vit_put_u8(out, (uint8_t)timing->v_blank);
    vit_put_u8(out, high(timing->height, timing->v_blank));
    vit_put_u8(out, H_FRONT);
    vit_put_u8(out, H_SYNC);
    vit_put_u8(out, V_FRONT << 4 | V_SYNC);
    vit_put_u8(out, 0);
    vit_put_u8(out, (uint8_t)width_mm);
    vit_put_u8(out, (uint8_t)height_mm);
    vit_put_u8(out, high(width_mm, height_mm));
    vit_put_zeros(out, 2); /* borders */
    vit_put_u8(out, 0x1a); /* not interlaced, digital separate sync, positive horizontal */
}

static void put_text(struct vit_writer *out, uint8_t tag, const char *text)
{
    char padded[TEXT_LEN];
    size_t len = strlen(text);
    memset(padded, ' ', sizeof(padded));
    memcpy(padded, text, len);
    padded[len] = '\n';
    vit_put_zeros(out, 3);
    vit_put_u8(out, tag);
    vit_put_u8(out, 0);
    vit_put_bytes(out, padded, sizeof(padded));
}

static void put_unused(struct vit_writer *out)
{
    vit_put_zeros(out, 3);
    vit_put_u8(out, 0x10);
    vit_put_zeros(out, DESCRIPTOR_LEN - 4);
}

static void put_identity(struct vit_writer *out, uint32_t serial)
{
    static const uint8_t header[] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
    vit_put_bytes(out, header, sizeof(header));
    /* VIT: letters of five bits. */
    vit_put_u8(out, 22 << 2 | 9 >> 3);
    vit_put_u8(out, (9 & 7) << 5 | 20);
    vit_put_u16(out, 1); /* product */
    vit_put_u32(out, serial);
    vit_put_u8(out, 1);           /* week */
    vit_put_u8(out, 2026 - 1990); /* year */
    vit_put_u8(out, 1);           /* EDID 1.4 */
    vit_put_u8(out, 4);
}

static void put_basics(struct vit_writer *out, const struct timing *timing)
{
    /* Red, green, blue and white of sRGB. */
    static const uint8_t colours[] = { 0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54 };
    vit_put_u8(out, 0xa0); /* digital, 8 bits for each colour */
    vit_put_u8(out, (uint8_t)(millimetres(timing->width) / 10));
    vit_put_u8(out, (uint8_t)(millimetres(timing->height) / 10));
    vit_put_u8(out, 120);  /* gamma 2.2 */
    vit_put_u8(out, 0x06); /* sRGB; the first timing is the native one */
    vit_put_bytes(out, colours, sizeof(colours));
    vit_put_u8(out, 0x21); /* 640x480 and 800x600 at 60 Hz */
    vit_put_u8(out, 0x08); /* 1024x768 at 60 Hz */
    vit_put_u8(out, 0);
    for (unsigned i = 0; i < 8; i++) {
        vit_put_u16(out, 0x0101); /* no standard timings */
    }
}

static uint8_t checksum(const uint8_t *bytes, size_t len)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        sum = (uint8_t)(sum + bytes[i]);
    }
    return (uint8_t)-sum;
}

void vgpu_edid_make(uint32_t width, uint32_t height, uint32_t serial, uint8_t out[VGPU_EDID_LEN])
{
    struct timing timing = timing_of(width, height);
    if (!expressible(&timing)) {
        timing = timing_of(1920, 1080);
    }
    struct vit_writer writer;
    vit_writer_init(&writer, out, VGPU_EDID_LEN);
    put_identity(&writer, serial);
    put_basics(&writer, &timing);
    put_timing(&writer, &timing);
    put_text(&writer, 0xfc, "Vitrine");
    put_unused(&writer);
    put_unused(&writer);
    vit_put_u8(&writer, 0); /* extensions */
    vit_put_u8(&writer, checksum(out, VGPU_EDID_LEN - 1));
}
