/* SPDX-License-Identifier: MIT */
/**
 * The vhost-user protocol as far as a GPU back-end needs it: numbers and layouts of QEMU's public
 * docs/interop/vhost-user (and vhost-user-gpu for GPU_SET_SOCKET). Both ends of the "vhost:" link
 * include this; numbers travel in the machine's byte order, as the protocol says.
 */
#ifndef WIRE_VHOST_USER_H
#define WIRE_VHOST_USER_H

#include <stdint.h>

enum vhost_request {
    VHOST_GET_FEATURES = 1,
    VHOST_SET_FEATURES = 2,
    VHOST_SET_OWNER = 3,
    VHOST_RESET_OWNER = 4,
    VHOST_SET_MEM_TABLE = 5,
    VHOST_SET_VRING_NUM = 8,
    VHOST_SET_VRING_ADDR = 9,
    VHOST_SET_VRING_BASE = 10,
    VHOST_GET_VRING_BASE = 11,
    VHOST_SET_VRING_KICK = 12,
    VHOST_SET_VRING_CALL = 13,
    VHOST_SET_VRING_ERR = 14,
    VHOST_GET_PROTOCOL_FEATURES = 15,
    VHOST_SET_PROTOCOL_FEATURES = 16,
    VHOST_GET_QUEUE_NUM = 17,
    VHOST_SET_VRING_ENABLE = 18,
    VHOST_GET_CONFIG = 24,
    VHOST_SET_CONFIG = 25,
    VHOST_GPU_SET_SOCKET = 33,
    VHOST_REQUEST_COUNT = 34,
};

/* Flags of a message. */
enum {
    VHOST_VERSION = 1,
    VHOST_VERSION_MASK = 3,
    VHOST_REPLY = 1 << 2,
    VHOST_NEED_REPLY = 1 << 3,
};

enum { VHOST_F_PROTOCOL_FEATURES = 30 };
enum { VHOST_PROTOCOL_F_REPLY_ACK = 3, VHOST_PROTOCOL_F_CONFIG = 9 };

enum { VHOST_MAX_FDS = 8, VHOST_MAX_REGIONS = 8, VHOST_CONFIG_MAX_LEN = 256 };

/* In the u64 of SET_VRING_KICK, CALL and ERR. */
enum { VHOST_VRING_INDEX_MASK = 0xff, VHOST_VRING_NO_FD = 0x100 };

struct vhost_header {
    uint32_t request;
    uint32_t flags;
    uint32_t size;
};

struct vhost_vring_state {
    uint32_t index;
    uint32_t number;
};

struct vhost_vring_addr {
    uint32_t index;
    uint32_t flags;
    uint64_t descriptors, used, available, log;
};

struct vhost_region {
    uint64_t guest_address, size, user_address, mmap_offset;
};

struct vhost_memory {
    uint32_t count;
    uint32_t padding;
    struct vhost_region regions[VHOST_MAX_REGIONS];
};

struct vhost_config {
    uint32_t offset, size, flags;
    uint8_t bytes[VHOST_CONFIG_MAX_LEN];
};

union vhost_payload {
    uint64_t number;
    struct vhost_vring_state state;
    struct vhost_vring_addr addr;
    struct vhost_memory memory;
    struct vhost_config config;
};

_Static_assert(sizeof(struct vhost_header) == 12, "as on the socket");
_Static_assert(sizeof(struct vhost_vring_addr) == 40, "as on the socket");
_Static_assert(sizeof(struct vhost_region) == 32, "as on the socket");
_Static_assert(sizeof(struct vhost_config) == 268, "as on the socket");

#endif
