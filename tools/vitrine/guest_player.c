/* SPDX-License-Identifier: MIT */
/* vitrine play of a sealed clip, without what decodes media: for the small system of a guest. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/vitrine/clip.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/conversation.h"
#include "tools/vitrine/device_options.h"
#include "tools/vitrine/file.h"
#include "tools/vitrine/player.h"
#include "tools/vitrine/report.h"

static const char name[] = "vitrine-guest-player";

enum { OPTION_SERVER = 0x100, OPTION_STEP };

struct options {
    struct device_options device;
    const char *clip, *server, *output;
    bool step;
};

static const struct argp_option list[] = {
    { "output", 'o', "FOLDER", 0, "leave report.json there", 0 },
    { "server", OPTION_SERVER, "PATH", 0, "the content server: a socket or a virtio-serial port",
            0 },
    { "step", OPTION_STEP, NULL, 0,
            "say on standard output what is on the screen, and go on after a line on standard input",
            0 },
    { 0 },
};

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (option) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->device;
        return 0;
    case OPTION_SERVER:
        options->server = text;
        return 0;
    case OPTION_STEP:
        options->step = true;
        return 0;
    case 'o':
        options->output = text;
        return 0;
    case ARGP_KEY_ARG:
        if (options->clip != NULL) {
            argp_error(state, "one clip at a time");
        }
        options->clip = text;
        return 0;
    case ARGP_KEY_END:
        if (options->clip == NULL) {
            argp_error(state, "give a sealed clip");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void shown(const char *picture)
{
    printf("%s\n", picture);
    (void)fflush(stdout);
    int byte;
    do {
        byte = getchar();
    } while (byte != '\n' && byte != EOF);
}

static int play(const struct options *options, struct vit_adapter *adapter)
{
    VIT_AUTO(stream) clip = fopen(options->clip, "re");
    if (clip == NULL) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, options->clip, "%s", strerror(errno));
    }
    VIT_AUTO(fd) server = options->server != NULL ? conversation_connect(options->server) : -1;
    if (options->server != NULL && server < 0) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, options->server, "%s", strerror(errno));
    }
    struct player_config config = { .adapter = adapter,
        .clip = clip,
        .clip_name = options->clip,
        .server = server,
        .quiet = true,
        .shown = options->step ? shown : NULL };
    struct player_result result;
    int code = player_run(&config, &result);
    return code == VIT_EXIT_OK ? report_write(&options->device, adapter, &result, options->clip,
                                         options->output, false, options->step)
                               : code;
}

int main(int argc, char **argv)
{
    static const struct argp_child children[] = { { .argp = &device_argp }, { 0 } };
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .args_doc = "CLIP",
        .doc = "Plays a sealed clip in a guest.",
        .children = children,
    };
    struct options options = { .clip = NULL };
    argp_err_exit_status = VIT_EXIT_USAGE;
    device_options_init(&options.device);
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    VIT_AUTO(adapter) adapter = NULL;
    int code = device_options_open(&options.device, name, &adapter);
    if (code == VIT_EXIT_OK) {
        code = play(&options, adapter);
    }
    device_options_finish(&options.device);
    return code;
}
