/* SPDX-License-Identifier: MIT */
/*
 * What a front-end says to a back-end: whole messages and any bytes, with descriptors of all kinds.
 * Its memory holds a ring with a request, so that a front-end that sets everything up is served.
 *
 * Input: u8 kind of an end (0: hang up after the last message, else in the middle of one), then
 * messages: u8 request, u8 flags, u8 descriptors (two bits each kind: none, memory, eventfd, socket),
 * u8 length, that much of a payload.
 */
#include <event2/event.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"
#include "vgpu/vhost/backend.h"
#include "wire/vhost_message.h"

enum {
    MEMORY_LEN = 65536,
    MESSAGES_MAX = 40,
    AVAILABLE_AT = 4096,
    REQUEST_AT = 12288,
    ANSWER_AT = 16384,
    LONG_PAYLOAD = 255, /* this length stands for the longest */
};

static struct {
    struct event_base *base;
    struct vhost_backend *backend;
    int memory, kick;
    uint8_t *bytes; /* of memory */
    unsigned closed;
} scene;

static void on_closed(void *context)
{
    (void)context;
    scene.closed++;
}

static void make_backend(void)
{
    uint8_t chain[16384];
    VIT_AUTO(stream) file = fopen(FUZZ_CHAIN, "re");
    FUZZ_CHECK(file != NULL);
    struct vgpu_config config = { .chain = chain,
        .chain_len = fread(chain, 1, sizeof(chain), file),
        .inline_len = SIZE_MAX,
        .inline_exchange = true };
    scene.base = event_base_new();
    FUZZ_CHECK(scene.base != NULL);
    FUZZ_CHECK(vhost_backend_create(scene.base, &config, on_closed, NULL, &scene.backend) ==
            VIT_OK);
}

static void make_memory(void)
{
    scene.memory = memfd_create("fuzz", MFD_CLOEXEC);
    scene.kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    FUZZ_CHECK(scene.memory >= 0 && scene.kick >= 0 && ftruncate(scene.memory, MEMORY_LEN) == 0);
    scene.bytes = mmap(NULL, MEMORY_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, scene.memory, 0);
    FUZZ_CHECK(scene.bytes != MAP_FAILED);
}

static void put_request(void)
{
    struct vring_desc chain[2] = {
        { REQUEST_AT, sizeof(struct virtio_gpu_ctrl_hdr), VRING_DESC_F_NEXT, 1 },
        { ANSWER_AT, 4096, VRING_DESC_F_WRITE, 0 },
    };
    memset(scene.bytes, 0, MEMORY_LEN);
    memcpy(scene.bytes, chain, sizeof(chain));
    scene.bytes[AVAILABLE_AT + 2] = 1; /* one request, its head is 0 */
    vit_store_le32(scene.bytes + REQUEST_AT, VIRTIO_GPU_CMD_GET_DISPLAY_INFO);
}

static int make_fd(unsigned kind, int *ends)
{
    switch (kind) {
    case 1:
        return dup(scene.memory);
    case 2:
        return dup(scene.kick);
    case 3:
        return dup(ends[0]);
    default:
        return -1;
    }
}

static size_t make_fds(uint8_t kinds, int *ends, int fds[4])
{
    size_t count = 0;
    for (unsigned i = 0; i < 4; i++) {
        int fd = make_fd(kinds >> 2 * i & 3, ends);
        if (fd >= 0) {
            fds[count++] = fd;
        }
    }
    return count;
}

/* What does not fit into the socket is not said. */
static void say(int socket, const void *bytes, size_t len, const int *fds, size_t fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
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
    (void)!sendmsg(socket, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void say_message(struct vit_reader *in, int *ends, bool cut)
{
    uint8_t bytes[sizeof(struct vhost_header) + sizeof(union vhost_payload) + 8] = { 0 };
    struct vhost_header header = { .request = vit_get_u8(in) };
    int fds[4];
    header.flags = vit_get_u8(in) ^ VHOST_VERSION;
    size_t fd_count = make_fds(vit_get_u8(in), ends, fds);
    uint8_t told = vit_get_u8(in);
    header.size = told == LONG_PAYLOAD ? (uint32_t)sizeof(union vhost_payload) : told;
    size_t len = header.size < vit_reader_left(in) ? header.size : vit_reader_left(in);
    memcpy(bytes, &header, sizeof(header));
    vit_get_bytes(in, bytes + sizeof(header), len);
    size_t total = sizeof(header) + header.size;
    say(ends[1], bytes, cut ? total / 2 : total, fds, fd_count);
    for (size_t i = 0; i < fd_count; i++) {
        close(fds[i]);
    }
}

static void talk(struct vit_reader *in, int *ends)
{
    const uint64_t one = 1;
    bool cut_last = vit_get_u8(in) != 0;
    for (unsigned i = 0; i < MESSAGES_MAX && vit_reader_left(in) > 0; i++) {
        bool cut = cut_last && (i + 1 == MESSAGES_MAX || vit_reader_left(in) < 8);
        say_message(in, ends, cut);
        (void)!write(scene.kick, &one, sizeof(one));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vit_reader in;
    uint64_t count;
    int ends[2];
    if (scene.base == NULL) {
        make_backend();
        make_memory();
    }
    put_request();
    scene.closed = 0;
    vit_reader_init(&in, data, len);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    int served = dup(ends[0]);
    FUZZ_CHECK(served >= 0 && vhost_backend_connect(scene.backend, served) == VIT_OK);
    talk(&in, ends);
    FUZZ_CHECK(shutdown(ends[1], SHUT_WR) == 0);
    for (unsigned round = 0; scene.closed == 0 && round < 1000; round++) {
        (void)event_base_loop(scene.base, EVLOOP_NONBLOCK);
    }
    FUZZ_CHECK(scene.closed == 1);
    close(ends[0]);
    close(ends[1]);
    (void)!read(scene.kick, &count, sizeof(count));
    return 0;
}
