/* SPDX-License-Identifier: MIT */
#include "tests/kmd-stub/fake_drm.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <virtgpu_drm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "wire/capset.h"

enum { NODE_LEN = 1 << 20, FIRST_CRTC = 10, FIRST_CONNECTOR = 20, FIRST_ENCODER = 30 };

/* ioctl() has no place for a context. */
static struct {
    struct fake_drm drm;
    int render, card;
    uint32_t next;
    uint64_t passed_ns;
    uint8_t capset[VIT_CAPSET_HEADER_LEN + 4];
} kernel = { .render = -1, .card = -1 };

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = __real_clock_gettime(clock, now);
    uint64_t ns = (uint64_t)now->tv_nsec + kernel.passed_ns;
    now->tv_sec += (time_t)(ns / 1000000000);
    now->tv_nsec = (long)(ns % 1000000000);
    return result;
}

void fake_drm_pass_time(uint64_t ns)
{
    kernel.passed_ns += ns;
}

unsigned fake_drm_descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    cr_assert_not_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

static int make_node(const char *name, char path[FAKE_DRM_PATH_LEN])
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    cr_assert(fd >= 0 && ftruncate(fd, NODE_LEN) == 0);
    snprintf(path, FAKE_DRM_PATH_LEN, "/proc/self/fd/%d", fd);
    return fd;
}

struct fake_drm *fake_drm_begin(void)
{
    static const uint8_t chain[] = { 1, 2, 3, 4 };
    const struct vit_capset capset = { .custody = 2,
        .outputs = 2,
        .session_limit = 16,
        .byte_limit = 1 << 20,
        .chain = chain,
        .chain_len = sizeof(chain) };
    size_t len = 0;
    cr_assert_eq(vit_capset_encode(&capset, kernel.capset, sizeof(kernel.capset), &len), VIT_OK);
    kernel.drm = (struct fake_drm){ .capset = kernel.capset,
        .capset_len = (uint32_t)len,
        .connected = { true, true },
        .crtc_mask = { 1, 2 },
        .pitch_unit = 4,
        .least_side = 32 };
    kernel.render = make_node("render", kernel.drm.render);
    kernel.card = make_node("card", kernel.drm.card);
    return &kernel.drm;
}

void fake_drm_end(void)
{
    for (unsigned i = 0; i < kernel.drm.submitted && !kernel.drm.no_fence; i++) {
        close(kernel.drm.fences[i]);
    }
    close(kernel.render);
    close(kernel.card);
    kernel.render = -1;
    kernel.card = -1;
}

void fake_drm_signal(unsigned number)
{
    cr_assert_lt(number, kernel.drm.submitted);
    cr_assert_eq(eventfd_write(kernel.drm.fences[number], 1), 0);
}

static uint32_t new_handle(void)
{
    kernel.drm.handles++;
    return ++kernel.next;
}

static int get_caps(const struct drm_virtgpu_get_caps *ask)
{
    if (kernel.drm.capset == NULL || ask->cap_set_id != VIT_CAPSET_ID) {
        errno = EINVAL;
        return -1;
    }
    memcpy((void *)(uintptr_t)ask->addr, kernel.drm.capset,
            ask->size < kernel.drm.capset_len ? ask->size : kernel.drm.capset_len);
    return 0;
}

static int execute(struct drm_virtgpu_execbuffer *run)
{
    struct fake_drm *drm = &kernel.drm;
    cr_assert_lt(drm->submitted, (unsigned)FAKE_DRM_FENCES);
    cr_assert_eq(run->flags, (unsigned)VIRTGPU_EXECBUF_FENCE_FD_OUT);
    run->fence_fd = -1;
    if (!drm->no_fence) {
        drm->fences[drm->submitted] = eventfd(0, EFD_CLOEXEC);
        run->fence_fd = dup(drm->fences[drm->submitted]);
        drm->given_fence = run->fence_fd;
    }
    drm->submitted++;
    return 0;
}

static int create_dumb(struct drm_mode_create_dumb *dumb)
{
    uint32_t unit = kernel.drm.pitch_unit;
    dumb->pitch = (dumb->width * dumb->bpp / 8 + unit - 1) / unit * unit;
    dumb->size = (uint64_t)dumb->pitch * dumb->height;
    dumb->handle = new_handle();
    return 0;
}

static int add_framebuffer(struct drm_mode_fb_cmd2 *add)
{
    if (add->width < kernel.drm.least_side || add->height < kernel.drm.least_side) {
        errno = EINVAL;
        return -1;
    }
    kernel.drm.framebuffers++;
    add->fb_id = ++kernel.next;
    return 0;
}

static void list(uint64_t pointer, uint32_t *capacity, uint32_t first)
{
    uint32_t *ids = (uint32_t *)(uintptr_t)pointer;
    for (uint32_t i = 0; ids != NULL && i < *capacity && i < FAKE_DRM_OUTPUTS; i++) {
        ids[i] = first + i;
    }
    *capacity = FAKE_DRM_OUTPUTS;
}

static int get_resources(struct drm_mode_card_res *resources)
{
    list(resources->crtc_id_ptr, &resources->count_crtcs, FIRST_CRTC);
    list(resources->connector_id_ptr, &resources->count_connectors, FIRST_CONNECTOR);
    list(resources->encoder_id_ptr, &resources->count_encoders, FIRST_ENCODER);
    resources->count_fbs = 0;
    return 0;
}

/* Without modes: the driver makes its own. */
static int get_connector(struct drm_mode_get_connector *connector)
{
    uint32_t index = connector->connector_id - FIRST_CONNECTOR;
    cr_assert_lt(index, (unsigned)FAKE_DRM_OUTPUTS);
    uint32_t *encoder = (uint32_t *)(uintptr_t)connector->encoders_ptr;
    if (encoder != NULL && connector->count_encoders >= 1) {
        *encoder = FIRST_ENCODER + index;
    }
    connector->count_encoders = 1;
    connector->count_modes = 0;
    connector->count_props = 0;
    connector->connection =
            kernel.drm.connected[index] ? DRM_MODE_CONNECTED : DRM_MODE_DISCONNECTED;
    return 0;
}

static int get_encoder(struct drm_mode_get_encoder *encoder)
{
    encoder->possible_crtcs = kernel.drm.crtc_mask[encoder->encoder_id - FIRST_ENCODER];
    return 0;
}

static int set_crtc(const struct drm_mode_crtc *crtc)
{
    kernel.drm.shown[crtc->crtc_id - FIRST_CRTC] = crtc->fb_id;
    if (crtc->mode_valid) {
        kernel.drm.shown_width = crtc->mode.hdisplay;
        kernel.drm.shown_height = crtc->mode.vdisplay;
    }
    return 0;
}

static int refuse(int code)
{
    errno = code;
    return -1;
}

static int take_master(void)
{
    if (kernel.drm.has_master) {
        return refuse(EACCES);
    }
    kernel.drm.is_master = true;
    return 0;
}

static int answer_render(unsigned long request, void *argument)
{
    switch (request) {
    case DRM_IOCTL_VIRTGPU_GET_CAPS:
        return get_caps(argument);
    case DRM_IOCTL_VIRTGPU_RESOURCE_CREATE:
        ((struct drm_virtgpu_resource_create *)argument)->bo_handle = new_handle();
        ((struct drm_virtgpu_resource_create *)argument)->res_handle = ++kernel.next;
        return 0;
    case DRM_IOCTL_VIRTGPU_RESOURCE_INFO:
        ((struct drm_virtgpu_resource_info *)argument)->res_handle = ++kernel.next;
        return 0;
    case DRM_IOCTL_VIRTGPU_MAP:
        ((struct drm_virtgpu_map *)argument)->offset = 0;
        return 0;
    case DRM_IOCTL_VIRTGPU_EXECBUFFER:
        return execute(argument);
    default:
        return refuse(ENOTTY);
    }
}

static int answer_card(unsigned long request, void *argument)
{
    switch (request) {
    case DRM_IOCTL_AUTH_MAGIC: /* how libdrm asks for the right of a master */
        return refuse(kernel.drm.is_master ? EINVAL : EACCES);
    case DRM_IOCTL_SET_MASTER:
        return take_master();
    case DRM_IOCTL_DROP_MASTER:
        kernel.drm.is_master = false;
        return 0;
    case DRM_IOCTL_MODE_GETRESOURCES:
        return get_resources(argument);
    case DRM_IOCTL_MODE_GETCONNECTOR:
        return get_connector(argument);
    case DRM_IOCTL_MODE_GETENCODER:
        return get_encoder(argument);
    case DRM_IOCTL_MODE_CREATE_DUMB:
        return create_dumb(argument);
    case DRM_IOCTL_MODE_ADDFB2:
        return add_framebuffer(argument);
    case DRM_IOCTL_MODE_RMFB:
        kernel.drm.framebuffers--;
        return 0;
    case DRM_IOCTL_MODE_SETCRTC:
        return set_crtc(argument);
    case DRM_IOCTL_MODE_DIRTYFB:
        return 0;
    default:
        return answer_render(request, argument);
    }
}

static int answer(bool card, unsigned long request, void *argument)
{
    struct fake_drm *drm = &kernel.drm;
    if (request == drm->fails && drm->calls++ >= drm->fail_from) {
        return refuse(drm->fail_errno);
    }
    switch (request) {
    case DRM_IOCTL_GEM_CLOSE:
        drm->handles--;
        return 0;
    case DRM_IOCTL_PRIME_HANDLE_TO_FD:
        ((struct drm_prime_handle *)argument)->fd = eventfd(0, EFD_CLOEXEC);
        return 0;
    case DRM_IOCTL_PRIME_FD_TO_HANDLE:
        ((struct drm_prime_handle *)argument)->handle = new_handle();
        return 0;
    default:
        return card ? answer_card(request, argument) : answer_render(request, argument);
    }
}

static bool is_node(int fd, int node)
{
    struct stat one, two;
    return node >= 0 && fstat(fd, &one) == 0 && fstat(node, &two) == 0 &&
            one.st_ino == two.st_ino && one.st_dev == two.st_dev;
}

/* Before the system's, for libdrm as well. */
__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    bool card = is_node(fd, kernel.card);
    if (card || is_node(fd, kernel.render)) {
        return answer(card, request, argument);
    }
    return (int)syscall(SYS_ioctl, fd, request, argument);
}
