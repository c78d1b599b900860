/* SPDX-License-Identifier: MIT */
/**
 * From the text of a configuration to a link.
 */
#ifndef KMD_STUB_OPEN_H
#define KMD_STUB_OPEN_H

#include "include/vitrine_host.h"
#include "kmd-stub/link.h"
#include "kmd-stub/transport.h"

/* Why something cannot be opened: one line. */
struct vit_open_error {
    char text[256];
};

/* Writes the line; returns status. */
enum vit_status vit_open_fail(struct vit_open_error *error, enum vit_status status,
        const char *format, ...) __attribute__((format(printf, 3, 4)));

struct vit_opened {
    struct vit_link *link;           /* owned by the caller */
    struct vit_transport *transport; /* the link's, with the display; goes with it; drm: NULL */
};

/* "embedded:" or NULL, "vhost:PATH", "drm:RENDER[,card=PATH|,fd=NUMBER]". */
VIT_RESULT vit_open(const struct vitrine_host_config *config, struct vit_open_error *error,
        struct vit_opened *opened);

#endif
