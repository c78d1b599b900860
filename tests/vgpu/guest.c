/* SPDX-License-Identifier: MIT */
#include "tests/vgpu/guest.h"

#include <criterion/criterion.h>
#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/key.h"
#include "vgpu/display.h"
#include "wire/virtio_gpu.h"

#define WAIT_LIMIT_NS UINT64_C(30000000000)

enum { PAGE_LEN = 4096, HEADER_LEN = sizeof(struct virtio_gpu_ctrl_hdr) };

/* The device's host */

static void interrupt(struct vgpu_host *host, unsigned queue)
{
    ((struct guest *)(void *)host)->interrupts[queue]++;
}

static void set_size(struct guest_picture *picture, uint32_t width, uint32_t height)
{
    free(picture->pixels);
    picture->width = width;
    picture->height = height;
    size_t len = (size_t)width * height * 4;
    picture->pixels = malloc(len + 1);
    picture->sizes++;
    cr_assert_not_null(picture->pixels);
    memset(picture->pixels, 0xdd, len); /* anything: nobody promised that it is black */
}

static void update(struct guest_picture *picture, const uint32_t *area, const uint8_t *pixels)
{
    picture->x = area[0];
    picture->y = area[1];
    picture->last_width = area[2];
    picture->last_height = area[3];
    picture->updates++;
    cr_assert(area[0] + area[2] <= picture->width && area[1] + area[3] <= picture->height);
    for (uint32_t row = 0; row < area[3]; row++) {
        memcpy(picture->pixels + ((size_t)(area[1] + row) * picture->width + area[0]) * 4,
                pixels + (size_t)row * area[2] * 4, (size_t)area[2] * 4);
    }
}

static void take_message(struct guest *guest, const uint8_t *message, size_t len)
{
    uint32_t words[8] = { 0 };
    memcpy(words, message, len < sizeof(words) ? len : sizeof(words));
    cr_assert_eq(words[2], len - VGPU_DISPLAY_HEADER_LEN, "payload length");
    cr_assert_lt(words[3], VGPU_MAX_OUTPUTS);
    struct guest_picture *picture = &guest->pictures[words[3]];
    if (words[0] == VGPU_DISPLAY_SCANOUT) {
        cr_assert_eq(len, 24);
        set_size(picture, words[4], words[5]);
        return;
    }
    if (words[0] >= VGPU_DISPLAY_CURSOR_POS && words[0] <= VGPU_DISPLAY_CURSOR_UPDATE) {
        guest->cursor_messages++;
        return;
    }
    cr_assert_eq(words[0], VGPU_DISPLAY_UPDATE);
    cr_assert_eq(len, 32 + (size_t)words[6] * words[7] * 4);
    update(picture, &words[4], message + 32);
}

static enum vit_status display(struct vgpu_host *host, const struct iovec *parts, size_t count)
{
    struct guest *guest = (struct guest *)(void *)host;
    if (guest->display_busy) {
        return VIT_E_BUSY;
    }
    cr_assert_leq(count, VGPU_DISPLAY_PARTS);
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += parts[i].iov_len;
    }
    uint8_t *message = malloc(len);
    cr_assert_not_null(message);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(message + at, parts[i].iov_base, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    take_message(guest, message, len);
    free(message);
    guest->display_busy = guest->display_room == 1;
    guest->display_room -= guest->display_room > 0 ? 1 : 0;
    return VIT_OK;
}

static const struct vgpu_host_impl host_impl = { interrupt, display, NULL, NULL };

/* Memory and rings */

static void *map(size_t len)
{
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(memory, MAP_FAILED);
    return memory;
}

void guest_init(struct guest *guest)
{
    *guest = (struct guest){ .host = { &host_impl } };
    guest->low = map(GUEST_LOW_LEN);
    guest->high = map(GUEST_HIGH_LEN);
    guest->next_low = PAGE_LEN; /* address 0 stays unused */
    guest->next_high = GUEST_HIGH;
    for (unsigned queue = 0; queue < VGPU_QUEUE_COUNT; queue++) {
        struct guest_ring *ring = &guest->rings[queue];
        ring->descriptors = guest_alloc(guest, PAGE_LEN);
        ring->available = guest_alloc(guest, PAGE_LEN);
        ring->used = guest_alloc(guest, PAGE_LEN);
    }
}

void guest_finish(struct guest *guest)
{
    munmap(guest->low, GUEST_LOW_LEN);
    munmap(guest->high, GUEST_HIGH_LEN);
    for (unsigned i = 0; i < VGPU_MAX_OUTPUTS; i++) {
        free(guest->pictures[i].pixels);
    }
}

void guest_regions(const struct guest *guest, struct vgpu_region regions[2])
{
    regions[0] = (struct vgpu_region){ 0, GUEST_USER, GUEST_LOW_LEN, guest->low };
    regions[1] = (struct vgpu_region){ GUEST_HIGH, GUEST_USER + GUEST_HIGH, GUEST_HIGH_LEN,
        guest->high };
}

struct vgpu_ring guest_ring_of(const struct guest *guest, unsigned queue)
{
    const struct guest_ring *ring = &guest->rings[queue];
    return (struct vgpu_ring){ .size = GUEST_RING_SIZE,
        .base = ring->offered,
        .descriptors = GUEST_USER + ring->descriptors,
        .available = GUEST_USER + ring->available,
        .used = GUEST_USER + ring->used };
}

uint8_t *guest_read_file(const char *name, size_t *len)
{
    char path[1024];
    const char *folder = getenv("VGPU_CHAINS");
    cr_assert_not_null(folder, "VGPU_CHAINS: set by meson test");
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(65536);
    cr_assert(file != NULL && data != NULL, "%s", path);
    *len = fread(data, 1, 65536, file);
    fclose(file);
    return data;
}

struct vit_private_key *guest_key(void)
{
    char path[1024];
    struct vit_private_key *key = NULL;
    snprintf(path, sizeof(path), "%s/key.pem", getenv("VGPU_CHAINS"));
    cr_assert_eq(vit_private_key_open(path, NULL, NULL, &key), VIT_OK);
    return key;
}

void guest_open(struct guest *guest, const struct vgpu_config *config, enum vit_custody custody)
{
    guest_init(guest);
    struct vgpu_config full = *config;
    bool device = custody == VIT_CUSTODY_DEVICE;
    uint8_t *chain = guest_read_file(device ? "device.der" : "driver.der", &full.chain_len);
    full.chain = chain;
    cr_assert_eq(vgpu_device_create(&full, &guest->host, &guest->device), VIT_OK);
    free(chain);
    struct vgpu_region regions[2];
    guest_regions(guest, regions);
    guest->features = vgpu_device_features(guest->device);
    cr_assert_eq(vgpu_device_set_features(guest->device, guest->features), VIT_OK);
    cr_assert_eq(vgpu_device_set_memory(guest->device, regions, 2), VIT_OK);
    for (unsigned queue = 0; queue < VGPU_QUEUE_COUNT; queue++) {
        struct vgpu_ring ring = guest_ring_of(guest, queue);
        cr_assert_eq(vgpu_device_start_queue(guest->device, queue, &ring), VIT_OK);
    }
}

void guest_open_plain(struct guest *guest)
{
    struct vgpu_config config = { .inline_len = SIZE_MAX, .inline_exchange = true };
    guest_open(guest, &config, VIT_CUSTODY_DRIVER);
}

void guest_close(struct guest *guest)
{
    vgpu_device_destroy(guest->device);
    guest_finish(guest);
}

static uint64_t take_pages(uint64_t *next, uint64_t len, uint64_t end)
{
    uint64_t address = *next;
    *next += (len + PAGE_LEN - 1) / PAGE_LEN * PAGE_LEN;
    cr_assert_leq(*next, end, "guest memory is used up");
    return address;
}

uint64_t guest_alloc(struct guest *guest, uint64_t len)
{
    return take_pages(&guest->next_low, len, GUEST_LOW_LEN);
}

uint64_t guest_alloc_high(struct guest *guest, uint64_t len)
{
    return take_pages(&guest->next_high, len, GUEST_HIGH + GUEST_HIGH_LEN);
}

void *guest_at(const struct guest *guest, uint64_t address)
{
    return address < GUEST_HIGH ? guest->low + address : guest->high + (address - GUEST_HIGH);
}

/* Ring level */

void guest_describe(struct guest *guest, unsigned queue, uint16_t index,
        const struct vring_desc *descriptor)
{
    struct vring_desc *table = guest_at(guest, guest->rings[queue].descriptors);
    table[index] = *descriptor;
}

void guest_set_available(struct guest *guest, unsigned queue, uint16_t index)
{
    struct vring_avail *available = guest_at(guest, guest->rings[queue].available);
    guest->rings[queue].offered = index;
    available->idx = index;
}

void guest_offer(struct guest *guest, unsigned queue, uint16_t head)
{
    struct guest_ring *ring = &guest->rings[queue];
    struct vring_avail *available = guest_at(guest, ring->available);
    available->ring[ring->offered % GUEST_RING_SIZE] = head;
    if (head < GUEST_RING_SIZE) {
        ring->done[head] = false;
    }
    guest_set_available(guest, queue, (uint16_t)(ring->offered + 1));
}

uint16_t guest_used_index(const struct guest *guest, unsigned queue)
{
    const struct vring_used *used = guest_at(guest, guest->rings[queue].used);
    return used->idx;
}

bool guest_collect(struct guest *guest, unsigned queue, uint16_t head)
{
    struct guest_ring *ring = &guest->rings[queue];
    const struct vring_used *used = guest_at(guest, ring->used);
    for (; ring->seen != used->idx; ring->seen++) {
        const struct vring_used_elem *entry = &used->ring[ring->seen % GUEST_RING_SIZE];
        cr_assert_lt(entry->id, GUEST_RING_SIZE);
        ring->done[entry->id] = true;
        ring->len[entry->id] = entry->len;
    }
    return ring->done[head];
}

/* Request level. Descriptors are used round and round: tests keep few requests in flight. */

struct guest_request guest_post(struct guest *guest, const void *request, size_t len,
        size_t answer_len)
{
    struct guest_ring *ring = &guest->rings[VGPU_QUEUE_CONTROL];
    uint64_t place = guest_alloc(guest, len);
    struct guest_request posted = { ring->next_descriptor, guest_alloc(guest, answer_len),
        answer_len };
    memcpy(guest_at(guest, place), request, len);
    uint16_t second = (uint16_t)(posted.head + 1);
    guest_describe(guest, VGPU_QUEUE_CONTROL, posted.head,
            &(struct vring_desc){ place, (uint32_t)len, VRING_DESC_F_NEXT, second });
    guest_describe(guest, VGPU_QUEUE_CONTROL, second,
            &(struct vring_desc){ posted.answer, (uint32_t)answer_len, VRING_DESC_F_WRITE, 0 });
    ring->next_descriptor = (uint16_t)((posted.head + 2) % GUEST_RING_SIZE);
    guest_offer(guest, VGPU_QUEUE_CONTROL, posted.head);
    vgpu_device_kick(guest->device, VGPU_QUEUE_CONTROL);
    return posted;
}

bool guest_answered(struct guest *guest, const struct guest_request *request)
{
    return guest_collect(guest, VGPU_QUEUE_CONTROL, request->head);
}

uint32_t guest_answer_type(struct guest *guest, const struct guest_request *request)
{
    return vit_load_le32(guest_at(guest, request->answer));
}

static void wait_for_event(struct guest *guest, uint64_t since)
{
    cr_assert_lt(vit_now_ns() - since, WAIT_LIMIT_NS, "the device does not get on");
    struct pollfd ready = { vgpu_device_event_fd(guest->device), POLLIN, 0 };
    (void)poll(&ready, 1, 1000);
    vgpu_device_poll(guest->device);
}

uint32_t guest_wait(struct guest *guest, const struct guest_request *request)
{
    uint64_t since = vit_now_ns();
    while (!guest_answered(guest, request)) {
        wait_for_event(guest, since);
    }
    return guest_answer_type(guest, request);
}

void guest_settle(struct guest *guest)
{
    uint64_t since = vit_now_ns();
    vgpu_device_poll(guest->device);
    while (vgpu_device_busy(guest->device)) {
        wait_for_event(guest, since);
    }
}

uint32_t guest_call(struct guest *guest, const void *request, size_t len, void *answer,
        size_t answer_len)
{
    uint64_t next = guest->next_low;
    size_t room = answer_len > HEADER_LEN ? answer_len : HEADER_LEN;
    struct guest_request posted = guest_post(guest, request, len, room);
    uint32_t type = guest_wait(guest, &posted);
    if (answer != NULL) {
        memcpy(answer, guest_at(guest, posted.answer), answer_len);
    }
    /* Nobody else used memory meanwhile. */
    memset(guest_at(guest, next), 0, guest->next_low - next);
    guest->next_low = next;
    return type;
}

/* Commands */

static uint32_t call(struct guest *guest, const void *request, size_t len)
{
    return guest_call(guest, request, len, NULL, 0);
}

uint32_t guest_context_create(struct guest *guest, uint32_t context)
{
    struct virtio_gpu_ctx_create ask = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE,
                                                 .ctx_id = context } };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_context_destroy(struct guest *guest, uint32_t context)
{
    struct virtio_gpu_ctx_destroy ask = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_DESTROY,
                                                  .ctx_id = context } };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_attach(struct guest *guest, uint32_t context, uint32_t resource)
{
    struct virtio_gpu_ctx_resource ask = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
                                                   .ctx_id = context },
        .resource_id = resource };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_detach(struct guest *guest, uint32_t context, uint32_t resource)
{
    struct virtio_gpu_ctx_resource ask = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE,
                                                   .ctx_id = context },
        .resource_id = resource };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_create_buffer(struct guest *guest, uint32_t resource, uint32_t len)
{
    struct virtio_gpu_resource_create_3d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D },
        .resource_id = resource,
        .target = VIT_TARGET_BUFFER,
        .format = 64,
        .bind = VIT_BIND_STAGING,
        .width = len,
        .height = 1,
        .depth = 1,
        .array_size = 1,
    };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_create_picture(struct guest *guest, uint32_t resource, uint32_t format,
        uint32_t width, uint32_t height)
{
    struct virtio_gpu_resource_create_3d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D },
        .resource_id = resource,
        .target = VIT_TARGET_2D,
        .format = format,
        .bind = VIT_BIND_STAGING,
        .width = width,
        .height = height,
        .depth = 1,
        .array_size = 1,
    };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_create_image(struct guest *guest, uint32_t resource, uint32_t format, uint32_t width,
        uint32_t height)
{
    struct virtio_gpu_resource_create_2d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D },
        .resource_id = resource,
        .format = format,
        .width = width,
        .height = height,
    };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_create_protected(struct guest *guest, uint32_t resource, uint32_t format,
        uint32_t width, uint32_t height)
{
    struct virtio_gpu_resource_create_3d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D },
        .resource_id = resource,
        .target = VIT_TARGET_2D,
        .format = format,
        .width = width,
        .height = height,
        .depth = 1,
        .array_size = 1,
        .flags = VIT_RESOURCE_FLAG_PROTECTED,
    };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_unref(struct guest *guest, uint32_t resource)
{
    struct virtio_gpu_resource_unref ask = { .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_UNREF },
        .resource_id = resource };
    return call(guest, &ask, sizeof(ask));
}

static uint32_t attach_entries(struct guest *guest, uint32_t resource,
        const struct virtio_gpu_mem_entry *entries, size_t count)
{
    struct virtio_gpu_resource_attach_backing ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING },
        .resource_id = resource,
        .nr_entries = (uint32_t)count,
    };
    size_t len = sizeof(ask) + count * sizeof(*entries);
    uint8_t *request = malloc(len);
    cr_assert_not_null(request);
    memcpy(request, &ask, sizeof(ask));
    memcpy(request + sizeof(ask), entries, count * sizeof(*entries));
    uint32_t type = call(guest, request, len);
    free(request);
    return type;
}

uint32_t guest_back(struct guest *guest, uint32_t resource, uint64_t address, uint32_t len)
{
    struct virtio_gpu_mem_entry entry = { address, len, 0 };
    return attach_entries(guest, resource, &entry, 1);
}

uint32_t guest_back_scattered(struct guest *guest, uint32_t resource, uint64_t *pages, size_t count)
{
    struct virtio_gpu_mem_entry *entries = calloc(count, sizeof(*entries));
    cr_assert_not_null(entries);
    for (size_t i = 0; i < count; i++) {
        pages[i] = i % 2 == 0 ? guest_alloc(guest, PAGE_LEN) : guest_alloc_high(guest, PAGE_LEN);
        entries[i] = (struct virtio_gpu_mem_entry){ pages[i], PAGE_LEN, 0 };
    }
    uint32_t type = attach_entries(guest, resource, entries, count);
    free(entries);
    return type;
}

uint32_t guest_unback(struct guest *guest, uint32_t resource)
{
    struct virtio_gpu_resource_detach_backing ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING },
        .resource_id = resource,
    };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_transfer(struct guest *guest, uint32_t resource, uint64_t offset, uint32_t x,
        uint32_t y, uint32_t width, uint32_t height)
{
    struct virtio_gpu_transfer_to_host_2d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D },
        .r = { x, y, width, height },
        .offset = offset,
        .resource_id = resource,
    };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_set_scanout(struct guest *guest, uint32_t output, uint32_t resource, uint32_t x,
        uint32_t y, uint32_t width, uint32_t height)
{
    struct virtio_gpu_set_scanout ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_SET_SCANOUT },
        .r = { x, y, width, height },
        .scanout_id = output,
        .resource_id = resource,
    };
    return call(guest, &ask, sizeof(ask));
}

uint32_t guest_flush(struct guest *guest, uint32_t resource, uint32_t x, uint32_t y, uint32_t width,
        uint32_t height)
{
    struct virtio_gpu_resource_flush ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_FLUSH },
        .r = { x, y, width, height },
        .resource_id = resource,
    };
    return call(guest, &ask, sizeof(ask));
}

static size_t fill_submit(struct guest *guest, uint8_t *request, uint32_t context,
        const void *bytes, size_t len, bool fenced)
{
    struct virtio_gpu_cmd_submit ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = context },
        .size = (uint32_t)len,
    };
    if (fenced) {
        ask.hdr.flags = VIRTIO_GPU_FLAG_FENCE;
        ask.hdr.fence_id = ++guest->fence;
    }
    memcpy(request, &ask, sizeof(ask));
    memcpy(request + sizeof(ask), bytes, len);
    return sizeof(ask) + len;
}

struct guest_request guest_post_submit(struct guest *guest, uint32_t context, const void *bytes,
        size_t len, bool fenced)
{
    uint8_t *request = malloc(sizeof(struct virtio_gpu_cmd_submit) + len);
    cr_assert_not_null(request);
    size_t request_len = fill_submit(guest, request, context, bytes, len, fenced);
    struct guest_request posted = guest_post(guest, request, request_len, HEADER_LEN);
    free(request);
    return posted;
}

uint32_t guest_submit(struct guest *guest, uint32_t context, const void *bytes, size_t len)
{
    uint8_t *request = malloc(sizeof(struct virtio_gpu_cmd_submit) + len);
    cr_assert_not_null(request);
    size_t request_len = fill_submit(guest, request, context, bytes, len, true);
    uint32_t type = call(guest, request, request_len);
    free(request);
    return type;
}

uint64_t guest_make_buffer(struct guest *guest, uint32_t context, uint32_t resource, uint32_t len)
{
    uint64_t address = guest_alloc(guest, len);
    cr_assert_eq(guest_create_buffer(guest, resource, len), VIRTIO_GPU_RESP_OK_NODATA);
    cr_assert_eq(guest_back(guest, resource, address, len), VIRTIO_GPU_RESP_OK_NODATA);
    cr_assert_eq(guest_attach(guest, context, resource), VIRTIO_GPU_RESP_OK_NODATA);
    return address;
}

void guest_make_protected(struct guest *guest, uint32_t context, uint32_t resource, uint32_t format,
        uint32_t width, uint32_t height)
{
    cr_assert_eq(guest_create_protected(guest, resource, format, width, height),
            VIRTIO_GPU_RESP_OK_NODATA);
    cr_assert_eq(guest_attach(guest, context, resource), VIRTIO_GPU_RESP_OK_NODATA);
}
