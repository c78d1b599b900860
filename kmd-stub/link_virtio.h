/* SPDX-License-Identifier: MIT */
/**
 * The link that is a virtio-gpu driver in user space: its guest memory is an arena of this process,
 * its rings are carried by a transport.
 */
#ifndef KMD_STUB_LINK_VIRTIO_H
#define KMD_STUB_LINK_VIRTIO_H

#include "kmd-stub/link.h"
#include "kmd-stub/transport.h"

/* Starts the device and reads its capset. Takes the transport, on failure too.
 * @return VIT_E_UNSUPPORTED not a Vitrine device; VIT_E_NOMEM, VIT_E_GONE, VIT_E_PROTOCOL */
VIT_RESULT vit_link_virtio_create(struct vit_transport *transport, struct vit_link **link);

#endif
