/* SPDX-License-Identifier: MIT */
#include "vgpu/protection.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto-session/opm.h"

static const struct vgpu_monitor default_monitor = {
    .plugged = true,
    .has_hdcp = true,
    /* Twenty ones and twenty zeros, as in every receiver. */
    .ksv = { 0x55, 0xaa, 0x55, 0xaa, 0x55 },
};

enum vit_status vgpu_protection_init(struct vgpu_protection *protection,
        const struct vgpu_config *config)
{
    *protection = (struct vgpu_protection){
        .count = config->outputs,
        .require_hdcp = config->require_hdcp,
        .connector = config->connector,
        .srm_key = config->srm_key,
    };
    for (unsigned i = 0; i < protection->count; i++) {
        struct vgpu_port *port = &protection->ports[i];
        VIT_TRY(vit_opm_output_id(&port->id));
        protection->ids[i] = port->id;
        port->monitor = default_monitor;
    }
    return VIT_OK;
}

void vgpu_protection_finish(struct vgpu_protection *protection)
{
    free(protection->revoked);
    protection->revoked = NULL;
}

void vgpu_protection_set_size(struct vgpu_protection *protection, unsigned output, uint32_t width,
        uint32_t height)
{
    protection->ports[output].width = width;
    protection->ports[output].height = height;
}

uint32_t vgpu_protection_types(const struct vgpu_protection *protection)
{
    switch (protection->connector) {
    case VGPU_CONNECTOR_DVI:
    case VGPU_CONNECTOR_HDMI:
        return VIT_OPM_TYPE_HDCP;
    case VGPU_CONNECTOR_DISPLAYPORT:
        return VIT_OPM_TYPE_HDCP | VIT_OPM_TYPE_DPCP;
    default:
        return 0;
    }
}

static bool is_revoked(const struct vgpu_protection *protection, const struct vgpu_monitor *monitor)
{
    for (size_t i = 0; i < protection->revoked_count; i++) {
        if (memcmp(protection->revoked[i], monitor->ksv, VGPU_KSV_LEN) == 0) {
            return true;
        }
    }
    return monitor->revoked;
}

static void tell(struct vgpu_port *port, uint32_t status)
{
    for (struct vgpu_demand *demand = port->demands; demand != NULL; demand = demand->next) {
        demand->status |= status;
    }
}

static bool anybody_wants(const struct vgpu_port *port, unsigned link)
{
    for (struct vgpu_demand *demand = port->demands; demand != NULL; demand = demand->next) {
        if (demand->wanted[link]) {
            return true;
        }
    }
    return false;
}

static void end_start(struct vgpu_protection *protection, struct vgpu_port *port, unsigned index)
{
    struct vgpu_link *link = &port->links[index];
    const struct vgpu_monitor *monitor = &port->monitor;
    bool is_hdcp = index == VGPU_LINK_HDCP;
    bool revoked = is_hdcp && is_revoked(protection, monitor);
    link->state = VGPU_LINK_FAILED;
    if (!monitor->plugged || (is_hdcp && !monitor->has_hdcp)) {
        return;
    }
    if (revoked) {
        tell(port, VIT_OPM_STATUS_REVOKED_HDCP_DEVICE_ATTACHED | VIT_OPM_STATUS_LINK_LOST);
        return;
    }
    link->state = VGPU_LINK_ON;
    for (struct vgpu_demand *demand = port->demands; demand != NULL; demand = demand->next) {
        demand->reached[index] = demand->wanted[index];
    }
}

static void start(struct vgpu_protection *protection, struct vgpu_port *port, unsigned index)
{
    struct vgpu_link *link = &port->links[index];
    link->state = VGPU_LINK_STARTING;
    link->due_ns = vit_now_ns() + (uint64_t)port->monitor.delay_ms * 1000000u;
    if (port->monitor.delay_ms == 0) {
        end_start(protection, port, index);
    }
}

/* Was anything on, or on its way? */
static bool fail(struct vgpu_port *port, unsigned index)
{
    struct vgpu_link *link = &port->links[index];
    bool lives = link->state == VGPU_LINK_ON || link->state == VGPU_LINK_STARTING;
    if (lives) {
        link->state = VGPU_LINK_FAILED;
    }
    return lives;
}

static void fail_all(struct vgpu_port *port)
{
    for (unsigned i = 0; i < VGPU_LINK_COUNT; i++) {
        (void)fail(port, i);
    }
}

bool vgpu_protection_is_on(const struct vgpu_protection *protection, unsigned output, unsigned link)
{
    const struct vgpu_port *port = &protection->ports[output];
    if (port->stated == VGPU_LEVEL_LOST) {
        return false;
    }
    if (port->stated != VGPU_LEVEL_NONE && link == VGPU_LINK_HDCP) {
        return port->stated == VGPU_LEVEL_HDCP;
    }
    return port->links[link].state == VGPU_LINK_ON;
}

bool vgpu_protection_allows(const struct vgpu_protection *protection, unsigned output,
        bool needs_hdcp)
{
    bool needs[VGPU_LINK_COUNT] = { [VGPU_LINK_HDCP] = needs_hdcp || protection->require_hdcp };
    for (unsigned i = 0; i < VGPU_LINK_COUNT; i++) {
        needs[i] |= anybody_wants(&protection->ports[output], i);
        if (needs[i] && !vgpu_protection_is_on(protection, output, i)) {
            return false;
        }
    }
    return true;
}

enum vgpu_level vgpu_protection_level(const struct vgpu_protection *protection, unsigned output)
{
    const struct vgpu_port *port = &protection->ports[output];
    if (port->stated != VGPU_LEVEL_NONE) {
        return port->stated;
    }
    switch (port->links[VGPU_LINK_HDCP].state) {
    case VGPU_LINK_ON:
        return VGPU_LEVEL_HDCP;
    case VGPU_LINK_FAILED:
        return is_revoked(protection, &port->monitor) ? VGPU_LEVEL_REVOKED : VGPU_LEVEL_LOST;
    default:
        return VGPU_LEVEL_NONE;
    }
}

enum vit_status vgpu_protection_state_level(struct vgpu_protection *protection, unsigned output,
        enum vgpu_level level)
{
    if (output >= protection->count || level < VGPU_LEVEL_NONE || level > VGPU_LEVEL_REVOKED) {
        return VIT_E_ARG;
    }
    struct vgpu_port *port = &protection->ports[output];
    if (level == port->stated) {
        return VIT_OK;
    }
    port->stated = level;
    if (level == VGPU_LEVEL_LOST) {
        tell(port, VIT_OPM_STATUS_LINK_LOST);
    }
    if (level == VGPU_LEVEL_REVOKED) {
        tell(port, VIT_OPM_STATUS_REVOKED_HDCP_DEVICE_ATTACHED | VIT_OPM_STATUS_LINK_LOST);
    }
    return VIT_OK;
}

void vgpu_protection_set_monitor(struct vgpu_protection *protection, unsigned output,
        const struct vgpu_monitor *monitor)
{
    struct vgpu_port *port = &protection->ports[output];
    bool was_plugged = port->monitor.plugged;
    port->monitor = *monitor;
    if (was_plugged && !monitor->plugged) {
        fail_all(port);
        tell(port, VIT_OPM_STATUS_LINK_LOST);
        return;
    }
    if (!was_plugged && monitor->plugged) {
        tell(port, VIT_OPM_STATUS_RENEGOTIATION_REQUIRED);
        return;
    }
    if (is_revoked(protection, monitor) && fail(port, VGPU_LINK_HDCP)) {
        tell(port, VIT_OPM_STATUS_REVOKED_HDCP_DEVICE_ATTACHED | VIT_OPM_STATUS_LINK_LOST);
    }
    if (!monitor->has_hdcp && fail(port, VGPU_LINK_HDCP)) {
        tell(port, VIT_OPM_STATUS_LINK_LOST);
    }
}

void vgpu_protection_tamper(struct vgpu_protection *protection, unsigned output)
{
    struct vgpu_port *port = &protection->ports[output];
    fail_all(port);
    tell(port, VIT_OPM_STATUS_TAMPERING_DETECTED);
}

void vgpu_protection_add(struct vgpu_protection *protection, struct vgpu_demand *demand)
{
    struct vgpu_port *port = &protection->ports[demand->output];
    demand->next = port->demands;
    demand->link = &port->demands;
    if (demand->next != NULL) {
        demand->next->link = &demand->next;
    }
    port->demands = demand;
}

static void stop_unwanted(struct vgpu_port *port)
{
    for (unsigned i = 0; i < VGPU_LINK_COUNT; i++) {
        if (!anybody_wants(port, i)) {
            port->links[i].state = VGPU_LINK_OFF;
        }
    }
}

void vgpu_protection_remove(struct vgpu_protection *protection, struct vgpu_demand *demand)
{
    *demand->link = demand->next;
    if (demand->next != NULL) {
        demand->next->link = demand->link;
    }
    stop_unwanted(&protection->ports[demand->output]);
}

void vgpu_protection_command(struct vgpu_protection *protection, struct vgpu_demand *demand,
        unsigned link, bool on)
{
    struct vgpu_port *port = &protection->ports[demand->output];
    demand->wanted[link] = on;
    demand->reached[link] = on && port->links[link].state == VGPU_LINK_ON;
    if (!on) {
        stop_unwanted(port);
        return;
    }
    if (port->links[link].state == VGPU_LINK_OFF || port->links[link].state == VGPU_LINK_FAILED) {
        start(protection, port, link);
    }
}

enum vit_status vgpu_protection_set_srm(struct vgpu_protection *protection, uint32_t version,
        const uint8_t *ksvs, size_t count)
{
    if (protection->has_srm && version < protection->srm_version) {
        return VIT_E_REFUSED;
    }
    uint8_t(*revoked)[VGPU_KSV_LEN] = calloc(count + 1, VGPU_KSV_LEN);
    if (revoked == NULL) {
        return VIT_E_NOMEM;
    }
    if (count > 0) {
        memcpy(revoked, ksvs, count * VGPU_KSV_LEN);
    }
    free(protection->revoked);
    protection->revoked = revoked;
    protection->revoked_count = count;
    protection->srm_version = version;
    protection->has_srm = true;
    for (unsigned i = 0; i < protection->count; i++) {
        struct vgpu_port *port = &protection->ports[i];
        if (is_revoked(protection, &port->monitor) && fail(port, VGPU_LINK_HDCP)) {
            tell(port, VIT_OPM_STATUS_REVOKED_HDCP_DEVICE_ATTACHED | VIT_OPM_STATUS_LINK_LOST);
        }
    }
    return VIT_OK;
}

uint64_t vgpu_protection_due(const struct vgpu_protection *protection)
{
    uint64_t due = 0;
    for (unsigned i = 0; i < protection->count; i++) {
        for (unsigned k = 0; k < VGPU_LINK_COUNT; k++) {
            const struct vgpu_link *link = &protection->ports[i].links[k];
            if (link->state == VGPU_LINK_STARTING && (due == 0 || link->due_ns < due)) {
                due = link->due_ns;
            }
        }
    }
    return due;
}

void vgpu_protection_poll(struct vgpu_protection *protection)
{
    uint64_t due = vgpu_protection_due(protection);
    if (due == 0) {
        return;
    }
    uint64_t now = vit_now_ns();
    for (unsigned i = 0; i < protection->count; i++) {
        for (unsigned k = 0; k < VGPU_LINK_COUNT; k++) {
            struct vgpu_link *link = &protection->ports[i].links[k];
            if (link->state == VGPU_LINK_STARTING && link->due_ns <= now) {
                end_start(protection, &protection->ports[i], k);
            }
        }
    }
}
