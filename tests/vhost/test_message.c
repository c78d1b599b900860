/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/vhost_message.h"

static void make_pair(int ends[2])
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

Test(vhost_message, payload_and_descriptors_arrive)
{
    int ends[2], sent[2] = { dup(0), dup(0) };
    struct vhost_header header = { VHOST_SET_VRING_NUM, VHOST_VERSION, 8 };
    struct vhost_vring_state state = { 1, 256 };
    struct vhost_message message;
    make_pair(ends);
    cr_assert_eq(vhost_message_write(ends[0], &header, &state, sent, 2), VIT_OK);
    vhost_message_init(&message);
    cr_assert_eq(vhost_message_read(ends[1], &message), VIT_OK);
    cr_assert_eq(message.header.request, VHOST_SET_VRING_NUM);
    cr_assert_eq(message.payload.state.number, 256);
    cr_assert_eq(message.fd_count, 2);
    int taken = vhost_message_take_fd(&message, 1);
    cr_assert_geq(taken, 0);
    cr_assert_eq(vhost_message_take_fd(&message, 1), -1, "a descriptor is taken once");
    int left = message.fds[0];
    vhost_message_finish(&message);
    cr_assert_eq(fcntl(left, F_GETFD), -1, "what nobody took is closed");
    cr_assert_neq(fcntl(taken, F_GETFD), -1);
}

Test(vhost_message, another_version_and_an_oversized_payload_are_refused)
{
    int ends[2];
    struct vhost_header versions = { VHOST_SET_OWNER, 2, 0 };
    struct vhost_header large = { VHOST_SET_OWNER, VHOST_VERSION, sizeof(union vhost_payload) + 1 };
    struct vhost_message message;
    make_pair(ends);
    vhost_message_init(&message);
    cr_assert_eq(write(ends[0], &versions, sizeof(versions)), sizeof(versions));
    cr_assert_eq(vhost_message_read(ends[1], &message), VIT_E_PROTOCOL);
    cr_assert_eq(write(ends[0], &large, sizeof(large)), sizeof(large));
    cr_assert_eq(vhost_message_read(ends[1], &message), VIT_E_PROTOCOL);
}

Test(vhost_message, a_message_cut_anywhere_is_the_end)
{
    struct vhost_header header = { VHOST_SET_VRING_ADDR, VHOST_VERSION, 40 };
    uint8_t bytes[52] = { 0 };
    memcpy(bytes, &header, sizeof(header));
    for (size_t len = 0; len < sizeof(bytes); len++) {
        int ends[2];
        struct vhost_message message;
        make_pair(ends);
        cr_assert_eq(write(ends[0], bytes, len), (ssize_t)len);
        close(ends[0]);
        vhost_message_init(&message);
        cr_assert_eq(vhost_message_read(ends[1], &message), VIT_E_GONE, "length %zu", len);
        close(ends[1]);
    }
}

Test(vhost_message, more_descriptors_than_allowed_are_refused)
{
    int ends[2], fds[VHOST_MAX_FDS + 1];
    struct vhost_header header = { VHOST_SET_OWNER, VHOST_VERSION, 0 };
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(fds))];
    } control = { .bytes = { 0 } };
    struct iovec part = { &header, sizeof(header) };
    struct msghdr msg = { .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control) };
    struct vhost_message message;
    make_pair(ends);
    for (int i = 0; i <= VHOST_MAX_FDS; i++) {
        fds[i] = ends[0];
    }
    struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(fds));
    memcpy(CMSG_DATA(head), fds, sizeof(fds));
    cr_assert_gt(sendmsg(ends[0], &msg, 0), 0);
    vhost_message_init(&message);
    cr_assert_eq(vhost_message_read(ends[1], &message), VIT_E_PROTOCOL);
    vhost_message_finish(&message);
}
