/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/command.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct choice {
    const struct vit_command *const *commands;
    const struct vit_command *chosen;
    int at; /* of its name in argv */
};

static const struct vit_command *find(const struct choice *choice, const char *name)
{
    for (int i = 0; choice->commands[i] != NULL; i++) {
        if (strcmp(choice->commands[i]->name, name) == 0) {
            return choice->commands[i];
        }
    }
    return NULL;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct choice *choice = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        choice->chosen = find(choice, arg);
        if (choice->chosen == NULL) {
            argp_error(state, "unknown command '%s'", arg);
        }
        choice->at = state->next - 1;
        state->next = state->argc; /* the rest is the command's own */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no command");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The table, as the text after the options; argp frees it. */
static char *list_commands(int key, const char *text, void *input)
{
    if (key != ARGP_KEY_HELP_POST_DOC || input == NULL) {
        return (char *)text;
    }
    const struct choice *choice = input;
    char *list = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&list, &len);
    if (out == NULL) {
        return (char *)text;
    }
    fputs("Commands:\n", out);
    for (int i = 0; choice->commands[i] != NULL; i++) {
        fprintf(out, "  %-10s %s\n", choice->commands[i]->name, choice->commands[i]->summary);
    }
    fputs("\nEach has a --help of its own.", out);
    fclose(out);
    return list;
}

int vit_command_dispatch(const char *doc, const struct vit_command *const *commands, int argc,
        char **argv)
{
    struct choice choice = { .commands = commands };
    struct argp argp = { .parser = take,
        .args_doc = "COMMAND [ARGUMENT...]",
        .doc = doc,
        .help_filter = list_commands };
    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice) != 0 || choice.chosen == NULL) {
        return VIT_EXIT_USAGE;
    }
    VIT_AUTO(string) words = NULL;
    if (asprintf(&words, "%s %s", argv[0], choice.chosen->name) < 0) {
        words = NULL;
        return VIT_EXIT_SYSTEM;
    }
    char **rest = argv + choice.at;
    rest[0] = words;
    return choice.chosen->run(argc - choice.at, rest);
}

int vit_command_fail(int code, const char *command, const char *subject, const char *format, ...)
{
    fprintf(stderr, "%s: ", command);
    if (subject != NULL) {
        fprintf(stderr, "%s: ", subject);
    }
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return code;
}

int vit_command_fail_output(const char *command, const char *path, enum vit_status status)
{
    if (status == VIT_E_ARG) {
        return vit_command_fail(VIT_EXIT_REFUSED, command, path,
                "is there, and not a regular file: not replaced");
    }
    return vit_command_fail(VIT_EXIT_SYSTEM, command, path, "%s",
            status == VIT_E_IO ? strerror(errno) : vit_status_name(status));
}

int vit_command_fail_input(const char *command, const char *path)
{
    return vit_command_fail(VIT_EXIT_REFUSED, command, path,
            "is an input of this command: not replaced");
}
