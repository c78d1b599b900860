/* SPDX-License-Identifier: MIT */
/**
 * Output protection: the virtual monitor of each output, what is commanded of the link to it, and
 * hence whether protected content may be seen there. HDCP and DPCP live here; whoever may command
 * them is vgpu/opm.h. Owner thread only.
 *
 * A link that is commanded on authenticates the monitor, which takes the monitor's time. It fails
 * when there is none, when it cannot, is revoked, unplugged or tampered with; it starts again when it
 * is commanded on once more. While anybody commands a link on, protected content needs it.
 */
#ifndef VGPU_PROTECTION_H
#define VGPU_PROTECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "vgpu/device.h"

enum { VGPU_LINK_HDCP, VGPU_LINK_DPCP, VGPU_LINK_COUNT };

struct vgpu_link {
    enum { VGPU_LINK_OFF, VGPU_LINK_STARTING, VGPU_LINK_ON, VGPU_LINK_FAILED } state;
    uint64_t due_ns; /* of one that starts */
};

/* Who commands: one OPM object. */
struct vgpu_demand {
    unsigned output;
    bool wanted[VGPU_LINK_COUNT];  /* commanded on */
    bool reached[VGPU_LINK_COUNT]; /* and it was on since then */
    uint32_t status;               /* flags of vit_opm_facts, not reported yet */
    struct vgpu_demand *next, **link;
};

struct vgpu_port {
    uint64_t id;
    struct vgpu_monitor monitor;
    enum vgpu_level stated; /* by the host, whatever is commanded; NONE: nothing stated */
    struct vgpu_link links[VGPU_LINK_COUNT];
    struct vgpu_demand *demands;
    uint32_t width, height; /* of the picture; 0: off */
};

struct vgpu_protection {
    unsigned count;
    bool require_hdcp;
    uint32_t connector; /* enum vgpu_connector */
    uint64_t ids[VGPU_MAX_OUTPUTS];
    struct vgpu_port ports[VGPU_MAX_OUTPUTS];
    /* The list of revoked receivers, as set last, and whose signature it needs. */
    const struct vit_dsa_key *srm_key;
    bool has_srm;
    uint32_t srm_version;
    uint8_t (*revoked)[VGPU_KSV_LEN];
    size_t revoked_count;
};

/* @return VIT_E_IO no entropy for the ids */
VIT_RESULT vgpu_protection_init(struct vgpu_protection *protection,
        const struct vgpu_config *config);
void vgpu_protection_finish(struct vgpu_protection *protection);

/* May protected content that needs a level or not be seen on the output? */
bool vgpu_protection_allows(const struct vgpu_protection *protection, unsigned output,
        bool needs_hdcp);
bool vgpu_protection_is_on(const struct vgpu_protection *protection, unsigned output,
        unsigned link);
/* What is shown there, for whoever asks. */
void vgpu_protection_set_size(struct vgpu_protection *protection, unsigned output, uint32_t width,
        uint32_t height);
/* Which links the connector has, as bits of protection types. */
uint32_t vgpu_protection_types(const struct vgpu_protection *protection);

/* The host's. @return VIT_E_ARG no such output or level */
VIT_RESULT vgpu_protection_state_level(struct vgpu_protection *protection, unsigned output,
        enum vgpu_level level);
/* What is in force, by statement or command. */
enum vgpu_level vgpu_protection_level(const struct vgpu_protection *protection, unsigned output);
/* Changes the monitor; what was on and cannot stay on fails, and objects are told. */
void vgpu_protection_set_monitor(struct vgpu_protection *protection, unsigned output,
        const struct vgpu_monitor *monitor);
/* Somebody meddles with the link: it fails. */
void vgpu_protection_tamper(struct vgpu_protection *protection, unsigned output);

void vgpu_protection_add(struct vgpu_protection *protection, struct vgpu_demand *demand);
/* What it commanded is commanded no more. */
void vgpu_protection_remove(struct vgpu_protection *protection, struct vgpu_demand *demand);
void vgpu_protection_command(struct vgpu_protection *protection, struct vgpu_demand *demand,
        unsigned link, bool on);
/* A list of revoked receivers replaces the last one. @return VIT_E_REFUSED an older one, VIT_E_NOMEM */
VIT_RESULT vgpu_protection_set_srm(struct vgpu_protection *protection, uint32_t version,
        const uint8_t *ksvs, size_t count);

/* When a link that starts is due, in the time of vit_now_ns(); 0: none. */
uint64_t vgpu_protection_due(const struct vgpu_protection *protection);
/* Ends what is due. */
void vgpu_protection_poll(struct vgpu_protection *protection);

#endif
