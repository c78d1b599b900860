/* SPDX-License-Identifier: MIT */
#include "tests/hostile/front.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "wire/envelope.h"
#include "wire/virtio_gpu.h"

#define LIMIT_NS UINT64_C(20000000000)

static uint8_t *map(int *fd, size_t len)
{
    *fd = memfd_create("front", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    cr_assert_eq(ftruncate(*fd, (off_t)len), 0);
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    cr_assert_neq(memory, MAP_FAILED);
    return memory;
}

void front_connect(struct front *front, const struct support *support)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    *front = (struct front){ .display = -1 };
    front->low = map(&front->memory, FRONT_LOW_LEN);
    front->high = map(&front->high_memory, FRONT_HIGH_LEN);
    for (unsigned i = 0; i < FRONT_QUEUES; i++) {
        front->kick[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        front->call[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        cr_assert(front->kick[i] >= 0 && front->call[i] >= 0);
    }
    memcpy(address.sun_path, support->socket, strlen(support->socket) + 1);
    front->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(front->socket, (struct sockaddr *)&address, sizeof(address)), 0);
}

void front_close(struct front *front)
{
    for (unsigned i = 0; i < FRONT_QUEUES; i++) {
        close(front->kick[i]);
        close(front->call[i]);
    }
    if (front->display >= 0) {
        close(front->display);
    }
    munmap(front->low, FRONT_LOW_LEN);
    munmap(front->high, FRONT_HIGH_LEN);
    close(front->memory);
    close(front->high_memory);
    close(front->socket);
}

/* vhost-user */

bool front_say_flags(struct front *front, uint32_t request, uint32_t flags, const void *payload,
        uint32_t size, const int *fds, size_t fd_count)
{
    struct vhost_header header = { request, flags, size };
    return vhost_message_write(front->socket, &header, payload, fds, fd_count) == VIT_OK;
}

bool front_say(struct front *front, uint32_t request, const void *payload, uint32_t size,
        const int *fds, size_t fd_count)
{
    return front_say_flags(front, request, VHOST_VERSION, payload, size, fds, fd_count);
}

void front_send(struct front *front, const void *bytes, size_t len, const int *fds, size_t fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(VHOST_MAX_FDS * sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec part = { (void *)(uintptr_t)bytes, len };
    struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
    if (fd_count > 0) {
        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        control.align.cmsg_level = SOL_SOCKET;
        control.align.cmsg_type = SCM_RIGHTS;
        control.align.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(&control.align), fds, fd_count * sizeof(int));
    }
    cr_assert_eq(sendmsg(front->socket, &msg, MSG_NOSIGNAL), (ssize_t)len);
}

bool front_ask(struct front *front, uint32_t request, uint64_t *number)
{
    struct vhost_message reply;
    if (!front_say(front, request, NULL, 0, NULL, 0)) {
        return false;
    }
    struct pollfd ready = { .fd = front->socket, .events = POLLIN };
    cr_assert_eq(poll(&ready, 1, (int)(LIMIT_NS / 1000000)), 1, "no reply");
    vhost_message_init(&reply);
    enum vit_status status = vhost_message_read(front->socket, &reply);
    vhost_message_finish(&reply);
    *number = reply.payload.number;
    return status == VIT_OK;
}

/* Whatever was told or kicked before the second question is served before its answer: the first one
 * may have been read together with a kick, the second one is not. */
bool front_settle(struct front *front)
{
    uint64_t number;
    return front_ask(front, VHOST_GET_QUEUE_NUM, &number) &&
            front_ask(front, VHOST_GET_QUEUE_NUM, &number);
}

bool front_is_given_up(struct front *front)
{
    char bytes[512];
    struct pollfd ready = { .fd = front->socket, .events = POLLIN };
    while (poll(&ready, 1, (int)(LIMIT_NS / 1000000)) == 1) {
        if (recv(front->socket, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0) {
            return true;
        }
    }
    return false;
}

void front_memory_table(const struct front *front, struct vhost_memory *table)
{
    (void)front;
    *table = (struct vhost_memory){ .count = 2,
        .regions = { { 0, FRONT_LOW_LEN, FRONT_USER, 0 },
                { FRONT_LOW_LEN, FRONT_HIGH_LEN, FRONT_USER + FRONT_LOW_LEN, 0 } } };
}

static uint64_t ring_at(unsigned queue, unsigned part)
{
    return (uint64_t)(queue * 3 + part) * FRONT_RING_LEN;
}

static bool say_display(struct front *front)
{
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    if (front->display >= 0) {
        close(front->display);
    }
    front->display = ends[0];
    bool said = front_say(front, VHOST_GPU_SET_SOCKET, NULL, 0, &ends[1], 1);
    close(ends[1]);
    return said;
}

static bool say_memory(struct front *front)
{
    struct vhost_memory table;
    const int fds[2] = { front->memory, front->high_memory };
    front_memory_table(front, &table);
    return front_say(front, VHOST_SET_MEM_TABLE, &table, 8 + 2 * sizeof(struct vhost_region), fds,
            2);
}

/* One of the six things that are said of a ring. */
static bool say_ring(struct front *front, unsigned queue, unsigned step)
{
    const struct vhost_vring_state size = { queue, FRONT_RING_SIZE },
                                   base = { queue, front->base[queue] }, on = { queue, 1 };
    const struct vhost_vring_addr addr = { .index = queue,
        .descriptors = FRONT_USER + ring_at(queue, 0),
        .available = FRONT_USER + ring_at(queue, 1),
        .used = FRONT_USER + ring_at(queue, 2) };
    const uint64_t index = queue;
    switch (step) {
    case 0:
        return front_say(front, VHOST_SET_VRING_NUM, &size, sizeof(size), NULL, 0);
    case 1:
        return front_say(front, VHOST_SET_VRING_BASE, &base, sizeof(base), NULL, 0);
    case 2:
        return front_say(front, VHOST_SET_VRING_ADDR, &addr, sizeof(addr), NULL, 0);
    case 3:
        return front_say(front, VHOST_SET_VRING_CALL, &index, 8, &front->call[queue], 1);
    case 4:
        return front_say(front, VHOST_SET_VRING_KICK, &index, 8, &front->kick[queue], 1);
    default:
        return front_say(front, VHOST_SET_VRING_ENABLE, &on, sizeof(on), NULL, 0);
    }
}

bool front_step(struct front *front, unsigned step)
{
    const uint64_t features = UINT64_C(1) << 32 | UINT64_C(1) << VIRTIO_RING_F_EVENT_IDX |
            UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC | UINT64_C(1) << VIRTIO_GPU_F_VIRGL |
            UINT64_C(1) << VHOST_F_PROTOCOL_FEATURES;
    cr_assert_lt(step, FRONT_STEPS);
    switch (step) {
    case 0:
        return front_say(front, VHOST_SET_OWNER, NULL, 0, NULL, 0);
    case 1:
        return front_say(front, VHOST_SET_FEATURES, &features, sizeof(features), NULL, 0);
    case 2:
        return say_display(front);
    case FRONT_STEP_MEMORY:
        return say_memory(front);
    default:
        return say_ring(front, (step - 4) / 6, (step - 4) % 6);
    }
}

void front_open(struct front *front, const struct support *support)
{
    front_connect(front, support);
    for (unsigned step = 0; step < FRONT_STEPS; step++) {
        cr_assert(front_step(front, step), "step %u", step);
    }
    cr_assert(front_settle(front), "an honest front-end is served");
}

/* Rings */

uint8_t *front_at(struct front *front, uint64_t address)
{
    return address < FRONT_LOW_LEN ? front->low + address : front->high + (address - FRONT_LOW_LEN);
}

struct vring_desc *front_descriptors(struct front *front, unsigned queue)
{
    return (struct vring_desc *)(void *)front_at(front, ring_at(queue, 0));
}

struct vring_avail *front_available(struct front *front, unsigned queue)
{
    return (struct vring_avail *)(void *)front_at(front, ring_at(queue, 1));
}

struct vring_used *front_used(struct front *front, unsigned queue)
{
    return (struct vring_used *)(void *)front_at(front, ring_at(queue, 2));
}

void front_describe(struct front *front, unsigned queue, uint16_t index, uint64_t address,
        uint32_t len, uint16_t flags, uint16_t next)
{
    front_descriptors(front, queue)[index] = (struct vring_desc){ address, len, flags, next };
}

void front_kick(struct front *front, unsigned queue)
{
    const uint64_t one = 1;
    cr_assert_eq(write(front->kick[queue], &one, sizeof(one)), sizeof(one));
}

void front_offer(struct front *front, unsigned queue, uint16_t head)
{
    struct vring_avail *available = front_available(front, queue);
    available->ring[front->offered[queue] % FRONT_RING_SIZE] = head;
    front->offered[queue]++;
    __atomic_store_n(&available->idx, front->offered[queue], __ATOMIC_RELEASE);
    front_kick(front, queue);
}

static uint16_t used_index(struct front *front)
{
    return __atomic_load_n(&front_used(front, 0)->idx, __ATOMIC_ACQUIRE);
}

/* By the interrupt, or by the end of the connection. */
static bool wait_used(struct front *front, uint16_t index)
{
    uint64_t limit = vit_now_ns() + LIMIT_NS, count;
    struct pollfd ready[2] = { { .fd = front->call[0], .events = POLLIN },
        { .fd = front->socket, .events = POLLRDHUP } };
    while (used_index(front) != index) {
        cr_assert_lt(vit_now_ns(), limit, "no answer");
        (void)poll(ready, 2, 1000);
        if (ready[1].revents != 0) {
            return used_index(front) == index;
        }
        (void)!read(front->call[0], &count, sizeof(count));
    }
    return true;
}

static void post(struct front *front, const void *request, size_t len, size_t answer_len)
{
    memcpy(front_at(front, FRONT_REQUEST), request, len);
    memset(front_at(front, FRONT_ANSWER), 0, 24);
    front_describe(front, 0, 0, FRONT_REQUEST, (uint32_t)len, VRING_DESC_F_NEXT, 1);
    front_describe(front, 0, 1, FRONT_ANSWER, (uint32_t)answer_len, VRING_DESC_F_WRITE, 0);
    front_available(front, 0)->ring[FRONT_RING_SIZE] = front->offered[0]; /* used_event */
    front_offer(front, 0, 0);
}

uint32_t front_call_room(struct front *front, const void *request, size_t len, size_t answer_len)
{
    post(front, request, len, answer_len);
    return wait_used(front, front->offered[0]) ? vit_load_le32(front_at(front, FRONT_ANSWER)) : 0;
}

uint32_t front_call(struct front *front, const void *request, size_t len)
{
    return front_call_room(front, request, len, 4096);
}

/* Commands */

uint32_t front_context(struct front *front, uint32_t context)
{
    const struct virtio_gpu_ctx_create ask = { .hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE,
                                                       .ctx_id = context } };
    return front_call(front, &ask, sizeof(ask));
}

static uint32_t attach(struct front *front, uint32_t context, uint32_t resource)
{
    const struct virtio_gpu_ctx_resource ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, .ctx_id = context },
        .resource_id = resource,
    };
    return front_call(front, &ask, sizeof(ask));
}

static uint32_t back(struct front *front, uint32_t resource, uint64_t address, uint32_t len)
{
    const struct {
        struct virtio_gpu_resource_attach_backing head;
        struct virtio_gpu_mem_entry entry;
    } ask = { { .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING },
                      .resource_id = resource,
                      .nr_entries = 1 },
        { address, len, 0 } };
    return front_call(front, &ask, sizeof(ask));
}

uint32_t front_buffer(struct front *front, uint32_t context, uint32_t resource, uint64_t address,
        uint32_t len)
{
    const struct virtio_gpu_resource_create_3d ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D },
        .resource_id = resource,
        .format = 64,
        .bind = VIT_BIND_STAGING,
        .width = len,
        .height = 1,
        .depth = 1,
        .array_size = 1,
    };
    uint32_t type = front_call(front, &ask, sizeof(ask));
    type = type == FRONT_OK ? back(front, resource, address, len) : type;
    return type == FRONT_OK ? attach(front, context, resource) : type;
}

uint32_t front_protected(struct front *front, uint32_t context, uint32_t resource, uint32_t format,
        uint32_t width, uint32_t height)
{
    const struct virtio_gpu_resource_create_3d ask = {
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
    uint32_t type = front_call(front, &ask, sizeof(ask));
    return type == FRONT_OK ? attach(front, context, resource) : type;
}

enum { SUBMISSION_MAX_LEN = 4096 };

static size_t put_submit(struct front *front, uint8_t *request, uint32_t context,
        const uint8_t *bytes, size_t len)
{
    const struct virtio_gpu_cmd_submit ask = { .hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D,
                                                       .flags = VIRTIO_GPU_FLAG_FENCE,
                                                       .fence_id = ++front->fence,
                                                       .ctx_id = context },
        .size = (uint32_t)len };
    cr_assert_leq(len, SUBMISSION_MAX_LEN);
    memcpy(request, &ask, sizeof(ask));
    memcpy(request + sizeof(ask), bytes, len);
    return sizeof(ask) + len;
}

uint32_t front_submit_raw(struct front *front, uint32_t context, const uint8_t *bytes, size_t len)
{
    uint8_t request[sizeof(struct virtio_gpu_cmd_submit) + SUBMISSION_MAX_LEN];
    size_t request_len = put_submit(front, request, context, bytes, len);
    return front_call(front, request, request_len);
}

static size_t put_envelope(struct front *front, uint8_t bytes[VIT_ENVELOPE_LEN + 512],
        const struct front_place *place, const uint8_t *message, size_t len)
{
    const struct vit_envelope envelope = { .length = (uint32_t)(VIT_ENVELOPE_LEN + len),
        .count = 1,
        .sequence = ++front->sequence,
        .reply_resource = place->resource,
        .reply_capacity = 64 };
    struct vit_writer out;
    vit_writer_init(&out, bytes, VIT_ENVELOPE_LEN + 512);
    vit_put_envelope(&out, &envelope);
    vit_put_bytes(&out, message, len);
    cr_assert(vit_writer_ok(&out));
    return out.at;
}

uint32_t front_submit(struct front *front, const struct front_place *place, const uint8_t *message,
        size_t len, uint32_t *status)
{
    uint8_t bytes[VIT_ENVELOPE_LEN + 512];
    size_t total = put_envelope(front, bytes, place, message, len);
    uint32_t type = front_submit_raw(front, place->context, bytes, total);
    const uint8_t *reply = front_at(front, place->address);
    *status = vit_load_le32(reply) == front->sequence ? vit_load_le32(reply + 8) : UINT32_MAX;
    return type;
}

void front_post(struct front *front, const struct front_place *place, const uint8_t *message,
        size_t len)
{
    uint8_t bytes[VIT_ENVELOPE_LEN + 512];
    uint8_t request[sizeof(struct virtio_gpu_cmd_submit) + sizeof(bytes)];
    size_t total = put_envelope(front, bytes, place, message, len);
    size_t request_len = put_submit(front, request, place->context, bytes, total);
    post(front, request, request_len, 4096);
}

uint64_t front_session(struct front *front, const struct front_place *place, const uint8_t key[16])
{
    uint8_t bytes[64];
    uint64_t session = 0;
    uint32_t status;
    struct vit_writer out;
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_session_create(&out,
            &(struct vit_msg_session_create){ .crypto_type = VIT_CRYPTO_AES128_CTR });
    cr_assert_eq(front_submit(front, place, bytes, out.at, &status), FRONT_OK);
    cr_assert_eq(status, VIT_OK);
    memcpy(&session, front_at(front, place->address) + VIT_REPLY_HEADER_LEN, sizeof(session));
    memcpy(front_at(front, place->address) + 128, key, 16);
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_program(&out, VIT_OP_SESSION_PROGRAM,
            &(struct vit_msg_program){ .session = session,
                    .resource = place->resource,
                    .offset = 128 });
    cr_assert_eq(front_submit(front, place, bytes, out.at, &status), FRONT_OK);
    cr_assert_eq(status, VIT_OK);
    return session;
}
