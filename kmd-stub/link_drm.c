/* SPDX-License-Identifier: MIT */
#include "kmd-stub/link_drm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <virtgpu_drm.h>
#include <xf86drm.h>

#include "base/clock.h"
#include "base/log.h"
#include "kmd-stub/kms.h"
#include "wire/capset.h"
#include "wire/virtio_gpu.h"

enum {
    CONTEXTS = 64,
    /* A dead device blocks the kernel's queue for ever once it is full: far below its size. */
    IN_FLIGHT = 16,
    PROTECTED_PAGE = 4096, /* the page that the kernel insists on, and nobody uses */
    PATH_LEN = 256,
};

/* The loss of the device is told within two seconds, on a busy machine as well. */
#define DEVICE_LIMIT_NS UINT64_C(1500000000)

/* What is behind the cookie of a resource. */
struct drm_resource {
    uint32_t handle; /* in the file of its context */
    int prime;       /* of a primary, for the card; else -1 */
    struct vit_kms_buffer shown;
    uint64_t mapped_len;
};

struct link_drm {
    struct vit_link base;
    char node[PATH_LEN];
    struct vit_kms *kms;   /* NULL: a render node alone */
    int files[CONTEXTS];   /* by context - 1; -1: free */
    int fences[IN_FLIGHT]; /* of what is in flight, oldest first */
    unsigned in_flight;
    uint64_t oldest_ns; /* since when the oldest is the oldest */
    bool gone;
    uint8_t capset[VIT_CAPSET_MAX_LEN];
};

static struct link_drm *of_link(struct vit_link *link)
{
    return (struct link_drm *)link;
}

static int file_of(const struct link_drm *link, uint32_t context)
{
    return context >= 1 && context <= CONTEXTS ? link->files[context - 1] : -1;
}

static enum vit_status lose(struct link_drm *link, const char *why)
{
    if (!link->gone) {
        vit_log(VIT_LOG_ERROR, "kmd-stub: device lost: %s", why);
    }
    link->gone = true;
    return VIT_E_GONE;
}

static enum vit_status create_context(struct vit_link *base, uint32_t *context)
{
    struct link_drm *link = of_link(base);
    for (uint32_t i = 0; i < CONTEXTS; i++) {
        if (link->files[i] < 0) {
            link->files[i] = open(link->node, O_RDWR | O_CLOEXEC);
            *context = i + 1;
            return link->files[i] >= 0 ? VIT_OK : VIT_E_LIMIT;
        }
    }
    return VIT_E_LIMIT;
}

static void destroy_context(struct vit_link *base, uint32_t context)
{
    struct link_drm *link = of_link(base);
    int file = file_of(link, context);
    if (file >= 0) {
        close(file);
        link->files[context - 1] = -1;
    }
}

static bool is_protected(const struct vit_allocation_block *block)
{
    return block->kind == VIT_ALLOCATION_PROTECTED ||
            block->kind == VIT_ALLOCATION_PROTECTED_PRIMARY;
}

static bool is_primary(const struct vit_allocation_block *block)
{
    return block->kind == VIT_ALLOCATION_PRIMARY || block->kind == VIT_ALLOCATION_PROTECTED_PRIMARY;
}

static enum vit_status create_3d(int file, const struct vit_allocation_block *block,
        struct drm_virtgpu_resource_create *create)
{
    bool picture = block->format != VIT_FORMAT_BYTES;
    *create = (struct drm_virtgpu_resource_create){
        .target = picture ? VIT_TARGET_2D : VIT_TARGET_BUFFER,
        .format = block->format,
        .bind = VIT_BIND_STAGING,
        .width = block->width,
        .height = block->height,
        .depth = 1,
        .array_size = 1,
        .flags = is_protected(block) ? VIT_RESOURCE_FLAG_PROTECTED : 0,
        .size = is_protected(block) ? PROTECTED_PAGE : (uint32_t)block->size,
    };
    if (!is_protected(block) && block->size > UINT32_MAX) {
        return VIT_E_LIMIT;
    }
    return drmIoctl(file, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, create) == 0 ? VIT_OK : VIT_E_LIMIT;
}

/* A picture for the screen belongs to the card first, so that the kernel knows how to show it. */
static enum vit_status create_primary(struct link_drm *link, int file,
        const struct vit_allocation_block *block, struct drm_resource *resource, uint32_t *id)
{
    struct vit_surface surface;
    VIT_TRY(vit_surface_init(&surface, block->format, block->width, block->height));
    VIT_TRY(vit_kms_create_picture(link->kms, &surface, &resource->prime));
    struct drm_virtgpu_resource_info info = { .bo_handle = 0 };
    if (drmPrimeFDToHandle(file, resource->prime, &resource->handle) != 0) {
        return VIT_E_LIMIT;
    }
    info.bo_handle = resource->handle;
    if (drmIoctl(file, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info) != 0) {
        return VIT_E_REFUSED;
    }
    *id = info.res_handle;
    return VIT_OK;
}

static enum vit_status create_bytes(struct link_drm *link, int file,
        const struct vit_allocation_block *block, struct drm_resource *resource, uint32_t *id)
{
    if (block->kind == VIT_ALLOCATION_PRIMARY) {
        return create_primary(link, file, block, resource, id);
    }
    struct drm_virtgpu_resource_create create;
    VIT_TRY(create_3d(file, block, &create));
    resource->handle = create.bo_handle;
    *id = create.res_handle;
    if (!is_primary(block)) {
        return VIT_OK;
    }
    return drmPrimeHandleToFD(file, resource->handle, DRM_CLOEXEC, &resource->prime) == 0
            ? VIT_OK
            : VIT_E_LIMIT;
}

static enum vit_status map(int file, const struct drm_resource *resource, uint64_t len,
        void **mapping)
{
    struct drm_virtgpu_map place = { .handle = resource->handle };
    if (drmIoctl(file, DRM_IOCTL_VIRTGPU_MAP, &place) != 0) {
        return VIT_E_LIMIT;
    }
    void *address = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)place.offset);
    if (address == MAP_FAILED) {
        return VIT_E_NOMEM;
    }
    (void)madvise(address, len, MADV_DONTFORK);
    *mapping = address;
    return VIT_OK;
}

static void drop(struct link_drm *link, int file, struct drm_resource *resource, void *mapping)
{
    if (mapping != NULL) {
        munmap(mapping, resource->mapped_len);
    }
    if (link->kms != NULL) {
        vit_kms_release(link->kms, &resource->shown);
    }
    if (resource->prime >= 0) {
        close(resource->prime);
    }
    if (resource->handle != 0 && file >= 0) {
        struct drm_gem_close close_it = { .handle = resource->handle };
        (void)drmIoctl(file, DRM_IOCTL_GEM_CLOSE, &close_it);
    }
    free(resource);
}

/* What the card cannot show is refused before anybody draws into it. */
static enum vit_status import(struct link_drm *link, const struct vit_allocation_block *block,
        struct drm_resource *resource)
{
    struct vit_surface surface;
    VIT_TRY(vit_surface_init(&surface, block->format, block->width, block->height));
    return vit_kms_import(link->kms, resource->prime, &surface, &resource->shown);
}

static enum vit_status fill(struct link_drm *link, int file,
        const struct vit_allocation_block *block, struct drm_resource *resource,
        struct vit_link_resource *out)
{
    VIT_TRY(create_bytes(link, file, block, resource, &out->id));
    if (is_primary(block)) {
        VIT_TRY(import(link, block, resource));
    }
    if (is_protected(block)) {
        return VIT_OK;
    }
    resource->mapped_len = block->size;
    return map(file, resource, block->size, &out->mapping);
}

static enum vit_status create_resource(struct vit_link *base, uint32_t context,
        const struct vit_allocation_block *block, struct vit_link_resource *out)
{
    struct link_drm *link = of_link(base);
    int file = file_of(link, context);
    if (link->gone) {
        return VIT_E_GONE;
    }
    if (file < 0) {
        return VIT_E_ARG;
    }
    if (is_primary(block) && link->kms == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    struct drm_resource *resource = malloc(sizeof(*resource));
    if (resource == NULL) {
        return VIT_E_NOMEM;
    }
    *resource = (struct drm_resource){ .prime = -1 };
    *out = (struct vit_link_resource){ .size = block->size };
    enum vit_status status = fill(link, file, block, resource, out);
    if (status != VIT_OK) {
        drop(link, file, resource, out->mapping);
        *out = (struct vit_link_resource){ .id = 0 };
        return status;
    }
    out->cookie = (uintptr_t)resource;
    return VIT_OK;
}

static void destroy_resource(struct vit_link *base, uint32_t context, struct vit_link_resource *out)
{
    struct link_drm *link = of_link(base);
    drop(link, file_of(link, context), (struct drm_resource *)(uintptr_t)out->cookie, out->mapping);
    *out = (struct vit_link_resource){ .id = 0 };
}

/* Forgets fences that have signalled; they do so in order. */
static bool reap(struct link_drm *link)
{
    unsigned done = 0;
    while (done < link->in_flight) {
        struct pollfd fence = { .fd = link->fences[done], .events = POLLIN };
        if (poll(&fence, 1, 0) != 1 || (fence.revents & POLLIN) == 0) {
            break;
        }
        close(link->fences[done]);
        done++;
    }
    link->in_flight -= done;
    memmove(link->fences, link->fences + done, link->in_flight * sizeof(link->fences[0]));
    if (done > 0) {
        link->oldest_ns = vit_now_ns();
    }
    return done > 0;
}

static enum vit_status check_alive(struct link_drm *link)
{
    if (link->in_flight > 0 && vit_now_ns() - link->oldest_ns > DEVICE_LIMIT_NS) {
        return lose(link, "no submission came back in time");
    }
    return VIT_OK;
}

static enum vit_status submit(struct vit_link *base, uint32_t context, const void *bytes,
        size_t len)
{
    struct link_drm *link = of_link(base);
    int file = file_of(link, context);
    if (link->gone) {
        return VIT_E_GONE;
    }
    if (file < 0 || len > UINT32_MAX) {
        return VIT_E_ARG;
    }
    (void)reap(link);
    VIT_TRY(check_alive(link));
    if (link->in_flight == IN_FLIGHT) {
        return VIT_E_BUSY;
    }
    struct drm_virtgpu_execbuffer run = { .flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
        .size = (uint32_t)len,
        .command = (uintptr_t)bytes,
        .fence_fd = -1 };
    if (drmIoctl(file, DRM_IOCTL_VIRTGPU_EXECBUFFER, &run) != 0) {
        return errno == ENOMEM ? VIT_E_NOMEM : lose(link, strerror(errno));
    }
    if (link->in_flight == 0) {
        link->oldest_ns = vit_now_ns();
    }
    link->fences[link->in_flight++] = run.fence_fd;
    return VIT_OK;
}

static enum vit_status present(struct vit_link *base, uint32_t context, uint32_t output,
        const struct vit_link_resource *resource, const struct vit_surface *surface)
{
    (void)context;
    struct link_drm *link = of_link(base);
    struct drm_resource *own = (struct drm_resource *)(uintptr_t)resource->cookie;
    if (link->gone) {
        return VIT_E_GONE;
    }
    if (link->kms == NULL || own->prime < 0) {
        return VIT_E_UNSUPPORTED;
    }
    return vit_kms_show(link->kms, output, &own->shown, surface);
}

static int milliseconds(uint64_t ns)
{
    return ns > UINT64_C(1000000000) ? 1000 : (int)((ns + 999999) / 1000000);
}

static uint64_t less_of(uint64_t left, uint64_t right)
{
    return left < right ? left : right;
}

static enum vit_status wait_link(struct vit_link *base, uint64_t limit_ns)
{
    struct link_drm *link = of_link(base);
    if (link->gone) {
        return VIT_E_GONE;
    }
    if (reap(link)) {
        return VIT_OK;
    }
    VIT_TRY(check_alive(link));
    if (link->in_flight > 0 && limit_ns > 0) {
        struct pollfd oldest = { .fd = link->fences[0], .events = POLLIN };
        uint64_t end = link->oldest_ns + DEVICE_LIMIT_NS, now = vit_now_ns();
        (void)poll(&oldest, 1, milliseconds(less_of(limit_ns, end > now ? end - now : 0)));
    }
    return reap(link) ? VIT_OK : VIT_E_TIMEOUT;
}

static void destroy(struct vit_link *base)
{
    struct link_drm *link = of_link(base);
    vit_kms_destroy(link->kms);
    for (unsigned i = 0; i < link->in_flight; i++) {
        close(link->fences[i]);
    }
    for (uint32_t context = 1; context <= CONTEXTS; context++) {
        destroy_context(base, context);
    }
    free(link);
}

static const struct vit_link_impl impl = {
    .name = "drm",
    .create_context = create_context,
    .destroy_context = destroy_context,
    .create_resource = create_resource,
    .destroy_resource = destroy_resource,
    .submit = submit,
    .present = present,
    .wait = wait_link,
    .destroy = destroy,
};

static void destroy_link(struct link_drm *link)
{
    if (link != NULL) {
        destroy(&link->base);
    }
}
VIT_DEFINE_AUTO(link_drm, struct link_drm *, destroy_link)

/* The private capset is what makes a virtio-gpu a Vitrine device. */
static enum vit_status read_capset(struct link_drm *link, int file)
{
    struct drm_virtgpu_get_caps ask = { .cap_set_id = VIT_CAPSET_ID,
        .cap_set_ver = VIT_CAPSET_VERSION,
        .addr = (uintptr_t)link->capset,
        .size = sizeof(link->capset) };
    if (drmIoctl(file, DRM_IOCTL_VIRTGPU_GET_CAPS, &ask) != 0) {
        return VIT_E_UNSUPPORTED;
    }
    struct vit_capset capset;
    /* How long it is, is in it: the kernel does not tell. */
    size_t most = sizeof(link->capset);
    VIT_TRY(vit_capset_decode(link->capset, most, &capset));
    link->base.capset = link->capset;
    link->base.capset_len = VIT_CAPSET_HEADER_LEN + capset.chain_len;
    return VIT_OK;
}

static enum vit_status try_node(struct link_drm *link, const char *node)
{
    VIT_AUTO(fd) file = open(node, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return VIT_E_IO;
    }
    VIT_TRY(read_capset(link, file));
    snprintf(link->node, sizeof(link->node), "%s", node);
    return VIT_OK;
}

static enum vit_status find_node(struct link_drm *link, struct vit_open_error *error)
{
    for (int minor = 128; minor < 192; minor++) {
        char node[PATH_LEN];
        snprintf(node, sizeof(node), "/dev/dri/renderD%d", minor);
        if (try_node(link, node) == VIT_OK) {
            return VIT_OK;
        }
    }
    return vit_open_fail(error, VIT_E_UNSUPPORTED, "link \"drm:\": no Vitrine device in /dev/dri");
}

static enum vit_status open_node(struct link_drm *link, const char *node,
        struct vit_open_error *error)
{
    if (*node == '\0') {
        return find_node(link, error);
    }
    enum vit_status status = try_node(link, node);
    if (status == VIT_E_IO) {
        return vit_open_fail(error, status, "%s: %s", node, strerror(errno));
    }
    if (status != VIT_OK) {
        return vit_open_fail(error, status, "%s: not a Vitrine device", node);
    }
    return VIT_OK;
}

static enum vit_status open_screen(struct link_drm *link, int fd, const char *name,
        struct vit_open_error *error)
{
    if (fd < 0) {
        return vit_open_fail(error, VIT_E_IO, "%s: %s", name, strerror(errno));
    }
    enum vit_status status = vit_kms_create(fd, &link->kms);
    switch (status) {
    case VIT_OK:
        return VIT_OK;
    case VIT_E_DENIED:
        return vit_open_fail(error, status, "%s: another program is master of its screens", name);
    default:
        return vit_open_fail(error, status, "%s: no connected screen", name);
    }
}

static enum vit_status open_option(struct link_drm *link, const char *option,
        struct vit_open_error *error)
{
    char *end;
    if (strncmp(option, "card=", 5) == 0) {
        return open_screen(link, open(option + 5, O_RDWR | O_CLOEXEC), option + 5, error);
    }
    if (strncmp(option, "fd=", 3) == 0) {
        long fd = strtol(option + 3, &end, 10);
        if (end != option + 3 && *end == '\0' && fd >= 0 && fd <= INT32_MAX) {
            return open_screen(link, (int)fd, option, error);
        }
    }
    return vit_open_fail(error, VIT_E_ARG,
            "link \"drm:\": \"%s\" is neither card=PATH nor fd=NUMBER", option);
}

enum vit_status vit_link_drm_open(const char *name, struct vit_open_error *error,
        struct vit_link **out)
{
    char node[PATH_LEN];
    const char *comma = strchr(name, ',');
    size_t len = comma != NULL ? (size_t)(comma - name) : strlen(name);
    if (len >= sizeof(node)) {
        return vit_open_fail(error, VIT_E_ARG, "link \"drm:\": the path is too long");
    }
    memcpy(node, name, len);
    node[len] = '\0';
    VIT_AUTO(link_drm) link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return VIT_E_NOMEM;
    }
    link->base.impl = &impl;
    link->base.in_flight_limit = IN_FLIGHT;
    for (unsigned i = 0; i < CONTEXTS; i++) {
        link->files[i] = -1;
    }
    VIT_TRY(open_node(link, node, error));
    if (comma != NULL) {
        VIT_TRY(open_option(link, comma + 1, error));
    }
    *out = &link->base;
    link = NULL;
    return VIT_OK;
}
