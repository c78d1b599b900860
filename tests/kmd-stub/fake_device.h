/* SPDX-License-Identifier: MIT */
/**
 * A transport whose device is the test: it serves the control ring as the virtio standard says,
 * keeps each request, and answers as it is told.
 */
#ifndef TESTS_KMD_STUB_FAKE_DEVICE_H
#define TESTS_KMD_STUB_FAKE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/virtio_gpu.h>

#include "kmd-stub/transport.h"
#include "kmd-stub/virtq.h"

enum { FAKE_MAX_REQUESTS = 512, FAKE_REQUEST_LEN = 256 };

/* A request, whole up to FAKE_REQUEST_LEN bytes. */
struct fake_request {
    uint32_t type;
    size_t len;
    uint8_t bytes[FAKE_REQUEST_LEN];
};

/* Ways to break the protocol, once. */
enum fake_fault {
    FAULT_NONE,
    FAULT_HEAD_OUTSIDE,  /* used entry of a head beyond the ring */
    FAULT_HEAD_NOT_SENT, /* of a head that the device does not have */
    FAULT_TWICE,         /* the same head twice */
    FAULT_SHORT,         /* a response shorter than its header */
    FAULT_WRONG_FENCE,
    FAULT_NO_FENCE,
};

struct fake_device {
    struct vit_transport base;
    uint64_t accepted; /* features */
    struct vit_transport_memory memory;
    struct vit_transport_queue queue;
    uint16_t next_available, next_used;
    bool *destroyed;

    struct fake_request requests[FAKE_MAX_REQUESTS];
    unsigned request_count;
    unsigned kicks, waits;

    uint32_t capset_id, capset_version;
    uint8_t capset[512];
    uint32_t capset_len;  /* as it is told */
    uint32_t refuse_type; /* requests of this type get refusal */
    uint32_t refusal;
    bool hold_submissions; /* answered by wait(), one each */
    bool deaf;             /* answers nothing at all */
    enum fake_fault fault;
    enum vit_status start_status, kick_status, wait_status;
    struct vring_desc held[FAKE_MAX_REQUESTS][2];
    uint16_t held_heads[FAKE_MAX_REQUESTS];
    unsigned held_first, held_count;
};

/* Offers 3D commands, VERSION_1 and ring_features. Freed by its own destroy. */
struct fake_device *fake_device_create(uint64_t ring_features);

/* The newest request of this type; fails the test when there is none. */
const struct fake_request *fake_device_last(const struct fake_device *device, uint32_t type);
unsigned fake_device_count(const struct fake_device *device, uint32_t type);

#endif
