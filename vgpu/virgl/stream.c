/* SPDX-License-Identifier: MIT */
#include "vgpu/virgl/stream.h"

#include <assert.h>
#include <string.h>

enum { ALL_COLOURS = 15, COLOUR_BUFFER_0 = 4, TRIANGLES = 4 };

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static void add_words(struct vgpu_stream *stream, const void *words, size_t len)
{
    size_t count = (len + sizeof(uint32_t) - 1) / sizeof(uint32_t);
    assert(count <= VGPU_STREAM_MAX_COUNT - stream->count);
    memset(&stream->words[stream->count], 0, count * sizeof(uint32_t));
    memcpy(&stream->words[stream->count], words, len);
    stream->count += count;
}

static void add_header(struct vgpu_stream *stream, uint32_t command, uint32_t object, size_t count)
{
    uint32_t word = command | object << 8 | (uint32_t)count << 16;
    add_words(stream, &word, sizeof(word));
}

void vgpu_stream_add(struct vgpu_stream *stream, uint32_t command, uint32_t object,
        const uint32_t *body, size_t count)
{
    add_header(stream, command, object, count);
    add_words(stream, body, count * sizeof(*body));
}

void vgpu_stream_target(struct vgpu_stream *stream, uint32_t surface, uint32_t resource,
        uint32_t format)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_SURFACE, surface, resource, format, 0,
            0);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_FRAMEBUFFER, 0, 1, 0, surface);
}

void vgpu_stream_clear(struct vgpu_stream *stream, float red, float green, float blue, float alpha)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CLEAR, 0, COLOUR_BUFFER_0, bits_of(red), bits_of(green),
            bits_of(blue), bits_of(alpha), 0, 0, 0);
}

void vgpu_stream_shader(struct vgpu_stream *stream, uint32_t shader, uint32_t stage,
        const char *text)
{
    enum { HEAD_COUNT = 5, TOKENS = 300 };
    size_t len = strlen(text) + 1;
    const uint32_t head[HEAD_COUNT] = { shader, stage, (uint32_t)len, TOKENS, 0 };
    add_header(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_SHADER,
            HEAD_COUNT + (len + sizeof(uint32_t) - 1) / sizeof(uint32_t));
    add_words(stream, head, sizeof(head));
    add_words(stream, text, len);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_BIND_SHADER, 0, shader, stage);
}

static void add_vertices(struct vgpu_stream *stream, uint32_t elements, uint32_t buffer)
{
    static const float corners[] = { -1, -1, 0, 1, 3, -1, 0, 1, -1, 3, 0, 1 };
    const uint32_t head[] = { buffer, 0, 0, 0, 0, 0, 0, 0, sizeof(corners), 1, 1 };
    add_header(stream, VGPU_STREAM_WRITE, 0, (sizeof(head) + sizeof(corners)) / sizeof(uint32_t));
    add_words(stream, head, sizeof(head));
    add_words(stream, corners, sizeof(corners));
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_VERTEX_ELEMENTS, elements, 0, 0, 0,
            VGPU_FORMAT_FLOATS);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_BIND, VGPU_OBJECT_VERTEX_ELEMENTS, elements);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_VERTEX_BUFFERS, 0, 4 * sizeof(float), 0, buffer);
}

static void add_state(struct vgpu_stream *stream, uint32_t first_object)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_BLEND, first_object, 0, 0,
            (uint32_t)ALL_COLOURS << 27, 0, 0, 0, 0, 0, 0, 0);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_BIND, VGPU_OBJECT_BLEND, first_object);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_DEPTH, first_object + 1, 0, 0, 0, 0);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_BIND, VGPU_OBJECT_DEPTH, first_object + 1);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_RASTERIZER, first_object + 2,
            1u << 1 | 1u << 29, bits_of(1), 0, 0, bits_of(1), 0, 0, 0);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_BIND, VGPU_OBJECT_RASTERIZER, first_object + 2);
}

void vgpu_stream_fill(struct vgpu_stream *stream, uint32_t first_object, uint32_t buffer,
        uint32_t width, uint32_t height, const char *fragment_shader)
{
    static const char vertex_shader[] = "VERT\n"
                                        "DCL IN[0]\n"
                                        "DCL OUT[0], POSITION\n"
                                        "  0: MOV OUT[0], IN[0]\n"
                                        "  1: END\n";
    float x = (float)width / 2;
    float y = (float)height / 2;
    add_state(stream, first_object);
    add_vertices(stream, first_object + 3, buffer);
    vgpu_stream_shader(stream, first_object + 4, VGPU_SHADER_VERTEX, vertex_shader);
    vgpu_stream_shader(stream, first_object + 5, VGPU_SHADER_FRAGMENT, fragment_shader);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_VIEWPORT, 0, 0, bits_of(x), bits_of(y), bits_of(0.5f),
            bits_of(x), bits_of(y), bits_of(0.5f));
    VGPU_STREAM_ADD(stream, VGPU_STREAM_DRAW, 0, 0, 3, TRIANGLES, 0, 1, 0, 0, 0, 0, 0, 2, 0);
}

void vgpu_stream_copy(struct vgpu_stream *stream, uint32_t from, uint32_t to, uint32_t width,
        uint32_t height)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_COPY, 0, to, 0, 0, 0, 0, from, 0, 0, 0, 0, width, height,
            1);
}

void vgpu_stream_blit(struct vgpu_stream *stream, uint32_t from, uint32_t to, uint32_t format,
        uint32_t width, uint32_t height)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_BLIT, 0, ALL_COLOURS, 0, 0, to, 0, format, 0, 0, 0, width,
            height, 1, from, 0, format, 0, 0, 0, width, height, 1);
}
