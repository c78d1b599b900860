/* SPDX-License-Identifier: MIT */
#include "tests/certs/shell.h"

#include <errno.h>
#include <pty.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void need(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "shell: %s: %s\n", what, strerror(errno));
        abort();
    }
}

void shell_init(struct shell *shell)
{
    memset(shell, 0, sizeof(*shell));
    strcpy(shell->folder, "/tmp/vitrine-test-XXXXXX");
    need(mkdtemp(shell->folder) != NULL, "mkdtemp");
    char data[128];
    snprintf(data, sizeof(data), "%s/data", shell->folder);
    setenv("XDG_DATA_HOME", data, 1);
    need(getenv("V") != NULL && getenv("A") != NULL, "V and A are not set");
}

void shell_finish(struct shell *shell)
{
    shell_run(shell, "rm -rf '%s'", shell->folder);
}

static void read_file(const char *folder, const char *name, char *text, size_t size)
{
    char path[128];
    snprintf(path, sizeof(path), "%s.%s", folder, name);
    FILE *file = fopen(path, "r");
    need(file != NULL, path);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
    unlink(path);
}

static int exit_code(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int shell_run(struct shell *shell, const char *format, ...)
{
    char command[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);

    char line[8192];
    snprintf(line, sizeof(line),
            "cd '%s' && exec setsid -w sh -c '%s' </dev/null >'%s.out' 2>'%s.err'", shell->folder,
            command, shell->folder, shell->folder);
    shell->code = exit_code(system(line));
    read_file(shell->folder, "out", shell->out, sizeof(shell->out));
    read_file(shell->folder, "err", shell->err, sizeof(shell->err));
    return shell->code;
}

/* Each prompt ends with ": "; the answer may come only when it stands there. */
static void converse(int terminal, const char *const *lines, struct shell *shell)
{
    size_t len = 0;
    size_t answered = 0;
    for (;;) {
        ssize_t got = read(terminal, shell->out + len, sizeof(shell->out) - 1 - len);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        shell->out[len] = '\0';
        if (*lines != NULL && strstr(shell->out + answered, "hrase of ") != NULL && len >= 2 &&
                strcmp(shell->out + len - 2, ": ") == 0) {
            need(write(terminal, *lines, strlen(*lines)) > 0 && write(terminal, "\n", 1) == 1,
                    "write to the terminal");
            lines++;
            answered = len;
        }
    }
}

int shell_talk(struct shell *shell, const char *const *lines, const char *command)
{
    memset(shell->out, 0, sizeof(shell->out));
    int terminal = -1;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    need(child >= 0, "forkpty");
    if (child == 0) {
        need(chdir(shell->folder) == 0, "chdir");
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    converse(terminal, lines, shell);
    int status = 0;
    need(waitpid(child, &status, 0) == child, "waitpid");
    close(terminal);
    shell->code = exit_code(status);
    return shell->code;
}

int shell_complains(const struct shell *shell, const char *text)
{
    static const char head[] = "vitrine cert: ";
    const char *end = strchr(shell->err, '\n');
    int good = strncmp(shell->err, head, sizeof(head) - 1) == 0 && end != NULL && end[1] == '\0' &&
            strstr(shell->err, text) != NULL;
    if (!good) {
        fprintf(stderr, "wanted '%s', said: %s\n", text, shell->err);
    }
    return good;
}
