/* SPDX-License-Identifier: MIT */
/** The mappings behind a SET_MEM_TABLE. */
#ifndef VGPU_VHOST_GUEST_MEMORY_H
#define VGPU_VHOST_GUEST_MEMORY_H

#include <stdbool.h>
#include <sys/types.h>

#include "vgpu/device.h"
#include "wire/vhost_message.h"

struct vhost_guest_memory {
    struct vgpu_region regions[VHOST_MAX_REGIONS];
    struct {
        void *address;
        size_t len;
        dev_t device; /* and number of the file */
        ino_t file;
    } mappings[VHOST_MAX_REGIONS];
    size_t count;
};

/* Maps what the message names and takes its descriptors; memory is as before unless VIT_OK.
 * @return VIT_E_PROTOCOL counts, descriptors or sizes do not agree; VIT_E_IO mapping failed */
VIT_RESULT vhost_guest_memory_map(struct vhost_guest_memory *memory, struct vhost_message *message);
void vhost_guest_memory_unmap(struct vhost_guest_memory *memory);

/* Do both have the same bytes of the same files at the same addresses? */
bool vhost_guest_memory_same(const struct vhost_guest_memory *a,
        const struct vhost_guest_memory *b);

#endif
