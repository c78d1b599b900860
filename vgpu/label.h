/* SPDX-License-Identifier: MIT */
/**
 * The label of a protected resource: the one session whose content it holds. Each session keeps the
 * list of what it labelled, so that destroying it finds all of that. Owner thread only.
 */
#ifndef VGPU_LABEL_H
#define VGPU_LABEL_H

#include <stdbool.h>

#include "vgpu/resource.h"

static inline bool vgpu_label_is_none(const struct vgpu_label *label)
{
    return label->session == 0;
}

static inline bool vgpu_label_equal(const struct vgpu_label *a, const struct vgpu_label *b)
{
    return a->context == b->context && a->session == b->session;
}

/* Labels the resource and links it into list, out of the one it was in. */
void vgpu_label_set(struct vgpu_resource *resource, const struct vgpu_label *label,
        struct vgpu_resource **list);
/* No label, no list, no level required. The bytes are the caller's business. */
void vgpu_label_clear(struct vgpu_resource *resource);

#endif
