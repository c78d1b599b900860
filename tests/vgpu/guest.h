/* SPDX-License-Identifier: MIT */
/**
 * What stands around a device under test: memory in two regions, the driver's side of two rings, and
 * a display that keeps its pictures. Everything that fails here fails the test.
 */
#ifndef TESTS_VGPU_GUEST_H
#define TESTS_VGPU_GUEST_H

#include <linux/virtio_gpu.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certs/chain.h"
#include "vgpu/device.h"

enum {
    GUEST_RING_SIZE = 64,
    GUEST_LOW_LEN = 16 << 20, /* at guest address 0 */
    GUEST_HIGH_LEN = 8 << 20, /* at GUEST_HIGH */
};
#define GUEST_HIGH UINT64_C(0x100000000)
#define GUEST_USER                                                                                 \
    UINT64_C(0x7f0000000000) /* of the low region; the high one is GUEST_HIGH above */

struct guest_ring {
    uint64_t descriptors, available, used; /* guest addresses */
    uint16_t next_descriptor, offered, seen;
    bool done[GUEST_RING_SIZE];    /* by head: given back, */
    uint32_t len[GUEST_RING_SIZE]; /* with that many bytes */
};

struct guest_picture {
    uint32_t width, height; /* 0: off */
    uint8_t *pixels;        /* B, G, R, X */
    unsigned sizes, updates;
    uint32_t x, y, last_width, last_height; /* of the last update */
};

struct guest {
    struct vgpu_host host;
    struct vgpu_device *device;
    uint64_t features;
    uint8_t *low, *high;
    uint64_t next_low, next_high; /* not given out yet */
    struct guest_ring rings[VGPU_QUEUE_COUNT];
    unsigned interrupts[VGPU_QUEUE_COUNT];
    struct guest_picture pictures[VGPU_MAX_OUTPUTS];
    bool display_busy;
    unsigned display_room; /* messages until it is busy; 0: not counted */
    unsigned cursor_messages;
    uint64_t fence; /* of the last fenced request */
};

/* Memory and rings only. */
void guest_init(struct guest *guest);
void guest_finish(struct guest *guest);
/* And a device, its queues running. config: chain and key are added here. */
void guest_open(struct guest *guest, const struct vgpu_config *config, enum vit_custody custody);
/* As guest_open() with defaults, custody driver, jobs on this thread. */
void guest_open_plain(struct guest *guest);
void guest_close(struct guest *guest);

void guest_regions(const struct guest *guest, struct vgpu_region regions[2]);
/* For vgpu_device_start_queue(). */
struct vgpu_ring guest_ring_of(const struct guest *guest, unsigned queue);
/* The bytes of a file that make_chains wrote; the caller frees. */
uint8_t *guest_read_file(const char *name, size_t *len);
/* The private key that belongs to the chains. */
struct vit_private_key *guest_key(void);

/* Zeroed, page aligned; a guest address of the low or the high region. */
uint64_t guest_alloc(struct guest *guest, uint64_t len);
uint64_t guest_alloc_high(struct guest *guest, uint64_t len);
void *guest_at(const struct guest *guest, uint64_t address);

/* Ring level: raw descriptors, available entries, used entries. */
void guest_describe(struct guest *guest, unsigned queue, uint16_t index,
        const struct vring_desc *descriptor);
void guest_offer(struct guest *guest, unsigned queue, uint16_t head);
void guest_set_available(struct guest *guest, unsigned queue, uint16_t index);
/* Takes used entries; true: head is among what came back so far. */
bool guest_collect(struct guest *guest, unsigned queue, uint16_t head);
uint16_t guest_used_index(const struct guest *guest, unsigned queue);

/* Request level: places request and room for an answer, offers and kicks. */
struct guest_request {
    uint16_t head;
    uint64_t answer;
    size_t answer_len;
};
struct guest_request guest_post(struct guest *guest, const void *request, size_t len,
        size_t answer_len);
bool guest_answered(struct guest *guest, const struct guest_request *request);
uint32_t guest_answer_type(struct guest *guest, const struct guest_request *request);
/* Polls the device until the answer is there, at most some seconds. Returns its type. */
uint32_t guest_wait(struct guest *guest, const struct guest_request *request);
/* All of that; answer may be NULL. */
uint32_t guest_call(struct guest *guest, const void *request, size_t len, void *answer,
        size_t answer_len);
/* Lets the device work until it is not busy. */
void guest_settle(struct guest *guest);

/* Commands. Each returns the type of the answer. */
uint32_t guest_context_create(struct guest *guest, uint32_t context);
uint32_t guest_context_destroy(struct guest *guest, uint32_t context);
uint32_t guest_attach(struct guest *guest, uint32_t context, uint32_t resource);
uint32_t guest_detach(struct guest *guest, uint32_t context, uint32_t resource);
uint32_t guest_create_buffer(struct guest *guest, uint32_t resource, uint32_t len);
/* A picture in guest memory. */
uint32_t guest_create_picture(struct guest *guest, uint32_t resource, uint32_t format,
        uint32_t width, uint32_t height);
uint32_t guest_create_image(struct guest *guest, uint32_t resource, uint32_t format, uint32_t width,
        uint32_t height);
uint32_t guest_create_protected(struct guest *guest, uint32_t resource, uint32_t format,
        uint32_t width, uint32_t height);
uint32_t guest_unref(struct guest *guest, uint32_t resource);
uint32_t guest_back(struct guest *guest, uint32_t resource, uint64_t address, uint32_t len);
/* In pages of 4 KiB, each somewhere else; pages[] gets their addresses. */
uint32_t guest_back_scattered(struct guest *guest, uint32_t resource, uint64_t *pages,
        size_t count);
uint32_t guest_unback(struct guest *guest, uint32_t resource);
uint32_t guest_transfer(struct guest *guest, uint32_t resource, uint64_t offset, uint32_t x,
        uint32_t y, uint32_t width, uint32_t height);
uint32_t guest_set_scanout(struct guest *guest, uint32_t output, uint32_t resource, uint32_t x,
        uint32_t y, uint32_t width, uint32_t height);
uint32_t guest_flush(struct guest *guest, uint32_t resource, uint32_t x, uint32_t y, uint32_t width,
        uint32_t height);
struct guest_request guest_post_submit(struct guest *guest, uint32_t context, const void *bytes,
        size_t len, bool fenced);
uint32_t guest_submit(struct guest *guest, uint32_t context, const void *bytes, size_t len);

/* A buffer that is created, backed and attached; returns its address. */
uint64_t guest_make_buffer(struct guest *guest, uint32_t context, uint32_t resource, uint32_t len);
/* A protected resource that is created and attached. */
void guest_make_protected(struct guest *guest, uint32_t context, uint32_t resource, uint32_t format,
        uint32_t width, uint32_t height);

#endif
