/* SPDX-License-Identifier: MIT */
#include "vgpu/opm.h"

#include <stdlib.h>

#include "crypto-session/srm.h"
#include "vgpu/engine_impl.h"

enum {
    REFRESH_HZ = 60,
    BUS_OTHER = 0,
    VERIFY_COST = 2 * 1024 * 1024, /* of a budget: more than a turn's, so there is one in a turn */
};

static enum vit_status add(struct vgpu_context *context, struct vgpu_opm *opm)
{
    VIT_TRY(vit_opm_create(context->engine->slab, &opm->crypto));
    return vit_ids_add(&context->opms, opm, &opm->id);
}

enum vit_status vgpu_opm_create(struct vgpu_context *context, uint32_t output,
        struct vgpu_opm **out)
{
    struct vgpu_protection *protection = context->engine->protection;
    if (protection == NULL || output >= protection->count) {
        return VIT_E_ARG;
    }
    struct vgpu_opm *opm = calloc(1, sizeof(*opm));
    if (opm == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status = add(context, opm);
    if (status != VIT_OK) {
        vit_opm_destroy(opm->crypto);
        free(opm);
        return status;
    }
    opm->demand.output = output;
    vgpu_protection_add(protection, &opm->demand);
    *out = opm;
    return VIT_OK;
}

struct vgpu_opm *vgpu_opm_find(const struct vgpu_context *context, uint64_t id)
{
    return vit_ids_get(&context->opms, id);
}

void vgpu_opm_destroy(struct vgpu_context *context, struct vgpu_opm *opm)
{
    (void)vit_ids_remove(&context->opms, opm->id);
    vgpu_protection_remove(context->engine->protection, &opm->demand);
    vit_opm_destroy(opm->crypto);
    free(opm);
}

void vgpu_opm_destroy_all(struct vgpu_context *context)
{
    uint32_t cursor = 0;
    uint64_t id;
    for (struct vgpu_opm *opm = vit_ids_next(&context->opms, &cursor, &id); opm != NULL;
            opm = vit_ids_next(&context->opms, &cursor, &id)) {
        vgpu_opm_destroy(context, opm);
    }
}

static uint32_t types_of(const bool links[VGPU_LINK_COUNT])
{
    return (links[VGPU_LINK_HDCP] ? VIT_OPM_TYPE_HDCP : 0) |
            (links[VGPU_LINK_DPCP] ? VIT_OPM_TYPE_DPCP : 0);
}

/* OPM_CONNECTOR_TYPE */
static uint32_t connector_type(uint32_t connector)
{
    enum { VGA = 0, DVI = 4, HDMI = 5, DISPLAYPORT_EXTERNAL = 10 };
    switch (connector) {
    case VGPU_CONNECTOR_VGA:
        return VGA;
    case VGPU_CONNECTOR_DVI:
        return DVI;
    case VGPU_CONNECTOR_DISPLAYPORT:
        return DISPLAYPORT_EXTERNAL;
    default:
        return HDMI;
    }
}

static struct vit_opm_facts facts_of(const struct vgpu_protection *protection,
        const struct vgpu_demand *demand)
{
    const struct vgpu_port *port = &protection->ports[demand->output];
    bool on[VGPU_LINK_COUNT];
    for (unsigned i = 0; i < VGPU_LINK_COUNT; i++) {
        on[i] = vgpu_protection_is_on(protection, demand->output, i);
    }
    return (struct vit_opm_facts){
        .id = port->id,
        .connector = connector_type(protection->connector),
        .bus = BUS_OTHER,
        .supported = vgpu_protection_types(protection),
        .virtual_on = types_of(demand->reached),
        .actual_on = types_of(on),
        .status = demand->status,
        .width = port->width,
        .height = port->height,
        .refresh_hz = port->width != 0 ? REFRESH_HZ : 0,
        .has_srm = protection->has_srm,
        .srm_version = protection->srm_version,
    };
}

enum vit_opm_result vgpu_opm_information(struct vgpu_context *context, struct vgpu_opm *opm,
        const uint8_t request[VIT_OPM_GET_INFO_LEN], uint8_t answer[VIT_OPM_ANSWER_LEN])
{
    const struct vgpu_engine *engine = context->engine;
    vgpu_protection_poll(engine->protection);
    struct vit_opm_facts facts = facts_of(engine->protection, &opm->demand);
    enum vit_opm_result result =
            vit_opm_information(opm->crypto, engine->tools.cipher, request, &facts, answer);
    if (result == VIT_OPM_OK) {
        opm->demand.status = 0; /* told once */
    }
    return result;
}

static enum vit_opm_result set_srm(struct vgpu_engine *engine,
        const struct vit_opm_command *command, const uint8_t *additional, size_t additional_len)
{
    struct vgpu_protection *protection = engine->protection;
    struct vit_srm srm;
    engine->budget -= VERIFY_COST;
    switch (vit_srm_read(additional, additional_len, protection->srm_key, &srm)) {
    case VIT_OK:
        break;
    case VIT_E_REFUSED:
        return VIT_OPM_INVALID_SRM;
    default:
        return VIT_OPM_DRIVER_INTERNAL_ERROR;
    }
    enum vit_status status = srm.version == command->srm_version
            ? vgpu_protection_set_srm(protection, srm.version, srm.ksvs, srm.count)
            : VIT_E_REFUSED;
    vit_srm_finish(&srm);
    switch (status) {
    case VIT_OK:
        return VIT_OPM_OK;
    case VIT_E_REFUSED:
        return VIT_OPM_INVALID_SRM;
    default:
        return VIT_OPM_DRIVER_INTERNAL_ERROR;
    }
}

enum vit_opm_result vgpu_opm_configure(struct vgpu_context *context, struct vgpu_opm *opm,
        const uint8_t request[VIT_OPM_CONFIGURE_LEN], const uint8_t *additional,
        size_t additional_len)
{
    struct vgpu_engine *engine = context->engine;
    struct vit_opm_command command;
    enum vit_opm_result result = vit_opm_configure(opm->crypto, engine->tools.cipher, request,
            additional_len, vgpu_protection_types(engine->protection), &command);
    if (result != VIT_OPM_OK) {
        return result;
    }
    if (command.kind == VIT_OPM_SET_SRM) {
        return set_srm(engine, &command, additional, additional_len);
    }
    unsigned link = command.type == VIT_OPM_TYPE_HDCP ? VGPU_LINK_HDCP : VGPU_LINK_DPCP;
    vgpu_protection_command(engine->protection, &opm->demand, link,
            command.level == VIT_OPM_LEVEL_ON);
    return VIT_OPM_OK;
}
