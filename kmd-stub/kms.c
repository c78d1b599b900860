/* SPDX-License-Identifier: MIT */
#include "kmd-stub/kms.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "base/log.h"

enum { MAX_OUTPUTS = 16, PIXEL_LEN = 4 };

struct output {
    uint32_t crtc, connector;
    uint32_t shown; /* framebuffer; 0: none of ours */
    uint32_t width, height;
};

struct vit_kms {
    int fd;
    bool master;
    unsigned count;
    struct output outputs[MAX_OUTPUTS];
};

VIT_DEFINE_AUTO(drm_resources, drmModeRes *, drmModeFreeResources)
VIT_DEFINE_AUTO(drm_connector, drmModeConnector *, drmModeFreeConnector)
VIT_DEFINE_AUTO(drm_encoder, drmModeEncoder *, drmModeFreeEncoder)

/* The first CRTC that can drive the connector and has none yet. */
static int free_crtc(const struct vit_kms *kms, const drmModeRes *resources,
        const drmModeConnector *connector)
{
    for (int i = 0; i < connector->count_encoders; i++) {
        VIT_AUTO(drm_encoder) encoder = drmModeGetEncoder(kms->fd, connector->encoders[i]);
        for (int index = 0; encoder != NULL && index < resources->count_crtcs; index++) {
            bool usable = (encoder->possible_crtcs & 1u << index) != 0 && index < MAX_OUTPUTS;
            if (usable && kms->outputs[index].connector == 0) {
                return index;
            }
        }
    }
    return -1;
}

static void take_connector(struct vit_kms *kms, const drmModeRes *resources, uint32_t id)
{
    VIT_AUTO(drm_connector) connector = drmModeGetConnector(kms->fd, id);
    if (connector == NULL || connector->connection != DRM_MODE_CONNECTED) {
        return;
    }
    int index = free_crtc(kms, resources, connector);
    if (index < 0) {
        return;
    }
    kms->outputs[index] = (struct output){ .crtc = resources->crtcs[index], .connector = id };
    if ((unsigned)index >= kms->count) {
        kms->count = (unsigned)index + 1;
    }
}

static enum vit_status find_outputs(struct vit_kms *kms)
{
    VIT_AUTO(drm_resources) resources = drmModeGetResources(kms->fd);
    if (resources == NULL) {
        return errno == EACCES ? VIT_E_DENIED : VIT_E_UNSUPPORTED;
    }
    for (int i = 0; i < resources->count_connectors; i++) {
        take_connector(kms, resources, resources->connectors[i]);
    }
    return kms->count > 0 ? VIT_OK : VIT_E_UNSUPPORTED;
}

enum vit_status vit_kms_create(int fd, struct vit_kms **out)
{
    VIT_AUTO(fd) owned = fd;
    VIT_AUTO(kms) kms = calloc(1, sizeof(*kms));
    if (kms == NULL) {
        return VIT_E_NOMEM;
    }
    kms->fd = owned;
    owned = -1;
    /* The first opener is master already; a lease needs none. */
    kms->master = drmIsMaster(kms->fd) || drmSetMaster(kms->fd) == 0;
    if (!kms->master) {
        return VIT_E_DENIED;
    }
    VIT_TRY(find_outputs(kms));
    *out = kms;
    kms = NULL;
    return VIT_OK;
}

void vit_kms_destroy(struct vit_kms *kms)
{
    if (kms == NULL) {
        return;
    }
    for (unsigned i = 0; i < kms->count; i++) {
        if (kms->outputs[i].shown != 0) {
            (void)drmModeSetCrtc(kms->fd, kms->outputs[i].crtc, 0, 0, 0, NULL, 0, NULL);
        }
    }
    if (kms->master) {
        (void)drmDropMaster(kms->fd);
    }
    close(kms->fd);
    free(kms);
}

static void close_handle(const struct vit_kms *kms, uint32_t handle)
{
    struct drm_gem_close close = { .handle = handle };
    (void)drmIoctl(kms->fd, DRM_IOCTL_GEM_CLOSE, &close);
}

enum vit_status vit_kms_create_picture(struct vit_kms *kms, const struct vit_surface *surface,
        int *prime)
{
    struct drm_mode_create_dumb dumb = { .width = surface->width,
        .height = surface->height,
        .bpp = PIXEL_LEN * 8 };
    if (drmIoctl(kms->fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) != 0) {
        return VIT_E_LIMIT;
    }
    int failed = dumb.pitch == surface->pitch
            ? drmPrimeHandleToFD(kms->fd, dumb.handle, DRM_CLOEXEC | DRM_RDWR, prime)
            : 1;
    close_handle(kms, dumb.handle);
    if (failed != 0) {
        return failed > 0 ? VIT_E_UNSUPPORTED : VIT_E_LIMIT;
    }
    return VIT_OK;
}

enum vit_status vit_kms_import(struct vit_kms *kms, int prime, const struct vit_surface *surface,
        struct vit_kms_buffer *buffer)
{
    uint32_t handles[4] = { 0 }, offsets[4] = { 0 };
    uint32_t pitches[4] = { surface->pitch };
    if (drmPrimeFDToHandle(kms->fd, prime, &handles[0]) != 0) {
        return VIT_E_LIMIT;
    }
    *buffer = (struct vit_kms_buffer){ .handle = handles[0] };
    if (drmModeAddFB2(kms->fd, surface->width, surface->height, DRM_FORMAT_XRGB8888, handles,
                pitches, offsets, &buffer->framebuffer, 0) != 0) {
        close_handle(kms, buffer->handle);
        *buffer = (struct vit_kms_buffer){ .handle = 0 };
        return VIT_E_UNSUPPORTED;
    }
    return VIT_OK;
}

void vit_kms_release(struct vit_kms *kms, struct vit_kms_buffer *buffer)
{
    for (unsigned i = 0; i < kms->count; i++) {
        if (kms->outputs[i].shown == buffer->framebuffer && buffer->framebuffer != 0) {
            (void)drmModeSetCrtc(kms->fd, kms->outputs[i].crtc, 0, 0, 0, NULL, 0, NULL);
            kms->outputs[i].shown = 0;
        }
    }
    if (buffer->framebuffer != 0) {
        (void)drmModeRmFB(kms->fd, buffer->framebuffer);
    }
    if (buffer->handle != 0) {
        close_handle(kms, buffer->handle);
    }
    *buffer = (struct vit_kms_buffer){ .handle = 0 };
}

/* A mode of the connector, or one of our own of that size: a virtual screen takes any. */
static bool find_mode(const struct vit_kms *kms, uint32_t connector_id,
        const struct vit_surface *surface, drmModeModeInfo *mode)
{
    VIT_AUTO(drm_connector) connector = drmModeGetConnectorCurrent(kms->fd, connector_id);
    for (int i = 0; connector != NULL && i < connector->count_modes; i++) {
        if (connector->modes[i].hdisplay == surface->width &&
                connector->modes[i].vdisplay == surface->height) {
            *mode = connector->modes[i];
            return true;
        }
    }
    if (surface->width > UINT16_MAX - 160 || surface->height > UINT16_MAX - 30) {
        return false;
    }
    *mode = (drmModeModeInfo){ .hdisplay = (uint16_t)surface->width,
        .hsync_start = (uint16_t)(surface->width + 48),
        .hsync_end = (uint16_t)(surface->width + 80),
        .htotal = (uint16_t)(surface->width + 160),
        .vdisplay = (uint16_t)surface->height,
        .vsync_start = (uint16_t)(surface->height + 3),
        .vsync_end = (uint16_t)(surface->height + 9),
        .vtotal = (uint16_t)(surface->height + 30),
        .vrefresh = 60,
        .type = DRM_MODE_TYPE_USERDEF };
    mode->clock = (uint32_t)mode->htotal * mode->vtotal * 60 / 1000;
    strcpy(mode->name, "vitrine");
    return true;
}

static enum vit_status set_crtc(struct vit_kms *kms, struct output *output,
        const struct vit_kms_buffer *buffer, const struct vit_surface *surface)
{
    drmModeModeInfo mode;
    if (!find_mode(kms, output->connector, surface, &mode)) {
        return VIT_E_REFUSED;
    }
    if (drmModeSetCrtc(kms->fd, output->crtc, buffer->framebuffer, 0, 0, &output->connector, 1,
                &mode) != 0) {
        vit_log(VIT_LOG_WARNING, "kms: %ux%u is not shown: %s", surface->width, surface->height,
                strerror(errno));
        return errno == EACCES ? VIT_E_DENIED : VIT_E_REFUSED;
    }
    output->shown = buffer->framebuffer;
    output->width = surface->width;
    output->height = surface->height;
    return VIT_OK;
}

static enum vit_status mark_dirty(struct vit_kms *kms, const struct vit_kms_buffer *buffer,
        const struct vit_surface *surface)
{
    drmModeClip clip = { 0, 0, (uint16_t)surface->width, (uint16_t)surface->height };
    int result = drmModeDirtyFB(kms->fd, buffer->framebuffer, &clip, 1);
    return result == 0 || result == -ENOSYS ? VIT_OK : VIT_E_REFUSED;
}

enum vit_status vit_kms_show(struct vit_kms *kms, uint32_t index,
        const struct vit_kms_buffer *buffer, const struct vit_surface *surface)
{
    if (index >= kms->count || kms->outputs[index].connector == 0) {
        return VIT_E_ARG;
    }
    struct output *output = &kms->outputs[index];
    if (output->shown != buffer->framebuffer) {
        VIT_TRY(set_crtc(kms, output, buffer, surface));
    }
    return mark_dirty(kms, buffer, surface);
}
