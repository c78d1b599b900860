/* SPDX-License-Identifier: MIT */
#include "vgpu/device.h"

#include <linux/virtio_config.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>

#include "base/bytes.h"
#include "base/log.h"
#include "vgpu/capset.h"
#include "vgpu/device_state.h"

/* The bits of a type of device, below those of transports and rings. */
#define DEVICE_FEATURES UINT64_C(0xffffff)

static uint64_t bit(unsigned number)
{
    return UINT64_C(1) << number;
}

static struct vgpu_config with_defaults(const struct vgpu_config *config)
{
    struct vgpu_config full = *config;
    full.workers = full.workers == 0 ? 1 : full.workers;
    full.inline_len = full.inline_len == 0 ? 65536 : full.inline_len;
    full.session_limit = full.session_limit == 0 ? 16384 : full.session_limit;
    full.byte_limit = full.byte_limit == 0 ? UINT64_C(1) << 30 : full.byte_limit;
    full.queue_limit = full.queue_limit == 0 ? 256 : full.queue_limit;
    full.outputs = full.outputs == 0 ? 1 : full.outputs;
    full.width = full.width == 0 ? 1280 : full.width;
    full.height = full.height == 0 ? 800 : full.height;
    full.connector =
            full.connector == VGPU_CONNECTOR_DEFAULT ? VGPU_CONNECTOR_HDMI : full.connector;
    return full;
}

static bool config_valid(const struct vgpu_config *config)
{
    return config->chain != NULL && config->outputs <= VGPU_MAX_OUTPUTS &&
            config->width <= VIT_SURFACE_MAX_SIDE && config->height <= VIT_SURFACE_MAX_SIDE;
}

static enum vit_status check_key(const struct vit_chain *chain, enum vit_custody custody,
        const struct vit_private_key *key)
{
    if (custody == VIT_CUSTODY_DRIVER) {
        return key == NULL ? VIT_OK : VIT_E_REFUSED;
    }
    if (key == NULL) {
        return VIT_E_REFUSED;
    }
    VIT_AUTO(public_key) leaf = NULL;
    VIT_TRY(vit_chain_leaf_key(chain, &leaf));
    return vit_private_key_matches(key, leaf) ? VIT_OK : VIT_E_REFUSED;
}

static void resource_changed(void *listener, struct vgpu_resource *resource)
{
    struct vgpu_device *device = listener;
    vgpu_outputs_changed(&device->outputs, resource);
}

static enum vit_status start_engine(struct vgpu_device *device, struct vgpu_config *config)
{
    enum vit_custody custody;
    VIT_TRY(vit_chain_parse(config->chain, config->chain_len, &device->chain));
    VIT_TRY(vit_chain_leaf_custody(device->chain, &custody));
    VIT_TRY(check_key(device->chain, custody, config->key));
    VIT_TRY(vgpu_capset_create(config, device->chain, custody, &device->capset,
            &device->capset_len));
    config->chain = vit_chain_der(device->chain, &config->chain_len);
    VIT_TRY(vgpu_engine_create(config, custody, &device->engine));
    vgpu_engine_set_listener(device->engine, resource_changed, device);
    vgpu_engine_set_protection(device->engine, &device->protection);
    return VIT_OK;
}

static enum vit_status watch(int poll_fd, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };
    return epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? VIT_OK : VIT_E_NOMEM;
}

static enum vit_status open_timer(struct vgpu_device *device)
{
    if (device->gather_ns == 0) {
        return VIT_OK;
    }
    device->gather_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return device->gather_fd < 0 ? VIT_E_NOMEM : watch(device->poll_fd, device->gather_fd);
}

static enum vit_status open_events(struct vgpu_device *device)
{
    device->again_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    device->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    device->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (device->again_fd < 0 || device->poll_fd < 0 || device->timer_fd < 0) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(watch(device->poll_fd, device->again_fd));
    VIT_TRY(open_timer(device));
    VIT_TRY(watch(device->poll_fd, device->timer_fd));
    if (device->renderer != NULL) {
        VIT_TRY(watch(device->poll_fd, device->renderer->event_fd));
    }
    return watch(device->poll_fd, vgpu_engine_event_fd(device->engine));
}

static void unfenced_done(struct vgpu_completion *completion, enum vit_status status)
{
    (void)status;
    struct vgpu_device *device = (struct vgpu_device *)(void *)((uint8_t *)completion -
            offsetof(struct vgpu_device, unfenced));
    device->tell_anyway = true;
}

static void set_modes(struct vgpu_device *device, const struct vgpu_config *config)
{
    for (unsigned i = 0; i < config->outputs; i++) {
        device->modes[i] = (struct vgpu_mode){ config->width, config->height };
    }
}

enum vit_status vgpu_device_create(const struct vgpu_config *config, struct vgpu_host *host,
        struct vgpu_device **out)
{
    struct vgpu_config full = with_defaults(config);
    if (!config_valid(&full)) {
        return VIT_E_ARG;
    }
    VIT_AUTO(vgpu_device) device = calloc(1, sizeof(*device));
    if (device == NULL) {
        return VIT_E_NOMEM;
    }
    device->again_fd = device->poll_fd = device->timer_fd = device->gather_fd = -1;
    device->gather_ns = full.gather_ns;
    device->host = host;
    device->renderer = full.renderer;
    if (device->renderer != NULL) {
        device->render_fence = device->renderer->impl->poll(device->renderer);
    }
    set_modes(device, &full);
    device->unfenced.done = unfenced_done;
    VIT_TRY(vgpu_protection_init(&device->protection, &full));
    vgpu_outputs_init(&device->outputs, host, full.outputs, &device->protection, full.renderer);
    vgpu_cursors_init(&device->cursors, host, full.outputs, full.renderer);
    VIT_TRY(start_engine(device, &full));
    vgpu_objects_init(&device->objects, device->engine, device->renderer);
    VIT_TRY(open_events(device));
    *out = device;
    device = NULL;
    return VIT_OK;
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void vgpu_device_destroy(struct vgpu_device *device)
{
    if (device == NULL) {
        return;
    }
    vgpu_outputs_reset(&device->outputs);
    vgpu_objects_finish(&device->objects);
    vgpu_fences_finish(&device->fences);
    if (device->engine != NULL) {
        vgpu_engine_destroy(device->engine);
    }
    close_fd(device->poll_fd);
    close_fd(device->again_fd);
    close_fd(device->timer_fd);
    close_fd(device->gather_fd);
    vgpu_protection_finish(&device->protection);
    vit_chain_destroy(device->chain);
    free(device->capset);
    free(device);
}

uint64_t vgpu_device_features(const struct vgpu_device *device)
{
    (void)device;
    return bit(VIRTIO_F_VERSION_1) | bit(VIRTIO_RING_F_EVENT_IDX) |
            bit(VIRTIO_RING_F_INDIRECT_DESC) | bit(VIRTIO_GPU_F_VIRGL) | bit(VIRTIO_GPU_F_EDID);
}

enum vit_status vgpu_device_set_features(struct vgpu_device *device, uint64_t features)
{
    uint64_t offered = vgpu_device_features(device);
    /* A front-end may bring features of the transport that it serves itself. */
    if ((features & ~offered & DEVICE_FEATURES) != 0) {
        return VIT_E_ARG;
    }
    device->features = features & offered;
    return VIT_OK;
}

void vgpu_device_config(const struct vgpu_device *device, uint8_t out[VGPU_CONFIG_LEN])
{
    struct vit_writer writer;
    vit_writer_init(&writer, out, VGPU_CONFIG_LEN);
    vit_put_u32(&writer, 0); /* events_read */
    vit_put_u32(&writer, 0); /* events_clear */
    vit_put_u32(&writer, device->outputs.count);
    unsigned rendered = device->renderer == NULL ? 0 : device->renderer->capset_count;
    vit_put_u32(&writer, 1 + rendered); /* num_capsets */
}

static void drop_all(struct vgpu_device *device)
{
    vgpu_outputs_reset(&device->outputs);
    vgpu_cursors_reset(&device->cursors);
    vgpu_objects_clear(&device->objects);
    vgpu_outputs_draw(&device->outputs);
    vgpu_cursors_draw(&device->cursors);
}

static void restart(struct vgpu_device *device, struct vgpu_virtq *queue)
{
    struct vgpu_ring ring = queue->ring;
    if (queue->running &&
            vgpu_virtq_start(queue, &device->memory, &ring, device->features) != VIT_OK) {
        vit_log(VIT_LOG_WARNING, "a ring is outside the new memory table: stopped");
    }
}

enum vit_status vgpu_device_set_memory(struct vgpu_device *device,
        const struct vgpu_region *regions, size_t count)
{
    struct vgpu_memory memory = { .count = 0 };
    VIT_TRY(vgpu_memory_set(&memory, regions, count));
    drop_all(device);
    device->memory = memory;
    for (unsigned queue = 0; queue < VGPU_QUEUE_COUNT; queue++) {
        restart(device, &device->queues[queue]);
    }
    return VIT_OK;
}

void vgpu_device_reset(struct vgpu_device *device)
{
    drop_all(device);
    for (unsigned queue = 0; queue < VGPU_QUEUE_COUNT; queue++) {
        (void)vgpu_device_stop_queue(device, queue);
    }
    device->features = 0;
    device->memory.count = 0;
}

enum vit_status vgpu_device_set_level(struct vgpu_device *device, unsigned output,
        enum vgpu_level level)
{
    VIT_TRY(vgpu_protection_state_level(&device->protection, output, level));
    vgpu_outputs_draw(&device->outputs);
    return VIT_OK;
}

enum vit_status vgpu_device_get_monitor(const struct vgpu_device *device, unsigned output,
        struct vgpu_monitor *monitor)
{
    if (output >= device->outputs.count) {
        return VIT_E_ARG;
    }
    *monitor = device->protection.ports[output].monitor;
    return VIT_OK;
}

enum vit_status vgpu_device_set_monitor(struct vgpu_device *device, unsigned output,
        const struct vgpu_monitor *monitor)
{
    if (output >= device->outputs.count || monitor->delay_ms > VGPU_MAX_DELAY_MS) {
        return VIT_E_ARG;
    }
    vgpu_protection_set_monitor(&device->protection, output, monitor);
    vgpu_outputs_draw(&device->outputs);
    return VIT_OK;
}

enum vit_status vgpu_device_tamper(struct vgpu_device *device, unsigned output)
{
    if (output >= device->outputs.count) {
        return VIT_E_ARG;
    }
    vgpu_protection_tamper(&device->protection, output);
    vgpu_outputs_draw(&device->outputs);
    return VIT_OK;
}

enum vit_status vgpu_device_get_level(const struct vgpu_device *device, unsigned output,
        enum vgpu_level *level)
{
    if (output >= device->outputs.count) {
        return VIT_E_ARG;
    }
    *level = vgpu_protection_level(&device->protection, output);
    return VIT_OK;
}

void vgpu_device_stats(const struct vgpu_device *device, struct vgpu_stats *stats)
{
    struct vgpu_engine_stats engine;
    vgpu_engine_stats(device->engine, &engine);
    *stats = (struct vgpu_stats){
        .contexts = device->objects.contexts.count,
        .resources = device->objects.resources.count,
        .sessions = engine.sessions,
        .protected_bytes = device->objects.protected_bytes,
        .submissions = engine.submissions,
        .refused = engine.refused,
    };
}
