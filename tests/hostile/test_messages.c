/* SPDX-License-Identifier: MIT */
/* vhost-user messages that no honest front-end sends. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/hostile/front.h"

static struct support support;
static struct front_health health;

static void start(void)
{
    front_start_device(&support, NULL, &health);
}

static void finish(void)
{
    support_finish(&support);
}

/* Each message as it should be; fds: descriptors that it takes. */
static const struct message {
    uint32_t request;
    uint32_t size;
    size_t fds;
} messages[] = {
    { VHOST_GET_FEATURES, 0, 0 },
    { VHOST_SET_FEATURES, 8, 0 },
    { VHOST_SET_OWNER, 0, 0 },
    { VHOST_RESET_OWNER, 0, 0 },
    { VHOST_SET_MEM_TABLE, 8 + 32, 1 },
    { VHOST_SET_VRING_NUM, 8, 0 },
    { VHOST_SET_VRING_ADDR, 40, 0 },
    { VHOST_SET_VRING_BASE, 8, 0 },
    { VHOST_GET_VRING_BASE, 8, 0 },
    { VHOST_SET_VRING_KICK, 8, 1 },
    { VHOST_SET_VRING_CALL, 8, 1 },
    { VHOST_SET_VRING_ERR, 8, 1 },
    { VHOST_GET_PROTOCOL_FEATURES, 0, 0 },
    { VHOST_SET_PROTOCOL_FEATURES, 8, 0 },
    { VHOST_GET_QUEUE_NUM, 0, 0 },
    { VHOST_SET_VRING_ENABLE, 8, 0 },
    { VHOST_GET_CONFIG, 12 + 16, 0 },
    { VHOST_SET_CONFIG, 12 + 4, 0 },
    { VHOST_GPU_SET_SOCKET, 0, 1 },
};

enum { MESSAGE_COUNT = sizeof(messages) / sizeof(messages[0]) };

static void fill(const struct message *message, union vhost_payload *payload)
{
    memset(payload, 0, sizeof(*payload));
    if (message->request == VHOST_SET_MEM_TABLE) {
        payload->memory =
                (struct vhost_memory){ .count = 1, .regions = { { 0, 4096, FRONT_USER, 0 } } };
    } else if (message->request == VHOST_GET_CONFIG) {
        payload->config.size = 16;
    } else if (message->request == VHOST_SET_VRING_NUM) {
        payload->state.number = 64;
    }
}

/* A connection that says one message, cut or not, and goes. */
static void say_once(const struct message *message, size_t cut, size_t fd_count)
{
    struct front front;
    uint8_t bytes[sizeof(struct vhost_header) + sizeof(union vhost_payload)];
    union vhost_payload payload;
    const struct vhost_header header = { message->request, VHOST_VERSION | VHOST_NEED_REPLY,
        message->size };
    int fds[VHOST_MAX_FDS];
    front_connect(&front, &support);
    for (size_t i = 0; i < VHOST_MAX_FDS; i++) {
        fds[i] = front.memory;
    }
    fill(message, &payload);
    memcpy(bytes, &header, sizeof(header));
    memcpy(bytes + sizeof(header), &payload, sizeof(payload));
    front_send(&front, bytes, cut, fds, fd_count);
    front_close(&front);
}

Test(messages, cut_at_every_byte_leave_the_device_well, .init = start, .fini = finish)
{
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        size_t len = sizeof(struct vhost_header) + messages[i].size;
        for (size_t cut = 0; cut <= len; cut++) {
            say_once(&messages[i], cut, cut > 0 ? messages[i].fds : 0);
        }
    }
    front_expect_well(&support, &health, "messages cut at every byte");
    cr_assert_eq(support_end_device(&support, SIGTERM), 0);
}

Test(messages, that_do_not_end_are_waited_for_two_seconds, .init = start, .fini = finish)
{
    const struct vhost_header header = { VHOST_SET_VRING_ADDR, VHOST_VERSION, 40 };
    struct front front;
    front_connect(&front, &support);
    front_send(&front, &header, sizeof(header), NULL, 0);
    cr_assert(front_is_given_up(&front));
    front_close(&front);
    front_expect_well(&support, &health, "half a message");
}

Test(messages, with_too_many_descriptors_are_refused, .init = start, .fini = finish)
{
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        for (size_t count = messages[i].fds + 1; count <= VHOST_MAX_FDS; count++) {
            struct front front;
            union vhost_payload payload;
            int fds[VHOST_MAX_FDS];
            front_connect(&front, &support);
            for (size_t fd = 0; fd < VHOST_MAX_FDS; fd++) {
                fds[fd] = front.memory;
            }
            fill(&messages[i], &payload);
            (void)front_say(&front, messages[i].request, &payload, messages[i].size, fds, count);
            cr_assert(front_is_given_up(&front), "request %u with %zu", messages[i].request, count);
            front_close(&front);
        }
    }
    front_expect_well(&support, &health, "too many descriptors");
}

Test(messages, without_their_descriptor_are_refused, .init = start, .fini = finish)
{
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        if (messages[i].fds == 0) {
            continue;
        }
        struct front front;
        union vhost_payload payload;
        front_connect(&front, &support);
        fill(&messages[i], &payload);
        (void)front_say(&front, messages[i].request, &payload, messages[i].size, NULL, 0);
        cr_assert(front_is_given_up(&front), "request %u", messages[i].request);
        front_close(&front);
    }
    front_expect_well(&support, &health, "missing descriptors");
}

static bool is_known(uint32_t request)
{
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        if (messages[i].request == request) {
            return true;
        }
    }
    return false;
}

Test(messages, of_unknown_requests_are_refused_by_a_line, .init = start, .fini = finish)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t request = i < 60 ? i : UINT32_MAX - (i - 60) * 0x11111111;
        if (is_known(request)) {
            continue;
        }
        struct front front;
        front_connect(&front, &support);
        (void)front_say(&front, request, NULL, 0, NULL, 0);
        cr_assert(front_is_given_up(&front), "request %u", request);
        front_close(&front);
        count++;
    }
    cr_assert_eq(front_log_count(&support, "is not known"), count);
    front_expect_well(&support, &health, "unknown requests");
}

Test(messages, of_another_version_or_too_long_are_refused, .init = start, .fini = finish)
{
    static const struct vhost_header bad[] = {
        { VHOST_SET_OWNER, 0, 0 },
        { VHOST_SET_OWNER, 2, 0 },
        { VHOST_SET_OWNER, 3, 0 },
        { VHOST_SET_OWNER, VHOST_VERSION, sizeof(union vhost_payload) + 1 },
        { VHOST_SET_OWNER, VHOST_VERSION, UINT32_MAX },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct front front;
        front_connect(&front, &support);
        front_send(&front, &bad[i], sizeof(bad[i]), NULL, 0);
        cr_assert(front_is_given_up(&front), "%zu", i);
        front_close(&front);
    }
    front_expect_well(&support, &health, "headers");
}

/* Served or given up, whichever: the next one must be served. */
static void say_steps(const unsigned *steps, size_t count)
{
    struct front front;
    front_connect(&front, &support);
    for (size_t i = 0; i < count && front_step(&front, steps[i]); i++) {
        front_kick(&front, 0);
        front_kick(&front, 1);
    }
    (void)front_settle(&front);
    front_close(&front);
}

Test(messages, in_any_order_leave_the_device_well, .init = start, .fini = finish)
{
    unsigned steps[2 * FRONT_STEPS];
    for (unsigned left_out = 0; left_out < FRONT_STEPS; left_out++) {
        size_t count = 0;
        for (unsigned step = 0; step < FRONT_STEPS; step++) {
            steps[count] = step;
            count += step != left_out;
        }
        say_steps(steps, count);
        front_expect_well(&support, &health, "a step left out");
        steps[count++] = left_out; /* at the end */
        say_steps(steps, count);
        steps[count++] = left_out; /* and again */
        say_steps(steps, count);
        front_expect_well(&support, &health, "a step at the end");
    }
    for (unsigned step = 0; step < FRONT_STEPS; step++) {
        steps[step] = FRONT_STEPS - 1 - step;
    }
    say_steps(steps, FRONT_STEPS);
    front_expect_well(&support, &health, "all steps backwards");
}

/* Descriptors that are no eventfds, no sockets, no memory: each where each other one belongs. */
static void say_everywhere(int fd, const char *name)
{
    static const uint32_t requests[] = { VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL,
        VHOST_SET_VRING_ERR, VHOST_GPU_SET_SOCKET };
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        const uint64_t queue = 0;
        const struct virtio_gpu_get_capset_info ask = {
            .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO }
        };
        struct front front;
        front_open(&front, &support);
        bool display = requests[i] == VHOST_GPU_SET_SOCKET;
        (void)front_say(&front, requests[i], &queue, display ? 0 : 8, &fd, 1);
        memcpy(front_at(&front, FRONT_REQUEST), &ask, sizeof(ask));
        front_describe(&front, 0, 0, FRONT_REQUEST, sizeof(ask), VRING_DESC_F_NEXT, 1);
        front_describe(&front, 0, 1, FRONT_ANSWER, 4096, VRING_DESC_F_WRITE, 0);
        front_offer(&front, 0, 0);
        (void)front_settle(&front);
        front_expect_idle(&support, name);
        front_close(&front);
        front_expect_well(&support, &health, name);
    }
}

Test(messages, with_descriptors_of_every_kind_leave_the_device_well, .init = start, .fini = finish)
{
    int full[2], ended[2], pair[2], closed[2];
    const uint64_t most = UINT64_MAX - 1;
    cr_assert_eq(pipe2(full, O_NONBLOCK | O_CLOEXEC), 0);
    while (write(full[1], &most, sizeof(most)) > 0) {
    }
    cr_assert_eq(pipe2(ended, O_CLOEXEC), 0);
    close(ended[1]);
    cr_assert_eq(pipe2(closed, O_CLOEXEC), 0);
    close(closed[0]);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
    int counter = eventfd(0, EFD_CLOEXEC);
    cr_assert_eq(write(counter, &most, sizeof(most)), sizeof(most));
    const struct {
        const char *name;
        int fd;
    } kinds[] = {
        { "a pipe that ended", ended[0] },
        { "a pipe that nobody reads", closed[1] },
        { "a pipe full of bytes", full[0] },
        { "a full pipe", full[1] },
        { "a full counter", counter },
        { "a socket of messages", pair[0] },
        { "a poll", epoll_create1(EPOLL_CLOEXEC) },
        { "nothing", open("/dev/null", O_RDWR | O_CLOEXEC) },
        { "a folder", open("/", O_RDONLY | O_CLOEXEC) },
        { "a file", open("/proc/self/status", O_RDONLY | O_CLOEXEC) },
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        cr_assert_geq(kinds[i].fd, 0);
        say_everywhere(kinds[i].fd, kinds[i].name);
    }
}

Test(messages, of_a_second_front_end_disturb_nobody, .init = start, .fini = finish)
{
    const struct virtio_gpu_get_capset_info ask = {
        .hdr = { .type = VIRTIO_GPU_CMD_GET_CAPSET_INFO }
    };
    struct front first, second;
    front_open(&first, &support);
    for (unsigned i = 0; i < 100; i++) {
        front_connect(&second, &support);
        (void)front_step(&second, FRONT_STEP_MEMORY);
        cr_assert(front_is_given_up(&second));
        front_close(&second);
        cr_assert_eq(front_call(&first, &ask, sizeof(ask)), VIRTIO_GPU_RESP_OK_CAPSET_INFO);
    }
    front_close(&first);
    front_expect_well(&support, &health, "second front-ends");
}

static uint16_t stop_ring(struct front *front, uint32_t queue)
{
    const struct vhost_vring_state state = { queue, 0 };
    struct vhost_message reply;
    cr_assert(front_say(front, VHOST_GET_VRING_BASE, &state, sizeof(state), NULL, 0));
    vhost_message_init(&reply);
    cr_assert_eq(vhost_message_read(front->socket, &reply), VIT_OK);
    cr_assert_eq(reply.header.request, VHOST_GET_VRING_BASE);
    return (uint16_t)reply.payload.state.number;
}

static void say_all_again(struct front *front)
{
    for (unsigned step = 1; step < FRONT_STEPS; step++) {
        cr_assert(front_step(front, step), "step %u", step);
    }
}

/* As QEMU does for "stop" and "cont"; and for a driver that is loaded again. */
Test(messages, of_a_pause_keep_what_was_there_and_of_a_new_driver_do_not, .init = start,
        .fini = finish)
{
    struct front front;
    front_open(&front, &support);
    cr_assert_eq(front_context(&front, 1), FRONT_OK);
    for (uint32_t queue = 0; queue < FRONT_QUEUES; queue++) {
        front.base[queue] = stop_ring(&front, queue);
        cr_assert_eq(front.base[queue], front.offered[queue]);
    }
    say_all_again(&front);
    cr_assert_eq(front_context(&front, 1), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID, "still there");
    cr_assert_eq(front_context(&front, 2), FRONT_OK);

    for (uint32_t queue = 0; queue < FRONT_QUEUES; queue++) {
        (void)stop_ring(&front, queue);
        front.base[queue] = 0;
        front.offered[queue] = 0;
        front_available(&front, queue)->idx = 0;
        front_used(&front, queue)->idx = 0;
    }
    say_all_again(&front);
    cr_assert_eq(front_context(&front, 1), FRONT_OK, "of the last driver");
    front_close(&front);
    front_expect_well(&support, &health, "a pause");
}
