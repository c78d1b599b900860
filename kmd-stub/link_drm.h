/* SPDX-License-Identifier: MIT */
/**
 * The link of a real guest: libdrm on a virtio-gpu render node, and KMS on a card or a lease.
 *
 * A context is an open file of the render node, since the kernel has one context for each. The
 * kernel's own wait is never called and few submissions are in flight: a dead device would block
 * either for ever, out of reach of any signal.
 */
#ifndef KMD_STUB_LINK_DRM_H
#define KMD_STUB_LINK_DRM_H

#include "kmd-stub/link.h"
#include "kmd-stub/open.h"

/* name: RENDER[,card=PATH|,fd=NUMBER]; RENDER empty: the first node with a Vitrine device. The
 * descriptor is taken. */
VIT_RESULT vit_link_drm_open(const char *name, struct vit_open_error *error,
        struct vit_link **link);

#endif
