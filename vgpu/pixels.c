/* SPDX-License-Identifier: MIT */
#include "vgpu/pixels.h"

#include <endian.h>
#include <string.h>

/* In 1/256 of a pixel, counted from the centre of the first one. */
struct vgpu_tap vgpu_pixels_tap(uint32_t from_len, uint32_t to_len, uint32_t at)
{
    uint64_t middle = ((uint64_t)at * 2 + 1) * from_len * 128 / to_len;
    uint32_t place = middle < 128 ? 0 : (uint32_t)(middle - 128);
    uint32_t first = place / 256;
    return (struct vgpu_tap){
        .first = (uint16_t)first,
        .second = (uint16_t)(first + 1 < from_len ? first + 1 : from_len - 1),
        .weight = (uint16_t)(place % 256),
    };
}

void vgpu_pixels_taps(struct vgpu_tap *taps, uint32_t from_len, uint32_t to_len)
{
    for (uint32_t i = 0; i < to_len; i++) {
        taps[i] = vgpu_pixels_tap(from_len, to_len, i);
    }
}

void vgpu_pixels_blend(const uint8_t *restrict a, const uint8_t *restrict b, unsigned weight,
        uint16_t *restrict out, size_t len)
{
    uint16_t of_b = (uint16_t)weight;
    uint16_t of_a = (uint16_t)(256 - weight);
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint16_t)(a[i] * of_a + b[i] * of_b);
    }
}

static inline uint8_t between(const uint16_t *row, size_t first, size_t second, unsigned weight)
{
    return (uint8_t)((row[first] * (256 - weight) + row[second] * weight + 32768) >> 16);
}

void vgpu_pixels_sample_luma(const uint16_t *restrict row, const struct vgpu_tap *restrict taps,
        uint8_t *restrict y, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        y[i] = between(row, taps[i].first, taps[i].second, taps[i].weight);
    }
}

void vgpu_pixels_sample_chroma(const uint16_t *restrict row, const struct vgpu_tap *restrict taps,
        uint8_t *restrict u, uint8_t *restrict v, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t first = taps[i].first * 2u;
        size_t second = taps[i].second * 2u;
        u[i] = between(row, first, second, taps[i].weight);
        v[i] = between(row, first + 1, second + 1, taps[i].weight);
    }
}

void vgpu_pixels_sample_bgra(const uint16_t *restrict row, const struct vgpu_tap *restrict taps,
        uint8_t *restrict out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t first = taps[i].first * 4u;
        size_t second = taps[i].second * 4u;
        for (size_t channel = 0; channel < 4; channel++) {
            out[i * 4 + channel] = between(row, first + channel, second + channel, taps[i].weight);
        }
    }
}

void vgpu_pixels_double_chroma(const uint8_t *restrict uv, uint8_t *restrict u, uint8_t *restrict v,
        size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        u[i * 2] = uv[i * 2];
        u[i * 2 + 1] = uv[i * 2];
        v[i * 2] = uv[i * 2 + 1];
        v[i * 2 + 1] = uv[i * 2 + 1];
    }
}

/* 16 bits wide, as everything below that can be: vectors have a minimum and a maximum of these. */
static inline int16_t clamp(int sum)
{
    int16_t value = (int16_t)(sum >> 13);
    value = value < 0 ? 0 : value;
    return value > 255 ? 255 : value;
}

/* Coefficients of ITU-R BT.709 times 8192: 255/219; 1.5748, 0.1873, 0.4681, 1.8556 times 255/224.
 * 16-bit factors, so that vectors of them can be multiplied without 32-bit multiplications. */
void vgpu_pixels_yuv_to_bgrx(const uint8_t *restrict y, const uint8_t *restrict u,
        const uint8_t *restrict v, uint8_t *restrict out, size_t count)
{
    const int16_t luma = 9539, v_red = 14686, u_green = 1747, v_green = 4366, u_blue = 17305;
    for (size_t i = 0; i < count; i++) {
        int16_t c = (int16_t)(y[i] - 16);
        int16_t d = (int16_t)(u[i] - 128);
        int16_t e = (int16_t)(v[i] - 128);
        int grey = c * luma + 4096;
        int16_t red = clamp(grey + e * v_red);
        int16_t green = clamp(grey - d * u_green - e * v_green);
        int16_t blue = clamp(grey + d * u_blue);
        uint16_t low = (uint16_t)(blue | green << 8);
        uint16_t high = (uint16_t)(red | 0xff00);
        uint32_t pixel = low | (uint32_t)high << 16;
        pixel = htole32(pixel);
        memcpy(out + i * 4, &pixel, 4);
    }
}

void vgpu_pixels_copy_bgrx(const uint8_t *in, uint8_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t pixel;
        memcpy(&pixel, in + i * 4, 4);
        pixel |= htole32(0xff000000u);
        memcpy(out + i * 4, &pixel, 4);
    }
}
