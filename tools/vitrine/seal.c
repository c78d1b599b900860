/* SPDX-License-Identifier: MIT */
/* vitrine seal: stands for the content provider. */
#include <argp.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certs/chain.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/conversation.h"
#include "tools/vitrine/file.h"
#include "tools/vitrine/guard.h"
#include "tools/vitrine/output.h"
#include "tools/vitrine/seal_options.h"

static const char name[] = "vitrine seal";

enum { OPTION_DEVICE = 0x100, OPTION_SERVE, OPTION_PATIENCE };

enum { DEFAULT_PATIENCE_S = 60 };

struct options {
    struct seal_options seal;
    const char *file, *device, *output, *serve;
    unsigned patience_s;
};

static const struct argp_option list[] = {
    { "device", OPTION_DEVICE, "CHAIN", 0, "the device's certificate chain (DER, leaf first)", 0 },
    { "output", 'o', "CLIP", 0, "where the sealed clip goes", 0 },
    { "serve", OPTION_SERVE, "SOCKET", 0,
            "then stay as content server for one player: key refresh and read-back check", 0 },
    { "patience", OPTION_PATIENCE, "SECONDS", 0, "how long to wait for that player (60)", 0 },
    { 0 },
};

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (option) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->seal;
        return 0;
    case OPTION_DEVICE:
        options->device = text;
        return 0;
    case OPTION_SERVE:
        options->serve = text;
        return 0;
    case OPTION_PATIENCE:
        options->patience_s = (unsigned)strtoul(text, NULL, 10);
        return 0;
    case 'o':
        options->output = text;
        return 0;
    case ARGP_KEY_ARG:
        seal_options_take_file(&options->file, text, state);
        return 0;
    case ARGP_KEY_END:
        if (options->file == NULL || options->device == NULL || options->output == NULL) {
            argp_error(state, "give FILE, --device and --output");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* What is read must not be replaced by what is made of it. */
static int check_output(const struct options *options)
{
    const char *const inputs[] = { options->file, options->device, options->seal.root };
    for (unsigned i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        if (output_is(options->output, inputs[i])) {
            return vit_command_fail_input(name, options->output);
        }
    }
    return VIT_EXIT_OK;
}

static int seal_into(const struct options *options, struct provider *provider,
        const struct output *output)
{
    int copy = dup(output->fd);
    VIT_AUTO(stream) out = copy >= 0 ? fdopen(copy, "w") : NULL;
    if (out == NULL) {
        int why = errno;
        if (copy >= 0) {
            close(copy);
        }
        errno = why;
        return vit_command_fail_output(name, options->output, VIT_E_IO);
    }
    return seal_options_write(provider, name, options->file, out, options->output, false);
}

static int seal(const struct options *options, struct provider *provider)
{
    VIT_AUTO(output) output;
    enum vit_status status = output_begin(options->output, 0666, true, &output);
    if (status != VIT_OK) {
        return vit_command_fail_output(name, options->output, status);
    }
    int code = seal_into(options, provider, &output);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    status = output_commit(&output);
    return status == VIT_OK ? VIT_EXIT_OK : vit_command_fail_output(name, options->output, status);
}

static int serve(const struct options *options, struct provider *provider, int listening)
{
    struct timeval patience = { .tv_sec = options->patience_s };
    setsockopt(listening, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    VIT_AUTO(fd) player = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    if (player < 0) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, options->serve, "no player came: %s",
                strerror(errno));
    }
    enum vit_status status = provider_serve(provider, player, (int)options->patience_s * 1000);
    return status == VIT_OK ? VIT_EXIT_OK
                            : vit_command_fail(VIT_EXIT_SYSTEM, name, options->serve, "player: %s",
                                      vit_status_name(status));
}

/* The socket goes with this process. */
static int listen_at(const char *path)
{
    sigset_t before;
    guard_hold(&before);
    int listening = conversation_listen(path);
    if (listening >= 0 && !guard_add(path)) {
        vit_command_fail(0, name, path, "stays when a signal ends this program");
    }
    guard_release(&before);
    return listening;
}

static int run_with(const struct options *options, struct provider *provider)
{
    if (options->serve == NULL) {
        return seal(options, provider);
    }
    VIT_AUTO(fd) listening = listen_at(options->serve);
    if (listening < 0) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, options->serve, "%s", strerror(errno));
    }
    int code = seal(options, provider);
    if (code == VIT_EXIT_OK) {
        code = serve(options, provider, listening);
    }
    unlink(options->serve);
    guard_remove(options->serve);
    return code;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = { { .argp = &seal_argp }, { 0 } };
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .args_doc = "FILE",
        .doc = "Seals a video for one device: decodes FILE, verifies the device's certificate chain, "
               "and writes a clip that only this device can show.\v"
               "Exit status: 0 sealed (and served), 1 device, file or output refused, 2 wrong command line, "
               "3 a file, socket or memory failed.",
        .children = children,
    };
    struct options options = { .patience_s = DEFAULT_PATIENCE_S };
    VIT_AUTO(provider) provider = NULL;
    VIT_AUTO(bytes) chain = NULL;
    size_t len;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    int code = check_output(&options);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    if (vit_file_read(options.device, VIT_CHAIN_MAX_LEN, &chain, &len) != VIT_OK) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, options.device, "%s", strerror(errno));
    }
    code = seal_options_provider(&options.seal, name, chain, len, &provider);
    return code == VIT_EXIT_OK ? run_with(&options, provider) : code;
}

const struct vit_command vit_command_seal = { "seal", "seal a video for one device", run };
