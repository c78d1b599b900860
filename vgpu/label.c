/* SPDX-License-Identifier: MIT */
#include "vgpu/label.h"

static void unlink_resource(struct vgpu_resource *resource)
{
    if (resource->label_link == NULL) {
        return;
    }
    *resource->label_link = resource->label_next;
    if (resource->label_next != NULL) {
        resource->label_next->label_link = resource->label_link;
    }
    resource->label_next = NULL;
    resource->label_link = NULL;
}

void vgpu_label_set(struct vgpu_resource *resource, const struct vgpu_label *label,
        struct vgpu_resource **list)
{
    if (vgpu_label_equal(&resource->label, label)) {
        return;
    }
    unlink_resource(resource);
    resource->label = *label;
    resource->label_next = *list;
    resource->label_link = list;
    if (resource->label_next != NULL) {
        resource->label_next->label_link = &resource->label_next;
    }
    *list = resource;
}

void vgpu_label_clear(struct vgpu_resource *resource)
{
    unlink_resource(resource);
    resource->label = (struct vgpu_label){ .session = 0 };
    resource->needs_hdcp = false;
}
