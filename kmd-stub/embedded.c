/* SPDX-License-Identifier: MIT */
#include "kmd-stub/embedded.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <linux/virtio_gpu.h>

#include "certs/chain.h"
#include "crypto/dsa.h"
#include "crypto/key.h"
#include "kmd-stub/display.h"
#include "vgpu/device.h"

struct embedded {
    struct vit_transport base;
    struct vgpu_host host;
    struct vgpu_device *device;
    struct vit_private_key *key; /* custody device: the device borrows it */
    struct vit_dsa_key *srm_key; /* NULL: none; borrowed likewise */
    struct vit_display *display;
};

static struct embedded *of_transport(struct vit_transport *transport)
{
    return (struct embedded *)transport;
}

static struct embedded *of_host(struct vgpu_host *host)
{
    return (struct embedded *)(void *)((char *)host - offsetof(struct embedded, host));
}

static void take_interrupt(struct vgpu_host *host, unsigned queue)
{
    /* Whoever kicks or polls looks at the used ring right after. */
    (void)host;
    (void)queue;
}

static enum vit_status take_display(struct vgpu_host *host, const struct iovec *parts, size_t count)
{
    struct embedded *embedded = of_host(host);
    for (size_t i = 0; i < count; i++) {
        VIT_TRY(vit_display_feed(embedded->display, parts[i].iov_base, parts[i].iov_len));
    }
    return VIT_OK;
}

static const struct vgpu_host_impl host_impl = {
    .interrupt = take_interrupt,
    .display = take_display,
};

static uint64_t address(const struct vit_transport_memory *memory, uint64_t offset)
{
    return (uint64_t)(uintptr_t)memory->base + offset;
}

static enum vit_status start_queue(struct vgpu_device *device, unsigned index,
        const struct vit_transport_memory *memory, const struct vit_transport_queue *queue)
{
    struct vgpu_ring ring = {
        .size = queue->size,
        .descriptors = address(memory, queue->descriptors),
        .available = address(memory, queue->available),
        .used = address(memory, queue->used),
    };
    return vgpu_device_start_queue(device, index, &ring);
}

static enum vit_status start(struct vit_transport *transport, uint64_t features,
        const struct vit_transport_memory *memory,
        const struct vit_transport_queue queues[VIT_TRANSPORT_QUEUES])
{
    struct vgpu_device *device = of_transport(transport)->device;
    struct vgpu_region region = {
        .guest_address = 0,
        .user_address = address(memory, 0),
        .size = memory->size,
        .mapping = memory->base,
    };
    VIT_TRY(vgpu_device_set_features(device, features));
    VIT_TRY(vgpu_device_set_memory(device, &region, 1));
    VIT_TRY(start_queue(device, VGPU_QUEUE_CONTROL, memory, &queues[VIT_TRANSPORT_CONTROL]));
    return start_queue(device, VGPU_QUEUE_CURSOR, memory, &queues[VIT_TRANSPORT_CURSOR]);
}

static enum vit_status kick(struct vit_transport *transport, unsigned queue)
{
    vgpu_device_kick(of_transport(transport)->device, queue);
    return VIT_OK;
}

/* Rounded up, so that a wait never ends early and spins. */
static struct timespec to_timespec(uint64_t ns)
{
    return (struct timespec){ (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
}

static enum vit_status wait_device(struct vit_transport *transport, uint64_t limit_ns)
{
    struct vgpu_device *device = of_transport(transport)->device;
    if (limit_ns == 0) {
        vgpu_device_poll(device);
        return VIT_OK;
    }
    struct pollfd event = { .fd = vgpu_device_event_fd(device), .events = POLLIN };
    struct timespec limit = to_timespec(limit_ns);
    int ready = ppoll(&event, 1, &limit, NULL);
    vgpu_device_poll(device);
    return ready == 0 ? VIT_E_TIMEOUT : VIT_OK;
}

static enum vit_status set_level(struct vit_transport *transport, unsigned output,
        const char *level)
{
    static const char *const names[] = {
        [VGPU_LEVEL_NONE] = "none",
        [VGPU_LEVEL_HDCP] = "hdcp",
        [VGPU_LEVEL_LOST] = "lost",
        [VGPU_LEVEL_REVOKED] = "revoked",
    };
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(level, names[i]) == 0) {
            return vgpu_device_set_level(of_transport(transport)->device, output,
                    (enum vgpu_level)i);
        }
    }
    return VIT_E_ARG;
}

/* "slow 150" */
static bool read_delay(const char *command, uint32_t *delay_ms)
{
    unsigned value;
    int end = 0;
    bool read = sscanf(command, "slow %5u%n", &value, &end) == 1 && command[end] == '\0' &&
            value <= VGPU_MAX_DELAY_MS;
    if (read) {
        *delay_ms = value;
    }
    return read;
}

static bool change(struct vgpu_monitor *monitor, const char *command)
{
    const struct {
        const char *name;
        bool *fact;
        bool value;
    } changes[] = {
        { "plug", &monitor->plugged, true },
        { "unplug", &monitor->plugged, false },
        { "revoke", &monitor->revoked, true },
        { "unrevoke", &monitor->revoked, false },
        { "hdcp", &monitor->has_hdcp, true },
        { "no-hdcp", &monitor->has_hdcp, false },
    };
    for (unsigned i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        if (strcmp(command, changes[i].name) == 0) {
            *changes[i].fact = changes[i].value;
            return true;
        }
    }
    return read_delay(command, &monitor->delay_ms);
}

static enum vit_status set_monitor(struct vit_transport *transport, unsigned output,
        const char *command)
{
    struct vgpu_device *device = of_transport(transport)->device;
    struct vgpu_monitor monitor;
    if (strcmp(command, "tamper") == 0) {
        return vgpu_device_tamper(device, output);
    }
    VIT_TRY(vgpu_device_get_monitor(device, output, &monitor));
    return change(&monitor, command) ? vgpu_device_set_monitor(device, output, &monitor)
                                     : VIT_E_ARG;
}

static void destroy(struct vit_transport *transport)
{
    struct embedded *embedded = of_transport(transport);
    vgpu_device_destroy(embedded->device);
    vit_private_key_destroy(embedded->key);
    vit_dsa_key_destroy(embedded->srm_key);
    vit_display_destroy(embedded->display);
    free(embedded);
}

static const struct vit_transport_impl impl = {
    .name = "embedded",
    .start = start,
    .kick = kick,
    .wait = wait_device,
    .set_level = set_level,
    .set_monitor = set_monitor,
    .destroy = destroy,
};

static void destroy_embedded(struct embedded *embedded)
{
    destroy(&embedded->base);
}
VIT_DEFINE_AUTO(embedded, struct embedded *, destroy_embedded)

static enum vit_status read_chain(const char *path, struct vit_open_error *error,
        struct vit_chain **chain)
{
    if (path == NULL) {
        return vit_open_fail(error, VIT_E_ARG, "embedded: needs a certificate");
    }
    VIT_AUTO(stream) file = fopen(path, "rbe");
    if (file == NULL) {
        return vit_open_fail(error, VIT_E_IO, "certificate %s: %s", path, strerror(errno));
    }
    VIT_AUTO(bytes) bytes = malloc(VIT_CHAIN_MAX_LEN + 1);
    if (bytes == NULL) {
        return VIT_E_NOMEM;
    }
    size_t len = fread(bytes, 1, VIT_CHAIN_MAX_LEN + 1, file);
    if (ferror(file)) {
        return vit_open_fail(error, VIT_E_IO, "certificate %s: %s", path, strerror(errno));
    }
    enum vit_status status = vit_chain_parse(bytes, len, chain);
    if (status == VIT_E_REFUSED) {
        return vit_open_fail(error, status, "certificate %s: not a certificate chain (DER)", path);
    }
    return status;
}

static enum vit_status open_key(const struct vitrine_host_config *config,
        struct vit_open_error *error, struct vit_private_key **key)
{
    if (config->key == NULL) {
        return vit_open_fail(error, VIT_E_ARG,
                "certificate %s: custody is device, so embedded: needs the key",
                config->certificate);
    }
    const char *reason;
    enum vit_status status = vit_private_key_open_or_tell(config->key, config->passphrase,
            config->passphrase_context, key, &reason);
    if (reason != NULL) {
        return vit_open_fail(error, status, "key %s: %s", config->key, reason);
    }
    switch (status) {
    case VIT_OK:
    case VIT_E_NOMEM:
        return status;
    case VIT_E_UNSUPPORTED:
        return vit_open_fail(error, status, "key %s: not an RSA key of 2048 bits", config->key);
    case VIT_E_REFUSED:
        return vit_open_fail(error, status, "key %s: no key there, or wrong passphrase",
                config->key);
    default:
        return vit_open_fail(error, status, "key %s: cannot be read", config->key);
    }
}

static enum vit_status open_custody(struct embedded *embedded, const struct vit_chain *chain,
        const struct vitrine_host_config *config, struct vit_open_error *error)
{
    enum vit_custody custody;
    enum vit_status status = vit_chain_leaf_custody(chain, &custody);
    if (status != VIT_OK) {
        return vit_open_fail(error, status, "certificate %s: does not say who keeps the key",
                config->certificate);
    }
    return custody == VIT_CUSTODY_DEVICE ? open_key(config, error, &embedded->key) : VIT_OK;
}

static enum vit_status open_srm_key(struct embedded *embedded, const char *path,
        struct vit_open_error *error)
{
    char pem[VIT_DSA_PEM_MAX_LEN + 1];
    if (path == NULL) {
        return VIT_OK;
    }
    VIT_AUTO(stream) file = fopen(path, "rbe");
    if (file == NULL) {
        return vit_open_fail(error, VIT_E_IO, "key %s: %s", path, strerror(errno));
    }
    size_t len = fread(pem, 1, sizeof(pem), file);
    enum vit_status status =
            ferror(file) ? VIT_E_IO : vit_dsa_key_read(pem, len, &embedded->srm_key);
    return status == VIT_OK ? VIT_OK
                            : vit_open_fail(error, status,
                                      "key %s: not a public DSA key of 1024 and 160 bits", path);
}

static enum vit_status create_device(struct embedded *embedded, const struct vit_chain *chain,
        const struct vitrine_host_config *config, struct vit_open_error *error)
{
    size_t chain_len;
    struct vgpu_config device = {
        .key = embedded->key,
        .workers = config->workers,
        .inline_len = config->inline_len,
        .inline_exchange = true,
        .in_guest = true,
        .width = config->width,
        .height = config->height,
        .require_hdcp = config->require_hdcp != 0,
        .srm_key = embedded->srm_key,
    };
    device.chain = vit_chain_der(chain, &chain_len);
    device.chain_len = chain_len;
    enum vit_status status = vgpu_device_create(&device, &embedded->host, &embedded->device);
    switch (status) {
    case VIT_OK:
    case VIT_E_NOMEM:
        return status;
    case VIT_E_REFUSED:
        return vit_open_fail(error, status, "certificate %s and its key do not belong together",
                config->certificate);
    default:
        return vit_open_fail(error, status, "embedded: the device cannot be made (%s)",
                vit_status_name(status));
    }
}

static void read_device(struct embedded *embedded)
{
    struct virtio_gpu_config config;
    uint8_t bytes[VGPU_CONFIG_LEN];
    _Static_assert(sizeof(config) == sizeof(bytes), "the configuration of the standard");
    vgpu_device_config(embedded->device, bytes);
    memcpy(&config, bytes, sizeof(config));
    embedded->base.features = vgpu_device_features(embedded->device);
    embedded->base.capset_count = le32toh(config.num_capsets);
}

enum vit_status vit_embedded_open(const struct vitrine_host_config *config,
        struct vit_open_error *error, struct vit_transport **transport)
{
    VIT_AUTO(embedded) embedded = calloc(1, sizeof(*embedded));
    if (embedded == NULL) {
        return VIT_E_NOMEM;
    }
    embedded->base.impl = &impl;
    embedded->host.impl = &host_impl;
    VIT_AUTO(chain) chain = NULL;
    VIT_TRY(read_chain(config->certificate, error, &chain));
    VIT_TRY(open_custody(embedded, chain, config, error));
    VIT_TRY(open_srm_key(embedded, config->srm_key, error));
    VIT_TRY(vit_display_create(NULL, NULL, &embedded->display));
    VIT_TRY(create_device(embedded, chain, config, error));
    read_device(embedded);
    embedded->base.display = embedded->display;

    *transport = &embedded->base;
    embedded = NULL;
    return VIT_OK;
}
