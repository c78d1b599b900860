/* SPDX-License-Identifier: MIT */
/**
 * The virtual GPU, without sockets and without GL: virtio-gpu queues and commands, contexts,
 * resources, the crypto engine with its slots, protected memory, outputs. Whoever embeds it brings
 * guest memory, kicks and a place for display bytes.
 *
 * One thread owns a device and makes all calls; workers touch only bytes of jobs. Long jobs run on
 * workers in steps; vgpu_device_poll() takes what they finished.
 */
#ifndef VGPU_DEVICE_H
#define VGPU_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "base/status.h"

struct vit_dsa_key;
struct vit_private_key;
struct vgpu_device;
struct vgpu_renderer;

enum { VGPU_QUEUE_CONTROL = 0, VGPU_QUEUE_CURSOR = 1, VGPU_QUEUE_COUNT = 2, VGPU_MAX_OUTPUTS = 16 };

/* What the embedding side does for a device. */
struct vgpu_host;
struct vgpu_host_impl {
    /* The used ring of a queue advanced and the driver wants to know. */
    void (*interrupt)(struct vgpu_host *host, unsigned queue);
    /* One whole message of the vhost-user-gpu display protocol (header, payload, pixels), borrowed
     * for the call. VIT_E_BUSY: the display does not take it now; the device keeps the damage and
     * offers a fresh picture at a later vgpu_device_poll(). */
    enum vit_status (*display)(struct vgpu_host *host, const struct iovec *parts, size_t count);
    /* What the host still keeps of pictures of this output must not be seen any more: it sends black
     * in their place. NULL: it keeps nothing. */
    void (*blacken)(struct vgpu_host *host, unsigned output);
    /* Asks whoever shows the pictures what modes are preferred. VIT_E_BUSY: vgpu_device_set_modes()
     * follows, soon and in any case. NULL, or another status: there is nobody to ask. */
    enum vit_status (*ask_modes)(struct vgpu_host *host);
};
struct vgpu_host {
    const struct vgpu_host_impl *impl;
};

/* The level that an output has in force. */
enum vgpu_level {
    VGPU_LEVEL_NONE,    /* no protection */
    VGPU_LEVEL_HDCP,    /* HDCP on */
    VGPU_LEVEL_LOST,    /* was on, link lost or tampered with */
    VGPU_LEVEL_REVOKED, /* the receiver is revoked */
};

/* What an output prefers; 0 by 0: nothing is connected. */
struct vgpu_mode {
    uint32_t width, height;
};

/* What an output looks like to OPM. */
enum vgpu_connector {
    VGPU_CONNECTOR_DEFAULT, /* HDMI */
    VGPU_CONNECTOR_VGA,
    VGPU_CONNECTOR_DVI,
    VGPU_CONNECTOR_HDMI,
    VGPU_CONNECTOR_DISPLAYPORT,
};

enum { VGPU_KSV_LEN = 5, VGPU_MAX_DELAY_MS = 60000 };

/* The virtual monitor at an output. */
struct vgpu_monitor {
    bool plugged;
    bool has_hdcp;
    bool revoked;              /* stated by the host; a list of revoked receivers may say so too */
    uint32_t delay_ms;         /* that authentication takes; at most VGPU_MAX_DELAY_MS */
    uint8_t ksv[VGPU_KSV_LEN]; /* as lists of revoked receivers have it: most significant first */
};

struct vgpu_config {
    const uint8_t *chain; /* certificate chain, DER, leaf first; copied */
    size_t chain_len;
    struct vit_private_key *key; /* custody device: borrowed, must match the leaf; driver: NULL */
    const char *cipher;          /* back-end of vit_cipher_create(), or NULL */
    unsigned workers;            /* 0: 1 */
    /* Bytes up to which a blt runs on the owner's thread. 0: 64 KiB. SIZE_MAX: always. */
    size_t inline_len;
    bool inline_exchange; /* RSA on the owner's thread: for a device inside the caller's process */
    /* A long blt that is alone is done by the owner's thread, step by step in vgpu_device_poll(), as
     * long as nothing else is asked of it: for an owner that does nothing but serve the device. */
    bool owner_helps;
    uint32_t session_limit; /* per context; 0: 16384 */
    uint64_t byte_limit;    /* protected bytes per context; 0: 1 GiB */
    uint32_t queue_limit;   /* submissions queued per context; 0: 256 */
    unsigned outputs;       /* 0: 1 */
    uint32_t width, height; /* of each output; 0: 1280x800 */
    /* A driver that submits on and on without looking at what came back is served in turns this far
     * apart, in nanoseconds, and spared the kicks between them. 0: at each kick. */
    uint64_t gather_ns;
    bool require_hdcp;             /* protected content needs VGPU_LEVEL_HDCP */
    bool in_guest;                 /* the guest's programs share memory with the device */
    enum vgpu_connector connector; /* of each output */
    /* Whose lists of revoked receivers count; borrowed. NULL: nobody's, each is refused. */
    const struct vit_dsa_key *srm_key;
    struct vgpu_renderer *renderer; /* borrowed; NULL: no rendering for the guest */
};

/* @param host  borrowed, must outlive the device
 * @return VIT_E_REFUSED chain, or key and leaf do not match; VIT_E_ARG; VIT_E_NOMEM */
VIT_RESULT vgpu_device_create(const struct vgpu_config *config, struct vgpu_host *host,
        struct vgpu_device **device);
void vgpu_device_destroy(struct vgpu_device *device);
VIT_DEFINE_AUTO(vgpu_device, struct vgpu_device *, vgpu_device_destroy)

/* Feature bits offered (VIRTIO_F_VERSION_1, ring features, VIRTIO_GPU_F_VIRGL); and accepted. */
uint64_t vgpu_device_features(const struct vgpu_device *device);
VIT_RESULT vgpu_device_set_features(struct vgpu_device *device, uint64_t features);

/* struct virtio_gpu_config as the guest sees it. */
enum { VGPU_CONFIG_LEN = 16 };
void vgpu_device_config(const struct vgpu_device *device, uint8_t out[VGPU_CONFIG_LEN]);

/* A run of guest memory. The mapping is borrowed until the next table. */
struct vgpu_region {
    uint64_t guest_address; /* as in descriptors */
    uint64_t user_address;  /* as in ring addresses of vhost-user */
    uint64_t size;
    void *mapping;
};

enum { VGPU_MAX_REGIONS = 64 };

/* Replaces the table; stops work on the old one, drops contexts and resources backed by it.
 * @return VIT_E_ARG overlap, overflow, too many */
VIT_RESULT vgpu_device_set_memory(struct vgpu_device *device, const struct vgpu_region *regions,
        size_t count);

struct vgpu_ring {
    uint16_t size;                         /* power of two, at most 32768 */
    uint16_t base;                         /* index of the next available entry to take */
    uint64_t descriptors, available, used; /* user addresses */
};

/* @return VIT_E_ARG size, alignment or an address outside the memory table */
VIT_RESULT vgpu_device_start_queue(struct vgpu_device *device, unsigned queue,
        const struct vgpu_ring *ring);
/* Finishes what is in work; returns the next index. A stopped queue: its base. */
uint16_t vgpu_device_stop_queue(struct vgpu_device *device, unsigned queue);

/* Serves a queue until nothing is left that can be done now. */
void vgpu_device_kick(struct vgpu_device *device, unsigned queue);

/* Takes what workers finished, completes and goes on with what waited for it. */
void vgpu_device_poll(struct vgpu_device *device);
/* Readable when vgpu_device_poll() has something to do. Owned by the device. */
int vgpu_device_event_fd(const struct vgpu_device *device);
/* Is anything queued or at work? */
bool vgpu_device_busy(const struct vgpu_device *device);

/* Everything back to the state after creation: contexts, resources, sessions, scanouts. */
void vgpu_device_reset(struct vgpu_device *device);

/* What outputs prefer from now on; count 0: what was known stays. A guest that waits for it goes on.
 * Outputs behind count are not connected. */
void vgpu_device_set_modes(struct vgpu_device *device, const struct vgpu_mode *modes,
        unsigned count);

/* States what is in force, whatever OPM commands; VGPU_LEVEL_NONE takes the statement back. Acts at
 * once on the picture. @return VIT_E_ARG no such output */
VIT_RESULT vgpu_device_set_level(struct vgpu_device *device, unsigned output,
        enum vgpu_level level);
/* The virtual monitor; a change acts at once. @return VIT_E_ARG no such output, or not that slow */
VIT_RESULT vgpu_device_get_monitor(const struct vgpu_device *device, unsigned output,
        struct vgpu_monitor *monitor);
VIT_RESULT vgpu_device_set_monitor(struct vgpu_device *device, unsigned output,
        const struct vgpu_monitor *monitor);
/* Somebody meddles with the link to the monitor. */
VIT_RESULT vgpu_device_tamper(struct vgpu_device *device, unsigned output);
VIT_RESULT vgpu_device_get_level(const struct vgpu_device *device, unsigned output,
        enum vgpu_level *level);

struct vgpu_stats {
    uint64_t contexts, resources, sessions, protected_bytes; /* living */
    uint64_t submissions, refused;                           /* so far */
};
void vgpu_device_stats(const struct vgpu_device *device, struct vgpu_stats *stats);

#endif
