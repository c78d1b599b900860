/* SPDX-License-Identifier: MIT */
/**
 * Runs the real vitrine command by sh in a folder of its own: $V is the command, $A the folder of
 * an authority made at build time, $XDG_DATA_HOME is "data" in that folder.
 */
#ifndef TESTS_CERTS_SHELL_H
#define TESTS_CERTS_SHELL_H

struct shell {
    char folder[64];
    int code; /* exit code of the last run, -1 when it did not exit by itself */
    char out[16384];
    char err[4096];
};

void shell_init(struct shell *shell);
void shell_finish(struct shell *shell);

/* Without a terminal and with nothing on standard input. Returns the exit code. */
int shell_run(struct shell *shell, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs on a new terminal and answers each prompt by the next line; what was shown is in out. */
int shell_talk(struct shell *shell, const char *const *lines, const char *command);

/* Is standard error one line that begins with "vitrine cert: " and holds this? */
int shell_complains(const struct shell *shell, const char *text);

#endif
