/* SPDX-License-Identifier: MIT */
/* The frame of the vitrine command: tables of sub-commands, exit codes, one-line errors. */
#ifndef TOOLS_VITRINE_COMMAND_H
#define TOOLS_VITRINE_COMMAND_H

#include "base/status.h"

struct vit_command {
    const char *name;
    const char *summary; /* under 60 characters, no full stop */
    /* argv[0] is all the words so far ("vitrine cert init"), as argp prints them; an exit code. */
    int (*run)(int argc, char **argv);
};

enum {
    VIT_EXIT_OK = 0,
    VIT_EXIT_REFUSED = 1, /* looked at and found wrong, or would overwrite */
    VIT_EXIT_USAGE = 2,
    VIT_EXIT_SYSTEM = 3, /* a file, the device or memory failed */
};

/**
 * Runs the command of a table that argv[1] names, or prints what --help asks for.
 *
 * @param doc       what the group is for, one line
 * @param commands  ends with NULL
 */
int vit_command_dispatch(const char *doc, const struct vit_command *const *commands, int argc,
        char **argv);

/* "COMMAND: SUBJECT: what" on standard error; subject NULL leaves it out. Returns code. */
int vit_command_fail(int code, const char *command, const char *subject, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* Says that an output is a file that is read as well. Returns an exit code. */
int vit_command_fail_input(const char *command, const char *path);

/* Says why an output (output.h) was not written. Returns an exit code. */
int vit_command_fail_output(const char *command, const char *path, enum vit_status status);

extern const struct vit_command vit_command_cert;
extern const struct vit_command vit_command_channel;
extern const struct vit_command vit_command_info;
extern const struct vit_command vit_command_monitor;
extern const struct vit_command vit_command_opm;
extern const struct vit_command vit_command_pattern;
extern const struct vit_command vit_command_play;
extern const struct vit_command vit_command_seal;
extern const struct vit_command vit_command_vm;

#endif
