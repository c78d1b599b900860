/* SPDX-License-Identifier: MIT */
#include "tests/vgpu/fake_renderer.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct fake_renderer *fake_of(struct vgpu_renderer *renderer)
{
    return (struct fake_renderer *)(void *)renderer;
}

static void __attribute__((format(printf, 2, 3))) hear(struct vgpu_renderer *renderer,
        const char *format, ...)
{
    struct fake_renderer *fake = fake_of(renderer);
    va_list arguments;
    cr_assert_lt(fake->count, FAKE_LINES);
    va_start(arguments, format);
    (void)vsnprintf(fake->lines[fake->count++], FAKE_LINE_LEN, format, arguments);
    va_end(arguments);
}

static enum vit_status answer(struct vgpu_renderer *renderer)
{
    enum vit_status status = fake_of(renderer)->next;
    fake_of(renderer)->next = VIT_OK;
    return status;
}

static enum vit_status create_context(struct vgpu_renderer *renderer, uint32_t context)
{
    hear(renderer, "create context %u", context);
    return answer(renderer);
}

static void destroy_context(struct vgpu_renderer *renderer, uint32_t context)
{
    hear(renderer, "destroy context %u", context);
}

static enum vit_status create_resource(struct vgpu_renderer *renderer,
        const struct vgpu_3d_resource *ask)
{
    hear(renderer, "create resource %u", ask->id);
    fake_of(renderer)->asked = *ask;
    return answer(renderer);
}

static void destroy_resource(struct vgpu_renderer *renderer, uint32_t resource)
{
    hear(renderer, "destroy resource %u", resource);
}

static enum vit_status attach_backing(struct vgpu_renderer *renderer, uint32_t resource,
        struct iovec *pieces, size_t count)
{
    hear(renderer, "back resource %u", resource);
    fake_of(renderer)->pieces = pieces;
    fake_of(renderer)->piece_count = count;
    return answer(renderer);
}

static void detach_backing(struct vgpu_renderer *renderer, uint32_t resource)
{
    hear(renderer, "unback resource %u", resource);
}

static void attach(struct vgpu_renderer *renderer, uint32_t context, uint32_t resource)
{
    hear(renderer, "attach context %u resource %u", context, resource);
}

static void detach(struct vgpu_renderer *renderer, uint32_t context, uint32_t resource)
{
    hear(renderer, "detach context %u resource %u", context, resource);
}

static enum vit_status submit(struct vgpu_renderer *renderer, uint32_t context, uint32_t *words,
        size_t count)
{
    struct fake_renderer *fake = fake_of(renderer);
    hear(renderer, "submit context %u words %zu", context, count);
    fake->word_count = count;
    memcpy(fake->words, words, (count < 8 ? count : 8) * sizeof(uint32_t));
    return answer(renderer);
}

static enum vit_status transfer(struct vgpu_renderer *renderer,
        const struct vgpu_3d_transfer *asked)
{
    hear(renderer, "transfer %s resource %u", asked->direction == VGPU_TO_HOST ? "to" : "from",
            asked->resource);
    fake_of(renderer)->transfer = *asked;
    return answer(renderer);
}

static enum vit_status read_pixels(struct vgpu_renderer *renderer, uint32_t resource,
        const struct vgpu_rect *rect, uint8_t *pixels, uint32_t stride)
{
    hear(renderer, "read resource %u at %u,%u %ux%u", resource, rect->x, rect->y, rect->width,
            rect->height);
    for (uint32_t row = 0; row < rect->height; row++) {
        for (uint32_t column = 0; column < rect->width; column++) {
            memcpy(pixels + (size_t)row * stride + (size_t)column * 4, fake_of(renderer)->colour,
                    4);
        }
    }
    return answer(renderer);
}

static enum vit_status fence(struct vgpu_renderer *renderer, uint64_t sequence)
{
    cr_assert_gt(sequence, fake_of(renderer)->fenced);
    if (fake_of(renderer)->fails_fences) {
        return VIT_E_NOMEM;
    }
    fake_of(renderer)->fenced = sequence;
    if (!fake_of(renderer)->holds) {
        fake_renderer_reach(fake_of(renderer), sequence);
    }
    return answer(renderer);
}

static uint64_t poll_fences(struct vgpu_renderer *renderer)
{
    uint64_t count;
    (void)!read(renderer->event_fd, &count, sizeof(count));
    return fake_of(renderer)->reached;
}

static const struct vgpu_renderer_impl fake_impl = {
    .create_context = create_context,
    .destroy_context = destroy_context,
    .create_resource = create_resource,
    .destroy_resource = destroy_resource,
    .attach_backing = attach_backing,
    .detach_backing = detach_backing,
    .attach = attach,
    .detach = detach,
    .submit = submit,
    .transfer = transfer,
    .read = read_pixels,
    .fence = fence,
    .poll = poll_fences,
};

void fake_renderer_init(struct fake_renderer *fake)
{
    static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    static const struct vgpu_renderer_capset capsets[] = { { 1, 1, bytes, 4 }, { 2, 2, bytes, 8 } };
    *fake = (struct fake_renderer){
        .base = { .impl = &fake_impl, .capsets = capsets, .capset_count = 2 },
        .fenced = 5,
        .reached = 5
    };
    fake->base.event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    cr_assert_geq(fake->base.event_fd, 0);
}

void fake_renderer_finish(struct fake_renderer *fake)
{
    close(fake->base.event_fd);
}

void fake_renderer_reach(struct fake_renderer *fake, uint64_t sequence)
{
    const uint64_t one = 1;
    fake->reached = sequence;
    cr_assert_eq(write(fake->base.event_fd, &one, sizeof(one)), sizeof(one));
}

static void forget(struct fake_renderer *fake, unsigned count)
{
    fake->count -= count;
    memmove(fake->lines[0], fake->lines[count], (size_t)fake->count * FAKE_LINE_LEN);
}

bool fake_renderer_heard(struct fake_renderer *fake, const char *format, ...)
{
    char line[FAKE_LINE_LEN];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    for (unsigned i = 0; i < fake->count; i++) {
        if (strcmp(fake->lines[i], line) == 0) {
            forget(fake, i + 1);
            return true;
        }
    }
    return false;
}

bool fake_renderer_knows(const struct fake_renderer *fake, const char *word)
{
    size_t len = strlen(word);
    for (unsigned i = 0; i < fake->count; i++) {
        for (const char *at = strstr(fake->lines[i], word); at != NULL; at = strstr(at + 1, word)) {
            if (at[len] == '\0' || at[len] == ' ') {
                return true;
            }
        }
    }
    return false;
}
