/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/device_process.h"
#include "wire/vhost_message.h"

static struct support support;

static void init(void)
{
    support_init(&support, "driver");
}

static void start(void)
{
    init();
    support_start_device(&support, NULL);
}

static void finish(void)
{
    support_finish(&support);
}

static int connect_to_device(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strcpy(address.sun_path, support.socket);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void tell(int fd, uint32_t request, uint32_t flags, const void *payload, uint32_t size,
        const int *fds, size_t fd_count)
{
    struct vhost_header header = { request, VHOST_VERSION | flags, size };
    cr_assert_eq(vhost_message_write(fd, &header, payload, fds, fd_count), VIT_OK);
}

static uint64_t ask(int fd, uint32_t request)
{
    struct vhost_message reply;
    tell(fd, request, 0, NULL, 0, NULL, 0);
    vhost_message_init(&reply);
    cr_assert_eq(vhost_message_read(fd, &reply), VIT_OK);
    cr_assert_eq(reply.header.request, request);
    return reply.payload.number;
}

static bool hangs_up(int fd)
{
    char byte;
    struct pollfd entry = { .fd = fd, .events = POLLIN };
    return poll(&entry, 1, 10000) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) <= 0;
}

static void expect_log(const char *words)
{
    char *text = support_read(&support, "log");
    cr_assert_not_null(strstr(text, words), "the log says: %s", text);
    free(text);
}

Test(process, prints_its_capabilities_as_qemu_wants_them, .init = init, .fini = finish)
{
    const char *arguments[] = { support_gpu(), "--print-capabilities", NULL };
    cr_assert_eq(support_run(&support, arguments), 0);
    char *text = support_read(&support, "out");
    json_t *json = json_loads(text, 0, NULL);
    cr_assert_str_eq(json_string_value(json_object_get(json, "type")), "gpu");
    cr_assert(json_is_array(json_object_get(json, "features")));
    json_decref(json);
    free(text);
}

Test(process, a_wrong_command_line_is_status_two, .init = init, .fini = finish)
{
    const char *none[] = { support_gpu(), NULL };
    const char *both[] = { support_gpu(), "--socket-path", support.socket, "--fd", "3",
        "--certificate", support.certificate, NULL };
    const char *unknown[] = { support_gpu(), "--nonsense", NULL };
    const char *number[] = { support_gpu(), "--workers", "-1", "--socket-path", support.socket,
        "--certificate", support.certificate, NULL };
    const char *mode[] = { support_gpu(), "--seccomp", "perhaps", "--socket-path", support.socket,
        "--certificate", support.certificate, NULL };
    cr_assert_eq(support_run(&support, mode), 2);
    cr_assert_eq(support_run(&support, none), 2);
    cr_assert_eq(support_run(&support, both), 2);
    cr_assert_eq(support_run(&support, unknown), 2);
    cr_assert_eq(support_run(&support, number), 2);
}

/* If it were right, there would be nothing on the descriptor to serve. */
static void is_wrong(const char *first, const char *second, const char *words)
{
    const char *arguments[] = { support_gpu(), "--fd", "77", "--certificate", support.certificate,
        first, second, NULL };
    cr_assert_eq(support_run(&support, arguments), 2, "%s", first);
    char *text = support_read(&support, "err");
    cr_assert_not_null(strstr(text, words), "%s: it says: %s", first, text);
    free(text);
}

Test(process, takes_no_0_for_what_there_must_be_one_of, .init = init, .fini = finish)
{
    static const char *const counts[] = { "--workers", "--outputs", "--width", "--height",
        "--max-sessions", "--max-bytes" };
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        is_wrong(counts[i], "0", "0: not a number from 1 to ");
    }
}

static void refuses_to_start(const char *certificate, const char *option, const char *value,
        const char *words)
{
    const char *arguments[] = { support_gpu(), "--socket-path", support.socket, "--certificate",
        certificate, option, value, NULL };
    cr_assert_eq(support_run(&support, arguments), 1);
    char *text = support_read(&support, "err");
    cr_assert_not_null(strstr(text, words), "it says: %s", text);
    cr_assert_eq(strchr(text, '\n'), text + strlen(text) - 1, "one line: %s", text);
    free(text);
}

Test(process, says_why_it_does_not_start, .init = init, .fini = finish)
{
    refuses_to_start("/nonexistent.der", NULL, NULL, "/nonexistent.der: No such file");
    refuses_to_start(support.key, NULL, NULL, "not a device certificate chain");
    refuses_to_start(support.certificate, "--key", support.key, "belongs to the driver");
}

Test(process, takes_no_key_from_key_storage)
{
    support_init(&support, "device");
    refuses_to_start(support.certificate, "--key", "ncrypt:software/device", "cannot be used here");
    support_finish(&support);
}

#if HAVE_VIRGL
Test(process, renders_on_render_nodes_only, .init = init, .fini = finish)
{
    refuses_to_start(support.certificate, "--render-node", "/dev/null",
            "/dev/null: not a render node");
    refuses_to_start(support.certificate, "--render-node", "/nonexistent",
            "/nonexistent: not a render node");
}

Test(process, does_not_render_on_a_node_with_virgl_off, .init = init, .fini = finish)
{
    const char *node = "--render-node=/dev/dri/renderD128";
    is_wrong(node, "--virgl=off", "--render-node");
    is_wrong("--virgl=off", node, "--render-node");
}
#endif

static void handed(const char *fd, const char *words)
{
    const char *arguments[] = { support_gpu(), "--fd", fd, "--certificate", support.certificate,
        NULL };
    cr_assert_eq(support_run(&support, arguments), 1);
    char *text = support_read(&support, "err");
    cr_assert_not_null(strstr(text, words), "it says: %s", text);
    free(text);
}

Test(process, refuses_what_is_no_connected_socket, .init = init, .fini = finish)
{
    handed("77", "--fd 77: not a connected stream socket");
    handed("1", "--fd 1: not a connected stream socket");
}

/* A failed start removes no file that is not its own: another's text, another's live socket. */
Test(process, leaves_the_files_of_others, .init = init, .fini = finish)
{
    char path[SUPPORT_PATH_LEN + 8];
    snprintf(path, sizeof(path), "%s/text", support.folder);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    cr_assert_geq(file, 0);
    close(file);
    refuses_to_start("/nonexistent.der", "--control-socket", path, "No such file");
    cr_assert_eq(access(path, F_OK), 0);
    refuses_to_start(support.certificate, "--control-socket", path, "Address already in use");
    cr_assert_eq(access(path, F_OK), 0);
    support_start_device(&support, NULL);
    refuses_to_start(support.certificate, "--control-socket", support.control,
            "Address already in use");
    cr_assert_eq(access(support.control, F_OK), 0);
    cr_assert_eq(access(support.socket, F_OK), 0);
}

Test(process, ends_on_sigterm_and_removes_its_sockets, .init = start, .fini = finish)
{
    int status = support_end_device(&support, SIGTERM);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 0);
    cr_assert_neq(access(support.socket, F_OK), 0);
    cr_assert_neq(access(support.control, F_OK), 0);
}

Test(process, serves_the_next_front_end_after_the_first, .init = start, .fini = finish)
{
    for (int i = 0; i < 3; i++) {
        int fd = connect_to_device();
        cr_assert_neq(ask(fd, VHOST_GET_FEATURES) & UINT64_C(1) << VHOST_F_PROTOCOL_FEATURES, 0);
        cr_assert_eq(ask(fd, VHOST_GET_QUEUE_NUM), 2);
        close(fd);
    }
}

Test(process, refuses_a_second_front_end_by_a_clear_line, .init = start, .fini = finish)
{
    int first = connect_to_device();
    cr_assert_eq(ask(first, VHOST_GET_QUEUE_NUM), 2);
    int second = connect_to_device();
    cr_assert(hangs_up(second));
    cr_assert_eq(ask(first, VHOST_GET_QUEUE_NUM), 2, "the first goes on");
    expect_log("a second front-end was refused");
    close(second);
    close(first);
}

Test(process, gives_up_a_front_end_that_breaks_the_protocol, .init = start, .fini = finish)
{
    struct vhost_vring_state state = { 7, 1 };
    int fd = connect_to_device();
    tell(fd, 9999, 0, NULL, 0, NULL, 0);
    cr_assert(hangs_up(fd));
    close(fd);
    fd = connect_to_device();
    tell(fd, VHOST_SET_VRING_NUM, 0, &state, sizeof(state), NULL, 0);
    cr_assert(hangs_up(fd), "a queue that is not there");
    close(fd);
    fd = connect_to_device();
    tell(fd, VHOST_SET_VRING_NUM, 0, &state, 4, NULL, 0);
    cr_assert(hangs_up(fd), "a short payload");
    close(fd);
    fd = connect_to_device();
    tell(fd, VHOST_SET_OWNER, 0, NULL, 0, &fd, 1);
    cr_assert(hangs_up(fd), "a descriptor that nobody asked for");
    close(fd);
    fd = connect_to_device();
    cr_assert_eq(ask(fd, VHOST_GET_QUEUE_NUM), 2, "the device lives");
    close(fd);
}

Test(process, every_truncation_of_a_message_leaves_the_device_alive, .init = start, .fini = finish)
{
    struct vhost_header header = { VHOST_SET_VRING_ADDR, VHOST_VERSION, 40 };
    uint8_t bytes[52] = { 0 };
    memcpy(bytes, &header, sizeof(header));
    for (size_t len = 0; len < sizeof(bytes); len++) {
        int fd = connect_to_device();
        cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
        close(fd);
    }
    int fd = connect_to_device();
    cr_assert_eq(ask(fd, VHOST_GET_QUEUE_NUM), 2);
    close(fd);
}

static void tell_memory(int fd, uint64_t size, uint64_t offset, uint64_t file_len)
{
    int memfd = memfd_create("guest", MFD_CLOEXEC);
    struct vhost_memory table = { .count = 1,
        .regions = { { .guest_address = 0,
                .size = size,
                .user_address = 0x10000,
                .mmap_offset = offset } } };
    cr_assert_eq(ftruncate(memfd, (off_t)file_len), 0);
    tell(fd, VHOST_SET_MEM_TABLE, VHOST_NEED_REPLY, &table, 40, &memfd, 1);
    close(memfd);
}

Test(process, refuses_memory_that_its_file_does_not_hold, .init = start, .fini = finish)
{
    int fd = connect_to_device();
    tell_memory(fd, 8192, 0, 4096);
    cr_assert(hangs_up(fd));
    close(fd);
    fd = connect_to_device();
    tell_memory(fd, UINT64_MAX - 4096, 8192, 16384);
    cr_assert(hangs_up(fd));
    close(fd);
}

Test(process, says_when_guest_memory_is_not_shared, .init = start, .fini = finish)
{
    struct vhost_message reply;
    struct vhost_vring_state size = { 0, 64 }, on = { 0, 1 };
    struct vhost_vring_addr addr = { .descriptors = 0x10000,
        .available = 0x11000,
        .used = 0x12000 };
    uint64_t features = UINT64_C(1) << 32 | UINT64_C(1) << VHOST_F_PROTOCOL_FEATURES, index = 0;
    const uint64_t one = 1;
    int kick = eventfd(0, EFD_CLOEXEC);
    int fd = connect_to_device();
    tell(fd, VHOST_SET_FEATURES, 0, &features, sizeof(features), NULL, 0);
    tell_memory(fd, 65536, 0, 65536);
    vhost_message_init(&reply);
    cr_assert_eq(vhost_message_read(fd, &reply), VIT_OK);
    tell(fd, VHOST_SET_VRING_NUM, 0, &size, sizeof(size), NULL, 0);
    tell(fd, VHOST_SET_VRING_ADDR, 0, &addr, sizeof(addr), NULL, 0);
    tell(fd, VHOST_SET_VRING_KICK, 0, &index, sizeof(index), &kick, 1);
    tell(fd, VHOST_SET_VRING_ENABLE, 0, &on, sizeof(on), NULL, 0);
    cr_assert_eq(ask(fd, VHOST_GET_QUEUE_NUM), 2, "the ring is started");
    char *text = NULL;
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(write(kick, &one, sizeof(one)), sizeof(one));
        free(text);
        text = support_read(&support, "log");
        if (strstr(text, "guest memory is not shared") != NULL) {
            break;
        }
        poll(NULL, 0, 10);
    }
    cr_assert_not_null(strstr(text, "guest memory is not shared"), "the log says: %s", text);
    free(text);
    close(fd);
}

Test(process, a_handed_connection_ends_it, .init = init, .fini = finish)
{
    int ends[2];
    char number[16];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    snprintf(number, sizeof(number), "%d", ends[1]);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        execl(support_gpu(), "vitrine-gpu", "--fd", number, "--certificate", support.certificate,
                "--seccomp", support_seccomp(), (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    cr_assert_eq(ask(ends[0], VHOST_GET_QUEUE_NUM), 2);
    close(ends[0]);
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
