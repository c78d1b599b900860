/* SPDX-License-Identifier: MIT */
#include "vgpu/virgl/virgl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_gpu.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "vgpu/virgl/library.h"
#include "vgpu/virgl/warm_up.h"

enum { CAPSET_COUNT = 2, PIXEL_LEN = 4 };

struct virgl {
    struct vgpu_renderer base;
    struct virgl_library library;
    struct virgl_renderer_callbacks callbacks; /* virglrenderer looks at them as long as it lives */
    const char *render_node;                   /* while it starts */
    bool started;
    struct vgpu_renderer_capset capsets[CAPSET_COUNT];
    uint8_t *bytes[CAPSET_COUNT]; /* of the capsets */
    uint64_t reached;             /* fence */
};

static const struct virgl_library *library_of(const struct vgpu_renderer *renderer)
{
    return &((const struct virgl *)(const void *)renderer)->library;
}

static enum vit_status status_of(int result)
{
    switch (result < 0 ? -result : result) {
    case 0:
        return VIT_OK;
    case ENOMEM:
        return VIT_E_NOMEM;
    default:
        return VIT_E_ARG;
    }
}

static enum vit_status create_context(struct vgpu_renderer *renderer, uint32_t context)
{
    static const char name[] = "guest";
    return status_of(library_of(renderer)->context_create(context, sizeof(name) - 1, name));
}

static void destroy_context(struct vgpu_renderer *renderer, uint32_t context)
{
    library_of(renderer)->context_destroy(context);
}

static enum vit_status create_resource(struct vgpu_renderer *renderer,
        const struct vgpu_3d_resource *ask)
{
    const struct virgl_library *virgl = library_of(renderer);
    struct virgl_renderer_resource_create_args args = {
        .handle = ask->id,
        .target = ask->target,
        .format = ask->format,
        .bind = ask->bind,
        .width = ask->width,
        .height = ask->height,
        .depth = ask->depth,
        .array_size = ask->array_size,
        .last_level = ask->last_level,
        .nr_samples = ask->samples,
        .flags = ask->flags,
    };
    virgl->force_ctx_0();
    return status_of(virgl->resource_create(&args, NULL, 0));
}

static void destroy_resource(struct vgpu_renderer *renderer, uint32_t resource)
{
    const struct virgl_library *virgl = library_of(renderer);
    virgl->force_ctx_0();
    virgl->resource_unref(resource);
}

static enum vit_status attach_backing(struct vgpu_renderer *renderer, uint32_t resource,
        struct iovec *pieces, size_t count)
{
    return status_of(library_of(renderer)->resource_attach_iov((int)resource, pieces, (int)count));
}

static void detach_backing(struct vgpu_renderer *renderer, uint32_t resource)
{
    struct iovec *pieces;
    int count;
    library_of(renderer)->resource_detach_iov((int)resource, &pieces, &count);
}

static void attach(struct vgpu_renderer *renderer, uint32_t context, uint32_t resource)
{
    library_of(renderer)->ctx_attach_resource((int)context, (int)resource);
}

static void detach(struct vgpu_renderer *renderer, uint32_t context, uint32_t resource)
{
    library_of(renderer)->ctx_detach_resource((int)context, (int)resource);
}

static enum vit_status submit(struct vgpu_renderer *renderer, uint32_t context, uint32_t *words,
        size_t count)
{
    return count == 0
            ? VIT_OK
            : status_of(library_of(renderer)->submit_cmd(words, (int)context, (int)count));
}

/* struct virgl_box is declared and not defined; it is virtio-gpu's. */
static struct virgl_box *box_of(struct virtio_gpu_box *box)
{
    return (struct virgl_box *)(void *)box;
}

static enum vit_status transfer(struct vgpu_renderer *renderer, const struct vgpu_3d_transfer *ask)
{
    const struct virgl_library *virgl = library_of(renderer);
    struct virtio_gpu_box box = { ask->x, ask->y, ask->z, ask->width, ask->height, ask->depth };
    virgl->force_ctx_0();
    if (ask->direction == VGPU_TO_HOST) {
        return status_of(virgl->transfer_write_iov(ask->resource, ask->context, (int)ask->level,
                ask->stride, ask->layer_stride, box_of(&box), ask->offset, NULL, 0));
    }
    return status_of(virgl->transfer_read_iov(ask->resource, ask->context, ask->level, ask->stride,
            ask->layer_stride, box_of(&box), ask->offset, NULL, 0));
}

static enum vit_status read_pixels(struct vgpu_renderer *renderer, uint32_t resource,
        const struct vgpu_rect *rect, uint8_t *pixels, uint32_t stride)
{
    const struct virgl_library *virgl = library_of(renderer);
    struct virtio_gpu_box box = { rect->x, rect->y, 0, rect->width, rect->height, 1 };
    size_t len = (size_t)stride * (rect->height - 1) + (size_t)rect->width * PIXEL_LEN;
    struct iovec place = { pixels, len };
    virgl->force_ctx_0();
    return status_of(virgl->transfer_read_iov(resource, 0, 0, stride, 0, box_of(&box), 0, &place,
            1));
}

static enum vit_status fence(struct vgpu_renderer *renderer, uint64_t sequence)
{
    const struct virgl_library *virgl = library_of(renderer);
    virgl->force_ctx_0();
    return status_of(virgl->create_fence((int)(uint32_t)sequence, 0));
}

/* virglrenderer counts in 32 bits; far fewer fences than that are under way. */
static void write_fence(void *cookie, uint32_t sequence)
{
    struct virgl *virgl = cookie;
    int32_t step = (int32_t)(sequence - (uint32_t)virgl->reached);
    if (step > 0) {
        virgl->reached += (uint32_t)step;
    }
}

static uint64_t poll_fences(struct vgpu_renderer *renderer)
{
    struct virgl *virgl = (struct virgl *)(void *)renderer;
    library_of(renderer)->poll();
    return virgl->reached;
}

static const struct vgpu_renderer_impl virgl_impl = {
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

/* virglrenderer closes it. */
static int open_node(void *cookie)
{
    const struct virgl *virgl = cookie;
    return virgl->render_node == NULL ? -1 : open(virgl->render_node, O_RDWR | O_CLOEXEC);
}

/* What guests make virglrenderer say must not fill the host's logs. */
static void debug_line(const char *format, va_list arguments)
{
    char line[512];
    if (!vit_log_wants(VIT_LOG_DEBUG)) {
        return;
    }
    (void)vsnprintf(line, sizeof(line), format, arguments);
    line[strcspn(line, "\n")] = '\0';
    vit_log(VIT_LOG_DEBUG, "virgl: %s", line);
}

/* No files for compiled shaders; no GPU unless it was asked for. */
static void set_environment(const char *render_node)
{
    (void)setenv("MESA_SHADER_CACHE_DISABLE", "true", 1);
    if (render_node == NULL) {
        (void)setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
    }
}

/* Anything else would make Mesa render in software without a word. */
static bool is_render_node(const char *path)
{
    enum { DRM_MAJOR = 226, FIRST_RENDER_MINOR = 128 };
    struct stat node;
    return stat(path, &node) == 0 && S_ISCHR(node.st_mode) && major(node.st_rdev) == DRM_MAJOR &&
            minor(node.st_rdev) >= FIRST_RENDER_MINOR && access(path, R_OK | W_OK) == 0;
}

static enum vit_status start(struct virgl *virgl)
{
    bool software = virgl->render_node == NULL;
    if (!software && !is_render_node(virgl->render_node)) {
        return VIT_E_IO;
    }
    set_environment(virgl->render_node);
    VIT_TRY(virgl_library_load(&virgl->library));
    virgl->library.set_debug_callback(debug_line);
    virgl->callbacks.version = software ? 1 : 2;
    virgl->callbacks.write_fence = write_fence;
    virgl->callbacks.get_drm_fd = open_node;
    int flags = VIRGL_RENDERER_USE_EGL | VIRGL_RENDERER_THREAD_SYNC |
            (software ? VIRGL_RENDERER_USE_SURFACELESS : 0);
    if (virgl->library.init(virgl, flags, &virgl->callbacks) != 0) {
        return VIT_E_REFUSED;
    }
    virgl->started = true;
    virgl->base.event_fd = virgl->library.get_poll_fd();
    return virgl->base.event_fd < 0 ? VIT_E_REFUSED : VIT_OK;
}

/* Capsets 1 and 2; which of them there are depends on GL. */
static enum vit_status take_capsets(struct virgl *virgl)
{
    virgl->base.capsets = virgl->capsets;
    for (uint32_t id = 1; id <= CAPSET_COUNT; id++) {
        uint32_t version = 0;
        uint32_t len = 0;
        virgl->library.get_cap_set(id, &version, &len);
        if (len == 0) {
            continue;
        }
        unsigned index = virgl->base.capset_count;
        virgl->bytes[index] = calloc(1, len);
        if (virgl->bytes[index] == NULL) {
            return VIT_E_NOMEM;
        }
        virgl->library.fill_caps(id, version, virgl->bytes[index]);
        virgl->capsets[index] =
                (struct vgpu_renderer_capset){ id, version, virgl->bytes[index], len };
        virgl->base.capset_count++;
    }
    return VIT_OK;
}

static void destroy(struct virgl *virgl)
{
    if (virgl->started) {
        virgl->library.cleanup(virgl);
    }
    for (unsigned i = 0; i < CAPSET_COUNT; i++) {
        free(virgl->bytes[i]);
    }
    free(virgl);
}
VIT_DEFINE_AUTO(virgl, struct virgl *, destroy)

bool vgpu_virgl_built(void)
{
    return true;
}

enum vit_status vgpu_virgl_create(const char *render_node, struct vgpu_renderer **renderer)
{
    VIT_AUTO(virgl) virgl = calloc(1, sizeof(*virgl));
    if (virgl == NULL) {
        return VIT_E_NOMEM;
    }
    virgl->base.impl = &virgl_impl;
    virgl->render_node = render_node;
    VIT_TRY(start(virgl));
    virgl->render_node = NULL;
    VIT_TRY(take_capsets(virgl));
    VIT_TRY(vgpu_virgl_warm_up(&virgl->base));
    *renderer = &virgl->base;
    virgl = NULL;
    return VIT_OK;
}

void vgpu_virgl_destroy(struct vgpu_renderer *renderer)
{
    if (renderer != NULL) {
        destroy((struct virgl *)(void *)renderer);
    }
}
