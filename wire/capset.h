/* SPDX-License-Identifier: MIT */
/**
 * What the device says of itself, as a private virtio-gpu capset. Guests cache it, so nothing in it
 * changes while a device runs.
 *
 * u32 magic, u16 version, u16 0, u32 custody, u32 outputs, u32 sessions per context, u32 0,
 * u64 bytes per context, u32 chain length, u32 0, then the certificate chain (DER, leaf first).
 */
#ifndef WIRE_CAPSET_H
#define WIRE_CAPSET_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
    VIT_CAPSET_ID = 29,
    VIT_CAPSET_VERSION = 1,
    VIT_CAPSET_HEADER_LEN = 40,
    VIT_CAPSET_CHAIN_MAX_LEN = 16384,
    VIT_CAPSET_MAX_LEN = VIT_CAPSET_HEADER_LEN + VIT_CAPSET_CHAIN_MAX_LEN,
};

struct vit_capset {
    uint32_t custody; /* enum vit_custody of certs/chain.h: 1 driver, 2 device */
    uint32_t outputs;
    uint32_t session_limit; /* per context */
    uint64_t byte_limit;    /* protected bytes per context */
    const uint8_t *chain;   /* borrowed */
    uint32_t chain_len;
};

/* @return VIT_E_ARG capacity too small, chain too long */
VIT_RESULT vit_capset_encode(const struct vit_capset *capset, uint8_t *out, size_t capacity,
        size_t *len);
/* Trailing bytes are ignored: a guest kernel pads to the size it was told. chain points into data.
 * @return VIT_E_PROTOCOL */
VIT_RESULT vit_capset_decode(const void *data, size_t len, struct vit_capset *capset);

#endif
