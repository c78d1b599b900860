/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "vgpu/virgl/virgl.h"

#define DEFAULT_CERTIFICATE VITRINE_CONFIGURATION "/device.der"
#define DEFAULT_KEY VITRINE_CONFIGURATION "/device.key"

enum {
    OPTION_SOCKET_PATH = 0x100,
    OPTION_FD,
    OPTION_PRINT_CAPABILITIES,
    OPTION_CONTROL_SOCKET,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_PASSPHRASE_FD,
    OPTION_WORKERS,
    OPTION_OUTPUTS,
    OPTION_WIDTH,
    OPTION_HEIGHT,
    OPTION_MAX_SESSIONS,
    OPTION_MAX_BYTES,
    OPTION_REQUIRE_HDCP,
    OPTION_CONNECTOR,
    OPTION_SRM_KEY,
    OPTION_SECCOMP,
    OPTION_VIRGL,
    OPTION_RENDER_NODE,
};

static const struct argp_option list[] = {
    { "socket-path", OPTION_SOCKET_PATH, "PATH", 0, "listen for a front-end on this socket", 0 },
    { "fd", OPTION_FD, "N", 0, "serve the front-end connected to this descriptor, then end", 0 },
    { "print-capabilities", OPTION_PRINT_CAPABILITIES, NULL, 0,
            "print what QEMU asks a back-end for, as JSON, and exit", 0 },
    { "control-socket", OPTION_CONTROL_SOCKET, "PATH", 0,
            "listen for control commands (host only): levels and faults of outputs", 0 },
    { "certificate", OPTION_CERTIFICATE, "FILE", 0,
            "certificate chain of this device: DER, leaf first (" DEFAULT_CERTIFICATE ")", 1 },
    { "key", OPTION_KEY, "URI", 0,
            "private key of the certificate; needed when its custody is \"device\" (with the default "
            "certificate: " DEFAULT_KEY ", if it is there)",
            1 },
    { "passphrase-fd", OPTION_PASSPHRASE_FD, "N", 0,
            "read the key's passphrase from this descriptor", 1 },
    { "workers", OPTION_WORKERS, "N", 0, "threads for long jobs (1)", 2 },
    { "outputs", OPTION_OUTPUTS, "N", 0, "displays (1)", 2 },
    { "width", OPTION_WIDTH, "PIXELS", 0, "of each display (1280)", 2 },
    { "height", OPTION_HEIGHT, "PIXELS", 0, "of each display (800)", 2 },
    { "max-sessions", OPTION_MAX_SESSIONS, "N", 0, "sessions per context (16384)", 2 },
    { "max-bytes", OPTION_MAX_BYTES, "N", 0, "protected bytes per context (1 GiB)", 2 },
    { "require-hdcp", OPTION_REQUIRE_HDCP, NULL, 0,
            "show protected content only on outputs with HDCP in force", 2 },
    { "connector", OPTION_CONNECTOR, "vga|dvi|hdmi|displayport", 0,
            "what each display is connected by (hdmi): it says what protection there can be", 2 },
    { "srm-key", OPTION_SRM_KEY, "FILE", 0,
            "public key (DSA, PEM) whose lists of revoked HDCP receivers count (nobody's)", 2 },
    { "seccomp", OPTION_SECCOMP, "kill|log|none", 0,
            "what a system call that the device does not need leads to: its end (the default), a line "
            "in the kernel's audit log, or nothing",
            2 },
    { "virgl", OPTION_VIRGL, "on|off", OPTION_ARG_OPTIONAL,
            "render for the guest by virglrenderer (off; without a word: on)", 3 },
    { "render-node", OPTION_RENDER_NODE, "PATH", 0,
            "render on this GPU, a DRM render node (in software); --virgl comes with it", 3 },
    { 0 },
};

static uint64_t number(struct argp_state *state, const char *text, uint64_t min, uint64_t max)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' || value < min || value > max) {
        argp_error(state, "%s: not a number from %llu to %llu", text, (unsigned long long)min,
                (unsigned long long)max);
    }
    return value;
}

static enum vgpu_connector connector(struct argp_state *state, const char *text)
{
    static const struct {
        const char *name;
        enum vgpu_connector connector;
    } rows[] = {
        { "vga", VGPU_CONNECTOR_VGA },
        { "dvi", VGPU_CONNECTOR_DVI },
        { "hdmi", VGPU_CONNECTOR_HDMI },
        { "displayport", VGPU_CONNECTOR_DISPLAYPORT },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, text) == 0) {
            return rows[i].connector;
        }
    }
    argp_error(state, "%s: not vga, dvi, hdmi or displayport", text);
    return VGPU_CONNECTOR_HDMI;
}

static error_t parse_device(int option, char *text, struct argp_state *state)
{
    struct vgpu_config *device = &((struct vhost_options *)state->input)->device;
    switch (option) {
    case OPTION_WORKERS:
        device->workers = (unsigned)number(state, text, 1, 64);
        return 0;
    case OPTION_OUTPUTS:
        device->outputs = (unsigned)number(state, text, 1, VGPU_MAX_OUTPUTS);
        return 0;
    case OPTION_WIDTH:
        device->width = (uint32_t)number(state, text, 1, 16384);
        return 0;
    case OPTION_HEIGHT:
        device->height = (uint32_t)number(state, text, 1, 16384);
        return 0;
    case OPTION_MAX_SESSIONS:
        device->session_limit = (uint32_t)number(state, text, 1, UINT32_MAX);
        return 0;
    case OPTION_MAX_BYTES:
        device->byte_limit = number(state, text, 1, UINT64_MAX);
        return 0;
    case OPTION_REQUIRE_HDCP:
        device->require_hdcp = true;
        return 0;
    case OPTION_CONNECTOR:
        device->connector = connector(state, text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Who starts back-ends by QEMU's manifests gives neither. */
static void use_defaults(struct vhost_options *options)
{
    if (options->certificate != NULL) {
        return;
    }
    options->certificate = DEFAULT_CERTIFICATE;
    if (options->key == NULL && access(DEFAULT_KEY, F_OK) == 0) {
        options->key = DEFAULT_KEY;
    }
}

static void check(struct argp_state *state, const struct vhost_options *options)
{
    if (options->print_capabilities) {
        return;
    }
    if ((options->socket_path == NULL) == (options->fd < 0)) {
        argp_error(state, "give one of --socket-path and --fd");
    }
    if (options->render_node != NULL && !options->virgl) {
        argp_error(state, "--render-node renders: it does not go with --virgl=off");
    }
}

static void set_virgl(struct vhost_options *options, const char *text, struct argp_state *state)
{
    options->virgl = text == NULL || strcmp(text, "on") == 0;
    if (!options->virgl && strcmp(text, "off") != 0) {
        argp_error(state, "%s: not on or off", text);
    }
    if (options->virgl && !vgpu_virgl_built()) {
        argp_error(state, "--virgl: this vitrine-gpu was built without virglrenderer");
    }
}

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct vhost_options *options = state->input;
    switch (option) {
    case OPTION_SOCKET_PATH:
        options->socket_path = text;
        return 0;
    case OPTION_FD:
        options->fd = (int)number(state, text, 0, INT32_MAX);
        return 0;
    case OPTION_PRINT_CAPABILITIES:
        options->print_capabilities = true;
        return 0;
    case OPTION_CONTROL_SOCKET:
        options->control_socket = text;
        return 0;
    case OPTION_CERTIFICATE:
        options->certificate = text;
        return 0;
    case OPTION_KEY:
        options->key = text;
        return 0;
    case OPTION_SRM_KEY:
        options->srm_key = text;
        return 0;
    case OPTION_SECCOMP:
        if (vhost_seccomp_from_name(text, &options->seccomp) != VIT_OK) {
            argp_error(state, "%s: not kill, log or none", text);
        }
        return 0;
    case OPTION_VIRGL:
        options->virgl_told = true;
        set_virgl(options, text, state);
        return 0;
    case OPTION_RENDER_NODE:
        options->render_node = text;
        return 0;
    case OPTION_PASSPHRASE_FD:
        options->passphrase_fd = (int)number(state, text, 0, INT32_MAX);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: unexpected", text);
        return 0;
    case ARGP_KEY_END:
        if (options->render_node != NULL && !options->virgl_told) {
            set_virgl(options, "on", state);
        }
        check(state, options);
        use_defaults(options);
        return 0;
    default:
        return parse_device(option, text, state);
    }
}

void vhost_options_parse(int argc, char **argv, struct vhost_options *options)
{
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .doc = "The Vitrine device: a virtual GPU with content protection, as a vhost-user back-end."
               "\vEnds on SIGTERM. Exit status: 0 ended as asked, 1 could not start or serve, 2 wrong "
               "command line. VITRINE_LOG=error|warning|info|debug sets how much is said on standard "
               "error (warning).",
    };
    *options = (struct vhost_options){ .fd = -1, .passphrase_fd = -1 };
    argp_err_exit_status = 2;
    argp_program_version = "vitrine-gpu " VITRINE_VERSION;
    (void)argp_parse(&argp, argc, argv, 0, NULL, options);
}
