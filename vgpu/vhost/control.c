/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/control.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

enum { LINE_MAX_LEN = 4096, CLIENT_MAX_COUNT = 8 };

struct client {
    struct vhost_control *control;
    int socket; /* -1: free */
    struct event *readable;
    char line[LINE_MAX_LEN];
    size_t len;
};

struct vhost_control {
    struct event_base *base;
    struct vgpu_device *device;
    int listening;
    struct event *acceptable;
    struct client clients[CLIENT_MAX_COUNT];
};

static const char *const level_names[] = {
    [VGPU_LEVEL_NONE] = "none",
    [VGPU_LEVEL_HDCP] = "hdcp",
    [VGPU_LEVEL_LOST] = "lost",
    [VGPU_LEVEL_REVOKED] = "revoked",
};

enum { LEVEL_COUNT = sizeof(level_names) / sizeof(level_names[0]) };

static json_t *error(const char *text)
{
    return json_pack("{s:{s:s,s:s}}", "error", "class", "GenericError", "desc", text);
}

/* Perhaps one that the device has not got. */
static bool is_output(json_int_t number)
{
    return number >= 0 && number < VGPU_MAX_OUTPUTS;
}

static json_t *query_status(struct vhost_control *control, json_t *arguments)
{
    if (arguments != NULL && json_unpack(arguments, "{!}") != 0) {
        return error("query-status takes no arguments");
    }
    struct vgpu_stats stats;
    vgpu_device_stats(control->device, &stats);
    json_t *outputs = json_array();
    for (unsigned i = 0; i < VGPU_MAX_OUTPUTS; i++) {
        enum vgpu_level level;
        if (vgpu_device_get_level(control->device, i, &level) == VIT_OK) {
            json_array_append_new(outputs,
                    json_pack("{s:i,s:s}", "output", (int)i, "level", level_names[level]));
        }
    }
    return json_pack("{s:{s:o,s:I,s:I,s:I,s:I,s:I,s:I}}", "return", "outputs", outputs, "contexts",
            (json_int_t)stats.contexts, "resources", (json_int_t)stats.resources, "sessions",
            (json_int_t)stats.sessions, "protected-bytes", (json_int_t)stats.protected_bytes,
            "submissions", (json_int_t)stats.submissions, "refused", (json_int_t)stats.refused);
}

static json_t *set_level(struct vhost_control *control, json_t *arguments)
{
    json_int_t output = -1;
    const char *name = NULL;
    if (json_unpack(arguments, "{s:I,s:s!}", "output", &output, "level", &name) != 0) {
        return error("set-level takes output (number) and level (string)");
    }
    for (unsigned i = 0; i < LEVEL_COUNT; i++) {
        if (strcmp(level_names[i], name) != 0) {
            continue;
        }
        if (!is_output(output) ||
                vgpu_device_set_level(control->device, (unsigned)output, (enum vgpu_level)i) !=
                        VIT_OK) {
            return error("no such output");
        }
        return json_pack("{s:{}}", "return");
    }
    return error("level is one of none, hdcp, lost, revoked");
}

static json_t *done(enum vit_status status)
{
    return status == VIT_OK ? json_pack("{s:{}}", "return") : error("no such output");
}

/* Ten digits; each receiver's vector has as many ones as zeros. */
static bool read_ksv(const char *text, uint8_t ksv[VGPU_KSV_LEN])
{
    enum { ONES = 4 * VGPU_KSV_LEN };
    uint8_t read[VGPU_KSV_LEN];
    int ones = 0;
    if (strlen(text) != 2 * VGPU_KSV_LEN ||
            strspn(text, "0123456789abcdefABCDEF") != 2 * VGPU_KSV_LEN) {
        return false;
    }
    for (unsigned i = 0; i < VGPU_KSV_LEN; i++) {
        const char digits[3] = { text[2 * i], text[2 * i + 1], '\0' };
        read[i] = (uint8_t)strtoul(digits, NULL, 16);
        ones += __builtin_popcount(read[i]);
    }
    if (ones != ONES) {
        return false;
    }
    memcpy(ksv, read, sizeof(read));
    return true;
}

static json_t *monitor_json(struct vhost_control *control, unsigned output)
{
    struct vgpu_monitor monitor;
    enum vgpu_level level;
    if (vgpu_device_get_monitor(control->device, output, &monitor) != VIT_OK ||
            vgpu_device_get_level(control->device, output, &level) != VIT_OK) {
        return NULL;
    }
    char ksv[2 * VGPU_KSV_LEN + 1];
    for (unsigned i = 0; i < VGPU_KSV_LEN; i++) {
        snprintf(ksv + 2 * i, 3, "%02x", monitor.ksv[i]);
    }
    return json_pack("{s:i,s:b,s:b,s:b,s:i,s:s,s:s}", "output", (int)output, "plugged",
            monitor.plugged, "hdcp", monitor.has_hdcp, "revoked", monitor.revoked, "delay-ms",
            (int)monitor.delay_ms, "ksv", ksv, "level", level_names[level]);
}

static json_t *query_monitors(struct vhost_control *control, json_t *arguments)
{
    (void)arguments;
    json_t *monitors = json_array();
    for (unsigned i = 0; i < VGPU_MAX_OUTPUTS; i++) {
        json_t *monitor = monitor_json(control, i);
        if (monitor != NULL) {
            json_array_append_new(monitors, monitor);
        }
    }
    return json_pack("{s:o}", "return", monitors);
}

/* What is not said stays. */
static json_t *set_monitor(struct vhost_control *control, json_t *arguments)
{
    json_int_t output = -1;
    struct vgpu_monitor monitor;
    if (json_unpack(arguments, "{s:I}", "output", &output) != 0) {
        return error("set-monitor takes output (number)");
    }
    if (!is_output(output) ||
            vgpu_device_get_monitor(control->device, (unsigned)output, &monitor) != VIT_OK) {
        return error("no such output");
    }
    int plugged = monitor.plugged;
    int hdcp = monitor.has_hdcp;
    int revoked = monitor.revoked;
    json_int_t delay_ms = monitor.delay_ms;
    const char *ksv = NULL;
    if (json_unpack(arguments, "{s:I,s?b,s?b,s?b,s?I,s?s!}", "output", &output, "plugged", &plugged,
                "hdcp", &hdcp, "revoked", &revoked, "delay-ms", &delay_ms, "ksv", &ksv) != 0) {
        return error("set-monitor takes output, and of plugged, hdcp, revoked (booleans), "
                     "delay-ms (number) and ksv (string) what changes");
    }
    if (delay_ms < 0 || delay_ms > VGPU_MAX_DELAY_MS) {
        return error("delay-ms is a number from 0 to 60000");
    }
    if (ksv != NULL && !read_ksv(ksv, monitor.ksv)) {
        return error("ksv has ten hexadecimal digits, and twenty ones among its bits");
    }
    monitor.plugged = plugged;
    monitor.has_hdcp = hdcp;
    monitor.revoked = revoked;
    monitor.delay_ms = (uint32_t)delay_ms;
    return done(vgpu_device_set_monitor(control->device, (unsigned)output, &monitor));
}

static json_t *tamper(struct vhost_control *control, json_t *arguments)
{
    json_int_t output = -1;
    if (json_unpack(arguments, "{s:I!}", "output", &output) != 0) {
        return error("tamper takes output (number)");
    }
    return done(is_output(output) ? vgpu_device_tamper(control->device, (unsigned)output)
                                  : VIT_E_ARG);
}

static const struct {
    const char *name;
    json_t *(*run)(struct vhost_control *control, json_t *arguments);
} commands[] = {
    { "query-status", query_status },
    { "set-level", set_level },
    { "query-monitors", query_monitors },
    { "set-monitor", set_monitor },
    { "tamper", tamper },
};

static json_t *execute(struct vhost_control *control, const char *line, size_t len)
{
    json_error_t where;
    json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
    const char *name = NULL;
    json_t *arguments = NULL;
    json_t *answer = NULL;
    if (json_unpack(request, "{s:s,s?o!}", "execute", &name, "arguments", &arguments) != 0) {
        answer = error("a line is {\"execute\": NAME, \"arguments\": {...}}");
    }
    for (size_t i = 0; answer == NULL && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            answer = commands[i].run(control, arguments);
        }
    }
    if (answer == NULL) {
        answer = error(
                "no such command: query-status, set-level, query-monitors, set-monitor, tamper");
    }
    json_decref(request);
    return answer;
}

static void drop(struct client *client)
{
    event_free(client->readable);
    close(client->socket);
    client->readable = NULL;
    client->socket = -1;
    client->len = 0;
}

/* A client that does not read its answers is dropped rather than waited for. */
static bool answer_line(struct client *client, const char *line, size_t len)
{
    json_t *answer = execute(client->control, line, len);
    char text[LINE_MAX_LEN];
    size_t size = answer == NULL ? 0 : json_dumpb(answer, text, sizeof(text) - 1, JSON_COMPACT);
    json_decref(answer);
    if (size == 0 || size >= sizeof(text)) {
        return false;
    }
    text[size] = '\n';
    return send(client->socket, text, size + 1, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size + 1;
}

static bool serve_lines(struct client *client)
{
    char *end;
    while ((end = memchr(client->line, '\n', client->len)) != NULL) {
        size_t len = (size_t)(end - client->line);
        if (!answer_line(client, client->line, len)) {
            return false;
        }
        client->len -= len + 1;
        memmove(client->line, end + 1, client->len);
    }
    return client->len < sizeof(client->line);
}

static void on_line(evutil_socket_t fd, short events, void *context)
{
    (void)events;
    struct client *client = context;
    ssize_t got =
            recv(fd, client->line + client->len, sizeof(client->line) - client->len, MSG_DONTWAIT);
    if (got <= 0) {
        drop(client);
        return;
    }
    client->len += (size_t)got;
    if (!serve_lines(client)) {
        drop(client);
    }
}

static struct client *free_client(struct vhost_control *control)
{
    for (unsigned i = 0; i < CLIENT_MAX_COUNT; i++) {
        if (control->clients[i].socket < 0) {
            return &control->clients[i];
        }
    }
    return NULL;
}

static void on_connection(evutil_socket_t listening, short events, void *context)
{
    (void)events;
    struct vhost_control *control = context;
    int socket = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *client = free_client(control);
    if (socket < 0) {
        return;
    }
    if (client == NULL) {
        vit_log(VIT_LOG_WARNING, "control socket: more than %d clients", CLIENT_MAX_COUNT);
        close(socket);
        return;
    }
    client->socket = socket;
    client->readable = event_new(control->base, socket, EV_READ | EV_PERSIST, on_line, client);
    if (client->readable == NULL || event_add(client->readable, NULL) != 0) {
        close(socket);
        client->socket = -1;
    }
}

enum vit_status vhost_control_create(struct event_base *base, int listening,
        struct vgpu_device *device, struct vhost_control **control)
{
    struct vhost_control *created = calloc(1, sizeof(*created));
    if (created == NULL) {
        close(listening);
        return VIT_E_NOMEM;
    }
    created->base = base;
    created->device = device;
    created->listening = listening;
    for (unsigned i = 0; i < CLIENT_MAX_COUNT; i++) {
        created->clients[i].control = created;
        created->clients[i].socket = -1;
    }
    created->acceptable = event_new(base, listening, EV_READ | EV_PERSIST, on_connection, created);
    if (created->acceptable == NULL || event_add(created->acceptable, NULL) != 0) {
        vhost_control_destroy(created);
        return VIT_E_NOMEM;
    }
    *control = created;
    return VIT_OK;
}

void vhost_control_destroy(struct vhost_control *control)
{
    if (control == NULL) {
        return;
    }
    for (unsigned i = 0; i < CLIENT_MAX_COUNT; i++) {
        if (control->clients[i].socket >= 0) {
            drop(&control->clients[i]);
        }
    }
    if (control->acceptable != NULL) {
        event_free(control->acceptable);
    }
    close(control->listening);
    free(control);
}
