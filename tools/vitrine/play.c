/* SPDX-License-Identifier: MIT */
/* vitrine play: stands for the player; of a clear file, for the content provider as well. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/key.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/conversation.h"
#include "tools/vitrine/device_options.h"
#include "tools/vitrine/file.h"
#include "tools/vitrine/guard.h"
#include "tools/vitrine/output.h"
#include "tools/vitrine/player.h"
#include "tools/vitrine/report.h"
#include "tools/vitrine/seal_options.h"
#include "tools/vitrine/source.h"

static const char name[] = "vitrine play";

enum { OPTION_SERVER = 0x100, OPTION_JSON, OPTION_QUIET, SERVE_IDLE_MS = 60000 };

struct options {
    struct device_options device;
    struct seal_options seal;
    const char *file, *output, *server;
    bool json, quiet;
};

static const struct argp_option list[] = {
    { "output", 'o', "FOLDER", 0,
            "leave display.png, capture.png, control.png and report.json there", 0 },
    { "server", OPTION_SERVER, "SOCKET", 0,
            "the content server of this clip (vitrine seal --serve): refresh the session key "
            "halfway, prove the last frame by read-back",
            0 },
    { "json", OPTION_JSON, NULL, 0, "print the report", 0 },
    { "quiet", OPTION_QUIET, NULL, 0, "no progress bar and no summary", 0 },
    { 0 },
};

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (option) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->device;
        state->child_inputs[1] = &options->seal;
        return 0;
    case OPTION_SERVER:
        options->server = text;
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case OPTION_QUIET:
        options->quiet = true;
        return 0;
    case 'o':
        options->output = text;
        return 0;
    case ARGP_KEY_ARG:
        seal_options_take_file(&options->file, text, state);
        return 0;
    case ARGP_KEY_END:
        if (options->file == NULL) {
            argp_error(state, "give a sealed clip or a video file");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int play_clip(struct options *options, struct vit_adapter *adapter, FILE *clip, int server)
{
    struct player_config config = { .adapter = adapter,
        .clip = clip,
        .clip_name = options->file,
        .server = server,
        .output = options->output,
        .quiet = options->quiet };
    struct player_result result;
    int code = player_run(&config, &result);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    return report_write(&options->device, adapter, &result, options->file, options->output,
            options->json, options->quiet);
}

struct serving {
    struct provider *provider;
    int socket;
};

static void *serve(void *context)
{
    struct serving *serving = context;
    enum vit_status status = provider_serve(serving->provider, serving->socket, SERVE_IDLE_MS);
    shutdown(serving->socket, SHUT_RDWR);
    if (status != VIT_OK) {
        vit_command_fail(0, name, NULL, "content server: %s", vit_status_name(status));
    }
    return NULL;
}

/* Both roles in one process, each with its end of a socket. */
static int play_with_server(struct options *options, struct vit_adapter *adapter, FILE *clip,
        struct provider *provider)
{
    int ends[2];
    pthread_t thread;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, NULL, "%s", strerror(errno));
    }
    struct serving serving = { provider, ends[1] };
    sigset_t before;
    guard_hold(&before); /* for the thread: signals are this one's */
    int error = pthread_create(&thread, NULL, serve, &serving);
    guard_release(&before);
    if (error != 0) {
        close(ends[0]);
        close(ends[1]);
        return vit_command_fail(VIT_EXIT_SYSTEM, name, NULL, "no thread");
    }
    int code = play_clip(options, adapter, clip, ends[0]);
    close(ends[0]);
    pthread_join(thread, NULL);
    close(ends[1]);
    return code;
}

/* Drivers tell nobody why they offer no content protection: the key is looked at here once more. */
static int fail_certificate(const struct device_options *device, HRESULT hr)
{
    const char *key = device->adapter.link.key;
    if (key == NULL) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, NULL,
                "the driver offers no content protection: 0x%08x", (unsigned)hr);
    }
    const char *reason;
    enum vit_status status = vit_private_key_look(key, &reason);
    if (reason == NULL) {
        reason = status == VIT_OK    ? "not that of the certificate, or its PIN is missing or wrong"
                : status == VIT_E_IO ? "cannot be opened"
                : status == VIT_E_REFUSED
                ? "not a key, or it needs a passphrase, and drivers ask nobody"
                : "not an RSA key of 2048 bits";
    }
    return vit_command_fail(VIT_EXIT_SYSTEM, name, key,
            "the driver cannot use this key, so it offers no content protection: %s", reason);
}

static int seal_for(struct options *options, struct vit_adapter *adapter, FILE *out,
        struct provider **provider)
{
    VIT_AUTO(device) device = NULL;
    VIT_AUTO(bytes) chain = NULL;
    UINT len = 0;
    HRESULT hr = vit_device_open(adapter, &device);
    if (SUCCEEDED(hr)) {
        hr = vit_session_certificate(device, &chain, &len);
    }
    if (FAILED(hr)) {
        return fail_certificate(&options->device, hr);
    }
    int code = seal_options_provider(&options->seal, name, chain, len, provider);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    return seal_options_write(*provider, name, options->file, out, "sealed copy", options->quiet);
}

static int play_clear_file(struct options *options, struct vit_adapter *adapter)
{
    VIT_AUTO(provider) provider = NULL;
    VIT_AUTO(stream) clip = tmpfile();
    if (clip == NULL) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, NULL, "%s", strerror(errno));
    }
    int code = seal_for(options, adapter, clip, &provider);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    rewind(clip);
    return play_with_server(options, adapter, clip, provider);
}

static int play_sealed(struct options *options, struct vit_adapter *adapter)
{
    VIT_AUTO(fd) server = -1;
    VIT_AUTO(stream) clip = fopen(options->file, "re");
    if (clip == NULL) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, options->file, "%s", strerror(errno));
    }
    if (options->server != NULL) {
        server = conversation_connect(options->server);
        if (server < 0) {
            return vit_command_fail(VIT_EXIT_SYSTEM, name, options->server, "%s", strerror(errno));
        }
    }
    return play_clip(options, adapter, clip, server);
}

/* Is it something that can be played at all? */
static int check_file(const char *path, bool *is_clip)
{
    VIT_AUTO(stream) file = fopen(path, "re");
    VIT_AUTO(source) source = NULL;
    struct source_info info;
    char reason[SOURCE_REASON_LEN];
    if (file == NULL) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, path, "%s", strerror(errno));
    }
    *is_clip = clip_is(file);
    enum vit_status status = *is_clip ? VIT_OK : source_try(path, &source, &info, reason);
    switch (status) {
    case VIT_OK:
        return VIT_EXIT_OK;
    case VIT_E_REFUSED:
    case VIT_E_UNSUPPORTED:
        return vit_command_fail(VIT_EXIT_REFUSED, name, path, "not a sealed clip, and %s", reason);
    default:
        return vit_command_fail(VIT_EXIT_SYSTEM, name, path, "%s", reason);
    }
}

/* What is read must not be replaced by what is left. */
static int check_picture(const struct options *options, const char *picture)
{
    const struct vitrine_host_config *link = &options->device.adapter.link;
    const char *const inputs[] = { options->file, link->certificate, link->key,
        options->seal.root };
    VIT_AUTO(string) path = vit_path_join(options->output, picture);
    enum vit_status status = path != NULL ? output_check(path, true) : VIT_E_NOMEM;
    if (status != VIT_OK) {
        return vit_command_fail_output(name, path, status);
    }
    for (unsigned i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        if (output_is(path, inputs[i])) {
            return vit_command_fail_input(name, path);
        }
    }
    return VIT_EXIT_OK;
}

static int make_folder(const struct options *options, char **new_from)
{
    static const char *const pictures[] = { "display.png", "capture.png", "control.png",
        "report.json" };
    if (options->output == NULL) {
        return VIT_EXIT_OK;
    }
    if (vit_folder_make(options->output, new_from) != VIT_OK) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, options->output, "%s", strerror(errno));
    }
    int code = VIT_EXIT_OK;
    for (unsigned i = 0; i < sizeof(pictures) / sizeof(pictures[0]) && code == VIT_EXIT_OK; i++) {
        code = check_picture(options, pictures[i]);
    }
    return code;
}

static int play(struct options *options, bool is_clip)
{
    VIT_AUTO(adapter) adapter = NULL;
    int code = device_options_open(&options->device, name, &adapter);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    return is_clip ? play_sealed(options, adapter) : play_clear_file(options, adapter);
}

static int run_with(struct options *options)
{
    char *new_from = NULL;
    bool is_clip = false;
    int code = check_file(options->file, &is_clip);
    if (code == VIT_EXIT_OK) {
        code = make_folder(options, &new_from);
    }
    if (code == VIT_EXIT_OK) {
        code = play(options, is_clip);
    }
    vit_folder_settle(options->output, new_from);
    return code;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        { .argp = &device_argp },
        { .argp = &seal_argp, .header = "For a file that is not sealed yet:" },
        { 0 },
    };
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .args_doc = "CLIP|FILE",
        .doc = "Plays a sealed clip through the driver's Direct3D 11.1 DDI, and shows that the "
               "display sees it and nobody else does. A FILE that is not sealed is sealed first, in "
               "this process.\v"
               "Exit status: 0 played, 1 clip, file, device or output refused, or the pictures are "
               "not as they must be, 2 wrong command line, 3 a file, the device or memory failed.",
        .children = children,
    };
    struct options options = { .file = NULL };
    device_options_init(&options.device);
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    int code = run_with(&options);
    device_options_finish(&options.device);
    return code;
}

const struct vit_command vit_command_play = { "play", "play a sealed clip or a video file", run };
