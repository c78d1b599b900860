/* SPDX-License-Identifier: MIT */
#include "tests/vm/exit_streams.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "wire/surface.h"
#include "wire/virtio_gpu.h"

/* Numbers of virgl's protocol that only attacks need. */
enum {
    BIND_SAMPLERS = 18,
    BEGIN_QUERY = 19,
    END_QUERY = 20,
    SHADER_BUFFERS = 34,
    SAMPLER_STATE = 7,
    FORMAT_RGBA = 67,
    IMAGE_READ = 1,
    IMAGE_WRITE = 2,
    TO_HOST = 1,
    FROM_HOST = 2,
    /* Names of objects; those of fills follow each FIRST. */
    SURFACE = 1,
    OTHER_SURFACE = 2,
    VIEW = 3,
    SAMPLER = 4,
    QUERY = 5,
    FEEDBACK = 6,
    SHADER = 7,
    FIRST = 10,
    TEXT_LEN = 1024,
};

#define FRAGMENT(declarations, code)                                                               \
    "FRAG\nDCL OUT[0], COLOR\n" declarations "IMM[0] FLT32 {0.0000, 0.0000, 1.0000, 1.0000}\n" code

static const char blue[] = FRAGMENT("", "  0: MOV OUT[0], IMM[0]\n  1: END\n");

static void fill(struct vgpu_stream *stream, const struct exit_names *names, const char *shader)
{
    vgpu_stream_fill(stream, FIRST, names->vertices, names->width, names->height, shader);
}

void exit_stream_clear(struct vgpu_stream *stream, const struct exit_names *names)
{
    vgpu_stream_target(stream, SURFACE, names->target, VIT_FORMAT_BGRX);
    vgpu_stream_clear(stream, 0, 1, 0, 1);
}

static void copy(struct vgpu_stream *stream, const struct exit_names *names)
{
    vgpu_stream_copy(stream, names->victim, names->target, names->width, names->height);
}

static void blit(struct vgpu_stream *stream, const struct exit_names *names)
{
    vgpu_stream_blit(stream, names->victim, names->target, VIT_FORMAT_BGRX, names->width,
            names->height);
}

static void copy_onto(struct vgpu_stream *stream, const struct exit_names *names)
{
    vgpu_stream_copy(stream, names->target, names->victim, names->width, names->height);
}

static void blit_onto(struct vgpu_stream *stream, const struct exit_names *names)
{
    vgpu_stream_blit(stream, names->target, names->victim, VIT_FORMAT_BGRX, names->width,
            names->height);
}

static void sample(struct vgpu_stream *stream, const struct exit_names *names)
{
    enum { STRAIGHT = 0 | 1 << 3 | 2 << 6 | 3 << 9, CLAMPED = 2 | 2 << 3 | 2 << 6 | 2 << 11 };
    static const char shader[] = FRAGMENT("DCL IN[0], POSITION, LINEAR\n"
                                          "DCL SAMP[0]\n"
                                          "DCL SVIEW[0], 2D, FLOAT\n"
                                          "DCL TEMP[0]\n",
            "  0: MOV TEMP[0], IMM[0].xxxx\n"
            "  1: F2I TEMP[0].xy, IN[0].xyyy\n"
            "  2: TXF OUT[0], TEMP[0], SAMP[0], 2D\n"
            "  3: END\n");
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_SAMPLER_VIEW, VIEW, names->victim,
            VIT_FORMAT_BGRX | VIT_TARGET_2D << 24, 0, 0, STRAIGHT);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_SAMPLER_VIEWS, 0, VGPU_SHADER_FRAGMENT, 0, VIEW);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, SAMPLER_STATE, SAMPLER, CLAMPED, 0, 0, 0, 0, 0, 0,
            0);
    VGPU_STREAM_ADD(stream, BIND_SAMPLERS, 0, VGPU_SHADER_FRAGMENT, 0, SAMPLER);
    fill(stream, names, shader);
}

static void draw_on(struct vgpu_stream *stream, const struct exit_names *names)
{
    vgpu_stream_target(stream, OTHER_SURFACE, names->victim, VIT_FORMAT_BGRX);
    vgpu_stream_clear(stream, 1, 0, 1, 1);
    fill(stream, names, blue);
}

static void image_load(struct vgpu_stream *stream, const struct exit_names *names)
{
    static const char shader[] = FRAGMENT("DCL IN[0], POSITION, LINEAR\n"
                                          "DCL IMAGE[0], 2D, PIPE_FORMAT_R8G8B8A8_UNORM\n"
                                          "DCL TEMP[0]\n",
            "  0: F2I TEMP[0], IN[0]\n"
            "  1: LOAD OUT[0], IMAGE[0], TEMP[0], 2D, PIPE_FORMAT_R8G8B8A8_UNORM\n"
            "  2: END\n");
    VGPU_STREAM_ADD(stream, VGPU_STREAM_IMAGES, 0, VGPU_SHADER_FRAGMENT, 0, FORMAT_RGBA, IMAGE_READ,
            0, 0, names->victim);
    fill(stream, names, shader);
}

static void image_store(struct vgpu_stream *stream, const struct exit_names *names)
{
    static const char shader[] = FRAGMENT("DCL IN[0], POSITION, LINEAR\n"
                                          "DCL IMAGE[0], 2D, PIPE_FORMAT_R8G8B8A8_UNORM, WR\n"
                                          "DCL TEMP[0]\n",
            "  0: F2I TEMP[0], IN[0]\n"
            "  1: STORE IMAGE[0], TEMP[0], IMM[0], 2D, PIPE_FORMAT_R8G8B8A8_UNORM\n"
            "  2: MOV OUT[0], IMM[0]\n"
            "  3: END\n");
    VGPU_STREAM_ADD(stream, VGPU_STREAM_IMAGES, 0, VGPU_SHADER_FRAGMENT, 0, FORMAT_RGBA,
            IMAGE_WRITE, 0, 0, names->victim);
    fill(stream, names, shader);
}

static void inline_write(struct vgpu_stream *stream, const struct exit_names *names)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_WRITE, 0, names->victim, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1,
            0xa1b2c3d4, 0xa1b2c3d4);
}

static void transfer(struct vgpu_stream *stream, const struct exit_names *names, uint32_t direction)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_TRANSFER, 0, names->victim, 0, 0, 0, 0, 0, 0, 0,
            names->width, names->height, 1, 0, direction);
}

static void transfer_from(struct vgpu_stream *stream, const struct exit_names *names)
{
    transfer(stream, names, FROM_HOST);
}

static void transfer_to(struct vgpu_stream *stream, const struct exit_names *names)
{
    transfer(stream, names, TO_HOST);
}

static void copy_transfer(struct vgpu_stream *stream, const struct exit_names *names, uint32_t to,
        uint32_t from)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_COPY_TRANSFER, 0, to, 0, 0, names->width * 4, 0, 0, 0, 0,
            names->width, names->height, 1, from, 0, 1);
}

static void copy_transfer_from(struct vgpu_stream *stream, const struct exit_names *names)
{
    copy_transfer(stream, names, names->target, names->victim);
}

static void copy_transfer_to(struct vgpu_stream *stream, const struct exit_names *names)
{
    copy_transfer(stream, names, names->victim, names->results);
}

static void vertices(struct vgpu_stream *stream, const struct exit_names *names)
{
    static const char red[] = "FRAG\n"
                              "DCL OUT[0], COLOR\n"
                              "IMM[0] FLT32 {1.0000, 0.0000, 0.0000, 1.0000}\n"
                              "  0: MOV OUT[0], IMM[0]\n"
                              "  1: END\n";
    fill(stream, names, red);
    vgpu_stream_shader(stream, SHADER, VGPU_SHADER_FRAGMENT, blue);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_VERTEX_BUFFERS, 0, 4 * sizeof(float), 0, names->victim);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_DRAW, 0, 0, 3, 4, 0, 1, 0, 0, 0, 0, 0, 2, 0);
}

static void uniforms(struct vgpu_stream *stream, const struct exit_names *names)
{
    static const char shader[] =
            FRAGMENT("DCL CONST[1][0]\n", "  0: MOV OUT[0], CONST[1][0]\n  1: END\n");
    VGPU_STREAM_ADD(stream, VGPU_STREAM_UNIFORM_BUFFER, 0, VGPU_SHADER_FRAGMENT, 1, EXIT_COLOUR_AT,
            16, names->victim);
    fill(stream, names, shader);
}

static void shader_buffer(struct vgpu_stream *stream, const struct exit_names *names,
        const char *shader)
{
    VGPU_STREAM_ADD(stream, SHADER_BUFFERS, 0, VGPU_SHADER_FRAGMENT, 0, EXIT_COLOUR_AT, 256,
            names->victim);
    fill(stream, names, shader);
}

static void shader_load(struct vgpu_stream *stream, const struct exit_names *names)
{
    shader_buffer(stream, names,
            FRAGMENT("DCL BUFFER[0]\nDCL TEMP[0]\n",
                    "IMM[1] UINT32 {0, 0, 0, 0}\n"
                    "  0: LOAD TEMP[0], BUFFER[0], IMM[1].xxxx\n"
                    "  1: MOV OUT[0], TEMP[0]\n"
                    "  2: END\n"));
}

static void shader_store(struct vgpu_stream *stream, const struct exit_names *names)
{
    shader_buffer(stream, names,
            FRAGMENT("DCL BUFFER[0]\n",
                    "IMM[1] UINT32 {0, 77, 0, 0}\n"
                    "  0: STORE BUFFER[0].x, IMM[1].xxxx, IMM[1].yyyy\n"
                    "  1: MOV OUT[0], IMM[0]\n"
                    "  2: END\n"));
}

static void query(struct vgpu_stream *stream, const struct exit_names *names)
{
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_QUERY, QUERY, 0, 0, names->victim);
    VGPU_STREAM_ADD(stream, BEGIN_QUERY, 0, QUERY);
    fill(stream, names, blue);
    VGPU_STREAM_ADD(stream, END_QUERY, 0, QUERY);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_QUERY_RESULT, 0, QUERY, 1);
}

/* A vertex shader whose positions go to a buffer, in a text that virgl takes in words. */
static void feedback_shader(struct vgpu_stream *stream)
{
    static const char text[] = "VERT\n"
                               "DCL IN[0]\n"
                               "DCL OUT[0], POSITION\n"
                               "  0: MOV OUT[0], IN[0]\n"
                               "  1: END\n";
    enum { HEAD = 11, TEXT = (sizeof(text) + 3) / 4, FOUR = 4 << 10, TOKENS = 300, STRIDE = 4 };
    uint32_t body[HEAD + TEXT] = { SHADER, VGPU_SHADER_VERTEX, sizeof(text), TOKENS, 1, STRIDE, 0,
        0, 0, FOUR, 0 };
    memcpy(body + HEAD, text, sizeof(text));
    vgpu_stream_add(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_SHADER, body, HEAD + TEXT);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_BIND_SHADER, 0, SHADER, VGPU_SHADER_VERTEX);
}

static void feedback(struct vgpu_stream *stream, const struct exit_names *names)
{
    fill(stream, names, blue);
    feedback_shader(stream);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_CREATE, VGPU_OBJECT_STREAMOUT, FEEDBACK, names->victim,
            EXIT_FEEDBACK_AT, 256);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_STREAMOUT, 0, 0, FEEDBACK);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_DRAW, 0, 0, 3, 4, 0, 1, 0, 0, 0, 0, 0, 2, 0);
    VGPU_STREAM_ADD(stream, VGPU_STREAM_STREAMOUT, 0, 0);
}

static const struct exit_stream list[] = {
    { "copy from", copy, EXIT_GIVES_PICTURE, 0 },
    { "blit from", blit, EXIT_GIVES_PICTURE, 0 },
    { "draw with", sample, EXIT_GIVES_PICTURE, 0 },
    { "image load", image_load, EXIT_GIVES_PICTURE, 0 },
    { "transfer from", transfer_from, EXIT_GIVES_BACKING, 0 },
    { "copy transfer from", copy_transfer_from, EXIT_GIVES_PICTURE, EXIT_USE_STAGING },
    { "vertices", vertices, EXIT_GIVES_COLOUR, VGPU_USE_VERTICES },
    { "uniforms", uniforms, EXIT_GIVES_COLOUR, EXIT_USE_CONSTANTS },
    { "shader buffer load", shader_load, EXIT_GIVES_COLOUR, EXIT_USE_SHADER_BUFFER },
    { "copy onto", copy_onto, EXIT_CHANGES_PICTURE, 0 },
    { "blit onto", blit_onto, EXIT_CHANGES_PICTURE, 0 },
    { "draw on", draw_on, EXIT_CHANGES_PICTURE, 0 },
    { "image store", image_store, EXIT_CHANGES_PICTURE, 0 },
    { "inline write", inline_write, EXIT_CHANGES_PICTURE, 0 },
    { "transfer to", transfer_to, EXIT_CHANGES_PICTURE, 0 },
    { "copy transfer to", copy_transfer_to, EXIT_CHANGES_PICTURE, 0 },
    { "shader buffer store", shader_store, EXIT_CHANGES_BUFFER, EXIT_USE_SHADER_BUFFER },
    { "transform feedback", feedback, EXIT_CHANGES_BUFFER, EXIT_USE_STREAMOUT },
    { "query", query, EXIT_CHANGES_BACKING, EXIT_USE_CUSTOM },
};

const struct exit_stream *exit_stream_at(unsigned index)
{
    return index < sizeof(list) / sizeof(list[0]) ? &list[index] : NULL;
}
