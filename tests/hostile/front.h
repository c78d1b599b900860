/* SPDX-License-Identifier: MIT */
/**
 * A front-end that may do anything: it talks vhost-user to a real vitrine-gpu process, has guest
 * memory of its own in a memfd, and writes rings by hand. What fails here fails the test, but for
 * what the device refuses: that is told by what a function returns.
 */
#ifndef TESTS_HOSTILE_FRONT_H
#define TESTS_HOSTILE_FRONT_H

#include <linux/virtio_gpu.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/device_process.h"
#include "wire/vhost_message.h"

enum {
    FRONT_RING_SIZE = 64,
    FRONT_RING_LEN = 4096, /* bytes of memory that each part of a ring has */
    FRONT_REQUEST = 0x10000,
    FRONT_ANSWER = 0x20000,
    FRONT_FREE = 0x30000, /* from here on memory is the test's */
    FRONT_LOW_LEN = 8 << 20,
    FRONT_HIGH_LEN = 1 << 20, /* directly behind the low region, in a file of its own */
    FRONT_QUEUES = 2,
    FRONT_OK = VIRTIO_GPU_RESP_OK_NODATA,
};
#define FRONT_USER UINT64_C(0x7e0000000000)

struct front {
    int socket, memory, high_memory, display;
    int kick[FRONT_QUEUES], call[FRONT_QUEUES];
    uint8_t *low, *high; /* our mappings */
    uint16_t offered[FRONT_QUEUES];
    uint16_t base[FRONT_QUEUES]; /* where rings begin */
    uint64_t fence, sequence;
};

/* Connected; nothing is said yet. */
void front_connect(struct front *front, const struct support *support);
/* And everything said that an honest front-end says: both rings run. */
void front_open(struct front *front, const struct support *support);
void front_close(struct front *front);

/* vhost-user. false: the device hung up. */
bool front_say(struct front *front, uint32_t request, const void *payload, uint32_t size,
        const int *fds, size_t fd_count);
bool front_say_flags(struct front *front, uint32_t request, uint32_t flags, const void *payload,
        uint32_t size, const int *fds, size_t fd_count);
/* Any bytes, with descriptors. */
void front_send(struct front *front, const void *bytes, size_t len, const int *fds,
        size_t fd_count);
/* With a reply: the number in it. */
bool front_ask(struct front *front, uint32_t request, uint64_t *number);
/* The device does nothing more of what it was told or kicked before. false: it hung up. */
bool front_settle(struct front *front);
/* It hung up, or does so soon. */
bool front_is_given_up(struct front *front);

/* The steps of an honest front-end, one by one. */
enum { FRONT_STEP_MEMORY = 3, FRONT_STEPS = 16 };
bool front_step(struct front *front, unsigned step);
void front_memory_table(const struct front *front, struct vhost_memory *table);

/* Rings. */
struct vring_desc *front_descriptors(struct front *front, unsigned queue);
struct vring_avail *front_available(struct front *front, unsigned queue);
struct vring_used *front_used(struct front *front, unsigned queue);
uint8_t *front_at(struct front *front, uint64_t address);
void front_describe(struct front *front, unsigned queue, uint16_t index, uint64_t address,
        uint32_t len, uint16_t flags, uint16_t next);
/* One more entry in the available ring, and a kick. */
void front_offer(struct front *front, unsigned queue, uint16_t head);
void front_kick(struct front *front, unsigned queue);

/* An honest request: the type of the answer, or 0 when none came and the device hung up or the ring
 * is broken. */
uint32_t front_call(struct front *front, const void *request, size_t len);
uint32_t front_call_room(struct front *front, const void *request, size_t len, size_t answer_len);

/* Commands. */
uint32_t front_context(struct front *front, uint32_t context);
uint32_t front_buffer(struct front *front, uint32_t context, uint32_t resource, uint64_t address,
        uint32_t len);
uint32_t front_protected(struct front *front, uint32_t context, uint32_t resource, uint32_t format,
        uint32_t width, uint32_t height);
/* One message as a submission; its reply comes to offset in resource. */
struct front_place {
    uint32_t context, resource;
    uint64_t address; /* of the resource */
};
uint32_t front_submit(struct front *front, const struct front_place *place, const uint8_t *message,
        size_t len, uint32_t *status);
/* The same without waiting for the answer. */
void front_post(struct front *front, const struct front_place *place, const uint8_t *message,
        size_t len);
uint32_t front_submit_raw(struct front *front, uint32_t context, const uint8_t *bytes, size_t len);
/* Session with a key; its id. */
uint64_t front_session(struct front *front, const struct front_place *place, const uint8_t key[16]);

/* The device as a whole. */
struct front_health {
    unsigned fds; /* 0: nobody may look; too many end it all the same */
    long memory_kib;
};
/* Starts a device that can have few descriptors, and notes its health. */
void front_start_device(struct support *support, const char *const *extra,
        struct front_health *health);
/* An honest front-end plays a frame, sees it and goes; the device is as well as it was. */
void front_expect_well(const struct support *support, const struct front_health *health,
        const char *after);
/* Nothing keeps it busy. */
void front_expect_idle(const struct support *support, const char *after);
/* How often the device's log says that. */
unsigned front_log_count(const struct support *support, const char *words);

#endif
