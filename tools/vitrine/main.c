/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/vitrine/command.h"

static const struct vit_command *const commands[] = {
    &vit_command_pattern,
    &vit_command_cert,
    &vit_command_channel,
    &vit_command_seal,
    &vit_command_play,
    &vit_command_info,
    &vit_command_vm,
    &vit_command_monitor,
    &vit_command_opm,
    NULL,
};

static const char doc[] = "Content protection for a virtual GPU.";

int main(int argc, char **argv)
{
    static char name[] = "vitrine";
    argp_err_exit_status = VIT_EXIT_USAGE;
    argp_program_version = "vitrine " VITRINE_VERSION;
    if (argc > 0) {
        argv[0] = name;
    }
    int code = vit_command_dispatch(doc, commands, argc, argv);
    if (fflush(stdout) != 0 && code == VIT_EXIT_OK) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, "standard output", "%s", strerror(errno));
    }
    return code;
}
