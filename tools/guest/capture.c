/* SPDX-License-Identifier: MIT */
/*
 * Takes what the first screen shows by the means of a privileged program of the guest: it asks KMS
 * for the framebuffer, has the device bring its content to the guest, maps it and writes it down.
 *
 *     vitrine-guest-capture CARD FILE
 *
 * FILE becomes rows of B, G, R, X; what cannot be mapped is zero. Prints "WIDTHxHEIGHT BYTES", where
 * BYTES is how many could be mapped. Exit status 1: KMS gives nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <virtgpu_drm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

enum { PIXEL_LEN = 4, TRIES = 200, PAUSE_MS = 10 };

struct shot {
    int card;
    uint32_t width, height, pitch, handle;
};

static int fail(const char *what)
{
    fprintf(stderr, "vitrine-guest-capture: %s: %s\n", what, strerror(errno));
    return EXIT_FAILURE;
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

static int find(struct shot *shot)
{
    uint32_t id = framebuffer_of(shot->card);
    drmModeFB *framebuffer = id != 0 ? drmModeGetFB(shot->card, id) : NULL;
    if (framebuffer == NULL) {
        return -1;
    }
    shot->width = framebuffer->width;
    shot->height = framebuffer->height;
    shot->pitch = framebuffer->pitch;
    shot->handle = framebuffer->handle;
    drmModeFreeFB(framebuffer);
    return shot->handle != 0 ? 0 : -1;
}

/* Errors of the device do not come back; then the guest's memory is as it was. */
static void bring(const struct shot *shot)
{
    struct drm_virtgpu_3d_transfer_from_host transfer = {
        .bo_handle = shot->handle,
        .box = { .w = shot->width, .h = shot->height, .d = 1 },
    };
    struct drm_virtgpu_3d_wait wait = { .handle = shot->handle, .flags = VIRTGPU_WAIT_NOWAIT };
    if (drmIoctl(shot->card, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &transfer) != 0) {
        fprintf(stderr, "transfer: %s\n", strerror(errno));
        return;
    }
    for (int i = 0; i < TRIES && drmIoctl(shot->card, DRM_IOCTL_VIRTGPU_WAIT, &wait) != 0; i++) {
        poll(NULL, 0, PAUSE_MS);
    }
}

static size_t mappable(const struct shot *shot)
{
    struct drm_virtgpu_resource_info info = { .bo_handle = shot->handle };
    return drmIoctl(shot->card, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info) == 0 ? info.size : 0;
}

/* Returns how many bytes were there. */
static size_t take(const struct shot *shot, uint8_t *pixels, size_t size)
{
    struct drm_virtgpu_map place = { .handle = shot->handle };
    size_t len = mappable(shot);
    if (len > size) {
        len = size;
    }
    if (len == 0 || drmIoctl(shot->card, DRM_IOCTL_VIRTGPU_MAP, &place) != 0) {
        return 0;
    }
    void *bytes =
            mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, shot->card, (off_t)place.offset);
    if (bytes == MAP_FAILED) {
        return 0;
    }
    memcpy(pixels, bytes, len);
    munmap(bytes, len);
    return len;
}

static int store(const struct shot *shot, const uint8_t *pixels, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return -1;
    }
    size_t rows = 0;
    while (rows < shot->height &&
            fwrite(pixels + rows * shot->pitch, PIXEL_LEN, shot->width, file) == shot->width) {
        rows++;
    }
    return fclose(file) == 0 && rows == shot->height ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: vitrine-guest-capture CARD FILE\n");
        return 2;
    }
    struct shot shot = { .card = open(argv[1], O_RDWR | O_CLOEXEC) };
    if (shot.card < 0) {
        return fail(argv[1]);
    }
    if (find(&shot) != 0) {
        return fail("no framebuffer");
    }
    size_t size = (size_t)shot.pitch * shot.height;
    uint8_t *pixels = calloc(1, size);
    if (pixels == NULL) {
        return fail("memory");
    }
    bring(&shot);
    size_t len = take(&shot, pixels, size);
    int stored = store(&shot, pixels, argv[2]);
    free(pixels);
    close(shot.card);
    printf("%ux%u %zu\n", shot.width, shot.height, len);
    return stored == 0 ? EXIT_SUCCESS : fail(argv[2]);
}
