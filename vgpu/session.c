/* SPDX-License-Identifier: MIT */
#include "vgpu/session.h"

#include <stdlib.h>

#include "vgpu/channel.h"
#include "vgpu/engine_impl.h"
#include "vgpu/label.h"

static enum vit_status add(struct vgpu_context *context, struct vgpu_session *session)
{
    VIT_TRY(vit_crypto_session_create(context->engine->slab, &session->crypto));
    return vit_ids_add(&context->sessions, session, &session->id);
}

enum vit_status vgpu_session_create(struct vgpu_context *context, uint64_t *id)
{
    struct vgpu_session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status = add(context, session);
    if (status != VIT_OK) {
        vit_crypto_session_destroy(session->crypto);
        free(session);
        return status;
    }
    context->engine->stats.sessions++;
    *id = session->id;
    return VIT_OK;
}

struct vgpu_session *vgpu_session_find(const struct vgpu_context *context, uint64_t id)
{
    return vit_ids_get(&context->sessions, id);
}

void vgpu_session_destroy(struct vgpu_context *context, struct vgpu_session *session)
{
    (void)vit_ids_remove(&context->sessions, session->id);
    vgpu_channel_forget_session(context, session->id);
    while (session->labelled != NULL) {
        struct vgpu_resource *resource = session->labelled;
        vgpu_resource_wipe(resource);
        vgpu_engine_tell(context->engine, resource);
    }
    vit_crypto_session_destroy(session->crypto);
    free(session);
    context->engine->stats.sessions--;
}

void vgpu_session_destroy_all(struct vgpu_context *context)
{
    uint32_t cursor = 0;
    uint64_t id;
    for (struct vgpu_session *session = vit_ids_next(&context->sessions, &cursor, &id);
            session != NULL; session = vit_ids_next(&context->sessions, &cursor, &id)) {
        vgpu_session_destroy(context, session);
    }
}

struct vgpu_label vgpu_session_label(const struct vgpu_context *context,
        const struct vgpu_session *session)
{
    return (struct vgpu_label){ .context = context->id, .session = session->id };
}

void vgpu_session_take(struct vgpu_context *context, struct vgpu_session *session,
        struct vgpu_resource *resource)
{
    struct vgpu_label label = vgpu_session_label(context, session);
    vgpu_label_set(resource, &label, &session->labelled);
    if (resource->needs_hdcp != session->needs_hdcp) {
        resource->needs_hdcp = session->needs_hdcp;
        vgpu_engine_tell(context->engine, resource);
    }
}
