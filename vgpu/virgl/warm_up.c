/* SPDX-License-Identifier: MIT */
#include "vgpu/virgl/warm_up.h"

#include <poll.h>
#include <string.h>

#include "vgpu/virgl/stream.h"
#include "wire/surface.h"
#include "wire/virtio_gpu.h"

/* The guest has no ids yet. */
enum { CONTEXT = 1, PICTURE = 1, OTHER = 2, BUFFER = 3, RESOURCE_COUNT = 3, SIDE = 64 };
enum { WAIT_MS = 10000 };

static enum vit_status create(struct vgpu_renderer *renderer)
{
    const struct vgpu_3d_resource asks[RESOURCE_COUNT] = {
        { PICTURE, VIT_TARGET_2D, VIT_FORMAT_BGRX, VGPU_USE_RENDER_TARGET | VGPU_USE_SAMPLED, SIDE,
                SIDE, 1, 1, 0, 0, 0 },
        { OTHER, VIT_TARGET_2D, VIT_FORMAT_BGRA, VGPU_USE_RENDER_TARGET | VGPU_USE_SAMPLED, SIDE,
                SIDE, 1, 1, 0, 0, 0 },
        { BUFFER, VIT_TARGET_BUFFER, VIT_FORMAT_BYTES, VGPU_USE_VERTICES, SIDE, 1, 1, 1, 0, 0, 0 },
    };
    VIT_TRY(renderer->impl->create_context(renderer, CONTEXT));
    for (unsigned i = 0; i < RESOURCE_COUNT; i++) {
        VIT_TRY(renderer->impl->create_resource(renderer, &asks[i]));
        renderer->impl->attach(renderer, CONTEXT, asks[i].id);
    }
    return VIT_OK;
}

/* Two pictures in two formats: a blit between them is drawn, too. */
static enum vit_status draw(struct vgpu_renderer *renderer)
{
    static const char red[] = "FRAG\n"
                              "DCL OUT[0], COLOR\n"
                              "IMM[0] FLT32 {1.0000, 0.0000, 0.0000, 1.0000}\n"
                              "  0: MOV OUT[0], IMM[0]\n"
                              "  1: END\n";
    struct vgpu_stream stream = { .count = 0 };
    vgpu_stream_target(&stream, 1, PICTURE, VIT_FORMAT_BGRX);
    vgpu_stream_clear(&stream, 0, 1, 0, 1);
    vgpu_stream_fill(&stream, 2, BUFFER, SIDE, SIDE, red);
    vgpu_stream_blit(&stream, PICTURE, OTHER, VIT_FORMAT_BGRA, SIDE, SIDE);
    return renderer->impl->submit(renderer, CONTEXT, stream.words, stream.count);
}

/* Numbers of fences start at 1; a device's may follow. */
static enum vit_status wait_for_fence(struct vgpu_renderer *renderer)
{
    struct pollfd ready = { .fd = renderer->event_fd, .events = POLLIN };
    VIT_TRY(renderer->impl->fence(renderer, 1));
    if (renderer->impl->poll(renderer) < 1) {
        (void)poll(&ready, 1, WAIT_MS);
    }
    return renderer->impl->poll(renderer) < 1 ? VIT_E_REFUSED : VIT_OK;
}

static enum vit_status look(struct vgpu_renderer *renderer)
{
    static const uint8_t red[] = { 0, 0, 255 };
    const struct vgpu_rect rect = { 0, 0, SIDE, SIDE };
    static uint8_t pixels[SIDE * SIDE * 4];
    VIT_TRY(renderer->impl->read(renderer, OTHER, &rect, pixels, SIDE * 4));
    return memcmp(pixels, red, sizeof(red)) == 0 ? VIT_OK : VIT_E_REFUSED;
}

static enum vit_status try_out(struct vgpu_renderer *renderer)
{
    VIT_TRY(create(renderer));
    VIT_TRY(draw(renderer));
    VIT_TRY(wait_for_fence(renderer));
    return look(renderer);
}

enum vit_status vgpu_virgl_warm_up(struct vgpu_renderer *renderer)
{
    enum vit_status status = try_out(renderer);
    renderer->impl->destroy_context(renderer, CONTEXT);
    for (uint32_t id = 1; id <= RESOURCE_COUNT; id++) {
        renderer->impl->destroy_resource(renderer, id);
    }
    return status;
}
