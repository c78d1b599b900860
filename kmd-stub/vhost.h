/* SPDX-License-Identifier: MIT */
/**
 * The transport whose device is a process behind a vhost-user socket: this end stands where QEMU
 * stands. The arena is the guest's memory, eventfds kick and interrupt, and the far end of the
 * display socket is here.
 */
#ifndef KMD_STUB_VHOST_H
#define KMD_STUB_VHOST_H

#include "kmd-stub/open.h"
#include "kmd-stub/transport.h"

/* Connects and asks what the device offers. @return VIT_E_ARG, VIT_E_IO, VIT_E_GONE,
 * VIT_E_PROTOCOL, VIT_E_NOMEM; error says what */
VIT_RESULT vit_vhost_open(const char *path, struct vit_open_error *error,
        struct vit_transport **transport);

#endif
