/* SPDX-License-Identifier: MIT */
#include "tests/vm/exit_drm.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>
#include <virtgpu_drm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

enum { LIMIT_MS = 10000, PAUSE_MS = 2 };

static bool learn(int file, struct exit_object *object)
{
    struct drm_virtgpu_resource_info info = { .bo_handle = object->handle };
    if (drmIoctl(file, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info) != 0) {
        return false;
    }
    object->id = info.res_handle;
    object->len = info.size;
    return true;
}

bool exit_create(int file, const struct exit_shape *shape, struct exit_object *object)
{
    struct drm_virtgpu_resource_create create = { .target = shape->target,
        .format = shape->format,
        .bind = shape->bind,
        .width = shape->width,
        .height = shape->height,
        .depth = 1,
        .array_size = 1,
        .flags = shape->flags,
        .size = (uint32_t)shape->len };
    if (drmIoctl(file, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create) != 0) {
        return false;
    }
    *object = (struct exit_object){ .handle = create.bo_handle };
    return learn(file, object) && exit_map(file, object);
}

bool exit_import(int from, uint32_t handle, int to, struct exit_object *object)
{
    int prime = -1;
    *object = (struct exit_object){ .handle = 0 };
    if (drmPrimeHandleToFD(from, handle, DRM_CLOEXEC | DRM_RDWR, &prime) != 0) {
        return false;
    }
    int failed = drmPrimeFDToHandle(to, prime, &object->handle);
    close(prime);
    return failed == 0 && learn(to, object);
}

bool exit_map(int file, struct exit_object *object)
{
    struct drm_virtgpu_map place = { .handle = object->handle };
    if (drmIoctl(file, DRM_IOCTL_VIRTGPU_MAP, &place) != 0) {
        return false;
    }
    void *bytes =
            mmap(NULL, object->len, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)place.offset);
    object->bytes = bytes == MAP_FAILED ? NULL : bytes;
    return object->bytes != NULL;
}

void exit_drop(int file, struct exit_object *object)
{
    if (object->bytes != NULL) {
        munmap(object->bytes, object->len);
    }
    if (object->handle != 0) {
        struct drm_gem_close close_it = { .handle = object->handle };
        (void)drmIoctl(file, DRM_IOCTL_GEM_CLOSE, &close_it);
    }
    *object = (struct exit_object){ .handle = 0 };
}

static uint32_t framebuffer_of(int card)
{
    drmModeRes *resources = drmModeGetResources(card);
    uint32_t id = 0;
    for (int i = 0; resources != NULL && i < resources->count_crtcs && id == 0; i++) {
        drmModeCrtc *crtc = drmModeGetCrtc(card, resources->crtcs[i]);
        id = crtc != NULL ? crtc->buffer_id : 0;
        drmModeFreeCrtc(crtc);
    }
    drmModeFreeResources(resources);
    return id;
}

bool exit_find_screen(int card, struct exit_object *object, uint32_t *width, uint32_t *height)
{
    uint32_t id = framebuffer_of(card);
    drmModeFB *framebuffer = id != 0 ? drmModeGetFB(card, id) : NULL;
    if (framebuffer == NULL) {
        return false;
    }
    *object = (struct exit_object){ .handle = framebuffer->handle };
    *width = framebuffer->width;
    *height = framebuffer->height;
    drmModeFreeFB(framebuffer);
    return object->handle != 0 && learn(card, object);
}

bool exit_run(int file, const void *commands, size_t len)
{
    struct drm_virtgpu_execbuffer run = { .flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
        .size = (uint32_t)len,
        .command = (uintptr_t)commands,
        .fence_fd = -1 };
    if (drmIoctl(file, DRM_IOCTL_VIRTGPU_EXECBUFFER, &run) != 0) {
        return false;
    }
    struct pollfd fence = { .fd = run.fence_fd, .events = POLLIN };
    bool done = poll(&fence, 1, LIMIT_MS) == 1;
    close(run.fence_fd);
    return done;
}

static bool await(int file, uint32_t handle)
{
    struct drm_virtgpu_3d_wait wait = { .handle = handle, .flags = VIRTGPU_WAIT_NOWAIT };
    for (int waited = 0; waited < LIMIT_MS; waited += PAUSE_MS) {
        if (drmIoctl(file, DRM_IOCTL_VIRTGPU_WAIT, &wait) == 0) {
            return true;
        }
        poll(NULL, 0, PAUSE_MS);
    }
    return false;
}

bool exit_transfer(int file, const struct exit_object *object, bool to_host, uint32_t width,
        uint32_t height)
{
    struct drm_virtgpu_3d_transfer_to_host to = { .bo_handle = object->handle,
        .box = { .w = width, .h = height, .d = 1 } };
    struct drm_virtgpu_3d_transfer_from_host from = { .bo_handle = object->handle,
        .box = { .w = width, .h = height, .d = 1 } };
    int failed = to_host ? drmIoctl(file, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to)
                         : drmIoctl(file, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from);
    return failed == 0 && await(file, object->handle);
}
