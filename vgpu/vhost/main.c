/* SPDX-License-Identifier: MIT */
/*
 * vitrine-gpu: one process, one device, one front-end at a time. It listens (--socket-path) or is
 * handed a connection (--fd), never becomes a daemon, and ends on SIGTERM or SIGINT, or with the
 * front-end when that was handed over. All of OpenSSL's memory lies in secret pages, and the
 * process cannot be dumped. Once it has started it is in its sandbox.
 */
#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/secret.h"
#include "certs/chain.h"
#include "crypto/dsa.h"
#include "crypto/key.h"
#include "crypto/memory.h"
#include "vgpu/vhost/backend.h"
#include "vgpu/vhost/control.h"
#include "vgpu/vhost/fault.h"
#include "vgpu/vhost/options.h"
#include "vgpu/vhost/sandbox.h"
#include "vgpu/virgl/virgl.h"

/* Guests submit faster than that, and what they do with a picture takes longer. */
#define GATHER_NS UINT64_C(200000)

struct server {
    struct event_base *base;
    struct vhost_backend *backend;
    struct vhost_control *control;
    struct vgpu_renderer *renderer; /* NULL: none */
    struct event *acceptable;
    struct event *signals[2];
    bool handed;        /* --fd: the front-end's end is ours */
    bool control_bound; /* the file of the control socket is ours */
};

static int print_capabilities(void)
{
    json_t *capabilities = vgpu_virgl_built()
            ? json_pack("{s:s,s:[s,s]}", "type", "gpu", "features", "render-node", "virgl")
            : json_pack("{s:s,s:[]}", "type", "gpu", "features");
    int result = capabilities == NULL ? -1 : json_dumpf(capabilities, stdout, 0);
    json_decref(capabilities);
    return result == 0 && puts("") >= 0 ? 0 : 1;
}

static void on_signal(evutil_socket_t number, short events, void *context)
{
    (void)events;
    vit_log(VIT_LOG_INFO, "ends on signal %d", (int)number);
    event_base_loopbreak(context);
}

static void on_closed(void *context)
{
    struct server *server = context;
    if (server->handed) {
        event_base_loopbreak(server->base);
    }
}

static void on_connection(evutil_socket_t listening, short events, void *context)
{
    (void)events;
    struct server *server = context;
    int socket = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    if (socket < 0) {
        return;
    }
    enum vit_status status = vhost_backend_connect(server->backend, socket);
    if (status == VIT_E_BUSY) {
        vit_log(VIT_LOG_ERROR, "a second front-end was refused: this device serves one at a time");
    } else if (status != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "a front-end was refused: %s", vit_status_name(status));
    }
}

static bool make_address(const char *path, const char *suffix, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int len = snprintf(address->sun_path, sizeof(address->sun_path), "%s%s", path, suffix);
    if (len < 0 || (size_t)len >= sizeof(address->sun_path)) {
        vit_log(VIT_LOG_ERROR, "%s: too long for a socket", path);
        return false;
    }
    return true;
}

/* Does somebody listen there, or is it another kind of file? Then it is left alone. */
static bool is_taken(const char *path, const struct sockaddr_un *address)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        return false;
    }
    VIT_AUTO(fd) probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return !S_ISSOCK(info.st_mode) ||
            connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
            errno != ECONNREFUSED;
}

/* The socket appears under its name when it listens: whoever waits for it may connect at once. */
static int listen_on(const char *path)
{
    struct sockaddr_un final, early;
    char suffix[16];
    snprintf(suffix, sizeof(suffix), ".%ld", (long)getpid());
    if (!make_address(path, "", &final) || !make_address(path, suffix, &early)) {
        return -1;
    }
    if (is_taken(path, &final)) {
        vit_log(VIT_LOG_ERROR, "%s: %s", path, strerror(EADDRINUSE));
        return -1;
    }
    VIT_AUTO(fd) listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177);
    int bound = bind(listening, (struct sockaddr *)&early, sizeof(early));
    umask(before);
    if (bound != 0 || listen(listening, 8) != 0 || rename(early.sun_path, path) != 0) {
        vit_log(VIT_LOG_ERROR, "%s: %s", path, strerror(errno));
        unlink(early.sun_path);
        return -1;
    }
    int result = listening;
    listening = -1;
    return result;
}

static int read_passphrase(void *context, char *out, int capacity)
{
    const struct vhost_options *options = context;
    int len = 0;
    while (options->passphrase_fd >= 0 && len < capacity) {
        ssize_t got = read(options->passphrase_fd, out + len, (size_t)(capacity - len));
        if (got <= 0) {
            break;
        }
        len += (int)got;
    }
    while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == '\r')) {
        len--;
    }
    return options->passphrase_fd < 0 ? -1 : len;
}

/* At most max bytes; out has room for one more. */
static bool read_file(const char *path, void *out, size_t max, const char *what, size_t *len)
{
    VIT_AUTO(stream) file = fopen(path, "re");
    if (file == NULL) {
        vit_log(VIT_LOG_ERROR, "%s: %s", path, strerror(errno));
        return false;
    }
    *len = fread(out, 1, max + 1, file);
    if (ferror(file) || *len > max) {
        vit_log(VIT_LOG_ERROR, "%s: %s%s", path, ferror(file) ? "" : "too long for ",
                ferror(file) ? strerror(errno) : what);
        return false;
    }
    return true;
}

/* What the chain says about itself decides whether a key is needed here. */
static bool check_custody(const struct vhost_options *options, const uint8_t *der, size_t len)
{
    VIT_AUTO(chain) chain = NULL;
    enum vit_custody custody;
    if (vit_chain_parse(der, len, &chain) != VIT_OK ||
            vit_chain_leaf_custody(chain, &custody) != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "%s: not a device certificate chain", options->certificate);
        return false;
    }
    if ((custody == VIT_CUSTODY_DEVICE) == (options->key != NULL)) {
        return true;
    }
    vit_log(VIT_LOG_ERROR,
            custody == VIT_CUSTODY_DEVICE
                    ? "%s: its custody is \"device\": give --key"
                    : "%s: its custody is \"driver\": the key belongs to the driver, not here",
            options->certificate);
    return false;
}

static bool open_key(const struct vhost_options *options, struct vit_private_key **key)
{
    if (options->key == NULL) {
        return true;
    }
    if (strncmp(options->key, "ncrypt:", 7) == 0) {
        /* Its providers load libraries and open files whenever they like: the filter forbids that. */
        vit_log(VIT_LOG_ERROR, "%s: keys in key storage cannot be used here", options->key);
        return false;
    }
    enum vit_status status =
            vit_private_key_open(options->key, read_passphrase, (void *)(uintptr_t)options, key);
    if (status != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "%s: %s", options->key,
                status == VIT_E_UNSUPPORTED  ? "not an RSA key of 2048 bits"
                        : status == VIT_E_IO ? "nothing there, or not readable"
                                             : "not a key, or wrong passphrase");
    }
    return status == VIT_OK;
}

static bool read_srm_key(const struct vhost_options *options, struct vit_dsa_key **key)
{
    char pem[VIT_DSA_PEM_MAX_LEN + 1];
    size_t len;
    if (options->srm_key == NULL) {
        return true;
    }
    if (!read_file(options->srm_key, pem, VIT_DSA_PEM_MAX_LEN, "a public key", &len)) {
        return false;
    }
    if (vit_dsa_key_read(pem, len, key) != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "%s: not a public DSA key of 1024 and 160 bits in PEM",
                options->srm_key);
        return false;
    }
    return true;
}

static bool start_events(struct server *server)
{
    static const int numbers[] = { SIGTERM, SIGINT };
    for (unsigned i = 0; i < 2; i++) {
        server->signals[i] = evsignal_new(server->base, numbers[i], on_signal, server->base);
        if (server->signals[i] == NULL || event_add(server->signals[i], NULL) != 0) {
            return false;
        }
    }
    return true;
}

static bool connect_handed(struct server *server, int fd)
{
    int type;
    socklen_t len = sizeof(type);
    bool stream = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
    if (!stream || vhost_backend_connect(server->backend, fd) != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "--fd %d: not a connected stream socket", fd);
        return false;
    }
    return true;
}

static bool start_front_end(struct server *server, const struct vhost_options *options)
{
    server->handed = options->fd >= 0;
    if (server->handed) {
        return connect_handed(server, options->fd);
    }
    int listening = listen_on(options->socket_path);
    if (listening < 0) {
        return false;
    }
    server->acceptable =
            event_new(server->base, listening, EV_READ | EV_PERSIST, on_connection, server);
    return server->acceptable != NULL && event_add(server->acceptable, NULL) == 0;
}

static bool start_control(struct server *server, const struct vhost_options *options)
{
    if (options->control_socket == NULL) {
        return true;
    }
    int listening = listen_on(options->control_socket);
    server->control_bound = listening >= 0;
    return listening >= 0 &&
            vhost_control_create(server->base, listening, vhost_backend_device(server->backend),
                    &server->control) == VIT_OK;
}

static bool open_renderer(const struct vhost_options *options, struct vgpu_renderer **renderer)
{
    if (!options->virgl) {
        return true;
    }
    enum vit_status status = vgpu_virgl_create(options->render_node, renderer);
    if (status == VIT_E_IO) {
        vit_log(VIT_LOG_ERROR, "%s: not a render node that may be used", options->render_node);
    } else if (status != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "virgl does not start: EGL is missing, or does not render: %s",
                vit_status_name(status));
    }
    return status == VIT_OK;
}

struct keys {
    struct vit_private_key *device;
    struct vit_dsa_key *srm;
};

static bool start(struct server *server, struct vhost_options *options, struct keys *keys)
{
    static uint8_t der[VIT_CHAIN_MAX_LEN + 1];
    size_t len;
    if (!read_file(options->certificate, der, VIT_CHAIN_MAX_LEN, "a certificate chain", &len) ||
            !check_custody(options, der, len) || !open_key(options, &keys->device) ||
            !read_srm_key(options, &keys->srm)) {
        return false;
    }
    options->device.chain = der;
    options->device.chain_len = len;
    options->device.key = keys->device;
    options->device.srm_key = keys->srm;
    if (!open_renderer(options, &server->renderer)) {
        return false;
    }
    options->device.renderer = server->renderer;
    options->device.gather_ns = GATHER_NS;
    options->device.owner_helps = true;
    enum vit_status status = vhost_backend_create(server->base, &options->device, on_closed, server,
            &server->backend);
    if (status != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "the device does not start: %s",
                status == VIT_E_REFUSED ? "the key does not belong to the certificate"
                                        : vit_status_name(status));
        return false;
    }
    return start_events(server) && start_control(server, options) &&
            start_front_end(server, options);
}

static void finish(struct server *server, const struct vhost_options *options)
{
    vhost_control_destroy(server->control);
    vhost_backend_destroy(server->backend);
    vgpu_virgl_destroy(server->renderer);
    for (unsigned i = 0; i < 2; i++) {
        if (server->signals[i] != NULL) {
            event_free(server->signals[i]);
        }
    }
    if (server->acceptable != NULL) {
        close(event_get_fd(server->acceptable));
        event_free(server->acceptable);
        unlink(options->socket_path);
    }
    if (server->control_bound) {
        unlink(options->control_socket);
    }
    event_base_free(server->base);
}

static bool enter_sandbox(const struct vhost_options *options)
{
    enum vit_status status = vhost_sandbox_enter(options->seccomp,
            options->virgl ? VHOST_SANDBOX_RENDERING : VHOST_SANDBOX_PLAIN);
    if (status != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "no filter of system calls: %s (--seccomp none goes without)",
                vit_status_name(status));
    }
    return status == VIT_OK;
}

static int run(struct vhost_options *options)
{
    struct keys keys = { 0 };
    struct server server = { .base = event_base_new() };
    if (server.base == NULL) {
        return 1;
    }
    bool started = vhost_fault_install() == VIT_OK && start(&server, options, &keys) &&
            enter_sandbox(options);
    if (started) {
        event_base_dispatch(server.base);
    }
    finish(&server, options);
    vit_private_key_destroy(keys.device);
    vit_dsa_key_destroy(keys.srm);
    return started ? 0 : 1;
}

/* Locked memory is what keys lie in: take all that we may. */
static void harden(void)
{
    struct rlimit limit;
    (void)signal(SIGPIPE, SIG_IGN); /* what a front-end sends may be a pipe that nobody reads */
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    vhost_sandbox_prepare();
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_MEMLOCK, &limit);
    }
}

int main(int argc, char **argv)
{
    struct vhost_options options;
    struct vit_slab *openssl_slab; /* lives as long as OpenSSL: to the end */
    if (secure_getenv("VITRINE_LOG") == NULL) {
        vit_log_set_level(VIT_LOG_WARNING);
    }
    (void)vit_trace_wanted(); /* opens its file */
    harden();
    if (vit_slab_create(&openssl_slab) != VIT_OK || vit_openssl_use_slab(openssl_slab) != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "no secret memory: RLIMIT_MEMLOCK is too low");
        return 1;
    }
    vhost_options_parse(argc, argv, &options);
    return options.print_capabilities ? print_capabilities() : run(&options);
}
