/* SPDX-License-Identifier: MIT */
#include "kmd-stub/open.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kmd-stub/embedded.h"
#include "kmd-stub/link_drm.h"
#include "kmd-stub/link_virtio.h"
#include "kmd-stub/vhost.h"

enum vit_status vit_open_fail(struct vit_open_error *error, enum vit_status status,
        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return status;
}

static const char *start_failure(enum vit_status status)
{
    switch (status) {
    case VIT_E_UNSUPPORTED:
        return "not a Vitrine device";
    case VIT_E_GONE:
        return "the device does not answer";
    case VIT_E_PROTOCOL:
        return "the device speaks another protocol";
    default:
        return vit_status_name(status);
    }
}

/* Rings over a transport. */
static enum vit_status open_rings(struct vit_transport *transport, const char *name,
        struct vit_open_error *error, struct vit_opened *opened)
{
    struct vit_link *link;
    enum vit_status status = vit_link_virtio_create(transport, &link);
    if (status != VIT_OK) {
        return vit_open_fail(error, status, "link \"%s\": %s", name, start_failure(status));
    }
    *opened = (struct vit_opened){ .link = link, .transport = transport };
    return VIT_OK;
}

static enum vit_status open_embedded(const struct vitrine_host_config *config, const char *rest,
        struct vit_open_error *error, struct vit_opened *opened)
{
    if (*rest != '\0') {
        return vit_open_fail(error, VIT_E_ARG, "link \"embedded:%s\": nothing may follow the colon",
                rest);
    }
    struct vit_transport *transport;
    VIT_TRY(vit_embedded_open(config, error, &transport));
    return open_rings(transport, "embedded:", error, opened);
}

static enum vit_status open_vhost(const struct vitrine_host_config *config, const char *rest,
        struct vit_open_error *error, struct vit_opened *opened)
{
    struct vit_transport *transport;
    VIT_TRY(vit_vhost_open(rest, error, &transport));
    return open_rings(transport, config->link, error, opened);
}

static enum vit_status open_drm(const struct vitrine_host_config *config, const char *rest,
        struct vit_open_error *error, struct vit_opened *opened)
{
    (void)config;
    *opened = (struct vit_opened){ .transport = NULL };
    return vit_link_drm_open(rest, error, &opened->link);
}

static const struct {
    const char *prefix;
    enum vit_status (*open)(const struct vitrine_host_config *config, const char *rest,
            struct vit_open_error *error, struct vit_opened *opened);
} kinds[] = {
    { "embedded:", open_embedded },
    { "vhost:", open_vhost },
    { "drm:", open_drm },
};

enum vit_status vit_open(const struct vitrine_host_config *config, struct vit_open_error *error,
        struct vit_opened *opened)
{
    const char *name = config->link != NULL ? config->link : "embedded:";
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i].prefix);
        if (strncmp(name, kinds[i].prefix, len) == 0) {
            return kinds[i].open(config, name + len, error, opened);
        }
    }
    return vit_open_fail(error, VIT_E_ARG, "link \"%s\": unknown", name);
}
