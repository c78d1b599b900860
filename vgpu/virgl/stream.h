/* SPDX-License-Identifier: MIT */
/**
 * A few commands of virgl, for what the device has its renderer do itself, and for tests. Names of
 * objects are given by whoever makes them; each context has its own.
 */
#ifndef VGPU_VIRGL_STREAM_H
#define VGPU_VIRGL_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VGPU_STREAM_MAX_COUNT = 1024 };

/* Numbers of virgl's protocol: commands, objects, what a resource is for, where shaders belong. */
enum {
    VGPU_STREAM_CREATE = 1,
    VGPU_STREAM_BIND = 2,
    VGPU_STREAM_VIEWPORT = 4,
    VGPU_STREAM_FRAMEBUFFER = 5,
    VGPU_STREAM_VERTEX_BUFFERS = 6,
    VGPU_STREAM_CLEAR = 7,
    VGPU_STREAM_DRAW = 8,
    VGPU_STREAM_WRITE = 9,
    VGPU_STREAM_SAMPLER_VIEWS = 10,
    VGPU_STREAM_UNIFORM_BUFFER = 27,
    VGPU_STREAM_BLIT = 16,
    VGPU_STREAM_COPY = 17,
    VGPU_STREAM_QUERY_RESULT = 21,
    VGPU_STREAM_STREAMOUT = 25,
    VGPU_STREAM_BIND_SHADER = 31,
    VGPU_STREAM_IMAGES = 35,
    VGPU_STREAM_TRANSFER = 43,
    VGPU_STREAM_COPY_TRANSFER = 45,

    VGPU_OBJECT_BLEND = 1,
    VGPU_OBJECT_RASTERIZER = 2,
    VGPU_OBJECT_DEPTH = 3,
    VGPU_OBJECT_SHADER = 4,
    VGPU_OBJECT_VERTEX_ELEMENTS = 5,
    VGPU_OBJECT_SAMPLER_VIEW = 6,
    VGPU_OBJECT_SURFACE = 8,
    VGPU_OBJECT_QUERY = 9,
    VGPU_OBJECT_STREAMOUT = 10,

    VGPU_USE_RENDER_TARGET = 1 << 1,
    VGPU_USE_SAMPLED = 1 << 3,
    VGPU_USE_VERTICES = 1 << 4,

    VGPU_SHADER_VERTEX = 0,
    VGPU_SHADER_FRAGMENT = 1,

    VGPU_FORMAT_FLOATS = 31, /* four of them */
};

struct vgpu_stream {
    uint32_t words[VGPU_STREAM_MAX_COUNT];
    size_t count;
};

/* object: 0 for commands that are not about one. What does not fit is an assertion's matter. */
void vgpu_stream_add(struct vgpu_stream *stream, uint32_t command, uint32_t object,
        const uint32_t *body, size_t count);
#define VGPU_STREAM_ADD(stream, command, object, ...)                                              \
    vgpu_stream_add(stream, command, object, (const uint32_t[]){ __VA_ARGS__ },                    \
            sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* Makes a surface of a picture and draws on it from now on. */
void vgpu_stream_target(struct vgpu_stream *stream, uint32_t surface, uint32_t resource,
        uint32_t format);
void vgpu_stream_clear(struct vgpu_stream *stream, float red, float green, float blue, float alpha);
/* text: in TGSI */
void vgpu_stream_shader(struct vgpu_stream *stream, uint32_t shader, uint32_t stage,
        const char *text);
/* One triangle over all of the target, its vertices in a buffer, coloured by the shader. */
void vgpu_stream_fill(struct vgpu_stream *stream, uint32_t first_object, uint32_t buffer,
        uint32_t width, uint32_t height, const char *fragment_shader);
/* From corner to corner, of one layer. */
void vgpu_stream_copy(struct vgpu_stream *stream, uint32_t from, uint32_t to, uint32_t width,
        uint32_t height);
void vgpu_stream_blit(struct vgpu_stream *stream, uint32_t from, uint32_t to, uint32_t format,
        uint32_t width, uint32_t height);

#endif
